#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Style and static checks over every file of the project. Each check prints one
# line with its counts, and what it found; the exit status says if any failed.
set -euo pipefail
# shellcheck source=tools/build/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$TOP"

failed=0
# NAME FILES PROBLEMS FINDINGS
report()
{
	echo "check: $1: $2 files, $3 problems"
	[ "$3" -eq 0 ] && return
	printf '    %s\n' "${4//$'\n'/$'\n    '}"
	failed=$((failed + 1))
}

# tracked or about to be, never build/
files() # PATTERN...
{
	git ls-files --cached --others --exclude-standard -- "$@" |
		while read -r f; do [ ! -f "$f" ] || echo "$f"; done
}

lines() { grep -c . <<<"$1" || true; }

check_spdx()
{
	local all bad=
	all=$(files ':!LICENSES' ':!kernel/patches/*.patch')
	while read -r f; do
		head -3 "$f" | grep -q 'SPDX-License-Identifier: ' || bad+="$f"$'\n'
	done <<<"$all"
	report "SPDX lines" "$(lines "$all")" "$(lines "$bad")" "${bad%$'\n'}"
}

# What checkpatch says that does not hold here:
#  FILE_PATH_CHANGES      there is no MAINTAINERS entry outside the tree
#  MISSING_SIGN_OFF etc.  a sign-off is for sending
#  the macros             the list of hooks expands to declarations and tables
kernel_ignore=FILE_PATH_CHANGES,MISSING_SIGN_OFF,NO_AUTHOR_SIGN_OFF
kernel_ignore+=,COMPLEX_MACRO,MACRO_ARG_REUSE,MULTISTATEMENT_MACRO_USE_DO_WHILE
#  UNNECESSARY_KERN_LEVEL printk_deferred_once() has none of its own
kernel_ignore+=,UNNECESSARY_KERN_LEVEL
#  what lies around: a linker script, and BUG_ON() of the order of classes
patch_ignore=$kernel_ignore,SPACING,AVOID_BUG
#  userspace has no BIT(), and a number of an ioctl is one line
uapi_ignore=$kernel_ignore,BIT_MACRO,LONG_LINE
#  tracepoint headers are macros and laid out as the kernel's own are
trace_ignore=$kernel_ignore,OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT
#  userspace has neither the kernel's helpers nor its headers
user_ignore=$kernel_ignore,PREFER_KERNEL_TYPES,SPLIT_STRING,ENOSYS,AVOID_EXTERNS
user_ignore+=,STRCPY,STRLCPY,STRNCPY,SSCANF_TO_KSTRTO,CONST_STRUCT,ARRAY_SIZE
user_ignore+=,CONSIDER_KSTRTO,PREFER_DEFINED_ATTRIBUTE_MACRO,VOLATILE
user_ignore+=,CAMELCASE,LONG_LINE,BLOCK_COMMENT_STYLE,DEPRECATED_VARIABLE
user_ignore+=,EMBEDDED_FUNCTION_NAME,NEW_TYPEDEFS
#  the harness's tests and assertions are macros, FIXTURE_DATA(x) *self a product
test_ignore=$user_ignore,SPACING,BRACES,MACRO_WITH_FLOW_CONTROL,STRING_FRAGMENTS
test_ignore+=,QUOTED_WHITESPACE_BEFORE_NEWLINE,TRAILING_SEMICOLON

checkpatch() # NAME FILES ARGS...
{
	local name=$1 list=$2 out=
	shift 2
	if [ -z "$list" ]; then
		report "$name" 0 0 ''
		return
	fi
	# shellcheck disable=SC2086 # no file here has a space in its name
	# without git it does not take a patch under version control for a source
	out=$(GIT_DIR=/nonexistent perl "$LINUX/scripts/checkpatch.pl" --root="$LINUX" --quiet --terse \
		--show-types --color=never "$@" $list 2>&1 |
		grep -E '(ERROR|WARNING|CHECK):' || true)
	report "$name" "$(lines "$list")" "$(lines "$out")" "$out"
}

