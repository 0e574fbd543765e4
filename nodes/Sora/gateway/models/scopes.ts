/**
 * For which models a field is offered, told by their IDs alone: a panel can then tell without this code, and for IDs that
 * nobody has heard of yet. In equalities and ranges of the order of texts: n8n gives up on a pattern after a quarter of a
 * second, which a busy machine may take for any, and throws where a node has no model of which it could see how it begins.
 */
import { FAMILIES, type Family } from './families';
import { FIELDS, offers } from './fields';
import type { FieldKey, FieldName, ModelField, ModelRow } from './row';
import { FAMILY_NAMES, newcomer, ROWS, stranger } from './rows';

/** Some IDs. Ends are included, but for that of `before`. */
export type IdRange = { is: string } | { before: string } | { from: string; to?: string };

/** The IDs in any of `only`, where it is there, that are in none of `but`. */
export interface Scope {
	only?: IdRange[];
	but?: IdRange[];
}

/** IDs next to each other that are treated alike. */
interface Part {
	row: ModelRow;
	from: string;
	/** Unset for the last part. */
	to?: string;
}

/** Behind every text that begins like the one before it. */
const LAST = '\uffff';
const afterId = (id: string) => `${id}\u0000`;
/** No text lies between the two that an ID could be. */
const beforeId = (id: string) =>
	id.slice(0, -1) + String.fromCharCode(id.charCodeAt(id.length - 1) - 1) + LAST;

const inOrderOfText = (a: { from: string }, b: { from: string }) =>
	a.from < b.from ? -1 : a.from > b.from ? 1 : 0;
const gap = (row: ModelRow, from: string, to?: string): Part => ({ row, from, to });
const pointAt = (row: ModelRow): Part => ({ row, from: row.id, to: row.id });

/** What begins like a family's IDs: the models of the table, and what lies between them. */
function partsOfFamily(begin: string, name: (typeof FAMILY_NAMES)[number]): Part[] {
	const other = newcomer('', name);
	const known = ROWS.filter(({ id }) => id.startsWith(begin)).map(pointAt);
	const parts: Part[] = [];
	let from = begin;
	for (const point of known.sort(inOrderOfText)) {
		if (point.from > from) parts.push(gap(other, from, beforeId(point.from)));
		parts.push(point);
		from = afterId(point.from);
	}
	return [...parts, gap(other, from, begin + LAST)];
}

/** Every text there is, in order. An expression in place of an ID is a stranger's. */
function allParts(): Part[] {
	const families = FAMILY_NAMES.flatMap((name) =>
		(FAMILIES[name] as Family).begins.map((begin) => partsOfFamily(begin, name)),
	);
	const inFamilies = new Set(families.flat().map(({ row }) => row));
	const alone = ROWS.filter((row) => !inFamilies.has(row)).map((row) => [pointAt(row)]);
	const other = stranger('');
	const parts: Part[] = [];
	let from = '';
	const start = ([first]: Part[]) => ({ from: first?.from ?? '' });
	for (const some of [...families, ...alone].sort((a, b) => inOrderOfText(start(a), start(b)))) {
		parts.push(gap(other, from, beforeId(start(some).from)), ...some);
		const last = some.at(-1)?.to ?? '';
		from = last.endsWith(LAST) ? last : afterId(last);
	}
	return [...parts, gap(other, from)];
}

const PARTS = allParts();

function rangeOf(run: readonly Part[], next: Part | undefined): IdRange {
	const from = run[0]?.from ?? '';
	const to = run.at(-1)?.to;
	if (from === to) return { is: from };
	if (from === '' && next) return { before: next.from };
	return to === undefined ? { from } : { from, to };
}

/** All IDs of models of which something does not hold. */
function without(holds: (row: ModelRow) => boolean): IdRange[] {
	const ranges: IdRange[] = [];
	let run: Part[] = [];
	for (const part of [...PARTS, undefined]) {
		if (part && !holds(part.row)) {
			run.push(part);
		} else if (run.length) {
			ranges.push(rangeOf(run, part));
			run = [];
		}
	}
	return ranges;
}

