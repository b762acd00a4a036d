// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel functions for BPF_PROG_TYPE_SCHED programs: sets of CPUs.
 *
 * A set that a program writes is a struct bpf_sched_cpumask in its own memory,
 * which no kernel object contains: the verifier cannot take a task's mask for
 * one. A set that is only read is any struct cpumask of the kernel's, or a
 * program's own. Another CPU may write to a program's set meanwhile: the result
 * is then some set, never a CPU number out of range.
 */
#include <linux/align.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/string.h>

#include <uapi/linux/bpf_sched.h>

/* Longest text of a set, in bytes: it is copied to the stack. */
#define PARSE_MAX	127

static struct cpumask *to_cpumask_ptr(struct bpf_sched_cpumask *mask)
{
	BUILD_BUG_ON(sizeof(struct cpumask) > sizeof(*mask));
	return (struct cpumask *)mask->bits;
}

static bool cpu_in_range(s32 cpu)
{
	return (u32)cpu < nr_cpu_ids;
}

/*
 * Single bits are changed atomically, which takes an aligned word: a program
 * may have its set anywhere in a map value.
 */
static bool bit_writable(const struct bpf_sched_cpumask *mask, s32 cpu)
{
	return cpu_in_range(cpu) && IS_ALIGNED((unsigned long)mask, sizeof(long));
}

static s32 found_cpu(u32 cpu)
{
	return cpu < nr_cpu_ids ? (s32)cpu : -ENOENT;
}

__diag_push();
__diag_ignore_all("-Wmissing-prototypes",
		  "Kernel functions whose definitions will be in vmlinux BTF");

/**
 * bpf_sched_cpumask_copy - copy a set
 * @dst: the copy
 * @src: the set
 *
 * Return: 0.
 */
int bpf_sched_cpumask_copy(struct bpf_sched_cpumask *dst, const struct cpumask *src)
{
	cpumask_copy(to_cpumask_ptr(dst), src);
	return 0;
}

/**
 * bpf_sched_cpumask_clear - make a set empty
 * @dst: the set
 *
 * Return: 0.
 */
int bpf_sched_cpumask_clear(struct bpf_sched_cpumask *dst)
{
	cpumask_clear(to_cpumask_ptr(dst));
	return 0;
}

/**
 * bpf_sched_cpumask_setall - put every CPU number in a set
 * @dst: the set
 *
 * Return: 0.
 */
int bpf_sched_cpumask_setall(struct bpf_sched_cpumask *dst)
{
	cpumask_setall(to_cpumask_ptr(dst));
	return 0;
}

/**
 * bpf_sched_cpumask_set_cpu - put a CPU in a set
 * @dst: the set
 * @cpu: its number
 *
 * Return: 0, or -EINVAL if the number is out of range or the set not aligned
 * to eight bytes.
 */
int bpf_sched_cpumask_set_cpu(struct bpf_sched_cpumask *dst, s32 cpu)
{
	if (!bit_writable(dst, cpu))
		return -EINVAL;
	cpumask_set_cpu(cpu, to_cpumask_ptr(dst));
	return 0;
}

/**
 * bpf_sched_cpumask_clear_cpu - take a CPU out of a set
 * @dst: the set
 * @cpu: its number
 *
 * Return: 0, or -EINVAL if the number is out of range or the set not aligned
 * to eight bytes.
 */
int bpf_sched_cpumask_clear_cpu(struct bpf_sched_cpumask *dst, s32 cpu)
{
	if (!bit_writable(dst, cpu))
		return -EINVAL;
	cpumask_clear_cpu(cpu, to_cpumask_ptr(dst));
	return 0;
}

/**
 * bpf_sched_cpumask_test_cpu - is a CPU in a set?
 * @src: the set
 * @cpu: its number
 *
 * Return: 1 or 0, or -EINVAL if the number is out of range.
 */
int bpf_sched_cpumask_test_cpu(const struct cpumask *src, s32 cpu)
{
	return cpu_in_range(cpu) ? cpumask_test_cpu(cpu, src) : -EINVAL;
}

/**
 * bpf_sched_cpumask_and - what is in both of two sets
 * @dst: the result; may be one of the two
 * @a:   a set
 * @b:   a set
 *
 * Return: 1 if the result has any CPU, else 0.
 */
