// SPDX-License-Identifier: GPL-2.0-only
/* A program at a hook that no kernel has. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("sched/cfs_nosuch")
int nosuch(u64 *args)
{
	return -1;
}

char LICENSE[] SEC("license") = "GPL";
