/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hook selftests share: the bpf(2) border (programs, links), tasks
 * that can be woken, forked and exec'd on demand, hogs, and the few files of
 * /sys and /proc that the tests turn.
 *
 * Nothing here goes through libtagsched: these tests hold the kernel to its
 * ABI, so they state that ABI a second time, in numbers.
 *
 * Functions return 0 (or a count, a descriptor, a CPU) or a negative errno, and
 * print nothing.
 */
#ifndef HOOK_H
#define HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <linux/bpf_sched.h>
#include <linux/types.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <bpf/btf.h>

/* The kernel's numbers; abi.c compares them with the running kernel's BTF. */
#define HOOK_PROG_TYPE		40
#define HOOK_ATTACH_TYPE	64
#define HOOK_LINK_TYPE		24
#define HOOK_F_TAG		(1U << 0)
#define HOOK_MAX_LINKS		64

#define HOOK_WF_EXEC		0x02
#define HOOK_WF_FORK		0x04
#define HOOK_WF_TTWU		0x08

/* ---- lib/prog.c: programs ---- */

extern const char * const hook_names[];	/* NULL-terminated, without prefix */
bool hook_is_verdict(const char *hook);
bool hook_is_notice(const char *hook);

/**
 * hook_btf_id() - BTF id of a function of the running kernel
 * @func: its whole name, such as bpf_sched_cfs_select_rq
 *
 * Return: the id, or -ENOENT.
 */
int hook_btf_id(const char *func);

/*
 * hook_prepare() - give the programs of @obj their types and targets: those of
 * sections sched/HOOK that are to be loaded
 */
int hook_prepare(struct bpf_object *obj);

/**
 * hook_load() - load instructions for a hook
 * @hook:  the hook, without prefix
 * @insns: the program
 * @cnt:   number of instructions
 * @log:   for the verifier's words, or NULL
 * @size:  of @log
 *
 * Return: descriptor or negative errno.
 */
int hook_load(const char *hook, const struct bpf_insn *insns, size_t cnt,
	      char *log, size_t size);

/* hook_const() - a program for @hook that answers @answer and does no more */
int hook_const(const char *hook, int answer);

/* ---- lib/link.c: links ---- */

/* struct bpf_link_info as the kernel fills it for a sched link */
struct hook_link_info {
	__u32 type;
	__u32 id;
	__u32 prog_id;
	__u32 pad;
	__s64 tag;
	__u32 flags;
	__u32 attach_btf_id;
	__u64 calls;
	__u64 decided;
	__u64 refused;
};

/* hook_attach() - attach for all tasks; hook_attach_tag() - for one tag */
int hook_attach(int prog_fd);
int hook_attach_tag(int prog_fd, __s64 tag);

/* hook_link_create() - BPF_LINK_CREATE with nothing filled in for the caller */
int hook_link_create(int prog_fd, int target_fd, __u32 attach_type,
		     __u32 flags, __s64 tag);

int hook_update(int link_fd, int prog_fd);
/* hook_replace() - update only if @old_fd is the link's program now */
int hook_replace(int link_fd, int prog_fd, int old_fd);
int hook_detach(int link_fd);
int hook_info(int link_fd, struct hook_link_info *info);
int hook_prog_id(int prog_fd);

/* ---- lib/policy.c: links of several programs ---- */

#define HOOK_F_POLICY		(1U << 1)
#define HOOK_MAX_PROGS		16

/* struct bpf_link_info as the kernel fills it for a policy */
struct hook_policy_info {
	struct hook_link_info link;
	__u64 progs;		/* in: struct bpf_sched_prog_info[] */
	__u32 nr_progs;		/* in: room, out: number */
	__s32 priority;
	__u64 generation;
	char name[BPF_SCHED_NAME_LEN];
	struct bpf_sched_exit exit;
};

/**
 * struct hook_policy - a policy to be attached
 * @progs:  descriptors of its programs
 * @nr:	    how many
 * @name:   its name
 * @tag:    NULL for all tasks
 * @attr:   flags, priority and replace_fd; the rest is filled in
 */
struct hook_policy {
	const int *progs;
	int nr;
	const char *name;
	const __s64 *tag;
	struct bpf_sched_policy_attr attr;
};

/* hook_policy_create() - attach it; returns the link or a negative errno */
int hook_policy_create(const struct hook_policy *policy);
/* hook_policy_raw() - the same with an attribute of the caller's, of any size */
int hook_policy_raw(int prog_fd, __u32 flags, __s64 tag, const void *attr, __u32 size);
/* hook_policy_info() - with its programs, if @progs is not NULL: HOOK_MAX_PROGS of them */
int hook_policy_info(int link_fd, struct hook_policy_info *info,
		     struct bpf_sched_prog_info *progs);
/* hook_policy_waits() - true once the link's exit record has this reason */
bool hook_policy_waits(int link_fd, __u32 reason, struct bpf_sched_exit *exit);

/* ---- lib/sign.c: signed policies ---- */

#define HOOK_POLICY_KEY		"policy"	/* the kernel trusts it */
#define HOOK_STRANGER_KEY	"stranger"	/* it does not */
#define HOOK_REQUIRE		"/proc/sys/kernel/sched_bpf_require_signature"
#define HOOK_MAX_SIGNATURE	(16 * 1024)

/* struct bpf_link_info as the kernel fills it for a signed policy */
struct hook_signed_info {
	struct hook_policy_info policy;
	__u64 signature;	/* in: where to put it */
	__u32 signature_size;	/* in: room, out: size */
	__s32 signature_error;
};

