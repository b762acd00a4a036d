// SPDX-License-Identifier: GPL-2.0-only
/* Links of several programs, straight through bpf(2). */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bpf.h>

#include "../hook.h"

#define GUARD	120000	/* turns of a millisecond */

/* bpf_attr.link_create with the whole of the sched member */
struct link_create {
	__u32 prog_fd;
	__u32 target_fd;
	__u32 attach_type;
	__u32 flags;
	__s64 tag;
	__u64 policy;
	__u32 policy_size;
	__u32 pad;
};

int hook_policy_raw(int prog_fd, __u32 flags, __s64 tag, const void *policy, __u32 size)
{
	struct link_create attr = {
		.prog_fd = prog_fd,
		.attach_type = HOOK_ATTACH_TYPE,
		.flags = flags,
		.tag = tag,
		.policy = (__u64)(unsigned long)policy,
		.policy_size = size,
	};
	int fd = syscall(__NR_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	return fd < 0 ? -errno : fd;
}

int hook_policy_create(const struct hook_policy *policy)
{
	struct bpf_sched_policy_attr attr = policy->attr;

	strncpy(attr.name, policy->name, sizeof(attr.name) - 1);
	attr.prog_fds = (__u64)(unsigned long)(policy->progs + 1);
	attr.nr_progs = policy->nr - 1;
	return hook_policy_raw(policy->progs[0],
			       HOOK_F_POLICY | (policy->tag ? HOOK_F_TAG : 0),
			       policy->tag ? *policy->tag : 0, &attr, sizeof(attr));
}

int hook_policy_info(int link_fd, struct hook_policy_info *info,
		     struct bpf_sched_prog_info *progs)
{
	union bpf_attr attr;

	memset(info, 0, sizeof(*info));
	info->progs = (__u64)(unsigned long)progs;
	info->nr_progs = progs ? HOOK_MAX_PROGS : 0;
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = link_fd;
	attr.info.info_len = sizeof(*info);
	attr.info.info = (__u64)(unsigned long)info;
	return syscall(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) ? -errno : 0;
}

bool hook_policy_waits(int link_fd, __u32 reason, struct bpf_sched_exit *exit)
{
	struct hook_policy_info info;
	int guard;

	for (guard = 0; guard < GUARD; guard++) {
		if (hook_policy_info(link_fd, &info, NULL))
			return false;
		if (info.exit.reason == reason) {
			*exit = info.exit;
			return true;
		}
		usleep(1000);
	}
	return false;
}
