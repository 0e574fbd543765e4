/**
 * What an answer says that does not hold what was asked for: why, in which words, when to ask again, and, of a paid
 * request, whether it was carried out nevertheless. Pure; `docs/money.md` shows the verdicts as a table.
 */
import { forMatching } from './answers/cut';
import { textOf } from './answers/view';
import {
	isCancelledStatus,
	isKnownStatus,
	isRecord,
	readComplaint,
	type Complaint,
	type JsonRecord,
	type Task,
} from './contract';
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
import type { ConnectionLost } from './connectionLost';

export interface Answer {
	status: number;
	headers: JsonRecord;
	/** Its beginning as the gateway wrote it, but for the key: for an excerpt. */
	readonly text: string;
	/** What it says, as it is to be used: an address in it can be fetched, a key in it is the gateway's. Conceal what is shown. */
	json: unknown;
	/** The connection ended behind its head; `text` is what had come. */
	lost?: ConnectionLost;
}

/** An answer that does not hold what was asked for. */
interface FailedAnswer {
	failure: SoraFailure;
	/** What the verdict on a paid request goes by. */
	unsold: UnsoldAnswer;
}

/** @param url where it was asked for */
export function failureIn(answer: Answer, conceal: Conceal, url = ''): FailedAnswer {
	const { json, headers } = answer;
	const complaint = readComplaint(json);
	const plain = complaint ? '' : excerpt(answer.text);
	const saidStatus = statusIn(complaint);
	const isSaid = saidStatus !== undefined && answer.status >= 200 && answer.status < 300;
	const status = isSaid ? saidStatus : answer.status;
	const isRedirect = status >= 300 && status < 400;
	const { category, by } = isRedirect
		? ({ category: 'redirected', by: 'status' } as const)
		: recognise(complaint, status >= 400 ? status : undefined, plain);
	const words = complaint ? redacted(conceal(complaint.message || complaint.code)) : plain;
	const location = isRedirect ? textOf(headers.location) : '';
	const isOfGateway = category === 'credential_invalid' && isRelayed(complaint, status);
	const field = complaint && fieldAtFault(json);
	const explicit = complaint !== undefined;
	const failure = new SoraFailure(isOfGateway ? 'gateway_trouble' : category, {
		words: words || undefined,
		detail: location
			? `it points to ${excerpt(conceal(location).split('?')[0] ?? '')}`
			: isOfGateway
				? "the service behind it did not accept the gateway's own key"
				: field && `it names the field "${conceal(field)}"`,
		httpStatus: status,
		retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
		...(explicit && !isRedirect && { explicit }),
	});
	return {
		failure,
		unsold: {
			statuses: isSaid ? [saidStatus] : [answer.status, ...(saidStatus ? [saidStatus] : [])],
			explicit,
			words: complaint ? `${complaint.code} ${complaint.message}` : plain,
			category,
			recognisedBy: by,
			movedAsAWhole: isRedirect && pathOf(location) === pathOf(url),
		},
	};
}

const pathOf = (address: string) =>
	URL.canParse(address, 'https://relative.invalid')
		? new URL(address, 'https://relative.invalid').pathname
		: undefined;

/** Gateways give an HTTP status as the code of their JSON, under another one or under 200. */
const statusIn = (complaint: Complaint | undefined): number | undefined =>
	/^[45]\d\d$/.test(complaint?.code ?? '') ? Number(complaint?.code) : undefined;

/** What a server error says of a key is of the gateway's own, at the service behind it; so is a status handed through. */
const isRelayed = (complaint: Complaint | undefined, status: number) =>
	status >= 500 || /fail_to_fetch|bad_response_status/i.test(complaint?.code ?? '');

/** The field that a validator objects to: `error.param`, or the end of `detail[].loc`. */
function fieldAtFault(json: unknown): string | undefined {
	if (!isRecord(json)) return undefined;
	const [detail] = Array.isArray(json.detail) ? (json.detail as unknown[]) : [];
	const loc = isRecord(detail) && Array.isArray(detail.loc) ? detail.loc.join('.') : '';
	const param = isRecord(json.error) ? textOf(json.error.param) : '';
	return excerpt(loc.replace(/^body\./, '') || param) || undefined;
}

/** Longest Retry-After that is believed: a proxy's "tomorrow" must not hold an execution. */
const LONGEST_RETRY_AFTER_MS = 15 * 60_000;

/** Seconds or an HTTP date. @returns milliseconds from `now`, or `undefined` */
export function retryAfterMs(header: unknown, now: number): number | undefined {
	if (typeof header !== 'string' || !header.trim()) return undefined;
	const seconds = Number(header);
	const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
	return Number.isFinite(wait) && wait > 0 ? Math.min(wait, LONGEST_RETRY_AFTER_MS) : undefined;
}

const ROWS = Object.entries(FAILURES) as Array<[FailureCategory, FailureRow]>;

const recognisedBy = (test: (row: FailureRow) => boolean | undefined) =>
	ROWS.find(([, row]) => test(row))?.[0];

/** What a complaint was recognised by: a machine's word, which tells most, prose, or nothing but the HTTP status. */
type RecognisedBy = 'code' | 'words' | 'status';

