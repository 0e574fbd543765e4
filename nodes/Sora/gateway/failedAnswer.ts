/**
 * Interprets an answer without the requested result: why, in which words, when to retry, and whether a paid request was
 * carried out nevertheless. Pure; `docs/money.md` shows the verdicts as a table.
 */
import { readComplaint, type Complaint } from './answers/complaint';
import { forMatching } from './answers/cut';
import { isRecord, type JsonRecord } from './answers/json';
import { isCancelledStatus, isKnownStatus } from './answers/statusWords';
import type { Task } from './answers/task';
import { textOf } from './answers/view';
import {
	FAILURES,
	SoraFailure,
	WAS_IT_CHARGED,
	type FailureCategory,
	type FailureRow,
} from './failures';
import { excerpt, redacted } from './printable';
import { namesInput } from './refusals';
import type { Conceal } from './secrecy';

export interface Answer {
	status: number;
	headers: JsonRecord;
	/** The start of the body as the gateway wrote it, with the key masked: for excerpts. */
	readonly text: string;
	/** Unmasked, so that addresses in it can be fetched. Conceal before showing. */
	json: unknown;
	/** Why the connection broke before the answer was complete; `text` is what had arrived. */
	lost?: string;
}

export const isOk = ({ status }: Answer) => status >= 200 && status < 300;

const isRedirect = (status: number) => status >= 300 && status < 400;

/**
 * @param url of the request
 * @returns the failure, and whether a paid request was certainly not carried out. Proxies give up before the gateway
 * does, and a gateway may buy upstream before it fails: any ambiguous answer leaves the purchase uncertain, and the
 * request is never sent again.
 */
export function failureIn(answer: Answer, conceal: Conceal, url = '') {
	const { json, headers } = answer;
	const complaint = readComplaint(json);
	const page = excerpt(answer.text);
	const code = complaint?.code ?? '';
	// Gateways repeat an HTTP status as the code in their JSON, sometimes under another HTTP status, even 200.
	const saidStatuses = /^[45]\d\d$/.test(code) ? [Number(code)] : [];
	const isSaidAlone = saidStatuses.length > 0 && isOk(answer);
	const statuses = isSaidAlone ? saidStatuses : [answer.status, ...saidStatuses];
	const [status = 0] = statuses;
	const { category, by } = recognise(complaint, status, page);
	const location = isRedirect(status) ? textOf(headers.location) : '';
	// A key error behind a 5xx or a relayed status concerns the gateway's own key for the upstream service.
	const isRelayed = status >= 500 || /fail_to_fetch|bad_response_status/i.test(code);
	const isOfGatewaysKey = category === 'credential_invalid' && isRelayed;
	const field = complaint && fieldAtFault(json);
	const failure = new SoraFailure(isOfGatewaysKey ? 'gateway_trouble' : category, {
		words: (complaint ? redacted(conceal(complaint.message || complaint.code)) : page) || undefined,
		detail: location
			? `it points to ${excerpt(conceal(location).split('?')[0] ?? '')}`
			: isOfGatewaysKey
				? "the service behind it did not accept the gateway's own key"
				: field && `it names the field "${conceal(field)}"`,
		httpStatus: status,
		retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
		...(complaint && !isRedirect(status) && { explicit: true }),
	});
	const isRefusal = isRefused({
		statuses,
		explicit: complaint !== undefined,
		words: complaint ? `${code} ${complaint.message}` : page,
		category,
		by,
		movedAsAWhole: isRedirect(status) && pathOf(location) === pathOf(url),
	});
	return { failure, isRefusal };
}

