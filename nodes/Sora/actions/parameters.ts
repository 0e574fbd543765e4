/**
 * Readers of parameters. The panel keeps most wrong values away, but expressions bypass it, so everything
 * is judged again here; each message names the parameter as the panel does.
 */
import { ContractBreach, type JsonRecord, type SecondRange } from '../gateway/contract';
import { invalidInput } from '../gateway/failures';
import { imageList } from '../media/imageList';

/** @param label the parameter's name in the panel */
export function textOf(value: unknown, label: string): string {
	if (value === undefined || value === null) return '';
	if (typeof value === 'string') return value.trim();
	if (typeof value === 'number' || typeof value === 'boolean') return String(value);
	throw invalidInput(`"${label}" must be text`);
}

export function requiredText(value: unknown, label: string): string {
	const found = textOf(value, label);
	if (!found) throw invalidInput(`"${label}" is empty`);
	return found;
}

/** Nothing, or nothing but blanks, as an expression gives for a missing field. */
const isUnset = (value: unknown) =>
	value === undefined || value === null || (typeof value === 'string' && !value.trim());

/** @returns `undefined` where nothing was set */
export function numberOf(value: unknown, label: string): number | undefined {
	if (isUnset(value)) return undefined;
	const number = typeof value === 'string' ? Number(value.trim()) : value;
	if (typeof number !== 'number' || !Number.isFinite(number)) {
		throw invalidInput(`"${label}" must be a number, but is ${shown(value)}`);
	}
	return number;
}

export function positiveNumberOf(value: unknown, label: string): number | undefined {
	const number = numberOf(value, label);
	if (number !== undefined && number <= 0) {
		throw invalidInput(`"${label}" must be greater than 0, but is ${number}`);
	}
	return number;
}

/** @returns `undefined` where nothing was set */
export function booleanOf(
	value: unknown,
	label: string,
	wanted = 'true or false',
): boolean | undefined {
	if (isUnset(value)) return undefined;
	if (typeof value === 'boolean') return value;
	if (value === 'true' || value === 'false') return value === 'true';
	throw invalidInput(`"${label}" must be ${wanted}, but is ${shown(value)}`);
}

export function oneOf<T extends string>(value: unknown, choices: readonly T[], label: string): T {
	const found = choices.find((choice) => choice === textOf(value, label));
	if (found) return found;
	throw invalidInput(`"${label}" must be one of ${choices.join(', ')}, but is ${shown(value)}`);
}

export function webUrlOf(value: unknown, label: string): string {
	const found = requiredText(value, label);
	if (URL.canParse(found) && /^https?:$/.test(new URL(found).protocol)) return found;
	throw invalidInput(`"${label}" must be an http or https address, but is ${shown(found)}`);
}

/** What the gateway takes of a clip: 1 to 3 seconds, fractions allowed. */
const SHORTEST_RANGE = 1;
const LONGEST_RANGE = 3;
/** 2.1 - 1.1 is a little less than 1 in binary fractions. */
const ROUNDING = 1e-9;

export function secondRange(
	start: unknown,
	end: unknown,
	labels: { start: string; end: string },
): SecondRange {
	const range = { start: numberOf(start, labels.start), end: numberOf(end, labels.end) };
	if (range.start === undefined) throw invalidInput(`"${labels.start}" is empty`);
	if (range.end === undefined) throw invalidInput(`"${labels.end}" is empty`);
	if (range.start < 0)
		throw invalidInput(`"${labels.start}" must not be negative, but is ${range.start}`);
	if (range.end < 0)
		throw invalidInput(`"${labels.end}" must not be negative, but is ${range.end}`);
	const length = range.end - range.start;
	if (length < SHORTEST_RANGE - ROUNDING || length > LONGEST_RANGE + ROUNDING) {
		const seconds = Math.round(length * 1000) / 1000;
		throw invalidInput(
			`"${labels.end}" must be ${SHORTEST_RANGE} to ${LONGEST_RANGE} seconds after "${labels.start}", but is ${seconds} (from ${range.start} to ${range.end})`,
		);
	}
	return { start: range.start, end: range.end };
}

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
	if (isUnset(value)) return undefined;
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

/** An image list, as `imageList` reads it. */
export const imagesOf = (value: unknown, label: string): string[] =>
	imageList(value, label, webUrlOf);

/** An expression's array, or one text separated by commas; blank entries are left out. */
export function textListOf(value: unknown, label: string): string[] {
	return (Array.isArray(value) ? value : [value])
		.flatMap((entry) => textOf(entry, label).split(','))
		.map((name) => name.trim())
		.filter(Boolean);
}

/** The final body does not fit: the user overrode what the gateway must have. */
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

function shown(value: unknown): string {
	const json = JSON.stringify(value) ?? String(value);
	return json.length > 80 ? `${json.slice(0, 79)}…` : json;
}
