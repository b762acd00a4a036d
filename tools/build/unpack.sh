#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Unpack Debian's linux-source-6.1 into the directory given, unless it is there
# already. The point release is whatever the package has; 6.1.170 is the oldest.
set -euo pipefail
# shellcheck source=tools/build/lib.sh
. "$(dirname "$0")/lib.sh"

dest=${1:-$STOCK}
tarball=${LINUX_TARBALL:-/usr/src/linux-source-6.1.tar.xz}
oldest=170

[ -r "$tarball" ] || die "$tarball is missing: run 'make deps'"
id=$(stat -Lc '%n %s %.9Y' "$tarball")
if [ -f "$dest/.unpacked" ] && [ "$(<"$dest/.unpacked")" = "$id" ]; then
	exit 0
fi

say "unpacking $tarball"
rm -rf "$dest.new"
mkdir -p "$dest.new"
tar -C "$dest.new" --strip-components=1 -xf "$tarball"
version=$(kernel_version "$dest.new")
[[ $version == 6.1.* ]] || die "$tarball is Linux $version; tagsched is for 6.1"
patchlevel=${version#6.1.}
[ "${patchlevel%%[!0-9]*}" -ge $oldest ] ||
	die "$tarball is Linux $version; 6.1.$oldest is the oldest that works: apt-get update, then upgrade linux-source-6.1"
echo "$id" >"$dest.new/.unpacked"
rm -rf "$dest"
mv "$dest.new" "$dest"
