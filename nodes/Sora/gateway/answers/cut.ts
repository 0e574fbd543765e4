/** What a gateway says is bounded before it is matched, shown or stored: nothing promises that it is short. */
import { isRecord, type JsonRecord } from './json';

const isHighSurrogate = (code: number) => code >= 0xd800 && code <= 0xdbff;
const isLowSurrogate = (code: number) => code >= 0xdc00 && code <= 0xdfff;

/** The first characters, without half of a pair at the end. */
const head = (text: string, length: number) =>
	text.slice(0, isHighSurrogate(text.charCodeAt(length - 1)) ? length - 1 : length);

const tail = (text: string, length: number) =>
	text.slice(isLowSurrogate(text.charCodeAt(text.length - length)) ? 1 - length : -length);

/** Characters of the gateway's words that are shown and stored: of a longer text its beginning and its end. */
const SHOWN_HEAD = 1_500;
const SHOWN_TAIL = 500;

/** @returns the text as it stands, or its beginning and its end with a sign of the cut between them */
export function cutWords(text: string, headLength = SHOWN_HEAD, tailLength = SHOWN_TAIL): string {
	const gone = text.length - headLength - tailLength;
	// The sign takes room too: a text that is hardly longer stays whole.
	if (gone <= 60) return text;
	const end = tailLength > 0 ? ` ${tail(text, tailLength)}` : '';
	return `${head(text, headLength)}… (cut: ${gone} characters)${end}`;
}

/** What patterns are tried on: enough of a text to know it by, so that no text costs more than a short one. */
export const forMatching = (text: string) => cutWords(text, 4_096, 1_024);

/** Of a task object that is handed on whole. */
const LONGEST_STRING = 4_096;
/** Signed links are long, and a cut link is none. */
const LONGEST_LINK = 16_384;
const DEEPEST = 16;
/** Characters of names and values in all. */
const LARGEST = 262_144;

const longestOf = (text: string) => (/^https?:\/\//i.test(text) ? LONGEST_LINK : LONGEST_STRING);

interface Budget {
	left: number;
}

function fits(value: unknown, depth: number, budget: Budget): boolean {
	budget.left -= typeof value === 'string' ? value.length + 2 : 8;
	if (budget.left < 0) return false;
	if (typeof value === 'string') return value.length <= longestOf(value);
	if (typeof value !== 'object' || value === null) return true;
	if (depth >= DEEPEST) return false;
	if (Array.isArray(value)) return value.every((item) => fits(item, depth + 1, budget));
	for (const key in value) {
		budget.left -= key.length;
		if (budget.left < 0) return false;
		if (!fits((value as JsonRecord)[key], depth + 1, budget)) return false;
	}
	return true;
}

function cutCopy(value: unknown, depth: number, budget: Budget): unknown {
	if (typeof value === 'string') {
		const short =
			value.length > longestOf(value)
				? cutWords(value, Math.min(SHOWN_HEAD, budget.left), SHOWN_TAIL)
				: value;
		budget.left -= short.length + 2;
		return short;
	}
	budget.left -= 8;
	if (typeof value !== 'object' || value === null) return value;
	if (depth >= DEEPEST) return '… (cut: nested too deeply)';
	if (Array.isArray(value)) {
		const items: unknown[] = [];
		for (const item of value) {
			if (budget.left <= 0) {
				items.push(`… (cut: ${value.length - items.length} more)`);
				break;
			}
			items.push(cutCopy(item, depth + 1, budget));
		}
		return items;
	}
	const entries: Array<[string, unknown]> = [];
	for (const key in value) {
		if (budget.left <= 0) {
			entries.push(['…', '(cut: more fields)']);
			break;
		}
		const name = cutWords(key, 200, 0);
		budget.left -= name.length;
		entries.push([name, cutCopy((value as JsonRecord)[key], depth + 1, budget)]);
	}
	return Object.fromEntries(entries);
}

/**
 * A gateway's object as it may be handed on: itself where it is of ordinary size, else a copy in which long strings,
 * deep nesting and what exceeds some 256 KB are cut, each with a sign of the cut. Linear in what is kept.
 */
export function bounded(object: JsonRecord): JsonRecord {
	if (fits(object, 0, { left: LARGEST })) return object;
	const copy = cutCopy(object, 0, { left: LARGEST });
	return isRecord(copy) ? copy : {};
}
