/**
 * The families of models on `POST /v2/videos/generations`, as of August 2026: what the pages of the API's
 * documentation and maintained public clients show. A row takes over what its family says.
 */
import type { Fields, Images, ImageRole, Render, Rule, Sizes } from './row';

export interface Family {
	/** As documentation speaks of it. */
	title: string;
	/** How its IDs begin. A new ID that begins so has the family's fields; without any, there are none but those of its rows. */
	begins: readonly string[];
	fields: Fields;
	images: Images;
	/** Aspect ratio and resolution go into one field. */
	size?: { wire: string; sizes: Sizes };
	fixedSeconds?: number;
	characterClip?: true;
	storyboard?: true;
	rules?: readonly Rule[];
	render?: Render;
	promptLength?: number;
}

const MINUTE = 60_000;
const LARGEST_SEED = 2_147_483_647;
const PIXELS = ['480p', '720p', '1080p'];
const FRAMES: readonly ImageRole[] = ['firstFrame', 'lastFrame'];

/** Pages of Wan; the sizes stand on one client's list. */
const WAN_SIZES = {
	'480p': { '16:9': '832*480', '9:16': '480*832', '1:1': '624*624' },
	'720p': {
		'16:9': '1280*720',
		'9:16': '720*1280',
		'1:1': '960*960',
		'4:3': '1088*832',
		'3:4': '832*1088',
	},
	'1080p': {
		'16:9': '1920*1080',
		'9:16': '1080*1920',
		'1:1': '1440*1440',
		'4:3': '1632*1248',
		'3:4': '1248*1632',
	},
} satisfies Sizes;

/** Of the second version, whatever stands behind its point. */
const wanIds = (kind: string) =>
	['wan', 'wanx'].flatMap((start) =>
		Array.from('0123456789', (minor) => `${start}2.${minor}-${kind}`),
	);

/** What all three of Wan's pages name. */
const wan = {
	duration: {
		wire: 'duration',
		type: 'integer',
		choices: ['5'],
		default: '5',
		send: 'set',
		confidence: 'H',
	},
	promptExtend: {
		wire: 'prompt_extend',
		type: 'boolean',
		default: true,
		send: 'set',
		confidence: 'M',
	},
	watermark: {
		wire: 'watermark',
		type: 'boolean',
		default: false,
		send: 'set',
		confidence: 'H',
	},
	seed: {
		wire: 'seed',
		type: 'integer',
		min: 0,
		max: LARGEST_SEED,
		send: 'set',
		confidence: 'H',
	},
	negativePrompt: { wire: 'negative_prompt', type: 'string', send: 'set', confidence: 'H' },
} satisfies Fields;

