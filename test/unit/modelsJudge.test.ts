import fc from 'fast-check';

import { LABELS } from '../../nodes/Sora/panel/modelFields';
import {
	FIELD_NAMES,
	FIELDS,
	inRoleOrder,
	judge,
	rowOf,
	ROWS,
	type Given,
	type ImageCounts,
} from '../../nodes/Sora/gateway/models';

const judged = (model: string, given: Given, images: ImageCounts = {}) =>
	judge(rowOf(model), given, images, LABELS);
const bodyOf = (model: string, given: Given) => judged(model, given).body;
const refused = (model: string, given: Given, images?: ImageCounts) =>
	judged(model, given, images).refusals;
/** What the log says, where nothing is refused. */
const noted = (model: string, given: Given, images?: ImageCounts) => {
	const { refusals, notes } = judged(model, given, images);
	expect(refusals).toEqual([]);
	return notes;
};

/** A model of each kind of knowledge: certain, from one client, of a known family, unknown. */
const ALL_KINDS = ['veo3.1', 'veo3.1-fast', 'veo3.2', 'unheard-of-1'];

describe('an aspect ratio', () => {
	it.each([
		[
			'9:16',
			`9:16 | 9 : 16 | 9：16 | ９：１６ | 9x16 | 9 X 16 | 9×16 | 9/16 | 9_16 | 9-16 | 9∶16 | 9 by 16 | 9:16 (vertical) |
			9:16 (Portrait) | Portrait (9:16) | portrait | Vertical | vertical video | PORTRAIT | 竖屏 | 1080x1920 |
			1080*1920 px | 9 / 16 | "9:16" | 9:16 for TikTok | Hochformat | 竖版视频 | portrait/vertical |
			“9:16” | 9–16 | 9:16:00 | 18:32 | ASPECT_9_16 | 纵向 | 縦長`,
		],
		[
			'16:9',
			`16:9 (Landscape) | landscape | widescreen | Horizontal | 横屏 | 1920x1080 | 16:9 HD | 16 to 9 | wide screen | '16:9' |
			Querformat | landscape_16_9 | 1.78:1 | 横長`,
		],
	])('%s has these spellings, for every model: %s', (ratio, spellings) => {
		for (const model of ALL_KINDS) {
			for (const aspectRatio of spellings.split('|')) {
				expect([aspectRatio, bodyOf(model, { aspectRatio })]).toEqual([
					aspectRatio,
					{ aspect_ratio: ratio },
				]);
			}
		}
	});

	it('may be square, or a word of the table', () => {
		for (const aspectRatio of ['square', '1:1 (Square)', '方形', '1024x1024']) {
			expect(bodyOf('grok-video-3', { aspectRatio })).toMatchObject({ ratio: '1:1' });
		}
		for (const aspectRatio of ['keep_ratio', 'Keep Ratio of Image']) {
			const body = bodyOf('doubao-seedance-1-0-pro-250528', { aspectRatio });
			expect(body).toMatchObject({ ratio: 'keep_ratio' });
		}
	});

	const NO_SHAPES = `cinematic | portait | vertical please | 16 | : | 16: | 0:9 | 16:0 | auto | 9:16 landscape |
		portrait or landscape | 1000x333 | 16:9:4 | not 16:9 | 16:9 or 9:16 | 4K`;
	it.each([...[...NO_SHAPES.split('|').map((shape) => shape.trim()), true, 16, ['9:16'], {}]])(
		'%j is none, and is refused for every model',
		(aspectRatio) => {
			for (const model of ALL_KINDS) {
				expect(refused(model, { aspectRatio })).toEqual([
					expect.stringContaining('"Aspect Ratio" must be a ratio such as 16:9, but is '),
				]);
			}
		},
	);

	it('is left out where it is empty, and the default where it is not given', () => {
		for (const aspectRatio of ['', "Model's Default"]) {
			expect(bodyOf('sora-2', { aspectRatio })).not.toHaveProperty('aspect_ratio');
		}
		expect(bodyOf('sora-2', {})).toHaveProperty('aspect_ratio', '16:9');
	});
});

