/**
 * What may be shown: the key goes to the gateway alone, and a gateway may quote it back in any spelling. What is
 * fetched stays as it is; what leaves the node, an item, an error, a line of the log, passes here.
 */
import { SoraFailure } from './failures';

export type Conceal = (text: string) => string;

/** A shorter key would be found in innocent words; no gateway gives such keys. */
const SHORTEST_KEY = 8;

/** Each character as it is, or as JSON (nested in a string at most thrice), a URL or HTML may write it. */
function spellingsOf(character: string): string {
	const code = character.charCodeAt(0);
	const hex = code.toString(16);
	const itself = character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
	// Bounded, so that no text makes the search slow.
	return [
		`\\\\{0,8}${itself}`,
		`\\\\{1,8}u${hex.padStart(4, '0')}`,
		`%(?:25){0,3}${hex.padStart(2, '0')}`,
		`&#0{0,6}${code};?`,
		`&#x0{0,6}${hex};?`,
		...(/[A-Za-z0-9]/.test(character) ? [] : ['&[a-z]{2,8};']),
	].join('|');
}

/** Masks a key wherever it stands in a text, also escaped for JSON, for a URL or for HTML. */
export function concealerOf(key: string): Conceal {
	if (key.length < SHORTEST_KEY) return (text) => text;
	const pattern = new RegExp(Array.from(key, (char) => `(?:${spellingsOf(char)})`).join(''), 'gi');
	return (text) => text.replace(pattern, '***');
}

/** Deeper than any answer means something; n8n itself could not save it. */
const MOST_LEVELS = 100;

/** The same value with every text of it masked, keys of objects included. */
export function concealed<T>(value: T, conceal: Conceal, level = 0): T {
	const inner = (part: unknown): unknown => concealed(part, conceal, level + 1);
	if (typeof value === 'string') return conceal(value) as T;
	if (Array.isArray(value)) return (level > MOST_LEVELS ? [] : value.map(inner)) as T;
	if (Object.prototype.toString.call(value) !== '[object Object]') return value;
	const entries = level > MOST_LEVELS ? [] : Object.entries(value as object);
	return Object.fromEntries(entries.map(([name, part]) => [conceal(name), inner(part)])) as T;
}

/** A failure as it may be shown. What was thrown by others stays as it is: it was not made of answers. */
export function concealedFailure(failure: SoraFailure, conceal: Conceal): SoraFailure {
	const { origin, ...facts } = failure.facts;
	return new SoraFailure(failure.category, { ...concealed(facts, conceal), origin });
}
