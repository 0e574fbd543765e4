import fc from 'fast-check';

import {
	isUsableTaskId,
	canStandInPath,
	acceptedTask,
	characterRequest,
	generationRequest,
	isKnownStatus,
	parseJson,
	readComplaint,
	readQuota,
	readTask,
	sentModelAndPrompt,
	type Task,
} from '../../nodes/Sora/gateway/contract';
import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { WIRES } from '../../nodes/Sora/gateway/wires';
import {
	failedItemFields,
	quotaItem,
	simplifiedTask,
	taskFields,
	timedOutFields,
} from '../../nodes/Sora/actions/output';
import { thrown } from './builders';

const FILE = 'https://files.example/v/clip.mp4?sig=abc';

/** The documented answer to a look at a finished task. */
const finished = {
	task_id: 'video_7f0e6c1a',
	platform: 'openai',
	action: 'sora-video',
	status: 'SUCCESS',
	fail_reason: '',
	submit_time: 1756693797,
	start_time: 1756693808,
	finish_time: 1756693898,
	progress: '100%',
	data: { output: FILE },
	search_item: '',
};

const read = (answer: unknown, knownId = ''): Task => {
	const task = readTask(answer, knownId);
	if (!task) throw new Error('no task was read');
	return task;
};

describe('routes', () => {
	it.each([
		['sora-2:task_01k6008', 'sora-2%3Atask_01k6008'],
		['a/b', 'a%2Fb'],
		['../../v1/models', '..%2F..%2Fv1%2Fmodels'],
		['video?x=1#y', 'video%3Fx%3D1%23y'],
		['veo3:1756693797-x y', 'veo3%3A1756693797-x%20y'],
		['100%', '100%25'],
		['video_550e8400-e29b-41d4', 'video_550e8400-e29b-41d4'],
		['任务', '%E4%BB%BB%E5%8A%A1'],
	])('encodes the task ID %s as one segment of the path', (taskId, encoded) => {
		expect(WIRES.tasks.generation(taskId)).toBe(`/v2/videos/generations/${encoded}`);
	});

	it('gives every task ID back when the path is decoded', () => {
		fc.assert(
			fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (taskId) => {
				const segments = WIRES.tasks.generation(taskId).split('/');
				expect(segments).toHaveLength(5);
				expect(decodeURIComponent(segments[4] ?? '')).toBe(taskId);
			}),
		);
	});
});

describe('the body of a generation', () => {
	it('holds the model and the prompt alone where nothing else is set', () => {
		expect(generationRequest({ model: 'veo3.1', prompt: 'a boat' })).toStrictEqual({
			model: 'veo3.1',
			prompt: 'a boat',
		});
	});

	it('gives every setting its name on the wire', () => {
		expect(
			generationRequest({
				model: 'sora-2-pro',
				prompt: 'a boat',
				fields: { aspect_ratio: '9:16', duration: '15', hd: false },
				images: [{ value: 'https://a.example/1.png' }, { value: 'data:image/png;base64,AAAA' }],
				characterUrl: 'https://a.example/cat.mp4',
				characterRange: { start: 1, end: 3 },
				notifyHook: 'https://n8n.example/hook',
			}),
		).toStrictEqual({
			model: 'sora-2-pro',
			prompt: 'a boat',
			aspect_ratio: '9:16',
			duration: '15',
			hd: false,
			images: ['https://a.example/1.png', 'data:image/png;base64,AAAA'],
			character_url: 'https://a.example/cat.mp4',
			character_timestamps: '1,3',
			notify_hook: 'https://n8n.example/hook',
		});
	});

	it('leaves an empty list of images out', () => {
		expect(generationRequest({ model: 'sora-2', prompt: 'x', images: [] })).not.toHaveProperty(
			'images',
		);
	});

	it.each([
		[{ start: 1, end: 3 }, '1,3'],
		[{ start: 0, end: 1 }, '0,1'],
		[{ start: 0.5, end: 2.25 }, '0.5,2.25'],
		[{ start: 1.1, end: 2.1 }, '1.1,2.1'],
	])('writes the seconds %j as "%s"', (range, timestamps) => {
		const order = { model: 'sora-2', prompt: 'x', characterUrl: 'https://a.example/c.mp4' };
		expect(generationRequest({ ...order, characterRange: range }).character_timestamps).toBe(
			timestamps,
		);
		expect(characterRequest({ url: order.characterUrl, range }).timestamps).toBe(timestamps);
	});

	it('lets the extra body add and override', () => {
		expect(
			generationRequest({
				model: 'sora-2',
				prompt: 'x',
				fields: { duration: '10' },
				extra: { duration: 8, seed: 7, ratio: '21:9' },
			}),
		).toStrictEqual({ model: 'sora-2', prompt: 'x', duration: 8, seed: 7, ratio: '21:9' });
	});

	it.each([
		['model', { model: '' }],
		['model', { model: 5 }],
		['prompt', { prompt: null }],
		['prompt', { prompt: [] }],
	])('refuses an extra body that takes the %s away', (field, extra) => {
		const error = thrown(() => generationRequest({ model: 'sora-2', prompt: 'x', extra }));
		expect((error as SoraFailure).headline).toMatch(`with "Extra Body", the field "${field}"`);
	});

	it('is repeated in the item as it was sent', () => {
		const body = generationRequest({
			model: 'sora-2',
			prompt: 'x',
			extra: { prompt: 'y' },
		});
		expect(sentModelAndPrompt(body)).toStrictEqual({ model: 'sora-2', prompt: 'y' });
	});
});

