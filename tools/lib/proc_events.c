// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * What processes do, from the kernel's process connector (cn_proc): a multicast
 * group of netlink. When a listener's buffer is full the kernel drops messages,
 * and says so once, with ENOBUFS, until the buffer has been emptied.
 */
#include <arpa/inet.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

/* A fork and an exec of 600 processes: what is lost costs a look at all processes. */
#define BUFFER_SIZE	(512 * 1024)
#define MAX_EVENTS	4096	/* of one read */
/* The kernel answers before it returns from send(). */
#define ANSWER_MS	5000
/* Numbers of the initial namespaces: include/linux/proc_ns.h of the kernel. */
#define INIT_USER_INO	0xeffffffdU
#define INIT_PID_INO	0xeffffffcU

/* Where things are in a message, for the filter. */
#define AT_DATA		(sizeof(struct nlmsghdr) + sizeof(struct cn_msg))
#define AT_WHAT		(AT_DATA + offsetof(struct proc_event, what))
#define AT(MEMBER)	(AT_DATA + offsetof(struct proc_event, event_data.MEMBER))

struct tagsched_proc_events {
	int fd;
};

union message {
	struct nlmsghdr header;
	char bytes[512];
};

/* ---- asking the kernel ---- */

/*
 * Lets the kernel drop what we do not need, before it needs room: exits and the
 * like, and what threads do that are not the first of their process. Loads are
 * big-endian, messages the host's.
 */
static int set_filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_WHAT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_NONE), 14, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_FORK), 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_EXEC), 8, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_UID), 7, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_GID), 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_COMM), 5, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		/* fork */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(fork.child_pid)),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(fork.child_tgid)),
		BPF_STMT(BPF_JMP | BPF_JA, 3),
		/* the others: all begin with the same two */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(exec.process_pid)),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(exec.process_tgid)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) ? -errno : 0;
}

static int send_op(int fd, enum proc_cn_mcast_op op)
{
	char buf[NLMSG_SPACE(sizeof(struct cn_msg) + sizeof(op))] = { 0 };
	struct nlmsghdr *header = (struct nlmsghdr *)buf;
	struct cn_msg *msg = NLMSG_DATA(header);

	header->nlmsg_len = NLMSG_LENGTH(sizeof(*msg) + sizeof(op));
	header->nlmsg_type = NLMSG_DONE;
	header->nlmsg_pid = getpid();
	msg->id.idx = CN_IDX_PROC;
	msg->id.val = CN_VAL_PROC;
	msg->ack = getpid();
	msg->len = sizeof(op);
	memcpy(msg->data, &op, sizeof(op));
	return send(fd, buf, header->nlmsg_len, 0) < 0 ? -errno : 0;
}

/* ---- messages ---- */

/*
 * Takes the next event. 1; 0 if it was something else; -EAGAIN if there is none;
 * -ENOBUFS and other negative errno.
 */