/** Of what holds for no stranger, so that it can be listed; an expression in place of an ID is left to the panel. */
function listed(holds: (row: ModelRow) => boolean): Scope {
	const rows = ROWS.filter(holds);
	const families = FAMILY_NAMES.filter(
		(name) => FAMILIES[name].begins.length > 0 && holds(newcomer('', name)),
	);
	const isOfThem = ({ family }: ModelRow) => families.some((name) => name === family);
	const only: IdRange[] = [
		...rows.filter((row) => !isOfThem(row)).map(({ id }) => ({ is: id })),
		...families.flatMap((name) =>
			(FAMILIES[name] as Family).begins.map((begin) => ({ from: begin, to: begin + LAST })),
		),
	];
	const but = ROWS.filter((row) => isOfThem(row) && !holds(row)).map(({ id }) => ({ is: id }));
	return { only, ...(but.length > 0 && { but }) };
}

const scopeOf = (holds: (row: ModelRow) => boolean): Scope =>
	holds(stranger('')) ? { but: without(holds) } : listed(holds);

/** Models that offer a field. */
export const modelsWith = (key: FieldKey) => scopeOf((row) => offers(row, key));

/** Models that take images, in whatever role. */
export const modelsWithImages = () => scopeOf(({ images }) => images.max !== 0);

/** Models that the table does not have. */
export const unknownModels = () => scopeOf(({ known }) => !known);

export interface Choice {
	value: string;
	label: string;
	/** Models that have it. */
	scope: Scope;
}

/** A field with choices, for the models for which the panel may treat it alike. */
export interface Variant {
	/** The choice that it starts with; empty where the model's own default is. */
	initial: string;
	/** Of a duration: a storyboard's is that of its shots together. */
	isSumOfShots: boolean;
	choices: Choice[];
	/**
	 * All IDs but those of its models. An expression in place of an ID is among them for all variants but one, so that a
	 * panel that hides by them shows the field once, whatever stands for the model.
	 */
	otherModels: IdRange[];
}

const SHAPES: Record<string, string> = {
	adaptive: 'Adaptive',
	keep_ratio: 'Keep Ratio of Image',
};

function labelOf(name: FieldName, choice: string): string {
	if (FIELDS[name].kind === 'seconds') return `${choice} Seconds`;
	if (name !== 'aspectRatio') return choice;
	const [width = 0, height = 0] = choice.split(':').map(Number);
	const shape = width === height ? 'Square' : width > height ? 'Landscape' : 'Portrait';
	return SHAPES[choice] ?? `${choice} (${shape})`;
}

const initialOf = ({ initial, send, default: standard = '' }: ModelField) =>
	initial ?? (send === 'always' ? String(standard) : '');

/** Seconds and pixels grow; aspect ratios stay as the first families have them. */
function inOrder(name: FieldName, choices: string[]): string[] {
	return name === 'aspectRatio'
		? choices
		: choices.sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b));
}

type Kind = Pick<Variant, 'initial' | 'isSumOfShots'>;

function kindOf(name: FieldName, row: ModelRow): Kind | undefined {
	const field = row.fields[name];
	if (!field || field.unoffered) return undefined;
	return { initial: initialOf(field), isSumOfShots: name === 'duration' && row.storyboard };
}

const isSame = (one: Kind, other: Kind | undefined) =>
	one.initial === other?.initial && one.isSumOfShots === other.isSumOfShots;

function variant(name: FieldName, kind: Kind, rows: ModelRow[]): Variant {
	const { initial } = kind;
	const isOf = (row: ModelRow) => isSame(kind, kindOf(name, row));
	const found = new Set(rows.filter(isOf).flatMap((row) => row.fields[name]?.choices ?? []));
	const leavesOut = initial === '' || FIELDS[name].emptyLeavesOut;
	const chosen = inOrder(name, [...found]).map((value) => ({
		value,
		label: labelOf(name, value),
		scope: scopeOf((row) => isOf(row) && row.fields[name]?.choices?.includes(value) === true),
	}));
	const empty = { value: '', label: "Model's Default", scope: {} };
	return {
		...kind,
		choices: [...(leavesOut ? [empty] : []), ...chosen],
		otherModels: without(isOf),
	};
}

/** A field with choices, once for each way in which the panel must treat it. */
export function variantsOf(name: 'aspectRatio' | 'duration' | 'resolution'): Variant[] {
	const rows = [...ROWS, ...FAMILY_NAMES.map((family) => newcomer('', family)), stranger('')];
	const kinds: Kind[] = [];
	for (const kind of rows.map((row) => kindOf(name, row))) {
		if (kind && !kinds.some((other) => isSame(other, kind))) kinds.push(kind);
	}
	return kinds.map((kind) => variant(name, kind, rows));
}
