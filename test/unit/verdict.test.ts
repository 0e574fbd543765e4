import { failureIn, isWebPage, type Answer } from '../../nodes/Sora/gateway/failedAnswer';

const URL_ASKED = 'https://gateway.example/v2/videos/generations';

/** What an answer to a paid request means, and why. */
function judged(status: number, body: unknown, headers = {}) {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	const json = typeof body === 'string' ? undefined : body;
	const answer: Answer = { status, headers, text, json };
	const { failure, isRefusal } = failureIn(
		answer,
		(words) => words.replaceAll('KEY', '***'),
		URL_ASKED,
	);
	return { verdict: isRefusal ? 'refused' : 'uncertain', failure };
}
const verdict = (status: number, body: unknown, headers = {}) =>
	judged(status, body, headers).verdict;

const says = (message: string, code = '') => ({ error: { message, code } });
const envelope = (code: number) => ({ code, msg: 'no', data: null });
const PAGE = '<html><h1>A page</h1></html>';

/** Of time, and of what stands behind the gateway. */
const TROUBLE = [
	...['connection reset by peer', 'unexpected EOF', 'broken pipe', 'Bad gateway', '连接被重置'],
	...['upstream failed', '上游返回错误', 'socket hang up', 'do request failed', 'bad_response'],
	...['context deadline exceeded', 'read: timed out', 'request time-out', '请求超时'],
	'internal_server_error',
	...['unmarshal_response_body_failed: cannot unmarshal array', 'invalid_request: empty response'],
	...['返回参数错误', 'Task created, but the balance is not enough', '任务已提交，余额不足'],
];
const REASONS = [
	says('timeout', 'insufficient_user_quota'),
	says('upstream error', 'model_not_found'),
	says('余额不足'),
	says('提示词违反内容政策, upstream request id 7'),
	says('invalid_request: cannot unmarshal string'),
	says('convert_to_ali_request_failed: invalid size: 1280x720', 'build_request_failed'),
];
const LATER = [
	...['retries of the load balancer exhausted', 'attempts exhausted, credits refunded'],
	...['查询任务: 认证失败', 'upload: InvalidAccessKeyId', 'ExpiredToken: The token has expired'],
	...['redis: authentication failed', 'operation 12 could not be found', '任务不存在'],
	...['storage quota exhausted', 'The model output was not found', '模型生成的视频不存在'],
	...['图片生成错误', 'The video_url field is required', 'callback: invalid token'],
	'invalid_param: not saved',
].map((message) => says(message));
const RELAYED = ['fail_to_fetch_task', 'bad_response_status_code'].map((code) => says('no', code));
const NOT_CARRIED_OUT = [
	...[300, 301, 307, 308, 400, 401, 402, 403, 404, 405, 413, 422, 429, 451, 501, 505],
];
const ANY_OTHER = [
	...[200, 202, 204, 302, 303, 304, 408, 409, 418, 425, 499, 500, 502, 503, 504, 520, 599],
];

