/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads its samples, never inside n8n */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import {
	isCancelledStatus,
	isKnownStatus,
	parseJson,
	plainTaskId,
	readAccepted,
	readAcceptedTaskId,
	readCharacter,
	readComplaint,
	readTask,
	readTaskIdInError,
	readUploadedFile,
	type Task,
	type TaskPhase,
} from '../../nodes/Sora/gateway/contract';
import { DIALECT_NAMES, DIALECTS } from '../simulator/dialects';
import type { Dialect, Facts } from '../simulator/dialect';
import { randomDialect } from '../simulator/randomDialect';
import type { Stage } from '../simulator/walk';

const MP4 = 'https://files.example/v/clip.mp4?sig=abc';
const SECOND = 'https://files.example/v/second.mp4?sig=abc';
const PNG = 'https://files.example/v/cover.png';
const BASE = 'https://gateway.example';

const read = (answer: unknown, knownId = 'task_1', baseUrl: string | undefined = BASE): Task => {
	const task = readTask(answer, knownId, { baseUrl });
	if (!task) throw new Error('no task was read');
	return task;
};

interface Expected {
	phase?: TaskPhase;
	urls?: string[];
	/** A pattern. */
	reason?: string;
	code?: string;
	status?: string;
	progress?: number;
}

function expectTask(task: Task, expected: Expected) {
	const { phase = 'succeeded', urls = phase === 'succeeded' ? [MP4] : [] } = expected;
	expect({ phase: task.phase, urls: task.videoUrls, first: task.videoUrl }).toEqual({
		phase,
		urls,
		first: urls[0] ?? null,
	});
	if (expected.reason !== undefined)
		expect(task.failReason).toEqual(expect.stringMatching(expected.reason));
	if (expected.code !== undefined) expect(task.failCode).toBe(expected.code);
	if (expected.status !== undefined) expect(task.status).toBe(expected.status);
	if (expected.progress !== undefined) expect(task.progress).toBe(expected.progress);
}

/** One answer a line, as public clients and documentation pages of these services show them, shortened. */
const SAMPLES = readFileSync(join(__dirname, 'answers.samples.jsonl'), 'utf8')
	.trim()
	.split('\n')
	.map((line) => JSON.parse(line) as { name: string; answer: unknown; expected: Expected })
	.map(({ name, answer, expected }) => [name, answer, expected] as const);

