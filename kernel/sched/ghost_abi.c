// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delegation of scheduling to userspace: what an agent was compiled with is
 * what the kernel has. No code; the build fails where the ABI would change.
 */
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <uapi/linux/ghost.h>

#define SIZE(TYPE, SIZE)		static_assert(sizeof(TYPE) == (SIZE))
#define ALIGN_OF(TYPE, ALIGN)		static_assert(__alignof__(TYPE) == (ALIGN))
#define AT(TYPE, FIELD, OFFSET)		static_assert(offsetof(TYPE, FIELD) == (OFFSET))
/* A field of this many bytes. */
#define FIELD(TYPE, FIELD, OFFSET, BYTES) \
	AT(TYPE, FIELD, OFFSET); \
	static_assert(sizeof(((TYPE *)0)->FIELD) == (BYTES))
#define IS(NAME, VALUE)			static_assert((NAME) == (VALUE))

/* --- status words --- */

SIZE(struct ghost_sw_info, 8);
FIELD(struct ghost_sw_info, id, 0, 4);
FIELD(struct ghost_sw_info, index, 4, 4);

SIZE(struct ghost_sw_region_header, 64);
ALIGN_OF(struct ghost_sw_region_header, 64);
FIELD(struct ghost_sw_region_header, version, 0, 4);
FIELD(struct ghost_sw_region_header, id, 4, 4);
FIELD(struct ghost_sw_region_header, numa_node, 8, 4);
FIELD(struct ghost_sw_region_header, start, 12, 4);
FIELD(struct ghost_sw_region_header, capacity, 16, 4);
FIELD(struct ghost_sw_region_header, available, 20, 4);

SIZE(struct ghost_status_word, 32);
ALIGN_OF(struct ghost_status_word, 32);
FIELD(struct ghost_status_word, barrier, 0, 4);
FIELD(struct ghost_status_word, flags, 4, 4);
FIELD(struct ghost_status_word, gtid, 8, 8);
FIELD(struct ghost_status_word, switch_time, 16, 8);
FIELD(struct ghost_status_word, runtime, 24, 8);

IS(GHOST_SW_F_INUSE, 1 << 0);
IS(GHOST_SW_F_CANFREE, 1 << 1);
IS(GHOST_SW_F_ALLOCATED, 1 << 2);
IS(GHOST_SW_CPU_AVAIL, 1 << 8);
IS(GHOST_SW_BOOST_PRIO, 1 << 9);
IS(GHOST_SW_TASK_ONCPU, 1 << 16);
IS(GHOST_SW_TASK_RUNNABLE, 1 << 17);
IS(GHOST_SW_TASK_IS_AGENT, 1 << 18);
IS(GHOST_SW_TASK_MSG_GATED, 1 << 19);
IS(GHOST_SW_TASK_MSG_LOST, 1 << 24);

/* --- queues --- */

SIZE(struct ghost_queue_header, 64);
ALIGN_OF(struct ghost_queue_header, 64);
FIELD(struct ghost_queue_header, version, 0, 4);
FIELD(struct ghost_queue_header, start, 4, 4);
FIELD(struct ghost_queue_header, nelems, 8, 4);

SIZE(struct ghost_ring, 12);
FIELD(struct ghost_ring, head, 0, 4);
FIELD(struct ghost_ring, tail, 4, 4);
FIELD(struct ghost_ring, overflow, 8, 4);
AT(struct ghost_ring, slots, 12);

SIZE(struct ghost_msg, 8);
FIELD(struct ghost_msg, type, 0, 2);
FIELD(struct ghost_msg, length, 2, 2);
FIELD(struct ghost_msg, seqnum, 4, 4);

/* --- messages --- */

