#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What a pipe round trip costs between two delegated tasks, with an agent on the
# same CPU, against CFS in the same boot; and what an agent that is merely there
# costs CFS. The machine's clock counts instructions, a nanosecond each.
#
# The least of the batches is compared: the others have more of the allocator
# in them.
cd "$(dirname "$0")/../../.." || exit 1
rounds=${1:-4000}
cost=build/selftests/bench/pipe_cost
tag=77
out=$(mktemp)
trap 'rm -f "$out"' EXIT
n=0 bad=0

check() # DESCRIPTION COMMAND...
{
	n=$((n + 1))
	what=$1
	shift
	if "$@"; then
		echo "ok $n $what"
	else
		echo "not ok $n $what"
		bad=1
	fi
}

least() { sed -n 's/.*least \([0-9]*\).*/\1/p'; }
at_most() # PERMILLE FIGURE OF
{
	[ -n "$2" ] && [ -n "$3" ] && [ $(($2 * 1000)) -le $(($3 * $1)) ]
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

mountpoint -q /sys/fs/ghost || mount -t ghost ghost /sys/fs/ghost || exit 1
echo "1..6"
cfs=$($cost "$rounds" | least)
echo "# CFS, no enclave: $cfs instructions a round trip"

for queue in ring ringbuf; do
	tagsched-fifo --tag $tag --queue $queue --stats >"$out" 2>&1 &
	agent=$!
	until grep -q ^ready "$out" || ! kill -0 $agent; do sleep 0.01; done
	attached=$($cost "$rounds" | least)
	delegated=$(tag run $tag -- $cost "$rounds" | least)
	kill -INT $agent
	wait $agent
	check "$queue: the agent leaves everything in CFS" [ $? -eq 0 ]

	echo "# $queue: delegated $delegated, CFS beside the agent $attached"
	echo "# $queue: $(ratio "$delegated" "$cfs") times CFS; beside an agent CFS takes" \
		"$(ratio $((100 * (attached - cfs))) "$cfs") % more"
	sed -n 's/.*messages \([0-9]*\)  commits \([0-9]*\).*/\1 \2/p' "$out" | sort -n | tail -n 1 |
		while read -r messages commits; do
			echo "# $queue: ghost: $messages messages/s, $commits commits/s"
		done
	check "$queue: a delegated round trip takes at most 2.5 times CFS's instructions" \
		at_most 2500 "$delegated" "$cfs"
	check "$queue: an agent that is attached costs CFS tasks at most 2 %" \
		at_most 1020 "$attached" "$cfs"
done
exit $bad
