// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Policies in a BPF file system: DIR/NAME/policy is the pin of the one link.
 * The directory is locked by those who replace or remove the pin.
 */
#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bpf_abi.h"
#include "internal.h"

/* ---- pin and unpin ---- */

/* Somebody has the name: who decides, or what is left of one that does no more. */
static int name_taken(const char *path, const char *pin, const char *name)
{
	struct tagsched_link_info info = { .sz = sizeof(info) };
	struct ts_link_info raw;
	char text[512];
	int fd = ts_pin_open(pin, &raw);

	if (fd >= 0 && !tagsched_link__info(fd, &info) && info.exit.reason != TAGSCHED_EXIT_NONE)
		ts_err(-EEXIST, "%s: a policy of this name was %s; tag policy unload %s, or give another name",
		       path, tagsched_exit__text(&info.exit, text, sizeof(text)), name);
	else
		ts_err(-EEXIST, "%s: a policy of this name is loaded; unload or swap it, or give another name",
		       path);
	if (fd >= 0)
		close(fd);
	return -EEXIST;
}

int tagsched_policy__check_pin(const struct tagsched_policy *policy, const char *dir)
{
	char path[PATH_MAX], pin[PATH_MAX];
	struct stat st;
	int err;

	err = ts_pin_path(dir, policy->name, "", path);
	if (!err)
		err = ts_pin_path(dir, policy->name, TS_PIN, pin);
	if (err)
		return err;
	if (!stat(path, &st))
		return name_taken(path, pin, policy->name);
	return ts_pin_check_dir(path);
}

static int pin_link(int fd, const char *path)
{
	int err = bpf_obj_pin(fd, path);

	return err ? ts_err(err, "%s: cannot pin: %s%s", path, strerror(-err),
			    err == -EPERM ? "; it needs CAP_BPF" : "") : 0;
}

int tagsched_policy__pin(struct tagsched_policy *policy, const char *dir)
{
	char path[PATH_MAX], pin[PATH_MAX];
	bool made;
	int err;

	if (policy->link_fd < 0)
		return ts_err(-EINVAL, "policy '%s': not attached; attach it before it is pinned",
			      policy->name);
	if (policy->pin)
		return ts_err(-EALREADY, "%s: pinned already; unpin it first", policy->pin);
	err = tagsched_policy__check_pin(policy, dir);
	if (err)
		return err;
	ts_pin_path(dir, policy->name, "", path);
	ts_pin_path(dir, policy->name, TS_PIN, pin);
	policy->pin = strdup(pin);
	if (!policy->pin)
		return ts_err(-ENOMEM, "%s: out of memory", pin);
	err = ts_pin_mkdir(path, &made);
	if (!err) {
		err = pin_link(policy->link_fd, pin);
		if (err && made)
			rmdir(path);
	}
	if (err) {
		free(policy->pin);
		policy->pin = NULL;
	}
	return err;
}

int tagsched_policy__unpin(struct tagsched_policy *policy)
{
	char *slash;

	if (!policy->pin)
		return ts_err(-ENOENT, "policy '%s': not pinned", policy->name);
	if (unlink(policy->pin))
		return ts_err(-errno, "%s: cannot remove: %s", policy->pin, strerror(errno));
	slash = strrchr(policy->pin, '/');
	*slash = '\0';
	rmdir(policy->pin);
	free(policy->pin);
	policy->pin = NULL;
	return 0;
}

/* ---- by name ---- */

/* A policy that is pinned nowhere we know; walking needs CAP_SYS_ADMIN. */
static int find_held(const char *name)
{
	struct ts_link_info raw;
	__u32 id = 0;
	int fd;

	while ((fd = tagsched_link__next(&id)) >= 0) {
		if (!ts_read_link_info(fd, &raw) && raw.flags & TAGSCHED_F_POLICY &&
		    raw.exit.reason == TAGSCHED_EXIT_NONE &&
		    !strncmp(raw.name, name, sizeof(raw.name)))
			return fd;
		close(fd);
	}
	return fd;
}

static int open_pin(const char *dir, const char *name)
{
	char pin[PATH_MAX], next[PATH_MAX];
	struct ts_link_info raw, unused;
	int fd, other, err;

	err = ts_pin_path(dir, name, TS_PIN, pin);
	if (!err)
		err = ts_pin_path(dir, name, TS_PIN_NEXT, next);
	if (err)
		return err;
	fd = ts_pin_open(pin, &raw);
	if (fd < 0)
		return fd;
	/* In the middle of a swap. */
	if (raw.exit.reason == TAGSCHED_EXIT_REPLACED) {
		other = ts_pin_open(next, &unused);
		if (other >= 0) {
			close(fd);
			return other;
		}
	}
	return fd;
}

int tagsched_policy__open_link(const char *dir, const char *name)
{
	char pin[PATH_MAX];
	int fd, held;

	fd = ts_pin_check_name(name);
	if (fd)
		return fd;
	fd = open_pin(dir, name);
	if (fd >= 0)
		return fd;
	if (fd == -ENOENT) {
		held = find_held(name);
		if (held >= 0)
			return held;
	}
	if (ts_pin_path(dir, name, TS_PIN, pin))
		return -ENAMETOOLONG;
	if (fd == -ENOENT)
		return ts_err(fd, "%s: no policy '%s' is loaded; tag policy ls shows those that are",
			      pin, name);
	return ts_err(fd, "%s: cannot open: %s%s", pin, strerror(-fd),
		      fd == -EACCES || fd == -EPERM ? "; run it as root" : "");
}

