/** What else there is, where the chosen model is not to be had. */
import { listModelIds } from '../../gateway/client';
import type { SoraFailure } from '../../gateway/failures';
import { videoModelsAmong } from '../../gateway/models';
import { TIMEOUTS } from '../../gateway/timeouts';
import type { Gateway } from '../../gateway/credential';
import type { Run } from '../run';

/** Longer than the ID of any model by far. */
const LONGEST_ID = 100;

async function askedFor(gateway: Gateway): Promise<string> {
	try {
		const ids = await listModelIds(gateway, TIMEOUTS.modelsForError);
		const named = videoModelsAmong(ids.filter((id) => id.length <= LONGEST_ID && !/\s/.test(id)));
		if (named.length) return `This key has: ${named.join(', ')}.`;
		return ids.length ? 'The list of models of this key has no video model.' : '';
	} catch {
		return '';
	}
}

/** Asked for once a run, however many items fail. */
const answers = new WeakMap<Run, Promise<string>>();

/** The failure, with some video models that the key has where the chosen one is not available. */
export async function namingModels(run: Run, failure: SoraFailure): Promise<SoraFailure> {
	if (failure.category !== 'model_not_found') return failure;
	const answer = answers.get(run) ?? askedFor(run.gateway);
	answers.set(run, answer);
	const models = await answer;
	return models ? failure.about({ advice: `${failure.advice} ${models}` }) : failure;
}
