#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's tree is made from source, series and new files, or left alone.
# The source here is a kernel of three files, so this takes no time.
set -euo pipefail
# shellcheck source=selftests/road/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"

export TOP=$scratch/checkout BUILD=$scratch/checkout/build
export LINUX_TARBALL=$scratch/linux-source-6.1.tar.xz
linux=$BUILD/linux
patches=$TOP/kernel/patches/6.1
mkdir -p "$patches" "$TOP/kernel/sched"

make_tarball() # VERSION [LAST LINE OF fair.c]
{
	local src=$scratch/linux-source-6.1
	rm -rf "$src"
	mkdir -p "$src/kernel/sched"
	printf 'kernelversion:\n\t@echo %s\n' "$1" >"$src/Makefile"
	printf '%s\n' one two three four five six seven eight nine ten "${2:-eleven}" \
		>"$src/kernel/sched/fair.c"
	echo core >"$src/kernel/sched/core.c"
	tar -C "$scratch" -cJf "$LINUX_TARBALL" linux-source-6.1
}

make_patch() # NAME FROM TO: of one line of fair.c
{
	sed "s/^$2\$/$3/" "$linux/kernel/sched/fair.c" >"$scratch/fair.new"
	(diff -u --label a/kernel/sched/fair.c --label b/kernel/sched/fair.c \
		"$linux/kernel/sched/fair.c" "$scratch/fair.new" || true) >"$patches/$1"
	echo "$1" >>"$patches/series"
}

prepare() { run "$top/tools/build/prepare.sh"; }
state() { (cd "$linux" && find . -type f ! -path './.pc/*' -printf '%p %T@ %s\n' | sort); }

make_tarball 6.1.200
echo 'int tag;' >"$TOP/kernel/sched/tag.c"
prepare
check "without a series there is the stock kernel and the new files" \
	is "$status $(cat "$linux/kernel/sched/tag.c")" "0 int tag;"

make_patch 0001-first.patch four FOUR
prepare
check "a patch is applied" grep -q FOUR "$linux/kernel/sched/fair.c"

before=$(state)
prepare
check "a second run changes nothing" is "$(state)" "$before"

core=$(stat -c %Y.%y "$linux/kernel/sched/core.c")
fair=$(stat -c %y "$linux/kernel/sched/fair.c")
sleep 1.1
echo 'int tag2;' >"$TOP/kernel/sched/tag.c"
sed -i '1i A better description.' "$patches/0001-first.patch"
prepare
check "a new file that changed is copied" grep -q tag2 "$linux/kernel/sched/tag.c"
check "a file whose content stayed keeps its time" \
	is "$(stat -c %y "$linux/kernel/sched/fair.c") $(stat -c %Y.%y "$linux/kernel/sched/core.c")" "$fair $core"

before=$(state)
make_patch 0002-second.patch seven SEVEN
sed -i 's/^-seven/-sept/' "$patches/0002-second.patch"
prepare
check "a patch that does not apply stops the build" test "$status" -ne 0
check "it names the patch" says '0002-second.patch does not apply'
check "it names the kernel version" says 'Linux 6\.1\.200'
check "it names the file and the hunk" says 'Hunk #1 FAILED'
check "it shows the hunk" says '^ *\| -sept'
check "it leaves the tree as it was" is "$(state)" "$before"

make_tarball 6.1.201 changed
prepare
check "so it does with a newer source" is "$status $(state)" "1 $before"

sed -i '/0002/d' "$patches/series"
prepare
check "a newer source is taken when the series applies" \
	is "$status $(tail -1 "$linux/kernel/sched/fair.c")" "0 changed"

rm "$TOP/kernel/sched/tag.c" "$patches"/*
prepare
check "a file that is gone from kernel/ goes from the tree" test ! -e "$linux/kernel/sched/tag.c"
check "a patched file without its patch is the stock one" \
	cmp -s "$linux/kernel/sched/fair.c" "$BUILD/linux-stock/kernel/sched/fair.c"

make_patch 0001-first.patch four FOUR
prepare
echo edit >>"$linux/kernel/sched/fair.c"
echo 'int tag3;' >"$TOP/kernel/sched/tag.c"
prepare
check "an edit in the tree that no patch has is not overwritten" grep -q edit "$linux/kernel/sched/fair.c"
check "it is named" says '^ *kernel/sched/fair.c$'
DISCARD=1 prepare
check "DISCARD=1 overwrites it" is "$status $(grep -c edit "$linux/kernel/sched/fair.c" || true)" "0 0"

echo core >"$TOP/kernel/sched/core.c"
prepare
check "a new file may not replace one of the kernel's" says 'kernel/sched/core.c is a file of the stock kernel'
rm "$TOP/kernel/sched/core.c"

make_tarball 6.1.169
prepare
check "a source older than 6.1.170 is refused" says '6\.1\.169; 6\.1\.170 is the oldest'

plan
