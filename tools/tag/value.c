// SPDX-License-Identifier: GPL-2.0-only
/* A tag on the command line: an integer, or "default". */
#include <string.h>

#include "tag.h"

int value_parse(const char *text, struct value *value)
{
	value->clear = !strcmp(text, "default");
	value->tag = 0;
	if (!value->clear && tagsched_tag__parse(text, &value->tag))
		return fail_lib();
	return 0;
}
