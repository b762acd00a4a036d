#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The functions of the headers, the version script and the library are the same; TAP.
# usage: check-symbols.sh MAP LIBRARY HEADER...
set -eu

map=$1
library=$2
shift 2

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

awk '/^TAGSCHED_API/ { want = 1 } want' "$@" | awk '
	/^TAGSCHED_API/ { on = 1 }
	on && match($0, /tagsched_[a-z_]+\(/) { print substr($0, RSTART, RLENGTH - 1); on = 0 }
' | sort > "$dir/header"
sed -n 's/^[[:space:]]*\(tagsched_[a-z_]*\);$/\1/p' "$map" | sort > "$dir/map"
nm -D --defined-only "$library" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort > "$dir/lib"

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
compare 1 map "version script has the headers' functions"
compare 2 lib "shared library shows the headers' functions"
exit $status
