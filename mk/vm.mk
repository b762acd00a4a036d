# SPDX-License-Identifier: GPL-2.0-only
# The virtual machine. Its knobs are environment variables of tools/vm/vm.

# Take the command as it was typed: make must not expand the dollars in it.
ifneq ($(origin CMD),undefined)
override CMD := $(value CMD)
endif
VM_KNOBS := CMD CPUS SMP NUMA MEM TIMEOUT PATIENCE ICOUNT CGROUP APPEND QEMU_OPTS LOG KMEMLEAK
export $(VM_KNOBS)

.PHONY: vm
vm: $(BUILD)/.deps $(if $(filter normal debug off,$(KERNEL)),$(KOUT)/$(KERNEL)/vmlinux)
	@tools/vm/vm
