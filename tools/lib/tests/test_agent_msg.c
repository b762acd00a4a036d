// SPDX-License-Identifier: GPL-2.0-only
/* Messages of both ABIs, from records and through both kinds of queue; CPU lists. */
#include <kselftest_harness.h>
#include <linux/bpf.h>

#include "agent_fake.h"

/* A record with a payload of @size bytes; the rest of @buf is poison. */
static void record(char *buf, size_t buf_size, __u16 type, const void *payload, size_t size)
{
	struct ghost_msg header = { type, sizeof(header) + size, 77 };

	memset(buf, 0xa5, buf_size);
	memcpy(buf, &header, sizeof(header));
	memcpy(buf + sizeof(header), payload, size);
}

TEST(decodes_what_both_abis_have)
{
	struct ghost_msg_payload_task_preempt p = {
		.gtid = 5, .runtime = 6, .cpu_seqnum = 7, .agent_data = 8, .cpu = 2, .was_latched = 1,
	};
	static const int abis[] = { 84, 91 };
	struct tagsched_msg m;
	char buf[128];
	int i;

	for (i = 0; i < 2; i++) {
		record(buf, sizeof(buf), MSG_TASK_PREEMPT, &p, sizeof(p));
		ASSERT_EQ(8 + sizeof(p), tagsched_msg__decode(buf, sizeof(buf), abis[i], &m));
		EXPECT_EQ(TAGSCHED_MSG_TASK_PREEMPT, m.type);
		EXPECT_EQ(77, m.seqnum);
		EXPECT_EQ(5, m.gtid);
		EXPECT_EQ(6, m.runtime);
		EXPECT_EQ(7, m.cpu_seqnum);
		EXPECT_EQ(8, m.agent_data);
		EXPECT_EQ(2, m.cpu);
		EXPECT_TRUE(m.was_latched);
		EXPECT_FALSE(m.from_switchto);
	}
}

TEST(decodes_what_abi_91_has_more)
{
	struct ghost_msg_payload_task_new n = { .gtid = 5, .agent_data = 9, .nice = -3,
						.runnable = 1, .sw_info = { 1, 2 } };
	struct ghost_msg_payload_task_dead d = { .gtid = 5, .cpu = 3 };
	struct ghost_msg_payload_cpu_tick t = { .cpu = 1, .is_agent = 1 };
	struct tagsched_msg m;
	char buf[128];

	record(buf, sizeof(buf), MSG_TASK_NEW, &n, sizeof(n));
	ASSERT_LT(0, tagsched_msg__decode(buf, sizeof(buf), 91, &m));
	EXPECT_EQ(9, m.agent_data);
	EXPECT_EQ(-3, m.nice);
	EXPECT_EQ(1, m.sw_region);
	EXPECT_EQ(2, m.sw_index);
	EXPECT_TRUE(m.runnable);
	record(buf, sizeof(buf), MSG_TASK_NEW, &n, sizeof(struct ghost_msg_payload_task_new_84));
	ASSERT_LT(0, tagsched_msg__decode(buf, sizeof(buf), 84, &m));
	EXPECT_EQ(0, m.agent_data);
	EXPECT_EQ(2, m.sw_index);
	/* the kernel's word is its ABI's: a short record is broken */
	EXPECT_EQ(-EBADMSG, tagsched_msg__decode(buf, sizeof(buf), 91, &m));

	record(buf, sizeof(buf), MSG_TASK_DEAD, &d, sizeof(d));
	ASSERT_LT(0, tagsched_msg__decode(buf, sizeof(buf), 91, &m));
	EXPECT_EQ(3, m.cpu);
	record(buf, sizeof(buf), MSG_TASK_DEAD, &d, 8);
	ASSERT_LT(0, tagsched_msg__decode(buf, sizeof(buf), 84, &m));
	EXPECT_EQ(-1, m.cpu);

	record(buf, sizeof(buf), MSG_CPU_TICK, &t, sizeof(t));
	ASSERT_LT(0, tagsched_msg__decode(buf, sizeof(buf), 91, &m));
	EXPECT_TRUE(m.is_agent);
}

TEST(refuses_broken_records)
{
	struct ghost_msg header = { MSG_TASK_BLOCKED, 40, 1 };
	struct tagsched_msg m;
	char buf[64] = "";

	memcpy(buf, &header, sizeof(header));
	EXPECT_EQ(-EBADMSG, tagsched_msg__decode(buf, 4, 91, &m));
	EXPECT_EQ(-EBADMSG, tagsched_msg__decode(buf, 39, 91, &m));
	EXPECT_EQ(40, tagsched_msg__decode(buf, 40, 91, &m));
	header.length = 7;
	memcpy(buf, &header, sizeof(header));
	EXPECT_EQ(-EBADMSG, tagsched_msg__decode(buf, sizeof(buf), 91, &m));
	/* of types to come only the header is known */
	header.type = 99;
	header.length = 16;
	memcpy(buf, &header, sizeof(header));
	EXPECT_EQ(16, tagsched_msg__decode(buf, sizeof(buf), 91, &m));
	EXPECT_EQ(99, m.type);
}

