/**
 * The fields that differ by model, as the panel shows them: made of the table of models, so that a new row brings its own.
 * Each has one name for all models, so that what was typed stays when another model is chosen.
 */
import type { DisplayCondition, NodeParameterValue } from 'n8n-workflow';

import {
	FIELD_NAMES,
	FIELDS,
	modelsWith,
	modelsWithImages,
	ROWS,
	unknownModels,
	variantsOf,
	type FieldName,
	type Given,
	type IdRange,
	type Labels,
	type Scope,
} from '../../gateway/models';
import { field, fields, type AnyParameters, type Field } from '../fields';
import { withDefault } from '../sharedFields';

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
	reference: 'Reference Images',
	characterClip: 'Character Clip',
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
	negativePrompt: 'What should not be seen in the video. 500 characters at most are looked at.',
	audioUrl:
		'Address of the sound that the video gets: WAV or MP3, 3 to 30 seconds long, 15 MB at most',
	template: 'Name of an effect that the model knows. Its documentation lists them.',
};

function conditionOf(range: IdRange): NodeParameterValue | DisplayCondition {
	if ('is' in range) return range.is;
	if ('before' in range) return { _cnd: { lt: range.before } };
	const { from, to } = range;
	return to === undefined ? { _cnd: { gte: from } } : { _cnd: { between: { from, to } } };
}

type Rules = NonNullable<Field['displayOptions']>;

/** Show-rules for some models. @param model where the panel has it: within a collection that is `/model` */
function forModels(
	{ only, but }: Scope,
	model: 'model' | '/model' = 'model',
	{ show, hide }: Rules = {},
): Rules {
	// n8n looks no further once it comes to an expression.
	const shown = { ...show, ...(only && { [model]: only.map(conditionOf) }) };
	const hidden = { ...(but && { [model]: but.map(conditionOf) }), ...hide };
	return {
		...(Object.keys(shown).length > 0 && { show: shown }),
		...(Object.keys(hidden).length > 0 && { hide: hidden }),
	};
}

/** Once for each value that it starts with; n8n shows the one that is not hidden. */
const choiceFields = (name: 'aspectRatio' | 'duration' | 'resolution'): Field[] =>
	variantsOf(name).map(({ initial, choices, isSumOfShots, otherModels }) =>
		withDefault(initial, {
			displayName: LABELS[name],
			name,
			type: 'options',
			default: '',
			description: DESCRIPTIONS[name],
			displayOptions: {
				hide: {
					model: otherModels.map(conditionOf),
					...(isSumOfShots && { promptType: ['storyboard'] }),
				},
			},
			options: choices.map(({ label, value, scope }) => ({
				name: label,
				value,
				displayOptions: forModels(scope, '/model'),
			})),
		}),
	);

/** Settings of other fields at which the model ignores this one. */
function ignoredAt(name: FieldName): Record<string, NodeParameterValue[]> {
	const rules = ROWS.flatMap((row) => row.rules).filter(
		({ then, leavesOut }) => leavesOut && then.field === name,
	);
	return Object.fromEntries(rules.map(({ when }) => [when.field, [...(when.oneOf ?? [])]]));
}

/** In a storyboard, a field that is hidden there may hold anything. */
function toggleFields(name: FieldName): Field[] {
	const toggle = (rules?: Rules) =>
		withDefault(FIELDS[name].resting ?? false, {
			displayName: LABELS[name],
			name,
			type: 'boolean',
			default: false,
			description: DESCRIPTIONS[name],
			displayOptions: forModels(modelsWith(name), 'model', rules),
		});
	const hide = ignoredAt(name);
	if (Object.keys(hide).length === 0) return [toggle()];
	return [
		toggle({ show: { promptType: ['text'] }, hide }),
		toggle({ show: { promptType: ['storyboard'] } }),
	];
}

const FROM_INPUT = 'field';
const BY_URL = 'url';

