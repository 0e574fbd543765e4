import type { IDataObject } from 'n8n-workflow';

import { acceptedTask, generationRequest, videoWithoutTask } from '../../gateway/contract';
import { invalidInput } from '../../gateway/failures';
import { modelRow } from '../../gateway/modelChoice';
import {
	FIELD_NAMES,
	judge,
	rolesInOrder,
	type ImageCounts,
	type ModelRow,
	type Settings,
} from '../../gateway/models';
import type { Wire } from '../../gateway/wires';
import { checkedImages, type Transport } from '../../media/images';
import { requireReachable } from '../../media/privateAddresses';
import { LABELS } from '../../panel/modelFields';
import { additionalFieldsIn, extraBodyIn } from '../extraBody';
import type { Parameters } from '../parameters';
import { purchase, VIDEO, type PaidRequest, type Purchased } from '../purchase';
import type { Operation, Run } from '../run';
import type { Performed } from '../waiting';
import { deliverWhenFinished, deliverySettings, orNotOrdered } from './delivery';
import { refusalExplainer } from './explain';
import { imagesIn } from './images';
import { deliver } from './item';
import { descriptionIn, type Description } from './prompt';
import { sampleItem } from './sample';

/** A clip that lends its character to the video. */
function characterClipIn(p: Parameters) {
	const [from, to] = ['characterStartSecond', 'characterEndSecond'] as const;
	if (p.text('characterUrl')) {
		return { characterUrl: p.webUrl('characterUrl'), characterRange: p.range(from, to) };
	}
	if (p.value(from) === undefined && p.value(to) === undefined) return {};
	throw invalidInput(`"${p.label('characterUrl')}" is empty, although its start or end is set`);
}

/** Judges an item's settings by the model's row. @throws {SoraFailure} invalid_input for what it refuses */
function settled(
	row: ModelRow,
	p: Parameters,
	{ seconds }: Description,
	images: ImageCounts,
	characterClip: boolean,
) {
	const storyboard = seconds !== undefined;
	const settings: Settings = {
		// What n8n hides was not set.
		...Object.fromEntries(FIELD_NAMES.map((name) => [name, p.value(name)])),
		...(p.text('audioUrl') && { audioUrl: p.webUrl('audioUrl') }),
		...(row.hasCharacters && storyboard && { duration: seconds }),
		storyboard,
		characterClip,
	};
	const labels = storyboard ? { ...LABELS, duration: 'Shots, added up' } : LABELS;
	const { body, values, refusals, notes } = judge(row, settings, images, labels);
	if (refusals.length) throw invalidInput(refusals.join('; '));
	const duration = values.duration ?? row.fixedSeconds;
	const kind = { duration: String(duration ?? ''), hd: values.hd === true, storyboard };
	return { body, aspectRatio: String(values.aspectRatio ?? ''), kind, notes };
}

/** A wire without uploads takes every file within the order. */
function transportOf(wire: Wire, { images }: ModelRow): Transport {
	if (wire.pictures === 'file' && !images.as) return 'file';
	if (wire.files === undefined) return 'request';
	return images.transport ?? 'inline';
}

/** Whether orders of this wire may contain this callback address. */
const takesHook = ({ hook }: Wire, address: string) =>
	hook === 'http' || (hook === 'https' && address.startsWith('https:'));

/** @throws {SoraFailure} invalid_input if the wire does not take the address */
function enteredHook(wire: Wire, p: Parameters): string | undefined {
	if (!p.text('notifyHook')) return undefined;
	const hook = p.webUrl('notifyHook');
	if (takesHook(wire, hook)) return hook;
	throw invalidInput(
		`"${p.label('notifyHook')}" cannot be used: ${wire.label} ${wire.hook ? 'calls https addresses only' : 'calls no addresses'}`,
		'Remove it. To continue once the video is finished, let the node wait, or poll with Video > Get.',
	);
}

