// SPDX-License-Identifier: GPL-2.0-only
/* Links of the sched type, straight through bpf(2). */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bpf.h>

#include "../hook.h"

/* bpf_attr.link_create up to the sched member; older headers do not have it */
struct link_create {
	__u32 prog_fd;
	__u32 target_fd;
	__u32 attach_type;
	__u32 flags;
	__s64 tag;
};

int hook_link_create(int prog_fd, int target_fd, __u32 attach_type,
		     __u32 flags, __s64 tag)
{
	struct link_create attr = {
		.prog_fd = prog_fd,
		.target_fd = target_fd,
		.attach_type = attach_type,
		.flags = flags,
		.tag = tag,
	};
	int fd = syscall(__NR_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	return fd < 0 ? -errno : fd;
}

int hook_attach(int prog_fd)
{
	return hook_link_create(prog_fd, 0, HOOK_ATTACH_TYPE, 0, 0);
}

int hook_attach_tag(int prog_fd, __s64 tag)
{
	return hook_link_create(prog_fd, 0, HOOK_ATTACH_TYPE, HOOK_F_TAG, tag);
}

static int link_update(int link_fd, int prog_fd, __u32 flags, int old_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_update.link_fd = link_fd;
	attr.link_update.new_prog_fd = prog_fd;
	attr.link_update.flags = flags;
	attr.link_update.old_prog_fd = old_fd;
	return syscall(__NR_bpf, BPF_LINK_UPDATE, &attr, sizeof(attr)) ? -errno : 0;
}

int hook_update(int link_fd, int prog_fd)
{
	return link_update(link_fd, prog_fd, 0, 0);
}

int hook_replace(int link_fd, int prog_fd, int old_fd)
{
	return link_update(link_fd, prog_fd, BPF_F_REPLACE, old_fd);
}

int hook_detach(int link_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_detach.link_fd = link_fd;
	return syscall(__NR_bpf, BPF_LINK_DETACH, &attr, sizeof(attr)) ? -errno : 0;
}

int hook_info(int link_fd, struct hook_link_info *info)
{
	union bpf_attr attr;

	memset(info, 0, sizeof(*info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = link_fd;
	attr.info.info_len = sizeof(*info);
	attr.info.info = (__u64)(unsigned long)info;
	return syscall(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) ? -errno : 0;
}

int hook_prog_id(int prog_fd)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int err = bpf_obj_get_info_by_fd(prog_fd, &info, &len);

	return err ?: (int)info.id;
}
