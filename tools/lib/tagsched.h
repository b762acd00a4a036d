/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * libtagsched: scheduling tags and BPF scheduling policies.
 *
 * Contents
 *   errors and version    tagsched_last_error(), tagsched_version()
 *   kernel features       tagsched_kernel__check()
 *   tags                  tagsched_tag__*, tagsched_process__*, tagsched_thread__*, tagsched_cgroup__*
 *   walks                 tagsched_cgroup__walk(), tagsched_task__walk()
 *   reasons               tagsched_thread__why(): where a tag comes from, what was decided
 *   rules                 tagsched_rules__*: tags by user, group, program
 *   changes of processes  tagsched_proc_events__*: fork, exec, change of user
 *   enclaves              tagsched_ghostfs__*: where scheduling is delegated to agents
 *   hooks                 tagsched_hook__*
 *   sections              tagsched_init(): libbpf learns SEC("sched/HOOK")
 *   links                 tagsched_link__*: one program at one hook, by file descriptor
 *   sets of links         tagsched_attach(), tagsched_links__*: every program of an object
 *   policies              tagsched_policy__*: an object file, loaded, attached as one
 *                         link, pinned, swapped for another
 *   tunables              tagsched_tunables__*: variables of a policy that runs
 *
 * Conventions
 *   A function that returns int returns a negative errno on failure; one that
 *   returns a pointer returns NULL and sets errno (positive), as libbpf 1.x
 *   does. Either way tagsched_last_error() then has one line that names the
 *   thing, the cause and the remedy.
 *   Structs named *_opts begin with their own size; zero means "not set". Fill
 *   them with TAGSCHED_OPTS(). A NULL opts pointer means all defaults.
 *   The library prints nothing, except through libbpf's print callback.
 *   Functions may be called from any thread; an object may not be used by two
 *   threads at once.
 */
#ifndef TAGSCHED_H
#define TAGSCHED_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef TAGSCHED_API
#define TAGSCHED_API __attribute__((visibility("default")))
#endif

#define TAGSCHED_MAJOR_VERSION	0
#define TAGSCHED_MINOR_VERSION	1

/* Where policies are pinned unless the caller says otherwise. */
#define TAGSCHED_PIN_DIR	"/sys/fs/bpf/tagsched"

/* Numbers of the kernel ABI (linux/bpf_sched.h) that stock headers lack. */
#define TAGSCHED_PROG_TYPE	40	/* BPF_PROG_TYPE_SCHED */
#define TAGSCHED_ATTACH_TYPE	64	/* BPF_SCHED */
#define TAGSCHED_LINK_TYPE	24	/* BPF_LINK_TYPE_SCHED */
#define TAGSCHED_F_TAG		(1U << 0) /* BPF_F_SCHED_TAG */
#define TAGSCHED_F_POLICY	(1U << 1) /* BPF_F_SCHED_POLICY */
#define TAGSCHED_NAME_LEN	32	/* BPF_SCHED_NAME_LEN: a policy's name with its NUL */

/**
 * TAGSCHED_OPTS() - declare and fill an opts struct
 * @TYPE: struct name without "struct"
 * @NAME: variable
 * @...: designated initializers
 *
 * Padding is zeroed, as the library checks the part it does not know for zero.
 */
#define TAGSCHED_OPTS(TYPE, NAME, ...)				\
	struct TYPE NAME = ({					\
		memset(&NAME, 0, sizeof(struct TYPE));		\
		(struct TYPE) {					\
			.sz = sizeof(struct TYPE),		\
			__VA_ARGS__				\
		};						\
	})

/* ---- errors and version ---- */

/**
 * tagsched_last_error() - what went wrong last in the calling thread
 *
 * Return: one line without newline, "" if nothing failed yet. Valid until the
 * thread's next call into the library.
 */
TAGSCHED_API const char *tagsched_last_error(void);

/**
 * tagsched_version() - version of the library, "MAJOR.MINOR"
 */
TAGSCHED_API const char *tagsched_version(void);

/* ---- kernel features ---- */

enum tagsched_feature {
	TAGSCHED_FEAT_TAG,	/* CONFIG_SCHED_TAG: the tag files */
	TAGSCHED_FEAT_BPF,	/* CONFIG_BPF_SCHED: program type and hooks */
	TAGSCHED_FEAT_GHOST,	/* CONFIG_SCHED_CLASS_GHOST: delegation to agents */
};

/**
 * tagsched_kernel__check() - does the running kernel have a feature
 * @feat: the feature
 *
 * Call it before loading a policy: without it, an unpatched kernel fails at
 * the first kfunc with a message that does not name the cause. A positive
 * answer is remembered.
 *
 * Return: 0, or -ENOTSUP with a last error that names the kernel option.
 */
TAGSCHED_API int tagsched_kernel__check(enum tagsched_feature feat);

/* ---- tags ---- */

/**
 * tagsched_tag__parse() - read a tag as the kernel's tag files do
 * @text: an integer in base 10, or with prefix 0x or 0; white space around it is skipped
 * @tag: result, written on success only
 *
 * "default" is not a value: see the clear functions.
 *
 * Return: 0, -EINVAL (not an integer), -ERANGE (does not fit an s64).
 */
TAGSCHED_API int tagsched_tag__parse(const char *text, __s64 *tag);

/**
 * tagsched_process__get_tag() - effective tag of a process' leader
 * @pid: the process, 0 for the caller's
 * @tag: result, written on success only
 *
 * Return: 0, -ESRCH (no such process), -ENOTSUP (kernel without SCHED_TAG), -EACCES.
 */
TAGSCHED_API int tagsched_process__get_tag(pid_t pid, __s64 *tag);

/**
 * tagsched_process__set_tag() - give all threads of a process an own tag
 * @pid: the process, 0 for the caller's
 * @tag: the tag; 0 is an own tag too and hides the group's
 *
 * Needs CAP_SYS_NICE in the initial user namespace.
 *
 * Return: 0, -EPERM, -ESRCH, -ENOTSUP.
 */
TAGSCHED_API int tagsched_process__set_tag(pid_t pid, __s64 tag);

/**
 * tagsched_process__clear_tag() - drop the own tags of a process' threads
 * @pid: the process, 0 for the caller's
 *
 * The group's tag is in effect again. Return: as tagsched_process__set_tag().
 */
TAGSCHED_API int tagsched_process__clear_tag(pid_t pid);

/**
 * tagsched_thread__get_tag() - effective tag of one thread
 * @tid: the thread, 0 for the calling one
 * @tag: result, written on success only
 *
 * Return: as tagsched_process__get_tag().
 */
TAGSCHED_API int tagsched_thread__get_tag(pid_t tid, __s64 *tag);

/**
 * tagsched_thread__set_tag() - give one thread an own tag
 * @tid: the thread, 0 for the calling one
 * @tag: the tag
 *
 * Return: as tagsched_process__set_tag().
 */
