/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads its samples, never inside n8n */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import { quotaItem } from '../../nodes/Sora/actions/output';
import { plainTaskId, readTaskId } from '../../nodes/Sora/gateway/answers/ids';
import { isCancelledStatus } from '../../nodes/Sora/gateway/answers/statusWords';
import { readAccepted } from '../../nodes/Sora/gateway/answers/task';
import {
	isKnownStatus,
	parseJson,
	readCharacter,
	readComplaint,
	readQuota,
	readTask,
	readUploadedFile,
	type Task,
	type TaskPhase,
} from '../../nodes/Sora/gateway/contract';
import { readCalledTaskId } from '../../nodes/Sora/gateway/taskId';
import { DIALECT_NAMES, DIALECTS } from '../simulator/dialects';
import type { Dialect, Facts } from '../simulator/dialect';
import { randomDialect } from '../simulator/randomDialect';
import type { Stage } from '../simulator/walk';

const MP4 = 'https://files.example/v/clip.mp4?sig=abc';
const BASE = 'https://gateway.example';
/** The order of the sampled tasks. */
const SENT = { model: 'm', video_url: 'https://files.example/in/own.mp4' };

const read = (answer: unknown, knownId = 'task_1', baseUrl: string | undefined = BASE): Task => {
	const task = readTask(answer, knownId, { baseUrl });
	if (!task) throw new Error('no task was read');
	return task;
};

/** Of the task; by default it has succeeded with one link. */
interface Expected {
	phase?: TaskPhase;
	urls?: string[];
	/** A pattern. */
	reason?: string;
	code?: string;
	status?: string;
	progress?: number;
}

function expectTask(answer: unknown, expected: Expected | null) {
	const task = readTask(answer, 'task_1', { baseUrl: BASE, sent: SENT });
	if (expected === null || !task) return expect(task ?? null).toBe(expected);
	const { phase = 'succeeded', reason, code, status, progress } = expected;
	const { urls = phase === 'succeeded' ? [MP4] : [] } = expected;
	expect(task).toMatchObject({
		...{ phase, videoUrls: urls, videoUrl: urls[0] ?? null },
		...(reason !== undefined && { failReason: expect.stringMatching(reason) }),
		...(code !== undefined && { failCode: code }),
		...(status !== undefined && { status }),
		...(progress !== undefined && { progress }),
	});
}

/** What else is read of a body, by the name of the expectation. */
const READERS: Record<string, (answer: unknown) => unknown> = {
	said: (answer) => readTask(answer, 'task_1')?.saidId,
	cost: (answer) => readTask(answer, 'task_1')?.cost,
	reason: (answer) => readTask(answer, 'task_1')?.failReason,
	order: (answer) => readAccepted(answer, { isError: false, baseUrl: BASE }),
	accepted: (answer) => readTaskId(answer),
	inError: (answer) => readTaskId(answer, { isError: true }),
	plain: (text) => plainTaskId(String(text), { remix_target_id: 'video_0' }),
	called: readCalledTaskId,
	complaint: readComplaint,
	character: readCharacter,
	progress: (answer) => readTask(answer, 'task_1')?.progress,
	moments(answer) {
		const task = readTask(answer, 'task_1');
		return [task?.submittedAt, task?.startedAt, task?.finishedAt];
	},
	file: (answer) => readUploadedFile(answer, BASE)?.url,
	quota(answer) {
		const quota = readQuota(answer);
		return quota && quotaItem(quota);
	},
};

/** Readers whose sample names only some of the fields. */
const PARTIAL = ['character', 'quota'];

/** One body a line: first as public clients and documentation of these services show them, then by what is read. */
const BODIES = readFileSync(join(__dirname, 'answers.samples.jsonl'), 'utf8')
	.trim()
	.split('\n')
	.map(
		(line) =>
			JSON.parse(line) as { name: string; answer: unknown; expected: Record<string, unknown> },
	)
	.map(({ name, answer, expected }) => [name, answer, expected] as const);

