import { openAiVideos } from './openAiVideos';
import { OPENROUTER } from './openRouter';
import { TASKS } from './tasks';
import type { Wire } from './wire';

export { asTimestamps } from './tasks';
export type { GenerationOrder, OrderedImage, SecondRange, Wire, WireName } from './wire';

export const WIRES = { tasks: TASKS, openai: openAiVideos('auto'), openrouter: OPENROUTER };

/** The wire that a credential selects; credentials saved before there was a choice use the Task API. */
export function wireOf(apiFormat: unknown, requestEncoding: unknown): Wire {
	if (apiFormat !== 'openai') return apiFormat === 'openrouter' ? OPENROUTER : TASKS;
	const hasOne = requestEncoding === 'form' || requestEncoding === 'json';
	return hasOne ? openAiVideos(requestEncoding) : WIRES.openai;
}