TAGSCHED_API int tagsched_thread__set_tag(pid_t tid, __s64 tag);

/**
 * tagsched_thread__clear_tag() - drop the own tag of one thread
 * @tid: the thread, 0 for the calling one
 *
 * Return: as tagsched_process__set_tag().
 */
TAGSCHED_API int tagsched_thread__clear_tag(pid_t tid);

/**
 * tagsched_cgroup__get_tag() - effective tag of a control group
 * @cgroup: its directory: absolute, or relative to the mount of the cpu
 *          controller; an absolute path that does not exist is looked for
 *          below that mount too, so that a path from /proc/PID/cgroup works
 * @tag: result, written on success only
 *
 * Return: 0, -ENOENT (no such group), -ENOTSUP (not a group of the cpu
 * controller, or a kernel without SCHED_TAG; the last error says which), -EACCES.
 */
TAGSCHED_API int tagsched_cgroup__get_tag(const char *cgroup, __s64 *tag);

/**
 * tagsched_cgroup__set_tag() - give a control group an own tag
 * @cgroup: as for tagsched_cgroup__get_tag()
 * @tag: the tag
 *
 * Needs CAP_SYS_NICE in the initial user namespace, in a delegated group too.
 *
 * Return: 0, -EINVAL (the root group), -EPERM, -EACCES, -ENOENT, -ENOTSUP.
 */
TAGSCHED_API int tagsched_cgroup__set_tag(const char *cgroup, __s64 tag);

/**
 * tagsched_cgroup__clear_tag() - drop the own tag of a control group
 * @cgroup: as for tagsched_cgroup__get_tag()
 *
 * The tag of its nearest tagged ancestor is in effect again.
 * Return: as tagsched_cgroup__set_tag().
 */
TAGSCHED_API int tagsched_cgroup__clear_tag(const char *cgroup);

/**
 * tagsched_cgroup__mount() - where the cpu controller is mounted
 * @buf: result, a path
 * @size: size of @buf in bytes
 *
 * Return: 1 or 2, the version of the hierarchy; -ENOENT (not mounted),
 * -ENAMETOOLONG.
 */
TAGSCHED_API int tagsched_cgroup__mount(char *buf, size_t size);

/**
 * tagsched_cgroup__resolve() - directory of a group named as for tagsched_cgroup__get_tag()
 * @cgroup: the group
 * @buf: result, an absolute path
 * @size: size of @buf in bytes
 *
 * Return: 0, -ENOENT, -ENAMETOOLONG.
 */
TAGSCHED_API int tagsched_cgroup__resolve(const char *cgroup, char *buf, size_t size);

/**
 * tagsched_cgroup__by_id() - directory of a group of the cpu controller by its id
 * @id: what the kernel calls a control group's id, the number of its inode
 * @cgroup: where it probably is: this group, named as for
 *          tagsched_cgroup__get_tag(), and those above it are looked at first; may be NULL
 * @buf: result, an absolute path
 * @size: size of @buf in bytes
 *
 * Return: 0, -ENOENT (no such group, or not to be seen), -ENAMETOOLONG.
 */
TAGSCHED_API int tagsched_cgroup__by_id(__u64 id, const char *cgroup, char *buf, size_t size);

/* ---- walks ---- */

/**
 * struct tagsched_cgroup_entry - what tagsched_cgroup__walk() reports
 * @sz: size of the struct as the library knows it
 * @path: absolute path of the directory
 * @name: the same below the walk's root, "" for the root itself
 * @tag: effective tag
 * @parent_tag: effective tag of the parent directory, 0 for the cpu controller's root
 */
struct tagsched_cgroup_entry {
	size_t sz;
	const char *path;
	const char *name;
	__s64 tag;
	__s64 parent_tag;
};

/**
 * tagsched_cgroup__walk() - visit a group and its descendants, parents first
 * @cgroup: where to begin, NULL for the root of the cpu controller
 * @fn: called for each group; a non-zero return ends the walk
 * @arg: passed to @fn
 *
 * Groups that vanish meanwhile are skipped.
 *
 * Return: 0, what @fn returned, or a negative errno as tagsched_cgroup__get_tag().
 */
TAGSCHED_API int tagsched_cgroup__walk(const char *cgroup,
				       int (*fn)(const struct tagsched_cgroup_entry *e, void *arg),
				       void *arg);

/**
 * struct tagsched_task_entry - what tagsched_task__walk() reports
 * @sz: size of the struct as the library knows it
 * @pid: process
 * @tid: thread; equals @pid for the leader
 * @comm: thread's name
 * @cgroup: path of its group in the cpu controller's hierarchy, as in
 *          /proc/PID/cgroup, "" if unknown
 * @tag: effective tag
 */
struct tagsched_task_entry {
	size_t sz;
	pid_t pid;
	pid_t tid;
	const char *comm;
	const char *cgroup;
	__s64 tag;
};

/**
 * tagsched_task__walk() - visit every thread in /proc
 * @fn: called for each thread; a non-zero return ends the walk
 * @arg: passed to @fn
 *
 * Threads that exit meanwhile are skipped.
 *
 * Return: 0, what @fn returned, or a negative errno.
 */
TAGSCHED_API int tagsched_task__walk(int (*fn)(const struct tagsched_task_entry *e, void *arg),
				     void *arg);

/* ---- reasons ---- */

enum tagsched_tag_source {
	TAGSCHED_SOURCE_NONE,	/* neither the task nor a group above it has a tag */
	TAGSCHED_SOURCE_OWN,	/* the task has it itself */
	TAGSCHED_SOURCE_GROUP,	/* a control group has it */
};

/**
 * struct tagsched_decision - the last decision of a hook about a task
 * @hook: hook's name without "sched/"
 * @link_id: link whose program decided
 * @policy: its policy, "" if it is none or gone
 * @generation: of the table of programs that was in force
 * @answer: what the program answered
 * @in: what it was asked: cfs_select_rq and cfs_select_rq_exit: previous CPU,
 *      CPU chosen so far; cfs_wake_affine: previous CPU, waker's CPU;
 *      cfs_check_preempt_tick: ns that the task has run; cfs_can_migrate_task:
 *      CPU that it is on, CPU that it would go to; others: pid of the other
 *      task, 0 for a group, and its tag
 * @cpu: CPU on which the program ran
 * @ago_ns: how long ago
 */
struct tagsched_decision {
	const char *hook;
	__u32 link_id;
	const char *policy;
	__u64 generation;
	__s32 answer;
	__s64 in[2];
	int cpu;
	__u64 ago_ns;
};

/**
 * struct tagsched_why_entry - what tagsched_thread__why() reports
 * @sz: size of the struct as the library knows it
 * @tid: the thread
 * @comm: its name
 * @tag: effective tag
 * @source: where that comes from
 * @cgroup_id: id of the group that has the tag, else 0
 * @cgroup: directory of that group, "" if it could not be found
 * @sched_class: "fair", "rt", "deadline", "idle", "ghost", "agent" or "stop"
 * @nr_decided: how many decisions programs have taken about it since it was made
 * @decisions: the last of each hook
 * @nr_decisions: their number
 */
