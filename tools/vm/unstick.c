// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: unstick MONITOR GDB: frees virtual CPUs from a stale translation.
 *
 * QEMU's multi-threaded emulation has a race: a CPU that translates an
 * instruction while another one overwrites it may keep the old translation for
 * good. It is common before version 8.1, where accel/tcg did not lock the page
 * before it translated, and is still seen with 10.0. A kernel that patches its
 * own text, as each flip of a static key does, then leaves CPUs at a breakpoint
 * that is no longer in memory: they take the trap, find nothing there, go back,
 * and so on, with interrupts off.
 *
 * Such a CPU is one that has interrupts off and is not halted each time one
 * looks. Where it is stuck is among the addresses on its stack. To write there
 * what is there makes QEMU translate it again. A CPU that is slow rather than
 * stuck loses nothing by that but some time.
 *
 * MONITOR is the socket of QEMU's human monitor, GDB that of its gdb stub. Each
 * rescue is a line on standard output. Ends with the machine.
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PERIOD_US	300000
#define PATIENCE	8		/* looks in a row */
#define MAX_CPUS	64
#define IF_FLAG		0x200
#define KERNEL_TEXT	0xffffffff80000000ull
#define STACK_BYTES	1024

static const char prompt[] = "(qemu) ";

/* --- sockets */

static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), tries;

	if (fd < 0 || strlen(path) >= sizeof(addr.sun_path))
		errx(1, "cannot use the socket %s", path);
	strcpy(addr.sun_path, path);
	/* QEMU needs a moment to make them */
	for (tries = 0; connect(fd, (struct sockaddr *)&addr, sizeof(addr)); tries++) {
		if (tries == 100)
			err(1, "%s", path);
		usleep(50000);
	}
	return fd;
}

static void send_text(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
		exit(0);	/* the machine has ended */
}

static bool ends(const char *text, size_t used, const char *end)
{
	size_t length = strlen(end);

	return used >= length && !memcmp(text + used - length, end, length);
}

/* --- looking */

/* Give the monitor's answer to @command, up to its next prompt. */
static const char *ask(int monitor, const char *command)
{
	static char text[1 << 20];
	size_t used = 0;

	send_text(monitor, command);
	while (!ends(text, used, prompt)) {
		ssize_t n = read(monitor, text + used, sizeof(text) - used - 1);

		if (n <= 0)
			exit(0);
		used += n;
		text[used] = '\0';
	}
	return text;
}

/* Count, for each CPU, the looks in a row that found it with interrupts off. */
static bool look(const char *registers, int looks[MAX_CPUS])
{
	const char *at = registers;
	bool stuck = false;

	while ((at = strstr(at, "CPU#"))) {
		const char *flags = strstr(at, "RFL="), *halted = strstr(at, "HLT=");
		int cpu = atoi(at + 4);

		at += 4;
		if (!flags || !halted || cpu < 0 || cpu >= MAX_CPUS)
			continue;
		if ((strtoul(flags + 4, NULL, 16) & IF_FLAG) || halted[4] == '1')
			looks[cpu] = 0;
		else if (++looks[cpu] >= PATIENCE)
			stuck = true;
	}
	return stuck;
}

/* --- gdb's remote serial protocol */

/* Send a packet, give the body of the answer. */
static const char *packet(int fd, const char *body)
{
	static char text[16384];
	unsigned int sum = 0;
	size_t used = 0;
	const char *c;

	for (c = body; *c; c++)
		sum += (unsigned char)*c;
	snprintf(text, sizeof(text), "$%s#%02x", body, sum & 0xff);
	send_text(fd, text);
	/* +$BODY#NN */
	while (used < 5 || text[used - 3] != '#') {
		ssize_t n = read(fd, text + used, sizeof(text) - used - 1);

		if (n <= 0)
			exit(0);
		used += n;
		text[used] = '\0';
	}
	send_text(fd, "+");
	text[used - 3] = '\0';
	return strchr(text, '$') ? strchr(text, '$') + 1 : "";
}

/* The @index'th 64-bit number, low byte first, of hexadecimal digits. */
static unsigned long long number(const char *hex, size_t index)
{
	unsigned long long value = 0;
	int i;

	for (i = 7; i >= 0; i--) {
		char byte[3] = { hex[index * 16 + i * 2], hex[index * 16 + i * 2 + 1] };

		value = value << 8 | strtoul(byte, NULL, 16);
	}
	return value;
}

/* Write the eight bytes around @addr that are there. */
static void rewrite(int fd, unsigned long long addr)
{
	char command[64];
	const char *bytes;

	snprintf(command, sizeof(command), "m%llx,8", addr - 2);
	bytes = packet(fd, command);
	if (strlen(bytes) != 16)
		return;
	snprintf(command, sizeof(command), "M%llx,8:%.16s", addr - 2, bytes);
	packet(fd, command);
}

static void rescue_cpu(int fd, int cpu)
{
	unsigned long long rip, rsp, words[STACK_BYTES / 8];
	char command[64];
	const char *hex;
	size_t i, n;

	snprintf(command, sizeof(command), "Hg%x", cpu + 1);
	packet(fd, command);
	/* rax rbx rcx rdx rsi rdi rbp rsp r8 ... r15 rip */
	hex = packet(fd, "g");
	if (strlen(hex) < 17 * 16)
		return;
	rsp = number(hex, 7);
	rip = number(hex, 16);

	snprintf(command, sizeof(command), "m%llx,%x", rsp, STACK_BYTES);
	hex = packet(fd, command);
	n = strlen(hex) / 16;
	for (i = 0; i < n; i++)
		words[i] = number(hex, i);
	rewrite(fd, rip);
	for (i = 0; i < n; i++)
		if (words[i] >= KERNEL_TEXT && words[i] < -4096ull)
			rewrite(fd, words[i]);
}

/* The machine stands still from the connection to the detachment. */
static void rescue(const char *gdb, int looks[MAX_CPUS])
{
	int fd = connect_to(gdb), cpu;

	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (looks[cpu] < PATIENCE)
			continue;
		rescue_cpu(fd, cpu);
		looks[cpu] = 0;
		printf("CPU %d was stuck at a stale translation of QEMU's\n", cpu);
	}
	fflush(stdout);
	packet(fd, "D");
	close(fd);
}

int main(int argc, char **argv)
{
	int monitor, looks[MAX_CPUS] = { 0 };

	if (argc != 3)
		errx(2, "usage: unstick MONITOR GDB");
	monitor = connect_to(argv[1]);
	ask(monitor, "");
	for (;;) {
		usleep(PERIOD_US);
		if (look(ask(monitor, "info registers -a\n"), looks))
			rescue(argv[2], looks);
	}
}
