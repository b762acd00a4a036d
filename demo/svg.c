// SPDX-License-Identifier: GPL-2.0-only
/*
 * The demo's picture: latency by percentile, an axis that gives the slow tail
 * its room (each step to the right is a tenth of the requests left), and
 * logarithmic time. Every request is in it; a line ends at its maximum.
 *
 * Colours are Okabe and Ito's, told apart by colour-blind readers; dashes tell
 * the lines apart without any colour.
 */
#include <math.h>
#include <string.h>

#include "percentile.h"
#include "svg.h"

#define NSEC_PER_MSEC	1e6
#define MIN_MS		0.001

#define WIDTH		1040
#define HEIGHT		600
#define PANEL_W		400
#define PANEL_H		360
#define TOP		100
#define LEFT_1		80
#define LEFT_2		590

struct series {
	const char *label;
	const char *colour;
	const char *dash;
	double width;
	const struct latency_run *run;
};

struct panel {
	const char *title;
	double left;
	double min_ms, max_ms;		/* of the time axis, powers of ten */
	double max_nines;		/* of the percentile axis: 2 is p99 */
};

/* Percentile axis: share of requests not yet answered, in powers of ten. */
static double x_of(const struct panel *panel, double left_over)
{
	return panel->left + PANEL_W * -log10(left_over) / panel->max_nines;
}

static double y_of(const struct panel *panel, double ms)
{
	if (ms < panel->min_ms)
		ms = panel->min_ms;
	return TOP + PANEL_H * (1 - log10(ms / panel->min_ms) / log10(panel->max_ms / panel->min_ms));
}

static void text(FILE *out, double x, double y, const char *anchor, int size, const char *weight,
		 const char *what)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\" font-weight=\"%s\">%s</text>\n",
		x, y, anchor, size, weight, what);
}

static void line(FILE *out, double x1, double y1, double x2, double y2, const char *colour)
{
	fprintf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n",
		x1, y1, x2, y2, colour);
}

static void time_axis(FILE *out, const struct panel *panel)
{
	double ms;
	char label[32];

	for (ms = panel->min_ms; ms < panel->max_ms * 1.01; ms *= 10) {
		double y = y_of(panel, ms);

		line(out, panel->left, y, panel->left + PANEL_W, y, "#dddddd");
		if (ms < 0.99)
			snprintf(label, sizeof(label), "%g \302\265s", round(ms * 1000));
		else if (ms < 999)
			snprintf(label, sizeof(label), "%g ms", round(ms));
		else
			snprintf(label, sizeof(label), "%g s", round(ms / 1000));
		text(out, panel->left - 8, y + 4, "end", 13, "normal", label);
	}
}

static void percentile_axis(FILE *out, const struct panel *panel)
{
	static const struct {
		double left_over;
		const char *label;
	} ticks[] = {
		{ 1, "0 %" }, { 0.5, "50 %" }, { 0.1, "90 %" }, { 0.01, "99 %" },
		{ 0.001, "99.9 %" }, { 0.0001, "99.99 %" },
	};
	size_t i;

	for (i = 0; i < sizeof(ticks) / sizeof(ticks[0]); i++) {
		double x = x_of(panel, ticks[i].left_over);

		if (x > panel->left + PANEL_W + 0.5)
			break;
		line(out, x, TOP, x, TOP + PANEL_H, "#dddddd");
		text(out, x, TOP + PANEL_H + 20, "middle", 13, "normal", ticks[i].label);
	}
	text(out, panel->left + PANEL_W / 2.0, TOP + PANEL_H + 42, "middle", 13, "normal",
	     "share of the requests that were as fast or faster");
}

/* Steps through the sorted samples; points less than a third of a pixel apart are one. */
static void curve(FILE *out, const struct panel *panel, const struct series *s,
		  const uint64_t *sorted, size_t n)
{
	double last_x = -1, last_y = -1;
	size_t i;

	fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\" stroke-linejoin=\"round\"",
		s->colour, s->width);
	if (*s->dash)
		fprintf(out, " stroke-dasharray=\"%s\"", s->dash);
	fputs(" points=\"", out);
	for (i = 0; i < n; i++) {
		double x = x_of(panel, (double)(n - i) / n);
		double y = y_of(panel, sorted[i] / NSEC_PER_MSEC);

		if (i && i < n - 1 && fabs(x - last_x) + fabs(y - last_y) < 0.33)
			continue;
		fprintf(out, "%.1f,%.1f ", x, y);
		last_x = x;
		last_y = y;
	}
	fputs("\"/>\n", out);
}

