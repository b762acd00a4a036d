// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Status words. */
#include "agent_internal.h"

_Static_assert(sizeof(struct tagsched_sw) == sizeof(struct ghost_status_word), "status word");
_Static_assert(offsetof(struct tagsched_sw, flags) == offsetof(struct ghost_status_word, flags),
	       "flags");
_Static_assert(offsetof(struct tagsched_sw, gtid) == offsetof(struct ghost_status_word, gtid),
	       "gtid");
_Static_assert(offsetof(struct tagsched_sw, runtime) ==
	       offsetof(struct ghost_status_word, runtime), "runtime");
_Static_assert(TAGSCHED_SW_INUSE == GHOST_SW_F_INUSE, "INUSE");
_Static_assert(TAGSCHED_SW_CANFREE == GHOST_SW_F_CANFREE, "CANFREE");
_Static_assert(TAGSCHED_SW_CPU_AVAIL == GHOST_SW_CPU_AVAIL, "CPU_AVAIL");
_Static_assert(TAGSCHED_SW_BOOST_PRIO == GHOST_SW_BOOST_PRIO, "BOOST_PRIO");
_Static_assert(TAGSCHED_SW_ONCPU == GHOST_SW_TASK_ONCPU, "ONCPU");
_Static_assert(TAGSCHED_SW_RUNNABLE == GHOST_SW_TASK_RUNNABLE, "RUNNABLE");
_Static_assert(TAGSCHED_SW_IS_AGENT == GHOST_SW_TASK_IS_AGENT, "IS_AGENT");
_Static_assert(TAGSCHED_SW_MSG_LOST == GHOST_SW_TASK_MSG_LOST, "MSG_LOST");

static const struct tagsched_sw *words(const struct tagsched_enclave *e)
{
	return (const void *)((const char *)e->sw + e->sw->start);
}

__u32 tagsched_sw__count(const struct tagsched_enclave *e)
{
	return e->sw->capacity;
}

const struct tagsched_sw *tagsched_sw__at(const struct tagsched_enclave *e, __u32 region,
					  __u32 index)
{
	if (region != e->sw->id || index >= e->sw->capacity)
		return NULL;
	return words(e) + index;
}

__u32 tagsched_sw__flags(const struct tagsched_sw *sw)
{
	return ts_load(&sw->flags);
}

__u32 tagsched_sw__barrier(const struct tagsched_sw *sw)
{
	return ts_load(&sw->barrier);
}

int tagsched_sw__free(struct tagsched_enclave *e, const struct tagsched_sw *sw)
{
	struct ghost_sw_info info = { .id = e->sw->id, .index = sw - words(e) };

	return e->ioctl(e, GHOST_IOC_SW_FREE, &info);
}
