// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Tunables of a policy that runs: the variables of its map ".data.tunable",
 * found from the link by ids, described by the map's BTF, and mapped into
 * memory, so that a change is one store.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

#define MAX_MAPS	64	/* of a program, the kernel's limit */

struct tagsched_tunables {
	struct btf *btf;		/* NULL: the policy has no tunables */
	const struct btf_type *sec;	/* the section's variables */
	char *data;
	size_t mapped;			/* bytes at @data */
};

int ts_keep_tunables(const struct tagsched_policy *policy)
{
	const struct bpf_map *map;
	struct bpf_program *prog;
	int err;

	map = bpf_object__find_map_by_name(policy->obj, TS_TUNABLE_SECTION);
	if (!map || bpf_map__fd(map) < 0)
		return 0;
	/* Of those that no program refers to the kernel would not know whose they are. */
	bpf_object__for_each_program(prog, policy->obj) {
		if (!ts_is_attachable(prog))
			continue;
		err = bpf_prog_bind_map(bpf_program__fd(prog), bpf_map__fd(map), NULL);
		return err ? ts_err(err, "policy '%s': cannot keep its tunables: %s", policy->name,
				    strerror(-err)) : 0;
	}
	return 0;
}

/* ---- the map, from the link ---- */

/* The map of tunables of a program, with its info; -ENOENT if it has none. */
static int find_map_of(__u32 prog_id, struct bpf_map_info *map)
{
	struct bpf_prog_info prog = { 0 };
	__u32 ids[MAX_MAPS], len = sizeof(prog), i;
	int fd, err;

	prog.nr_map_ids = MAX_MAPS;
	prog.map_ids = (unsigned long)ids;
	fd = bpf_prog_get_fd_by_id(prog_id);
	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &prog, &len);
	close(fd);
	if (err)
		return err;
	for (i = 0; i < prog.nr_map_ids && i < MAX_MAPS; i++) {
		memset(map, 0, sizeof(*map));
		len = sizeof(*map);
		fd = bpf_map_get_fd_by_id(ids[i]);
		if (fd < 0)
			return fd;
		if (!bpf_obj_get_info_by_fd(fd, map, &len) &&
		    !strcmp(map->name, TS_TUNABLE_SECTION))
			return fd;
		close(fd);
	}
	return -ENOENT;
}

static int explain_find(int err)
{
	if (err == -EPERM)
		return ts_err(err, "reading tunables: not permitted; programs and maps are found by id, which needs CAP_SYS_ADMIN, so run it as root");
	return ts_err(err, "reading tunables: %s", strerror(-err));
}

static int find_map(int link_fd, struct bpf_map_info *map)
{
	struct tagsched_prog_info progs[TS_MAX_PROGS];
	struct tagsched_link_info info = {
		.sz = sizeof(info), .progs = progs, .nr_progs = TS_MAX_PROGS,
	};
	__u32 i;
	int fd, err;

	err = tagsched_link__info(link_fd, &info);
	if (err)
		return err;
	for (i = 0; i < info.nr_progs && i < TS_MAX_PROGS; i++) {
		fd = find_map_of(progs[i].prog_id, map);
		if (fd >= 0)
			return fd;
		if (fd != -ENOENT)
			return explain_find(fd);
	}
	return -ENOENT;
}

static int map_values(struct tagsched_tunables *t, int map_fd, const struct bpf_map_info *info)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *data;

	t->mapped = (info->value_size + page - 1) / page * page;
	data = mmap(NULL, t->mapped, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (data == MAP_FAILED)
		return ts_err(-errno, "tunables: cannot map them: %s; was the policy loaded with libbpf 0.5 or later?",
			      strerror(errno));
	t->data = data;
	return 0;
}

static int open_map(struct tagsched_tunables *t, int map_fd, const struct bpf_map_info *info)
{
	t->btf = btf__load_from_kernel_by_id(info->btf_id);
	if (!t->btf)
		return ts_err(-errno, "tunables: the policy has no types for them: %s; build it with clang -g",
			      strerror(errno));
	t->sec = btf__type_by_id(t->btf, info->btf_value_type_id);
	if (!t->sec || !btf_is_datasec(t->sec))
		return ts_err(-EINVAL, "tunables: the policy has no types for them; build it with clang -g");
	return map_values(t, map_fd, info);
}

struct tagsched_tunables *tagsched_tunables__open(int link_fd)
{
	struct tagsched_tunables *t;
	struct bpf_map_info info;
	int fd, err = 0;

	t = calloc(1, sizeof(*t));
	if (!t)
		return ts_err_ptr(-ENOMEM, "tunables: out of memory");
	fd = find_map(link_fd, &info);
	if (fd >= 0) {
		err = open_map(t, fd, &info);
		close(fd);
	} else if (fd != -ENOENT) {
		err = fd;
	}
	if (err) {
		tagsched_tunables__close(t);
		errno = -err;
		return NULL;
	}
	return t;
}

