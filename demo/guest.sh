# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
# What the acts do in the guest: two cgroups, and policies started and ended.

cg=/sys/fs/cgroup
online=$cg/online
offline=$cg/offline
policy=

fail() { echo "demo: $*" >&2; exit 1; }

make_cgroups()
{
	echo +cpu >$cg/cgroup.subtree_control
	mkdir -p $online $offline
}

# Put off what wakes up by the clock though nothing happens: the kernel's
# statistics. They are few microseconds of work, but one that takes the CPU from
# an online task opens a gap that preempt closes at the next tick only ("Gaps"
# in samples/bpf/preempt.bpf.c).
quiet()
{
	for knob in stat_interval=3600 dirty_writeback_centisecs=0; do
		file=/proc/sys/vm/${knob%=*}
		[ ! -w "$file" ] || echo "${knob#*=}" >"$file"
	done
	sleep 1		# for what is under way
}

tag_cgroups()
{
	echo 2 >$online/tag
	echo 1 >$offline/cpu.tag
}

# start_policy RECORD COMMAND...: attached when this returns
start_policy()
{
	record=$1
	shift
	"$@" --json >"$record" &
	policy=$!
	until grep -q ready "$record"; do
		kill -0 "$policy" 2>/dev/null || fail "$1 ended before it was ready"
		sleep 0.1
	done
}

# Detach it; what it decided is the last line of its record.
stop_policy()
{
	[ -n "$policy" ] || return 0
	kill -TERM "$policy"
	wait "$policy" || fail "the policy ended with $?"
	policy=
}
