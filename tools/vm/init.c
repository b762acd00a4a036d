// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first process of the virtual machine. It is the only program of the
 * initramfs, and static.
 *
 * It makes the host's root, read-only over 9p, the lower layer of an overlay
 * whose upper layer is memory; puts the checkout, writable, at its own path;
 * mounts what programs expect; runs one command in that; passes the command's
 * standard streams through virtio ports and its exit status through another.
 *
 * /vm in the initramfs says what to do:
 *   /vm/top      the checkout's path            /vm/cgroup   v1 or v2
 *   /vm/cmd      the command; missing: a shell on hvc0
 *   /vm/env      NAME=VALUE lines; VM_WINSIZE (rows columns) is the shell's size
 *   /vm/kmemleak exists: report leaks on the console at the end
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* The names that tools/vm/vm gives the virtio ports. */
#define PORT_STATUS	"status"
#define PORT_STDIN	"stdin"
#define PORT_STDOUT	"stdout"
#define PORT_STDERR	"stderr"
#define CONSOLE		"/dev/hvc0"

#define P9_OPTIONS	"trans=virtio,version=9p2000.L,msize=512000"

static void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("vm: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
}

static void __attribute__((noreturn)) power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	/* without ACPI; QEMU runs with -no-reboot */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void __attribute__((noreturn)) fail(const char *what, const char *object)
{
	say("%s %s: %s", what, object, strerror(errno));
	power_off();
}

/* The content of a file, one trailing newline removed; NULL if it is not there. */
static char *read_file(const char *path)
{
	size_t len = 0, size = 4096;
	char *text = malloc(size);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 || !text)
		goto none;
	while ((n = read(fd, text + len, size - len - 1)) > 0) {
		len += n;
		if (len == size - 1) {
			char *more = realloc(text, size *= 2);

			if (!more)
				goto none;
			text = more;
		}
	}
	close(fd);
	text[len] = '\0';
	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return text;
none:
	if (fd >= 0)
		close(fd);
	free(text);
	return NULL;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	if (n < 0)
		n = -errno;
	close(fd);
	return n < 0 ? n : 0;
}

static void make_dirs(const char *path)
{
	char *copy = strdup(path), *p;

	for (p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(copy, 0755);
		*p = '/';
	}
	mkdir(copy, 0755);
	free(copy);
}

static int try_mount(const char *what, const char *where, const char *type,
		     unsigned long flags, const char *options)
{
	make_dirs(where);
	return mount(what, where, type, flags, options) ? -errno : 0;
}

static void must_mount(const char *what, const char *where, const char *type,
		       unsigned long flags, const char *options)
{
	int err = try_mount(what, where, type, flags, options);

	if (err) {
		errno = -err;
		fail("cannot mount", where);
	}
}

/* Open the virtio port of that name, in a directory /sys/class/virtio-ports/vportNpM. */
static int find_port(const char *name, int flags)
{
	static const char ports[] = "/sys/class/virtio-ports";
	char path[512], *found;
	struct dirent *entry;
	DIR *dir = opendir(ports);
	int fd = -1;

	while (dir && fd < 0 && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s/name", ports, entry->d_name);
		found = read_file(path);
		if (found && !strcmp(found, name)) {
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			fd = open(path, flags | O_CLOEXEC);
		}
		free(found);
	}
	if (dir)
		closedir(dir);
	return fd;
}

/* A port or console appears a moment after boot. */
static int open_port(const char *name, int flags)
{
	int i, fd;

	for (i = 0; i < 500; i++) {
		if (*name == '/')
			fd = open(name, flags | O_CLOEXEC);
		else
			fd = find_port(name, flags);
		if (fd >= 0)
			return fd;
		usleep(10000);
	}
	fail("cannot open port", name);
}

/* The overlay on the host's root, the checkout in it, and into it. */
static void enter_root(const char *top)
{
	static const char * const memory[] = { "/tmp", "/var/tmp", "/run" };
	char path[4096];
	size_t i;

	must_mount("root", "/lower", "9p", MS_RDONLY, P9_OPTIONS ",cache=loose");
	must_mount("tmpfs", "/upper", "tmpfs", 0, "mode=755");
	mkdir("/upper/up", 0755);
	mkdir("/upper/work", 0755);
	must_mount("overlay", "/new", "overlay", 0,
		   "lowerdir=/lower,upperdir=/upper/up,workdir=/upper/work");
	for (i = 0; i < ARRAY_SIZE(memory); i++) {
		snprintf(path, sizeof(path), "/new%s", memory[i]);
		must_mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV,
			   i < 2 ? "mode=1777" : "mode=755");
	}
	snprintf(path, sizeof(path), "/new%s", top);
	must_mount("top", path, "9p", 0, P9_OPTIONS ",cache=mmap");

	if (chdir("/new") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot("."))
		fail("cannot enter", "/new");
}

