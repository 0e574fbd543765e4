/**
 * The task that a call of the notify hook is about. Only the field `notify_hook` is documented: what gateways send to
 * it is not, and anybody may send anything to it, so that it is searched widely and believed in nothing but an ID.
 */
import { parseJson, type JsonRecord } from './contract';

/** Characters of a task ID: longer than any that was seen by far. */
const LONGEST_TASK_ID = 512;
/** Blanks, control and format characters, lone surrogates; what begins a query or a fragment, or escapes in a path. */
const NOT_IN_A_TASK_ID = /[\s\p{C}?#%\\]/u;
/** Segments that lead elsewhere in a path, also where a server cuts off what follows a `;` in them. */
const LEADS_ELSEWHERE = /(?:^|\/)\.+(?:;[^/]*)?(?:\/|$)/;

/** Whether a task ID that comes from outside may be put into a path and a log. */
const isPlausible = (id: string) =>
	id.length > 0 &&
	id.length <= LONGEST_TASK_ID &&
	!id.includes('://') &&
	!NOT_IN_A_TASK_ID.test(id) &&
	!LEADS_ELSEWHERE.test(id);

/** Names of a task's ID in small letters without separators, the surest first. */
const TASK_ID_NAMES = ['taskid', 'generationid', 'jobid', 'predictionid', 'operationid', 'videoid'];
/** What holds the task in an envelope, and in what gateways call an event. */
const TASK_PLACES = [
	'data',
	'task',
	'output',
	'result',
	'payload',
	'object',
	'video',
	'generation',
];
/** A record with one of these is a task, or what became of one. */
const STATUS_NAMES = ['status', 'task_status', 'state'];
/** It names a request as a rule, and the task only where nothing else does. */
const REQUEST_ID_NAMES = ['requestid'];

/** How far a call is searched: levels, and records in all. */
const MOST_LEVELS = 4;
const MOST_RECORDS = 100;
/** Characters of a string that is read as JSON, and of a name that is read at all. */
const LONGEST_JSON = 1_000_000;
const LONGEST_NAME = 40;

/** A record, or one that somebody put into a string. */
function recordIn(value: unknown): JsonRecord | undefined {
	const isJson = typeof value === 'string' && value.length <= LONGEST_JSON && /^\s*\{/.test(value);
	const inner = isJson ? parseJson(value) : value;
	return typeof inner === 'object' && inner !== null && !Array.isArray(inner)
		? (inner as JsonRecord)
		: undefined;
}

const firstItem = (value: unknown): unknown =>
	Array.isArray(value) ? (value as unknown[])[0] : value;

/** The records of a call, outer ones first. */
function recordsIn(body: unknown): JsonRecord[] {
	const records: JsonRecord[] = [];
	let level = [recordIn(body)].filter((found) => found !== undefined);
	for (let depth = 0; depth < MOST_LEVELS && level.length > 0; depth++) {
		level = level.slice(0, MOST_RECORDS - records.length);
		records.push(...level);
		level = level.flatMap((outer) =>
			Object.values(outer)
				.slice(0, MOST_RECORDS)
				.map((value) => recordIn(firstItem(value)))
				.filter((found) => found !== undefined),
		);
	}
	return records;
}

const plainName = (name: string) => name.slice(0, LONGEST_NAME).toLowerCase().replace(/[_-]/g, '');

function valuesNamed(records: JsonRecord[], names: string[]): unknown[] {
	const fields = records.flatMap((inner) =>
		Object.entries(inner).map(([name, value]) => ({ name: plainName(name), value })),
	);
	return names.flatMap((wanted) =>
		fields.filter(({ name }) => name === wanted).map(({ value }) => value),
	);
}

/**
 * @param body of the call: the bare task, an envelope around it, an event, or nothing but an ID
 * @returns the first plausible ID of these: what is called a task's ID, outer ones first; the `id` of a record that has
 * a status; the `id` outside, unless that is an event's own; the `id` where envelopes and events hold their task; what
 * stands bare as `data`; the ID of a request
 */
export function readCalledTaskId(body: unknown): string | undefined {
	const records = recordsIn(body);
	const [outer = {}] = records;
	const hasStatus = (inner: JsonRecord) => STATUS_NAMES.some((name) => name in inner);
	const withStatus = records.filter(hasStatus).map(({ id }) => id);
	const held = records.flatMap((inner) =>
		TASK_PLACES.map((place) => recordIn(firstItem(inner[place]))?.id),
	);
	const isEvent = 'type' in outer || 'event' in outer;
	return [
		...valuesNamed(records, TASK_ID_NAMES),
		...withStatus,
		...(isEvent ? [...held, outer.id] : [outer.id, ...held]),
		outer.data,
		...valuesNamed(records, REQUEST_ID_NAMES),
	]
		.filter((value) => typeof value === 'string' || typeof value === 'number')
		.map(String)
		.find(isPlausible);
}
