import type { JsonRecord } from '../answers/json';
import { VIDEOS_ROUTES } from './openAiVideos';
import type { OrderedImage, Wire } from './wire';

const FRAME_TYPES = { firstFrame: 'first_frame', lastFrame: 'last_frame' } as const;

const asImage = ({ value }: OrderedImage): JsonRecord => ({
	type: 'image_url',
	image_url: { url: value },
});

/** The first image without a role is the first frame: what it is for every model that takes one. */
function imageFields(images: readonly OrderedImage[]): JsonRecord {
	const frames: JsonRecord[] = [];
	const references: JsonRecord[] = [];
	for (const image of images) {
		const { role = 'firstFrame' } = image;
		if (role === 'reference') references.push(asImage(image));
		else frames.push({ ...asImage(image), frame_type: FRAME_TYPES[role] });
	}
	return {
		frame_images: frames.length ? frames : undefined,
		input_references: references.length ? references : undefined,
	};
}

/** OpenRouter: the routes of OpenAI Videos with fields of its own, and a list of models that says what each takes. */
export const OPENROUTER: Wire = {
	...VIDEOS_ROUTES,
	name: 'openrouter',
	label: 'OpenRouter',
	models: '/v1/videos/models',
	currency: 'usd',
	quota: '/v1/key',
	quotaCurrency: 'USD',
	pictures: 'inline',
	hook: 'https',
	worded: ({ model, prompt, fields, images = [], notifyHook, extra }) => ({
		model,
		prompt,
		...fields,
		...imageFields(images),
		callback_url: notifyHook,
		...extra,
	}),
	encoded: (body) => body,
};
