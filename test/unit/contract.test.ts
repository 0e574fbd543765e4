import fc from 'fast-check';

import {
	isUsableTaskId,
	canStandInPath,
	acceptedTask,
	characterRequest,
	ContractBreach,
	generationRequest,
	isKnownStatus,
	parseJson,
	readCharacter,
	readComplaint,
	readModelIds,
	readQuota,
	readTask,
	readUploadedFile,
	sentModelAndPrompt,
	type Task,
} from '../../nodes/Sora/gateway/contract';
import { WIRES } from '../../nodes/Sora/gateway/wires';
import {
	characterItem,
	failedTaskFields,
	quotaItem,
	simplifiedTask,
	timedOutFields,
	untouchedTask,
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
		expect(error).toBeInstanceOf(ContractBreach);
		expect((error as ContractBreach).field).toBe(field);
		expect((error as ContractBreach).message).not.toBe('');
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
		expect(thrown(() => characterRequest(order))).toBeInstanceOf(ContractBreach);
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

	it.each([
		['an error', { error: { message: 'no' } }],
		['task_not_exist', { code: 'task_not_exist', message: 'task_not_exist', data: null }],
		['an empty envelope', { code: 'success', message: '', data: {} }],
		['text', 'SUCCESS'],
		['nothing', undefined],
	])('is not read out of %s', (_, answer) => {
		expect(readTask(answer, 'video_1')).toBeUndefined();
	});

	it('keeps an unknown status running, whatever the word', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme' }), (status) => {
				fc.pre(!isKnownStatus(status));
				expect(read({ status }, 'video_1').phase).toBe('running');
			}),
		);
	});

	it.each([
		['"35%"', '35%', 35],
		['"35 %"', '35 %', 35],
		['"7.5%"', '7.5%', 7.5],
		['"35"', '35', 35],
		['an integer', 35, 35],
		['0', 0, 0],
		['"0%"', '0%', 0],
		['more than all', '130%', 100],
		['less than nothing', -3, 0],
		['an empty text', '', undefined],
		['a word', 'queued', undefined],
		['null', null, undefined],
		['an object', { percent: 3 }, undefined],
		['nothing', undefined, undefined],
	])('reads the progress from %s', (_, progress, percent) => {
		expect(read({ status: 'IN_PROGRESS', progress }, 'video_1').progress).toBe(percent);
	});

	it('that failed at 100 % has failed', () => {
		const reason = '内容违反平台政策';
		const task = read({
			...finished,
			status: 'FAILURE',
			progress: '100%',
			data: null,
			fail_reason: reason,
		});
		expect(task).toMatchObject({
			phase: 'failed',
			progress: 100,
			failReason: reason,
			videoUrl: null,
		});
	});

	it('has no reason of failure unless it failed', () => {
		expect(read({ ...finished, fail_reason: 'left over' }).failReason).toBe('');
	});

	it.each([
		['data.output, with space around', { data: { output: ` ${FILE}\n` } }],
		['data.video_url where data.output is empty', { data: { output: '', video_url: FILE } }],
		[
			'data.output before the others',
			{ data: { output: FILE, video_url: 'https://files.example/2.mp4' } },
		],
	])('gives its video as %s', (_, place) => {
		const task = { task_id: 'video_1', status: 'SUCCESS', ...place };
		expect(read(task).videoUrl).toBe(FILE);
		expect(read({ code: 'success', message: '', data: task }).videoUrl).toBe(FILE);
	});

	it.each([
		['seconds', 1756693797, '2025-09-01T02:29:57.000Z'],
		['seconds as text', '1756693797', '2025-09-01T02:29:57.000Z'],
		['milliseconds', 1756693797123, '2025-09-01T02:29:57.123Z'],
		['milliseconds as text', '1756693797123', '2025-09-01T02:29:57.123Z'],
		['0', 0, null],
		['"0"', '0', null],
		['an empty text', '', null],
		['less than nothing', -5, null],
		['a number beyond all calendars', 9e18, null],
		['a word', 'soon', null],
		['null', null, null],
		['nothing', undefined, null],
	])('reads a time given as %s', (_, time, iso) => {
		const task = read(
			{ status: 'QUEUED', submit_time: time, start_time: time, finish_time: time },
			'video_1',
		);
		expect([task.submittedAt, task.startedAt, task.finishedAt]).toStrictEqual([iso, iso, iso]);
	});
});