int bpf_sched_cpumask_and(struct bpf_sched_cpumask *dst, const struct cpumask *a,
			  const struct cpumask *b)
{
	return cpumask_and(to_cpumask_ptr(dst), a, b);
}

/**
 * bpf_sched_cpumask_or - what is in any of two sets
 * @dst: the result; may be one of the two
 * @a:   a set
 * @b:   a set
 *
 * Return: 0.
 */
int bpf_sched_cpumask_or(struct bpf_sched_cpumask *dst, const struct cpumask *a,
			 const struct cpumask *b)
{
	cpumask_or(to_cpumask_ptr(dst), a, b);
	return 0;
}

/**
 * bpf_sched_cpumask_andnot - what is in one set and not in the other
 * @dst: the result; may be one of the two
 * @a:   the set
 * @b:   what to leave out
 *
 * Return: 1 if the result has any CPU, else 0.
 */
int bpf_sched_cpumask_andnot(struct bpf_sched_cpumask *dst, const struct cpumask *a,
			     const struct cpumask *b)
{
	return cpumask_andnot(to_cpumask_ptr(dst), a, b);
}

/**
 * bpf_sched_cpumask_empty - has a set no CPU?
 * @src: the set
 *
 * Return: 1 or 0.
 */
int bpf_sched_cpumask_empty(const struct cpumask *src)
{
	return cpumask_empty(src);
}

/**
 * bpf_sched_cpumask_equal - do two sets have the same CPUs?
 * @a: a set
 * @b: a set
 *
 * Return: 1 or 0.
 */
int bpf_sched_cpumask_equal(const struct cpumask *a, const struct cpumask *b)
{
	return cpumask_equal(a, b);
}

/**
 * bpf_sched_cpumask_subset - are all CPUs of a set in another?
 * @a: the set
 * @b: the other
 *
 * Return: 1 or 0.
 */
int bpf_sched_cpumask_subset(const struct cpumask *a, const struct cpumask *b)
{
	return cpumask_subset(a, b);
}

/**
 * bpf_sched_cpumask_intersects - have two sets a CPU in common?
 * @a: a set
 * @b: a set
 *
 * Return: 1 or 0.
 */
int bpf_sched_cpumask_intersects(const struct cpumask *a, const struct cpumask *b)
{
	return cpumask_intersects(a, b);
}

/**
 * bpf_sched_cpumask_weight - how many CPUs are in a set
 * @src: the set
 *
 * Return: the number.
 */
u32 bpf_sched_cpumask_weight(const struct cpumask *src)
{
	return cpumask_weight(src);
}

/**
 * bpf_sched_cpumask_weight_and - how many CPUs two sets have in common
 * @a: a set
 * @b: a set
 *
 * Return: the number.
 */
u32 bpf_sched_cpumask_weight_and(const struct cpumask *a, const struct cpumask *b)
{
	return cpumask_weight_and(a, b);
}

/**
 * bpf_sched_cpumask_first - the lowest CPU of a set
 * @src: the set
 *
 * Return: its number, or -ENOENT if the set is empty.
 */
s32 bpf_sched_cpumask_first(const struct cpumask *src)
{
	return found_cpu(cpumask_first(src));
}

/**
 * bpf_sched_cpumask_next - the next CPU of a set
 * @src: the set
 * @cpu: where to start, not included: -1 for the first
 *
 * Return: its number, or -ENOENT if there is none or @cpu is out of range.
 */
s32 bpf_sched_cpumask_next(const struct cpumask *src, s32 cpu)
{
	if (cpu != -1 && !cpu_in_range(cpu))
		return -ENOENT;
	return found_cpu(cpumask_next(cpu, src));
}

/**
 * bpf_sched_cpumask_next_and - the next CPU that two sets have in common
 * @a:   a set
 * @b:   a set
 * @cpu: where to start, not included: -1 for the first
 *
 * Return: its number, or -ENOENT if there is none or @cpu is out of range.
 */
s32 bpf_sched_cpumask_next_and(const struct cpumask *a, const struct cpumask *b, s32 cpu)
{
	if (cpu != -1 && !cpu_in_range(cpu))
		return -ENOENT;
	return found_cpu(cpumask_next_and(cpu, a, b));
}

