// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Teaches stock libbpf the sections "sched/HOOK".
 *
 * libbpf hands program and attach types to the kernel as they are and asks no
 * feature probe about them, so types that it has never heard of load well. It
 * has no public way to make a struct bpf_link, so there is no auto-attach: a
 * skeleton skips these programs, and tagsched_attach() attaches them.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <pthread.h>

#include "internal.h"

#define SECTION		"sched/"

static pthread_mutex_t init_lock = PTHREAD_MUTEX_INITIALIZER;
static int handler_id;	/* positive when registered; under init_lock */

const char *ts_section_hook(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);

	if (!section || strncmp(section, SECTION, strlen(SECTION)))
		return NULL;
	return section + strlen(SECTION);
}

bool ts_is_attachable(const struct bpf_program *prog)
{
	return ts_section_hook(prog) && bpf_program__autoload(prog) &&
	       bpf_program__autoattach(prog);
}

size_t ts_count_attachable(const struct bpf_object *obj)
{
	struct bpf_program *prog;
	size_t nr = 0;

	bpf_object__for_each_program(prog, obj)
		nr += ts_is_attachable(prog);
	return nr;
}

static void call_print(libbpf_print_fn_t fn, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fn(LIBBPF_WARN, fmt, ap);
	va_end(ap);
}

/* The last error through libbpf's print callback, which can only be asked for by setting it. */
static void print_last_error(const struct bpf_program *prog)
{
	libbpf_print_fn_t fn = libbpf_set_print(NULL);

	libbpf_set_print(fn);
	if (fn)
		call_print(fn, "libtagsched: prog '%s': %s\n", bpf_program__name(prog),
			   tagsched_last_error());
}

static int prepare_load(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	const char *hook = ts_section_hook(prog);
	int id;

	(void)cookie;
	opts->expected_attach_type = (enum bpf_attach_type)TAGSCHED_ATTACH_TYPE;
	if (opts->attach_btf_id || !hook)
		return 0; /* the caller has set a target */
	id = tagsched_hook__btf_id(hook);
	if (id < 0) {
		print_last_error(prog);
		return id;
	}
	opts->attach_btf_id = id;
	return 0;
}

int tagsched_init(void)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, opts,
		.prog_prepare_load_fn = prepare_load,
	);
	int ret = 0;

	pthread_mutex_lock(&init_lock);
	if (handler_id <= 0) {
		handler_id = libbpf_register_prog_handler(SECTION,
				(enum bpf_prog_type)TAGSCHED_PROG_TYPE,
				(enum bpf_attach_type)TAGSCHED_ATTACH_TYPE, &opts);
		if (handler_id < 0)
			ret = ts_err(handler_id, "libbpf: cannot register the section %s: %s",
				     SECTION, strerror(-handler_id));
	}
	pthread_mutex_unlock(&init_lock);
	return ret;
}

/* Before main(), as libbpf must not be in use while handlers are registered. */
__attribute__((constructor)) static void init_early(void)
{
	tagsched_init();
}
