// SPDX-License-Identifier: GPL-2.0-only
/* The picture of the tasks: from messages, from commits, and after messages were lost. */
#include <kselftest_harness.h>

#include "agent_fake.h"

static void fill(struct ts_table *table, int from, int to)
{
	for (; from < to; from++)
		ts_table_add(table, agent_fake_gtid(from));
}

TEST(table_finds_what_is_in_it_and_nothing_else)
{
	struct tagsched_task *task;
	struct ts_table table;
	int i;

	ASSERT_EQ(0, ts_table_init(&table, 16));
	fill(&table, 0, 20000);
	EXPECT_EQ(20000, table.len);
	for (i = 0; i < 20000; i += 2)
		ts_table_remove(&table, ts_table_find(&table, agent_fake_gtid(i)));
	EXPECT_EQ(10000, table.len);
	for (i = 0; i < 20000; i++) {
		task = ts_table_find(&table, agent_fake_gtid(i));
		ASSERT_EQ(i & 1, !!task);
	}
	/* memory comes back, and zeroed */
	task = ts_table_find(&table, agent_fake_gtid(1));
	memset(task->data, 0xff, 16);
	ts_table_remove(&table, task);
	task = ts_table_add(&table, agent_fake_gtid(1));
	EXPECT_EQ(0, *(__u64 *)task->data);
	EXPECT_EQ(4194303, task->tid);
	ts_table_destroy(&table);
}

TEST(run_queue_is_a_fifo_that_minds_affinity)
{
	struct tagsched_task t[4] = { 0 };
	struct tagsched_runq rq = { 0 };
	int i;

	for (i = 0; i < 4; i++) {
		t[i].allowed_known = true;
		CPU_SET(i & 1, &t[i].allowed);
		tagsched_runq__push(&rq, &t[i]);
	}
	tagsched_runq__push_front(&rq, &t[3]);	/* again: is in it once */
	EXPECT_EQ(4, rq.len);
	EXPECT_EQ(&t[0], tagsched_runq__pop(&rq, 0));
	EXPECT_EQ(&t[3], tagsched_runq__pop(&rq, 1));
	tagsched_runq__remove(&t[2]);
	tagsched_runq__remove(&t[2]);
	EXPECT_EQ(NULL, tagsched_runq__pop(&rq, 0));
	EXPECT_EQ(&t[1], tagsched_runq__pop(&rq, 1));
	EXPECT_EQ(0, rq.len);
	EXPECT_EQ(NULL, rq.first);
	EXPECT_EQ(NULL, rq.last);
}

TEST(one_drain_takes_a_block_and_the_wake_up_that_caused_it)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);
	struct tagsched_agent *a = &f->agents[0];
	struct tagsched_task *task;

	agent_fake_new(f, 0, 1, true);
	agent_fake_new(f, 0, 2, false);
	EXPECT_EQ(2, ts_drain(a));
	task = ts_pick(a, 0);
	ts_committing(&f->as, task, 0);
	ts_committed(a, task, 0, GHOST_TXN_COMPLETE);
	EXPECT_EQ(0, f->as.nr_queued);
	EXPECT_EQ(task, a->current);

	agent_fake_task(f, 0, 2, MSG_TASK_WAKEUP, 2);
	agent_fake_task(f, 0, 1, MSG_TASK_BLOCKED, 2);
	EXPECT_EQ(2, ts_drain(a));
	EXPECT_STREQ("n1+1n2+2", f->trace);
	EXPECT_EQ(NULL, a->current);
	EXPECT_EQ(TAGSCHED_TASK_BLOCKED, task->state);
	EXPECT_EQ(agent_fake_find(f, 2), ts_pick(a, 0));
}

