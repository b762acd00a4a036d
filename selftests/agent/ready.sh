#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each ready-made agent, and the smallest of them, on as many CPUs as there are;
# and what the tag command says of it, and does to its enclave.
# shellcheck source=selftests/agent/lib/agent.sh
. selftests/agent/lib/agent.sh

make_group served 2
start_task served hog
served=("$pid")
start_task served sleeper
served+=("$pid")
start_task served sleeper
served+=("$pid")

enclave_id() { local e; e=$(echo "$ghost"/enclave_*); echo "${e##*_}"; }

# An enclave that is not there yet cannot be given the patience of an emulated machine.
patient() { echo 60000 2>/dev/null >"$(echo "$ghost"/enclave_*)/runnable_timeout"; }

for command in "tagsched-fifo --tag 2 --timeout 60000" \
	"tagsched-fifo --queue ringbuf --tag 2 --timeout 60000" \
	"tagsched-fifo-central --tag 2 --timeout 60000" \
	"tagsched-fifo-central --queue ringbuf --tag 2 --timeout 60000" \
	"tagsched-minimal 2"; do
	read -ra words <<<"$command"
	if [ "${words[0]}" = tagsched-minimal ]; then
		"${words[@]}" &
		agent=$!
		agents+=("$agent")
		soon patient
	else
		start_agent "${words[@]}"
	fi
	check "$command: its tasks are delegated" soon all_have_policy 18 "${served[@]}"
	check "$command: each of them runs, a hog among them" all_run "${served[@]}"
	check "$command: and is delegated still" all_have_policy 18 "${served[@]}"
	check "$command: tag agent names it" grep -qw "$agent" <(tag agent)
	stop_agent INT
	check "$command: Ctrl-C gives them back" soon all_have_policy 0 "${served[@]}"
	check "$command: and leaves no enclave" soon no_enclave
done

# --- the tag command

start_agent tagsched-fifo --tag 2 --timeout 60000
soon all_have_policy 18 "${served[@]}"
id=$(enclave_id)
tag agent --json >"$work/json"
check "tag agent --json: the enclave" grep -qE "\"enclave\":[[:space:]]*$id\b" "$work/json"
check "tag agent --json: the process" grep -qE "\"pid\":[[:space:]]*$agent\b" "$work/json"
check "tag enclave bind $id none" tag enclave bind "$id" none
check "gives the tasks back" soon all_have_policy 0 "${served[@]}"
check "tag enclave bind $id 2" tag enclave bind "$id" 2
check "takes them again" soon all_have_policy 18 "${served[@]}"
refused() { ! tag enclave bind 987 2 2>"$work/err" && grep -q 987 "$work/err"; }
check "tag enclave bind: an enclave that is not there is named" refused
check "and nothing has changed" all_have_policy 18 "${served[@]}"
stop_agent INT
soon no_enclave

# --- the global agent's CPU

hands_over()
{
	start_agent tagsched-fifo-central --stats --tag 2 --timeout 60000
	soon all_have_policy 18 "${served[@]}"
	# the agent begins on the first CPU, and CFS may not go elsewhere
	taskset -c 0 sh -c 'while :; do :; done' &
	pid=$!
	tasks+=("$pid")
	check "the global agent hands over when CFS wants its CPU" \
		soon grep -q 'handovers [1-9]' "$work/agent"
	check "who wanted it runs" all_run "$pid"
	check "and so do the delegated tasks, on other CPUs" all_run "${served[@]}"
	check "where the agent still schedules them" all_have_policy 18 "${served[@]}"
	stop_agent INT
	check "no enclave is left" soon no_enclave
}
# one for CFS, one for the agent, and the rest
if [ "$(nproc)" -ge 3 ]; then
	hands_over
else
	n=$((n + 1))
	echo "ok $n the global agent hands over # SKIP it takes three CPUs"
fi

end_tasks
remove_group served
finish
