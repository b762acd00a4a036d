// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs come, go and change places thousands of times while decisions are
 * made and links are read. One link is there all along and always has an
 * opinion: not one decision may slip past it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "harness.h"

#define UPDATES		3000	/* of the link that is always there */
#define ATTACHES	500	/* of a second link on the same hook */
#define FLIPS		60	/* of a hook between no program and one */
#define WAKERS		2
#define WAKEUPS		1000	/* that each waker makes at least */
#define HOOK		"cfs_select_rq"

static const __s64 tag = 4010;

static int victim_link;		/* the link that is always there */
static atomic_bool done;	/* the changers have finished */
static atomic_int failures;	/* of system calls that must not fail */
static atomic_long wakeups[WAKERS];
static atomic_long astray;	/* wakeups seen on neither CPU of the two programs */
static struct victim victims[WAKERS];

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "# %s: %s\n", what, strerror(errno));
	atomic_fetch_add(&failures, 1);
}

/* A new program each time, so that the old one is freed under the decisions. */
static void *update(void *arg)
{
	int i, prog;

	(void)arg;
	for (i = 0; i < UPDATES; i++) {
		prog = hook_const(HOOK, 1 + i % 2);
		must(prog >= 0, "load");
		must(!hook_update(victim_link, prog), "update");
		close(prog);
	}
	return NULL;
}

static void *attach(void *arg)
{
	int i, prog, link;

	(void)arg;
	for (i = 0; i < ATTACHES; i++) {
		prog = hook_const(HOOK, 0);
		link = hook_attach_tag(prog, tag);
		must(link >= 0, "attach");
		close(prog);
		if (i % 2)
			must(!hook_detach(link), "detach");
		close(link);
	}
	return NULL;
}

static void *flip(void *arg)
{
	static const char * const hooks[] = {
		"cfs_wake_affine", "cfs_check_preempt_wakeup", "cfs_wakeup_preempt_entity"
	};
	int i, prog, link;

	(void)arg;
	for (i = 0; i < FLIPS; i++) {
		prog = hook_const(hooks[i % 3], -1);
		link = hook_attach(prog);
		must(link >= 0, "attach to an empty hook");
		close(link);
		close(prog);
	}
	return NULL;
}

/* Walk all links of the system, as "tag policy ls" does. */
static void *read_links(void *arg)
{
	struct hook_link_info info;
	char path[64], text[2048];
	__u32 id;
	int fd;

	(void)arg;
	while (!atomic_load(&done)) {
		must(!hook_info(victim_link, &info), "info");
		must(info.type == HOOK_LINK_TYPE, "type in info");
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", victim_link);
		must(sys_read(path, text, sizeof(text)) > 0, "fdinfo");
		for (id = 0; !bpf_link_get_next_id(id, &id);) {
			fd = bpf_link_get_fd_by_id(id);
			if (fd < 0)
				continue;	/* gone meanwhile */
			must(!hook_info(fd, &info), "info by id");
			close(fd);
		}
	}
	return NULL;
}

static void *wake(void *arg)
{
	long id = (long)arg;
	int cpu;

	while (!atomic_load(&done) || atomic_load(&wakeups[id]) < WAKEUPS) {
		cpu = victim_wake(&victims[id]);
		must(cpu >= 0, "wake");
		if (cpu < 0)
			break;
		if (cpu != 1 && cpu != 2)
			atomic_fetch_add(&astray, 1);
		atomic_fetch_add(&wakeups[id], 1);
	}
	return NULL;
}

PROVE(storm, "thousands of updates, attaches and detaches during wakeups: every decision is one of the programs', none is lost, no warning")
{
	static void *(* const changers[])(void *) = { update, attach, flip };
	pthread_t change[3], watch[1 + WAKERS];
	struct hook_link_info info;
	bool warned = hook_warned();
	long total = 0, i;
	int prog;

	prog = hook_const(HOOK, 1);
	ASSERT_LE(0, prog);
	victim_link = hook_attach_tag(prog, tag);
	ASSERT_LE(0, victim_link);
	close(prog);
	for (i = 0; i < WAKERS; i++)
		ASSERT_EQ(0, victim_start(&victims[i], &tag));

	ASSERT_EQ(0, pthread_create(&watch[0], NULL, read_links, NULL));
	for (i = 0; i < WAKERS; i++)
		ASSERT_EQ(0, pthread_create(&watch[1 + i], NULL, wake, (void *)i));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&change[i], NULL, changers[i], NULL));
	for (i = 0; i < 3; i++)
		pthread_join(change[i], NULL);
	atomic_store(&done, true);
	for (i = 0; i < 1 + WAKERS; i++)
		pthread_join(watch[i], NULL);

	EXPECT_EQ(0, failures);
	for (i = 0; i < WAKERS; i++) {
		EXPECT_LE(WAKEUPS, wakeups[i]);
		total += wakeups[i];
		EXPECT_EQ(0, victim_settle(&victims[i]));
		EXPECT_LE(0, victim_wake(&victims[i]));
		EXPECT_EQ(0, victim_settle(&victims[i]));
	}
	ASSERT_EQ(0, hook_info(victim_link, &info));
	TH_LOG("%llu decisions in %ld wakeups, %ld seen elsewhere", info.decided, total, astray);
	EXPECT_LT(0, info.calls);
	EXPECT_EQ(info.calls, info.decided);
	EXPECT_EQ(0, info.refused);
	EXPECT_LE(astray, total / 4);
	EXPECT_EQ(warned, hook_warned());
	for (i = 0; i < WAKERS; i++)
		victim_stop(&victims[i]);
}

TEST_HARNESS_MAIN
