// SPDX-License-Identifier: GPL-2.0-only
/* Loading, swapping and tuning policies where signatures are required. */
#include <kselftest_harness.h>
#include <tagsched.h>

#include "policies.h"
#include "sign.h"

#define REQUIRED	"(kernel.sched_bpf_require_signature=1)"

FIXTURE(locked) {
	struct result r;
};

FIXTURE_SETUP(locked)
{
	ASSERT_TRUE(no_policies(&self->r));
	RUN_OK("echo 1 >/proc/sys/kernel/sched_bpf_require_signature && mkdir -p " DIR " && cp "
	       CONSTANT " " IT " && cp " STAY " " DIR "/next.bpf.o && rm -f " DIR "/*.sig*");
}

FIXTURE_TEARDOWN(locked)
{
	no_policies(&self->r);
	run(&self->r, "rm -rf " DIR);
}

TEST_F_TIMEOUT(locked, what_is_signed_loads_decides_and_is_tuned, GUARD)
{
	RUN_OK("tag policy sign " POLICY_KEY " " IT " && tag policy load " IT
	       " && tag policy show constant");
	EXPECT_LINE("state", "active");
	EXPECT_LINE("tag", "67");
	EXPECT_SAYS("\nsigned      yes: ");
	RUN_OK("for i in 1 2 3 4 5 6 7 8 9; do tag run 67 -- /bin/true; done; tag policy stats constant");
	EXPECT_SAYS("cfs_select_rq");
	RUN_OK("tag policy set constant on=false && tag policy unload constant");
}

TEST_F_TIMEOUT(locked, must_fail_without_a_signature_and_say_how_to_make_one, GUARD)
{
	RUN_FAILS("policy 'constant': a signature is required " REQUIRED ", and there is no " IT
		  ".sig; sign it: tag policy sign --name=constant --tag=67 --key=KEY --cert=CERT " IT,
		  "tag policy load " IT);
	RUN_FAILS("sign it: tag policy sign --name=x --tag=all ", "tag policy load --name=x --tag=all " IT);
	RUN_OK("tag policy ls; ls " TAGSCHED_PIN_DIR);
	EXPECT_STREQ("", self->r.text);
}

TEST_F_TIMEOUT(locked, must_fail_with_another_s_signature, GUARD)
{
	RUN_OK("tag policy sign " POLICY_KEY " " IT);
	RUN_FAILS("is not of this policy, with this name and tag, on this build of the kernel",
		  "tag policy load --tag=68 " IT);
	RUN_FAILS("is not of this policy", "tag policy load --name=other " IT);
	RUN_FAILS("is not of this policy", "cp " OBJECTS "/constant-11.bpf.o " IT "; tag policy load " IT);
	RUN_FAILS("is not a detached PKCS#7 message in DER", "head -c 100 " IT ".sig >" DIR
		  "/cut; tag policy load --signature=" DIR "/cut " IT);
	RUN_FAILS("too long to be a signature", "head -c 20000 /dev/zero >" DIR
		  "/long; tag policy load --signature=" DIR "/long " IT);
	RUN_OK("tag policy sign " STRANGER_KEY " " IT);
	RUN_FAILS("was made by a key that the kernel does not trust (", "tag policy load " IT);
	EXPECT_SAYS("O=tagsched");
	RUN_OK("tag policy ls");
	EXPECT_STREQ("", self->r.text);
}

TEST_F_TIMEOUT(locked, the_same_code_in_another_file_has_the_same_signature, GUARD)
{
	RUN_OK("tag policy sign " POLICY_KEY " " IT " && cp " IT " " DIR "/copy.o && cp " IT ".sig "
	       DIR "/copy.o.sig && tag policy load " DIR "/copy.o");
}

TEST_F_TIMEOUT(locked, swaps_need_the_newcomer_s_signature, GUARD)
{
	RUN_OK("tag policy sign " POLICY_KEY " " IT " && tag policy load " IT);
	RUN_FAILS("a signature is required " REQUIRED,
		  "tag policy swap constant " DIR "/next.bpf.o");
	RUN_OK("tag policy show constant");
	EXPECT_LINE("state", "active");
	/* the command that the message gives */
	RUN_OK("tag policy sign --name=constant --tag=67 " POLICY_KEY " " DIR "/next.bpf.o && "
	       "tag policy swap constant " DIR "/next.bpf.o && tag policy show constant");
	EXPECT_SAYS("\nsigned      yes: ");
	RUN_OK("tag policy swap --signature=" IT ".sig constant " IT);
}

TEST_F_TIMEOUT(locked, programs_alone_must_fail, GUARD)
{
	struct tagsched_policy *policy = tagsched_policy__open(IT, NULL);

	ASSERT_NE(NULL, policy);
	ASSERT_EQ(0, tagsched_policy__load(policy));
	EXPECT_EQ(NULL, tagsched_attach(tagsched_policy__object(policy), NULL));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_NE(NULL, strstr(tagsched_last_error(), "a signature is required " REQUIRED)) {
		TH_LOG("%s", tagsched_last_error());
	}
	tagsched_policy__destroy(policy);
}

TEST_HARNESS_MAIN
