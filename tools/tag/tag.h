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
/* The same for { "@name": @array }. */
int json_print_array(const char *name, struct cJSON *array);

/* ---- cmd_enclave.c: what the commands about enclaves have in common ---- */

/* Number of an enclave, for an argp parser. */
unsigned long enclave_parse(const char *text, struct argp_state *state);
/* @tag, or null if it is not @bound. */
void json_add_tag(struct cJSON *object, const char *name, bool bound, __s64 tag);
/* The same as text: "2", "none". Returns @buf. */
const char *tag_text(char *buf, size_t size, bool bound, __s64 tag);

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
int cmd_policy_unload(int argc, char **argv);
int cmd_enclave(int argc, char **argv);
int cmd_enclave_ls(int argc, char **argv);
int cmd_enclave_create(int argc, char **argv);
int cmd_enclave_bind(int argc, char **argv);
int cmd_enclave_destroy(int argc, char **argv);
int cmd_agent(int argc, char **argv);

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
