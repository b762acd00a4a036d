// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The last error of a thread, and the check of opts structs. */
#include <stdio.h>

#include "internal.h"

static __thread char last_error[PATH_MAX + 512];

static void set_error(const char *fmt, va_list ap)
{
	vsnprintf(last_error, sizeof(last_error), fmt, ap);
}

int ts_err(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_error(fmt, ap);
	va_end(ap);
	return err;
}

void *ts_err_ptr(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_error(fmt, ap);
	va_end(ap);
	errno = -err;
	return NULL;
}

int ts_check_opts(const void *opts, size_t sz, size_t min, size_t known, const char *type)
{
	const char *p = opts;
	size_t i;

	if (sz < sizeof(size_t))
		return ts_err(-EINVAL, "struct %s: sz is not set; declare it with TAGSCHED_OPTS()",
			      type);
	if (sz < min)
		return ts_err(-EINVAL, "struct %s: sz is %zu, at least %zu expected", type, sz, min);
	for (i = known; i < sz; i++) {
		if (p[i])
			return ts_err(-EINVAL,
				      "struct %s: an option is set that this library does not know; update libtagsched",
				      type);
	}
	return 0;
}

const char *tagsched_last_error(void)
{
	return last_error;
}

#define STR(x) #x
#define XSTR(x) STR(x)

const char *tagsched_version(void)
{
	return XSTR(TAGSCHED_MAJOR_VERSION) "." XSTR(TAGSCHED_MINOR_VERSION);
}