describe('a length', () => {
	const SPELLINGS = `15 | 15s | 15 s | 15 sec | 15 Seconds | 15.0 | 00:15 | 0:00:15 | 15秒 | １５ | 0.25 min | 15-sec | "15" |
		15 Sekunden | 15 seg | 15″ | 0m 15s`;
	it.each([...[...SPELLINGS.split('|'), 15, 14.99]])('of %j is 15 seconds', (duration) => {
		expect(bodyOf('sora-2', { duration })).toMatchObject({ duration: '15' });
		expect(bodyOf('unheard-of-1', { duration })).toEqual({ duration: 15 });
	});

	const NO_LENGTHS = '−5|-5|eight|ten seconds|5-10|15000ms|1e1|0s|00:00|15,000'.split('|');
	it.each([...[...NO_LENGTHS, 0, -5, Number.NaN, 1e15, true, [10], {}]])(
		'%j is none, and is refused for every model',
		(duration) => {
			for (const model of ['sora-2', 'grok-video-3', ...ALL_KINDS]) {
				expect(refused(model, { duration })).toEqual([
					expect.stringContaining('"Duration" must be a number of seconds greater than 0'),
				]);
			}
		},
	);

	it('is the default where none is set', () => {
		for (const duration of [undefined, null, '', '  ']) {
			expect(bodyOf('sora-2', { duration })).toMatchObject({ duration: '10' });
		}
	});

	it('is text for Sora and its variants, and a number for other unknown models', () => {
		expect(bodyOf('sora-2-all', { duration: 12 })).toEqual({ duration: '12' });
		expect(bodyOf('unheard-of-1', { duration: '12' })).toEqual({ duration: 12 });
	});
});

describe('a switch', () => {
	it.each<[boolean, unknown[]]>([
		[true, [true, 'true', 'TRUE', 'yes', 'Yes ', 'y', 'on', 1, '1', '１']],
		[false, [false, 'false', 'FALSE', 'no', 'N', 'off', 0, '0']],
	])('is %s where a sheet says so', (isOn, spellings) => {
		for (const hd of spellings) expect(bodyOf('sora-2-pro', { hd })).toMatchObject({ hd: isOn });
	});

	it.each(['often', 2, [true], {}])('is not %j, whatever the model', (watermark) => {
		for (const model of ['sora-2', 'unheard-of-1']) {
			expect(refused(model, { watermark })).toEqual([
				expect.stringContaining('"Watermark" must be true or false, but is '),
			]);
		}
	});
});

it('takes a resolution in any spelling', () => {
	for (const resolution of [1080, '1080', '1080p', '1080P', ' 1080P ']) {
		expect(bodyOf('grok-video-3', { resolution })).toMatchObject({ resolution: '1080P' });
	}
});

it('sends no HD at 25 seconds', () => {
	expect(refused('sora-2-pro', { duration: '25', hd: true })).toEqual([
		'"HD" has no effect at 25 seconds: turn it off, or choose 10 or 15 seconds',
	]);
	const { values, body } = judged('sora-2-pro', { duration: 25, hd: false });
	expect(body).not.toHaveProperty('hd');
	expect(values).toMatchObject({ duration: '25' });
	expect(values).not.toHaveProperty('hd');
});

