/** Text that is no prompt: what a sheet, an expression or a script leaves in place of a missing value. Pure. */

const MARKS: ReadonlyArray<[RegExp, string]> = [
	[/\{\{|^[^{]*\}\}/, 'an expression that n8n did not evaluate'],
	[/\[object \w+\]/i, 'an object instead of text'],
	// Sheets translate them: #REF! is #BEZUG! in German.
	[
		/#[¡¿]?(?:\p{Lu}[\p{Lu}\d/._]*[!?]|N\/?[ADV]\b)|^#n\/a$|^[Ll]oading(?:\.{3}|…)$/u,
		'an error from a spreadsheet',
	],
	[/^(?:[\s\p{P}`|]|undefined|null|nan|none|nil|n\/a|true|false)+$/iu, 'no value'],
	[
		/^=|^\$(?:json|input|node|\()|^(?:\$[a-z_]\w*|[$%<{[][\s$%<>{[=]*\w+[\s%>}\]]*[%>}\]])$/i,
		'a placeholder that was never filled in',
	],
];
/** A prompt has a letter, a number or a pictograph of some script. */
const SAYS_SOMETHING = /[\p{L}\p{N}\p{So}]/u;

/** @returns what the text contains instead of a prompt; `undefined` if it can be sent */
export function leftoverIn(prompt: string): string | undefined {
	const text = prompt.trim();
	if (!SAYS_SOMETHING.test(text)) return 'nothing but punctuation';
	return MARKS.find(([mark]) => mark.test(text))?.[1];
}
