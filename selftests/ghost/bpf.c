// SPDX-License-Identifier: GPL-2.0-only
/* BPF programs of an enclave, by the system call and raw instructions. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/ghost_bpf.h>

#include "harness.h"

#define GHOST_SCHED	1000
#define GHOST_MSG	1001
#define GHOST_SELECT_RQ	1002
#define GHOST_HALT_POLL	1003
#define ATTACH(type)	((type) + 1000)		/* the attach type of a program type */

#define INSN(op, d, s, o, i) \
	((struct bpf_insn) { .code = (op), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define MOV(d, i)	INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define LOAD_U16(d, s, o) INSN(BPF_LDX | BPF_MEM | BPF_H, d, s, o, 0)
#define STORE_U64(d, o, s) INSN(BPF_STX | BPF_MEM | BPF_DW, d, s, o, 0)
#define UNLESS(d, i, o)	INSN(BPF_JMP | BPF_JNE | BPF_K, d, 0, o, i)
#define IMM64(d, v)	INSN(BPF_LD | BPF_IMM | BPF_DW, d, 0, 0, (__u32)(v)), \
			INSN(0, 0, 0, 0, (__u64)(v) >> 32)
#define CALL(f)		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT_PROG	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	int ret = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

static int load_as(int type, __u32 attach, const struct bpf_insn *insns, int nr)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.expected_attach_type = attach;
	attr.insns = (unsigned long)insns;
	attr.insn_cnt = nr;
	attr.license = (unsigned long)"GPL";
	return sys_bpf(BPF_PROG_LOAD, &attr);
}

static int load(int type, int abi, const struct bpf_insn *insns, int nr)
{
	return load_as(type, GHOST_BPF_ATTACH_TYPE(abi, ATTACH(type)), insns, nr);
}

static const struct bpf_insn empty[] = { MOV(BPF_REG_0, 0), EXIT_PROG };

static int load_empty(int type, int abi)
{
	return load(type, abi, empty, SIZE(empty));
}

static int link_as(int prog, int target, __u32 attach, __u32 flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = prog;
	attr.link_create.target_fd = target;
	attr.link_create.attach_type = attach;
	attr.link_create.flags = flags;
	return sys_bpf(BPF_LINK_CREATE, &attr);
}

static int link_to(const struct enclave *e, int prog, int type)
{
	return link_as(prog, e->ctl, GHOST_BPF_ATTACH_TYPE(e->abi, ATTACH(type)), 0);
}

FIXTURE(bpf)
{
	struct stage	st;
};

FIXTURE_SETUP(bpf)
{
	ASSERT_EQ(0, stage_set(&self->st, GHOST_ABI_91, RING));
}

FIXTURE_TEARDOWN(bpf)
{
	EXPECT_EQ(0, stage_strike(&self->st));
}

PROVE_F(bpf, types, "[C14] programs of types 1000 to 1003 load for both ABIs, each with its own attach type alone")
{
	static const int abis[] = { GHOST_ABI_84, GHOST_ABI_91 };
	int type, fd;
	unsigned int i;

	for (type = GHOST_SCHED; type <= GHOST_HALT_POLL; type++) {
		for (i = 0; i < SIZE(abis); i++) {
			fd = load_empty(type, abis[i]);
			EXPECT_LE(0, fd);
			close(fd);
		}
		EXPECT_EQ(-EINVAL, load_as(type, GHOST_BPF_ATTACH_TYPE(91, ATTACH(type) ^ 1),
					   empty, SIZE(empty)));
		EXPECT_EQ(-EINVAL, load_as(type, GHOST_BPF_ATTACH_TYPE(91, 0), empty,
					   SIZE(empty)));
	}
	EXPECT_EQ(-EINVAL, load_empty(GHOST_HALT_POLL + 1, GHOST_ABI_91));
	EXPECT_EQ(-EINVAL, load_empty(GHOST_SCHED - 1, GHOST_ABI_91));
}

PROVE_F(bpf, busy, "[C14] one program in each place: the second is EBUSY; closing the link detaches")
{
	int type, prog, other, link;

	for (type = GHOST_SCHED; type <= GHOST_HALT_POLL; type++) {
		prog = load_empty(type, GHOST_ABI_91);
		other = load_empty(type, GHOST_ABI_91);
		ASSERT_LE(0, prog);
		ASSERT_LE(0, other);
		link = link_to(&self->st.e, prog, type);
		ASSERT_LE(0, link);
		EXPECT_EQ(-EBUSY, link_to(&self->st.e, other, type));
		EXPECT_EQ(-EBUSY, link_to(&self->st.e, prog, type));
		close(link);
		link = link_to(&self->st.e, other, type);
		EXPECT_LE(0, link);
		close(link);
		close(prog);
		close(other);
	}
}

PROVE_F(bpf, separate, "[C14] enclaves have their places to themselves")
{
	int prog = load_empty(GHOST_MSG, GHOST_ABI_91), link, second;
	struct enclave other;

	ASSERT_EQ(0, enclave_create(&other, GHOST_ABI_91, NULL));
	link = link_to(&self->st.e, prog, GHOST_MSG);
	second = link_to(&other, prog, GHOST_MSG);
	EXPECT_LE(0, link);
	EXPECT_LE(0, second);
	close(link);
	close(second);
	close(prog);
	EXPECT_EQ(0, enclave_end(&other));
}

PROVE_F(bpf, link_errors, "[C14] attaching: EINVAL for flags and another attach type, EBADF for what is no ctl, and for the other ABI")
{
	const struct enclave *e = &self->st.e;
	__u32 attach = GHOST_BPF_ATTACH_TYPE(GHOST_ABI_91, ATTACH(GHOST_MSG));
	int prog = load_empty(GHOST_MSG, GHOST_ABI_91);
	int prog_84 = load_empty(GHOST_MSG, GHOST_ABI_84);
	int status = enclave_open_file(e, "status", O_RDONLY);
	int null = open("/dev/null", O_RDWR);
	int top = open(GHOSTFS "/ctl", O_WRONLY);
	int ends[2], link;

	ASSERT_EQ(0, pipe(ends));
	EXPECT_EQ(-EINVAL, link_as(prog, e->ctl, attach, 1));
	EXPECT_EQ(-EINVAL, link_as(prog, e->ctl, ATTACH(GHOST_MSG), 0));
	EXPECT_EQ(-EINVAL, link_as(prog, e->ctl, attach - 1, 0));
	EXPECT_EQ(-EINVAL, link_as(prog, e->ctl,
				   GHOST_BPF_ATTACH_TYPE(84, ATTACH(GHOST_MSG)), 0));
	EXPECT_EQ(-EBADF, link_as(prog, -1, attach, 0));
	EXPECT_EQ(-EBADF, link_as(prog, status, attach, 0));
	EXPECT_EQ(-EBADF, link_as(prog, null, attach, 0));
	EXPECT_EQ(-EBADF, link_as(prog, top, attach, 0));
	EXPECT_EQ(-EBADF, link_as(prog, ends[0], attach, 0));
	EXPECT_EQ(-EBADF, link_as(prog_84, e->ctl,
				  GHOST_BPF_ATTACH_TYPE(84, ATTACH(GHOST_MSG)), 0));
	/* The place is free still. */
	link = link_to(e, prog, GHOST_MSG);
	EXPECT_LE(0, link);
	close(link);
	close(top);
	close(null);
	close(status);
	close(prog);
	close(prog_84);
}

PROVE_F(bpf, any_mode, "[C14] a ctl that was opened for reading will do to attach")
{
	int prog = load_empty(GHOST_MSG, GHOST_ABI_91), link;
	int ctl = enclave_open_file(&self->st.e, "ctl", O_RDONLY);

	link = link_as(prog, ctl, GHOST_BPF_ATTACH_TYPE(GHOST_ABI_91, ATTACH(GHOST_MSG)), 0);
	EXPECT_LE(0, link);
	close(link);
	close(ctl);
	close(prog);
}

PROVE_F(bpf, destroyed, "[C14] a link outlives its enclave harmlessly; a ctl of an enclave that is gone is EBADF")
{
	int prog = load_empty(GHOST_MSG, GHOST_ABI_91), link;
	struct enclave other;

	ASSERT_EQ(0, enclave_create(&other, GHOST_ABI_91, NULL));
	link = link_to(&other, prog, GHOST_MSG);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, enclave_ctl(&other, "destroy"));
	ASSERT_TRUE(enclave_wait_gone(&other));
	EXPECT_EQ(-EBADF, link_to(&other, prog, GHOST_MSG));
	close(link);
	close(prog);
	EXPECT_EQ(0, enclave_end(&other));
}

