/** Validates task IDs from outside the gateway: from the user, or from a call to the notify hook. */
import { readTaskId } from './answers/ids';
import { isRecord, parseJson } from './answers/json';

/** Characters that no ID entered by a person contains: invisible ones and line breaks. */
const NOT_IN_ID = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const LONGEST_TASK_ID = 1_000;

/** A dot segment leads to another path. Servers decode `%2F` before they resolve it, and some decode twice. */
const LEADS_ELSEWHERE = /(?:^|[\\/]|%2f|%5c)\s*(?:\.|%2e)+\s*(?:$|[\\/]|%2f|%5c)/i;

/** Whether an encoded ID is safe as a path segment. Lone surrogates cannot be encoded. */
export const canStandInPath = (id: string): boolean =>
	id !== '' && !/\p{Cs}/u.test(id) && !LEADS_ELSEWHERE.test(id);

/** Whether what the user entered can be an ID. */
export const isUsableTaskId = (id: string): boolean =>
	id.length <= LONGEST_TASK_ID && /\S/.test(id) && !NOT_IN_ID.test(id) && canStandInPath(id);

/**
 * Blanks, unprintable characters, the start of a query, a fragment or an escape, and segments that some servers read as
 * dots: made-up IDs try to reach other routes.
 */
const NOT_IN_A_CALLED_ID = /[\s\p{C}?#%\\]|:\/\/|(?:^|\/)\.+;/u;

/**
 * The task that a call to the notify hook is about. The calls are undocumented and anybody may send one, so only a task
 * ID in it is trusted.
 * @param body of the call: the bare task, an envelope around it, an event, or just an ID
 * @returns the task's ID, read as in an answer to Generate; a request's ID if there is no other
 */
export function readCalledTaskId(body: unknown): string | undefined {
	const call = typeof body === 'string' ? parseJson(body) : body;
	if (!isRecord(call)) return undefined;
	// An event has an `id` of its own besides the task's.
	const isEvent = 'type' in call || 'event' in call;
	const subject = isEvent && [call.data, call.object, call.payload, call.task].find(isRecord);
	const found = (subject && readTaskId(subject)) || readTaskId(call);
	// An error about another task hides this one's ID from the reader.
	const id: unknown = found ?? call.task_id ?? call.request_id;
	if (typeof id !== 'string' && typeof id !== 'number') return undefined;
	const text = String(id);
	return isUsableTaskId(text) && !NOT_IN_A_CALLED_ID.test(text) ? text : undefined;
}
