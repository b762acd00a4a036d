// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* What the kernel says of a link: scope, programs, counters, and how it ended. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bpf_abi.h"
#include "internal.h"

#define FUNC_PREFIX	"bpf_sched_"

void ts_hook_name(__u32 btf_id, char *buf, size_t size)
{
	const struct btf *btf = btf_id ? ts_vmlinux_btf() : NULL;
	const struct btf_type *type = btf ? btf__type_by_id(btf, btf_id) : NULL;
	const char *name = type ? btf__name_by_offset(btf, type->name_off) : NULL;

	buf[0] = '\0';
	if (name && !strncmp(name, FUNC_PREFIX, strlen(FUNC_PREFIX)))
		snprintf(buf, size, "%s", name + strlen(FUNC_PREFIX));
}

/* @raw has been filled as far as it is input. */
static int read_raw(int link_fd, struct ts_link_info *raw)
{
	__u32 len = sizeof(*raw);
	int err;

	err = bpf_obj_get_info_by_fd(link_fd, raw, &len);
	if (err)
		return ts_err(err, "reading a link's info: %s", strerror(-err));
	if (raw->type != TAGSCHED_LINK_TYPE)
		return ts_err(-EINVAL, "link %u: not the link of a scheduling program", raw->id);
	return 0;
}

int ts_read_link_info(int link_fd, struct ts_link_info *raw)
{
	memset(raw, 0, sizeof(*raw));
	return read_raw(link_fd, raw);
}

static void fill_exit(struct tagsched_exit *exit, const struct ts_exit *raw)
{
	exit->reason = raw->reason;
	exit->cpu = raw->cpu;
	exit->time_ns = raw->time;
	exit->value = raw->value;
	exit->tag = raw->tag;
	exit->pid = raw->pid;
	snprintf(exit->comm, sizeof(exit->comm), "%.*s", (int)sizeof(raw->comm), raw->comm);
	ts_hook_name(raw->attach_btf_id, exit->hook, sizeof(exit->hook));
}

static void fill(struct tagsched_link_info *info, const struct ts_link_info *raw)
{
	info->id = raw->id;
	info->prog_id = raw->prog_id;
	info->attach_btf_id = raw->attach_btf_id;
	ts_hook_name(raw->attach_btf_id, info->hook, sizeof(info->hook));
	info->scoped = raw->flags & TAGSCHED_F_TAG;
	info->tag = info->scoped ? raw->tag : 0;
	info->calls = raw->calls;
	info->decided = raw->decided;
	info->refused = raw->refused;
	info->policy = raw->flags & TAGSCHED_F_POLICY;
	snprintf(info->name, sizeof(info->name), "%.*s", (int)sizeof(raw->name), raw->name);
	info->priority = raw->priority;
	info->generation = raw->generation;
	info->nr_progs = raw->nr_progs;
	fill_exit(&info->exit, &raw->exit);
	info->signature_size = raw->signature_size;
	info->signature_error = raw->signature_error;
}

static void fill_progs(struct tagsched_prog_info *progs, const struct ts_prog_info *raw, __u32 nr)
{
	__u32 i;

	for (i = 0; i < nr; i++) {
		progs[i] = (struct tagsched_prog_info) {
			.prog_id = raw[i].prog_id,
			.attach_btf_id = raw[i].attach_btf_id,
			.calls = raw[i].calls,
			.decided = raw[i].decided,
			.refused = raw[i].refused,
		};
		ts_hook_name(raw[i].attach_btf_id, progs[i].hook, sizeof(progs[i].hook));
	}
}