struct tagsched_why_entry {
	size_t sz;
	pid_t tid;
	const char *comm;
	__s64 tag;
	enum tagsched_tag_source source;
	__u64 cgroup_id;
	const char *cgroup;
	const char *sched_class;
	__u64 nr_decided;
	const struct tagsched_decision *decisions;
	size_t nr_decisions;
};

/**
 * tagsched_thread__why() - why a thread is scheduled as it is
 * @tid: the thread, 0 for the calling one
 * @fn: called once; what @e points to is valid until it returns
 * @arg: passed to @fn
 *
 * Return: what @fn returned; -ESRCH (no such thread), -ENOTSUP (kernel without
 * BPF_SCHED), -EACCES.
 */
TAGSCHED_API int tagsched_thread__why(pid_t tid,
				      int (*fn)(const struct tagsched_why_entry *e, void *arg),
				      void *arg);

/* ---- rules ---- */

/**
 * struct tagsched_rules - rules that give tags to processes by what they are
 *
 * A file of lines, which tag(1) describes: "user=alice exe=/usr/bin/make tag=3". The
 * first line that fits a process counts. What no line fits is left alone. So are
 * kernel threads, zombies, processes that have agents, and the caller itself.
 */
struct tagsched_rules;

/* What a rule says about the processes that it matches. */
enum tagsched_rule_action {
	TAGSCHED_RULE_SET,	/* they have a tag of their own */
	TAGSCHED_RULE_CLEAR,	/* they have none */
	TAGSCHED_RULE_KEEP,	/* they are left as they are */
};

/**
 * struct tagsched_rule - one rule
 * @sz: size of the struct as the library knows it
 * @line: number of its line in the file
 * @text: that line
 * @action: what it says
 * @tag: the tag, with TAGSCHED_RULE_SET
 */
struct tagsched_rule {
	size_t sz;
	int line;
	const char *text;
	enum tagsched_rule_action action;
	__s64 tag;
};

/**
 * struct tagsched_rules_entry - what was done to a process that a rule matches
 * @sz: size of the struct as the library knows it
 * @pid: the process
 * @comm: its name
 * @rule: the rule, NULL if what the rules ask for could not be read (see @err)
 * @tagged: @old_tag and @tag are known, which they are not without CONFIG_SCHED_TAG
 * @old_tag: effective tag of its leader before
 * @tag: the same now; with dry_run what it would be, but for
 *       TAGSCHED_RULE_CLEAR, where it depends on the group
 * @changed: its threads were written to, or would be with dry_run, and with
 *           TAGSCHED_RULE_CLEAR @tag is another one now
 * @err: negative errno if it could not be looked at or written to;
 *       tagsched_last_error() says why
 */
struct tagsched_rules_entry {
	size_t sz;
	pid_t pid;
	const char *comm;
	const struct tagsched_rule *rule;
	bool tagged;
	__s64 old_tag;
	__s64 tag;
	bool changed;
	int err;
};

/**
 * struct tagsched_rules_opts - how rules are applied
 * @sz: size of the struct
 * @dry_run: nothing is written
 */
struct tagsched_rules_opts {
	size_t sz;
	bool dry_run;
};

/**
 * tagsched_rules__open() - read a file of rules
 * @path: the file
 *
 * Names of users and groups are looked up now. A file with an error gives no
 * rules at all.
 *
 * Return: the rules, to be closed with tagsched_rules__close(); NULL with errno:
 * EINVAL (an error in the file: the last error begins with "FILE:LINE: "), or
 * that of reading it.
 */
TAGSCHED_API struct tagsched_rules *tagsched_rules__open(const char *path);

/**
 * tagsched_rules__count() - number of rules
 * @rules: the rules
 */
TAGSCHED_API size_t tagsched_rules__count(const struct tagsched_rules *rules);

/**
 * tagsched_rules__at() - a rule by index, in the order of the file; NULL at the end
 * @rules: the rules
 * @index: 0 to tagsched_rules__count() - 1
 */
TAGSCHED_API const struct tagsched_rule *tagsched_rules__at(const struct tagsched_rules *rules,
							    size_t index);

/**
 * tagsched_rules__apply() - apply rules to all processes there are
 * @rules: the rules
 * @opts: may be NULL
 * @fn: called for each process that a rule matches; a non-zero return ends the walk
 * @arg: passed to @fn
 *
 * A process is written to, all threads at once, if the effective tag of its
 * leader is not that of its rule. Needs CAP_SYS_NICE, and CAP_SYS_PTRACE for
 * rules about executables. Processes that exit meanwhile are skipped, and none
 * that has got the number of another is taken for it.
 *
 * Return: 0, what @fn returned, -ENOTSUP (kernel without SCHED_TAG, and no
 * dry_run), or another negative errno if there is no list of processes.
 */
TAGSCHED_API int tagsched_rules__apply(struct tagsched_rules *rules,
				       const struct tagsched_rules_opts *opts,
				       int (*fn)(const struct tagsched_rules_entry *e, void *arg),
				       void *arg);

/**
 * tagsched_rules__apply_to() - apply rules to one process
 * @rules: the rules
 * @pid: the process
 * @opts: may be NULL
 * @fn: called if a rule matches it
 * @arg: passed to @fn
 *
 * Return: as tagsched_rules__apply(); 0 if it is gone.
 */
TAGSCHED_API int tagsched_rules__apply_to(struct tagsched_rules *rules, pid_t pid,
					  const struct tagsched_rules_opts *opts,
					  int (*fn)(const struct tagsched_rules_entry *e, void *arg),
					  void *arg);

/**
 * tagsched_rules__close() - free rules
 * @rules: the rules, may be NULL
 */
TAGSCHED_API void tagsched_rules__close(struct tagsched_rules *rules);

/* ---- changes of processes ---- */

/**
 * struct tagsched_proc_events - tells which processes were made, or became others
 *
 * From the kernel's process connector: forks (of processes, not of threads),
 * execs, and changes of user, group or name. Moves between control groups are
 * not among them.
 */
struct tagsched_proc_events;

/**
 * tagsched_proc_events__open() - begin to listen
 *
 * What happens from now on is told. Needs CAP_NET_ADMIN in the initial
 * namespaces: user, pid and network.
 *
 * Return: NULL with errno: ENOTSUP (kernel without CONFIG_PROC_EVENTS, or not the
 * initial namespaces), EPERM.
 */
TAGSCHED_API struct tagsched_proc_events *tagsched_proc_events__open(void);

/**
 * tagsched_proc_events__fd() - file descriptor that can be read when something has happened
 * @events: where it is told
 */
TAGSCHED_API int tagsched_proc_events__fd(const struct tagsched_proc_events *events);

