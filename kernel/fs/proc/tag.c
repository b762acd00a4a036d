// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID/tag, the scheduler tag of a process, and /proc/PID/task/TID/tag,
 * that of a thread. See include/linux/sched_tag.h.
 */
#include <linux/bpf_sched.h>
#include <linux/sched_tag.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "internal.h"

/* Room for any s64 with a prefix, zeros before it and white space around it. */
#define TAG_TEXT_MAX	64

static int tag_show(struct seq_file *m, void *v)
{
	struct task_struct *p = get_proc_task(m->private);

	if (!p)
		return -ESRCH;

	seq_printf(m, "%lld\n", sched_task_tag(p));
	put_task_struct(p);
	return 0;
}

static int tag_open(struct inode *inode, struct file *file)
{
	return single_open(file, tag_show, inode);
}

static ssize_t tag_write(struct file *file, const char __user *ubuf, size_t count,
			 int (*write)(struct task_struct *p, const struct sched_tag *tag))
{
	char buf[TAG_TEXT_MAX];
	struct task_struct *p;
	struct sched_tag tag;
	int ret;

	ret = sched_tag_may_write(file);
	if (ret)
		return ret;

	if (count >= sizeof(buf))
		return -EINVAL;
	if (copy_from_user(buf, ubuf, count))
		return -EFAULT;
	buf[count] = '\0';

	/* Text after a NUL byte is trailing text. */
	if (strlen(buf) != count)
		return -EINVAL;

	ret = sched_tag_parse(buf, &tag);
	if (ret)
		return ret;

	p = get_proc_task(file_inode(file));
	if (!p)
		return -ESRCH;

	ret = write(p, &tag);
	put_task_struct(p);
	return ret ?: count;
}

static ssize_t tag_write_process(struct file *file, const char __user *ubuf,
				 size_t count, loff_t *ppos)
{
	return tag_write(file, ubuf, count, sched_tag_write_process);
}

static ssize_t tag_write_thread(struct file *file, const char __user *ubuf,
				size_t count, loff_t *ppos)
{
	return tag_write(file, ubuf, count, sched_tag_write_task);
}

const struct file_operations proc_tgid_tag_operations = {
	.open		= tag_open,
	.read		= seq_read,
	.write		= tag_write_process,
	.llseek		= seq_lseek,
	.release	= single_release,
};

const struct file_operations proc_tid_tag_operations = {
	.open		= tag_open,
	.read		= seq_read,
	.write		= tag_write_thread,
	.llseek		= seq_lseek,
	.release	= single_release,
};

#ifdef CONFIG_BPF_SCHED
/* /proc/PID/sched_tag, of the leader, and /proc/PID/task/TID/sched_tag. */
int proc_sched_tag_show(struct seq_file *m, struct pid_namespace *ns, struct pid *pid,
			struct task_struct *task)
{
	return bpf_sched_show_task(m, task);
}
#endif