TEST(names_every_type)
{
	unsigned int type, named = 0;

	for (type = 0; type < 256; type++)
		named += !!tagsched_msg__name(type);
	EXPECT_EQ(20, named);
	EXPECT_STREQ("TASK_DEAD", tagsched_msg__name(MSG_TASK_DEAD));
	EXPECT_STREQ("TASK_PRIORITY_CHANGED", tagsched_msg__name(MSG_TASK_PRIORITY_CHANGED));
	EXPECT_STREQ("CPU_BUSY", tagsched_msg__name(MSG_CPU_BUSY));
	EXPECT_STREQ("QUEUE_RESYNC", tagsched_msg__name(MSG_QUEUE_RESYNC));
	EXPECT_STREQ("TARGET_STALE", tagsched_txn__name(GHOST_TXN_TARGET_STALE));
	EXPECT_STREQ("READY", tagsched_txn__name(GHOST_TXN_READY));
	EXPECT_STREQ("?", tagsched_txn__name(3));
}

TEST(ring_wraps_and_skips_filler)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);
	struct tagsched_msg m;
	__u32 i;

	ASSERT_NE(NULL, f);
	/* counters run on past 2^32 */
	f->queues[0].ring->head = f->queues[0].ring->tail = -64;
	for (i = 1; i < 100; i++) {
		agent_fake_task(f, 0, 1, MSG_TASK_PREEMPT, i);
		ASSERT_EQ(1, tagsched_queue__next(&f->queues[0], &m));
		ASSERT_EQ(i, m.seqnum);
		ASSERT_EQ(MSG_TASK_PREEMPT, m.type);
		ASSERT_EQ(0, tagsched_queue__next(&f->queues[0], &m));
	}
}

TEST(ring_drops_what_it_cannot_read)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);
	struct tagsched_msg m;

	ASSERT_NE(NULL, f);
	agent_fake_send(f, 0, MSG_TASK_BLOCKED, 1, "short", 5);
	EXPECT_EQ(-EBADMSG, tagsched_queue__next(&f->queues[0], &m));
	EXPECT_EQ(0, tagsched_queue__next(&f->queues[0], &m));
}

TEST(ring_buffer_skips_what_is_discarded_and_waits_for_what_is_busy)
{
	unsigned long consumer = 4096 - 32, producer = 4096 + 64;
	static char data[2 * 4096] __attribute__((aligned(8)));
	struct tagsched_enclave e = { .abi = 91 };
	struct tagsched_queue q = {
		.e = &e, .kind = TAGSCHED_QUEUE_RINGBUF, .consumer = &consumer,
		.producer = &producer, .data = data, .mask = 4095,
	};
	struct ghost_msg_payload_cpu_tick tick = { .cpu = 6 };
	__u32 *header = (void *)(data + 4096 - 32);
	struct tagsched_msg m;

	header[0] = 8 | BPF_RINGBUF_DISCARD_BIT;	/* 16 bytes with its header */
	header[4] = 16 | BPF_RINGBUF_BUSY_BIT;		/* ends beyond the wrap: mapped twice */
	record((char *)&header[6], 16, MSG_CPU_TICK, &tick, sizeof(tick));
	*(__u32 *)(data + 8) = BPF_RINGBUF_BUSY_BIT;

	EXPECT_EQ(0, tagsched_queue__next(&q, &m));
	header[4] = 16;
	ASSERT_EQ(1, tagsched_queue__next(&q, &m));
	EXPECT_EQ(MSG_CPU_TICK, m.type);
	EXPECT_EQ(6, m.cpu);
	EXPECT_EQ(4096 + 8, consumer);
	EXPECT_EQ(0, tagsched_queue__next(&q, &m));
}

TEST(reads_and_writes_cpu_lists)
{
	char text[64];
	cpu_set_t cpus;

	EXPECT_EQ(0, ts_cpulist_parse("0,2-4,7\n", &cpus));
	EXPECT_EQ(5, CPU_COUNT(&cpus));
	EXPECT_EQ(0, ts_cpulist_format(&cpus, text, sizeof(text)));
	EXPECT_STREQ("0,2-4,7", text);
	EXPECT_EQ(-ENAMETOOLONG, ts_cpulist_format(&cpus, text, 4));
	EXPECT_EQ(0, ts_cpulist_parse("", &cpus));
	EXPECT_EQ(0, CPU_COUNT(&cpus));
	EXPECT_EQ(-EINVAL, ts_cpulist_parse("1,", &cpus));
	EXPECT_EQ(-EINVAL, ts_cpulist_parse("3-1", &cpus));
	EXPECT_EQ(-EINVAL, ts_cpulist_parse("-1", &cpus));
	EXPECT_EQ(-EINVAL, ts_cpulist_parse("1 2", &cpus));
	EXPECT_EQ(-ERANGE, ts_cpulist_parse("1024", &cpus));
}

TEST_HARNESS_MAIN
