/* eslint-disable @n8n/community-nodes/no-restricted-imports -- packs an answer, never inside n8n */
import { gzipSync } from 'node:zlib';

/** What a fault's text is made from. */
export interface FaultContext {
	/** The tail of the gateway's messages. */
	requestId: string;
	method: string;
	path: string;
	model: string;
	/** What the right answer would have been, where there is one. */
	rightAnswer: string;
	retryAfterSeconds: number;
	elsewhereUrl: string;
}

/** What goes over the wire instead of the right answer. */
export type FaultAnswer =
	| {
			kind: 'http';
			status: number;
			type: string;
			body: string | Buffer;
			headers?: Record<string, string>;
	  }
	/** The connection is cut; with `head`, after a whole header and half of the right answer. */
	| { kind: 'cut'; midAnswer: boolean }
	/** Nothing ever comes. */
	| { kind: 'hang' }
	/** A whole header, then a byte of nothing now and then, without an end. */
	| { kind: 'trickle' };

interface FaultRow {
	/** One line for people. */
	says: string;
	/** Whether what the request asked for happens all the same: the task is bought, the file stored. */
	takesEffect: boolean;
	answer: (context: FaultContext) => FaultAnswer;
}

/** The ID of a task that somebody else bought. */
export const FOREIGN_TASK = 'video_0f0re19n-0000-4000-8000-000000000000';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Made once: packing takes a moment. */
let blanks: Buffer | undefined;
const packedBlanks = () => (blanks ??= gzipSync(Buffer.alloc(64 * 1024 * 1024, ' ')));

function http(
	status: number,
	type: string,
	body: string,
	headers?: Record<string, string>,
): FaultAnswer {
	return { kind: 'http', status, type, body, ...(headers && { headers }) };
}

const json = (status: number, body: unknown, headers?: Record<string, string>) =>
	http(status, JSON_TYPE, JSON.stringify(body), headers);

/** Nothing of what the request asked for happens. */
const refused = (says: string, answer: FaultRow['answer']): FaultRow => ({
	says,
	takesEffect: false,
	answer,
});

/** What the request asked for happens all the same. */
const happened = (says: string, answer: FaultRow['answer']): FaultRow => ({
	says: `it happened, ${says}`,
	takesEffect: true,
	answer,
});

/** The gateway's first error shape: `{"error":{…}}`. */
export function errorShape(
	message: string,
	code: string,
	requestId: string,
	type = 'new_api_error',
) {
	return { error: { message: `${message} (request id: ${requestId})`, type, param: '', code } };
}

/** The gateway's second error shape: `{"code":…,"message":…,"data":null}`. */
export function codeShape(code: string, message: string) {
	return { code, message, data: null };
}

function page(title: string): string {
	return [
		'<html>',
		`<head><title>${title}</title></head>`,
		'<body>',
		`<center><h1>${title}</h1></center>`,
		'<hr><center>nginx/1.24.0</center>',
		'</body>',
		'</html>',
		'',
	].join('\r\n');
}

/** A refusal in the first shape. */
function error(
	says: string,
	status: number,
	code: string,
	message: string | ((context: FaultContext) => string),
	headers?: (context: FaultContext) => Record<string, string>,
): FaultRow {
	return refused(says, (context) => {
		const text = typeof message === 'string' ? message : message(context);
		return json(status, errorShape(text, code, context.requestId), headers?.(context));
	});
}

/** A refusal in the second shape. */
const code = (says: string, status: number, name: string, message: string) =>
	refused(says, () => json(status, codeShape(name, message)));

const html = (says: string, status: number, title: string) =>
	refused(says, () => http(status, 'text/html', page(title)));

/** Refusals of gateways that answer everything with a 200, and put the status into their JSON. */
function said<const Status extends number>(...statuses: Status[]) {
	const rows = statuses.map((status) => [
		`said${status}`,
		refused(`a ${status} in the JSON of a 200`, () =>
			json(200, { code: status, msg: 'not accepted', data: null }),
		),
	]);
	return Object.fromEntries(rows) as Record<`said${Status}`, FaultRow>;
}

/** An answer with status 200 that is of no use. */
const useless = (says: string, body: (context: FaultContext) => string) =>
	happened(says, (context) => http(200, JSON_TYPE, body(context)));

/** An answer with a status that proxies and impatient gateways give. */
function boughtThen<const Status extends number>(...statuses: Status[]) {
	const rows = statuses.map((status) => [
		`bought${status}`,
		happened(`then a ${status}`, ({ requestId }) =>
			json(status, errorShape('conflict', '', requestId)),
		),
	]);
	return Object.fromEntries(rows) as Record<`bought${Status}`, FaultRow>;
}