/* ---- swap ---- */

static int check_swap(const struct tagsched_policy *policy, const struct tagsched_swap_opts *opts)
{
	int err;

	err = TS_CHECK_OPTS_FROM(opts, tagsched_swap_opts, signature_size);
	if (err)
		return err;
	if (policy->link_fd >= 0)
		return ts_err(-EALREADY, "policy '%s': attached already; only one that is not can take another's place",
			      policy->name);
	if (!policy->loaded)
		return ts_err(-EINVAL, "policy '%s': not loaded; load it before it is attached",
			      policy->name);
	return 0;
}

/* The new link under the name of the old, in one step. */
static int move_pin(struct tagsched_policy *policy, const char *pin, const char *next)
{
	int err;

	policy->pin = strdup(pin);
	if (!policy->pin)
		return ts_err(-ENOMEM, "policy '%s': has taken over, and is not pinned: out of memory; load it again",
			      policy->name);
	unlink(next); /* of a swap that failed */
	err = bpf_obj_pin(policy->link_fd, next);
	if (!err && rename(next, pin))
		err = -errno;
	if (!err)
		return 0;
	unlink(next);
	free(policy->pin);
	policy->pin = NULL;
	return ts_err(err, "%s: policy '%s' has taken over, and cannot be pinned: %s; it ends with this process: load it again",
		      pin, policy->name, strerror(-err));
}

/* With the directory locked. */
static int swap(struct tagsched_policy *policy, const char *dir,
		const struct tagsched_swap_opts *opts)
{
	char pin[PATH_MAX], next[PATH_MAX];
	struct ts_attach how = { 0 };
	struct ts_link_info raw;
	int fd, err;

	err = ts_pin_path(dir, policy->name, TS_PIN, pin);
	if (!err)
		err = ts_pin_path(dir, policy->name, TS_PIN_NEXT, next);
	if (err)
		return err;
	how.replace_fd = ts_pin_open(pin, &raw);
	if (how.replace_fd < 0)
		return ts_err(how.replace_fd, "%s: cannot open: %s; is it the pin of a policy?", pin,
			      strerror(-how.replace_fd));
	how.scoped = raw.flags & TAGSCHED_F_TAG;
	how.tag = how.scoped ? raw.tag : 0;
	how.signature = TS_OPT(opts, signature);
	how.signature_size = TS_OPT(opts, signature_size);
	how.signature_file = TS_OPT(opts, signature_file);
	fd = ts_policy_create_link(policy, &how);
	close(how.replace_fd);
	if (fd < 0)
		return fd;
	policy->link_fd = fd;
	return move_pin(policy, pin, next);
}

int tagsched_policy__swap(struct tagsched_policy *policy, const char *dir,
			  const struct tagsched_swap_opts *opts)
{
	int lock, err;

	err = check_swap(policy, opts);
	if (err)
		return err;
	lock = ts_pin_lock(dir, policy->name);
	if (lock < 0)
		return lock;
	err = swap(policy, dir, opts);
	close(lock);
	return err;
}

/* ---- unload ---- */

/* Number of programs that were detached, or negative errno. */
static int detach_pinned(const char *pin)
{
	struct ts_link_info raw;
	int fd = ts_pin_open(pin, &raw), err;

	if (fd < 0)
		return 0; /* no link of ours: removing the pin is all there is to do */
	err = tagsched_link__detach(fd);
	close(fd);
	return err ? err : (int)raw.nr_progs;
}

static int remove_pin(const char *pin)
{
	int nr = detach_pinned(pin);

	if (nr >= 0 && unlink(pin))
		return ts_err(-errno, "%s: cannot remove: %s", pin, strerror(errno));
	return nr;
}

/* All pins of the directory, those of other versions of this library too. */
static int remove_pins(const char *path)
{
	int nr, i, ret = 0, removed = 0;
	struct dirent **list;
	char pin[PATH_MAX];

	nr = scandir(path, &list, NULL, alphasort);
	if (nr < 0)
		return ts_err(-errno, "%s: cannot read: %s", path, strerror(errno));
	for (i = 0; i < nr; i++) {
		if (list[i]->d_name[0] != '.' && ret >= 0 &&
		    !ts_format(pin, sizeof(pin), "%s/%s", path, list[i]->d_name)) {
			ret = remove_pin(pin);
			removed += ret;
		}
		free(list[i]);
	}
	free(list);
	return ret < 0 ? ret : removed;
}

int tagsched_policy__unload(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int lock, nr;

	nr = ts_pin_check_name(name);
	if (nr)
		return nr;
	nr = ts_pin_path(dir, name, "", path);
	if (nr)
		return nr;
	lock = ts_pin_lock(dir, name);
	if (lock < 0)
		return lock;
	nr = remove_pins(path);
	if (nr >= 0 && rmdir(path))
		nr = ts_err(-errno, "%s: cannot remove: %s", path, strerror(errno));
	close(lock);
	return nr;
}