TEST(departure_and_death_free_the_word_and_forget_the_task)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);
	int i;

	agent_fake_new(f, 0, 1, true);
	agent_fake_new(f, 0, 2, true);
	agent_fake_task(f, 0, 1, MSG_TASK_DEPARTED, 2);
	agent_fake_task(f, 0, 2, MSG_TASK_BLOCKED, 2);
	agent_fake_task(f, 0, 2, MSG_TASK_DEAD, 3);
	agent_fake_task(f, 0, 2, MSG_TASK_WAKEUP, 4);	/* of nobody */
	EXPECT_EQ(6, ts_drain(&f->agents[0]));
	EXPECT_STREQ("n1+1n2+2-1-2d2", f->trace);
	EXPECT_EQ(0, f->as.table.len);
	EXPECT_EQ(0, f->as.nr_queued);
	EXPECT_EQ(2, f->freed);
	for (i = 0; i < FAKE_CPUS; i++)
		EXPECT_EQ(0, f->agents[i].nr_homed);
}

TEST(tasks_spread_over_the_cpus_that_they_may_use)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);
	int i;

	f->agents[1].idle = true;
	for (i = 1; i <= 6; i++)
		agent_fake_new(f, 0, i, true);
	ts_drain(&f->agents[0]);
	EXPECT_EQ(1, agent_fake_find(f, 1)->cpu);
	f->agents[1].idle = false;
	EXPECT_EQ(6, f->agents[0].nr_homed + f->agents[1].nr_homed + f->agents[2].nr_homed);
	EXPECT_EQ(agent_fake_find(f, 1)->queue, &f->queues[1]);
}

TEST(task_whose_messages_are_elsewhere_does_not_move)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);

	f->assoc_answer = -ESTALE;
	f->agents[1].idle = true;
	agent_fake_new(f, 0, 1, true);
	ts_drain(&f->agents[0]);
	EXPECT_EQ(0, agent_fake_find(f, 1)->cpu);
	EXPECT_EQ(&f->queues[0], agent_fake_find(f, 1)->queue);
}

TEST(failed_commit_gives_the_task_back)
{
	static const struct {
		int state;
		enum tagsched_task_state then;
		bool failed;
	} cases[] = {
		{ GHOST_TXN_TARGET_STALE, TAGSCHED_TASK_QUEUED, true },
		{ GHOST_TXN_TARGET_ONCPU, TAGSCHED_TASK_QUEUED, true },
		{ GHOST_TXN_CPU_UNAVAIL, TAGSCHED_TASK_QUEUED, true },
		{ GHOST_TXN_AGENT_STALE, TAGSCHED_TASK_QUEUED, false },
		{ GHOST_TXN_POISONED, TAGSCHED_TASK_QUEUED, false },
		{ GHOST_TXN_TARGET_NOT_FOUND, TAGSCHED_TASK_BLOCKED, false },
		{ GHOST_TXN_TARGET_NOT_RUNNABLE, TAGSCHED_TASK_BLOCKED, false },
		{ GHOST_TXN_COMPLETE, TAGSCHED_TASK_RUNNING, false },
	};
	struct tagsched_task *task;
	struct agent_fake *f;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);
		agent_fake_new(f, 0, 1, true);
		ts_drain(&f->agents[0]);
		task = ts_pick(&f->agents[0], 0);
		ts_committing(&f->as, task, 0);
		ts_committed(&f->agents[0], task, 0, cases[i].state);
		EXPECT_EQ(cases[i].then, task->state) TH_LOG("%d", cases[i].state);
		EXPECT_EQ(cases[i].failed, f->agents[0].failed);
		EXPECT_EQ(cases[i].then == TAGSCHED_TASK_QUEUED, f->as.nr_queued);
		EXPECT_EQ(cases[i].then == TAGSCHED_TASK_RUNNING, f->agents[0].current == task);
	}
}

