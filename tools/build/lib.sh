# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# What the build scripts share: paths, messages, the kernel's build environment.

TOP=${TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)}
BUILD=${BUILD:-$TOP/build}
STOCK=$BUILD/linux-stock	# Debian's source, never touched
LINUX=$BUILD/linux		# the same with patches and new files
PATCHES=$TOP/kernel/patches/6.1

# Where the new files below kernel/ go in the kernel's tree.
NEW_FILES=(sched:kernel/sched bpf:kernel/bpf include:include fs:fs)

say() { echo "kernel: $*"; }
die() { echo "kernel: $*" >&2; exit 1; }

# ccache finds an object again if nothing that goes into it differs: neither
# the directory, nor the date, nor the machine.
export CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=10G
export KBUILD_BUILD_TIMESTAMP='1 Jan 2026' KBUILD_BUILD_VERSION=1
export KBUILD_BUILD_USER=tagsched KBUILD_BUILD_HOST=tagsched
KCC=gcc
! command -v ccache >/dev/null || KCC='ccache gcc'

kernel_version() # TREE
{
	make -s -C "$1" kernelversion
}

# kbuild uses relative paths only if the output directory is right below the
# source; so the objects are in TREE/out-NAME, and TREE/out/NAME points there.
kernel_out() # TREE NAME -> absolute path, made if it is not there
{
	local dir=$1/out-$2 link=$1/out/$2

	mkdir -p "$dir" "$1/out"
	[ -L "$link" ] || rm -rf "$link"
	ln -sfn "../out-$2" "$link"
	echo "$dir"
}

kmake() # TREE NAME ARGS...
{
	local tree=$1 out
	out=$(kernel_out "$1" "$2")
	shift 2
	make -C "$tree" O="$(basename "$out")" CC="$KCC" "$@"
}

unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

# One build at a time in a checkout.
lock() # NAME
{
	mkdir -p "$BUILD"
	exec 9>"$BUILD/.$1.lock"
	flock -n 9 || { say "waiting for another build in this checkout"; flock 9; }
}
