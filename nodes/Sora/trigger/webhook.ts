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
import { concealed } from '../gateway/secrecy';
import { openGateway, type Gateway } from '../gateway/transport';
import { systemClock, type Clock } from '../tasks/clock';
import { limiter } from '../tasks/limiter';
import { CalledTasks } from './calledTasks';
import type { SavedMemory } from './reported';
import { carriesSecret, withoutSecret } from './secret';

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

interface Shared {
	calledTasks: CalledTasks;
	downloads: DeliveryTools['downloads'];
}

/** One for each trigger node in this process: calls about the same task come within moments. */
const sharedByNode = new Map<string, Shared>();

/** Whoever tries the address in the editor calls again with the same task, and wants to see it again. */
const isTest = (context: IWebhookFunctions) => context.getMode() === 'manual';

function sharedBy(context: IWebhookFunctions, clock: Clock): Shared {
	const fresh = () => ({
		calledTasks: new CalledTasks(clock),
		downloads: limiter(DOWNLOADS_AT_ONCE),
	});
	if (isTest(context)) return fresh();
	const key = `${context.getWorkflow().id} ${context.getNode().id}`;
	const shared = sharedByNode.get(key) ?? fresh();
	sharedByNode.set(key, shared);
	return shared;
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
	/** Empty where every call is listened to. */
	secret: string;
}

/** Read before anything is asked: what was asked for is reported, and would be lost with an error that comes later. */
function settingsOf(context: IWebhookFunctions): Settings {
	return {
		secret: secretOf(context),
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

/** An expression that comes to nothing must not open the address to everybody. */
function secretOf(context: IWebhookFunctions): string {
	const secret = String(context.getNodeParameter('secret', '') ?? '').trim();
	const typed = String(context.getNode().parameters.secret ?? '')
		.replace(/^=/, '')
		.trim();
	if (secret === '' && typed !== '') throw invalidInput('Secret is set, but comes to nothing');
	if (/\p{Surrogate}/u.test(secret)) throw invalidInput('Secret holds what no URL can hold');
	return secret;
}

/** Longer ones are cut: they come from outside, and the log is for reading. */
const LONGEST_ID_IN_LOG = 80;

/** What n8n's log says of calls that lead to nothing. Of a call itself, only the task ID is repeated. */
function reportsOf(context: IWebhookFunctions, secret = '') {
	const node = context.getNode().name;
	const short = (taskId: string) =>
		taskId.length > LONGEST_ID_IN_LOG
			? `${[...taskId].slice(0, LONGEST_ID_IN_LOG).join('')}…`
			: taskId;
	const callAbout = (taskId: string | undefined) =>
		`Sora Trigger: a call${taskId === undefined ? '' : ` about task ${short(taskId)}`}`;
	const facts = (taskId: string | undefined) => ({
		node,
		...(taskId !== undefined && { taskId: short(taskId) }),
	});
	const dropped = (taskId: string | undefined, why: string) =>
		context.logger.debug(`${callAbout(taskId)} was dropped: ${why}`, facts(taskId));
	const trouble = (taskId: string | undefined, reason: unknown) => {
		const failure = toSoraFailure(reason);
		if (failure.category === 'task_not_found') {
			dropped(taskId, 'the gateway does not know it');
			return;
		}
		const headline = failure.headline.replace(` (task ${taskId})`, '');
		context.logger.warn(
			`${callAbout(taskId)} led to nothing. ${withoutSecret(headline, secret)}`,
			facts(taskId),
		);
	};
	return { dropped, trouble };
}

type Reports = ReturnType<typeof reportsOf>;

/** Never throws, since nobody would see it: n8n's log has what went wrong. */
async function itemsAfterCall(
	context: IWebhookFunctions,
	clock: Clock,
): Promise<INodeExecutionData[]> {
	let reports = reportsOf(context);
	let taskId: string | undefined;
	try {
		const settings = settingsOf(context);
		reports = reportsOf(context, settings.secret);
		if (settings.secret !== '' && !carriesSecret(context.getQueryData(), settings.secret)) {
			reports.dropped(undefined, 'its address does not carry the Secret');
			return [];
		}
		taskId = readCalledTaskId(context.getBodyData());
		if (taskId === undefined) {
			reports.dropped(undefined, 'no task ID was found in it');
			return [];
		}
		return await itemsAbout(taskId, context, { clock, settings, reports });
	} catch (error) {
		reports.trouble(taskId, error);
		return [];
	}
}

async function itemsAbout(
	taskId: string,
	context: IWebhookFunctions,
	{ clock, settings, reports }: { clock: Clock; settings: Settings; reports: Reports },
): Promise<INodeExecutionData[]> {
	const { calledTasks, downloads } = sharedBy(context, clock);
	const memory = context.getWorkflowStaticData('node') as SavedMemory;
	if (!isTest(context)) calledTasks.recall(memory);
	let opened: Gateway | undefined;
	const tasks = await calledTasks.outcomesAfter({
		taskId,
		open: async () => {
			const gateway = (opened = await openGateway(context));
			return async (id) => await pollTask(gateway, id);
		},
		onTrouble: reports.trouble,
		onDropped: reports.dropped,
	});
	const gateway = opened;
	if (!gateway || !tasks.length) return [];
	if (!isTest(context)) calledTasks.save(memory);
	const tools = { context, gateway, clock, downloads, log: logOf(context) };
	const items = await Promise.allSettled(
		tasks.map(async (task) => {
			const event = task.phase === 'failed' ? 'failed' : 'finished';
			if (settings.events.includes(event)) return [await itemOf(tools, task, settings)];
			reports.dropped(task.id, `it has ${event}, which is not among the Events`);
			return [];
		}),
	);
	// One that cannot be put out takes none of the others along.
	return items.flatMap((item, index) => {
		if (item.status === 'fulfilled') return item.value;
		reports.trouble(tasks[index]?.id, item.reason);
		return [];
	});
}

async function itemOf(
	tools: DeliveryTools,
	task: Task,
	settings: Settings,
): Promise<INodeExecutionData> {
	const item = await deliver(tools, task, settings).catch(async (error: unknown) => {
		// The task is reported once: without its file rather than never.
		const { json } = await deliver(tools, task, { ...settings, download: false });
		return { json: { ...json, download_error: toSoraFailure(error).headline } };
	});
	const json = concealed(item.json, tools.gateway.conceal);
	return { ...item, json: withoutSecret(json, settings.secret) };
}
