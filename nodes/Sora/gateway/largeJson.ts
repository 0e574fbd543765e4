/**
 * JSON of any size, before it is parsed: what was cut off at the limit of an answer is closed, and what would fill the
 * memory is left alone. A parser takes 20 to 50 bytes for each value of two, and a second for millions of them.
 */

/** Below this, in characters, nothing can be many or deep enough to matter. */
const SMALL = 256 * 1024;
/** More values, and deeper ones, than any answer about a video has. */
const MOST_VALUES = 500_000;
const MOST_LEVELS = 500;
/** Prose, in characters; an ID or a link that is cut is another one, and is left out. */
const SHORTEST_CUT_TEXT = 4_096;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

interface Outline {
	/** What closes the brackets that are open at the end. */
	closing: string;
	/** Where the last whole value ends, or the bracket in front of the first one. */
	sound: number;
	/** Where a text begins that does not end; -1 where there is none. */
	textFrom: number;
}

/** One pass. @returns `undefined` for what is too much */
function outlineOf(text: string): Outline | undefined {
	const open: string[] = [];
	let sound = 0;
	let values = 0;
	let textFrom = -1;
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (textFrom >= 0) {
			if (code === BACKSLASH) at++;
			else if (code === QUOTE) textFrom = -1;
		} else if (code === QUOTE) {
			textFrom = at;
		} else if (code === COMMA) {
			sound = at;
			values++;
		} else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
			open.push(code === OPEN_BRACE ? '}' : ']');
			sound = at + 1;
			values++;
		} else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
			open.pop();
			sound = at + 1;
		}
		if (values > MOST_VALUES || open.length > MOST_LEVELS) return undefined;
	}
	return { closing: open.reverse().join(''), sound, textFrom };
}

/**
 * @param isCut only the beginning of it is here: what the cut fell into is left out, but for a long text, which keeps
 *   its beginning
 * @returns what can be given to a parser; `undefined` where it must not
 */
export function parsableJson(text: string, isCut: boolean): string | undefined {
	if (!isCut && text.length < SMALL) return text;
	const outline = outlineOf(text);
	if (!outline || !isCut) return outline && text;
	const { closing, sound, textFrom } = outline;
	const isProse = textFrom >= 0 && text.length - textFrom >= SHORTEST_CUT_TEXT;
	const kept = isProse ? `${withoutCutEscape(text)}…"${closing}` : '';
	return isJson(kept) ? kept : text.slice(0, sound) + closing;
}

const LONGEST_ESCAPE = 6;

const withoutCutEscape = (text: string) =>
	text.slice(0, -LONGEST_ESCAPE) +
	text.slice(-LONGEST_ESCAPE).replace(/\\(?:u[\da-f]{0,3})?$/i, '');

function isJson(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}
