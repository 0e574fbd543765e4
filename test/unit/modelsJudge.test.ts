import fc from 'fast-check';

import { generationRequest } from '../../nodes/Sora/gateway/contract';
import {
	doubt,
	FIELD_NAMES,
	FIELDS,
	inRoleOrder,
	judge,
	modelFields,
	refusal,
	rowOf,
	ROWS,
	type FieldKey,
	type Given,
	type ImageCounts,
} from '../../nodes/Sora/gateway/models';
import { FIELD_LABELS } from '../docs/models';

/** Any labels do: the panel's own are its affair. */
const LABELS: Record<FieldKey, string> = {
	...FIELD_LABELS,
	firstFrame: 'First Frame',
	lastFrame: 'Last Frame',
	reference: 'Reference Images',
	characterClip: 'Character Clip',
};

const judged = (model: string, given: Given, images?: ImageCounts) => {
	const { body, refusals, doubts } = judge(rowOf(model), given, images);
	return {
		body,
		refusals: refusals.map((one) => refusal(one, LABELS)),
		doubts: doubts.map((one) => doubt(one, LABELS)),
	};
};
const refused = (model: string, given: Given, images?: ImageCounts) =>
	judged(model, given, images).refusals;
const doubted = (model: string, given: Given, images?: ImageCounts) => {
	const { refusals, doubts } = judged(model, given, images);
	expect(refusals).toEqual([]);
	return doubts;
};