TEST(task_without_a_cpu_is_stranded_until_its_affinity_changes)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);
	struct tagsched_task *task;

	agent_fake_new(f, 0, 1, false);
	ts_drain(&f->agents[0]);
	task = agent_fake_find(f, 1);
	CPU_ZERO(&task->allowed);
	CPU_SET(FAKE_CPUS, &task->allowed);
	agent_fake_task(f, 0, 1, MSG_TASK_WAKEUP, 2);
	ts_drain(&f->agents[0]);
	EXPECT_EQ(TAGSCHED_TASK_STRANDED, task->state);
	EXPECT_EQ(0, f->as.nr_queued);
	EXPECT_EQ(task->gtid, f->as.stranded[0]);
	/* there is no such thread, so it is allowed everywhere */
	agent_fake_task(f, 0, 1, MSG_TASK_AFFINITY_CHANGED, 3);
	ts_drain(&f->agents[0]);
	EXPECT_EQ(TAGSCHED_TASK_QUEUED, task->state);
	EXPECT_EQ(1, f->as.nr_queued);
}

static void send_resync(struct agent_fake *f, int cpu, __u64 lost)
{
	agent_fake_send(f, cpu, MSG_QUEUE_RESYNC, 0, &lost, sizeof(lost));
}

TEST(resync_finds_what_messages_did_not_tell)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_CENTRAL);
	struct tagsched_agent *a = &f->agents[0];
	struct ghost_status_word *sw;

	agent_fake_new(f, 0, 1, true);	/* will have blocked */
	agent_fake_new(f, 0, 2, false);	/* will have woken */
	agent_fake_new(f, 0, 3, true);	/* will have died */
	agent_fake_new(f, 0, 4, true);	/* is running, and is still */
	ts_drain(a);
	tagsched_runq__remove(agent_fake_find(f, 4));
	ts_committing(&f->as, agent_fake_find(f, 4), 1);
	f->trace[0] = '\0';

	sw = agent_fake_word(f, 1);
	sw->barrier = 5;
	sw->flags &= ~GHOST_SW_TASK_RUNNABLE;
	sw = agent_fake_word(f, 2);
	sw->barrier = 7;
	sw->flags |= GHOST_SW_TASK_RUNNABLE;
	agent_fake_word(f, 3)->flags |= GHOST_SW_F_CANFREE;
	agent_fake_word(f, 4)->flags |= GHOST_SW_TASK_ONCPU;
	sw = agent_fake_word(f, 5);	/* came meanwhile */
	*sw = (struct ghost_status_word){ .barrier = 1, .gtid = agent_fake_gtid(5),
					  .flags = GHOST_SW_F_INUSE | GHOST_SW_TASK_RUNNABLE };
	sw = agent_fake_word(f, 6);	/* an agent is no task */
	*sw = (struct ghost_status_word){ .barrier = 1, .gtid = agent_fake_gtid(6),
					  .flags = GHOST_SW_F_INUSE | GHOST_SW_TASK_IS_AGENT };
	send_resync(f, 0, 12);
	ts_drain(a);
	EXPECT_STREQ("-1+2-3d3n5+5", f->trace);
	EXPECT_EQ(4, f->as.table.len);
	EXPECT_EQ(2, f->as.nr_queued);
	EXPECT_EQ(1, a->stats.resyncs);
	EXPECT_EQ(12, a->stats.lost);
	EXPECT_EQ(1, f->freed);
	EXPECT_EQ(agent_fake_find(f, 4), f->agents[1].current);

	/* messages that the words were ahead of are no news; later ones are */
	f->trace[0] = '\0';
	agent_fake_task(f, 0, 1, MSG_TASK_WAKEUP, 4);
	agent_fake_task(f, 0, 1, MSG_TASK_BLOCKED, 5);
	agent_fake_task(f, 0, 3, MSG_TASK_DEAD, 2);
	agent_fake_new(f, 0, 5, true);
	ts_drain(a);
	EXPECT_STREQ("", f->trace);
	agent_fake_task(f, 0, 1, MSG_TASK_WAKEUP, 6);
	ts_drain(a);
	EXPECT_STREQ("+1", f->trace);
}

