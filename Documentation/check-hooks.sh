#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Does scheduler/bpf-sched.rst say what the sources say? Compared are:
#  - its table of hooks and sched_hook_defs.h: name, kind and arguments;
#  - the hooks and its sections about them;
#  - the kernel functions that it names and those registered for programs;
#  - its example and the file that is compiled.
# usage: Documentation/check-hooks.sh
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
top=$(dirname "$here")
doc=$here/scheduler/bpf-sched.rst
example=$here/scheduler/stay.bpf.c
defs=$top/kernel/include/linux/sched_hook_defs.h
kfuncs=("$top"/kernel/sched/bpf_*.c)
status=0

# The preprocessor reads the list, as it does in the kernel: NAME KIND "ARGS"
declared_hooks()
{
	"${CC:-cc}" -E -P -x c -D'BPF_SCHED_HOOK(R,D,K,N,...)=N K #__VA_ARGS__' "$defs" | sed '/^$/d'
}

# Rows of the list-table below the comment that names this script.
table_hooks()
{
	awk '
	/^\.\. check-hooks\.sh compares this table/ { in_table = 1; next }
	in_table && /^[^ .]/ { exit }
	!in_table { next }
	sub(/^   \* - /, "     - ") { row++; col = 0 }
	/^     - / {
		col++
		gsub(/^ *- |`/, "")
		if (row > 1 && col == 1) name = $0
		if (row > 1 && col == 2) kind = $0
		if (row > 1 && col == 3) printf "%s %s \"%s\"\n", name, kind, $0
	}' "$doc"
}

# Headings underlined with dashes that read like hooks.
section_hooks()
{
	awk '/^-+$/ && last ~ /^(cfs_[a-z_]+|tag_changed)$/ { print last } { last = $0 }' "$doc"
}

registered_kfuncs()
{
	sed -n 's/^BTF_ID_FLAGS(func, \([a-z0-9_]*\).*/\1/p' "${kfuncs[@]}" | sort -u
}

# As documented in the reference, with their arguments.
documented_kfuncs()
{
	# shellcheck disable=SC2016 # the backquotes are the document's
	sed -n '/^Kernel functions$/,/^Sets of a program.s own$/p' "$doc" |
		grep -o '^``[^`]*bpf_sched_[a-z0-9_]*(' | grep -o 'bpf_sched_[a-z0-9_]*' | sort -u
}

quoted_example()
{
	awk '
	/^\.\. This is Documentation\/scheduler\/stay\.bpf\.c/ { found = 1; next }
	found && /^\t/ { code = 1 }
	found && /^[^\t:]/ { exit }
	code { sub(/^\t/, ""); print }' "$doc" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

compare() # WHAT SOURCES DOCUMENT
{
	if [ -z "$2" ]; then
		echo "check-hooks: $1: none found in the sources: $defs, ${kfuncs[*]}" >&2
		status=1
	elif ! diff -u --label sources --label "${doc#"$top"/}" <(echo "$2") <(echo "$3") >&2; then
		echo "check-hooks: $1: ${doc#"$top"/} and the sources differ" >&2
		status=1
	fi
}

hooks=$(declared_hooks)
compare "table of hooks" "$hooks" "$(table_hooks)"
compare "sections about hooks" "$(cut -d' ' -f1 <<<"$hooks")" "$(section_hooks)"
compare "kernel functions" "$(registered_kfuncs)" "$(documented_kfuncs)"
compare "example" "$(<"$example")" "$(quoted_example)"
exit $status