describe('the body of a character', () => {
	const range = { start: 1, end: 3 };

	it('holds a URL and the seconds, and no model', () => {
		expect(characterRequest({ url: 'https://a.example/c.mp4', range })).toStrictEqual({
			url: 'https://a.example/c.mp4',
			timestamps: '1,3',
		});
	});

	it('holds a task and the seconds', () => {
		expect(characterRequest({ fromTask: 'sora-2:task_1', range })).toStrictEqual({
			from_task: 'sora-2:task_1',
			timestamps: '1,3',
		});
	});

	it('takes its source from the extra body as well', () => {
		expect(characterRequest({ range, extra: { from_task: 'video_1' } })).toStrictEqual({
			from_task: 'video_1',
			timestamps: '1,3',
		});
	});

	it('takes a model from the extra body for the gateways that want one', () => {
		const body = characterRequest({ fromTask: 'video_1', range, extra: { model: 'sora-2' } });
		expect(body.model).toBe('sora-2');
	});

	it.each([
		['no source', { range }],
		['two sources', { url: 'https://a.example/c.mp4', fromTask: 'video_1', range }],
		[
			'a second source from the extra body',
			{ url: 'https://a.example/c.mp4', range, extra: { from_task: 'video_1' } },
		],
		[
			'a source that the extra body empties',
			{ fromTask: 'video_1', range, extra: { from_task: '' } },
		],
		['a source of the wrong kind', { fromTask: 'video_1', range, extra: { from_task: 7 } }],
		['no seconds', { fromTask: 'video_1', range, extra: { timestamps: '' } }],
	])('refuses %s', (_, order) => {
		expect(thrown(() => characterRequest(order))).toHaveProperty('category', 'invalid_input');
	});
});

describe('a task', () => {
	it('is read whole from the documented answer', () => {
		expect(read(finished)).toStrictEqual({
			id: 'video_7f0e6c1a',
			status: 'SUCCESS',
			phase: 'succeeded',
			progress: 100,
			videoUrl: FILE,
			videoUrls: [FILE],
			saidId: 'video_7f0e6c1a',
			note: '',
			cost: {},
			failReason: '',
			failCode: '',
			submittedAt: '2025-09-01T02:29:57.000Z',
			startedAt: '2025-09-01T02:30:08.000Z',
			finishedAt: '2025-09-01T02:31:38.000Z',
			raw: finished,
		});
	});

	it.each([
		['an envelope', { code: 'success', message: '', data: finished }],
		['an envelope in an envelope', { code: 'success', data: { code: 0, data: finished } }],
		['an envelope with a number as its status', { status: 200, data: finished }],
	])('is found in %s', (_, answer) => {
		expect(read(answer)).toStrictEqual(read(finished));
	});

	it('keeps the task object of the gateway untouched, unknown fields included', () => {
		const answer = { ...finished, quota: { cost: 3 }, data: { output: FILE, extra: [1] } };
		const copy = structuredClone(answer);
		expect(read({ code: 'success', data: answer }).raw).toBe(answer);
		expect(answer).toStrictEqual(copy);
	});

	it('has the ID that was asked for, whatever the answer says', () => {
		expect(read({ status: 'QUEUED' }, 'video_9').id).toBe('video_9');
		expect(read(finished, 'video_9').id).toBe('video_9');
	});

	it('has the ID of the answer where none was asked for', () => {
		expect(read({ status: 'QUEUED', id: 'video_8' }).id).toBe('video_8');
	});

	it('keeps an unknown status running, whatever the word', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme' }), (status) => {
				fc.pre(!isKnownStatus(status));
				expect(read({ status }, 'video_1').phase).toBe('running');
			}),
		);
	});
});

