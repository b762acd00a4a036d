// SPDX-License-Identifier: GPL-2.0-only
/* Signed policies, straight through bpf(2); signatures by openssl(1). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bpf.h>

#include "../hook.h"

int hook_manifest(const struct hook_policy *policy, char *buf, size_t size)
{
	struct hook_policy ask = *policy;
	int len;

	ask.attr.flags = BPF_SCHED_POLICY_MANIFEST;
	ask.attr.manifest = (__u64)(unsigned long)buf;
	ask.attr.manifest_size = size - 1;
	len = hook_policy_create(&ask);
	if (len >= 0)
		buf[len] = '\0';
	return len;
}

static int read_signature(const char *path, struct hook_signature *sig)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, sig->data, sizeof(sig->data));

	if (fd >= 0)
		close(fd);
	unlink(path);
	if (len <= 0)
		return -EIO;
	sig->size = len;
	return 0;
}

int hook_sign_text(const char *text, const char *key, const char *options,
		   struct hook_signature *sig)
{
	char path[] = "/tmp/hooktest-sig-XXXXXX", command[1024];
	int fd = mkstemp(path);
	FILE *openssl;

	if (fd < 0)
		return -errno;
	close(fd);
	snprintf(command, sizeof(command),
		 "openssl cms -sign -binary -noattr -nocerts -md sha256 -outform DER "
		 "-inkey %s/%s.key -signer %s/%s.pem -out %s %s",
		 KEYS, key, KEYS, key, path, options);
	openssl = popen(command, "w");
	if (!openssl)
		return -errno;
	fputs(text, openssl);
	return pclose(openssl) ? -EIO : read_signature(path, sig);
}

int hook_sign(const struct hook_policy *policy, const char *key, struct hook_signature *sig)
{
	char manifest[4096];
	int len = hook_manifest(policy, manifest, sizeof(manifest));

	return len < 0 ? len : hook_sign_text(manifest, key, "", sig);
}

int hook_attach_signed(const struct hook_policy *policy, const struct hook_signature *sig)
{
	struct hook_policy with = *policy;

	with.attr.signature = (__u64)(unsigned long)sig->data;
	with.attr.signature_size = sig->size;
	return hook_policy_create(&with);
}

int hook_signed_info(int link_fd, struct hook_signed_info *info, struct hook_signature *sig)
{
	union bpf_attr attr;

	memset(info, 0, sizeof(*info));
	if (sig) {
		info->signature = (__u64)(unsigned long)sig->data;
		info->signature_size = sizeof(sig->data);
	}
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = link_fd;
	attr.info.info_len = sizeof(*info);
	attr.info.info = (__u64)(unsigned long)info;
	if (syscall(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)))
		return -errno;
	if (sig)
		sig->size = info->signature_size;
	return 0;
}

static int make_map(int value, __u32 size, __u32 flags, bool frozen)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "answer", sizeof(__u32), size, 1, &opts);
	char element[64] = {};
	__u32 index = 0;
	int err;

	if (fd < 0)
		return fd;
	memcpy(element, &value, sizeof(value));
	err = bpf_map_update_elem(fd, &index, element, BPF_ANY);
	if (!err && frozen)
		err = bpf_map_freeze(fd);
	if (err)
		close(fd);
	return err ?: fd;
}

int hook_answer_from(const char *hook, int value, __u32 size, __u32 flags, bool frozen)
{
	int map = make_map(value, size, flags, frozen), prog;
	const struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = map },
		{},
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	if (map < 0)
		return map;
	prog = hook_load(hook, insns, 4, NULL, 0);
	close(map);
	return prog;
}
