#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Write the .config of a kernel: tinyconfig, then the fragments of
# kernel/configs, and make sure that every line of them took effect.
# usage: config.sh TREE OUTNAME FRAGMENT...
set -euo pipefail
# shellcheck source=tools/build/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$1 name=$2
shift 2
fragments=()
for f in "$@"; do
	fragments+=("$TOP/kernel/configs/$f.config")
done
out=$(kernel_out "$tree" "$name")

# Options that a fragment may name in vain, one a line with the reason.
allowed=$TOP/kernel/configs/may-be-missing

# tinyconfig insists on writing .config itself; the one that stands comes back
# if anything fails, and if the new one is the same (its time then says so).
config=$out/.config
before=$out/.config-before
[ ! -f "$config" ] || cp -p "$config" "$before"
restore()
{
	rm -f "$config"
	[ ! -f "$before" ] || mv "$before" "$config"
}
trap restore EXIT

quietly() # COMMAND...
{
	"$@" >"$out/.config-log" 2>&1 || { cat "$out/.config-log" >&2; exit 1; }
}
quietly kmake "$tree" "$name" -s tinyconfig
quietly "$tree/scripts/kconfig/merge_config.sh" -m -O "$out" "$config" "${fragments[@]}"
quietly kmake "$tree" "$name" -s olddefconfig

# What was asked for: the last line for an option wins, as in the merge.
asked()
{
	cat "${fragments[@]}" | awk '
		/^CONFIG_[A-Z0-9_a-z]+=/ { split($0, a, "="); want[a[1]] = $0 }
		/^# CONFIG_[A-Z0-9_a-z]+ is not set/ { want[$2] = $2 "=n" }
		END { for (o in want) print want[o] }' | sort
}

refused=()
while read -r line; do
	option=${line%%=*}
	if [[ $line == *=n ]]; then
		! grep -q "^$option=" "$config" || refused+=("$option is on")
	elif ! grep -qxF "$line" "$config"; then
		refused+=("$line")
	fi
done < <(asked)

bad=()
for line in ${refused[@]+"${refused[@]}"}; do
	option=${line%%[= ]*}
	grep -q "^${option}[[:space:]]" "$allowed" && continue
	# without the series the options that it adds do not exist
	[[ -e $PATCHES/series || ! $option =~ ^CONFIG_(SCHED_TAG|BPF_SCHED|BPF_SCHED_SIGNATURE|SCHED_CLASS_GHOST|SYSTEM_TRUSTED_KEYS)$ ]] || continue
	bad+=("$line")
done
if [ ${#bad[@]} -gt 0 ]; then
	{
		say "these options of kernel/configs did not take effect (dependencies?):"
		printf '    %s\n' "${bad[@]}"
	} >&2
	exit 1
fi

cmp -s "$config" "$before" || rm -f "$before"
[ -f "$before" ] || trap - EXIT
