// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs about the machine's shape, against /sys and lscpu. The boots topo-*
 * give the guest a shape of their own, and say which on the command line.
 */
#include <ctype.h>
#include <errno.h>

#include "harness.h"
#include "kfunc_topology.h"
#include "kfunc_topology.skel.h"

#define SAMPLES	100
#define CPU_DIR	"/sys/devices/system/cpu"
#define NODE_DIR "/sys/devices/system/node"

HOOK_SKELETON(kfunc_topology_bpf)

FIXTURE(topology) {
	struct kfunc_topology_bpf *skel;
	struct victim victim;
	int cpus;
};

/* Have a program look once more. */
static bool look(FIXTURE_DATA(topology) *self, const __u64 *count)
{
	__u64 before = *count;
	int guard;

	for (guard = 0; guard < 1000; guard++) {
		if (victim_settle(&self->victim) || victim_wake(&self->victim) < 0)
			return false;
		if (*count != before)
			return !victim_settle(&self->victim);
	}
	return false;
}

FIXTURE_SETUP(topology)
{
	self->cpus = sys_nr_cpus();
	ASSERT_LE(2, self->cpus);
	ASSERT_GE(MAX_CPUS, self->cpus);
	self->skel = load();
	ASSERT_NE(NULL, self->skel);
	ASSERT_EQ(0, victim_start(&self->victim, NULL));
	ASSERT_EQ(0, task_pin(self->victim.pid, -1));
	self->skel->bss->victim = self->victim.pid;
	ASSERT_LE(0, hook_attach(bpf_program__fd(self->skel->progs.shape)));
	ASSERT_TRUE(look(self, &self->skel->bss->answers));
}

FIXTURE_TEARDOWN(topology)
{
	victim_stop(&self->victim);
	kfunc_topology_bpf__destroy(self->skel);
}

static bool online(int cpu)
{
	return sys_online() & (1UL << cpu);
}

static long number_in(const char *format, int cpu)
{
	char path[128], text[64];

	snprintf(path, sizeof(path), format, cpu);
	return sys_read(path, text, sizeof(text)) > 0 ? strtol(text, NULL, 10) : -1000;
}

static unsigned long list_in(const char *format, int i)
{
	char path[128];

	snprintf(path, sizeof(path), format, i);
	return sys_list(path);
}

PROVE_F(topology, masks, "possible, isolated: what /sys/devices/system/cpu says")
{
	EXPECT_EQ(sys_list(CPU_DIR "/possible"), self->skel->bss->possible_cpus);
	EXPECT_EQ(sys_list(CPU_DIR "/isolated"), self->skel->bss->isolated_cpus);
}

PROVE_F(topology, numbers, "core, die, package and node of a CPU, and its SMT and package siblings: what /sys says")
{
	int i;

	for (i = 0; i < self->cpus; i++) {
		const struct place *p = &self->skel->bss->places[i];

		if (!online(i))
			continue;
		EXPECT_EQ(number_in(CPU_DIR "/cpu%d/topology/core_id", i), p->core);
		EXPECT_EQ(number_in(CPU_DIR "/cpu%d/topology/die_id", i), p->die);
		EXPECT_EQ(number_in(CPU_DIR "/cpu%d/topology/physical_package_id", i), p->package);
		EXPECT_EQ(list_in(CPU_DIR "/cpu%d/topology/core_cpus_list", i), p->smt);
		EXPECT_EQ(list_in(CPU_DIR "/cpu%d/topology/package_cpus_list", i), p->package_cpus);
		EXPECT_NE(0, list_in(NODE_DIR "/node%d/cpulist", p->node) & (1UL << i));
	}
}

/* The cpus that share the cache of the highest level; 0 if /sys does not say. */
static unsigned long cache_cpus(int cpu)
{
	unsigned long mask = 0;
	char path[128];
	long level, best = -1;
	int i;

	for (i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), CPU_DIR "/cpu%%d/cache/index%d/level", i);
		level = number_in(path, cpu);
		if (level <= best)
			continue;
		best = level;
		snprintf(path, sizeof(path), CPU_DIR "/cpu%%d/cache/index%d/shared_cpu_list", i);
		mask = list_in(path, cpu);
	}
	return mask;
}

PROVE_F(topology, cache, "who shares a last level cache: what /sys says; mask, number and question agree")
{
	int i, j, known = 0;

	for (i = 0; i < self->cpus; i++) {
		const struct place *p = &self->skel->bss->places[i];

		if (!online(i))
			continue;
		if (cache_cpus(i)) {
			known++;
			EXPECT_EQ(cache_cpus(i), p->llc);
		}
		EXPECT_EQ(__builtin_ctzl(p->llc), p->cache);
		for (j = 0; j < self->cpus; j++)
			EXPECT_EQ(!!(p->llc & (1UL << j)), p->share[j]);
	}
	if (!known)
		TH_LOG("no cache in /sys: only compared with each other");
}

