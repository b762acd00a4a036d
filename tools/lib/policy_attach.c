// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Attaching a policy: one link for all its programs. */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf_abi.h"
#include "internal.h"

/* ---- its programs ---- */

int ts_policy_check_hooks(const struct tagsched_policy *policy)
{
	struct bpf_program *a, *b;

	bpf_object__for_each_program(a, policy->obj) {
		if (!ts_is_attachable(a))
			continue;
		for (b = a; (b = bpf_object__next_program(policy->obj, b));) {
			if (!ts_is_attachable(b) || strcmp(ts_section_hook(a), ts_section_hook(b)))
				continue;
			return ts_err(-EINVAL, "policy '%s': '%s' and '%s' are both of section sched/%s; a policy has one program a hook",
				      policy->name, bpf_program__name(a), bpf_program__name(b),
				      ts_section_hook(a));
		}
	}
	return 0;
}

/* An array of their file descriptors, to be freed; NULL with errno. */
static __u32 *program_fds(const struct tagsched_policy *policy, __u32 *nr)
{
	struct bpf_program *prog;
	size_t room = ts_count_attachable(policy->obj);
	__u32 *fds;

	if (!room)
		return ts_err_ptr(-EINVAL, "policy '%s': no program of a section sched/HOOK to attach",
				  policy->name);
	fds = calloc(room, sizeof(*fds));
	if (!fds)
		return ts_err_ptr(-ENOMEM, "policy '%s': out of memory", policy->name);
	*nr = 0;
	bpf_object__for_each_program(prog, policy->obj) {
		if (ts_is_attachable(prog))
			fds[(*nr)++] = bpf_program__fd(prog);
	}
	return fds;
}

static bool has_hook(const struct tagsched_policy *policy, const char *hook)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, policy->obj) {
		if (ts_is_attachable(prog) && !strcmp(ts_section_hook(prog), hook))
			return true;
	}
	return false;
}

/* ---- who is in the way ---- */

/* First hook that both answer, NULL if none. Those that only tell things do not count. */
static const char *common_hook(const struct tagsched_policy *policy,
			       const struct tagsched_link_info *other)
{
	__u32 i;

	for (i = 0; i < other->nr_progs && i < TS_MAX_PROGS; i++) {
		const char *name = other->progs[i].hook;
		const struct tagsched_hook *hook = tagsched_hook__find(name);

		if ((!hook || hook->kind != TAGSCHED_HOOK_NOTICE) && has_hook(policy, name))
			return name;
	}
	return NULL;
}

/* As the kernel sees it. */
static const char *conflict(const struct tagsched_policy *policy, const struct ts_attach *how,
			    const struct tagsched_link_info *other)
{
	if (!other->policy || other->exit.reason != TAGSCHED_EXIT_NONE)
		return NULL;
	if (how->ranked && how->priority != other->priority)
		return NULL;
	if (how->scoped && other->scoped && how->tag != other->tag)
		return NULL;
	return common_hook(policy, other);
}

/* The link that is to be replaced, 0 if none. */
static __u32 replaced_id(const struct ts_attach *how)
{
	struct ts_link_info raw;

	if (how->replace_fd < 0 || ts_read_link_info(how->replace_fd, &raw))
		return 0;
	return raw.id;
}

static void scope_text(const struct tagsched_link_info *info, const struct ts_attach *how,
		       char *buf, size_t size)
{
	if (info->scoped)
		snprintf(buf, size, "tag %lld", (long long)info->tag);
	else if (how->scoped)
		snprintf(buf, size, "all tags, %lld too", (long long)how->tag);
	else
		snprintf(buf, size, "all tags");
}

static int name_holder(const struct tagsched_policy *policy, const struct ts_attach *how,
		       const struct tagsched_link_info *info, const char *hook)
{
	char scope[64], priority[64] = "";

	scope_text(info, how, scope, sizeof(scope));
	if (how->ranked)
		snprintf(priority, sizeof(priority), " with the same priority %d", how->priority);
	return ts_err(-EEXIST, "policy '%s': policy '%s' (link %u) answers %s for %s%s; unload or swap that, or give another priority than %d",
		      policy->name, info->name, info->id, hook, scope, priority, info->priority);
}