const pathOf = (address: string) => /^(?:https?:\/\/[^/?#]*)?(\/[^?#]*)/i.exec(address)?.[1];

/** The field that a validator rejects: `error.param`, or the end of `detail[].loc`. */
function fieldAtFault(json: unknown): string | undefined {
	if (!isRecord(json)) return undefined;
	const [detail] = Array.isArray(json.detail) ? (json.detail as unknown[]) : [];
	const loc = isRecord(detail) && Array.isArray(detail.loc) ? detail.loc.join('.') : '';
	const param = isRecord(json.error) ? textOf(json.error.param) : '';
	return excerpt(loc.replace(/^body\./, '') || param).replace(/^none$/i, '') || undefined;
}

/** The longest Retry-After that is obeyed: a proxy's "tomorrow" must not block an execution. */
const LONGEST_RETRY_AFTER_MS = 15 * 60_000;

/** Parses seconds or an HTTP date. @returns milliseconds from `now`, or `undefined` */
export function retryAfterMs(header: unknown, now: number): number | undefined {
	if (typeof header !== 'string' || !header.trim()) return undefined;
	const seconds = Number(header);
	const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
	return Number.isFinite(wait) && wait > 0 ? Math.min(wait, LONGEST_RETRY_AFTER_MS) : undefined;
}

const ROWS = Object.entries(FAILURES) as Array<[FailureCategory, FailureRow]>;

const first = (test: (row: FailureRow) => boolean | undefined) =>
	ROWS.find(([, row]) => test(row))?.[0];

interface Recognised {
	category: FailureCategory;
	/** An error code, which is the most reliable; prose; or only the HTTP status. */
	by: 'code' | 'words' | 'status';
}

/** A specific code wins over the text, the text over the HTTP status. */
export function recognise(complaint: Complaint | undefined, status = 200, page = ''): Recognised {
	if (isRedirect(status)) return { category: 'redirected', by: 'status' };
	const code = complaint?.code ?? '';
	const words = forMatching(complaint ? complaint.message : page);
	const byCode = code && first((row) => !row.codesAreVague && row.says?.test(code));
	if (byCode) return { category: byCode, by: 'code' };
	const byWords =
		(words && first((row) => row.says?.test(words))) ||
		(code && first((row) => row.says?.test(code)));
	if (byWords) return { category: byWords, by: 'words' };
	// A page that mentions the key comes from a proxy in front of the gateway.
	if (status === 403 && !complaint && words !== '') return { category: 'blocked', by: 'status' };
	const known = first((row) => row.statuses?.includes(status));
	const other = status >= 500 ? 'gateway_trouble' : 'bad_request';
	return { category: known ?? (status < 400 ? 'answer_not_understood' : other), by: 'status' };
}

/**
 * Why a task that the gateway reports as failed has failed; prose about anything but content means a failed render.
 * @param said its reason, and its one-word hints: code, status
 */
export function classifyFailedTask(...said: string[]): FailureCategory {
	return (
		first(({ kind, says }) => kind === 'content' && said.some((text) => says?.test(text))) ??
		(said.some(namesInput) ? 'bad_request' : 'render_failed')
	);
}

/** The failure of a task that the gateway reports as failed. */
export function taskFailure(task: Task): SoraFailure {
	const { failReason, failCode, status } = task;
	const isUnclear = status !== '' && !isKnownStatus(status) && !failReason && !failCode;
	const ended = isCancelledStatus(status)
		? 'task_cancelled'
		: classifyFailedTask(failReason, failCode, status);
	const category = isUnclear ? 'end_unclear' : ended;
	return new SoraFailure(category, {
		task,
		...(isUnclear && { detail: `"${redacted(status)}"` }),
		words: failReason ? redacted(failReason) : undefined,
		advice: `${FAILURES[category].advice} ${WAS_IT_CHARGED}`,
	});
}

/**
 * Statuses whose definition (RFC 9110, 6585, 7725; 497 is nginx's) says that the request was not carried out, whoever
 * sends them. Left out on purpose: 303, which answers a request that was carried out; 408, 409, 425, 499 and
 * unregistered ones, which concern time, another request, or nothing agreed upon; and 5xx, from a server that had
 * already started.
 */
const NOT_CARRIED_OUT = new Set([
	300, 301, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 410, 411, 412, 413, 414, 415,
	416, 417, 421, 422, 423, 426, 428, 429, 431, 451, 497, 501, 505, 511,
]);

/** What failed came after the purchase. */
const HAS_BEGUN =
	/(?<!\bno )\b(?:task|job|generation|order) (?:was |has been |is )?(?:already )?(?:created|submitted|accepted|queued|started)\b|任务已(?:提交|创建|受理)|任务(?:提交|创建)成功/i;

/** What failed may be work after the purchase, unless the status says otherwise. */
const OF_LATER_WORK =
	/refund|\b(?:disk|storage|bucket|s3|oss|redis|database|callback|webhook)\b|\b(?:sav|stor|quer|poll)(?:e|ed|ing|y)\b|\b(?:output|result)s? (?:\w+ ){0,2}not |(?:生成|结果).{0,8}不存在|数据库|存储|保存|回调|退[款还]|查询/i;

/** Someone timed out: the request may still be carried out behind them. */
const OF_TIME =
	/deadline|time[sd]?[ _-]?out|timeout|context cancell?ed|超时|超过.{0,4}时间|等待.{0,6}过长/i;

const OF_OUTAGE =
	/upstream|bad gateway|gateway time|unavailable|maintenance|overload|error|sorry|try again|维护|繁忙|错误|异常|稍后/i;

/** Something behind the gateway failed, possibly after the purchase. */
const OF_UPSTREAM =
	/upstream|up-stream|上游|(?:read|parse|decode|convert|unmarshal|copy|invalid|empty)[ _](?:the )?response|response[ _](?:body|json|format from)|(?:返回|响应).{0,8}(?:失败|错误|异常|为空|缺失|无效)|bad gateway|gateway error|connection|broken pipe|reset by|\bEOF\b|socket|status_?code\W{1,2}5\d\d\b|do_request_failed|do request failed|连接/i;

/** Whether the answer is a page for a browser, from a console or a website, rather than a proxy's error page. */
export const isWebPage = ({ status, text }: Answer): boolean =>
	status === 200 &&
	/^\s*<(?:!doctype html|html)\b/i.test(text) &&
	!OF_TIME.test(text) &&
	!OF_OUTAGE.test(excerpt(text));

interface Evidence extends Recognised {
	statuses: readonly number[];
	/** The gateway reported an error in JSON. */
	explicit: boolean;
	/** The error with its code, or an excerpt of a page. */
	words: string;
	/** A redirect to the same path with another scheme or host. */
	movedAsAWhole: boolean;
}

/** The verdict on a paid request, see `failureIn`. */
function isRefused({ statuses, explicit, words, category, by, movedAsAWhole }: Evidence): boolean {
	// Every category but these two names what the gateway objects to.
	const saysWhy = explicit && category !== 'bad_request' && category !== 'gateway_trouble';
	if (HAS_BEGUN.test(words)) return false;
	// A specific error code is never a side effect of a time-out or an upstream failure.
	if (saysWhy && by === 'code') return true;
	if (OF_TIME.test(words)) return false;
	// No order is for a task that exists.
	const isOfLater = category === 'task_not_found' || OF_LATER_WORK.test(words);
	if (saysWhy && by === 'words' && !isOfLater) return true;
	if ((category === 'gateway_trouble' && by !== 'status') || OF_UPSTREAM.test(words)) return false;
	if (statuses.every((status) => NOT_CARRIED_OUT.has(status))) return true;
	// The usual 302 of a moved server; to another path, it may be the answer to a form that was accepted.
	if (statuses[0] === 302 && movedAsAWhole) return true;
	// With 2xx or 5xx, a request that the gateway itself calls malformed got no further.
	return explicit && category === 'bad_request' && by !== 'status' && !isOfLater;
}
