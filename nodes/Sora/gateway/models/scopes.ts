/**
 * For which models the panel shows a field. The panel knows nothing but the ID, and compares it with equalities and
 * ranges of text: n8n aborts a pattern after a quarter of a second, which a busy machine may exceed, and throws where a
 * node has no model of which it could see how it begins.
 */
import { FAMILIES, FAMILY_NAMES, type Family } from './families';
import { FIELDS, offers, type FieldKey, type FieldName, type ModelRow } from './row';
import { relativeOf, ROWS, unknownModel } from './rows';
import { orientationOf } from './spelling';

/** IDs in the order of text, ends included. Without `from` or `to` it is open on that side. */
export interface IdRange {
	from?: string;
	to?: string;
}

/** The IDs in any of `only`, where it is set, that are in none of `but`. */
export interface Scope {
	only?: IdRange[];
	but?: IdRange[];
}

/** Behind every text that begins like the one before it. */
const LAST = '\uffff';

const UNKNOWN = unknownModel();
/** Each family with the row of its models that the table does not have. */
const GROUPS = FAMILY_NAMES.map((name) => ({
	ranges: (FAMILIES[name] as Family).begins.map((begin) => ({ from: begin, to: begin + LAST })),
	relative: relativeOf(name),
	rows: ROWS.filter((row) => row.family === name),
}));

type Holds = (row: ModelRow) => boolean;

/** The models for which something holds: whole families, and the rows that differ from theirs. */
function scopeOf(holds: Holds): Scope {
	const isForUnknown = holds(UNKNOWN);
	const within: IdRange[] = [];
	const except: IdRange[] = [];
	for (const { ranges, relative, rows } of GROUPS) {
		const isWhole = ranges.length > 0 && holds(relative) !== isForUnknown;
		if (isWhole) within.push(...ranges);
		for (const row of rows) {
			const isWithin = holds(row) !== isForUnknown;
			if (isWithin !== isWhole) (isWhole ? except : within).push({ from: row.id, to: row.id });
		}
	}
	if (!isForUnknown) return { only: within, ...(except.length > 0 && { but: except }) };
	// A model that has it in a family that lacks it could not be expressed; no row of the table is such.
	if (except.length > 0) throw new Error(`no scope for ${JSON.stringify(except)}`);
	return { but: within };
}

export const modelsWith = (key: FieldKey) => scopeOf((row) => offers(row, key));

export const modelsWithRoles = () => scopeOf(({ images }) => images.roles.length > 1);

export const modelsWithoutRow = () => scopeOf(({ known }) => !known);

/** No text between the two could be an ID. */
const before = (one: string) =>
	one.slice(0, -1) + String.fromCharCode(one.charCodeAt(one.length - 1) - 1) + LAST;
const after = (one: string) => (one.endsWith(LAST) ? one : `${one}\u0000`);

/** All IDs but those for which something holds. An expression in place of an ID counts as an unknown model's. */
function othersThan(holds: Holds): IdRange[] {
	const { only, but = [] } = scopeOf(holds);
	if (!only) return but;
	const sorted = [...only].sort((a, b) => ((a.from ?? '') < (b.from ?? '') ? -1 : 1));
	const gaps = sorted.map(({ from = '' }, index) => {
		const last = sorted[index - 1];
		return { from: last && after(last.to ?? ''), to: before(from) };
	});
	return [...gaps, { from: after(sorted.at(-1)?.to ?? '') }, ...but];
}

/** A field with choices, for the models that agree on them. */
interface Variant {
	/** The choice that it starts with; empty where the model's own default is. */
	initial: string;
	choices: Array<{ value: string; label: string }>;
	/**
	 * All IDs but those of its models. To hide by them, rather than to show by their own, shows the field once where an
	 * expression is in place of the model.
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
	return SHAPES[choice] ?? `${choice} (${orientationOf(choice)})`;
}

/** A field with choices, once for each list of them. */
export function variantsOf(name: 'aspectRatio' | 'duration' | 'resolution'): Variant[] {
	/** As text that is equal where the panel can treat models alike. */
	const shownOf = (row: ModelRow): string | undefined => {
		const field = row.fields[name];
		if (!field || !offers(row, name)) return undefined;
		const { send, choices = [], elsewhere = [], default: standard = '' } = field;
		const initial = field.initial ?? (send === 'always' ? String(standard) : '');
		const isOptional = initial === '' || name === 'aspectRatio';
		const listed = [
			...(isOptional ? [{ value: '', label: "Model's Default" }] : []),
			...choices.map((value) => ({ value, label: labelOf(name, value) })),
			...elsewhere.map((value) => ({
				value,
				label: `${labelOf(name, value)}, on OpenAI Videos`,
			})),
		];
		return JSON.stringify({ initial, choices: listed });
	};
	const rows = [...ROWS, ...GROUPS.map(({ relative }) => relative), UNKNOWN];
	return [...new Set(rows.flatMap((row) => shownOf(row) ?? []))].map((shown) => ({
		...(JSON.parse(shown) as Pick<Variant, 'initial' | 'choices'>),
		otherModels: othersThan((row) => shownOf(row) === shown),
	}));
}
