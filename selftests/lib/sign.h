/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of signed policies have in common. */
#ifndef SIGN_H
#define SIGN_H

#define CONSTANT	OBJECTS "/constant.bpf.o"
#define DIR		"/tmp/tagsched-sign"
#define IT		DIR "/it.bpf.o"

/* The kernel trusts the one, and not the other. */
#define POLICY_KEY	"--key=" KEYS "/policy.key --cert=" KEYS "/policy.pem"
#define STRANGER_KEY	"--key=" KEYS "/stranger.key --cert=" KEYS "/stranger.pem"

#endif /* SIGN_H */