describe('a body is read correctly', () => {
	it.each(BODIES)('%s', (_, answer, expected) => {
		for (const [reader, wanted] of Object.entries(expected)) {
			if (reader === 'task') expectTask(answer, wanted as Expected | null);
			else {
				const isPartial = PARTIAL.includes(reader) && wanted !== null;
				const value: unknown = isPartial ? expect.objectContaining(wanted as object) : wanted;
				expect(READERS[reader]?.(answer) ?? null).toEqual(value);
			}
		}
	});
});

describe('a word', () => {
	const words: Record<TaskPhase, string> = {
		running: `
			NOT_START | IN_QUEUE | IN_PROGRESS | InProgress | inprogress | notstarted | THROTTLED |
			submitted | created | Preparing | Queueing | dreaming | post-processing | initializing |
			not_finished | unfinished | incomplete | not_completed | NotCompleted | notFinished |
			waiting_for_completion | almost_done | to_be_completed | not yet ready |
			partially_completed | upload_complete | first_frame_ready | image_generated |
			stage_1_done | queue_ready | ready_for_processing | finishing | completing | cancelling
			| cancel_requested | aborting | failed_retrying | retrying_after_error |
			TASK_STATUS_QUEUED | TASK_STATUS_PROCESSING | 排队中 | 进行中 | 处理中 | 生成中 | 未完成 | 等待完成 |
			处理失败，重试中 | 未开始
		`,
		succeeded: `
			SUCCESS | success | succeed | Succeeded | successful | finish | finished | done | DONE |
			complete | Completed | ready | generated | 成功 | 已完成 | 完成 | 生成成功 | 视频生成成功 |
			TASK_STATUS_SUCCEED | JOB_STATE_SUCCEEDED | TASK_FINISHED_OK | render-complete |
			rendering_done | processing_completed | completed_with_errors | taskfinished |
			generation.completed | video_ready | completed successfully | isDone
		`,
		failed: `
			fail | FAILED | failure | error | Errored | expired | timeout | timed_out | TimedOut |
			TIMED-OUT | time out | cancelled | canceled | CANCEL | aborted | rejected | refused |
			terminated | invalid | blocked | abandoned | unsuccessful | job_failed | upload_failed |
			JOB_STATE_FAILED | TASK_STATUS_FAILED | finish_failed | failed_to_complete |
			completion_error | deadline_exceeded | queue_timeout | content_rejected |
			moderation_blocked | user_canceled | 失败 | 生成失败 | 已取消 | 超时 | 已过期 | 任务失败 | 审核未通过 | 生成超时 |
			未成功 | content_filtered | FILTERED | sensitive | refunded | 已退款 | dead | lost | deleted |
			output_sensitive | REVOKED | prohibited_content | stopped | 已关闭
		`,
	};
	const spellings = Object.entries(words).flatMap(([phase, list]) =>
		list.split('|').map((word) => [word.trim(), phase as TaskPhase] as const),
	);

	it.each(spellings)('"%s" means that the task has %s', (status, phase) => {
		expect(read({ task_id: 'task_1', status })).toMatchObject({ status, phase });
		expect(phase === 'running' || isKnownStatus(status)).toBe(true);
	});

	it.each(['UNKNOWN', 'foo', 'error_free', 'no_error', 'warm', '闲置', '99', ''])(
		'"%s" means nothing, so the task is running',
		(status) => {
			expect(read({ task_id: 'task_1', status }).phase).toBe('running');
		},
	);

	const NAMES = 'task_status taskStatus state task_state job_status videoState taskstatus';
	it.each(NAMES.split(' '))('is read from %s', (name) => {
		expect(read({ task_id: 'task_1', [name]: 'finished', video_url: MP4 }).phase).toBe('succeeded');
		expect(read({ data: { id: 'task_1', [name]: 'expired' } }).phase).toBe('failed');
		expect(read({ data: { id: 'task_1', [name]: 'waiting' } }).phase).toBe('running');
	});

	const OTHERS = 'http_status payment_status callback_status status_msg upload_state status_code';
	it.each(OTHERS.split(' '))('is not read from %s', (name) => {
		expect(read({ task_id: 'task_1', [name]: 'failed' }).phase).toBe('running');
	});

	it.each([true, 2, { deep: 'x' }, null])('is missing where a gateway writes %j', (status) => {
		expect(read({ task_id: 'task_1', status })).toMatchObject({ status: '', phase: 'running' });
		expect(read({ task_id: 'task_1', status, video_url: MP4 }).phase).toBe('succeeded');
	});

	it('counts as cancelled if somebody cancelled the task', () => {
		const words = '已取消 CANCEL task_canceled cancelling NOT_CANCELLED expired'.split(' ');
		expect(words.filter(isCancelledStatus)).toEqual(words.slice(0, 3));
	});

	it.each<[string, object, TaskPhase, TaskPhase]>([
		['at 100 %', { progress: '100%' }, 'succeeded', 'failed'],
		['with a finish time', { finish_time: 1756693898 }, 'succeeded', 'failed'],
		['where a switch says that it is done', { done: true }, 'succeeded', 'failed'],
		['with nothing else', {}, 'running', 'running'],
		['at 99 %', { progress: 99 }, 'running', 'running'],
		['with a finish time of 0', { finish_time: 0 }, 'running', 'running'],
	])('that is unknown, %s', (_, more, withLink, without) => {
		for (const status of ['WARMED', 'UNKNOWN', 'foo', '闲置']) {
			const answer = { task_id: 'task_1', status, ...more };
			expect(read({ ...answer, video_url: MP4 }).phase).toBe(withLink);
			expect(read(answer).phase).toBe(without);
		}
	});

	it.each([
		['a link', { video_url: MP4 }, 'succeeded'],
		['a link at 40 %', { video_url: MP4, progress: 40 }, 'running'],
		['nothing', {}, 'running'],
	])('that is missing, beside %s, means %s', (_, more, phase) => {
		expect(read({ task_id: 'task_1', ...more }).phase).toBe(phase);
		expect(read({ code: 'success', data: { task_id: 'task_1', ...more } }).phase).toBe(phase);
	});
});

