/**
 * Mentions of characters in a prompt. The gateway binds `@username` only with a space on both sides;
 * `@{username}`, the notation of its documentation, does not bind at all. E-mail addresses, handles in
 * web addresses and everything else stay as typed.
 */

const USERNAME = '[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*';
const DOTTED_USERNAME = '[A-Za-z0-9_]+(?:\\.[A-Za-z0-9_]+)+';

/** Braces mark a mention beyond doubt; a bare one needs a username's dot and no address around it. */
const MENTION = new RegExp(
	`@\\{\\s*@?(${USERNAME})\\s*\\}|(?<![A-Za-z0-9._%+\\-/@:=#&?~])@(${DOTTED_USERNAME})`,
	'g',
);

const isSpace = (character: string | undefined) => character === undefined || /\s/.test(character);

export function normaliseMentions(prompt: string): string {
	let result = '';
	let position = 0;
	for (const match of prompt.matchAll(MENTION)) {
		result += prompt.slice(position, match.index);
		if (!isSpace(result.at(-1))) result += ' ';
		result += `@${match[1] ?? match[2]}`;
		position = match.index + match[0].length;
		if (!isSpace(prompt[position])) result += ' ';
	}
	return result + prompt.slice(position);
}
