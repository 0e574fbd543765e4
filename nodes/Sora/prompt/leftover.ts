/** Text that can be no prompt: what a sheet, an expression or a script leaves where a value was missing. Pure. */

const MARKS: ReadonlyArray<[RegExp, string]> = [
	[/\{\{[^]*?\}\}|\{\{|\}\}/, 'an expression that n8n did not evaluate'],
	[/\[object \w+\]/i, 'an object instead of text'],
	[/#(?:ref!|value!|name\?|div\/0!|n\/a|null!|num!|error!|spill!|calc!)/i, 'an error of a sheet'],
	[/^(?:undefined|null|nan|none|nil|n\/a|true|false)$/i, 'no value'],
];
/** A prompt has a letter, a number or a picture sign in some script. */
const SAYS_SOMETHING = /[\p{L}\p{N}\p{So}]/u;

/** @returns what the text holds instead of a prompt; `undefined` for one that can be sent */
export function leftoverIn(prompt: string): string | undefined {
	const text = prompt.trim();
	const [, what] = MARKS.find(([mark]) => mark.test(text)) ?? [];
	return what ?? (SAYS_SOMETHING.test(text) ? undefined : 'nothing but punctuation');
}
