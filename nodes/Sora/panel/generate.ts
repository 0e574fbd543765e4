/** The fields of Video > Generate. */
import type { INodeProperties } from 'n8n-workflow';

import { ROWS, STANDARD_ROW } from '../gateway/models/rows';
import { deliveryFields, WAIT_OPTIONS, whenWaiting } from './delivery';
import { forModels, forModelsWith, LABELS, MODEL_FIELDS, MODEL_OPTIONS } from './modelFields';
import { extraBodyField, listOf, optionsField, rangeFields, whenTestingField } from './order';

const modelField: INodeProperties = {
	displayName: 'Model',
	name: 'model',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: STANDARD_ROW.id, cachedResultName: STANDARD_ROW.name },
	description:
		'The video model. Which models are available, and what a video costs, is up to your gateway.',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a model…',
			typeOptions: { searchListMethod: 'searchModels', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: `e.g. ${ROWS.find((row) => row !== STANDARD_ROW && row.status === undefined)?.id}`,
		},
	],
};

const promptField: INodeProperties = {
	displayName: 'Prompt',
	name: 'prompt',
	type: 'string',
	typeOptions: { rows: 2 },
	default: '',
	placeholder: 'e.g. A paper boat drifts through a rainy street at dusk, slow camera, soft piano',
	description:
		'What the video shows: scene, movement, camera and sound. Models with characters take mentions as @username. With a storyboard, under Options, leave it empty; an expression may also give a storyboard here, as a list of shots such as [{ "scene": "A boat", "seconds": 10 }].',
};

/** "10 or 15 for Sora 2; …" */
const SUMS = ROWS.filter(({ hasCharacters }) => hasCharacters)
	.map(({ name, fields: { duration } }) => `${duration?.choices?.join(' or ')} for ${name}`)
	.join('; ');

const storyboardField: INodeProperties = {
	displayName: LABELS.storyboard,
	name: 'storyboard',
	default: {
		shot: [
			{ durationSeconds: 5, scene: '' },
			{ durationSeconds: 5, scene: '' },
		],
	},
	description: `The shots of the video in their order, in place of the prompt. Together they must be as many seconds as the model makes: ${SUMS}.`,
	displayOptions: forModelsWith('storyboard', '/model'),
	...listOf('Shot', [
		{
			displayName: 'Duration (Seconds)',
			name: 'durationSeconds',
			type: 'number',
			typeOptions: { minValue: 0.1 },
			default: 5,
			description: 'Length of the shot. Fractions are allowed.',
		},
		{
			displayName: 'Scene',
			name: 'scene',
			type: 'string',
			typeOptions: { rows: 3 },
			default: '',
			placeholder: 'e.g. Close-up of a paper boat in the rain, soft piano',
			description: 'What the shot shows. Mention a character as @username.',
		},
	]),
};

const IMAGES_ARE =
	'JPEG, PNG or WebP images that the video starts from or shows. Images with real people are refused.';
/** How the prompt may refer to an image, for models that support it. */
const MENTIONS = ROWS.flatMap(({ name, images: { mention } }) =>
	mention ? [` With ${name}, ${mention} in the prompt means the first of them.`] : [],
).join('');

/** In the order in which people fill them in. */
const IMAGE_VALUES: INodeProperties[] = [
	{
		displayName: 'Role',
		name: 'role',
		type: 'options',
		default: 'inOrder',
		description: 'What the image is in the video',
		displayOptions: forModels(({ images }) => images.roles.length > 1, '/model'),
		options: [
			{ name: LABELS.firstFrame, value: 'firstFrame', description: 'The video begins with it' },
			{
				name: 'In Order',
				value: 'inOrder',
				description:
					'The first image is the first frame and the second one the last; for models of references, each is one',
			},
			{ name: LABELS.lastFrame, value: 'lastFrame', description: 'The video ends with it' },
			{
				name: LABELS.reference,
				value: 'reference',
				description: 'What is seen in it is seen in the video',
			},
		],
	},
	{
		displayName: 'Source',
		name: 'source',
		type: 'options',
		default: 'field',
		description: 'Where the image comes from',
		options: [
			{
				name: 'Input Data Field',
				value: 'field',
				description: 'A file that comes in with the item',
			},
			{ name: 'URL', value: 'url', description: 'An image on the web, or a data URI' },
		],
	},
	{
		displayName: 'Input Data Field Name',
		name: 'binaryPropertyName',
		type: 'string',
		default: 'data',
		placeholder: 'e.g. data',
		description:
			'Name of the field that holds the image, as the Binary tab of the node before this one shows it. Several are separated by commas.',
		displayOptions: { show: { source: ['field'] } },
	},
	{
		displayName: 'URL',
		name: 'url',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://example.com/product.jpg',
		description: 'Web address or data URI of the image. An expression may give a list of them.',
		displayOptions: { show: { source: ['url'] } },
	},
	{
		displayName: 'Skip If Empty',
		name: 'skipIfEmpty',
		type: 'boolean',
		default: false,
		description:
			'Whether to go on without the image where this item has none, such as a form field that was left empty',
	},
];

