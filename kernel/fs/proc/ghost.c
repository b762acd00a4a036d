// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/TID/ghost/gtid: the number that names a thread for good.
 */
#include <linux/fs.h>
#include <linux/sched_ghost.h>
#include <linux/seq_file.h>

#include "internal.h"

static const char gtid_name[] = "gtid";

static int gtid_show(struct seq_file *m, void *v)
{
	struct task_struct *p = get_proc_task(m->private);

	if (!p)
		return -ESRCH;
	seq_printf(m, "%lld\n", ghost_gtid(p));
	put_task_struct(p);
	return 0;
}

static int gtid_open(struct inode *inode, struct file *file)
{
	return single_open(file, gtid_show, inode);
}

static const struct file_operations gtid_operations = {
	.open		= gtid_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static const struct inode_operations gtid_inode_operations = {
	.setattr	= proc_nochmod_setattr,
};

static struct dentry *gtid_instantiate(struct dentry *dentry, struct task_struct *p,
				       const void *ptr)
{
	struct inode *inode = proc_pid_make_inode(dentry->d_sb, p, S_IFREG | 0444);

	if (!inode)
		return ERR_PTR(-ENOENT);
	inode->i_op = &gtid_inode_operations;
	inode->i_fop = &gtid_operations;
	pid_update_inode(p, inode);
	d_set_d_op(dentry, &pid_dentry_operations);
	return d_splice_alias(inode, dentry);
}

static struct dentry *ghost_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct task_struct *p = get_proc_task(dir);
	struct dentry *res = ERR_PTR(-ENOENT);

	if (!p)
		return res;
	if (dentry->d_name.len == strlen(gtid_name) &&
	    !memcmp(dentry->d_name.name, gtid_name, dentry->d_name.len))
		res = gtid_instantiate(dentry, p, NULL);
	put_task_struct(p);
	return res;
}

static int ghost_readdir(struct file *file, struct dir_context *ctx)
{
	struct task_struct *p = get_proc_task(file_inode(file));

	if (!p)
		return -ENOENT;
	if (dir_emit_dots(file, ctx) && ctx->pos == 2 &&
	    proc_fill_cache(file, ctx, gtid_name, strlen(gtid_name), gtid_instantiate, p, NULL))
		ctx->pos++;
	put_task_struct(p);
	return 0;
}

const struct file_operations proc_ghost_operations = {
	.read		= generic_read_dir,
	.iterate_shared	= ghost_readdir,
	.llseek		= generic_file_llseek,
};

const struct inode_operations proc_ghost_inode_operations = {
	.lookup		= ghost_lookup,
	.getattr	= pid_getattr,
	.setattr	= proc_nochmod_setattr,
};