describe('the body of a Sora video', () => {
	const durations = { 'sora-2': ['10', '15'], 'sora-2-pro': ['10', '15', '25'] };
	const optional = (values: unknown[]) =>
		fc.constantFrom<unknown>(undefined, ...values) as fc.Arbitrary<never>;

	it('is the same to the letter as before there were rows', () => {
		const orders = fc.constantFrom('sora-2' as const, 'sora-2-pro' as const).chain((model) =>
			fc.record({
				model: fc.constant(model),
				aspectRatio: fc.constantFrom('16:9', '9:16'),
				duration: fc.constantFrom(...durations[model]),
				hd: fc.boolean(),
				images: optional([['https://example.com/a.png']]) as fc.Arbitrary<string[] | undefined>,
				watermark: optional([true, false]) as fc.Arbitrary<boolean | undefined>,
				private: optional([true, false]) as fc.Arbitrary<boolean | undefined>,
				notifyHook: optional(['https://example.com/hook']) as fc.Arbitrary<string | undefined>,
			}),
		);
		fc.assert(
			fc.property(orders, ({ model, aspectRatio, duration, hd, ...rest }) => {
				const offersHd = model === 'sora-2-pro' && duration !== '25';
				fc.pre(offersHd || !hd);
				const before = generationRequest({
					prompt: 'A boat',
					model,
					aspectRatio,
					duration,
					...(offersHd && { hd }),
					...rest,
				});
				const { images, notifyHook, ...given } = rest;
				const now = generationRequest({
					prompt: 'A boat',
					model,
					images,
					notifyHook,
					fields: modelFields(rowOf(model), { aspectRatio, duration, hd, ...given }),
				});
				expect(JSON.stringify(now)).toBe(JSON.stringify(before));
			}),
			{ numRuns: 500 },
		);
	});

	it('takes a length as a number, and as text with its unit', () => {
		for (const duration of [15, '15', ' 15 ', '15s', '15 seconds', '15.0']) {
			expect(modelFields(rowOf('sora-2'), { duration })).toMatchObject({ duration: '15' });
		}
	});

	it('takes a resolution in any spelling', () => {
		for (const resolution of [1080, '1080', '1080p', '1080P', ' 1080P ']) {
			expect(modelFields(rowOf('grok-video-3'), { resolution })).toMatchObject({
				resolution: '1080P',
			});
		}
	});

	it('takes the default length where none is set, an empty one as well', () => {
		for (const duration of [undefined, null, '', '  ']) {
			expect(modelFields(rowOf('sora-2'), { duration })).toMatchObject({ duration: '10' });
		}
	});

	it('leaves the aspect ratio out where it is empty, and sends the default where it is not given', () => {
		expect(modelFields(rowOf('sora-2'), { aspectRatio: '' })).not.toHaveProperty('aspect_ratio');
		expect(modelFields(rowOf('sora-2'), {})).toHaveProperty('aspect_ratio', '16:9');
	});

	it('has no HD at 25 seconds', () => {
		expect(refused('sora-2-pro', { duration: '25', hd: true })).toEqual([
			'"HD" has no effect at 25 seconds: turn it off, or choose 10 or 15 seconds',
		]);
		const { values, body } = judge(rowOf('sora-2-pro'), { duration: 25, hd: false });
		expect(body).not.toHaveProperty('hd');
		expect(values).toMatchObject({ duration: '25' });
		expect(values).not.toHaveProperty('hd');
	});
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
		[
			'veo3.1-fast',
			{ private: 'false' },
			'"Private" is not offered by Veo 3.1 Fast: leave it on, or choose a model that has it, such as Sora 2',
		],
		[
			'grok-video-3',
			{ negativePrompt: 'rain' },
			'"Negative Prompt" is not offered by Grok Video: leave it empty, or choose a model that has it, such as Wan 2.5',
		],
		[
			'veo3.1',
			{ characterClip: true },
			'"Character Clip" is not offered by Veo 3.1: leave it out, or choose a model that has it, such as Sora 2',
		],
	])('of %s is refused by its label where %j was set', (model, given, words) => {
		expect(refused(model, given)).toEqual([expect.stringContaining(words)]);
	});

	it('is left out at rest, whatever the model', () => {
		const atRest: Given = Object.fromEntries(
			FIELD_NAMES.map((name) => [name, FIELDS[name].resting ?? '']),
		);
		for (const row of ROWS) {
			const images = { unassigned: row.images.min };
			const { refusals, doubts, body } = judge(row, { ...atRest, characterClip: false }, images);
			expect([row.id, refusals, doubts]).toEqual([row.id, [], []]);
			const wires = Object.values(row.fields).map(({ wire }) => wire);
			expect(wires).toEqual(expect.arrayContaining(Object.keys(body)));
		}
	});

	it('is no matter where it says what the model does anyway', () => {
		expect(judged('veo3.1', { duration: '8' })).toEqual({
			body: { aspect_ratio: '16:9' },
			refusals: [],
			doubts: [],
		});
	});
});