TEST(resync_of_one_queue_leaves_the_tasks_of_others_alone)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);

	f->agents[1].idle = true;
	agent_fake_new(f, 0, 1, true);
	ts_drain(&f->agents[0]);
	ASSERT_EQ(&f->queues[1], agent_fake_find(f, 1)->queue);
	f->trace[0] = '\0';
	/* its BLOCKED is in queue 1 */
	agent_fake_word(f, 1)->flags &= ~GHOST_SW_TASK_RUNNABLE;
	agent_fake_word(f, 1)->barrier = 2;
	send_resync(f, 0, 1);
	ts_drain(&f->agents[0]);
	EXPECT_STREQ("", f->trace);
	agent_fake_task(f, 1, 1, MSG_TASK_BLOCKED, 2);
	ts_drain(&f->agents[1]);
	EXPECT_STREQ("-1", f->trace);
}

TEST(discovery_takes_over_tasks_that_were_there)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_CENTRAL);
	struct ghost_status_word *sw;
	int i;

	for (i = 1; i <= 3; i++) {
		sw = agent_fake_word(f, i);
		sw->gtid = agent_fake_gtid(i);
		sw->barrier = 40 + i;
		sw->flags = GHOST_SW_F_INUSE | (i == 1 ? GHOST_SW_TASK_RUNNABLE : 0) |
			    (i == 3 ? GHOST_SW_F_CANFREE : 0);
	}
	EXPECT_EQ(0, ts_discover(&f->agents[0]));
	EXPECT_STREQ("n1+1n2", f->trace);
	EXPECT_EQ(41, agent_fake_find(f, 1)->seqnum);
	EXPECT_EQ(1, f->freed);
	EXPECT_EQ(2, f->as.table.len);
}

TEST(discovery_waits_for_tasks_that_will_tell)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_CENTRAL);

	*agent_fake_word(f, 1) = (struct ghost_status_word){
		.barrier = 1, .gtid = agent_fake_gtid(1), .flags = GHOST_SW_F_INUSE };
	f->assoc_answer = GHOST_ASSOC_SF_BRAND_NEW;
	EXPECT_EQ(0, ts_discover(&f->agents[0]));
	EXPECT_EQ(0, f->as.table.len);
	f->assoc_answer = -ESTALE;
	EXPECT_EQ(-ESTALE, ts_discover(&f->agents[0]));
}

TEST(transactions_are_filled_committed_withdrawn_and_owned)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_CENTRAL);
	struct ghost_txn *txn = &f->e.cpu_data[2].txn;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(2, &cpus);
	EXPECT_EQ(-EINVAL, tagsched_txn__prepare(&f->e, FAKE_CPUS, 5, 1, 1, NULL));
	ASSERT_EQ(0, tagsched_txn__prepare(&f->e, 2, 5, 6, 7, NULL));
	EXPECT_EQ(-EBUSY, tagsched_txn__prepare(&f->e, 2, 5, 6, 7, NULL));
	EXPECT_EQ(5, txn->gtid);
	EXPECT_EQ(6, txn->task_barrier);
	EXPECT_EQ(7, txn->agent_barrier);
	EXPECT_EQ(COMMIT_AT_TXN_COMMIT, txn->commit_flags);
	f->txn_answer = GHOST_TXN_TARGET_STALE;
	EXPECT_EQ(0, tagsched_txn__commit(&f->e, &cpus));
	EXPECT_EQ(TAGSCHED_TXN_TARGET_STALE, tagsched_txn__state(&f->e, 2));

	EXPECT_EQ(0, tagsched_txn__prepare(&f->e, 2, 5, 6, 7, NULL));
	EXPECT_EQ(0, tagsched_txn__abort(&f->e, 2));
	EXPECT_EQ(TAGSCHED_TXN_ABORTED, tagsched_txn__state(&f->e, 2));
	txn->state = 1;
	EXPECT_EQ(-EBUSY, tagsched_txn__abort(&f->e, 2));
	txn->state = GHOST_TXN_COMPLETE;

	EXPECT_EQ(0, tagsched_txn__claim(&f->e, 2, 0));
	EXPECT_EQ(-EBUSY, tagsched_txn__claim(&f->e, 2, 1));
	/* the fake answers 0: the group failed */
	EXPECT_EQ(-EAGAIN, tagsched_txn__commit_group(&f->e, &cpus));
	EXPECT_EQ(0, tagsched_txn__claim(&f->e, 2, 1));
}

