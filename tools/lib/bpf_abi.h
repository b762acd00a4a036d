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

#include "tagsched.h"

/* union bpf_attr of BPF_LINK_CREATE */
struct ts_link_create_attr {
	__u32 prog_fd;
	__u32 target_fd;
	__u32 attach_type;
	__u32 flags;
	__s64 tag;
	__u64 policy;		/* struct ts_policy_attr */
	__u32 policy_size;
	__u32 pad;
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
_Static_assert(offsetof(struct ts_link_create_attr, policy) == 24, "policy");
_Static_assert(offsetof(struct ts_link_create_attr, policy_size) == 32, "policy_size");
_Static_assert(sizeof(struct ts_link_create_attr) == 40, "size");
_Static_assert(sizeof(struct ts_link_create_attr) <= sizeof(union bpf_attr), "in the union");

/* struct bpf_sched_policy_attr */
#define TS_POLICY_PRIORITY	(1U << 0)
#define TS_POLICY_REPLACE	(1U << 1)
#define TS_POLICY_MANIFEST	(1U << 2)

struct ts_policy_attr {
	char name[TAGSCHED_NAME_LEN];
	__u64 prog_fds;		/* __u32[], besides the link's */
	__u32 nr_progs;
	__u32 flags;
	__s32 priority;
	__u32 replace_fd;
	__u64 signature;
	__u32 signature_size;
	__u32 manifest_size;
	__u64 manifest;		/* with TS_POLICY_MANIFEST */
};

_Static_assert(offsetof(struct ts_policy_attr, prog_fds) == 32, "prog_fds");
_Static_assert(offsetof(struct ts_policy_attr, nr_progs) == 40, "nr_progs");
_Static_assert(offsetof(struct ts_policy_attr, flags) == 44, "flags");
_Static_assert(offsetof(struct ts_policy_attr, priority) == 48, "priority");
_Static_assert(offsetof(struct ts_policy_attr, replace_fd) == 52, "replace_fd");
_Static_assert(offsetof(struct ts_policy_attr, signature) == 56, "signature");
_Static_assert(offsetof(struct ts_policy_attr, signature_size) == 64, "signature_size");
_Static_assert(offsetof(struct ts_policy_attr, manifest_size) == 68, "manifest_size");
_Static_assert(offsetof(struct ts_policy_attr, manifest) == 72, "manifest");
_Static_assert(sizeof(struct ts_policy_attr) == 80, "size");

/* struct bpf_sched_prog_info */
struct ts_prog_info {
	__u32 prog_id;
	__u32 attach_btf_id;
	__u64 calls;
	__u64 decided;
	__u64 refused;
};

_Static_assert(offsetof(struct ts_prog_info, calls) == 8, "calls");
_Static_assert(sizeof(struct ts_prog_info) == 32, "size");

/* struct bpf_sched_exit */
struct ts_exit {
	__u32 reason;
	__s32 cpu;
	__u64 time;
	__u64 value;
	__s64 tag;
	__s32 pid;
	__u32 attach_btf_id;
	char comm[16];
};

_Static_assert(offsetof(struct ts_exit, time) == 8, "time");
_Static_assert(offsetof(struct ts_exit, value) == 16, "value");
_Static_assert(offsetof(struct ts_exit, tag) == 24, "tag");
_Static_assert(offsetof(struct ts_exit, pid) == 32, "pid");
_Static_assert(offsetof(struct ts_exit, attach_btf_id) == 36, "attach_btf_id");
_Static_assert(offsetof(struct ts_exit, comm) == 40, "comm");
_Static_assert(sizeof(struct ts_exit) == 56, "size");

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
	__u64 progs;		/* struct ts_prog_info[] */
	__u32 nr_progs;		/* in: room, out: number */
	__s32 priority;
	__u64 generation;
	char name[TAGSCHED_NAME_LEN];
	struct ts_exit exit;
	__u64 signature;	/* in: room for it */
	__u32 signature_size;	/* in: room, out: size */
	__s32 signature_error;
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
_Static_assert(offsetof(struct ts_link_info, decided) == 40, "decided");
_Static_assert(offsetof(struct ts_link_info, refused) == 48, "refused");
_Static_assert(offsetof(struct ts_link_info, progs) == 56, "progs");
_Static_assert(offsetof(struct ts_link_info, nr_progs) == 64, "nr_progs");
_Static_assert(offsetof(struct ts_link_info, priority) == 68, "priority");
_Static_assert(offsetof(struct ts_link_info, generation) == 72, "generation");
_Static_assert(offsetof(struct ts_link_info, name) == 80, "name");
_Static_assert(offsetof(struct ts_link_info, exit) == 112, "exit");
_Static_assert(offsetof(struct ts_link_info, signature) == 168, "signature");
_Static_assert(offsetof(struct ts_link_info, signature_size) == 176, "signature_size");
_Static_assert(offsetof(struct ts_link_info, signature_error) == 180, "signature_error");
_Static_assert(sizeof(struct ts_link_info) == 184, "size");

#endif /* TAGSCHED_BPF_ABI_H */