describe('a stage of the work', () => {
	const UPSAMPLED = { enable_upsample: true };
	const LINK = { video_url: MP4 };

	it.each<[string, string, object, Record<string, unknown> | undefined, TaskPhase]>([
		['that was not the last', 'video_generation_completed', {}, UPSAMPLED, 'running'],
		['with a link', 'GENERATION_DONE', LINK, UPSAMPLED, 'running'],
		['at 100 %', '视频生成完成', { ...LINK, progress: '100%' }, UPSAMPLED, 'running'],
		['with its state', 'video_rendered', { ...LINK, upsample_status: 'pending' }, {}, 'running'],
		['repeated', 'generation.completed', { params: { enable_upscale: true } }, {}, 'running'],
		['alone', 'video_generation_completed', LINK, { model: 'x' }, 'succeeded'],
		[
			'turned off',
			'GENERATION_DONE',
			LINK,
			{ enable_upsample: false, refine: 'none' },
			'succeeded',
		],
		['of which nothing is known', 'video_rendered', LINK, undefined, 'succeeded'],
		['that is the later one', 'video_upsampling_completed', LINK, UPSAMPLED, 'succeeded'],
		['that is all of it', 'completed', LINK, UPSAMPLED, 'succeeded'],
		['over', 'GENERATION_DONE', { ...LINK, finish_time: 1756693898 }, UPSAMPLED, 'succeeded'],
		['that failed itself', 'video_generation_failed', LINK, UPSAMPLED, 'failed'],
		['that failed', 'failed', LINK, UPSAMPLED, 'failed'],
	])('%s: %s', (_, status, more, sent, phase) => {
		const task = readTask({ id: 'task_1', status, ...more }, 'task_1', { sent });
		const videoUrl = phase === 'succeeded' ? MP4 : null;
		expect(task).toMatchObject({ phase, videoUrl, note: '' });
	});

	it.each<[string, object]>([
		['video_upsampling_failed', {}],
		['upscale-error', {}],
		['failed', { error: { message: 'upscaling failed: out of memory' } }],
		['FAILURE', { fail_reason: '超分失败' }],
	])('that failed last beside a link, %s, leaves a result with a note', (status, more) => {
		const answer = { id: 'task_1', status, ...more };
		const task = read({ ...answer, video_url: MP4 });
		expect(task).toMatchObject({ phase: 'succeeded', videoUrl: MP4, failReason: '' });
		expect(task.note).toContain(status);
		expect(read(answer).phase).toBe('failed');
	});
});

