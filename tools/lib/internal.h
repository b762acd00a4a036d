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
 * Checks a caller's opts struct: big enough to have its sz and any member that
 * was in the first release, and zero past what this library knows.
 */
int ts_check_opts(const void *opts, size_t sz, size_t known, const char *type);

#define TS_CHECK_OPTS(OPTS, TYPE) \
	((OPTS) ? ts_check_opts((OPTS), (OPTS)->sz, sizeof(struct TYPE), #TYPE) : 0)

/* ---- io.c: the file system, below a root that tests can move ---- */

void ts_set_root(const char *root);
int ts_open(const char *path, int flags);
int ts_stat(const char *path, struct stat *st);
int ts_scandir(const char *path, struct dirent ***list);
/* First @size - 1 bytes of a file, NUL-terminated. Bytes read or negative errno. */
int ts_read(const char *path, char *buf, size_t size);
/* snprintf that returns 0 or -ENAMETOOLONG. */
int ts_format(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- tagfile.c ---- */

/* Negative errno of the system call, no last error set. */
int ts_tagfile_read(const char *path, __s64 *tag);
/* @tag NULL writes "default". */
int ts_tagfile_write(const char *path, const __s64 *tag);
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

/* ---- kernel.c ---- */

/* vmlinux BTF, loaded once and kept; NULL with errno and last error. */
const struct btf *ts_vmlinux_btf(void);

/* ---- section.c ---- */

/* Hook of a program's section "sched/HOOK", NULL if it has another section. */
const char *ts_section_hook(const struct bpf_program *prog);

/* ---- pin.c ---- */

int ts_pin_check_name(const char *name);
/* Is @dir, or what exists above it, in a BPF file system. */
int ts_pin_check_dir(const char *dir);
int ts_pin_mkdir(const char *dir, bool *made);

#endif /* TAGSCHED_INTERNAL_H */
