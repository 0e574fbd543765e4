import { NothingBought } from '../gateway/client';
import { repeated, type Repetition } from './repetition';

/** Attempts at a submission in all, where each failed before anything could be bought. */
export const MOST_ATTEMPTS = 6;

/**
 * Repeats a paid request only where nothing can have been bought.
 * @throws {SoraFailure} for everything that must not be repeated, and when the attempts are used up
 */
export async function submitSafely<T>(
	attempt: () => Promise<T>,
	tools: Pick<Repetition, 'clock' | 'signal' | 'onRepeat'>,
): Promise<T> {
	return await repeated(attempt, {
		...tools,
		attempts: MOST_ATTEMPTS,
		mayRepeat: (reason) => (reason instanceof NothingBought ? reason.failure : undefined),
		whenStopped: { advice: 'Nothing was bought for this item.' },
	});
}
