import { LABELS } from '../../nodes/Sora/panel/modelFields';
import {
	FIELD_NAMES,
	FIELDS,
	inRoleOrder,
	judge,
	rowOf,
	ROWS,
	videosRow,
	type FieldName,
	type ImageCounts,
	type Settings,
} from '../../nodes/Sora/gateway/models';

const judged = (model: string, settings: Settings, images?: ImageCounts) => {
	const row = rowOf(model);
	return judge(row, settings, images ?? { unassigned: row.images.min }, LABELS);
};
const bodyOf = (model: string, settings: Settings) => judged(model, settings).body;
const spellings = (text: string) => text.split('|').map((spelling) => spelling.trim());

/** A model of each kind of knowledge: certain, from one client, of a known family, unknown. */
const ALL_KINDS = ['veo3.1', 'veo3.1-fast', 'veo3.2', 'unheard-of-1'];

const [GROK, PRO, SEEDANCE] = ['grok-video-3', 'sora-2-pro', 'doubao-seedance-1-0-pro-250528'];

describe('what people write', () => {
	const PORTRAIT = `9:16 | 9 : 16 | 9：16 | ９：１６ | 9x16 | 9 X 16 | 9×16 | 9/16 | 9_16 | 9-16 | 9∶16 | 9 by 16 | 9:16 (vertical) |
		9:16 (Portrait) | Portrait (9:16) | portrait | Vertical | vertical video | PORTRAIT | 竖屏 | 1080x1920 |
		1080*1920 px | 9 / 16 | "9:16" | 9:16 for TikTok | Hochformat | 竖版视频 | portrait/vertical |
		“9:16” | 9–16 | 9:16:00 | 18:32 | ASPECT_9_16 | 纵向 | 縦長 | 9:16 (TikTok) | TikTok / Reels (9:16) | --ar 9:16 |
		9:16 for TikTok, Reels & Shorts | 📱 9:16 | <b>9:16</b> | **9:16** | 9:16 (1080x1920) | 480x832 | 1024x1792`;
	const LANDSCAPE = `16:9 (Landscape) | landscape | widescreen | Horizontal | 横屏 | 1920x1080 | 16:9 HD | 16 to 9 | wide screen |
		'16:9' | Querformat | landscape_16_9 | 1.78:1 | 横長 | Full HD 1920x1080 | 832x480 | 1792x1024 | ratio=16:9`;
	const SECONDS = `15 | 15s | 15 s | 15 sec | 15 Seconds | 15.0 | 00:15 | 0:00:15 | 15秒 | １５ | 0.25 min | 15-sec | "15" |
		15 Sekunden | 15 seg | 15″ | 0m 15s | 15,0 | 15sec. | 15 с | 15 секунд | 15 secondi | ~15 | PT15S |
		Duration: 15 | 15s (recommended) | 15 (seconds) | <p>15</p> | **15** | 15''`;
	const FULL_HD = `1080 | 1080p | 1080P |  1080P  | Full HD | full-hd | 1080i | 1080 p | 1080px | HD 1080p | 1080p (Full HD)`;
	it.each<[FieldName, unknown[], string[], object]>([
		['aspectRatio', spellings(PORTRAIT), ALL_KINDS, { aspect_ratio: '9:16' }],
		['aspectRatio', spellings(LANDSCAPE), ALL_KINDS, { aspect_ratio: '16:9' }],
		[
			'aspectRatio',
			spellings('square | 1:1 (Square) | 方形 | 1024x1024'),
			[GROK],
			{ ratio: '1:1' },
		],
		['aspectRatio', ['keep_ratio', 'Keep Ratio of Image'], [SEEDANCE], { ratio: 'keep_ratio' }],
		['duration', [...spellings(SECONDS), 15, 14.99], ['sora-2', 'sora-2-all'], { duration: '15' }],
		['duration', [...spellings(SECONDS), 15, 14.99], ['unheard-of-1', GROK], { duration: 15 }],
		['duration', [undefined, null, '', '  '], ['sora-2'], { duration: '10', aspect_ratio: '16:9' }],
		['hd', [true, 'true', 'TRUE', 'yes', 'Yes ', 'y', 'on', 1, '1', '１'], [PRO], { hd: true }],
		['hd', [false, 'false', 'FALSE', 'no', 'N', 'off', 0, '0'], [PRO], { hd: false }],
		['resolution', [1080, ...spellings(FULL_HD)], [GROK], { resolution: '1080P' }],
		[
			'resolution',
			spellings('4K | 4k UHD | Ultra HD | UHD | 2160p | 2160'),
			['x-1'],
			{ resolution: '4k' },
		],
		['resolution', ['native1080p', 'fhd', 'standard'], ['x-1'], {}],
		['resolution', ['not 720p'], ['x-1'], { resolution: 'not 720p' }],
		['aspectRatio', ['816x1024', '4:5'], ['x-1'], { aspect_ratio: '4:5' }],
		['resolution', ['', 'default', 'Model’s Default'], [GROK], { resolution: '720P' }],
	])('as %s, %j, is sent by %j as %j', (name, values, models, sent) => {
		for (const model of models) {
			const bodies = values.map((value) => ({ value, ...bodyOf(model, { [name]: value }) }));
			expect(bodies).toMatchObject(values.map((value) => ({ value, ...sent })));
		}
	});

	const NO_SHAPES = `cinematic | portait | vertical please | 16 | : | 16: | 0:9 | 16:0 | auto | 9:16 landscape |
		portrait or landscape | 1000x333 | 16:9:4 | not 16:9 | 16:9 or 9:16 | 4K | 16:9, 9:16 | 9/16/2026`;
	const NO_LENGTHS = `−5 | -5 | eight | ten seconds | 5-10 | 15000ms | 1e1 | 0s | 00:00 | 15,000 | 10 shots | 10 sections | 5,10 |
		0.000115740740740741`;
	it.each([
		['aspectRatio', 'a ratio such as 16:9', [...spellings(NO_SHAPES), true, 16, ['9:16'], {}]],
		[
			'duration',
			'a number of seconds greater than 0',
			[...spellings(NO_LENGTHS), 0, -5, Number.NaN, 1e15, true, [10], {}],
		],
		['watermark', 'true or false', ['often', 2, [true], {}]],
		['seed', 'a number', ['x', {}]],
	] as const)('is refused for every model unless it is a %s: %s', (name, wanted, values) => {
		for (const model of ['sora-2', 'grok-video-3', ...ALL_KINDS]) {
			const refusals = values.map((value) => judged(model, { [name]: value }).refusals);
			const refusal = `"${LABELS[name]}" must be ${wanted}, but is `;
			expect(refusals).toEqual(values.map(() => [expect.stringContaining(refusal)]));
		}
	});

	it('leaves out an empty aspect ratio', () => {
		for (const aspectRatio of ['', "Model's Default", 'default']) {
			expect(bodyOf('sora-2', { aspectRatio })).not.toHaveProperty('aspect_ratio');
		}
	});
});

