/** Which API a gateway speaks: asked by free requests, and only where an order was refused. */
import { listModels, pollTask } from './client';
import type { Gateway } from './credential';
import { SoraFailure } from './failures';
import { TIMEOUTS } from './timeouts';
import { WIRES, type Wire } from './wires';

/** The type of a value, or how the body was packed. */
const OF_ENCODING =
	/unmarshal|(?:expected|must be|should be|requires?) (?:an? |valid )?(?:int|integer|number|str|string)\b|multipart|form[- ]?data|content[- ]type|malformed json/i;

/** Whether the body itself was refused rather than what it asks for. */
export const isOfEncoding = ({ category, facts: { httpStatus = 0, words = '' } }: SoraFailure) =>
	httpStatus === 415 ||
	httpStatus === 422 ||
	(category === 'bad_request' && OF_ENCODING.test(words));

/** OpenRouter alone says what its models take. @returns `undefined` where no list came */
async function describesModels(gateway: Gateway): Promise<boolean | undefined> {
	const other = { ...gateway, wire: WIRES.openrouter };
	const listing = await listModels(other, TIMEOUTS.modelsForError).catch(() => undefined);
	return listing?.some((model) => 'supported_durations' in model);
}

/** Whether the gateway says that it does not know a task, rather than that it does not know the address. */
async function knowsTasks(gateway: Gateway, wire: Wire): Promise<boolean> {
	return await pollTask({ ...gateway, wire }, 'task_of_nobody', TIMEOUTS.modelsForError).then(
		() => true,
		(error: unknown) => error instanceof SoraFailure && error.category === 'task_not_found',
	);
}

/**
 * @param isAddressWrong there is nothing where the order went
 * @returns the API that the gateway speaks where it is another one than the credential says; else `undefined`
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
