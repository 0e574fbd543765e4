/** The one place where something is bought or made at the gateway, and what the ledger learns of it. */
import { SoraFailure } from '../gateway/failures';
import type { Outcome } from '../tasks/ledger';
import { retrySubmission } from '../tasks/submission';
import { toSoraFailure } from './nodeErrors';
import type { Run } from './run';

export interface Submission<T> {
	/** What is ordered, for the log. */
	what: 'video' | 'character';
	digest: string;
	request: () => Promise<T>;
	/** What the ledger keeps of the answer, to take it up when n8n or the user runs the node again. */
	keep: (answer: T) => Outcome;
}

/** Sends a request that must not be carried out twice, and writes it down before and after. */
export async function submitOnce<T>(
	run: Run,
	itemIndex: number,
	{ what, digest, request, keep }: Submission<T>,
): Promise<T> {
	const attempt = async () => {
		// Written before it is sent: whatever ends the node now, n8n's retry will not send it again.
		run.ledger.doubt(itemIndex, digest, run.clock.now());
		return await request();
	};
	const answer = await retrySubmission(attempt, {
		clock: run.clock,
		signal: run.signal,
		onRetry: (why, waitMs) => {
			run.ledger.strike(itemIndex);
			run.log(`Sora ${what} not submitted yet: ${why.headline}`, { itemIndex, waitMs });
		},
	}).catch((error: unknown) => {
		const failure = toSoraFailure(error);
		if (failure.category !== 'submission_uncertain') run.ledger.strike(itemIndex);
		throw failure;
	});
	// Written down before anything else can fail.
	run.ledger.enter(itemIndex, digest, { ...keep(answer), at: run.clock.now() });
	return answer;
}

/**
 * What was brought about by this very request before.
 * @throws {SoraFailure} where nobody knows, with this advice or else that of a video
 */
export function boughtBefore(run: Run, itemIndex: number, digest: string, advice?: string) {
	const known = run.ledger.find(itemIndex, digest);
	if (known !== 'uncertain') return known;
	throw new SoraFailure('submission_uncertain', {
		detail: 'it was not sent again when n8n retried the node',
		...(advice && { advice }),
	});
}
