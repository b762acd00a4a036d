// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* A policy: an object file with sched programs, from file to attached and pinned. */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

struct tagsched_policy {
	char name[64];
	struct bpf_object *obj;
	struct tagsched_links *links;
	bool loaded;
};

static bool has_sched_program(const struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj) {
		if (ts_section_hook(prog))
			return true;
	}
	return false;
}

/* @what: file or name, for messages. Takes @obj over. */
static struct tagsched_policy *new_policy(struct bpf_object *obj, const char *name, const char *what)
{
	struct tagsched_policy *policy;

	if (!has_sched_program(obj)) {
		bpf_object__close(obj);
		return ts_err_ptr(-EINVAL,
				  "%s: no program of a section sched/HOOK in it; is it a scheduling policy?",
				  what);
	}
	policy = calloc(1, sizeof(*policy));
	if (!policy) {
		bpf_object__close(obj);
		return ts_err_ptr(-ENOMEM, "%s: out of memory", what);
	}
	snprintf(policy->name, sizeof(policy->name), "%s", name);
	policy->obj = obj;
	return policy;
}

/* Policy's name from opts, else from the file's. */
static int choose_name(const char *path, const struct tagsched_policy_opts *opts, char *buf,
		       size_t size)
{
	const char *base;

	if (opts && opts->name) {
		if (ts_pin_check_name(opts->name))
			return -EINVAL;
		snprintf(buf, size, "%s", opts->name);
		return 0;
	}
	base = strrchr(path, '/');
	base = base ? base + 1 : path;
	snprintf(buf, size, "%.*s", (int)strcspn(base, "."), base);
	return ts_pin_check_name(buf);
}

struct tagsched_policy *tagsched_policy__open(const char *path,
					      const struct tagsched_policy_opts *opts)
{
	LIBBPF_OPTS(bpf_object_open_opts, open_opts);
	struct bpf_object *obj;
	char name[64];
	int err;

	err = TS_CHECK_OPTS(opts, tagsched_policy_opts);
	if (!err)
		err = tagsched_init();
	/* Before libbpf, which prints several lines and names no remedy. */
	if (!err && access(path, R_OK))
		err = ts_err(-errno, "%s: cannot open: %s", path, strerror(errno));
	if (!err)
		err = choose_name(path, opts, name, sizeof(name));
	if (err) {
		errno = -err;
		return NULL;
	}
	open_opts.object_name = name;
	obj = bpf_object__open_file(path, &open_opts);
	if (!obj) {
		err = errno;
		return ts_err_ptr(-EINVAL, "%s: not a BPF object file (error %d); build it with clang -target bpf -g",
				  path, err);
	}
	return new_policy(obj, name, path);
}

struct tagsched_policy *tagsched_policy__open_mem(const void *buf, size_t size,
						  const struct tagsched_policy_opts *opts)
{
	LIBBPF_OPTS(bpf_object_open_opts, open_opts);
	struct bpf_object *obj;
	int err;

	err = TS_CHECK_OPTS(opts, tagsched_policy_opts);
	if (!err && (!opts || !opts->name))
		err = ts_err(-EINVAL, "a policy from memory has no name; set it in the opts");
	if (!err)
		err = ts_pin_check_name(opts->name);
	if (!err)
		err = tagsched_init();
	if (err) {
		errno = -err;
		return NULL;
	}
	open_opts.object_name = opts->name;
	obj = bpf_object__open_mem(buf, size, &open_opts);
	if (!obj) {
		err = errno;
		return ts_err_ptr(-EINVAL, "%s: not a BPF object (error %d); build it with clang -target bpf -g",
				  opts->name, err);
	}
	return new_policy(obj, opts->name, opts->name);
}

const char *tagsched_policy__name(const struct tagsched_policy *policy)
{
	return policy->name;
}

struct bpf_object *tagsched_policy__object(const struct tagsched_policy *policy)
{
	return policy->obj;
}

struct tagsched_links *tagsched_policy__links(const struct tagsched_policy *policy)
{
	return policy->links;
}

int tagsched_policy__load(struct tagsched_policy *policy)
{
	struct bpf_program *prog;
	int err;

	if (policy->loaded)
		return ts_err(-EALREADY, "policy '%s': loaded already", policy->name);
	/* Ask first: libbpf would fail at the first kfunc, which says nothing of the cause. */
	bpf_object__for_each_program(prog, policy->obj) {
		const char *hook = ts_section_hook(prog);

		if (!hook || !bpf_program__autoload(prog))
			continue;
		err = tagsched_hook__btf_id(hook);
		if (err < 0)
			return err;
	}
	err = bpf_object__load(policy->obj);
	if (err == -EPERM)
		return ts_err(err, "policy '%s': not permitted to load it; it needs CAP_BPF and CAP_PERFMON, so run it as root",
			      policy->name);
	if (err)
		return ts_err(err, "policy '%s': the kernel refused it: %s; libbpf's and the verifier's messages say where",
			      policy->name, strerror(-err));
	policy->loaded = true;
	return 0;
}

int tagsched_policy__attach(struct tagsched_policy *policy,
			    const struct tagsched_attach_opts *opts)
{
	if (policy->links)
		return ts_err(-EALREADY, "policy '%s': attached already", policy->name);
	if (!policy->loaded)
		return ts_err(-EINVAL, "policy '%s': not loaded; load it before it is attached",
			      policy->name);
	policy->links = tagsched_attach(policy->obj, opts);
	return policy->links ? 0 : -errno;
}

static int pin_path(const struct tagsched_policy *policy, const char *dir, char *path)
{
	struct stat st;

	if (ts_format(path, PATH_MAX, "%s/%s", dir ?: TAGSCHED_PIN_DIR, policy->name))
		return ts_err(-ENAMETOOLONG, "%s: too long a name", dir);
	if (!stat(path, &st))
		return ts_err(-EEXIST, "%s: a policy of this name is loaded; unload it first, or give another name",
			      path);
	return 0;
}

int tagsched_policy__check_pin(const struct tagsched_policy *policy, const char *dir)
{
	char path[PATH_MAX];
	int err;

	err = pin_path(policy, dir, path);
	return err ? err : ts_pin_check_dir(path);
}

int tagsched_policy__pin(struct tagsched_policy *policy, const char *dir)
{
	char path[PATH_MAX];
	int err;

	if (!policy->links)
		return ts_err(-EINVAL, "policy '%s': not attached; attach it before it is pinned",
			      policy->name);
	err = pin_path(policy, dir, path);
	return err ? err : tagsched_links__pin(policy->links, path);
}

int tagsched_policy__unpin(struct tagsched_policy *policy)
{
	if (!policy->links)
		return ts_err(-ENOENT, "policy '%s': not pinned", policy->name);
	return tagsched_links__unpin(policy->links);
}

void tagsched_policy__destroy(struct tagsched_policy *policy)
{
	if (!policy)
		return;
	tagsched_links__destroy(policy->links);
	bpf_object__close(policy->obj);
	free(policy);
}
