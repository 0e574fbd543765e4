/** What the node knows of each model, written from the rows of the models. */
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
	if (standard === undefined) return 'where set';
	return `where set; the model's own default is ${shown(name, standard)}`;
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
		images.mention && `The prompt may speak of an image as ${code(images.mention)}.`,
		...rows.flatMap(({ name: model, rules }) =>
			rules.map(({ when: [other, ...at], then: [name, ...oneOf] }) => {
				const wanted = oneOf.map((value) => shown(name, value)).join(' or ');
				return `Where ${LABELS[other]} of ${model} is ${at.map((value) => shown(other, value)).join(' or ')}, ${LABELS[name]} is ${wanted}.`;
			}),
		),
	].filter((remark) => typeof remark === 'string');
}

/** An ID of each row of OpenAI Videos, as servers have them. */
const VIDEOS_EXAMPLES = [
	...['sora-2', 'sora-2-pro', 'veo-3.1-generate-preview', 'Wan-AI/Wan2.2-T2V-A14B-Diffusers'],
	'seedance-2.0-fast-t2v',
];

const COLUMNS = ['Field', 'On the wire', 'Models', 'Values', 'Sent'];

type Family = (typeof FAMILIES)[number];

function section(family: Family): string[] {
	const models = family.rows.map((row) => {
		const remarks = [row.status, !row.listed && 'offered where the gateway lists it'];
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
		'What the node knows of models. Which of them there are, and what a video costs, is up to your gateway. First those of the **Task API**, then those of [OpenAI Videos](#models-on-openai-videos) and [OpenRouter](#models-on-openrouter). A field that a model does not have is not sent; where it was set, the item is refused before anything is bought. Common spellings are understood: `9x16` and `portrait` are 9:16, `15 s` and `00:15` are 15 seconds. What is no ratio, no length or no switch is refused for every model. A value that is not in this table is refused only where the sources leave no doubt; otherwise it is sent, and the log says so. *Not certain* is what one page or one client shows, or what was inferred.',
		...FAMILIES.flatMap(section),
		'## Any other model',
		`No model is refused for being unknown. An ID that begins like those of a family (${likeFamilies.join('; ')}) has the fields of that family, without its limits. Any other has those that most models have, each sent only where it is set:`,
		table(
			['Field', 'On the wire'],
			offered.map((name) => [LABELS[name], onWire(name, unknown.fields[name] as ModelField)]),
		),
		'**Additional Fields** take whatever else such a model knows: a row for each, with its name, its type (text, number, yes or no, list) and its value. **Extra Body** under Options takes the same as JSON, and wins.',
		'## How long they take',
		`However long a render takes, the node goes by its age and by the progress that the gateway reports. Without **Max Wait**, it waits ${patienceMinutes()} minutes, or ${patienceMinutes({ hd: true })} for HD, 25 seconds and storyboards. Other clients give some models up after 15 or 20; a wait that ends too soon costs more than one that ends late.`,
		'## Models on OpenAI Videos',
		'On `POST /v1/videos` a length is `seconds`, and the shape with its resolution is `size`. Known by the beginning of their ID, an example each:',
		table(
			['Model', 'Makes'],
			VIDEOS_EXAMPLES.map(videosRow).map((row) => [nameOf(row), makes(row)]),
		),
		"*Not certain* is sent in any case; the limits of the others are their maker's own. Any other model takes all lengths, shapes and resolutions of the panel, each sent only where it is set. Models on your own server get 5 seconds, 16:9 and 480p where nothing is chosen, because some servers make a single frame otherwise.",
		'## Models on OpenRouter',
		"The node reads OpenRouter's own list (`GET /api/v1/videos/models`) each time. It shows what each model takes and what it costs, and what a model does not take is refused before anything is bought.",
	].join('\n\n')}\n`;
}
