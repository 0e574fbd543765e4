import { NothingBought } from '../gateway/client';
import { SoraFailure } from '../gateway/failures';
import type { Clock } from './clock';
import { backoffMs } from './schedule';

/** Attempts at a submission in all, where each failed before anything could be bought. */
export const MOST_ATTEMPTS = 6;

/**
 * Repeats a paid request only where nothing can have been bought.
 * @throws {SoraFailure} for everything that must not be repeated, and when the attempts are used up
 */
export async function submitSafely<T>(
	attempt: () => Promise<T>,
	tools: {
		clock: Clock;
		signal?: AbortSignal;
		onRepeat?: (why: SoraFailure, waitMs: number) => void;
	},
): Promise<T> {
	const { clock, signal, onRepeat } = tools;
	for (let attempts = 1; ; attempts++) {
		if (signal?.aborted)
			throw new SoraFailure('cancelled', { advice: 'Nothing was bought for this item.' });
		const result = await attempt().then(
			(value) => ({ value }),
			(reason: unknown) => ({ reason }),
		);
		if ('value' in result) return result.value;
		if (!(result.reason instanceof NothingBought)) throw result.reason;
		const { failure } = result.reason;
		if (attempts >= MOST_ATTEMPTS) throw failure;
		const waitMs = backoffMs(attempts, clock.random(), failure.facts.retryAfterMs);
		onRepeat?.(failure, waitMs);
		await clock.sleep(waitMs, signal).catch(() => undefined);
	}
}
