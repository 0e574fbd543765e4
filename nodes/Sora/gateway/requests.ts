/** Builds the bodies of paid requests, and tells which of their fields define the purchase. */
import type { JsonRecord } from './answers/json';
import { textOf } from './answers/view';
import { invalidInput, type SoraFailure } from './failures';
import { asTimestamps, WIRES, type GenerationOrder, type SecondRange, type Wire } from './wires';

/** Parameters were checked before, so only Extra Body can remove what the gateway needs. */
const unfit = (field: string, why: string): SoraFailure =>
	invalidInput(`"Extra Body" leaves the field "${field}" unusable: ${why}`);

/** Drops unset fields. @throws {SoraFailure} invalid_input unless each required field is a non-blank text */
function complete(body: JsonRecord, ...required: string[]): JsonRecord {
	const field = required.find((name) => !textOf(body[name]));
	if (field !== undefined) {
		throw unfit(field, typeof body[field] === 'string' ? 'it is empty' : 'it must be text');
	}
	return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

/** @throws {SoraFailure} invalid_input if the extra body removes what the gateway needs */
export const generationRequest = (order: GenerationOrder, wire: Wire = WIRES.tasks): JsonRecord =>
	complete(wire.worded(order), 'model', 'prompt');

interface CharacterOrder {
	url?: string;
	fromTask?: string;
	range: SecondRange;
	extra?: JsonRecord;
}

/** @throws {SoraFailure} invalid_input unless exactly one of the two sources is in the body */
export function characterRequest({ url, fromTask, range, extra }: CharacterOrder): JsonRecord {
	const body: JsonRecord = {
		url,
		from_task: fromTask,
		timestamps: asTimestamps(range),
		...extra,
	};
	const [source, other] = body.url ? ['url', 'from_task'] : ['from_task', 'url'];
	if (Boolean(body.url) === Boolean(body.from_task)) {
		throw unfit(other, 'the body must hold exactly one of "url" and "from_task"');
	}
	return complete(body, source, 'timestamps');
}

/** Fields for a callback address, whatever a model calls them. */
const CALLBACK_FIELD = /call_?back|web_?hook|(?:^|_)hook|notif(?:y|ication)/i;
/** Addresses that resume an execution in n8n; they contain its ID. */
const CALLBACK_ADDRESS = /^https?:\/\/[^\s?#]*\/(?:webhook|form)-waiting\//i;
const WEB_ADDRESS = /^\s*https?:\/\/\S+\s*$/i;
const MAX_LEVELS = 20;

/**
 * The part of a request that defines the purchase. Callback addresses do not: they usually contain the ID of an
 * execution, and the user's retry is another execution. A field's name alone does not make it one.
 */
export function definingFields(body: JsonRecord): JsonRecord {
	const kept = (value: unknown, isCallback: boolean, level: number): unknown => {
		if (level > MAX_LEVELS) return value;
		if (typeof value === 'string') {
			return (isCallback ? WEB_ADDRESS : CALLBACK_ADDRESS).test(value) ? undefined : value;
		}
		if (typeof value !== 'object' || value === null) return value;
		const entries = Object.entries(value)
			.map(([name, entry]) => [
				name,
				kept(entry, isCallback || CALLBACK_FIELD.test(name), level + 1),
			])
			.filter(([, entry]) => entry !== undefined);
		return Array.isArray(value) ? entries.map(([, entry]) => entry) : Object.fromEntries(entries);
	};
	return kept(body, false, 0) as JsonRecord;
}
