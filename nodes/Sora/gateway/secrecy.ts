/**
 * Masks the key: it goes to the gateway only, which may quote it back in any spelling. Fetched data stays unmasked;
 * whatever leaves the node (an item, an error, a log line) passes through here.
 */
import { SoraFailure } from './failures';

export type Conceal = (text: string) => string;

/** A shorter key would match innocent words; no gateway issues such keys. */
const SHORTEST_KEY = 8;

/** Each character as it is, or as JSON (nested in strings up to three levels deep), a URL or HTML may write it. */
function spellingsOf(character: string): string {
	const code = character.charCodeAt(0);
	const hex = code.toString(16);
	const itself = character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
	// Bounded, to keep the search linear.
	return [
		`\\\\{0,8}${itself}`,
		`\\\\{1,8}u${hex.padStart(4, '0')}`,
		`%(?:25){0,3}${hex.padStart(2, '0')}`,
		`&#0{0,6}${code};?`,
		`&#x0{0,6}${hex};?`,
		...(/[A-Za-z0-9]/.test(character) ? [] : ['&[a-z]{2,8};']),
	].join('|');
}

/** Masks a key anywhere in a text, also escaped for JSON, a URL or HTML. */
export function concealerOf(key: string): Conceal {
	if (key.length < SHORTEST_KEY) return (text) => text;
	const pattern = new RegExp(Array.from(key, (char) => `(?:${spellingsOf(char)})`).join(''), 'gi');
	return (text) => text.replace(pattern, '***');
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
