/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the library's files share and its users do not see. Names begin ts_;
 * unit tests, which link the static library, reach them too.
 */
#ifndef TAGSCHED_INTERNAL_H
#define TAGSCHED_INTERNAL_H

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "tagsched.h"

#define ts_offsetofend(TYPE, MEMBER) \
	(offsetof(TYPE, MEMBER) + sizeof(((TYPE *)0)->MEMBER))

struct bpf_program;
struct btf;

/* ---- error.c ---- */

/* Sets the thread's last error; returns @err, a negative errno. */
int ts_err(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for functions that return a pointer: sets errno, returns NULL. */
void *ts_err_ptr(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Checks a caller's opts struct: big enough to have any member that was in the
 * first release, @min bytes, and zero past the @known ones.
 */
int ts_check_opts(const void *opts, size_t sz, size_t min, size_t known, const char *type);

/* For structs as they were in the first release. */
#define TS_CHECK_OPTS(OPTS, TYPE)						\
	((OPTS) ? ts_check_opts((OPTS), (OPTS)->sz, sizeof(struct TYPE),	\
				sizeof(struct TYPE), #TYPE) : 0)
/* For those that have grown since they ended with @LAST: read members with TS_OPT(). */
#define TS_CHECK_OPTS_FROM(OPTS, TYPE, LAST)					\
	((OPTS) ? ts_check_opts((OPTS), (OPTS)->sz,				\
				ts_offsetofend(struct TYPE, LAST),		\
				sizeof(struct TYPE), #TYPE) : 0)

/* A member of a caller's opts; zero where there are no opts, or ones without it. */
#define TS_OPT(OPTS, MEMBER)							\
	((OPTS) && (OPTS)->sz >= ts_offsetofend(__typeof__(*(OPTS)), MEMBER) ?	\
	 (OPTS)->MEMBER : (__typeof__((OPTS)->MEMBER))0)

/* ---- io.c: the file system, below a root that tests can move ---- */

void ts_set_root(const char *root);
int ts_open(const char *path, int flags);
int ts_stat(const char *path, struct stat *st);
int ts_scandir(const char *path, struct dirent ***list);
/* First @size - 1 bytes of a file, NUL-terminated. Bytes read or negative errno. */
int ts_read(const char *path, char *buf, size_t size);
/* The same of a file in the directory @dir. */
int ts_read_at(int dir, const char *name, char *buf, size_t size);
/* snprintf that returns 0 or -ENAMETOOLONG. */
int ts_format(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- tagfile.c ---- */

/* Negative errno of the system call, no last error set. */
int ts_tagfile_read(const char *path, __s64 *tag);
/* @tag NULL writes "default". */
int ts_tagfile_write(const char *path, const __s64 *tag);
/* The same of a file in the directory @dir. */
int ts_tagfile_read_at(int dir, const char *name, __s64 *tag);
int ts_tagfile_write_at(int dir, const char *name, const __s64 *tag);
/* Last error for errors whose cause does not depend on the kind of file. */
int ts_tagfile_err(int err, const char *path, bool write);

/* ---- mountinfo.c ---- */

struct ts_mount {
	char path[PATH_MAX];
	int version;		/* 1 or 2 */
};

/* Where the cpu controller is mounted, from text of /proc/PID/mountinfo. 0 or -ENOENT. */
int ts_mountinfo_find_cpu(char *text, struct ts_mount *mnt);
int ts_find_cpu_mount(struct ts_mount *mnt);
/* Does a comma-separated list contain a word. */
bool ts_list_has(const char *list, const char *word);

/* ---- walk.c ---- */

/* Group of the cpu controller in the text of /proc/PID/cgroup, which is cut up; "" if none. */
const char *ts_cpu_group(char *text);
/*
 * Calls @fn for each process in /proc, by number, until it returns non-zero. That,
 * or negative errno with last error.
 */
int ts_process_walk(int (*fn)(pid_t pid, void *arg), void *arg);

/* ---- proc.c ---- */

/* Texts about a process. */
enum ts_proc_fact {
	TS_PROC_STATUS,		/* /proc/PID/status */
	TS_PROC_CGROUP,		/* its group of the cpu controller */
	TS_PROC_EXE,		/* path of its program, "" if it has none any more */
	TS_PROC_CMDLINE,	/* its arguments, separated by spaces */
	TS_PROC_NR_FACTS,
};

#define TS_STATUS_MAX	16384	/* of some thousand supplementary groups */
#define TS_CMDLINE_MAX	65536	/* what is beyond is not seen */

/*
 * A process, from ts_proc_open() to ts_proc_close(). Texts are read when they are
 * first asked for. A function that returns int returns negative errno, without
 * last error; -ENOENT or -ESRCH if the process is gone.
 */
struct ts_proc {
	pid_t pid;
	int dir;		/* its directory, which is never that of another process */
	bool kthread;
	bool dead;		/* a zombie */
	char comm[64];
	bool known[TS_PROC_NR_FACTS];
	const char *texts[TS_PROC_NR_FACTS];
	char cgroup[PATH_MAX + 1024];
	char exe[PATH_MAX];
	char status[TS_STATUS_MAX];
	char cmdline[TS_CMDLINE_MAX];
};

int ts_proc_open(struct ts_proc *p, pid_t pid);
void ts_proc_close(struct ts_proc *p);
int ts_proc_text(struct ts_proc *p, enum ts_proc_fact fact, const char **text);
/* Effective user. */
int ts_proc_user(struct ts_proc *p, uid_t *uid);
/* Is a group its effective one, or one of its supplementary ones: 1 or 0. */
int ts_proc_in_group(struct ts_proc *p, gid_t gid);

/* ---- task.c ---- */

/* Room for /proc/PID/task/TID/FILE. */
#define TS_TASK_PATH_MAX	64

/* Path of a thread's file; @tid 0: the calling one. 0 or -EINVAL with last error. */
int ts_thread_path(pid_t tid, const char *file, char *buf);

/* ---- kernel.c ---- */

/* vmlinux BTF, loaded once and kept; NULL with errno and last error. */
const struct btf *ts_vmlinux_btf(void);

/* ---- link.c ---- */

/* What is the same for a link of one program and for a policy. 0 or -EINVAL. */
int ts_check_scope(const struct tagsched_attach_opts *opts);

/* ---- link_info.c ---- */

struct ts_link_info;

/* Info without programs. Negative errno with last error; -EINVAL for links of other types. */
int ts_read_link_info(int link_fd, struct ts_link_info *raw);
/* Name of the hook whose function has the BTF id, "" if it cannot be found. */
void ts_hook_name(__u32 btf_id, char *buf, size_t size);

/* ---- section.c ---- */

/* Hook of a program's section "sched/HOOK", NULL if it has another section. */
const char *ts_section_hook(const struct bpf_program *prog);

/* Is it a program that attaching an object attaches; how many it has of them. */
bool ts_is_attachable(const struct bpf_program *prog);
size_t ts_count_attachable(const struct bpf_object *obj);

#define TS_MAX_PROGS	64	/* of a link; more than there are hooks */

/* ---- policy.c ---- */

struct tagsched_policy {
	char name[TAGSCHED_NAME_LEN];
	char *file;		/* the object's, NULL if it came from memory */
	struct bpf_object *obj;
	bool claims;		/* the object says its tag */
	__s64 tag;
	bool loaded;
	int link_fd;		/* -1: not attached */
	char *pin;		/* path of the pin, NULL if not pinned */
	bool made_dir;		/* pinning made the directory of the pin */
};

/* ---- policy_attach.c ---- */

/* What a policy is attached with besides its programs. */
struct ts_attach {
	bool scoped;
	__s64 tag;
	bool ranked;
	__s32 priority;
	int replace_fd;		/* -1: it takes nobody's place */
	const void *signature;
	__u32 signature_size;
	const char *signature_file;	/* where to read it; NULL: FILE.sig of the policy */
	char *manifest;		/* attach nothing, write what is to be signed */
	__u32 manifest_size;
};

/* File descriptor of the new link, or length of the manifest, or negative errno with last error. */
int ts_policy_create_link(const struct tagsched_policy *policy, const struct ts_attach *how);
/* Are there two programs of one hook? 0 or -EINVAL with last error. */
int ts_policy_check_hooks(const struct tagsched_policy *policy);

/* ---- signature.c ---- */

#define TS_SIGNATURE_SUFFIX	".sig"	/* of the object file's name */
#define TS_SIGNATURE_MAX	(16 * 1024)

/* A signature from a file. */
struct ts_signature {
	char path[PATH_MAX];	/* where it is, or would be; "" if nowhere */
	void *data;		/* to be freed, NULL if there is none */
	size_t size;
};

/*
 * Reads the signature that goes with a policy: @file, or that beside the object,
 * which may be missing. 0 or negative errno with last error.
 */
int ts_signature_read(const struct tagsched_policy *policy, const char *file,
		      struct ts_signature *sig);
/* Is it what the kernel says about signatures and nothing else. */
bool ts_is_signature_error(int err);
/* Last error for that; @path: as of struct ts_signature. */
int ts_signature_explain(const struct tagsched_policy *policy, const struct ts_attach *how,
			 const char *path, int err);

/* ---- tunable.c ---- */

#define TS_TUNABLE_SECTION	".data.tunable"

/* Lets the tunables of a loaded object live as long as its programs. */
int ts_keep_tunables(const struct tagsched_policy *policy);

struct btf_type;

/* From text to a value of a tunable's type and back; @what: its name, for messages. */
int ts_tunable_parse(const struct btf *btf, __u32 type_id, const char *what, const char *text,
		     __u64 *value);
void ts_tunable_format(const struct btf *btf, __u32 type_id, __u64 value, char *buf, size_t size);
/* Kind, size and words for the type. */
void ts_tunable_describe(const struct btf *btf, __u32 type_id, struct tagsched_tunable *result);

/* ---- pin.c ---- */

#define TS_PIN		"policy"	/* name of the pin in a policy's directory */
#define TS_PIN_NEXT	"next"		/* of its successor, until that has the name */

int ts_pin_check_name(const char *name);
/* Path of @file in the directory of a policy, or of that itself: "". 0 or -ENAMETOOLONG. */
int ts_pin_path(const char *dir, const char *name, const char *file, char *path);
/*
 * Takes the lock of a policy's directory, which those take who replace or remove
 * its pin. Finishes what a process that died in a swap has left. A file
 * descriptor, to be closed; -ENOENT if there is no such policy.
 */
int ts_pin_lock(const char *dir, const char *name);
/*
 * Opens a pinned sched link, and reads its info without programs. -ENOENT and
 * other errors of bpf(2) without last error.
 */
int ts_pin_open(const char *path, struct ts_link_info *raw);
/* Is @dir, or what exists above it, in a BPF file system. */
int ts_pin_check_dir(const char *dir);
int ts_pin_mkdir(const char *dir, bool *made);

#endif /* TAGSCHED_INTERNAL_H */
