// SPDX-License-Identifier: GPL-2.0-only
/* The ABI in numbers, and what an enclave of either version consists of. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "harness.h"

/* Sizes and offsets, as text for a failure to name, and checked by the compiler. */
#define STRUCTS(S, F)						\
	S(ghost_sw_info, 8) F(ghost_sw_info, index, 4)		\
	S(ghost_sw_region_header, 64)				\
	F(ghost_sw_region_header, id, 4)			\
	F(ghost_sw_region_header, numa_node, 8)			\
	F(ghost_sw_region_header, start, 12)			\
	F(ghost_sw_region_header, capacity, 16)			\
	F(ghost_sw_region_header, available, 20)		\
	S(ghost_status_word, 32)				\
	F(ghost_status_word, barrier, 0)			\
	F(ghost_status_word, flags, 4)				\
	F(ghost_status_word, gtid, 8)				\
	F(ghost_status_word, switch_time, 16)			\
	F(ghost_status_word, runtime, 24)			\
	S(ghost_queue_header, 64)				\
	F(ghost_queue_header, start, 4)				\
	F(ghost_queue_header, nelems, 8)			\
	F(ghost_ring, head, 0) F(ghost_ring, tail, 4)		\
	F(ghost_ring, overflow, 8) F(ghost_ring, slots, 12)	\
	S(ghost_msg, 8) F(ghost_msg, type, 0)			\
	F(ghost_msg, length, 2) F(ghost_msg, seqnum, 4)		\
	S(ghost_txn, 64) F(ghost_txn, cpu, 4)			\
	F(ghost_txn, state, 8) F(ghost_txn, agent_barrier, 12)	\
	F(ghost_txn, task_barrier, 16) F(ghost_txn, run_flags, 20) \
	F(ghost_txn, commit_flags, 22) F(ghost_txn, gtid, 24)	\
	F(ghost_txn, commit_time, 32) F(ghost_txn, cpu_seqnum, 40) \
	F(ghost_txn, sync_group_owner, 48)			\
	S(ghost_cpu_data, 4096)					\
	S(ghost_msg_src, 16) F(ghost_msg_src, arg, 8)		\
	S(ghost_ioc_sw_get_info, 24)				\
	F(ghost_ioc_sw_get_info, response, 16)			\
	S(ghost_ioc_create_queue, 24)				\
	F(ghost_ioc_create_queue, mapsize, 16)			\
	S(ghost_ioc_assoc_queue, 32)				\
	F(ghost_ioc_assoc_queue, src, 8)			\
	F(ghost_ioc_assoc_queue, barrier, 24)			\
	F(ghost_ioc_assoc_queue, flags, 28)			\
	S(ghost_ioc_set_default_queue, 4)			\
	S(ghost_agent_wakeup, 8)				\
	S(ghost_ioc_config_queue_wakeup, 24)			\
	F(ghost_ioc_config_queue_wakeup, w, 8)			\
	F(ghost_ioc_config_queue_wakeup, ninfo, 16)		\
	F(ghost_ioc_config_queue_wakeup, flags, 20)		\
	S(ghost_ioc_get_cpu_time, 16)				\
	F(ghost_ioc_get_cpu_time, runtime, 8)			\
	S(ghost_ioc_commit_txn, 16)				\
	F(ghost_ioc_commit_txn, mask_len, 8)			\
	F(ghost_ioc_commit_txn, flags, 12)			\
	S(timerfd_ghost, 24) F(timerfd_ghost, type, 8)		\
	F(timerfd_ghost, cookie, 16)				\
	S(ghost_ioc_timerfd_settime, 48)			\
	F(ghost_ioc_timerfd_settime, in_tmr, 8)			\
	F(ghost_ioc_timerfd_settime, out_tmr, 16)		\
	F(ghost_ioc_timerfd_settime, timerfd_ghost, 24)		\
	S(ghost_ioc_run, 24) F(ghost_ioc_run, agent_barrier, 8)	\
	F(ghost_ioc_run, task_barrier, 12)			\
	F(ghost_ioc_run, run_cpu, 16)				\
	F(ghost_ioc_run, run_flags, 20)				\
	S(ghost_msg_payload_task_dead_84, 8)			\
	S(ghost_msg_payload_task_dead, 16)			\
	F(ghost_msg_payload_task_dead, cpu, 8)			\
	S(ghost_msg_payload_task_blocked, 32)			\
	F(ghost_msg_payload_task_blocked, cpu_seqnum, 16)	\
	F(ghost_msg_payload_task_blocked, cpu, 24)		\
	F(ghost_msg_payload_task_blocked, from_switchto, 28)	\
	S(ghost_msg_payload_task_wakeup, 32)			\
	F(ghost_msg_payload_task_wakeup, deferrable, 16)	\
	F(ghost_msg_payload_task_wakeup, last_ran_cpu, 20)	\
	F(ghost_msg_payload_task_wakeup, wake_up_cpu, 24)	\
	F(ghost_msg_payload_task_wakeup, waker_cpu, 28)		\
	S(ghost_msg_payload_task_new_84, 40)			\
	S(ghost_msg_payload_task_new, 48)			\
	F(ghost_msg_payload_task_new, runnable, 24)		\
	F(ghost_msg_payload_task_new, nice, 28)			\
	F(ghost_msg_payload_task_new, sw_info, 32)		\
	F(ghost_msg_payload_task_new, agent_data, 40)		\
	S(ghost_msg_payload_task_preempt, 40)			\
	F(ghost_msg_payload_task_preempt, agent_data, 24)	\
	F(ghost_msg_payload_task_preempt, cpu, 32)		\
	F(ghost_msg_payload_task_preempt, from_switchto, 36)	\
	F(ghost_msg_payload_task_preempt, was_latched, 37)	\
	S(ghost_msg_payload_task_yield, 40)			\
	S(ghost_msg_payload_task_departed, 24)			\
	F(ghost_msg_payload_task_departed, cpu, 16)		\
	F(ghost_msg_payload_task_departed, was_current, 21)	\
	S(ghost_msg_payload_task_switchto, 32)			\
	S(ghost_msg_payload_task_affinity_changed, 8)		\
	S(ghost_msg_payload_task_on_cpu, 32)			\
	F(ghost_msg_payload_task_on_cpu, cpu, 24)		\
	S(ghost_msg_payload_task_priority_changed, 16)		\
	F(ghost_msg_payload_task_priority_changed, nice, 8)	\
	S(ghost_msg_payload_task_latch_failure, 16)		\
	S(ghost_msg_payload_cpu_tick_84, 4)			\
	S(ghost_msg_payload_cpu_tick, 8)			\
	S(ghost_msg_payload_timer, 24)				\
	S(ghost_msg_payload_cpu_not_idle, 16)			\
	S(ghost_msg_payload_cpu, 4)