void tagsched_tunables__close(struct tagsched_tunables *t)
{
	if (!t)
		return;
	if (t->data)
		munmap(t->data, t->mapped);
	btf__free(t->btf);
	free(t);
}

/* ---- types ---- */

/* The type behind typedefs and qualifiers, NULL if it is no scalar that we know. */
static const struct btf_type *scalar(const struct btf *btf, __u32 type_id)
{
	const struct btf_type *t = btf__type_by_id(btf, type_id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	if (!t || (!btf_is_int(t) && !btf_is_any_enum(t)))
		return NULL;
	if (t->size != 1 && t->size != 2 && t->size != 4 && t->size != 8)
		return NULL;
	if (btf_is_int(t) && (btf_int_offset(t) || btf_int_bits(t) != t->size * 8))
		return NULL;
	return t;
}

static enum tagsched_tunable_kind kind_of(const struct btf_type *t)
{
	if (!t)
		return TAGSCHED_TUNABLE_OTHER;
	if (btf_is_any_enum(t))
		return TAGSCHED_TUNABLE_ENUM;
	if (btf_int_encoding(t) & BTF_INT_BOOL)
		return TAGSCHED_TUNABLE_BOOL;
	return btf_int_encoding(t) & BTF_INT_SIGNED ? TAGSCHED_TUNABLE_SIGNED :
						       TAGSCHED_TUNABLE_UNSIGNED;
}

static __u64 mask_of(__u32 size)
{
	return size == 8 ? ~0ULL : (1ULL << size * 8) - 1;
}

static __s64 sign_extend(__u64 value, __u32 size)
{
	unsigned int shift = 64 - size * 8;

	return (__s64)(value << shift) >> shift;
}

void ts_tunable_describe(const struct btf *btf, __u32 type_id, struct tagsched_tunable *result)
{
	const struct btf_type *t = scalar(btf, type_id);
	const char *name;

	result->kind = kind_of(t);
	result->size = t ? t->size : 0;
	switch (result->kind) {
	case TAGSCHED_TUNABLE_BOOL:
		snprintf(result->type, sizeof(result->type), "bool");
		break;
	case TAGSCHED_TUNABLE_ENUM:
		name = btf__name_by_offset(btf, t->name_off);
		snprintf(result->type, sizeof(result->type), "enum%s%s", *name ? " " : "", name);
		break;
	case TAGSCHED_TUNABLE_OTHER:
		snprintf(result->type, sizeof(result->type), "other");
		break;
	default:
		snprintf(result->type, sizeof(result->type), "%c%u",
			 result->kind == TAGSCHED_TUNABLE_SIGNED ? 's' : 'u', t->size * 8);
	}
}

/* ---- enums ---- */

static const char *enumerator(const struct btf *btf, const struct btf_type *t, int i, __u64 *value)
{
	if (btf_is_enum(t)) {
		*value = (__s64)btf_enum(t)[i].val;
		return btf__name_by_offset(btf, btf_enum(t)[i].name_off);
	}
	*value = btf_enum64_value(btf_enum64(t) + i);
	return btf__name_by_offset(btf, ((const __u32 *)(t + 1))[i * 3]);
}

/* Value of an enumerator by its name, or by its number as text. */
static bool find_enumerator(const struct btf *btf, const struct btf_type *t, const char *text,
			    __u64 *value)
{
	__u64 mask = mask_of(t->size), number = 0;
	bool is_number;
	char *end;
	int i;

	errno = 0;
	number = strtoll(text, &end, 0);
	is_number = *text && !*end && !errno;
	for (i = 0; i < btf_vlen(t); i++) {
		const char *name = enumerator(btf, t, i, value);

		if (!strcmp(name, text) || (is_number && (number & mask) == (*value & mask)))
			return true;
	}
	return false;
}

static int parse_enum(const struct btf *btf, const struct btf_type *t, const char *what,
		      const char *text, __u64 *value)
{
	char list[512] = "";
	size_t len = 0;
	__u64 ignored;
	int i;

	if (find_enumerator(btf, t, text, value))
		return 0;
	for (i = 0; i < btf_vlen(t) && len < sizeof(list); i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "",
				enumerator(btf, t, i, &ignored));
	return ts_err(-EINVAL, "%s: '%s' is not one of its values; give one of %s", what, text, list);
}

static void format_enum(const struct btf *btf, const struct btf_type *t, __u64 value, char *buf,
			size_t size)
{
	__u64 mask = mask_of(t->size), other;
	int i;

	for (i = 0; i < btf_vlen(t); i++) {
		const char *name = enumerator(btf, t, i, &other);

		if ((other & mask) == (value & mask)) {
			snprintf(buf, size, "%s", name);
			return;
		}
	}
	snprintf(buf, size, "%lld", (long long)sign_extend(value, t->size));
}

/* ---- from text and back ---- */

static int not_an_integer(const char *what, const char *text)
{
	return ts_err(-EINVAL, "%s: '%s' is not an integer; give one, such as 2 or 0x10", what, text);
}

static int parse_signed(const char *what, __u32 size, const char *text, __u64 *value)
{
	__s64 max = mask_of(size) >> 1, number;
	char *end;

	errno = 0;
	number = strtoll(text, &end, 0);
	if (!*text || *end)
		return not_an_integer(what, text);
	if (errno || number > max || number < -max - 1)
		return ts_err(-ERANGE, "%s: %s does not fit it; give %lld to %lld", what, text,
			      (long long)(-max - 1), (long long)max);
	*value = number;
	return 0;
}

static int parse_unsigned(const char *what, __u32 size, const char *text, __u64 *value)
{
	__u64 max = mask_of(size), number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 0);
	if (!*text || *end)
		return not_an_integer(what, text);
	/* strtoull() takes a sign. */
	if (errno || number > max || (strchr(text, '-') && number))
		return ts_err(-ERANGE, "%s: %s does not fit it; give 0 to %llu", what, text,
			      (unsigned long long)max);
	*value = number;
	return 0;
}

