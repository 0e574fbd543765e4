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
import { table, WRITTEN } from './markdown';

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

/** `docs/models.md`. */
export function modelsPage(): string {
	const unknown = rowOf('a model of no family');
	const offered = FIELD_NAMES.filter((name) => offers(unknown, name));
	const likeFamilies = FAMILIES.flatMap(({ begins, title }) => (begins.length ? [title] : []));
	return `${[
		WRITTEN,
		'# Models',
		'What the node knows about models. Your gateway decides which it offers, and what a video costs. First those of the **Task API**, then those of [OpenAI Videos](#models-on-openai-videos) and [OpenRouter](#models-on-openrouter). A field that a model does not have is not sent; if it was set, the item is refused before anything is bought. Common spellings are understood: `9x16` and `portrait` are 9:16, `15 s` and `00:15` are 15 seconds. Anything that is not a ratio, duration or switch at all is refused for every model. A value that is not in this table is refused only if the sources leave no doubt; otherwise it is sent, and the log says so. *Not certain* means inferred, or from a single page or client.',
		...FAMILIES.flatMap(section),
		'## Any other model',
		`No model is refused for being unknown. An ID that begins like those of a family (${likeFamilies.join('; ')}) has the fields of that family, without its limits. Any other has those that most models have, each sent only if it is set:`,
		table(
			['Field', 'On the wire'],
			offered.map((name) => [LABELS[name], onWire(name, unknown.fields[name] as ModelField)]),
		),
		'**Additional Fields** take any other parameters of such a model: one row each, with name, type (text, number, yes or no, list) and value. **Extra Body** under Options takes the same as JSON, and overrides them.',
		'## How long they take',
		`The node polls by the age of a render and by the progress that the gateway reports. Without **Max Wait**, it waits ${patienceMinutes()} minutes, or ${patienceMinutes({ hd: true })} for HD, 25 seconds and storyboards. Other clients give some models up after 15 or 20; a wait that ends too soon costs more than one that ends late.`,
		'## Models on OpenAI Videos',
		'On `POST /v1/videos` the duration is `seconds`, and aspect ratio and resolution are `size`. Models are recognised by patterns in their IDs; one example each:',
		table(
			['Model', 'Makes'],
			VIDEOS_EXAMPLES.map(videosRow).map((row) => [nameOf(row), makes(row)]),
		),
		"Settings of a *not certain* model are always sent; the limits of the others are their maker's own. Any other model takes all durations, aspect ratios and resolutions of the panel, each sent only if it is set. Models on your own server get 5 seconds, 16:9 and 480p by default, because some servers make a single frame otherwise.",
		'## Models on OpenRouter',
		"The node reads OpenRouter's own list (`GET /api/v1/videos/models`) each time. It shows what each model takes and costs, and anything a model does not take is refused before anything is bought.",
	].join('\n\n')}\n`;
}