describe('the answer to an order', () => {
	const task = { task_id: 'task_1', status: 'SUCCESS', data: { output: MP4 } };

	it.each<[string, unknown, boolean, object | undefined]>([
		['an ID', { task_id: 'task_1', status: 'QUEUED' }, false, { taskId: 'task_1' }],
		['a video', task, false, { taskId: 'task_1', task: { id: 'task_1', videoUrl: MP4 } }],
		['a video alone', { data: [{ url: MP4 }] }, false, { taskId: '', task: { videoUrl: MP4 } }],
		['an error', { error: { message: 'no' } }, false, undefined],
		['a video beside an error', { error: { message: 'no' }, video_url: MP4 }, false, undefined],
		['a video with the status of an error', { video_url: MP4 }, true, undefined],
		['a page', '<html>', false, undefined],
	])('that contains %s', (_, answer, isError, expected) => {
		const accepted = readAccepted(answer, { isError, baseUrl: BASE, sent: { prompt: 'x' } });
		if (expected) expect(accepted).toMatchObject(expected);
		else expect(accepted).toBeUndefined();
	});
});

describe('the link', () => {
	const done = (more: object) => ({ task_id: 'task_1', status: 'SUCCESS', ...more });

	const OTHERS = `
		thumbnail thumbnail_url thumbUrl cover coverUrl coverurl video_cover_url poster
		video_poster preview previewVideoUrl last_frame lastFrameUrl first_frame_url
		tail_image_url image images image_url webhook webhook_url callback_url callBackUrl
		notify_hook notifyUrl icon avatar_url status_url polling_url cancel_url self get input
		input_video_url source_video_url reference_video original_video prompt request params
		audio_url music subtitle_url share_url response_url docs homepage mask_video snapshot
		upload_url screenshotUrl
	`;

	it.each(OTHERS.trim().split(/\s+/))('is never taken from %s', (name) => {
		for (const value of [MP4, [MP4], { url: MP4 }, { video: { url: MP4 } }]) {
			// Names that only a field itself may not have are names of envelopes elsewhere.
			if (typeof value === 'object' && !Array.isArray(value) && isNameOfAField(name)) continue;
			expect({ name, value, url: read(done({ [name]: value })).videoUrl }).toEqual({
				name,
				value,
				url: null,
			});
			expect(read(done({ data: { [name]: value } })).videoUrl).toBeNull();
			expect(readTask({ task_id: 'task_1', [name]: value }, 'task_1')?.phase).toBe('running');
		}
	});

	const isNameOfAField = (name: string) =>
		/^(?:self|get|docs|homepage|.*(?:status|polling|cancel|share|response|upload)_url)$/.test(name);

	it('is not the address for polling the task', () => {
		const own = `${BASE}/v2/videos/generations/task_1`;
		for (const url of [own, 'https://upstream.example/v1/tasks/task_1', `${BASE}/any/task_1`]) {
			expect(read({ task_id: 'task_1', url })).toMatchObject({ phase: 'running', videoUrl: null });
		}
		expect(read(done({ video_url: 'https://files.example/task_1' })).videoUrl).not.toBeNull();
	});

	it.each('link url watermark_url no_watermark_url hd_url'.split(' '))(
		'that only the name %s speaks for ends no task without a status word',
		(name) => {
			const address = { [name]: 'https://files.example/abc' };
			expect(read({ task_id: 'task_1', ...address }).phase).toBe('running');
			expect(read(done(address)).videoUrl).toBe(address[name]);
			expect(read({ task_id: 'task_1', [name]: MP4 }).phase).toBe('succeeded');
		},
	);

	it.each(['.', ',', '!', '?', ';', ':', '。', '，', '...', '.)', ').', '**', '"', '>'])(
		'in a sentence ends before the punctuation %s',
		(sign) => {
			const plain = 'https://files.example/v/clip.mp4';
			expect(read(done({ note: `See ${plain}${sign}` })).videoUrls).toEqual([plain]);
			expect(read(done({ note: `See ${MP4}${sign} It expires soon` })).videoUrls).toEqual([MP4]);
		},
	);

	it.each([
		['//cdn.example/a.mp4', BASE, 'https://cdn.example/a.mp4'],
		['//cdn.example/a.mp4', 'http://gateway.example', 'http://cdn.example/a.mp4'],
		['/v1/videos/task_1/content', BASE, `${BASE}/v1/videos/task_1/content`],
		['/v1/videos/task_1/content', `${BASE}/api`, `${BASE}/api/v1/videos/task_1/content`],
		['/api/v1/videos/task_1/content', `${BASE}/api`, `${BASE}/api/v1/videos/task_1/content`],
		['v1/videos/task_1/content', `${BASE}/api`, `${BASE}/api/v1/videos/task_1/content`],
		['files/a.mp4?x=1', BASE, `${BASE}/files/a.mp4?x=1`],
		['/v1/videos/a%20b/content', BASE, `${BASE}/v1/videos/a%20b/content`],
	])('%s, relative to %s, is %s', (value, base, url) => {
		expect(read(done({ video_url: value }), 'task_1', base).videoUrl).toBe(url);
		expect(read(done({ foo: { resultVideoLink: value } }), 'task_1', base).videoUrl).toBe(url);
	});

	it('that is relative is ignored if the base URL is unknown', () => {
		const task = readTask(done({ video_url: '/v1/videos/task_1/content' }), 'task_1');
		expect(task?.videoUrl).toBeNull();
	});
});

