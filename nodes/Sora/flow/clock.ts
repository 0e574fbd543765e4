import { sleep } from 'n8n-workflow';

/** Time and chance: tests put virtual ones in their place. */
export interface Clock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Rejects at once when the signal aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** A number in [0, 1). */
	random(): number;
}

/** Timers hold no more than 31 bits of milliseconds; a longer sleep would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
	now: () => Date.now(),
	async sleep(ms, signal) {
		signal?.throwIfAborted();
		const awake = new AbortController();
		// Hosts before n8n 2.34 do not look at the signal while they sleep.
		const disturbed = new Promise<void>((resolve) =>
			signal?.addEventListener('abort', () => resolve(), { signal: awake.signal }),
		);
		await Promise.race([sleep(Math.min(ms, LONGEST_TIMER_MS), signal), disturbed]).finally(() =>
			awake.abort(),
		);
		signal?.throwIfAborted();
	},
	random: () => Math.random(),
};