describe('a character', () => {
	const answer = {
		id: 'ch_6912ab',
		username: '783316a1d.diggyloade',
		permalink: 'https://sora.example/profile/783316a1d.diggyloade',
		profile_picture_url: 'https://files.example/p.png',
	};

	it.each([
		['bare', answer],
		['in data', { code: 'success', message: '', data: answer }],
		['with an @ in front of its name', { ...answer, username: `@${answer.username}` }],
	])('is read %s', (_, shape) => {
		const found = readCharacter(shape);
		expect(found && characterItem(found)).toStrictEqual({
			id: 'ch_6912ab',
			username: '783316a1d.diggyloade',
			mention: '@783316a1d.diggyloade',
			permalink: 'https://sora.example/profile/783316a1d.diggyloade',
			profile_picture_url: 'https://files.example/p.png',
		});
	});

	it.each([
		['missing', { username: 'a.b' }],
		['null', { username: 'a.b', id: 'ch_1', permalink: null, profile_picture_url: null }],
	])('is a character also where the rest is %s', (_, shape) => {
		expect(readCharacter(shape)).toMatchObject({
			username: 'a.b',
			permalink: null,
			profilePictureUrl: null,
		});
	});

	it.each<[string, unknown, object]>([
		[
			'character.username',
			{ code: 0, character: { username: 'a.b', id: 'ch_1' } },
			{ username: 'a.b', id: 'ch_1' },
		],
		['user_name', { data: { user_name: '@a.b' } }, { username: 'a.b', id: '' }],
		['userName, deep', { response: { info: { userName: 'a.b' } } }, { username: 'a.b' }],
		['data.result', { code: 'success', data: { result: 'a.b' } }, { username: 'a.b', id: '' }],
		['data.result, an ID', { data: { result: 'ch_6912ab' } }, { username: '', id: 'ch_6912ab' }],
		['an ID alone', { id: 'ch_1' }, { username: '', id: 'ch_1', phase: 'succeeded' }],
		[
			'OpenAI’s name',
			{ id: 'char_1', name: 'Cat', created_at: 1 },
			{ username: 'Cat', id: 'char_1' },
		],
		[
			'one that is being made',
			{ id: 'ch_1', status: 'processing' },
			{ id: 'ch_1', username: '', phase: 'running', status: 'processing', taskId: '' },
		],
		[
			'a task instead',
			{ task_id: 'video_1', status: 'queued' },
			{ id: '', username: '', phase: 'running', taskId: 'video_1' },
		],
		[
			'a task that is finished',
			{ task_id: 'video_1', status: 'SUCCESS', data: { username: 'a.b' } },
			{ username: 'a.b', phase: 'succeeded' },
		],
	])('is read from %s', (_, shape, expected) => {
		expect(readCharacter(shape)).toMatchObject(expected);
	});

	it.each([
		['in nothing', {}],
		['in an envelope alone', { code: 'success', data: {} }],
		['in an error', { error: { message: 'no' } }],
		['in a refusal', { code: 'character_exists', message: 'no', data: null }],
		['in a text', 'a.b'],
	])('is not read %s', (_, shape) => {
		expect(readCharacter(shape)).toBeUndefined();
	});
});

describe('a file that was uploaded', () => {
	const base = 'https://gateway.example';
	it.each<[string, unknown, string]>([
		['url', { url: FILE }, FILE],
		['data.url', { data: { url: FILE } }, FILE],
		['a list', { data: [{ url: FILE }] }, FILE],
		['data.fileUrl', { code: 200, data: { fileUrl: FILE } }, FILE],
		['downloadUrl', { success: true, data: { fileName: 'a', downloadUrl: FILE } }, FILE],
		['location', { location: FILE }, FILE],
		['a path of the gateway', { data: { location: '/uploads/a.png' } }, `${base}/uploads/a.png`],
		['a relative link', { url: 'uploads/a.png' }, `${base}/uploads/a.png`],
		[
			'the file before its thumbnail',
			{ thumb_url: 'https://files.example/t.png', file_url: FILE },
			FILE,
		],
	])('has its address in %s', (_, answer, url) => {
		expect(readUploadedFile(answer, base)?.url).toBe(url);
	});

	it.each([
		{ delete_url: FILE },
		{ upload_url: FILE },
		{ thumbnail_url: FILE },
		{ url: '' },
		{ id: 'file_1' },
		{ url: 'javascript:alert(1)' },
	])('has none in %j', (answer) => {
		expect(readUploadedFile(answer, base)).toBeUndefined();
	});
});

