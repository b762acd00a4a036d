// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signed policies.
 *
 * A signature is a detached PKCS#7 message over the manifest of a policy: a text
 * with its name, its scope, and of each program the hook and the digest. The
 * kernel writes that text when a policy is attached, and on demand for those
 * who sign, so that both speak of the same.
 */
#include <crypto/sha2.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysctl.h>
#include <linux/uaccess.h>
#include <linux/verification.h>

#include "bpf_sched_link.h"

/* What a signature can be long at most: with certificates, and to spare. */
#define MAX_SIGNATURE	(16 * 1024)

/* The head, and a line for each hook: "program: HOOK DIGEST". */
#define MAX_MANIFEST	(256 + BPF_SCHED_NR_HOOKS * (64 + 2 * SHA256_DIGEST_SIZE))

/* 1: what is not signed by a key that the kernel trusts does not attach. */
static int require_signature;

static const struct bpf_prog *prog_of(const struct bpf_sched_link *link, int hook)
{
	u32 i;

	for (i = 0; i < link->nr; i++)
		if (link->progs[i].hook == hook)
			return link->progs[i].prog;
	return NULL;
}

static size_t print_prog(char *buf, size_t size, int hook, const struct bpf_prog *prog)
{
	return scnprintf(buf, size, "program: %s %*phN\n", bpf_sched_hook_info[hook].name,
			 SHA256_DIGEST_SIZE, prog->aux->sched_digest);
}

/* The length, or -ENODATA if one of the programs has no digest. */
static ssize_t print_manifest(const struct bpf_sched_link *link, char *buf, size_t size)
{
	const struct bpf_prog *prog;
	size_t len;
	int hook;

	len = scnprintf(buf, size, "tagsched policy 1\nname: %s\n", link->name);
	if (link->scoped)
		len += scnprintf(buf + len, size - len, "tag: %lld\n", link->tag);
	else
		len += scnprintf(buf + len, size - len, "tag: all\n");

	/* In the order of hooks, not in that of the caller. */
	for (hook = 0; hook < BPF_SCHED_NR_HOOKS; hook++) {
		prog = prog_of(link, hook);
		if (!prog)
			continue;
		if (!bpf_sched_has_digest(prog))
			return -ENODATA;
		len += print_prog(buf + len, size - len, hook, prog);
	}
	return WARN_ON_ONCE(len >= size - 1) ? -ENODATA : len;
}

/**
 * bpf_sched_copy_manifest - give away what a signature of a policy has to cover
 * @link:   a policy that is not attached yet
 * @policy: says where to
 *
 * Context: Process context.
 * Return: the length in bytes; -ENOSPC if there is no room for it; -ENODATA if the
 * policy cannot be signed, see bpf_sched_digest_insns(); -EFAULT, -ENOMEM.
 */
int bpf_sched_copy_manifest(const struct bpf_sched_link *link,
			    const struct bpf_sched_policy_attr *policy)
{
	char *buf = kmalloc(MAX_MANIFEST, GFP_USER);
	ssize_t len;

	if (!buf)
		return -ENOMEM;

	len = print_manifest(link, buf, MAX_MANIFEST);
	if (len > policy->manifest_size)
		len = -ENOSPC;
	if (len > 0 && copy_to_user(u64_to_user_ptr(policy->manifest), buf, len))
		len = -EFAULT;
	kfree(buf);
	return len;
}

/* 0, or what is wrong with the signature of the link. */
static int verify(const struct bpf_sched_link *link)
{
	char *buf = kmalloc(MAX_MANIFEST, GFP_USER);
	ssize_t len;
	int ret;

	if (!buf)
		return -ENOMEM;

	len = print_manifest(link, buf, MAX_MANIFEST);
	ret = len < 0 ? -EKEYREJECTED :
	      verify_pkcs7_signature(buf, len, link->signature, link->signature_size,
				     VERIFY_USE_SECONDARY_KEYRING,
				     VERIFYING_UNSPECIFIED_SIGNATURE, NULL, NULL);
	kfree(buf);
	return ret;
}

static int read_signature(struct bpf_sched_link *link, const struct bpf_sched_policy_attr *policy)
{
	void *signature;

	if (!policy->signature != !policy->signature_size)
		return -EINVAL;
	if (!policy->signature)
		return 0;
	if (policy->signature_size > MAX_SIGNATURE)
		return -E2BIG;

	signature = memdup_user(u64_to_user_ptr(policy->signature), policy->signature_size);
	if (IS_ERR(signature))
		return PTR_ERR(signature);
	link->signature = signature;
	link->signature_size = policy->signature_size;
	return 0;
}

/**
 * bpf_sched_check_signature - may the programs of a link be attached?
 * @link:   the link, with its programs, not attached yet; gets a copy of the
 *	    signature, and the result
 * @policy: has the signature, if there is one
 *
 * A signature that is not needed is looked at all the same, so that people can
 * see what came of it.
 *
 * Context: Process context; no lock held.
 * Return: 0; -EKEYREJECTED without a signature, or if it is not one of this
 * policy; -ENOKEY if the key is not trusted; -EBADMSG if it is no PKCS#7
 * message; -ENOPKG if it uses an algorithm that the kernel does not have; -E2BIG
 * if it is far too long; -EINVAL, -EFAULT, -ENOMEM.
 */
int bpf_sched_check_signature(struct bpf_sched_link *link,
			      const struct bpf_sched_policy_attr *policy)
{
	int ret = read_signature(link, policy);

	if (ret)
		return ret;

	link->signature_error = link->signature ? verify(link) : -EKEYREJECTED;
	return bpf_sched_signature_required() ? link->signature_error : 0;
}

/**
 * bpf_sched_signature_required - must everything that attaches be signed?
 *
 * Return: whether kernel.sched_bpf_require_signature is 1.
 */
bool bpf_sched_signature_required(void)
{
	return READ_ONCE(require_signature);
}

static struct ctl_table signature_sysctls[] = {
	{
		.procname	= "sched_bpf_require_signature",
		.data		= &require_signature,
		.maxlen		= sizeof(int),
		.mode		= 0644,
		/* only handle a transition from 0 to 1 */
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ONE,
		.extra2		= SYSCTL_ONE,
	},
	{ }
};

static int __init bpf_sched_signature_init(void)
{
	register_sysctl_init("kernel", signature_sysctls);
	return 0;
}
late_initcall(bpf_sched_signature_init);
