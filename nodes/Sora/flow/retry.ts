import { isUnconnected } from '../gateway/connectionLost';
import { SoraFailure, type FailureFacts } from '../gateway/failures';
import { ATTEMPTS, PATIENCE } from '../gateway/timeouts';
import type { Clock } from './clock';

export interface RetryOptions {
	/** Maximum, the first one included. */
	attempts: number;
	/** No attempt starts later than this after the first failure, unless the server named a time. */
	withinMs?: number;
	/** Only failures with this value are retried: for a request that costs money, `'not-bought'`. */
	repeats: NonNullable<FailureFacts['repeatable']>;
	clock: Clock;
	signal?: AbortSignal;
	onRetry?: (why: SoraFailure, waitMs: number) => void;
	/** Allows another attempt beyond the maximum. */
	isWorthMore?: (why: SoraFailure) => boolean;
	/** Waits before the next attempt, in place of the clock; if it throws, there is no further attempt. */
	pause?: (waitMs: number, why: SoraFailure) => Promise<void>;
	/** Facts of the failure if the execution is stopped before the next attempt. */
	whenStopped?: FailureFacts;
}

/**
 * Retries with backoff; obeys Retry-After.
 * @param attempt is given its number, starting at 1
 * @throws what the last attempt threw
 */
export async function retry<T>(
	attempt: (number: number) => Promise<T>,
	options: RetryOptions,
): Promise<T> {
	const { withinMs = Number.POSITIVE_INFINITY, repeats, clock, signal } = options;
	const pause = async (waitMs: number) => await clock.sleep(waitMs, signal).catch(() => undefined);
	let failedAt: number | undefined;
	let unconnectedAt: number | undefined;
	for (let number = 1; ; number++) {
		if (signal?.aborted) throw new SoraFailure('cancelled', options.whenStopped);
		const began = clock.now();
		const result = await attempt(number).then(
			(value) => ({ value }),
			(reason: unknown) => ({ reason }),
		);
		if ('value' in result) return result.value;
		const { reason } = result;
		if (!(reason instanceof SoraFailure) || reason.facts.repeatable !== repeats) throw reason;
		const { lasting, retryAfterMs } = reason.facts;
		const most = lasting ? Math.min(options.attempts, ATTEMPTS.lasting) : options.attempts;
		if (number >= most && !options.isWorthMore?.(reason)) throw reason;
		const waitMs = backoffMs(number, clock.random(), retryAfterMs);
		const next = clock.now() + waitMs;
		failedAt ??= clock.now();
		// An address that never answers is given up early, whatever is requested there.
		unconnectedAt = isUnconnected(reason) ? (unconnectedAt ?? began) : undefined;
		const patience = retryAfterMs ? Math.max(withinMs, PATIENCE.retryAfter) : withinMs;
		const isTooLate = next > (unconnectedAt ?? next) + PATIENCE.noConnection;
		if (isTooLate || next > failedAt + patience) throw reason;
		options.onRetry?.(reason, waitMs);
		await (options.pause ?? pause)(waitMs, reason);
	}
}

/** Backoff after `attempts` failed attempts, for requests that are safe to repeat. */
export function backoffMs(attempts: number, chance: number, retryAfterMs = 0): number {
	const growing = Math.min(60_000, 2_000 * 2 ** (attempts - 1));
	return Math.max(retryAfterMs, growing * (0.75 + chance * 0.5));
}
