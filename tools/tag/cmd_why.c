// SPDX-License-Identifier: GPL-2.0-only
/* tag why: where a task's tag comes from, who is in charge of it, what was decided last. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tag.h"

/* What a task's tag leads to. */
struct context {
	__s64 tag;
	/* policies; not known without the right to list them */
	bool known;
	struct policy_view *policies;
	size_t nr_policies;
	/* enclave */
	bool found;
	unsigned long enclave;
	bool online;
	char agent[64];	/* "tagsched-fifo (pid 812)", "" if none */
};

static const struct argp_option options[] = {
	{ "pid", 'p', "PID", 0, "A process, that is its first thread (as is a bare PID)", 1 },
	{ "tid", 't', "TID", 0, "One thread", 1 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct targets *targets = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		target_add_pid(targets, arg, state);
		return 0;
	case ARGP_KEY_END:
		if (!targets->nr)
			argp_error(state, "why what? give a PID or -t TID");
		return 0;
	default:
		return target_option(key, arg, state, targets);
	}
}

/* ---- policies and enclave of a tag ---- */

static int add_policy(const struct policy_view *view, void *arg)
{
	struct context *c = arg;
	struct policy_view *list;

	if (view->info.exit.reason != TAGSCHED_EXIT_NONE ||
	    (view->info.scoped && view->info.tag != c->tag))
		return 0;
	list = reallocarray(c->policies, c->nr_policies + 1, sizeof(*list));
	if (!list)
		return fail("policies: out of memory");
	c->policies = list;
	list[c->nr_policies++] = *view;
	return 0;
}

/* In the order in which they are asked: higher priority first, then the older. */
static int by_rank(const void *a, const void *b)
{
	const struct tagsched_link_info *x = &((const struct policy_view *)a)->info;
	const struct tagsched_link_info *y = &((const struct policy_view *)b)->info;

	if (x->priority != y->priority)
		return x->priority < y->priority ? 1 : -1;
	return (x->generation > y->generation) - (x->generation < y->generation);
}

static int add_enclave(const struct tagsched_ghostfs_entry *e, void *arg)
{
	struct context *c = arg;

	if (!e->bound || e->tag != c->tag)
		return 0;
	c->found = true;
	c->enclave = e->id;
	c->online = e->online;
	if (e->nr_agents && e->agents[0].pid)
		snprintf(c->agent, sizeof(c->agent), "%s (pid %d)", e->agents[0].comm,
			 e->agents[0].pid);
	return 1;
}

/* What cannot be known is left out: the task's own file says most. */
static void find_context(struct context *c, __s64 tag)
{
	*c = (struct context){ .tag = tag };
	c->known = !policy_walk(NULL, add_policy, c);
	if (c->known && c->nr_policies)
		qsort(c->policies, c->nr_policies, sizeof(*c->policies), by_rank);
	tagsched_ghostfs__walk(add_enclave, c);
}

/* ---- words for decisions ---- */

/* What the hooks' two inputs and verdicts are called; CPU hooks answer a CPU. */
static const struct words {
	const char *hook;
	const char *in[2];
	const char *answer[2];
} words[] = {
	{ "cfs_select_rq", { "prev_cpu", "new_cpu" }, { NULL } },
	{ "cfs_select_rq_exit", { "prev_cpu", "new_cpu" }, { NULL } },
	{ "cfs_wake_affine", { "prev_cpu", "curr_cpu" }, { "previous CPU", "this CPU" } },
	{ "cfs_check_preempt_tick", { "ran_ns", NULL }, { "keep", "preempt" } },
	{ "cfs_check_preempt_wakeup", { "other_pid", "other_tag" }, { "keep", "preempt" } },
	{ "cfs_wakeup_preempt_entity", { "other_pid", "other_tag" }, { "keep", "preempt" } },
	{ "cfs_tag_pick_next_entity", { "other_pid", "other_tag" }, { "stock", "tagged" } },
	{ "cfs_can_migrate_task", { "src_cpu", "dst_cpu" }, { "deny", "allow" } },
};

static const struct words *words_of(const char *hook)
{
	static const struct words other = { NULL, { "in0", "in1" }, { NULL } };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(words[i].hook, hook))
			return &words[i];
	}
	return &other;
}

