/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads its samples, never inside n8n */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import { plainTaskId } from '../../nodes/Sora/gateway/answers/ids';
import { isCancelledStatus } from '../../nodes/Sora/gateway/answers/statusWords';
import { readAccepted } from '../../nodes/Sora/gateway/answers/task';
import {
	isKnownStatus,
	parseJson,
	readAcceptedTaskId,
	readCharacter,
	readComplaint,
	readTask,
	readTaskIdInError,
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
	const task = readTask(answer, 'task_1', { baseUrl: BASE });
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
	accepted: (answer) => readAcceptedTaskId(answer),
	inError: (answer) => readTaskIdInError(answer),
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
};

/** One body a line: first as public clients and documentation of these services show them, then by what is read. */
const BODIES = readFileSync(join(__dirname, 'answers.samples.jsonl'), 'utf8')
	.trim()
	.split('\n')
	.map(
		(line) =>
			JSON.parse(line) as { name: string; answer: unknown; expected: Record<string, unknown> },
	)
	.map(({ name, answer, expected }) => [name, answer, expected] as const);

describe('a body is read as it is meant', () => {
	it.each(BODIES)('%s', (_, answer, expected) => {
		for (const [reader, wanted] of Object.entries(expected)) {
			if (reader === 'task') expectTask(answer, wanted as Expected | null);
			else {
				const isPartial = reader === 'character' && wanted !== null;
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

	it.each(spellings)('"%s" says that the task has %s', (status, phase) => {
		expect(read({ task_id: 'task_1', status })).toMatchObject({ status, phase });
		expect(phase === 'running' || isKnownStatus(status)).toBe(true);
	});

	it.each(['UNKNOWN', 'foo', 'error_free', 'no_error', 'warm', '闲置', '99', ''])(
		'"%s" says nothing, so that the task is running',
		(status) => {
			expect(read({ task_id: 'task_1', status }).phase).toBe('running');
		},
	);

	it.each(
		'task_status taskStatus state task_state job_status videoState render_status taskstatus'.split(
			' ',
		),
	)('is read from %s', (name) => {
		expect(read({ task_id: 'task_1', [name]: 'finished', video_url: MP4 }).phase).toBe('succeeded');
		expect(read({ data: { id: 'task_1', [name]: 'expired' } }).phase).toBe('failed');
		expect(read({ data: { id: 'task_1', [name]: 'waiting' } }).phase).toBe('running');
	});

	it.each(
		'http_status payment_status callback_status status_msg upload_state status_code'.split(' '),
	)('is not read from %s', (name) => {
		expect(read({ task_id: 'task_1', [name]: 'failed' }).phase).toBe('running');
	});

	it.each([true, 2, { deep: 'x' }, null])('is none where a gateway writes %j', (status) => {
		expect(read({ task_id: 'task_1', status })).toMatchObject({ status: '', phase: 'running' });
		expect(read({ task_id: 'task_1', status, video_url: MP4 }).phase).toBe('succeeded');
	});

	it.each([
		['已取消', true],
		['CANCEL', true],
		['task_canceled', true],
		['cancelling', false],
		['NOT_CANCELLED', false],
		['expired', false],
	])('"%s" counts as cancelled: %s', (status, cancelled) => {
		expect(isCancelledStatus(status)).toBe(cancelled);
	});

	it.each([
		['at 100 %', { progress: '100%' }, 'succeeded'],
		['with a finish time', { finish_time: 1756693898 }, 'succeeded'],
		['with nothing else', {}, 'running'],
		['at 99 %', { progress: 99 }, 'running'],
		['with a finish time of 0', { finish_time: 0 }, 'running'],
	])('that nobody knows beside a link, %s, means %s', (_, more, phase) => {
		for (const status of ['WARMED', 'UNKNOWN', '闲置']) {
			expect(read({ task_id: 'task_1', status, video_url: MP4, ...more }).phase).toBe(phase);
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

	it('is understood by its stem, whatever stands around it', () => {
		const part = fc.constantFrom('task', 'job', 'video', 'render', 'sora', 'generation', 'v2');
		const join = fc.constantFrom('_', '-', ' ', '.', ':');
		const word = fc.constantFrom<Array<[string, TaskPhase]>>(
			['succeeded', 'succeeded'],
			['finished', 'succeeded'],
			['completed', 'succeeded'],
			['failed', 'failed'],
			['expired', 'failed'],
			['rejected', 'failed'],
			['not_finished', 'running'],
			['processing', 'running'],
		);
		const casing = fc.constantFrom(
			(text: string) => text,
			(text: string) => text.toUpperCase(),
		);
		fc.assert(
			fc.property(part, join, word, casing, ([...parts], glue, [said, phase], spell) => {
				const status = spell(`${parts.join('')}${glue}${said}`);
				expect({ status, phase: read({ status }).phase }).toEqual({ status, phase });
			}),
		);
	});
});

describe('a stage of the work', () => {
	const SENT = { model: 'veo3.1', prompt: 'x', enable_upsample: true };
	const at = (
		status: string,
		more: object = {},
		sent: Record<string, unknown> | undefined = SENT,
	) => readTask({ id: 'task_1', status, ...more }, 'task_1', { baseUrl: BASE, sent });

	it.each(
		'video_generation_completed GENERATION_DONE generation.completed video_rendered 视频生成完成'.split(
			' ',
		),
	)('%s is not the end where later work was ordered, with a link or without', (status) => {
		for (const link of [{}, { video_url: MP4 }, { video_url: MP4, progress: '100%' }]) {
			expect(at(status, link)).toMatchObject({ phase: 'running', videoUrl: null });
			expect(at(status, { ...link, upsample_status: 'pending' }, {})?.phase).toBe('running');
			expect(at(status, { ...link, params: { enable_upscale: true } }, {})?.phase).toBe('running');
		}
	});

	it.each([
		['nothing else was ordered', { model: 'x' }],
		['it was turned off', { enable_upsample: false, frame_interpolation: 'none' }],
		['nothing is known of the order', undefined],
	])('video_generation_completed is the end where %s', (_, sent) => {
		expect(
			readTask({ id: 'task_1', status: 'video_generation_completed', video_url: MP4 }, 'task_1', {
				sent,
			}),
		).toMatchObject({ phase: 'succeeded', videoUrl: MP4 });
	});

	it.each(['video_upsampling_completed', 'completed', 'SUCCESS', 'upscale_done'])(
		'%s is the end, whatever was ordered',
		(status) => {
			expect(at(status, { video_url: MP4 })).toMatchObject({ phase: 'succeeded', note: '' });
		},
	);

	it('counts as over with a finish time', () => {
		const more = { video_url: MP4, finish_time: 1756693898 };
		expect(at('video_generation_completed', more)?.phase).toBe('succeeded');
	});

	it.each<[string, object]>([
		['video_upsampling_failed', {}],
		['upscale-error', {}],
		['failed', { error: { message: 'upscaling failed: out of memory' } }],
		['FAILURE', { fail_reason: '超分失败' }],
	])('that failed last beside a link, %s, leaves a result with a note', (status, more) => {
		const task = at(status, { video_url: MP4, ...more });
		expect(task).toMatchObject({ phase: 'succeeded', videoUrl: MP4, failReason: '' });
		expect(task?.note).toContain(status);
		expect(at(status, more)?.phase).toBe('failed');
	});

	it('that failed itself is a failure, link or not', () => {
		for (const status of ['video_generation_failed', 'failed']) {
			expect(at(status, { video_url: MP4 })).toMatchObject({ phase: 'failed', videoUrl: null });
		}
	});
});

describe('an end that is no known word', () => {
	it('is one all the same with a finish time, at 100 % or where a switch says so, whatever the word', () => {
		const word = fc.stringMatching(/^[a-z]{4,12}$/).filter((status) => !isKnownStatus(status));
		const over = fc.constantFrom(
			{ finish_time: 1756693898 },
			{ completedAt: '2025-09-01T02:31:38Z' },
			{ progress: '100%' },
			{ done: true },
		);
		fc.assert(
			fc.property(word, over, (status, end) => {
				fc.pre(!/^(?:ok|okay|true|false|null|none)$/.test(status));
				const answer = { task_id: 'task_1', status };
				expect(read({ ...answer, ...end }).phase).toBe('failed');
				expect(read({ ...answer, ...end, video_url: MP4 }).phase).toBe('succeeded');
				expect(read({ ...answer, progress: 99, finish_time: 0 }).phase).toBe('running');
			}),
		);
	});
});

describe('the answer to an order', () => {
	const accepted = (answer: unknown, isError = false) =>
		readAccepted(answer, { isError, baseUrl: BASE, sent: { prompt: 'x' } });

	it('gives the ID, and with it the video where that is there already', () => {
		expect(accepted({ task_id: 'task_1', status: 'QUEUED' })).toEqual({ taskId: 'task_1' });
		expect(accepted({ task_id: 'task_1', status: 'SUCCESS', data: { output: MP4 } })).toMatchObject(
			{
				taskId: 'task_1',
				task: { id: 'task_1', phase: 'succeeded', videoUrl: MP4 },
			},
		);
		expect(accepted({ created: 1756693797, data: [{ url: MP4 }] })).toMatchObject({
			taskId: '',
			task: { videoUrl: MP4 },
		});
	});

	it('is none where nothing was accepted', () => {
		expect(accepted({ error: { message: 'no' } })).toBeUndefined();
		expect(accepted({ error: { message: 'no' }, video_url: MP4 })).toBeUndefined();
		expect(accepted({ video_url: MP4 }, true)).toBeUndefined();
		expect(accepted('<html>')).toBeUndefined();
	});
});

describe('the link', () => {
	const found = (answer: unknown) => {
		const { videoUrls } = read(answer);
		return [videoUrls] as const;
	};
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

	it('is no address under which the task itself is asked for', () => {
		for (const url of [
			`${BASE}/v2/videos/generations/task_1`,
			'https://upstream.example/v1/tasks/task_1',
			`${BASE}/anything/task_1`,
		]) {
			expect(read({ task_id: 'task_1', url })).toMatchObject({ phase: 'running', videoUrl: null });
		}
		expect(read(done({ video_url: 'https://files.example/task_1' })).videoUrl).not.toBeNull();
	});

	it('of which only the word for an address speaks ends no task without a word, watermark or not', () => {
		const address = 'https://files.example/abc';
		for (const name of ['link', 'url', 'watermark_url', 'no_watermark_url', 'hd_url']) {
			expect(readTask({ task_id: 'task_1', [name]: address }, 'task_1')).toMatchObject({
				phase: 'running',
			});
			expect(read({ task_id: 'task_1', status: 'SUCCESS', [name]: address }).videoUrl).toBe(
				address,
			);
			expect(read({ task_id: 'task_1', [name]: MP4 }).phase).toBe('succeeded');
		}
	});

	it.each(['.', ',', '!', '?', ';', ':', '。', '，', '...', '.)', ').', '**', '"', '>'])(
		'in a sentence ends before the sign %s',
		(sign) => {
			const plain = 'https://files.example/v/clip.mp4';
			expect(found(done({ note: `See ${plain}${sign}` }))[0]).toEqual([plain]);
			expect(found(done({ note: `See ${MP4}${sign} It expires soon` }))[0]).toEqual([MP4]);
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

	it('that is relative is none where the base URL is not known', () => {
		expect(
			readTask(done({ video_url: '/v1/videos/task_1/content' }), 'task_1')?.videoUrl,
		).toBeNull();
	});
});

describe('the reason of a failure', () => {
	const failed = (more: object) => read({ task_id: 'task_1', status: 'FAILURE', ...more });

	it('is cut to a few KB, with a sign of the cut, from both ends', () => {
		const { failReason, raw } = failed({ fail_reason: `begin ${'x'.repeat(5_000_000)} end` });
		expect(failReason.length).toBeLessThan(3_000);
		expect(failReason).toMatch(/^begin x+… \(cut: \d+ characters\) x+ end$/);
		expect(JSON.stringify(raw).length).toBeLessThan(5_000);
	});
});

describe('the task object', () => {
	it('stays itself where it is of ordinary size', () => {
		const answer = {
			task_id: 'task_1',
			status: 'SUCCESS',
			data: { output: MP4 },
			list: Array.from({ length: 1_000 }, (_, index) => ({ index })),
		};
		expect(read(answer).raw).toBe(answer);
	});

	it.each<[string, object]>([
		['a long text', { note: '很'.repeat(8_000_000) }],
		['a file in base64', { b64: `data:video/mp4;base64,${'A'.repeat(8_000_000)}` }],
		[
			'a long list',
			{ list: Array.from({ length: 300_000 }, (_, index) => ({ index, name: 'x' })) },
		],
		[
			'many fields',
			Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`field${index}`, index])),
		],
		['many long texts', { list: Array.from({ length: 5_000 }, () => 'x'.repeat(4_000)) }],
		['long names', { ['x'.repeat(1_000_000)]: { ['y'.repeat(1_000_000)]: 1 } }],
		[
			'deep nesting',
			{ deep: Array.from({ length: 5_000 }).reduce<unknown>((inner) => ({ inner }), 1) },
		],
	])(
		'is cut where it holds %s, with a sign of the cut, and is delivered all the same',
		(_, more) => {
			const { raw, phase, videoUrl } = read({
				task_id: 'task_1',
				status: 'SUCCESS',
				video_url: MP4,
				...more,
			});
			const text = JSON.stringify(raw);
			expect(text.length).toBeLessThan(600_000);
			expect(text).toMatch(/cut/);
			expect({ phase, videoUrl, id: raw.task_id }).toEqual({
				phase: 'succeeded',
				videoUrl: MP4,
				id: 'task_1',
			});
		},
	);

	it('keeps long links whole', () => {
		const url = `https://files.example/a.mp4?sig=${'x'.repeat(8_000)}`;
		expect(read({ task_id: 'task_1', status: 'SUCCESS', video_url: url }).raw).toEqual({
			task_id: 'task_1',
			status: 'SUCCESS',
			video_url: url,
		});
	});

	it('is found in an answer that was encoded twice', () => {
		const task = { task_id: 'task_1', status: 'SUCCESS', data: { output: MP4 } };
		expect(read(parseJson(JSON.stringify(JSON.stringify(task)))).raw).toEqual(task);
	});
});

describe('what else is handed on', () => {
	it('is bounded too', () => {
		const long = 'x'.repeat(5_000_000);
		const file = readUploadedFile({ url: MP4, note: long });
		expect(file?.url).toBe(MP4);
		expect(JSON.stringify(file?.raw).length).toBeLessThan(5_000);
		const character = readCharacter({ id: 'ch_1', username: 'a.b', name: long, permalink: long });
		expect(JSON.stringify(character).length).toBeLessThan(2_000);
	});

	it('holds also for a finished video without any ID, the answer of a gateway that makes one wait', () => {
		expect(readTask({ created: 1756693797, data: [{ url: MP4 }] }, '')).toMatchObject({
			id: '',
			phase: 'succeeded',
			videoUrl: MP4,
		});
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

	it('with long integers is what it is without them, whatever stands around', () => {
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

	it('gives a task ID beyond 2^53 as it stands, at the purchase and afterwards', () => {
		const text = '{"code":"success","data":{"task_id":1234567890123456789,"status":"QUEUED"}}';
		expect(readAcceptedTaskId(parseJson(text))).toBe('1234567890123456789');
		expect(readTask(parseJson(text), '')?.id).toBe('1234567890123456789');
	});

	it('of any depth ends no reader', () => {
		const deep = parseJson(`${'{"data":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
		expect(deep).toBeDefined();
		expect(readTask(deep, 'task_1')).toBeUndefined();
		expect(readAcceptedTaskId(deep)).toBeUndefined();
		expect(readTaskIdInError(deep)).toBeUndefined();
		expect(readComplaint(deep)).toBeUndefined();
		const list = parseJson(
			`{"status":"SUCCESS","data":${'['.repeat(100_000)}1${']'.repeat(100_000)}}`,
		);
		expect(read(list).phase).toBe('succeeded');
	});
});

describe('the ID of a task in an error', () => {
	it('is not one that the user has sent', () => {
		const answer = { error: { message: 'remix target is busy', task_id: 'video_1' } };
		expect(readTaskIdInError(answer, { remix_target_id: 'video_1' })).toBeUndefined();
		expect(readTaskIdInError(answer, { prompt: 'a boat' })).toBe('video_1');
		expect(readTaskIdInError(answer, { prompt: 'as in video_1, please' })).toBeUndefined();
		expect(readTaskIdInError(answer, { images: ['data:,Avideo_12'] })).toBe('video_1');
		const nowOk = { ...answer, code: 'success' };
		expect(readAcceptedTaskId(nowOk, { remix_target_id: 'video_1' })).toBeUndefined();
	});
});

describe('a task ID found without parsing', () => {
	const sold = { code: 'success', data: { task_id: 'video_1', status: 'QUEUED' } };

	it('is found however much of the answer behind it is missing, and never cut itself', () => {
		const text = JSON.stringify(sold);
		const end = text.indexOf('video_1"') + 'video_1"'.length;
		for (let length = 0; length <= text.length; length++) {
			expect(plainTaskId(text.slice(0, length))).toBe(length < end ? undefined : 'video_1');
		}
	});
});

describe('a value of another kind than its name says', () => {
	it.each(['object', 'type', 'status', 'code', 'model', 'created', 'name', 'done', 'message'])(
		'in "%s" costs no ID: a record has no text',
		(name) => {
			for (const odd of [{}, [], { a: 1 }, [{}], null, 7, true]) {
				const error = { id: 'video_1', [name]: odd, error: { message: 'x' } };
				expect(readTaskIdInError(error)).toBe('video_1');
				expect(readAcceptedTaskId({ task_id: 'video_1', [name]: odd })).toBe('video_1');
			}
		},
	);

	it.each([null, ''])('%j beside an ID is no sign of a task', (nothing) => {
		for (const name of ['model', 'created', 'created_at', 'object', 'status', 'progress']) {
			const refusal = { id: 'a1b2c3d4', [name]: nothing, error: { message: 'no' } };
			expect(readTaskIdInError(refusal)).toBeUndefined();
		}
	});
});

describe('a complaint', () => {
	it('is cut to a few KB, with a sign of the cut', () => {
		const complaint = readComplaint({
			code: 'c'.repeat(1_000_000),
			message: 'x'.repeat(20_000_000),
		});
		expect(complaint?.message.length).toBeLessThan(3_000);
		expect(complaint?.message).toMatch(/\(cut: \d+ characters\)/);
		expect(complaint?.code.length).toBeLessThan(300);
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
			const answer = parseJson(JSON.stringify(dialect.told(facts)));
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
			const id = readAcceptedTaskId(parseJson(JSON.stringify(accepted)));
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

	it('that nobody has written down is understood, whatever its envelopes and names', () => {
		fc.assert(
			fc.property(fc.nat({ max: 999_999_999 }), (seed) => {
				expectUnderstood(randomDialect(seed), `random:${seed}`);
			}),
			{ numRuns: 1_000 },
		);
	});
});

describe('a prompt that an answer repeats says nothing by its words', () => {
	const sent = { model: 'm', prompt: 'A sign that says "task does not exist", task_not_exist' };
	const answer = { id: 'video_12345678', object: 'video', status: 'queued', prompt: sent.prompt };

	it('in an answer with the status of an error', () => {
		expect(readAccepted(answer, { sent, isError: true })).toEqual({ taskId: 'video_12345678' });
	});

	it('in one that broke off', () => {
		const text = JSON.stringify(answer).slice(0, -3);
		expect(plainTaskId(text, sent)).toBe('video_12345678');
	});

	it('while the gateway’s own words count', () => {
		const error = { message: 'there: this task does not exist' };
		expect(readAccepted({ ...answer, error }, { sent, isError: true })).toBeUndefined();
	});
});