describe('a field that the model lacks', () => {
	it.each<[string, Given, string]>([
		[
			'sora-2',
			{ hd: true },
			'"HD" is not offered by Sora 2: turn it off, or choose a model that has it, such as Sora 2 Pro',
		],
		[
			'veo3.1',
			{ duration: 10 },
			'"Duration" is not offered by Veo 3.1, whose videos are 8 seconds long: leave it empty, or choose a model that has it, such as Sora 2',
		],
		[
			'wan2.5-i2v-preview',
			{ aspectRatio: '9:16' },
			'"Aspect Ratio" is not offered by Wan 2.5 (First Frame): leave it at 16:9, or choose a model that has it, such as Sora 2',
		],
		['veo3.1-fast', { private: 'no' }, '"Private" is not offered by Veo 3.1 Fast: leave it on, or'],
		[
			'veo3.1',
			{ characterClip: true },
			'"Character Clip" is not offered by Veo 3.1: leave it out, or choose a model that has it, such as Sora 2',
		],
		['veo3.1', { storyboard: true }, '"Storyboard" is not offered by Veo 3.1: leave it out, or'],
	])('of %s is refused by its label where %j was set', (model, given, words) => {
		const images = { unassigned: rowOf(model).images.min };
		expect(refused(model, given, images)).toEqual([expect.stringContaining(words)]);
	});

	it('is left out at rest, whatever the model, and nothing else is sent than the row has', () => {
		const atRest: Given = Object.fromEntries(
			FIELD_NAMES.map((name) => [name, FIELDS[name].resting ?? '']),
		);
		for (const { id, images, fields } of ROWS) {
			const { refusals, notes, body } = judged(id, atRest, { unassigned: images.min });
			expect([id, refusals, notes]).toEqual([id, [], []]);
			const wires = Object.values(fields).map(({ wire }) => wire);
			expect(wires).toEqual(expect.arrayContaining(Object.keys(body)));
		}
	});

	it('does not matter where it says what the model does anyway', () => {
		const same = judged('veo3.1', { duration: '8' });
		expect(same).toMatchObject({ body: { aspect_ratio: '16:9' }, refusals: [], notes: [] });
	});
});

describe('a value that the model does not offer', () => {
	it.each<[string, Given, string]>([
		['sora-2', { duration: '25' }, '"Duration" must be 10 or 15 seconds for Sora 2, but is "25"'],
		['sora-2', { duration: 6.7 }, '"Duration" must be 10 or 15 seconds for Sora 2, but is 6.7'],
		['sora-2', { aspectRatio: '4:3' }, '"Aspect Ratio" must be 16:9 or 9:16 for Sora 2, but is'],
		['grok-video-3', { resolution: '4k' }, '"Resolution" must be 480p, 720p or 1080p for Grok'],
		['wan2.2-i2v-plus', { resolution: '720P' }, '"Resolution" must be 480p or 1080p for Wan 2.2'],
		['wan2.2-t2v-plus', { seed: -1 }, '"Seed" must be 0 to 2147483647 for Wan 2.2 Plus, but is -1'],
		[
			'wan2.2-t2v-plus',
			{ seed: 1.5 },
			'"Seed" must be a whole number for Wan 2.2 Plus, but is 1.5',
		],
		['wan2.2-t2v-plus', { seed: 'x' }, '"Seed" must be a number, but is "x"'],
		[
			'grok-video-3',
			{ duration: 20, resolution: '1080p' },
			'"Resolution" must be 720p for Grok Video where "Duration" is more than 15 seconds, but is',
		],
	])('by %s is refused where that is certain: %j', (model, given, words) => {
		const images = { unassigned: rowOf(model).images.min };
		expect(refused(model, given, images)).toEqual([expect.stringContaining(words)]);
	});

	it.each<[string, Given, object, string]>([
		['sora-2', { duration: 12 }, { duration: '12' }, '"Duration" should be 10 or 15 seconds for'],
		['grok-video-3', { duration: 12 }, { duration: 12 }, '"Duration" should be 6, 10, 15, 20, 25'],
		[
			'grok-video-3',
			{ duration: 6, resolution: '1080P' },
			{ duration: 6, resolution: '1080P' },
			'"Duration" should be 10 or 15 seconds for Grok Video where "Resolution" is 1080p, but is 6',
		],
		['veo3.1', { seed: 0 }, { seed: 0 }, '"Seed" should be 1 to 2147483647 for Veo 3.1, but is 0'],
		[
			'wanx2.1-kf2v-plus',
			{ resolution: '1080p' },
			{ resolution: '1080P' },
			'"Resolution" should be 720p for Wan 2.1 (First and Last Frame), but is "1080p"',
		],
		[
			'veo3.1-fast',
			{ aspectRatio: '1:1' },
			{ aspect_ratio: '1:1' },
			'"Aspect Ratio" should be 16:9 or 9:16 for Veo 3.1 Fast, but is "1:1"',
		],
	])('by %s is sent with a line in the log where it is not: %j', (model, given, sent, words) => {
		const images = { unassigned: rowOf(model).images.min };
		expect(noted(model, given, images)).toEqual([
			expect.stringMatching(/\. It is sent all the same$/),
		]);
		expect(noted(model, given, images)[0]).toContain(words);
		expect(bodyOf(model, given)).toMatchObject(sent);
	});
});