const imagesField: INodeProperties = {
	displayName: 'Images',
	name: 'images',
	default: {},
	description: IMAGES_ARE + MENTIONS,
	...listOf('Image', IMAGE_VALUES),
};

/** Extra Body for people who do not write JSON, for models without a row. */
export const additionalFields: INodeProperties = {
	displayName: 'Additional Fields',
	name: 'additionalFields',
	default: {},
	description:
		'Settings of a model that this node does not know yet, by the names that the documentation of your gateway gives them',
	displayOptions: forModels(({ known }) => !known),
	...listOf('Field', [
		{
			displayName: 'Name',
			name: 'name',
			type: 'string',
			default: '',
			placeholder: 'e.g. motion_strength',
			description: 'As the documentation of your gateway writes it',
		},
		{
			displayName: 'Value',
			name: 'value',
			type: 'string',
			default: '',
			placeholder: 'e.g. 5',
			description:
				'A number, true, false and JSON such as ["a", "b"] are sent as such, anything else as text. A field without a value is not sent.',
		},
	]),
};

const forCharacterClips = forModelsWith('characterClip', '/model');

const OPTIONS: INodeProperties[] = [
	...MODEL_OPTIONS,
	...WAIT_OPTIONS,
	storyboardField,
	extraBodyField,
	{
		displayName: LABELS.characterClip,
		name: 'characterUrl',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://example.com/my-cat.mp4',
		description:
			'Web address of a short clip with sound. Who or what is seen in it between two seconds plays in this video. To use it in many videos, create a character instead (Character > Create). Clips of real people are refused.',
		displayOptions: forCharacterClips,
	},
	...rangeFields(
		['characterStartSecond', 'Character Clip Start (Seconds)'],
		['characterEndSecond', 'Character Clip End (Seconds)'],
		forCharacterClips,
	),
	{
		displayName: 'Max Concurrent Videos',
		name: 'maxConcurrentVideos',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 3,
		description:
			'How many videos of this execution are made at a time: the next one is ordered when one has ended. Without this option all are ordered at once, and where the account allows fewer, the node waits by itself.',
		displayOptions: { show: whenWaiting },
	},
	{
		displayName: 'Notify Hook',
		name: 'notifyHook',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $execution.resumeUrl }}',
		description:
			'Web address that the gateway is to call when the video is finished (a webhook): the URL of a Sora Trigger, say. The node does not need it to wait, and not every gateway calls.',
	},
	{
		displayName: 'Spending Limit (Videos)',
		name: 'spendingLimit',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		default: 10,
		description:
			'An execution that would buy more videos with this node is refused before the first of them. Tries that failed count; videos that were bought before and are picked up do not.',
	},
];

export const GENERATE_FIELDS: INodeProperties[] = [
	{
		displayName:
			'Each video costs money at your gateway, in the editor too. While you build, set "When Testing in the Editor" to the free sample.',
		name: 'costNotice',
		type: 'notice',
		default: '',
	},
	modelField,
	promptField,
	imagesField,
	...MODEL_FIELDS,
	additionalFields,
	whenTestingField('Video', {
		name: 'Sample Clip (Free)',
		description:
			'Buy nothing, and return a short clip with picture and sound, to build the nodes that follow',
	}),
	...deliveryFields('node', { waiting: ['node', 'parked'] }),
	optionsField(OPTIONS),
];
