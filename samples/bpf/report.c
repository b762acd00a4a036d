// SPDX-License-Identifier: GPL-2.0-only
/* What a policy counts, and how it is said: see report.h. */
#include <errno.h>

#include "report.h"

static int read_counts(const struct report *r, uint64_t *counts)
{
	__u32 i;
	int err;

	for (i = 0; i < (__u32)r->n; i++) {
		err = sample_read_counts(r->counts, &i, &counts[i], 1);
		if (err)
			return err;
	}
	return 0;
}

static cJSON *json_counts(const struct report *r, const char *event, const uint64_t *counts)
{
	cJSON *json = cJSON_CreateObject();
	cJSON *o;
	int i;

	cJSON_AddStringToObject(json, "event", event);
	o = cJSON_AddObjectToObject(json, "counts");
	for (i = 0; i < r->n; i++)
		cJSON_AddNumberToObject(o, r->labels[i].name, counts[i]);
	return json;
}

void report_second(void *arg)
{
	struct report *r = arg;
	uint64_t now[REPORT_MAX], delta[REPORT_MAX];
	int i;

	if (read_counts(r, now))
		return;
	for (i = 0; i < r->n; i++) {
		delta[i] = now[i] - r->seen[i];
		r->seen[i] = now[i];
	}
	if (r->json) {
		sample_json_print(stdout, json_counts(r, "second", delta));
		return;
	}
	for (i = 0; i < r->n; i++)
		printf("%s%s %llu", i ? "  " : "", r->labels[i].name,
		       (unsigned long long)delta[i]);
	putchar('\n');
	fflush(stdout);
}

static int json_summary(const struct report *r, const uint64_t *counts, cJSON *head)
{
	cJSON *json = json_counts(r, "summary", counts), *item;
	int err;

	while ((item = cJSON_DetachItemFromArray(head, 0)))
		cJSON_AddItemToObject(json, item->string, item);
	err = sample_json_links(json, r->links);
	return sample_json_print(stdout, json) ?: err;
}

static int text_summary(const struct report *r, const uint64_t *counts, const cJSON *head)
{
	const cJSON *item;
	int i, err;

	printf("\n%s", r->name);
	cJSON_ArrayForEach(item, head) {
		char *text = cJSON_PrintUnformatted(item);

		printf("%s %s %s", item == head->child ? ":" : ",", item->string, text ?: "?");
		cJSON_free(text);
	}
	putchar('\n');
	err = sample_print_links(stdout, r->links);
	putchar('\n');
	for (i = 0; i < r->n; i++)
		printf("%-56s %12llu\n", r->labels[i].text, (unsigned long long)counts[i]);
	return err;
}

int report_summary(const struct report *r, cJSON *head)
{
	uint64_t counts[REPORT_MAX];
	int err;

	err = read_counts(r, counts);
	if (!err)
		err = r->json ? json_summary(r, counts, head) : text_summary(r, counts, head);
	cJSON_Delete(head);
	return err;
}