static void draw_panel(FILE *out, const struct panel *panel, const struct series *series, size_t n,
		       size_t offset)
{
	size_t i;

	text(out, panel->left + PANEL_W / 2.0, TOP - 14, "middle", 15, "bold", panel->title);
	time_axis(out, panel);
	percentile_axis(out, panel);
	for (i = 0; i < n; i++) {
		const uint64_t *const *samples =
			(const void *)((const char *)series[i].run + offset);

		curve(out, panel, &series[i], *samples, series[i].run->n);
	}
	line(out, panel->left, TOP, panel->left, TOP + PANEL_H, "#444444");
	line(out, panel->left, TOP + PANEL_H, panel->left + PANEL_W, TOP + PANEL_H, "#444444");
}

/* Two rows under the panels, an entry under each half of them. */
static void legend(FILE *out, const struct series *series, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct series *s = &series[i];
		double x = i % 2 ? LEFT_2 : LEFT_1;
		double y = HEIGHT - 48 + 26.0 * (i / 2);
		char label[128];

		fprintf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%.1f\"",
			x, y - 5, x + 48, y - 5, s->colour, s->width);
		if (*s->dash)
			fprintf(out, " stroke-dasharray=\"%s\"", s->dash);
		fputs("/>\n", out);
		snprintf(label, sizeof(label), "%s: 99 %% done within %.1f ms", s->label,
			 percentile(s->run->response, s->run->n, 990) / NSEC_PER_MSEC);
		text(out, x + 58, y, "start", 14, "normal", label);
	}
}

static double slowest_ms(const struct act_one *one)
{
	const struct latency_run *runs[] = { one->cfs, one->weight, one->tags, one->fifo };
	double max = 1;
	size_t i;

	for (i = 0; i < 4; i++)
		max = fmax(max, runs[i]->response[runs[i]->n - 1] / NSEC_PER_MSEC);
	return max;
}

void svg_latency(FILE *out, const struct act_one *one)
{
	const struct series series[] = {
		{ "(a) CFS", "#d55e00", "9 4", 2.5, one->cfs },
		{ "(b) cpu.weight 10000:1", "#e69f00", "2 3", 3, one->weight },
		{ "(c) tags and preempt", "#0072b2", "", 4.5, one->tags },
		{ "(d) SCHED_FIFO", "#000000", "6 5", 1.6, one->fifo },
	};
	const size_t n = sizeof(series) / sizeof(series[0]);
	double max_ms = pow(10, ceil(log10(slowest_ms(one))));
	double nines = fmax(2, log10(one->tags->n));
	struct panel wake = {
		.title = "Wake-to-run: from due to first instruction",
		.left = LEFT_1,
		.min_ms = MIN_MS,
		.max_ms = max_ms,
		.max_nines = nines,
	};
	struct panel response = {
		.title = "Response: from due to done",
		.left = LEFT_2,
		.min_ms = 1,
		.max_ms = max_ms,
		.max_nines = nines,
	};
	char subtitle[256];

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" fill=\"#222222\" role=\"img\">\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT);
	fprintf(out, "<title>Latency of online requests beside batch work</title>\n");
	fprintf(out, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", WIDTH, HEIGHT);
	text(out, WIDTH / 2.0, 34, "middle", 20, "bold",
	     "Latency of online requests beside batch work on one CPU");
	snprintf(subtitle, sizeof(subtitle),
		 "%d threads, a request of %g ms each %g ms; %d hogs; %zu requests a line, lower is better",
		 one->tags->online_threads, one->tags->work_ns / NSEC_PER_MSEC,
		 one->tags->period_ns / NSEC_PER_MSEC, one->tags->offline_threads, one->tags->n);
	text(out, WIDTH / 2.0, 58, "middle", 14, "normal", subtitle);
	draw_panel(out, &wake, series, n, offsetof(struct latency_run, wake));
	draw_panel(out, &response, series, n, offsetof(struct latency_run, response));
	legend(out, series, n);
	fputs("</svg>\n", out);
}
