import fc from 'fast-check';

import { parseJson, readComplaint } from '../../nodes/Sora/gateway/contract';
import { classifyFailedTask, taskFailure } from '../../nodes/Sora/gateway/failedAnswer';
import {
	adviceOnPoll,
	FAILURES,
	SoraFailure,
	type FailureCategory,
} from '../../nodes/Sora/gateway/failures';
import { excerpt, redacted } from '../../nodes/Sora/gateway/printable';
import { classify, aTask } from './builders';

const coded = (code: string, message = '') => ({ error: { code, message, type: 'new_api_error' } });
const flat = (code: string, message = '') => ({ code, message, data: null });
const worded = (message: string) => coded('', `${message} (request id: 20251121)`);

const categoryOf = (status: number, answer: unknown) => {
	const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
	const complaint = readComplaint(parseJson(text));
	return classify(complaint, status, complaint ? '' : excerpt(text));
};

/** Each row of the table of errors: what it means, and what comes over the wire. */
const TABLE: Array<[FailureCategory, Array<[status: number, answer: unknown]>]> = [
	[
		'credential_invalid',
		[
			[401, worded('无效的令牌')],
			[401, worded('Invalid token')],
			[401, worded('未提供令牌')],
			[401, worded('该令牌已过期')],
			[401, flat('unauthorized')],
			[401, ''],
			[401, '<html><h1>401 Authorization Required</h1></html>'],
			[500, worded('无效的令牌')],
		],
	],
	[
		'quota_exhausted',
		[
			[403, coded('insufficient_user_quota', '用户额度不足')],
			[403, coded('pre_consume_token_quota_failed', 'token quota is not enough')],
			[403, worded('用户额度不足, 剩余额度: 0')],
			[401, worded('该令牌额度已用尽')],
			[402, ''],
			[500, worded('insufficient balance')],
		],
	],
	[
		'key_group',
		[
			[403, worded('无权访问 sora 分组')],
			[401, worded('该令牌无权访问模型 sora-2-pro')],
			[403, ''],
			[403, coded('access_denied', 'no')],
		],
	],
	[
		'blocked',
		[
			[403, '<html><h1>403 Forbidden</h1></html>'],
			[403, 'Sorry, you have been blocked'],
		],
	],
	[
		'model_not_found',
		[
			[503, coded('model_not_found', 'No available channel')],
			[503, worded('当前分组 default 下对于模型 sora-2 无可用渠道')],
			[404, worded('The model sora-9 does not exist')],
		],
	],
	[
		'bad_request',
		[
			[400, coded('invalid_request', 'field duration')],
			[400, worded('json: cannot unmarshal number into Go struct field .duration of type string')],
			[500, worded('json: cannot unmarshal array into Go value')],
			[400, ''],
			[422, flat('x', 'something else')],
			[418, ''],
		],
	],
	[
		'wrong_address',
		[
			[404, worded('Invalid URL (POST /v1/v2/videos/generations)')],
			[404, '<html><head><title>404 Not Found</title></head></html>'],
			[405, ''],
			[501, flat('x', 'no')],
		],
	],
	[
		'rate_limited',
		[
			[429, worded('当前分组上游负载已饱和，请稍后再试')],
			[429, worded('您已达到请求数限制：1分钟内最多请求10次')],
			[429, ''],
			[500, worded('当前分组上游负载已饱和，请稍后再试')],
			[500, coded('rate_limit_exceeded', 'slow down')],
		],
	],
	[
		'request_too_large',
		[
			[413, flat('x', 'no')],
			[413, '<html><h1>413 Request Entity Too Large</h1><hr>nginx</html>'],
		],
	],
	[
		'gateway_trouble',
		[
			[500, flat('do_request_failed', '请求上游地址失败')],
			[500, worded('请求上游地址失败')],
			[500, flat('fail_to_fetch_task', 'try again')],
			[502, '<html><h1>502 Bad Gateway</h1></html>'],
			[504, '<html><h1>504 Gateway Time-out</h1></html>'],
			[500, ''],
			[599, ''],
		],
	],
	[
		'real_person',
		[
			[400, worded('图片中包含写实人物')],
			[400, coded('invalid_request', '图片中包含写实人物')],
			[500, flat('do_request_failed', '检测到写实人物，请更换图片')],
		],
	],
	[
		'moderation',
		[
			[400, worded('提示词违反内容政策')],
			[400, coded('invalid_request', '画面裸露')],
			[500, worded('PUBLIC_ERROR_UNSAFE_GENERATION')],
			[400, coded('content_policy_violation', 'no')],
		],
	],
	[
		'character_not_usable',
		[
			[400, coded('cameo_permission_denied', 'no')],
			[400, worded('cameo_permission_denied')],
		],
	],
	['task_not_found', [[400, flat('task_not_exist', 'task_not_exist')]]],
	[
		'source_task_unfinished',
		[
			[400, worded('任务还在进行中')],
			[500, '任务还在进行中'],
		],
	],
	['source_task_expired', [[500, flat('get_origin_task_failed', 'get_origin_task_failed')]]],
	[
		'redirected',
		[
			[301, ''],
			[308, ''],
		],
	],
	['answer_not_understood', [[200, 'hello']]],
];

