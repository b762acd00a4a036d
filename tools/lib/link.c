// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* One link: create, update, detach, ask, find. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf_abi.h"
#include "internal.h"

#define FUNC_PREFIX	"bpf_sched_"

static int explain_create(int err)
{
	switch (err) {
	case -EPERM:
		return ts_err(err,
			      "attaching a scheduling program: not permitted; it needs CAP_BPF, CAP_PERFMON and CAP_SYS_NICE, so run it as root");
	case -E2BIG:
		return ts_err(err,
			      "attaching a scheduling program: the hook has as many programs as it takes; unload one (tag policy ls)");
	case -EINVAL:
		return ts_err(err,
			      "attaching a scheduling program: the kernel refused it; is it of a section sched/HOOK, and the kernel one with CONFIG_BPF_SCHED?");
	case -EBADF:
		return ts_err(err,
			      "attaching a scheduling program: not a program's file descriptor; load the object first");
	default:
		return ts_err(err, "attaching a scheduling program: %s", strerror(-err));
	}
}

int tagsched_link__create(int prog_fd, const struct tagsched_attach_opts *opts)
{
	struct ts_link_create_attr attr = {
		.prog_fd = prog_fd,
		.attach_type = TAGSCHED_ATTACH_TYPE,
	};
	int err, fd;

	err = TS_CHECK_OPTS(opts, tagsched_attach_opts);
	if (err)
		return err;
	if (opts && opts->scoped) {
		attr.flags = TAGSCHED_F_TAG;
		attr.tag = opts->tag;
	} else if (opts && opts->tag) {
		return ts_err(-EINVAL, "struct tagsched_attach_opts: a tag is set and scoped is not; set scoped too");
	}
	/* The kernel makes file descriptors of links close-on-exec. */
	fd = syscall(__NR_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	return fd < 0 ? explain_create(-errno) : fd;
}

int tagsched_link__update(int link_fd, int new_prog_fd, int old_prog_fd)
{
	LIBBPF_OPTS(bpf_link_update_opts, opts);
	int err;

	if (old_prog_fd >= 0) {
		opts.flags = BPF_F_REPLACE;
		opts.old_prog_fd = old_prog_fd;
	}
	err = bpf_link_update(link_fd, new_prog_fd, &opts);
	switch (err) {
	case 0:
		return 0;
	case -EPERM:
		return ts_err(err, "updating a link: %s",
			      old_prog_fd >= 0 ?
			      "another program is in it by now, or it needs root; read its info and try again" :
			      "not permitted; run it as root");
	case -EINVAL:
		return ts_err(err, "updating a link: the new program was loaded for another hook; load it for the link's hook");
	default:
		return ts_err(err, "updating a link: %s", strerror(-err));
	}
}

int tagsched_link__detach(int link_fd)
{
	int err = bpf_link_detach(link_fd);

	return err ? ts_err(err, "detaching a link: %s", strerror(-err)) : 0;
}

/* Name of the hook whose function has the BTF id, "" if it cannot be found. */
static void hook_name(__u32 btf_id, char *buf, size_t size)
{
	const struct btf *btf = ts_vmlinux_btf();
	const struct btf_type *type = btf ? btf__type_by_id(btf, btf_id) : NULL;
	const char *name = type ? btf__name_by_offset(btf, type->name_off) : NULL;

	buf[0] = '\0';
	if (name && !strncmp(name, FUNC_PREFIX, strlen(FUNC_PREFIX)))
		snprintf(buf, size, "%s", name + strlen(FUNC_PREFIX));
}

static int read_info(int link_fd, struct ts_link_info *raw)
{
	__u32 len = sizeof(*raw);
	int err;

	memset(raw, 0, sizeof(*raw));
	err = bpf_obj_get_info_by_fd(link_fd, raw, &len);
	if (err)
		return ts_err(err, "reading a link's info: %s", strerror(-err));
	if (raw->type != TAGSCHED_LINK_TYPE)
		return ts_err(-EINVAL, "link %u: not the link of a scheduling program", raw->id);
	return 0;
}

int tagsched_link__info(int link_fd, struct tagsched_link_info *info)
{
	struct tagsched_link_info all = { .sz = info->sz };
	struct ts_link_info raw;
	size_t sz = info->sz;
	int err;

	if (sz < ts_offsetofend(struct tagsched_link_info, refused))
		return ts_err(-EINVAL, "struct tagsched_link_info: sz is not set; set it to the struct's size");
	err = read_info(link_fd, &raw);
	if (err)
		return err;
	all.id = raw.id;
	all.prog_id = raw.prog_id;
	all.attach_btf_id = raw.attach_btf_id;
	all.scoped = raw.flags & TAGSCHED_F_TAG;
	all.tag = all.scoped ? raw.tag : 0;
	all.calls = raw.calls;
	all.decided = raw.decided;
	all.refused = raw.refused;
	hook_name(raw.attach_btf_id, all.hook, sizeof(all.hook));

	memset(info, 0, sz);
	memcpy(info, &all, sz < sizeof(all) ? sz : sizeof(all));
	return 0;
}

int tagsched_link__open(__u32 id)
{
	int fd = bpf_link_get_fd_by_id(id);

	if (fd == -EPERM)
		return ts_err(fd, "link %u: not permitted; opening a link by id needs CAP_SYS_ADMIN, so run it as root",
			      id);
	return fd < 0 ? ts_err(fd, "link %u: cannot open: %s", id, strerror(-fd)) : fd;
}

int tagsched_link__next(__u32 *id)
{
	struct ts_link_info raw;
	int err, fd;

	for (;;) {
		err = bpf_link_get_next_id(*id, id);
		if (err == -ENOENT)
			return ts_err(err, "no more links");
		if (err == -EPERM)
			return ts_err(err, "listing links: not permitted; it needs CAP_SYS_ADMIN, so run it as root");
		if (err)
			return ts_err(err, "listing links: %s", strerror(-err));
		fd = tagsched_link__open(*id);
		if (fd == -ENOENT)
			continue; /* gone since */
		if (fd < 0)
			return fd;
		if (!read_info(fd, &raw))
			return fd;
		close(fd);
	}
}