describe('a value that the model does not offer', () => {
	it.each<[string, Given, string]>([
		['sora-2', { duration: '25' }, '"Duration" must be 10 or 15 seconds for Sora 2, but is 25'],
		[
			'sora-2',
			{ aspectRatio: '4:3' },
			'"Aspect Ratio" must be 16:9 or 9:16 for Sora 2, but is "4:3"',
		],
		[
			'grok-video-3',
			{ resolution: '4k' },
			'"Resolution" must be 480p, 720p or 1080p for Grok Video, but is "4k"',
		],
		[
			'wan2.2-i2v-plus',
			{ resolution: '720P' },
			'"Resolution" must be 480p or 1080p for Wan 2.2 Plus (First Frame), but is "720P"',
		],
		['wan2.2-t2v-plus', { seed: -1 }, '"Seed" must be 0 to 2147483647 for Wan 2.2 Plus, but is -1'],
		[
			'grok-video-3',
			{ duration: 20, resolution: '1080p' },
			'"Resolution" must be 720p for Grok Video where "Duration" is more than 15 seconds, but is "1080p"',
		],
		[
			'sora-2',
			{ duration: 'long' },
			'"Duration" must be a number of seconds for Sora 2, but is long',
		],
		['sora-2-pro', { hd: 'often' }, '"HD" must be true or false for Sora 2 Pro, but is "often"'],
		[
			'doubao-seedance-1-0-pro-250528',
			{ duration: 7.5 },
			'"Duration" must be a whole number of seconds for Seedance 1.0 Pro, but is 7.5',
		],
		[
			'doubao-seedance-1-0-pro-250528',
			{ seed: 'x' },
			'"Seed" must be a whole number for Seedance 1.0 Pro, but is "x"',
		],
		[
			'sora-2',
			{ aspectRatio: { a: 1 } },
			'"Aspect Ratio" must be text for Sora 2, but is an object',
		],
	])('by %s is refused where that is certain: %j', (model, given, words) => {
		expect(refused(model, given)[0]).toBe(words);
	});

	it.each<[string, Given, object, string]>([
		[
			'sora-2',
			{ duration: 12 },
			{ duration: '12' },
			'"Duration" should be 10 or 15 seconds for Sora 2, but is 12. It is sent all the same',
		],
		[
			'grok-video-3',
			{ duration: 12 },
			{ duration: 12 },
			'"Duration" should be 6, 10, 15, 20, 25 or 30 seconds for Grok Video, but is 12. It is sent all the same',
		],
		[
			'grok-video-3',
			{ duration: 6, resolution: '1080P' },
			{ duration: 6, resolution: '1080P' },
			'"Duration" should be 10 or 15 seconds for Grok Video where "Resolution" is 1080p, but is 6. It is sent all the same',
		],
		[
			'veo3.1',
			{ seed: 0 },
			{ seed: 0 },
			'"Seed" should be 1 to 2147483647 for Veo 3.1, but is 0. It is sent all the same',
		],
		[
			'wanx2.1-kf2v-plus',
			{ resolution: '1080p' },
			{ resolution: '1080P' },
			'"Resolution" should be 720p for Wan 2.1 (First and Last Frame), but is "1080p". It is sent all the same',
		],
		[
			'veo3.1-fast',
			{ aspectRatio: '1:1' },
			{ aspect_ratio: '1:1' },
			'"Aspect Ratio" should be 16:9 or 9:16 for Veo 3.1 Fast, but is "1:1". It is sent all the same',
		],
	])('by %s is sent with a line for the log where it is not: %j', (model, given, sent, words) => {
		const images = { unassigned: rowOf(model).images.min };
		expect(doubted(model, given, images)).toEqual([words]);
		expect(modelFields(rowOf(model), given)).toMatchObject(sent);
	});
});

describe('the size of a Wan video', () => {
	const size = (given: Given, model = 'wan2.5-t2v-preview') =>
		modelFields(rowOf(model), given).size;

	it('is made of aspect ratio and resolution', () => {
		expect(size({})).toBe('1920*1080');
		expect(size({ aspectRatio: '9:16', resolution: '720P' })).toBe('720*1280');
		expect(size({ aspectRatio: '1:1' })).toBe('1440*1440');
		expect(size({ aspectRatio: '4:3', resolution: '720p' })).toBe('1088*832');
	});

	it('is left out with the aspect ratio, unless a resolution asks for one', () => {
		expect(size({ aspectRatio: '' })).toBeUndefined();
		expect(size({ aspectRatio: '', resolution: '480p' })).toBe('832*480');
	});

	it('is nothing that another model could be given', () => {
		expect(refused('sora-2', { aspectRatio: '1280*720' })).toHaveLength(1);
	});

	it('may be given in pixels', () => {
		for (const resolution of ['1280*720', '1280x720', '1280 × 720']) {
			expect(size({ resolution })).toBe('1280*720');
		}
		expect(size({ aspectRatio: '624*624' })).toBe('624*624');
	});

	it('that a sister model has is sent, with a line for the log', () => {
		expect(doubted('wan2.2-t2v-plus', { resolution: '720p' })).toEqual([
			'"Resolution" should be 480p or 1080p for Wan 2.2 Plus, but is "720p". It is sent all the same',
		]);
		expect(size({ resolution: '720p' }, 'wan2.2-t2v-plus')).toBe('1280*720');
	});

	it('that nobody knows in pixels is refused: there is nothing to send', () => {
		expect(refused('wan2.5-t2v-preview', { aspectRatio: '4:3', resolution: '480p' })).toEqual([
			'"Aspect Ratio" must be 16:9, 9:16 or 1:1 for Wan 2.5 at 480p, but is 4:3',
		]);
		for (const resolution of ['4k', 'constructor']) {
			expect(refused('wan2.5-t2v-preview', { resolution, aspectRatio: 'name' })).toEqual([
				`"Resolution" must be 480p, 720p or 1080p for Wan 2.5, but is ${resolution}`,
			]);
		}
	});
});