static int parse_bool(const char *what, const char *text, __u64 *value)
{
	if (!strcmp(text, "true") || !strcmp(text, "1"))
		*value = 1;
	else if (!strcmp(text, "false") || !strcmp(text, "0"))
		*value = 0;
	else
		return ts_err(-EINVAL, "%s: '%s' is neither true nor false", what, text);
	return 0;
}

int ts_tunable_parse(const struct btf *btf, __u32 type_id, const char *what, const char *text,
		     __u64 *value)
{
	const struct btf_type *t = scalar(btf, type_id);

	switch (kind_of(t)) {
	case TAGSCHED_TUNABLE_SIGNED:
		return parse_signed(what, t->size, text, value);
	case TAGSCHED_TUNABLE_UNSIGNED:
		return parse_unsigned(what, t->size, text, value);
	case TAGSCHED_TUNABLE_BOOL:
		return parse_bool(what, text, value);
	case TAGSCHED_TUNABLE_ENUM:
		return parse_enum(btf, t, what, text, value);
	default:
		return ts_err(-EINVAL, "%s: neither an integer, a bool nor an enum; it cannot be set by name",
			      what);
	}
}

void ts_tunable_format(const struct btf *btf, __u32 type_id, __u64 value, char *buf, size_t size)
{
	const struct btf_type *t = scalar(btf, type_id);

	switch (kind_of(t)) {
	case TAGSCHED_TUNABLE_SIGNED:
		snprintf(buf, size, "%lld", (long long)sign_extend(value, t->size));
		break;
	case TAGSCHED_TUNABLE_UNSIGNED:
		snprintf(buf, size, "%llu", (unsigned long long)(value & mask_of(t->size)));
		break;
	case TAGSCHED_TUNABLE_BOOL:
		snprintf(buf, size, value ? "true" : "false");
		break;
	case TAGSCHED_TUNABLE_ENUM:
		format_enum(btf, t, value, buf, size);
		break;
	default:
		buf[0] = '\0';
	}
}

/* ---- values ---- */

static __u64 load(const char *p, __u32 size)
{
	switch (size) {
	case 1:
		return __atomic_load_n((const __u8 *)p, __ATOMIC_ACQUIRE);
	case 2:
		return __atomic_load_n((const __u16 *)p, __ATOMIC_ACQUIRE);
	case 4:
		return __atomic_load_n((const __u32 *)p, __ATOMIC_ACQUIRE);
	default:
		return __atomic_load_n((const __u64 *)p, __ATOMIC_ACQUIRE);
	}
}

static void store(char *p, __u32 size, __u64 value)
{
	switch (size) {
	case 1:
		__atomic_store_n((__u8 *)p, value, __ATOMIC_RELEASE);
		break;
	case 2:
		__atomic_store_n((__u16 *)p, value, __ATOMIC_RELEASE);
		break;
	case 4:
		__atomic_store_n((__u32 *)p, value, __ATOMIC_RELEASE);
		break;
	default:
		__atomic_store_n((__u64 *)p, value, __ATOMIC_RELEASE);
	}
}

/* A variable: its type and name, and where it is. */
static const struct btf_type *variable(const struct tagsched_tunables *t, size_t index,
				       const char **name, __u32 *offset)
{
	const struct btf_var_secinfo *info = btf_var_secinfos(t->sec) + index;
	const struct btf_type *var = btf__type_by_id(t->btf, info->type);

	*name = btf__name_by_offset(t->btf, var->name_off);
	*offset = info->offset;
	return var;
}

