// SPDX-License-Identifier: GPL-2.0-only
/* Policies as the kernel sees them, for all commands about them. */
#include <bpf/bpf.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tag.h"

/* ---- operands ---- */

const struct argp_option policy_name_options[] = {
	POLICY_PIN_DIR_OPTION,
	{ 0 }
};

error_t policy_parse_name(int key, char *arg, struct argp_state *state)
{
	struct policy_name *name = state->input;

	switch (key) {
	case POLICY_OPT_PIN_DIR:
		name->pin_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (name->name)
			argp_error(state, "one policy at a time");
		name->name = arg;
		return 0;
	case ARGP_KEY_END:
		if (!name->name)
			argp_error(state, "which policy? 'tag policy ls' lists their names");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- reading ---- */

/* Is the link pinned as @file in the directory of its policy. */
static bool pinned_as(const struct policy_view *view, const char *pin_dir, const char *file,
		      char *path)
{
	struct tagsched_link_info info = { .sz = sizeof(info) };
	bool same;
	int fd;

	if (snprintf(path, PATH_MAX, "%s/%s/%s", pin_dir ?: TAGSCHED_PIN_DIR, view->info.name,
		     file) >= PATH_MAX)
		return false;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return false;
	same = !tagsched_link__info(fd, &info) && info.id == view->info.id;
	close(fd);
	return same;
}

int policy_view_read(struct policy_view *view, int link_fd, const char *pin_dir)
{
	view->info = (struct tagsched_link_info){
		.sz = sizeof(view->info),
		.progs = view->progs,
		.nr_progs = POLICY_MAX_PROGS,
		.signature = view->signature,
		.signature_size = sizeof(view->signature),
	};
	view->pin[0] = '\0';
	if (tagsched_link__info(link_fd, &view->info))
		return fail_lib();
	if (!view->info.policy || !pinned_as(view, pin_dir, "policy", view->pin))
		view->pin[0] = '\0';
	return 0;
}

int policy_open(const char *pin_dir, const char *name)
{
	int fd = tagsched_kernel__check(TAGSCHED_FEAT_BPF);

	if (!fd)
		fd = tagsched_policy__open_link(pin_dir, name);
	if (fd < 0)
		fail_lib();
	return fd;
}

int policy_view_find(struct policy_view *view, const char *pin_dir, const char *name)
{
	int fd, status;

	fd = policy_open(pin_dir, name);
	if (fd < 0)
		return EXIT_FAILURE;
	status = policy_view_read(view, fd, pin_dir);
	close(fd);
	return status;
}

int policy_walk(const char *pin_dir, int (*fn)(const struct policy_view *view, void *arg),
		void *arg)
{
	struct policy_view view;
	int fd, status = 0;
	__u32 id = 0;

	if (tagsched_kernel__check(TAGSCHED_FEAT_BPF))
		return fail_lib();
	while (!status && (fd = tagsched_link__next(&id)) >= 0) {
		status = policy_view_read(&view, fd, pin_dir);
		close(fd);
		if (!status)
			status = fn(&view, arg);
	}
	if (status)
		return status;
	return fd == -ENOENT ? EXIT_SUCCESS : fail_lib();
}

/* ---- words ---- */

size_t policy_nr_progs(const struct policy_view *view)
{
	return view->info.nr_progs < POLICY_MAX_PROGS ? view->info.nr_progs : POLICY_MAX_PROGS;
}

const char *policy_title(const struct policy_view *view, char *buf, size_t size)
{
	if (view->info.policy)
		snprintf(buf, size, "%s", view->info.name);
	else
		snprintf(buf, size, "sched/%s", view->info.hook);
	return buf;
}

const char *policy_state(const struct policy_view *view)
{
	switch (view->info.exit.reason) {
	case TAGSCHED_EXIT_NONE:
		return "active";
	case TAGSCHED_EXIT_DETACHED:
		return "detached";
	case TAGSCHED_EXIT_REPLACED:
		return "replaced";
	default:
		return "ejected";
	}
}

const char *policy_scope(const struct policy_view *view, char *buf, size_t size)
{
	if (view->info.scoped)
		snprintf(buf, size, "%lld", (long long)view->info.tag);
	else
		snprintf(buf, size, "all");
	return buf;
}

bool policy_signed(const struct policy_view *view)
{
	return view->info.signature_size && !view->info.signature_error;
}

const char *policy_signer(const struct policy_view *view, char *buf, size_t size)
{
	size_t len = view->info.signature_size;

	buf[0] = '\0';
	if (len && len <= sizeof(view->signature))
		tagsched_signature__signer(view->signature, len, buf, size);
	return buf;
}

void policy_program_name(__u32 prog_id, char *buf, size_t size)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);
	int fd;

	snprintf(buf, size, "?");
	fd = bpf_prog_get_fd_by_id(prog_id);
	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		snprintf(buf, size, "%s", info.name);
	close(fd);
}

/* ---- JSON ---- */

static void add_counters(cJSON *object, __u64 calls, __u64 decided, __u64 refused)
{
	json_add_u64(object, "calls", calls);
	json_add_u64(object, "decided", decided);
	json_add_u64(object, "refused", refused);
}