IS(MSG_NOP, 0);
IS(MSG_TASK_DEAD, 64);
IS(MSG_TASK_BLOCKED, 65);
IS(MSG_TASK_WAKEUP, 66);
IS(MSG_TASK_NEW, 67);
IS(MSG_TASK_PREEMPT, 68);
IS(MSG_TASK_YIELD, 69);
IS(MSG_TASK_DEPARTED, 70);
IS(MSG_TASK_SWITCHTO, 71);
IS(MSG_TASK_AFFINITY_CHANGED, 72);
IS(MSG_TASK_ON_CPU, 73);
IS(MSG_TASK_PRIORITY_CHANGED, 74);
IS(MSG_TASK_LATCH_FAILURE, 75);
IS(MSG_CPU_TICK, 128);
IS(MSG_CPU_TIMER_EXPIRED, 129);
IS(MSG_CPU_NOT_IDLE, 130);
IS(MSG_CPU_AVAILABLE, 131);
IS(MSG_CPU_BUSY, 132);
IS(MSG_CPU_AGENT_BLOCKED, 133);
IS(MSG_CPU_AGENT_WAKEUP, 134);
IS(MSG_QUEUE_RESYNC, 192);

SIZE(struct ghost_msg_payload_task_dead_84, 8);
FIELD(struct ghost_msg_payload_task_dead_84, gtid, 0, 8);

SIZE(struct ghost_msg_payload_task_dead, 16);
FIELD(struct ghost_msg_payload_task_dead, gtid, 0, 8);
FIELD(struct ghost_msg_payload_task_dead, cpu, 8, 4);

SIZE(struct ghost_msg_payload_task_blocked, 32);
FIELD(struct ghost_msg_payload_task_blocked, gtid, 0, 8);
FIELD(struct ghost_msg_payload_task_blocked, runtime, 8, 8);
FIELD(struct ghost_msg_payload_task_blocked, cpu_seqnum, 16, 8);
FIELD(struct ghost_msg_payload_task_blocked, cpu, 24, 4);
FIELD(struct ghost_msg_payload_task_blocked, from_switchto, 28, 1);

SIZE(struct ghost_msg_payload_task_wakeup, 32);
FIELD(struct ghost_msg_payload_task_wakeup, gtid, 0, 8);
FIELD(struct ghost_msg_payload_task_wakeup, agent_data, 8, 8);
FIELD(struct ghost_msg_payload_task_wakeup, deferrable, 16, 1);
FIELD(struct ghost_msg_payload_task_wakeup, last_ran_cpu, 20, 4);
FIELD(struct ghost_msg_payload_task_wakeup, wake_up_cpu, 24, 4);
FIELD(struct ghost_msg_payload_task_wakeup, waker_cpu, 28, 4);

SIZE(struct ghost_msg_payload_task_new_84, 40);
FIELD(struct ghost_msg_payload_task_new_84, gtid, 0, 8);
FIELD(struct ghost_msg_payload_task_new_84, parent_gtid, 8, 8);
FIELD(struct ghost_msg_payload_task_new_84, runtime, 16, 8);
FIELD(struct ghost_msg_payload_task_new_84, runnable, 24, 2);
FIELD(struct ghost_msg_payload_task_new_84, nice, 28, 4);
FIELD(struct ghost_msg_payload_task_new_84, sw_info, 32, 8);

SIZE(struct ghost_msg_payload_task_new, 48);
FIELD(struct ghost_msg_payload_task_new, gtid, 0, 8);
FIELD(struct ghost_msg_payload_task_new, parent_gtid, 8, 8);
FIELD(struct ghost_msg_payload_task_new, runtime, 16, 8);
FIELD(struct ghost_msg_payload_task_new, runnable, 24, 2);
FIELD(struct ghost_msg_payload_task_new, nice, 28, 4);
FIELD(struct ghost_msg_payload_task_new, sw_info, 32, 8);
FIELD(struct ghost_msg_payload_task_new, agent_data, 40, 8);

SIZE(struct ghost_msg_payload_task_preempt, 40);
FIELD(struct ghost_msg_payload_task_preempt, gtid, 0, 8);
FIELD(struct ghost_msg_payload_task_preempt, runtime, 8, 8);
FIELD(struct ghost_msg_payload_task_preempt, cpu_seqnum, 16, 8);
FIELD(struct ghost_msg_payload_task_preempt, agent_data, 24, 8);
FIELD(struct ghost_msg_payload_task_preempt, cpu, 32, 4);
FIELD(struct ghost_msg_payload_task_preempt, from_switchto, 36, 1);
FIELD(struct ghost_msg_payload_task_preempt, was_latched, 37, 1);

