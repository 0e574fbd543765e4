import fc from 'fast-check';

import { whatToDo } from '../../nodes/Sora/actions/output';
import { parseJson, readComplaint, type Task } from '../../nodes/Sora/gateway/contract';
import { taskFailure } from '../../nodes/Sora/gateway/failedAnswer';
import {
	adviceOnPoll,
	FAILURES,
	SoraFailure,
	type FailureCategory,
	type FailureFacts,
	type FailureRow,
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

/** What comes over the wire, and what it means. */
const TABLE: Array<[FailureCategory, status: number, answer: unknown]> = [
	['credential_invalid', 401, worded('无效的令牌')],
	['credential_invalid', 401, worded('该令牌已过期')],
	['credential_invalid', 401, flat('unauthorized')],
	['credential_invalid', 401, '<html><h1>401 Authorization Required</h1></html>'],
	['credential_invalid', 500, worded('Invalid token')],
	['quota_exhausted', 403, coded('pre_consume_token_quota_failed', 'no quota')],
	['quota_exhausted', 401, worded('该令牌额度已用尽')],
	['quota_exhausted', 402, ''],
	['quota_exhausted', 500, worded('insufficient balance')],
	['quota_exhausted', 400, worded('You do not have enough credits')],
	['quota_exhausted', 200, flat('', 'Insufficient account funds')],
	['quota_exhausted', 500, worded('账户积分不足')],
	['quota_exhausted', 429, flat('', 'Account balance not enough')],
	['quota_exhausted', 200, flat('CreditInsufficient', 'no')],
	['quota_exhausted', 403, worded('账号已欠费')],
	['quota_exhausted', 400, worded('Budget has been exceeded! Max budget: 1.0')],
	['quota_exhausted', 403, worded('Key limit exceeded (total limit)')],
	['key_group', 403, worded('无权访问 sora 分组')],
	['key_group', 401, worded('该令牌无权访问模型 sora-2-pro')],
	['key_group', 403, ''],
	['key_group', 403, coded('access_denied', 'no')],
	['blocked', 403, 'Sorry, you have been blocked'],
	['model_not_found', 503, worded('当前分组 default 下对于模型 sora-2 无可用渠道')],
	['model_not_found', 404, worded('models/sora-9 is not found for API version v1')],
	['model_not_found', 200, coded('DeploymentNotFound', 'The API deployment does not exist')],
	['model_not_found', 400, worded('Unknown model: sora-9')],
	['model_not_found', 200, worded('不支持的模型')],
	['model_not_found', 400, worded('/videos: Invalid model name passed in model=sora-9')],
	['model_not_found', 400, worded('Unsupported video model. Use one from /v1/models')],
	['model_not_found', 400, worded('google/veo-9 is not a valid model ID')],
	['model_not_found', 404, worded('No endpoints found for google/veo-9.')],
	['model_not_found', 410, worded('Model sora-2 has been deactivated')],
	['bad_request', 400, coded('invalid_request', 'field duration')],
	['bad_request', 500, worded('json: cannot unmarshal array into Go value')],
	['bad_request', 422, flat('x', 'something else')],
	['bad_request', 418, ''],
	['wrong_address', 404, worded('Invalid URL (POST /v1/v2/videos/generations)')],
	['wrong_address', 404, '<html><head><title>404 Not Found</title></head></html>'],
	['wrong_address', 405, ''],
	['wrong_address', 501, flat('x', 'no')],
	['rate_limited', 429, coded('x', 'y')],
	['rate_limited', 503, worded('Task queue is full (max 8 tasks)')],
	['rate_limited', 500, flat('50429', 'Request Has Reached API Limit, Please Try Later')],
	['rate_limited', 400, flat('task_failed', 'parallel task over resource pack limit')],
	['rate_limited', 429, worded('您已达到请求数限制：1分钟内最多请求10次')],
	['rate_limited', 500, worded('当前分组上游负载已饱和，请稍后再试')],
	['rate_limited', 500, coded('rate_limit_exceeded', 'slow down')],
	['request_too_large', 413, '<html><h1>413 Request Entity Too Large</h1></html>'],
	['gateway_trouble', 500, flat('do_request_failed', '请求上游地址失败')],
	['gateway_trouble', 500, flat('fail_to_fetch_task', 'try again')],
	['gateway_trouble', 502, '<html><h1>502 Bad Gateway</h1></html>'],
	['gateway_trouble', 599, ''],
	['real_person', 500, flat('do_request_failed', '检测到写实人物，请更换图片')],
	['moderation', 400, coded('content_policy_violation', 'no')],
	['character_not_usable', 400, coded('cameo_permission_denied', 'no')],
	['task_not_found', 400, flat('task_not_exist', 'task_not_exist')],
	['task_not_found', 404, worded("Video with id 'video_1' not found.")],
	['source_task_unfinished', 500, '任务还在进行中'],
	['source_task_expired', 500, flat('get_origin_task_failed', 'get_origin_task_failed')],
	['redirected', 308, ''],
	['answer_not_understood', 200, 'hello'],
	// The code before the text, the text before a vague code and the status, which comes last.
	['model_not_found', 403, coded('model_not_found', '额度不足')],
	['quota_exhausted', 401, coded('insufficient_user_quota')],
	['quota_exhausted', 403, worded('额度不足')],
	['credential_invalid', 503, worded('无效的令牌')],
	['moderation', 500, flat('fail_to_fetch_task', '画面裸露')],
	['moderation', 400, coded('invalid_request', '画面裸露')],
	['bad_request', 403, coded('invalid_request', 'x')],
];

describe('an answer of the gateway', () => {
	it.each(TABLE)('means %s: %s %j', (category, status, answer) => {
		expect(categoryOf(status, answer)).toBe(category);
	});
});

describe('every category', () => {
	const rows = Object.entries(FAILURES) as Array<[FailureCategory, FailureRow]>;

	it.each(rows)('%s says what happened and what to do', (_, row) => {
		expect(row.message).toMatch(/^[A-Z].{15,}[^\s.:,;!?]$/);
		expect(row.advice).toMatch(/^[A-Z](?:(?! {2}|\n).){15,}[.?]$/);
		expect(row.message + row.advice).not.toContain('Nothing was bought.');
	});

	it.each(rows)('%s can be retried only if it may be transient', (_, row) => {
		const { kind, retryable, cause } = row;
		if (/^(?:content|account|settings|node)$/.test(kind)) expect(retryable).toBe(false);
		if (kind === 'outage') expect(retryable).toBe(true);
		// Hosts retry by this word.
		if (cause) expect(retryable).toBe(/^(?:rate-limited|temporarily-unavailable)$/.test(cause));
	});

	/** An answer or a connection may be recognised as these; the others are about purchases, tasks and files. */
	const ofAnyCall = rows.filter(
		([category, { says, statuses, kind }]) =>
			says ?? statuses ?? (kind === 'outage' || category === 'answer_not_understood'),
	);

	it.each(ofAnyCall)('%s, of a poll, tells nobody to order the video again', (category) => {
		expect(adviceOnPoll(category)).not.toMatch(
			/\b(?:run|press|execute|start|submit|send)\b[^.]*\bagain\b|retry|another (?:model|key)/i,
		);
		expect(adviceOnPoll(category)).toMatch(/Video > Get|bill/);
	});

	it('never suggests repeating an uncertain purchase, or what was bought', () => {
		expect(FAILURES.submission_uncertain.retryable).toBe(false);
		expect(FAILURES.submission_uncertain.advice).toMatch(/Do not run it again/);
		const bought = ['render_failed', 'moderation', 'real_person', 'task_cancelled'] as const;
		const paid = ['video_missing', 'deadline_passed', 'download_failed', 'cancelled'] as const;
		for (const category of [...bought, ...paid]) {
			const { advice } = FAILURES[category];
			expect(advice).not.toMatch(/(?:run|execute|try|press) (?:it|the node)/i);
		}
	});
});

describe('a failed task', () => {
	it.each<[string, FailureCategory]>([
		['Unauthorized likeness: the prompt violates our content policy', 'moderation'],
		['图片包含写实人物', 'real_person'],
		['cameo_permission_denied', 'character_not_usable'],
		['生成失败，请重试', 'render_failed'],
		['upstream timeout', 'render_failed'],
		['额度不足', 'render_failed'],
		['Image pixel is invalid', 'bad_request'],
		['', 'render_failed'],
	])('for the reason "%s" is called %s, or cancelled where it was', (failReason, category) => {
		const task = aTask('video_1', { status: 'FAILURE', phase: 'failed', failReason });
		expect(taskFailure(task)).toMatchObject({
			category,
			taskId: 'video_1',
			facts: { words: failReason || undefined },
			advice: expect.stringMatching(/bill shows whether it was charged/),
			headline: expect.stringContaining('(task video_1)'),
		});
		expect(taskFailure({ ...task, status: 'cancelled' }).category).toBe('task_cancelled');
	});

	it.each<[Partial<Task>, FailureCategory]>([
		[{ status: 'LIMBO' }, 'end_unclear'],
		[{ status: 'LIMBO', failCode: 'E7' }, 'render_failed'],
		[{ status: 'LIMBO', failReason: 'no luck' }, 'render_failed'],
		[{ status: '' }, 'render_failed'],
	])('is unclear only if an unknown word is all there is: %j is %s', (said, category) => {
		expect(taskFailure(aTask('video_1', { phase: 'failed', ...said })).category).toBe(category);
	});
});

it('a failure describes what happened in one line, keeps its facts, and prefers the case’s own advice', () => {
	const failure = new SoraFailure('download_failed', { detail: 'the file is empty' });
	expect(failure.about({ taskId: 'v1' })).toMatchObject({
		headline:
			'The video is finished, but its file could not be downloaded: the file is empty (task v1)',
		advice: FAILURES.download_failed.advice,
		facts: { detail: 'the file is empty', taskId: 'v1' },
	});
	expect(failure.about({ advice: 'Rest.' }).advice).toBe('Rest.');
});

it('says that nothing was bought where that is certain and no task is known', () => {
	const advice = (facts: FailureFacts) => whatToDo(new SoraFailure('bad_request', facts)).advice;
	expect(advice({ nothingBought: true })).toMatch(/^Nothing was bought\. /);
	for (const facts of [{}, { nothingBought: true, taskId: 'v1' }])
		expect(advice(facts)).not.toContain('Nothing was bought');
});

const keys = fc.tuple(
	fc.constantFrom('sk-', 'sk-proj-', 'key-', 'api-', 'Bearer ', 'bearer  ', 'BEARER '),
	fc.stringMatching(/^[A-Za-z\d]{20,64}$/),
);
const around = fc.constantFrom(
	...['', ' ', '"', "'", ': ', '=', '(', '令牌', '无效的令牌 ', '<b>', '\n', ', ', '/'],
);

describe('an excerpt', () => {
	const LONGEST = 200;

	it.each([
		[
			'<!DOCTYPE html><html><head><style>h1 { color: red }</style>\r\n<script>const secret = "x";</script><title>502 Bad Gateway</title></head>\r\n<body>\n<center><h1>502   Bad Gateway</h1></center>\t<hr>nginx</body></html>',
			'502 Bad Gateway 502 Bad Gateway nginx',
		],
		['upstream connect error: 5 < 6', 'upstream connect error: 5 < 6'],
		['很'.repeat(1_000), `${'很'.repeat(LONGEST - 1)}…`],
	])('is the text of an answer, without markup, and marks where it was cut: %s', (answer, text) =>
		expect(excerpt(answer)).toBe(text),
	);

	it('contains no markup or control characters, and is short, whatever the answer', () => {
		const pieces = fc.constantFrom(
			...['<', '>', '<p>', '</p>', '<script>', '</script>', '<style ', 'a', ' ', '\n', '\u0007'],
		);
		const answers = fc.oneof(
			fc.string({ unit: 'binary', maxLength: 500 }),
			fc.array(pieces, { maxLength: 60 }).map((list) => list.join('')),
			pieces.map((piece) => piece.repeat(20_000)),
		);
		fc.assert(
			fc.property(answers, (answer) => {
				const short = excerpt(answer);
				expect(short).not.toMatch(/<[a-z/!?][^<>]*>|[\p{Cc}]/iu);
				expect(short.length).toBeLessThanOrEqual(LONGEST + 10);
			}),
			{ numRuns: 500 },
		);
	});
});

describe('what is shown of an answer', () => {
	it('contains no key, wherever it was and is cut', () => {
		const filler = fc.nat({ max: 260 }).map((length) => 'x '.repeat(length / 2));
		fc.assert(
			fc.property(filler, around, keys, around, (before, left, [mark, tail], right) => {
				for (const show of [excerpt, redacted]) {
					const shown = show(`${before}${left}${mark}${tail}${right}`);
					expect(shown).not.toContain(tail.slice(0, 8));
					expect(shown).not.toContain(tail.slice(-8));
					expect(show(`no: ${mark}${tail}, sorry`)).toMatch(/^no: .*\*\*\*.* sorry$/);
				}
			}),
			{ numRuns: 500 },
		);
	});

	it.each(['无效的令牌', 'the mask-like skin of a task', 'api key missing', 'Bear with us'])(
		'is unchanged if there is no key: %s',
		(words) => expect(redacted(words)).toBe(words),
	);
});
