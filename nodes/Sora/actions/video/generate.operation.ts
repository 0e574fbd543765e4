import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { acceptedTask, generationRequest, sentModelAndPrompt } from '../../gateway/contract';
import { HD_MODEL_IDS, MODELS, secondsOnOffer, SORA_MODEL_IDS } from '../../gateway/models';
import { checkedImages, IMAGE_LABELS } from '../../media/images';
import { IMAGE_LIMITS } from '../../media/limits';
import { normaliseMentions } from '../../prompt/mentions';
import { storyboardPrompt } from '../../prompt/storyboard';
import { operation } from '../operation';
import {
	asBody,
	booleanOf,
	extraBodyOf,
	fieldNamesOf,
	imagesOf,
	oneOf,
	optionsOf,
	positiveNumberOf,
	requiredText,
	valueOf,
	webUrlOf,
} from '../parameters';
import { purchase, VIDEO, type PaidRequest } from '../purchase';
import { DEFAULT_SUBMISSIONS_AT_ONCE } from '../run';
import { extraBodyField } from '../sharedFields';
import {
	deliver,
	deliverWhenFinished,
	deliveryFields,
	deliverySettings,
	maxWaitField,
	onTimeoutField,
	pollIntervalField,
} from './delivery';
import { characterClip, renderKind, shotsOf } from './order';

const ASPECT_RATIOS = ['16:9', '9:16'] as const;

/** Models that offer a duration; the option is hidden for the others. */
const modelsWith = (duration: string) =>
	MODELS.filter(({ durations }) => durations.includes(duration)).map(({ id }) => id);

const durationOption = (seconds: string, description?: string) => ({
	name: `${seconds} Seconds`,
	value: seconds,
	...(description && { description }),
	displayOptions: { show: { '/model': modelsWith(seconds) } },
});

/** Twice in the panel, since a storyboard has no Duration that could hide it. */
const hdField = (displayOptions: INodeProperties['displayOptions']): INodeProperties => ({
	displayName: 'HD',
	name: 'hd',
	type: 'boolean',
	default: false,
	description: 'Whether to render in high definition. It takes 8 to 20 minutes longer.',
	displayOptions,
});

/** "10 or 15 seconds for Sora 2; …" */
const SUMS = MODELS.map(({ name, durations }) => `${secondsOnOffer(durations)} for ${name}`).join(
	'; ',
);

