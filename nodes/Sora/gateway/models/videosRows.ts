/**
 * Models on OpenAI Videos (`/v1/videos`), where a length is `seconds` and a shape with its resolution `size`. Only what
 * differs from that is a row; of other models nothing is known, and nothing that could be sent is refused.
 */
import {
	always,
	firstFrame,
	flag,
	GENERIC_FIELDS,
	genericRow,
	only,
	text,
	WIDE_AND_TALL,
	whole,
} from './families';
import type { ModelRow, Rule, Sizes } from './row';

interface VideosRow
	extends Partial<Pick<ModelRow, 'known' | 'fields' | 'images' | 'rules' | 'sizes'>> {
	pattern: RegExp;
	name: string;
}

/** Pixels of each shape, by the shorter side. */
const sizesFor = (resolutions: readonly string[], shapes: readonly string[]): Sizes => {
	const pixelsOf = (resolution: string, shape: string) => {
		const [width = 1, height = 1] = shape.split(':').map(Number);
		const shorter = Number(resolution.slice(0, -1));
		const longer =
			2 * Math.round((shorter * Math.max(width, height)) / Math.min(width, height) / 2);
		return width < height ? `${shorter}x${longer}` : `${longer}x${shorter}`;
	};
	const sizesAt = (resolution: string) =>
		Object.fromEntries(shapes.map((shape) => [shape, pixelsOf(resolution, shape)]));
	return Object.fromEntries(resolutions.map((resolution) => [resolution, sizesAt(resolution)]));
};

const HD = sizesFor(['720p'], WIDE_AND_TALL);
const ANY_SIZE = sizesFor(
	GENERIC_FIELDS.resolution.choices ?? [],
	GENERIC_FIELDS.aspectRatio.choices ?? [],
);

const SECONDS = { ...GENERIC_FIELDS.duration, wire: 'seconds', type: 'string' } as const;
const seconds = (...choices: string[]) => ({
	duration: { ...SECONDS, ...only(...choices), default: choices[0] },
});
const SIZE = {
	aspectRatio: text('size', { default: '16:9' }),
	resolution: text('size', { default: '720p' }),
};
const onlyAt8Seconds = (resolution: string): Rule => ({
	when: { field: 'resolution', oneOf: [resolution] },
	then: { field: 'duration', oneOf: ['8'] },
});
const known = true as const;

/** By pattern, the first that fits. A row that is `known` is from its maker's own pages, and refuses what they do not offer. */
const TABLE: readonly VideosRow[] = [
	{
		pattern: /^sora-2$/,
		name: 'Sora 2',
		known,
		fields: { ...SIZE, ...seconds('4', '8', '12') },
		sizes: HD,
		images: firstFrame(0),
	},
	{
		pattern: /^sora-2-pro$/,
		name: 'Sora 2 Pro',
		known,
		fields: { ...SIZE, ...seconds('4', '8', '12') },
		sizes: { ...HD, '1080p': { '16:9': '1792x1024', '9:16': '1024x1792' } },
		images: firstFrame(0),
	},
	{
		pattern: /^veo-?3[.-]?\d?(-fast|-lite)?-generate/,
		name: 'Veo 3.1',
		known,
		fields: {
			aspectRatio: text('size', {
				...only(...WIDE_AND_TALL),
				spelled: { '16:9': '1280x720', '9:16': '720x1280' },
			}),
			resolution: text('metadata.resolution', { choices: ['720p', '1080p', '4k'] }),
			...seconds('4', '6', '8'),
		},
		images: firstFrame(0),
		rules: [onlyAt8Seconds('1080p'), onlyAt8Seconds('4k')],
	},
	{
		pattern:
			/^(wan-ai|lightricks|tencent|hunyuanvideo|fastvideo|genmo|thudm|zai-org|rhymes-ai)[/-]/i,
		name: 'a model on your own server',
		fields: {
			...GENERIC_FIELDS,
			aspectRatio: text('size', always('16:9')),
			resolution: text('size', always('480p')),
			duration: { ...SECONDS, ...always('5') },
		},
		// What Wan, Hunyuan and LTX are trained on: sides in multiples of 16.
		sizes: {
			'480p': { '16:9': '832x480', '9:16': '480x832', '1:1': '624x624' },
			'720p': { '16:9': '1280x720', '9:16': '720x1280', '1:1': '960x960' },
		},
		images: firstFrame(0),
	},
	{
		// One maintained client: their own settings lie in `metadata`, the shape and the resolution apart.
		pattern: /^(seedance-2|hailuo|minimax-h3|flux-3-video|wan-2\.7-spicy|zhenzhen-video)/,
		name: 'a model with settings in metadata',
		fields: {
			...GENERIC_FIELDS,
			aspectRatio: text('metadata.ratio'),
			resolution: text('metadata.resolution'),
			duration: SECONDS,
			audio: flag('metadata.generate_audio'),
			seed: whole('metadata.seed'),
			promptExtend: flag('metadata.prompt_extend'),
			audioUrl: text('metadata.audio_url'),
			negativePrompt: text('metadata.negative_prompt'),
		},
	},
];

/** What is known of a model on this wire; never undefined. */
export function videosRow(id: string): ModelRow {
	const { pattern, ...found }: Partial<VideosRow> = TABLE.find((row) => row.pattern.test(id)) ?? {};
	return {
		...genericRow(id),
		fields: { ...GENERIC_FIELDS, ...SIZE, duration: SECONDS },
		...(!pattern && { sizes: ANY_SIZE }),
		...found,
		...(found.known && { family: 'videos', tolerant: undefined }),
	};
}
