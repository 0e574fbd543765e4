/** Fields of a request that this node does not know, as the user writes them. */
import { ContractBreach, type JsonRecord } from '../gateway/contract';
import { invalidInput } from '../gateway/failures';
import { isBlank } from '../gateway/models';
import { field, type AnyParameters } from './fields';

export const extraBodyField = field({
	displayName: 'Extra Body',
	name: 'extraBody',
	type: 'json',
	default: '{}',
	description:
		'JSON object that is merged into the request, for fields that this node does not know. A field that is also set above is overridden.',
});

/** Names of fields that would carry a key; the credential is never sent in a body or overridden. */
const CREDENTIAL_FIELD = /^(?:authorization|api[_-]?key|x-api-key|access_?token)$/i;

/** Beyond what any gateway reads; programs that write JSON end at some thousands. */
const MOST_LEVELS = 100;

const isDeeperThan = (levels: number, value: unknown): boolean =>
	typeof value === 'object' &&
	value !== null &&
	(levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner)));

/** Whether a field of the body would carry a key. */
export const isKeyField = (name: string) => CREDENTIAL_FIELD.test(name);

/** The Extra Body: a JSON object, as text or as an expression's result. */
export function extraBodyOf(value: unknown, label: string): JsonRecord | undefined {
	if (isBlank(value)) return undefined;
	let parsed: unknown = value;
	if (typeof value === 'string') {
		try {
			parsed = JSON.parse(value) as unknown;
		} catch {
			throw notJson(label);
		}
	}
	if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw notJson(label);
	const body = parsed as JsonRecord;
	const secret = Object.keys(body).find(isKeyField);
	if (secret)
		throw invalidInput(`"${label}" must not hold "${secret}": the key belongs in the credential`);
	if (isDeeperThan(MOST_LEVELS, body)) {
		throw invalidInput(`"${label}" is nested more than ${MOST_LEVELS} levels deep`);
	}
	return Object.keys(body).length ? body : undefined;
}

const notJson = (label: string) =>
	invalidInput(`"${label}" must be a JSON object such as { "seed": 7 }`);

/** @throws {SoraFailure} invalid_input unless it is a JSON object without a key of the gateway */
export const extraBodyIn = (parameters: AnyParameters): JsonRecord | undefined => {
	const p = parameters.with([{ name: 'options', options: [extraBodyField] }]);
	return extraBodyOf(p.value('options.extraBody'), extraBodyField.displayName);
};

/** @throws {SoraFailure} invalid_input where Extra Body replaces what the gateway must have */
export function asBody(build: () => JsonRecord): JsonRecord {
	try {
		return build();
	} catch (error) {
		throw breach(error);
	}
}

const breach = (error: unknown) =>
	error instanceof ContractBreach
		? invalidInput(`with "Extra Body", the field "${error.field}" does not fit: ${error.message}`)
		: (error as Error);
