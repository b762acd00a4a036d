# SPDX-License-Identifier: GPL-2.0-only
# The kernel: unpack, patch, configure, compile; and its types for BPF programs.

KOUT := $(BUILD)/linux/out

.PHONY: kernel
kernel: $(BUILD)/.deps
	@tools/build/kernel.sh $(KERNEL)

# Programs need a kernel, not the newest one: this builds it only if there is none.
$(KOUT)/%/vmlinux: | $(BUILD)/.deps
	@tools/build/kernel.sh $*

# The user-space headers of libbpf do not know tagsched's types; vmlinux.h does.
$(BUILD)/vmlinux.h: $(KOUT)/normal/vmlinux
	@tools/build/vmlinux-h.sh $< $@
