#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The virtual machine says truly how its command, and its kernel, fared.
set -euo pipefail
# shellcheck source=selftests/road/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"

cd "$top"
unset CMD CPUS MEM KERNEL CGROUP ICOUNT APPEND QEMU_OPTS TIMEOUT PATIENCE KMEMLEAK
export LOG=$scratch/console
vm=tools/vm/vm

run $vm 'echo to-stdout; exit 7'
check "the command's exit status is the machine's" is "$status" 7
check "the command's output comes out" says '^to-stdout$'

run $vm 'exit 255'
check "an exit status of 255 stays 255" is "$status" 255

run $vm "kill -KILL \$\$"
check "a command that was killed by SIGKILL exits with 137" is "$status" 137

run $vm "printf '%s|' 'a  b' \"c'd\" '\$x'; id -u; pwd"
check "quotes and dollars reach the command as they are" says "^a  b\|c'd\|\\\$x\|0$"
check "the command starts in the checkout" says "^$top$"

code=0
printf 'one\ntwo\n' | $vm 'cat; echo error >&2' >"$scratch/out" 2>"$scratch/err" || code=$?
check "standard input reaches the command, and ends" is "$(tr '\n' ' ' <"$scratch/out")" "one two "
check "standard error stays apart from standard output" is "$(cat "$scratch/err")" error

mkdir -p build/log
run $vm "echo kept >build/log/road-kept; echo lost >/etc/road-lost; mkdir /root/road-lost"
check "the guest can write everywhere" is "$status" 0
check "what it writes in the checkout is there afterwards" is "$(cat build/log/road-kept)" kept
check "what it writes elsewhere is not" test ! -e /etc/road-lost -a ! -e /root/road-lost
rm -f build/log/road-kept

run $vm "stat -fc %T /sys/fs/cgroup; cat /sys/fs/cgroup/cgroup.subtree_control; ls /sys/kernel/tracing/events/sched /sys/fs/bpf /sys/kernel/debug; nproc"
check "cgroup v2 has cpu, cpuset and pids switched on" says '^cpuset cpu.* pids'
check "tracefs is at /sys/kernel/tracing" says '^sched_switch$'
check "there are 4 CPUs" says '^4$'

run env CGROUP=v1 CPUS=2 $vm "ls -d /sys/fs/cgroup/cpu/cpu.shares /sys/fs/cgroup/cpuset/cpuset.cpus; nproc"
check "CGROUP=v1 has cpu and cpuset where they used to be" is "$status" 0
check "CPUS=2 is two CPUs" says '^2$'

run env ICOUNT=1 $vm "nproc; cat /sys/devices/system/clocksource/clocksource0/current_clocksource"
check "ICOUNT=1 boots with one CPU" says '^1$'

run $vm 'echo before; echo c >/proc/sysrq-trigger; sleep 60; exit 0'
check "a panic gives a non-zero status" is "$status" 125
check "a panic shows the console" says 'Kernel panic - not syncing: sysrq triggered crash'

run $vm "echo '<4>WARNING: CPU: 0 PID: 1 at road/test.c:1' >/dev/kmsg; exit 0"
check "a kernel warning fails a command that passed" is "$status" 125
check "a kernel warning is shown" says 'WARNING: CPU: 0 PID: 1 at road/test.c:1'

run env TIMEOUT=20 $vm 'sleep 1000'
check "a hang ends when the time is up" is "$status" 124
check "a hang is named" says 'VM did not finish within 20 s'
check "a hang shows the console" says 'Linux version 6\.1'

# a machine that never starts stands for one that hangs while it boots
run env PATIENCE=1 QEMU_OPTS=-S TIMEOUT=12 $vm true
check "a boot that hangs is tried again, not for ever" is "$status" 124
check "it is said that it was" says 'had not booted after 3 s: again'

run env KERNEL=/no/such/bzImage $vm true
check "a kernel that is not there is named" says 'no kernel /no/such/bzImage'

(
	trap - INT
	exec setsid bash -c "exec $vm 'sleep 1000'"
) >/dev/null 2>&1 </dev/null &
pid=$!
children=
for _ in $(seq 300); do
	# the runner leads a session: QEMU is in it, not always as its child
	children=$(pgrep -s "$pid" qemu || true)
	[ -z "$children" ] || break
	sleep 0.1
done
kill -TERM "$pid"
wait "$pid" && code=0 || code=$?
# the runner does not wait for what it killed
for _ in $(seq 100); do
	[ -d "/proc/$children" ] || break
	sleep 0.1
done
check "an interrupted machine takes its QEMU with it" \
	test -n "$children" -a ! -d "/proc/$children"
check "and says that it was interrupted" is "$code" 143

plan
