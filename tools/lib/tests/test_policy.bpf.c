// SPDX-License-Identifier: GPL-2.0-only
/* Two programs without an opinion; no kernel types, so that no vmlinux.h is needed. */
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

SEC("sched/cfs_select_rq")
int pick(__u64 *args)
{
	return -1;
}

SEC("sched/cfs_wake_affine")
int second(__u64 *args)
{
	return -1;
}

char LICENSE[] SEC("license") = "GPL";
