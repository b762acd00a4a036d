#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Make build/linux: Debian's source, the quilt series on it, the new files in it.
#
# The patches are tried on copies of just the files that they touch; only when
# all of them apply does build/linux change, and there only the files whose
# content is new: the others keep their time, and make does not rebuild them.
# quilt's own state is copied too, so "cd build/linux && quilt ..." works on it.
#
# build/linux/.overlay lists every file put there, with its checksum. A file
# edited since is a patch in the making: it stops the run rather than be lost.
set -euo pipefail
# shellcheck source=tools/build/lib.sh
. "$(dirname "$0")/lib.sh"

# Paths that the patches touch, as "--- a/x" and "+++ b/x" name them.
touched_by_series()
{
	local p
	while read -r p; do
		awk '/^(---|\+\+\+) / && $2 != "/dev/null" { sub(/^[^\/]*\//, "", $2); print $2 }' \
			"$PATCHES/$p"
	done < <(series) | sort -u
}

series()
{
	[ ! -f "$PATCHES/series" ] ||
		sed 's/#.*//' "$PATCHES/series" | awk 'NF { print $1 }'
}

# Say which patch, which file, which hunk, which kernel; then give up.
patch_failed() # PATCH
{
	local patch=$PATCHES/$1

	{
		say "$1 does not apply to Linux $(kernel_version "$STOCK"):"
		# once more, for the rejected hunks themselves; the stage is lost anyway
		rm -f "$stage.rejects"
		(cd "$stage" && patch -p1 -F0 -f -r "$stage.rejects" <"$patch") |
			grep -v 'saving rejects' | sed 's/^/    /' || true
		sed 's/^/    | /' "$stage.rejects" 2>/dev/null || true
		say "the patch is ${patch#"$TOP"/}; ${LINUX#"$TOP"/} is as it was"
	} >&2
	exit 1
}

apply_series()
{
	local f p
	while read -r f; do
		[ -f "$STOCK/$f" ] || continue
		mkdir -p "$stage/$(dirname "$f")"
		cp "$STOCK/$f" "$stage/$f"
	done < <(touched_by_series)

	while read -r p; do
		[ -f "$PATCHES/$p" ] || die "${PATCHES#"$TOP"/}/series names $p, which does not exist"
		(cd "$stage" && QUILT_PATCHES=$PATCHES QUILT_PC=.pc \
			quilt --quiltrc - push --fuzz=0 "$p") >"$stage.log" 2>&1 ||
			patch_failed "$p"
	done < <(series)
}

add_new_files()
{
	local map src f
	for map in "${NEW_FILES[@]}"; do
		src=$TOP/kernel/${map%%:*}
		[ -d "$src" ] || continue
		while read -r f; do
			f=${map#*:}/$f
			[ ! -e "$STOCK/$f" ] ||
				die "kernel/${map%%:*}: $f is a file of the stock kernel: change it by a patch"
			[ ! -e "$stage/$f" ] || die "$f is both a new file and made by a patch"
			mkdir -p "$stage/$(dirname "$f")"
			cp "$src/${f#"${map#*:}"/}" "$stage/$f"
		done < <(cd "$src" && find . -type f ! -name '.*' ! -name '*~' \
			! -name '*.orig' ! -name '*.rej' -printf '%P\n')
	done
}

# Files in build/linux that are neither what was put there nor what is to come.
edited_in_tree()
{
	local sum f
	while read -r sum f; do
		[ -f "$LINUX/$f" ] || continue
		[ "$(sha256sum <"$LINUX/$f")" != "$sum  -" ] || continue
		! cmp -s "$LINUX/$f" "$stage/$f" || continue
		echo "    $f"
	done <"$LINUX/.overlay"
}

update_tree()
{
	local f gone=()

	# what an older series or an older kernel/ had put there
	while read -r _ f; do
		[ -e "$stage/$f" ] || gone+=("$f")
	done <"$LINUX/.overlay"
	for f in "${gone[@]}"; do
		if [ -f "$STOCK/$f" ]; then
			cp "$STOCK/$f" "$LINUX/$f"
		else
			rm -f "$LINUX/$f"
		fi
	done

	rsync -rc --exclude=/.pc "$stage/" "$LINUX/"
	rm -rf "$LINUX/.pc"
	[ ! -d "$stage/.pc" ] || cp -a "$stage/.pc" "$LINUX/.pc"
	(cd "$stage" && find . -path ./.pc -prune -o -type f -printf '%P\n' |
		sort | xargs -r sha256sum) >"$LINUX/.overlay"
}

# Everything that build/linux is made of, as one string.
fingerprint()
{
	local map
	cat "$STOCK/.unpacked" "${BASH_SOURCE[0]}"
	for map in "${NEW_FILES[@]}"; do
		find "$TOP/kernel/${map%%:*}" "$PATCHES" -type f 2>/dev/null || true
	done | sort -u | xargs -r sha256sum
}

stage=$BUILD/stage
lock prepare
[ ! -e "$LINUX/Makefile" ] || [ -e "$LINUX/.unpacked" ] ||
	die "${LINUX#"$TOP"/} was not made by this script: move it away"
"$(dirname "$0")/unpack.sh" "$STOCK"

now=$(fingerprint | sha256sum)
# The new files are in the fingerprint, edits of build/linux are not:
# those of a developer at work with quilt are compiled as they are.
if [ -f "$LINUX/.prepared" ] && [ "$(<"$LINUX/.prepared")" = "$now" ]; then
	exit 0
fi

rm -rf "$stage"
mkdir -p "$stage"
apply_series
add_new_files

if [ -f "$LINUX/.overlay" ] && [ -z "${DISCARD:-}" ]; then
	edits=$(edited_in_tree)
	[ -z "$edits" ] || die "edited in ${LINUX#"$TOP"/}, and not what kernel/ now says:
$edits
    'quilt refresh' (or copy) the edit into kernel/, or lose it with 'make kernel DISCARD=1'"
fi

if [ ! -f "$LINUX/.unpacked" ] || ! cmp -s "$STOCK/.unpacked" "$LINUX/.unpacked"; then
	say "copying Linux $(kernel_version "$STOCK") to ${LINUX#"$TOP"/}"
	mkdir -p "$LINUX"
	rsync -rltpc --delete --exclude=/out --exclude='/out-*' --exclude=/.overlay \
		"$STOCK/" "$LINUX/"
	: >"$LINUX/.overlay"
fi
update_tree
echo "$now" >"$LINUX/.prepared"
rm -rf "$stage" "$stage.log" "$stage.rejects"
say "Linux $(kernel_version "$LINUX"), $(series | wc -l) patches, $(wc -l <"$LINUX/.overlay") files changed or added"
