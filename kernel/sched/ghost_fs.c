// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: ghostfs, the file system at
 * /sys/fs/ghost. Here are its mount, its top level and the directories of
 * enclaves; what is in those is in ghost_files.c.
 */
#include <linux/ctype.h>
#include <linux/file.h>
#include <linux/fs_context.h>
#include <linux/init.h>
#include <linux/kernfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/user_namespace.h>

#include "ghost_internal.h"

#define ENCLAVE_NAME_MAX	31

static struct kernfs_root *ghost_root;

/* Nobody sees it until it is activated, or a directory above it is. */
struct kernfs_node *ghost_fs_add_file(struct kernfs_node *parent, const char *name, umode_t mode,
				      kuid_t uid, kgid_t gid, loff_t size,
				      const struct kernfs_ops *ops, void *priv)
{
	struct lock_class_key *key = NULL;

#ifdef CONFIG_DEBUG_LOCK_ALLOC
	static struct lock_class_key file_key;

	key = &file_key;
#endif
	return __kernfs_create_file(parent, name, mode, uid, gid, size, ops, priv, NULL, key);
}

/* --- the top level --- */

static int version_show(struct seq_file *sf, void *v)
{
	seq_printf(sf, "%u\n%u\n", GHOST_ABI_84, GHOST_ABI_91);
	return 0;
}

static const struct kernfs_ops version_ops = {
	.seq_show	= version_show,
};

/**
 * struct create_request - "create <id> <abi> [options]"
 * @id:		number of the enclave
 * @abi:	version
 * @gid:	group of its files
 * @ephemeral:	it goes with the process that creates it
 * @persist:	it stays without agents
 * @unknown:	there was an option that is none
 */
struct create_request {
	unsigned long	id;
	unsigned int	abi;
	kgid_t		gid;
	bool		ephemeral;
	bool		persist;
	bool		unknown;
};

static int parse_gid(const char *val, kgid_t *gid)
{
	unsigned int n;

	if (!val || kstrtouint(val, 10, &n))
		return -EINVAL;
	*gid = make_kgid(current_user_ns(), n);
	return gid_valid(*gid) ? 0 : -EINVAL;
}

static int parse_option(struct create_request *req, const char *param, const char *val)
{
	if (!strcmp(param, "gid"))
		return parse_gid(val, &req->gid);
	if (!strcmp(param, "ephemeral"))
		req->ephemeral = true;
	else if (!strcmp(param, "persist"))
		req->persist = true;
	else
		req->unknown = true;
	return val && !req->unknown ? -EINVAL : 0;
}

static int parse_create(char *buf, struct create_request *req)
{
	char *args, *param, *val;
	int len = 0, ret;

	buf[strcspn(buf, "\n")] = '\0';
	if (sscanf(buf, "create %lu %u%n", &req->id, &req->abi, &len) != 2 || !len)
		return -EINVAL;
	args = buf + len;
	if (*args && !isspace(*args))
		return -EINVAL;
	for (args = skip_spaces(args); *args; args = skip_spaces(args)) {
		args = next_arg(args, &param, &val);
		ret = parse_option(req, param, val);
		if (ret)
			return ret;
	}
	return 0;
}