/**
 * tagsched_proc_events__read() - take what has happened, without waiting
 * @events: where it is told
 * @fn: called for the process of each event, which may be gone; a non-zero
 *      return ends the call
 * @arg: passed to @fn
 *
 * It returns after some thousand events at the latest, so that the caller can see
 * to other things.
 *
 * Return: 0, what @fn returned, or a negative errno. -ENOBUFS: events were lost,
 * and those that were not are thrown away. A caller that looks at all processes
 * after this has missed none.
 */
TAGSCHED_API int tagsched_proc_events__read(struct tagsched_proc_events *events,
					    int (*fn)(pid_t pid, void *arg), void *arg);

/**
 * tagsched_proc_events__close() - listen no more
 * @events: may be NULL
 */
TAGSCHED_API void tagsched_proc_events__close(struct tagsched_proc_events *events);

/* ---- enclaves ---- */

/* Where ghostfs is mounted, and the version of its ABI that is used by default. */
#define TAGSCHED_GHOSTFS	"/sys/fs/ghost"
#define TAGSCHED_GHOST_ABI	91

/**
 * struct tagsched_ghostfs_agent - the agent of one CPU
 * @cpu: the CPU
 * @tid: agent's thread
 * @pid: its process, 0 if that is not to be seen, or gone
 * @comm: name of the process, "" if that is not to be seen
 */
struct tagsched_ghostfs_agent {
	int cpu;
	pid_t tid;
	pid_t pid;
	char comm[32];
};

/**
 * struct tagsched_ghostfs_entry - what tagsched_ghostfs__walk() reports
 * @sz: size of the struct as the library knows it
 * @id: number of the enclave
 * @path: absolute path of its directory
 * @abi: version of the ABI that it speaks
 * @cpus: its CPUs as a list, such as "0,2-3"
 * @online: its agents are ready: tasks are delegated
 * @dying: it is being destroyed
 * @persist: it stays when its last agent has gone
 * @bound: tasks with the effective tag @tag are delegated
 * @tag: that tag, else 0
 * @nr_tasks: tasks delegated
 * @lost: messages to its agents that were lost since it was made; -1 if the
 *        kernel does not say
 * @ephemeral: process with whose death it is destroyed, or 0
 * @timeout_ms: runnable_timeout, 0: none
 * @grace_ms: how long a successor may take when the last agent has gone
 * @boost_us: how long a dispatch runs above the fair class, 0: it does not
 * @agents: its agents
 * @nr_agents: their number
 */
struct tagsched_ghostfs_entry {
	size_t sz;
	unsigned long id;
	const char *path;
	unsigned int abi;
	const char *cpus;
	bool online;
	bool dying;
	bool persist;
	bool bound;
	__s64 tag;
	__u64 nr_tasks;
	__s64 lost;
	pid_t ephemeral;
	unsigned int timeout_ms;
	unsigned int grace_ms;
	unsigned int boost_us;
	const struct tagsched_ghostfs_agent *agents;
	size_t nr_agents;
};

/**
 * tagsched_ghostfs__mount() - mount ghostfs where it belongs, unless it is mounted
 *
 * Return: 0, -ENOTSUP (kernel without SCHED_CLASS_GHOST), -EPERM.
 */
TAGSCHED_API int tagsched_ghostfs__mount(void);

/**
 * tagsched_ghostfs__walk() - visit all enclaves, by number
 * @fn: called for each; a non-zero return ends the walk. What @e points to is
 *      valid until it returns.
 * @arg: passed to @fn
 *
 * Enclaves that are destroyed meanwhile are skipped.
 *
 * Return: 0; what @fn returned; -ENOTSUP (kernel without SCHED_CLASS_GHOST),
 * -ENOENT (not mounted), or another negative errno.
 */
TAGSCHED_API int tagsched_ghostfs__walk(int (*fn)(const struct tagsched_ghostfs_entry *e,
						  void *arg),
					void *arg);

/**
 * tagsched_ghostfs__read() - visit one enclave
 * @id: its number
 * @fn: as for tagsched_ghostfs__walk()
 * @arg: passed to @fn
 *
 * Return: as tagsched_ghostfs__walk(); -ENOENT also if there is no such enclave.
 */
TAGSCHED_API int tagsched_ghostfs__read(unsigned long id,
					int (*fn)(const struct tagsched_ghostfs_entry *e,
						  void *arg),
					void *arg);

/**
 * struct tagsched_ghostfs_opts - an enclave to be made
 * @sz: size of this struct
 * @id: number, 0 for the first that is free
 * @abi: version of the ABI, 0 for TAGSCHED_GHOST_ABI
 * @cpus: list of its CPUs, NULL for none yet
 * @tag: tag to bind it to, NULL for none
 * @persist: it stays when its last agent has gone
 * @ephemeral: it is destroyed when the calling process ends
 * @set_gid: the directory gets the group @gid
 * @gid: that group
 * @timeout_ms: runnable_timeout; NULL for the kernel's default
 * @grace_ms: grace_period; NULL for the kernel's default
 * @boost_us: dispatch_boost; NULL for the kernel's default
 */
struct tagsched_ghostfs_opts {
	size_t sz;
	unsigned long id;
	unsigned int abi;
	const char *cpus;
	const __s64 *tag;
	bool persist;
	bool ephemeral;
	bool set_gid;
	gid_t gid;
	const unsigned int *timeout_ms;
	const unsigned int *grace_ms;
	const unsigned int *boost_us;
};

/**
 * tagsched_ghostfs__create() - make an enclave
 * @opts: what it is like, may be NULL
 * @id: result, its number
 *
 * It has no agents: until some come, nothing is delegated. If one of the
 * options cannot be set there is no enclave. Needs root.
 *
 * Return: 0; -EEXIST (the number, or the tag, is taken), -EBUSY (a CPU belongs
 * to another enclave), -ESRCH (no such version), -EINVAL, -EACCES, -ENOENT (not
 * mounted), -ENOTSUP.
 */
TAGSCHED_API int tagsched_ghostfs__create(const struct tagsched_ghostfs_opts *opts,
					  unsigned long *id);

/**
 * tagsched_ghostfs__set_cpus() - say which CPUs belong to an enclave
 * @id: the enclave
 * @cpus: all of them, as a list such as "0,2-3"
 *
 * CPUs of an enclave that is being destroyed are waited for, half a second.
 *
 * Return: 0; -EBUSY (a CPU belongs to another enclave), -EEXIST (one to be
 * removed has an agent), -ENODEV (one is offline), -EINVAL (not a list),
 * -ENOENT (no such enclave), -EXDEV (it is being destroyed), -EACCES.
 */
TAGSCHED_API int tagsched_ghostfs__set_cpus(unsigned long id, const char *cpus);

