/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF hooks in the fair scheduler: what the scheduler calls, what the BPF core
 * calls, and the context structures that programs read.
 */
#ifndef _LINUX_BPF_SCHED_H
#define _LINUX_BPF_SCHED_H

#include <linux/bpf_sched_types.h>
#include <linux/jump_label.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <uapi/linux/bpf_sched.h>

struct bpf_map;
struct bpf_prog;
struct bpf_reg_state;
struct bpf_verifier_env;
struct bpf_verifier_log;
struct seq_file;
struct task_group;
struct task_struct;
union bpf_attr;

/**
 * struct sched_migrate_ctx - a choice of a CPU, for cfs_select_rq{,_exit}
 * @task:	who is to be placed
 * @prev_cpu:	where it ran last; where its parent runs for a new task
 * @curr_cpu:	where the wakeup, fork or exec happens
 * @new_cpu:	the CPU chosen so far; @prev_cpu in cfs_select_rq
 * @wake_flags:	WF_TTWU, WF_FORK or WF_EXEC, and WF_SYNC
 * @is_sync:	the waker is about to sleep
 *
 * On the stack of select_task_rq_fair(), which holds the task's pi_lock.
 */
struct sched_migrate_ctx {
	struct task_struct	*task;
	int			prev_cpu;
	int			curr_cpu;
	int			new_cpu;
	int			wake_flags;
	int			is_sync;
};

/**
 * struct sched_affine_ctx - where to wake a task, for cfs_wake_affine
 * @task:	who wakes up
 * @prev_cpu:	where it ran last
 * @curr_cpu:	where the waker runs
 * @is_sync:	the waker is about to sleep
 *
 * On the stack of wake_affine(); the task's pi_lock is held.
 */
struct sched_affine_ctx {
	struct task_struct	*task;
	int			prev_cpu;
	int			curr_cpu;
	int			is_sync;
};

enum bpf_sched_hook_id {
#define BPF_SCHED_HOOK(RET, DEFAULT, KIND, NAME, ...) BPF_SCHED_HOOK_##NAME,
#include <linux/sched_hook_defs.h>
#undef BPF_SCHED_HOOK
	BPF_SCHED_NR_HOOKS
};

#ifdef CONFIG_BPF_SCHED

enum bpf_sched_hook_kind {
	BPF_SCHED_KIND_CPU,
	BPF_SCHED_KIND_VERDICT,
	BPF_SCHED_KIND_NOTICE,
};

/**
 * struct bpf_sched_hook_info - what is known of a hook at build time
 * @name:	as in SEC("sched/NAME"); the BTF function is bpf_sched_NAME
 * @kind:	what its programs may answer
 */
struct bpf_sched_hook_info {
	const char			*name;
	enum bpf_sched_hook_kind	kind;
};

extern const struct bpf_sched_hook_info bpf_sched_hook_info[BPF_SCHED_NR_HOOKS];
extern u32 bpf_sched_hook_btf_ids[BPF_SCHED_NR_HOOKS];
extern struct static_key_false bpf_sched_keys[BPF_SCHED_NR_HOOKS];

/* Is any program attached to the hook? One no-op instruction if none is. */
#define bpf_sched_enabled(NAME)	\
	static_branch_unlikely(&bpf_sched_keys[BPF_SCHED_HOOK_##NAME])

/* Is any program attached anywhere? */
DECLARE_STATIC_KEY_FALSE(bpf_sched_active);

/**
 * struct bpf_sched_subject - whom a hook is about
 * @tag:	effective tag of the task or entity
 * @tag2:	that of the other one where the hook has two, else the same
 * @task:	who keeps a note of the decision; for hooks of kind CPU whose CPU
 *		is chosen. NULL: nobody. Its pi_lock or the lock of its runqueue
 *		is held
 * @in:		what the note says of the question
 */
struct bpf_sched_subject {
	s64			tag;
	s64			tag2;
	struct task_struct	*task;
	s64			in[2];
};

struct bpf_sched_table;

unsigned long bpf_sched_epoch(void);
const struct bpf_sched_table *bpf_sched_current_table(void);
int bpf_sched_run_table(const struct bpf_sched_table *table, enum bpf_sched_hook_id hook,
			const u64 *args, const struct bpf_sched_subject *subject);
int bpf_sched_run(enum bpf_sched_hook_id hook, const u64 *args,
		  const struct bpf_sched_subject *subject);

void bpf_sched_note(struct task_struct *p, enum bpf_sched_hook_id hook,
		    const struct bpf_sched_note *note);
int bpf_sched_show_task(struct seq_file *m, struct task_struct *p);
void bpf_sched_order_begin(void);
void bpf_sched_order_end(void);

/**
 * struct bpf_sched_stall - a task or group that waits for a CPU for too long
 * @cpu:	the CPU
 * @since:	jiffies when it began
 * @ms:		how long the fair class has had the CPU since
 * @tag:	its tag
 * @curr_tag:	the tag of whom the CPU runs instead
 * @pid:	0 for a group
 * @comm:	"" for a group
 */
struct bpf_sched_stall {
	int		cpu;
	unsigned long	since;
	u64		ms;
	s64		tag;
	s64		curr_tag;
	pid_t		pid;
	char		comm[TASK_COMM_LEN];
};

bool bpf_sched_eject_stalled(const struct bpf_sched_stall *stall);
bool bpf_sched_link_name(u32 id, char *name, size_t size);

extern unsigned int sysctl_sched_bpf_timeout_ms;
extern unsigned int sysctl_sched_bpf_lag_ms;

int bpf_sched_find_hook(const struct bpf_prog *prog);
int bpf_sched_verify_prog(struct bpf_verifier_log *log, struct bpf_prog *prog);
int bpf_sched_check_return(struct bpf_verifier_log *log, const struct bpf_prog *prog,
			   const struct bpf_reg_state *r0);
bool bpf_sched_map_allowed(const struct bpf_map *map);
int bpf_sched_link_attach(const union bpf_attr *attr, struct bpf_prog *prog);

#else

static inline int bpf_sched_verify_prog(struct bpf_verifier_log *log, struct bpf_prog *prog)
{
	return -EOPNOTSUPP;
}

static inline int bpf_sched_check_return(struct bpf_verifier_log *log,
					 const struct bpf_prog *prog,
					 const struct bpf_reg_state *r0)
{
	return -EOPNOTSUPP;
}

static inline bool bpf_sched_map_allowed(const struct bpf_map *map)
{
	return false;
}

static inline int bpf_sched_link_attach(const union bpf_attr *attr, struct bpf_prog *prog)
{
	return -EOPNOTSUPP;
}

#endif /* CONFIG_BPF_SCHED */

#ifdef CONFIG_BPF_SCHED_SIGNATURE
void bpf_sched_digest_insns(struct bpf_prog *prog);
void bpf_sched_digest_maps(struct bpf_verifier_env *env);
bool bpf_sched_has_digest(const struct bpf_prog *prog);
#else
static inline void bpf_sched_digest_insns(struct bpf_prog *prog) { }
static inline void bpf_sched_digest_maps(struct bpf_verifier_env *env) { }
#endif

#endif /* _LINUX_BPF_SCHED_H */
