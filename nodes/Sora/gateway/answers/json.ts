/** JSON as gateways write it: parsed without losing digits, and opened inside strings. */

export type JsonRecord = Record<string, unknown>;

export const isRecord = (value: unknown): value is JsonRecord =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** The shortest number that may exceed 2^53. */
const MAY_BE_UNSAFE = /\d{16}/;
const ESCAPE_QUOTE_OR_LONG_NUMBER = /\\[^]|"|-?\d[\d.eE+-]{15,}/g;

/** Quotes integers that a JavaScript number cannot hold: IDs must stay exact. */
function withUnsafeIntegersQuoted(text: string): string {
	let isInString = false;
	return text.replace(ESCAPE_QUOTE_OR_LONG_NUMBER, (token) => {
		if (token === '"') isInString = !isInString;
		const isUnsafe = /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token));
		return isUnsafe && !isInString ? `"${token}"` : token;
	});
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(MAY_BE_UNSAFE.test(text) ? withUnsafeIntegersQuoted(text) : text) as unknown;
	} catch {
		return undefined;
	}
}

/** Longer prose is not searched for JSON. */
const LONGEST_PROSE = 262_144;

/** The object or list in a string: all of it, or an object within text, as gateways relay errors. */
export function jsonIn(text: string): JsonRecord | unknown[] | undefined {
	if (/^\s*[[{]/.test(text.slice(0, 64)) && /[\]}]\s*$/.test(text.slice(-64))) {
		const value = parsed(text);
		if (isRecord(value) || Array.isArray(value)) return value;
	}
	const start = text.indexOf('{');
	if (start < 0 || text.length > LONGEST_PROSE || /^\s*https?:/i.test(text)) return undefined;
	const value = parsed(text.slice(start, text.lastIndexOf('}') + 1));
	return isRecord(value) ? value : undefined;
}

/**
 * Parses an answer's text; `undefined` for a page or a cut body. Integers beyond 2^53 become strings of their digits;
 * an answer that was encoded twice is decoded twice.
 */
export function parseJson(answer: string): unknown {
	const value = parsed(answer.charCodeAt(0) === 0xfeff ? answer.slice(1) : answer);
	return typeof value === 'string' ? (jsonIn(value) ?? value) : value;
}
