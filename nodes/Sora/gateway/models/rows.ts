/**
 * The models on `POST /v2/videos/generations`, by family, as of August 2026, from the API's documentation and
 * maintained public clients. A row contains only what differs from its family, a family only what differs from most
 * models.
 */
import {
	always,
	fieldsOf,
	firstFrame,
	genericRow,
	GENERIC_FIELDS,
	images,
	only,
	PIXELS,
	rowFinder,
	UNOFFERED_FIELDS,
	WIDE_AND_TALL,
	type FieldSpecs,
	type ModelField,
	type ModelRow,
	type Sizes,
} from './row';

type Entry = Partial<Omit<ModelRow, 'fields'>> & { id: string; name: string; fields?: FieldSpecs };

interface Family extends Pick<ModelRow, 'images' | 'sizes' | 'fixedSeconds' | 'hasCharacters'> {
	/** Its name in the documentation. */
	title: string;
	/** ID prefixes, for the panel, which cannot use patterns. */
	begins: readonly string[];
	/** Matches IDs of models without a row that belong to the family; by default the prefixes in `begins`. */
	pattern?: RegExp;
	fields: FieldSpecs;
	models: readonly Entry[];
}

const model = (id: string, name: string, more: Partial<Entry> = {}): Entry => ({
	id,
	name,
	...more,
});
const uncertain = true as const;
/** Offered only if the gateway lists it. */
const ifListed = { listed: undefined };
const CLOSED = 'closed upstream 2026-09-24';

const TEXT_ONLY = { images: images(0, 0) };
const FRAMES = { images: images(0, 2, 'firstFrame', 'lastFrame') };
const REFERENCES = { images: images(1, 3, 'reference') };
/** The documentation of the first frame does not mention an aspect ratio: the picture's applies. */
const FROM_FRAME = { fields: { aspectRatio: { send: undefined } }, images: firstFrame(1) };
/** Only third-generation Veo models have an aspect ratio. */
const VEO_2 = { ...ifListed, fields: { aspectRatio: null } };

const seed = (min: number, more?: Partial<ModelField>) => ({ min, max: 2_147_483_647, ...more });
const IN_CAPITALS = { spelled: { '480p': '480P', '720p': '720P', '1080p': '1080P' } };

/** Clients of Grok send any whole number up to 30. */
const OVER_15 = Array.from({ length: 15 }, (_, index) => String(16 + index));