static const char *answer_text(const struct tagsched_decision *d, char *buf, size_t size)
{
	const struct tagsched_hook *hook = tagsched_hook__find(d->hook);
	const struct words *w = words_of(d->hook);

	if (d->answer >= 0 && d->answer < 2 && w->answer[d->answer])
		snprintf(buf, size, "%s", w->answer[d->answer]);
	else if (d->answer < 0)
		snprintf(buf, size, "no opinion");
	else if (hook && hook->kind == TAGSCHED_HOOK_CPU)
		snprintf(buf, size, "CPU %d", d->answer);
	else
		snprintf(buf, size, "%d", d->answer);
	return buf;
}

static const char *inputs_text(const struct tagsched_decision *d, char *buf, size_t size)
{
	const struct words *w = words_of(d->hook);
	int i, len = 0;

	buf[0] = '\0';
	for (i = 0; i < 2 && len < (int)size; i++) {
		if (w->in[i])
			len += snprintf(buf + len, size - len, "%s%s %lld", i ? ", " : "", w->in[i],
					(long long)d->in[i]);
	}
	return buf;
}

static const char *ago_text(__u64 ns, char *buf, size_t size)
{
	if (ns < 10000000)
		snprintf(buf, size, "%.3f ms", ns / 1e6);
	else if (ns < 10000000000)
		snprintf(buf, size, "%.0f ms", ns / 1e6);
	else
		snprintf(buf, size, "%.0f s", ns / 1e9);
	return buf;
}

/* ---- text ---- */

static void print_source(const struct tagsched_why_entry *e)
{
	printf("tag        %lld, ", (long long)e->tag);
	switch (e->source) {
	case TAGSCHED_SOURCE_OWN:
		printf("its own\n");
		break;
	case TAGSCHED_SOURCE_GROUP:
		if (*e->cgroup)
			printf("from group %s\n", e->cgroup);
		else
			printf("from the group with id %llu\n", (unsigned long long)e->cgroup_id);
		break;
	default:
		printf("as neither it nor a group above it has one\n");
	}
}

static void print_policies(const struct context *c)
{
	char title[96], scope[32];
	size_t i;

	if (!c->known) {
		printf("policies   unknown: %s\n", failure());
		return;
	}
	if (!c->nr_policies)
		printf("policies   none for tag %lld: plain CFS\n", (long long)c->tag);
	for (i = 0; i < c->nr_policies; i++) {
		const struct policy_view *view = &c->policies[i];

		printf("%-9s  %s (tag %s, priority %d, generation %llu, link %u)\n",
		       i ? "" : "policies", policy_title(view, title, sizeof(title)),
		       policy_scope(view, scope, sizeof(scope)), view->info.priority,
		       (unsigned long long)view->info.generation, view->info.id);
	}
}

static void print_enclave(const struct context *c)
{
	if (!c->found)
		printf("enclave    none is bound to tag %lld\n", (long long)c->tag);
	else
		printf("enclave    %lu, %s, agent %s\n", c->enclave, c->online ? "online" : "offline",
		       *c->agent ? c->agent : "none");
}

static void print_decisions(const struct tagsched_why_entry *e)
{
	char answer[32], inputs[96], ago[32];
	size_t i;

	printf("decisions  %llu\n", (unsigned long long)e->nr_decided);
	if (!e->nr_decisions)
		return;
	printf("\n%-26s  %-20s  %10s  %3s  %10s  %-12s  %s\n", "LAST DECISION", "POLICY", "GENERATION",
	       "CPU", "AGO", "ANSWER", "WAS ASKED");
	for (i = 0; i < e->nr_decisions; i++) {
		const struct tagsched_decision *d = &e->decisions[i];

		printf("%-26s  %-20s  %10llu  %3d  %10s  %-12s  %s\n", d->hook,
		       *d->policy ? d->policy : "-", (unsigned long long)d->generation, d->cpu,
		       ago_text(d->ago_ns, ago, sizeof(ago)),
		       answer_text(d, answer, sizeof(answer)),
		       inputs_text(d, inputs, sizeof(inputs)));
	}
}

static void print_text(const struct tagsched_why_entry *e, const struct context *c, bool separate)
{
	if (separate)
		putchar('\n');
	printf("thread     %d (%s)\n", e->tid, e->comm);
	print_source(e);
	printf("class      %s\n", e->sched_class);
	print_policies(c);
	print_enclave(c);
	print_decisions(e);
}

/* ---- JSON ---- */

