/** What the node knows of each model, written from the table of models. */
import {
	FIELD_NAMES,
	FIELDS,
	offers,
	rowOf,
	ROWS,
	summaryOf,
	typicalRenderMs,
	type FieldName,
	type ModelField,
	type ModelRow,
} from '../../nodes/Sora/gateway/models';
import { FAMILIES, type Family } from '../../nodes/Sora/gateway/models/families';
import type { Confidence } from '../../nodes/Sora/gateway/models/row';
import { table, WRITTEN } from './markdown';

export const FIELD_LABELS: Record<FieldName, string> = {
	aspectRatio: 'Aspect Ratio',
	duration: 'Duration',
	resolution: 'Resolution',
	hd: 'HD',
	enhancePrompt: 'Translate Prompt to English',
	upscale: 'Upscale to 1080p',
	promptExtend: 'Enhance Prompt',
	cameraFixed: 'Keep Camera Still',
	audio: 'Sound',
	watermark: 'Watermark',
	private: 'Private',
	seed: 'Seed',
	negativePrompt: 'Negative Prompt',
	audioUrl: 'Sound Track',
	template: 'Effect',
};

/** What stands on one page or client, or was inferred. */
const UNSURE = ' (*not certain*)';
const unless = (...known: Confidence[]) => (known.includes('H') ? '' : UNSURE);

const code = (text: string) => `\`${text}\``;
const families = Object.entries(FAMILIES) as Array<[string, Family]>;
const rowsOf = (family: string) => ROWS.filter((row) => row.family === family);
const unique = (texts: string[]) => [...new Set(texts)];

const shown = (name: FieldName, value: unknown) => {
	if (typeof value === 'boolean') return value ? 'on' : 'off';
	return FIELDS[name].kind === 'seconds' ? `${String(value)} s` : String(value);
};

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

/** Models of a family that agree on a field share a row. How well it is known is said of the best known of them. */
function fieldRows(rows: ModelRow[]): string[][] {
	return FIELD_NAMES.flatMap((name) => {
		const having = rows.flatMap(({ id, fields: { [name]: field } }) =>
			field ? [{ id, field }] : [],
		);
		const kindOf = ({ field }: { field: ModelField }) =>
			JSON.stringify({ ...field, confidence: undefined });
		return unique(having.map(kindOf)).map((kind) => {
			const same = having.filter((one) => kindOf(one) === kind);
			const field = same[0]?.field as ModelField;
			const which = same.length === rows.length ? 'all' : same.map(({ id }) => code(id)).join(', ');
			const sure = unless(...same.map((one) => one.field.confidence));
			return [
				FIELD_LABELS[name],
				`${code(field.wire)}, ${field.type}`,
				which,
				valuesOf(name, field) + sure,
				whenSent(field, name),
			];
		});
	});
}

function remarksOf(family: Family): string[] {
	const { images, promptLength, render, rules = [], characterClip } = family;
	return [
		...(characterClip ? ['A video may borrow a character from a clip.'] : []),
		...(images.transport === 'url'
			? ['Images must be web addresses: the node uploads files first.']
			: []),
		...(images.mention ? [`The prompt may speak of an image as ${code(images.mention)}.`] : []),
		...(promptLength ? [`Of the prompt, ${promptLength} characters count.`] : []),
		...rules.map(({ when, then, confidence }) => {
			const where =
				when.above === undefined
					? `is ${(when.oneOf ?? []).join(' or ')}`
					: `is more than ${when.above} s`;
			return `Where ${FIELD_LABELS[when.field]} ${where}, ${FIELD_LABELS[then.field]} is ${(then.oneOf ?? []).join(' or ')}${unless(confidence)}.`;
		}),
		...(render
			? [`A render takes about ${render.typicalMs / 60_000} minutes${unless(render.confidence)}.`]
			: []),
	];
}

const COLUMNS = ['Field', 'On the wire', 'Models', 'Values', 'Sent'];

function section([name, family]: [string, Family]): string[] {
	const rows = rowsOf(name);
	const models = rows.map((row) => [
		`**${row.name}** ${code(row.id)}`,
		summaryOf(row) + unless(row.images.confidence),
		[
			row.status,
			...row.rules.flatMap(({ because, then }) =>
				because ? [`${FIELD_LABELS[then.field]} ${because}`] : [],
			),
			!row.listed && 'offered where the gateway lists it',
		]
			.filter(Boolean)
			.join('; '),
	]);
	return [
		`## ${family.title}`,
		table(['Model', 'Makes', 'Remarks'], models),
		table(COLUMNS, fieldRows(rows)),
		...(remarksOf(family).length ? [remarksOf(family).join(' ')] : []),
	];
}

/** `docs/models.md`. */
export function modelsPage(): string {
	const unknown = rowOf('a model of no family');
	const offered = FIELD_NAMES.filter((name) => offers(unknown, name));
	return `${[
		WRITTEN,
		'# Models',
		'What the node knows of the models that gateways serve on `POST /v2/videos/generations`. Which of them there are, and what a video costs, is up to your gateway. A field that a model does not have is not sent; where it was set, the node says so before anything is bought. A value that is not in this table is refused only where the sources leave no doubt; otherwise it is sent, and the log says so. *Not certain* is what one page or one client shows, or what was inferred.',
		...families.flatMap(section),
		'## Any other model',
		`No model is refused for being unknown. An ID that begins like those of a family (${families
			.filter(([, { ids }]) => ids.endsWith('[^]*'))
			.map(([, { title }]) => title)
			.join(
				'; ',
			)}) has the fields of that family, without its limits. Any other has those that most models have, each sent only where it is set:`,
		table(
			['Field', 'On the wire'],
			offered.map((name) => {
				const { wire = '', type = '' } = unknown.fields[name] ?? {};
				return [FIELD_LABELS[name], `${code(wire)}, ${type}`];
			}),
		),
		`Until renders of a model were seen, the node takes it that one takes about ${typicalRenderMs() / 60_000} minutes, and looks often from the start.`,
		'## Models of other routes',
		'The same gateways serve Kling, Vidu, Hailuo and MiniMax, Jimeng, Luma, Runway, Pixverse, Seedance 1.5 and 2, Wan 2.6 and newer, and some variants of Sora and Grok on routes of their own. The list leaves them out; an ID can be entered all the same.',
	].join('\n\n')}\n`;
}

function sourcesOf(rows: ModelRow[]): string {
	const roles = new Set(rows.flatMap(({ images }) => images.roles));
	const words = {
		firstFrame: 'first frame',
		lastFrame: 'last frame',
		reference: 'reference images',
	};
	return [
		...(rows.some(({ images }) => images.min === 0) ? ['text'] : []),
		...(['firstFrame', 'lastFrame', 'reference'] as const)
			.filter((role) => roles.has(role))
			.map((role) => words[role]),
	].join(', ');
}

/** The small table of the README: one row a family. */
export function readmeModelsTable(): string {
	const lines = families.map(([name, { title, fixedSeconds }]) => {
		const rows = rowsOf(name).filter(({ listed }) => listed);
		const lengths = unique(rows.flatMap(({ fields }) => [...(fields.duration?.choices ?? [])]));
		return [
			title,
			rows.map(({ id }) => code(id)).join(', '),
			`${fixedSeconds ?? lengths.join(', ')} s`,
			sourcesOf(rows),
		];
	});
	return table(['Family', 'Models', 'Length', 'Starts from'], lines);
}