/* The fake kernel stops the agents when one yields: a loop does what it can before. */
static void attach(struct agent_fake *f)
{
	int i;

	for (i = 0; i < FAKE_CPUS; i++) {
		f->agents[i].sw = (const void *)agent_fake_word(f, FAKE_WORDS - 1 - i);
		agent_fake_word(f, FAKE_WORDS - 1 - i)->flags = GHOST_SW_F_INUSE |
			GHOST_SW_TASK_IS_AGENT | GHOST_SW_CPU_AVAIL;
	}
	f->stop_at_yield = true;
}

TEST(agent_of_a_cpu_runs_all_it_has_and_then_yields)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);
	int i;

	attach(f);
	for (i = 1; i <= 3; i++)
		agent_fake_new(f, 0, i, true);
	/* each commit returns at once, as if something had woken the agent */
	ts_percpu_loop(&f->agents[0]);
	EXPECT_EQ(3, f->agents[0].stats.commits);
	EXPECT_EQ(3, f->agents[0].stats.messages);
	EXPECT_EQ(3, f->commits);
	EXPECT_EQ(0, f->as.nr_queued);
	EXPECT_EQ(1, f->yields);
	EXPECT_EQ(0, f->as.dead);
}

TEST(agent_does_not_commit_again_at_once_what_fails_without_a_message)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);

	attach(f);
	f->txn_answer = GHOST_TXN_TARGET_STALE;
	agent_fake_new(f, 0, 1, true);
	ts_percpu_loop(&f->agents[0]);
	EXPECT_EQ(1, f->commits);
	EXPECT_EQ(1, f->yields);
	EXPECT_EQ(RTLA_ON_IDLE, f->yield_flags);
	EXPECT_EQ(1, f->as.nr_queued);
}

TEST(boosted_agent_schedules_nothing_and_asks_to_come_back)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);

	attach(f);
	agent_fake_word(f, FAKE_WORDS - 1)->flags |= GHOST_SW_BOOST_PRIO;
	agent_fake_new(f, 0, 1, true);
	ts_percpu_loop(&f->agents[0]);
	EXPECT_EQ(0, f->commits);
	EXPECT_EQ(RTLA_ON_IDLE, f->yield_flags);
}

TEST(agent_wakes_another_that_may_run_what_waits)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);

	attach(f);
	f->assoc_answer = -ESTALE;	/* nothing moves by itself */
	f->agents[2].idle = true;
	f->txn_answer = GHOST_TXN_TARGET_STALE;
	agent_fake_new(f, 0, 1, true);
	agent_fake_new(f, 0, 2, true);
	ts_percpu_loop(&f->agents[0]);
	EXPECT_EQ(1, f->pings);
	EXPECT_EQ(0, f->agents[2].idle);
}

