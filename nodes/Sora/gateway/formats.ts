/** Which API a gateway speaks: asked by free requests, and only where an order was refused. */
import { listVideoModels, pollTask } from './client';
import { isRecord } from './answers/json';
import type { Gateway } from './credential';
import { SoraFailure } from './failures';
import { TIMEOUTS } from './timeouts';
import { WIRES, type Wire } from './wires';

/** No gateway gives a task this ID. */
const NO_TASK = 'task_of_nobody';

/** OpenRouter alone says what its models take. */
async function describesModels(gateway: Gateway): Promise<boolean> {
	const listing = await listVideoModels(gateway, TIMEOUTS.modelsForError).catch(() => []);
	return listing.some((model) => isRecord(model) && 'supported_durations' in model);
}

/** Whether the gateway says that it does not know a task, rather than that it does not know the address. */
async function knowsTasks(gateway: Gateway): Promise<boolean> {
	return await pollTask(gateway, NO_TASK, TIMEOUTS.modelsForError).then(
		() => true,
		(error: unknown) => error instanceof SoraFailure && error.category === 'task_not_found',
	);
}

async function speaks(gateway: Gateway, wire: Wire): Promise<boolean> {
	const other = { ...gateway, wire };
	return wire === WIRES.openrouter ? await describesModels(other) : await knowsTasks(other);
}

/** @returns the API that the gateway speaks where it is another one than the credential says; else `undefined` */
export async function otherFormat(gateway: Gateway): Promise<Wire | undefined> {
	// OpenRouter's tasks are polled like those of OpenAI Videos.
	for (const wire of [WIRES.openrouter, WIRES.tasks, WIRES.openai]) {
		if (await speaks(gateway, wire)) return wire.name === gateway.wire.name ? undefined : wire;
	}
	return undefined;
}
