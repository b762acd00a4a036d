// SPDX-License-Identifier: GPL-2.0-only
/*
 * Capabilities and user ids of the calling process, for the permission tests.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util.h"

struct caps {
	uint64_t effective;
	uint64_t permitted;
};

static int caps_get(struct caps *caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return -errno;
	caps->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	caps->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	return 0;
}

static int caps_set(const struct caps *caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = caps->effective, .permitted = caps->permitted },
		{ .effective = caps->effective >> 32,
		  .permitted = caps->permitted >> 32 },
	};

	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

/* Gives up every capability, whatever the user id. */
int cap_drop_all(void)
{
	const struct caps none = { };

	return caps_set(&none);
}

/* Gives up every capability but @cap. */
int cap_only(int cap)
{
	const struct caps one = {
		.effective = 1ULL << cap,
		.permitted = 1ULL << cap,
	};

	return caps_set(&one);
}

/* Puts @cap aside: it stays permitted, for cap_effective_raise(). */
int cap_effective_clear(int cap)
{
	struct caps caps;
	int err = caps_get(&caps);

	caps.effective &= ~(1ULL << cap);
	return err ?: caps_set(&caps);
}

int cap_effective_raise(int cap)
{
	struct caps caps;
	int err = caps_get(&caps);

	caps.effective |= 1ULL << cap;
	return err ?: caps_set(&caps);
}

/**
 * become_user() - turn into an ordinary user, for good
 * @uid: user and group id
 * @keep_cap: the one capability to keep, or -1 for none
 */
int become_user(uid_t uid, int keep_cap)
{
	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) ||
	    setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		return -errno;
	return keep_cap < 0 ? cap_drop_all() : cap_only(keep_cap);
}
