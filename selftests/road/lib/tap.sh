# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# TAP for shell tests on the host. A test writes check lines, then calls plan.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
n=0 bad=0

check() # DESCRIPTION COMMAND...: the command succeeds
{
	local what=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n $what"
	else
		bad=$((bad + 1))
		echo "# failed: $*"
		[ ! -s "$scratch/output" ] || sed 's/^/# /' "$scratch/output"
		echo "not ok $n $what"
	fi
}

# Run a command; its output is in $scratch/output, its status in $status.
status=0
run() # COMMAND...
{
	status=0
	"$@" >"$scratch/output" 2>&1 </dev/null || status=$?
}

says() # REGEX: the last run printed it
{
	grep -qE -- "$1" "$scratch/output"
}

is() # A B
{
	[ "$1" = "$2" ] || { echo "# $1 is not $2"; return 1; }
}

plan()
{
	echo "1..$n"
	exit $((bad > 0))
}
