/**
 * Selects models in a form that the panel can evaluate: by ID alone, with equality and text ranges. n8n aborts a regex
 * after 250 ms, which a busy machine may exceed, and throws on a prefix match if a node has no model.
 */
import type { ModelRow } from './row';
import { FAMILIES, rowOf, ROWS } from './rows';

/** A range of IDs in text order, both ends included. Open where `from` or `to` is unset. */
export interface IdRange {
	from?: string;
	to?: string;
}

/** The smallest text greater than an ID. */
const after = (id: string) => `${id}\0`;
const withNextCharacter = (text: string, step: 1 | -1) =>
	text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + step);
/** The last text before another that could be an ID. */
const before = (text: string) =>
	text.endsWith('\0') ? text.slice(0, -1) : `${withNextCharacter(text, -1)}\uffff`;

/** Splits all IDs into sections in text order, each up to the next `from`, with what is known about them. */
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

/** The IDs for which a predicate holds. An expression instead of an ID counts as an unknown model. */
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
