#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What tagsched costs.
#
# First: with its options off, the scheduler's objects have the instructions of
# the unpatched kernel's, to the last one. Second: how many instructions a pipe
# round trip takes with the options off, on with nothing loaded, and with the
# preempt policy loaded, for tasks without and with a tag; and with a program at
# each of the hooks: for another tag, without an opinion, and deciding.
set -euo pipefail
# shellcheck source=tools/build/lib.sh
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")

targets=(kernel/sched/ kernel/fork.o kernel/exit.o fs/proc/base.o)

# Both trees, the same configuration as far as both know it.
build_objects()
{
	local tree log=$BUILD/log/zero-cost.log
	: >"$log"
	for tree in "$STOCK" "$LINUX"; do
		"$here/config.sh" "$tree" zero-cost vm off
		say "compiling ${targets[*]} in ${tree#"$TOP"/}"
		kmake "$tree" zero-cost -j"$(nproc)" "${targets[@]}" >>"$log" 2>&1 ||
			{ grep -n 'error' "$log" >&2; die "compiling failed: ${log#"$TOP"/}"; }
	done
}

compare_objects()
{
	local old=$STOCK/out-zero-cost new=$LINUX/out-zero-cost object differ=0 n=0
	local found summary=$BUILD/log/zero-cost.objects
	while read -r object; do
		n=$((n + 1))
		found=$("$here/objdiff" "$old/$object" "$new/$object" 2>"$summary") || {
			differ=$((differ + 1))
			printf 'DIFFERS %s: %s' "$object" "$(<"$summary")"
			printf '\n    %s' "${found//$'\n'/$'\n    '}"
			echo
			continue
		}
		echo "same    $object: $(<"$summary")"
	done < <(object_list | sort -u)
	echo "zero-cost: $n objects, $differ differ from the unpatched kernel's"
	[ $differ -eq 0 ]
}

# kernel/sched in both trees, and the three others
object_list()
{
	local tree
	for tree in "$STOCK" "$LINUX"; do
		(cd "$tree/out-zero-cost" && find kernel/sched -name '*.o' ! -name built-in.a)
	done
	printf '%s\n' kernel/fork.o kernel/exit.o fs/proc/base.o
}

cost=build/selftests/bench/pipe_cost

in_guest() # KERNEL COMMAND: on one CPU whose clock counts instructions
{
	env -u CMD KERNEL="$1" ICOUNT=1 CGROUP=v2 TIMEOUT=900 "$TOP/tools/vm/vm" "$2" </dev/null
}

# KERNEL COMMAND: the median of a round trip in instructions
measure() { in_guest "$@" | awk '/^median/ { print $2 }'; }

# Load the policy and wait until it says so: where the clock counts instructions
# a sleep is over before a file is read.
# shellcheck disable=SC2016 # for the guest's shell
preempt='build/samples/preempt --online 2 --offline 1 >/tmp/preempt & pid=$!
	until [ -s /tmp/preempt ]; do kill -0 $pid || exit 1; sleep 0.1; done'
figures()
{
	local off idle untagged tagged
	off=$(measure off "$cost")
	idle=$(measure normal "$cost")
	untagged=$(measure normal "$preempt; $cost")
	tagged=$(measure normal "$preempt; echo 2 >/proc/self/tag; $cost")
	echo "instructions of a pipe round trip (two wake-ups, two switches):"
	echo "$off $idle $untagged $tagged" | awk '{
		printf "  %-40s %8.1f\n", "options off", $1
		printf "  %-40s %8.1f  %+.1f\n", "options on, nothing loaded", $2, $2 - $1
		printf "  %-40s %8.1f  %+.1f\n", "preempt loaded, tasks without a tag", $3, $3 - $1
		printf "  %-40s %8.1f  %+.1f\n", "preempt loaded, tasks with its tag", $4, $4 - $1
	}'
	echo "the same with a program at each of the hooks, against nothing attached:"
	all_hooks
}

# The test prints a line "# what instructions percent" for each state.
all_hooks()
{
	local out=$BUILD/log/zero-cost.hooks
	in_guest normal build/selftests/bench/hooks >"$out" ||
		{ cat "$out" >&2; die "selftests/bench/hooks failed"; }
	sed -n 's/^# \(.* %\)$/  \1/p' "$out"
}

lock kernel
"$here/prepare.sh"
build_objects
compare_objects && same=1 || same=
exec 9>&-

cd "$TOP"
"$here/kernel.sh" off
figures
[ -n "$same" ]