/** The checked order, as it is sent. */
async function orderIn(run: Run, p: Parameters) {
	const { context, gateway, log } = run;
	const { itemIndex } = p;
	const row = await modelRow(gateway, p.requiredText('model'));
	const description = descriptionIn(row, p);
	const clip = characterClipIn(p);
	const files = context.getInputData()[itemIndex]?.binary ?? {};
	const { inOrder, counts } = imagesIn(p, (name) => Object.hasOwn(files, name));
	const { body, ...chosen } = settled(row, p, description, counts, 'characterUrl' in clip);
	const order = {
		model: row.id,
		prompt: description.text,
		...clip,
		notifyHook: enteredHook(gateway.wire, p),
		fields: body,
		imagesAs: row.images.as,
		extra: { ...additionalFieldsIn(p), ...extraBodyIn(p) },
	};
	const transport = transportOf(gateway.wire, row);
	const tools = { context, itemIndex, gateway, signal: run.buying, transport, log: run.log };
	const images = await run.reads(async () => await checkedImages(tools, inOrder));
	const roles = rolesInOrder(row, counts);
	const bodyWith = (sent: string[], ownHook?: string) => {
		const inRoles = sent.map((value, index) => ({ value, role: roles[index] }));
		const notifyHook = order.notifyHook ?? ownHook;
		return generationRequest({ ...order, images: inRoles, notifyHook }, gateway.wire);
	};
	const identity = bodyWith(images.map(({ fingerprint }) => fingerprint));
	requireReachable(identity, gateway);
	const send = async (isLast: boolean) => {
		for (const line of chosen.notes) log(line, { itemIndex });
		const sent: string[] = [];
		for (const image of images) sent.push(await image.sendable(run.uploads));
		const hook = isLast && !order.notifyHook ? run.waiting.callbackUrl(itemIndex) : undefined;
		return bodyWith(sent, hook && takesHook(gateway.wire, hook) ? hook : undefined);
	};
	return { ...chosen, identity, body: send, title: description.title };
}

export const generate: Operation = {
	costsMoney: true,
	explainer: refusalExplainer,
	async prepare(run, p) {
		const { identity, body, kind, aspectRatio, title } = await orderIn(run, p);
		const settings = deliverySettings(run, p, title, kind);
		const { model, prompt } = identity as IDataObject;
		const sent = { model, prompt };
		const ownLimit = p.filledNumber('spendingLimit');
		const most = ownLimit ?? run.editorTests.maxPurchases;
		const limit = `"${p.label('spendingLimit')}" under Options`;
		const name = ownLimit === undefined ? `a test without ${limit}` : limit;
		const request: PaidRequest = {
			itemIndex: p.itemIndex,
			product: VIDEO,
			identity,
			body,
			whenTesting: run.editorTests.chosen(p),
			sample: async () =>
				await sampleItem(run, settings, {
					aspectRatio,
					duration: kind.duration,
					extra: sent,
				}),
			orderUntil: settings.wait ? run.waiting.beganAt + settings.maxWaitMs : undefined,
			spendingLimit: most === undefined ? undefined : { name, most },
		};
		const atOnce = p.number('maxConcurrentVideos');
		if (atOnce !== undefined) run.waiting.orders.limit(atOnce);
		const finish = async (purchased: Purchased): Promise<Performed> => {
			const { taskId = '', at, pickedUp, changed, videoUrl } = purchased;
			// If the expressions have changed since, what was sent is unknown.
			const extra = changed ? {} : sent;
			const task = purchased.task ?? (videoUrl ? videoWithoutTask(videoUrl) : undefined);
			if (settings.wait && !task) {
				const watch = {
					taskId,
					since: at,
					pollAtOnce: pickedUp,
					gatewayProven: true,
					order: identity,
				};
				return await deliverWhenFinished(run, p.itemIndex, watch, settings, extra);
			}
			const download = settings.wait && settings.download;
			return await deliver(run, task ?? acceptedTask(taskId), { ...settings, download }, extra);
		};
		return {
			request,
			perform: async () => await purchase(run, request, finish).catch(orNotOrdered(settings)),
		};
	},
};
