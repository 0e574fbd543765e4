/** The one place where money is spent, and what the ledger learns of it. */
import { submitGeneration } from '../../gateway/client';
import type { JsonRecord } from '../../gateway/contract';
import { SoraFailure } from '../../gateway/failures';
import type { CheckedImage } from '../../media/images';
import { submitSafely } from '../../tasks/submission';
import { toSoraFailure } from '../nodeErrors';
import type { Run } from '../run';

/** A request that is ready but for its large images, which are uploaded first. */
export interface Order {
	bodyWith: (images: string[]) => JsonRecord;
	images: CheckedImage[];
	digest: string;
}

/** Buys a video, and writes it down before and after. @returns the task's ID */
export async function buy(
	run: Run,
	{ bodyWith, images, digest }: Order,
	itemIndex: number,
): Promise<string> {
	return await run.submissions(async () => {
		const sent: string[] = [];
		for (const image of images) sent.push(await image.sendable(run.uploads));
		const body = bodyWith(sent);
		const attempt = async () => {
			// Written before it is sent: whatever ends the node now, n8n's retry will not send it again.
			run.ledger.doubt(itemIndex, digest, run.clock.now());
			return await submitGeneration(run.gateway, body);
		};
		const taskId = await submitSafely(attempt, {
			clock: run.clock,
			signal: run.signal,
			onRepeat: (why, waitMs) => {
				run.ledger.strike(itemIndex);
				run.log(`Sora video not submitted yet: ${why.headline}`, { itemIndex, waitMs });
			},
		}).catch((error: unknown) => {
			const failure = toSoraFailure(error);
			if (failure.category !== 'submission_uncertain') run.ledger.strike(itemIndex);
			throw failure;
		});
		// Written down before anything else can fail.
		run.ledger.enter(itemIndex, digest, { taskId, at: run.clock.now() });
		run.log(`Sora task ${taskId} accepted`, { taskId, itemIndex });
		return taskId;
	});
}

/** What a failed task means for the ledger. A look that failed says nothing of its task. */
export function noted(run: Run, itemIndex: number, error: unknown): Error {
	if (error instanceof SoraFailure && error.facts.task?.phase === 'failed') {
		if (error.row.retryable) run.ledger.strike(itemIndex);
		else run.ledger.refuse(itemIndex);
	}
	return error as Error;
}