describe('the quota of a key', () => {
	const told = { id: 7, name: 'videos', quota: 1000, unlimited_quota: false, used_quota: 250 };
	const nothing = {
		id: null,
		name: null,
		quota: null,
		used_quota: null,
		remaining: null,
		unlimited_quota: null,
	};
	const item = (answer: unknown) => {
		const found = readQuota(answer);
		return found && quotaItem(found);
	};

	it.each([
		['as it is documented', told],
		['in an envelope', { code: true, message: 'ok', data: told }],
		['with texts for numbers', { ...told, quota: '1000', used_quota: '250' }],
		['with a word for yes or no', { ...told, unlimited_quota: 'false' }],
		['with 0 for no', { ...told, unlimited_quota: 0 }],
	])('is read %s', (_, answer) => {
		expect(item(answer)).toEqual({
			...told,
			remaining: null,
			quota_about_usd: 0,
			used_about_usd: 0,
		});
	});

	it('computes nothing: what is left stands only where the gateway says so', () => {
		expect(item(told)?.remaining).toBeNull();
		expect(item({ total_quota: 1000, used_quota: 250, remaining_quota: 700 })).toMatchObject({
			...nothing,
			quota: 1000,
			used_quota: 250,
			remaining: 700,
		});
		expect(item({ data: { remain_quota: 5 } })).toMatchObject({ ...nothing, remaining: 5 });
	});

	it('is told without a limit, whatever stands in its figures', () => {
		expect(item({ unlimited_quota: true })).toMatchObject({ ...nothing, unlimited_quota: true });
	});

	it('is nothing where an answer has no figure', () => {
		const answers = [null, '', 'quota', [], {}, { data: [] }, { success: false, message: 'quota' }];
		for (const answer of [
			...answers,
			{ quota: null },
			{ quota: '' },
			{ quota: 'much' },
			told.quota,
		]) {
			expect(readQuota(answer)).toBeUndefined();
		}
	});
});

describe('a complaint', () => {
	/** The error of one gateway, relayed by as many others, each as JSON in its message. */
	const relayed = (inner: unknown, levels: number): unknown =>
		levels === 0
			? inner
			: relayed(
					{ code: 'fail_to_fetch_task', message: JSON.stringify(inner), data: null },
					levels - 1,
				);

	it.each([1, 2, 3, 4])('is unwrapped where %s gateways relay it', (levels) => {
		const inner = { error: { message: '负载已饱和', code: 'rate_limit', status: 429 } };
		expect(readComplaint(relayed(inner, levels))).toStrictEqual({
			code: 'rate_limit',
			message: '负载已饱和',
		});
	});

	it.each([
		['an HTML page', '<html><body>502 Bad Gateway</body></html>'],
		['plain text', 'upstream connect error'],
		['an empty answer', ''],
		['a cut body', '{"error":{"mess'],
	])('is not made of %s', (_, text) => {
		expect(parseJson(text)).toBeUndefined();
		expect(readComplaint(parseJson(text))).toBeUndefined();
	});
});

