/* eslint-disable @n8n/community-nodes/no-restricted-globals -- measures its own work, never inside n8n */

/** Shorter times, in milliseconds, are noise and cannot be a standstill. */
export const TOO_SHORT = 30;

/**
 * What a piece of work takes of this process, in milliseconds: the least of three runs. A busy machine lets it wait, which
 * does not count.
 */
export function cpuMsOf(act: () => void): number {
	let least = Number.POSITIVE_INFINITY;
	for (let run = 0; run < 3; run++) {
		const since = process.cpuUsage();
		act();
		const { user, system } = process.cpuUsage(since);
		least = Math.min(least, (user + system) / 1_000);
		if (least < TOO_SHORT) break;
	}
	return least;
}
