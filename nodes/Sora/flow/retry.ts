import { isUnconnected } from '../gateway/connectionLost';
import { SoraFailure, type FailureFacts } from '../gateway/failures';
import { ATTEMPTS, PATIENCE } from '../gateway/timeouts';
import type { Clock } from './clock';

export interface RetryOptions {
	/** Attempts in all. */
	attempts: number;
	/**
	 * No attempt begins later than so long after the first that failed, in milliseconds; one for which the server named
	 * the moment may.
	 */
	withinMs?: number;
	/**
	 * What is attempted: a failure is retried only where it says of itself that this may be repeated. A request that
	 * costs money asks for `'not-bought'`, so that nothing that is free to ask again can ever repeat a purchase.
	 */
	repeats: NonNullable<FailureFacts['repeatable']>;
	clock: Clock;
	signal?: AbortSignal;
	onRetry?: (why: SoraFailure, waitMs: number) => void;
	/** Whether another attempt follows although there were as many as allowed. */
	isWorthMore?: (why: SoraFailure) => boolean;
	/** Waits before the next attempt, in place of the clock; what it throws ends the attempts. */
	pause?: (waitMs: number, why: SoraFailure) => Promise<void>;
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
	{
		attempts,
		withinMs = Number.POSITIVE_INFINITY,
		repeats,
		clock,
		signal,
		onRetry,
		isWorthMore = () => false,
		pause = async (waitMs) => await clock.sleep(waitMs, signal).catch(() => undefined),
		whenStopped,
	}: RetryOptions,
): Promise<T> {
	let failedAt: number | undefined;
	let unconnectedAt: number | undefined;
	for (let number = 1; ; number++) {
		if (signal?.aborted) throw new SoraFailure('cancelled', whenStopped);
		const began = clock.now();
		const result = await attempt(number).then(
			(value) => ({ value }),
			(reason: unknown) => ({ reason }),
		);
		if ('value' in result) return result.value;
		const { reason } = result;
		const mayRepeat = reason instanceof SoraFailure && reason.facts.repeatable === repeats;
		if (!mayRepeat) throw reason;
		if (number >= mostAttempts(reason, attempts) && !isWorthMore(reason)) throw reason;
		const waitMs = backoffMs(number, clock.random(), reason.facts.retryAfterMs);
		const next = clock.now() + waitMs;
		failedAt ??= clock.now();
		unconnectedAt = isUnconnected(reason) ? (unconnectedAt ?? began) : undefined;
		const patience = reason.facts.retryAfterMs ? Math.max(withinMs, PATIENCE.retryAfter) : withinMs;
		const isTooLate =
			next > failedAt + patience || next > (unconnectedAt ?? next) + PATIENCE.noConnection;
		if (isTooLate) throw reason;
		onRetry?.(reason, waitMs);
		await pause(waitMs, reason);
	}
}

const mostAttempts = ({ facts }: SoraFailure, attempts: number) =>
	facts.lasting ? Math.min(attempts, ATTEMPTS.lasting) : attempts;

/** Wait before the attempt after `attempts` failed ones, for requests that are safe to repeat. */
export function backoffMs(attempts: number, chance: number, retryAfterMs = 0): number {
	const growing = Math.min(60_000, 2_000 * 2 ** (attempts - 1));
	return Math.max(retryAfterMs, growing * (0.75 + chance * 0.5));
}