static int receive(int fd, struct cn_msg *msg, struct proc_event *event)
{
	struct sockaddr_nl from = { 0 };
	socklen_t from_len = sizeof(from);
	union message m;
	ssize_t len;

	len = recvfrom(fd, &m, sizeof(m), MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
	if (len < 0)
		return errno == EINTR ? 0 : -errno;
	/* Other processes can send to us; the kernel has the number 0. */
	if (from.nl_pid || len < (ssize_t)(AT_DATA + sizeof(*event)))
		return 0;
	memcpy(msg, NLMSG_DATA(&m.header), sizeof(*msg));
	/* It is not aligned there. */
	memcpy(event, m.bytes + AT_DATA, sizeof(*event));
	return msg->id.idx == CN_IDX_PROC && msg->id.val == CN_VAL_PROC;
}

/* The process that an event is about, 0 for other events. */
static pid_t event_process(const struct proc_event *event)
{
	switch (event->what) {
	case PROC_EVENT_FORK:
		return event->event_data.fork.child_tgid;
	case PROC_EVENT_EXEC:
		return event->event_data.exec.process_tgid;
	case PROC_EVENT_UID:
	case PROC_EVENT_GID:
		return event->event_data.id.process_tgid;
	case PROC_EVENT_COMM:
		return event->event_data.comm.process_tgid;
	default:
		return 0;
	}
}

/* ---- opening ---- */

static bool is_namespace(const char *path, ino_t ino)
{
	struct stat st;

	return !stat(path, &st) && st.st_ino == ino;
}

/* The kernel does not answer a request from elsewhere at all. */
static int check_namespaces(void)
{
	if (!is_namespace("/proc/self/ns/pid", INIT_PID_INO) ||
	    !is_namespace("/proc/self/ns/user", INIT_USER_INO))
		return ts_err(-ENOTSUP,
			      "process connector: a container cannot listen to it; run it in the initial pid and user namespaces");
	return 0;
}

static int open_failed(int err)
{
	switch (err) {
	case -EPROTONOSUPPORT:
		return ts_err(-ENOTSUP,
			      "process connector: the kernel does not tell of new processes; boot one with CONFIG_PROC_EVENTS");
	case -ECONNREFUSED:
		return ts_err(-ENOTSUP,
			      "process connector: nobody answers in this network namespace; run it in the initial one");
	case -EPERM:
	case -EACCES:
		return ts_err(-EPERM,
			      "process connector: not permitted; listening needs CAP_NET_ADMIN, so run it as root");
	case -ETIMEDOUT:
		return ts_err(-ENOTSUP,
			      "process connector: the kernel does not answer; boot one with CONFIG_PROC_EVENTS");
	default:
		return ts_err(err, "process connector: cannot listen: %s", strerror(-err));
	}
}

/* Waits for the kernel's answer to our request; events that come before are kept out. */
static int await_answer(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct proc_event event;
	struct cn_msg msg;
	int nr, ret;

	for (nr = 0; nr < MAX_EVENTS; nr++) {
		ret = poll(&pfd, 1, ANSWER_MS);
		if (ret < 0 && errno != EINTR)
			return -errno;
		if (!ret)
			return -ETIMEDOUT;
		ret = receive(fd, &msg, &event);
		/* Others' answers come here too. */
		if (ret > 0 && event.what == PROC_EVENT_NONE && msg.ack == (__u32)getpid() + 1)
			return -(int)event.event_data.ack.err;
		if (ret < 0 && ret != -EAGAIN && ret != -ENOBUFS)
			return ret;
	}
	return -ETIMEDOUT;
}

static int join(int fd)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	int size = BUFFER_SIZE, err;

	err = set_filter(fd);
	if (err)
		return err;
	/* A smaller one works too, and is full sooner. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	err = send_op(fd, PROC_CN_MCAST_LISTEN);
	return err ?: await_answer(fd);
}

struct tagsched_proc_events *tagsched_proc_events__open(void)
{
	struct tagsched_proc_events *events;
	int fd, err;

	err = check_namespaces();
	if (err)
		goto failed;
	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	err = fd < 0 ? -errno : join(fd);
	if (err) {
		err = open_failed(err);
		if (fd >= 0)
			close(fd);
		goto failed;
	}
	events = malloc(sizeof(*events));
	if (events) {
		events->fd = fd;
		return events;
	}
	close(fd);
	err = ts_err(-ENOMEM, "process connector: out of memory");
failed:
	errno = -err;
	return NULL;
}

/* ---- listening ---- */

int tagsched_proc_events__fd(const struct tagsched_proc_events *events)
{
	return events->fd;
}

/* Until the buffer has been empty once, the kernel goes on dropping. */
static int throw_away(int fd)
{
	struct proc_event event;
	struct cn_msg msg;
	int ret;

	do
		ret = receive(fd, &msg, &event);
	while (ret >= 0 || ret == -ENOBUFS);
	if (ret != -EAGAIN)
		return ts_err(ret, "process connector: cannot read: %s", strerror(-ret));
	return ts_err(-ENOBUFS, "process connector: events were lost; look at all processes again");
}

int tagsched_proc_events__read(struct tagsched_proc_events *events, int (*fn)(pid_t pid, void *arg),
			       void *arg)
{
	struct proc_event event;
	struct cn_msg msg;
	int nr, ret;
	pid_t pid;

	for (nr = 0; nr < MAX_EVENTS; nr++) {
		ret = receive(events->fd, &msg, &event);
		if (ret == -EAGAIN)
			return 0;
		if (ret == -ENOBUFS)
			return throw_away(events->fd);
		if (ret < 0)
			return ts_err(ret, "process connector: cannot read: %s", strerror(-ret));
		pid = ret ? event_process(&event) : 0;
		ret = pid ? fn(pid, arg) : 0;
		if (ret)
			return ret;
	}
	return 0;
}

void tagsched_proc_events__close(struct tagsched_proc_events *events)
{
	if (!events)
		return;
	/* The kernel counts its listeners, and does not see one go. */
	send_op(events->fd, PROC_CN_MCAST_IGNORE);
	close(events->fd);
	free(events);
}
