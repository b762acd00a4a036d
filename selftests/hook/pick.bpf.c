// SPDX-License-Identifier: GPL-2.0-only
/* The pick by a program that is strict, absent-minded or mad. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <tagsched.bpf.h>

#include "pick.h"

char LICENSE[] SEC("license") = "GPL";

int mode = PICK_NO_OPINION;
__u64 asked;
__u64 not_higher;		/* asked although the tag is not higher */

SEC("sched/cfs_tag_pick_next_entity")
int BPF_PROG(pick, struct sched_entity *stock, struct sched_entity *tagged)
{
	__sync_fetch_and_add(&asked, 1);
	if (bpf_sched_entity_tag(tagged) <= bpf_sched_entity_tag(stock))
		__sync_fetch_and_add(&not_higher, 1);

	switch (mode) {
	case PICK_TAGGED:
		return BPF_SCHED_PICK_TAGGED;
	case PICK_RANDOM:
		return bpf_get_prandom_u32() & 1 ? BPF_SCHED_PICK_TAGGED : BPF_SCHED_PICK_STOCK;
	default:
		return BPF_SCHED_NO_OPINION;
	}
}
