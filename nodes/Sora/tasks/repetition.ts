import { TryAgain } from '../gateway/client';
import { SoraFailure } from '../gateway/failures';
import type { Clock } from './clock';
import { backoffMs } from './schedule';

export interface Repetition {
	/** Attempts in all. */
	attempts: number;
	/** The failure behind what was thrown, where another attempt may fare better; else `undefined`. As `TryAgain` says unless given. */
	mayRepeat?: (reason: unknown) => SoraFailure | undefined;
	clock: Clock;
	signal?: AbortSignal;
	onRepeat?: (why: SoraFailure, waitMs: number) => void;
	/** What is said when the execution was stopped before the next attempt. */
	whenStopped?: ConstructorParameters<typeof SoraFailure>[1];
}

const saidSo = (reason: unknown) => (reason instanceof TryAgain ? reason.failure : undefined);

/**
 * Tries, backs off, and tries again; obeys Retry-After.
 * @param attempt is given its number, beginning with 1
 * @throws what the last attempt threw, the failure behind it where it might have been repeated
 */
export async function repeated<T>(
	attempt: (number: number) => Promise<T>,
	{ attempts, mayRepeat = saidSo, clock, signal, onRepeat, whenStopped }: Repetition,
): Promise<T> {
	for (let number = 1; ; number++) {
		if (signal?.aborted) throw new SoraFailure('cancelled', whenStopped);
		const result = await attempt(number).then(
			(value) => ({ value }),
			(reason: unknown) => ({ reason }),
		);
		if ('value' in result) return result.value;
		const failure = mayRepeat(result.reason);
		if (!failure) throw result.reason;
		if (number >= attempts) throw failure;
		const waitMs = backoffMs(number, clock.random(), failure.facts.retryAfterMs);
		onRepeat?.(failure, waitMs);
		await clock.sleep(waitMs, signal).catch(() => undefined);
	}
}
