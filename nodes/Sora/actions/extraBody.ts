/** Fields of a request that this node does not know, as the user writes them. */
import { parseJson, type JsonRecord } from '../gateway/contract';
import { invalidInput } from '../gateway/failures';
import { isBlank } from '../gateway/models';
import type { Parameters } from './parameters';

/** Names of fields that would carry a key; the credential is never sent in a body or overridden. */
const CREDENTIAL_FIELD = /^(?:authorization|api[_-]?key|x-api-key|access_?token)$/i;

/** Beyond what any gateway reads; programs that write JSON end at some thousands. */
const MOST_LEVELS = 100;

const isDeeperThan = (levels: number, value: unknown): boolean =>
	typeof value === 'object' &&
	value !== null &&
	(levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner)));

/**
 * Fields of the body, under the label of the parameter that has them.
 * @throws {SoraFailure} invalid_input for a key of the gateway, and for what cannot be written as JSON
 */
function checkedFields(fields: JsonRecord, label: string): JsonRecord {
	const secret = Object.keys(fields).find((name) => CREDENTIAL_FIELD.test(name));
	if (secret) {
		throw invalidInput(`"${label}" must not hold "${secret}": the key belongs in the credential`);
	}
	if (isDeeperThan(MOST_LEVELS, fields)) {
		throw invalidInput(`"${label}" is nested more than ${MOST_LEVELS} levels deep`);
	}
	return fields;
}

/** The Extra Body: a JSON object, as text or as an expression's result. */
export function extraBodyIn(p: Parameters): JsonRecord {
	const value = p.value('extraBody');
	const label = p.label('extraBody');
	if (isBlank(value)) return {};
	const body = typeof value === 'string' ? parseJson(value) : value;
	if (typeof body !== 'object' || body === null || Array.isArray(body)) {
		throw invalidInput(`"${label}" must be a JSON object such as { "seed": 7 }`);
	}
	return checkedFields(body as JsonRecord, label);
}

/** Rows of names and values. What reads as JSON is sent as that (5, true, ["a", "b"]), anything else as text. */
export function additionalFieldsIn(p: Parameters): JsonRecord {
	const fields = new Map<string, unknown>();
	for (const row of p.rows('additionalFields')) {
		const value = row.value('value');
		if (isBlank(value)) continue;
		const name = row.requiredText('name');
		if (fields.has(name)) throw invalidInput(`"${row.label('name')}" is "${name}" once more`);
		checkedFields({ [name]: value }, row.label('name'));
		fields.set(name, typeof value === 'string' ? (parseJson(value) ?? value.trim()) : value);
	}
	return Object.fromEntries(fields);
}
