// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* One link: create, update, detach, find. */
#include <bpf/bpf.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf_abi.h"
#include "internal.h"

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
	case -EKEYREJECTED:
		return ts_err(err,
			      "attaching a scheduling program: a signature is required (kernel.sched_bpf_require_signature=1), and only policies have one; attach a policy that is signed (tag policy sign)");
	case -EBADF:
		return ts_err(err,
			      "attaching a scheduling program: not a program's file descriptor; load the object first");
	default:
		return ts_err(err, "attaching a scheduling program: %s", strerror(-err));
	}
}

int ts_check_scope(const struct tagsched_attach_opts *opts)
{
	int err;

	err = TS_CHECK_OPTS_FROM(opts, tagsched_attach_opts, tag);
	if (err)
		return err;
	if (!TS_OPT(opts, scoped) && TS_OPT(opts, tag))
		return ts_err(-EINVAL, "struct tagsched_attach_opts: a tag is set and scoped is not; set scoped too");
	return 0;
}

int tagsched_link__create(int prog_fd, const struct tagsched_attach_opts *opts)
{
	struct ts_link_create_attr attr = {
		.prog_fd = prog_fd,
		.attach_type = TAGSCHED_ATTACH_TYPE,
	};
	int err, fd;

	err = ts_check_scope(opts);
	if (err)
		return err;
	if (TS_OPT(opts, unscoped) || TS_OPT(opts, ranked) || TS_OPT(opts, priority) ||
	    TS_OPT(opts, signature) || TS_OPT(opts, signature_size) || TS_OPT(opts, signature_file))
		return ts_err(-EINVAL, "struct tagsched_attach_opts: a single program has neither claim, priority nor signature; attach a policy");
	if (opts && opts->scoped) {
		attr.flags = TAGSCHED_F_TAG;
		attr.tag = opts->tag;
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
	case -EKEYREJECTED:
		return ts_err(err, "updating a link: a signature is required (kernel.sched_bpf_require_signature=1), and a program alone has none; swap the policy for one that is signed (tag policy sign)");
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
		if (!ts_read_link_info(fd, &raw))
			return fd;
		close(fd);
	}
}
