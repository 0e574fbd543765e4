/** What a refused order is explained with: the API that the gateway speaks instead, or the models that it has. */
import { listModelIds } from '../../gateway/client';
import type { Gateway } from '../../gateway/credential';
import type { SoraFailure } from '../../gateway/failures';
import { otherFormat } from '../../gateway/formats';
import { videoModelsAmong } from '../../gateway/models';
import { TIMEOUTS } from '../../gateway/timeouts';
import type { Run } from '../run';

/** Longer than the ID of any model by far. */
const LONGEST_ID = 100;

async function modelsOf(gateway: Gateway): Promise<string> {
	try {
		const ids = await listModelIds(gateway, TIMEOUTS.modelsForError);
		const named = videoModelsAmong(ids.filter((id) => id.length <= LONGEST_ID && !/\s/.test(id)));
		if (named.length) return `This key has: ${named.join(', ')}.`;
		return ids.length ? 'The list of models of this key has no video model.' : '';
	} catch {
		return '';
	}
}

async function formatOf(gateway: Gateway): Promise<string> {
	const wire = await otherFormat(gateway);
	return wire
		? `This gateway speaks ${wire.label}: choose that as API Format in the Sora API credential.`
		: '';
}

/** Statuses of a body that was not understood as a whole. */
const OF_THE_BODY = new Set([415, 422]);

const mayBeOfFormat = ({
	category,
	facts: { httpStatus = 0, nothingBought, ofPoll },
}: SoraFailure) =>
	nothingBought === true &&
	!ofPoll &&
	(category === 'wrong_address' || category === 'model_not_found' || OF_THE_BODY.has(httpStatus));

/** Asked once a run, however many items fail. */
const answers = new WeakMap<Run, Map<string, Promise<string>>>();

async function once(run: Run, question: (gateway: Gateway) => Promise<string>): Promise<string> {
	const known = answers.get(run) ?? new Map<string, Promise<string>>();
	answers.set(run, known);
	const answer = known.get(question.name) ?? question(run.gateway);
	known.set(question.name, answer);
	return await answer;
}

export async function explainRefusal(run: Run, failure: SoraFailure): Promise<SoraFailure> {
	const format = mayBeOfFormat(failure) ? await once(run, formatOf) : '';
	const isOfModel = failure.category === 'model_not_found' && !format;
	const hint = format || (isOfModel ? await once(run, modelsOf) : '');
	return hint
		? failure.about({ advice: `${format ? '' : failure.advice} ${hint}`.trim() })
		: failure;
}