static int make_directory(struct ghost_enclave *e, const char *name, kgid_t gid)
{
	struct kernfs_node *dir;

	e->uid = current_euid();
	e->gid = gid;
	dir = kernfs_create_dir_ns(kernfs_root_to_node(ghost_root), name, 0555, e->uid, e->gid,
				   e, NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	e->dir = dir;
	return ghost_files_create(e);
}

static int check_name(const char *name, const struct create_request *req)
{
	struct kernfs_node *kn;

	if (req->abi != GHOST_ABI_84 && req->abi != GHOST_ABI_91)
		return -ESRCH;
	if (strlen(name) >= ENCLAVE_NAME_MAX)
		return -ENOSPC;
	kn = kernfs_find_and_get(kernfs_root_to_node(ghost_root), name);
	if (kn) {
		kernfs_put(kn);
		return -EEXIST;
	}
	return req->unknown ? -ENOENT : 0;
}

static int create_enclave(const struct create_request *req)
{
	char name[ENCLAVE_NAME_MAX + 24];
	struct ghost_enclave *e;
	int ret;

	snprintf(name, sizeof(name), "enclave_%lu", req->id);
	ret = check_name(name, req);
	if (ret)
		return ret;

	e = ghost_enclave_create(req->id, req->abi);
	if (IS_ERR(e))
		return PTR_ERR(e);
	e->persist = req->persist;
	if (req->ephemeral)
		e->ephemeral = task_tgid_nr(current);

	/*
	 * Its files are seen all at once, and work as soon as they are there,
	 * "destroy" too: the worker that removes the directory waits for this
	 * lock before.
	 */
	mutex_lock(&ghost_enclaves_lock);
	ret = make_directory(e, name, req->gid);
	if (e->dir) {
		ghost_enclave_publish(e);
		if (ret)
			ghost_enclave_destroy(e, "its files could not be made");
		else
			kernfs_activate(e->dir);
	} else {
		ghost_enclave_put(e);
	}
	mutex_unlock(&ghost_enclaves_lock);
	return ret;
}

static ssize_t top_ctl_write(struct kernfs_open_file *of, char *buf, size_t bytes, loff_t off)
{
	struct create_request req = { .gid = GLOBAL_ROOT_GID };
	int ret;

	ret = parse_create(buf, &req);
	if (!ret)
		ret = create_enclave(&req);
	return ret ?: bytes;
}

static const struct kernfs_ops top_ctl_ops = {
	.write		= top_ctl_write,
};

/* --- enclaves --- */

void ghost_fs_remove(struct ghost_enclave *e)
{
	kernfs_remove(e->dir);
	ghost_enclave_put(e);
}

struct ghost_enclave *ghost_enclave_from_ctl_fd(int fd)
{
	struct ghost_enclave *e, *found = ERR_PTR(-EBADF);
	struct kernfs_open_file *of;
	struct fd f = fdget(fd);

	if (!f.file)
		return found;
	of = kernfs_file_open_file(f.file);
	if (of && of->kn->attr.ops == &ghost_ctl_ops) {
		/*
		 * An open file may outlive its enclave, whose memory may be
		 * another one's by now. Its directory it keeps from being freed.
		 */
		mutex_lock(&ghost_enclaves_lock);
		list_for_each_entry(e, &ghost_enclaves, all) {
			if (e->dir == of->kn->parent && !READ_ONCE(e->dying) &&
			    ghost_enclave_tryget(e)) {
				found = e;
				break;
			}
		}
		mutex_unlock(&ghost_enclaves_lock);
	}
	fdput(f);
	return found;
}

/* --- the mount --- */

static void ghost_free_fs_context(struct fs_context *fc)
{
	struct kernfs_fs_context *kfc = fc->fs_private;

	kernfs_free_fs_context(fc);
	kfree(kfc);
}

static const struct fs_context_operations ghost_fs_context_ops = {
	.free		= ghost_free_fs_context,
	.get_tree	= kernfs_get_tree,
};

static int ghost_init_fs_context(struct fs_context *fc)
{
	struct kernfs_fs_context *kfc = kzalloc(sizeof(*kfc), GFP_KERNEL);

	if (!kfc)
		return -ENOMEM;
	kfc->root = ghost_root;
	kfc->magic = GHOST_SUPER_MAGIC;
	fc->fs_private = kfc;
	fc->ops = &ghost_fs_context_ops;
	put_user_ns(fc->user_ns);
	fc->user_ns = get_user_ns(&init_user_ns);
	fc->global = true;
	return 0;
}

static struct file_system_type ghost_fs_type = {
	.name			= "ghost",
	.init_fs_context	= ghost_init_fs_context,
	.kill_sb		= kernfs_kill_sb,
};

static int __init add_top_file(struct kernfs_node *root, const char *name, umode_t mode,
			       const struct kernfs_ops *ops)
{
	return PTR_ERR_OR_ZERO(ghost_fs_add_file(root, name, mode, GLOBAL_ROOT_UID,
						 GLOBAL_ROOT_GID, 0, ops, NULL));
}

static int __init ghost_fs_init(void)
{
	struct kernfs_node *root;
	int ret;

	ghost_root = kernfs_create_root(NULL, KERNFS_ROOT_EXTRA_OPEN_PERM_CHECK |
					KERNFS_ROOT_CREATE_DEACTIVATED, NULL);
	if (IS_ERR(ghost_root))
		return PTR_ERR(ghost_root);
	root = kernfs_root_to_node(ghost_root);
	ret = add_top_file(root, "ctl", 0660, &top_ctl_ops) ?:
	      add_top_file(root, "version", 0444, &version_ops) ?:
	      sysfs_create_mount_point(fs_kobj, "ghost") ?:
	      register_filesystem(&ghost_fs_type);
	if (ret)
		kernfs_destroy_root(ghost_root);
	else
		kernfs_activate(root);
	return ret;
}
fs_initcall(ghost_fs_init);
