# SPDX-License-Identifier: GPL-2.0-only
# Read the output of test programs between marks, write one TAP stream.
#
# -v boot=NAME       what goes before each description
# -v first=N         number of the first result
# -v programs="..."  those that should run, for what a lost guest did not get to
# -v totals=FILE     gets "passed failed skipped"

function result(ok, text, why)
{
	printf "%s %d %s %s%s\n", ok ? "ok" : "not ok", ++number, boot, text, why
	printf "%s", ok ? figures : notes
	if (why ~ /^ # SKIP/)
		skipped++
	else if (ok)
		passed++
	else
		failed++
	notes = figures = ""
	results++
	fflush()
}

# The host's clock: srand() returns what the last one took from it.
function now()
{
	srand()
	return srand()
}

function finish(status,    short)
{
	short = ""
	if (planned != "" && results < planned)
		short = ", after " results " of " planned " results"
	if (status == 124 || status == 137)
		result(0, program ": ran into its time limit" short)
	else if (skip_all != "")
		result(1, program, " # SKIP " skip_all)
	else if (!results && planned == "" && status == 4)
		result(1, program, " # SKIP " last_line)
	else if (!results && planned == "")
		result(status == 0, program ": exits with 0" (status ? ", not " status : ""))
	else if (short != "" || (status != 0 && !bad))
		result(0, program ": ended with status " status short)
	ran[program] = 1
	if (now() - start >= 20)
		printf "# %s %s took %d s\n", boot, program, now() - start
	program = ""
}

BEGIN {
	number = first - 1
}

/^##begin / {
	program = $2
	planned = skip_all = notes = figures = last_line = run = ""
	results = bad = 0
	start = now()
	next
}

/^##end / {
	if (program != "")
		finish($3 + 0)
	next
}

program == "" || /^$/ { next }

/^1\.\.[0-9]+/ {
	planned = substr($1, 4) + 0
	if (planned == 0 && match($0, /# *SKIP */))
		skip_all = substr($0, RSTART + RLENGTH)
	next
}

# the harness leaves the description out of a skipped test's line
/^# +RUN / {
	run = $0
	sub(/^# +RUN +/, "", run)
	sub(/ \.\.\.$/, "", run)
}

/^(not )?ok( |$)/ {
	ok = $1 == "ok"
	text = $0
	sub(/^(not )?ok *([0-9]+ *)?(- *)?/, "", text)
	why = ""
	if (match(text, / *# *(SKIP|skip) */)) {
		why = substr(text, RSTART + RLENGTH)
		why = " # SKIP " (why == "" ? "no reason given" : why)
		text = substr(text, 1, RSTART - 1)
	}
	if (text == "")
		text = run
	bad += !ok
	result(ok, program ": " text, why)
	run = ""
	next
}

{
	last_line = $0
	sub(/^# */, "", last_line)
	# what a test has measured is for people; the harness's own lines are not
	if (/^# [^ ]/ && !/^# (Starting|PASSED|FAILED|Totals)/)
		figures = figures "#   " substr($0, 3) "\n"
	notes = notes "#   " $0 "\n"
}

END {
	if (program != "") {
		result(0, program ": the guest was lost while it ran")
		ran[program] = 1
	}
	n = split(programs, list, " ")
	for (i = 1; i <= n; i++) {
		notes = ""
		if (!(list[i] in ran))
			result(0, list[i] ": did not run, the guest was lost before")
	}
	printf "%d %d %d\n", passed, failed, skipped >totals
}