TEST(agent_wakes_one_for_each_task_that_waits)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);
	int i;

	attach(f);
	for (i = 1; i <= 3; i++)
		agent_fake_new(f, 0, i, false);
	ts_drain(&f->agents[0]);
	f->assoc_answer = -ESTALE;
	f->agents[1].idle = true;
	f->agents[2].idle = true;
	/* task 2 may run on CPU 2 only, which is not the first that waits */
	CPU_ZERO(&agent_fake_find(f, 2)->allowed);
	CPU_SET(2, &agent_fake_find(f, 2)->allowed);
	agent_fake_find(f, 2)->allowed_known = true;
	for (i = 1; i <= 3; i++)
		agent_fake_task(f, 0, i, MSG_TASK_WAKEUP, 2);
	f->txn_answer = GHOST_TXN_TARGET_STALE;
	ts_percpu_loop(&f->agents[0]);
	EXPECT_EQ(2, f->pings);
	EXPECT_EQ(0, f->agents[1].idle);
	EXPECT_EQ(0, f->agents[2].idle);
	EXPECT_EQ(NULL, f->agents[0].offers);
}

TEST(agent_wakes_nobody_for_what_it_runs_itself)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);

	attach(f);
	f->assoc_answer = -ESTALE;
	f->agents[1].idle = true;
	agent_fake_new(f, 0, 1, true);
	ts_percpu_loop(&f->agents[0]);
	EXPECT_EQ(1, f->commits);
	EXPECT_EQ(0, f->pings);
}

TEST(agent_wakes_the_reader_of_messages_that_keep_a_task_from_moving)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_PER_CPU);

	attach(f);
	f->agents[1].idle = true;
	agent_fake_new(f, 0, 1, true);
	ts_drain(&f->agents[0]);
	ASSERT_EQ(&f->queues[1], agent_fake_find(f, 1)->queue);
	/* AFFINITY_CHANGED, for one, wakes nobody */
	f->assoc_answer = -ESTALE;
	f->agents[1].idle = false;
	ts_percpu_loop(&f->agents[2]);
	EXPECT_EQ(0, f->commits);
	EXPECT_EQ(1, f->pings);
	EXPECT_EQ(1, f->ping_cpu);
	EXPECT_EQ(TAGSCHED_TASK_QUEUED, agent_fake_find(f, 1)->state);
}

TEST(central_agent_fills_free_cpus_with_one_commit)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_CENTRAL);
	int i;

	attach(f);
	f->as.opts.spin_us = 1;
	f->as.central_cpu = 0;
	for (i = 1; i <= 2; i++)
		agent_fake_new(f, 0, i, true);
	ts_central_loop(&f->agents[0]);
	EXPECT_EQ(1, f->commits);
	EXPECT_EQ(2, f->agents[0].stats.commits);
	EXPECT_EQ(agent_fake_find(f, 1), f->agents[1].current);
	EXPECT_EQ(agent_fake_find(f, 2), f->agents[2].current);
}

TEST(central_agent_hands_over_when_another_class_wants_its_cpu)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_CENTRAL);

	attach(f);
	f->as.central_cpu = 0;
	agent_fake_word(f, FAKE_WORDS - 1)->flags |= GHOST_SW_BOOST_PRIO;
	agent_fake_word(f, FAKE_WORDS - 2)->flags &= ~GHOST_SW_CPU_AVAIL;
	ts_central_loop(&f->agents[0]);
	EXPECT_EQ(2, f->as.central_cpu);
	EXPECT_EQ(1, f->agents[0].stats.handovers);
	EXPECT_EQ(0, f->yield_flags);
}

TEST(central_agent_makes_way_for_a_task_that_may_run_there_only)
{
	struct agent_fake *f = agent_fake_make(TAGSCHED_MODEL_CENTRAL);
	struct tagsched_task *task;

	attach(f);
	f->as.central_cpu = 0;
	agent_fake_new(f, 0, 1, false);
	ts_drain(&f->agents[0]);
	task = agent_fake_find(f, 1);
	CPU_ZERO(&task->allowed);
	CPU_SET(0, &task->allowed);
	agent_fake_task(f, 0, 1, MSG_TASK_WAKEUP, 2);
	ts_central_loop(&f->agents[0]);
	EXPECT_NE(0, f->as.central_cpu);
	EXPECT_EQ(0, f->commits);
}

TEST_HARNESS_MAIN
