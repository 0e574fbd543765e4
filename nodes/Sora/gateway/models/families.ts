/**
 * The families of models on `POST /v2/videos/generations`, as of August 2026: what the pages of the API's
 * documentation and maintained public clients show. A row says only where it differs from its family.
 */
import type { Fields, Images, ImageRole, ModelField, ModelRow, Sizes } from './row';

/** What any model of a family has; with limits where all of them share them. */
export interface Family
	extends Partial<
		Pick<ModelRow, 'sizes' | 'fixedSeconds' | 'characterClip' | 'storyboard' | 'rules'>
	> {
	/** As documentation speaks of it. */
	title: string;
	/** How its IDs begin, for the panel, which cannot use patterns. */
	begins: readonly string[];
	/** How the ID of a model without a row looks that belongs here; by default it begins as `begins` says. */
	pattern?: RegExp;
	fields: Fields;
	images: Images;
}

const field =
	(type: ModelField['type']) =>
	(wire: string, more?: Partial<ModelField>): ModelField => ({ wire, type, send: 'set', ...more });
export const text = field('string');
export const flag = field('boolean');
export const whole = field('integer');

export const always = (value: string | boolean) => ({ default: value, send: 'always' }) as const;
export const only = (...choices: string[]) => ({ choices, refuses: 'others' }) as const;
const seed = (min: number, more?: Partial<ModelField>) =>
	whole('seed', { min, max: 2_147_483_647, ...more });

export const WIDE_AND_TALL = ['16:9', '9:16'];
const PIXELS = ['480p', '720p', '1080p'];
const IN_CAPITALS = { spelled: { '480p': '480P', '720p': '720P', '1080p': '1080P' } };
export const imagesOf = (min: number, max: number, ...roles: ImageRole[]): Images => ({
	...{ min, max, roles },
	transport: 'inline',
});
export const NO_IMAGES = imagesOf(0, 0);
export const firstFrame = (min: number) => imagesOf(min, 1, 'firstFrame');
export const frames = (min: number) => imagesOf(min, 2, 'firstFrame', 'lastFrame');
export const references = (min: number, max: number) => imagesOf(min, max, 'reference');

/** Pages of Wan; the sizes are from one client's list. */
const WAN_SIZES = {
	'480p': { '16:9': '832*480', '9:16': '480*832', '1:1': '624*624' },
	'720p': {
		...{ '16:9': '1280*720', '9:16': '720*1280', '1:1': '960*960' },
		...{ '4:3': '1088*832', '3:4': '832*1088' },
	},
	'1080p': {
		...{ '16:9': '1920*1080', '9:16': '1080*1920', '1:1': '1440*1440' },
		...{ '4:3': '1632*1248', '3:4': '1248*1632' },
	},
} satisfies Sizes;

/** What all three of Wan's pages name. */
const wan = {
	duration: whole('duration', { choices: ['5'], default: '5' }),
	promptExtend: flag('prompt_extend', { default: true }),
	watermark: flag('watermark', { default: false }),
	seed: seed(0, { refuses: 'others' }),
	negativePrompt: text('negative_prompt'),
} satisfies Fields;

