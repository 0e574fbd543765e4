import { ATTEMPTS } from '../gateway/timeouts';
import { retry, type RetryOptions } from './retry';

/**
 * Repeats a paid request only where nothing can have been bought.
 * @throws {SoraFailure} for everything that must not be retry, and when the attempts are used up
 */
export async function retrySubmission<T>(
	attempt: () => Promise<T>,
	tools: Pick<RetryOptions, 'clock' | 'signal' | 'onRetry'>,
): Promise<T> {
	return await retry(attempt, {
		...tools,
		attempts: ATTEMPTS.submission,
		repeats: 'not-bought',
		whenStopped: { advice: 'Nothing was bought for this item.', nothingBought: true },
	});
}
