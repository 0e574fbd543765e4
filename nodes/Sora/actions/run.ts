import type { IExecuteFunctions } from 'n8n-workflow';

import { pollTask } from '../gateway/client';
import type { Task } from '../gateway/contract';
import { printable } from '../gateway/printable';
import { concealed } from '../gateway/secrecy';
import { openGateway, type Gateway } from '../gateway/transport';
import { field, ItemParameters } from './fields';
import { logOf, type Log } from './log';
import { systemClock, type Clock } from '../tasks/clock';
import { digestOf, Ledger, type Memory } from '../tasks/ledger';
import { Uploads } from '../media/uploads';
import { resumeUrlOf } from '../parking/engineRequest';
import { limiter } from '../tasks/limiter';
import { Presses } from './testing';
import { TaskPoller } from '../tasks/poller';
import { RecentPurchases } from '../tasks/recentPurchases';
import { Waiting, type Turn } from './waiting';

/** Videos downloaded at the same time: they share one line, and links live long enough for a queue. */
export const DOWNLOADS_AT_ONCE = 3;

/** What the items of one execution share. */
export interface Run {
	readonly context: IExecuteFunctions;
	readonly clock: Clock;
	readonly gateway: Gateway;
	/** Ends when the user stops the execution, or when an item failed and the node is about to. */
	readonly signal: AbortSignal;
	readonly poller: TaskPoller;
	readonly ledger: Ledger;
	readonly submissions: <T>(job: () => Promise<T>) => Promise<T>;
	readonly downloads: <T>(job: () => Promise<T>) => Promise<T>;
	/** Input files are read in turn, so that one of them lies in memory at a time. */
	readonly reads: <T>(job: () => Promise<T>) => Promise<T>;
	readonly uploads: Uploads;
	/** An AI agent calls the node: answers are small JSON, never a file. */
	readonly isTool: boolean;
	/** Task of each item, for errors that end the whole node. */
	readonly accepted: Map<number, string>;
	readonly log: Log;
	/** How its items wait for their tasks. */
	readonly waiting: Waiting;
	/** Somebody started the execution in the editor. */
	readonly isManual: boolean;
	readonly presses: Presses;
}

export const maxSubmissionsField = field({
	displayName: 'Max Concurrent Submissions',
	name: 'maxConcurrentSubmissions',
	type: 'number',
	typeOptions: { minValue: 1, numberPrecision: 0 },
	default: 5,
	description:
		'How many items are submitted at the same time. All of them are waited for together.',
});

/** An option of operations that buy, read once for all items. */
function submissionsAtOnce(context: IExecuteFunctions): number {
	const options = { name: 'options', options: [maxSubmissionsField] };
	const set = new ItemParameters(context, 0, [options]).number(
		`options.${maxSubmissionsField.name}`,
	);
	return Math.max(1, set ?? maxSubmissionsField.default);
}

const recentPurchases = new RecentPurchases();

/**
 * Of this node in this execution. Its resume address tells executions apart better than a number would; without an ID
 * they have one address, and nothing that writes an older state back.
 */
function memoryOf(context: IExecuteFunctions, clock: Clock): Memory | undefined {
	if (!context.getExecutionId()) return undefined;
	let prefix: string | undefined;
	const keyOf = (key: string) => {
		prefix ??= `${resumeUrlOf(context)} ${context.getNode().id}`;
		return `${prefix} ${key}`;
	};
	return {
		find: (key) => recentPurchases.find(keyOf(key), clock.now()),
		remember: (key, purchase) => recentPurchases.remember(keyOf(key), purchase),
		forget: (key) => recentPurchases.forget(keyOf(key)),
	};
}

/** See the ledger. Each item's is made once, where it is needed at all. */
function originOf(
	context: IExecuteFunctions,
	{ address }: Gateway,
): (itemIndex: number) => string | undefined {
	const known = new Map<number, string | undefined>();
	const make = (itemIndex: number) => {
		const { parameters } = context.getNode();
		const json = context.getInputData()[itemIndex]?.json;
		try {
			return digestOf(address, { parameters, json });
		} catch {
			// An item may hold what is no JSON.
			return undefined;
		}
	};
	return (itemIndex) => {
		if (!known.has(itemIndex)) known.set(itemIndex, make(itemIndex));
		return known.get(itemIndex);
	};
}

export async function startRun(
	context: IExecuteFunctions,
	turn: Turn,
	ending: AbortSignal,
	clock: Clock = systemClock,
): Promise<Run> {
	const gateway = await openGateway(context);
	const cancel = context.getExecutionCancelSignal();
	const signal = cancel ? AbortSignal.any([cancel, ending]) : ending;
	const log = logOf(context, context.getExecutionId(), gateway.conceal);
	const isManual = context.getMode() === 'manual';
	const executionId = String(context.getExecutionId() ?? '');
	const runIndex = Number(context.getWorkflowDataProxy(0).$runIndex ?? 0);
	const isTool = context.getNode().type.endsWith('Tool') || context.isToolExecution?.() === true;
	const onPoll = (task: Task, polls: number) =>
		context.logger.debug(
			printable(gateway.conceal(`Sora task ${task.id}: ${task.status}`)),
			concealed(
				{ taskId: task.id, status: task.status, progress: task.progress, polls },
				gateway.conceal,
			),
		);
	const poller = new TaskPoller({
		poll: async (taskId, limitMs) => await pollTask(gateway, taskId, limitMs),
		clock,
		signal,
		onPoll,
	});
	const memory = isTool ? undefined : memoryOf(context, clock);
	const caller = {
		runIndex,
		executionId,
		isTool,
		...(!isTool && { originOf: originOf(context, gateway) }),
	};
	const tools = { context, clock, poller, log, gateway };
	const waiting = new Waiting(tools, turn, context.getInputData().length);
	return {
		context,
		clock,
		gateway,
		signal,
		poller,
		ledger: new Ledger(context.getContext('node'), caller, memory),
		submissions: limiter(submissionsAtOnce(context)),
		downloads: limiter(DOWNLOADS_AT_ONCE),
		reads: limiter(1),
		uploads: new Uploads({ gateway, clock, signal, log }),
		isTool,
		accepted: waiting.tasks,
		log,
		waiting,
		isManual,
		presses: new Presses(
			isManual,
			`${context.getWorkflow().id} ${context.getNode().id}`,
			executionId,
			runIndex,
			() => clock.now(),
		),
	};
}