/* EEXIST, with the name of the policy that is in the way, if it may be known. */
static int explain_conflict(const struct tagsched_policy *policy, const struct ts_attach *how)
{
	struct tagsched_prog_info progs[TS_MAX_PROGS];
	__u32 id = 0, replaced = replaced_id(how);
	int fd, err;

	while ((fd = tagsched_link__next(&id)) >= 0) {
		struct tagsched_link_info info = {
			.sz = sizeof(info), .progs = progs, .nr_progs = TS_MAX_PROGS,
		};
		const char *hook;

		err = tagsched_link__info(fd, &info);
		close(fd);
		if (err || id == replaced)
			continue;
		hook = conflict(policy, how, &info);
		if (hook)
			return name_holder(policy, how, &info, hook);
	}
	return ts_err(-EEXIST, "policy '%s': another policy answers one of its hooks for the same tag; unload or swap that (tag policy ls), or give another priority",
		      policy->name);
}

static int explain_ended(const struct tagsched_policy *policy, int link_fd)
{
	struct tagsched_link_info info = { .sz = sizeof(info) };
	char text[512];

	if (tagsched_link__info(link_fd, &info))
		return ts_err(-ENOLINK, "policy '%s': decides no more; unload it, and load the new one",
			      policy->name);
	return ts_err(-ENOLINK, "policy '%s': was %s; unload it, and load the new one", policy->name,
		      tagsched_exit__text(&info.exit, text, sizeof(text)));
}

static int explain(const struct tagsched_policy *policy, const struct ts_attach *how, int err)
{
	switch (err) {
	case -EEXIST:
		return explain_conflict(policy, how);
	case -ENOLINK:
		return explain_ended(policy, how->replace_fd);
	case -EPERM:
		return ts_err(err, "policy '%s': not permitted to attach it; it needs CAP_BPF, CAP_PERFMON and CAP_SYS_NICE, so run it as root",
			      policy->name);
	case -E2BIG:
		return ts_err(err, "policy '%s': one of its hooks has as many programs as it takes; unload another policy (tag policy ls)",
			      policy->name);
	case -EINVAL:
		return ts_err(err, "policy '%s': the kernel refused to attach it; does it know policies? (CONFIG_BPF_SCHED, of this version of tagsched)",
			      policy->name);
	default:
		return ts_err(err, "policy '%s': cannot attach it: %s", policy->name, strerror(-err));
	}
}

/* ---- the link ---- */

