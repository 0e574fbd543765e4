import type { SecondRange, Wire } from './wire';

export const asTimestamps = ({ start, end }: SecondRange) => `${start},${end}`;

/** The Task API, `/v2/videos/generations`, as its documentation describes it. */
export const TASKS: Wire = {
	name: 'tasks',
	label: 'Task API',
	generations: '/v2/videos/generations',
	generation: (taskId) => `/v2/videos/generations/${encodeURIComponent(taskId)}`,
	characters: '/sora/v1/characters',
	files: '/v1/files',
	models: '/v1/models',
	quota: '/v1/token/quota',
	pictures: 'inline',
	hook: 'http',
	worded: ({ model, prompt, fields, images, characterUrl, characterRange, notifyHook, extra }) => ({
		model,
		prompt,
		...fields,
		// Gateways refuse an empty list.
		images: images?.length ? images.map(({ value }) => value) : undefined,
		character_url: characterUrl,
		character_timestamps: characterRange && asTimestamps(characterRange),
		notify_hook: notifyHook,
		...extra,
	}),
};