/* The rows of lscpu -p: core, socket, node; how many there are. */
static int lscpu(int rows[MAX_CPUS][3])
{
	FILE *f = popen("lscpu -p=CPU,CORE,SOCKET,NODE", "r");
	char line[128];
	int cpu, row[3], n = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%d,%d,%d,%d", &cpu, &row[0], &row[1], &row[2]) != 4)
			continue;
		if (cpu >= 0 && cpu < MAX_CPUS) {
			memcpy(rows[cpu], row, sizeof(row));
			n++;
		}
	}
	if (f)
		pclose(f);
	return n;
}

PROVE_F(topology, lscpu, "which CPUs share a core, a package, a node: what lscpu says")
{
	const struct place *p = self->skel->bss->places;
	int rows[MAX_CPUS][3], i, j;

	ASSERT_EQ(__builtin_popcountl(sys_online()), lscpu(rows));
	for (i = 0; i < self->cpus; i++) {
		const int *mine = rows[i], *other;

		if (!online(i))
			continue;
		EXPECT_EQ(mine[2], p[i].node);
		for (j = 0; j < self->cpus; j++) {
			if (!online(j))
				continue;
			other = rows[j];
			EXPECT_EQ(mine[0] == other[0], !!(p[i].smt & (1UL << j)));
			EXPECT_EQ(mine[0] == other[0],
				  p[i].core == p[j].core && p[i].package == p[j].package);
			EXPECT_EQ(mine[1] == other[1], !!(p[i].package_cpus & (1UL << j)));
			EXPECT_EQ(mine[1] == other[1], p[i].package == p[j].package);
			EXPECT_EQ(mine[2] == other[2], p[i].node == p[j].node);
		}
	}
}

PROVE_F(topology, snapshot, "the snapshot has the numbers that the single kfuncs say")
{
	int i;

	for (i = 0; i < self->cpus; i++) {
		const struct place *p = &self->skel->bss->places[i];

		EXPECT_EQ(0, p->snapshot);
		EXPECT_EQ(p->core, p->snap_core);
		EXPECT_EQ(p->die, p->snap_die);
		EXPECT_EQ(p->package, p->snap_package);
		EXPECT_EQ(p->node, p->snap_node);
		EXPECT_EQ(p->cache, p->snap_cache);
	}
}

/* Distances are a line of numbers, one for each node that is online. */
static void check_distances(struct __test_metadata *_metadata, const struct node_sum *node, int i)
{
	unsigned long nodes = sys_list(NODE_DIR "/online");
	char path[128], text[256], *at = text;
	int j;

	snprintf(path, sizeof(path), NODE_DIR "/node%d/distance", i);
	ASSERT_LT(0, sys_read(path, text, sizeof(text)));
	for (j = 0; j < MAX_NODES; j++)
		if (nodes & (1UL << j))
			EXPECT_EQ(strtol(at, &at, 10), node->distance[j]);
}

PROVE_F(topology, nodes, "nodes, their CPUs and distances: what /sys/devices/system/node says")
{
	unsigned long possible = sys_list(NODE_DIR "/possible"), nodes = sys_list(NODE_DIR "/online");
	int i, j;

	ASSERT_NE(0, nodes);
	EXPECT_EQ(64 - __builtin_clzl(possible), (int)self->skel->bss->nr_nodes);
	for (i = 0; i < MAX_NODES; i++) {
		const struct node_sum *node = &self->skel->bss->nodes[i];

		if (nodes & (1UL << i)) {
			EXPECT_EQ(list_in(NODE_DIR "/node%d/cpulist", i), node->cpus);
			check_distances(_metadata, node, i);
		} else if (!(possible & (1UL << i))) {
			EXPECT_EQ(NO_MASK, node->cpus);
			for (j = 0; j < MAX_NODES; j++)
				EXPECT_EQ(-EINVAL, node->distance[j]);
		}
	}
}

PROVE_F(topology, sums, "capacity, utilisation and running tasks of a node: the sums over its CPUs")
{
	unsigned long possible = sys_list(NODE_DIR "/possible"), nodes = sys_list(NODE_DIR "/online");
	int i, k, link;

	link = hook_attach(bpf_program__fd(self->skel->progs.add_up));
	ASSERT_LE(0, link);
	for (i = 0; i < SAMPLES; i++)
		ASSERT_TRUE(look(self, &self->skel->bss->sums));
	for (i = 0; i < MAX_NODES; i++) {
		const struct node_sum *node = &self->skel->bss->nodes[i];

		if (!(possible & (1UL << i))) {
			EXPECT_EQ(-EINVAL, node->capacity);
			EXPECT_EQ(-EINVAL, node->util);
			EXPECT_EQ(-EINVAL, node->nr_running);
		}
		if (!(nodes & (1UL << i)))
			continue;
		/* In between the sum may have changed and changed back: hardly ever. */
		for (k = 0; k < 3; k++) {
			EXPECT_LE(SAMPLES / 10, node->stable[k]);
			EXPECT_LE(node->stable[k] * 9 / 10, node->agreed[k]);
		}
		if (node->cpus)
			EXPECT_LT(0, node->capacity);
	}
	close(link);
}

