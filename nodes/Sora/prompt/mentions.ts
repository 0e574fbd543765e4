/**
 * Mentions of characters in a prompt. The gateway binds `@username` only with a space on both sides;
 * `@{username}`, the notation of its documentation, does not bind at all. E-mail addresses, handles in
 * web addresses, what is in quotation marks and everything else stay as typed; braces mark a mention anywhere. Pure.
 */

const PART = '[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*';
const USERNAME = `${PART}(?:\\.${PART})*`;
const DOTTED_USERNAME = `${PART}(?:\\.${PART})+`;

/** Braces mark a mention beyond doubt; bare ones need a username's dot and no address around them. */
const MENTIONS = new RegExp(
	`@\\{\\s*@?(${USERNAME})\\s*\\}|(?<![\\p{Script=Latin}0-9._%+\\-/@:=#&?~])((?:@${DOTTED_USERNAME})+)`,
	'gu',
);

/** Text that is to be read or said in the video. An opening mark that is never closed quotes nothing. */
const QUOTED = /"[^"\n]*"|“[^“”\n]*”|„[^„“\n]*“|«[^«»\n]*»|「[^「」\n]*」|『[^『』\n]*』/g;

/** @returns whether a place lies within quotation marks; places must be asked for in order */
function quotesOf(prompt: string): (place: number) => boolean {
	const quotes = prompt.matchAll(QUOTED);
	let quote = quotes.next();
	return (place) => {
		while (!quote.done && quote.value.index + quote.value[0].length <= place) quote = quotes.next();
		return !quote.done && quote.value.index < place;
	};
}

const isSpace = (character: string | undefined) => character === undefined || /\s/.test(character);

/**
 * Braces in braces mark one mention: an outer pair that stayed would make a mention of what is freed here.
 * @param floor where the text begins that no mention has taken yet
 */
function withOuterBraces(prompt: string, floor: number, start: number, end: number) {
	const closing = /\s*\}/y;
	for (;;) {
		let open = start;
		while (open > floor && isSpace(prompt[open - 1])) open--;
		open -= 2;
		closing.lastIndex = end;
		if (open < floor || !prompt.startsWith('@{', open) || !closing.test(prompt)) {
			return { start, end };
		}
		start = open;
		end = closing.lastIndex;
	}
}

export function normaliseMentions(prompt: string): string {
	// In parts: to look at the end of a text that is still growing copies all of it each time.
	const parts: string[] = [];
	let position = 0;
	let last: string | undefined;
	const isQuoted = quotesOf(prompt);
	for (const match of prompt.matchAll(MENTIONS)) {
		const [whole, braced, bare = ''] = match;
		if (!braced && isQuoted(match.index)) continue;
		const inner = { start: match.index, end: match.index + whole.length };
		const { start, end } = braced
			? withOuterBraces(prompt, position, inner.start, inner.end)
			: inner;
		const between = prompt.slice(position, start);
		const names = braced ? `@${braced}` : bare.replace(/(?<=.)@/g, ' @');
		position = end;
		const after = isSpace(prompt[position]) ? '' : ' ';
		parts.push(between, isSpace(between.at(-1) ?? last) ? '' : ' ', names, after);
		last = after || names.at(-1);
	}
	return parts.join('') + prompt.slice(position);
}