describe('the task object', () => {
	it('stays as it is if it is of ordinary size, with long links', () => {
		const answer = {
			task_id: 'task_1',
			status: 'SUCCESS',
			data: { output: `https://files.example/a.mp4?sig=${'x'.repeat(8_000)}` },
			list: Array.from({ length: 1_000 }, (_, index) => ({ index })),
		};
		expect(read(answer).raw).toBe(answer);
	});

	const many = <T>(length: number, make: (index: number) => T) =>
		Array.from({ length }, (_, index) => make(index));

	it.each<[string, object]>([
		['a long text', { note: '很'.repeat(8_000_000) }],
		['a file in base64', { b64: `data:video/mp4;base64,${'A'.repeat(8_000_000)}` }],
		['a long list', { list: many(300_000, (index) => ({ index, name: 'x' })) }],
		['many fields', Object.fromEntries(many(200_000, (index) => [`field${index}`, index]))],
		['many long texts', { list: many(5_000, () => 'x'.repeat(4_000)) }],
		['long names', { ['x'.repeat(1_000_000)]: { ['y'.repeat(1_000_000)]: 1 } }],
		['deep nesting', { deep: many(5_000, () => 0).reduce<unknown>((inner) => ({ inner }), 1) }],
	])('is cut if it has %s, with a marker, and is delivered', (_, more) => {
		const task = read({ task_id: 'task_1', status: 'SUCCESS', video_url: MP4, ...more });
		expect(task).toMatchObject({ phase: 'succeeded', videoUrl: MP4, raw: { task_id: 'task_1' } });
		const text = JSON.stringify(task.raw);
		expect(text.length).toBeLessThan(600_000);
		expect(text).toMatch(/cut/);
	});

	it('is found in an answer that was encoded twice', () => {
		const task = { task_id: 'task_1', status: 'SUCCESS', data: { output: MP4 } };
		expect(read(parseJson(JSON.stringify(JSON.stringify(task)))).raw).toEqual(task);
	});
});

describe('what is returned', () => {
	const LONG = 'x'.repeat(5_000_000);
	const CUT = /^begin x+… \(cut: \d+ characters\) x+ end$/;

	it('is cut to a few KB, with a marker', () => {
		const words = `begin ${LONG} end`;
		const { failReason, raw } = read({ status: 'FAILURE', fail_reason: words });
		const complaint = readComplaint({ code: LONG, message: words });
		for (const text of [failReason, complaint?.message]) expect(text).toMatch(CUT);
		expect(complaint?.code.length).toBeLessThan(300);
		const file = readUploadedFile({ url: MP4, note: LONG });
		const character = readCharacter({ id: 'ch_1', username: 'a.b', name: LONG, permalink: LONG });
		for (const held of [failReason, complaint, raw, file, character]) {
			expect(JSON.stringify(held).length).toBeLessThan(5_000);
		}
		expect(file?.url).toBe(MP4);
	});
});

