/** What may be the ID of a task, where others than the gateway bring it: the user, or a call of the notify hook. */
import { readTaskId } from './answers/ids';
import { isRecord, parseJson } from './answers/json';

/** Characters of no ID that a person would enter: invisible, or breaking a line. */
const NOT_IN_ID = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const LONGEST_TASK_ID = 1_000;

/** A segment of dots leads elsewhere. Servers decode `%2F` before they look for it, and some decode twice. */
const LEADS_ELSEWHERE = /(?:^|[\\/]|%2f|%5c)\s*(?:\.|%2e)+\s*(?:$|[\\/]|%2f|%5c)/i;

/** Whether an ID, encoded, means nothing but itself in a path. Halves of characters have no encoding. */
export const canStandInPath = (id: string): boolean =>
	id !== '' && !/\p{Cs}/u.test(id) && !LEADS_ELSEWHERE.test(id);

/** Whether an ID that was entered can be one. */
export const isUsableTaskId = (id: string): boolean =>
	id.length <= LONGEST_TASK_ID && /\S/.test(id) && !NOT_IN_ID.test(id) && canStandInPath(id);

/**
 * Blanks and what cannot be printed, what begins a query or a fragment or escapes in a path, and a segment that some
 * servers read as dots: made-up IDs try to reach other routes.
 */
const NOT_IN_A_CALLED_ID = /[\s\p{C}?#%\\]|:\/\/|(?:^|\/)\.+;/u;

/**
 * The task that a call of the notify hook is about. What gateways send to it is not documented, and anybody may send
 * anything to it, so that only an ID in it is trusted.
 * @param body of the call: the bare task, an envelope around it, an event, or nothing but an ID
 * @returns the task's ID, read as in an answer to Generate; the ID of a request where there is no other
 */
export function readCalledTaskId(body: unknown): string | undefined {
	const call = typeof body === 'string' ? parseJson(body) : body;
	if (!isRecord(call)) return undefined;
	// An event has an `id` of its own beside what it is about.
	const isEvent = 'type' in call || 'event' in call;
	const subject = isEvent && [call.data, call.object, call.payload, call.task].find(isRecord);
	const found = (subject && readTaskId(subject)) || readTaskId(call);
	// An error that speaks of another task keeps this one's ID from being read.
	const id: unknown = found ?? call.task_id ?? call.request_id;
	if (typeof id !== 'string' && typeof id !== 'number') return undefined;
	const text = String(id);
	return isUsableTaskId(text) && !NOT_IN_A_CALLED_ID.test(text) ? text : undefined;
}