export const generate = operation({
	option: {
		name: 'Generate',
		value: 'generate',
		description: 'Generate a video from a prompt, with images or characters if you like',
		action: 'Generate a video',
	},

	fields: [
		{
			displayName: 'Model',
			name: 'model',
			type: 'resourceLocator',
			required: true,
			default: { mode: 'list', value: 'sora-2', cachedResultName: 'Sora 2' },
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
					placeholder: 'e.g. veo3.1-fast',
					validation: [
						{
							type: 'regex',
							properties: { regex: '.*\\S.*', errorMessage: 'Enter the ID of a model' },
						},
					],
				},
			],
		},
		{
			displayName: 'Prompt Type',
			name: 'promptType',
			type: 'options',
			default: 'text',
			description: 'How the video is described',
			options: [
				{
					name: 'Storyboard',
					value: 'storyboard',
					description: 'Several shots, each with its scene and its length',
				},
				{ name: 'Text', value: 'text', description: 'One text for the whole video' },
			],
		},
		{
			displayName: 'Prompt',
			name: 'prompt',
			type: 'string',
			typeOptions: { rows: 4 },
			required: true,
			default: '',
			placeholder:
				'e.g. A paper boat drifts through a rainy street at dusk, slow camera, soft piano',
			description:
				'What the video shows. Mention a character as @username, with a space on both sides; missing spaces are added.',
			hint: 'Describe scene, movement, camera and sound. Mention characters as @username.',
			displayOptions: { show: { promptType: ['text'] } },
		},
		{
			displayName: `Together the shots must be as long as a video of the model: ${SUMS}.`,
			name: 'shotsNotice',
			type: 'notice',
			default: '',
			displayOptions: { show: { promptType: ['storyboard'] } },
		},
		{
			displayName: 'Shots',
			name: 'shots',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Shot', sortable: true },
			default: {
				shot: [
					{ durationSeconds: 5, scene: '' },
					{ durationSeconds: 5, scene: '' },
				],
			},
			placeholder: 'Add Shot',
			description: 'The shots of the video, in their order',
			displayOptions: { show: { promptType: ['storyboard'] } },
			options: [
				{
					displayName: 'Shot',
					name: 'shot',
					values: [
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
							description:
								'What the shot shows. Mention a character as @username, with a space on both sides; missing spaces are added.',
						},
					],
				},
			],
		},
		{
			displayName: 'Aspect Ratio',
			name: 'aspectRatio',
			type: 'options',
			default: '16:9',
			description: 'Shape of the video',
			options: [
				{ name: '16:9 (Landscape)', value: '16:9' },
				{ name: '9:16 (Portrait)', value: '9:16' },
			],
		},
		{
			displayName: 'Duration',
			name: 'duration',
			type: 'options',
			default: '10',
			description: 'Length of the video. 25 seconds are offered by Sora 2 Pro only.',
			displayOptions: { show: { model: SORA_MODEL_IDS, promptType: ['text'] } },
			options: [
				durationOption('10'),
				durationOption('15'),
				durationOption('25', 'Takes up to 30 minutes to render'),
			],
		},
		hdField({ show: { promptType: ['text'], model: HD_MODEL_IDS }, hide: { duration: ['25'] } }),
		hdField({ show: { promptType: ['storyboard'], model: HD_MODEL_IDS } }),
		...deliveryFields({ wait: true, download: { show: { waitForCompletion: [true] } } }),
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Character Clip',
					name: 'characterUrl',
					type: 'string',
					default: '',
					placeholder: 'e.g. https://example.com/my-cat.mp4',
					description:
						'Address of a clip whose character appears in this video only, without creating one first. Real people are refused.',
				},
				{
					displayName: 'Character Clip From Second',
					name: 'characterStartSecond',
					type: 'number',
					typeOptions: { minValue: 0 },
					default: 1,
					description: 'Second of the character clip from which the character is seen',
				},
				{
					displayName: 'Character Clip To Second',
					name: 'characterEndSecond',
					type: 'number',
					typeOptions: { minValue: 0 },
					default: 3,
					description:
						'Second of the character clip until which the character is seen: 1 to 3 seconds after its start',
				},
				extraBodyField,
				{
					displayName: 'Image Input Data Fields',
					name: 'imageFields',
					type: 'string',
					default: 'data',
					placeholder: 'e.g. data, logo',
					description: `Names of the input fields with image files that the video starts from, separated by commas: JPEG, PNG or WebP, with Image URLs ${IMAGE_LIMITS.count} at most. Images with real people are refused.`,
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
				},
				{
					displayName: 'Max Concurrent Submissions',
					name: 'maxConcurrentSubmissions',
					type: 'number',
					typeOptions: { minValue: 1, numberPrecision: 0 },
					default: DEFAULT_SUBMISSIONS_AT_ONCE,
					description:
						'How many items are submitted at the same time. All of them are waited for together.',
				},
				maxWaitField,
				{
					displayName: 'Notify Hook',
					name: 'notifyHook',
					type: 'string',
					default: '',
					placeholder: 'e.g. {{ $execution.resumeUrl }}',
					description:
						'Address that the gateway calls when the task changes. Not every gateway calls, so do not rely on it alone.',
				},
				onTimeoutField,
				pollIntervalField,
				{
					displayName: 'Private',
					name: 'private',
					type: 'boolean',
					default: true,
					description:
						'Whether to keep the video unpublished. A private video cannot be remixed later.',
				},
				{
					displayName: 'Watermark',
					name: 'watermark',
					type: 'boolean',
					default: false,
					description: 'Whether to put a watermark on the video',
				},
			],
		},
	],

	async prepare(run, itemIndex) {
		const { context } = run;
		const options = optionsOf(context, itemIndex);
		const model = requiredText(valueOf(context, 'model', itemIndex), 'Model');
		const shots = shotsOf(run, itemIndex);
		const kind = renderKind(run, model, shots, itemIndex);
		positiveNumberOf(options.maxConcurrentSubmissions, 'Max Concurrent Submissions');
		const order = {
			...kind,
			prompt: shots
				? storyboardPrompt(shots)
				: normaliseMentions(requiredText(valueOf(context, 'prompt', itemIndex), 'Prompt')),
			aspectRatio: oneOf(
				valueOf(context, 'aspectRatio', itemIndex) ?? '16:9',
				ASPECT_RATIOS,
				'Aspect Ratio',
			),
			watermark: booleanOf(options.watermark, 'Watermark'),
			private: booleanOf(options.private, 'Private'),
			...characterClip(options),
			notifyHook: options.notifyHook ? webUrlOf(options.notifyHook, 'Notify Hook') : undefined,
			extra: extraBodyOf(options.extraBody),
		};
		const sources = {
			urls: imagesOf(options.imageUrls, IMAGE_LABELS.urls),
			fields: fieldNamesOf(options.imageFields, IMAGE_LABELS.fields),
		};
		const settings = deliverySettings(run, itemIndex);
		const images = await run.reads(async () => await checkedImages(context, itemIndex, sources));
		const bodyWith = (sent: string[]) => generationRequest({ ...order, images: sent });
		const identity = asBody(() => bodyWith(images.map(({ fingerprint }) => fingerprint)));
		const request: PaidRequest = {
			identity,
			async body() {
				const sent: string[] = [];
				for (const image of images) sent.push(await image.sendable(run.uploads));
				return bodyWith(sent);
			},
		};
		return { request, kind, settings };
	},

	async perform(run, { request, kind, settings }, itemIndex) {
		const extra = sentModelAndPrompt(request.identity) as IDataObject;
		return await purchase(run, itemIndex, VIDEO, request, async ({ taskId = '', at, takenUp }) =>
			settings.wait
				? await deliverWhenFinished(
						run,
						{ taskId, since: at, pollAtOnce: takenUp, gatewayProven: true, kind },
						settings,
						extra,
					)
				: await deliver(run, acceptedTask(taskId), settings, extra),
		);
	},
});
