#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Where QEMU is older than 8.1, put the one of Debian's backports in build/qemu.
#
# The older ones emulate several CPUs with a race that stops machines often, and
# tools/vm/unstick.c has more to do. Nothing of the system is touched: neither
# its packages nor its list of sources.
set -euo pipefail
# shellcheck source=tools/build/lib.sh
. "$(dirname "$0")/lib.sh"

suite=bookworm-backports
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
dest=$BUILD/qemu

version=$(qemu-system-x86_64 --version 2>/dev/null | sed -n 's/.* version \([0-9.]*\).*/\1/p')
if [ -x "$dest/usr/bin/qemu-system-x86_64" ] ||
   printf '8.1\n%s\n' "${version:-0}" | sort -VC; then
	exit 0
fi

without()
{
	echo "deps: QEMU $version stays: $*"
	exit 0
}
# shellcheck disable=SC1091
. /etc/os-release
[ "${VERSION_CODENAME:-}" = bookworm ] || without "$suite is not for ${VERSION_CODENAME:-this system}"
[ -r "$keyring" ] || without "there is no $keyring"

mkdir -p "$BUILD"
work=$(mktemp -d "$BUILD/qemu.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists,cache/archives}/partial "$work/root"
for s in bookworm "$suite"; do
	echo "deb [signed-by=$keyring] http://deb.debian.org/debian $s main"
done >"$work/sources"
apt=(-qq -o Dir::Etc::sourcelist="$work/sources" -o Dir::Etc::sourceparts=- \
	-o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" \
	-o APT::Sandbox::User=root -o Acquire::Retries=2)

echo "deps: fetching QEMU of $suite into ${dest#"$TOP"/}"
fetch()
{
	timeout 180 apt-get "${apt[@]}" update &&
		timeout 180 apt-get "${apt[@]}" -y --no-install-recommends --download-only \
			-t "$suite" install qemu-system-x86
}
fetch >"$work/log" 2>&1 || without "$(tail -n 1 "$work/log")"
for deb in "$work"/cache/archives/*.deb; do
	dpkg -x "$deb" "$work/root"
done
"$work/root/usr/bin/qemu-system-x86_64" --version >"$work/log" 2>&1 ||
	without "$(tail -n 1 "$work/log")"
rm -rf "$dest"
mv "$work/root" "$dest"
echo "deps: QEMU $(sed -n 's/.* version \([0-9.]*\).*/\1/p' "$work/log") is in ${dest#"$TOP"/}"