check_sparse()
{
	local objects=() f map out=$LINUX/out/normal found
	if [ ! -f "$out/.config" ]; then
		echo "check: sparse: skipped, there is no kernel yet: 'make kernel'"
		return
	fi
	while read -r f; do
		for map in "${NEW_FILES[@]}"; do
			[[ $f != kernel/${map%%:*}/* ]] ||
				f=${map#*:}/${f#"kernel/${map%%:*}/"}
		done
		objects+=("${f%.c}.o")
	done < <(files 'kernel/*.c' ':!kernel/sched/ghost_core.c') # which core.c includes
	[ ${#objects[@]} -gt 0 ] || return 0
	lock kernel
	"$(dirname "$0")/prepare.sh"
	# A kfunc is declared by the program that calls it. As in all of kernel/sched,
	# rq->curr and its like are read as they are under the lock, and the locks of
	# runqueues have no annotations.
	found=$(kmake "$LINUX" normal C=2 -k "${objects[@]}" 2>&1 |
		grep -E '(warning|error):' | grep -F "$(printf '%s\n' "${objects[@]%.o}")" |
		grep -vE "symbol 'bpf_sched_\w+' was not declared" |
		grep -vE 'kernel/sched/.*(different address spaces|noderef expression|context imbalance)' |
		sort -u || true)
	report sparse ${#objects[@]} "$(lines "$found")" "$found"
}

check_shell()
{
	local list out
	list=$(files | while read -r f; do
		head -1 "$f" | grep -qaE '^#!/bin/(ba)?sh' && echo "$f"
	done || true)
	# shellcheck disable=SC2086
	# SC2317: what is called through a name, as by check and soon, is reached
	out=$(shellcheck -x -P SCRIPTDIR -e SC2317 -f gcc $list 2>&1 || true)
	report shellcheck "$(lines "$list")" "$(lines "$out")" "$out"
}

check_spelling()
{
	local list out
	list=$(files ':!LICENSES')
	# shellcheck disable=SC2086
	out=$(codespell -I tools/build/codespell-words $list 2>&1 || true)
	report codespell "$(lines "$list")" "$(lines "$out")" "$out"
}

check_cppcheck()
{
	local list out
	list=$(files '*.c' ':!kernel' ':!*.bpf.c')
	[ -n "$list" ] && command -v cppcheck >/dev/null || return 0
	# shellcheck disable=SC2086
	out=$(cppcheck --quiet --enable=warning,portability --inline-suppr --std=c11 \
		--suppress=unknownMacro --suppress=missingIncludeSystem \
		--suppress=syntaxError --suppress=ctuuninitvar --suppress=varFuncNullUB \
		--template='{file}:{line}: {severity}: {message} [{id}]' \
		-Itools/lib $list 2>&1 || true)
	report cppcheck "$(lines "$list")" "$(lines "$out")" "$out"
}

check_manuals()
{
	local list out
	list=$(files '*.[1-8]')
	[ -n "$list" ] || return 0
	# shellcheck disable=SC2086
	out=$(mandoc -T lint -W warning $list 2>&1 || true)
	report "manual pages" "$(lines "$list")" "$(lines "$out")" "$out"
}

check_documentation()
{
	local list out f
	list=$(files '*.rst')
	out=$(Documentation/check-hooks.sh 2>&1 >/dev/null || true)
	report "documented hooks" 1 "$(lines "$out")" "$out"
	command -v rst2html >/dev/null || return 0
	out=$(for f in $list; do
		rst2html --report=2 "$f" 2>&1 >/dev/null |
			grep -vE 'Unknown (interpreted text role|directive type) "(ref|doc|toctree|c:|kernel-doc)|No role entry|No directive entry|Trying ".*" as canonical' || true
	done)
	report "reStructuredText" "$(lines "$list")" "$(grep -cE 'WARNING|ERROR|SEVERE' <<<"$out" || true)" "$out"
}

[ -x "$LINUX/scripts/checkpatch.pl" ] || "$(dirname "$0")/prepare.sh"
check_spdx
checkpatch "checkpatch, kernel files" \
	"$(files 'kernel/*.c' 'kernel/*.h' ':!kernel/include/trace' ':!kernel/include/uapi')" \
	--strict --ignore "$kernel_ignore" -f
checkpatch "checkpatch, uapi" "$(files kernel/include/uapi)" \
	--strict --ignore "$uapi_ignore" -f
checkpatch "checkpatch, tracepoints" "$(files kernel/include/trace)" \
	--strict --ignore "$trace_ignore" -f
checkpatch "checkpatch, patches" "$(files 'kernel/patches/*.patch')" \
	--strict --ignore "$patch_ignore"
checkpatch "checkpatch, userspace" "$(files '*.c' '*.h' ':!kernel' ':!selftests')" \
	--ignore "$user_ignore" --max-line-length=100 -f
checkpatch "checkpatch, tests" "$(files 'selftests/*.c' 'selftests/*.h')" \
	--ignore "$test_ignore" --max-line-length=100 -f
check_shell
check_spelling
check_cppcheck
check_manuals
check_documentation
check_sparse
if [ $failed -gt 0 ]; then
	echo "check: $failed checks found problems"
	exit 1
fi
echo "check: no problems"
