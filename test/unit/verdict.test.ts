import fc from 'fast-check';

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
const envelope = (code: number, msg = 'no') => ({ code, msg, data: null });
const PAGE = '<html><h1>A page</h1></html>';

describe('an answer to a paid request', () => {
	it.each([
		...['connection reset by peer', 'unexpected EOF', 'broken pipe', 'Bad gateway', '连接被重置'],
		...['upstream failed', '上游返回错误', 'socket hang up', 'do request failed'],
		...['internal_server_error', 'bad_response'],
		...['context deadline exceeded', 'read: timed out', 'request time-out', '请求超时'],
	])('is no refusal where it speaks of time or of what stands behind the gateway: %s', (words) => {
		for (const status of [200, 302, 400, 403, 429, 500, 502]) {
			expect([status, verdict(status, says(words))]).toEqual([status, 'uncertain']);
			expect([status, verdict(status, says('no', words))]).toEqual([status, 'uncertain']);
			expect([status, verdict(status, `<p>${words}</p>`)]).toEqual([status, 'uncertain']);
		}
	});

	it.each([
		['a code', says('timeout', 'insufficient_user_quota')],
		['a code beside words of upstream', says('upstream error', 'model_not_found')],
		['words', says('余额不足')],
		['words beside words of upstream', says('提示词违反内容政策, upstream request id 7')],
		['that the request is malformed', says('invalid_request: cannot unmarshal string')],
	])('is a refusal, whatever the status, where the gateway says why: by %s', (_, body) => {
		for (const status of [200, 400, 409, 500, 502, 599]) {
			expect([status, verdict(status, body)]).toEqual([status, 'refused']);
		}
	});

	it('is no refusal by words on a page, which is not the gateway’s own', () => {
		for (const words of ['余额不足', 'model_not_found', 'cannot unmarshal'])
			expect(verdict(500, `<p>${words}</p>`)).toBe('uncertain');
	});

	it.each([300, 301, 307, 308, 400, 401, 402, 403, 404, 405, 413, 422, 429, 451, 501, 505])(
		'is a refusal by its status: %i',
		(status) => {
			expect(verdict(status, says('no'))).toBe('refused');
			expect(verdict(status, PAGE)).toBe('refused');
			expect(judged(status, PAGE).failure.facts.explicit).toBeUndefined();
			expect(judged(status, says('no')).failure.facts.explicit).toBe(status >= 400 || undefined);
		},
	);

	it.each([200, 202, 204, 302, 303, 304, 408, 409, 418, 425, 499, 500, 502, 503, 504, 520, 599])(
		'is no refusal by its status: %i',
		(status) => {
			expect(verdict(status, says('no'))).toBe('uncertain');
			expect(verdict(status, PAGE)).toBe('uncertain');
			expect(verdict(status, '')).toBe('uncertain');
		},
	);

	it.each([401, 402, 403, 404, 422, 429])(
		'is a refusal where the gateway’s JSON gives the status under a 200: %i',
		(code) => {
			const { verdict: meant, failure } = judged(200, envelope(code));
			expect(meant).toBe('refused');
			expect(failure.facts).toMatchObject({ httpStatus: code, explicit: true });
		},
	);

	it.each([
		[200, 408],
		[200, 500],
		[200, 1002],
		[400, 500],
		[500, 400],
	])('is no refusal where HTTP says %i and the gateway’s JSON %i', (status, code) =>
		expect(verdict(status, envelope(code))).toBe('uncertain'),
	);

	it('is a refusal where the gateway hands a refusal through, and none where it hands trouble through', () => {
		for (const code of ['fail_to_fetch_task', 'bad_response_status_code']) {
			expect(verdict(400, { code, message: 'no', data: null })).toBe('refused');
			expect(verdict(500, { code, message: 'no', data: null })).toBe('uncertain');
		}
		expect(verdict(400, says('no', 'do_request_failed'))).toBe('uncertain');
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

	it('is a refusal only where the gateway says so, or a status that means nothing else', () => {
		const statuses = fc.integer({ min: 200, max: 599 });
		const words = fc.constantFrom('', 'no', 'upstream error', 'timeout', '余额不足', 'bad_request');
		const bodies = fc.oneof(
			words,
			words.map((message) => says(message)),
			fc.record({ code: fc.oneof(statuses, words), message: words }),
		);
		fc.assert(
			fc.property(statuses, bodies, (status, body) => {
				const { verdict: meant, failure } = judged(status, body);
				if (meant === 'uncertain') return;
				const said = JSON.stringify(body);
				const isSaid = failure.facts.explicit === true && /余额不足|bad_request/.test(said);
				const isByStatus = [status, failure.facts.httpStatus ?? 0].some(
					(given) => given >= 300 && (given < 500 || [501, 505, 511].includes(given)),
				);
				expect(isSaid || (isByStatus && !/upstream|timeout/.test(said))).toBe(true);
			}),
			{ numRuns: 1_000 },
		);
	});
});

describe('whose fault it is', () => {
	it.each([
		[{ detail: [{ loc: ['body', 'seconds'], msg: 'not a number' }] }, 'seconds'],
		[{ error: { message: 'bad value', param: 'aspect_ratio' } }, 'aspect_ratio'],
	])('is said of the field that the gateway names: %j', (body, field) =>
		expect(judged(422, body).failure.headline).toContain(`it names the field "${field}"`),
	);

	it.each([
		[500, says('Invalid token')],
		[503, says('无效的令牌')],
		[401, { code: 'fail_to_fetch_task', message: 'Unauthorized', data: null }],
	])('is the gateway’s where the service behind it refused its key: %i %j', (status, body) => {
		const { verdict: meant, failure } = judged(status, body);
		expect(failure.category).toBe('gateway_trouble');
		expect(failure.headline).toContain(
			"the service behind it did not accept the gateway's own key",
		);
		expect(meant).toBe('refused');
	});

	it('is the user’s where the gateway itself refused the key', () =>
		expect(judged(401, says('Invalid token')).failure.category).toBe('credential_invalid'));
});

it('a refusal says the gateway’s words, or its code where it has none, and when to ask again', () => {
	const { facts } = judged(429, says('', 'E7'), { 'retry-after': '7' }).failure;
	expect(facts).toMatchObject({ words: 'E7', retryAfterMs: 7_000 });
});

it('a refusal holds neither the key nor what follows an address', () => {
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
])('a page is that of a website, and no apology: %s (%i) %s', (text, status, isPage) =>
	expect(isWebPage({ status, headers: {}, text, json: undefined })).toBe(isPage),
);
