// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* A policy: an object file with sched programs, opened and loaded. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

static bool has_sched_program(const struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj) {
		if (ts_section_hook(prog))
			return true;
	}
	return false;
}

/* ---- what an object says of itself, in its section ".data.tagsched" ---- */

#define CLAIMS_SECTION	".data.tagsched"
#define NAME_VARIABLE	"tagsched_policy_name"
#define TAGS_VARIABLE	"tagsched_policy_tags"

/* A variable of the section: where it is in the object's image, NULL if there is none. */
static const void *find_variable(const struct bpf_object *obj, const struct bpf_map *map,
				 const char *variable, size_t *size)
{
	const struct btf *btf = bpf_object__btf(obj);
	const struct btf_var_secinfo *var;
	const struct btf_type *sec;
	const char *data;
	size_t data_size;
	int id, i;

	id = btf ? btf__find_by_name_kind(btf, CLAIMS_SECTION, BTF_KIND_DATASEC) : -1;
	data = bpf_map__initial_value((struct bpf_map *)map, &data_size);
	if (id < 0 || !data)
		return NULL;
	sec = btf__type_by_id(btf, id);
	var = btf_var_secinfos(sec);
	for (i = 0; i < btf_vlen(sec); i++, var++) {
		const struct btf_type *t = btf__type_by_id(btf, var->type);

		if (strcmp(btf__name_by_offset(btf, t->name_off), variable) ||
		    var->offset + (size_t)var->size > data_size)
			continue;
		*size = var->size;
		return data + var->offset;
	}
	return NULL;
}

static int read_name(struct tagsched_policy *policy, const struct bpf_map *map, const char *what)
{
	const char *name;
	char buf[256];
	size_t size;

	name = find_variable(policy->obj, map, NAME_VARIABLE, &size);
	if (!name)
		return 0;
	snprintf(buf, sizeof(buf), "%.*s", (int)size, name);
	if (ts_pin_check_name(buf))
		return ts_err(-EINVAL, "%s: calls itself '%s', which is not a name for a policy; give up to %d letters, digits, '_' and '-' to TAGSCHED_POLICY()",
			      what, buf, TAGSCHED_NAME_LEN - 1);
	memcpy(policy->name, buf, strlen(buf) + 1);
	return 0;
}

static int read_tags(struct tagsched_policy *policy, const struct bpf_map *map, const char *what)
{
	const void *tags;
	size_t size;

	tags = find_variable(policy->obj, map, TAGS_VARIABLE, &size);
	if (!tags)
		return 0;
	if (size != sizeof(policy->tag))
		return ts_err(-EINVAL, "%s: claims %zu tags, and a policy is attached for one or for all; give one to TAGSCHED_TAGS(), and load the object for others under other names",
			      what, size / sizeof(policy->tag));
	memcpy(&policy->tag, tags, sizeof(policy->tag));
	policy->claims = true;
	return 0;
}

static int read_claims(struct tagsched_policy *policy, const char *what)
{
	struct bpf_map *map = bpf_object__find_map_by_name(policy->obj, CLAIMS_SECTION);
	int err;

	if (!map)
		return 0;
	/* It is for us: the kernel need not have it. */
	bpf_map__set_autocreate(map, false);
	err = read_name(policy, map, what);
	return err ? err : read_tags(policy, map, what);
}

/* ---- opening ---- */

static int use_fallback(struct tagsched_policy *policy, const char *fallback)
{
	int err;

	if (!fallback)
		return ts_err(-EINVAL, "a policy from memory has no name; set it in the opts");
	err = ts_pin_check_name(fallback);
	if (!err)
		snprintf(policy->name, sizeof(policy->name), "%s", fallback);
	return err;
}

/*
 * @what: file or name, for messages. @path: the file, or NULL. @fallback: name if
 * neither opts nor the object give one. Takes @obj over.
 */
static struct tagsched_policy *new_policy(struct bpf_object *obj, const char *what,
					  const char *path, const char *fallback,
					  const struct tagsched_policy_opts *opts)
{
	struct tagsched_policy *policy;
	int err;

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
	policy->obj = obj;
	policy->link_fd = -1;
	/* Without it there is no looking for a signature, which attaching will say. */
	policy->file = path ? strdup(path) : NULL;
	err = read_claims(policy, what);
	if (!err && opts && opts->name)
		snprintf(policy->name, sizeof(policy->name), "%s", opts->name);
	else if (!err && !*policy->name)
		err = use_fallback(policy, fallback);
	if (err) {
		tagsched_policy__destroy(policy);
		errno = -err;
		return NULL;
	}
	return policy;
}

static int check_open(const struct tagsched_policy_opts *opts)
{
	int err;

	err = TS_CHECK_OPTS(opts, tagsched_policy_opts);
	if (!err && opts && opts->name)
		err = ts_pin_check_name(opts->name);
	return err ? err : tagsched_init();
}

struct tagsched_policy *tagsched_policy__open(const char *path,
					      const struct tagsched_policy_opts *opts)
{
	LIBBPF_OPTS(bpf_object_open_opts, open_opts);
	const char *base = strrchr(path, '/');
	struct bpf_object *obj;
	char name[NAME_MAX + 1];
	int err;

	err = check_open(opts);
	/* Before libbpf, which prints several lines and names no remedy. */
	if (!err && access(path, R_OK))
		err = ts_err(-errno, "%s: cannot open: %s", path, strerror(errno));
	if (err) {
		errno = -err;
		return NULL;
	}
	base = base ? base + 1 : path;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(base, "."), base);
	open_opts.object_name = opts && opts->name ? opts->name : name;
	obj = bpf_object__open_file(path, &open_opts);
	if (!obj) {
		err = errno;
		return ts_err_ptr(-EINVAL, "%s: not a BPF object file (error %d); build it with clang -target bpf -g",
				  path, err);
	}
	return new_policy(obj, path, path, name, opts);
}

struct tagsched_policy *tagsched_policy__open_mem(const void *buf, size_t size,
						  const struct tagsched_policy_opts *opts)
{
	LIBBPF_OPTS(bpf_object_open_opts, open_opts);
	const char *what = opts && TS_OPT(opts, name) ? opts->name : "a policy in memory";
	struct bpf_object *obj;
	int err;

	err = check_open(opts);
	if (err) {
		errno = -err;
		return NULL;
	}
	open_opts.object_name = opts && opts->name ? opts->name : "policy";
	obj = bpf_object__open_mem(buf, size, &open_opts);
	if (!obj) {
		err = errno;
		return ts_err_ptr(-EINVAL, "%s: not a BPF object (error %d); build it with clang -target bpf -g",
				  what, err);
	}
	return new_policy(obj, what, NULL, NULL, opts);
}

const char *tagsched_policy__name(const struct tagsched_policy *policy)
{
	return policy->name;
}

struct bpf_object *tagsched_policy__object(const struct tagsched_policy *policy)
{
	return policy->obj;
}

bool tagsched_policy__claims(const struct tagsched_policy *policy, __s64 *tag)
{
	if (policy->claims && tag)
		*tag = policy->tag;
	return policy->claims;
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
	return ts_keep_tunables(policy);
}

void tagsched_policy__destroy(struct tagsched_policy *policy)
{
	if (!policy)
		return;
	if (policy->link_fd >= 0)
		close(policy->link_fd);
	bpf_object__close(policy->obj);
	free(policy->pin);
	free(policy->file);
	free(policy);
}
