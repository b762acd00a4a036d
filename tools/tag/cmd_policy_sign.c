// SPDX-License-Identifier: GPL-2.0-only
/* tag policy sign: sign a policy, for kernels that want that. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tag.h"

#define MANIFEST_SIZE	8192

struct arguments {
	const char *file;
	const char *name;
	const char *key;
	const char *cert;
	const char *output;
	bool manifest;
	struct tagsched_attach_opts *scope;
};

enum { OPT_KEY = 256, OPT_CERT, OPT_NAME, OPT_TAG, OPT_MANIFEST };

static const struct argp_option options[] = {
	{ "key", OPT_KEY, "FILE", 0, "Private key to sign with, in PEM", 1 },
	{ "cert", OPT_CERT, "FILE", 0, "Its X.509 certificate, in PEM", 1 },
	{ "name", OPT_NAME, "NAME", 0, "Name that the policy will be loaded with; default as of load", 1 },
	{ "tag", OPT_TAG, "VALUE", 0,
	  "Tag that the policy will be loaded for, or 'all'; default as of load", 1 },
	{ "output", 'o', "FILE", 0, "Where to put the signature; default is the object file's name with .sig behind it", 1 },
	{ "manifest", OPT_MANIFEST, NULL, 0,
	  "Sign nothing: print what is to be signed, to do that elsewhere", 1 },
	{ 0 }
};

static void check(const struct arguments *args, struct argp_state *state)
{
	if (!args->file)
		argp_error(state, "which file? give a BPF object file");
	if (!args->manifest && (!args->key || !args->cert))
		argp_error(state, "who signs? give --key and --cert, or --manifest to sign elsewhere");
	if (args->manifest && (args->key || args->cert || args->output))
		argp_error(state, "--manifest signs nothing: it goes without --key, --cert and --output");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPT_KEY:
		args->key = arg;
		return 0;
	case OPT_CERT:
		args->cert = arg;
		return 0;
	case OPT_NAME:
		args->name = arg;
		return 0;
	case OPT_TAG:
		policy_parse_scope(args->scope, arg, state);
		return 0;
	case 'o':
		args->output = arg;
		return 0;
	case OPT_MANIFEST:
		args->manifest = true;
		return 0;
	case ARGP_KEY_ARG:
		if (args->file)
			argp_error(state, "one file at a time");
		args->file = arg;
		return 0;
	case ARGP_KEY_END:
		check(args, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- openssl ---- */

/* In the child: openssl takes the manifest from its standard input. */
static void exec_openssl(const struct arguments *args, int manifest_fd, const char *output)
{
	dup2(manifest_fd, STDIN_FILENO);
	/* By issuer and number, without attributes and certificates: as kernel modules are. */
	execlp("openssl", "openssl", "cms", "-sign", "-binary", "-noattr", "-nocerts", "-nosmimecap",
	       "-md", "sha256", "-outform", "DER", "-inkey", args->key, "-signer", args->cert,
	       "-out", output, NULL);
	_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

static int run_openssl(const struct arguments *args, int manifest_fd, const char *output)
{
	int status;
	pid_t pid;

	pid = fork();
	if (!pid)
		exec_openssl(args, manifest_fd, output);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return fail("openssl: cannot run: %s", strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_FOUND)
		return fail("openssl: not found, and signing needs it: install the package openssl, or sign elsewhere (--manifest)");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return fail("%s: openssl could not sign with it and the certificate %s; its words above say why",
			    args->key, args->cert);
	return EXIT_SUCCESS;
}

/* There is a whole signature under the name, or what was there before. */
static int sign_to(const struct arguments *args, int manifest_fd, const char *output)
{
	char temporary[PATH_MAX];
	int status;

	if (snprintf(temporary, sizeof(temporary), "%s.new", output) >= (int)sizeof(temporary))
		return fail("%s: name too long", output);
	status = run_openssl(args, manifest_fd, temporary);
	if (!status && rename(temporary, output))
		status = fail("%s: cannot write: %s", output, strerror(errno));
	if (status)
		unlink(temporary);
	return status;
}

/* ---- the command ---- */

static int print_result(const struct tagsched_policy *policy, const char *output)
{
	cJSON *root;

	if (!settings.json) {
		if (settings.verbose)
			printf("%s: signed: %s\n", tagsched_policy__name(policy), output);
		return EXIT_SUCCESS;
	}
	root = cJSON_CreateObject();
	cJSON_AddStringToObject(root, "policy", tagsched_policy__name(policy));
	cJSON_AddStringToObject(root, "signature", output);
	return json_print(root);
}

static int sign(const struct arguments *args, const struct tagsched_policy *policy,
		const char *manifest, size_t len)
{
	char output[PATH_MAX];
	int fd, status;

	if (snprintf(output, sizeof(output), "%s%s", args->output ?: args->file,
		     args->output ? "" : ".sig") >= (int)sizeof(output))
		return fail("%s: name too long", args->file);
	fd = memfd_create("manifest", MFD_CLOEXEC);
	if (fd < 0 || write(fd, manifest, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) < 0)
		status = fail("policy '%s': cannot keep its manifest: %s",
			      tagsched_policy__name(policy), strerror(errno));
	else
		status = sign_to(args, fd, output);
	if (fd >= 0)
		close(fd);
	return status ? status : print_result(policy, output);
}

static int load_and_sign(const struct arguments *args, struct tagsched_policy *policy)
{
	char manifest[MANIFEST_SIZE];
	int len, status;

	if (tagsched_kernel__check(TAGSCHED_FEAT_BPF))
		return fail_lib();
	status = policy_load(policy);
	if (status)
		return status;
	len = tagsched_policy__manifest(policy, args->scope, manifest, sizeof(manifest));
	if (len < 0)
		return fail_lib();
	if (!args->manifest)
		return sign(args, policy, manifest, len);
	fputs(manifest, stdout);
	return EXIT_SUCCESS;
}

int cmd_policy_sign(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Sign the policy in a BPF object file, for kernels with kernel.sched_bpf_require_signature=1.\v"
		       "The signature holds for this name, this tag, and this build of the kernel, which says what is to be signed; nothing is attached. 'tag policy load' and 'swap' find it beside the object file. Signs with openssl(1). Needs CAP_BPF, CAP_PERFMON and CAP_SYS_NICE.",
		.children = global_children,
	};
	TAGSCHED_OPTS(tagsched_policy_opts, opts);
	TAGSCHED_OPTS(tagsched_attach_opts, scope);
	struct arguments args = { .scope = &scope };
	struct tagsched_policy *policy;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	opts.name = args.name;
	policy = tagsched_policy__open(args.file, &opts);
	if (!policy)
		return fail_lib();
	status = load_and_sign(&args, policy);
	tagsched_policy__destroy(policy);
	return status;
}
