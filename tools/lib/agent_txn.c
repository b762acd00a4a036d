// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Transactions and group commits. */
#include "agent_internal.h"

static const char *const names[] = {
	"COMPLETE", "ABORTED", "TARGET_ONCPU", "TARGET_STALE", "TARGET_NOT_FOUND",
	"TARGET_NOT_RUNNABLE", "AGENT_STALE", "CPU_OFFLINE", "CPU_UNAVAIL", "INVALID_FLAGS",
	"INVALID_TARGET", "NOT_PERMITTED", "INVALID_CPU", "NO_AGENT", "UNSUPPORTED_VERSION",
	"POISONED",
};

_Static_assert(TAGSCHED_TXN_COMPLETE == (int)GHOST_TXN_COMPLETE, "COMPLETE");
_Static_assert(TAGSCHED_TXN_POISONED == (int)GHOST_TXN_POISONED, "POISONED");
_Static_assert(TAGSCHED_TXN_READY == (int)GHOST_TXN_READY, "READY");
_Static_assert(TAGSCHED_GTID_AGENT == GHOST_AGENT_GTID, "AGENT");
_Static_assert(TAGSCHED_GTID_IDLE == GHOST_IDLE_GTID, "IDLE");

const char *tagsched_txn__name(int state)
{
	__u32 i = (__u32)state - (__u32)TAGSCHED_TXN_COMPLETE;

	if (state == TAGSCHED_TXN_READY)
		return "READY";
	return i < sizeof(names) / sizeof(names[0]) ? names[i] : "?";
}

static struct ghost_txn *txn_of(const struct tagsched_enclave *e, int cpu)
{
	if (cpu < 0 || (size_t)cpu >= e->cpu_data_size / sizeof(*e->cpu_data))
		return NULL;
	return &e->cpu_data[cpu].txn;
}

int tagsched_txn__state(const struct tagsched_enclave *e, int cpu)
{
	const struct ghost_txn *txn = txn_of(e, cpu);

	return txn ? ts_load(&txn->state) : TAGSCHED_TXN_INVALID_CPU;
}

int tagsched_txn__prepare(struct tagsched_enclave *e, int cpu, __s64 gtid, __u32 task_seqnum,
			  __u32 agent_barrier, const struct tagsched_txn_opts *opts)
{
	struct ghost_txn *txn = txn_of(e, cpu);
	__u8 flags = opts ? opts->commit_flags : 0;
	int err = TS_CHECK_OPTS(opts, tagsched_txn_opts);

	if (err)
		return err;
	if (!txn)
		return -EINVAL;
	if (ts_load(&txn->state) >= 0)
		return -EBUSY;
	if (!(opts && opts->greedy) && !(flags & COMMIT_AT_SCHEDULE))
		flags |= COMMIT_AT_TXN_COMMIT;
	txn->gtid = gtid;
	txn->task_barrier = task_seqnum;
	txn->agent_barrier = agent_barrier;
	txn->run_flags = opts ? opts->run_flags : 0;
	txn->commit_flags = flags;
	ts_store(&txn->state, GHOST_TXN_READY);
	return 0;
}

int tagsched_txn__commit(struct tagsched_enclave *e, const cpu_set_t *cpus)
{
	struct ghost_ioc_commit_txn arg = { .mask_ptr = (void *)cpus, .mask_len = sizeof(*cpus) };

	return e->ioctl(e, GHOST_IOC_COMMIT_TXN, &arg);
}

int tagsched_txn__claim(struct tagsched_enclave *e, int cpu, int owner)
{
	struct ghost_txn *txn = txn_of(e, cpu);
	__s32 nobody = -1;

	if (!txn || owner < 0)
		return -EINVAL;
	if (!__atomic_compare_exchange_n(&txn->sync_group_owner, &nobody, owner, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return -EBUSY;
	return 0;
}

int tagsched_txn__commit_group(struct tagsched_enclave *e, const cpu_set_t *cpus)
{
	struct ghost_ioc_commit_txn arg = { .mask_ptr = (void *)cpus, .mask_len = sizeof(*cpus) };
	int ret = e->ioctl(e, GHOST_IOC_SYNC_GROUP_TXN, &arg), cpu;

	if (ret == 1)
		return 0;
	/* the kernel has given the transactions back only if it succeeded */
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		struct ghost_txn *txn = CPU_ISSET(cpu, cpus) ? txn_of(e, cpu) : NULL;

		if (!txn)
			continue;
		if (ret < 0)
			tagsched_txn__abort(e, cpu);
		ts_store(&txn->sync_group_owner, -1);
	}
	return ret < 0 ? ret : -EAGAIN;
}

int tagsched_txn__abort(struct tagsched_enclave *e, int cpu)
{
	struct ghost_txn *txn = txn_of(e, cpu);
	__s32 ready = GHOST_TXN_READY;

	if (!txn)
		return -EINVAL;
	if (__atomic_compare_exchange_n(&txn->state, &ready, GHOST_TXN_ABORTED, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) || ready < 0)
		return 0;
	return -EBUSY;
}
