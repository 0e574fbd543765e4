import { acceptedTask, type Task } from '../../nodes/Sora/gateway/contract';
import { recognise } from '../../nodes/Sora/gateway/failedAnswer';
import { SoraFailure, type FailureFacts } from '../../nodes/Sora/gateway/failures';

/** A task as the contract reads it, running by default. */
export function aTask(id: string, changes: Partial<Task> = {}): Task {
	return { ...acceptedTask(id), status: 'IN_PROGRESS', ...changes };
}

export const aFinishedTask = (id: string) =>
	aTask(id, {
		status: 'SUCCESS',
		phase: 'succeeded',
		progress: 100,
		videoUrl: `https://files.example/${id}.mp4`,
		videoUrls: [`https://files.example/${id}.mp4`],
	});

export const aMiss = (facts: FailureFacts = {}) =>
	new SoraFailure('gateway_trouble', { ...facts, repeatable: 'free' });

export const a429 = (retryAfterMs?: number) =>
	new SoraFailure('rate_limited', { httpStatus: 429, retryAfterMs, repeatable: 'free' });

export const nothingBought = (retryAfterMs?: number) =>
	new SoraFailure('rate_limited', {
		httpStatus: 429,
		retryAfterMs,
		repeatable: 'not-bought',
		nothingBought: true,
	});

/** What a call rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
	const outcome = await promise.then(
		() => undefined,
		(reason: unknown) => ({ reason }),
	);
	if (!outcome) throw new Error('it was expected to fail');
	return outcome.reason;
}

/** What a function throws. */
export function thrown(act: () => unknown): unknown {
	try {
		act();
	} catch (error) {
		return error;
	}
	throw new Error('it was expected to throw');
}

/** The category of a complaint. */
export const classify = (...answer: Parameters<typeof recognise>) => recognise(...answer).category;