/** A telling code before the text, the text before the HTTP status. */
export function recognise(
	complaint: Complaint | undefined,
	httpStatus: number | undefined,
	plainText = '',
): { category: FailureCategory; by: RecognisedBy } {
	const code = complaint?.code ?? '';
	const words = forMatching(complaint ? complaint.message : plainText);
	const byCode = code && recognisedBy((row) => !row.codesAreVague && row.says?.test(code));
	if (byCode) return { category: byCode, by: 'code' };
	const byWords =
		(words && recognisedBy((row) => row.says?.test(words))) ||
		(code && recognisedBy((row) => row.says?.test(code)));
	if (byWords) return { category: byWords, by: 'words' };
	return { category: meaningOf(httpStatus ?? 0, !complaint && words !== ''), by: 'status' };
}

function meaningOf(httpStatus: number, isPage: boolean): FailureCategory {
	// What a page says of the key is said by whatever stands in front of the gateway.
	if (httpStatus === 403 && isPage) return 'blocked';
	const known = recognisedBy((row) => row.statuses?.includes(httpStatus));
	if (known || httpStatus < 400) return known ?? 'answer_not_understood';
	return httpStatus >= 500 ? 'gateway_trouble' : 'bad_request';
}

/**
 * Why a task that the gateway reports as failed has failed.
 * @param codes what else the gateway says of it in one word: its code, its status
 */
export function classifyFailedTask(
	failReason: string,
	cancelled: boolean,
	...codes: string[]
): FailureCategory {
	if (cancelled) return 'task_cancelled';
	const said = [failReason, ...codes].filter(Boolean);
	return (
		recognisedBy((row) => row.ofTasks && said.some((text) => row.says?.test(text))) ??
		(said.some(namesInput) ? 'bad_request' : 'render_failed')
	);
}

/** Why a task that the gateway calls failed has failed. */
export function taskFailure(task: Task): SoraFailure {
	const { failReason, failCode, status } = task;
	const isUnclear = status !== '' && !isKnownStatus(status) && !failReason && !failCode;
	const category = isUnclear
		? 'end_unclear'
		: classifyFailedTask(failReason, isCancelledStatus(status), failCode, status);
	return new SoraFailure(category, {
		task,
		...(isUnclear && { detail: `"${redacted(status)}"` }),
		words: failReason ? redacted(failReason) : undefined,
		advice: `${FAILURES[category].advice} ${WAS_IT_CHARGED}`,
	});
}

/** Why a character was not made, of which the gateway has made a task. */
export function characterFailure(task: Task): SoraFailure {
	const failure = taskFailure(task);
	if (failure.category !== 'render_failed') return failure;
	return new SoraFailure('character_missing', {
		...failure.facts,
		detail: 'it could not be made',
		advice: `Try another clip. ${WAS_IT_CHARGED}`,
	});
}

/**
 * Between the gateway and its answer stand proxies that give up early, and a gateway may buy upstream before it
 * fails. So an answer counts as a refusal only where it cannot mean anything else. All other answers leave the
 * purchase uncertain, and an uncertain request is never sent again.
 */
export type Verdict = 'refused' | 'uncertain';

/**
 * Statuses that by their definition (RFC 9110, 6585, 7725; 497 is nginx's) say that the request was not carried out,
 * whoever sends them. Missing on purpose: 303, which answers a request that was carried out; 408, 409, 425, 499 and
 * whatever is not registered, which tell of time, of another request, or of nothing that is agreed upon; and 5xx,
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
export const isWebPage = ({ status, json, text }: Answer): boolean =>
	status === 200 &&
	json === undefined &&
	/^\s*<(?:!doctype html|html)\b/i.test(text) &&
	!OF_TIME.test(text) &&
	!OF_OUTAGE.test(excerpt(text));

/** All others say what the gateway objects to. */
const NO_REFUSAL: readonly FailureCategory[] = [
	'answer_not_understood',
	'bad_request',
	'gateway_trouble',
	'redirected',
];

/** An answer to a paid request that holds no task. */
export interface UnsoldAnswer {
	/** The HTTP status, and that in the gateway's JSON, which stands alone where HTTP says that all went well. */
	statuses: readonly number[];
	/** The gateway said in JSON that something is wrong. */
	explicit: boolean;
	/** What it said, its code included, or an excerpt of a page. */
	words: string;
	category: FailureCategory;
	recognisedBy: RecognisedBy;
	/** Of a redirect: it leads to the same path, at another scheme or host. */
	movedAsAWhole?: boolean;
}

export function verdictOn(answer: UnsoldAnswer): Verdict {
	const { statuses, explicit, words, category, recognisedBy, movedAsAWhole } = answer;
	const saysWhy = explicit && !NO_REFUSAL.includes(category);
	// A machine's word for a refusal is never a by-product of time or of what stands behind.
	if (saysWhy && recognisedBy === 'code') return 'refused';
	if (OF_TIME.test(words)) return 'uncertain';
	if (saysWhy && recognisedBy === 'words') return 'refused';
	const isTrouble = category === 'gateway_trouble' && recognisedBy !== 'status';
	if (isTrouble || OF_UPSTREAM.test(words)) return 'uncertain';
	if (statuses.every((status) => NOT_CARRIED_OUT.has(status))) return 'refused';
	// The old way to move a server, which is also the old way to answer a form that was taken.
	if (statuses[0] === 302 && movedAsAWhole) return 'refused';
	// 2xx and 5xx: a request that the gateway itself calls malformed got no further than that.
	return explicit && category === 'bad_request' && recognisedBy !== 'status'
		? 'refused'
		: 'uncertain';
}