it('sends no HD at 25 seconds', () => {
	const { values, body } = judged('sora-2-pro', { duration: 25, hd: false });
	expect(body).not.toHaveProperty('hd');
	expect(values).toMatchObject({ duration: '25' });
	expect(values).not.toHaveProperty('hd');
});

describe('what a model certainly does not support is refused', () => {
	it.each<[string, Settings, string]>([
		[
			'sora-2',
			{ hd: true },
			'"HD" is not offered by Sora 2: set it to off, or choose a model that has it, such as Sora 2 Pro',
		],
		[
			'veo3.1',
			{ duration: 10 },
			'"Duration" is not offered by Veo 3.1, whose videos are 8 seconds long: leave it empty, or choose a model that has it, such as Sora 2',
		],
		[
			'wan2.5-i2v-preview',
			{ aspectRatio: '9:16' },
			'"Aspect Ratio" is not offered by Wan 2.5 (First Frame): set it to 16:9, or choose a model that has it, such as Sora 2',
		],
		['veo3.1', { characterClip: true }, '"Character Clip" is not offered by Veo 3.1: leave it out'],
		['veo3.1', { storyboard: true }, '"Storyboard" is not offered by Veo 3.1: leave it out, or'],
		['sora-2', { duration: 6.7 }, '"Duration" must be 10 or 15 seconds for Sora 2, but is 6.7'],
		['sora-2', { aspectRatio: '4:3' }, '"Aspect Ratio" must be 16:9 or 9:16 for Sora 2, but is'],
		['grok-video-3', { resolution: '4k' }, '"Resolution" must be 480p, 720p or 1080p for Grok'],
		['wan2.2-t2v-plus', { seed: -1 }, '"Seed" must be 0 to 2147483647 for Wan 2.2 Plus, but is -1'],
		['wan2.2-t2v-plus', { seed: 1.5 }, '"Seed" must be a whole number for Wan 2.2 Plus, but is'],
		[
			'grok-video-3',
			{ duration: 18, resolution: '1080p' },
			'"Resolution" must be 720p for Grok Video where "Duration" is 18 seconds, but is 1080p',
		],
		[
			'sora-2-pro',
			{ duration: '25', hd: true },
			'"HD" must be off for Sora 2 Pro where "Duration" is 25 seconds, but is on',
		],
		// Nobody knows the size in pixels, so there is nothing to send.
		[
			'wan2.5-t2v-preview',
			{ aspectRatio: '4:3', resolution: '480p' },
			'"Aspect Ratio" must be 16:9, 9:16 or 1:1 for Wan 2.5 at 480p, but is 4:3',
		],
		...['4k', 'constructor'].map((resolution): [string, Settings, string] => [
			'wan2.5-t2v-preview',
			{ resolution },
			`"Resolution" must be 480p, 720p or 1080p for Wan 2.5, but is ${resolution}`,
		]),
	])('by %s: %j', (model, settings, words) => {
		expect(judged(model, settings).refusals).toEqual([expect.stringContaining(words)]);
	});

	it.each<[string, ImageCounts, string]>([
		['veo3.1', { unassigned: 3 }, '3 images are given, and Veo 3.1 takes 2 at most'],
		['veo3', { firstFrame: 1 }, '1 image is given, and Veo 3 makes videos from text alone'],
		['veo3.1-components', {}, 'no images are given, and Veo 3.1 References needs at least 1'],
		[
			'wanx2.1-kf2v-plus',
			{ firstFrame: 1 },
			'1 image is given, and Wan 2.1 (First and Last Frame) n',
		],
		['veo3.1', { lastFrame: 1 }, '"Last Frame" needs "First Frame": without one it would become'],
		['unheard-of-1', { lastFrame: 1 }, '"Last Frame" needs "First Frame": without one it would'],
		['veo3.1', { firstFrame: 2 }, '"First Frame" is one image, but there are 2'],
		['sora-2', { firstFrame: 1 }, '"First Frame" is not offered by Sora 2: change its role, or'],
	])('by %s: %j as images', (model, images, words) => {
		expect(judged(model, {}, images).refusals).toEqual([expect.stringContaining(words)]);
	});
});

