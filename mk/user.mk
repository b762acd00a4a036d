# SPDX-License-Identifier: GPL-2.0-only
# Userspace: each directory has a Makefile of its own that takes O= (this build/).

# $(call sub,DIRECTORY,TARGET): nothing where the directory has no Makefile
sub = $(if $(wildcard $(1)/Makefile),$(MAKE) -C $(1) O=$(BUILD) $(2),:)

.PHONY: tools samples demo selftests test

tools: $(BUILD)/.deps
	@$(call sub,tools/lib)
	@$(call sub,tools/tag)
	@$(call sub,tools/agent)

samples: tools $(BUILD)/vmlinux.h
	@$(call sub,samples/bpf)

demo: kernel samples
	@$(call sub,demo)

selftests: samples
	@$(call sub,selftests)

test: $(BUILD)/.deps
	@selftests/run
