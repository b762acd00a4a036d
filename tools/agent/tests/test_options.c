// SPDX-License-Identifier: GPL-2.0-only
/* Command lines of the agents: what they mean, and which are refused and how. */
#include <kselftest_harness.h>
#include <sys/wait.h>

#include "../options.h"

#define PARSE(O, MODEL, ...)							\
	do {									\
		char *argv[16] = { "agent", __VA_ARGS__, NULL };			\
		options_init((O), (MODEL));					\
		options_parse((O), count(argv), argv, "");	\
	} while (0)

static int count(char **argv)
{
	int n = 0;

	while (argv[n])
		n++;
	return n;
}

TEST(takes_every_option)
{
	struct options o;

	PARSE(&o, TAGSCHED_MODEL_CENTRAL, "--tag=-0x10", "--cpus", "0,2-3", "--queue=ringbuf",
	      "--abi=84", "--persist", "--timeout=700", "--boost=50", "--slice=7", "--spin=9", "-s", "-j");
	EXPECT_TRUE(o.agents.bind);
	EXPECT_EQ(-16, o.agents.tag);
	EXPECT_STREQ("0,2-3", o.enclave.cpus);
	EXPECT_EQ(TAGSCHED_QUEUE_RINGBUF, o.agents.queue);
	EXPECT_EQ(84, o.enclave.abi);
	EXPECT_TRUE(o.enclave.persist);
	EXPECT_EQ(700, o.enclave.timeout_ms);
	EXPECT_EQ(50, o.enclave.boost_us);
	EXPECT_EQ(7000, o.agents.slice_us);
	EXPECT_EQ(9, o.agents.spin_us);
	EXPECT_TRUE(o.stats);
	EXPECT_TRUE(o.json);
	EXPECT_EQ(&o.enclave, o.agents.enclave);
}

TEST(leaves_the_rest_to_library_and_kernel)
{
	struct options o;

	PARSE(&o, TAGSCHED_MODEL_PER_CPU, "-t", "2");
	EXPECT_EQ(2, o.agents.tag);
	EXPECT_EQ(NULL, o.enclave.cpus);
	EXPECT_EQ(TAGSCHED_QUEUE_RING, o.agents.queue);
	EXPECT_EQ(0, o.enclave.abi);
	EXPECT_EQ(0, o.enclave.timeout_ms);
	EXPECT_FALSE(o.enclave.persist);
	EXPECT_FALSE(o.stats);
	EXPECT_EQ(TAGSCHED_MODEL_PER_CPU, o.agents.model);
}

/* Exit status of a command; the first line that it wrote in @text. */
static int run(const char *args, char *text, int size)
{
	char command[512];
	FILE *f;

	snprintf(command, sizeof(command), BIN "%s 2>&1", args);
	f = popen(command, "r");
	if (!f || !fgets(text, size, f))
		*text = '\0';
	return WEXITSTATUS(pclose(f));
}

TEST(refuses_and_says_why)
{
	static const struct {
		const char *args;
		const char *says;
	} cases[] = {
		{ "tagsched-fifo", "--tag is missing" },
		{ "tagsched-fifo --tag=x", "'x' is not a 64-bit integer" },
		{ "tagsched-fifo -t 1 --queue=pipe", "'pipe' is neither ring nor ringbuf" },
		{ "tagsched-fifo -t 1 --abi=90", "'90' is neither 84 nor 91" },
		{ "tagsched-fifo -t 1 --timeout=0", "'0' is not a number" },
		{ "tagsched-fifo -t 1 --boost=-1", "'-1' is not a number" },
		{ "tagsched-fifo -t 1 --boost=1ms", "'1ms' is not a number" },
		{ "tagsched-fifo -t 1 --spin=5", "unrecognized option" },
		{ "tagsched-fifo-central -t 1 --spin=", "'' is not a number" },
		{ "tagsched-fifo-central -t 1 more", "unexpected argument 'more'" },
		{ "tagsched-minimal", "usage" },
	};
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EXPECT_NE(0, run(cases[i].args, text, sizeof(text)));
		EXPECT_NE(NULL, strstr(text, cases[i].says))
			TH_LOG("%s: %s", cases[i].args, text);
	}
	EXPECT_EQ(0, run("tagsched-fifo --help", text, sizeof(text)));
	EXPECT_EQ(0, run("tagsched-fifo-central --help", text, sizeof(text)));
	EXPECT_EQ(0, run("tagsched-fifo --version", text, sizeof(text)));
}

TEST(minimal_policy_has_less_than_100_lines)
{
	FILE *f = fopen(MINIMAL, "r");
	int c, lines = 0;

	ASSERT_NE(NULL, f);
	while ((c = getc(f)) != EOF)
		lines += c == '\n';
	fclose(f);
	EXPECT_LT(0, lines);
	EXPECT_GT(100, lines);
}

TEST_HARNESS_MAIN