/** The ID stands in an answer that otherwise is an error. */
const idIn = (status: number, message: string) =>
	happened(`and the ID stands in a ${status}`, ({ rightAnswer, requestId }) =>
		json(status, { ...errorShape(message, '', requestId), ...JSON.parse(rightAnswer) }),
	);

function nested(status: number, innerCode: string, text: string): string {
	const innermost = JSON.stringify({ error: { message: text, code: innerCode, status } });
	const middle = JSON.stringify({ code: 'upstream_error', message: innermost, data: null });
	return JSON.stringify({ status_code: status, message: middle });
}

const rows = {
	badKey: error('the key is wrong', 401, '', '无效的令牌'),
	invalidToken: code('the key is wrong, in English', 401, 'unauthorized', 'Invalid token'),
	noKey: error('the gateway sees no key', 401, '', '未提供令牌'),
	quota: error(
		'the balance is used up',
		403,
		'insufficient_user_quota',
		'用户额度不足, 剩余额度: ＄0.012340',
	),
	quotaPreConsume: error(
		"the key's own quota does not cover the request",
		403,
		'pre_consume_token_quota_failed',
		'令牌额度不足, 剩余额度: ＄0.012340, 需要预扣费额度: ＄0.200000',
	),
	quotaText: code('the quota is used up, said only in words', 403, '', '该令牌额度已用尽'),
	quota401: error('the quota is used up, as a 401', 401, '', '该令牌额度已用尽'),
	groupDenied: error("the key's group is not allowed", 403, '', '无权访问 vip 分组'),
	groupDenied401: code("the key's group is not allowed, as a 401", 401, '', '无权访问 sora 分组'),
	modelDenied: error(
		'the key may not use this model',
		403,
		'',
		({ model }) => `该令牌无权访问模型 ${model}`,
	),
	modelNotFound: error(
		'the gateway has no such model',
		503,
		'model_not_found',
		({ model }) => `当前分组 default 下对于模型 ${model} 无可用渠道`,
	),
	badRequest: code(
		'the request is refused',
		400,
		'invalid_request',
		'invalid request: prompt is required',
	),
	unmarshal: error(
		'a field has the wrong type',
		400,
		'invalid_request',
		'json: cannot unmarshal number into Go struct field VideoRequest.duration of type string',
	),
	unknownPath: error(
		'the gateway does not know the path',
		404,
		'',
		({ method, path }) => `Invalid URL (${method} ${path})`,
	),
	saturated: error('the upstream is saturated', 429, '', '当前分组上游负载已饱和，请稍后再试'),
	rateLimited: code(
		'too many requests',
		429,
		'rate_limited',
		'您已达到请求数限制：1分钟内最多请求60次',
	),
	rateLimitedRetryAfter: error(
		'too many requests, with Retry-After in seconds',
		429,
		'',
		'您已达到请求数限制：1分钟内最多请求60次',
		({ retryAfterSeconds }) => ({ 'retry-after': String(retryAfterSeconds) }),
	),
	rateLimitedRetryAfterDate: error(
		'too many requests, with Retry-After as a date',
		429,
		'',
		'您已达到请求数限制：1分钟内最多请求60次',
		({ retryAfterSeconds }) => ({
			'retry-after': new Date(Date.now() + retryAfterSeconds * 1000).toUTCString(),
		}),
	),
	tooLarge: code(
		'the body is too large, as JSON',
		413,
		'request_too_large',
		'request body too large',
	),
	tooLargeHtml: html('the body is too large, as a page', 413, '413 Request Entity Too Large'),
	upstream500: error('the upstream failed', 500, 'do_request_failed', '请求上游地址失败'),
	failToFetchTask: code(
		'the upstream failed, in the second shape',
		500,
		'fail_to_fetch_task',
		'请求上游地址失败',
	),
	failToFetch400: code(
		'the upstream refused the request',
		400,
		'fail_to_fetch_task',
		'prompt is required',
	),
	...said(401, 402, 422, 429),
	ownId403: refused('a refusal with an ID of its own', ({ requestId }) =>
		json(403, { id: requestId, model: null, created: null, message: 'no permission' }),
	),
	notImplemented: error(
		'the gateway lacks this function',
		501,
		'not_implemented',
		'not implemented',
	),
	upstream502: error(
		'a bad gateway, as JSON',
		502,
		'do_request_failed',
		'upstream error: do request failed',
	),
	html502: html('a bad gateway, as a page', 502, '502 Bad Gateway'),
	html504: html('a gateway timeout, as a page', 504, '504 Gateway Time-out'),
	html403: html('a firewall page', 403, '403 Forbidden'),
	realPerson: error(
		'a real person in an image',
		400,
		'invalid_request',
		'图片中包含写实人物，请更换图片后重试',
	),
	cameoDenied: error(
		'a mentioned character is not usable',
		400,
		'cameo_permission_denied',
		'You do not have permission to use this cameo',
	),
	taskNotExist: code('the gateway knows no such task', 400, 'task_not_exist', 'task_not_exist'),
	taskInProgress: code(
		'the source task has not finished',
		400,
		'bad_response_status_code',
		'任务还在进行中',
	),
	getOriginTaskFailed: error(
		'the source task is failed or expired',
		500,
		'get_origin_task_failed',
		'get origin task failed',
	),
	nestedError: error('a 400 wrapped three deep in a 500', 500, 'do_request_failed', () =>
		nested(400, 'cameo_permission_denied', 'You do not have permission to use this cameo'),
	),
	nestedSaturated: code(
		'a 429 wrapped three deep in a 500, in the second shape',
		500,
		'fail_to_fetch_task',
		nested(429, 'too_many_requests', '当前分组上游负载已饱和，请稍后再试'),
	),
	plainText: refused('plain text from a proxy', () =>
		http(
			503,
			'text/plain',
			'upstream connect error or disconnect/reset before headers. reset reason: overflow',
		),
	),
	html200: html('a web page with status 200: the address is no API', 200, 'Welcome'),
	redirect: refused('a 301 to another host', ({ elsewhereUrl, path }) =>
		http(301, 'text/html', page('301 Moved Permanently'), { location: `${elsewhereUrl}${path}` }),
	),
	challenge403: html(
		'the page of a firewall in front of the gateway, with words of its own',
		403,
		'Sorry, you have been blocked. This website is using a security service',
	),
	page401: html('a page that asks for a password', 401, '401 Authorization Required'),
	page404: html("an ingress's page", 404, '404 Not Found'),
	page408: html('a proxy that waited too long', 408, '408 Request Time-out'),
	page418: html('a page with an odd status', 418, "I'm a teapot"),
	redirect302: refused('a 302 to a page where one signs in', ({ elsewhereUrl }) =>
		http(302, 'text/html', page('302 Found'), { location: `${elsewhereUrl}/sign-in` }),
	),
	notModified304: refused('a 304 from a cache', () => http(304, 'text/html', '')),
	noContent204: refused('a 204, nothing at all', () => http(204, 'text/plain', '')),
	route404: refused('JSON of a router in front of the gateway', () =>
		http(404, JSON_TYPE, '{"message":"no Route matched with those values"}'),
	),
	foreignTask: refused("another customer's task, finished", ({ elsewhereUrl }) =>
		json(200, {
			task_id: FOREIGN_TASK,
			id: FOREIGN_TASK,
			status: 'SUCCESS',
			progress: '100%',
			data: { output: `${elsewhereUrl}/foreign.mp4` },
		}),
	),
	resetBefore: refused('the connection is cut before anything happened', () => ({
		kind: 'cut',
		midAnswer: false,
	})),
	hangBefore: refused('no answer ever, and nothing happened', () => ({ kind: 'hang' })),
	resetAfter: happened('then the connection is cut', () => ({ kind: 'cut', midAnswer: false })),
	cutAnswer: happened('then the connection is cut in the middle of the answer', () => ({
		kind: 'cut',
		midAnswer: true,
	})),
	hang: happened('but no answer ever comes', () => ({ kind: 'hang' })),
	trickle: happened('but the answer comes a byte at a time and never ends', () => ({
		kind: 'trickle',
	})),
	bomb: happened('but the answer is 64 MiB of blanks, packed into some 60 KB', () => ({
		...http(200, JSON_TYPE, ''),
		body: packedBlanks(),
		headers: { 'content-encoding': 'gzip' },
	})),
	brokenJson: useless('but the JSON stops half-way', ({ rightAnswer }) =>
		rightAnswer.slice(0, Math.ceil(rightAnswer.length / 2)),
	),
	noTaskId: useless('but the answer names nothing', () => '{"code":"success","message":""}'),
	emptyBody: useless('but the answer is empty', () => ''),
	html502Bought: happened('then a 502 page', () => http(502, 'text/html', page('502 Bad Gateway'))),
	...boughtThen(303, 408, 409, 425, 499, 520),
	deadline400Bought: happened('then a 400 that speaks of a deadline', ({ requestId }) =>
		json(400, errorShape('context deadline exceeded', 'invalid_request', requestId)),
	),
	id429: idIn(429, '当前分组上游负载已饱和，请稍后再试'),
	id400: idIn(400, 'invalid request'),
	id500: idIn(500, '请求上游地址失败'),
	html504Bought: happened('then a 504 page', () =>
		http(504, 'text/html', page('504 Gateway Time-out')),
	),
} satisfies Record<string, FaultRow>;

/** The name of a fault. */
export type Fault = keyof typeof rows;

/** Every fault by name. */
export const FAULTS: Readonly<Record<Fault, FaultRow>> = rows;

/** The names of all faults. */
export const FAULT_NAMES = Object.keys(rows) as Fault[];