/**
 * tagsched_ghostfs__bind() - delegate the tasks with a tag to an enclave
 * @id: the enclave
 * @tag: the effective tag, not 0
 *
 * Tasks are delegated while the enclave is online, in the background.
 *
 * Return: 0; -EEXIST (another enclave has the tag), -EINVAL (0), -ENOENT, -EXDEV,
 * -EACCES.
 */
TAGSCHED_API int tagsched_ghostfs__bind(unsigned long id, __s64 tag);

/**
 * tagsched_ghostfs__unbind() - give the tasks that are delegated by their tag back to CFS
 * @id: the enclave
 *
 * Return: 0, -ENOENT, -EXDEV, -EACCES.
 */
TAGSCHED_API int tagsched_ghostfs__unbind(unsigned long id);

/**
 * tagsched_ghostfs__destroy() - begin to destroy an enclave
 * @id: the enclave
 *
 * Its agents are killed, and its tasks given back to CFS.
 *
 * Return: 0, -ENOENT (no such enclave), -EACCES.
 */
TAGSCHED_API int tagsched_ghostfs__destroy(unsigned long id);

/* ---- hooks ---- */

enum tagsched_hook_kind {
	TAGSCHED_HOOK_CPU,	/* answers a CPU, negative for no opinion */
	TAGSCHED_HOOK_VERDICT,	/* answers 0 or 1, -1 for no opinion */
	TAGSCHED_HOOK_NOTICE,	/* is told something; the answer does not count */
};

/**
 * struct tagsched_hook - one place in the scheduler that asks programs
 * @name: as in SEC("sched/NAME")
 * @func: kernel function in vmlinux BTF whose arguments the program gets
 * @proto: C prototype, for people
 * @kind: what an answer means
 */
struct tagsched_hook {
	const char *name;
	const char *func;
	const char *proto;
	enum tagsched_hook_kind kind;
};

/**
 * tagsched_hook__count() - number of hooks that the library knows
 */
TAGSCHED_API size_t tagsched_hook__count(void);

/**
 * tagsched_hook__at() - a hook by index, NULL at the end
 * @index: 0 to tagsched_hook__count() - 1
 */
TAGSCHED_API const struct tagsched_hook *tagsched_hook__at(size_t index);

/**
 * tagsched_hook__find() - a hook by name, NULL if the library does not know it
 * @name: without the prefix "sched/"
 */
TAGSCHED_API const struct tagsched_hook *tagsched_hook__find(const char *name);

/**
 * tagsched_hook__btf_id() - the running kernel's BTF id of a hook
 * @name: without the prefix "sched/"; need not be in the library's table
 *
 * For attach_btf_id of BPF_PROG_LOAD.
 *
 * Return: a positive id; -ENOTSUP (kernel without BPF_SCHED); -ENOENT (it has
 * no such hook); or the error of reading vmlinux BTF.
 */
TAGSCHED_API int tagsched_hook__btf_id(const char *name);

/* ---- sections ---- */

/**
 * tagsched_init() - teach libbpf the sections "sched/HOOK"
 *
 * Runs by itself before main() in a program that uses links or policies;
 * calling it again does nothing. Call it before an object is opened if the
 * program uses the library only for its sections. Programs of these sections
 * are not attached by a skeleton's NAME__attach(): use tagsched_attach().
 *
 * Return: 0, or libbpf's error.
 */
TAGSCHED_API int tagsched_init(void);

struct bpf_object;
struct bpf_program;

/* ---- links ---- */

/**
 * struct tagsched_attach_opts - how to attach
 * @sz: size of this struct
 * @scoped: attach for one tag only: the program is called only where the task
 *          that the hook is about has that effective tag
 * @tag: that tag; must be 0 when not @scoped. With @scoped, 0 means untagged tasks.
 * @unscoped: attach for all tags a policy that claims one; policies only, as
 *            all that follow
 * @ranked: @priority is set
 * @priority: of two policies that answer the same hook for the same tag, the one
 *            with the higher priority is asked first; must be 0 when not @ranked
 * @signature: PKCS#7 signature in DER, may be NULL
 * @signature_size: its size in bytes
 * @signature_file: file with the signature, if there is no @signature; NULL: that
 *                  of the object with ".sig" behind its name, if there is one
 */
struct tagsched_attach_opts {
	size_t sz;
	bool scoped;
	__s64 tag;
	bool unscoped;
	bool ranked;
	__s32 priority;
	const void *signature;
	__u32 signature_size;
	const char *signature_file;
};

/**
 * tagsched_link__create() - attach a loaded program to the hook that it was loaded for
 * @prog_fd: the program
 * @opts: scope, may be NULL
 *
 * Needs CAP_BPF, CAP_PERFMON and CAP_SYS_NICE. The program is detached when
 * the last file descriptor and the last pin of the link are gone.
 *
 * Return: file descriptor of the link (close-on-exec); -EPERM, -E2BIG (64 links
 * at this hook already), -EINVAL (not a sched program, or bad opts).
 */
TAGSCHED_API int tagsched_link__create(int prog_fd, const struct tagsched_attach_opts *opts);

/**
 * tagsched_link__update() - put another program into a link, at once and in its place
 * @link_fd: the link
 * @new_prog_fd: the program, loaded for the same hook
 * @old_prog_fd: what must be in the link now, -1 for whatever is
 *
 * Return: 0, -EPERM (another program than @old_prog_fd is in the link), -EINVAL
 * (other hook), -ENOLINK (detached meanwhile).
 */
TAGSCHED_API int tagsched_link__update(int link_fd, int new_prog_fd, int old_prog_fd);

/**
 * tagsched_link__detach() - take the program off its hook; the link stays as a husk
 * @link_fd: the link
 *
 * Return: 0 or a negative errno.
 */
TAGSCHED_API int tagsched_link__detach(int link_fd);

/**
 * struct tagsched_prog_info - one program of a link
 * @prog_id: its id
 * @attach_btf_id: BTF id of the hook's function
 * @hook: hook's name without "sched/", "" if it could not be found
 * @calls: how often the program was called
 * @decided: how often its answer was taken
 * @refused: how often its answer was not allowed and so counted as no opinion
 */
struct tagsched_prog_info {
	__u32 prog_id;
	__u32 attach_btf_id;
	char hook[64];
	__u64 calls;
	__u64 decided;
	__u64 refused;
};

/* Why a link decides no more; the numbers are the kernel's. */
enum tagsched_exit_reason {
	TAGSCHED_EXIT_NONE,	/* it does */
	TAGSCHED_EXIT_DETACHED,	/* somebody detached it */
	TAGSCHED_EXIT_REPLACED,	/* another policy has taken its place */
	TAGSCHED_EXIT_STALL,	/* ejected: a runnable task was passed over for too long */
	TAGSCHED_EXIT_REFUSED,	/* ejected: too many answers were not valid */
	TAGSCHED_EXIT_SYSRQ,	/* ejected: an operator pressed the key */
};

