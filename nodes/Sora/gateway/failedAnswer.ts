/**
 * What an answer means that does not hold what was asked for: why, in which words, when to ask again, and, of a paid
 * request, whether it was carried out nevertheless. Pure; `docs/money.md` shows the verdicts as a table.
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
	/** Its beginning as the gateway wrote it, without the key: for an excerpt. */
	readonly text: string;
	/** Untouched: an address in it can be fetched. Conceal what is shown. */
	json: unknown;
	/** Why the connection ended before the answer did; `text` is what had come. */
	lost?: string;
}

export const isOk = ({ status }: Answer) => status >= 200 && status < 300;

const isRedirect = (status: number) => status >= 300 && status < 400;

/**
 * @param url where it was asked for
 * @returns the failure, and whether a paid request was certainly not carried out. Proxies give up before the gateway does,
 * and a gateway may buy upstream before it fails: an answer that may mean anything else leaves the purchase uncertain,
 * and it is never sent again.
 */
export function failureIn(answer: Answer, conceal: Conceal, url = '') {
	const { json, headers } = answer;
	const complaint = readComplaint(json);
	const page = excerpt(answer.text);
	const code = complaint?.code ?? '';
	// Gateways give an HTTP status as the code of their JSON: under another one, or alone where HTTP says that all went well.
	const saidStatuses = /^[45]\d\d$/.test(code) ? [Number(code)] : [];
	const isSaidAlone = saidStatuses.length > 0 && isOk(answer);
	const statuses = isSaidAlone ? saidStatuses : [answer.status, ...saidStatuses];
	const [status = 0] = statuses;
	const { category, by } = recognise(complaint, status, page);
	const location = isRedirect(status) ? textOf(headers.location) : '';
	// What a server error says of a key is about the gateway's own, at the service behind it; so is a relayed status.
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

/** The field that a validator objects to: `error.param`, or the end of `detail[].loc`. */
function fieldAtFault(json: unknown): string | undefined {
	if (!isRecord(json)) return undefined;
	const [detail] = Array.isArray(json.detail) ? (json.detail as unknown[]) : [];
	const loc = isRecord(detail) && Array.isArray(detail.loc) ? detail.loc.join('.') : '';
	const param = isRecord(json.error) ? textOf(json.error.param) : '';
	return excerpt(loc.replace(/^body\./, '') || param) || undefined;
}

/** Longest Retry-After that is obeyed: a proxy's "tomorrow" must not hold an execution. */
const LONGEST_RETRY_AFTER_MS = 15 * 60_000;

/** Seconds or an HTTP date. @returns milliseconds from `now`, or `undefined` */
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
	/** A machine's word, which is the most reliable, prose, or nothing but the HTTP status. */
	by: 'code' | 'words' | 'status';
}

/** A telling code before the text, the text before the HTTP status. */
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
	// What a page says of the key is said by whatever stands in front of the gateway.
	if (status === 403 && !complaint && words !== '') return { category: 'blocked', by: 'status' };
	const known = first((row) => row.statuses?.includes(status));
	const other = status >= 500 ? 'gateway_trouble' : 'bad_request';
	return { category: known ?? (status < 400 ? 'answer_not_understood' : other), by: 'status' };
}

/**
 * Why a task that the gateway reports as failed has failed; prose about anything but content is a failed render.
 * @param said its reason, and what else the gateway says of it in one word: its code, its status
 */
export function classifyFailedTask(...said: string[]): FailureCategory {
	return (
		first(({ kind, says }) => kind === 'content' && said.some((text) => says?.test(text))) ??
		(said.some(namesInput) ? 'bad_request' : 'render_failed')
	);
}

/** Why a task that the gateway calls failed has failed. */
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
 * Statuses that by their definition (RFC 9110, 6585, 7725; 497 is nginx's) say that the request was not carried out,
 * whoever sends them. Missing on purpose: 303, which answers a request that was carried out; 408, 409, 425, 499 and
 * whatever is not registered, which speak of time, of another request, or of nothing that is agreed upon; and 5xx,
 * which come from a server that had begun.
 */
const NOT_CARRIED_OUT = new Set([
	300, 301, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 410, 411, 412, 413, 414, 415,
	416, 417, 421, 422, 423, 426, 428, 429, 431, 451, 497, 501, 505, 511,
]);

/** Somebody gave up waiting: the request may still be carried out behind them. */
const OF_TIME =
	/deadline|time[sd]?[ _-]?out|timeout|context cancell?ed|超时|超过.{0,4}时间|等待.{0,6}过长/i;

const OF_OUTAGE =
	/upstream|bad gateway|gateway time|unavailable|maintenance|overload|error|sorry|try again|维护|繁忙|错误|异常|稍后/i;

/** Something behind the gateway failed, which may have been after the purchase. */
const OF_UPSTREAM =
	/upstream|up-stream|上游|bad gateway|gateway error|connection|broken pipe|reset by|\bEOF\b|socket|do_request_failed|do request failed|连接/i;

/** Whether a page for a browser came, as from a console or a website, and not an apology for the gateway. */
export const isWebPage = ({ status, text }: Answer): boolean =>
	status === 200 &&
	/^\s*<(?:!doctype html|html)\b/i.test(text) &&
	!OF_TIME.test(text) &&
	!OF_OUTAGE.test(excerpt(text));

interface Evidence extends Recognised {
	statuses: readonly number[];
	/** The gateway said in JSON that something is wrong. */
	explicit: boolean;
	/** What it said, its code included, or an excerpt of a page. */
	words: string;
	/** A redirect to the same path, at another scheme or host. */
	movedAsAWhole: boolean;
}

/** The verdict on a paid request: see `failureIn`. */
function isRefused({ statuses, explicit, words, category, by, movedAsAWhole }: Evidence): boolean {
	// All other categories say what the gateway objects to.
	const saysWhy = explicit && category !== 'bad_request' && category !== 'gateway_trouble';
	// A machine's word for a refusal is never a by-product of time or of what stands behind.
	if (saysWhy && by === 'code') return true;
	if (OF_TIME.test(words)) return false;
	if (saysWhy && by === 'words') return true;
	if ((category === 'gateway_trouble' && by !== 'status') || OF_UPSTREAM.test(words)) return false;
	if (statuses.every((status) => NOT_CARRIED_OUT.has(status))) return true;
	// The old way to move a server, which is also the old way to answer a form that was taken.
	if (statuses[0] === 302 && movedAsAWhole) return true;
	// 2xx and 5xx: a request that the gateway itself calls malformed got no further than that.
	return explicit && category === 'bad_request' && by !== 'status';
}