static void add_exit(cJSON *object, const struct tagsched_exit *record)
{
	char text[512];
	cJSON *exit;

	if (record->reason == TAGSCHED_EXIT_NONE) {
		cJSON_AddNullToObject(object, "exit");
		return;
	}
	exit = cJSON_AddObjectToObject(object, "exit");
	cJSON_AddStringToObject(exit, "text", tagsched_exit__text(record, text, sizeof(text)));
	json_add_u64(exit, "reason", record->reason);
	json_add_u64(exit, "time_ns", record->time_ns);
	json_add_s64(exit, "cpu", record->cpu);
	if (record->reason == TAGSCHED_EXIT_STALL) {
		json_add_u64(exit, "waited_ms", record->value);
		json_add_s64(exit, "pid", record->pid);
		cJSON_AddStringToObject(exit, "comm", record->comm);
		json_add_s64(exit, "tag", record->tag);
	} else if (record->reason == TAGSCHED_EXIT_REFUSED) {
		json_add_u64(exit, "answers", record->value);
		cJSON_AddStringToObject(exit, "hook", record->hook);
	}
}

static void add_signature(cJSON *object, const struct policy_view *view)
{
	char signer[256];

	cJSON_AddBoolToObject(object, "signed", policy_signed(view));
	if (*policy_signer(view, signer, sizeof(signer)))
		cJSON_AddStringToObject(object, "signer", signer);
	else
		cJSON_AddNullToObject(object, "signer");
}

void json_add_policy(cJSON *object, const struct policy_view *view)
{
	const struct tagsched_link_info *info = &view->info;

	if (info->policy)
		cJSON_AddStringToObject(object, "policy", info->name);
	else
		cJSON_AddNullToObject(object, "policy");
	json_add_tag(object, "tag", info->scoped, info->tag);
	json_add_s64(object, "priority", info->priority);
	json_add_u64(object, "generation", info->generation);
	json_add_u64(object, "link_id", info->id);
	add_counters(object, info->calls, info->decided, info->refused);
	add_signature(object, view);
	cJSON_AddStringToObject(object, "state", policy_state(view));
	add_exit(object, &info->exit);
	if (*view->pin)
		cJSON_AddStringToObject(object, "pin", view->pin);
	else
		cJSON_AddNullToObject(object, "pin");
}

cJSON *json_add_program(cJSON *array, const struct tagsched_prog_info *prog)
{
	cJSON *item = cJSON_CreateObject();
	char name[BPF_OBJ_NAME_LEN + 1];

	policy_program_name(prog->prog_id, name, sizeof(name));
	cJSON_AddStringToObject(item, "hook", prog->hook);
	cJSON_AddStringToObject(item, "program", name);
	json_add_u64(item, "prog_id", prog->prog_id);
	add_counters(item, prog->calls, prog->decided, prog->refused);
	cJSON_AddItemToArray(array, item);
	return item;
}

void json_add_programs(cJSON *object, const struct policy_view *view)
{
	cJSON *array = cJSON_AddArrayToObject(object, "programs");
	size_t i;

	for (i = 0; i < policy_nr_progs(view); i++)
		json_add_program(array, &view->progs[i]);
}

static void add_value(cJSON *object, const struct tagsched_tunable *t)
{
	switch (t->kind) {
	case TAGSCHED_TUNABLE_SIGNED:
	case TAGSCHED_TUNABLE_UNSIGNED:
		cJSON_AddRawToObject(object, "value", t->value);
		break;
	case TAGSCHED_TUNABLE_BOOL:
		cJSON_AddBoolToObject(object, "value", *t->value == 't');
		break;
	case TAGSCHED_TUNABLE_ENUM:
		cJSON_AddStringToObject(object, "value", t->value);
		break;
	default:
		cJSON_AddNullToObject(object, "value");
	}
}

void json_add_tunable(cJSON *array, const struct tagsched_tunable *t)
{
	cJSON *item = cJSON_CreateObject();

	cJSON_AddStringToObject(item, "name", t->name);
	cJSON_AddStringToObject(item, "type", t->type);
	add_value(item, t);
	cJSON_AddItemToArray(array, item);
}

/* ---- loading ---- */

void policy_parse_scope(struct tagsched_attach_opts *opts, const char *text,
			struct argp_state *state)
{
	opts->unscoped = !strcmp(text, "all");
	opts->scoped = !opts->unscoped;
	opts->tag = 0;
	if (opts->scoped && tagsched_tag__parse(text, &opts->tag))
		argp_error(state, "%s", tagsched_last_error());
}

int policy_load(struct tagsched_policy *policy)
{
	int err;

	err = tagsched_policy__load(policy);
	if (!err)
		return 0;
	/* Only the verifier can say why it refuses a program. */
	if (err != -ENOTSUP && err != -ENOENT && err != -EPERM)
		log_print();
	return fail_lib();
}

static int print_json(const struct policy_view *view)
{
	cJSON *root = cJSON_CreateObject();

	json_add_policy(root, view);
	json_add_programs(root, view);
	return json_print(root);
}

int policy_print(int link_fd, const char *pin_dir)
{
	struct policy_view view;
	size_t i;

	if (!settings.verbose && !settings.json)
		return EXIT_SUCCESS;
	if (policy_view_read(&view, link_fd, pin_dir))
		return EXIT_FAILURE;
	if (settings.json)
		return print_json(&view);
	for (i = 0; i < policy_nr_progs(&view); i++)
		printf("%s: attached to %s, link %u, generation %llu\n", view.info.name,
		       view.progs[i].hook, view.info.id, (unsigned long long)view.info.generation);
	return EXIT_SUCCESS;
}
