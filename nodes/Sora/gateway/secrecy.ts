/**
 * Masks the key: it goes to the gateway only, which may quote it back in any spelling. Fetched data stays unmasked;
 * whatever leaves the node (an item, an error, a log line) passes through here.
 */
import { SoraFailure } from './failures';

export type Conceal = (text: string) => string;

export const MASK = '***';

/** A shorter key would match innocent words; no gateway issues such keys. */
const SHORTEST_KEY = 8;

/** The start of a longer key is enough: the rest is masked up to the next blank. */
const LONGEST_KEY = 1_000;

/**
 * Each character as it is, or as JSON, a URL or HTML may write it, however often it was escaped. Compiled for each key,
 * on n8n's one thread: hence no `{0,8}`, which V8 unrolls, and no common start of two alternatives.
 */
function spellingsOf(character: string): string {
	const code = character.charCodeAt(0);
	const itself = character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
	const name = /[A-Za-z0-9]/.test(character) ? '' : '|[a-z]+;';
	const inHex = `(?:(?<=\\\\)[ux]\\{?|%(?:25)*u?|&(?:amp;)*#x)0*${code.toString(16)}[};]?`;
	return `\\\\*(?:${itself}|${inHex}|&(?:amp;)*(?:#0*${code};?${name}))`;
}

/** The characters of its base64 that depend on nothing else, with so many bytes in front of it. */
function base64Of(key: string, before: number): string {
	const base64 = Buffer.from('-'.repeat(before) + key).toString('base64');
	const own = base64.slice(before && before + 1, Math.floor(((before + key.length) * 4) / 3));
	return own.replace(/[+/]/g, (sign) => (sign === '+' ? '[+-]' : '[/_]'));
}

/** Masks a key anywhere in a text, also escaped for JSON, a URL or HTML, or in base64. */
export function concealerOf(key: string): Conceal {
	if (key.length < SHORTEST_KEY) return (text) => text;
	const start = key.slice(0, LONGEST_KEY);
	const rest = start === key ? '' : '[^\\s"]*';
	// Only from the first backslash on, to keep the search linear.
	const spelled = `(?<!\\\\)${Array.from(start, spellingsOf).join('')}`;
	const inBase64 = [0, 1, 2].map((before) => base64Of(start, before));
	const pattern = new RegExp(`(?:${[spelled, ...inBase64].join('|')})${rest}`, 'gi');
	return (text) => text.replace(pattern, MASK);
}

/** Deeper than any meaningful answer; n8n itself could not save it. */
const MAX_DEPTH = 100;

/** The same value with all its text masked, object keys included. */
export function concealed<T>(value: T, conceal: Conceal, depth = 0): T {
	const inner = (part: unknown): unknown => concealed(part, conceal, depth + 1);
	if (typeof value === 'string') return conceal(value) as T;
	if (Array.isArray(value)) return (depth > MAX_DEPTH ? [] : value.map(inner)) as T;
	if (Object.prototype.toString.call(value) !== '[object Object]') return value;
	const entries = depth > MAX_DEPTH ? [] : Object.entries(value as object);
	return Object.fromEntries(entries.map(([name, part]) => [conceal(name), inner(part)])) as T;
}

/** A failure that is safe to show. `origin` stays as it is: it was not made of answers. */
export function concealedFailure(failure: SoraFailure, conceal: Conceal): SoraFailure {
	const { origin, ...facts } = failure.facts;
	return new SoraFailure(failure.category, { ...concealed(facts, conceal), origin });
}
