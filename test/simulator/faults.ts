/* eslint-disable @n8n/community-nodes/no-restricted-imports -- packs an answer, never inside n8n */
import { gzipSync } from 'node:zlib';

import { filled } from './templates';

/** What the text of a fault is made from. */
export interface FaultContext {
	[name: string]: unknown;
	/** The end of the gateway's messages. */
	requestId: string;
	method: string;
	path: string;
	model: string;
	/** The correct answer, if there is one. */
	rightAnswer: string;
	elsewhereUrl: string;
}

/** What is sent instead of the correct answer. */
export type FaultAnswer =
	| {
			kind: 'http';
			status: number;
			type: string;
			body: string | Buffer;
			headers?: Record<string, string>;
	  }
	/** The connection is cut: before the answer, or after its headers and half of its body. */
	| { kind: 'cut'; midAnswer: boolean }
	/** No answer ever comes. */
	| { kind: 'hang' }
	/** The headers, then a blank now and then, endlessly. */
	| { kind: 'trickle' };

interface FaultRow {
	/** Whether the request takes effect nevertheless: the task is bought, the file stored. */
	takesEffect: boolean;
	answer: (context: FaultContext) => FaultAnswer;
}

/** The ID of a task that somebody else bought. */
export const FOREIGN_TASK = 'video_0f0re19n-0000-4000-8000-000000000000';

export const JSON_TYPE = 'application/json; charset=utf-8';
const RETRY_AFTER_SECONDS = 2;

/** Created once: packing takes a moment. */
let blanks: Buffer | undefined;
const packedBlanks = () => (blanks ??= gzipSync(Buffer.alloc(64 * 1024 * 1024, ' ')));

type Headers = Record<string, string>;
const http = (status: number, type: string, body: string, headers?: Headers): FaultAnswer => ({
	kind: 'http',
	status,
	type,
	body,
	...(headers && { headers }),
});
const json = (status: number, body: unknown, headers?: Headers) =>
	http(status, JSON_TYPE, JSON.stringify(body), headers);

const cut = (midAnswer: boolean) => (): FaultAnswer => ({ kind: 'cut', midAnswer });

const refused = (answer: FaultRow['answer']): FaultRow => ({ takesEffect: false, answer });
const happened = (answer: FaultRow['answer']): FaultRow => ({ takesEffect: true, answer });

/** The gateway's first error shape: `{"error":{…}}`. */
export const errorShape = (message: string, code: string, requestId: string) => ({
	error: {
		message: `${message} (request id: ${requestId})`,
		type: 'new_api_error',
		param: '',
		code,
	},
});

/** The gateway's second error shape: `{"code":…,"message":…,"data":null}`. */
export const codeShape = (code: string, message: string) => ({ code, message, data: null });

const page = (title: string) =>
	`<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n`;

/** A refusal in the first shape. */
const error = (status: number, code: string, message: string, headers?: () => Headers) =>
	refused((context) =>
		json(
			status,
			errorShape(String(filled(message, context)), code, context.requestId),
			headers?.(),
		),
	);
/** A refusal in the second shape. */
const code = (status: number, name: string, message: string) =>
	refused(() => json(status, codeShape(name, message)));
const html = (status: number, title: string) =>
	refused(() => http(status, 'text/html', page(title)));
const redirect = (status: number, target: string) =>
	refused((context) =>
		http(status, 'text/html', page(`${status} Moved`), {
			location: String(filled(target, context)),
		}),
	);

/** A gateway that answers everything with 200 puts the status into its JSON. */
const said = (status: number) =>
	refused(() => json(200, { code: status, msg: 'not accepted', data: null }));
/** A useless answer with status 200. */
const useless = (body: (rightAnswer: string) => string) =>
	happened(({ rightAnswer }) => http(200, JSON_TYPE, body(rightAnswer)));
/** An answer with a status that proxies and impatient gateways send. */
const boughtThen = (status: number, message = 'conflict', errorCode = '') =>
	happened(({ requestId }) => json(status, errorShape(message, errorCode, requestId)));
/** An error that contains the ID. */
const idIn = (status: number, message: string) =>
	happened(({ rightAnswer, requestId }) =>
		json(status, { ...errorShape(message, '', requestId), ...JSON.parse(rightAnswer) }),
	);

function nested(status: number, innerCode: string, text: string): string {
	const innermost = JSON.stringify({ error: { message: text, code: innerCode, status } });
	const middle = JSON.stringify({ code: 'upstream_error', message: innermost, data: null });
	return JSON.stringify({ status_code: status, message: middle });
}

const TOO_MANY = '您已达到请求数限制：1分钟内最多请求60次';
const NO_CAMEO = 'You do not have permission to use this cameo';
const OVERFLOW =
	'upstream connect error or disconnect/reset before headers. reset reason: overflow';
const SATURATED = '当前分组上游负载已饱和，请稍后再试';