describe('the size of a Wan video', () => {
	const size = (given: Given, model = 'wan2.5-t2v-preview') => bodyOf(model, given).size;

	it.each<[Given, string | undefined]>([
		[{}, '1920*1080'],
		[{ aspectRatio: 'portrait', resolution: '720P' }, '720*1280'],
		[{ aspectRatio: '1:1' }, '1440*1440'],
		[{ aspectRatio: '4:3', resolution: '720p' }, '1088*832'],
		[{ aspectRatio: '' }, undefined],
		[{ aspectRatio: '', resolution: '480p' }, '832*480'],
		[{ resolution: '1280 × 720' }, '1280*720'],
		[{ aspectRatio: '1024*1024' }, '1024*1024'],
	])('of %j is %s', (given, expected) => {
		expect(size(given)).toBe(expected);
	});

	it('that a sister model has is sent, with a line in the log', () => {
		expect(noted('wan2.2-t2v-plus', { resolution: '720p' })).toHaveLength(1);
		expect(size({ resolution: '720p' }, 'wan2.2-t2v-plus')).toBe('1280*720');
	});

	it('that nobody knows in pixels is refused: there is nothing to send', () => {
		expect(refused('wan2.5-t2v-preview', { aspectRatio: '4:3', resolution: '480p' })).toEqual([
			'"Aspect Ratio" must be 16:9, 9:16 or 1:1 for Wan 2.5 at 480p, but is 4:3',
		]);
		for (const resolution of ['4k', 'constructor']) {
			expect(refused('wan2.5-t2v-preview', { resolution })).toEqual([
				`"Resolution" must be 480p, 720p or 1080p for Wan 2.5, but is ${resolution}`,
			]);
		}
	});
});

describe('the images of a model', () => {
	it.each<[string, ImageCounts, string]>([
		['veo3.1', { unassigned: 3 }, '3 images are given, and the gateway takes 2 at most for Veo'],
		['veo3', { firstFrame: 1 }, '1 image is given, and Veo 3 makes videos from text alone'],
		['veo3', { unassigned: 1 }, '1 image is given, and Veo 3 makes videos from text alone'],
		[
			'veo3.1-components',
			{},
			'Veo 3.1 References needs "Images": at least 1, but no images are given',
		],
		[
			'wanx2.1-kf2v-plus',
			{ firstFrame: 1 },
			'needs "Images": "First Frame" and "Last Frame", but 1 image is given',
		],
		['wan2.5-i2v-preview', {}, 'needs "Images": "First Frame", but no images are given'],
		['veo3.1', { lastFrame: 1 }, '"Last Frame" needs "First Frame": without one it would become'],
		['unheard-of-1', { lastFrame: 1 }, '"Last Frame" needs "First Frame": without one it would'],
		['veo3.1', { firstFrame: 2 }, '"First Frame" is one image, but there are 2'],
		['grok-video-3', { reference: 8 }, '8 images are given, and the gateway takes 7 at most for'],
		['sora-2', { firstFrame: 1 }, '"First Frame" is not offered by Sora 2: change its role, or'],
		['sora-2', { unassigned: 5 }, '5 images are given, and the gateway takes 4 at most for Sora 2'],
	])('%s refuses %j', (model, images, words) => {
		expect(refused(model, {}, images)).toEqual([expect.stringContaining(words)]);
	});

	it.each<[string, ImageCounts]>([
		['veo3.1-4k', { reference: 1 }],
		['veo3.1-fast', { firstFrame: 1, lastFrame: 1, unassigned: 1 }],
		['veo3.1-lite', { unassigned: 4 }],
	])('%s is sent %j, with a line in the log', (model, images) => {
		expect(noted(model, {}, images)).toHaveLength(1);
	});

	it.each<[string, ImageCounts]>([
		['veo3.1', { firstFrame: 1, lastFrame: 1 }],
		['veo3.1', { unassigned: 2 }],
		['grok-video-3', { reference: 7 }],
		['unheard-of-1', { firstFrame: 1, lastFrame: 1, reference: 20 }],
		['veo3.2-fast', { reference: 20 }],
		['wan2.9-i2v', {}],
	])('%s takes %j', (model, images) => {
		expect(noted(model, {}, images)).toEqual([]);
	});

	it('are sent in the order of their roles', () => {
		const [reference, unassigned, lastFrame, firstFrame] = [['d', 'e'], ['c'], ['b'], ['a']];
		expect(inRoleOrder({ reference, unassigned, lastFrame, firstFrame })).toEqual([
			...['a', 'b', 'c', 'd', 'e'],
		]);
	});
});

