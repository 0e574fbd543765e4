/**
 * The task that a call of the notify hook is about. Only the field `notify_hook` is documented: what gateways send to
 * it is not, and anybody may send anything to it, so that only an ID in it is trusted.
 */
import {
	isRecord,
	isUsableTaskId,
	parseJson,
	plainTaskId,
	readAcceptedTaskId,
	type JsonRecord,
} from './contract';

/**
 * Blanks and what cannot be printed, what begins a query or a fragment or escapes in a path, and a segment that some
 * servers read as dots: made-up IDs try to reach other routes.
 */
const NOT_IN_A_CALLED_ID = /[\s\p{C}?#%\\]|:\/\/|(?:^|\/)\.+;/u;

/**
 * @param body of the call: the bare task, an envelope around it, an event, or nothing but an ID
 * @returns the task's ID, read as in an answer to Generate; the ID of a request where there is no other
 */
export function readCalledTaskId(body: unknown): string | undefined {
	const call = typeof body === 'string' ? parseJson(body) : body;
	if (!isRecord(call)) return undefined;
	// An event has an `id` of its own beside what it is about.
	const isEvent = 'type' in call || 'event' in call;
	const subject = isEvent && [call.data, call.object, call.payload, call.task].find(isRecord);
	const found = (subject && acceptedId(subject)) || acceptedId(call);
	// An error that speaks of another task keeps this one's ID from being read.
	const id: unknown = found ?? call.task_id ?? call.request_id;
	if (typeof id !== 'string' && typeof id !== 'number') return undefined;
	const text = String(id);
	return isUsableTaskId(text) && !NOT_IN_A_CALLED_ID.test(text) ? text : undefined;
}

/** A reader that throws must not lose the call. */
function acceptedId(part: JsonRecord): string | undefined {
	try {
		return readAcceptedTaskId(part);
	} catch {
		return plainTaskId(JSON.stringify(part));
	}
}
