// SPDX-License-Identifier: GPL-2.0-only
/* The one line of a failure, and libbpf's words. */
#include <bpf/libbpf.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tag.h"

static char line[PATH_MAX + 512];
static FILE *log_stream;
static char *log_text;
static size_t log_size;

int fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return EXIT_FAILURE;
}

int fail_lib(void)
{
	return fail("%s", tagsched_last_error());
}

const char *failure(void)
{
	return line;
}

/* Kept back: most failures have a line that says it better. */
static int keep(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level == LIBBPF_DEBUG || !log_stream)
		return 0;
	return vfprintf(log_stream, fmt, ap);
}

void log_init(void)
{
	/* Without memory for it, the log is missing and nothing else. */
	log_stream = open_memstream(&log_text, &log_size);
	libbpf_set_print(keep);
}

void log_print(void)
{
	if (log_stream && !fflush(log_stream))
		fwrite(log_text, 1, log_size, stderr);
}
