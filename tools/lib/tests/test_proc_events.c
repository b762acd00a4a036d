// SPDX-License-Identifier: GPL-2.0-only
/* The process connector: what it says where it cannot be listened to. */
#include <kselftest_harness.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "../internal.h"

/* From now on a system call fails if its third argument is @arg; -1: any. */
static int let_fail(int nr, int arg, int err)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arg, 0, arg == -1 ? 0 : 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

enum preparation { NO_CONNECTOR, NO_CAPABILITY, NO_FILES, OWN_USERS };

static int prepare(enum preparation how)
{
	switch (how) {
	case NO_CONNECTOR:
		return let_fail(SYS_socket, NETLINK_CONNECTOR, EPROTONOSUPPORT);
	case NO_CAPABILITY:
		return let_fail(SYS_bind, -1, EPERM);
	case NO_FILES:
		return let_fail(SYS_socket, NETLINK_CONNECTOR, EMFILE);
	case OWN_USERS:
		return unshare(CLONE_NEWUSER);
	}
	return -1;
}

#define UNPREPARED	4

/*
 * Whether a child fails to listen, with @err and one line that has @says in it: 0;
 * UNPREPARED if this host does not let it come to that.
 */
static int refused(enum preparation how, int err, const char *says)
{
	pid_t child = fork();
	int status;

	if (child)
		return waitpid(child, &status, 0) == child && WIFEXITED(status) ?
		       WEXITSTATUS(status) : -1;
	if (prepare(how))
		_exit(UNPREPARED);
	if (tagsched_proc_events__open() || errno != err || !strstr(tagsched_last_error(), says) ||
	    strchr(tagsched_last_error(), '\n')) {
		fprintf(stderr, "# %d: %s\n", errno, tagsched_last_error());
		_exit(1);
	}
	_exit(0);
}

static bool in_initial_namespaces(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == 0xeffffffc &&
	       !stat("/proc/self/ns/user", &st) && st.st_ino == 0xeffffffd;
}

TEST(must_name_the_option_of_a_kernel_without_it)
{
	int ret = refused(NO_CONNECTOR, ENOTSUP, "boot one with CONFIG_PROC_EVENTS");

	if (ret == UNPREPARED || !in_initial_namespaces())
		SKIP(return, "needs seccomp filters and the initial namespaces");
	EXPECT_EQ(0, ret);
}

TEST(must_name_the_capability)
{
	int ret = refused(NO_CAPABILITY, EPERM, "needs CAP_NET_ADMIN");

	if (ret == UNPREPARED || !in_initial_namespaces())
		SKIP(return, "needs seccomp filters and the initial namespaces");
	EXPECT_EQ(0, ret);
}

TEST(must_name_what_else_fails)
{
	int ret = refused(NO_FILES, EMFILE,
			  "process connector: cannot listen: Too many open files");

	if (ret == UNPREPARED || !in_initial_namespaces())
		SKIP(return, "needs seccomp filters and the initial namespaces");
	EXPECT_EQ(0, ret);
}

TEST(must_name_the_namespaces)
{
	int ret = refused(OWN_USERS, ENOTSUP, "run it in the initial pid and user namespaces");

	if (ret == UNPREPARED)
		SKIP(return, "needs user namespaces");
	EXPECT_EQ(0, ret);
}

static int find(pid_t pid, void *arg)
{
	return pid == *(pid_t *)arg;
}

TEST(tells_of_a_child)
{
	struct tagsched_proc_events *events = tagsched_proc_events__open();
	pid_t child;
	int ret;

	if (!events)
		SKIP(return, "%s", tagsched_last_error());
	child = fork();
	if (!child)
		_exit(0);
	EXPECT_EQ(child, waitpid(child, NULL, 0));
	/* it has been told before the child could exit */
	ret = tagsched_proc_events__read(events, find, &child);
	while (!ret && tagsched_proc_events__fd(events) >= 0) {
		struct pollfd pfd = { .fd = tagsched_proc_events__fd(events), .events = POLLIN };

		if (poll(&pfd, 1, 0) <= 0)
			break;
		ret = tagsched_proc_events__read(events, find, &child);
	}
	EXPECT_TRUE(ret == 1 || ret == -ENOBUFS);
	tagsched_proc_events__close(events);
	tagsched_proc_events__close(NULL);
}

TEST_HARNESS_MAIN
