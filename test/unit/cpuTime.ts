/* eslint-disable @n8n/community-nodes/no-restricted-globals -- measures its own work, never inside n8n */

/** Shorter times, in milliseconds, are noise and cannot be a standstill. */
export const TOO_SHORT = 30;

/** What the process has worked since then, in milliseconds, in all its threads. */
export function cpuMsSince(start: NodeJS.CpuUsage): number {
	const { user, system } = process.cpuUsage(start);
	return (user + system) / 1_000;
}

/**
 * What a piece of work takes of this process, in milliseconds: the least of three runs. A busy machine lets it wait, which
 * does not count.
 */
export function leastCpuMsOf(act: () => void): number {
	let least = Number.POSITIVE_INFINITY;
	for (let run = 0; run < 3; run++) {
		const since = process.cpuUsage();
		act();
		least = Math.min(least, cpuMsSince(since));
		if (least < TOO_SHORT) break;
	}
	return least;
}
