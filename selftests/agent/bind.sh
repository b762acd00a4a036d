#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Whom a tag delegates: who has it, as long as he has it, but never the agent.
# shellcheck source=selftests/agent/lib/agent.sh
. selftests/agent/lib/agent.sh

make_group served 2
make_group other
start_task served sleeper
old=$pid
start_agent tagsched-fifo --tag 2 --timeout 60000 || exit 1
check "a task that has the tag when the agent comes is delegated" soon has_policy 18 "$old"
check "and runs" all_run "$old"

start_task served sleeper
check "so is one that comes into the group later" soon has_policy 18 "$pid"
inherits() { local c; c=$(pgrep -P "$pid" -x sleep | head -n 1); [ -n "$c" ] && has_policy 18 "$c"; }
check "and its children, from their start" soon inherits

echo "$pid" >$cg/other/cgroup.procs
check "a task that leaves the group is back in CFS" soon has_policy 0 "$pid"
check "and runs on" all_run "$pid"
echo "$pid" >$cg/served/cgroup.procs
check "one that returns is delegated again" soon has_policy 18 "$pid"
echo 5 >"/proc/$pid/tag"
check "one that gets another tag of its own is not any more" soon has_policy 0 "$pid"
echo default >"/proc/$pid/tag"
check "and is again without it" soon has_policy 18 "$pid"
echo 3 >$cg/served/tag
check "when the group's tag changes all go back to CFS" soon all_have_policy 0 "$old" "$pid"
echo 2 >$cg/served/tag
check "and come again with it" soon all_have_policy 18 "$old" "$pid"

chrt -f 1 sleep 1000 &
rt=$!
tasks+=("$rt")
soon has_policy 1 "$rt"
echo $rt >$cg/served/cgroup.procs
start_task served sleeper
soon has_policy 18 "$pid"
check "a real-time task keeps its policy" has_policy 1 "$rt"

enclave=$(find $ghost -maxdepth 1 -name 'enclave_*' -printf '%f\n')
check "the enclave says its tag" is "$(cat "$ghost/$enclave/tag")" 2
check "tag enclave ls says it too" grep -q '"tag":[[:space:]]*2,' <(tag enclave ls --json)
zero() { ! echo 0 2>/dev/null >"$ghost/$enclave/tag"; }
check "the tag 0 cannot be bound" zero
echo "create 900 91" >$ghost/ctl
taken() { ! echo 2 2>/dev/null >"$ghost/enclave_900/tag"; }
check "nor one that another enclave has" taken
check "which is left as it was" has_policy 18 "$pid"
echo destroy >$ghost/enclave_900/ctl

echo none >"$ghost/$enclave/tag"
check "without a tag the enclave gives all back" soon all_have_policy 0 "$old" "$pid"
echo 2 >"$ghost/$enclave/tag"
check "and takes them again with it" soon all_have_policy 18 "$old" "$pid"
stop_agent
check "when the agent ends they are in CFS" soon all_have_policy 0 "$old" "$pid"
check "and no enclave is left" soon no_enclave

start_agent sh -c "echo \$\$ >$cg/served/cgroup.procs; exec tagsched-fifo --tag 2 --timeout 60000"
soon has_policy 18 "$pid"
check "an agent that has the tag itself is not delegated" has_policy 0 "$agent"
stop_agent

side_by_side()
{
	start_agent tagsched-fifo --tag 2 --timeout 60000 --cpus 0-1
	first=$agent
	start_task other sleeper
	echo 7 >$cg/other/tag
	mv "$work/agent" "$work/first"
	start_agent tagsched-fifo-central --tag 7 --timeout 60000 --cpus 2-3
	check "two enclaves live side by side, each with its tag" soon all_have_policy 18 "$old" "$pid"
	check "and their tasks run" all_run "$old" "$pid"
	stop_agent KILL
	check "the end of one" soon has_policy 0 "$pid"
	check "is none of the other's business" has_policy 18 "$old"
	agent=$first
	stop_agent
}
if [ "$(nproc)" -ge 4 ]; then
	side_by_side
else
	n=$((n + 1))
	echo "ok $n two enclaves live side by side # SKIP it takes four CPUs"
fi
check "no enclave is left" soon no_enclave
end_tasks
remove_group served
remove_group other
finish
