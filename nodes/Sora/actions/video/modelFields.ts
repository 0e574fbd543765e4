/**
 * The fields that differ by model, as the panel shows them: made from the table of models, so that a new row brings its
 * own. Each has one name for all models, so that what was typed stays when another model is chosen.
 */
import type { DisplayCondition, NodeParameterValue } from 'n8n-workflow';

import {
	FIELD_NAMES,
	FIELDS,
	modelsWith,
	ROWS,
	variantsOf,
	type FieldName,
	type Given,
	type IdRange,
	type Labels,
	type Scope,
} from '../../gateway/models';
import { invalidInput } from '../../gateway/failures';
import { fields, withDefault, type AnyParameters, type Field } from '../fields';

/** What the fields are called in the panel, in messages and in the documentation. */
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
	audioUrl: 'Sound Track',
	template: 'Effect',
	firstFrame: 'First Frame',
	lastFrame: 'Last Frame',
	reference: 'Reference',
	characterClip: 'Character Clip',
	storyboard: 'Storyboard',
	images: 'Images',
};

const DESCRIPTIONS: Record<FieldName, string> = {
	aspectRatio: 'Shape of the video',
	duration: 'Length of the video. The longer it is, the longer it takes to render.',
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
	audioUrl:
		'Address of the sound that the video gets: WAV or MP3, 3 to 30 seconds long, 15 MB at most',
	template: 'Name of an effect that the model knows. Its documentation lists them.',
};

function conditionOf({ from, to }: IdRange): NodeParameterValue | DisplayCondition {
	if (from === to && from !== undefined) return from;
	if (from === undefined) return { _cnd: { lte: to ?? '' } };
	return to === undefined ? { _cnd: { gte: from } } : { _cnd: { between: { from, to } } };
}

type Rules = NonNullable<Field['displayOptions']>;

/** Show-rules for some models. @param model where the panel has it: within a collection that is `/model` */
export const forModels = ({ only, but }: Scope, model: 'model' | '/model' = 'model'): Rules => ({
	...(only && { show: { [model]: only.map(conditionOf) } }),
	...(but && { hide: { [model]: but.map(conditionOf) } }),
});

/** Once for each list of choices; n8n shows the one that is not hidden. */
const choiceFields = (name: 'aspectRatio' | 'duration' | 'resolution'): Field[] =>
	variantsOf(name).map(({ initial, choices, otherModels }) =>
		withDefault(initial, {
			displayName: LABELS[name],
			name,
			type: 'options',
			default: '',
			description: DESCRIPTIONS[name],
			displayOptions: {
				hide: {
					model: otherModels.map(conditionOf),
					// The shots say it.
					...(name === 'duration' && { promptType: ['storyboard', 'storyboardData'] }),
				},
			},
			options: choices.map(({ label, value }) => ({ name: label, value })),
		}),
	);

/** Settings of other fields at which the model ignores this one. */
function ignoredAt(name: FieldName): Record<string, NodeParameterValue[]> {
	const rules = ROWS.flatMap((row) => row.rules).filter(
		({ then, leavesOut }) => leavesOut && then.field === name,
	);
	return Object.fromEntries(rules.map(({ when }) => [when.field, [...(when.oneOf ?? [])]]));
}

function toggleField(name: FieldName): Field {
	const { show, hide } = forModels(modelsWith(name));
	return withDefault(FIELDS[name].resting ?? false, {
		displayName: LABELS[name],
		name,
		type: 'boolean',
		default: false,
		description: DESCRIPTIONS[name],
		displayOptions: { ...(show && { show }), hide: { ...hide, ...ignoredAt(name) } },
	});
}

/** In the panel itself, in this order. */
export const MODEL_FIELDS: readonly Field[] = [
	...choiceFields('aspectRatio'),
	...choiceFields('duration'),
	...choiceFields('resolution'),
	...FIELD_NAMES.filter((name) => FIELDS[name].isSwitch).map(toggleField),
];

const option = <const F extends Field>(key: FieldName, of: F) => ({
	...of,
	displayName: LABELS[key],
	description: DESCRIPTIONS[key],
	displayOptions: forModels(modelsWith(key), '/model'),
});

const forCharacterClips = forModels(modelsWith('characterClip'), '/model');

export const CHARACTER_CLIP_FIELDS = fields([
	{
		displayName: 'Character Clip',
		name: 'characterUrl',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://example.com/my-cat.mp4',
		description:
			'Web address of a short clip with sound. Who or what is seen in it between the two seconds below plays in this video. To use it in many videos, create a character instead (Character > Create). Clips of real people are refused.',
		displayOptions: forCharacterClips,
	},
	{
		displayName: 'Character Clip Start (Seconds)',
		name: 'characterStartSecond',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 1,
		description: 'Second of the clip from which the character is seen. Fractions are allowed.',
		displayOptions: forCharacterClips,
	},
	{
		displayName: 'Character Clip End (Seconds)',
		name: 'characterEndSecond',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 3,
		description:
			'Second of the clip until which the character is seen: 1 to 3 seconds after the start',
		displayOptions: forCharacterClips,
	},
]);

/** Fields of a model that stand under Options. */
export const MODEL_OPTIONS = fields([
	option('template', {
		displayName: '',
		name: 'template',
		type: 'string',
		default: '',
		placeholder: 'e.g. carousel',
	}),
	option('negativePrompt', {
		displayName: '',
		name: 'negativePrompt',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '',
		placeholder: 'e.g. text, blur, people',
	}),
	option('private', { displayName: '', name: 'private', type: 'boolean', default: true }),
	option('seed', {
		displayName: '',
		name: 'seed',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		default: 1,
	}),
	option('audioUrl', {
		displayName: '',
		name: 'audioUrl',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://example.com/rain.mp3',
	}),
	option('watermark', { displayName: '', name: 'watermark', type: 'boolean', default: false }),
]);

const ALL_FIELDS = [...MODEL_FIELDS, { name: 'options', options: MODEL_OPTIONS }] as const;
const isOption = (name: FieldName) => MODEL_OPTIONS.some((one) => one.name === name);

/** What the user has set of the fields that differ by model; what n8n hides was not set. */
export function givenIn(parameters: AnyParameters): Given {
	const p = parameters.with(ALL_FIELDS);
	const path = (name: FieldName) => (isOption(name) ? `options.${name}` : name);
	const given: Given = Object.fromEntries(FIELD_NAMES.map((name) => [name, p.value(path(name))]));
	const isSet = p.text(path('audioUrl')) !== '';
	return isSet ? { ...given, audioUrl: p.webUrl(path('audioUrl')) } : given;
}

/** A clip that lends its character to the video. */
export function characterClipIn(parameters: AnyParameters) {
	const p = parameters.with([{ name: 'options', options: CHARACTER_CLIP_FIELDS }]);
	const [url, from, to] = CHARACTER_CLIP_FIELDS.map(({ name }) => `options.${name}`) as [
		string,
		string,
		string,
	];
	if (!p.text(url)) {
		if (p.value(from) === undefined && p.value(to) === undefined) return {};
		throw invalidInput(`"${p.label(url)}" is empty, but seconds of a character clip are set`);
	}
	return { characterUrl: p.webUrl(url), characterRange: p.range(from, to, { isOptional: true }) };
}
