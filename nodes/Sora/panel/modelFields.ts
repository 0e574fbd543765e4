/**
 * The fields that differ by model, generated from the table of models, so a new row brings its own. Each has the same
 * name for all models, so a value survives a change of model.
 */
import type { DisplayCondition, INodeProperties, NodeParameterValue } from 'n8n-workflow';

import type { Labels } from '../gateway/models';
import { idsWhere, SECTIONS, type IdRange } from '../gateway/models/ranges';
import {
	FIELD_NAMES,
	FIELDS,
	offers,
	type FieldKey,
	type FieldName,
	type ModelRow,
} from '../gateway/models/row';
import { rowOf, ROWS } from '../gateway/models/rows';
import { orientationOf } from '../gateway/models/spelling';

/** Labels of the fields in the panel, in messages and in the documentation. */
export const LABELS: Labels = {
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
	audioUrl: 'Soundtrack',
	template: 'Effect',
	firstFrame: 'First Frame',
	lastFrame: 'Last Frame',
	reference: 'Reference',
	characterClip: 'Character Clip',
	storyboard: 'Storyboard',
};

const DESCRIPTIONS: Record<FieldName, string> = {
	aspectRatio: 'Shape of the video',
	duration:
		'Length of the video. The longer it is, the longer it takes to render. A storyboard is as long as its shots.',
	resolution: 'Height of the picture in lines. More take longer to render, and may cost more.',
	hd: 'Whether to render in high definition. It takes 8 to 20 minutes longer.',
	enhancePrompt:
		'Whether the gateway translates the prompt to English first, which the model understands best',
	upscale: 'Whether to enlarge the finished video to 1080p',
	promptExtend: 'Whether the model may fill in what a short prompt leaves open',
	cameraFixed: 'Whether the camera stays where it is',
	audio: 'Whether the video has sound',
	watermark: 'Whether to put a watermark on the video',
	private: 'Whether to keep the video unpublished. A private video cannot be remixed later.',
	seed: 'A whole number. The same seed and the same prompt give much the same video again.',
	negativePrompt: 'What should not be seen in the video. Only the first 500 characters count.',
	audioUrl: 'Address of the soundtrack: WAV or MP3, 3 to 30 seconds long, 15 MB at most',
	template: 'Name of an effect that the model knows. Its documentation lists them.',
};

function conditionOf({ from, to }: IdRange): NodeParameterValue | DisplayCondition {
	if (from === to && from !== undefined) return from;
	if (from === undefined) return { _cnd: { lte: to ?? '' } };
	return to === undefined ? { _cnd: { gte: from } } : { _cnd: { between: { from, to } } };
}

const UNKNOWN = rowOf('');

/** Shows a field for some models. @param model its path in the panel: `/model` from within a collection */
export function forModels(
	holds: (row: ModelRow) => boolean,
	model: 'model' | '/model' = 'model',
): NonNullable<INodeProperties['displayOptions']> {
	if (holds(UNKNOWN)) return { hide: { [model]: idsWhere((row) => !holds(row)).map(conditionOf) } };
	return { show: { [model]: idsWhere(holds).map(conditionOf) } };
}

export const forModelsWith = (key: FieldKey, model: 'model' | '/model' = 'model') =>
	forModels((row) => offers(row, key), model);

const SHAPES: Record<string, string> = { adaptive: 'Adaptive', keep_ratio: 'Keep Ratio of Image' };

function labelOf(name: FieldName, choice: string): string {
	if (name === 'duration') return `${choice} Seconds`;
	if (name === 'resolution') return choice;
	return SHAPES[choice] ?? `${choice} (${orientationOf(choice)})`;
}

type WithChoices = 'aspectRatio' | 'duration' | 'resolution';

/** Options and default of a field for a model. */
function choicesOf(name: WithChoices, row: ModelRow) {
	const field = row.fields[name];
	if (!field || !offers(row, name)) return undefined;
	const { send, choices = [], elsewhere = [] } = field;
	const initial = field.initial ?? (send ? String(field.default) : '');
	const isOptional = initial === '' || name === 'aspectRatio';
	return {
		options: [
			...(isOptional ? [{ name: "Model's Default", value: '' }] : []),
			...choices.map((value) => ({ name: labelOf(name, value), value })),
			...elsewhere.map((value) => ({ name: `${labelOf(name, value)}, on OpenAI Videos`, value })),
		],
		default: initial,
	};
}

/**
 * One field per list of choices. Hiding it by the IDs of all other models, instead of showing it by its own, shows it
 * only once if the model is an expression.
 */
function choiceFields(name: WithChoices): INodeProperties[] {
	const rows = [...ROWS, ...SECTIONS.map(({ row }) => row)];
	const shownFor = new Map(rows.map((row) => [row, JSON.stringify(choicesOf(name, row))]));
	return [...new Set(shownFor.values())].flatMap((shown: string | undefined) => {
		if (shown === undefined) return [];
		const others = idsWhere((row) => shownFor.get(row) !== shown);
		return {
			displayName: LABELS[name],
			name,
			type: 'options' as const,
			description: DESCRIPTIONS[name],
			displayOptions: { hide: { model: others.map(conditionOf) } },
			...(JSON.parse(shown) as Pick<INodeProperties, 'options' | 'default'>),
		};
	});
}

/** Settings of other fields that make the model ignore this one. */
const ignoredAt = (name: FieldName): Record<string, NodeParameterValue[]> =>
	Object.fromEntries(
		ROWS.flatMap(({ rules }) => rules)
			.filter(({ then }) => then[0] === name)
			.map(({ when: [other, ...values] }) => [other, values]),
	);

const BY_KIND = {
	flag: { type: 'boolean', default: false },
	number: { type: 'number', default: 1 },
	text: { type: 'string', default: '' },
} as const;

function plainField(name: FieldName, more: Partial<INodeProperties> = {}): INodeProperties {
	const { kind, resting, isSwitch } = FIELDS[name];
	const { show, hide } = forModelsWith(name, isSwitch ? 'model' : '/model');
	return {
		displayName: LABELS[name],
		name,
		...BY_KIND[kind as keyof typeof BY_KIND],
		...(resting !== undefined && { default: resting }),
		description: DESCRIPTIONS[name],
		displayOptions: { ...(show && { show }), hide: { ...hide, ...ignoredAt(name) } },
		...more,
	};
}

/** In this order, at the top level of the panel. */
export const MODEL_FIELDS: INodeProperties[] = [
	...choiceFields('aspectRatio'),
	...choiceFields('duration'),
	...choiceFields('resolution'),
	...FIELD_NAMES.filter((name) => FIELDS[name].isSwitch).map((name) => plainField(name)),
];

/** Under Options. */
export const MODEL_OPTIONS: INodeProperties[] = [
	plainField('template', { placeholder: 'e.g. carousel' }),
	plainField('negativePrompt', {
		typeOptions: { rows: 2 },
		placeholder: 'e.g. text, blur, people',
	}),
	plainField('private'),
	plainField('seed', { typeOptions: { minValue: 0, numberPrecision: 0 } }),
	plainField('audioUrl', { placeholder: 'e.g. https://example.com/rain.mp3' }),
	plainField('watermark'),
];