/* What the kernel answers. */
static int create_link(const struct tagsched_policy *policy, const struct ts_attach *how,
		       const __u32 *fds, __u32 nr)
{
	struct ts_policy_attr policy_attr = {
		.prog_fds = nr > 1 ? (unsigned long)(fds + 1) : 0,
		.nr_progs = nr - 1,
		.priority = how->priority,
		.signature = (unsigned long)how->signature,
		.signature_size = how->signature_size,
		.manifest = (unsigned long)how->manifest,
		.manifest_size = how->manifest_size,
	};
	struct ts_link_create_attr attr = {
		.prog_fd = fds[0],
		.attach_type = TAGSCHED_ATTACH_TYPE,
		.flags = TAGSCHED_F_POLICY | (how->scoped ? TAGSCHED_F_TAG : 0),
		.tag = how->tag,
		.policy = (unsigned long)&policy_attr,
		.policy_size = sizeof(policy_attr),
	};
	int fd;

	/* Zeros behind it: another name, a longer one, may have been there before. */
	snprintf(policy_attr.name, sizeof(policy_attr.name), "%s", policy->name);
	if (how->manifest)
		policy_attr.flags |= TS_POLICY_MANIFEST;
	if (how->ranked)
		policy_attr.flags |= TS_POLICY_PRIORITY;
	if (how->replace_fd >= 0) {
		policy_attr.flags |= TS_POLICY_REPLACE;
		policy_attr.replace_fd = how->replace_fd;
	}
	fd = syscall(__NR_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	return fd < 0 ? -errno : fd;
}

/* With the signature that goes with it, unless the caller has one, or wants none. */
static int create_signed(const struct tagsched_policy *policy, struct ts_attach how,
			 const __u32 *fds, __u32 nr)
{
	struct ts_signature sig = { 0 };
	int fd;

	if (!how.signature && !how.manifest) {
		fd = ts_signature_read(policy, how.signature_file, &sig);
		if (fd)
			return fd;
		how.signature = sig.data;
		how.signature_size = sig.size;
	}
	fd = create_link(policy, &how, fds, nr);
	if (fd < 0)
		fd = ts_is_signature_error(fd) ? ts_signature_explain(policy, &how, sig.path, fd) :
		     explain(policy, &how, fd);
	free(sig.data);
	return fd;
}

int ts_policy_create_link(const struct tagsched_policy *policy, const struct ts_attach *how)
{
	__u32 *fds, nr = 0;
	int fd;

	fd = ts_policy_check_hooks(policy);
	if (fd)
		return fd;
	fds = program_fds(policy, &nr);
	if (!fds)
		return -errno;
	fd = create_signed(policy, *how, fds, nr);
	free(fds);
	return fd;
}

static int check_attach(const struct tagsched_policy *policy,
			const struct tagsched_attach_opts *opts)
{
	int err;

	if (!policy->loaded)
		return ts_err(-EINVAL, "policy '%s': not loaded; load it before it is attached",
			      policy->name);
	err = ts_check_scope(opts);
	if (err)
		return err;
	if (TS_OPT(opts, scoped) && TS_OPT(opts, unscoped))
		return ts_err(-EINVAL, "struct tagsched_attach_opts: scoped and unscoped are both set; set one");
	if (!TS_OPT(opts, ranked) && TS_OPT(opts, priority))
		return ts_err(-EINVAL, "struct tagsched_attach_opts: a priority is set and ranked is not; set ranked too");
	return 0;
}

/* What the opts say, else the object. */
static void set_scope(const struct tagsched_policy *policy,
		      const struct tagsched_attach_opts *opts, struct ts_attach *how)
{
	how->scoped = TS_OPT(opts, scoped);
	how->tag = TS_OPT(opts, tag);
	if (policy->claims && !how->scoped && !TS_OPT(opts, unscoped)) {
		how->scoped = true;
		how->tag = policy->tag;
	}
}

int tagsched_policy__manifest(const struct tagsched_policy *policy,
			      const struct tagsched_attach_opts *opts, char *buf, size_t size)
{
	struct ts_attach how = { .replace_fd = -1, .manifest = buf };
	int len;

	len = check_attach(policy, opts);
	if (len)
		return len;
	if (!size || size > INT_MAX)
		return ts_err(-EINVAL, "policy '%s': a manifest needs a buffer", policy->name);
	how.manifest_size = size - 1;
	set_scope(policy, opts, &how);
	len = ts_policy_create_link(policy, &how);
	if (len >= 0)
		buf[len] = '\0';
	return len;
}

int tagsched_policy__attach(struct tagsched_policy *policy,
			    const struct tagsched_attach_opts *opts)
{
	struct ts_attach how = {
		.ranked = TS_OPT(opts, ranked),
		.priority = TS_OPT(opts, priority),
		.replace_fd = -1,
		.signature = TS_OPT(opts, signature),
		.signature_size = TS_OPT(opts, signature_size),
		.signature_file = TS_OPT(opts, signature_file),
	};
	int fd;

	if (policy->link_fd >= 0)
		return ts_err(-EALREADY, "policy '%s': attached already", policy->name);
	fd = check_attach(policy, opts);
	if (fd)
		return fd;
	set_scope(policy, opts, &how);
	fd = ts_policy_create_link(policy, &how);
	if (fd < 0)
		return fd;
	policy->link_fd = fd;
	return 0;
}

int tagsched_policy__link_fd(const struct tagsched_policy *policy)
{
	if (policy->link_fd < 0)
		return ts_err(-EINVAL, "policy '%s': not attached; attach it first", policy->name);
	return policy->link_fd;
}
