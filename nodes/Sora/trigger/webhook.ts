/** From a call by the gateway to the items that start the workflow. */
import type { INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { logOf } from '../actions/log';
import { toSoraFailure } from '../actions/nodeErrors';
import { MAX_DOWNLOADS } from '../actions/run';
import { deliver } from '../actions/video/item';
import { readCalledTaskId } from '../gateway/taskId';
import { pollTask } from '../gateway/client';
import { invalidInput } from '../gateway/failures';
import { concealed, type Conceal } from '../gateway/secrecy';
import { openGateway, type Gateway } from '../gateway/credential';
import { readSwitch } from '../gateway/models';
import { systemClock, type Clock } from '../flow/clock';
import { limiter } from '../flow/limiter';
import { CalledTasks } from './calledTasks';
import { CallLog } from './callLog';
import { Reported, type SavedMemory } from './reported';
import { EVENTS } from '../panel/trigger';
import { carriesSecret, secretConcealer } from './secret';

/** Answers the gateway at once, then starts the workflow if the call leads to something new. Never throws. */
export async function answerCall(
	context: IWebhookFunctions,
	clock: Clock = systemClock,
): Promise<IWebhookResponseData> {
	// The same answer to every call: the gateway need not wait, and nobody learns which tasks exist.
	context.getResponseObject().status(200).json({ received: true });
	const items = await triggerOf(context, clock).itemsAfterCall(context);
	return { noWebhookResponse: true, ...(items.length && { workflowData: [items] }) };
}

const triggers = new Map<string, Trigger>();

function triggerOf(context: IWebhookFunctions, clock: Clock): Trigger {
	// A user who tests the URL in the editor calls with the same task again, and wants to see it again.
	if (context.getMode() === 'manual') return new Trigger(clock, {});
	const key = `${context.getWorkflow().id} ${context.getNode().id}`;
	const trigger = triggers.get(key) ?? new Trigger(clock);
	triggers.set(key, trigger);
	return trigger;
}

/** A trigger node in this process. */
class Trigger {
	private readonly reported = new Reported();
	private readonly log: CallLog;
	private readonly calledTasks: CalledTasks;
	private readonly downloads = limiter(MAX_DOWNLOADS);
	/** Masks the key once the credential was read. */
	private concealKey: Conceal = (text) => text;
	private concealSecret: Conceal = (text) => text;
	private readonly conceal: Conceal = (text) => this.concealSecret(this.concealKey(text));
	/** The secret for which a call without it was logged as a warning. */
	private warnedAbout?: string;

	/** @param memory overrides what is saved with the workflow */
	constructor(
		private readonly clock: Clock,
		private readonly memory?: SavedMemory,
	) {
		this.log = new CallLog(clock, this.conceal);
		this.calledTasks = new CalledTasks(clock, this.reported, this.log);
	}

	/** Never throws, since nobody would see it: failures are logged in n8n's log. */
	async itemsAfterCall(context: IWebhookFunctions): Promise<INodeExecutionData[]> {
		let taskId: string | undefined;
		this.log.writeTo(context);
		try {
			if (!this.accepts(context)) return [];
			const settings = settingsOf(context);
			taskId = readCalledTaskId(context.getBodyData());
			if (taskId !== undefined) return await this.itemsAbout(taskId, context, settings);
			this.log.dropped(undefined, 'no task ID was found in it');
		} catch (error) {
			this.log.trouble(taskId, error);
		}
		return [];
	}

	/** @throws if the secret is an expression without a value, which must not accept every call */
	private accepts(context: IWebhookFunctions): boolean {
		const secret = String(context.getNodeParameter('secret', '') ?? '').trim();
		const isSet = /[^=\s]/.test(String(context.getNode().parameters.secret ?? ''));
		if (secret === '' && isSet) throw invalidInput('Secret is an expression without a value');
		this.concealSecret = secretConcealer(secret);
		if (secret === '' || carriesSecret(context.getQueryData(), secret)) return true;
		// Warns once: it may be the gateway, with a Notify Hook from before the secret was set.
		const level = this.warnedAbout === secret ? 'debug' : 'warn';
		this.warnedAbout = secret;
		this.log.dropped(undefined, WITHOUT_SECRET, level);
		return false;
	}

	private async itemsAbout(
		taskId: string,
		context: IWebhookFunctions,
		settings: ReturnType<typeof settingsOf>,
	): Promise<INodeExecutionData[]> {
		const { clock, downloads, conceal } = this;
		const memory: SavedMemory = this.memory ?? context.getWorkflowStaticData('node');
		this.reported.read(memory);
		let gateway: Gateway | undefined;
		const open = async () => {
			const opened = (gateway = await openGateway(context));
			this.concealKey = opened.conceal;
			return async (id: string) => await pollTask(opened, id);
		};
		const tasks = await this.calledTasks.outcomesAfter(taskId, open);
		if (!gateway || !tasks.length) return [];
		this.reported.write(memory, conceal);
		const tools = { context, gateway, clock, downloads, log: logOf(context, undefined, conceal) };
		const items = tasks.map(async (task) => {
			const event = task.phase === 'failed' ? 'failed' : 'finished';
			if (!settings.events.includes(event)) {
				this.log.dropped(task.id, `the task has ${event}, which is not among the Events`);
				return [];
			}
			const item = await deliver(tools, task, settings).catch(async (error: unknown) => {
				// Reported only once, so better without the file than never.
				const { json } = await deliver(tools, task, { ...settings, download: false });
				return { json: { ...json, download_error: toSoraFailure(error).headline } };
			});
			return [{ ...item, json: concealed(item.json, conceal) }];
		});
		return (await Promise.all(items)).flat();
	}
}

const WITHOUT_SECRET =
	'its URL does not carry the Secret. If the gateway made it, copy the production URL of the trigger into Notify Hook again. Further ones are dropped without a warning.';

/** Read before the gateway is polled: an outcome is reported once, so a later error would lose it. */
function settingsOf(context: IWebhookFunctions) {
	const events = [context.getNodeParameter('events', EVENTS) as unknown].flat();
	if (!EVENTS.some((event) => events.includes(event))) {
		throw invalidInput(`Events names none of ${EVENTS.join(', ')}`);
	}
	return {
		events,
		download: readSwitch(context.getNodeParameter('downloadVideo', false)) === true,
		binaryProperty: String(context.getNodeParameter('binaryPropertyOutput', 'data') || 'data'),
		simplify: readSwitch(context.getNodeParameter('simplify', true)) !== false,
	};
}
