// SPDX-License-Identifier: GPL-2.0-only
/* Two programs at one hook. */
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

SEC("sched/cfs_select_rq")
int first(__u64 *args)
{
	return -1;
}

SEC("sched/cfs_select_rq")
int second(__u64 *args)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
