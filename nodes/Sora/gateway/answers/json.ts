/** JSON as gateways write it: read without losing a digit, and opened where it stands in a string. */

export type JsonRecord = Record<string, unknown>;

export const isRecord = (value: unknown): value is JsonRecord =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** The shortest number that may lie beyond 2^53. */
const MAY_BE_UNSAFE = /\d{16}/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const isDigit = (code: number) => code >= 0x30 && code <= 0x39;
/** What a number's text is made of, beside digits: `.`, `e`, `E`, `+`, `-`. */
const isOfNumber = (code: number) =>
	isDigit(code) ||
	code === MINUS ||
	code === 0x2e ||
	code === 0x65 ||
	code === 0x45 ||
	code === 0x2b;

/** The position behind the string that begins at `start`. */
function endOfString(text: string, start: number): number {
	for (let at = start + 1; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (code === BACKSLASH) at++;
		else if (code === QUOTE) return at + 1;
	}
	return text.length;
}

function endOfNumber(text: string, start: number): number {
	let at = start + 1;
	while (at < text.length && isOfNumber(text.charCodeAt(at))) at++;
	return at;
}

/** Puts integers that a JavaScript number cannot hold into quotes: IDs must stay exact. One pass. */
function withUnsafeIntegersQuoted(text: string): string {
	const pieces: string[] = [];
	let copied = 0;
	for (let at = 0; at < text.length; ) {
		const code = text.charCodeAt(at);
		if (code === QUOTE) {
			at = endOfString(text, at);
		} else if (code === MINUS || isDigit(code)) {
			const end = endOfNumber(text, at);
			const number = end - at < 16 ? '' : text.slice(at, end);
			if (/^-?\d+$/.test(number) && !Number.isSafeInteger(Number(number))) {
				pieces.push(text.slice(copied, at), '"', number, '"');
				copied = end;
			}
			at = end;
		} else {
			at++;
		}
	}
	pieces.push(text.slice(copied));
	return pieces.join('');
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(MAY_BE_UNSAFE.test(text) ? withUnsafeIntegersQuoted(text) : text) as unknown;
	} catch {
		return undefined;
	}
}

/** Whether a string may be JSON of its own, as `"{\"task_id\":…}"` is. */
const looksLikeJson = (text: string) =>
	/^\s*[[{]/.test(text.slice(0, 64)) && /[\]}]\s*$/.test(text.slice(-64));

/** The object or list that a string holds as JSON; `undefined` where it is any other string. */
export function jsonInString(text: string): JsonRecord | unknown[] | undefined {
	if (!looksLikeJson(text)) return undefined;
	const value = parsed(text);
	return isRecord(value) || Array.isArray(value) ? value : undefined;
}

/** Longer texts are not searched for JSON. */
const LONGEST_RELAYED = 262_144;

/** The object that gateways relay in a message, with words in front of it and a request ID behind it. */
export function relayedJson(message: string): JsonRecord | undefined {
	if (message.length > LONGEST_RELAYED || !message.includes('{')) return undefined;
	const value = parsed(message.slice(message.indexOf('{'), message.lastIndexOf('}') + 1));
	return isRecord(value) ? value : undefined;
}

/**
 * The JSON of an answer's text, or `undefined` where it is none (an HTML page, a cut body). Integers beyond 2^53 come
 * as strings of their digits; an answer that was encoded twice is decoded twice.
 */
export function parseJson(answer: string): unknown {
	const value = parsed(answer.charCodeAt(0) === 0xfeff ? answer.slice(1) : answer);
	return typeof value === 'string' ? (jsonInString(value) ?? value) : value;
}
