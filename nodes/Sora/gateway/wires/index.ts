import { openAiVideos, type RequestEncoding } from './openAiVideos';
import { OPENROUTER } from './openRouter';
import { TASKS } from './tasks';
import type { Wire } from './wire';

export { asTimestamps } from './tasks';
export type { GenerationOrder, OrderedImage, SecondRange, Wire, WireName } from './wire';

const ENCODINGS = {
	auto: openAiVideos('auto'),
	form: openAiVideos('form'),
	json: openAiVideos('json'),
};

export const WIRES = { tasks: TASKS, openai: ENCODINGS.auto, openrouter: OPENROUTER };

/** The wire that a credential names; one that was saved before there was a choice speaks the task API. */
export function wireOf(apiFormat: unknown, requestEncoding: unknown): Wire {
	if (apiFormat === 'openrouter') return OPENROUTER;
	if (apiFormat !== 'openai') return TASKS;
	return ENCODINGS[requestEncoding as RequestEncoding] ?? ENCODINGS.auto;
}
