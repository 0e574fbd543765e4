/** Request fields unknown to this node, as the user writes them. */
import { parseJson, type JsonRecord } from '../gateway/contract';
import { invalidInput } from '../gateway/failures';
import { isBlank } from '../gateway/models';
import type { Parameters } from './parameters';

/** Names of fields that would carry a key; the credential is never sent in a body or overridden. */
const CREDENTIAL_FIELD = /^(?:authorization|api[_-]?key|x-api-key|access_?token)$/i;

/** Deeper than any gateway reads; JSON serializers overflow at some thousands. */
const MAX_LEVELS = 100;

const isDeeperThan = (levels: number, value: unknown): boolean =>
	typeof value === 'object' &&
	value !== null &&
	(levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner)));

/**
 * Checks the fields of a body. @param label of their parameter
 * @throws {SoraFailure} invalid_input for a gateway's key, and for anything that JSON cannot represent
 */
function checkedFields(fields: JsonRecord, label: string): JsonRecord {
	const secret = Object.keys(fields).find((name) => CREDENTIAL_FIELD.test(name));
	if (secret) {
		throw invalidInput(
			`"${label}" must not contain "${secret}": the key belongs in the credential`,
		);
	}
	if (isDeeperThan(MAX_LEVELS, fields)) {
		throw invalidInput(`"${label}" is nested more than ${MAX_LEVELS} levels deep`);
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

/** Rows of names and values. Valid JSON is sent as such (5, true, ["a", "b"]), anything else as text. */
export function additionalFieldsIn(p: Parameters): JsonRecord {
	const fields = new Map<string, unknown>();
	for (const row of p.rows('additionalFields')) {
		const value = row.value('value');
		if (isBlank(value)) continue;
		const name = row.requiredText('name');
		if (fields.has(name)) throw invalidInput(`"${row.label('name')}" repeats "${name}"`);
		checkedFields({ [name]: value }, row.label('name'));
		fields.set(name, typeof value === 'string' ? (parseJson(value) ?? value.trim()) : value);
	}
	return Object.fromEntries(fields);
}