describe('the images of a model', () => {
	it.each<[string, ImageCounts, string]>([
		[
			'veo3.1',
			{ firstFrame: 1, lastFrame: 1, unassigned: 1 },
			'Veo 3.1 takes 2 images at most, but 3 are given',
		],
		[
			'veo3',
			{ firstFrame: 1 },
			'"First Frame" is not offered by Veo 3: leave it out, or choose a model that has it, such as Veo 3.1 Fast',
		],
		['veo3', { unassigned: 1 }, 'Veo 3 makes videos from text alone, but 1 images are given'],
		[
			'veo3.1-components',
			{},
			'Veo 3.1 References needs "Reference Images": at least 1, but 0 are given',
		],
		[
			'wanx2.1-kf2v-plus',
			{ firstFrame: 1 },
			'Wan 2.1 (First and Last Frame) needs "First Frame" and "Last Frame"',
		],
		[
			'veo3.1',
			{ lastFrame: 1 },
			'"Last Frame" needs "First Frame": without one it would become the first',
		],
		[
			'unheard-of-1',
			{ lastFrame: 1 },
			'"Last Frame" needs "First Frame": without one it would become the first',
		],
		['grok-video-3', { reference: 8 }, 'Grok Video takes 7 images at most, but 8 are given'],
		[
			'sora-2',
			{ firstFrame: 1 },
			'"First Frame" is not offered by Sora 2: leave it out, or choose a model that has it, such as Veo 3.1 Fast',
		],
		['sora-2', { unassigned: 5 }, 'Sora 2 takes 4 images at most, but 5 are given'],
	])('%s refuses %j', (model, images, words) => {
		expect(refused(model, {}, images)).toEqual([expect.stringContaining(words)]);
	});

	it.each<[string, ImageCounts]>([
		['veo3.1-4k', { reference: 1 }],
		['veo3.1-fast', { firstFrame: 1, lastFrame: 1, unassigned: 1 }],
		['wan2.5-i2v-preview', {}],
		['veo3.1-lite', { unassigned: 4 }],
	])('%s is sent %j, with a line for the log', (model, images) => {
		expect(doubted(model, {}, images)).toHaveLength(1);
	});

	it.each<[string, ImageCounts]>([
		['veo3.1', { firstFrame: 1, lastFrame: 1 }],
		['veo3.1', { unassigned: 2 }],
		['grok-video-3', { reference: 7 }],
		['unheard-of-1', { firstFrame: 1, lastFrame: 1, reference: 20 }],
		['veo3.2-fast', { reference: 20 }],
		['wan2.9-i2v', {}],
	])('%s takes %j', (model, images) => {
		expect(judged(model, {}, images)).toMatchObject({ refusals: [], doubts: [] });
	});

	it('are sent in the order of their roles', () => {
		expect(
			inRoleOrder({
				reference: ['d', 'e'],
				unassigned: ['c'],
				lastFrame: ['b'],
				firstFrame: ['a'],
			}),
		).toEqual(['a', 'b', 'c', 'd', 'e']);
	});
});