/**
 * struct tagsched_exit - exit record of a link
 * @reason: an enum tagsched_exit_reason, or a later kernel's
 * @cpu: where
 * @time_ns: when, in ns since the epoch
 * @value: STALL: ms that the task waited; REFUSED: number of answers
 * @tag: STALL: effective tag of the task that waited
 * @pid: STALL: that task, 0 for a group
 * @comm: STALL: its name, "" for a group
 * @hook: REFUSED: the hook, "" if it could not be found
 */
struct tagsched_exit {
	__u32 reason;
	__s32 cpu;
	__u64 time_ns;
	__u64 value;
	__s64 tag;
	__s32 pid;
	char comm[16];
	char hook[64];
};

/**
 * struct tagsched_link_info - a link as the kernel sees it
 * @sz: size of this struct, set by the caller
 * @id: link id
 * @prog_id: id of the (first) program in it
 * @attach_btf_id: BTF id of the hook's function, of the first program
 * @hook: hook's name without "sched/", "" if it could not be found
 * @scoped: attached for one tag only
 * @tag: that tag, else 0
 * @calls: how often its programs were called
 * @decided: how often an answer was taken
 * @refused: how often an answer was not allowed and so counted as no opinion
 * @policy: it is a policy, with @name and @priority
 * @name: policy's name, else ""
 * @priority: those with a higher one are asked first
 * @generation: of the table of programs that it came with; grows with each
 *              attach, detach and swap
 * @exit: why it decides no more
 * @progs: in: where its programs go, may be NULL
 * @nr_progs: in: how many of them fit; out: how many it has
 * @signature: in: where the policy's signature goes, may be NULL
 * @signature_size: in: how many bytes fit; out: how many it has, 0 without one
 * @signature_error: 0 if the kernel found the signature good, else the errno that
 *                   it had for it
 */
struct tagsched_link_info {
	size_t sz;
	__u32 id;
	__u32 prog_id;
	__u32 attach_btf_id;
	char hook[64];
	bool scoped;
	__s64 tag;
	__u64 calls;
	__u64 decided;
	__u64 refused;
	bool policy;
	char name[TAGSCHED_NAME_LEN];
	__s32 priority;
	__u64 generation;
	struct tagsched_exit exit;
	struct tagsched_prog_info *progs;
	__u32 nr_progs;
	void *signature;
	__u32 signature_size;
	int signature_error;
};

/**
 * tagsched_link__info() - ask the kernel about a link
 * @link_fd: the link
 * @info: result; @info->sz must be set, and @info->progs, @info->signature and
 *        their sizes if the struct has them; the rest is overwritten
 *
 * A struct of an older header, which ends after @refused or any later member,
 * is filled as far as it goes.
 *
 * Return: 0, -EINVAL (not a sched link), or a negative errno.
 */
TAGSCHED_API int tagsched_link__info(int link_fd, struct tagsched_link_info *info);

/**
 * tagsched_exit__text() - an exit record as a sentence
 * @exit: the record
 * @buf: result, such as "ejected on 2026-11-25 at 23:18:08 on CPU 1: task hog
 *       (pid 812) with tag 2 could run and was passed over for 10012 ms"; "" for
 *       a link that decides
 * @size: size of @buf in bytes
 *
 * Return: @buf.
 */
TAGSCHED_API const char *tagsched_exit__text(const struct tagsched_exit *exit, char *buf,
					     size_t size);

/**
 * tagsched_link__open() - file descriptor of a link by id
 * @id: link id
 *
 * Needs CAP_SYS_ADMIN, as every BPF_*_GET_FD_BY_ID.
 *
 * Return: file descriptor; -ENOENT (gone), -EPERM.
 */
TAGSCHED_API int tagsched_link__open(__u32 id);

/**
 * tagsched_link__next() - step through all sched links of the system
 * @id: in: last id seen, 0 to begin; out: id of the next sched link
 *
 * Links of other types are stepped over. Needs CAP_SYS_ADMIN.
 *
 * Return: file descriptor of the link, to be closed by the caller; -ENOENT at the end.
 */
TAGSCHED_API int tagsched_link__next(__u32 *id);

/* ---- sets of links ---- */

/* The links of one object's programs. Owned by the caller; frees with tagsched_links__destroy(). */
struct tagsched_links;

/**
 * tagsched_attach() - attach all sched programs of a loaded object
 * @obj: the object, loaded; a skeleton's is skel->obj
 * @opts: scope, may be NULL; the same for all
 *
 * In the object's order. Programs that are not autoloaded are left out. All or
 * nothing: if one cannot be attached, none stays. Needs what
 * tagsched_link__create() needs.
 *
 * Return: the links, which keep the programs attached until
 * tagsched_links__destroy() or the process' end; NULL with errno.
 */
TAGSCHED_API struct tagsched_links *tagsched_attach(struct bpf_object *obj,
						    const struct tagsched_attach_opts *opts);

/**
 * tagsched_links__count() - number of links
 * @links: the set, may be NULL
 */
TAGSCHED_API size_t tagsched_links__count(const struct tagsched_links *links);

/**
 * tagsched_links__fd() - file descriptor of a link, owned by the set
 * @links: the set
 * @index: 0 to tagsched_links__count() - 1
 *
 * Return: file descriptor, -EINVAL.
 */
TAGSCHED_API int tagsched_links__fd(const struct tagsched_links *links, size_t index);

/**
 * tagsched_links__find() - file descriptor of the (first) link at a hook
 * @links: the set
 * @hook: hook's name without "sched/"
 *
 * Return: file descriptor owned by the set, -ENOENT.
 */
TAGSCHED_API int tagsched_links__find(const struct tagsched_links *links, const char *hook);

/**
 * tagsched_links__hook() - hook's name of a link, NULL if there is no such link
 * @links: the set
 * @index: 0 to tagsched_links__count() - 1
 */
TAGSCHED_API const char *tagsched_links__hook(const struct tagsched_links *links, size_t index);

/**
 * tagsched_links__pin() - pin all links as @dir/HOOK, so that they outlive the process
 * @links: the set
 * @dir: directory in a BPF file system; made if missing (its parents too), and
 *       removed again if pinning fails
 *
 * A second link at the same hook becomes HOOK-2. All or nothing.
 *
 * Return: 0, -EEXIST (@dir has pins), -EPERM (@dir not in a BPF file system, or
 * no right to), -EINVAL (a dot in the name: BPF file systems refuse it).
 */
TAGSCHED_API int tagsched_links__pin(struct tagsched_links *links, const char *dir);

/**
 * tagsched_links__unpin() - undo tagsched_links__pin()
 * @links: the set
 *
 * Return: 0, -ENOENT (not pinned).
 */
TAGSCHED_API int tagsched_links__unpin(struct tagsched_links *links);

/**
 * tagsched_links__destroy() - close the links; those not pinned are detached
 * @links: the set, may be NULL
 */
TAGSCHED_API void tagsched_links__destroy(struct tagsched_links *links);

/* ---- policies ---- */

