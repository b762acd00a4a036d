#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's types as a C header for BPF programs.
# usage: vmlinux-h.sh VMLINUX HEADER
set -euo pipefail

PATH=$PATH:/usr/sbin
bpftool btf dump file "$1" format c >"$2.new"
# The same types keep the header's time: nothing is recompiled for them.
if cmp -s "$2.new" "$2"; then
	rm "$2.new"
else
	mv "$2.new" "$2"
fi