describe('the item of a task', () => {
	const keys = [
		'task_id',
		'status',
		'progress',
		'video_url',
		'submitted_at',
		'started_at',
		'finished_at',
	];

	it('has the promised fields when the task succeeded', () => {
		expect(simplifiedTask(read(finished))).toStrictEqual({
			task_id: 'video_7f0e6c1a',
			status: 'SUCCESS',
			progress: 100,
			video_url: FILE,
			submitted_at: '2025-09-01T02:29:57.000Z',
			started_at: '2025-09-01T02:30:08.000Z',
			finished_at: '2025-09-01T02:31:38.000Z',
		});
	});

	it('has the reason in its place only when the task failed', () => {
		const running = simplifiedTask(acceptedTask('video_1'));
		const failed = simplifiedTask(
			read({ ...finished, status: 'FAILURE', data: null, fail_reason: '违反' }),
		);
		expect(Object.keys(running)).toStrictEqual(keys);
		expect(Object.keys(failed)).toStrictEqual([
			...keys.slice(0, 4),
			'fail_reason',
			...keys.slice(4),
		]);
		expect(failed.fail_reason).toBe('违反');
	});

	it('has a reason also where the gateway gives none for a failure', () => {
		const failed = simplifiedTask(read({ task_id: 'video_1', status: 'FAILURE' }));
		expect(failed).toHaveProperty('fail_reason', '');
	});

	it.each([
		['nothing', { status: 'IN_PROGRESS' }, 0],
		['nothing for a finished task', { status: 'SUCCESS' }, 100],
		['something', { status: 'IN_PROGRESS', progress: '42%' }, 42],
	])('has a number as its progress where the gateway says %s', (_, answer, progress) => {
		expect(simplifiedTask(read(answer, 'video_1')).progress).toBe(progress);
	});

	it('not simplified, is the object of the gateway with its ID and its video', () => {
		expect(taskFields(read({ code: 'success', data: finished }, 'video_9'), false)).toStrictEqual({
			...finished,
			task_id: 'video_9',
			video_url: FILE,
		});
	});

	it('says that the time was up, with what was seen last', () => {
		const seen = read({ status: 'IN_PROGRESS', progress: '42%' }, 'video_1');
		expect(timedOutFields('video_1', seen, true)).toStrictEqual({
			...simplifiedTask(seen),
			timed_out: true,
		});
		expect(timedOutFields('video_1', seen, false)).toStrictEqual({
			status: 'IN_PROGRESS',
			progress: '42%',
			task_id: 'video_1',
			video_url: null,
			timed_out: true,
		});
	});

	it('says that the time was up also where nothing was ever seen', () => {
		expect(timedOutFields('video_1', undefined, true)).toMatchObject({
			task_id: 'video_1',
			status: 'UNKNOWN',
			progress: 0,
			video_url: null,
			timed_out: true,
		});
	});

	it('of a failure names the task, its status and its reason as far as they are known', () => {
		const task = read({ task_id: 'video_1', status: 'FAILURE', fail_reason: '违反' });
		const fields = (facts: object) => failedItemFields(new SoraFailure('cancelled', facts));
		expect(fields({})).not.toHaveProperty('task_id');
		expect(fields({ taskId: 'video_1' })).toMatchObject({ task_id: 'video_1' });
		expect(fields({ task })).toMatchObject({
			task_id: 'video_1',
			status: 'FAILURE',
			fail_reason: '违反',
		});
	});
});

describe('a task ID in a path', () => {
	it.each([
		...[
			'video_1',
			'sora-2:task_01J',
			'veo3:1756693797-x',
			'a/b',
			'a b',
			'任务 1',
			'a..b',
			'..a',
			'%41',
		],
	])('%j is usable', (id) => {
		expect([isUsableTaskId(id), canStandInPath(id)]).toEqual([true, true]);
	});

	it.each([
		...[
			'',
			'.',
			'..',
			'...',
			'a/..',
			'../a',
			'a/../b',
			'a\\..\\b',
			'%2e%2e',
			'%2E.',
			'a%2f..%2fb',
			' .. ',
		],
		...['a\ud83d', '\udc00'],
	])('%j is not, and never stands in one', (id) => {
		expect([isUsableTaskId(id), canStandInPath(id)]).toEqual([false, false]);
	});

	it.each([' ', 'a\r\nb', 'a\u0000', 'a\u200b', 'a\u202eb', 'x'.repeat(1_001)])(
		'%j is no ID that is entered, and is harmless where a gateway gave it',
		(id) => {
			expect([isUsableTaskId(id), canStandInPath(id)]).toEqual([false, true]);
			expect(WIRES.tasks.generation(id)).toMatch(/^\/v2\/videos\/generations\/[\w%]+$/);
		},
	);

	it('means nothing but itself, whatever it is', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), (id) => {
				fc.pre(canStandInPath(id));
				const { pathname } = new URL(`https://g.example${WIRES.tasks.generation(id)}`);
				expect(decodeURIComponent(pathname)).toBe(`/v2/videos/generations/${id}`);
			}),
			{ numRuns: 1_000 },
		);
	});
});
