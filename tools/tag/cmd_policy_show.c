// SPDX-License-Identifier: GPL-2.0-only
/* tag policy show: all there is to know of a policy. */
#include <bpf/bpf.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tag.h"

/* ---- text ---- */

static void print_signature(const struct policy_view *view)
{
	const struct tagsched_link_info *info = &view->info;
	char signer[256];

	policy_signer(view, signer, sizeof(signer));
	if (!info->signature_size)
		printf("signed      no\n");
	else if (policy_signed(view))
		printf("signed      yes: %s\n", signer);
	else
		printf("signed      no: what %s signed is not good: %s\n",
		       *signer ? signer : "somebody", strerror(-info->signature_error));
}

static void print_head(const struct policy_view *view)
{
	const struct tagsched_link_info *info = &view->info;
	char scope[32], text[512];

	printf("policy      %s\n", info->name);
	if (info->exit.reason == TAGSCHED_EXIT_NONE)
		printf("state       active\n");
	else
		printf("state       %s\n", tagsched_exit__text(&info->exit, text, sizeof(text)));
	printf("tag         %s\n", policy_scope(view, scope, sizeof(scope)));
	printf("priority    %d\n", info->priority);
	printf("generation  %llu\n", (unsigned long long)info->generation);
	printf("link        %u\n", info->id);
	print_signature(view);
	printf("pin         %s\n", *view->pin ? view->pin : "none here: a process holds it");
}

static void print_programs(const struct policy_view *view)
{
	size_t i;

	printf("\n%-26s  %-15s  %7s  %12s  %12s  %10s\n", "HOOK", "PROGRAM", "ID", "CALLS", "DECIDED",
	       "REFUSED");
	for (i = 0; i < policy_nr_progs(view); i++) {
		const struct tagsched_prog_info *p = &view->progs[i];
		char name[BPF_OBJ_NAME_LEN + 1];

		policy_program_name(p->prog_id, name, sizeof(name));
		printf("%-26s  %-15s  %7u  %12llu  %12llu  %10llu\n", p->hook, name, p->prog_id,
		       (unsigned long long)p->calls, (unsigned long long)p->decided,
		       (unsigned long long)p->refused);
	}
}

static int print_tunables(const struct tagsched_tunables *tunables)
{
	size_t i, nr = tagsched_tunables__count(tunables);

	if (nr)
		printf("\n%-31s  %-15s  %s\n", "TUNABLE", "TYPE", "VALUE");
	for (i = 0; i < nr; i++) {
		struct tagsched_tunable t = { .sz = sizeof(t) };

		if (tagsched_tunables__at(tunables, i, &t))
			return fail_lib();
		printf("%-31s  %-15s  %s\n", t.name, t.type,
		       t.kind == TAGSCHED_TUNABLE_OTHER ? "-" : t.value);
	}
	return EXIT_SUCCESS;
}

/* ---- JSON ---- */

static int print_json(const struct policy_view *view, const struct tagsched_tunables *tunables)
{
	cJSON *root = cJSON_CreateObject(), *array;
	size_t i;

	json_add_policy(root, view);
	json_add_programs(root, view);
	array = cJSON_AddArrayToObject(root, "tunables");
	for (i = 0; i < tagsched_tunables__count(tunables); i++) {
		struct tagsched_tunable t = { .sz = sizeof(t) };

		if (tagsched_tunables__at(tunables, i, &t)) {
			cJSON_Delete(root);
			return fail_lib();
		}
		json_add_tunable(array, &t);
	}
	return json_print(root);
}

static int show(const struct policy_name *args, int link_fd)
{
	struct tagsched_tunables *tunables;
	struct policy_view view;
	int status;

	status = policy_view_read(&view, link_fd, args->pin_dir);
	if (status)
		return status;
	tunables = tagsched_tunables__open(link_fd);
	if (!tunables)
		return fail_lib();
	if (settings.json) {
		status = print_json(&view, tunables);
	} else {
		print_head(&view);
		print_programs(&view);
		status = print_tunables(tunables);
	}
	tagsched_tunables__close(tunables);
	return status;
}

int cmd_policy_show(int argc, char **argv)
{
	const struct argp argp = {
		.options = policy_name_options,
		.parser = policy_parse_name,
		.args_doc = "NAME",
		.doc = "Print a policy: its state, scope, programs with counters, and tunables.\v"
		       "Of a policy that decides no more it says why and when: it was detached, replaced, or ejected by the kernel because a task was passed over for too long, because too many of its answers were not valid, or because an operator pressed a key. Needs CAP_SYS_ADMIN.",
		.children = global_children,
	};
	struct policy_name args = { 0 };
	int fd, status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	fd = policy_open(args.pin_dir, args.name);
	if (fd < 0)
		return EXIT_FAILURE;
	status = show(&args, fd);
	close(fd);
	return status;
}
