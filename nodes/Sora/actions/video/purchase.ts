/** Buying a video, and what its end means for the ledger. */
import { submitGeneration } from '../../gateway/client';
import type { JsonRecord } from '../../gateway/contract';
import { SoraFailure } from '../../gateway/failures';
import type { CheckedImage } from '../../media/images';
import type { Run } from '../run';
import { submitOnce } from '../submitOnce';

/** A request that is ready but for its large images, which are uploaded first. */
export interface Order {
	bodyWith: (images: string[]) => JsonRecord;
	images: CheckedImage[];
	digest: string;
}

/** Buys a video. @returns the task's ID */
export async function buy(
	run: Run,
	{ bodyWith, images, digest }: Order,
	itemIndex: number,
): Promise<string> {
	return await run.submissions(async () => {
		const sent: string[] = [];
		for (const image of images) sent.push(await image.sendable(run.uploads));
		const body = bodyWith(sent);
		const taskId = await submitOnce(run, itemIndex, {
			what: 'video',
			digest,
			request: async () => await submitGeneration(run.gateway, body),
			keep: (id) => ({ taskId: id }),
		});
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
