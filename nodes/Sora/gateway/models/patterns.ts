/**
 * For which models a field is offered, as regular expressions over their IDs: a panel can then tell without this
 * code, and for IDs that nobody has heard of yet. All are whole (`^…$`) and need no look-behind.
 */
import { FAMILIES } from './families';
import { FIELDS, offers } from './fields';
import type { FieldKey, FieldName, ModelField, ModelRow } from './row';
import { FAMILY_NAMES, newcomer, ROWS, stranger } from './rows';

const escaped = (id: string) => id.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
const either = (patterns: string[]) => `(?:${patterns.join('|')})`;

/** IDs that fit no family: an expression in place of an ID is such a one. */
const STRANGERS = `(?!${either(FAMILY_NAMES.map((name) => FAMILIES[name].ids))}$)[^]*`;
const NOBODY = '(?!)';

/** Patterns of the models of which something holds. */
function patternsOf(holds: (row: ModelRow) => boolean): string[] {
	const ofFamilies = FAMILY_NAMES.flatMap((name) => {
		const rows = ROWS.filter(({ family }) => family === name);
		const ids = (some: ModelRow[]) => some.map(({ id }) => escaped(id));
		if (!holds(newcomer('', name))) return ids(rows.filter(holds));
		const without = ids(rows.filter((row) => !holds(row)));
		return without.length ? `(?!${either(without)}$)${FAMILIES[name].ids}` : FAMILIES[name].ids;
	});
	return [...ofFamilies, ...(holds(stranger('')) ? [STRANGERS] : [])];
}

const whole = (patterns: string[]) => `^${either(patterns.length ? patterns : [NOBODY])}$`;
const nothingOf = (patterns: string[]) => (patterns.length ? `^(?!${either(patterns)}$)` : '^');

/** IDs of the models that offer a field. */
export const modelsPattern = (key: FieldKey) => whole(patternsOf((row) => offers(row, key)));

/** IDs of the models whose storyboards are as long as their shots together. */
export const storyboardPattern = () => whole(patternsOf(({ storyboard }) => storyboard));

export interface Choice {
	value: string;
	label: string;
	/** IDs of the models that have it. */
	pattern: string;
}

/** A field with choices, for the models among which it starts with the same one. */
export interface Variant {
	/** The choice that it starts with; empty where the model's own default is. */
	initial: string;
	choices: Choice[];
	/** IDs of these models. The variants of a field share none. */
	pattern: string;
	/**
	 * All other IDs. An expression in place of an ID is among them for all variants but one, so that a panel that
	 * hides by this pattern shows the field once, whatever stands for the model.
	 */
	otherModels: string;
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

function variant(name: FieldName, initial: string, rows: ModelRow[]): Variant {
	const isOf = (row: ModelRow) => {
		const field = row.fields[name];
		return field !== undefined && !field.unoffered && initialOf(field) === initial;
	};
	const found = new Set(rows.filter(isOf).flatMap((row) => row.fields[name]?.choices ?? []));
	const leavesOut = initial === '' || FIELDS[name].emptyLeavesOut;
	const own = patternsOf(isOf);
	const chosen = inOrder(name, [...found]).map((value) => ({
		value,
		label: labelOf(name, value),
		pattern: whole(
			patternsOf((row) => isOf(row) && row.fields[name]?.choices?.includes(value) === true),
		),
	}));
	const empty = { value: '', label: "Model's Default", pattern: whole(own) };
	return {
		initial,
		choices: [...(leavesOut ? [empty] : []), ...chosen],
		pattern: whole(own),
		otherModels: nothingOf(own),
	};
}

/** A field with choices, once for each value that it starts with. */
export function variantsOf(name: 'aspectRatio' | 'duration' | 'resolution'): Variant[] {
	const rows = [...ROWS, ...FAMILY_NAMES.map((family) => newcomer('', family)), stranger('')];
	const initials = new Set(
		rows.flatMap((row) => {
			const field = row.fields[name];
			return field && !field.unoffered ? [initialOf(field)] : [];
		}),
	);
	return [...initials].map((initial) => variant(name, initial, rows));
}