/*
 * An object file with sched programs, on its way from file to attached. It is
 * attached as one link, which has all the programs, and pinned as DIR/NAME/policy.
 */
struct tagsched_policy;

/**
 * struct tagsched_policy_opts - how to open a policy
 * @sz: size of this struct
 * @name: policy's name. Default is the one that the object gives itself with
 *        TAGSCHED_POLICY(), else the file's name up to the first dot. Up to 31
 *        letters, digits, '_' and '-'.
 */
struct tagsched_policy_opts {
	size_t sz;
	const char *name;
};

/**
 * tagsched_policy__open() - open an object file
 * @path: the file
 * @opts: may be NULL
 *
 * Return: the policy, to be freed with tagsched_policy__destroy(); NULL with
 * errno ENOENT, EINVAL (no object file, no sched program in it, bad name, claims
 * several tags), ...
 */
TAGSCHED_API struct tagsched_policy *
tagsched_policy__open(const char *path, const struct tagsched_policy_opts *opts);

/**
 * tagsched_policy__open_mem() - open an object that is in memory
 * @buf: the object file's bytes, must stay valid until tagsched_policy__load()
 * @size: their number
 * @opts: must give a name, unless the object does
 *
 * Return: as tagsched_policy__open().
 */
TAGSCHED_API struct tagsched_policy *
tagsched_policy__open_mem(const void *buf, size_t size, const struct tagsched_policy_opts *opts);

/**
 * tagsched_policy__name() - policy's name
 * @policy: the policy
 */
TAGSCHED_API const char *tagsched_policy__name(const struct tagsched_policy *policy);

/**
 * tagsched_policy__claims() - does the object claim a tag with TAGSCHED_TAGS()
 * @policy: the policy
 * @tag: result, written on success only; may be NULL
 *
 * tagsched_policy__attach() attaches it for that tag unless told otherwise.
 */
TAGSCHED_API bool tagsched_policy__claims(const struct tagsched_policy *policy, __s64 *tag);

/**
 * tagsched_policy__object() - libbpf's object behind a policy, to set its maps and data
 * @policy: the policy
 */
TAGSCHED_API struct bpf_object *tagsched_policy__object(const struct tagsched_policy *policy);

/**
 * tagsched_policy__load() - hand the programs to the kernel's verifier
 * @policy: the policy
 *
 * The verifier's words go through libbpf's print callback.
 *
 * Return: 0; -ENOTSUP (kernel without BPF_SCHED), -ENOENT (unknown hook),
 * -EPERM, -EACCES (program refused), -EINVAL.
 */
TAGSCHED_API int tagsched_policy__load(struct tagsched_policy *policy);

/**
 * tagsched_policy__attach() - attach all programs of a loaded policy, in one step
 * @policy: the policy
 * @opts: scope and priority, may be NULL
 *
 * Programs that are not autoloaded are left out. Needs CAP_BPF, CAP_PERFMON and
 * CAP_SYS_NICE. The policy is detached when the last file descriptor and the
 * last pin of its link are gone.
 *
 * Return: 0, -EALREADY, -EPERM, -EEXIST (another policy answers the same hook for
 * the same tag; the last error names it), -E2BIG (64 programs at a hook already),
 * -EINVAL (two programs of one hook, ...). If kernel.sched_bpf_require_signature is
 * 1 also -EKEYREJECTED (there is no signature, or it is not of this policy),
 * -ENOKEY (the kernel does not trust the key), -EBADMSG and -ENOPKG (not a
 * signature that it understands).
 */
TAGSCHED_API int tagsched_policy__attach(struct tagsched_policy *policy,
					 const struct tagsched_attach_opts *opts);

/**
 * tagsched_policy__manifest() - what a signature of a policy covers
 * @policy: loaded, not attached
 * @opts: scope, may be NULL; as it will be attached
 * @buf: result, a text with a NUL behind it; 4096 bytes are enough
 * @size: size of @buf in bytes
 *
 * It has the name, the scope, and of each program the hook and a digest of what
 * the kernel was given to load; it holds for the running kernel's build. A
 * signature is a detached PKCS#7 message in DER over these bytes. Needs what
 * attaching needs, and attaches nothing.
 *
 * Return: length of the text; -EOPNOTSUPP (kernel without CONFIG_BPF_SCHED_SIGNATURE),
 * -ENODATA (a program uses functions or variables of modules), -ENOSPC, -EPERM, -EINVAL.
 */
TAGSCHED_API int tagsched_policy__manifest(const struct tagsched_policy *policy,
					   const struct tagsched_attach_opts *opts,
					   char *buf, size_t size);

/**
 * tagsched_signature__signer() - who says to have made a signature
 * @signature: PKCS#7 signature in DER
 * @size: its size in bytes
 * @buf: result, such as "CN=our policies, O=us, serial 1f03": who issued the
 *       certificate, and its number; or "key 8c02..." if the signature names that
 * @buf_size: size of @buf in bytes
 *
 * It is what the signature says: whether that is so, the kernel knows.
 *
 * Return: 0, -EBADMSG (it cannot be read; @buf is "").
 */
TAGSCHED_API int tagsched_signature__signer(const void *signature, size_t size, char *buf,
					    size_t buf_size);

/**
 * tagsched_policy__link_fd() - file descriptor of the policy's link, owned by the policy
 * @policy: the policy
 *
 * Return: file descriptor, -EINVAL (not attached).
 */
TAGSCHED_API int tagsched_policy__link_fd(const struct tagsched_policy *policy);

/**
 * tagsched_policy__check_pin() - could the policy be pinned
 * @policy: the policy
 * @dir: as for tagsched_policy__pin()
 *
 * Call it before tagsched_policy__attach(), so that a policy which cannot be
 * pinned does not decide anything for a moment. Changes nothing.
 *
 * Return: as tagsched_policy__pin().
 */
TAGSCHED_API int tagsched_policy__check_pin(const struct tagsched_policy *policy, const char *dir);

/**
 * tagsched_policy__pin() - pin the link as @dir/NAME/policy, so that it outlives the process
 * @policy: an attached policy
 * @dir: directory of all policies, NULL for TAGSCHED_PIN_DIR; made if missing
 *       (its parents too), and what was made is removed again if pinning fails
 *
 * Return: 0, -EALREADY, -EEXIST (a policy of that name is pinned there), -EPERM
 * (@dir not in a BPF file system, or no right to), -EINVAL (not attached).
 */
TAGSCHED_API int tagsched_policy__pin(struct tagsched_policy *policy, const char *dir);

/**
 * tagsched_policy__unpin() - undo tagsched_policy__pin()
 * @policy: the policy
 *
 * Return: 0, -ENOENT.
 */
TAGSCHED_API int tagsched_policy__unpin(struct tagsched_policy *policy);

/**
 * struct tagsched_swap_opts - how to swap
 * @sz: size of this struct
 * @signature: PKCS#7 signature in DER, may be NULL
 * @signature_size: its size in bytes
 * @signature_file: as in struct tagsched_attach_opts
 */