/** From Wan's documentation; the sizes are from one client's list. */
export const WAN_SIZES = {
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
/** Common to all three pages of Wan's documentation. */
const WAN = {
	duration: { choices: ['5', '10'], default: '5' },
	promptExtend: {},
	watermark: {},
	seed: seed(0, { refuses: 'others' }),
	negativePrompt: {},
} satisfies FieldSpecs;
const SOUND = { audio: {}, audioUrl: {} };
const pixels = (...choices: string[]) => ({ resolution: { choices, default: choices.at(-1) } });
const fiveSeconds = (...resolutions: string[]) => ({
	...pixels(...resolutions),
	duration: { choices: ['5'] },
});
const THREE_SHAPES = { aspectRatio: { choices: [...WIDE_AND_TALL, '1:1'] } };

/** To add a model, add a line. */
const TABLE: readonly Family[] = [
	{
		title: 'Sora',
		begins: [],
		fields: {
			aspectRatio: { ...only(...WIDE_AND_TALL), send: 'always' },
			duration: {
				...always('10'),
				asText: true,
				choices: ['10', '15'],
				elsewhere: ['4', '8', '12'],
			},
			hd: { send: 'always' },
			watermark: {},
			private: {},
		},
		// No documentation gives a maximum, but all clients stop at four.
		images: images(0, 4, 'reference'),
		hasCharacters: true,
		models: [
			model('sora-2', 'Sora 2', {
				status: CLOSED,
				fields: { duration: { refuses: ['25'] }, hd: null },
			}),
			model('sora-2-pro', 'Sora 2 Pro', {
				status: CLOSED,
				fields: { duration: { choices: ['10', '15', '25'] } },
				rules: [{ when: ['duration', '25'], then: ['hd', false] }],
			}),
		],
	},
	{
		title: 'Veo',
		begins: ['veo2', 'veo3'],
		fixedSeconds: 8,
		fields: {
			aspectRatio: { ...only(...WIDE_AND_TALL), send: 'always' },
			enhancePrompt: {},
			upscale: {},
			// Two clients send it; the documentation does not mention it.
			seed: seed(1),
		},
		images: images(0, 3, 'firstFrame', 'lastFrame', 'reference'),
		models: [
			model('veo3.1-fast', 'Veo 3.1 Fast', { uncertain, ...FRAMES }),
			model('veo3.1', 'Veo 3.1', FRAMES),
			model('veo3.1-pro', 'Veo 3.1 Pro', FRAMES),
			model('veo3.1-components', 'Veo 3.1 References', REFERENCES),
			// One client offers images, another text only.
			model('veo3.1-4k', 'Veo 3.1 4K', { uncertain, ...FRAMES }),
			model('veo3.1-pro-4k', 'Veo 3.1 Pro 4K', { uncertain, ...FRAMES }),
			model('veo3.1-components-4k', 'Veo 3.1 References 4K', { uncertain, ...REFERENCES }),
			// A sister site takes text only. The key must be in a special group.
			model('veo3.1-lite', 'Veo 3.1 Lite', { uncertain, images: images(0, 3, 'reference') }),
			model('veo3', 'Veo 3', TEXT_ONLY),
			model('veo3-fast', 'Veo 3 Fast', TEXT_ONLY),
			model('veo3-pro', 'Veo 3 Pro', TEXT_ONLY),
			model('veo3-fast-frames', 'Veo 3 Fast (First Frame)', { uncertain, ...FROM_FRAME }),
			model('veo3-pro-frames', 'Veo 3 Pro (First Frame)', FROM_FRAME),
			model('veo2', 'Veo 2', { ...VEO_2, ...TEXT_ONLY }),
			model('veo2-fast', 'Veo 2 Fast', { ...VEO_2, ...TEXT_ONLY }),
			model('veo2-pro', 'Veo 2 Pro', { ...VEO_2, uncertain, images: firstFrame(0) }),
			model('veo2-fast-frames', 'Veo 2 Fast (Frames)', {
				...VEO_2,
				images: images(1, 2, 'firstFrame', 'lastFrame'),
			}),
			model('veo2-fast-components', 'Veo 2 Fast (References)', { ...VEO_2, ...REFERENCES }),
		],
	},
	{
		title: 'Grok Video',
		begins: ['grok-video'],
		fields: {
			// With images, the video takes their aspect ratio.
			aspectRatio: {
				wire: 'ratio',
				...only(...WIDE_AND_TALL, '1:1', '3:2', '2:3'),
				send: 'always',
			},
			// The documentation lists 5, 10 and 15; clients 6, 10, 15 and anything up to 30.
			duration: { choices: ['6', '10', '15', '20', '25', '30'], ...always('10') },
			resolution: { ...only(...PIXELS), ...IN_CAPITALS, ...always('720p') },
			seed: seed(1),
		},
		images: { ...images(0, 7, 'reference'), transport: 'url', mention: '@img1' },
		models: [
			model('grok-video-3', 'Grok Video', {
				rules: [{ when: ['duration', ...OVER_15], then: ['resolution', '720p'] }],
			}),
		],
	},
	{
		title: 'Wan, from text',
		begins: ['wan2.2-t2v', 'wan2.5-t2v', 'wanx2.1-t2v'],
		pattern: /^wanx?2\.\d-t2v/,
		fields: {
			...WAN,
			aspectRatio: {
				wire: 'size',
				choices: [...WIDE_AND_TALL, '1:1', '4:3', '3:4'],
				send: 'always',
			},
			resolution: { wire: 'size', choices: PIXELS, ...always('1080p') },
		},
		sizes: WAN_SIZES,
		...TEXT_ONLY,
		models: [
			model('wan2.5-t2v-preview', 'Wan 2.5', { uncertain, fields: SOUND }),
			model('wan2.2-t2v-plus', 'Wan 2.2 Plus', { fields: fiveSeconds('480p', '1080p') }),
			model('wanx2.1-t2v-turbo', 'Wan 2.1 Turbo', {
				...ifListed,
				fields: { ...THREE_SHAPES, ...fiveSeconds('480p', '720p') },
			}),
			model('wanx2.1-t2v-plus', 'Wan 2.1 Plus', {
				...ifListed,
				fields: { ...THREE_SHAPES, ...fiveSeconds('720p') },
			}),
		],
	},
	{
		title: 'Wan, from a first frame',
		begins: ['wan2.2-i2v', 'wan2.5-i2v', 'wanx2.1-i2v'],
		pattern: /^wanx?2\.\d-i2v/,
		fields: { ...WAN, resolution: { ...only(...PIXELS), ...IN_CAPITALS }, template: {} },
		images: firstFrame(1),
		models: [
			model('wan2.5-i2v-preview', 'Wan 2.5 (First Frame)', {
				fields: { ...pixels(...PIXELS), template: null, ...SOUND },
			}),
			model('wan2.2-i2v-plus', 'Wan 2.2 Plus (First Frame)', {
				fields: fiveSeconds('480p', '1080p'),
			}),
			model('wan2.2-i2v-flash', 'Wan 2.2 Flash (First Frame)', {
				fields: fiveSeconds('480p', '720p'),
			}),
			model('wanx2.1-i2v-turbo', 'Wan 2.1 Turbo (First Frame)', {
				...ifListed,
				fields: fiveSeconds('480p', '720p'),
			}),
			model('wanx2.1-i2v-plus', 'Wan 2.1 Plus (First Frame)', {
				...ifListed,
				fields: fiveSeconds('720p'),
			}),
		],
	},
	{
		title: 'Wan, from a first and a last frame',
		begins: ['wanx2.1-kf2v'],
		pattern: /^wanx?2\.\d-kf2v/,
		fields: {
			...WAN,
			duration: { choices: ['5'], default: '5' },
			resolution: { choices: ['720p'], ...IN_CAPITALS },
			seed: seed(0),
		},
		images: images(2, 2, 'firstFrame', 'lastFrame'),
		models: [model('wanx2.1-kf2v-plus', 'Wan 2.1 (First and Last Frame)')],
	},
	{
		title: 'Seedance 1.0',
		begins: ['doubao-seedance-1-0'],
		fields: {
			aspectRatio: {
				wire: 'ratio',
				...only(...WIDE_AND_TALL, '1:1', '4:3', '3:4', '21:9', '9:21', 'adaptive', 'keep_ratio'),
				send: 'always',
			},
			duration: { choices: ['5', '10'], ...always('5') },
			// The documented default is 480p.
			resolution: { ...only(...PIXELS), ...always('720p') },
			cameraFixed: {},
			watermark: {},
			seed: seed(0, { refuses: 'others' }),
		},
		...FRAMES,
		models: [
			model('doubao-seedance-1-0-pro-250528', 'Seedance 1.0 Pro', { images: firstFrame(0) }),
			model('doubao-seedance-1-0-lite-t2v-250428', 'Seedance 1.0 Lite', TEXT_ONLY),
			// Upstream also takes references; how this route would distinguish them is undocumented.
			model('doubao-seedance-1-0-lite-i2v-250428', 'Seedance 1.0 Lite (From Images)', {
				uncertain,
				images: images(1, 2, 'firstFrame', 'lastFrame'),
			}),
		],
	},
];

export const FAMILIES = TABLE.map(({ models, title, begins, pattern, fields, ...shared }) => {
	const rows = models.map(
		(row): ModelRow => ({
			...{ known: true, listed: true, rules: [], ...shared, ...row },
			fields: fieldsOf(row.fields ?? {}, fields),
		}),
	);
	return { title, begins, pattern, fields: fieldsOf(fields), shared, rows };
});
export const ROWS: readonly ModelRow[] = FAMILIES.flatMap(({ rows }) => rows);

/** The model of a new node. */
export const STANDARD_ROW = ROWS[0] as ModelRow;

const rowCalled = rowFinder(ROWS);

/** What is known about a model: its row, else its family's fields without limits, else those of most models. */
export function rowOf(id: string): ModelRow {
	const row = rowCalled(id);
	if (row) return row;
	const family = FAMILIES.find(
		({ pattern, begins }) => pattern?.test(id) ?? begins.some((begin) => id.startsWith(begin)),
	);
	if (family) {
		const { images, sizes } = family.shared;
		const fields = { ...UNOFFERED_FIELDS, ...family.fields };
		return { ...genericRow(id), fields, sizes, images: { ...images, min: 0, max: undefined } };
	}
	// Sora takes seconds as text, and so do its variants at other gateways.
	const asText = /sora/i.test(id);
	const duration = { ...GENERIC_FIELDS.duration, asText };
	return { ...genericRow(id), fields: { ...GENERIC_FIELDS, duration }, hasCharacters: true };
}
