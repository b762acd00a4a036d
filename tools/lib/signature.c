// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Signatures of policies: where they are, and what the kernel says to them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* The file, or -ENOENT without last error. */
static int read_file(const char *path, struct ts_signature *sig)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return errno == ENOENT ? -ENOENT :
		       ts_err(-errno, "%s: cannot open: %s", path, strerror(errno));
	sig->data = malloc(TS_SIGNATURE_MAX + 1);
	len = sig->data ? read(fd, sig->data, TS_SIGNATURE_MAX + 1) : -1;
	close(fd);
	if (!sig->data)
		return ts_err(-ENOMEM, "%s: out of memory", path);
	if (len < 0)
		return ts_err(-errno, "%s: cannot read: %s", path, strerror(errno));
	if (!len || len > TS_SIGNATURE_MAX)
		return ts_err(-EBADMSG, "%s: %s to be a signature; make it with tag policy sign", path,
			      len ? "too long" : "empty, which is too little");
	sig->size = len;
	return 0;
}

int ts_signature_read(const struct tagsched_policy *policy, const char *file,
		      struct ts_signature *sig)
{
	int err;

	memset(sig, 0, sizeof(*sig));
	if (file)
		err = ts_format(sig->path, sizeof(sig->path), "%s", file);
	else if (policy->file)
		err = ts_format(sig->path, sizeof(sig->path), "%s" TS_SIGNATURE_SUFFIX, policy->file);
	else
		return 0;
	if (err)
		return ts_err(err, "%s: name too long", file ? file : policy->file);
	err = read_file(sig->path, sig);
	if (err == -ENOENT)
		return file ? ts_err(err, "%s: there is no such file; make it with tag policy sign", file) : 0;
	if (err) {
		free(sig->data);
		sig->data = NULL;
	}
	return err;
}

/* ---- the kernel's answer ---- */

bool ts_is_signature_error(int err)
{
	switch (err) {
	case -EKEYREJECTED:
	case -ENOKEY:
	case -EBADMSG:
	case -ENOPKG:
	case -EOPNOTSUPP:
	case -ENODATA:
		return true;
	default:
		return false;
	}
}

/* The command that signs it. */
static const char *remedy(const struct tagsched_policy *policy, const struct ts_attach *how,
			  char *buf, size_t size)
{
	char tag[32] = "all";

	if (how->scoped)
		snprintf(tag, sizeof(tag), "%lld", (long long)how->tag);
	snprintf(buf, size, "tag policy sign --name=%s --tag=%s --key=KEY --cert=CERT %s", policy->name,
		 tag, policy->file ? policy->file : "FILE");
	return buf;
}

static int explain_missing(const struct tagsched_policy *policy, const struct ts_attach *how,
			   const char *path)
{
	char text[PATH_MAX + 128];

	remedy(policy, how, text, sizeof(text));
	if (*path)
		return ts_err(-EKEYREJECTED, "policy '%s': a signature is required (kernel.sched_bpf_require_signature=1), and there is no %s; sign it: %s",
			      policy->name, path, text);
	return ts_err(-EKEYREJECTED, "policy '%s': a signature is required (kernel.sched_bpf_require_signature=1), and none was given; sign it: %s",
		      policy->name, text);
}

static int explain_bad(const struct tagsched_policy *policy, const struct ts_attach *how,
		       const char *path, int err)
{
	const char *what = *path ? path : "the signature";
	char signer[256], text[PATH_MAX + 128];

	tagsched_signature__signer(how->signature, how->signature_size, signer, sizeof(signer));
	remedy(policy, how, text, sizeof(text));
	switch (err) {
	case -EKEYREJECTED:
		return ts_err(err, "policy '%s': %s is not of this policy, with this name and tag, on this build of the kernel, or was not made by the key that it names; sign it: %s",
			      policy->name, what, text);
	case -ENOKEY:
		return ts_err(err, "policy '%s': %s was made by a key that the kernel does not trust (%s); sign it with one whose certificate is in the kernel's trusted keyring (grep asymmetric /proc/keys): %s",
			      policy->name, what, *signer ? signer : "unknown", text);
	case -ENOPKG:
		return ts_err(err, "policy '%s': %s uses an algorithm that the kernel does not have; sign it with RSA and SHA-256: %s",
			      policy->name, what, text);
	default:
		return ts_err(err, "policy '%s': %s is not a detached PKCS#7 message in DER; sign it: %s",
			      policy->name, what, text);
	}
}

int ts_signature_explain(const struct tagsched_policy *policy, const struct ts_attach *how,
			 const char *path, int err)
{
	if (err == -EOPNOTSUPP)
		return ts_err(err, "policy '%s': this kernel knows no signatures: it was built without CONFIG_BPF_SCHED_SIGNATURE",
			      policy->name);
	if (err == -ENODATA)
		return ts_err(err, "policy '%s': cannot be signed: it uses functions or variables of a kernel module; use those of the kernel itself",
			      policy->name);
	if (err == -EKEYREJECTED && !how->signature)
		return explain_missing(policy, how, path);
	return explain_bad(policy, how, path, err);
}
