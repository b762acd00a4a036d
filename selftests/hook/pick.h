/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PICK_H
#define PICK_H

enum pick_mode {
	PICK_NO_OPINION,
	PICK_TAGGED,
	PICK_RANDOM,
};

#endif /* PICK_H */
