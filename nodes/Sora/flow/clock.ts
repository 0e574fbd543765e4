import { sleep } from 'n8n-workflow';

/** Time and randomness: tests replace them with virtual ones. */
export interface Clock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Rejects at once when the signal aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** A number in [0, 1). */
	random(): number;
}

/** Timers hold 31 bits of milliseconds; a longer sleep would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
	now: () => Date.now(),
	async sleep(ms, signal) {
		signal?.throwIfAborted();
		await new Promise<void>((resolve) => {
			const wake = () => {
				signal?.removeEventListener('abort', wake);
				resolve();
			};
			// n8n before 2.34 ignores the signal during a sleep.
			signal?.addEventListener('abort', wake);
			void sleep(Math.min(ms, LONGEST_TIMER_MS), signal).then(wake, wake);
		});
		signal?.throwIfAborted();
	},
	random: () => Math.random(),
};