const imageField = (
	name: 'firstFrame' | 'lastFrame' | 'referenceImages',
	words: { label: string; description: string; field: string; fieldHint: string; url: string },
	displayOptions: Field['displayOptions'],
) =>
	field({
		displayName: words.label,
		name,
		type: 'resourceLocator',
		default: { mode: FROM_INPUT, value: '' },
		description: words.description,
		displayOptions,
		modes: [
			{
				displayName: 'By Field',
				name: FROM_INPUT,
				type: 'string',
				placeholder: words.field,
				hint: words.fieldHint,
			},
			{ displayName: 'By URL', name: BY_URL, type: 'string', placeholder: words.url },
		],
	});

const ONE_IMAGE = {
	field: 'e.g. data',
	fieldHint: 'Name of the input field that holds the image',
	url: 'e.g. https://example.com/product.jpg',
};

/** How the prompt may speak of one, where a model knows that. */
const MENTIONS = ROWS.flatMap(({ name, images: { mention } }) =>
	mention ? [` With ${name}, ${mention} in the prompt means the first of them.`] : [],
).join('');

export const IMAGE_FIELDS = fields([
	imageField(
		'firstFrame',
		{
			...ONE_IMAGE,
			label: LABELS.firstFrame,
			description: 'Image that the video begins with: JPEG, PNG or WebP',
		},
		forModels(modelsWith('firstFrame')),
	),
	imageField(
		'lastFrame',
		{
			...ONE_IMAGE,
			label: LABELS.lastFrame,
			description: 'Image that the video ends with: JPEG, PNG or WebP',
		},
		forModels(modelsWith('lastFrame'), 'model', { hide: { firstFrame: [''] } }),
	),
	imageField(
		'referenceImages',
		{
			label: LABELS.reference,
			description: `Images of what is to appear in the video: JPEG, PNG or WebP. Several are separated by commas; an expression may give a list.${MENTIONS}`,
			field: 'e.g. data, logo',
			fieldHint: 'Names of the input fields that hold the images',
			url: 'e.g. https://example.com/product.jpg',
		},
		forModels(modelsWith('reference')),
	),
]);

/** Beside what the table has, for models that it does not have. */
export const forUnknownModels = forModels(unknownModels());

const isToggle = (name: FieldName) => FIELDS[name].standing === true;

/** In the panel itself, in this order. */
export const MODEL_FIELDS: readonly Field[] = [
	...choiceFields('aspectRatio'),
	...choiceFields('duration'),
	...choiceFields('resolution'),
	...IMAGE_FIELDS,
	...FIELD_NAMES.filter(isToggle).flatMap(toggleFields),
];

const option = <const F extends Field>(key: FieldName, of: F) => ({
	...of,
	displayName: LABELS[key],
	description: DESCRIPTIONS[key],
	displayOptions: forModels(modelsWith(key), '/model'),
});

const forImages = forModels(modelsWithImages(), '/model');

export const IMAGE_OPTIONS = fields([
	{
		displayName: 'Image Input Data Fields',
		name: 'imageFields',
		type: 'string',
		default: 'data',
		placeholder: 'e.g. data, logo',
		description:
			'Names of the input fields with image files that the video starts from, separated by commas: JPEG, PNG or WebP. Images with real people are refused.',
		displayOptions: forImages,
	},
	{
		displayName: 'Image URLs',
		name: 'imageUrls',
		type: 'string',
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Image' },
		default: [],
		placeholder: 'e.g. https://example.com/product.jpg',
		description:
			'Images that the video starts from, as web addresses or data URIs. An expression may give an array or a list separated by commas. Images with real people are refused.',
		displayOptions: forImages,
	},
]);

const forCharacterClips = forModels(modelsWith('characterClip'), '/model');

export const CHARACTER_CLIP_FIELDS = fields([
	{
		displayName: 'Character Clip',
		name: 'characterUrl',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://example.com/my-cat.mp4',
		description:
			'Address of a clip whose character appears in this video only, without creating one first. Real people are refused.',
		displayOptions: forCharacterClips,
	},
	{
		displayName: 'Character Clip From Second',
		name: 'characterStartSecond',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 1,
		description: 'Second of the character clip from which the character is seen',
		displayOptions: forCharacterClips,
	},
	{
		displayName: 'Character Clip To Second',
		name: 'characterEndSecond',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 3,
		description:
			'Second of the character clip until which the character is seen: 1 to 3 seconds after its start',
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