/**
 * struct hook_signature - a signature, and its size
 * @data: PKCS#7, DER
 * @size: in bytes
 */
struct hook_signature {
	unsigned char data[4096];
	size_t size;
};

/* hook_manifest() - what is to be signed, NUL-terminated; its length or negative errno */
int hook_manifest(const struct hook_policy *policy, char *buf, size_t size);
/* hook_sign_text() - sign a text; @options: more of openssl's, or "" */
int hook_sign_text(const char *text, const char *key, const char *options,
		   struct hook_signature *sig);
/* hook_sign() - sign a policy by one of the keys above */
int hook_sign(const struct hook_policy *policy, const char *key, struct hook_signature *sig);
/* hook_attach_signed() - hook_policy_create() with a signature */
int hook_attach_signed(const struct hook_policy *policy, const struct hook_signature *sig);
/* hook_signed_info() - @sig may be NULL */
int hook_signed_info(int link_fd, struct hook_signed_info *info, struct hook_signature *sig);
/*
 * hook_answer_from() - a program for @hook that answers the first word of a map:
 * an array with one element of @size bytes, @value in it; @flags of the map,
 * @frozen or not
 */
int hook_answer_from(const char *hook, int value, __u32 size, __u32 flags, bool frozen);

/* ---- lib/victim.c: tasks to decide about ---- */

/**
 * struct victim - a task that sleeps until it is asked where it runs
 * @pid: of the task
 * @cmd: write end of its orders
 * @rep: read end of its answers
 *
 * Dies with its parent.
 */
struct victim {
	pid_t pid;
	int cmd;
	int rep;
};

/* victim_start() - @tag NULL leaves the task without a tag of its own */
int victim_start(struct victim *v, const __s64 *tag);
/* victim_wake() - wake it; returns the CPU on which it found itself */
int victim_wake(struct victim *v);
/* victim_fork() - it forks; returns the CPU on which the child found itself */
int victim_fork(struct victim *v);
/* victim_exec() - its child execs; returns the CPU at the new image's start */
int victim_exec(struct victim *v);
/* victim_settle() - return once the task is off its CPU */
int victim_settle(const struct victim *v);
void victim_stop(struct victim *v);

/**
 * struct hog - a task that never sleeps
 * @pid:  of the task
 * @work: rounds it has made, read while it runs
 */
struct hog {
	pid_t pid;
	volatile __u64 *work;
};

/* hog_start() - on @cpu only, or anywhere if negative; in @cgroup if not NULL */
int hog_start(struct hog *h, int cpu, const __s64 *tag, const char *cgroup);
/* hog_freeze() - return once SIGSTOP has taken it off its CPU */
int hog_freeze(const struct hog *h);
void hog_stop(struct hog *h);

/* hog_moves() - true once the hog has made @rounds more; false if it is stuck */
bool hog_moves(const struct hog *h, __u64 rounds);

int task_set_tag(pid_t pid, __s64 tag);
/* task_pin() - to @cpu, or to every CPU if negative */
int task_pin(pid_t pid, int cpu);
int task_pin_mask(pid_t pid, unsigned long mask);
unsigned long task_mask(pid_t pid);
/* task_switches() - involuntary context switches so far */
long task_switches(pid_t pid);

/* ---- lib/sys.c: the machine ---- */

int sys_write(const char *path, const char *text);
/* sys_read() - at most @size - 1 bytes, NUL-terminated; returns the length */
int sys_read(const char *path, char *buf, size_t size);
/* sys_list() - a file with a list as "0-2,4", as a mask; 0 if it cannot be read */
unsigned long sys_list(const char *path);
int sys_nr_cpus(void);			/* configured: nr_cpu_ids */
unsigned long sys_online(void);		/* mask of the CPUs that are online */
int sys_set_online(int cpu, bool on);
/*
 * sys_hold_tasks() - keep load balancers from pulling tasks that wait, so that
 * one stays where it was put also while that CPU is slow to run it
 */
int sys_hold_tasks(bool hold);
/* sys_feature() - turn a scheduler feature, e.g. "NO_TTWU_QUEUE" */
int sys_feature(const char *feature);

/* hook_warned() - the kernel's taint flags for a warning or a lockdep report */
bool hook_warned(void);

/* hook_random() - 64 bits; same @state at the start, same run */
__u64 hook_random(unsigned short state[3]);

/* ---- lib/cgroup.c: control groups ---- */

/*
 * cgroup v2 with the cpu and cpuset controllers. Names are relative to the
 * mount point.
 */
int cg_make(const char *name);
int cg_write(const char *name, const char *file, const char *text);
int cg_read(const char *name, const char *file, char *buf, size_t size);
int cg_add(const char *name, pid_t pid);
__u64 cg_id(const char *name);
/* cg_remove() - tasks that are still in it move to the root first */
int cg_remove(const char *name);

/* ---- lib/trace.c: the tracepoint of refused answers ---- */

/* struct refused - one sched:bpf_sched_refused event */
struct refused {
	char hook[64];
	__u32 link_id;
	pid_t pid;
	int answer;
};

int refused_open(void);
/* refused_format() - the event's format file, as text */
int refused_format(char *buf, size_t size);
/* refused_read() - the oldest events, at most @max; they stay */
int refused_read(struct refused *events, int max);
int refused_clear(void);
void refused_close(void);

#endif /* HOOK_H */
