/**
 * What an answer says that does not hold what was asked for: why, in which words, when to ask again, and, of a paid
 * request, whether it was carried out nevertheless. Pure; `docs/money.md` shows the verdicts as a table.
 */
import { forMatching } from './answers/cut';
import {
	isCancelledStatus,
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
import type { Conceal } from './secrecy';

export interface Answer {
	status: number;
	headers: JsonRecord;
	/** Its beginning as the gateway wrote it, but for the key: for an excerpt. */
	readonly text: string;
	/** What it says, as it is to be used: an address in it can be fetched, a key in it is the gateway's. Conceal what is shown. */
	json: unknown;
}

/** What an answer tells of that does not hold what was asked for. */
interface FailedAnswer {
	failure: SoraFailure;
	/** The gateway's own JSON says that something is wrong. */
	explicit: boolean;
	recognisedBy: RecognisedBy;
	/** All that was said, the code included. */
	words: string;
	location: string;
}

export function failureIn(answer: Answer, conceal: Conceal): FailedAnswer {
	const { json } = answer;
	const complaint = readComplaint(json);
	const plain = complaint ? '' : excerpt(answer.text);
	const isRedirect = answer.status >= 300 && answer.status < 400;
	const { category, by } = isRedirect
		? ({ category: 'redirected', by: 'status' } as const)
		: recognise(complaint, answer.status >= 400 ? answer.status : undefined, plain);
	const words = complaint ? redacted(conceal(complaint.message || complaint.code)) : plain;
	const location = isRedirect ? String(answer.headers.location ?? '') : '';
	const explicit = complaint !== undefined;
	const failure = new SoraFailure(category, {
		words: words || undefined,
		detail: location ? `it points to ${excerpt(conceal(location).split('?')[0] ?? '')}` : undefined,
		httpStatus: answer.status,
		retryAfterMs: retryAfterMs(answer.headers['retry-after'], Date.now()),
		...(explicit && category !== 'redirected' && { explicit }),
	});
	return {
		failure,
		explicit,
		recognisedBy: by,
		words: complaint ? `${complaint.code} ${complaint.message}` : plain,
		location,
	};
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
export type RecognisedBy = 'code' | 'words' | 'status';

/** A telling code before the text, the text before the HTTP status. */
export function recognise(
	complaint: Complaint | undefined,
	httpStatus: number | undefined,
	plainText = '',
): { category: FailureCategory; by: RecognisedBy } {
	const code = complaint?.code ?? '';
	const words = forMatching(complaint ? complaint.message : plainText);
	const byCode = code && recognisedBy((row) => !row.codesAreVague && row.codes?.test(code));
	if (byCode) return { category: byCode, by: 'code' };
	const byWords =
		(words && recognisedBy((row) => row.words?.test(words))) ||
		(code && recognisedBy((row) => row.codes?.test(code)));
	if (byWords) return { category: byWords, by: 'words' };
	const byStatus =
		recognisedBy((row) => httpStatus !== undefined && row.statuses?.includes(httpStatus)) ??
		(httpStatus !== undefined && httpStatus >= 500
			? 'gateway_trouble'
			: httpStatus !== undefined && httpStatus >= 400
				? 'bad_request'
				: 'answer_not_understood');
	return { category: byStatus, by: 'status' };
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
		recognisedBy((row) => row.ofTasks && said.some((text) => row.words?.test(text))) ??
		'render_failed'
	);
}

/** Why a task that the gateway calls failed has failed. */
export function taskFailure(task: Task): SoraFailure {
	const { failReason, failCode, status } = task;
	const category = classifyFailedTask(failReason, isCancelledStatus(status), failCode, status);
	return new SoraFailure(category, {
		task,
		words: failReason ? redacted(failReason) : undefined,
		advice: `${FAILURES[category].advice} ${WAS_IT_CHARGED}`,
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

/** Something behind the gateway failed, which may have been after the purchase. */
const OF_UPSTREAM =
	/upstream|up-stream|上游|bad gateway|gateway error|connection|broken pipe|reset by|\bEOF\b|socket|do_request_failed|do request failed|连接/i;

/** All others say what the gateway objects to. */
const NO_REFUSAL: readonly FailureCategory[] = [
	'answer_not_understood',
	'bad_request',
	'gateway_trouble',
	'redirected',
];

/** An answer to a paid request that holds no task. */
export interface UnsoldAnswer {
	status: number;
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
	const { status, explicit, words, category, recognisedBy, movedAsAWhole } = answer;
	const saysWhy = !NO_REFUSAL.includes(category);
	// A machine's word for a refusal is never a by-product of time or of what stands behind.
	if (explicit && saysWhy && recognisedBy === 'code') return 'refused';
	if (OF_TIME.test(words)) return 'uncertain';
	if (explicit && saysWhy && recognisedBy === 'words') return 'refused';
	const isTrouble = category === 'gateway_trouble' && recognisedBy !== 'status';
	if (isTrouble || OF_UPSTREAM.test(words)) return 'uncertain';
	if (NOT_CARRIED_OUT.has(status)) return 'refused';
	// The old way to move a server, which is also the old way to answer a form that was taken.
	if (status === 302 && movedAsAWhole) return 'refused';
	// 2xx and 5xx: a request that the gateway itself calls malformed got no further than that.
	return explicit && category === 'bad_request' && recognisedBy !== 'status'
		? 'refused'
		: 'uncertain';
}

const EXCERPT_LENGTH = 200;

/** What stands between the tags of a page, scripts and styles left out. One pass: no pattern sees a page twice. */
function textOfPage(page: string): string {
	const pieces: string[] = [];
	const small = page.toLowerCase();
	for (let at = 0; at < page.length; ) {
		const open = page.indexOf('<', at);
		const close = open < 0 ? -1 : page.indexOf('>', open);
		if (close < 0) {
			pieces.push(page.slice(at));
			break;
		}
		pieces.push(page.slice(at, open), ' ');
		at = close + 1;
		const [, hidden] = /^<(script|style)\b/i.exec(page.slice(open, open + 8)) ?? [];
		if (hidden) {
			const end = small.indexOf(`</${hidden.toLowerCase()}`, at);
			at = end < 0 ? page.length : end;
		}
	}
	return pieces.join('');
}

/** A short, readable piece of an answer that may be an HTML page; nothing that looks like a secret stays. */
export function excerpt(answer: string): string {
	const plain = textOfPage(answer.slice(0, 20_000))
		.replace(/[\p{Cc}\s]+/gu, ' ')
		.trim();
	const short = plain.length > EXCERPT_LENGTH ? `${plain.slice(0, EXCERPT_LENGTH - 1)}…` : plain;
	return redacted(short);
}

/** Gateways quote keys back at times ("Invalid token sk-…"), and result links carry signatures. */
export function redacted(words: string): string {
	return words
		.replace(/\b(Bearer\s+)[^\s"']+/gi, '$1***')
		.replace(/\b(?:sk|key|api)-[A-Za-z0-9_*-]{6,}/gi, '***');
}
