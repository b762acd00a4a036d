/* SPDX-License-Identifier: GPL-2.0-only */
/* What agents print, and the frame of their main(). */
#ifndef REPORT_H
#define REPORT_H

#include "options.h"

/**
 * report_run() - run a policy until SIGINT, SIGTERM or a successor
 * @ops: the policy
 * @o: the options; its ready, second and arg are set here
 *
 * Prints "ready" when tasks are being scheduled, --stats, and errors.
 *
 * Return: an exit status.
 */
int report_run(const struct tagsched_agent_ops *ops, struct options *o);

#endif /* REPORT_H */