describe('an answer to a paid request', () => {
	it.each<[string, 'refused' | 'uncertain', number[], unknown[]]>([
		[
			'trouble in words',
			'uncertain',
			[200, 302, 400, 403, 429, 500, 502],
			TROUBLE.flatMap((words) => [says(words), says('no', words), `<p>${words}</p>`]),
		],
		['the gateway’s reason', 'refused', [200, 400, 409, 500, 502, 599], REASONS],
		[
			'a reason on a page, which is not the gateway’s own',
			'uncertain',
			[500],
			['<p>余额不足</p>', '<p>model_not_found</p>', '<p>cannot unmarshal</p>'],
		],
		['a reason that may be of later work', 'uncertain', [200, 500, 503], LATER],
		['what would be of later work, had there been any', 'refused', [400], LATER],
		['a status of no request carried out', 'refused', NOT_CARRIED_OUT, [says('no'), PAGE]],
		['any other status', 'uncertain', ANY_OTHER, [says('no'), PAGE, '']],
		['such a status in JSON', 'refused', [200], [401, 402, 403, 404, 422, 429].map(envelope)],
		['another number in JSON', 'uncertain', [200], [408, 500, 1002].map(envelope)],
		['two statuses, one of trouble', 'uncertain', [400], [envelope(500), says('status_code=500')]],
		['two statuses, one of a refusal', 'uncertain', [500], [envelope(400)]],
		['a refusal that is handed through', 'refused', [400], RELAYED],
		['trouble that is handed through', 'uncertain', [500], RELAYED],
		['trouble after many words', 'uncertain', [400], [says(`${'no '.repeat(999)}, timeout`)]],
		['trouble by its code', 'uncertain', [400], [says('no', 'do_request_failed')]],
	])('with %s is %s', (_, meant, statuses, bodies) => {
		for (const status of statuses) {
			for (const body of bodies) {
				expect([status, body, verdict(status, body)]).toEqual([status, body, meant]);
			}
		}
	});

	it('is explicit if the gateway’s JSON says what is wrong', () => {
		expect(judged(400, PAGE).failure.facts.explicit).toBeUndefined();
		expect(judged(307, says('no')).failure.facts.explicit).toBeUndefined();
		expect(judged(400, says('no')).failure.facts.explicit).toBe(true);
		const within = judged(200, envelope(403)).failure;
		expect(within.facts).toMatchObject({ httpStatus: 403, explicit: true });
	});

	it.each([
		[302, 'http://gateway.example/v2/videos/generations', 'refused'],
		[302, '/v2/videos/generations', 'refused'],
		[302, 'https://elsewhere.example/sign-in', 'uncertain'],
		[302, '', 'uncertain'],
		[303, '/v2/videos/generations', 'uncertain'],
	])('that is a %i to "%s" is %s', (status, location, meant) =>
		expect(verdict(status, PAGE, { location })).toBe(meant),
	);
});

describe('whose fault a failure is', () => {
	it.each([
		[{ detail: [{ loc: ['body', 'seconds'], msg: 'not a number' }] }, 'seconds'],
		[{ error: { message: 'bad value', param: 'aspect_ratio' } }, 'aspect_ratio'],
	])('names the field that the gateway names: %j', (body, field) =>
		expect(judged(422, body).failure.headline).toContain(`it names the field "${field}"`),
	);

	it('names no field if the gateway names none', () => {
		const error = { message: 'bad value', param: 'None', code: '400' };
		expect(judged(400, { error }).failure.headline).not.toContain('None');
	});

	it.each([
		[500, says('Invalid token')],
		[503, says('无效的令牌')],
		[401, { code: 'fail_to_fetch_task', message: 'Unauthorized', data: null }],
	])('is the gateway’s if the service behind it refused its key: %i %j', (status, body) => {
		const { verdict: meant, failure } = judged(status, body);
		expect(failure.category).toBe('gateway_trouble');
		expect(failure.headline).toContain(
			"the service behind it did not accept the gateway's own key",
		);
		expect(meant).toBe('refused');
	});

	it('is the user’s if the gateway itself refused the key', () =>
		expect(judged(401, says('Invalid token')).failure.category).toBe('credential_invalid'));
});

it('a refusal contains the gateway’s words, or its code if it has none, and when to retry', () => {
	const { facts } = judged(429, says('', 'E7'), { 'retry-after': '7' }).failure;
	expect(facts).toMatchObject({ words: 'E7', retryAfterMs: 7_000 });
});

it('a refusal contains neither the key nor the query of an address', () => {
	expect(judged(400, says('KEY is bad')).failure.facts.words).toBe('*** is bad');
	const { detail } = judged(301, PAGE, { location: '/KEY?to=KEY' }).failure.facts;
	expect(detail).toBe('it points to /***');
});

it.each([
	['<!DOCTYPE html><title>Console</title>', 200, true],
	['<html><h1>请求超时</h1>', 200, false],
	['<html><h1>Under maintenance</h1>', 200, false],
	['<html><title>Console</title>', 404, false],
	['Console', 200, false],
])('a page is a website’s, not a proxy’s error page: %s (%i) %s', (text, status, isPage) =>
	expect(isWebPage({ status, headers: {}, text, json: undefined })).toBe(isPage),
);
