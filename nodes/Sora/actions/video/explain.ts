/** Explains a refused order: the models that the gateway has, or the API that it speaks instead. */
import { listModelIds } from '../../gateway/client';
import type { SoraFailure } from '../../gateway/failures';
import { isOfEncoding, otherFormat } from '../../gateway/formats';
import { videoModelsAmong } from '../../gateway/models';
import { TIMEOUTS } from '../../gateway/timeouts';
import type { Run } from '../run';

/** Far longer than any model's ID. */
const LONGEST_ID = 100;

/** @returns '' if no list came, or none of its models makes videos */
async function modelsOf({ gateway }: Run): Promise<string> {
	const ids = await listModelIds(gateway, TIMEOUTS.modelsForError).catch(() => []);
	const named = videoModelsAmong(ids.filter((id) => id.length <= LONGEST_ID && !/\s/.test(id)));
	return named.length ? `This key has: ${named.join(', ')}.` : '';
}

/** @returns '' if the gateway speaks the credential's API, or no known one */
async function formatOf({ gateway }: Run, isAddressWrong: boolean): Promise<string> {
	const label = (await otherFormat(gateway, isAddressWrong))?.label;
	return label
		? `This gateway speaks ${label}: choose that as API Format in the Sora API credential.`
		: '';
}

const OTHER_ENCODING =
	'If the gateway takes forms only, or JSON only, choose that as Send Requests As in the Sora API credential.';

/** Asks only once, however many items fail. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
	let asked: Promise<T> | undefined;
	return async () => await (asked ??= ask());
}

export function refusalExplainer(run: Run): (failure: SoraFailure) => Promise<SoraFailure> {
	const models = once(async () => await modelsOf(run));
	const format = once(async () => await formatOf(run, false));
	const formatElsewhere = once(async () => await formatOf(run, true));
	return async (failure) => {
		const { category, advice, facts } = failure;
		const isOfModel = category === 'model_not_found';
		const isOfAddress = category === 'wrong_address';
		const isOfBody = isOfEncoding(failure);
		const named = isOfModel && (await models());
		if (named) return failure.about({ advice: `${advice} ${named}` });
		if (!facts.ofOrder || !(isOfModel || isOfAddress || isOfBody)) return failure;
		const spoken = await (isOfAddress ? formatElsewhere() : format());
		if (spoken) return failure.about({ advice: spoken });
		return isOfBody && run.gateway.wire.name === 'openai'
			? failure.about({ advice: `${advice} ${OTHER_ENCODING}` })
			: failure;
	};
}
