/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tag: shows and sets scheduling tags, loads scheduling policies, manages enclaves.
 *
 * A command parses its arguments, works through libtagsched, prints results to
 * stdout and returns the exit status. On failure it leaves one line with
 * fail(); only main() prints that.
 */
#ifndef TAG_H
#define TAG_H

#include <argp.h>
#include <limits.h>
#include <stdbool.h>
#include <tagsched.h>

#define EXIT_NOT_EXECUTABLE	126
#define EXIT_NOT_FOUND		127

/* ---- options.c: what every command takes ---- */

struct settings {
	bool json;
	bool verbose;
};

/* The settings of this run, filled by global_argp. */
extern struct settings settings;
extern const struct argp global_argp;
extern const struct argp_child global_children[];

/*
 * Takes a first operand that looks like an option, as in "tag set -1 PID", out
 * of @argv. @with_arg: short options whose argument is the next word.
 * Returns it or NULL.
 */
char *take_negative(int *argc, char **argv, const char *with_arg);

/* ---- message.c: the one line of a failure ---- */

/* Both return EXIT_FAILURE, for "return fail(...)". */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* With the library's last error. */
int fail_lib(void);
const char *failure(void);
/* Collects what libbpf prints; log_print() shows it if a program was refused. */
void log_init(void);
void log_print(void);

/* ---- value.c: a tag on the command line ---- */

struct value {
	bool clear;	/* "default" */
	__s64 tag;
};

/* 0 or EXIT_FAILURE. */
int value_parse(const char *text, struct value *value);

/* ---- target.c: who has a tag ---- */

enum target_kind { TARGET_PID, TARGET_TID, TARGET_CGROUP };

struct target {
	enum target_kind kind;
	pid_t id;
	const char *cgroup;
};

/* Targets of one command line, in their order. */
struct targets {
	struct target *list;
	size_t nr;
};

extern const struct argp_option target_options[];

/* For an argp parser: takes -p, -t and -g. ARGP_ERR_UNKNOWN for other keys. */
error_t target_option(int key, char *arg, struct argp_state *state, struct targets *targets);
void target_add_pid(struct targets *targets, const char *text, struct argp_state *state);
void targets_free(struct targets *targets);

/* Negative errno with the library's last error. */
int target_get(const struct target *t, __s64 *tag);
int target_set(const struct target *t, const struct value *value);
/* "pid 12", "tid 13", "cgroup online" */
void target_print(const struct target *t);

/* ---- json.c ---- */

struct cJSON;

/* Whole 64 bits: a cJSON number is a double. */
void json_add_s64(struct cJSON *object, const char *name, __s64 value);
void json_add_u64(struct cJSON *object, const char *name, __u64 value);
void json_add_target(struct cJSON *object, const struct target *t);
/* Prints and frees. EXIT_SUCCESS or EXIT_FAILURE. */
int json_print(struct cJSON *root);
/* The same, on one line. */
int json_print_line(struct cJSON *root);
/* The same for { "@name": @array }. */
int json_print_array(const char *name, struct cJSON *array);

/* ---- cmd_enclave.c: what the commands about enclaves have in common ---- */

/* Number of an enclave, for an argp parser. */
unsigned long enclave_parse(const char *text, struct argp_state *state);
/* @tag, or null if it is not @bound. */
void json_add_tag(struct cJSON *object, const char *name, bool bound, __s64 tag);
/* The same as text: "2", "none". Returns @buf. */
const char *tag_text(char *buf, size_t size, bool bound, __s64 tag);

/* ---- policy.c: what the commands about policies have in common ---- */

#define POLICY_MAX_PROGS	64	/* of a link; more than there are hooks */
#define POLICY_MAX_SIGNATURE	(16 * 1024)

/* A link, as the kernel sees it, with its programs and its signature. */
struct policy_view {
	struct tagsched_link_info info;
	struct tagsched_prog_info progs[POLICY_MAX_PROGS];
	unsigned char signature[POLICY_MAX_SIGNATURE];
	char pin[PATH_MAX];	/* where it is pinned, "" if it is not, or elsewhere */
};

enum { POLICY_OPT_PIN_DIR = 0x1000, POLICY_OPT_SIGNATURE };

/* For an argp_option list: --pin-dir. */
#define POLICY_PIN_DIR_OPTION							\
	{ "pin-dir", POLICY_OPT_PIN_DIR, "DIR", 0,				\
	  "Directory of pins in a BPF file system; default " TAGSCHED_PIN_DIR, 2 }
/* And --signature. */
#define POLICY_SIGNATURE_OPTION							\
	{ "signature", POLICY_OPT_SIGNATURE, "FILE", 0,				\
	  "Its signature; default is the object file's name with .sig behind it, if there is that file", 1 }
/* An argument of --tag: a tag, or "all". */
void policy_parse_scope(struct tagsched_attach_opts *opts, const char *text,
			struct argp_state *state);

/* What a command takes that is about one policy: its options, and how to parse them. */
struct policy_name {
	const char *name;
	const char *pin_dir;
};

