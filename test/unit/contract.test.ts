import {
	acceptedTask,
	characterRequest,
	generationRequest,
	readComplaint,
	readQuota,
	readTask,
	type Task,
} from '../../nodes/Sora/gateway/contract';
import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import {
	failedItemFields,
	quotaItem,
	taskFields,
	timedOutFields,
} from '../../nodes/Sora/actions/output';
import { thrown } from './builders';

const FILE = 'https://files.example/v/clip.mp4?sig=abc';

/** The documented answer to a poll of a finished task. */
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

const invalidInput = (detail: string) => ({ category: 'invalid_input', facts: { detail } });

describe('the body of a generation', () => {
	const order = { model: 'sora-2', prompt: 'x' };
	const clip = {
		characterUrl: 'https://a.example/cat.mp4',
		characterRange: { start: 0.5, end: 3 },
	};

	it.each<[string, object, object]>([
		['the model and the prompt alone', {}, {}],
		['no empty list of images', { images: [] }, {}],
		[
			'every setting by its name on the wire',
			{
				fields: { aspect_ratio: '9:16', duration: '15', hd: false },
				images: [{ value: 'https://a.example/1.png' }, { value: 'data:image/png;base64,AAAA' }],
				...clip,
				notifyHook: 'https://n8n.example/hook',
			},
			{
				aspect_ratio: '9:16',
				duration: '15',
				hd: false,
				images: ['https://a.example/1.png', 'data:image/png;base64,AAAA'],
				character_url: 'https://a.example/cat.mp4',
				character_timestamps: '0.5,3',
				notify_hook: 'https://n8n.example/hook',
			},
		],
		[
			'what the extra body adds and overrides',
			{ fields: { duration: '10' }, extra: { duration: 8, prompt: 'y' } },
			{ duration: 8, prompt: 'y' },
		],
	])('contains %s', (_, more, expected) =>
		expect(generationRequest({ ...order, ...more })).toStrictEqual({ ...order, ...expected }),
	);

	it.each([
		['model', { model: '' }, 'it is empty'],
		['model', { model: 5 }, 'it must be text'],
		['prompt', { prompt: null }, 'it must be text'],
		['prompt', { prompt: [] }, 'it must be text'],
	])('refuses an extra body that removes the %s: %j', (field, extra, why) => {
		const detail = `with "Extra Body", the field "${field}" does not fit: ${why}`;
		expect(thrown(() => generationRequest({ ...order, extra }))).toMatchObject(
			invalidInput(detail),
		);
	});
});

describe('the body of a character', () => {
	const range = { start: 1, end: 3 };
	const url = 'https://a.example/c.mp4';

	it.each<[object, object]>([
		[{ url }, { url }],
		[{ fromTask: 'sora-2:task_1' }, { from_task: 'sora-2:task_1' }],
		[{ extra: { from_task: 'video_1' } }, { from_task: 'video_1' }],
		[
			{ url, extra: { model: 'sora-2' } },
			{ url, model: 'sora-2' },
		],
	])('contains one source, the seconds, and no model unless requested: %j', (given, expected) =>
		expect(characterRequest({ range, ...given })).toStrictEqual({ ...expected, timestamps: '1,3' }),
	);

	it.each([
		['no source', {}],
		['two sources', { url, fromTask: 'video_1' }],
		['a second source from the extra body', { url, extra: { from_task: 'video_1' } }],
		['a source that the extra body empties', { fromTask: 'video_1', extra: { from_task: '' } }],
		['a source of the wrong kind', { fromTask: 'video_1', extra: { from_task: 7 } }],
		['no seconds', { fromTask: 'video_1', extra: { timestamps: '' } }],
	])('refuses %s', (_, given) =>
		expect(thrown(() => characterRequest({ range, ...given }))).toMatchObject(
			invalidInput(expect.stringContaining('Extra Body') as string),
		),
	);
});

describe('a task', () => {
	it('is read completely from the documented answer', () => {
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
	])('is found in %s, and its object stays unchanged', (_, answer) => {
		const before = structuredClone(answer);
		expect(read(answer)).toStrictEqual(read(finished));
		expect(read(answer).raw).toBe(finished);
		expect(answer).toStrictEqual(before);
	});

	it('has the requested ID, otherwise that of the answer', () => {
		expect(read({ status: 'QUEUED' }, 'video_9').id).toBe('video_9');
		expect(read(finished, 'video_9').id).toBe('video_9');
		expect(read({ status: 'QUEUED', id: 'video_8' }).id).toBe('video_8');
	});
});

