/** Detects which API a gateway speaks, by free requests, and only after an order was refused. */
import { listModels, pollTask } from './client';
import type { Gateway } from './credential';
import { SoraFailure } from './failures';
import { TIMEOUTS } from './timeouts';
import { WIRES, type Wire } from './wires';

/** The type of a value, or the encoding of the body. */
const OF_ENCODING =
	/unmarshal|(?:expected|must be|should be|requires?) (?:an? |valid )?(?:int|integer|number|str|string)\b|multipart|form[- ]?data|content[- ]type|malformed json/i;

/** Whether the encoding of the body was refused rather than its content. */
export const isOfEncoding = ({ category, facts: { httpStatus = 0, words = '' } }: SoraFailure) =>
	httpStatus === 415 ||
	httpStatus === 422 ||
	(category === 'bad_request' && OF_ENCODING.test(words));

/** Only OpenRouter describes its models. @returns `undefined` if no list came */
async function describesModels(gateway: Gateway): Promise<boolean | undefined> {
	const other = { ...gateway, wire: WIRES.openrouter };
	const listing = await listModels(other, TIMEOUTS.modelsForError).catch(() => undefined);
	return listing?.some((model) => 'supported_durations' in model);
}

/** Whether the gateway knows the route of tasks: it says that a task, not the address, is unknown. */
async function knowsTasks(gateway: Gateway, wire: Wire): Promise<boolean> {
	return await pollTask({ ...gateway, wire }, 'task_of_nobody', TIMEOUTS.modelsForError).then(
		() => true,
		(error: unknown) => error instanceof SoraFailure && error.category === 'task_not_found',
	);
}

/**
 * @param isAddressWrong the order's route does not exist
 * @returns the API that the gateway speaks if it differs from the credential's, otherwise `undefined`
 */
export async function otherFormat(
	gateway: Gateway,
	isAddressWrong: boolean,
): Promise<Wire | undefined> {
	const own = gateway.wire;
	// OpenRouter's tasks are polled like those of OpenAI Videos.
	const other = own.name === 'tasks' ? WIRES.openai : WIRES.tasks;
	const isOwn = !isAddressWrong && (await knowsTasks(gateway, own));
	if (!isOwn && !(await knowsTasks(gateway, other))) return undefined;
	const spoken = isOwn ? own : other;
	const describes = spoken.name === 'tasks' ? undefined : await describesModels(gateway);
	const found = describes === undefined ? spoken : WIRES[describes ? 'openrouter' : 'openai'];
	return found.name === own.name ? undefined : found;
}
