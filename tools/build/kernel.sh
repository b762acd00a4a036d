#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Build a kernel: normal, debug, or off (tagsched configured out).
set -euo pipefail
# shellcheck source=tools/build/lib.sh
. "$(dirname "$0")/lib.sh"

name=${1:-normal}
case $name in
normal)	fragments=(vm tagsched) ;;
debug)	fragments=(vm tagsched debug) ;;
off)	fragments=(vm off) ;;
*)	die "KERNEL=$name: there is normal, debug and off" ;;
esac

lock kernel
"$(dirname "$0")/prepare.sh"
"$(dirname "$0")/keys.sh"

# Without a change of the fragments or of Kconfig, the .config stands.
out=$(kernel_out "$LINUX" "$name")
config_id=$({ for f in "${fragments[@]}"; do cat "$TOP/kernel/configs/$f.config"; done
	cat "$(dirname "$0")/config.sh" "$LINUX/.unpacked"
	grep -i kconfig "$LINUX/.overlay" || true; } | sha256sum)
if [ ! -f "$out/.config" ] || [ "$(cat "$out/.config-id" 2>/dev/null)" != "$config_id" ]; then
	"$(dirname "$0")/config.sh" "$LINUX" "$name" "${fragments[@]}"
	echo "$config_id" >"$out/.config-id"
fi

mkdir -p "$BUILD/log"
log=$BUILD/log/kernel-$name.log
version=$(kernel_version "$LINUX")
say "building $name, Linux $version (log: ${log#"$TOP"/})"
start=$SECONDS

kmake "$LINUX" "$name" -j"$(nproc)" bzImage >"$log" 2>&1 &
make_pid=$!
tick=0
while kill -0 $make_pid 2>/dev/null; do
	sleep 1
	tick=$((tick + 1))
	[ $((tick % 60)) -ne 0 ] ||
		say "$name: $(grep -cE '^  (CC|AS|LD|AR)' "$log" || true) steps in $((SECONDS - start)) s"
done

if ! wait $make_pid; then
	{
		say "building $name failed; the errors:"
		grep -nE '(error|Error|undefined reference|No rule)' "$log" | head -40 | sed 's/^/    /'
		say "the whole log is ${log#"$TOP"/}"
	} >&2
	exit 1
fi
warnings=$(grep -c 'warning:' "$log" || true)
say "$name is ready: $(grep -cE '^  (CC|AS)' "$log" || true) files compiled in $((SECONDS - start)) s, $warnings warnings"
