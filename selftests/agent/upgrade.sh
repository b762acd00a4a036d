#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An agent is replaced by the next, again and again, under load: no task is in CFS
# in between, none is lost.
# shellcheck source=selftests/agent/lib/agent.sh
. selftests/agent/lib/agent.sh

times=${TIMES:-12} nr_tasks=40
[[ $(uname -r) != *debug* ]] || { times=4 nr_tasks=12; }
make_group served 2
for _ in $(seq $((nr_tasks - 4))); do start_task served sleeper; done
for _ in 1 2 3 4; do start_task served hog; done
served=("${tasks[@]}")

start_agent tagsched-fifo --tag 2 --timeout 60000 || exit 1
soon all_have_policy 18 "${served[@]}"

# Who is seen in CFS meanwhile.
(
	while [ ! -e "$work/stop" ]; do
		for p in "${served[@]}"; do
			q=$(policy "$p")
			[ "$q" = 18 ] || echo "$p $q"
		done
	done
) >"$work/seen" &
watcher=$!

replaced=0
for i in $(seq "$times"); do
	last=$agent
	case $((i % 3)) in
	0) command="tagsched-fifo --queue ringbuf" ;;
	1) command="tagsched-fifo-central" ;;
	2) command="tagsched-fifo" ;;
	esac
	# shellcheck disable=SC2086 # a command
	start_agent $command --tag 2 --timeout 60000 || break
	wait "$last" && replaced=$((replaced + 1))
	all_run "${served[@]}" || break
done
: >"$work/stop"
wait $watcher
check "an agent was replaced $times times, the old one ended well each time" is "$replaced" "$times"
check "no task was seen in CFS in between" is "$(head -n 3 "$work/seen" | tr '\n' ' ')" ""
check "every task is delegated, and runs" all_run "${served[@]}"
check "there is one enclave" is "$(enclaves)" 1
stop_agent
check "all are in CFS in the end" soon all_have_policy 0 "${served[@]}"
end_tasks
remove_group served
finish
