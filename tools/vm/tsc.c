// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the frequency of this machine's time-stamp counter in kHz.
 *
 * QEMU's emulation hands the counter on as it is. A guest that has to find out
 * how fast it counts compares it with an emulated timer, and is wrong by any
 * factor when the host is busy; all its clocks then run at the wrong speed.
 */
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct moment {
	unsigned long long ticks;
	long long ns;
};

/* The two clocks, read as close together as a few tries can. */
static struct moment now(void)
{
	unsigned long long best = -1ull;
	struct moment m = { 0 };
	int i;

	for (i = 0; i < 50; i++) {
		unsigned long long before = __rdtsc(), after;
		struct timespec ts;

		clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
		after = __rdtsc();
		if (after - before >= best)
			continue;
		best = after - before;
		m.ticks = before + best / 2;
		m.ns = ts.tv_sec * 1000000000ll + ts.tv_nsec;
	}
	return m;
}

int main(void)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	struct moment start = now(), end;

	nanosleep(&pause, NULL);
	end = now();
	printf("%lld\n", (long long)((end.ticks - start.ticks) * 1e6 / (end.ns - start.ns) + 0.5));
	return 0;
}
