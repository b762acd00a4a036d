// SPDX-License-Identifier: GPL-2.0-only
/* Has a name and a tag of its own. */
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

char tagsched_policy_name[] SEC(".data.tagsched") = "its-own_name";
__s64 tagsched_policy_tags[] SEC(".data.tagsched") = { -7 };

SEC("sched/cfs_select_rq")
int pick(__u64 *args)
{
	return -1;
}

char LICENSE[] SEC("license") = "GPL";