describe('what a model may not support is sent, with a line in the log', () => {
	it.each<[string, Settings, object, string]>([
		['sora-2', { duration: 12 }, { duration: '12' }, '"Duration" should be 10 or 15 seconds for'],
		['veo3.1', { seed: 0 }, { seed: 0 }, '"Seed" should be 1 to 2147483647 for Veo 3.1, but is 0'],
		[
			'wanx2.1-kf2v-plus',
			{ resolution: '1080p' },
			{ resolution: '1080P' },
			'"Resolution" should be 720p for Wan 2.1 (First and Last Frame), but is "1080p"',
		],
		['wan2.2-t2v-plus', { resolution: '720p' }, { size: '1280*720' }, '"Resolution" should be'],
	])('by %s: %j', (model, settings, sent, words) => {
		const { refusals, notes, body } = judged(model, settings);
		expect({ refusals, notes }).toEqual({ refusals: [], notes: [expect.stringContaining(words)] });
		expect(notes[0]).toMatch(/\. It is sent anyway$/);
		expect(body).toMatchObject(sent);
	});

	it.each<[string, ImageCounts, number]>([
		['veo3.1-4k', { reference: 1 }, 1],
		['veo3.1-fast', { firstFrame: 1, lastFrame: 1, unassigned: 1 }, 1],
		['veo3.1-lite', { unassigned: 4 }, 1],
		['veo3.1', { firstFrame: 1, lastFrame: 1 }, 0],
		['grok-video-3', { reference: 7 }, 0],
		['unheard-of-1', { firstFrame: 1, lastFrame: 1, reference: 20 }, 0],
		['veo3.2-fast', { reference: 20 }, 0],
		['wan2.9-i2v', {}, 0],
	])('by %s: %j as images, with %i lines', (model, images, lines) => {
		const { refusals, notes } = judged(model, {}, images);
		expect({ refusals, lines: notes.length }).toEqual({ refusals: [], lines });
	});
});