/* --- messages --- */

static int change_nice(struct stage *st)
{
	return setpriority(PRIO_PROCESS, st->s.pid, getpriority(PRIO_PROCESS, st->s.pid) + 1);
}

/* Messages of this type are not sent. */
static int load_suppressor(int type)
{
	struct bpf_insn insns[] = {
		LOAD_U16(BPF_REG_2, BPF_REG_1, offsetof(struct bpf_ghost_msg, type)),
		MOV(BPF_REG_0, 0),
		UNLESS(BPF_REG_2, type, 1),
		MOV(BPF_REG_0, 1),
		EXIT_PROG,
	};

	return load(GHOST_MSG, GHOST_ABI_91, insns, SIZE(insns));
}

PROVE_F(bpf, suppress, "[C14] a message program suppresses what it answers 1 to, the barrier counts it; not after the link is closed")
{
	int prog = load_suppressor(MSG_TASK_PRIORITY_CHANGED), link;
	struct message m;

	ASSERT_LE(0, prog);
	ASSERT_EQ(0, stage_enter(&self->st, &m));
	link = link_to(&self->st.e, prog, GHOST_MSG);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, change_nice(&self->st));
	ASSERT_EQ(0, change_nice(&self->st));
	/* Another type passes. */
	subject_wake(&self->st.s);
	ASSERT_TRUE(subject_wait_ready(&self->st.e, &self->st.s));
	ASSERT_TRUE(queue_next(&self->st.q, &m));
	EXPECT_EQ(MSG_TASK_WAKEUP, m.type);
	EXPECT_EQ(4, m.seqnum);
	EXPECT_EQ(0, enclave_find_sw(&self->st.e, self->st.s.gtid)->flags &
		     GHOST_SW_TASK_MSG_LOST);

	close(link);
	ASSERT_EQ(0, change_nice(&self->st));
	ASSERT_TRUE(queue_next(&self->st.q, &m));
	EXPECT_EQ(MSG_TASK_PRIORITY_CHANGED, m.type);
	EXPECT_EQ(5, m.seqnum);
	close(prog);
}

