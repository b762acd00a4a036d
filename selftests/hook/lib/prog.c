// SPDX-License-Identifier: GPL-2.0-only
/* Programs of the sched type, loaded without any library's help. */
#include <errno.h>
#include <string.h>

#include "../hook.h"

#define SECTION		"sched/"
#define STUB		"bpf_sched_"

const char * const hook_names[] = {
	"cfs_select_rq",
	"cfs_select_rq_exit",
	"cfs_wake_affine",
	"cfs_check_preempt_tick",
	"cfs_check_preempt_wakeup",
	"cfs_wakeup_preempt_entity",
	"cfs_tag_pick_next_entity",
	"cfs_can_migrate_task",
	"cfs_enqueue_task",
	"cfs_dequeue_task",
	"tag_changed",
	NULL
};

bool hook_is_notice(const char *hook)
{
	return !strcmp(hook, "cfs_enqueue_task") || !strcmp(hook, "cfs_dequeue_task") ||
	       !strcmp(hook, "tag_changed");
}

bool hook_is_verdict(const char *hook)
{
	return strncmp(hook, "cfs_select_rq", strlen("cfs_select_rq")) &&
	       !hook_is_notice(hook);
}

int hook_btf_id(const char *func)
{
	static struct btf *btf;

	if (!btf)
		btf = btf__load_vmlinux_btf();
	if (!btf)
		return -errno;
	return btf__find_by_name_kind(btf, func, BTF_KIND_FUNC);
}

static int stub_btf_id(const char *hook)
{
	char func[128];

	snprintf(func, sizeof(func), STUB "%s", hook);
	return hook_btf_id(func);
}

int hook_prepare(struct bpf_object *obj)
{
	struct bpf_program *prog;
	char func[128];
	int err;

	bpf_object__for_each_program(prog, obj) {
		const char *sec = bpf_program__section_name(prog);

		/* The search for the target is long. */
		if (strncmp(sec, SECTION, strlen(SECTION)) || !bpf_program__autoload(prog))
			continue;
		bpf_program__set_type(prog, HOOK_PROG_TYPE);
		bpf_program__set_expected_attach_type(prog, HOOK_ATTACH_TYPE);
		snprintf(func, sizeof(func), STUB "%s", sec + strlen(SECTION));
		err = bpf_program__set_attach_target(prog, 0, func);
		if (err)
			return err;
	}
	return 0;
}

int hook_load(const char *hook, const struct bpf_insn *insns, size_t cnt,
	      char *log, size_t size)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = HOOK_ATTACH_TYPE,
		.log_buf = log,
		.log_size = size,
		.log_level = log ? 1 : 0);
	int id = stub_btf_id(hook);

	if (id < 0)
		return id;
	opts.attach_btf_id = id;
	return bpf_prog_load(HOOK_PROG_TYPE, "hooktest", "GPL", insns, cnt, &opts);
}

int hook_const(const char *hook, int answer)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = answer },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return hook_load(hook, insns, 2, NULL, 0);
}
