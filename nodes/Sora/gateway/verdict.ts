/**
 * What an answer to a paid request says of the purchase. Pure; `docs/money.md` shows it as a table.
 *
 * Between the gateway and its answer stand proxies that give up early, and a gateway may buy upstream before it
 * fails. So an answer counts as a refusal only where it cannot mean anything else. All other answers leave the
 * purchase uncertain, and an uncertain request is never sent again.
 */
import type { FailureCategory, RecognisedBy } from './failures';

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
