// SPDX-License-Identifier: GPL-2.0-only
/* A BPF object that is not a scheduling policy. */
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

SEC("socket")
int other(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
