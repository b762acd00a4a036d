#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# clean.sh outputs: remove what was compiled.  clean.sh all: remove build/.
set -euo pipefail
# shellcheck source=tools/build/lib.sh
. "$(dirname "$0")/lib.sh"

case ${1:-} in
outputs)
	rm -rf "$LINUX"/out "$LINUX"/out-* "$STOCK"/out "$STOCK"/out-*
	find "$BUILD" -mindepth 1 -maxdepth 1 ! -name linux ! -name linux-stock ! -name qemu \
		-exec rm -rf {} + 2>/dev/null || true
	;;
all)
	rm -rf "$BUILD"
	;;
*)
	echo "usage: clean.sh outputs|all" >&2
	exit 2
	;;
esac
# links from the source directories into build/
find "$TOP/samples" "$TOP/demo" -type l -lname '*build/*' -delete 2>/dev/null || true
