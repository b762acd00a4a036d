// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The links of all programs of an object, attached, pinned and freed together. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

struct links_entry {
	int fd;
	char *hook;
	char *pin;	/* path of the pin, NULL if not pinned */
};

struct tagsched_links {
	struct links_entry *entries;
	size_t nr;
	char *made_dir;	/* directory that pinning made, NULL if none */
};

static int attach_one(struct tagsched_links *links, const struct bpf_program *prog,
		      const struct tagsched_attach_opts *opts)
{
	struct links_entry *e = &links->entries[links->nr];
	int prog_fd = bpf_program__fd(prog);

	if (prog_fd < 0)
		return ts_err(-EINVAL, "prog '%s': not loaded; load the object before it is attached",
			      bpf_program__name(prog));
	e->hook = strdup(ts_section_hook(prog));
	if (!e->hook)
		return ts_err(-ENOMEM, "prog '%s': out of memory", bpf_program__name(prog));
	e->fd = tagsched_link__create(prog_fd, opts);
	if (e->fd < 0) {
		free(e->hook);
		return e->fd;
	}
	links->nr++;
	return 0;
}

struct tagsched_links *tagsched_attach(struct bpf_object *obj,
				       const struct tagsched_attach_opts *opts)
{
	struct tagsched_links *links;
	struct bpf_program *prog;
	size_t nr = ts_count_attachable(obj);
	int err = 0;

	if (!nr)
		return ts_err_ptr(-EINVAL, "%s: no program of a section sched/HOOK to attach",
				  bpf_object__name(obj));
	links = calloc(1, sizeof(*links));
	if (links)
		links->entries = calloc(nr, sizeof(*links->entries));
	if (!links || !links->entries) {
		free(links);
		return ts_err_ptr(-ENOMEM, "%s: out of memory", bpf_object__name(obj));
	}
	bpf_object__for_each_program(prog, obj) {
		if (!ts_is_attachable(prog))
			continue;
		err = attach_one(links, prog, opts);
		if (err)
			break;
	}
	if (err) {
		tagsched_links__destroy(links);
		errno = -err;
		return NULL;
	}
	return links;
}

size_t tagsched_links__count(const struct tagsched_links *links)
{
	return links ? links->nr : 0;
}

int tagsched_links__fd(const struct tagsched_links *links, size_t index)
{
	if (index >= tagsched_links__count(links))
		return ts_err(-EINVAL, "link %zu: no such link in the set of %zu", index,
			      tagsched_links__count(links));
	return links->entries[index].fd;
}

int tagsched_links__find(const struct tagsched_links *links, const char *hook)
{
	size_t i;

	for (i = 0; i < tagsched_links__count(links); i++) {
		if (!strcmp(links->entries[i].hook, hook))
			return links->entries[i].fd;
	}
	return ts_err(-ENOENT, "sched/%s: no link of the set is at this hook", hook);
}

const char *tagsched_links__hook(const struct tagsched_links *links, size_t index)
{
	return index < tagsched_links__count(links) ? links->entries[index].hook : NULL;
}

/* HOOK, or HOOK-2, HOOK-3 for further links at the same hook. */
static int pin_path(const struct tagsched_links *links, size_t index, const char *dir, char *buf)
{
	const char *hook = links->entries[index].hook;
	size_t i;
	int nth = 1;

	for (i = 0; i < index; i++)
		nth += !strcmp(links->entries[i].hook, hook);
	if (nth == 1)
		return ts_format(buf, PATH_MAX, "%s/%s", dir, hook);
	return ts_format(buf, PATH_MAX, "%s/%s-%d", dir, hook, nth);
}

static int pin_one(struct tagsched_links *links, size_t index, const char *dir)
{
	struct links_entry *e = &links->entries[index];
	char path[PATH_MAX];
	int err;

	if (pin_path(links, index, dir, path))
		return ts_err(-ENAMETOOLONG, "%s/%s: too long a name", dir, e->hook);
	e->pin = strdup(path);
	if (!e->pin)
		return ts_err(-ENOMEM, "%s: out of memory", path);
	err = bpf_obj_pin(e->fd, path);
	if (!err)
		return 0;
	free(e->pin);
	e->pin = NULL;
	if (err == -EEXIST)
		return ts_err(err, "%s: exists; unload the policy that is pinned there, or give another name",
			      path);
	return ts_err(err, "%s: cannot pin: %s%s", path, strerror(-err),
		      err == -EPERM ? "; it needs CAP_BPF, and BPF file systems refuse dots in names" :
		      "");
}

static void unpin_all(struct tagsched_links *links)
{
	size_t i;

	for (i = 0; i < links->nr; i++) {
		if (!links->entries[i].pin)
			continue;
		unlink(links->entries[i].pin);
		free(links->entries[i].pin);
		links->entries[i].pin = NULL;
	}
	if (links->made_dir)
		rmdir(links->made_dir);
	free(links->made_dir);
	links->made_dir = NULL;
}

static bool is_pinned(const struct tagsched_links *links)
{
	return links->nr && links->entries[0].pin;
}

int tagsched_links__pin(struct tagsched_links *links, const char *dir)
{
	bool made;
	size_t i;
	int err;

	if (is_pinned(links))
		return ts_err(-EALREADY, "%s: the links are pinned already; unpin them first",
			      links->entries[0].pin);
	err = ts_pin_mkdir(dir, &made);
	if (err)
		return err;
	if (made)
		links->made_dir = strdup(dir);
	for (i = 0; i < links->nr && !err; i++)
		err = pin_one(links, i, dir);
	if (err)
		unpin_all(links);
	return err;
}

int tagsched_links__unpin(struct tagsched_links *links)
{
	if (!is_pinned(links))
		return ts_err(-ENOENT, "the links are not pinned");
	unpin_all(links);
	return 0;
}

void tagsched_links__destroy(struct tagsched_links *links)
{
	size_t i;

	if (!links)
		return;
	for (i = 0; i < links->nr; i++) {
		close(links->entries[i].fd);
		free(links->entries[i].hook);
		free(links->entries[i].pin);
	}
	free(links->made_dir);
	free(links->entries);
	free(links);
}
