# SPDX-License-Identifier: GPL-2.0-only
#
# The only entry point of tagsched. "make help" lists what can be made.
# Everything that is built lands under build/; nothing else is written.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

TOP   := $(CURDIR)
BUILD := $(TOP)/build
# Which kernel: normal, debug (lockdep, KASAN, ...), off (tagsched configured out)
KERNEL ?= normal
export TOP BUILD KERNEL DISCARD

include mk/kernel.mk
include mk/user.mk
include mk/vm.mk
include mk/check.mk

.PHONY: help deps clean distclean

help:
	@sed 1d mk/help.txt

deps:
	@tools/build/deps.sh
	@tools/build/qemu.sh
	@mkdir -p $(BUILD) && touch $(BUILD)/.deps

# Every target that needs a package depends on this stamp.
$(BUILD)/.deps: tools/build/packages tools/build/deps.sh tools/build/qemu.sh
	@tools/build/deps.sh
	@tools/build/qemu.sh
	@mkdir -p $(@D) && touch $@

clean:
	@tools/build/clean.sh outputs

distclean:
	@tools/build/clean.sh all