describe('the answer of', () => {
	it.each(SAMPLES)('%s is understood', (_, answer, expected) => {
		expectTask(read(answer), expected);
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

	it('about the task comes before one about the call', () => {
		const answer = { status: 'success', task_status: 'processing', task_id: 'task_1' };
		expect(read(answer)).toMatchObject({ status: 'processing', phase: 'running' });
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

	it('that says "failed" stands, also beside a link', () => {
		expect(read({ task_id: 'task_1', status: 'FAILURE', video_url: MP4 }).phase).toBe('failed');
	});

	it('that says "running" stands, also beside a link: it may be a preview', () => {
		const answer = {
			task_id: 'task_1',
			status: 'IN_PROGRESS',
			progress: '100%',
			data: { output: MP4 },
		};
		expect(read(answer).phase).toBe('running');
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

	it('that nobody knows, with a finish time and a reason, means that it failed', () => {
		const answer = {
			task_id: 'task_1',
			status: 'ENDED',
			finish_time: 1756693898,
			fail_reason: '违反',
		};
		expect(read(answer)).toMatchObject({ phase: 'failed', failReason: '违反' });
	});

	it.each([
		['a link', { video_url: MP4 }, 'succeeded'],
		['a link at 40 %', { video_url: MP4, progress: 40 }, 'running'],
		['nothing', {}, 'running'],
	])('that is missing, beside %s, means %s', (_, more, phase) => {
		expect(read({ task_id: 'task_1', ...more }).phase).toBe(phase);
		expect(read({ code: 'success', data: { task_id: 'task_1', ...more } }).phase).toBe(phase);
	});

	it('belongs to the task that was asked for, where an answer tells of several', () => {
		const answer = {
			data: [
				{ task_id: 'task_0', status: 'SUCCESS', video_url: SECOND },
				{ task_id: 'task_1', status: 'QUEUED' },
			],
		};
		expect(read(answer)).toMatchObject({ phase: 'running', videoUrl: null });
		expect(read(answer, 'task_0')).toMatchObject({ phase: 'succeeded', videoUrl: SECOND });
	});

	it.each([
		['nothing but words', { status: 'error', message: '系统繁忙' }],
		['an error and a code', { status: 'fail', code: 'busy', msg: 'try again' }],
		[
			'an error beside the ID',
			{ task_id: 'task_1', error: { message: 'upstream error', code: 'x' } },
		],
	])('of a call that went wrong is none of a task: %s', (_, answer) => {
		expect(readTask(answer, 'task_1')).toBeUndefined();
		expect(readComplaint(answer)).toBeDefined();
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

describe('a task that finished without a video', () => {
	it.each<[string, object, RegExp]>([
		['raiMediaFilteredReasons', { response: { raiMediaFilteredReasons: ['Unsafe.'] } }, /Unsafe/],
		['error', { error: 'Blocked by our filter' }, /Blocked/],
		['a nested error', { data: { result: { error: { message: 'no minors' } } } }, /minors/],
		[
			'a message that refuses',
			{ message: 'The video was blocked for sensitive content' },
			/sensitive/,
		],
		['a message in Chinese', { data: { message: '内容违规，已拦截' } }, /违规/],
	])('has failed where %s says why', (_, more, reason) => {
		for (const word of [{ status: 'completed' }, { status: 'SUCCESS', progress: '100%' }]) {
			const task = read({ task_id: 'task_1', ...word, ...more });
			expect(task).toMatchObject({ phase: 'failed', videoUrl: null });
			expect(task.failReason).toMatch(reason);
		}
	});

	it.each([
		{ message: 'success' },
		{ message: 'Task completed successfully' },
		{ message: '生成成功' },
		{ message: 'Uploading the result' },
		{ error: null, fail_reason: '' },
		{ error: { code: 0, message: '' } },
		{},
	])('may still get it where nothing speaks of a failure: %j', (more) => {
		expect(read({ task_id: 'task_1', status: 'completed', ...more }).phase).toBe('succeeded');
	});

	it('keeps what was said beside it for the error', () => {
		const answer = { task_id: 'task_1', status: 'SUCCESS', message: 'Ask support' };
		expect(read(answer)).toMatchObject({ phase: 'succeeded', failReason: 'Ask support' });
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

describe('the ID that an answer gives its task', () => {
	it.each<[string, unknown, string | undefined]>([
		['its own', { task_id: 'task_2', status: 'SUCCESS', video_url: MP4 }, 'task_2'],
		['in an envelope', { code: 0, data: { taskId: 'task_2', status: 'QUEUED' } }, 'task_2'],
		[
			'the one asked for, anywhere',
			{ task_id: 'up_9', status: 'QUEUED', data: { id: 'task_1' } },
			'task_1',
		],
		[
			'an id alone with signs of a task',
			{ id: 'abc-12345', model: 'x', status: 'queued' },
			'abc-12345',
		],
		['none', { status: 'QUEUED', progress: 3 }, undefined],
		['none: it may be the request’s', { id: '5f1c-aa31', status: 'QUEUED' }, '5f1c-aa31'],
	])('is told: %s', (_, answer, id) => {
		expect(readTask(answer, 'task_1')?.saidId).toBe(id);
	});
});

describe('what a task cost', () => {
	it.each<[string, object, object]>([
		['usage.cost', { usage: { cost: 0.4, is_byok: false } }, { cost: 0.4 }],
		['cost_usd', { cost_usd: '0.25' }, { cost_usd: 0.25 }],
		['quota', { quota: 500000 }, { quota: 500000 }],
		['credits', { credits: 4 }, { credits: 4 }],
		['consumed credits', { billing: { consumed_credits: 12 } }, { credits: 12 }],
		['usage.estimated_cost', { usage: { estimated_cost: 1 } }, { cost: 1 }],
		['nothing', { usage: { seconds: 8 }, cost: null, quota: '' }, {}],
		['what is no amount', { cost: 'free', credits: {}, quota: -1 }, {}],
	])('is read from %s', (_, more, cost) => {
		expect(read({ id: 'task_1', status: 'completed', video_url: MP4, ...more }).cost).toEqual(cost);
		expect(read({ code: 0, data: { task_id: 'task_1', status: 'SUCCESS', ...more } }).cost).toEqual(
			cost,
		);
	});
});

describe('a list of one', () => {
	it('is what is in it, as the answer to an order and to a poll', () => {
		expect(readAcceptedTaskId([{ task_id: 'video_1' }])).toBe('video_1');
		expect(read([{ task_id: 'task_1', status: 'SUCCESS', video_url: MP4 }])).toMatchObject({
			phase: 'succeeded',
			videoUrl: MP4,
			raw: { task_id: 'task_1' },
		});
	});

	it('of several is read for the task that was asked for', () => {
		const list = ['task_0', 'task_1'].map((id) => ({
			task_id: id,
			status: id === 'task_0' ? 'FAILURE' : 'QUEUED',
		}));
		expect(read(list)).toMatchObject({ phase: 'running', status: 'QUEUED' });
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

	it.each([
		['a task that failed at once', { task_id: 'task_1', status: 'FAILURE', fail_reason: 'no' }],
		['a task that waits beside a link', { task_id: 'task_1', status: 'queued', video_url: MP4 }],
		['the address of the task', { task_id: 'task_1', url: `${BASE}/v2/videos/generations/task_1` }],
	])('gives nothing but the ID of %s', (_, answer) => {
		expect(accepted(answer)).toEqual({ taskId: 'task_1' });
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

	it.each<[string, object]>([
		['data.url', { data: { url: MP4 } }],
		['data.videos[0].url', { data: { videos: [{ url: MP4, cover: PNG }] } }],
		['data.videos[0]', { data: { videos: [MP4] } }],
		['data.data.output', { data: { data: { output: MP4 } } }],
		['result_url', { result_url: MP4 }],
		['data, as JSON in a string', { data: JSON.stringify({ output: MP4 }) }],
		[
			'data, as JSON in a string in a string',
			{ data: JSON.stringify(JSON.stringify({ output: MP4 })) },
		],
		['data, as the link itself', { data: MP4 }],
		['fail_reason', { fail_reason: MP4, data: null }],
		['output.video_url', { output: { video_url: MP4 } }],
		['data.output.video_url', { data: { output: { video_url: MP4 } } }],
		['outputs', { outputs: [MP4] }],
		['result, as a link without an ending', { result: 'https://files.example/abc' }],
	])('is read from %s, which is documented', (_, place) => {
		const [urls] = found(done(place));
		expect(urls).toHaveLength(1);
		expect(found({ code: 'success', message: '', data: done(place) })[0]).toHaveLength(1);
	});

	it.each<[string, object]>([
		[
			'payload.media.resultVideoLink',
			{ payload: { media: { resultVideoLink: 'https://files.example/abc' } } },
		],
		['resultvideourl, written in one', { resultvideourl: 'https://files.example/abc' }],
		['a name that says nothing, by its ending', { foo: { bar: MP4 } }],
		['a list in a list', { items: [[{ deep: [{ video: MP4 }] }]] }],
		['download.mp4Url', { download: { mp4Url: 'https://files.example/abc' } }],
		['playUrl', { playUrl: 'https://files.example/abc' }],
		['file_link', { file_link: 'https://files.example/abc' }],
		['image_to_video_url', { image_to_video_url: 'https://files.example/abc' }],
		['img2video.src', { img2video: { src: 'https://files.example/abc' } }],
		['prose', { note: `Video: ${MP4} (expires in 24 h)` }],
		['prose in Chinese', { note: `视频地址：${MP4}，有效期24小时` }],
		['Markdown', { text: `[下载](${MP4})` }],
		['HTML', { html: `<video src="${MP4.replace('?', '?x=1&amp;')}"></video>` }],
		['link', { link: 'https://files.example/abc' }],
		['a playlist where there is nothing else', { video_stream: 'https://files.example/a.m3u8' }],
	])('is searched for, and said to be a guess: %s', (_, place) => {
		const [urls] = found(done(place));
		expect(urls).toHaveLength(1);
	});

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

	it.each([
		PNG,
		'https://files.example/a.mp3',
		'https://files.example/a.json?x=1.mp4',
		'ftp://files.example/a.mp4',
		'data:video/mp4;base64,AAAA',
		'javascript:alert(1)',
		'file:///etc/passwd',
		'clip.mp4',
		5,
		[],
		null,
		'',
	])('is not %s, wherever it stands', (value) => {
		expect(
			read(done({ data: { output: value }, video_url: value, foo: value })).videoUrl,
		).toBeNull();
	});

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

	it('without a watermark comes before one with it', () => {
		expect(
			found(done({ foo: { watermark_video_url: SECOND, video_url_no_watermark: MP4 } }))[0],
		).toEqual([MP4]);
		expect(found(done({ foo: { watermarkVideo: SECOND, plainVideo: MP4 } }))[0]).toEqual([MP4]);
		expect(found(done({ videos: [{ watermark_url: SECOND, url: MP4 }] }))[0]).toEqual([MP4]);
		expect(found(done({ watermark_url: MP4 }))[0]).toEqual([MP4]);
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

	it('of a video comes before one of a playlist, of a smaller video, and of a page', () => {
		expect(
			found(
				done({
					foo: {
						play_url: 'https://files.example/a.m3u8',
						sd_video: SECOND,
						hd_video: MP4,
						result_page: 'https://files.example/page',
					},
				}),
			)[0],
		).toEqual([MP4]);
	});

	it.each<[string, object]>([
		['a list of links', { data: { outputs: [MP4, SECOND] } }],
		['a list of objects', { data: { videos: [{ url: MP4 }, { url: SECOND }] } }],
		[
			'a list that a single field shows the first of',
			{ data: { video_url: MP4, videos: [MP4, SECOND] } },
		],
		['a list somewhere', { foo: { clips: [{ file: { href: MP4 } }, { file: { href: SECOND } }] } }],
		['numbered fields', { foo: { video_1: MP4, video_2: SECOND } }],
		[
			'a list with other things',
			{
				outputs: [
					{ type: 'image', url: 'https://files.example/a' },
					{ type: 'video', url: MP4 },
					{ type: 'video', url: SECOND },
				],
			},
		],
		['a list with doubles', { outputs: [MP4, SECOND, MP4] }],
		['JSON in a string', { data: `{"videos":["${MP4}","${SECOND}"]}` }],
	])('stands for all of several videos: %s', (_, place) => {
		const task = read(done(place));
		expect(task.videoUrls).toEqual([MP4, SECOND]);
		expect(task.videoUrl).toBe(MP4);
	});

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

	it('of the gateway itself is one like any other', () => {
		const url = `${BASE}/v1/videos/task_1/content`;
		expect(found(done({ url }))).toEqual([[url]]);
	});

	it('that is relative is none where the base URL is not known', () => {
		expect(
			readTask(done({ video_url: '/v1/videos/task_1/content' }), 'task_1')?.videoUrl,
		).toBeNull();
	});

	it.each(['file_name', 'path', 'title', 'object_key'])('is not the path in %s', (name) => {
		expect(read(done({ foo: { [name]: 'videos/a.mp4' } })).videoUrl).toBeNull();
	});

	it('that was searched for is not shown beside a word that says "running" or "failed"', () => {
		for (const status of ['IN_PROGRESS', 'FAILURE']) {
			expect(read({ task_id: 'task_1', status, foo: MP4 })).toMatchObject({
				videoUrl: null,
				videoUrls: [],
			});
		}
	});
});

describe('moments and progress', () => {
	it.each([
		['created_at', 'started_at', 'completed_at'],
		['createTime', 'startTime', 'completeTime'],
		['submit_time', 'scheduled_time', 'end_time'],
		['submittedAt', 'startedAt', 'finishedAt'],
	])('are read from %s, %s and %s', (submitted, started, finished) => {
		const task = read({
			task_id: 'task_1',
			status: 'SUCCESS',
			[submitted]: '2025-09-01T02:29:57Z',
			[started]: 1756693808,
			[finished]: 1756693898000,
		});
		expect([task.submittedAt, task.startedAt, task.finishedAt]).toEqual([
			'2025-09-01T02:29:57.000Z',
			'2025-09-01T02:30:08.000Z',
			'2025-09-01T02:31:38.000Z',
		]);
	});

	it.each([
		['2025-09-01 10:29:57.123', '2025-09-01T10:29:57.123Z'],
		['2025-09-01T10:29:57+08:00', '2025-09-01T02:29:57.000Z'],
		['2025-09-01T02:29:57.123456Z', '2025-09-01T02:29:57.123Z'],
		[1756693797123456, '2025-09-01T02:29:57.123Z'],
		['0001-01-01T00:00:00Z', null],
		[7, null],
	])('%s is the moment %s', (value, iso) => {
		expect(read({ status: 'QUEUED', created_at: value }).submittedAt).toBe(iso);
	});

	it.each([
		['progress', 0.45, 45],
		['progress', 1, 1],
		['progress', '0.5%', 0.5],
		['percentage', 45, 45],
		['progress_ratio', '1', 100],
		['progressRatio', '0.5', 50],
	])('%s: %j is %d %', (name, value, percent) => {
		expect(read({ status: 'IN_PROGRESS', [name]: value }).progress).toBe(percent);
		expect(
			read({ code: 0, progress: 3, data: { id: 'task_1', status: 'IN_PROGRESS', [name]: value } })
				.progress,
		).toBe(percent);
	});
});

describe('the reason of a failure', () => {
	const failed = (more: object) => read({ task_id: 'task_1', status: 'FAILURE', ...more });

	it.each<[string, object, string]>([
		['fail_reason', { fail_reason: '违反' }, '违反'],
		['error.message', { error: { message: 'no' } }, 'no'],
		['error, a text', { error: 'no' }, 'no'],
		['data.error', { data: { error: 'no' } }, 'no'],
		['data.error.message', { data: { error: { message: 'no' } } }, 'no'],
		['data.message', { data: { message: 'no' } }, 'no'],
		['message', { message: 'no' }, 'no'],
		['failure_reason', { failure_reason: 'no' }, 'no'],
		['err_msg', { err_msg: 'no' }, 'no'],
		['output.message', { output: { message: 'no' } }, 'no'],
		[
			'a code alone',
			{ code: 'InputTextSensitiveContentDetected' },
			'InputTextSensitiveContentDetected',
		],
		['a code and words', { error: { code: 'bad', message: 'no' } }, 'bad: no'],
		['a code that the words hold', { error: { code: 'bad', message: 'It is BAD' } }, 'It is BAD'],
		['JSON in a string', { fail_reason: '{"error":{"code":"bad","message":"no"}}' }, 'bad: no'],
		[
			'JSON in prose',
			{ fail_reason: 'status 400: {"error":{"code":"bad","message":"no"}} (x)' },
			'bad: no',
		],
		['a name that no row knows', { foo: { lastErrorText: 'no' } }, 'no'],
		['a list', { errors: [{ message: 'no' }, { message: 'never' }] }, 'no never'],
		['the next place where the first says nothing', { fail_reason: 'failed', message: 'no' }, 'no'],
		['nothing', { message: 'success', code: 0, error: null, fail_reason: '' }, ''],
	])('is read from %s', (_, more, reason) => {
		expect(failed(more).failReason).toBe(reason);
	});

	it('is read from what the task lies in', () => {
		const answer = { code: 'fail', message: 'no', data: { task_id: 'task_1', status: 'FAILURE' } };
		expect(read(answer).failReason).toBe('no');
	});

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

describe('the ID of an accepted task', () => {
	it.each<[string, unknown]>([
		['data, alone', { code: 'success', message: '', data: 'video_1' }],
		['data, as a long number', { code: 0, data: 1234567 }],
		['data, as JSON in a string', { code: 0, data: '{"task_id":"video_1"}' }],
		['taskId', { taskId: 'video_1' }],
		['data.taskId', { code: 200, msg: 'success', data: { taskId: 'video_1' } }],
		['generation_id', { generation_id: 'video_1' }],
		['data.generation_id', { data: { generation_id: 'video_1', status: 'queued' } }],
		['a list of one in data', { code: 200, data: [{ status: 'submitted', task_id: 'video_1' }] }],
		['task_ids', { data: { task_ids: ['video_1'] } }],
		['result, alone', { code: 1, description: '提交成功', result: 'video_1' }],
		['task.id', { task: { id: 'video_1', status: 'queued' } }],
		['a name that no row knows', { foo: { bar: { renderJobId: 'video_1' } } }],
		['uuid', { data: { uuid: 'video_1' } }],
		['job, alone', { job: 'video_1' }],
		['the ID of anything else', { code: 0, data: { order_id: 'video_1' } }],
		['data.requestId, where there is nothing else', { data: { requestId: 'video_1' } }],
		['taskid, written in one', { foo: { taskid: 'video_1' } }],
		[
			'request_id, where something has begun',
			{ request_id: 'video_1', status: 'IN_QUEUE', response_url: 'https://x.example' },
		],
		['data.task_id behind the ID of the request', { id: 'req_9', data: { task_id: 'video_1' } }],
		[
			'the ID beside an error that says nothing',
			{ task_id: 'video_1', error: { code: 0, message: '' } },
		],
	])('is read from %s', (_, answer) => {
		expect(readAcceptedTaskId(answer)).toBe(
			(answer as { data?: unknown }).data === 1234567 ? '1234567' : 'video_1',
		);
	});

	it('is the whole name of a long-running operation', () => {
		expect(readAcceptedTaskId({ name: 'models/veo/operations/abc123' })).toBe(
			'models/veo/operations/abc123',
		);
	});

	it.each<[string, unknown]>([
		['a sentence in data', { code: 0, data: 'the task was submitted' }],
		['a word in data', { code: 0, data: 'submitted' }],
		['an address in data', { code: 0, data: 'https://x.example/1' }],
		['a code in data', { code: 'invalid_request', message: 'no', data: 'E12345' }],
		['data beside the HTTP status of an error', { code: 500, message: 'no', data: 'trace-12345' }],
		['the ID of the request', { code: 'success', message: '', request_id: '20251121', data: null }],
		['the ID of the request beside an error', { request_id: 'r_1', error: { message: 'no' } }],
		['the ID of the error', { id: 'err_1', error: { message: 'no', code: 'x' } }],
		['an id that says it is the request’s', { id: 'req_12345', message: 'success' }],
		['an id that says it is a trace’s', { code: 0, data: { id: 'trace-12345' } }],
		['the ID of a trace', { code: 0, trace_id: 'a1b2c3d4', message: 'success' }],
		['0', { task_id: 0 }],
		['the input', { input: { task_id: 'video_0' }, message: 'ok' }],
		['the parent', { parent_task_id: 'video_0' }],
		['what lies in another', { code: 0, origin: { task_id: 'video_0' } }],
		[
			'the user, the model and the session',
			{ user_id: 'u_12345', model_id: 'sora-2', session_id: 's_12345' },
		],
	])('is not %s', (_, answer) => {
		expect(readAcceptedTaskId(answer)).toBeUndefined();
	});

	it.each(['..', 'a\r\nb', 'a\ud800b'])('is kept where it cannot stand in a path: %j', (id) => {
		expect(readAcceptedTaskId({ task_id: id })).toBe(id);
	});
});

describe('the ID of a task in an error', () => {
	it.each<[string, unknown]>([
		[
			'task_id beside the error',
			{ error: { message: 'upstream timeout', code: 'x' }, task_id: 'video_1' },
		],
		['task_id in the error', { error: { message: 'x', task_id: 'video_1' } }],
		['the details of the error', { error: { message: 'x', details: { taskId: 'video_1' } } }],
		['data.task_id', { code: 'rate_limited', message: 'slow down', data: { task_id: 'video_1' } }],
		[
			'JSON in the message',
			{ error: { message: 'failed: {"task_id":"video_1"} (request id: 2025)' } },
		],
		[
			'JSON in JSON in the message',
			{ message: JSON.stringify({ error: { message: JSON.stringify({ taskId: 'video_1' }) } }) },
		],
		['prose', { error: { message: 'upstream timed out, task_id: video_1' } }],
		['an id with a status', { id: 'video_1', status: 'queued', error: { message: 'x' } }],
		['an id shaped like that of a task', { id: 'video_1', error: { message: 'x' } }],
		['an id with a model', { id: 'a1b2c3d4', model: 'sora-2', error: { message: 'x' } }],
		['a generation', { message: 'x', data: { generation_id: 'video_1' } }],
	])('is read from %s', (_, answer) => {
		expect(readTaskIdInError(answer)).toMatch(/^(?:video_1|a1b2c3d4)$/);
	});

	it('is read also from an accepted answer that carries an error', () => {
		expect(readAcceptedTaskId({ error: { message: 'x' }, task_id: 'video_1' })).toBe('video_1');
	});

	const id = 'gen-vid-1796094272-00fb86738b42c835484f';
	it.each([
		{ id, generation_id: 'gen-1796094272-00fb86738b42c835484f', status: 'pending' },
		{
			id,
			generation_id: 'gen-1796094272-00fb86738b42c835484f',
			status: 'failed',
			error: 'Blocked',
		},
		{ generation_id: 'gen-9', id, polling_url: `https://gateway.example/api/v1/videos/${id}?a=1` },
		{ generation_id: 'gen-9', id, polling_url: `/api/v1/videos/${id}`, error: 'Blocked' },
		{ task_id: 'log-17', id, status_url: `https://gateway.example/${id}/status` },
	])('is the one that is polled, and not that of a record about it: %j', (answer) => {
		expect(readAcceptedTaskId(answer)).toBe(id);
	});

	it('is that of the task also in an answer that was cut', () => {
		const text = `{"id":"${id}","generation_id":"gen-1796094272-00fb86738b42c835484f","polling_ur`;
		expect(plainTaskId(text)).toBe(id);
	});

	it.each<[string, unknown]>([
		[
			'a task that does not exist',
			{ code: 'task_not_exist', message: 'task_not_exist', task_id: 'video_1' },
		],
		[
			'a task that is not found',
			{ error: { message: 'task video_1 not found', task_id: 'video_1' } },
		],
		['a task that is not there, in Chinese', { message: '任务不存在', task_id: 'video_1' }],
		['a source that still runs', { message: '任务还在进行中', task_id: 'video_1' }],
		['the ID of the request', { error: { message: 'x' }, request_id: 'video_1' }],
		[
			'an id that may be a trace',
			{ id: '550e8400-e29b-41d4-a716-446655440000', error: { message: 'x' } },
		],
		['the ID of a request', { id: 'req_12345', status: 'queued', error: { message: 'x' } }],
		['an object that is an error', { id: 'video_1', object: 'error', message: 'x' }],
		['the ID of a chat', { id: 'chatcmpl-123', model: 'x', error: { message: 'x' } }],
		['what is wrong with the field', { errors: { task_id: ['is invalid'] } }],
		['a word', { error: { message: 'x', task_id: 'required' } }],
		['the name of the field', { error: { message: 'task_id is required', param: 'task_id' } }],
		['a page', '<html>task_id: video_1</html>'],
		['nothing', undefined],
	])('is not %s', (_, answer) => {
		expect(readTaskIdInError(answer)).toBeUndefined();
	});

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

	it.each<[string, string, string | undefined]>([
		[
			'JSON in a string',
			JSON.stringify({ data: JSON.stringify({ taskId: 'video_1' }) }),
			'video_1',
		],
		['a number', '{"task_id": 1234567890123456789, "st', '1234567890123456789'],
		['a number that may go on', '{"task_id": 12345', undefined],
		['an ID alone', '{"id":"video_1","object":{', 'video_1'],
		['the ID of the request', '{"id":"req_12345","object":{', undefined],
		['a list', '{"task_ids":["video_1"', 'video_1'],
		['a task that is not there', '{"message":"task not found","task_id":"video_1"}', undefined],
		['an ID that was sent', '{"task_id":"video_0"}', undefined],
		['a page', '<html>502</html>', undefined],
	])('is read from %s', (_, text, id) => {
		expect(plainTaskId(text, { remix_target_id: 'video_0' })).toBe(id);
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
	it.each<[string, unknown, object]>([
		['error_message', { error_code: 'bad', error_message: 'no' }, { code: 'bad', message: 'no' }],
		[
			'base_resp',
			{ base_resp: { status_code: 1004, status_msg: 'login fail' } },
			{ code: '1004', message: 'login fail' },
		],
		[
			'a list of errors',
			{ errors: [{ code: 'bad', message: 'no' }] },
			{ code: 'bad', message: 'no' },
		],
		[
			'what a validator misses',
			{ detail: [{ loc: ['body', 'x'], msg: 'field required' }] },
			{ code: '', message: 'field required' },
		],
	])('is read from %s', (_, answer, complaint) => {
		expect(readComplaint(answer)).toEqual(complaint);
	});

	it('is not made of a success in the manner of MiniMax', () => {
		expect(
			readComplaint({ task_id: '1', base_resp: { status_code: 0, status_msg: 'success' } }),
		).toBeUndefined();
	});

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
