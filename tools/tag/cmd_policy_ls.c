// SPDX-License-Identifier: GPL-2.0-only
/* tag policy ls: all attached scheduling programs of the system. */
#include <bpf/bpf.h>
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tag.h"

enum { OPT_PIN_DIR = 256 };

struct pin {
	__u32 link_id;
	char *policy;
};

struct arguments {
	const char *pin_dir;
	/* found in it */
	struct pin *pins;
	size_t nr_pins;
};

static const struct argp_option options[] = {
	{ "pin-dir", OPT_PIN_DIR, "DIR", 0,
	  "Directory of pins, for the names; default " TAGSCHED_PIN_DIR, 1 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPT_PIN_DIR:
		args->pin_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': takes no operand", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- names, from the pins ---- */

static int add_pin(struct arguments *args, const char *policy, const char *path)
{
	struct tagsched_link_info info = { .sz = sizeof(info) };
	struct pin *pins;
	int fd, err;

	fd = bpf_obj_get(path);
	if (fd < 0)
		return 0; /* gone meanwhile */
	err = tagsched_link__info(fd, &info);
	close(fd);
	if (err)
		return 0; /* pinned by somebody else, not a sched link */
	pins = reallocarray(args->pins, args->nr_pins + 1, sizeof(*pins));
	if (!pins)
		return -ENOMEM;
	args->pins = pins;
	pins[args->nr_pins].link_id = info.id;
	pins[args->nr_pins].policy = strdup(policy);
	if (!pins[args->nr_pins].policy)
		return -ENOMEM;
	args->nr_pins++;
	return 0;
}

static int scan_policy(struct arguments *args, const char *policy)
{
	char dir[PATH_MAX], path[PATH_MAX];
	struct dirent *d;
	int err = 0;
	DIR *stream;

	if (snprintf(dir, sizeof(dir), "%s/%s", args->pin_dir, policy) >= (int)sizeof(dir))
		return 0;
	stream = opendir(dir);
	if (!stream)
		return 0;
	while (!err && (d = readdir(stream))) {
		if (d->d_name[0] != '.' &&
		    snprintf(path, sizeof(path), "%s/%s", dir, d->d_name) < (int)sizeof(path))
			err = add_pin(args, policy, path);
	}
	closedir(stream);
	return err;
}

/* Without the directory, links have no names; that is all. */
static int scan_pins(struct arguments *args)
{
	struct dirent *d;
	DIR *stream;
	int err = 0;

	stream = opendir(args->pin_dir);
	if (!stream)
		return 0;
	while (!err && (d = readdir(stream))) {
		if (d->d_name[0] != '.')
			err = scan_policy(args, d->d_name);
	}
	closedir(stream);
	return err ? fail("pins: out of memory") : 0;
}

static const char *policy_of(const struct arguments *args, __u32 link_id)
{
	size_t i;

	for (i = 0; i < args->nr_pins; i++) {
		if (args->pins[i].link_id == link_id)
			return args->pins[i].policy;
	}
	return NULL;
}

static void program_name(__u32 prog_id, char *buf, size_t size)
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

/* ---- output ---- */

static void print_text(const struct tagsched_link_info *info, const char *policy,
		       const char *program)
{
	char tag[32] = "all";

	if (info->scoped)
		snprintf(tag, sizeof(tag), "%lld", (long long)info->tag);
	printf("%-16s  %-26s  %-15s  %6s  %5u  %12llu  %12llu  %8llu\n", policy ?: "-", info->hook,
	       program, tag, info->id, (unsigned long long)info->calls,
	       (unsigned long long)info->decided, (unsigned long long)info->refused);
}

static void add_json(cJSON *array, const struct tagsched_link_info *info, const char *policy,
		     const char *program)
{
	cJSON *item = cJSON_CreateObject();

	if (policy)
		cJSON_AddStringToObject(item, "policy", policy);
	else
		cJSON_AddNullToObject(item, "policy");
	cJSON_AddStringToObject(item, "hook", info->hook);
	cJSON_AddStringToObject(item, "program", program);
	if (info->scoped)
		json_add_s64(item, "tag", info->tag);
	else
		cJSON_AddNullToObject(item, "tag");
	json_add_u64(item, "link_id", info->id);
	json_add_u64(item, "prog_id", info->prog_id);
	json_add_u64(item, "calls", info->calls);
	json_add_u64(item, "decided", info->decided);
	json_add_u64(item, "refused", info->refused);
	cJSON_AddItemToArray(array, item);
}

static int list(const struct arguments *args, cJSON *array)
{
	bool headed = false;
	__u32 id = 0;
	int fd;

	while ((fd = tagsched_link__next(&id)) >= 0) {
		struct tagsched_link_info info = { .sz = sizeof(info) };
		const char *policy = policy_of(args, id);
		char program[BPF_OBJ_NAME_LEN + 1];
		int err;

		err = tagsched_link__info(fd, &info);
		close(fd);
		if (err)
			return fail_lib();
		program_name(info.prog_id, program, sizeof(program));
		if (array) {
			add_json(array, &info, policy, program);
			continue;
		}
		if (!headed)
			printf("%-16s  %-26s  %-15s  %6s  %5s  %12s  %12s  %8s\n", "POLICY", "HOOK",
			       "PROGRAM", "TAG", "LINK", "CALLS", "DECIDED", "REFUSED");
		headed = true;
		print_text(&info, policy, program);
	}
	return fd == -ENOENT ? EXIT_SUCCESS : fail_lib();
}

int cmd_policy_ls(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "List all attached scheduling programs, with counters.\v"
		       "POLICY is '-' for programs that a process holds without a pin, as the samples do. CALLS: how often the program was asked; DECIDED: its answer was taken; REFUSED: its answer was not allowed. Needs CAP_SYS_ADMIN.",
		.children = global_children,
	};
	struct arguments args = { .pin_dir = TAGSCHED_PIN_DIR };
	cJSON *array;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (tagsched_kernel__check(TAGSCHED_FEAT_BPF))
		return fail_lib();
	array = settings.json ? cJSON_CreateArray() : NULL;
	status = scan_pins(&args);
	if (!status)
		status = list(&args, array);
	if (!status && array)
		status = json_print_array("links", array);
	else
		cJSON_Delete(array);
	while (args.nr_pins)
		free(args.pins[--args.nr_pins].policy);
	free(args.pins);
	return status;
}
