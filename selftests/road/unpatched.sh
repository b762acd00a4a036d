#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What people meet who try it on a kernel that is not patched: one line that says
# what is missing, and nothing half done. The host's own kernel is such a one.
set -euo pipefail
# shellcheck source=selftests/road/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"

build=$top/build

# A host that runs tagsched itself has nothing to show.
if [ -e /proc/self/tag ]; then
	echo "1..0 # SKIP this host's kernel has tags"
	exit 0
fi

refuses() # TEXT: the last run failed, with this as its only line
{
	[ "$status" -ne 0 ] && [ "$(wc -l <"$scratch/output")" -eq 1 ] && says "$1"
}

hooks='the kernel has no BPF scheduling hooks; boot one with CONFIG_BPF_SCHED'
tag() { run "$build/bin/tag" "$@"; }
sample() { run timeout 60 "$build/samples/$1" "${@:2}"; }

tag policy load "$build/selftests/lib/obj/stay.bpf.o"
check "tag policy load names the option that is missing" refuses "^tag: .*$hooks\$"
tag policy ls
check "tag policy ls does" refuses "^tag: .*$hooks\$"
tag get $$
check "tag get names the option for tags" refuses 'CONFIG_SCHED_TAG'
tag enclave ls
check "tag enclave ls names the option for delegation" refuses 'CONFIG_SCHED_CLASS_GHOST'
run "$build/bin/tagsched-fifo" --tag 2
check "an agent does" refuses 'CONFIG_SCHED_CLASS_GHOST'

sample preempt --online 2 --offline 1
check "preempt says what is missing" refuses "^preempt: .*$hooks\$"
sample select_core --map 2=0
check "select_core does" refuses "^select_core: .*$hooks\$"
sample pick_task
check "pick_task does" refuses "^pick_task: .*$hooks\$"
sample slice --slice 2=10
check "slice does" refuses "^slice: .*$hooks\$"
sample cpu_isolate --tag 2 --cpus 0
check "cpu_isolate does" refuses "^cpu_isolate: .*$hooks\$"
sample wake_affine --near 2
check "wake_affine does" refuses "^wake_affine: .*$hooks\$"
sample numa_pack --tag 2
check "numa_pack does" refuses "^numa_pack: .*$hooks\$"
sample trace_tags
check "trace_tags does" refuses "^trace_tags: .*$hooks\$"

plan
