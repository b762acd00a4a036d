// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that exits between being matched and being written to, and another
 * that gets its number: the other one is not taken for it.
 */
#include <kselftest_harness.h>
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "internal.h"
#include "worker.h"

/* A process that sleeps, of a number that is free; 0: any. */
static pid_t start_as(pid_t number)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = number ? (__u64)(unsigned long)&number : 0,
		.set_tid_size = number ? 1 : 0,
	};
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

TEST(number_of_another_is_not_written_to)
{
	struct ts_proc *p = calloc(1, sizeof(*p));
	__s64 tag = 51, now = 0;
	const char *text;
	pid_t first, second;

	ASSERT_NE(NULL, p);
	ASSERT_EQ(0, tagsched_process__clear_tag(0));
	first = start_as(0);
	ASSERT_LT(0, first);
	ASSERT_EQ(0, ts_proc_open(p, first));
	ASSERT_EQ(0, ts_proc_text(p, TS_PROC_CGROUP, &text));
	worker_end(first);
	second = start_as(first);
	ASSERT_EQ(first, second) {
		TH_LOG("clone3: %s", strerror(errno));
	}
	/* the directory is the first one's, and that is gone */
	EXPECT_NE(0, ts_tagfile_write_at(p->dir, "tag", &tag));
	EXPECT_GT(0, ts_tagfile_read_at(p->dir, "tag", &now));
	EXPECT_GT(0, ts_proc_text(p, TS_PROC_STATUS, &text));
	EXPECT_EQ(0, tag_of(second));
	ts_proc_close(p);
	/* and that of the second can be written to */
	ASSERT_EQ(0, ts_proc_open(p, second));
	EXPECT_EQ(0, ts_tagfile_write_at(p->dir, "tag", &tag));
	EXPECT_EQ(51, tag_of(second));
	ts_proc_close(p);
	worker_end(second);
	free(p);
}

TEST_HARNESS_MAIN
