import { SoraFailure, type Repeatable } from '../gateway/failures';
import type { Clock } from './clock';
import { backoffMs } from './schedule';

export interface RetryOptions {
	/** Attempts in all. */
	attempts: number;
	/**
	 * What is attempted: a failure is retried only where it says of itself that this may be repeated. A request that
	 * costs money asks for `'not-bought'`, so that nothing that is free to ask again can ever repeat a purchase.
	 */
	repeats: Repeatable;
	clock: Clock;
	signal?: AbortSignal;
	onRetry?: (why: SoraFailure, waitMs: number) => void;
	/** What is said when the execution was stopped before the next attempt. */
	whenStopped?: ConstructorParameters<typeof SoraFailure>[1];
}

/**
 * Tries, backs off, and tries again; obeys Retry-After.
 * @param attempt is given its number, beginning with 1
 * @throws what the last attempt threw
 */
export async function retry<T>(
	attempt: (number: number) => Promise<T>,
	{ attempts, repeats, clock, signal, onRetry, whenStopped }: RetryOptions,
): Promise<T> {
	for (let number = 1; ; number++) {
		if (signal?.aborted) throw new SoraFailure('cancelled', whenStopped);
		const result = await attempt(number).then(
			(value) => ({ value }),
			(reason: unknown) => ({ reason }),
		);
		if ('value' in result) return result.value;
		const { reason } = result;
		const mayRepeat = reason instanceof SoraFailure && reason.facts.repeatable === repeats;
		if (!mayRepeat || number >= attempts) throw reason;
		const waitMs = backoffMs(number, clock.random(), reason.facts.retryAfterMs);
		onRetry?.(reason, waitMs);
		await clock.sleep(waitMs, signal).catch(() => undefined);
	}
}
