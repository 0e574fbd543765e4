import { flag, LARGEST_SEED, noPictures, oneOf, pictures, whole } from './field';

const fields = {
	enhance_prompt: flag,
	enable_upsample: flag,
	seed: whole(1, LARGEST_SEED),
};
const shaped = { ...fields, aspect_ratio: oneOf('16:9', '9:16') };

/** Always 8 seconds. The third generation alone has an aspect ratio. */
export const veo = {
	'veo3.1-fast': { ...shaped, images: pictures(0, 2) },
	'veo3.1': { ...shaped, images: pictures(0, 2) },
	'veo3.1-pro': { ...shaped, images: pictures(0, 2) },
	'veo3.1-4k': { ...shaped, images: pictures(0, 2) },
	'veo3.1-pro-4k': { ...shaped, images: pictures(0, 2) },
	'veo3.1-components': { ...shaped, images: pictures(1, 3) },
	'veo3.1-components-4k': { ...shaped, images: pictures(1, 3) },
	'veo3.1-lite': { ...shaped, images: pictures(0, 3) },
	veo3: { ...shaped, images: noPictures },
	'veo3-fast': { ...shaped, images: noPictures },
	'veo3-pro': { ...shaped, images: noPictures },
	'veo3-fast-frames': { ...shaped, images: pictures(1, 1) },
	'veo3-pro-frames': { ...shaped, images: pictures(1, 1) },
	veo2: { ...fields, images: noPictures },
	'veo2-fast': { ...fields, images: noPictures },
	'veo2-pro': { ...fields, images: pictures(0, 1) },
	'veo2-fast-frames': { ...fields, images: pictures(1, 2) },
	'veo2-fast-components': { ...fields, images: pictures(1, 3) },
};
