// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: the files in the directory of an
 * enclave, but for what ctl does, which is in ghost_ctl.c.
 */
#include <linux/kernfs.h>
#include <linux/mm.h>
#include <linux/sched_tag.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "ghost_internal.h"

static struct ghost_enclave *of_enclave(struct kernfs_open_file *of)
{
	return of->priv;
}

static struct ghost_enclave *sf_enclave(struct seq_file *sf)
{
	return of_enclave(sf->private);
}

/* --- opening and closing --- */

/*
 * ghostfs takes locks that sleep; a task that holds one may be waiting for the
 * very agent that wants it.
 */
static bool would_deadlock(const struct ghost_enclave *e)
{
	return ghost_agent(current) && !READ_ONCE(e->live_dangerously);
}

static int open_enclave(struct kernfs_open_file *of, struct ghost_enclave *e)
{
	if (would_deadlock(e))
		return -EDEADLK;
	/* The directory has a reference, and is there as long as this runs. */
	ghost_enclave_get(e);
	of->priv = e;
	return 0;
}

int ghost_file_open(struct kernfs_open_file *of)
{
	return open_enclave(of, of->kn->priv);
}

void ghost_file_release(struct kernfs_open_file *of)
{
	ghost_enclave_put(of->priv);
}

/* --- numbers --- */

#define MAX_BOOST_US	100000

enum kind {
	FLAG,		/* 0 or 1 */
	NUMBER,		/* unsigned int */
};

static int set_timeout(struct kernfs_open_file *of, unsigned int value)
{
	ghost_watchdog_set(of_enclave(of), value);
	return 0;
}

/* It buys CPU time from others, as a tag may: the same rule. */
static int set_boost(struct kernfs_open_file *of, unsigned int value)
{
	int ret = value ? sched_tag_may_write(of->file) : 0;

	if (!ret && value > MAX_BOOST_US)
		ret = -EINVAL;
	if (!ret)
		WRITE_ONCE(of_enclave(of)->boost_us, value);
	return ret;
}

/* Files that hold a field of the enclave. Anything but 0 is 1 for a flag. */
static const struct tunable {
	const char	*name;
	enum kind	kind;
	size_t		offset;
	int		(*set)(struct kernfs_open_file *of, unsigned int value);
} tunables[] = {
#define ENCLAVE_FLAG(FIELD)	{ #FIELD, FLAG, offsetof(struct ghost_enclave, FIELD) }
	ENCLAVE_FLAG(commit_at_tick),
	ENCLAVE_FLAG(deliver_agent_runnability),
	ENCLAVE_FLAG(deliver_cpu_availability),
	ENCLAVE_FLAG(deliver_ticks),
	ENCLAVE_FLAG(live_dangerously),
	ENCLAVE_FLAG(persist),
	ENCLAVE_FLAG(switchto_disabled),
	ENCLAVE_FLAG(wake_on_waker_cpu),
	{ "dispatch_boost", NUMBER, offsetof(struct ghost_enclave, boost_us), set_boost },
	{ "grace_period", NUMBER, offsetof(struct ghost_enclave, grace_ms) },
	{ "runnable_timeout", NUMBER, offsetof(struct ghost_enclave, timeout_ms), set_timeout },
};

static const struct tunable *find_tunable(const struct kernfs_open_file *of)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(tunables); i++)
		if (!strcmp(tunables[i].name, of->kn->name))
			break;
	return &tunables[i];
}

/* No newline: who reads them compares one character. */
static int tunable_show(struct seq_file *sf, void *v)
{
	const struct tunable *t = find_tunable(sf->private);
	void *field = (void *)sf_enclave(sf) + t->offset;

	seq_printf(sf, "%u", t->kind == FLAG ? READ_ONCE(*(bool *)field) :
					       READ_ONCE(*(unsigned int *)field));
	return 0;
}