describe('a model without a row', () => {
	it('is sent nothing that was not set', () => {
		expect(judged('unheard-of-1', {})).toEqual({ body: {}, refusals: [], doubts: [] });
		const untouched = { aspectRatio: '', duration: '', hd: false, audio: true, promptExtend: true };
		expect(judged('unheard-of-1', untouched)).toEqual({ body: {}, refusals: [], doubts: [] });
	});

	it('is sent what was set, under the names that most models use', () => {
		const given = {
			...{ aspectRatio: '16:9', duration: '12', resolution: '4K', seed: '7', upscale: true },
			...{ negativePrompt: ' rain ', watermark: false, private: true, cameraFixed: 'true' },
		};
		expect(modelFields(rowOf('unheard-of-1'), given)).toEqual({
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

	it('of a known family is sent what that family takes, and whatever else was set', () => {
		expect(modelFields(rowOf('grok-video-4'), { duration: '40', resolution: '1080p' })).toEqual({
			ratio: '16:9',
			duration: 40,
			resolution: '1080P',
		});
		expect(modelFields(rowOf('veo3.2-fast'), { duration: '12', upscale: true })).toEqual({
			aspect_ratio: '16:9',
			duration: 12,
			enable_upsample: true,
		});
		expect(modelFields(rowOf('wan2.7-t2v'), { resolution: '720p', audio: false })).toEqual({
			size: '1280*720',
			audio: false,
		});
		expect(modelFields(rowOf('wan2.7-t2v'), { resolution: '4k' })).toEqual({
			aspect_ratio: '16:9',
			resolution: '4k',
		});
	});

	it('of no family is not measured by what others offer', () => {
		expect(doubted('unheard-of-1', { duration: 7, aspectRatio: '5:4' })).toEqual([]);
		expect(doubted('grok-video-4', { duration: 40 })).toHaveLength(1);
	});

	it('is never refused what could be sent', () => {
		const values = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
		const ids = fc.oneof(
			fc.constantFrom('veo3.2-fast', 'grok-video-4', 'wan2.7-t2v', 'wan2.7-i2v', 'wan2.9-kf2v'),
			fc.string(),
		);
		const given = fc.record(Object.fromEntries(FIELD_NAMES.map((name) => [name, values])), {
			requiredKeys: [],
		});
		fc.assert(
			fc.property(ids, given, (id, fields) => {
				const row = rowOf(id);
				fc.pre(!row.known);
				expect(judge(row, { ...fields, characterClip: true }).refusals).toEqual([]);
			}),
			{ numRuns: 500 },
		);
	});
});

describe('the check of any row', () => {
	const any = fc.oneof(
		fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
		fc.constantFrom('16:9', '10', 5, true, 'false', '720p', '1080P', '', '  ', '7.5', -1, 1e30),
	);
	const given = fc.record(Object.fromEntries(FIELD_NAMES.map((name) => [name, any])), {
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

	it('never throws, explains everything, and sends only names that the row has', () => {
		fc.assert(
			fc.property(fc.constantFrom(...ROWS), given, counts, (row, fields, images) => {
				const { body, refusals, doubts } = judge(row, fields, images);
				const words = [
					...refusals.map((one) => refusal(one, LABELS)),
					...doubts.map((one) => doubt(one, LABELS)),
				];
				for (const text of words) {
					expect(text).not.toContain('undefined');
					expect(text.length).toBeLessThan(400);
				}
				const wires = Object.values(row.fields).map(({ wire }) => wire);
				expect(wires).toEqual(expect.arrayContaining(Object.keys(body)));
				const sent = JSON.stringify(body);
				expect(Object.values(JSON.parse(sent) as object)).not.toContain(null);
				expect(Object.keys(JSON.parse(sent) as object)).toEqual(Object.keys(body));
			}),
			{ numRuns: 1_000 },
		);
	});

	it('changes nothing of what it is given', () => {
		const fields = Object.freeze({ duration: '15', aspectRatio: ' 9:16 ' });
		expect(judge(rowOf('sora-2'), fields).body).toMatchObject({ aspect_ratio: '9:16' });
	});
});
