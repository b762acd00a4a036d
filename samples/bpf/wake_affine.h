/* SPDX-License-Identifier: GPL-2.0-only */
/* What wake_affine's BPF and user parts share. */
#ifndef WAKE_AFFINE_H
#define WAKE_AFFINE_H

#define MAX_TAGS	64

/* What a tag's tasks want at a wakeup. */
enum wake_wish {
	WISH_NEAR = 1,		/* the waker's cache */
	WISH_HOME,		/* their own */
};

enum wake_affine_count {
	NEAR_PULLED,		/* to the waker's cache */
	HOME_STAYED,		/* where it ran last */
	HOME_FULL,		/* to the waker's cache: its own has no idle CPU */
	SAME_CACHE,		/* both are one: left to CFS */
	NR_WAKE_AFFINE_COUNTS
};

#endif /* WAKE_AFFINE_H */