PROVE_F(bpf, departed, "[C14] a suppressed MSG_TASK_DEPARTED: the kernel frees the word itself, and the task can come back at once")
{
	int prog = load_suppressor(MSG_TASK_DEPARTED), link;
	struct sched_param p = {};
	struct message m;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	link = link_to(&self->st.e, prog, GHOST_MSG);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, sched_setscheduler(self->st.s.pid, SCHED_OTHER, &p));
	EXPECT_EQ(NULL, enclave_find_sw(&self->st.e, self->st.s.gtid));
	ASSERT_EQ(0, stage_enter(&self->st, &m));
	close(link);
	close(prog);
}

PROVE_F(bpf, agent_data, "[C14] a message program changes agent_data, and nothing else")
{
	struct bpf_insn insns[] = {
		LOAD_U16(BPF_REG_2, BPF_REG_1, offsetof(struct bpf_ghost_msg, type)),
		UNLESS(BPF_REG_2, MSG_TASK_WAKEUP, 2),
		MOV(BPF_REG_3, 4711),
		STORE_U64(BPF_REG_1, offsetof(struct bpf_ghost_msg, wakeup.agent_data), BPF_REG_3),
		MOV(BPF_REG_0, 0),
		EXIT_PROG,
	};
	int prog = load(GHOST_MSG, GHOST_ABI_91, insns, SIZE(insns)), link;
	struct message m;

	ASSERT_LE(0, prog);
	link = link_to(&self->st.e, prog, GHOST_MSG);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, stage_enter(&self->st, &m));
	EXPECT_EQ(0, m.new.agent_data);
	subject_wake(&self->st.s);
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_WAKEUP, self->st.s.gtid, &m));
	EXPECT_EQ(4711, m.wakeup.agent_data);
	EXPECT_EQ(2, m.seqnum);
	close(link);
	close(prog);
}

/* --- picking, placing --- */