SIZE(struct ghost_msg_payload_task_yield, 40);
FIELD(struct ghost_msg_payload_task_yield, gtid, 0, 8);
FIELD(struct ghost_msg_payload_task_yield, runtime, 8, 8);
FIELD(struct ghost_msg_payload_task_yield, cpu_seqnum, 16, 8);
FIELD(struct ghost_msg_payload_task_yield, agent_data, 24, 8);
FIELD(struct ghost_msg_payload_task_yield, cpu, 32, 4);
FIELD(struct ghost_msg_payload_task_yield, from_switchto, 36, 1);

SIZE(struct ghost_msg_payload_task_departed, 24);
FIELD(struct ghost_msg_payload_task_departed, gtid, 0, 8);
FIELD(struct ghost_msg_payload_task_departed, cpu_seqnum, 8, 8);
FIELD(struct ghost_msg_payload_task_departed, cpu, 16, 4);
FIELD(struct ghost_msg_payload_task_departed, from_switchto, 20, 1);
FIELD(struct ghost_msg_payload_task_departed, was_current, 21, 1);

SIZE(struct ghost_msg_payload_task_switchto, 32);
FIELD(struct ghost_msg_payload_task_switchto, gtid, 0, 8);
FIELD(struct ghost_msg_payload_task_switchto, runtime, 8, 8);
FIELD(struct ghost_msg_payload_task_switchto, cpu_seqnum, 16, 8);
FIELD(struct ghost_msg_payload_task_switchto, cpu, 24, 4);

SIZE(struct ghost_msg_payload_task_affinity_changed, 8);
FIELD(struct ghost_msg_payload_task_affinity_changed, gtid, 0, 8);

SIZE(struct ghost_msg_payload_task_on_cpu, 32);
FIELD(struct ghost_msg_payload_task_on_cpu, gtid, 0, 8);
FIELD(struct ghost_msg_payload_task_on_cpu, commit_time, 8, 8);
FIELD(struct ghost_msg_payload_task_on_cpu, cpu_seqnum, 16, 8);
FIELD(struct ghost_msg_payload_task_on_cpu, cpu, 24, 4);

SIZE(struct ghost_msg_payload_task_priority_changed, 16);
FIELD(struct ghost_msg_payload_task_priority_changed, gtid, 0, 8);
FIELD(struct ghost_msg_payload_task_priority_changed, nice, 8, 4);

SIZE(struct ghost_msg_payload_task_latch_failure, 16);
FIELD(struct ghost_msg_payload_task_latch_failure, gtid, 0, 8);
FIELD(struct ghost_msg_payload_task_latch_failure, errno_, 8, 4);

SIZE(struct ghost_msg_payload_cpu_tick_84, 4);
FIELD(struct ghost_msg_payload_cpu_tick_84, cpu, 0, 4);

SIZE(struct ghost_msg_payload_cpu_tick, 8);
FIELD(struct ghost_msg_payload_cpu_tick, cpu, 0, 4);
FIELD(struct ghost_msg_payload_cpu_tick, is_agent, 4, 4);

SIZE(struct ghost_msg_payload_timer, 24);
FIELD(struct ghost_msg_payload_timer, cpu, 0, 4);
FIELD(struct ghost_msg_payload_timer, type, 8, 8);
FIELD(struct ghost_msg_payload_timer, cookie, 16, 8);

SIZE(struct ghost_msg_payload_cpu_not_idle, 16);
FIELD(struct ghost_msg_payload_cpu_not_idle, cpu, 0, 4);
FIELD(struct ghost_msg_payload_cpu_not_idle, next_gtid, 8, 8);

SIZE(struct ghost_msg_payload_cpu, 4);
FIELD(struct ghost_msg_payload_cpu, cpu, 0, 4);

SIZE(struct ghost_msg_payload_queue_resync, 8);
FIELD(struct ghost_msg_payload_queue_resync, lost, 0, 8);

/* --- transactions --- */

