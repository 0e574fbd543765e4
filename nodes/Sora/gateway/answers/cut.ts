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
const LONGEST_NAME = 200;
const DEEPEST = 16;
/** Characters of names and values in all. */
const LARGEST = 262_144;

/** What is left of the room for a copy, and whether anything found none. */
interface Room {
	left: number;
	isCut: boolean;
}

function copyOf(value: unknown, depth: number, room: Room): unknown {
	room.left -= typeof value === 'string' ? Math.min(value.length, LONGEST_LINK) : 8;
	if (typeof value === 'string') {
		const isLong = value.length > (/^https?:\/\//i.test(value) ? LONGEST_LINK : LONGEST_STRING);
		room.isCut ||= isLong;
		return isLong
			? cutWords(value, Math.min(SHOWN_HEAD, Math.max(0, room.left)), SHOWN_TAIL)
			: value;
	}
	if (typeof value !== 'object' || value === null) return value;
	const entries: Array<[string, unknown]> = [];
	// A list of the names of all fields would be as large as the object.
	for (const key in value) {
		if (room.left <= 0 || depth >= DEEPEST) {
			room.isCut = true;
			entries.push(['…', `… (cut: ${depth < DEEPEST ? 'more of this' : 'nested too deeply'})`]);
			break;
		}
		const name = cutWords(key, LONGEST_NAME, 0);
		room.isCut ||= name !== key;
		room.left -= name.length;
		entries.push([name, copyOf((value as JsonRecord)[key], depth + 1, room)]);
	}
	return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

/**
 * A gateway's object as it may be handed on: itself where it is of ordinary size, else a copy in which long strings,
 * deep nesting and what exceeds some 256 KB are cut, each with a sign of the cut. Linear in what is kept.
 */
export function bounded(object: JsonRecord): JsonRecord {
	const room = { left: LARGEST, isCut: false };
	const copy = copyOf(object, 0, room);
	return room.isCut && isRecord(copy) ? copy : object;
}
