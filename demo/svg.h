/* SPDX-License-Identifier: GPL-2.0-only */
/* The demo's picture. */
#ifndef DEMO_SVG_H
#define DEMO_SVG_H

#include <stdio.h>

#include "verdict.h"

/* Draw the latency distributions of act one as SVG. */
void svg_latency(FILE *out, const struct act_one *one);

#endif /* DEMO_SVG_H */
