// SPDX-License-Identifier: GPL-2.0-only
/*
 * The digest of a scheduler program: a SHA-256 hash of what was loaded, which a
 * signature covers.
 *
 * It is taken while the program is loaded, before the verifier rewrites it, in
 * two steps. The first takes the instructions while descriptors of maps are
 * still numbers of the loader's, and leaves these out. The second takes the maps
 * that the verifier has found behind them and holds, so that no other can be
 * put there in between.
 *
 * In it: the hook, the instructions, the BTF ids of kernel functions and
 * variables in them, of each map its geometry, and the contents of arrays that
 * nobody can write to any more. Not in it: all other data.
 */
#include <crypto/sha2.h>
#include <linux/bpf.h>
#include <linux/bpf_sched.h>
#include <linux/bpf_verifier.h>
#include <linux/filter.h>
#include <linux/string.h>

#define LD_IMM64	(BPF_LD | BPF_IMM | BPF_DW)

/* One word at a time, so that there is no padding in what is hashed. */
static void add_u32(struct sha256_state *state, u32 value)
{
	__le32 le = cpu_to_le32(value);

	sha256_update(state, (const u8 *)&le, sizeof(le));
}

static bool loads_map(const struct bpf_insn *insn)
{
	if (insn->code != LD_IMM64)
		return false;

	switch (insn->src_reg) {
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		return true;
	default:
		return false;
	}
}

/*
 * Does it name something of a module? A descriptor, or the index of one, says of
 * which: what will be behind it cannot be told from the instruction.
 */
static bool names_module(const struct bpf_insn *insn, bool last)
{
	if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
		return insn->off;
	return insn->code == LD_IMM64 && insn->src_reg == BPF_PSEUDO_BTF_ID &&
	       !last && insn[1].imm;
}

static void add_insn(struct sha256_state *state, const struct bpf_insn *insn, s32 imm)
{
	add_u32(state, insn->code | insn->dst_reg << 8 | insn->src_reg << 16);
	add_u32(state, (u16)insn->off);
	add_u32(state, imm);
}

/* Put the instructions' hash in @digest; false if they have none. */
static bool digest_insns(const struct bpf_prog *prog, u8 *digest)
{
	struct sha256_state state;
	u32 i;

	sha256_init(&state);
	for (i = 0; i < prog->len; i++) {
		const struct bpf_insn *insn = &prog->insnsi[i];

		if (names_module(insn, i == prog->len - 1))
			return false;
		add_insn(&state, insn, loads_map(insn) ? 0 : insn->imm);
	}
	sha256_final(&state, digest);
	return true;
}

/**
 * bpf_sched_digest_insns - first half of a digest: the instructions
 * @prog: a program that is being loaded, its instructions as they were passed
 *
 * A program that uses functions or variables of modules gets no digest, and so
 * cannot be signed.
 *
 * Context: Process context.
 */
void bpf_sched_digest_insns(struct bpf_prog *prog)
{
	if (!digest_insns(prog, prog->aux->sched_digest))
		memset(prog->aux->sched_digest, 0, sizeof(prog->aux->sched_digest));
}

/* Nobody can write to it any more: neither programs nor user space. */
static bool is_constant(const struct bpf_map *map)
{
	return map->map_type == BPF_MAP_TYPE_ARRAY && map->map_flags & BPF_F_RDONLY_PROG &&
	       READ_ONCE(map->frozen) && !bpf_map_write_active(map);
}

static void add_contents(struct sha256_state *state, const struct bpf_map *map)
{
	const struct bpf_array *array = container_of(map, struct bpf_array, map);
	u32 i;

	for (i = 0; i < map->max_entries; i++) {
		sha256_update(state, array->value + (u64)array->elem_size * i, map->value_size);
		cond_resched();
	}
}

static void add_geometry(struct sha256_state *state, const struct bpf_map *map)
{
	add_u32(state, map->map_type);
	add_u32(state, map->key_size);
	add_u32(state, map->value_size);
	add_u32(state, map->max_entries);
	add_u32(state, map->map_flags);
	add_u32(state, map->map_extra);
	add_u32(state, map->map_extra >> 32);
}

static void add_map(struct sha256_state *state, const struct bpf_map *map)
{
	bool constant = is_constant(map);

	add_geometry(state, map);
	add_u32(state, !!map->inner_map_meta);
	if (map->inner_map_meta)
		add_geometry(state, map->inner_map_meta);
	add_u32(state, constant);
	if (constant)
		add_contents(state, map);
}

/**
 * bpf_sched_digest_maps - second half of a digest: the maps, and the hook
 * @env: of a program that is being loaded, when its maps have been found
 *
 * Does nothing for programs of other types.
 *
 * Context: Process context.
 */
void bpf_sched_digest_maps(struct bpf_verifier_env *env)
{
	struct bpf_prog *prog = env->prog;
	u8 *digest = prog->aux->sched_digest;
	struct sha256_state state;
	u32 i;

	if (prog->type != BPF_PROG_TYPE_SCHED || !bpf_sched_has_digest(prog))
		return;

	sha256_init(&state);
	sha256_update(&state, digest, SHA256_DIGEST_SIZE);
	sha256_update(&state, prog->aux->attach_func_name, strlen(prog->aux->attach_func_name) + 1);
	for (i = 0; i < prog->len; i++) {
		if (!loads_map(&prog->insnsi[i]))
			continue;
		add_u32(&state, env->insn_aux_data[i].map_index);
		i++;
	}
	for (i = 0; i < env->used_map_cnt; i++)
		add_map(&state, env->used_maps[i]);
	sha256_final(&state, digest);
}

/**
 * bpf_sched_has_digest - can the program be signed?
 * @prog: a program of type BPF_PROG_TYPE_SCHED
 *
 * Return: whether it has a digest.
 */
bool bpf_sched_has_digest(const struct bpf_prog *prog)
{
	return memchr_inv(prog->aux->sched_digest, 0, sizeof(prog->aux->sched_digest));
}
