// SPDX-License-Identifier: GPL-2.0-only
/* What the tests of policies have in common. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "policies.h"

/* Links are freed after a grace period and a work item. */
bool no_policies(struct result *r)
{
	int tries;

	run(r, "for d in /sys/fs/bpf/tagsched/*/; do test -d \"$d\" && tag policy unload \"$(basename $d)\"; done");
	for (tries = 0; tries < 200; tries++) {
		run(r, "tag policy ls");
		if (!r->status && !*r->text)
			return true;
		usleep(100000);
	}
	return false;
}
