// SPDX-License-Identifier: GPL-2.0-only
/*
 * [H3] A policy of two programs is swapped again and again under a storm of
 * wakeups, forks and execs. The first program of a generation names a CPU, the
 * second, in the same decision, says a number that is no CPU if it sees another
 * than its generation's: half a policy would be counted as refused. A link that
 * is there all along counts the decisions: if one had been made without a
 * policy, the policies' count would be less.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "harness.h"

#define SWAPS		10000
#define FRESH		8	/* every how many swaps the programs are new ones */
#define HUSKS		64	/* links kept until what is under way has ended */
#define STORMERS	3
#define NEW_CPU		16	/* offset in struct sched_migrate_ctx */
#define WRONG		9999

static const __s64 tag = 4031;

static struct victim victims[STORMERS];
static atomic_bool done;
static atomic_long storms;
static atomic_int failures;

static int check_prog(int cpu)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 1, .src_reg = 1 },
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = NEW_CPU },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = -1 },
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 2, .imm = cpu, .off = 1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = WRONG },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return hook_load("cfs_select_rq_exit", insns, sizeof(insns) / sizeof(insns[0]), NULL, 0);
}

static void *storm(void *arg)
{
	struct victim *v = &victims[(long)arg];

	while (!atomic_load(&done)) {
		if (victim_fork(v) < 0 || victim_wake(v) < 0 || victim_exec(v) < 0) {
			atomic_fetch_add(&failures, 1);
			break;
		}
		atomic_fetch_add(&storms, 1);
	}
	return NULL;
}

struct generation {
	int progs[2];
};

static bool make(struct generation *g, int number)
{
	int cpu = number % 4;

	g->progs[0] = hook_const("cfs_select_rq", cpu);
	g->progs[1] = check_prog(cpu);
	return g->progs[0] >= 0 && g->progs[1] >= 0;
}

static void drop(struct generation *g)
{
	close(g->progs[0]);
	close(g->progs[1]);
}

static int attach(const struct generation *g, int old)
{
	const struct hook_policy policy = {
		.progs = g->progs, .nr = 2, .name = "swap", .tag = &tag,
		.attr = { .flags = old >= 0 ? BPF_SCHED_POLICY_REPLACE : 0,
			  .replace_fd = old >= 0 ? old : 0 },
	};

	return hook_policy_create(&policy);
}

struct sums {
	__u64 first, second, decided, refused;
	__u64 generation;
	int backwards;
};

static void add(struct sums *sums, int link)
{
	struct bpf_sched_prog_info progs[HOOK_MAX_PROGS];
	struct hook_policy_info info;

	if (hook_policy_info(link, &info, progs) || info.nr_progs != 2) {
		atomic_fetch_add(&failures, 1);
		return;
	}
	sums->first += progs[0].calls;
	sums->second += progs[1].calls;
	sums->decided += progs[0].decided;
	sums->refused += info.link.refused;
	sums->backwards += info.generation <= sums->generation;
	sums->generation = info.generation;
}

static int sched_progs(void)
{
	struct bpf_prog_info info;
	__u32 id = 0, len;
	int fd, n = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		fd = bpf_prog_get_fd_by_id(id);
		if (fd < 0)
			continue;
		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		n += !bpf_obj_get_info_by_fd(fd, &info, &len) && info.type == HOOK_PROG_TYPE;
		close(fd);
	}
	return n;
}

static bool progs_return_to(int n)
{
	int guard;

	for (guard = 0; guard < 60000; guard++) {
		if (sched_progs() == n)
			return true;
		usleep(1000);
	}
	return false;
}

PROVE(swap, "[H3] 10,000 swaps under a fork and exec storm: no decision sees half a policy, none is made without one, old programs are freed")
{
	int husks[HUSKS], link, i, before = sched_progs(), watch_prog, watch;
	bool warned = hook_warned();
	pthread_t threads[STORMERS];
	struct hook_link_info seen;
	struct generation g[2];
	struct sums sums = {};

	memset(husks, -1, sizeof(husks));
	watch_prog = hook_const("cfs_select_rq_exit", -1);
	watch = hook_attach_tag(watch_prog, tag);
	ASSERT_LE(0, watch);
	ASSERT_TRUE(make(&g[0], 0));
	link = attach(&g[0], -1);
	ASSERT_LE(0, link);
	for (i = 0; i < STORMERS; i++)
		ASSERT_EQ(0, victim_start(&victims[i], &tag));
	for (i = 0; i < STORMERS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, storm, (void *)(long)i));

	for (i = 1; i <= SWAPS; i++) {
		bool fresh = i % FRESH == 0;

		if (fresh) {
			ASSERT_TRUE(make(&g[1], i / FRESH));
			drop(&g[0]);
			g[0] = g[1];
		}
		if (husks[i % HUSKS] >= 0) {
			add(&sums, husks[i % HUSKS]);
			close(husks[i % HUSKS]);
		}
		husks[i % HUSKS] = link;
		link = attach(&g[0], link);
		ASSERT_LE(0, link) TH_LOG("swap %d: %s", i, strerror(-link));
	}
	atomic_store(&done, true);
	for (i = 0; i < STORMERS; i++) {
		pthread_join(threads[i], NULL);
		victim_stop(&victims[i]);
	}
	for (i = 1; i <= HUSKS; i++) {
		add(&sums, husks[(SWAPS + i) % HUSKS]);
		close(husks[(SWAPS + i) % HUSKS]);
	}
	add(&sums, link);
	ASSERT_EQ(0, hook_info(watch, &seen));
	TH_LOG("%d swaps, %ld storms, %llu decisions, generation %llu", SWAPS, storms,
	       seen.calls, sums.generation);
	EXPECT_EQ(0, failures);
	EXPECT_LT(100, storms);
	EXPECT_EQ(0, sums.backwards);
	EXPECT_EQ(0, sums.refused);
	EXPECT_EQ(seen.calls, sums.first);
	EXPECT_EQ(seen.calls, sums.second);
	EXPECT_EQ(seen.calls, sums.decided);
	close(link);
	close(watch);
	close(watch_prog);
	drop(&g[0]);
	EXPECT_TRUE(progs_return_to(before));
	EXPECT_EQ(warned, hook_warned());
}

TEST_HARNESS_MAIN
