/** JSON of which only the beginning was read, because no answer is read without end. */

/** Prose, in characters; an ID or a link that is cut is another one, and is left out. */
const SHORTEST_CUT_TEXT = 4096;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING: Partial<Record<number, string>> = { 0x5b: ']', 0x7b: '}' };
const isClosing = (code: number) => code === 0x5d || code === 0x7d;

/**
 * Closes what is open at the end of a JSON text. What the cut fell into is left out, but for a long text, which keeps
 * its beginning. One pass, however deeply the text nests.
 */
export function closedJson(text: string): string {
	const open: string[] = [];
	/** Where the last whole value ends, or the bracket in front of the first one. */
	let sound = 0;
	let stringFrom = -1;
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (stringFrom >= 0) {
			if (code === BACKSLASH) at++;
			else if (code === QUOTE) stringFrom = -1;
			continue;
		}
		const closing = OPENING[code];
		if (code === QUOTE) stringFrom = at;
		else if (code === COMMA) sound = at;
		else if (closing) sound = open.push(closing) && at + 1;
		else if (isClosing(code)) {
			open.pop();
			sound = at + 1;
		}
	}
	const end = open.reverse().join('');
	const isProse = stringFrom >= 0 && text.length - stringFrom >= SHORTEST_CUT_TEXT;
	const kept = isProse ? `${withoutCutEscape(text)}…"${end}` : '';
	return isJson(kept) ? kept : text.slice(0, sound) + end;
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
