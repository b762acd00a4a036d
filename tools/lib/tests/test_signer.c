// SPDX-License-Identifier: GPL-2.0-only
/* Who made a signature: from what openssl makes, and from what nobody should. */
#include <kselftest_harness.h>
#include <stdlib.h>

#include "../internal.h"

#define KEY	"/tmp/tagsched-test-signer"
#define OPENSSL	"openssl cms -sign -binary -nocerts -outform DER -inkey " KEY ".key -signer " KEY ".pem "

static unsigned char der[8192];

/* What a command prints. */
static size_t output_of(const char *command)
{
	FILE *f = popen(command, "r");
	size_t len = f ? fread(der, 1, sizeof(der), f) : 0;

	return f && !pclose(f) ? len : 0;
}

FIXTURE(signer) {
	char buf[256];
	size_t len;
};

FIXTURE_SETUP(signer)
{
	ASSERT_EQ(0, system("openssl req -new -x509 -newkey rsa:2048 -nodes -batch -set_serial 0x1f03 "
			    "-subj '/C=XX/O=us/OU=kernel/CN=our\tpolicies' -keyout " KEY ".key -out "
			    KEY ".pem 2>/dev/null"));
	self->len = output_of("echo text | " OPENSSL "-noattr");
	ASSERT_LT(100, self->len);
}

FIXTURE_TEARDOWN(signer)
{
	unlink(KEY ".key");
	unlink(KEY ".pem");
}

TEST_F(signer, by_issuer_and_number)
{
	EXPECT_EQ(0, tagsched_signature__signer(der, self->len, self->buf, sizeof(self->buf)));
	/* nothing that a terminal could take for a command */
	EXPECT_STREQ("O=us, OU=kernel, CN=our?policies, serial 1f03", self->buf);
	EXPECT_EQ(0, tagsched_signature__signer(der, self->len, self->buf, 8));
	EXPECT_EQ(7, strlen(self->buf));
}

TEST_F(signer, by_key_and_with_all_that_openssl_adds)
{
	self->len = output_of("echo text | " OPENSSL "-keyid");
	ASSERT_LT(100, self->len);
	EXPECT_EQ(0, tagsched_signature__signer(der, self->len, self->buf, sizeof(self->buf)));
	EXPECT_EQ(0, strncmp("key ", self->buf, 4));
	EXPECT_EQ(44, strlen(self->buf));
	self->len = output_of("echo text | " OPENSSL "-nodetach -certfile " KEY ".pem");
	EXPECT_EQ(0, tagsched_signature__signer(der, self->len, self->buf, sizeof(self->buf)));
	EXPECT_STREQ("O=us, OU=kernel, CN=our?policies, serial 1f03", self->buf);
}

TEST_F(signer, must_fail_when_cut_off)
{
	size_t i;

	for (i = 0; i < self->len; i++) {
		/* of its own, so that a read behind it is found */
		unsigned char *cut = malloc(i ? i : 1);

		memcpy(cut, der, i);
		EXPECT_EQ(-EBADMSG,
			  tagsched_signature__signer(cut, i, self->buf, sizeof(self->buf)));
		EXPECT_STREQ("", self->buf);
		free(cut);
	}
}

TEST_F(signer, must_not_crash_when_changed)
{
	size_t i;
	int bit;

	for (i = 0; i < self->len; i++) {
		for (bit = 0; bit < 8; bit++) {
			der[i] ^= 1 << bit;
			tagsched_signature__signer(der, self->len, self->buf, sizeof(self->buf));
			EXPECT_LT(strlen(self->buf), sizeof(self->buf));
			der[i] ^= 1 << bit;
		}
	}
	EXPECT_EQ(-EINVAL, tagsched_signature__signer(der, self->len, self->buf, 0));
	EXPECT_EQ(-EBADMSG, tagsched_signature__signer("text", 4, self->buf, sizeof(self->buf)));
	EXPECT_EQ(-EBADMSG, tagsched_signature__signer(NULL, 0, self->buf, sizeof(self->buf)));
}

TEST_HARNESS_MAIN
