/** From a call of the gateway to the item that the trigger puts out. */
import type {
	INodeExecutionData,
	IWebhookDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import { logOf } from '../actions/log';
import { toSoraFailure } from '../actions/nodeErrors';
import { DOWNLOADS_AT_ONCE } from '../actions/run';
import { deliver, type DeliveryTools, type ItemSettings } from '../actions/video/delivery';
import { readCalledTaskId } from '../gateway/calledTaskId';
import { pollTask } from '../gateway/client';
import type { Task } from '../gateway/contract';
import { invalidInput } from '../gateway/failures';
import { concealed, type Conceal } from '../gateway/secrecy';
import { openGateway, type Gateway } from '../gateway/credential';
import { systemClock, type Clock } from '../flow/clock';
import { limiter } from '../flow/limiter';
import { CalledTasks } from './calledTasks';
import { callLogOf, LogLimit, type CallLog } from './callLog';
import type { SavedMemory } from './reported';
import { carriesSecret, SECRET_QUERY, secretConcealer } from './secret';

/** Where the gateway calls. Its URL is entered by hand, so that there is nothing to register or to remove. */
export const CALLBACK_WEBHOOKS: IWebhookDescription[] = [
	{
		name: 'default',
		httpMethod: 'POST',
		responseMode: 'onReceived',
		path: 'sora',
		ndvHideUrl: '={{ !!$parameter["secret"] }}',
	},
	{
		// For the panel alone, which shows the URL with the secret in it: without a method, n8n registers nothing.
		name: 'default',
		httpMethod: '={{ "" }}',
		path: `=sora?${SECRET_QUERY}={{ encodeURIComponent(String($parameter["secret"] ?? "").trim()) }}`,
		ndvHideUrl: '={{ !$parameter["secret"] }}',
		ndvHideMethod: true,
	},
];

export const EVENTS = ['finished', 'failed'] as const;

/** Of one trigger node in this process: calls about the same task come within moments. */
interface Shared {
	calledTasks: CalledTasks;
	downloads: DeliveryTools['downloads'];
	logLimit: LogLimit;
	/** Takes the key out, once the credential was read. */
	conceal: Conceal;
	/** The secret whose lack was spoken of. */
	missedSecret?: string;
}

const sharedByNode = new Map<string, Shared>();

/** Whoever tries the address in the editor calls again with the same task, and wants to see it again. */
const isTest = (context: IWebhookFunctions) => context.getMode() === 'manual';

function sharedBy(context: IWebhookFunctions, clock: Clock): Shared {
	const key = `${context.getWorkflow().id} ${context.getNode().id}`;
	const known = isTest(context) ? undefined : sharedByNode.get(key);
	if (known) return known;
	const fresh: Shared = {
		calledTasks: new CalledTasks(clock),
		downloads: limiter(DOWNLOADS_AT_ONCE),
		logLimit: new LogLimit(clock),
		conceal: (text) => text,
	};
	if (!isTest(context)) sharedByNode.set(key, fresh);
	return fresh;
}

/** Answers the gateway at once, then starts the workflow where the call leads to something new. Never throws. */
export async function answerCall(
	context: IWebhookFunctions,
	clock: Clock = systemClock,
): Promise<IWebhookResponseData> {
	// The gateway need not wait while its own task is read, and whoever calls learns nothing from the answer.
	context.getResponseObject().status(200).json({ received: true });
	const items = await itemsAfterCall(context, clock);
	return { noWebhookResponse: true, ...(items.length && { workflowData: [items] }) };
}

interface Settings extends ItemSettings {
	events: unknown[];
}

/** Read before anything is asked: what was asked for is reported, and would be lost with an error that comes later. */
function settingsOf(context: IWebhookFunctions): Settings {
	return {
		events: eventsOf(context),
		download: context.getNodeParameter('downloadVideo', false) === true,
		binaryProperty: String(context.getNodeParameter('binaryPropertyOutput', 'data') || 'data'),
		simplify: context.getNodeParameter('simplify', true) !== false,
	};
}

function eventsOf(context: IWebhookFunctions): unknown[] {
	const chosen = [context.getNodeParameter('events', EVENTS) as unknown].flat();
	if (EVENTS.some((event) => chosen.includes(event))) return chosen;
	throw invalidInput(`Events names none of ${EVENTS.join(', ')}`);
}

/**
 * Empty where every call is listened to.
 * @throws where an expression comes to nothing, which must not open the address to everybody
 */
function secretOf(context: IWebhookFunctions): string {
	const secret = String(context.getNodeParameter('secret', '') ?? '').trim();
	const typed = String(context.getNode().parameters.secret ?? '')
		.replace(/^=/, '')
		.trim();
	if (secret === '' && typed !== '') throw invalidInput('Secret is set, but comes to nothing');
	if (/\p{Surrogate}/u.test(secret)) throw invalidInput('Secret holds what no URL can hold');
	return secret;
}

/** Never throws, since nobody would see it: n8n's log has what went wrong. */
async function itemsAfterCall(
	context: IWebhookFunctions,
	clock: Clock,
): Promise<INodeExecutionData[]> {
	const shared = sharedBy(context, clock);
	let conceal: Conceal = (text) => shared.conceal(text);
	let log = callLogOf(context, shared.logLimit, conceal);
	let taskId: string | undefined;
	try {
		const secret = secretOf(context);
		if (secret !== '' && !carriesSecret(context.getQueryData(), secret)) {
			dropStranger(log, shared, secret);
			return [];
		}
		const withoutSecret = secretConcealer(secret);
		conceal = (text) => withoutSecret(shared.conceal(text));
		log = callLogOf(context, shared.logLimit, conceal);
		const settings = settingsOf(context);
		taskId = readCalledTaskId(context.getBodyData());
		if (taskId !== undefined) {
			return await itemsAbout(taskId, { context, clock, settings, shared, conceal, log });
		}
		log.dropped(undefined, 'no task ID was found in it');
	} catch (error) {
		log.trouble(taskId, error);
	}
	return [];
}

/** The first time at a level that is seen: it may be the gateway, with a Notify Hook of the time before the secret. */
function dropStranger(log: CallLog, shared: Shared, secret: string): void {
	if (shared.missedSecret === secret) {
		log.dropped(undefined, 'its address does not carry the Secret');
		return;
	}
	shared.missedSecret = secret;
	log.warn(
		'a call was dropped, since its address does not carry the Secret, and others will be without another warning. If the gateway made it, copy the production URL of the trigger into Notify Hook again.',
	);
}

interface CallTools {
	context: IWebhookFunctions;
	clock: Clock;
	settings: Settings;
	shared: Shared;
	/** Takes the key and the secret out of what is shown. */
	conceal: Conceal;
	log: CallLog;
}

async function itemsAbout(
	taskId: string,
	{ context, clock, settings, shared, conceal, log }: CallTools,
): Promise<INodeExecutionData[]> {
	const { calledTasks, downloads } = shared;
	const memory = context.getWorkflowStaticData('node') as SavedMemory;
	if (!isTest(context)) calledTasks.recall(memory);
	let opened: Gateway | undefined;
	const tasks = await calledTasks.outcomesAfter({
		taskId,
		open: async () => {
			const gateway = (opened = await openGateway(context));
			shared.conceal = gateway.conceal;
			return async (id) => await pollTask(gateway, id);
		},
		onTrouble: log.trouble,
		onDropped: log.dropped,
	});
	const gateway = opened;
	if (!gateway || !tasks.length) return [];
	if (!isTest(context)) calledTasks.save(memory);
	const tools = { context, gateway, clock, downloads, log: logOf(context, undefined, conceal) };
	const items = await Promise.allSettled(
		tasks.map(async (task) => {
			const event = task.phase === 'failed' ? 'failed' : 'finished';
			if (settings.events.includes(event)) {
				const item = await itemOf(tools, task, settings);
				return [{ ...item, json: concealed(item.json, conceal) }];
			}
			log.dropped(task.id, `it has ${event}, which is not among the Events`);
			return [];
		}),
	);
	// One that cannot be put out takes none of the others along.
	return items.flatMap((item, index) => {
		if (item.status === 'fulfilled') return item.value;
		log.trouble(tasks[index]?.id, item.reason);
		return [];
	});
}

async function itemOf(
	tools: DeliveryTools,
	task: Task,
	settings: Settings,
): Promise<INodeExecutionData> {
	return await deliver(tools, task, settings).catch(async (error: unknown) => {
		// The task is reported once: without its file rather than never.
		const { json } = await deliver(tools, task, { ...settings, download: false });
		return { json: { ...json, download_error: toSoraFailure(error).headline } };
	});
}