describe('the quota of a key', () => {
	const documented = { id: 7, name: 'videos', quota: 1e3, unlimited_quota: false, used_quota: 250 };
	const fields = ['id', 'name', 'quota', 'used_quota', 'remaining', 'unlimited_quota'];
	const unknown = Object.fromEntries(fields.map((name) => [name, null]));
	const item = (answer: unknown) => {
		const found = readQuota(answer);
		return found && quotaItem(found);
	};

	it.each([
		['as it is documented', documented],
		['in an envelope', { code: true, message: 'ok', data: documented }],
		['with texts for numbers', { ...documented, quota: '1000', used_quota: '250' }],
		['with a word for yes or no', { ...documented, unlimited_quota: 'false' }],
		['with 0 for no', { ...documented, unlimited_quota: 0 }],
	])('is read %s; what is left is not computed', (_, answer) =>
		expect(item(answer)).toEqual({
			...documented,
			remaining: null,
			quota_about_usd: 0,
			used_about_usd: 0,
		}),
	);

	it.each([
		[
			{ total_quota: 1000, used_quota: 250, remaining_quota: 700 },
			{ quota: 1000, used_quota: 250, remaining: 700 },
		],
		[{ data: { remain_quota: 5 } }, { remaining: 5 }],
		[{ unlimited_quota: true }, { unlimited_quota: true }],
	])('is what the gateway reports and no more: %j', (answer, expected) =>
		expect(item(answer)).toMatchObject({ ...unknown, ...expected }),
	);

	it.each([
		...[null, '', 'quota', [], {}, { data: [] }, { success: false, message: 'quota' }, 1000],
		...[{ quota: null }, { quota: '' }, { quota: 'much' }],
	])('is nothing if an answer has no figure: %j', (answer) =>
		expect(readQuota(answer)).toBeUndefined(),
	);
});

it('a complaint is unwrapped, however many gateways relay it as JSON in its message', () => {
	let answer: object = { error: { message: '负载已饱和', code: 'rate_limit', status: 429 } };
	for (let level = 1; level <= 4; level++) {
		answer = { code: 'fail_to_fetch_task', message: JSON.stringify(answer), data: null };
		expect(readComplaint(answer)).toStrictEqual({ code: 'rate_limit', message: '负载已饱和' });
	}
});

describe('the item of a task', () => {
	const simplifiedTask = (task: Task) => taskFields(task, true);
	const seen = read({ status: 'IN_PROGRESS', progress: '42%' }, 'video_1');
	const failed = read({ task_id: 'video_1', status: 'FAILURE', fail_reason: '违反' });

	it('has the promised fields in order, and the reason only if it failed', () => {
		expect(Object.entries(simplifiedTask(read(finished)))).toStrictEqual([
			['task_id', 'video_7f0e6c1a'],
			['status', 'SUCCESS'],
			['progress', 100],
			['video_url', FILE],
			['submitted_at', '2025-09-01T02:29:57.000Z'],
			['started_at', '2025-09-01T02:30:08.000Z'],
			['finished_at', '2025-09-01T02:31:38.000Z'],
		]);
		expect(simplifiedTask(acceptedTask('video_1'))).not.toHaveProperty('fail_reason');
		expect(Object.entries(simplifiedTask(failed))[4]).toStrictEqual(['fail_reason', '违反']);
		const withoutReason = read({ task_id: 'video_1', status: 'FAILURE' });
		expect(simplifiedTask(withoutReason)).toHaveProperty('fail_reason', '');
	});

	it.each([
		['nothing', { status: 'IN_PROGRESS' }, 0],
		['nothing for a finished task', { status: 'SUCCESS' }, 100],
		['something', { status: 'IN_PROGRESS', progress: '42%' }, 42],
	])('has a number as its progress if the gateway says %s', (_, answer, progress) =>
		expect(simplifiedTask(read(answer, 'video_1')).progress).toBe(progress),
	);

	it('not simplified, is the gateway’s object with its ID and its video', () => {
		expect(taskFields(read({ code: 'success', data: finished }, 'video_9'), false)).toStrictEqual({
			...finished,
			task_id: 'video_9',
			video_url: FILE,
		});
	});

	it('says that the time was up, with the last known state, if any', () => {
		const timedOut = { task_id: 'video_1', video_url: null, timed_out: true };
		expect(timedOutFields('video_1', seen, true)).toStrictEqual({
			...simplifiedTask(seen),
			timed_out: true,
		});
		expect(timedOutFields('video_1', seen, false)).toStrictEqual({
			status: 'IN_PROGRESS',
			progress: '42%',
			...timedOut,
		});
		expect(timedOutFields('video_1', undefined, true)).toMatchObject({
			status: 'UNKNOWN',
			progress: 0,
			...timedOut,
		});
	});

	it('of a failure names the task, its status and its reason, as far as they are known', () => {
		const fields = (facts: object) => failedItemFields(new SoraFailure('cancelled', facts));
		expect(fields({})).not.toHaveProperty('task_id');
		expect(fields({ taskId: 'video_1' })).toMatchObject({ task_id: 'video_1' });
		expect(fields({ task: failed })).toMatchObject({
			task_id: 'video_1',
			status: 'FAILURE',
			fail_reason: '违反',
		});
	});
});
