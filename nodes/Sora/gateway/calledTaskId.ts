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

const isPlausible = (id: string) => isUsableTaskId(id) && !NOT_IN_A_CALLED_ID.test(id);

/** What an event is about, whose own `id` is beside it. */
function subjectOf(call: JsonRecord): unknown {
	const isEvent = 'type' in call || 'event' in call;
	return isEvent ? [call.data, call.object, call.payload, call.task].find(isRecord) : undefined;
}

/** A reader that throws must not lose the call. */
function acceptedId(part: unknown): string | undefined {
	try {
		return readAcceptedTaskId(part);
	} catch {
		return plainTaskId(JSON.stringify(part));
	}
}

/**
 * @param body of the call: the bare task, an envelope around it, an event, or nothing but an ID
 * @returns the task's ID, read as in an answer to Generate; the ID of a request where there is no other
 */
export function readCalledTaskId(body: unknown): string | undefined {
	const call = typeof body === 'string' ? parseJson(body) : body;
	if (!isRecord(call)) return undefined;
	const id = [subjectOf(call), call].map(acceptedId).find((found) => found !== undefined);
	// An error that speaks of another task keeps this one's ID from being read.
	const named: unknown = id ?? call.task_id ?? call.request_id;
	if (typeof named !== 'string' && typeof named !== 'number') return undefined;
	return isPlausible(String(named)) ? String(named) : undefined;
}
