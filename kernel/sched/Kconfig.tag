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
	  run: on which CPU a task is placed at wakeup, fork and exec, whether
	  load balancing may move it, who runs first and who preempts whom.
	  Programs can be limited to the tasks with one tag. Those that keep a
	  runnable task waiting are ended. While none is attached, a hook costs
	  one no-op instruction.

	  See Documentation/scheduler/bpf-sched.rst. If unsure, say N.

config BPF_SCHED_SIGNATURE
	bool "Signed scheduling policies"
	depends on BPF_SCHED
	select SYSTEM_DATA_VERIFICATION
	select CRYPTO_SHA256
	help
	  Check the signatures of scheduling policies, which the kernel's
	  trusted keys must have made. With kernel.sched_bpf_require_signature
	  set to 1, which cannot be taken back, no other policy attaches.

	  See Documentation/scheduler/bpf-sched.rst. If unsure, say N.

config BPF_SCHED_DEBUG
	bool "Check the order of queued entities at each pick"
	depends on BPF_SCHED && DEBUG_KERNEL
	help
	  While a program decides who runs first, look at every queued entity
	  of a runqueue each time, and warn if one is out of order. Slow.

	  If unsure, say N.

config SCHED_CLASS_GHOST
	bool "Delegation of scheduling to userspace"
	depends on BPF_SCHED && X86_64 && !SCHED_CORE && CFS_BANDWIDTH && TIMERFD
	select KERNFS
	help
	  Let a process in userspace, an agent, schedule the tasks of an
	  enclave: it is told of what they do through a queue, and answers by
	  transactions. Tasks are delegated by their tag, or one by one. The
	  interface is that of ghOSt, versions 84 and 91, at /sys/fs/ghost.
	  While there is no enclave, a hook costs one no-op instruction.

	  See Documentation/scheduler/ghost.rst. If unsure, say N.
