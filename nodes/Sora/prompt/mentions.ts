/**
 * Mentions of characters in a prompt. The gateway recognises `@username` only with a space on both sides;
 * `@{username}`, as its documentation writes it, does not work at all. E-mail addresses, handles in web addresses,
 * quoted text and everything else stay as typed; braces mark a mention anywhere. Pure.
 */

const PART = '[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*';
const USERNAME = `${PART}(?:\\.${PART})*`;
/** Without braces it needs the dot of a username, and must not be part of an address. */
const BARE = `(?<![\\p{Script=Latin}0-9._%+\\-/@:=#&?~])(?:@${PART}(?:\\.${PART})+)+`;
const NAME = `@?${USERNAME}`;
const inBraces = (inner: string) => `@\\{\\s*(?:${inner}|${NAME})\\s*\\}`;
/** Up to three pairs around one name. A remaining outer pair would form a mention with what is freed here. */
const BRACED = inBraces(inBraces(inBraces(NAME)));
/** Text to be read or spoken in the video. An opening mark that is never closed quotes nothing. */
const QUOTED = '"[^"\\n]*"|“[^“”\\n]*”|„[^„“\\n]*“|«[^«»\\n]*»|「[^「」\\n]*」|『[^『』\\n]*』';

const IN_QUOTES = new RegExp(`(?:${BRACED})+`, 'gu');
const ANYWHERE = new RegExp(`${QUOTED}|(?:${BRACED}|${BARE})+`, 'gu');

const isSpace = (character: string | undefined) => character === undefined || /\s/.test(character);

/** @param mentions one or several without anything between them */
function spaced(mentions: string, place: number, text: string): string {
	const names = mentions
		.replace(/[\s{}]/g, '')
		.split('@')
		.filter(Boolean);
	const before = isSpace(text[place - 1]) ? '' : ' ';
	const after = isSpace(text[place + mentions.length]) ? '' : ' ';
	return before + names.map((name) => `@${name}`).join(' ') + after;
}

export const normaliseMentions = (prompt: string): string =>
	prompt.replace(ANYWHERE, (part, place: number) =>
		part.startsWith('@') ? spaced(part, place, prompt) : part.replace(IN_QUOTES, spaced),
	);