static ssize_t tunable_write(struct kernfs_open_file *of, char *buf, size_t bytes, loff_t off)
{
	const struct tunable *t = find_tunable(of);
	void *field = (void *)of_enclave(of) + t->offset;
	unsigned int number;
	int flag;

	if (t->kind == FLAG) {
		if (kstrtoint(buf, 0, &flag))
			return -EINVAL;
		WRITE_ONCE(*(bool *)field, !!flag);
		return bytes;
	}

	if (kstrtouint(buf, 0, &number))
		return -EINVAL;
	if (t->set)
		return t->set(of, number) ?: bytes;
	WRITE_ONCE(*(unsigned int *)field, number);
	return bytes;
}

static const struct kernfs_ops tunable_ops = {
	.open		= ghost_file_open,
	.release	= ghost_file_release,
	.seq_show	= tunable_show,
	.write		= tunable_write,
};

static int abi_version_show(struct seq_file *sf, void *v)
{
	seq_printf(sf, "%u\n", sf_enclave(sf)->abi);
	return 0;
}

static const struct kernfs_ops abi_version_ops = {
	.open		= ghost_file_open,
	.release	= ghost_file_release,
	.seq_show	= abi_version_show,
};

/* --- CPUs --- */

static void copy_cpus(struct ghost_enclave *e, struct cpumask *cpus)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	cpumask_copy(cpus, &e->cpus);
	raw_spin_unlock_irqrestore(&e->lock, flags);
}

static int show_cpus(struct seq_file *sf, const char *format)
{
	cpumask_var_t cpus;

	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	copy_cpus(sf_enclave(sf), cpus);
	seq_printf(sf, format, cpumask_pr_args(cpus));
	free_cpumask_var(cpus);
	return 0;
}

