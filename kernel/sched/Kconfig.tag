# SPDX-License-Identifier: GPL-2.0-only
config SCHED_TAG
	bool "Scheduler tags of tasks and task groups"
	depends on 64BIT && PROC_FS && FAIR_GROUP_SCHED && SMP
	help
	  Give tasks and task groups a tag, a number that scheduling policies
	  go by: /proc/PID/tag, /proc/PID/task/TID/tag and, in every directory
	  of the cpu controller, cpu.tag and tag. A group's tag holds for all
	  tasks in it that have no tag of their own.

	  A tag alone changes nothing in what the scheduler does.

	  See Documentation/scheduler/sched-tag.rst. If unsure, say N.

config BPF_SCHED
	bool "BPF hooks in the fair scheduler"
	depends on SCHED_TAG && BPF_SYSCALL && BPF_JIT && DEBUG_INFO_BTF && KALLSYMS
	help
	  Let BPF programs decide where and when the tasks of the fair class
	  run: on which CPU a task is placed at wakeup, fork and exec, and who
	  preempts whom. A program can be limited to the tasks with one tag.
	  While none is attached, a hook costs one no-op instruction.

	  See Documentation/scheduler/bpf-sched.rst. If unsure, say N.
