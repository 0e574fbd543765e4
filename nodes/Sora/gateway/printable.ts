/** What would break a line, turn its direction or is not seen at all; lone halves of a character, too. */
const UNPRINTABLE =
	/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/** A text for one line of a log or of an error, with the characters written out that do not belong there. */
export const printable = (text: string): string =>
	text.replace(
		UNPRINTABLE,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
