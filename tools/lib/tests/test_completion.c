// SPDX-License-Identifier: GPL-2.0-only
/* bash completion, asked as bash asks it. */
#include <kselftest_harness.h>

/* What completes @words, whose last one is at the cursor; words are separated by '|'. */
static void complete(const char *words, char *buf, size_t size)
{
	char command[1024];
	size_t len;
	FILE *f;

	snprintf(command, sizeof(command),
		 "exec bash -c 'source %s; IFS=\"|\" read -ra COMP_WORDS <<< \"$1\"; "
		 "[[ $1 == *\"|\" ]] && COMP_WORDS+=(\"\"); "
		 "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tag 2>/dev/null; "
		 "printf \" %%s\" \"${COMPREPLY[@]}\"; echo \" \"' bash '%s'",
		 COMPLETION, words);
	f = popen(command, "r");
	len = f ? fread(buf, 1, size - 1, f) : 0;
	buf[len] = '\0';
	if (f)
		pclose(f);
}

#define EXPECT_OFFERS(WORDS, WORD) do {					\
	complete(WORDS, buf, sizeof(buf));				\
	EXPECT_NE(NULL, strstr(buf, " " WORD " ")) {			\
		TH_LOG("%s:%s", WORDS, buf);				\
	}								\
} while (0)

#define EXPECT_OFFERS_NOT(WORDS, WORD) do {				\
	complete(WORDS, buf, sizeof(buf));				\
	EXPECT_EQ(NULL, strstr(buf, " " WORD " ")) {			\
		TH_LOG("%s:%s", WORDS, buf);				\
	}								\
} while (0)

static char buf[262144];

TEST(commands)
{
	EXPECT_OFFERS("tag|", "get");
	EXPECT_OFFERS("tag|", "policy");
	EXPECT_OFFERS("tag|g", "get");
	EXPECT_OFFERS_NOT("tag|g", "set");
	EXPECT_OFFERS("tag|-v|", "clear");
	EXPECT_OFFERS("tag|policy|", "unload");
	EXPECT_OFFERS("tag|policy|s", "swap");
	EXPECT_OFFERS("tag|policy|s", "show");
	EXPECT_OFFERS("tag|policy|s", "sign");
	EXPECT_OFFERS_NOT("tag|policy|s", "load");
	EXPECT_OFFERS("tag|w", "why");
	EXPECT_OFFERS("tag|rules|", "apply");
	EXPECT_OFFERS("tag|rules|", "check");
	EXPECT_OFFERS_NOT("tag|rules|", "load");
	EXPECT_OFFERS("tag|", "enclave");
	EXPECT_OFFERS("tag|", "agent");
	EXPECT_OFFERS("tag|enclave|", "destroy");
	EXPECT_OFFERS_NOT("tag|enclave|", "load");
}

TEST(options)
{
	EXPECT_OFFERS("tag|get|--", "--cgroup");
	EXPECT_OFFERS("tag|ls|-g|--", "--own");
	EXPECT_OFFERS("tag|policy|load|--", "--pin-dir");
	EXPECT_OFFERS("tag|policy|load|--priority|1|--", "--tag");
	EXPECT_OFFERS("tag|policy|load|--", "--signature");
	EXPECT_OFFERS("tag|policy|swap|--signature|/dev/null|--", "--pin-dir");
	EXPECT_OFFERS("tag|policy|sign|--key|/dev/null|--", "--cert");
	EXPECT_OFFERS_NOT("tag|policy|sign|--", "--pin-dir");
	EXPECT_OFFERS_NOT("tag|policy|ls|--", "--name");
	EXPECT_OFFERS("tag|policy|stats|--", "--watch");
	EXPECT_OFFERS_NOT("tag|policy|swap|--", "--priority");
	EXPECT_OFFERS("tag|why|--", "--tid");
	EXPECT_OFFERS_NOT("tag|why|--", "--cgroup");
	EXPECT_OFFERS("tag|enclave|create|--", "--cpus");
	EXPECT_OFFERS_NOT("tag|enclave|destroy|--", "--cpus");
	EXPECT_OFFERS("tag|agent|--", "--json");
	EXPECT_OFFERS("tag|rules|apply|--", "--follow");
	EXPECT_OFFERS_NOT("tag|rules|check|--", "--follow");
}

TEST(operands)
{
	EXPECT_OFFERS("tag|get|", "1");
	EXPECT_OFFERS("tag|set|", "default");
	EXPECT_OFFERS("tag|set|2|", "1");
	EXPECT_OFFERS("tag|set|-2|", "1");
	EXPECT_OFFERS("tag|clear|-t|", "1");
	EXPECT_OFFERS("tag|get|--pid|=|1", "1");
	EXPECT_OFFERS("tag|why|", "1");
	EXPECT_OFFERS("tag|policy|sign|--key|/dev/nul", "/dev/null");
	EXPECT_OFFERS("tag|run|2|--|tru", "true");
	EXPECT_OFFERS("tag|rules|check|/etc/pass", "/etc/passwd");
	EXPECT_OFFERS("tag|rules|apply|-i|5|/etc/pass", "/etc/passwd");
	EXPECT_OFFERS("tag|enclave|bind|1|", "none");
	EXPECT_OFFERS("tag|enclave|create|--abi|", "84");
	EXPECT_OFFERS("tag|enclave|create|--cpus|0-1|--", "--tag");
}

TEST_HARNESS_MAIN