describe('the list of models', () => {
	it('gives the IDs in their order, whatever else a model carries', () => {
		expect(
			readModelIds({
				data: [
					{ id: 'veo3.1', object: 'model', owned_by: 'google' },
					{ id: 'sora-2', supported_endpoint_types: ['openai'] },
				],
				success: true,
			}),
		).toStrictEqual(['veo3.1', 'sora-2']);
	});

	it('may be empty', () => {
		expect(readModelIds({ data: [] })).toStrictEqual([]);
	});

	it.each([
		['an error', { error: { message: '无效的令牌' } }],
		['a bare list', [{ id: 'veo3.1' }]],
		['data of another kind', { data: { id: 'veo3.1' } }],
		['text', 'veo3.1'],
	])('is not read out of %s', (_, answer) => {
		expect(readModelIds(answer)).toBeUndefined();
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
	it.each([
		[
			'the first shape',
			{
				error: {
					message: '无效的令牌 (request id: 2025)',
					type: 'new_api_error',
					param: '',
					code: 'x',
				},
			},
			{ code: 'x', message: '无效的令牌 (request id: 2025)' },
		],
		[
			'the second shape',
			{ code: 'fail_to_fetch_task', message: 'no luck', data: null },
			{ code: 'fail_to_fetch_task', message: 'no luck' },
		],
		['an error without a code', { error: { message: 'no' } }, { code: '', message: 'no' }],
		[
			'an error whose code is null',
			{ error: { message: 'no', code: null } },
			{ code: '', message: 'no' },
		],
		['a code without words', { code: 'task_not_exist' }, { code: 'task_not_exist', message: '' }],
		['a code that is a number', { code: 503, message: 'no' }, { code: '503', message: 'no' }],
		['an error that is text', { error: 'no such key' }, { code: '', message: 'no such key' }],
		['msg', { code: 1, msg: 'no' }, { code: '1', message: 'no' }],
		['detail', { detail: 'Not Found' }, { code: '', message: 'Not Found' }],
		['a bare message', { message: 'no' }, { code: '', message: 'no' }],
	])('is read from %s', (_, answer, complaint) => {
		expect(readComplaint(answer)).toStrictEqual(complaint);
	});

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

	it('is unwrapped where words stand before the JSON', () => {
		expect(
			readComplaint({
				code: 'do_request_failed',
				message: 'status code 400, body: {"error":{"message":"写实人物","code":"real_person"}}',
			}),
		).toStrictEqual({ code: 'real_person', message: '写实人物' });
	});

	it('is unwrapped where a request ID stands behind the JSON', () => {
		expect(
			readComplaint({
				error: {
					message:
						'{"error":{"message":"slow down","code":"rate_limit_exceeded"}} (request id: 2025)',
					code: 'fail_to_fetch_task',
				},
			}),
		).toStrictEqual({ code: 'rate_limit_exceeded', message: 'slow down' });
	});

	it('keeps the outer word where the relayed code is but an HTTP status', () => {
		expect(
			readComplaint({ code: 'model_not_found', message: '{"code":503,"message":"no channel"}' }),
		).toStrictEqual({ code: 'model_not_found', message: 'no channel' });
	});

	it.each([
		'{broken',
		'use { or [ in a prompt',
		'{}',
		'[1,2]',
		'{"data":null}',
		'cannot unmarshal [] into Go struct',
	])('keeps the message %s as it stands', (message) => {
		expect(readComplaint({ code: 'bad', message })).toStrictEqual({ code: 'bad', message });
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

	it.each([
		['success', { code: 'success', message: '', data: finished }],
		['success with a kind word', { code: 'success', message: 'ok', data: finished }],
		['0', { code: 0, msg: 'success', data: {} }],
		['200', { code: 200, message: 'OK', data: {} }],
		['SUCCESS in capitals', { code: 'SUCCESS', message: 'done' }],
		['a list of models', { data: [], success: true }],
		['a task', finished],
		['an accepted task', { task_id: 'video_1' }],
		['an error that is empty', { error: null, data: {} }],
		['an empty object', {}],
	])('is not made of a success: %s', (_, answer) => {
		expect(readComplaint(answer)).toBeUndefined();
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
		expect(untouchedTask(read({ code: 'success', data: finished }, 'video_9'))).toStrictEqual({
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
		expect(failedTaskFields({})).toStrictEqual({});
		expect(failedTaskFields({ taskId: 'video_1' })).toStrictEqual({ task_id: 'video_1' });
		expect(failedTaskFields({ taskId: 'video_1', task })).toStrictEqual({
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
