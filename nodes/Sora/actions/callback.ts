/** From a call of the gateway to the item that the trigger puts out. */
import type {
	INodeExecutionData,
	IWebhookDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import { pollTask } from '../gateway/client';
import { readCalledTaskId, type Task } from '../gateway/contract';
import { concealed } from '../gateway/secrecy';
import { openGateway } from '../gateway/transport';
import { CallbackDesk, type Told } from '../tasks/callbacks';
import { systemClock, type Clock } from '../tasks/clock';
import { limiter } from '../tasks/limiter';
import { logOf } from './log';
import { toSoraFailure } from './nodeErrors';
import { DOWNLOADS_AT_ONCE } from './run';
import { deliver, type DeliveryTools, type ItemSettings } from './video/delivery';

/** Where the gateway calls. Its URL is entered by hand, so that there is nothing to register or to remove. */
export const CALLBACK_WEBHOOKS: IWebhookDescription[] = [
	{
		name: 'default',
		httpMethod: 'POST',
		responseMode: 'onReceived',
		path: 'sora',
	},
];

export const EVENTS = ['finished', 'failed'] as const;

interface Desk {
	desk: CallbackDesk;
	downloads: DeliveryTools['downloads'];
}

/** One for each trigger node in this process: calls about the same task come within moments. */
const desks = new Map<string, Desk>();

/** Whoever tries the address in the editor calls again with the same task, and wants to see it again. */
const isTest = (context: IWebhookFunctions) => context.getMode() === 'manual';

function deskOf(context: IWebhookFunctions, clock: Clock): Desk {
	const key = [context.getWorkflow().id, context.getNode().id, context.getMode()].join(' ');
	const known = desks.get(key);
	if (known && !isTest(context)) return known;
	const fresh = { desk: new CallbackDesk(clock), downloads: limiter(DOWNLOADS_AT_ONCE) };
	desks.set(key, fresh);
	return fresh;
}

/** Answers the gateway at once, then starts the workflow where the call leads to something new. */
export async function answerCall(
	context: IWebhookFunctions,
	clock: Clock = systemClock,
): Promise<IWebhookResponseData> {
	// The gateway need not wait while its own task is read, and whoever calls learns nothing from the answer.
	context.getResponseObject().status(200).json({ received: true });
	const items = await itemsAfterCall(context, clock);
	return { noWebhookResponse: true, ...(items.length && { workflowData: [items] }) };
}

/** Never throws, since nobody would see it: n8n's log has what went wrong. */
async function itemsAfterCall(
	context: IWebhookFunctions,
	clock: Clock,
): Promise<INodeExecutionData[]> {
	const taskId = readCalledTaskId(context.getBodyData());
	if (taskId === undefined) return [];
	const onTrouble = (about: string, reason: unknown) =>
		context.logger.warn(
			`Sora Trigger: a call about task ${about} told nothing. ${toSoraFailure(reason).headline}`,
			{ node: context.getNode().name, taskId: about },
		);
	try {
		const gateway = await openGateway(context);
		const { desk, downloads } = deskOf(context, clock);
		const look = async (id: string) => await pollTask(gateway, id);
		const memory = context.getWorkflowStaticData('node') as { told?: Told };
		if (!isTest(context)) desk.recall(memory.told ?? {});
		const tasks = await desk.outcomesAfter(taskId, look, onTrouble);
		if (!tasks.length) return [];
		memory.told = desk.record();
		const tools = { context, gateway, clock, downloads, log: logOf(context) };
		return await Promise.all(
			tasks
				.filter((task) => isWanted(context, task))
				.map(async (task) => await itemOf(context, tools, task)),
		);
	} catch (error) {
		onTrouble(taskId, error);
		return [];
	}
}

function isWanted(context: IWebhookFunctions, { phase }: Task): boolean {
	const events = context.getNodeParameter('events', EVENTS) as string[];
	return events.includes(phase === 'failed' ? 'failed' : 'finished');
}

async function itemOf(context: IWebhookFunctions, tools: DeliveryTools, task: Task) {
	const settings = {
		download: context.getNodeParameter('downloadVideo', false) === true,
		binaryProperty: String(context.getNodeParameter('binaryPropertyOutput', 'data') || 'data'),
		simplify: context.getNodeParameter('simplify', true) !== false,
	};
	const { json, ...item } = await delivered(tools, task, settings);
	return { ...item, json: concealed(json, tools.gateway.conceal) };
}

async function delivered(
	tools: DeliveryTools,
	task: Task,
	settings: ItemSettings,
): Promise<INodeExecutionData> {
	try {
		return await deliver(tools, task, settings);
	} catch (error) {
		// The task is told once: without its file rather than never.
		const item = await deliver(tools, task, { ...settings, download: false });
		return { json: { ...item.json, download_error: toSoraFailure(error).headline } };
	}
}