describe('an answer of the gateway', () => {
	const cases = TABLE.flatMap(([category, answers]) =>
		answers.map(([status, answer]) => [category, status, answer] as const),
	);

	it.each(cases)('means %s: %s %j', (category, status, answer) => {
		expect(categoryOf(status, answer)).toBe(category);
	});

	it.each([
		['the code before the text', 403, coded('model_not_found', '额度不足'), 'model_not_found'],
		['the code before the status', 401, coded('insufficient_user_quota'), 'quota_exhausted'],
		['the text before the status', 403, worded('额度不足'), 'quota_exhausted'],
		['the text before the status', 503, worded('无效的令牌'), 'credential_invalid'],
		['the text before a vague code', 500, flat('fail_to_fetch_task', '画面裸露'), 'moderation'],
		['a vague code before the status', 403, coded('invalid_request', 'x'), 'bad_request'],
		['the status where nothing else speaks', 429, coded('x', 'y'), 'rate_limited'],
	])('is judged by %s (%s %j)', (_, status, answer, category) => {
		expect(categoryOf(status, answer)).toBe(category);
	});

	it('always has a category', () => {
		fc.assert(
			fc.property(
				fc.option(fc.record({ code: fc.string(), message: fc.string() }), { nil: undefined }),
				fc.option(fc.integer({ min: 100, max: 999 }), { nil: undefined }),
				fc.string(),
				(complaint, status, text) => {
					expect(FAILURES).toHaveProperty(classify(complaint, status, text));
				},
			),
		);
	});
});

describe('every category', () => {
	it.each(Object.entries(FAILURES))('%s says what happened and what to do', (_, row) => {
		expect(row.message).toMatch(/^[A-Z].{15,}[^\s.:,;!?]$/);
		expect(row.advice).toMatch(/^[A-Z][\s\S]{15,}[.?]$/);
		expect(row.advice).not.toMatch(/\s{2}|\n/);
	});

	it('of what was asked for, of the key, of a setting or of this node never passes by itself', () => {
		for (const { kind, retryable } of Object.values(FAILURES)) {
			if (/^(?:content|account|settings|node)$/.test(kind)) expect(retryable).toBe(false);
			if (kind === 'outage') expect(retryable).toBe(true);
		}
	});

	it('that n8n may take for passing can be retried, and no other cause', () => {
		const passing = new Set(['rate-limited', 'temporarily-unavailable']);
		for (const { cause, retryable } of Object.values(FAILURES)) {
			if (cause) expect(retryable).toBe(passing.has(cause));
		}
	});

	/** An answer or a connection may be recognised as these; the others are told of purchases, tasks and files. */
	const OF_ANY_CALL = Object.entries(FAILURES)
		.filter(([, { says, statuses, isTransient }]) => says ?? statuses ?? isTransient)
		.map(([category]) => category as keyof typeof FAILURES);

	it.each(OF_ANY_CALL)('%s, of a poll, invites nobody to order the video again', (category) => {
		const advice = adviceOnPoll(category);
		expect(advice).not.toMatch(
			/\b(?:run|press|execute|start|submit|send)\b[^.]*\bagain\b|retry|another (?:model|key)/i,
		);
		expect(advice).toMatch(/Video > Get|bill/);
	});

	it('never invites to repeat an uncertain purchase', () => {
		expect(FAILURES.submission_uncertain.retryable).toBe(false);
		expect(FAILURES.submission_uncertain.advice).toMatch(/Do not run it again/);
	});
});