extern const struct argp_option policy_name_options[];
error_t policy_parse_name(int key, char *arg, struct argp_state *state);

/* File descriptor of a policy's link; negative if the error has been printed. */
int policy_open(const char *pin_dir, const char *name);
/* Both 0 or EXIT_FAILURE; of a link, or of the policy of that name. */
int policy_view_read(struct policy_view *view, int link_fd, const char *pin_dir);
int policy_view_find(struct policy_view *view, const char *pin_dir, const char *name);
/* Calls @fn for each sched link of the system until it returns non-zero. Exit status. */
int policy_walk(const char *pin_dir, int (*fn)(const struct policy_view *view, void *arg),
		void *arg);
/* Number of programs that @view->progs has. */
size_t policy_nr_progs(const struct policy_view *view);
/* Name of a policy, or "sched/HOOK" of a program that is attached alone. */
const char *policy_title(const struct policy_view *view, char *buf, size_t size);
/* "active", "detached", "replaced", "ejected" */
const char *policy_state(const struct policy_view *view);
/* "2", "all" */
const char *policy_scope(const struct policy_view *view, char *buf, size_t size);
/* Is it signed, as the kernel sees it; and by whom, "" if nobody. */
bool policy_signed(const struct policy_view *view);
const char *policy_signer(const struct policy_view *view, char *buf, size_t size);
/* Name of a program by id, "?" if it cannot be found. */
void policy_program_name(__u32 prog_id, char *buf, size_t size);
/* policy, tag, priority, generation, link_id, counters, signed, signer, state, story, pin */
void json_add_policy(struct cJSON *object, const struct policy_view *view);
/* hook, program, prog_id, counters: an item of an array; or all, as "programs" */
struct cJSON *json_add_program(struct cJSON *array, const struct tagsched_prog_info *prog);
void json_add_programs(struct cJSON *object, const struct policy_view *view);
/* name, type, value */
void json_add_tunable(struct cJSON *array, const struct tagsched_tunable *t);
/* Loads its programs; the verifier's log is printed if that has words for a failure. Exit status. */
int policy_load(struct tagsched_policy *policy);
/* Prints what was attached, as the settings ask. Exit status. */
int policy_print(int link_fd, const char *pin_dir);

/* ---- cmd_rules.c: what the commands about rules have in common ---- */

/* For an argp parser: takes the operand. */
error_t rules_parse_file(int key, char *arg, struct argp_state *state, const char **file);
/* "2", "default", "keep"; returns @buf. */
const char *rules_tag_text(char *buf, size_t size, const struct tagsched_rule *rule);
/* action, and tag: a number or null */
void rules_json_add_tag(struct cJSON *object, const struct tagsched_rule *rule);

/* One run of tag rules apply. */
struct rules_run {
	const char *file;
	struct tagsched_rules *rules;
	bool follow;
	unsigned int interval;	/* seconds; 0: never */
	bool interval_given;
	struct cJSON *array;	/* of changes, if they are printed in the end */
	unsigned long failed;	/* processes that were left out, and why the first */
	char why[PATH_MAX + 512];
};

/* For tagsched_rules__apply(), with a struct rules_run: prints or collects changes. */
int rules_note(const struct tagsched_rules_entry *e, void *arg);

/* ---- rules_follow.c ---- */

/* Applies the rules until a signal ends that. Exit status. */
int rules_follow(struct rules_run *run);

/* ---- change.c: what set, clear and run have in common ---- */

/* Sets all, and prints old and new as the settings ask. Exit status. */
int change_tags(const struct targets *targets, const struct value *value);

/* ---- commands: argv[0] is "tag COMMAND" ---- */

int cmd_get(int argc, char **argv);
int cmd_set(int argc, char **argv);
int cmd_clear(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_ls(int argc, char **argv);
int cmd_policy(int argc, char **argv);
int cmd_policy_load(int argc, char **argv);
int cmd_policy_ls(int argc, char **argv);
int cmd_policy_set(int argc, char **argv);
int cmd_policy_show(int argc, char **argv);
int cmd_policy_sign(int argc, char **argv);
int cmd_policy_stats(int argc, char **argv);
int cmd_policy_swap(int argc, char **argv);
int cmd_policy_unload(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_rules_apply(int argc, char **argv);
int cmd_rules_check(int argc, char **argv);
int cmd_enclave(int argc, char **argv);
int cmd_enclave_ls(int argc, char **argv);
int cmd_enclave_create(int argc, char **argv);
int cmd_enclave_bind(int argc, char **argv);
int cmd_enclave_destroy(int argc, char **argv);
int cmd_agent(int argc, char **argv);
int cmd_why(int argc, char **argv);

/* ---- dispatch.c ---- */

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
};

/* Finds argv[0] in @commands, which ends with a NULL name, and runs it as "@prefix NAME". */
int dispatch(const char *prefix, const struct command *commands, int argc, char **argv);
/* For the parser of a level above commands: index of the command's word, argc if none. */
struct command_parser {
	int index;
};

error_t parse_command(int key, char *arg, struct argp_state *state);

#endif /* TAG_H */
