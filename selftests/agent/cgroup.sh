#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What an agent cannot override: cpu.max, cpusets, affinities.
# shellcheck source=selftests/agent/lib/agent.sh
. selftests/agent/lib/agent.sh

make_group served 2
for _ in 1 2 3; do start_task served hog; done
served=("${tasks[@]}")
start_agent tagsched-fifo --tag 2 --timeout 60000 || exit 1
soon all_have_policy 18 "${served[@]}"

stat() { sed -n "s/^$1 //p" $cg/served/cpu.stat; }
periods_since() { [ $(($(stat nr_periods) - $1)) -ge 20 ]; }

echo "20000 100000" >$cg/served/cpu.max
soon periods_since "$(stat nr_periods)"
periods=$(stat nr_periods) usage=$(stat usage_usec) throttled=$(stat nr_throttled)
soon periods_since "$periods"
used=$(($(stat usage_usec) - usage)) in=$(($(stat nr_periods) - periods))
echo "# $used us in $in periods of 20000 us each"
check "cpu.max limits delegated tasks" [ "$used" -le $((in * 20000 * 3 / 2)) ]
check "and lets them have what it says" [ "$used" -ge $((in * 20000 / 2)) ]
check "cpu.stat counts that they were throttled" [ "$(stat nr_throttled)" -gt "$throttled" ]
check "they stay delegated" all_have_policy 18 "${served[@]}"
echo max >$cg/served/cpu.max
check "without a limit they all run" all_run "${served[@]}"

on_cpus() # CPU-REGEX PID...: whenever somebody looks
{
	local want=$1 p
	shift
	for _ in $(seq 40); do
		for p; do
			on_cpu "$want" "$p" || { echo "# $p is on $REPLY"; return 1; }
		done
	done
}
moved() { local p; for p in "${served[@]}"; do on_cpu "$1" "$p" || return 1; done; }

echo 1-2 >$cg/served/cpuset.cpus
check "a cpuset that changes moves them" soon moved "1|2"
check "and they run" all_run "${served[@]}"
check "nowhere else" on_cpus "1|2" "${served[@]}"
taskset -cp 2 "${served[0]}" >/dev/null
soon on_cpu 2 "${served[0]}"
check "an affinity is kept" on_cpus 2 "${served[0]}"
check "by a task that runs" all_run "${served[0]}"
echo 0-3 >$cg/served/cpuset.cpus
renice -n 5 -p "${served[1]}" >/dev/null
has_nice() { stat_field "$2" 19 && [ "$REPLY" = "$1" ]; }
check "nice can be changed" has_nice 5 "${served[1]}"
check "they stay delegated" all_have_policy 18 "${served[@]}"
stop_agent INT
end_tasks
remove_group served
finish
