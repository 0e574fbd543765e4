/**
 * Models on OpenAI Videos (`/v1/videos`), where a length is `seconds` and a shape with its resolution `size`. Only what
 * differs from that is a row; of other models nothing is known, and nothing that could be sent is refused.
 */
import {
	always,
	firstFrame,
	flag,
	GENERIC_FIELDS,
	GENERIC_IMAGES,
	genericRow,
	references,
	text,
	WIDE_AND_TALL,
} from './families';
import type { Fields, Images, ModelField, ModelRow, Rule, Sizes } from './row';

interface VideosRow {
	/** The IDs that it is for. */
	pattern: RegExp;
	name: string;
	seconds?: Partial<ModelField>;
	/** Shapes and resolutions beside `size`, and whatever else the model has. */
	fields?: Fields;
	sizes?: Sizes;
	images?: Partial<Images>;
	fixedSeconds?: number;
	rules?: readonly Rule[];
	/** From its maker's own pages: what is not on offer is refused before it is sent. */
	certain?: true;
}

const evenly = (side: number) => Math.round(side / 2) * 2;

/** Pixels of a shape whose shorter side is given. */
function pixelsOf(shorter: number, ratio: string): string {
	const [width = 1, height = 1] = ratio.split(':').map(Number);
	const longer = evenly((shorter * Math.max(width, height)) / Math.min(width, height));
	return width < height ? `${shorter}x${longer}` : `${longer}x${shorter}`;
}

const sizesFor = (resolutions: readonly string[], shapes: readonly string[]): Sizes =>
	Object.fromEntries(
		resolutions.map((resolution) => [
			resolution,
			Object.fromEntries(
				shapes.map((shape) => [shape, pixelsOf(Number(resolution.slice(0, -1)), shape)]),
			),
		]),
	);

const HD = sizesFor(['720p'], WIDE_AND_TALL);
const ANY_SIZE = sizesFor(
	GENERIC_FIELDS.resolution?.choices ?? [],
	GENERIC_FIELDS.aspectRatio?.choices ?? [],
);
/** What Wan, Hunyuan and LTX are trained on: sides in multiples of 16. */
const OWN_SIZES: Sizes = {
	'480p': { '16:9': '832x480', '9:16': '480x832', '1:1': '624x624' },
	'720p': { '16:9': '1280x720', '9:16': '720x1280', '1:1': '960x960' },
};

const oneOf = (...choices: string[]) => ({ choices, default: choices[0] });
const range = (min: number, max: number) => ({ min, max, choices: undefined });
const inMetadata = (name: string, more?: Partial<ModelField>) => text(`metadata.${name}`, more);
const resolutions = (...choices: string[]) => ({
	resolution: inMetadata('resolution', { choices }),
});

const NO_IMAGES = { max: 0, roles: [] };
const startOnly = firstFrame(0);

/** More than a resolution allows at the longest length. */
const onlyAt = (resolution: string, ...lengths: string[]): Rule => ({
	when: { field: 'resolution', oneOf: [resolution] },
	then: { field: 'duration', oneOf: lengths },
});

const row = (
	pattern: RegExp,
	name: string,
	more: Omit<VideosRow, 'pattern' | 'name'>,
): VideosRow => ({
	...{ pattern, name },
	...more,
});