describe('a failed task', () => {
	it.each<[string, FailureCategory]>([
		['违反平台内容政策', 'moderation'],
		['画面包含裸露内容', 'moderation'],
		['与第三方内容相似性过高', 'moderation'],
		['提示词涉及名人', 'moderation'],
		['内容涉及未成年人', 'moderation'],
		['PUBLIC_ERROR_UNSAFE_GENERATION', 'moderation'],
		['PUBLIC_ERROR_MINOR_UPLOAD', 'moderation'],
		['This content may violate our guardrails', 'moderation'],
		['图片包含写实人物', 'real_person'],
		['cameo_permission_denied', 'character_not_usable'],
		['生成失败，请重试', 'render_failed'],
		['upstream timeout', 'render_failed'],
		['额度不足', 'render_failed'],
		['Image pixel is invalid', 'bad_request'],
		['', 'render_failed'],
	])('for the reason "%s" is called %s', (reason, category) => {
		expect(classifyFailedTask(reason, false)).toBe(category);
	});

	it('is moderated also where the reason holds words of other troubles', () => {
		const reason = 'Unauthorized likeness: the prompt violates our content policy';
		expect(classifyFailedTask(reason, false)).toBe('moderation');
	});

	it('that was cancelled is called so, whatever the reason', () => {
		expect(classifyFailedTask('违反平台内容政策', true)).toBe('task_cancelled');
	});

	it.each([
		...(['render_failed', 'moderation', 'real_person', 'task_cancelled'] as const),
		...(['video_missing', 'deadline_passed', 'download_failed', 'cancelled'] as const),
	])('never asks to press again what was bought: %s', (category) => {
		expect(FAILURES[category].advice).not.toMatch(/(?:run|execute|try|press) (?:it|the node)/i);
	});

	it('gives a failure with the task and the words of the gateway', () => {
		const task = aTask('video_1', {
			status: 'FAILURE',
			phase: 'failed',
			failReason: '违反平台内容政策',
		});
		const failure = taskFailure(task);
		expect(failure.advice).toMatch(/bill tells whether it was charged/);
		expect(failure.category).toBe('moderation');
		expect(failure.taskId).toBe('video_1');
		expect(failure.headline).toContain('(task video_1)');
		expect(failure.facts.words).toBe('违反平台内容政策');
		expect(taskFailure({ ...task, status: 'cancelled' }).category).toBe('task_cancelled');
	});
});

describe('a failure', () => {
	it('says what happened, the detail and the task in one line', () => {
		const failure = new SoraFailure('download_failed', {
			detail: 'the file is empty',
			taskId: 'v1',
		});
		expect(failure.headline).toBe(
			'The video is finished, but its file could not be downloaded: the file is empty (task v1)',
		);
	});

	it('prefers the advice of the case', () => {
		expect(new SoraFailure('cancelled', { advice: 'Rest.' }).advice).toBe('Rest.');
		expect(new SoraFailure('cancelled').advice).toBe(FAILURES.cancelled.advice);
	});

	it('keeps its facts when it learns of its task', () => {
		const failure = new SoraFailure('rate_limited', { words: '负载已饱和', retryAfterMs: 5 });
		expect(failure.about({ taskId: 'v1' })).toMatchObject({
			category: 'rate_limited',
			facts: { words: '负载已饱和', retryAfterMs: 5, taskId: 'v1' },
		});
	});
});

