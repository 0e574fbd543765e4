/**
 * Which models something holds for, as the panel can ask: by the ID alone, with equalities and ranges of text. n8n aborts
 * a pattern after a quarter of a second, which a busy machine may exceed, and throws where a node has no model of which
 * it could see how it begins.
 */
import type { ModelRow } from './row';
import { FAMILIES, rowOf, ROWS } from './rows';

/** IDs in the order of text, ends included. Without `from` or `to` it is open on that side. */
export interface IdRange {
	from?: string;
	to?: string;
}

/** The least text that is greater than an ID. */
const after = (id: string) => `${id}\0`;
const withNextCharacter = (text: string, step: 1 | -1) =>
	text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + step);
/** The last text before another that could be an ID. */
const before = (text: string) =>
	text.endsWith('\0') ? text.slice(0, -1) : `${withNextCharacter(text, -1)}\uffff`;

/** What is known of the IDs from one up to the next, in the order of text. */
export const SECTIONS = [
	'',
	...ROWS.flatMap(({ id }) => [id, after(id)]),
	...FAMILIES.flatMap(({ begins }) => begins).flatMap((begin) => [
		begin,
		withNextCharacter(begin, 1),
	]),
]
	.sort((a, b) => (a < b ? -1 : 1))
	.map((from) => ({ from, row: rowOf(from) }));

/** The IDs for which something holds. An expression in place of an ID counts as an unknown model's. */
export function idsWhere(holds: (row: ModelRow) => boolean): IdRange[] {
	const ranges: IdRange[] = [];
	let last: IdRange | undefined;
	for (const { from, row } of SECTIONS) {
		const isWithin = holds(row);
		if (isWithin && !last) ranges.push((last = { from: from || undefined }));
		if (!isWithin && last) last.to = before(from);
		if (!isWithin) last = undefined;
	}
	return ranges;
}