static void mount_cgroup_v2(void)
{
	static const char * const controllers[] = {
		"+cpu", "+cpuset", "+pids", "+memory"
	};
	size_t i;

	must_mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
	for (i = 0; i < ARRAY_SIZE(controllers); i++)
		write_file("/sys/fs/cgroup/cgroup.subtree_control", controllers[i]);
}

static void mount_cgroup_v1(void)
{
	static const char * const hierarchies[] = {
		"cpu,cpuacct", "cpuset", "pids", "memory"
	};
	char path[64];
	size_t i;

	must_mount("tmpfs", "/sys/fs/cgroup", "tmpfs", 0, "mode=755");
	for (i = 0; i < ARRAY_SIZE(hierarchies); i++) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", hierarchies[i]);
		if (try_mount("cgroup", path, "cgroup", 0, hierarchies[i])) {
			say("no cgroup v1 %s", hierarchies[i]);
			rmdir(path);
		}
	}
	if (symlink("cpu,cpuacct", "/sys/fs/cgroup/cpu") ||
	    symlink("cpu,cpuacct", "/sys/fs/cgroup/cpuacct"))
		fail("cannot link", "/sys/fs/cgroup/cpu");
}

static void mount_virtual(const char *cgroup)
{
	must_mount("proc", "/proc", "proc", 0, NULL);
	must_mount("sysfs", "/sys", "sysfs", 0, NULL);
	must_mount("devtmpfs", "/dev", "devtmpfs", 0, "mode=755");
	must_mount("devpts", "/dev/pts", "devpts", 0, "gid=5,mode=620,ptmxmode=666");
	must_mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777");
	try_mount("bpf", "/sys/fs/bpf", "bpf", 0, "mode=700");
	try_mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	try_mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	if (!strcmp(cgroup, "v1"))
		mount_cgroup_v1();
	else
		mount_cgroup_v2();
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
	/* who calls sysrq means it */
	write_file("/proc/sys/kernel/sysrq", "1");
}

static void loopback_up(void)
{
	struct ifreq req = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	ioctl(fd, SIOCSIFFLAGS, &req);
	close(fd);
}

static void set_environment(char *lines)
{
	char *line;

	for (line = strtok(lines, "\n"); line; line = strtok(NULL, "\n"))
		putenv(line);
}

static void write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			data += n;
			len -= n;
		}
	}
}

/*
 * Feed the command's standard input, in a process of its own. A port reads as
 * ended until the host has said that it is there, so an end that comes before
 * any data is believed only when it lasts.
 */
static void pump_stdin(int to)
{
	int from = open_port(PORT_STDIN, O_RDONLY), ends = 0;
	char data[4096];
	ssize_t n;

	signal(SIGPIPE, SIG_DFL);
	while (ends < 10) {
		n = read(from, data, sizeof(data));
		if (n > 0) {
			write_all(to, data, n);
			ends = 9;
		} else if (n == 0 && ++ends < 10) {
			usleep(20000);
		} else if (n < 0 && errno != EINTR) {
			break;
		}
	}
	_exit(0);
}

/* One stream of the command: a pipe that it writes, a port to the host. */
struct stream {
	int pipe;	/* our end; -1: ended */
	int port;
};

static void open_stream(struct stream *stream, const char *port, int *theirs)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		fail("cannot make a pipe for", port);
	stream->pipe = fds[0];
	*theirs = fds[1];
	stream->port = open_port(port, O_WRONLY);
}

/*
 * Move what there is within @timeout ms, for ever if negative; false when both
 * streams have ended. SIGCHLD comes in here, and ends the wait.
 */
static bool pump_streams(struct stream *streams, int timeout)
{
	const struct timespec ts = { timeout / 1000, timeout % 1000 * 1000000 };
	struct pollfd fds[2];
	char data[16384];
	sigset_t none;
	int i;

	for (i = 0; i < 2; i++) {
		fds[i].fd = streams[i].pipe;
		fds[i].events = POLLIN;
		fds[i].revents = 0;
	}
	if (streams[0].pipe < 0 && streams[1].pipe < 0)
		return false;
	sigemptyset(&none);
	if (ppoll(fds, 2, timeout < 0 ? NULL : &ts, &none) <= 0)
		return true;
	for (i = 0; i < 2; i++) {
		ssize_t n;

		if (!fds[i].revents)
			continue;
		n = read(streams[i].pipe, data, sizeof(data));
		if (n > 0) {
			write_all(streams[i].port, data, n);
		} else if (!n) {
			close(streams[i].pipe);
			streams[i].pipe = -1;
		}
	}
	return true;
}

static void on_child(int sig)
{
	(void)sig;	/* only to end a wait */
}

