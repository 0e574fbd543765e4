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
	// In parts: to look at the end of a text that is still growing copies all of it each time.
	const parts: string[] = [];
	let position = 0;
	let last: string | undefined;
	for (const match of prompt.matchAll(MENTIONS)) {
		const [whole, braced, bare = ''] = match;
		const between = prompt.slice(position, match.index);
		const names = braced ? `@${braced}` : bare.replace(/(?<=.)@/g, ' @');
		position = match.index + whole.length;
		const after = isSpace(prompt[position]) ? '' : ' ';
		parts.push(between, isSpace(between.at(-1) ?? last) ? '' : ' ', names, after);
		last = after || names.at(-1);
	}
	return parts.join('') + prompt.slice(position);
}
