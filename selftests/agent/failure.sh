#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# However an agent ends, its tasks go on in CFS and nothing is left to clean up.
# shellcheck source=selftests/agent/lib/agent.sh
. selftests/agent/lib/agent.sh

make_group served 2
for _ in 1 2 3; do start_task served sleeper; done
for _ in 1 2 3; do start_task served hog; done
served=("${tasks[@]}")

back() # HOW
{
	check "$1: every task is in CFS" soon all_have_policy 0 "${served[@]}"
	check "$1: and runs" all_run "${served[@]}"
	check "$1: no enclave is left" soon no_enclave
}

run_agent() # COMMAND...
{
	start_agent "$@" || exit 1
	check "$*: every task is delegated" soon all_have_policy 18 "${served[@]}"
	check "$*: and runs" all_run "${served[@]}"
}

for command in "tagsched-fifo --queue ring" "tagsched-fifo --queue ringbuf" \
	       "tagsched-fifo-central --queue ring" "tagsched-fifo-central --queue ringbuf"; do
	# shellcheck disable=SC2086 # a command
	run_agent $command --tag 2 --timeout 60000
	stop_agent KILL
	back "kill -9 of $command"
done

run_agent tagsched-fifo --tag 2 --timeout 60000
stop_agent INT
back "an agent that is interrupted"

run_agent tagsched-fifo-central --tag 2 --timeout 1000
kill -STOP "$agent"
check "a stopped agent: the watchdog ends it" soon no_enclave
wait "$agent" 2>/dev/null
back "a stopped agent"

run_agent tagsched-fifo --tag 2 --timeout 60000
tag enclave destroy "$(find $ghost -maxdepth 1 -name 'enclave_*' -printf '%f\n' | sed 's/.*_//')"
check "tag enclave destroy ends the agent" soon no_enclave
wait "$agent" 2>/dev/null
back "tag enclave destroy"

run_agent tagsched-fifo --tag 2 --timeout 60000
check "a CPU with an agent can go offline" sh -c 'echo 0 >/sys/devices/system/cpu/cpu2/online'
wait "$agent" 2>/dev/null
back "a CPU that goes offline"
check "and come back" sh -c 'echo 1 >/sys/devices/system/cpu/cpu2/online'
run_agent tagsched-fifo-central --tag 2 --timeout 60000
stop_agent INT
back "after it has come back"
end_tasks
remove_group served
finish