/**
 * bpf_sched_cpumask_next_wrap - the next CPU of a set, and after the last the first
 * @src: the set
 * @cpu: where to start, not included: -1 for the first
 *
 * As many calls as the set has CPUs, each with the answer of the one before, go
 * through all of it and end on the one that the next would begin with.
 *
 * Return: its number, which is @cpu if the set has no other; -ENOENT if the set is
 * empty or @cpu is out of range.
 */
s32 bpf_sched_cpumask_next_wrap(const struct cpumask *src, s32 cpu)
{
	s32 next = bpf_sched_cpumask_next(src, cpu);

	if (next >= 0 || (cpu != -1 && !cpu_in_range(cpu)))
		return next;
	return found_cpu(cpumask_first(src));
}

/**
 * bpf_sched_cpumask_any_and - some CPU that two sets have in common
 * @a: a set
 * @b: a set
 *
 * Successive calls spread over the CPUs.
 *
 * Return: its number, or -ENOENT if there is none.
 */
s32 bpf_sched_cpumask_any_and(const struct cpumask *a, const struct cpumask *b)
{
	return found_cpu(cpumask_any_and_distribute(a, b));
}

/**
 * bpf_sched_cpumask_parse - a set from its text
 * @dst:     the set; empty if there is an error
 * @str:     a list such as "0-3,8": what a cpuset.cpus file takes
 * @str__sz: its size in bytes; it ends there or at a NUL byte
 *
 * Return: 0; -E2BIG if the text is longer than PARSE_MAX bytes; -ERANGE for a CPU
 * number out of range; -EINVAL for what is no list.
 */
int bpf_sched_cpumask_parse(struct bpf_sched_cpumask *dst, const char *str, u32 str__sz)
{
	size_t len = strnlen(str, str__sz);
	char buf[PARSE_MAX + 1];
	int ret = -E2BIG;

	/* Another CPU may write to the text meanwhile: copy, then look. */
	if (len <= PARSE_MAX) {
		memcpy(buf, str, len);
		buf[len] = '\0';
		ret = bitmap_parselist(buf, to_cpumask_ptr(dst)->bits, nr_cpu_ids);
	}
	if (ret)
		cpumask_clear(to_cpumask_ptr(dst));
	return ret;
}

__diag_pop();

BTF_SET8_START(bpf_sched_cpumask_kfunc_ids)
BTF_ID_FLAGS(func, bpf_sched_cpumask_copy)
BTF_ID_FLAGS(func, bpf_sched_cpumask_clear)
BTF_ID_FLAGS(func, bpf_sched_cpumask_setall)
BTF_ID_FLAGS(func, bpf_sched_cpumask_set_cpu)
BTF_ID_FLAGS(func, bpf_sched_cpumask_clear_cpu)
BTF_ID_FLAGS(func, bpf_sched_cpumask_test_cpu)
BTF_ID_FLAGS(func, bpf_sched_cpumask_and)
BTF_ID_FLAGS(func, bpf_sched_cpumask_or)
BTF_ID_FLAGS(func, bpf_sched_cpumask_andnot)
BTF_ID_FLAGS(func, bpf_sched_cpumask_empty)
BTF_ID_FLAGS(func, bpf_sched_cpumask_equal)
BTF_ID_FLAGS(func, bpf_sched_cpumask_subset)
BTF_ID_FLAGS(func, bpf_sched_cpumask_intersects)
BTF_ID_FLAGS(func, bpf_sched_cpumask_weight)
BTF_ID_FLAGS(func, bpf_sched_cpumask_weight_and)
BTF_ID_FLAGS(func, bpf_sched_cpumask_first)
BTF_ID_FLAGS(func, bpf_sched_cpumask_next)
BTF_ID_FLAGS(func, bpf_sched_cpumask_next_and)
BTF_ID_FLAGS(func, bpf_sched_cpumask_next_wrap)
BTF_ID_FLAGS(func, bpf_sched_cpumask_any_and)
BTF_ID_FLAGS(func, bpf_sched_cpumask_parse)
BTF_SET8_END(bpf_sched_cpumask_kfunc_ids)

static const struct btf_kfunc_id_set bpf_sched_cpumask_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &bpf_sched_cpumask_kfunc_ids,
};

static int __init bpf_sched_cpumask_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_SCHED, &bpf_sched_cpumask_kfunc_set);
}
late_initcall(bpf_sched_cpumask_init);