static ssize_t write_cpus(struct kernfs_open_file *of, char *buf, size_t bytes,
			  int (*parse)(const char *buf, struct cpumask *cpus))
{
	cpumask_var_t cpus;
	int ret = 0;

	if (!zalloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	buf = strstrip(buf);
	/* Nothing means no CPUs, which not every parser takes. */
	if (*buf)
		ret = parse(buf, cpus);
	if (!ret)
		ret = ghost_enclave_set_cpus(of_enclave(of), cpus);
	free_cpumask_var(cpus);
	return ret ?: bytes;
}

static int cpulist_show(struct seq_file *sf, void *v)
{
	return show_cpus(sf, "%*pbl\n");
}

static ssize_t cpulist_write(struct kernfs_open_file *of, char *buf, size_t bytes, loff_t off)
{
	return write_cpus(of, buf, bytes, cpulist_parse);
}

static const struct kernfs_ops cpulist_ops = {
	.open		= ghost_file_open,
	.release	= ghost_file_release,
	.seq_show	= cpulist_show,
	.write		= cpulist_write,
};

static int cpumask_show(struct seq_file *sf, void *v)
{
	return show_cpus(sf, "%*pb\n");
}

static ssize_t cpumask_write(struct kernfs_open_file *of, char *buf, size_t bytes, loff_t off)
{
	return write_cpus(of, buf, bytes, cpumask_parse);
}

static const struct kernfs_ops cpumask_ops = {
	.open		= ghost_file_open,
	.release	= ghost_file_release,
	.seq_show	= cpumask_show,
	.write		= cpumask_write,
};

static int cpu_data_mmap(struct kernfs_open_file *of, struct vm_area_struct *vma)
{
	return ghost_enclave_mmap_cpu_data(of_enclave(of), vma);
}

static const struct kernfs_ops cpu_data_ops = {
	.open		= ghost_file_open,
	.release	= ghost_file_release,
	.mmap		= cpu_data_mmap,
};

/* --- agent_online: open for writing is online --- */

static int online_open(struct kernfs_open_file *of)
{
	struct ghost_enclave *e = of->kn->priv;

	if (of->file->f_mode & FMODE_WRITE) {
		if (cmpxchg(&e->online, false, true))
			return -EBUSY;
		kernfs_notify(of->kn);
		ghost_tag_reconcile();
	}
	ghost_enclave_get(e);
	of->priv = e;
	return 0;
}

static void online_release(struct kernfs_open_file *of)
{
	struct ghost_enclave *e = of_enclave(of);

	if (of->file->f_mode & FMODE_WRITE) {
		WRITE_ONCE(e->online, false);
		kernfs_notify(of->kn);
	}
	ghost_enclave_put(e);
}

static int online_show(struct seq_file *sf, void *v)
{
	seq_putc(sf, READ_ONCE(sf_enclave(sf)->online) ? '1' : '0');
	return 0;
}

static ssize_t online_write(struct kernfs_open_file *of, char *buf, size_t bytes, loff_t off)
{
	return -EINVAL;
}

static const struct kernfs_ops online_ops = {
	.open		= online_open,
	.release	= online_release,
	.seq_show	= online_show,
	.write		= online_write,
};

/* --- status --- */

static void show_agents(struct seq_file *sf, struct ghost_enclave *e)
{
	struct task_struct *agent;
	struct rq_flags rf;
	pid_t pid;
	int cpu;

	seq_puts(sf, "agents");
	for_each_cpu(cpu, &e->cpus) {
		rq_lock_irqsave(cpu_rq(cpu), &rf);
		agent = cpu_rq(cpu)->ghost.agent;
		pid = agent && agent->ghost.enclave == e ? task_pid_nr(agent) : 0;
		rq_unlock_irqrestore(cpu_rq(cpu), &rf);
		if (pid)
			seq_printf(sf, " %d:%d", cpu, pid);
	}
	seq_putc(sf, '\n');
}

static int status_show(struct seq_file *sf, void *v)
{
	struct ghost_enclave *e = sf_enclave(sf);

	seq_printf(sf, "version %u\n", e->abi);
	seq_printf(sf, "active %s\n", READ_ONCE(e->online) ? "yes" : "no");
	seq_printf(sf, "nr_tasks %u\n", READ_ONCE(e->nr_tasks));
	if (e->ephemeral)
		seq_printf(sf, "ephemeral %d\n", e->ephemeral);
	if (READ_ONCE(e->bound))
		seq_printf(sf, "tag %lld\n", READ_ONCE(e->tag));
	else
		seq_puts(sf, "tag none\n");
	show_agents(sf, e);
	seq_printf(sf, "lost %lld\n", (s64)atomic64_read(&e->lost));
	seq_printf(sf, "dying %s\n", READ_ONCE(e->dying) ? "yes" : "no");
	return 0;
}

static const struct kernfs_ops status_ops = {
	.open		= ghost_file_open,
	.release	= ghost_file_release,
	.seq_show	= status_show,
};

/* --- tag --- */

static int tag_show(struct seq_file *sf, void *v)
{
	struct ghost_enclave *e = sf_enclave(sf);

	if (READ_ONCE(e->bound))
		seq_printf(sf, "%lld\n", READ_ONCE(e->tag));
	else
		seq_puts(sf, "none\n");
	return 0;
}

static ssize_t tag_write(struct kernfs_open_file *of, char *buf, size_t bytes, loff_t off)
{
	struct sched_tag tag = {};
	int ret = 0;

	if (strcmp(strstrip(buf), "none"))
		ret = sched_tag_parse(buf, &tag);
	/* It takes tasks of other users, as a tag does: the same rule. */
	if (!ret && tag.set)
		ret = sched_tag_may_write(of->file);
	if (!ret)
		ret = ghost_tag_bind(of_enclave(of), tag.set, tag.value);
	return ret ?: bytes;
}

static const struct kernfs_ops tag_ops = {
	.open		= ghost_file_open,
	.release	= ghost_file_release,
	.seq_show	= tag_show,
	.write		= tag_write,
};

/* --- tasks --- */

/* A page of them; a thread that has not been announced yet is none. */
static int tasks_show(struct seq_file *sf, void *v)
{
	struct ghost_enclave *e = sf_enclave(sf);
	struct task_struct *p;
	unsigned long flags;

	raw_spin_lock_irqsave(&e->lock, flags);
	list_for_each_entry(p, &e->tasks, ghost.task_list) {
		if (sf->count > PAGE_SIZE - 16)
			break;
		if (!p->ghost.new_task)
			seq_printf(sf, "%d\n", task_pid_nr(p));
	}
	raw_spin_unlock_irqrestore(&e->lock, flags);
	return 0;
}

/* 0 is the caller; a gtid has bits where no thread id has any. */
static struct task_struct *get_task_by_number(s64 number)
{
	if (!number)
		return get_task_struct(current);
	if (number >> GHOST_TID_SHIFT)
		return ghost_get_task(number, NULL);
	return number > INT_MAX ? NULL : find_get_task_by_vpid(number);
}

static ssize_t tasks_write(struct kernfs_open_file *of, char *buf, size_t bytes, loff_t off)
{
	struct task_struct *p;
	s64 number;
	int ret;

	ret = kstrtos64(strstrip(buf), 0, &number);
	if (ret)
		return ret;
	p = get_task_by_number(number);
	if (!p)
		return -ESRCH;
	ret = ghost_enter(of_enclave(of), p, false);
	put_task_struct(p);
	return ret && ret != -EALREADY ? ret : bytes;
}

static const struct kernfs_ops tasks_ops = {
	.open		= ghost_file_open,
	.release	= ghost_file_release,
	.seq_show	= tasks_show,
	.write		= tasks_write,
};

/* --- sw_regions --- */

static int sw_open(struct kernfs_open_file *of)
{
	struct ghost_sw_region *region = of->kn->priv;

	return open_enclave(of, region->enclave);
}

static int sw_mmap(struct kernfs_open_file *of, struct vm_area_struct *vma)
{
	return ghost_sw_mmap(of->kn->priv, vma);
}

static const struct kernfs_ops sw_ops = {
	.open		= sw_open,
	.release	= ghost_file_release,
	.mmap		= sw_mmap,
};

int ghost_files_add_sw_region(struct ghost_enclave *e, struct ghost_sw_region *region)
{
	char name[32];
	int ret;

	snprintf(name, sizeof(name), "sw_%u", region->id);
	ret = PTR_ERR_OR_ZERO(ghost_fs_add_file(e->sw_dir, name, 0440, e->uid, e->gid,
						GHOST_SW_REGION_SIZE, &sw_ops, region));
	if (!ret)
		kernfs_activate(e->sw_dir);
	/* The directory is being removed. */
	return ret == -ENOENT ? -ENODEV : ret;
}

/* --- all of them --- */

static const struct ghost_file {
	const char		*name;
	umode_t			mode;
	const struct kernfs_ops	*ops;
} files[] = {
	{ "abi_version",	0444, &abi_version_ops },
	{ "agent_online",	0664, &online_ops },
	{ "cpulist",		0664, &cpulist_ops },
	{ "cpumask",		0664, &cpumask_ops },
	{ "ctl",		0664, &ghost_ctl_ops },
	{ "status",		0444, &status_ops },
	{ "tag",		0664, &tag_ops },
	{ "tasks",		0666, &tasks_ops },
};

static struct kernfs_node *add_file(struct ghost_enclave *e, const char *name, umode_t mode,
				    loff_t size, const struct kernfs_ops *ops)
{
	return ghost_fs_add_file(e->dir, name, mode, e->uid, e->gid, size, ops, e);
}

int ghost_files_create(struct ghost_enclave *e)
{
	struct kernfs_node *kn;
	int i;

	kn = kernfs_create_dir_ns(e->dir, "sw_regions", 0555, e->uid, e->gid, e, NULL);
	if (IS_ERR(kn))
		return PTR_ERR(kn);
	/* A command may use it while the directory is being removed. */
	kernfs_get(kn);
	e->sw_dir = kn;

	kn = add_file(e, "cpu_data", 0660, nr_cpu_ids * GHOST_CPU_DATA_SIZE, &cpu_data_ops);
	for (i = 0; !IS_ERR(kn) && i < ARRAY_SIZE(files); i++)
		kn = add_file(e, files[i].name, files[i].mode, 0, files[i].ops);
	for (i = 0; !IS_ERR(kn) && i < ARRAY_SIZE(tunables); i++)
		kn = add_file(e, tunables[i].name, 0664, 0, &tunable_ops);
	return PTR_ERR_OR_ZERO(kn);
}
