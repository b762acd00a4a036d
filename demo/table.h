/* SPDX-License-Identifier: GPL-2.0-only */
/* The demo's tables, for people. */
#ifndef DEMO_TABLE_H
#define DEMO_TABLE_H

#include <stdio.h>

#include "verdict.h"

void table_latency(FILE *out, const struct act_one *one);
void table_placement(FILE *out, const struct placements *two);
void table_criteria(FILE *out, const struct criterion *criteria, int n);

#endif /* DEMO_TABLE_H */