/* @all: the members of the newest struct; progs, signature and their sizes are input. */
static int read_all(int link_fd, struct tagsched_link_info *all)
{
	__u32 room = all->progs ? all->nr_progs : 0;
	struct ts_link_info raw = {
		.nr_progs = room,
		.signature = (unsigned long)all->signature,
		.signature_size = all->signature ? all->signature_size : 0,
	};
	struct ts_prog_info *progs = NULL;
	int err;

	if (room) {
		progs = calloc(room, sizeof(*progs));
		if (!progs)
			return ts_err(-ENOMEM, "reading a link's info: out of memory");
		raw.progs = (unsigned long)progs;
	}
	err = read_raw(link_fd, &raw);
	if (!err) {
		fill(all, &raw);
		if (progs)
			fill_progs(all->progs, progs, raw.nr_progs < room ? raw.nr_progs : room);
	}
	free(progs);
	return err;
}

int tagsched_link__info(int link_fd, struct tagsched_link_info *info)
{
	size_t sz = info->sz;
	struct tagsched_link_info all = { .sz = sz };
	int err;

	if (sz < ts_offsetofend(struct tagsched_link_info, refused))
		return ts_err(-EINVAL, "struct tagsched_link_info: sz is not set; set it to the struct's size");
	if (sz >= ts_offsetofend(struct tagsched_link_info, nr_progs)) {
		all.progs = info->progs;
		all.nr_progs = info->nr_progs;
	}
	if (sz >= ts_offsetofend(struct tagsched_link_info, signature_error)) {
		all.signature = info->signature;
		all.signature_size = info->signature_size;
	}
	err = read_all(link_fd, &all);
	if (err)
		return err;
	memset(info, 0, sz);
	memcpy(info, &all, sz < sizeof(all) ? sz : sizeof(all));
	return 0;
}

/* ---- exit records ---- */

static const char *verb(__u32 reason)
{
	switch (reason) {
	case TAGSCHED_EXIT_DETACHED:
		return "detached";
	case TAGSCHED_EXIT_REPLACED:
		return "replaced by another policy";
	default:
		return "ejected";
	}
}

static void stall_text(const struct tagsched_exit *exit, char *buf, size_t size)
{
	char who[96];

	if (exit->pid)
		snprintf(who, sizeof(who), "task %s (pid %d) with tag %lld", exit->comm, exit->pid,
			 (long long)exit->tag);
	else
		snprintf(who, sizeof(who), "a group with tag %lld", (long long)exit->tag);
	snprintf(buf, size,
		 " on CPU %d: %s could run and was passed over for %llu ms (kernel.sched_bpf_timeout_ms)",
		 exit->cpu, who, (unsigned long long)exit->value);
}

static void cause_text(const struct tagsched_exit *exit, char *buf, size_t size)
{
	buf[0] = '\0';
	switch (exit->reason) {
	case TAGSCHED_EXIT_DETACHED:
	case TAGSCHED_EXIT_REPLACED:
		return;
	case TAGSCHED_EXIT_STALL:
		stall_text(exit, buf, size);
		return;
	case TAGSCHED_EXIT_REFUSED:
		snprintf(buf, size,
			 " on CPU %d: %llu answers of its program at %s in a second were not valid (kernel.sched_bpf_refused_max)",
			 exit->cpu, (unsigned long long)exit->value,
			 *exit->hook ? exit->hook : "a hook");
		return;
	case TAGSCHED_EXIT_SYSRQ:
		snprintf(buf, size, ": an operator pressed the SysRq key");
		return;
	default:
		snprintf(buf, size, ": for reason %u, which this version of libtagsched does not know; update it",
			 exit->reason);
	}
}

const char *tagsched_exit__text(const struct tagsched_exit *exit, char *buf, size_t size)
{
	time_t seconds = exit->time_ns / 1000000000;
	char when[64] = "at an unknown time", cause[256];
	struct tm tm;

	buf[0] = '\0';
	if (exit->reason == TAGSCHED_EXIT_NONE)
		return buf;
	if (exit->time_ns && localtime_r(&seconds, &tm))
		strftime(when, sizeof(when), "on %Y-%m-%d at %H:%M:%S", &tm);
	cause_text(exit, cause, sizeof(cause));
	snprintf(buf, size, "%s %s%s", verb(exit->reason), when, cause);
	return buf;
}