static int exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Reap all that has ended; true if the command is among it. */
static bool reap(pid_t command, int *status)
{
	bool ended = false;
	int s;
	pid_t pid;

	while ((pid = waitpid(-1, &s, WNOHANG)) > 0) {
		if (pid == command) {
			*status = s;
			ended = true;
		}
	}
	return ended;
}

/* Every process is our child or will be: none is left when there is no child. */
static bool alone(void)
{
	int status;

	reap(0, &status);
	return waitpid(-1, &status, WNOHANG) < 0 && errno == ECHILD;
}

static void wait_alone(struct stream *streams, int tries)
{
	int i;

	for (i = 0; i < tries && !alone(); i++) {
		if (!streams || !pump_streams(streams, 20))
			usleep(20000);
	}
}

/* What the command left behind: asked to end, and half a second later made to. */
static void end_the_rest(struct stream *streams)
{
	kill(-1, SIGTERM);
	wait_alone(streams, 25);
	kill(-1, SIGKILL);
	wait_alone(streams, 100);
}

static int run_command(char *command)
{
	char * const argv[] = { "sh", "-c", command, NULL };
	struct sigaction action = { .sa_handler = on_child };
	struct stream streams[2];
	sigset_t mask, before;
	int in[2], out, err, status = 0, i;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC))
		fail("cannot make a pipe for", PORT_STDIN);
	open_stream(&streams[0], PORT_STDOUT, &out);
	open_stream(&streams[1], PORT_STDERR, &err);
	sigaction(SIGCHLD, &action, NULL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, &before);

	pid = fork();
	if (!pid) {
		signal(SIGCHLD, SIG_DFL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		setsid();
		dup2(in[0], 0);
		dup2(out, 1);
		dup2(err, 2);
		execv("/bin/sh", argv);
		fail("cannot run", "/bin/sh");
	}
	if (!fork()) {
		signal(SIGCHLD, SIG_DFL);
		close(in[0]);
		close(out);
		close(err);
		pump_stdin(in[1]);
	}
	close(in[0]);
	close(in[1]);
	close(out);
	close(err);

	while (!reap(pid, &status))
		if (!pump_streams(streams, -1))
			sigsuspend(&before);
	end_the_rest(streams);
	/* what is still in the pipes; an unkillable writer does not hold us up */
	for (i = 0; i < 100 && pump_streams(streams, 20); i++)
		;
	return exit_code(status);
}

static void set_window_size(int fd)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	char *text = getenv("VM_WINSIZE");

	if (text)
		sscanf(text, "%hu %hu", &size.ws_row, &size.ws_col);
	unsetenv("VM_WINSIZE");
	ioctl(fd, TIOCSWINSZ, &size);
}

static int run_shell(void)
{
	char * const argv[] = { "bash", "-i", NULL };
	int status = 0, fd;
	pid_t pid = fork();

	if (!pid) {
		setsid();
		fd = open_port(CONSOLE, O_RDWR);
		ioctl(fd, TIOCSCTTY, 1);
		set_window_size(fd);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		execv("/bin/bash", argv);
		fail("cannot run", "/bin/bash");
	}
	while (waitpid(-1, &status, 0) != pid)
		;
	end_the_rest(NULL);
	return exit_code(status);
}

/*
 * kmemleak calls an object leaked only when it is older than five seconds, and
 * only in its second sight of it may one trust it.
 */
static void report_leaks(void)
{
	static const char leaks[] = "/sys/kernel/debug/kmemleak";
	char *text;

	if (access(leaks, F_OK))
		return;
	sleep(6);
	write_file(leaks, "scan");
	write_file(leaks, "scan");
	text = read_file(leaks);
	if (text && *text)
		say("kmemleak found unreferenced memory:\n%s", text);
	free(text);
}

/* A line for who started the machine: "begun", then the command's exit status. */
static void report(const char *line)
{
	int fd = open_port(PORT_STATUS, O_WRONLY);

	write_all(fd, line, strlen(line));
	close(fd);
}

int main(void)
{
	char *top, *cgroup, *command, *environment;
	bool kmemleak = !access("/vm/kmemleak", F_OK);
	char status[16];
	int code;

	umask(022);
	top = read_file("/vm/top");
	cgroup = read_file("/vm/cgroup");
	command = read_file("/vm/cmd");
	environment = read_file("/vm/env");
	if (!top || !cgroup || !environment)
		fail("cannot read", "/vm");

	enter_root(top);
	mount_virtual(cgroup);
	loopback_up();
	if (sethostname("tagsched", 8))
		fail("cannot set", "the host name");
	clearenv();
	set_environment(environment);
	if (chdir(top))
		fail("cannot enter", top);

	report("begun\n");
	code = command ? run_command(command) : run_shell();
	if (kmemleak)
		report_leaks();
	snprintf(status, sizeof(status), "%d\n", code);
	report(status);
	power_off();
}