SIZE(struct ghost_txn, 64);
ALIGN_OF(struct ghost_txn, 64);
FIELD(struct ghost_txn, version, 0, 4);
FIELD(struct ghost_txn, cpu, 4, 4);
FIELD(struct ghost_txn, state, 8, 4);
FIELD(struct ghost_txn, agent_barrier, 12, 4);
FIELD(struct ghost_txn, task_barrier, 16, 4);
FIELD(struct ghost_txn, run_flags, 20, 2);
FIELD(struct ghost_txn, commit_flags, 22, 1);
FIELD(struct ghost_txn, gtid, 24, 8);
FIELD(struct ghost_txn, commit_time, 32, 8);
FIELD(struct ghost_txn, cpu_seqnum, 40, 8);
FIELD(struct ghost_txn, sync_group_owner, 48, 4);

SIZE(struct ghost_cpu_data, 4096);
ALIGN_OF(struct ghost_cpu_data, 4096);
AT(struct ghost_cpu_data, txn, 0);

IS(GHOST_TXN_COMPLETE, -2147483647 - 1);
IS(GHOST_TXN_ABORTED, -2147483647);
IS(GHOST_TXN_TARGET_ONCPU, -2147483646);
IS(GHOST_TXN_TARGET_STALE, -2147483645);
IS(GHOST_TXN_TARGET_NOT_FOUND, -2147483644);
IS(GHOST_TXN_TARGET_NOT_RUNNABLE, -2147483643);
IS(GHOST_TXN_AGENT_STALE, -2147483642);
IS(GHOST_TXN_CPU_OFFLINE, -2147483641);
IS(GHOST_TXN_CPU_UNAVAIL, -2147483640);
IS(GHOST_TXN_INVALID_FLAGS, -2147483639);
IS(GHOST_TXN_INVALID_TARGET, -2147483638);
IS(GHOST_TXN_NOT_PERMITTED, -2147483637);
IS(GHOST_TXN_INVALID_CPU, -2147483636);
IS(GHOST_TXN_NO_AGENT, -2147483635);
IS(GHOST_TXN_UNSUPPORTED_VERSION, -2147483634);
IS(GHOST_TXN_POISONED, -2147483633);
IS(GHOST_TXN_READY, 2147483647);

IS(RTLA_ON_PREEMPT, 1 << 0);
IS(RTLA_ON_BLOCKED, 1 << 1);
IS(RTLA_ON_YIELD, 1 << 2);
IS(RTLA_ON_IDLE, 1 << 5);
IS(NEED_L1D_FLUSH, 1 << 6);
IS(NEED_CPU_NOT_IDLE, 1 << 7);
IS(ELIDE_PREEMPT, 1 << 9);
IS(SEND_TASK_ON_CPU, 1 << 10);
IS(DEFER_LATCHED_PREEMPTION_BY_AGENT, 1 << 11);
IS(DO_NOT_PREEMPT, 1 << 12);

IS(COMMIT_AT_SCHEDULE, 1 << 0);
IS(COMMIT_AT_TXN_COMMIT, 1 << 1);
IS(ALLOW_TASK_ONCPU, 1 << 2);
IS(ELIDE_AGENT_BARRIER_INC, 1 << 3);
IS(INC_AGENT_BARRIER_ON_FAILURE, 1 << 4);

/* --- ioctls --- */

IS(GHOST_AGENT, 0);
IS(GHOST_TASK, 1);

SIZE(struct ghost_msg_src, 16);
FIELD(struct ghost_msg_src, type, 0, 4);
FIELD(struct ghost_msg_src, arg, 8, 8);

SIZE(struct ghost_ioc_sw_get_info, 24);
FIELD(struct ghost_ioc_sw_get_info, request, 0, 16);
FIELD(struct ghost_ioc_sw_get_info, response, 16, 8);

SIZE(struct ghost_ioc_create_queue, 24);
FIELD(struct ghost_ioc_create_queue, elems, 0, 4);
FIELD(struct ghost_ioc_create_queue, node, 4, 4);
FIELD(struct ghost_ioc_create_queue, flags, 8, 4);
FIELD(struct ghost_ioc_create_queue, mapsize, 16, 8);

IS(GHOST_ASSOC_SF_ALREADY, 1 << 0);
IS(GHOST_ASSOC_SF_BRAND_NEW, 1 << 1);