describe('a model without a row', () => {
	it('is sent nothing that was not set', () => {
		const untouched = { aspectRatio: '', duration: '', hd: false, audio: true, promptExtend: true };
		for (const given of [{}, untouched]) {
			expect(judged('unheard-of-1', given)).toMatchObject({ body: {}, refusals: [], notes: [] });
		}
	});

	it('is sent what was set, under the names that most models use', () => {
		const given = {
			...{ aspectRatio: '16:9', duration: '12', resolution: '4K', seed: '7', upscale: true },
			...{ negativePrompt: ' rain ', watermark: false, private: true, cameraFixed: 'true' },
		};
		expect(bodyOf('unheard-of-1', given)).toEqual({
			aspect_ratio: '16:9',
			duration: 12,
			resolution: '4k',
			enable_upsample: true,
			camerafixed: true,
			watermark: false,
			private: true,
			seed: 7,
			negative_prompt: 'rain',
		});
	});

	it.each<[string, Given, object]>([
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
		['wan2.7-t2v', { resolution: '4k' }, { aspect_ratio: '16:9', resolution: '4k' }],
	])('of a known family, %s, is sent what that takes and what else was set', (id, given, body) => {
		expect(bodyOf(id, given)).toEqual(body);
	});

	it('of no family is not measured by what others offer', () => {
		expect(noted('unheard-of-1', { duration: 7, aspectRatio: '5:4' })).toEqual([]);
		expect(noted('grok-video-4', { duration: 40 })).toHaveLength(1);
	});
});

describe('the check of any model', () => {
	const values = fc.oneof(
		fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
		fc.constantFrom('16:9', '10', 5, true, 'false', '720p', '1080P', '', '  ', '7.5', -1, 1e30),
	);
	const given = fc.record(Object.fromEntries(FIELD_NAMES.map((name) => [name, values])), {
		requiredKeys: [],
	});
	const counts = fc.record(
		{
			firstFrame: fc.nat(2),
			lastFrame: fc.nat(2),
			reference: fc.nat(9),
			unassigned: fc.nat(9),
		},
		{ requiredKeys: [] },
	);
	const ids = fc.oneof(
		fc.constantFrom(...ROWS.map(({ id }) => id)),
		fc.constantFrom('veo3.2-fast', 'grok-video-4', 'wan2.7-t2v', 'wan2.9-kf2v', 'constructor'),
		fc.string(),
	);

	it('never throws, explains everything, and sends JSON under names that the model has', () => {
		fc.assert(
			fc.property(ids, given, counts, (id, fields, images) => {
				const { body, refusals, notes } = judged(id, fields, images);
				for (const sentence of [...refusals, ...notes]) {
					expect(sentence).not.toContain('undefined');
					expect(sentence.length).toBeLessThan(400);
				}
				const wires = Object.values(rowOf(id).fields).map(({ wire }) => wire);
				expect([...wires, 'aspect_ratio', 'resolution']).toEqual(
					expect.arrayContaining(Object.keys(body)),
				);
				expect(JSON.parse(JSON.stringify(body))).toEqual(body);
				expect(Object.values(body)).not.toContain(null);
			}),
			{ numRuns: 1_000 },
		);
	});
});
