/** Fields of Generate, Get and the trigger for waiting and for the item. */
import type { INodeProperties } from 'n8n-workflow';

const waitingField: INodeProperties = {
	displayName: 'While the Video Is Made',
	name: 'waiting',
	type: 'options',
	default: 'node',
	description:
		'Where the execution is until the video is finished: usually 1 to 10 minutes, 30 or more for HD and 25 seconds. After 30 minutes, or 60 for those, the node stops waiting; "Max Wait" under Options sets another limit.',
	options: [
		{ name: 'Wait Here', value: 'node', description: 'The execution keeps running' },
		{
			name: 'Let the Workflow Sleep (Survives a Restart)',
			value: 'parked',
			description:
				"The execution is stored in n8n's database and holds no slot. n8n wakes it about every minute, and when the gateway calls.",
			// An agent would answer before the video is there.
			displayOptions: { show: { '@tool': [false] } },
		},
		{
			name: "Don't Wait (Return the Task ID)",
			value: 'none',
			description: 'Video > Get fetches the video later, with the task ID',
		},
	],
};

const downloadField: INodeProperties = {
	displayName: 'Download Video',
	name: 'downloadVideo',
	type: 'boolean',
	default: true,
	description:
		'Whether to put the video into the output as a file, once it is finished. Its link expires after a while, or opens with the API key only; the file does not.',
};

type Shown = NonNullable<INodeProperties['displayOptions']>['show'];

export const deliveredFileFields = (downloads: boolean, shown?: Shown): INodeProperties[] => [
	{ ...downloadField, default: downloads, ...(shown && { displayOptions: { show: shown } }) },
	{
		displayName: 'Put Output File in Field',
		name: 'binaryPropertyOutput',
		type: 'string',
		default: 'data',
		required: true,
		hint: 'The name of the output binary field to put the file in',
		description:
			'Later nodes ask for this name, as "Input Data Field Name" say. Where a task gives several videos, the others are in data_2, data_3 and so on.',
		displayOptions: { show: { ...shown, downloadVideo: [true] } },
	},
	{
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		default: true,
		description:
			'Whether to return a simplified version of the response instead of the raw data: the same few fields from every gateway, instead of the gateway’s own object',
	},
];

export const deliveryFields = (waiting: 'node' | 'none', shown?: Shown): INodeProperties[] => [
	{ ...waitingField, default: waiting },
	...deliveredFileFields(true, shown),
];

export const whenWaiting = { '/waiting': ['node', 'parked'] };

export const WAIT_OPTIONS: INodeProperties[] = [
	{
		displayName: 'File Name',
		name: 'fileName',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.title }}',
		description:
			'Name of the downloaded file; the extension is added by its type. Without this option: the first words of the prompt, where they are known, and the task ID.',
		displayOptions: { show: { '/downloadVideo': [true] } },
	},
	{
		displayName: 'Max Wait (Minutes)',
		name: 'maxWaitMinutes',
		type: 'number',
		typeOptions: { minValue: 0.1, maxValue: 10_080 },
		default: 30,
		description:
			'How long to wait for the video at most. Without this option: 30 minutes, or 60 for HD, 25 seconds and storyboards. Many renders take more than 5. When the wait is over, the video is still made and paid for; Video > Get fetches it later.',
		displayOptions: { show: whenWaiting },
	},
	{
		displayName: 'On Timeout',
		name: 'onTimeout',
		type: 'options',
		default: 'error',
		description:
			'What to do when the video is not finished within Max Wait. The task goes on either way.',
		options: [
			{
				name: 'Output Unfinished Task',
				value: 'output',
				description: 'Go on, with timed_out set to true',
			},
			{ name: 'Throw Error', value: 'error', description: 'Fail, with the task ID in the message' },
		],
		displayOptions: { show: whenWaiting },
	},
	{
		displayName: 'Poll Interval (Seconds)',
		name: 'pollInterval',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 3_600 },
		default: 10,
		description:
			'Fixed time between two polls of the task. Without this option the node adapts to the reported progress and to how busy the gateway is.',
		displayOptions: { show: whenWaiting },
	},
];
