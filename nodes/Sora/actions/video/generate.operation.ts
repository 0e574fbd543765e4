import {
	acceptedTask,
	generationRequest,
	sentModelAndPrompt,
	videoWithoutTask,
} from '../../gateway/contract';
import { operation } from '../operation';
import { planPurchases, purchase, VIDEO, type PaidRequest } from '../purchase';
import {
	deliverWhenFinished,
	deliveryFields,
	deliverySettings,
	fileNameField,
	maxVideosField,
	maxWaitField,
	maxWaitMs,
	onTimeoutField,
	orNotOrdered,
	pollIntervalField,
	whenWaiting,
} from './delivery';
import { deliver } from './item';
import { checkedImages, type Transport } from '../../media/images';
import { requireReachable } from '../../media/privateAddresses';
import { invalidInput } from '../../gateway/failures';
import {
	judge,
	rolesInOrder,
	ROWS,
	STANDARD_ROW,
	type Given,
	type ModelRow,
	type RenderKind,
} from '../../gateway/models';
import { totalSeconds } from '../../prompt/storyboard';
import { asBody, extraBodyField, extraBodyIn } from '../extraBody';
import type { Run } from '../run';
import { ADDITIONAL_FIELDS, additionalFieldsIn } from './additionalFields';
import { explainRefusal } from './explain';
import { IMAGE_FIELDS, imagesIn } from './images';
import {
	CHARACTER_CLIP_FIELDS,
	characterClipIn,
	givenIn,
	LABELS,
	MODEL_FIELDS,
	MODEL_OPTIONS,
} from './modelFields';
import { modelRow } from '../../gateway/modelChoice';
import type { Wire } from '../../gateway/wires';
import { PROMPT_FIELDS, promptFor, shotsIn } from './prompt';
import type { IDataObject } from 'n8n-workflow';
import { sampleItem } from './sample';
import { whenTestingVideo } from '../testing';
import { field, fields, withDefault, type Field, type ItemParameters } from '../fields';

const spendingLimitField = field({
	displayName: 'Spending Limit (Videos)',
	name: 'spendingLimit',
	type: 'number',
	typeOptions: { minValue: 0, numberPrecision: 0 },
	default: 10,
	description:
		'An execution that would buy more videos with this node is refused before the first of them. Tries that failed count; videos that were bought before and are picked up do not.',
});

const modelField = withDefault(
	{ mode: 'list', value: STANDARD_ROW.id, cachedResultName: STANDARD_ROW.name },
	{
		displayName: 'Model',
		name: 'model',
		type: 'resourceLocator',
		required: true,
		default: { mode: 'list', value: '' },
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
	},
);

/** As n8n wants long lists. Compared as plain text: collation alone takes 9 ms of the load. */
const byName = (options: readonly Field[]) =>
	[...options].sort((a, b) => (a.displayName < b.displayName ? -1 : 1));

const FIELDS = fields([
	{
		displayName:
			'A video costs money at your gateway, also when you execute this step in the editor. While you build, set "When Testing in the Editor" to the free sample.',
		name: 'costNotice',
		type: 'notice',
		default: '',
	},
	modelField,
	...PROMPT_FIELDS,
	...IMAGE_FIELDS,
	...MODEL_FIELDS,
	...ADDITIONAL_FIELDS,
	whenTestingVideo,
	...deliveryFields({ waiting: 'node', download: { show: { waiting: ['node', 'parked'] } } }),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: byName([
			...CHARACTER_CLIP_FIELDS,
			...MODEL_OPTIONS,
			extraBodyField,
			{
				...fileNameField,
				displayOptions: { show: { ...whenWaiting.show, '/downloadVideo': [true] } },
			},
			maxVideosField,
			maxWaitField,
			{
				displayName: 'Notify Hook',
				name: 'notifyHook',
				type: 'string',
				default: '',
				placeholder: 'e.g. {{ $execution.resumeUrl }}',
				description:
					'Web address that the gateway is to call when the video is finished (a webhook): the URL of a Sora Trigger, say. The node does not need it to wait, and not every gateway calls.',
			},
			onTimeoutField,
			pollIntervalField,
			spendingLimitField,
		]),
	},
]);

/** What the model's row makes of an item's settings. @throws {SoraFailure} invalid_input for what it refuses */
function settled(row: ModelRow, given: Given, images: ReturnType<typeof imagesIn>['counts']) {
	// The sum of the shots stands for the duration.
	const labels = given.storyboard ? { ...LABELS, duration: 'Shots, added up' } : LABELS;
	const { body, values, refusals, notes } = judge(row, given, images, labels);
	if (refusals.length) throw invalidInput(refusals.join('; '));
	const duration = values.duration ?? row.fixedSeconds;
	const kind: RenderKind = {
		...(duration !== undefined && { duration: String(duration) }),
		...(values.hd !== undefined && { hd: values.hd === true }),
		...(given.storyboard && { storyboard: true }),
	};
	return { fields: body, aspectRatio: String(values.aspectRatio ?? ''), kind, notes };
}

/** A wire without uploads takes every file within the order. */
function transportOf({ gateway: { wire } }: Run, { images }: ModelRow): Transport {
	if (wire.pictures === 'file') return 'file';
	return wire.files === undefined ? 'request' : images.transport;
}

/** Whether orders of this wire may say where the gateway is to call. */
const takesHook = ({ hook }: Wire, address: string) =>
	hook === 'http' || (hook === 'https' && address.startsWith('https:'));