const rows = {
	badKey: error(401, '', '无效的令牌'),
	quota: error(403, 'insufficient_user_quota', '用户额度不足, 剩余额度: ＄0.012340'),
	quota401: error(401, '', '该令牌额度已用尽'),
	groupDenied: error(403, '', '无权访问 vip 分组'),
	groupDenied401: code(401, '', '无权访问 sora 分组'),
	modelNotFound: error(503, 'model_not_found', '当前分组 default 下对于模型 {model} 无可用渠道'),
	badRequest: code(400, 'invalid_request', 'invalid request: prompt is required'),
	unmarshal: error(
		400,
		'invalid_request',
		'json: cannot unmarshal number into Go struct field VideoRequest.duration of type string',
	),
	unknownPath: error(404, '', 'Invalid URL ({method} {path})'),
	saturated: error(429, '', SATURATED),
	rateLimited: code(429, 'rate_limited', TOO_MANY),
	rateLimitedRetryAfter: error(429, '', TOO_MANY, () => ({
		'retry-after': String(RETRY_AFTER_SECONDS),
	})),
	rateLimitedRetryAfterDate: error(429, '', TOO_MANY, () => ({
		'retry-after': new Date(Date.now() + RETRY_AFTER_SECONDS * 1000).toUTCString(),
	})),
	tooLarge: code(413, 'request_too_large', 'request body too large'),
	tooLargeHtml: html(413, '413 Request Entity Too Large'),
	upstream500: error(500, 'do_request_failed', '请求上游地址失败'),
	failToFetch400: code(400, 'fail_to_fetch_task', 'prompt is required'),
	said402: said(402),
	said429: said(429),
	ownId403: refused(({ requestId }) =>
		json(403, { id: requestId, model: null, created: null, message: 'no permission' }),
	),
	notImplemented: error(501, 'not_implemented', 'not implemented'),
	html502: html(502, '502 Bad Gateway'),
	html504: html(504, '504 Gateway Time-out'),
	html403: html(403, '403 Forbidden'),
	realPerson: error(400, 'invalid_request', '图片中包含写实人物，请更换图片后重试'),
	cameoDenied: error(400, 'cameo_permission_denied', NO_CAMEO),
	taskNotExist: code(400, 'task_not_exist', 'task_not_exist'),
	getOriginTaskFailed: error(500, 'get_origin_task_failed', 'get origin task failed'),
	nestedError: error(500, 'do_request_failed', nested(400, 'cameo_permission_denied', NO_CAMEO)),
	plainText: refused(() => http(503, 'text/plain', OVERFLOW)),
	html200: html(200, 'Welcome'),
	challenge403: html(403, 'Sorry, you have been blocked. This website is using a security service'),
	page401: html(401, '401 Authorization Required'),
	page404: html(404, '404 Not Found'),
	page408: html(408, '408 Request Time-out'),
	page418: html(418, "I'm a teapot"),
	redirect: redirect(301, '{elsewhereUrl}{path}'),
	redirect302: redirect(302, '{elsewhereUrl}/sign-in'),
	notModified304: refused(() => http(304, 'text/html', '')),
	noContent204: refused(() => http(204, 'text/plain', '')),
	route404: refused(() => json(404, { message: 'no Route matched with those values' })),
	foreignTask: refused(({ elsewhereUrl }) =>
		json(200, {
			task_id: FOREIGN_TASK,
			id: FOREIGN_TASK,
			status: 'SUCCESS',
			progress: '100%',
			data: { output: `${elsewhereUrl}/foreign.mp4` },
		}),
	),
	resetBefore: refused(cut(false)),
	hangBefore: refused(() => ({ kind: 'hang' })),
	resetAfter: happened(cut(false)),
	cutAnswer: happened(cut(true)),
	hang: happened(() => ({ kind: 'hang' })),
	trickle: happened(() => ({
		kind: 'trickle',
	})),
	bomb: happened(() => ({
		kind: 'http',
		status: 200,
		type: JSON_TYPE,
		body: packedBlanks(),
		headers: { 'content-encoding': 'gzip' },
	})),
	brokenJson: useless((rightAnswer) => rightAnswer.slice(0, Math.ceil(rightAnswer.length / 2))),
	noTaskId: useless(() => '{"code":"success","message":""}'),
	emptyBody: useless(() => ''),
	html502Bought: happened(() => http(502, 'text/html', page('502 Bad Gateway'))),
	bought303: boughtThen(303),
	bought408: boughtThen(408),
	bought409: boughtThen(409),
	bought425: boughtThen(425),
	bought499: boughtThen(499),
	bought520: boughtThen(520),
	deadline400Bought: boughtThen(400, 'context deadline exceeded', 'invalid_request'),
	id429: idIn(429, SATURATED),
	id400: idIn(400, 'invalid request'),
	id500: idIn(500, '请求上游地址失败'),
} satisfies Record<string, FaultRow>;

export type Fault = keyof typeof rows;

export const FAULTS: Readonly<Record<Fault, FaultRow>> = rows;

export const FAULT_NAMES = Object.keys(rows) as Fault[];
