#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The functions of tagsched.h, the version script and the library are the same; TAP.
# usage: check-symbols.sh HEADER MAP LIBRARY
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

awk '/^TAGSCHED_API/ { want = 1 } want' "$1" | awk '
	/^TAGSCHED_API/ { on = 1 }
	on && match($0, /tagsched_[a-z_]+\(/) { print substr($0, RSTART, RLENGTH - 1); on = 0 }
' | sort > "$dir/header"
sed -n 's/^[[:space:]]*\(tagsched_[a-z_]*\);$/\1/p' "$2" | sort > "$dir/map"
nm -D --defined-only "$3" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort > "$dir/lib"

status=0
compare()
{
	if diff "$dir/header" "$dir/$2" > "$dir/diff"; then
		echo "ok $1 - symbols: $3"
	else
		echo "not ok $1 - symbols: $3"
		sed 's/^/# /' "$dir/diff"
		status=1
	fi
}

echo "TAP version 13"
echo "1..2"
compare 1 map "version script has the header's functions"
compare 2 lib "shared library shows the header's functions"
exit $status
