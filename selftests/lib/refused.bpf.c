// SPDX-License-Identifier: GPL-2.0-only
/* A verdict that the verifier refuses. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("sched/cfs_check_preempt_tick")
int seven(u64 *args)
{
	return 7;
}

char LICENSE[] SEC("license") = "GPL";
