// SPDX-License-Identifier: GPL-2.0-only
/* tag policy sign, and what show says, while signatures are not required. */
#include <kselftest_harness.h>
#include <tagsched.h>

#include "policies.h"
#include "sign.h"

#define HEAD	"tagsched policy 1\nname: constant\ntag: 67\nprogram: cfs_select_rq "

FIXTURE(sign) {
	struct result r;
};

FIXTURE_SETUP(sign)
{
	ASSERT_TRUE(no_policies(&self->r));
	RUN_OK("mkdir -p " DIR " && cp " CONSTANT " " DIR "/it.bpf.o && rm -f " DIR "/*.sig*");
}

FIXTURE_TEARDOWN(sign)
{
	no_policies(&self->r);
	run(&self->r, "rm -rf " DIR);
}

TEST_F_TIMEOUT(sign, beside_the_object_where_load_finds_it, GUARD)
{
	RUN_OK("tag policy sign " POLICY_KEY " " IT " && ls " DIR);
	EXPECT_STREQ("it.bpf.o\nit.bpf.o.sig\n", self->r.text);
	/* nothing was attached for it */
	RUN_OK("tag policy ls");
	EXPECT_STREQ("", self->r.text);
	RUN_OK("tag policy load " IT " && tag policy show constant");
	EXPECT_SAYS("\nsigned      yes: ");
	EXPECT_SAYS("O=tagsched");
	EXPECT_SAYS(", serial ");
	RUN_OK("tag -j policy show constant");
	EXPECT_SAYS("\"signed\":\ttrue");
	EXPECT_SAYS("\"signer\":\t\"");
}

TEST_F_TIMEOUT(sign, where_it_is_told_to, GUARD)
{
	RUN_OK("tag -v policy sign " POLICY_KEY " --tag=68 --name=other -o " DIR "/here " IT);
	EXPECT_STREQ("other: signed: " DIR "/here\n", self->r.text);
	RUN_OK("tag policy load --tag=68 --name=other --signature=" DIR "/here " IT
	       " && tag policy show other");
	EXPECT_SAYS("\nsigned      yes: ");
	RUN_OK("tag -j policy sign " POLICY_KEY " -o " DIR "/here " IT);
	EXPECT_SAYS("\"policy\":\t\"constant\"");
	EXPECT_SAYS("\"signature\":\t\"" DIR "/here\"");
}

TEST_F_TIMEOUT(sign, the_manifest_elsewhere, GUARD)
{
	RUN_OK("tag policy sign --manifest " IT " >" DIR "/text && cat " DIR "/text");
	EXPECT_EQ(0, strncmp(self->r.text, HEAD, strlen(HEAD)));
	EXPECT_SAYS("\nprogram: cfs_check_preempt_tick ");
	RUN_OK("openssl cms -sign -binary -noattr -nocerts -outform DER -in " DIR "/text "
	       "-inkey " KEYS "/policy.key -signer " KEYS "/policy.pem -out " IT ".sig && "
	       "tag policy load " IT " && tag policy show constant");
	EXPECT_SAYS("\nsigned      yes: ");
	/* by the key's identifier, and with the certificate and attributes */
	RUN_OK("tag policy unload constant && "
	       "openssl cms -sign -binary -nosmimecap -keyid -outform DER -in " DIR "/text "
	       "-inkey " KEYS "/policy.key -signer " KEYS "/policy.pem -out " IT ".sig && "
	       "tag policy load " IT " && tag policy show constant");
	EXPECT_SAYS("\nsigned      yes: key ");
}

TEST_F_TIMEOUT(sign, one_that_is_not_good_is_not_in_the_way, GUARD)
{
	RUN_OK("tag policy load " IT " && tag policy show constant");
	EXPECT_SAYS("\nsigned      no\n");
	RUN_OK("tag -j policy show constant");
	EXPECT_SAYS("\"signed\":\tfalse");
	EXPECT_SAYS("\"signer\":\tnull");
	RUN_OK("tag policy unload constant && tag policy sign " STRANGER_KEY " " IT
	       " && tag policy load " IT " && tag policy show constant");
	EXPECT_SAYS("\nsigned      no: what ");
	EXPECT_SAYS(" signed is not good: Required key not available\n");
}

TEST_F_TIMEOUT(sign, must_fail_and_leave_no_file, GUARD)
{
	run(&self->r, "tag policy sign --key=" DIR "/nosuch --cert=" KEYS "/policy.pem " IT);
	EXPECT_EQ(1, self->r.status);
	EXPECT_SAYS("tag: " DIR "/nosuch: openssl could not sign with it and the certificate " KEYS
		    "/policy.pem; its words above say why\n");
	run(&self->r, "tag policy sign --key=" KEYS "/policy.key --cert=" KEYS "/stranger.pem " IT);
	EXPECT_EQ(1, self->r.status);
	RUN_FAILS("openssl: not found", "PATH=/nowhere; tag policy sign " POLICY_KEY " " IT);
	RUN_FAILS("/nosuch: there is no such file; make it with tag policy sign",
		  "tag policy load --signature=" DIR "/nosuch " IT);
	RUN_FAILS("empty, which is too little to be a signature",
		  ": >" IT ".sig; tag policy load " IT);
	RUN_OK("rm " IT ".sig; ls " DIR " && tag policy ls");
	EXPECT_STREQ("it.bpf.o\n", self->r.text);
	run(&self->r, "tag policy sign " IT);
	EXPECT_EQ(1, self->r.status);
	EXPECT_SAYS("who signs? give --key and --cert");
	run(&self->r, "tag policy sign --manifest " POLICY_KEY " " IT);
	EXPECT_EQ(1, self->r.status);
}

TEST_F_TIMEOUT(sign, manifest_by_the_library, GUARD)
{
	TAGSCHED_OPTS(tagsched_attach_opts, all, .unscoped = true);
	struct tagsched_policy *policy = tagsched_policy__open(IT, NULL);
	char text[4096];
	int len;

	ASSERT_NE(NULL, policy);
	EXPECT_EQ(-EINVAL, tagsched_policy__manifest(policy, NULL, text, sizeof(text)));
	ASSERT_EQ(0, tagsched_policy__load(policy));
	len = tagsched_policy__manifest(policy, &all, text, sizeof(text));
	EXPECT_EQ(len, (int)strlen(text));
	EXPECT_NE(NULL, strstr(text, "\ntag: all\n"));
	EXPECT_EQ(-ENOSPC, tagsched_policy__manifest(policy, &all, text, 20));
	EXPECT_EQ(-EINVAL, tagsched_policy__manifest(policy, &all, text, 0));
	EXPECT_EQ(-EINVAL, tagsched_policy__link_fd(policy));
	tagsched_policy__destroy(policy);
}

TEST_HARNESS_MAIN
