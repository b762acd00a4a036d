/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of delegation share, as an operator has it: ready-made agents,
 * the files of tasks and groups, and tasks that count what they do.
 * Functions return 0 or a negative errno unless they say otherwise.
 */
#ifndef AGENT_H
#define AGENT_H

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define POLICY_GHOST	18
#define NAME_SIZE	64

/* --- sys.c: files, time, the machine --- */

int sys_write(const char *path, const char *text);
int sys_read(const char *path, char *buf, size_t size);
int sys_online(int cpu, bool online);
int sys_nr_cpus(void);
bool sys_is_slow(void);		/* a kernel with all checkers on */
time_t sys_seconds(void);

/* It only ends what hangs: the machine is emulated, and shared. */
#define WAIT_SECONDS	(sys_is_slow() ? 900 : 300)

/**
 * WAIT_FOR() - wait until an expression is true
 * @expr: the expression
 * @...:  what it means, for printf(): said if it does not become true
 *
 * Return: whether it has become true.
 */
#define WAIT_FOR(expr, ...)						\
	({								\
		time_t _end = sys_seconds() + WAIT_SECONDS;		\
		bool _ok;						\
									\
		while (!(_ok = (expr)) && sys_seconds() < _end)		\
			usleep(10000);					\
		if (!_ok) {						\
			printf("# waited in vain for: " __VA_ARGS__);	\
			putchar('\n');					\
		}							\
		_ok;							\
	})

/* --- agent.c: the agent's process, and what it leaves --- */

pid_t agent_start(const char *command);		/* once it is ready; < 0: it was not */
bool agent_runs(pid_t agent);
int agent_end(pid_t agent, int sig);		/* its wait status */
int enclaves(void);				/* how many there are */
bool enclave_status(int id, const char *line);	/* whether it has a line like this */

/* --- group.c: control groups, v2 --- */

int group_make(char name[NAME_SIZE], const char *base, const char *tag);
int group_write(const char *name, const char *file, const char *text);
long group_stat(const char *name, const char *word);	/* of cpu.stat; -1: none */
int group_add(const char *name, pid_t pid);
void group_remove(const char *name);			/* and kill what is in it */

/* --- load.c: tasks --- */

enum load_kind { LOAD_HOG, LOAD_SLEEPER };

/**
 * struct load - a process that counts
 * @pid:   its id
 * @shown: in memory that it shares: count, and the CPUs that it has seen itself on
 */
struct load {
	pid_t pid;
	struct shown {
		volatile unsigned long count;
		volatile unsigned long cpus;
	} *shown;
};

/* It dies with its parent. */
int load_start(struct load *load, enum load_kind kind, const char *group);
void load_end(struct load *load);
bool load_goes_on(const struct load *load);	/* waits until it has done something more */
unsigned long load_cpus(const struct load *load);	/* from now, for some rounds; 0: it hangs */
bool loads_have_policy(const struct load *loads, int nr, int policy);	/* waits for it */
bool loads_go_on(const struct load *loads, int nr);

int task_policy(pid_t tid);			/* < 0: there is no such task */
unsigned long long task_runtime(pid_t tid);	/* ns on a CPU */
int task_pin(pid_t tid, int cpu);
int tasks_with_policy(int policy);		/* threads of everybody; prints them */

#endif /* AGENT_H */