export const FAMILIES = {
	sora: {
		title: 'Sora',
		begins: [],
		fields: {
			aspectRatio: {
				wire: 'aspect_ratio',
				type: 'string',
				choices: ['16:9', '9:16'],
				default: '16:9',
				send: 'always',
				confidence: 'H',
			},
			duration: {
				wire: 'duration',
				type: 'string',
				choices: ['10', '15'],
				default: '10',
				send: 'always',
				confidence: 'H',
			},
			// Sent at every length that has it, as this package has always done.
			hd: { wire: 'hd', type: 'boolean', default: false, send: 'always', confidence: 'H' },
			watermark: {
				wire: 'watermark',
				type: 'boolean',
				default: false,
				send: 'set',
				confidence: 'H',
			},
			private: { wire: 'private', type: 'boolean', default: true, send: 'set', confidence: 'H' },
		},
		// No page names the number, but clients of all kinds stop at four, and so has this package always done.
		images: {
			min: 0,
			max: 4,
			roles: ['reference'],
			transport: 'inline',
			listsOnly: true,
			confidence: 'H',
		},
		characterClip: true,
		storyboard: true,
	},
	veo: {
		title: 'Veo',
		begins: ['veo'],
		fixedSeconds: 8,
		fields: {
			aspectRatio: {
				wire: 'aspect_ratio',
				type: 'string',
				choices: ['16:9', '9:16'],
				default: '16:9',
				send: 'always',
				confidence: 'H',
			},
			enhancePrompt: {
				wire: 'enhance_prompt',
				type: 'boolean',
				default: false,
				send: 'set',
				confidence: 'H',
			},
			upscale: {
				wire: 'enable_upsample',
				type: 'boolean',
				default: false,
				send: 'set',
				confidence: 'H',
			},
			// Two clients send it; the page does not name it.
			seed: {
				wire: 'seed',
				type: 'integer',
				min: 1,
				max: LARGEST_SEED,
				send: 'set',
				confidence: 'M',
			},
		},
		images: { min: 0, max: 0, roles: [], transport: 'inline', confidence: 'H' },
		render: { typicalMs: 2 * MINUTE, giveUpMinutes: 15, confidence: 'M' },
	},
	grok: {
		title: 'Grok Video',
		begins: ['grok-video'],
		fields: {
			// With images the video takes their shape.
			aspectRatio: {
				wire: 'ratio',
				type: 'string',
				choices: ['16:9', '9:16', '1:1', '3:2', '2:3'],
				default: '16:9',
				send: 'always',
				confidence: 'H',
			},
			// The page has 5, 10 and 15; clients 6, 10, 15 and anything up to 30.
			duration: {
				wire: 'duration',
				type: 'integer',
				choices: ['6', '10', '15', '20', '25', '30'],
				default: '10',
				send: 'always',
				confidence: 'M',
			},
			resolution: {
				wire: 'resolution',
				type: 'string',
				choices: PIXELS,
				capitals: true,
				default: '720p',
				send: 'always',
				confidence: 'H',
			},
			seed: {
				wire: 'seed',
				type: 'integer',
				min: 1,
				max: LARGEST_SEED,
				send: 'set',
				confidence: 'M',
			},
		},
		images: {
			min: 0,
			max: 7,
			roles: ['reference'],
			transport: 'url',
			mention: '@img1',
			confidence: 'H',
		},
		rules: [
			{
				when: { field: 'duration', above: 15 },
				then: { field: 'resolution', oneOf: ['720p'] },
				confidence: 'H',
			},
			{
				when: { field: 'resolution', oneOf: ['1080p'] },
				then: { field: 'duration', oneOf: ['10', '15'] },
				confidence: 'M',
			},
		],
		render: { typicalMs: 3 * MINUTE, giveUpMinutes: 20, confidence: 'L' },
	},
	'wan-t2v': {
		title: 'Wan, from text',
		begins: wanIds('t2v'),
		size: { wire: 'size', sizes: WAN_SIZES },
		fields: wan,
		images: { min: 0, max: 0, roles: [], transport: 'inline', confidence: 'H' },
		promptLength: 800,
		render: { typicalMs: 4 * MINUTE, giveUpMinutes: 30, confidence: 'L' },
	},
	'wan-i2v': {
		title: 'Wan, from a first frame',
		begins: wanIds('i2v'),
		fields: {
			...wan,
			resolution: {
				wire: 'resolution',
				type: 'string',
				choices: PIXELS,
				capitals: true,
				send: 'set',
				confidence: 'H',
			},
			template: { wire: 'template', type: 'string', send: 'set', confidence: 'M' },
		},
		images: { min: 1, max: 1, roles: ['firstFrame'], transport: 'inline', confidence: 'M' },
		promptLength: 800,
		render: { typicalMs: 4 * MINUTE, giveUpMinutes: 30, confidence: 'L' },
	},
	'wan-kf2v': {
		title: 'Wan, from a first and a last frame',
		begins: wanIds('kf2v'),
		fields: {
			resolution: {
				wire: 'resolution',
				type: 'string',
				choices: ['720p'],
				capitals: true,
				send: 'set',
				confidence: 'M',
			},
			duration: { ...wan.duration, confidence: 'M' },
			promptExtend: wan.promptExtend,
			watermark: { ...wan.watermark, confidence: 'M' },
			seed: { ...wan.seed, confidence: 'M' },
			negativePrompt: { ...wan.negativePrompt, confidence: 'M' },
		},
		images: { min: 2, max: 2, roles: FRAMES, transport: 'inline', confidence: 'H' },
		render: { typicalMs: 8 * MINUTE, giveUpMinutes: 30, confidence: 'L' },
	},
	seedance1: {
		title: 'Seedance 1.0',
		begins: ['doubao-seedance-1-0'],
		fields: {
			aspectRatio: {
				wire: 'ratio',
				type: 'string',
				choices: ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9', '9:21', 'adaptive', 'keep_ratio'],
				default: '16:9',
				send: 'always',
				confidence: 'H',
			},
			duration: {
				wire: 'duration',
				type: 'integer',
				choices: ['5', '10'],
				default: '5',
				send: 'always',
				confidence: 'H',
			},
			// The page's own default is 480p.
			resolution: {
				wire: 'resolution',
				type: 'string',
				choices: PIXELS,
				default: '720p',
				send: 'always',
				confidence: 'H',
			},
			// One word on the wire.
			cameraFixed: {
				wire: 'camerafixed',
				type: 'boolean',
				default: false,
				send: 'set',
				confidence: 'H',
			},
			watermark: {
				wire: 'watermark',
				type: 'boolean',
				default: false,
				send: 'set',
				confidence: 'H',
			},
			seed: {
				wire: 'seed',
				type: 'integer',
				min: 0,
				max: LARGEST_SEED,
				send: 'set',
				confidence: 'H',
			},
		},
		images: { min: 0, max: 0, roles: [], transport: 'inline', confidence: 'M' },
		render: { typicalMs: 2.5 * MINUTE, giveUpMinutes: 20, confidence: 'L' },
	},
} satisfies Record<string, Family>;

