// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: the ctl file of an enclave, its
 * commands and ioctls.
 */
#include <linux/kernfs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "ghost_internal.h"

#define SW_NAME_MAX	31

static int ctl_show(struct seq_file *sf, void *v)
{
	struct kernfs_open_file *of = sf->private;
	struct ghost_enclave *e = of->priv;

	seq_printf(sf, "%lu", e->id);
	return 0;
}

/* --- commands --- */

static int cmd_destroy(struct kernfs_open_file *of, struct ghost_enclave *e)
{
	ghost_enclave_destroy(e, "asked to");
	/* Whoever else is in here finds it removed, and succeeded as well. */
	kernfs_remove_self(of->kn);
	return 0;
}

static int run_command(struct kernfs_open_file *of, struct ghost_enclave *e, char *cmd)
{
	unsigned int id;
	int cpu, qfd, node, len = 0;

	if (!strcmp(cmd, "destroy"))
		return cmd_destroy(of, e);
	if (!strcmp(cmd, "discover tasks"))
		return ghost_discover(e);
	if (!strcmp(cmd, "disable my bpf_prog_load")) {
		ghost_bpf_disable_load();
		return 0;
	}
	if (sscanf(cmd, "become agent %d %d%n", &cpu, &qfd, &len) == 2 && len && !cmd[len])
		return ghost_become_agent(e, cpu, qfd);
	if (sscanf(cmd, "create sw_region %u %d%n", &id, &node, &len) == 2 && len && !cmd[len])
		return ghost_sw_create_region(e, id, node);
	return -EINVAL;
}

static ssize_t ctl_write(struct kernfs_open_file *of, char *buf, size_t bytes, loff_t off)
{
	struct ghost_enclave *e = of->priv;
	int ret;

	buf[strcspn(buf, "\n")] = '\0';
	/* That of the open file goes when the file is removed: see cmd_destroy(). */
	ghost_enclave_get(e);
	ret = run_command(of, e, buf);
	ghost_enclave_put(e);
	return ret ?: bytes;
}

/* --- ioctls --- */

static int ioc_sw_free(struct ghost_enclave *e, struct ghost_sw_info __user *arg)
{
	struct ghost_sw_info info;

	if (copy_from_user(&info, arg, sizeof(info)))
		return -EFAULT;
	return ghost_sw_free(e, info);
}

static int ioc_get_cpu_time(struct ghost_enclave *e, struct ghost_ioc_get_cpu_time __user *arg)
{
	struct ghost_ioc_get_cpu_time req;
	struct task_struct *p;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	p = ghost_get_task(req.gtid, e);
	if (!p)
		return -ESRCH;
	req.runtime = task_sched_runtime(p);
	put_task_struct(p);
	return copy_to_user(arg, &req, sizeof(req)) ? -EFAULT : 0;
}

static long run_ioctl(struct ghost_enclave *e, unsigned int cmd, void __user *arg)
{
	switch (cmd) {
	case GHOST_IOC_NULL:
		return 0;
	case GHOST_IOC_SW_GET_INFO:
		return ghost_sw_get_info(e, arg);
	case GHOST_IOC_SW_FREE:
		return ioc_sw_free(e, arg);
	case GHOST_IOC_CREATE_QUEUE:
		return ghost_create_queue(e, arg);
	case GHOST_IOC_CREATE_RINGBUF_QUEUE:
		return ghost_create_ringbuf_queue(e, arg);
	case GHOST_IOC_ASSOC_QUEUE:
		return ghost_assoc_queue(e, arg);
	case GHOST_IOC_SET_DEFAULT_QUEUE:
		return ghost_set_default_queue(e, arg);
	case GHOST_IOC_CONFIG_QUEUE_WAKEUP:
		return ghost_config_queue_wakeup(e, arg);
	case GHOST_IOC_GET_CPU_TIME:
		return ioc_get_cpu_time(e, arg);
	case GHOST_IOC_COMMIT_TXN:
		return ghost_commit_txn(e, arg);
	case GHOST_IOC_SYNC_GROUP_TXN:
		return ghost_sync_group_txn(e, arg);
	case GHOST_IOC_TIMERFD_SETTIME:
		return ghost_timerfd_settime(e, arg);
	case GHOST_IOC_RUN:
		return ghost_ioc_run(e, arg);
	default:
		return -ENOTTY;
	}
}

/*
 * An ioctl may last as long as an agent gives up its CPU: the removal of the
 * file does not wait for that.
 */
static long ctl_ioctl(struct kernfs_open_file *of, unsigned int cmd, unsigned long arg)
{
	struct ghost_enclave *e = of->priv;
	long ret;

	if (!(of->file->f_mode & FMODE_WRITE))
		return -EACCES;

	ghost_enclave_get(e);
	kernfs_break_active_protection(of->kn);
	ret = run_ioctl(e, cmd, (void __user *)arg);
	kernfs_unbreak_active_protection(of->kn);
	ghost_enclave_put(e);
	return ret;
}

const struct kernfs_ops ghost_ctl_ops = {
	.open		= ghost_file_open,
	.release	= ghost_file_release,
	.seq_show	= ctl_show,
	.write		= ctl_write,
	.ioctl		= ctl_ioctl,
};
