// SPDX-License-Identifier: GPL-2.0-only
/* Claims more tags than a policy is attached for. */
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

__s64 tagsched_policy_tags[] SEC(".data.tagsched") = { 2, 3 };

SEC("sched/cfs_select_rq")
int pick(__u64 *args)
{
	return -1;
}

char LICENSE[] SEC("license") = "GPL";