/* It has run, or something else has taken the CPU before that. */
static bool was_latched(void *arg)
{
	struct stage *st = arg;
	struct message m;

	while (queue_next(&st->q, &m))
		if (m.type == MSG_TASK_PREEMPT && m.gtid == (__u64)st->s.gtid)
			return true;
	return st->s.shared->woken;
}

PROVE_F(bpf, pick, "[C14] a pick-next-task program latches a task: it runs, though no agent has committed it")
{
	struct message m;
	int prog, link;

	ASSERT_EQ(0, stage_enter(&self->st, &m));
	subject_wake(&self->st.s);
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_WAKEUP, self->st.s.gtid, &m));

	struct bpf_insn insns[] = {
		IMM64(BPF_REG_1, self->st.s.gtid),
		MOV(BPF_REG_2, m.seqnum),
		MOV(BPF_REG_3, 0),
		CALL(GHOST_BPF_FUNC_run_gtid),
		MOV(BPF_REG_0, 0),
		EXIT_PROG,
	};
	prog = load(GHOST_SCHED, GHOST_ABI_91, insns, SIZE(insns));
	ASSERT_LE(0, prog);
	link = link_to(&self->st.e, prog, GHOST_SCHED);
	ASSERT_LE(0, link);
	/* Any pass through the scheduler of an enclave's CPU that has an agent. */
	ASSERT_EQ(0, agent_do(&self->st.a, agent_yield_now, (void *)RTLA_ON_IDLE));
	EXPECT_TRUE(wait_for("a task to be latched", was_latched, &self->st));
	close(link);
	close(prog);
}

PROVE_F(bpf, place, "[C14] a select-run-queue program places a task that wakes")
{
	struct bpf_insn insns[] = { MOV(BPF_REG_0, 3), EXIT_PROG };
	int prog = load(GHOST_SELECT_RQ, GHOST_ABI_91, insns, SIZE(insns)), link;
	struct message m;

	ASSERT_LE(0, prog);
	ASSERT_EQ(0, sys_pin(self->st.s.pid, 2));
	ASSERT_EQ(0, sys_unpin(self->st.s.pid));
	ASSERT_EQ(0, stage_enter(&self->st, &m));
	link = link_to(&self->st.e, prog, GHOST_SELECT_RQ);
	ASSERT_LE(0, link);
	subject_wake(&self->st.s);
	ASSERT_TRUE(queue_wait(&self->st.q, MSG_TASK_WAKEUP, self->st.s.gtid, &m));
	EXPECT_EQ(3, m.wakeup.wake_up_cpu);
	close(link);
	close(prog);
}

/* --- no more programs --- */

static void *load_in_thread(void *arg)
{
	return (void *)(long)load_empty(GHOST_MSG, GHOST_ABI_91);
}

static int load_in_child(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(load_empty(GHOST_MSG, GHOST_ABI_91) == -EPERM ? 0 : 1);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Exit status: which of the expectations failed first; 0: none. */
static int give_up_loading(const struct enclave *e)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1,
	};
	int before = load_empty(GHOST_MSG, GHOST_ABI_91);
	pthread_t thread;
	void *ret;

	if (before < 0)
		return 1;
	if (enclave_ctl(e, "disable my bpf_prog_load"))
		return 2;
	if (load_empty(GHOST_MSG, GHOST_ABI_91) != -EPERM)
		return 3;
	if (load_as(BPF_PROG_TYPE_SOCKET_FILTER, 0, empty, SIZE(empty)) != -EPERM)
		return 4;
	if (pthread_create(&thread, NULL, load_in_thread, NULL) || pthread_join(thread, &ret) ||
	    (long)ret != -EPERM)
		return 5;
	if (load_in_child())
		return 6;
	/* Other commands go on. */
	if (sys_bpf(BPF_MAP_CREATE, &attr) < 0)
		return 7;
	if (link_to(e, before, GHOST_MSG) < 0)
		return 8;
	return 0;
}

PROVE_F(bpf, disable, "[C14] EPERM to load after disable my bpf_prog_load, in all threads and children; other processes can")
{
	int status, fd;
	pid_t pid = fork();

	if (!pid)
		_exit(give_up_loading(&self->st.e));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	fd = load_empty(GHOST_MSG, GHOST_ABI_91);
	EXPECT_LE(0, fd);
	close(fd);
}

TEST_HARNESS_MAIN
