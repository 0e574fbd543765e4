/**
 * Mentions of characters in a prompt. The gateway binds `@username` only with a space on both sides;
 * `@{username}`, the notation of its documentation, does not bind at all. E-mail addresses, handles in
 * web addresses and everything else stay as typed.
 */

const PART = '[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*';
const USERNAME = `${PART}(?:\\.${PART})*`;
const DOTTED_USERNAME = `${PART}(?:\\.${PART})+`;

/** Braces mark a mention beyond doubt; bare ones need a username's dot and no address around them. */
const MENTIONS = new RegExp(
	`@\\{\\s*@?(${USERNAME})\\s*\\}|(?<![\\p{Script=Latin}0-9._%+\\-/@:=#&?~])((?:@${DOTTED_USERNAME})+)`,
	'gu',
);

const isSpace = (character: string | undefined) => character === undefined || /\s/.test(character);

export function normaliseMentions(prompt: string): string {
	let result = '';
	let position = 0;
	for (const match of prompt.matchAll(MENTIONS)) {
		const [whole, braced, bare = ''] = match;
		result += prompt.slice(position, match.index);
		if (!isSpace(result.at(-1))) result += ' ';
		result += braced ? `@${braced}` : bare.replace(/(?<=.)@/g, ' @');
		position = match.index + whole.length;
		if (!isSpace(prompt[position])) result += ' ';
	}
	return result + prompt.slice(position);
}