export type FamilyName = keyof typeof FAMILIES;

/**
 * What a model of no family may be given: sent only where it is set, under the names that most models use. The
 * aspect ratio starts at 16:9, as it has always done, and can be left out.
 */
export const GENERIC_FIELDS: Fields = {
	aspectRatio: {
		wire: 'aspect_ratio',
		type: 'string',
		choices: ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9'],
		initial: '16:9',
		send: 'set',
		confidence: 'L',
	},
	duration: {
		wire: 'duration',
		type: 'integer',
		choices: ['4', '5', '6', '8', '10', '12', '15', '20', '25', '30'],
		send: 'set',
		confidence: 'L',
	},
	resolution: {
		wire: 'resolution',
		type: 'string',
		choices: PIXELS,
		send: 'set',
		confidence: 'L',
	},
	hd: { wire: 'hd', type: 'boolean', send: 'set', unoffered: true, confidence: 'L' },
	enhancePrompt: {
		wire: 'enhance_prompt',
		type: 'boolean',
		send: 'set',
		unoffered: true,
		confidence: 'L',
	},
	upscale: {
		wire: 'enable_upsample',
		type: 'boolean',
		send: 'set',
		unoffered: true,
		confidence: 'L',
	},
	promptExtend: {
		wire: 'prompt_extend',
		type: 'boolean',
		send: 'set',
		unoffered: true,
		confidence: 'L',
	},
	cameraFixed: {
		wire: 'camerafixed',
		type: 'boolean',
		send: 'set',
		unoffered: true,
		confidence: 'L',
	},
	audio: { wire: 'audio', type: 'boolean', send: 'set', unoffered: true, confidence: 'L' },
	watermark: { wire: 'watermark', type: 'boolean', send: 'set', confidence: 'L' },
	private: { wire: 'private', type: 'boolean', send: 'set', confidence: 'L' },
	seed: { wire: 'seed', type: 'integer', send: 'set', confidence: 'L' },
	negativePrompt: { wire: 'negative_prompt', type: 'string', send: 'set', confidence: 'L' },
	audioUrl: { wire: 'audio_url', type: 'string', send: 'set', unoffered: true, confidence: 'L' },
	template: { wire: 'template', type: 'string', send: 'set', unoffered: true, confidence: 'L' },
};

export const GENERIC_IMAGES: Images = {
	min: 0,
	roles: ['firstFrame', 'lastFrame', 'reference'],
	transport: 'inline',
	confidence: 'L',
};
