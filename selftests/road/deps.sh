#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make deps" installs what is missing, says so, and else does nothing. The
# package tools here are stand-ins that write down how they were called.
set -euo pipefail
# shellcheck source=selftests/road/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"

bin=$scratch/bin
calls=$scratch/calls
mkdir "$bin"
: >"$calls"
cat >"$bin/dpkg-query" <<-EOF
	#!/bin/sh
	for p; do :; done
	grep -qx "\$p" "$scratch/missing" || echo 'ii '
EOF
cat >"$bin/apt-get" <<-EOF
	#!/bin/sh
	echo "\$*" >>"$calls"
	case "\$*" in *install*) : >"$scratch/missing" ;; esac
EOF
cat >"$bin/id" <<-EOF
	#!/bin/sh
	cat "$scratch/uid"
EOF
chmod +x "$bin"/*
deps() { run env PATH="$bin:$PATH" "$top/tools/build/deps.sh"; }

echo 0 >"$scratch/uid"
printf 'quilt\ndwarves\n' >"$scratch/missing"
deps
check "missing packages are installed" grep -q 'install quilt dwarves$' "$calls"
check "they are named" says 'installing quilt dwarves'
check "the index is updated before" grep -q update "$calls"

: >"$calls"
deps
check "the second run installs nothing" is "$status $(cat "$calls")" "0 "
check "and says so" says 'packages are installed'

echo 1000 >"$scratch/uid"
echo quilt >"$scratch/missing"
deps
check "without root nothing is tried" is "$status $(cat "$calls")" "1 "
check "the error names the package and the remedy" says 'quilt'
check "the remedy is root" says "run 'make deps' as root"

plan
