/** Resources and operations as the panel shows them. `actions/` implements them, and is loaded on demand. */
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { deliveryFields, WAIT_OPTIONS } from './delivery';
import { GENERATE_FIELDS } from './generate';
import { extraBodyField, optionsField, rangeFields, whenTestingField } from './order';

interface PanelOperation {
	option: INodePropertyOptions;
	/** Without displayOptions for resource and operation, which are added to all fields. */
	fields: INodeProperties[];
}

const inputFileField: INodeProperties = {
	displayName: 'Input Data Field Name',
	name: 'binaryPropertyName',
	type: 'string',
	default: 'data',
	placeholder: 'e.g. data',
	description:
		'Name of the field that holds the file, as the Binary tab of the node before this one shows it',
	hint: 'The name of the input field containing the binary file data to be uploaded',
};

const generate: PanelOperation = {
	option: {
		name: 'Generate',
		value: 'generate',
		description: 'Generate a video from a prompt, with images or characters if you like',
		action: 'Generate a video',
	},
	fields: GENERATE_FIELDS,
};

const get: PanelOperation = {
	option: {
		name: 'Get',
		value: 'get',
		description: 'Get the status of a video, and the finished video, by its task ID',
		action: 'Get a video',
	},
	fields: [
		{
			displayName: 'Task ID',
			name: 'taskId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. {{ $json.task_id }}',
			description: 'ID of the task, as Video > Generate gives it or an error message names it',
		},
		...deliveryFields('none'),
		optionsField(WAIT_OPTIONS),
	],
};

const createCharacter: PanelOperation = {
	option: {
		name: 'Create',
		value: 'create',
		description: 'Create a character from a short clip, to mention it in later prompts',
		action: 'Create a character',
	},
	fields: [
		{
			displayName:
				'A character is an animal, an object or an invented figure that is seen in a clip with sound; clips that show real people are refused. Mention it in later prompts, with a space on both sides: a stage with @username dancing. Your gateway may charge for it, also when you execute this step in the editor.',
			name: 'characterNotice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Source',
			name: 'source',
			type: 'options',
			default: 'url',
			description: 'Where the clip with the character comes from',
			options: [
				{
					name: 'Generated Video',
					value: 'task',
					description: 'A video generated before with the same account, by its task ID',
				},
				{
					name: 'Input File',
					value: 'file',
					description: 'A video file that comes in with the item; it is uploaded first',
				},
				{
					name: 'Video URL',
					value: 'url',
					description: 'A video on the web that the gateway can fetch',
				},
			],
		},
		// Neither source is required: n8n would ask for both if Source is an expression.
		{
			displayName: 'Video URL',
			name: 'url',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://example.com/my-cat.mp4',
			description:
				'Public address of the clip. It needs sound, should be at most about 15 seconds long, and must not show real people.',
			displayOptions: { show: { source: ['url'] } },
		},
		{
			displayName: 'Task ID',
			name: 'fromTask',
			type: 'string',
			default: '',
			placeholder: 'e.g. {{ $json.task_id }}',
			description:
				'ID of the task that generated the video, as Video > Generate gives it. The task must belong to the same account. If it is still running, the node waits for it.',
			displayOptions: { show: { source: ['task'] } },
		},
		{ ...inputFileField, displayOptions: { show: { source: ['file'] } } },
		...rangeFields(['startSecond', 'Start Second'], ['endSecond', 'End Second']),
		whenTestingField('Character', {
			name: 'Sample Character (Free)',
			description:
				'Create nothing, and return an invented character, to build the nodes that follow',
		}),
		optionsField([extraBodyField]),
	],
};

const upload: PanelOperation = {
	option: {
		name: 'Upload',
		value: 'upload',
		description: 'Upload a file to the gateway, to use its address in other operations',
		action: 'Upload a file',
	},
	fields: [inputFileField],
};

const getQuota: PanelOperation = {
	option: {
		name: 'Get Quota',
		value: 'getQuota',
		description: 'Get what the API key may spend, as far as the gateway reports it',
		action: 'Get the quota',
	},
	fields: [
		{
			displayName:
				"Asks what the API key may spend; this costs nothing. The figures come in the gateway's own units, and in US dollars where the item says so; of most such gateways, 500,000 units are about 1 USD. Some gateways call what is left the quota, others what was granted, and some report nothing. Compare once with your gateway's console.",
			name: 'quotaNotice',
			type: 'notice',
			default: '',
		},
	],
};

const operationField: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: '',
};

/** In the order of n8n's node list: the main purpose comes first. */
const RESOURCES = [
	{ name: 'Video', value: 'video', operations: [generate, get] },
	{ name: 'Character', value: 'character', operations: [createCharacter] },
	{ name: 'File', value: 'file', operations: [upload] },
	{ name: 'Account', value: 'account', operations: [getQuota] },
];

/** @returns `undefined` for an unknown operation */
export const fieldsOf = (resource: unknown, operation: unknown): INodeProperties[] | undefined =>
	RESOURCES.find(({ value }) => value === resource)?.operations.find(
		({ option }) => option.value === operation,
	)?.fields;

export const properties: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: RESOURCES.map(({ name, value }) => ({ name, value })),
		default: 'video',
	},
	...RESOURCES.map(
		({ value, operations }): INodeProperties => ({
			...operationField,
			displayOptions: { show: { resource: [value] } },
			options: operations.map(({ option }) => option),
			default: operations[0]?.option.value ?? '',
		}),
	),
	// n8n's own helper merges deeply, which takes a quarter of the load time.
	...RESOURCES.flatMap(({ value, operations }) =>
		operations.flatMap(({ option, fields }) =>
			fields.map(({ displayOptions, ...field }): INodeProperties => {
				const show = { ...displayOptions?.show, resource: [value], operation: [option.value] };
				return { ...field, displayOptions: { ...displayOptions, show } };
			}),
		),
	),
];
