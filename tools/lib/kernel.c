// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* What the running kernel can: features, and BTF ids of hooks. */
#include <bpf/btf.h>
#include <pthread.h>
#include <stdio.h>

#include "internal.h"

static pthread_mutex_t btf_lock = PTHREAD_MUTEX_INITIALIZER;
static struct btf *vmlinux_btf;	/* set once under btf_lock, kept until exit */

const struct btf *ts_vmlinux_btf(void)
{
	struct btf *btf;
	int err = 0;

	pthread_mutex_lock(&btf_lock);
	if (!vmlinux_btf) {
		vmlinux_btf = btf__load_vmlinux_btf();
		err = -errno;
	}
	btf = vmlinux_btf;
	pthread_mutex_unlock(&btf_lock);
	if (!btf)
		return ts_err_ptr(err,
				  "/sys/kernel/btf/vmlinux: cannot read the kernel's types: %s; boot a kernel with CONFIG_DEBUG_INFO_BTF",
				  strerror(-err));
	return btf;
}

static int find_func(const struct btf *btf, const char *func)
{
	return btf__find_by_name_kind(btf, func, BTF_KIND_FUNC);
}

static bool has_any_hook(const struct btf *btf)
{
	size_t i;

	for (i = 0; i < tagsched_hook__count(); i++) {
		if (find_func(btf, tagsched_hook__at(i)->func) > 0)
			return true;
	}
	return false;
}

static int check_tag(void)
{
	struct stat st;

	if (!ts_stat("/proc/self/tag", &st))
		return 0;
	return ts_err(-ENOTSUP,
		      "/proc/self/tag: no such file: the kernel has no scheduling tags; boot one with CONFIG_SCHED_TAG");
}

static int check_bpf(void)
{
	const struct btf *btf = ts_vmlinux_btf();

	if (!btf)
		return -errno;
	if (has_any_hook(btf))
		return 0;
	return ts_err(-ENOTSUP,
		      "the kernel has no BPF scheduling hooks; boot one with CONFIG_BPF_SCHED");
}

/* The kernel makes the mount point. */
static int check_ghost(void)
{
	struct stat st;

	if (!ts_stat(TAGSCHED_GHOSTFS, &st))
		return 0;
	return ts_err(-ENOTSUP,
		      TAGSCHED_GHOSTFS ": no such directory: the kernel cannot delegate scheduling; boot one with CONFIG_SCHED_CLASS_GHOST");
}

int tagsched_kernel__check(enum tagsched_feature feat)
{
	switch (feat) {
	case TAGSCHED_FEAT_TAG:
		return check_tag();
	case TAGSCHED_FEAT_BPF:
		return check_bpf();
	case TAGSCHED_FEAT_GHOST:
		return check_ghost();
	}
	return ts_err(-EINVAL, "%d: no such feature; update libtagsched", (int)feat);
}

/* "a, b, c" of the hooks that the kernel has. */
static void list_hooks(const struct btf *btf, char *buf, size_t size)
{
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; i < tagsched_hook__count() && len < size; i++) {
		const struct tagsched_hook *hook = tagsched_hook__at(i);

		if (find_func(btf, hook->func) > 0)
			len += snprintf(buf + len, size - len, "%s%s", len ? ", " : "",
					hook->name);
	}
}

int tagsched_hook__btf_id(const char *name)
{
	const struct btf *btf;
	char func[128], list[512];
	int id, err;

	err = check_bpf();
	if (err) {
		if (err == -ENOTSUP)
			ts_err(err,
			       "sched/%s: the kernel has no BPF scheduling hooks; boot one with CONFIG_BPF_SCHED",
			       name);
		return err;
	}
	btf = ts_vmlinux_btf();
	if (*name && !ts_format(func, sizeof(func), "bpf_sched_%s", name)) {
		id = find_func(btf, func);
		if (id > 0)
			return id;
	}
	list_hooks(btf, list, sizeof(list));
	return ts_err(-ENOENT, "sched/%s: no such hook in this kernel; it has %s", name, list);
}
