/* SPDX-License-Identifier: GPL-2.0-only */
/* results.json: everything that was measured, for programs. */
#ifndef DEMO_RESULTS_H
#define DEMO_RESULTS_H

#include <stdio.h>

#include "verdict.h"

/**
 * results_write() - write results.json
 * @out: where to
 * @one: act one, complete
 * @two: act two
 * @criteria: the promises
 * @n: their number
 *
 * Return: 0 or a negative errno.
 */
int results_write(FILE *out, const struct act_one *one, const struct placements *two,
		  const struct criterion *criteria, int n);

#endif /* DEMO_RESULTS_H */
