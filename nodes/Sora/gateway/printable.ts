/** What the gateway says, as it may be shown: short, on one line, and without what looks like a secret. */

/** What would break a line, turn its direction or is not seen at all; lone halves of a character, too. */
const UNPRINTABLE =
	/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/** A text for one line of a log or of an error, with the characters written out that do not belong there. */
export const printable = (text: string): string =>
	text.replace(
		UNPRINTABLE,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);

const EXCERPT_LENGTH = 200;

/** What stands between the tags of a page, scripts and styles left out. One pass: no pattern sees a page twice. */
function textOfPage(page: string): string {
	const pieces: string[] = [];
	const small = page.toLowerCase();
	for (let at = 0; at < page.length; ) {
		const open = page.indexOf('<', at);
		const close = open < 0 ? -1 : page.indexOf('>', open);
		if (close < 0) {
			pieces.push(page.slice(at));
			break;
		}
		pieces.push(page.slice(at, open), ' ');
		at = close + 1;
		const [, hidden] = /^<(script|style)\b/i.exec(page.slice(open, open + 8)) ?? [];
		if (hidden) {
			const end = small.indexOf(`</${hidden.toLowerCase()}`, at);
			at = end < 0 ? page.length : end;
		}
	}
	return pieces.join('');
}

/** A short, readable piece of an answer that may be an HTML page; nothing that looks like a secret stays. */
export function excerpt(answer: string, longest = EXCERPT_LENGTH): string {
	const plain = textOfPage(answer.slice(0, 20_000))
		.replace(/[\p{Cc}\s]+/gu, ' ')
		.trim();
	const short = plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain;
	return redacted(short);
}

/** Gateways quote keys back at times ("Invalid token sk-…"), and result links carry signatures. */
export function redacted(words: string): string {
	return words
		.replace(/\b(Bearer\s+)[^\s"']+/gi, '$1***')
		.replace(/\b(?:sk|key|api)-[A-Za-z0-9_*-]{6,}/gi, '***');
}
