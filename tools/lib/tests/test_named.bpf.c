// SPDX-License-Identifier: GPL-2.0-only
/* Gives itself a name that a policy cannot have. */
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

char tagsched_policy_name[] SEC(".data.tagsched") = "no good";

SEC("sched/cfs_select_rq")
int pick(__u64 *args)
{
	return -1;
}

char LICENSE[] SEC("license") = "GPL";
