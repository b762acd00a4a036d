# SPDX-License-Identifier: GPL-2.0-only
# Style and cost.

.PHONY: check zero-cost

check: $(BUILD)/.deps
	@tools/build/check.sh

zero-cost: KERNEL := normal
zero-cost: kernel selftests
	@tools/build/zero-cost.sh
