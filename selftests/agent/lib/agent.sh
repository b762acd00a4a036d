# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What tests of ready-made agents share. They print TAP; each wait has a limit
# that only ends what hangs.

guard=${GUARD:-180}	# seconds
cg=/sys/fs/cgroup
ghost=/sys/fs/ghost
work=$(mktemp -d)
n=0 bad=0
tasks=() agents=()

clean_up()
{
	kill -KILL "${agents[@]}" "${tasks[@]}" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
[ -e $ghost/version ] || mount -t ghost ghost $ghost || exit 1

check() # DESCRIPTION COMMAND...
{
	local what=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n $what"
	else
		echo "# failed: $*"
		echo "not ok $n $what"
		bad=1
	fi
}

finish()
{
	echo "1..$n"
	exit $bad
}

# Waits without a process: emulated machines are slow to make them.
exec {nothing}<> <(:)
pause() { read -rt 0.05 -u "$nothing" || :; }

# Wait until a command succeeds.
soon() # COMMAND...
{
	local end=$((SECONDS + guard))
	until "$@"; do
		if [ $SECONDS -gt $end ]; then
			echo "# waited in vain for: $*"
			return 1
		fi
		pause
	done
}

is() { [ "$1" = "$2" ] || { echo "# $1 is not $2"; return 1; }; }

# --- tasks

# Sets REPLY to a field of its stat.
stat_field() # PID FIELD
{
	local line words
	read -r line 2>/dev/null <"/proc/$1/stat" || return 1
	# the name may have blanks
	read -ra words <<<"${line##*) }"
	REPLY=${words[$2 - 3]}
}
has_policy() { stat_field "$2" 41 && [ "$REPLY" = "$1" ]; }	# POLICY PID
on_cpu() { stat_field "$2" 39 && [[ $REPLY =~ ^($1)$ ]]; }	# CPU-REGEX PID
all_have_policy()						# POLICY PID...
{
	local want=$1 pid
	shift
	for pid; do
		has_policy "$want" "$pid" || return 1
	done
}

# A task that computes and sleeps in turns, or only computes; its pid is in $pid.
start_task() # GROUP sleeper|hog
{
	case $2 in
	sleeper) set -- "$1" 'while :; do i=0; while [ $i -lt 200 ]; do i=$((i+1)); done; sleep 0.1; done' ;;
	hog) set -- "$1" 'while :; do :; done' ;;
	esac
	sh -c "echo \$\$ >'$cg/$1/cgroup.procs'; $2" &
	pid=$!
	tasks+=("$pid")
}

end_tasks()
{
	kill -KILL "${tasks[@]}" 2>/dev/null
	wait "${tasks[@]}" 2>/dev/null
	tasks=()
}

ran_since() # PID NS
{
	local runtime
	read -r runtime _ 2>/dev/null <"/proc/$1/schedstat" && [ "$runtime" -gt "$2" ]
}

# All of them get CPU time from now on.
all_run() # PID...
{
	local pid
	local -A before
	for pid; do
		read -r "before[$pid]" _ <"/proc/$pid/schedstat" || return 1
	done
	for pid; do
		soon ran_since "$pid" "${before[$pid]}" || return 1
	done
}

make_group() # NAME [TAG]
{
	echo "+cpu +cpuset" >$cg/cgroup.subtree_control
	mkdir -p "$cg/$1"
	[ -z "${2:-}" ] || echo "$2" >"$cg/$1/tag"
}

remove_group() { soon rmdir "$cg/$1"; }

# --- agents and enclaves

# Its pid is in $agent.
start_agent() # COMMAND...
{
	: >"$work/agent"
	"$@" >"$work/agent" 2>&1 &
	agent=$!
	agents+=("$agent")
	soon grep -q ^ready "$work/agent" || { sed 's/^/# /' "$work/agent"; return 1; }
}

stop_agent() # [SIGNAL]
{
	kill "-${1:-INT}" "$agent"
	wait "$agent" 2>/dev/null
}

enclaves() { find $ghost -maxdepth 1 -name 'enclave_*' | wc -l; }
no_enclave() { [ "$(enclaves)" -eq 0 ]; }
