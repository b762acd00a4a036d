// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two programs without an opinion, and all kinds of tunables; no kernel types,
 * so that no vmlinux.h is needed.
 */
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#define TAGSCHED_TUNABLE	SEC(".data.tunable")

enum mode { MODE_OFF, MODE_ON, MODE_AUTO = 7, MODE_BACK = -2 };

typedef __u32 ms_t;

__s8 tiny TAGSCHED_TUNABLE = -1;
__u8 octet TAGSCHED_TUNABLE = 200;
__s16 small TAGSCHED_TUNABLE = -300;
__u16 word TAGSCHED_TUNABLE = 60000;
int number TAGSCHED_TUNABLE = -70000;
volatile ms_t quantum_ms TAGSCHED_TUNABLE = 10;
__s64 large TAGSCHED_TUNABLE = -5000000000;
__u64 huge TAGSCHED_TUNABLE = ~0ULL;
bool on TAGSCHED_TUNABLE = true;
enum mode mode TAGSCHED_TUNABLE = MODE_AUTO;
char text[8] TAGSCHED_TUNABLE = "text";
struct { int a, b; } pair TAGSCHED_TUNABLE = { 1, 2 };

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
