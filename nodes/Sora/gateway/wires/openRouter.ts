import { VIDEOS_ROUTES } from './openAiVideos';
import type { OrderedImage, Wire } from './wire';

const asImage = ({ value }: OrderedImage) => ({ type: 'image_url', image_url: { url: value } });
const FRAME_TYPES = { firstFrame: 'first_frame', lastFrame: 'last_frame' } as const;

/** An image without a role is the first frame, as for every model that takes one. */
const asFrame = (image: OrderedImage) =>
	image.role === 'reference'
		? []
		: { ...asImage(image), frame_type: FRAME_TYPES[image.role ?? 'firstFrame'] };

const unlessEmpty = <T>(list: T[]) => (list.length > 0 ? list : undefined);

/** OpenRouter: the routes of OpenAI Videos with its own fields, and a list of models that describes each. */
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
		frame_images: unlessEmpty(images.flatMap(asFrame)),
		input_references: unlessEmpty(images.filter(({ role }) => role === 'reference').map(asImage)),
		callback_url: notifyHook,
		...extra,
	}),
};