/** By pattern, the first that fits. Sources of what is not certain: one maintained client each. */
const TABLE: readonly VideosRow[] = [
	row(/^sora-2$/, 'Sora 2', {
		certain: true,
		seconds: oneOf('4', '8', '12'),
		sizes: HD,
		images: startOnly,
	}),
	row(/^sora-2-pro$/, 'Sora 2 Pro', {
		certain: true,
		seconds: oneOf('4', '8', '12'),
		sizes: { ...HD, '1080p': { '16:9': '1792x1024', '9:16': '1024x1792' } },
		images: startOnly,
	}),
	row(/^veo-?3[.-]?\d?(-fast|-lite)?-generate/, 'Veo 3.1', {
		certain: true,
		seconds: oneOf('4', '6', '8'),
		fields: {
			aspectRatio: text('size', {
				choices: WIDE_AND_TALL,
				refuses: 'others',
				spelled: { '16:9': '1280x720', '9:16': '720x1280' },
			}),
			...resolutions('720p', '1080p', '4k'),
		},
		images: startOnly,
		rules: [onlyAt('1080p', '8'), onlyAt('4k', '8')],
	}),
	row(
		/^(wan-ai|lightricks|tencent|hunyuanvideo|fastvideo|genmo|thudm|zai-org|rhymes-ai)[/-]/i,
		'a model on your own server',
		{
			seconds: always('5'),
			fields: {
				aspectRatio: text('size', always('16:9')),
				resolution: text('size', always('480p')),
			},
			sizes: OWN_SIZES,
			images: startOnly,
		},
	),
	row(/^omni_flash/, 'Omni Flash', {
		seconds: oneOf('4', '5', '6', '8', '10'),
		sizes: HD,
		images: startOnly,
	}),
	...[6, 10, 15].map((length) => ({
		pattern: new RegExp(`^grok-1\\.5-video-${length}s`),
		name: 'Grok 1.5 Video',
		fixedSeconds: length,
		sizes: HD,
		images: firstFrame(1),
	})),
	row(/^seedance-2\.0-/, 'Seedance 2.0', {
		seconds: range(4, 15),
		fields: { ...resolutions('480p', '720p', '1080p'), ...seedanceFields() },
		images: references(0, 9),
	}),
	row(/^seedance-2\.5-/, 'Seedance 2.5', {
		seconds: range(4, 30),
		fields: { ...resolutions('480p', '720p', '1080p', '4k'), ...seedanceFields() },
		images: references(0, 30),
	}),
	row(/^kling-(v3|o3)/, 'Kling 3', { seconds: oneOf('5', '10') }),
	row(/^hailuo-2\.3/, 'Hailuo 2.3', {
		seconds: oneOf('6', '10'),
		fields: resolutions('768p', '1080p'),
		images: startOnly,
		rules: [onlyAt('1080p', '6')],
	}),
	row(/^(hailuo-h3|minimax-h3)/, 'Hailuo H3', {
		seconds: range(5, 15),
		fields: {
			resolution: inMetadata('resolution', {
				choices: ['768p', '2k'],
				spelled: { '768p': '768P', '2k': '2K' },
			}),
		},
	}),
	row(/^vidu-?q3/, 'Vidu Q3', { seconds: range(4, 15) }),
	row(/^flux-3-video/, 'Flux 3 Video', {
		seconds: range(5, 20),
		fields: resolutions('hd', 'fhd'),
	}),
	row(/^happyhorse-1\.1/, 'HappyHorse 1.1', { seconds: range(3, 15) }),
	row(/^wan-2\.7-spicy-i2v/, 'Wan 2.7 Spicy', {
		seconds: range(2, 15),
		fields: { promptExtend: flag('metadata.prompt_extend'), audioUrl: inMetadata('audio_url') },
		images: firstFrame(1),
	}),
	row(/^zhenzhen-video-gk-v15/, 'Zhenzhen GK 1.5', {
		seconds: range(6, 30),
		fields: resolutions('480p', '720p'),
		images: references(0, 7),
	}),
	row(/^zhenzhen-video-v31-lite/, 'Zhenzhen 3.1 Lite', {
		fixedSeconds: 8,
		fields: resolutions('720p', '1080p', '4k'),
		images: NO_IMAGES,
	}),
	row(/^zhenzhen-video-v31/, 'Zhenzhen 3.1', {
		fixedSeconds: 8,
		fields: resolutions('720p', '1080p', '4k'),
		images: references(0, 3),
	}),
];

function seedanceFields(): Fields {
	return {
		aspectRatio: inMetadata('ratio'),
		audio: flag('metadata.generate_audio'),
		seed: { wire: 'metadata.seed', type: 'integer', send: 'set' },
	};
}

const SECONDS: ModelField = {
	...(GENERIC_FIELDS.duration as ModelField),
	wire: 'seconds',
	type: 'string',
};
const SIZE: Fields = {
	aspectRatio: text('size', { default: '16:9' }),
	resolution: text('size', { default: '720p' }),
};

/** What is known of a model on this wire; never undefined. */
export function videosRow(id: string): ModelRow {
	const found = TABLE.find(({ pattern }) => pattern.test(id));
	const { seconds, fields, images, rules = [], certain, fixedSeconds } = found ?? {};
	const { aspectRatio, resolution, ...rest } = GENERIC_FIELDS;
	const sizes = found?.sizes ?? (fields?.resolution || fields?.aspectRatio ? undefined : ANY_SIZE);
	const length: ModelField = { ...SECONDS, ...seconds, ...(certain && { refuses: 'others' }) };
	return {
		...genericRow(id),
		...(found && { name: found.name, family: 'videos' }),
		...(certain && { known: true, tolerant: undefined }),
		fields: {
			...(sizes ? SIZE : { aspectRatio, resolution }),
			...(!certain && rest),
			duration: fixedSeconds === undefined ? length : undefined,
			...fields,
		},
		...(sizes && { sizes }),
		images: { ...GENERIC_IMAGES, ...images },
		fixedSeconds,
		rules,
	};
}
