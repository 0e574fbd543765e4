import { sleep } from 'n8n-workflow';

/** Time and chance as the waiting rooms see them: tests put virtual ones in their place. */
export interface Clock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Rejects at once when the signal aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** A number in [0, 1). */
	random(): number;
}

/** Timers hold no more than 31 bits of milliseconds; a longer sleep would end at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

export const systemClock: Clock = {
	now: () => Date.now(),
	async sleep(ms, signal) {
		signal?.throwIfAborted();
		let disturb: () => void = () => undefined;
		const disturbed = new Promise<void>((resolve) => (disturb = resolve));
		signal?.addEventListener('abort', disturb);
		try {
			// Hosts before n8n 2.34 do not look at the signal while they sleep.
			await Promise.race([sleep(Math.min(ms, LONGEST_TIMER_MS), signal), disturbed]);
		} finally {
			signal?.removeEventListener('abort', disturb);
		}
		signal?.throwIfAborted();
	},
	random: () => Math.random(),
};
