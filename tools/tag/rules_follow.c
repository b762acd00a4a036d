// SPDX-License-Identifier: GPL-2.0-only
/*
 * tag rules apply --follow: rules are kept applied. The kernel tells of each
 * process that is made or becomes another. All processes are looked at in the
 * beginning, when the rules have changed, when the kernel had to drop what it
 * would have told, and now and then.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "tag.h"

enum { EVENTS, SIGNALS, NR_FDS };

struct follow {
	struct rules_run *run;
	struct tagsched_proc_events *events;
	int signals;
	bool ended;
	bool scan;		/* all processes are to be looked at */
	time_t due;		/* when they are anyway */
	unsigned long failed;	/* processes that were left out the last time */
};

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* ---- what is printed ---- */

/* What concerns no single process. */
static int say(const char *event, const char *text)
{
	cJSON *item;

	if (!settings.json) {
		puts(text);
		return 0;
	}
	item = cJSON_CreateObject();
	cJSON_AddStringToObject(item, "event", event);
	return json_print_line(item);
}

static void complain(const char *what, const char *then)
{
	fprintf(stderr, "tag: %s; %s\n", what, then);
}

/* ---- all processes ---- */

/* One that cannot be tagged is the same every time: it is told once. */
static int scan(struct follow *f)
{
	struct rules_run *run = f->run;
	int ret;

	f->scan = false;
	f->due = now() + run->interval;
	run->failed = 0;
	ret = tagsched_rules__apply(run->rules, NULL, rules_note, run);
	if (ret)
		return ret < 0 ? fail_lib() : ret;
	if (run->failed && run->failed != f->failed)
		fprintf(stderr, "tag: %lu processes are left out; the first: %s\n", run->failed,
			run->why);
	f->failed = run->failed;
	return 0;
}

/* ---- events ---- */

static int look_at(pid_t pid, void *arg)
{
	struct follow *f = arg;
	struct rules_run *run = f->run;
	int ret;

	run->failed = 0;
	ret = tagsched_rules__apply_to(run->rules, pid, NULL, rules_note, run);
	if (run->failed)
		fprintf(stderr, "tag: %s\n", run->why);
	return ret < 0 ? fail_lib() : ret;
}

static int take_events(struct follow *f)
{
	int ret = tagsched_proc_events__read(f->events, look_at, f);

	if (ret == -ENOBUFS) {
		f->scan = true;
		return settings.verbose || settings.json ?
		       say("overflow", "events were lost: looking at all processes") : 0;
	}
	return ret < 0 ? fail_lib() : ret;
}

/* ---- signals ---- */

static int reload(struct follow *f)
{
	struct tagsched_rules *rules = tagsched_rules__open(f->run->file);

	if (!rules) {
		complain(tagsched_last_error(), "the rules as they were stay in force");
		return 0;
	}
	tagsched_rules__close(f->run->rules);
	f->run->rules = rules;
	f->scan = true;
	return say("reload", "rules read again");
}

static int take_signal(struct follow *f)
{
	struct signalfd_siginfo info;

	if (read(f->signals, &info, sizeof(info)) != sizeof(info))
		return errno == EAGAIN || errno == EINTR ? 0 : fail("signals: cannot read: %m");
	if (info.ssi_signo == SIGHUP)
		return reload(f);
	f->ended = true;
	return 0;
}

/* From here on they wait, and kill nobody. */
static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---- the loop ---- */

static int wait_ms(const struct follow *f)
{
	time_t left = f->due - now();

	if (f->scan)
		return 0;
	if (!f->run->interval)
		return -1;
	return left > 0 ? left * 1000 : 0;
}

static int step(struct follow *f)
{
	struct pollfd fds[NR_FDS] = {
		[EVENTS] = { .fd = tagsched_proc_events__fd(f->events), .events = POLLIN },
		[SIGNALS] = { .fd = f->signals, .events = POLLIN },
	};
	int ret = 0;

	if (poll(fds, NR_FDS, wait_ms(f)) < 0 && errno != EINTR)
		return fail("process connector: cannot wait: %m");
	if (fds[SIGNALS].revents)
		ret = take_signal(f);
	/* An overflow is told as an error, not as something to read. */
	if (!ret && fds[EVENTS].revents)
		ret = take_events(f);
	if (!ret && (f->scan || (f->run->interval && now() >= f->due)))
		ret = scan(f);
	return ret;
}

static int loop(struct follow *f)
{
	int ret;

	/* After the first event could be told, so that none is missed. */
	ret = scan(f) ?: say("ready", "ready");
	while (!ret && !f->ended)
		ret = step(f);
	return ret;
}

int rules_follow(struct rules_run *run)
{
	struct follow f = { .run = run };
	int status;

	if (tagsched_kernel__check(TAGSCHED_FEAT_TAG))
		return fail_lib();
	setlinebuf(stdout);
	f.signals = catch_signals();
	if (f.signals < 0)
		return fail("signals: cannot wait for them: %m");
	f.events = tagsched_proc_events__open();
	status = f.events ? loop(&f) : fail_lib();
	tagsched_proc_events__close(f.events);
	close(f.signals);
	return status;
}
