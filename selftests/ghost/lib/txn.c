// SPDX-License-Identifier: GPL-2.0-only
/* Transactions. */
#include "../ghost.h"

struct ghost_txn *txn_of(const struct enclave *e, int cpu)
{
	return &e->txns[cpu].txn;
}

void txn_fill(const struct enclave *e, const struct request *r)
{
	struct ghost_txn *txn = txn_of(e, r->cpu);

	txn->gtid = r->gtid;
	txn->task_barrier = r->task_barrier;
	txn->agent_barrier = r->agent_barrier;
	txn->run_flags = r->run_flags;
	txn->commit_flags = r->commit_flags;
	__atomic_store_n(&txn->state, GHOST_TXN_READY, __ATOMIC_RELEASE);
}

int txn_state(const struct enclave *e, int cpu)
{
	return __atomic_load_n(&txn_of(e, cpu)->state, __ATOMIC_ACQUIRE);
}

struct mask {
	unsigned long	cmd;
	__u64		cpus;
};

static long ioctl_mask(struct agent *a, void *arg)
{
	struct mask *m = arg;
	struct ghost_ioc_commit_txn req = { .mask_ptr = &m->cpus, .mask_len = sizeof(m->cpus) };

	return enclave_ioctl(a->enclave, m->cmd, &req);
}

int txn_commit_mask(struct agent *a, __u64 cpus)
{
	struct mask m = { GHOST_IOC_COMMIT_TXN, cpus };

	return agent_do(a, ioctl_mask, &m);
}

int txn_commit_group(struct agent *a, __u64 cpus)
{
	struct mask m = { GHOST_IOC_SYNC_GROUP_TXN, cpus };

	return agent_do(a, ioctl_mask, &m);
}

int txn_commit(struct agent *a, const struct request *r)
{
	struct request req = *r;
	int err;

	req.commit_flags |= COMMIT_AT_TXN_COMMIT;
	txn_fill(a->enclave, &req);
	err = txn_commit_mask(a, 1ULL << r->cpu);
	return err ? err : txn_state(a->enclave, r->cpu);
}
