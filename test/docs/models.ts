/** What the node knows about each model, generated from the rows. */
import { LABELS } from '../../nodes/Sora/panel/modelFields';
import {
	FAMILIES,
	FIELD_NAMES,
	FIELDS,
	offers,
	patienceMinutes,
	rowOf,
	summaryOf,
	videosRow,
	type FieldName,
	type ModelField,
	type ModelRow,
} from '../../nodes/Sora/gateway/models';
import { table } from './markdown';

const code = (text: string) => `\`${text}\``;
const nameOf = ({ name, id }: ModelRow) => `**${name}** ${code(id)}`;
const makes = (row: ModelRow) =>
	summaryOf(row) + (row.known && !row.uncertain ? '' : ' (*not certain*)');

const shown = (name: FieldName, value: unknown) => {
	if (typeof value === 'boolean') return value ? 'on' : 'off';
	return FIELDS[name].kind === 'seconds' ? `${String(value)} s` : String(value);
};

function onWire(name: FieldName, { wire, asText }: ModelField): string {
	const { kind } = FIELDS[name];
	const isNumber = kind === 'number' || (kind === 'seconds' && !asText);
	return `${code(wire)}, ${kind === 'flag' ? 'boolean' : isNumber ? 'number' : 'string'}`;
}

function valuesOf(name: FieldName, { choices, min, max }: ModelField): string {
	if (choices) return choices.map((choice) => shown(name, choice)).join(', ');
	if (min !== undefined) return `${min} to ${max}`;
	return FIELDS[name].kind === 'flag' ? 'on, off' : 'text';
}

function whenSent({ send, default: standard }: ModelField, name: FieldName): string {
	if (send === 'always') return `always; ${shown(name, standard)} by default`;
	if (standard === undefined) return 'if set';
	return `if set; the model's own default is ${shown(name, standard)}`;
}

/** Models of a family that agree on a field share a row. */
function fieldRows(rows: ModelRow[]): string[][] {
	return FIELD_NAMES.flatMap((name) => {
		const having = rows.filter(({ fields }) => fields[name]);
		const kindOf = ({ fields }: ModelRow) =>
			JSON.stringify({ ...fields[name], refuses: undefined });
		return [...new Set(having.map(kindOf))].map((kind) => {
			const same = having.filter((row) => kindOf(row) === kind);
			const field = same[0]?.fields[name] as ModelField;
			const which = same.length === rows.length ? 'all' : same.map(({ id }) => code(id)).join(', ');
			return [
				...[LABELS[name], onWire(name, field), which],
				...[valuesOf(name, field), whenSent(field, name)],
			];
		});
	});
}

function remarksOf({ shared: { images, hasCharacters }, rows }: Family): string[] {
	return [
		hasCharacters && 'A video may borrow a character from a clip.',
		images.transport && 'Images must be web addresses: the node uploads files first.',
		images.mention && `The prompt may refer to an image as ${code(images.mention)}.`,
		...rows.flatMap(({ name: model, rules, fields }) =>
			rules.map(({ when: [other, ...all], then: [name, ...oneOf] }) => {
				const choices = fields[other]?.choices;
				const at = all.filter((value) => !choices || choices.includes(String(value)));
				const wanted = oneOf.map((value) => shown(name, value)).join(' or ');
				return `If ${LABELS[other]} of ${model} is ${at.map((value) => shown(other, value)).join(' or ')}, ${LABELS[name]} is ${wanted}.`;
			}),
		),
	].filter((remark) => typeof remark === 'string');
}

/** A real ID for each row of OpenAI Videos. */
const VIDEOS_EXAMPLES = [
	...['sora-2', 'sora-2-pro', 'veo-3.1-generate-preview', 'Wan-AI/Wan2.2-T2V-A14B-Diffusers'],
	'seedance-2.0-fast-t2v',
];

const COLUMNS = ['Field', 'On the wire', 'Models', 'Values', 'Sent'];

type Family = (typeof FAMILIES)[number];

function section(family: Family): string[] {
	const models = family.rows.map((row) => {
		const remarks = [row.status, !row.listed && 'offered if the gateway lists it'];
		return [nameOf(row), makes(row), remarks.filter(Boolean).join('; ')];
	});
	const remarks = remarksOf(family).join(' ');
	return [
		`## ${family.title}`,
		table(['Model', 'Makes', 'Remarks'], models),
		table(COLUMNS, fieldRows(family.rows)),
		...(remarks ? [remarks] : []),
	];
}

export const families = () => FAMILIES.flatMap(section).join('\n\n');

/** Families whose fields any ID has that begins like theirs. */
export const likeFamilies = () =>
	FAMILIES.flatMap(({ begins, title }) => (begins.length ? [title] : [])).join('; ');

/** The fields of a model that the node does not know. */
export function unknownModel(): string {
	const unknown = rowOf('a model of no family');
	const offered = FIELD_NAMES.filter((name) => offers(unknown, name));
	return table(
		['Field', 'On the wire'],
		offered.map((name) => [LABELS[name], onWire(name, unknown.fields[name] as ModelField)]),
	);
}

export const patience = () =>
	`${patienceMinutes()} minutes, or ${patienceMinutes({ hd: true })} for HD, 25 seconds and storyboards`;

export const videosModels = () =>
	table(
		['Model', 'Makes'],
		VIDEOS_EXAMPLES.map(videosRow).map((row) => [nameOf(row), makes(row)]),
	);