const LONGEST_EXCERPT = 200;
const letters = (from: string) => fc.constantFrom(...from);
const keyTail = fc.string({
	unit: letters('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'),
	minLength: 20,
	maxLength: 64,
});
const keys = fc.oneof(
	fc.tuple(fc.constantFrom('sk-', 'sk-proj-', 'key-', 'api-'), keyTail),
	fc.tuple(fc.constantFrom('Bearer ', 'bearer  ', 'BEARER '), keyTail),
);
const around = fc.constantFrom(
	...['', ' ', '"', "'", ': ', '=', '(', '令牌', '无效的令牌 ', '<b>', '\n', ', ', '/'],
);

describe('an excerpt', () => {
	it('is made in one pass, whatever a page is made of', () => {
		for (const unit of ['<', '<a', '<script>', '<script', '</script>', '<style ', '< >', '>']) {
			expect(excerpt(unit.repeat(20_000)).length).toBeLessThanOrEqual(LONGEST_EXCERPT);
		}
	});

	it('is the text of a page, without its markup, styles and scripts', () => {
		const page = [
			'<!DOCTYPE html><html><head><style>h1 { color: red }</style>',
			'<script>const secret = "x";</script><title>502 Bad Gateway</title></head>',
			'<body>\n<center><h1>502   Bad Gateway</h1></center>\t<hr>nginx</body></html>',
		].join('\r\n');
		expect(excerpt(page)).toBe('502 Bad Gateway 502 Bad Gateway nginx');
	});

	it('keeps plain text as it stands', () => {
		expect(excerpt('upstream connect error')).toBe('upstream connect error');
		expect(excerpt('')).toBe('');
	});

	it('says that it was cut', () => {
		const short = excerpt('很'.repeat(1_000));
		expect(short).toHaveLength(LONGEST_EXCERPT);
		expect(short.endsWith('…')).toBe(true);
	});

	it('holds no markup and no control characters, and is short, whatever the answer', () => {
		const pieces = fc.constantFrom(
			...['<', '>', '<p>', '</p>', '<script>', '</script>', '<style ', 'a', ' ', '\n', '\u0007'],
		);
		const answers = fc.oneof(
			fc.string({ unit: 'binary', maxLength: 500 }),
			fc.array(pieces, { maxLength: 60 }).map((list) => list.join('')),
		);
		fc.assert(
			fc.property(answers, (answer) => {
				const short = excerpt(answer);
				expect(short).not.toMatch(/<[a-z/!?][^<>]*>/i);
				// eslint-disable-next-line no-control-regex -- they are what must not be there
				expect(short).not.toMatch(/[\u0000-\u001f\u007f]/);
				expect(short.length).toBeLessThanOrEqual(LONGEST_EXCERPT + 10);
			}),
			{ numRuns: 500 },
		);
	});

	it('never holds a key, wherever it stands and is cut', () => {
		const filler = fc.nat({ max: 260 }).map((length) => 'x '.repeat(length / 2));
		fc.assert(
			fc.property(filler, around, keys, around, (before, left, [mark, tail], right) => {
				const shown = excerpt(`${before}${left}${mark}${tail}${right}`);
				expect(shown).not.toContain(tail.slice(0, 8));
				expect(shown).not.toContain(tail.slice(-8));
			}),
			{ numRuns: 500 },
		);
	});
});

describe('redacted words', () => {
	it('never hold a key, wherever it stands', () => {
		fc.assert(
			fc.property(around, keys, around, (left, [mark, tail], right) => {
				const shown = redacted(`Invalid token${left || ' '}${mark}${tail}${right}, sorry`);
				expect(shown).not.toContain(tail.slice(0, 8));
				expect(shown).not.toContain(tail.slice(-8));
				expect(shown).toContain('Invalid token');
				expect(shown).toContain('***');
			}),
			{ numRuns: 300 },
		);
	});

	it.each(['无效的令牌', 'the mask-like skin of a task', 'api key missing', 'Bear with us'])(
		'stay as they are where there is no key: %s',
		(words) => {
			expect(redacted(words)).toBe(words);
		},
	);
});