struct tagsched_swap_opts {
	size_t sz;
	const void *signature;
	__u32 signature_size;
	const char *signature_file;
};

/**
 * tagsched_policy__swap() - let a policy take the place of the pinned one of the same name
 * @policy: loaded, not attached, and named as the one that it replaces
 * @dir: directory of all policies, NULL for TAGSCHED_PIN_DIR
 * @opts: may be NULL
 *
 * The new one gets scope and priority of the old, and its pin. Each decision is
 * made by the one or the other, none by plain CFS in between. Tunables and maps
 * are the new object's own. Other swaps and unloads of that name wait.
 *
 * Return: 0; -ENOENT (no such policy is pinned), -ENOLINK (it decides no more:
 * unload it and load the new one), or as tagsched_policy__attach(). When the
 * old one was replaced and pinning fails the policy stays attached until
 * tagsched_policy__destroy(); the last error says so.
 */
TAGSCHED_API int tagsched_policy__swap(struct tagsched_policy *policy, const char *dir,
				       const struct tagsched_swap_opts *opts);

/**
 * tagsched_policy__destroy() - free a policy; if it is not pinned it is detached
 * @policy: the policy, may be NULL
 */
TAGSCHED_API void tagsched_policy__destroy(struct tagsched_policy *policy);

/**
 * tagsched_policy__open_link() - file descriptor of the link of a policy by name
 * @dir: directory of all policies, NULL for TAGSCHED_PIN_DIR
 * @name: policy's name
 *
 * That is the pinned one, which may decide no more; else one that some process
 * holds without a pin, which needs CAP_SYS_ADMIN.
 *
 * Return: file descriptor, to be closed by the caller; -ENOENT (no such policy),
 * -EINVAL (bad name), -EACCES, -EPERM.
 */
TAGSCHED_API int tagsched_policy__open_link(const char *dir, const char *name);

/**
 * tagsched_policy__unload() - detach a policy that some process pinned, and remove its pin
 * @dir: directory of all policies, NULL for TAGSCHED_PIN_DIR
 * @name: policy's name
 *
 * None of its programs is asked any more, also if a process holds its link.
 *
 * Return: number of programs; -ENOENT (no such policy), -EINVAL (bad name).
 */
TAGSCHED_API int tagsched_policy__unload(const char *dir, const char *name);

/**
 * tagsched_policy__set() - change a tunable of a policy that runs
 * @dir: directory of all policies, NULL for TAGSCHED_PIN_DIR
 * @name: policy's name
 * @variable: the tunable
 * @value: what it becomes, as text: see tagsched_tunables__set()
 *
 * Return: 0, as tagsched_policy__open_link(), tagsched_tunables__open() or
 * tagsched_tunables__set().
 */
TAGSCHED_API int tagsched_policy__set(const char *dir, const char *name, const char *variable,
				      const char *value);

/**
 * tagsched_policy__get() - read a tunable of a policy that runs
 * @dir: directory of all policies, NULL for TAGSCHED_PIN_DIR
 * @name: policy's name
 * @variable: the tunable
 * @buf: result, as text that tagsched_policy__set() takes
 * @size: size of @buf in bytes
 *
 * Return: as tagsched_policy__set(); -ENAMETOOLONG.
 */
TAGSCHED_API int tagsched_policy__get(const char *dir, const char *name, const char *variable,
				      char *buf, size_t size);

/* ---- tunables ---- */

/*
 * The variables that a policy's object has in the section ".data.tunable"
 * (TAGSCHED_TUNABLE in tagsched.bpf.h). They can be read and changed while the
 * policy runs.
 */
struct tagsched_tunables;

enum tagsched_tunable_kind {
	TAGSCHED_TUNABLE_SIGNED,	/* integer of 1, 2, 4 or 8 bytes */
	TAGSCHED_TUNABLE_UNSIGNED,
	TAGSCHED_TUNABLE_BOOL,
	TAGSCHED_TUNABLE_ENUM,
	TAGSCHED_TUNABLE_OTHER,		/* can be neither read nor changed by name */
};

/**
 * struct tagsched_tunable - a tunable
 * @sz: size of this struct, set by the caller
 * @name: its name; valid until tagsched_tunables__close()
 * @kind: what it is
 * @size: in bytes
 * @type: for people, such as "s32", "bool", "enum mode"
 * @value: as tagsched_tunables__set() takes it, "" for OTHER
 */
struct tagsched_tunable {
	size_t sz;
	const char *name;
	enum tagsched_tunable_kind kind;
	__u32 size;
	char type[64];
	char value[64];
};

/**
 * tagsched_tunables__open() - the tunables of a policy
 * @link_fd: its link
 *
 * Needs CAP_SYS_ADMIN, as programs and maps are found by id.
 *
 * Return: the tunables, none of them if the policy has none; to be closed with
 * tagsched_tunables__close(). NULL with errno EPERM, EINVAL (no sched link), ...
 */
TAGSCHED_API struct tagsched_tunables *tagsched_tunables__open(int link_fd);

/**
 * tagsched_tunables__count() - number of tunables
 * @tunables: the tunables
 */
TAGSCHED_API size_t tagsched_tunables__count(const struct tagsched_tunables *tunables);

/**
 * tagsched_tunables__at() - a tunable by index, with its present value
 * @tunables: the tunables
 * @index: 0 to tagsched_tunables__count() - 1
 * @result: written on success only; @result->sz must be set
 *
 * Return: 0, -EINVAL.
 */
TAGSCHED_API int tagsched_tunables__at(const struct tagsched_tunables *tunables, size_t index,
				       struct tagsched_tunable *result);

/**
 * tagsched_tunables__check() - could a tunable be set to a value
 * @tunables: the tunables
 * @name: the tunable
 * @value: as for tagsched_tunables__set()
 *
 * Changes nothing. Return: as tagsched_tunables__set().
 */
TAGSCHED_API int tagsched_tunables__check(const struct tagsched_tunables *tunables,
					  const char *name, const char *value);

/**
 * tagsched_tunables__set() - change a tunable
 * @tunables: the tunables
 * @name: the tunable
 * @value: an integer in base 10, or with prefix 0x or 0, in the range of the type;
 *         "true" or "false"; the name of one of an enum's values, or its number
 *
 * One store: a program sees the old value or the new, on each CPU soon.
 *
 * Return: 0, -ENOENT (no such tunable), -EINVAL (not a value of its type), -ERANGE.
 */
TAGSCHED_API int tagsched_tunables__set(struct tagsched_tunables *tunables, const char *name,
					const char *value);

/**
 * tagsched_tunables__close() - free tunables
 * @tunables: the tunables, may be NULL
 */
TAGSCHED_API void tagsched_tunables__close(struct tagsched_tunables *tunables);

#ifdef __cplusplus
}
#endif

#endif /* TAGSCHED_H */