PROVE_F(topology, no_cpu, "[K2] a CPU that is not there: EINVAL, and no mask")
{
	int i, j;

	for (i = 0; i < MAX_CPUS; i++) {
		const struct place *p = &self->skel->bss->places[i];

		if (i < self->cpus) {
			for (j = self->cpus; j < MAX_CPUS; j++)
				EXPECT_EQ(-EINVAL, p->share[j]);
			continue;
		}
		EXPECT_EQ(NO_MASK, p->smt);
		EXPECT_EQ(NO_MASK, p->llc);
		EXPECT_EQ(NO_MASK, p->package_cpus);
		EXPECT_EQ(-EINVAL, p->core);
		EXPECT_EQ(-EINVAL, p->die);
		EXPECT_EQ(-EINVAL, p->package);
		EXPECT_EQ(-EINVAL, p->node);
		EXPECT_EQ(-EINVAL, p->cache);
		EXPECT_EQ(-EINVAL, p->snapshot);
		EXPECT_EQ(-EINVAL, p->share[0]);
	}
}

PROVE_F(topology, offline, "a CPU that goes offline is in nobody's mask, and back again when it comes")
{
	struct kfunc_topology_bpf__bss *bss = self->skel->bss;
	int last = 63 - __builtin_clzl(sys_online()), i;
	struct place before[MAX_CPUS];
	__u64 bit = 1UL << last;

	memcpy(before, bss->places, sizeof(before));
	ASSERT_EQ(0, sys_set_online(last, false));
	ASSERT_TRUE(look(self, &bss->answers));
	for (i = 0; i < last; i++) {
		if (!online(i))
			continue;
		EXPECT_EQ(before[i].smt & ~bit, bss->places[i].smt);
		EXPECT_EQ(before[i].llc & ~bit, bss->places[i].llc);
		EXPECT_EQ(before[i].package_cpus & ~bit, bss->places[i].package_cpus);
	}
	for (i = 0; i < MAX_NODES; i++)
		if (bss->nodes[i].cpus != NO_MASK)
			EXPECT_EQ(0, bss->nodes[i].cpus & bit);
	EXPECT_EQ(0, bss->places[last].snapshot);
	ASSERT_EQ(0, sys_set_online(last, true));
	ASSERT_TRUE(look(self, &bss->answers));
	for (i = 0; i <= last; i++) {
		EXPECT_EQ(before[i].smt, bss->places[i].smt);
		EXPECT_EQ(before[i].llc, bss->places[i].llc);
		EXPECT_EQ(before[i].package_cpus, bss->places[i].package_cpus);
	}
}

/* ---- is the guest of the shape that the boot is there for? ---- */

static bool boot_is(const char *shape)
{
	char text[4096], word[64];

	snprintf(word, sizeof(word), "topo=%s", shape);
	return sys_read("/proc/cmdline", text, sizeof(text)) > 0 && strstr(text, word);
}

PROVE_F(topology, shape, "the guest has the shape of its boot: SMT, two sockets with nodes, nodes of 3 and 1 CPUs")
{
	const struct kfunc_topology_bpf__bss *bss = self->skel->bss;
	const struct place *p = bss->places;

	if (boot_is("smt")) {
		EXPECT_EQ(0x3, p[0].smt);
		EXPECT_EQ(0xc, p[2].smt);
		EXPECT_EQ(0xf, p[0].package_cpus);
		EXPECT_EQ(p[0].core, p[1].core);
		EXPECT_NE(p[0].core, p[2].core);
	} else if (boot_is("numa")) {
		EXPECT_EQ(0x1, p[0].smt);
		EXPECT_EQ(0x3, p[0].package_cpus);
		EXPECT_EQ(0xc, p[3].package_cpus);
		EXPECT_NE(p[0].package, p[2].package);
		EXPECT_EQ(0x3, bss->nodes[0].cpus);
		EXPECT_EQ(0xc, bss->nodes[1].cpus);
		EXPECT_EQ(31, bss->nodes[0].distance[1]);
	} else if (boot_is("asym")) {
		EXPECT_EQ(0x7, bss->nodes[0].cpus);
		EXPECT_EQ(0x8, bss->nodes[1].cpus);
		EXPECT_EQ(0, p[2].node);
		EXPECT_EQ(1, p[3].node);
		/* Two of six CPUs are possible and have never been there. */
		EXPECT_EQ(0x3f, bss->possible_cpus);
		EXPECT_EQ(0xf, sys_online());
	} else {
		SKIP(return, "a boot without a shape of its own");
	}
}

TEST_HARNESS_MAIN
