/** Makes the gateway's words safe to show: short, on one line, and without anything that looks like a secret. */
import { headOf } from './answers/cut';

/** Line breaks, direction marks, invisible characters and lone surrogates. */
const UNPRINTABLE =
	/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/** A text for one line of a log or an error, with unprintable characters escaped. */
export const printable = (text: string): string =>
	text.replace(
		UNPRINTABLE,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);

const EXCERPT_LENGTH = 200;

/** A short, readable excerpt of an answer that may be an HTML page, with anything that looks like a secret removed. */
export function excerpt(answer: string, longest = EXCERPT_LENGTH): string {
	const plain = answer
		.slice(0, 20_000)
		.replace(/<(script|style)\b[^]*?(?:<\/\1[^<>]*>|$)/gi, ' ')
		.replace(/<[a-z/!?][^<>]*>/gi, ' ')
		.replace(/[\p{Cc}\s]+/gu, ' ')
		.trim();
	const short = plain.length > longest ? `${headOf(plain, longest - 1)}…` : plain;
	return redacted(short);
}

/** Gateways sometimes quote keys back ("Invalid token sk-…"). */
export const redacted = (words: string): string =>
	words
		.replace(/\b(Bearer\s+)[^\s"']+/gi, '$1***')
		.replace(/\b(?:sk|key|api)-[A-Za-z0-9_*-]{6,}/gi, '***');