static void add_source(cJSON *item, const struct tagsched_why_entry *e)
{
	static const char * const names[] = {
		[TAGSCHED_SOURCE_NONE] = "none",
		[TAGSCHED_SOURCE_OWN] = "own",
		[TAGSCHED_SOURCE_GROUP] = "group",
	};

	json_add_s64(item, "tag", e->tag);
	cJSON_AddStringToObject(item, "source", names[e->source]);
	if (e->source == TAGSCHED_SOURCE_GROUP)
		json_add_u64(item, "cgroup_id", e->cgroup_id);
	if (*e->cgroup)
		cJSON_AddStringToObject(item, "cgroup", e->cgroup);
	else
		cJSON_AddNullToObject(item, "cgroup");
}

static void add_context(cJSON *item, const struct context *c)
{
	cJSON *array, *enclave;
	size_t i;

	if (c->known) {
		array = cJSON_AddArrayToObject(item, "policies");
		for (i = 0; i < c->nr_policies; i++) {
			cJSON *policy = cJSON_CreateObject();

			json_add_policy(policy, &c->policies[i]);
			cJSON_AddItemToArray(array, policy);
		}
	} else {
		cJSON_AddNullToObject(item, "policies");
	}
	if (!c->found) {
		cJSON_AddNullToObject(item, "enclave");
		return;
	}
	enclave = cJSON_AddObjectToObject(item, "enclave");
	json_add_u64(enclave, "enclave", c->enclave);
	cJSON_AddBoolToObject(enclave, "online", c->online);
	cJSON_AddStringToObject(enclave, "agent", c->agent);
}

static void add_decisions(cJSON *item, const struct tagsched_why_entry *e)
{
	cJSON *array = cJSON_AddArrayToObject(item, "last_decisions");
	char answer[32];
	size_t i;
	int j;

	for (i = 0; i < e->nr_decisions; i++) {
		const struct tagsched_decision *d = &e->decisions[i];
		const struct words *w = words_of(d->hook);
		cJSON *one = cJSON_CreateObject(), *in;

		cJSON_AddStringToObject(one, "hook", d->hook);
		json_add_u64(one, "link_id", d->link_id);
		if (*d->policy)
			cJSON_AddStringToObject(one, "policy", d->policy);
		else
			cJSON_AddNullToObject(one, "policy");
		json_add_u64(one, "generation", d->generation);
		json_add_s64(one, "answer", d->answer);
		cJSON_AddStringToObject(one, "answer_text", answer_text(d, answer, sizeof(answer)));
		in = cJSON_AddObjectToObject(one, "in");
		for (j = 0; j < 2; j++) {
			if (w->in[j])
				json_add_s64(in, w->in[j], d->in[j]);
		}
		json_add_s64(one, "cpu", d->cpu);
		json_add_u64(one, "ago_ns", d->ago_ns);
		cJSON_AddItemToArray(array, one);
	}
}

static void add_json(cJSON *array, const struct tagsched_why_entry *e, const struct context *c)
{
	cJSON *item = cJSON_CreateObject();

	json_add_s64(item, "tid", e->tid);
	cJSON_AddStringToObject(item, "comm", e->comm);
	add_source(item, e);
	cJSON_AddStringToObject(item, "class", e->sched_class);
	add_context(item, c);
	json_add_u64(item, "decisions", e->nr_decided);
	add_decisions(item, e);
	cJSON_AddItemToArray(array, item);
}

struct output {
	cJSON *array;	/* NULL: text */
	size_t nr;
};

static int visit(const struct tagsched_why_entry *e, void *arg)
{
	struct output *o = arg;
	struct context c;

	find_context(&c, e->tag);
	if (o->array)
		add_json(o->array, e, &c);
	else
		print_text(e, &c, o->nr);
	o->nr++;
	free(c.policies);
	return 0;
}

int cmd_why(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[PID...]",
		.doc = "Print why a task is scheduled as it is.\v"
		       "That is its effective tag and where that comes from; its scheduling class; the policies that are asked about it, in their order, and the enclave that its tag is bound to; how many decisions policies have taken about it, and of each hook the last one: who answered what, and what was asked. The list of policies needs CAP_SYS_ADMIN.",
		.children = global_children,
	};
	struct targets targets = { 0 };
	struct output o = { 0 };
	int status = EXIT_SUCCESS;
	size_t i;

	argp_parse(&argp, argc, argv, 0, NULL, &targets);
	o.array = settings.json ? cJSON_CreateArray() : NULL;
	for (i = 0; i < targets.nr && !status; i++) {
		if (tagsched_thread__why(targets.list[i].id, visit, &o))
			status = fail_lib();
	}
	targets_free(&targets);
	if (!status && o.array)
		return json_print_array("tasks", o.array);
	cJSON_Delete(o.array);
	return status;
}