size_t tagsched_tunables__count(const struct tagsched_tunables *t)
{
	return t->btf ? btf_vlen(t->sec) : 0;
}

int tagsched_tunables__at(const struct tagsched_tunables *t, size_t index,
			  struct tagsched_tunable *result)
{
	struct tagsched_tunable all = { .sz = result->sz };
	const struct btf_type *var;
	size_t sz = result->sz;
	__u32 offset;

	if (sz < ts_offsetofend(struct tagsched_tunable, value))
		return ts_err(-EINVAL, "struct tagsched_tunable: sz is not set; set it to the struct's size");
	if (index >= tagsched_tunables__count(t))
		return ts_err(-EINVAL, "tunable %zu: there are %zu", index,
			      tagsched_tunables__count(t));
	var = variable(t, index, &all.name, &offset);
	ts_tunable_describe(t->btf, var->type, &all);
	if (all.size)
		ts_tunable_format(t->btf, var->type, load(t->data + offset, all.size), all.value,
				  sizeof(all.value));
	memset(result, 0, sz);
	memcpy(result, &all, sz < sizeof(all) ? sz : sizeof(all));
	return 0;
}

static int no_such(const struct tagsched_tunables *t, const char *name)
{
	char list[1024] = "";
	size_t i, len = 0;
	const char *other;
	__u32 offset;

	for (i = 0; i < tagsched_tunables__count(t) && len < sizeof(list); i++) {
		variable(t, i, &other, &offset);
		len += snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "", other);
	}
	if (!len)
		return ts_err(-ENOENT, "%s: the policy has no tunables; declare variables with TAGSCHED_TUNABLE",
			      name);
	return ts_err(-ENOENT, "%s: the policy has no such tunable; it has %s", name, list);
}

/* Finds the variable and reads the text. */
static int prepare(const struct tagsched_tunables *t, const char *name, const char *text,
		   __u32 *offset, __u32 *size, __u64 *value)
{
	struct tagsched_tunable described;
	const struct btf_type *var;
	const char *other;
	size_t i;

	for (i = 0; i < tagsched_tunables__count(t); i++) {
		var = variable(t, i, &other, offset);
		if (strcmp(other, name))
			continue;
		ts_tunable_describe(t->btf, var->type, &described);
		*size = described.size;
		if (*size && *offset % *size)
			return ts_err(-EINVAL, "%s: not aligned to its size, so that it cannot be set in one store; do not pack it",
				      name);
		return ts_tunable_parse(t->btf, var->type, name, text, value);
	}
	return no_such(t, name);
}

int tagsched_tunables__check(const struct tagsched_tunables *t, const char *name,
			     const char *text)
{
	__u32 offset, size;
	__u64 value;

	return prepare(t, name, text, &offset, &size, &value);
}

int tagsched_tunables__set(struct tagsched_tunables *t, const char *name, const char *text)
{
	__u32 offset, size;
	__u64 value;
	int err;

	err = prepare(t, name, text, &offset, &size, &value);
	if (!err)
		store(t->data + offset, size, value);
	return err;
}

/* ---- by the policy's name ---- */

static struct tagsched_tunables *open_by_name(const char *dir, const char *name)
{
	struct tagsched_tunables *t;
	int fd;

	fd = tagsched_policy__open_link(dir, name);
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	t = tagsched_tunables__open(fd);
	close(fd);
	return t;
}

int tagsched_policy__set(const char *dir, const char *name, const char *variable_name,
			 const char *value)
{
	struct tagsched_tunables *t = open_by_name(dir, name);
	int err;

	if (!t)
		return -errno;
	err = tagsched_tunables__set(t, variable_name, value);
	tagsched_tunables__close(t);
	return err;
}

static int get(const struct tagsched_tunables *t, const char *name, char *buf, size_t size)
{
	struct tagsched_tunable found = { .sz = sizeof(found) };
	size_t i;
	int err;

	for (i = 0; i < tagsched_tunables__count(t); i++) {
		err = tagsched_tunables__at(t, i, &found);
		if (err)
			return err;
		if (strcmp(found.name, name))
			continue;
		if (ts_format(buf, size, "%s", found.value))
			return ts_err(-ENAMETOOLONG, "%s: longer than the buffer of %zu bytes", name,
				      size);
		return 0;
	}
	return no_such(t, name);
}

int tagsched_policy__get(const char *dir, const char *name, const char *variable_name, char *buf,
			 size_t size)
{
	struct tagsched_tunables *t = open_by_name(dir, name);
	int err;

	if (!t)
		return -errno;
	err = get(t, variable_name, buf, size);
	tagsched_tunables__close(t);
	return err;
}
