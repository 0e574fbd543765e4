/** Limits the length of what a gateway says before it is matched, shown or stored. */
import { isRecord, type JsonRecord } from './json';

/** Characters of the gateway's words that are shown and stored: the start and the end of a longer text. */
const SHOWN_HEAD = 1_500;
const SHOWN_TAIL = 500;

/** Longer than a key, which a cut must not halve: half of it would not be recognised, and be shown. */
const LONGEST_HALF = 450;
/** Ends before a word, which consists of what a key may, in any spelling. */
const BEFORE_HALF = /^[^]*[^\w+/=.~%&#;:{}\\\ud800-\udbff-]/;
const AFTER_HALF = /[^\w+/=.~%&#;:{}\\\udc00-\udfff-][^]*$/;

/** The start of a text, without the word or character that it would cut in half. */
export function headOf(text: string, length: number): string {
	const whole = Math.max(0, length - LONGEST_HALF);
	return text.slice(0, whole) + (BEFORE_HALF.exec(text.slice(whole, length))?.[0] ?? '');
}

function tailOf(text: string, length: number): string {
	const from = text.length - length;
	const whole = Math.min(text.length, from + LONGEST_HALF);
	return (AFTER_HALF.exec(text.slice(from, whole))?.[0] ?? '') + text.slice(whole);
}

/** The text, or its start and end with a marker in between. */
export function cutWords(text: string, headLength = SHOWN_HEAD, tailLength = SHOWN_TAIL): string {
	// The marker takes space, too: a slightly longer text stays whole.
	if (text.length - headLength - tailLength <= 60) return text;
	const [head, tail] = [headOf(text, headLength), tailOf(text, tailLength)];
	const gone = text.length - head.length - tail.length;
	return `${head}… (cut: ${gone} characters)${tail && ` ${tail}`}`;
}

/** The text for pattern matching, limited so that no text is expensive. */
export const forMatching = (text: string) => cutWords(text, 4_096, 1_024);

const LONGEST_STRING = 4_096;
/** Signed links are long, and a truncated link is useless. */
const LONGEST_LINK = 16_384;
const LONGEST_NAME = 200;
const DEEPEST = 16;
const LARGEST = 262_144;

/**
 * A gateway's object that is safe to return: itself if it is of ordinary size, otherwise a copy in which long strings,
 * deep nesting and anything beyond some 256 KB are cut, each with a marker. Linear in what is kept.
 */
export function bounded(object: JsonRecord): JsonRecord {
	let room = LARGEST;
	let isCut = false;
	const shortened = (text: string, longest: number, tail: number) => {
		const short = text.length > longest ? cutWords(text, Math.min(1_500, longest), tail) : text;
		isCut ||= short !== text;
		room -= short.length;
		return short;
	};
	const copyOf = (value: unknown, depth: number): unknown => {
		if (typeof value === 'string') {
			const longest = /^https?:\/\//i.test(value) ? LONGEST_LINK : LONGEST_STRING;
			return shortened(value, Math.min(longest, Math.max(0, room)), SHOWN_TAIL);
		}
		room -= 8;
		if (typeof value !== 'object' || value === null) return value;
		const entries: Array<[string, unknown]> = [];
		// A list of all field names would be as large as the object.
		for (const key in value) {
			if (room <= 0 || depth >= DEEPEST) {
				isCut = true;
				entries.push(['…', `… (cut: ${depth < DEEPEST ? 'more of this' : 'nested too deeply'})`]);
				break;
			}
			const name = shortened(key, LONGEST_NAME, 0);
			entries.push([name, copyOf((value as JsonRecord)[key], depth + 1)]);
		}
		return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
	};
	const copy = copyOf(object, 0);
	return isCut && isRecord(copy) ? copy : object;
}