it('omits settings that equal the model’s own behaviour', () => {
	const atRest: Settings = Object.fromEntries(
		FIELD_NAMES.map((name) => [name, FIELDS[name].resting ?? '']),
	);
	for (const { id, fields } of ROWS) {
		const { refusals, notes, body } = judged(id, atRest);
		expect([id, refusals, notes]).toEqual([id, [], []]);
		const wires = Object.values(fields).map(({ wire }) => wire);
		expect(wires).toEqual(expect.arrayContaining(Object.keys(body)));
	}
	expect(judged('veo3.1', { duration: '8' })).toMatchObject({
		...{ refusals: [], notes: [] },
		body: { aspect_ratio: '16:9' },
	});
});

it.each<[Settings, string | undefined]>([
	[{}, '1920*1080'],
	[{ aspectRatio: 'portrait', resolution: '720P' }, '720*1280'],
	[{ aspectRatio: '1:1' }, '1440*1440'],
	[{ aspectRatio: '4:3', resolution: '720p' }, '1088*832'],
	[{ aspectRatio: '' }, undefined],
	[{ aspectRatio: '', resolution: '480p' }, '832*480'],
	[{ resolution: '1280 × 720' }, '1280*720'],
	[{ aspectRatio: '1024*1024' }, '1024*1024'],
])('the size of a Wan video of %j is %s', (settings, size) => {
	expect(bodyOf('wan2.5-t2v-preview', settings).size).toBe(size);
});

it.each<[string, Settings, object]>([
	['some-model', {}, {}],
	['some-model', { aspectRatio: '9:16' }, { size: '720x1280' }],
	['some-model', { resolution: '480p' }, { size: '854x480' }],
	['some-model', { aspectRatio: '21:9', resolution: '768P' }, { size: '1792x768' }],
	['some-model', { aspectRatio: 'vertical', resolution: '4K UHD' }, { size: '2160x3840' }],
	['some-model', { aspectRatio: 'adaptive' }, { aspect_ratio: 'adaptive', resolution: '720p' }],
	['Wan-AI/Wan2.2-T2V', { resolution: '720p', aspectRatio: '1:1' }, { size: '960x960' }],
	['Wan-AI/Wan2.2-T2V', { resolution: '1080p' }, { size: '1920x1080' }],
	['seedance-2-0', { aspectRatio: '9:16' }, { size: '720x1280' }],
	[
		'doubao-seedance-2-0-260128',
		{ aspectRatio: '9:16', resolution: '1080p' },
		{ 'metadata.ratio': '9:16', 'metadata.resolution': '1080p' },
	],
])('%s on OpenAI Videos with %j is ordered with %j', (id, settings, body) => {
	expect(judge(videosRow(id), settings, {}, LABELS).body).toMatchObject(body);
	expect(judge(videosRow(id), settings, {}, LABELS).refusals).toEqual([]);
});

it('images are sent in the order of their roles', () => {
	const [reference, unassigned, lastFrame, firstFrame] = [['d', 'e'], ['c'], ['b'], ['a']];
	expect(inRoleOrder({ reference, unassigned, lastFrame, firstFrame }).join('')).toBe('abcde');
});

it.each<[string, Settings, object]>([
	['unheard-of-1', {}, {}],
	[
		'unheard-of-1',
		{ aspectRatio: '', duration: '', hd: false, audio: true, promptExtend: true },
		{},
	],
	[
		'unheard-of-1',
		{
			...{ aspectRatio: '16:9', duration: '12', resolution: '4K', seed: '7', upscale: true },
			...{ negativePrompt: ' rain ', watermark: false, private: true, cameraFixed: 'true' },
		},
		{
			...{ aspect_ratio: '16:9', duration: 12, resolution: '4k', enable_upsample: true },
			...{ camerafixed: true, watermark: false, private: true, seed: 7, negative_prompt: 'rain' },
		},
	],
	[
		'grok-video-4',
		{ duration: '40', resolution: '1080p' },
		{ ratio: '16:9', duration: 40, resolution: '1080P' },
	],
	[
		'veo3.2-fast',
		{ duration: '12', upscale: true },
		{ aspect_ratio: '16:9', duration: 12, enable_upsample: true },
	],
	['wan2.7-t2v', { resolution: '720p', audio: false }, { size: '1280*720', audio: false }],
	['wan2.7-t2v', { resolution: '4k' }, { size: '3840*2160' }],
])(
	'a model without a row, %s, gets what was set, by its family if any: %j',
	(id, settings, body) => {
		expect(judged(id, settings)).toMatchObject({ body, refusals: [], notes: [] });
		expect(bodyOf(id, settings)).toEqual(body);
	},
);
