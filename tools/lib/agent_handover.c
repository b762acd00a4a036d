// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * How a process takes an enclave over from another that runs this library.
 *
 * Agents that are online listen on the socket TAGSCHED_RUN_DIR/enclave_N.sock,
 * in a directory that only root may enter. A successor, all of whose threads are
 * ready to attach, connects and writes "upgrade\n". The old process closes
 * agent_online, ends its agent threads and exits, leaving the enclave as it is;
 * the end of the connection says that it has done so. Each thread of the
 * successor attaches as soon as its CPU is free.
 */
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent_internal.h"

static const char request[] = "upgrade\n";

static int address(struct tagsched_agents *as, struct sockaddr_un *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	snprintf(as->socket, sizeof(as->socket), TAGSCHED_RUN_DIR "/enclave_%lu.sock", as->e->id);
	memcpy(addr->sun_path, as->socket, sizeof(addr->sun_path));
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

int ts_handover_ask(struct tagsched_agents *as)
{
	struct sockaddr_un addr;
	char online[4];

	if (ts_file_read(as->e->dir_fd, "agent_online", online, sizeof(online)) > 0 &&
	    online[0] != '1')
		return 0;
	as->peer_fd = address(as, &addr);
	if (as->peer_fd < 0 || connect(as->peer_fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    send(as->peer_fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		return ts_err(-EBUSY,
			      "enclave_%lu: agents are online and do not hand over (%s: %m); end them first",
			      as->e->id, as->socket);
	return 0;
}

int ts_handover_listen(struct tagsched_agents *as)
{
	struct sockaddr_un addr;
	int err;

	/* the predecessor has gone: this is its end of the connection */
	if (as->peer_fd >= 0)
		close(as->peer_fd);
	as->peer_fd = -1;
	if (mkdir(TAGSCHED_RUN_DIR, 0700) && errno != EEXIST)
		return ts_err(-errno, TAGSCHED_RUN_DIR ": cannot make it: %m");
	as->listen_fd = address(as, &addr);
	if (as->listen_fd < 0)
		return ts_err(-errno, "cannot create a socket: %m");
	unlink(as->socket);
	if (bind(as->listen_fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    chmod(as->socket, 0600) || listen(as->listen_fd, 1)) {
		err = -errno;
		return ts_err(err, "%s: cannot listen: %s", as->socket, strerror(-err));
	}
	return 0;
}

int ts_handover_accept(struct tagsched_agents *as)
{
	struct pollfd ready;
	char text[sizeof(request)] = "";
	int fd = accept4(as->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return -1;
	/* one that does not say what it wants must not keep the rest waiting */
	ready = (struct pollfd){ .fd = fd, .events = POLLIN };
	if (poll(&ready, 1, 1000) == 1 && recv(fd, text, sizeof(text) - 1, 0) > 0 &&
	    !strcmp(text, request))
		return fd;
	close(fd);
	return -1;
}

void ts_handover_close(struct tagsched_agents *as)
{
	bool succeeded = as->listen_fd >= 0 && as->peer_fd >= 0;

	if (as->listen_fd >= 0) {
		/* the name is the successor's if there is one */
		if (!succeeded)
			unlink(as->socket);
		close(as->listen_fd);
	}
	if (as->peer_fd >= 0)
		close(as->peer_fd);
}