export const FAMILIES = {
	sora: {
		title: 'Sora',
		begins: [],
		fields: {
			aspectRatio: text('aspect_ratio', { ...only(...WIDE_AND_TALL), ...always('16:9') }),
			duration: text('duration', {
				choices: ['10', '15'],
				elsewhere: ['4', '8', '12'],
				...always('10'),
			}),
			hd: flag('hd', always(false)),
			watermark: flag('watermark', { default: false }),
			private: flag('private', { default: true }),
		},
		// No page names the number, but clients of all kinds stop at four.
		images: references(0, 4),
		characterClip: true,
		storyboard: true,
	},
	veo: {
		title: 'Veo',
		begins: ['veo2', 'veo3'],
		fixedSeconds: 8,
		fields: {
			aspectRatio: text('aspect_ratio', { ...only(...WIDE_AND_TALL), ...always('16:9') }),
			enhancePrompt: flag('enhance_prompt', { default: false }),
			upscale: flag('enable_upsample', { default: false }),
			// Two clients send it; the page does not name it.
			seed: seed(1),
		},
		images: imagesOf(0, 3, 'firstFrame', 'lastFrame', 'reference'),
	},
	grok: {
		title: 'Grok Video',
		begins: ['grok-video'],
		fields: {
			// With images the video takes their shape.
			aspectRatio: text('ratio', {
				...only(...WIDE_AND_TALL, '1:1', '3:2', '2:3'),
				...always('16:9'),
			}),
			// The page has 5, 10 and 15; clients 6, 10, 15 and anything up to 30.
			duration: whole('duration', {
				choices: ['6', '10', '15', '20', '25', '30'],
				...always('10'),
			}),
			resolution: text('resolution', { ...only(...PIXELS), ...IN_CAPITALS, ...always('720p') }),
			seed: seed(1),
		},
		images: { ...references(0, 7), transport: 'url', mention: '@img1' },
		rules: [
			{
				when: { field: 'duration', above: 15 },
				then: { field: 'resolution', oneOf: ['720p'] },
			},
			{
				when: { field: 'resolution', oneOf: ['1080p'] },
				then: { field: 'duration', oneOf: ['10', '15'] },
				tolerant: true,
			},
		],
	},
	'wan-t2v': {
		title: 'Wan, from text',
		begins: ['wan2.2-t2v', 'wan2.5-t2v', 'wanx2.1-t2v'],
		pattern: /^wanx?2\.\d-t2v/,
		fields: {
			...wan,
			aspectRatio: text('size', {
				choices: [...WIDE_AND_TALL, '1:1', '4:3', '3:4'],
				...always('16:9'),
			}),
			resolution: text('size', { choices: PIXELS, ...always('1080p') }),
			duration: { ...wan.duration, choices: ['5', '10'] },
		},
		sizes: WAN_SIZES,
		images: NO_IMAGES,
	},
	'wan-i2v': {
		title: 'Wan, from a first frame',
		begins: ['wan2.2-i2v', 'wan2.5-i2v', 'wanx2.1-i2v'],
		pattern: /^wanx?2\.\d-i2v/,
		fields: {
			...wan,
			resolution: text('resolution', { ...only(...PIXELS), ...IN_CAPITALS }),
			duration: { ...wan.duration, choices: ['5', '10'] },
			template: text('template'),
		},
		images: firstFrame(1),
	},
	'wan-kf2v': {
		title: 'Wan, from a first and a last frame',
		begins: ['wanx2.1-kf2v'],
		pattern: /^wanx?2\.\d-kf2v/,
		fields: {
			...wan,
			resolution: text('resolution', { choices: ['720p'], ...IN_CAPITALS }),
			seed: seed(0),
		},
		images: frames(2),
	},
	seedance1: {
		title: 'Seedance 1.0',
		begins: ['doubao-seedance-1-0'],
		fields: {
			aspectRatio: text('ratio', {
				...only(...WIDE_AND_TALL, '1:1', '4:3', '3:4', '21:9', '9:21', 'adaptive', 'keep_ratio'),
				...always('16:9'),
			}),
			duration: whole('duration', { choices: ['5', '10'], ...always('5') }),
			// The page's own default is 480p.
			resolution: text('resolution', { ...only(...PIXELS), ...always('720p') }),
			// One word on the wire.
			cameraFixed: flag('camerafixed', { default: false }),
			watermark: flag('watermark', { default: false }),
			seed: seed(0, { refuses: 'others' }),
		},
		images: frames(0),
	},
} satisfies Record<string, Family>;

export type FamilyName = keyof typeof FAMILIES;
export const FAMILY_NAMES = Object.keys(FAMILIES) as FamilyName[];

/** Sent where it is set, though the panel shows it for no model without a row. */
const unoffered = { unoffered: true } as const;

/** What a model of no family may be given: sent only where it is set, under the names that most models use. */
export const GENERIC_FIELDS = {
	aspectRatio: text('aspect_ratio', {
		choices: ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9'],
		initial: '16:9',
	}),
	duration: field('number')('duration', {
		choices: ['4', '5', '6', '8', '10', '12', '15', '20', '25', '30'],
	}),
	resolution: text('resolution', { choices: PIXELS }),
	hd: flag('hd', unoffered),
	enhancePrompt: flag('enhance_prompt', unoffered),
	upscale: flag('enable_upsample', unoffered),
	promptExtend: flag('prompt_extend', unoffered),
	cameraFixed: flag('camerafixed', unoffered),
	audio: flag('audio', unoffered),
	watermark: flag('watermark'),
	private: flag('private'),
	seed: field('number')('seed'),
	negativePrompt: text('negative_prompt'),
	audioUrl: text('audio_url', unoffered),
	template: text('template', unoffered),
} satisfies Required<Fields>;

/** A model of which nothing is known but its ID: nothing that could be sent is refused. */
export const genericRow = (id: string): ModelRow => ({
	id,
	name: id,
	tolerant: true,
	fields: GENERIC_FIELDS,
	images: { min: 0, roles: ['firstFrame', 'lastFrame', 'reference'], transport: 'inline' },
	rules: [],
});