#define STATIC_SIZE(type, size)	\
	_Static_assert(sizeof(struct type) == (size), #type);
#define STATIC_FIELD(type, field, offset) \
	_Static_assert(offsetof(struct type, field) == (offset), #type "." #field);
STRUCTS(STATIC_SIZE, STATIC_FIELD)

PROVE(structs, "structures have the sizes and offsets of ABI 84 and 91")
{
#define CHECK_SIZE(type, size) \
	EXPECT_EQ(size, (int)sizeof(struct type)) TH_LOG("struct %s", #type);
#define CHECK_FIELD(type, field, offset) \
	EXPECT_EQ(offset, (int)offsetof(struct type, field)) TH_LOG("%s.%s", #type, #field);
	STRUCTS(CHECK_SIZE, CHECK_FIELD)
}

static const struct {
	unsigned long	is, must_be;
} numbers[] = {
#define NUMBER(is, must_be)	{ is, must_be }
	NUMBER(GHOST_IOC_NULL, 0x00006700),
	NUMBER(GHOST_IOC_SW_GET_INFO, 0xc0186701),
	NUMBER(GHOST_IOC_SW_FREE, 0x40086702),
	NUMBER(GHOST_IOC_CREATE_QUEUE, 0xc0186703),
	NUMBER(GHOST_IOC_ASSOC_QUEUE, 0x40206704),
	NUMBER(GHOST_IOC_SET_DEFAULT_QUEUE, 0x40046705),
	NUMBER(GHOST_IOC_CONFIG_QUEUE_WAKEUP, 0x40186706),
	NUMBER(GHOST_IOC_GET_CPU_TIME, 0xc0106707),
	NUMBER(GHOST_IOC_COMMIT_TXN, 0x40106708),
	NUMBER(GHOST_IOC_SYNC_GROUP_TXN, 0x40106709),
	NUMBER(GHOST_IOC_TIMERFD_SETTIME, 0xc030670a),
	NUMBER(GHOST_IOC_RUN, 0x4018670b),
};

PROVE(ioctls, "ioctls have the numbers of ABI 84 and 91")
{
	unsigned int i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		EXPECT_EQ(numbers[i].must_be, numbers[i].is);
	}
}

static const struct {
	const char	*name;
	mode_t		mode;
	long		size;		/* -1: any */
	const char	*text;		/* what a new enclave reads; NULL: not checked */
} files[] = {
	{ "abi_version", 0444, -1, NULL },
	{ "agent_online", 0664, -1, "0" },
	{ "commit_at_tick", 0664, -1, "0" },
	{ "cpu_data", 0660, -2, NULL },
	{ "cpulist", 0664, -1, "\n" },
	{ "cpumask", 0664, -1, NULL },
	{ "ctl", 0664, -1, NULL },
	{ "deliver_agent_runnability", 0664, -1, "0" },
	{ "deliver_cpu_availability", 0664, -1, "0" },
	{ "deliver_ticks", 0664, -1, "0" },
	{ "dispatch_boost", 0664, -1, "0" },
	{ "grace_period", 0664, -1, "100" },
	{ "live_dangerously", 0664, -1, "0" },
	{ "persist", 0664, -1, "0" },
	{ "runnable_timeout", 0664, -1, "5000" },
	{ "status", 0444, -1, NULL },
	{ "switchto_disabled", 0664, -1, "0" },
	{ "tag", 0664, -1, "none\n" },
	{ "tasks", 0666, -1, "" },
	{ "wake_on_waker_cpu", 0664, -1, "0" },
};

#define NR_FILES	((int)(sizeof(files) / sizeof(files[0])))

FIXTURE(enclave)
{
	struct enclave	e;
};

FIXTURE_VARIANT(enclave)
{
	int		abi;
};

FIXTURE_VARIANT_ADD(enclave, abi_84)
{
	.abi = GHOST_ABI_84,
};

FIXTURE_VARIANT_ADD(enclave, abi_91)
{
	.abi = GHOST_ABI_91,
};

FIXTURE_SETUP(enclave)
{
	ASSERT_EQ(0, enclave_create(&self->e, variant->abi, NULL));
}

FIXTURE_TEARDOWN(enclave)
{
	EXPECT_EQ(0, enclave_end(&self->e));
}

PROVE_F(enclave, version,
	"[C1] version lists 84 and 91, a line each; abi_version is the enclave's own")
{
	char text[64], own[16];

	ASSERT_LT(0, sys_read(GHOSTFS "/version", text, sizeof(text)));
	EXPECT_STREQ("84\n91\n", text);
	ASSERT_LT(0, enclave_read(&self->e, "abi_version", text, sizeof(text)));
	snprintf(own, sizeof(own), "%d\n", variant->abi);
	EXPECT_STREQ(own, text);
}

PROVE_F(enclave, files, "[C1] a new enclave has every file, with its mode, size and first value")
{
	char text[512];
	struct stat st;
	int i;

	for (i = 0; i < NR_FILES; i++) {
		ASSERT_EQ(0, fstatat(self->e.dir, files[i].name, &st, 0)) {
			TH_LOG("%s", files[i].name);
		}
		EXPECT_EQ(files[i].mode, st.st_mode & 07777) {
			TH_LOG("%s", files[i].name);
		}
		if (files[i].size == -2) {
			EXPECT_EQ(4096L * sys_nr_cpus(), st.st_size);
		}
		if (!files[i].text)
			continue;
		ASSERT_LE(0, enclave_read(&self->e, files[i].name, text, sizeof(text)));
		EXPECT_STREQ(files[i].text, text) {
			TH_LOG("%s", files[i].name);
		}
	}
}

PROVE_F(enclave, nothing_else, "[C1] a new enclave has no other file, and sw_regions one a region")
{
	char path[64];
	struct dirent *d;
	struct stat st;
	int nr = 0;
	DIR *dir;

	snprintf(path, sizeof(path), GHOSTFS "/enclave_%lu", self->e.id);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(0555, st.st_mode & 07777);
	dir = opendir(path);
	ASSERT_NE(NULL, dir);
	while ((d = readdir(dir)))
		nr += d->d_type == DT_REG;
	closedir(dir);
	EXPECT_EQ(NR_FILES, nr);

	ASSERT_EQ(0, fstatat(self->e.dir, "sw_regions", &st, 0));
	EXPECT_EQ(0555, st.st_mode & 07777);
	ASSERT_EQ(0, fstatat(self->e.dir, "sw_regions/sw_0", &st, 0));
	EXPECT_EQ(0440, st.st_mode & 07777);
	EXPECT_EQ(GHOST_SW_REGION_SIZE, st.st_size);
}

PROVE_F(enclave, region, "a region of status words says where they are and how many")
{
	struct ghost_sw_region_header *h = self->e.sw;

	EXPECT_EQ(0, h->version);
	EXPECT_EQ(0, h->id);
	EXPECT_EQ(0, h->numa_node);
	EXPECT_EQ(64, h->start);
	EXPECT_EQ((GHOST_SW_REGION_SIZE - 64) / 32, h->capacity);
	EXPECT_EQ(h->capacity, h->available);
}

PROVE_F(enclave, status, "status says which version, that nobody is there, and who would be")
{
	char text[512], version[32];

	ASSERT_LT(0, enclave_read(&self->e, "status", text, sizeof(text)));
	snprintf(version, sizeof(version), "version %d\n", variant->abi);
	EXPECT_EQ(0, strncmp(text, version, strlen(version)));
	EXPECT_NE(NULL, strstr(text, "\nactive no\n"));
	EXPECT_NE(NULL, strstr(text, "\nnr_tasks 0\n"));
	EXPECT_NE(NULL, strstr(text, "\ntag none\n"));
	EXPECT_NE(NULL, strstr(text, "\nagents\n"));
	EXPECT_NE(NULL, strstr(text, "\ndying no\n"));
	EXPECT_EQ(NULL, strstr(text, "ephemeral"));
}

PROVE_F(enclave, mount, "ghostfs has its magic number, its top level the modes of the ABI")
{
	struct statfs fs;
	struct stat st;

	ASSERT_EQ(0, statfs(GHOSTFS, &fs));
	EXPECT_EQ(GHOST_SUPER_MAGIC, (unsigned long)fs.f_type & 0xffffffff);
	ASSERT_EQ(0, stat(GHOSTFS "/ctl", &st));
	EXPECT_EQ(0660, st.st_mode & 07777);
	ASSERT_EQ(0, stat(GHOSTFS "/version", &st));
	EXPECT_EQ(0444, st.st_mode & 07777);
}

TEST_HARNESS_MAIN