SIZE(struct ghost_ioc_assoc_queue, 32);
FIELD(struct ghost_ioc_assoc_queue, fd, 0, 4);
FIELD(struct ghost_ioc_assoc_queue, src, 8, 16);
FIELD(struct ghost_ioc_assoc_queue, barrier, 24, 4);
FIELD(struct ghost_ioc_assoc_queue, flags, 28, 4);

SIZE(struct ghost_ioc_set_default_queue, 4);
FIELD(struct ghost_ioc_set_default_queue, fd, 0, 4);

SIZE(struct ghost_agent_wakeup, 8);
FIELD(struct ghost_agent_wakeup, cpu, 0, 4);
FIELD(struct ghost_agent_wakeup, prio, 4, 4);

SIZE(struct ghost_ioc_config_queue_wakeup, 24);
FIELD(struct ghost_ioc_config_queue_wakeup, qfd, 0, 4);
FIELD(struct ghost_ioc_config_queue_wakeup, w, 8, 8);
FIELD(struct ghost_ioc_config_queue_wakeup, ninfo, 16, 4);
FIELD(struct ghost_ioc_config_queue_wakeup, flags, 20, 4);

SIZE(struct ghost_ioc_get_cpu_time, 16);
FIELD(struct ghost_ioc_get_cpu_time, gtid, 0, 8);
FIELD(struct ghost_ioc_get_cpu_time, runtime, 8, 8);

SIZE(struct ghost_ioc_commit_txn, 16);
FIELD(struct ghost_ioc_commit_txn, mask_ptr, 0, 8);
FIELD(struct ghost_ioc_commit_txn, mask_len, 8, 4);
FIELD(struct ghost_ioc_commit_txn, flags, 12, 4);

SIZE(struct timerfd_ghost, 24);
FIELD(struct timerfd_ghost, cpu, 0, 4);
FIELD(struct timerfd_ghost, flags, 4, 4);
FIELD(struct timerfd_ghost, type, 8, 8);
FIELD(struct timerfd_ghost, cookie, 16, 8);

SIZE(struct ghost_ioc_timerfd_settime, 48);
FIELD(struct ghost_ioc_timerfd_settime, timerfd, 0, 4);
FIELD(struct ghost_ioc_timerfd_settime, flags, 4, 4);
FIELD(struct ghost_ioc_timerfd_settime, in_tmr, 8, 8);
FIELD(struct ghost_ioc_timerfd_settime, out_tmr, 16, 8);
FIELD(struct ghost_ioc_timerfd_settime, timerfd_ghost, 24, 24);

SIZE(struct ghost_ioc_run, 24);
FIELD(struct ghost_ioc_run, gtid, 0, 8);
FIELD(struct ghost_ioc_run, agent_barrier, 8, 4);
FIELD(struct ghost_ioc_run, task_barrier, 12, 4);
FIELD(struct ghost_ioc_run, run_cpu, 16, 4);
FIELD(struct ghost_ioc_run, run_flags, 20, 4);

SIZE(struct ghost_ioc_create_ringbuf_queue, 8);
FIELD(struct ghost_ioc_create_ringbuf_queue, map_fd, 0, 4);
FIELD(struct ghost_ioc_create_ringbuf_queue, flags, 4, 4);

IS(GHOST_IOC_NULL, 0x00006700);
IS(GHOST_IOC_SW_GET_INFO, 0xc0186701);
IS(GHOST_IOC_SW_FREE, 0x40086702);
IS(GHOST_IOC_CREATE_QUEUE, 0xc0186703);
IS(GHOST_IOC_ASSOC_QUEUE, 0x40206704);
IS(GHOST_IOC_SET_DEFAULT_QUEUE, 0x40046705);
IS(GHOST_IOC_CONFIG_QUEUE_WAKEUP, 0x40186706);
IS(GHOST_IOC_GET_CPU_TIME, 0xc0106707);
IS(GHOST_IOC_COMMIT_TXN, 0x40106708);
IS(GHOST_IOC_SYNC_GROUP_TXN, 0x40106709);
IS(GHOST_IOC_TIMERFD_SETTIME, 0xc030670a);
IS(GHOST_IOC_RUN, 0x4018670b);
IS(GHOST_IOC_CREATE_RINGBUF_QUEUE, 0x40086740);
