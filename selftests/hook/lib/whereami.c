// SPDX-License-Identifier: GPL-2.0-only
/* Writes the CPU on which it starts, as an int, to the descriptor it is given. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int cpu = sched_getcpu();

	if (argc != 2)
		return 1;
	return write(atoi(argv[1]), &cpu, sizeof(cpu)) != sizeof(cpu);
}