/** @throws {SoraFailure} invalid_input where the wire has no place for the address */
function enteredHook({ gateway: { wire } }: Run, p: ItemParameters<typeof FIELDS>) {
	const name = 'options.notifyHook';
	if (!p.text(name)) return undefined;
	const hook = p.webUrl(name);
	if (takesHook(wire, hook)) return hook;
	const why = wire.hook ? 'takes https addresses only' : 'calls no address';
	throw invalidInput(
		`"${p.label(name)}" cannot be used: ${wire.label} ${why}`,
		'Remove it. To go on once the video is finished, let the node wait, or poll with Video > Get. Nothing was bought.',
	);
}

async function prepareVideo(run: Run, p: ItemParameters<typeof FIELDS>) {
	const { context } = run;
	const row = await modelRow(run.gateway, p.requiredText('model'));
	const shots = shotsIn(p);
	const clip = characterClipIn(p);
	const files = context.getInputData()[p.itemIndex]?.binary ?? {};
	const { inOrder, counts } = imagesIn(p, (name) => Object.hasOwn(files, name));
	const given = {
		...givenIn(p),
		...(shots && row.storyboard && { duration: totalSeconds(shots) }),
		storyboard: shots !== undefined,
		characterClip: clip.characterUrl !== undefined,
	};
	const { fields: own, kind, aspectRatio, notes } = settled(row, given, counts);
	const order = {
		model: row.id,
		prompt: promptFor(row, p, shots),
		...clip,
		notifyHook: enteredHook(run, p),
		fields: own,
		extra: { ...additionalFieldsIn(p), ...extraBodyIn(p) },
	};
	const { naming, ...delivery } = deliverySettings(run, p);
	const settings = { ...delivery, naming: { ...naming, title: shots?.[0]?.scene ?? order.prompt } };
	const transport = transportOf(run, row);
	const { gateway, buying: signal, log } = run;
	const tools = { context, itemIndex: p.itemIndex, gateway, signal, transport, log };
	const images = await run.reads(async () => await checkedImages(tools, inOrder));
	const roles = rolesInOrder(row, counts);
	const bodyWith = (sent: string[], notifyHook = order.notifyHook) => {
		const inRoles = sent.map((value, index) => ({ value, role: roles[index] }));
		return generationRequest({ ...order, images: inRoles, notifyHook }, run.gateway.wire);
	};
	const identity = asBody(() => bodyWith(images.map(({ fingerprint }) => fingerprint)));
	requireReachable(identity, run.gateway);
	const request: PaidRequest = {
		identity,
		whenTesting: run.presses.chosen(p),
		sample: async () =>
			await sampleItem(run, settings, settings.wait, {
				aspectRatio,
				duration: kind.duration,
				extra: sentModelAndPrompt(identity) as IDataObject,
			}),
		orderUntil: settings.wait ? run.waiting.beganAt + maxWaitMs(settings, kind) : undefined,
		async body(isLast) {
			for (const line of notes) run.log(line, { itemIndex: p.itemIndex });
			const sent: string[] = [];
			for (const image of images) sent.push(await image.sendable(run.uploads));
			const own = isLast && !order.notifyHook ? run.waiting.callbackUrl(p.itemIndex) : undefined;
			return bodyWith(sent, own && takesHook(run.gateway.wire, own) ? own : undefined);
		},
	};
	const spendingLimit = p.number('options.spendingLimit');
	const most = p.number('options.maxConcurrentVideos');
	if (most !== undefined) run.waiting.orders.limit(most);
	return { request, kind, settings, spendingLimit };
}

/** The smallest limit that an item sets holds for the execution: loops and an agent's calls included. */
async function planVideos(
	run: Run,
	prepared: ReadonlyArray<{ itemIndex: number; value: Awaited<ReturnType<typeof prepareVideo>> }>,
): Promise<void> {
	const limits = prepared.flatMap(({ value }) => value.spendingLimit ?? []);
	await planPurchases(
		run,
		VIDEO,
		prepared.map(({ itemIndex, value: { request } }) => ({ itemIndex, request })),
		{
			label: spendingLimitField.displayName,
			...(limits.length > 0 && { most: Math.min(...limits) }),
		},
	);
}

async function generateVideo(
	run: Run,
	{ request, kind, settings }: Awaited<ReturnType<typeof prepareVideo>>,
	itemIndex: number,
) {
	const performed = purchase(run, itemIndex, request, async (purchased) => {
		const { taskId = '', at, pickedUp, changed, videoUrl } = purchased;
		const task = purchased.task ?? (videoUrl ? videoWithoutTask(videoUrl) : undefined);
		// What was sent is not known any more where the expressions have given something else since.
		const extra = changed ? {} : (sentModelAndPrompt(request.identity) as IDataObject);
		if (!settings.wait || task) {
			const download = settings.wait && settings.download;
			const known = task ?? acceptedTask(taskId);
			return await deliver(run, known, { ...settings, download }, extra);
		}
		const wait = { taskId, since: at, pollAtOnce: pickedUp, gatewayProven: true, kind };
		return await deliverWhenFinished(run, itemIndex, wait, settings, extra);
	});
	return await performed.catch(orNotOrdered(settings));
}

export const generate = operation({
	option: {
		name: 'Generate',
		value: 'generate',
		description: 'Generate a video from a prompt, with images or characters if you like',
		action: 'Generate a video',
	},

	fields: FIELDS,
	prepare: prepareVideo,
	plan: planVideos,
	perform: generateVideo,
	explain: explainRefusal,
});