describe('JSON', () => {
	it.each([
		['{"task_id":9007199254740993}', { task_id: '9007199254740993' }],
		['{"task_id": -12345678901234567890 }', { task_id: '-12345678901234567890' }],
		['[12345678901234567890,1]', ['12345678901234567890', 1]],
		['12345678901234567890', '12345678901234567890'],
		['{"id":9007199254740991}', { id: 9007199254740991 }],
		['{"a":"x 12345678901234567890","b":1}', { a: 'x 12345678901234567890', b: 1 }],
		[
			'{"a":"\\"12345678901234567890","b":"\\\\","c":12345678901234567890}',
			{ a: '"12345678901234567890', b: '\\', c: '12345678901234567890' },
		],
		['{"12345678901234567890":1}', { '12345678901234567890': 1 }],
		[
			'{"a":0.12345678901234567890,"b":1e30,"c":1234567890123456.5}',
			{ a: 0.12345678901234568, b: 1e30, c: 1234567890123456.5 },
		],
		['\ufeff{"a":1}', { a: 1 }],
	])('keeps every digit of %s', (text, value) => {
		expect(parseJson(text)).toEqual(value);
	});

	it('with long integers is otherwise unchanged, whatever surrounds them', () => {
		fc.assert(
			fc.property(
				fc.json({ maxDepth: 4 }),
				fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }),
				(text, number) => {
					fc.pre(!/\d{16}/.test(text));
					expect(parseJson(`{"a":${text},"id":${number},"b":${text}}`)).toEqual({
						a: JSON.parse(text) as unknown,
						id: String(number),
						b: JSON.parse(text) as unknown,
					});
				},
			),
		);
	});

	it('keeps a task ID beyond 2^53 exact, at the purchase and afterwards', () => {
		const text = '{"code":"success","data":{"task_id":1234567890123456789,"status":"QUEUED"}}';
		expect(readTaskId(parseJson(text))).toBe('1234567890123456789');
		expect(readTask(parseJson(text), '')?.id).toBe('1234567890123456789');
	});

	it('of any depth crashes no reader', () => {
		const deep = parseJson(`${'{"data":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
		expect(deep).toBeDefined();
		expect(readTask(deep, 'task_1')).toBeUndefined();
		expect(readTaskId(deep)).toBeUndefined();
		expect(readTaskId(deep, { isError: true })).toBeUndefined();
		expect(readComplaint(deep)).toBeUndefined();
		const list = parseJson(
			`{"status":"SUCCESS","data":${'['.repeat(100_000)}1${']'.repeat(100_000)}}`,
		);
		expect(read(list).phase).toBe('succeeded');
	});
});

describe('the ID of a task in an error', () => {
	const error = { error: { message: 'remix target is busy', task_id: 'video_1' } };

	it.each<[string, object, string | undefined]>([
		['as a field', { remix_target_id: 'video_1' }, undefined],
		['in a text', { prompt: 'as in video_1, please' }, undefined],
		['by chance, in a longer word', { images: ['data:,Avideo_12'] }, 'video_1'],
		['not', { prompt: 'a boat' }, 'video_1'],
	])('counts unless the user has sent it: %s', (_, sent, id) => {
		expect(readTaskId(error, { sent, isError: true })).toBe(id);
		expect(readTaskId({ ...error, code: 'success' }, { sent })).toBe(id);
	});

	it('is found without parsing, however much of the answer is missing, and never truncated itself', () => {
		const text = JSON.stringify({ code: 'success', data: { task_id: 'video_1', status: 'x' } });
		const end = text.indexOf('video_1"') + 'video_1"'.length;
		for (let length = 0; length <= text.length; length++) {
			expect(plainTaskId(text.slice(0, length))).toBe(length < end ? undefined : 'video_1');
		}
	});
});

describe('a value of another type than its name suggests', () => {
	it.each(['object', 'type', 'status', 'code', 'model', 'created', 'name', 'done', 'message'])(
		'in "%s" costs no ID: a record is not text',
		(name) => {
			for (const odd of [{}, [], { a: 1 }, [{}], null, 7, true]) {
				const error = { id: 'video_1', [name]: odd, error: { message: 'x' } };
				expect(readTaskId(error, { isError: true })).toBe('video_1');
				expect(readTaskId({ task_id: 'video_1', [name]: odd })).toBe('video_1');
			}
		},
	);

	it.each([null, ''])('%j beside an ID does not make it a task', (nothing) => {
		for (const name of ['model', 'created', 'created_at', 'object', 'status', 'progress']) {
			const refusal = { id: 'a1b2c3d4', [name]: nothing, error: { message: 'no' } };
			expect(readTaskId(refusal, { isError: true })).toBeUndefined();
		}
	});
});

describe('a dialect', () => {
	const URL_OF_VIDEO = 'https://files.example/v/clip.mp4?expires=1&sig=abc';
	const factsOf = (stage: Stage): Facts => ({
		taskId: 'video_7f0e6c1a',
		model: 'sora-2',
		stage,
		percent: stage === 'running' ? 40 : stage === 'success' || stage === 'failure' ? 100 : 0,
		submitted: 1756693797,
		started: stage === 'running' ? 1756693808 : 0,
		finished: stage === 'success' || stage === 'failure' ? 1756693898 : 0,
		urls: stage === 'success' ? [URL_OF_VIDEO] : [],
		gatewayUrl: BASE,
		reason: stage === 'failure' ? '内容违反平台政策' : '',
	});
	const PHASES: Record<Stage, TaskPhase> = {
		notStarted: 'running',
		submitted: 'running',
		queued: 'running',
		running: 'running',
		success: 'succeeded',
		failure: 'failed',
	};

	/** What the reader makes of every stage, beside what it must be. */
	function expectUnderstood(dialect: Dialect, name: string) {
		for (const [stage, phase] of Object.entries(PHASES) as Array<[Stage, TaskPhase]>) {
			const facts = factsOf(stage);
			const answer = parseJson(JSON.stringify(dialect.polled(facts) ?? null));
			// A task without any word that has not begun says nothing at all: the next poll tells.
			const task = readTask(answer, facts.taskId, { baseUrl: BASE });
			const what = { name, stage, answer };
			if (phase === 'running') {
				expect({ ...what, phase: task?.phase ?? 'running' }).toEqual({ ...what, phase });
				continue;
			}
			expect({ ...what, phase: task?.phase }).toEqual({ ...what, phase });
			if (phase === 'failed') expect(task?.failReason).toContain(facts.reason);
			else {
				const own = `${BASE}/v1/videos/${facts.taskId}/content`;
				const url = task?.videoUrl === own ? URL_OF_VIDEO : task?.videoUrl;
				expect({ ...what, url }).toEqual({ ...what, url: URL_OF_VIDEO });
			}
		}
		const accepted = dialect.accepted?.(factsOf('queued'));
		if (accepted !== undefined) {
			const id = readTaskId(parseJson(JSON.stringify(accepted)));
			expect({ name, accepted, id: id?.replace(/^.*operations\//, '') }).toEqual({
				name,
				accepted,
				id: 'video_7f0e6c1a',
			});
		}
	}

	it.each(DIALECT_NAMES)('of the stand-in is understood: %s', (name) => {
		expectUnderstood(DIALECTS[name], name);
	});

	it('that nobody has described is understood, whatever its envelopes and names', () => {
		fc.assert(
			fc.property(fc.nat({ max: 999_999_999 }), (seed) => {
				expectUnderstood(randomDialect(seed), `random:${seed}`);
			}),
			{ numRuns: 1_000 },
		);
	});
});

describe('a prompt that an answer repeats is not read for status words', () => {
	const sent = { model: 'm', prompt: 'A sign that says "task does not exist", task_not_exist' };
	const answer = { id: 'video_12345678', object: 'video', status: 'queued', prompt: sent.prompt };

	it('in an answer with an error status', () => {
		expect(readAccepted(answer, { sent, isError: true })).toEqual({ taskId: 'video_12345678' });
	});

	it('in a truncated answer', () => {
		const text = JSON.stringify(answer).slice(0, -3);
		expect(plainTaskId(text, sent)).toBe('video_12345678');
	});

	it('while the gateway’s own words count', () => {
		const error = { message: 'there: this task does not exist' };
		expect(readAccepted({ ...answer, error }, { sent, isError: true })).toBeUndefined();
	});
});
