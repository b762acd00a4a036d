/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The parts of bpf(2)'s attributes that stock headers lack: what
 * BPF_LINK_CREATE and BPF_OBJ_GET_INFO_BY_FD carry for a sched link. The head
 * of each is the stock one, as the assertions show.
 */
#ifndef TAGSCHED_BPF_ABI_H
#define TAGSCHED_BPF_ABI_H

#include <linux/bpf.h>
#include <stddef.h>

/* union bpf_attr of BPF_LINK_CREATE */
struct ts_link_create_attr {
	__u32 prog_fd;
	__u32 target_fd;
	__u32 attach_type;
	__u32 flags;
	__s64 tag;
};

_Static_assert(offsetof(struct ts_link_create_attr, prog_fd) ==
	       offsetof(union bpf_attr, link_create.prog_fd), "prog_fd");
_Static_assert(offsetof(struct ts_link_create_attr, target_fd) ==
	       offsetof(union bpf_attr, link_create.target_fd), "target_fd");
_Static_assert(offsetof(struct ts_link_create_attr, attach_type) ==
	       offsetof(union bpf_attr, link_create.attach_type), "attach_type");
_Static_assert(offsetof(struct ts_link_create_attr, flags) ==
	       offsetof(union bpf_attr, link_create.flags), "flags");
_Static_assert(offsetof(struct ts_link_create_attr, tag) ==
	       offsetof(union bpf_attr, link_create.target_btf_id), "union after flags");
_Static_assert(sizeof(struct ts_link_create_attr) == 24, "size");

/* struct bpf_link_info */
struct ts_link_info {
	__u32 type;
	__u32 id;
	__u32 prog_id;
	__u32 pad;
	__s64 tag;
	__u32 flags;
	__u32 attach_btf_id;
	__u64 calls;
	__u64 decided;
	__u64 refused;
};

_Static_assert(offsetof(struct ts_link_info, type) == offsetof(struct bpf_link_info, type), "type");
_Static_assert(offsetof(struct ts_link_info, id) == offsetof(struct bpf_link_info, id), "id");
_Static_assert(offsetof(struct ts_link_info, prog_id) ==
	       offsetof(struct bpf_link_info, prog_id), "prog_id");
_Static_assert(offsetof(struct ts_link_info, tag) ==
	       offsetof(struct bpf_link_info, raw_tracepoint), "union");
_Static_assert(offsetof(struct ts_link_info, flags) == 24, "flags");
_Static_assert(offsetof(struct ts_link_info, attach_btf_id) == 28, "attach_btf_id");
_Static_assert(offsetof(struct ts_link_info, calls) == 32, "calls");
_Static_assert(sizeof(struct ts_link_info) == 56, "size");

#endif /* TAGSCHED_BPF_ABI_H */
