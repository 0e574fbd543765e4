import type { IExecuteFunctions } from 'n8n-workflow';

import { pollTask } from '../gateway/client';
import type { Task } from '../gateway/contract';
import { printable } from '../gateway/printable';
import { concealed } from '../gateway/secrecy';
import { openGateway, type Gateway } from '../gateway/credential';
import { field, ItemParameters } from './fields';
import { logOf, type Log } from './log';
import { systemClock, type Clock } from '../flow/clock';
import { digestOf, Ledger, type Memory } from '../tasks/ledger';
import { Uploads } from '../media/uploads';
import { resumeUrlOf } from '../parking/engineRequest';
import { limiter } from '../flow/limiter';
import { Presses } from './testing';
import { TaskPoller } from '../tasks/poller';
import { RecentPurchases } from '../tasks/recentPurchases';
import { RenderTimes } from '../tasks/renderTimes';
import { isToolCall, Waiting, type Turn } from './waiting';

/** Videos downloaded at the same time: they share one line, and links live long enough for a queue. */
export const DOWNLOADS_AT_ONCE = 3;

/** What the items of one execution share. */
export interface Run {
	readonly context: IExecuteFunctions;
	readonly clock: Clock;
	readonly gateway: Gateway;
	/** Ends when the user stops the execution, or when an item failed and the node is about to. */
	readonly signal: AbortSignal;
	/** Once it is aborted, nothing more is bought, nor uploaded to be bought. */
	readonly buying: AbortSignal;
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

/**
 * A call that wakes a parked execution may write an older state of it back over what has happened since: a node that comes
 * again then finds an empty ledger.
 */
const recentPurchases = new RecentPurchases();
/** Of executions that somebody stopped: n8n keeps no more of them than what they began with, and lets them be retried. */
const stoppedPurchases = new RecentPurchases(1_000, 24 * 3_600_000);

const nodeKey = (context: IExecuteFunctions, key: string) =>
	`${context.getWorkflow().id} ${context.getNode().id} ${key}`;

/** One for each process. */
const renderTimes = new RenderTimes(() => systemClock.now());

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
	const isRetry = context.getMode() === 'retry';
	return {
		find: (key) =>
			recentPurchases.find(keyOf(key), clock.now()) ??
			(isRetry ? stoppedPurchases.find(nodeKey(context, key), clock.now()) : undefined),
		remember(key, purchase) {
			recentPurchases.remember(keyOf(key), purchase);
			// Taken up: the next retry is that of another execution.
			if (isRetry) stoppedPurchases.forget(nodeKey(context, key));
		},
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

/** The execution was stopped: a retry of it finds here what n8n has not kept. */
export function rememberStopped({ context, ledger }: Pick<Run, 'context' | 'ledger'>): void {
	for (const [key, purchase] of ledger.purchases()) {
		stoppedPurchases.remember(nodeKey(context, key), purchase);
	}
}

/** By the context of a node, which all turns of a loop share, and with it what they have bought. */
const watchedForStop = new WeakMap<object, AbortSignal>();

/** What the failure of one item may put an end to. */
export interface Ends {
	readonly waiting: AbortController;
	readonly buying: AbortController;
}

export async function startRun(
	context: IExecuteFunctions,
	turn: Turn,
	ends: Ends,
	clock: Clock = systemClock,
): Promise<Run> {
	const gateway = await openGateway(context);
	const cancel = context.getExecutionCancelSignal();
	const any = (...signals: AbortSignal[]) =>
		AbortSignal.any(cancel ? [cancel, ...signals] : signals);
	const signal = any(ends.waiting.signal);
	const buying = any(ends.buying.signal, ends.waiting.signal);
	const log = logOf(context, context.getExecutionId(), gateway.conceal);
	const isManual = context.getMode() === 'manual';
	const executionId = String(context.getExecutionId() ?? '');
	const runIndex = Number(context.getWorkflowDataProxy(0).$runIndex ?? 0);
	const isTool = isToolCall(context);
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
		renderTimes,
		onPoll,
	});
	const memory = isTool ? undefined : memoryOf(context, clock);
	const caller = {
		runIndex,
		executionId,
		isTool,
		...(!isTool && { originOf: originOf(context, gateway) }),
	};
	const nodeContext = context.getContext('node');
	const ledger = new Ledger(nodeContext, caller, memory);
	if (cancel && watchedForStop.get(nodeContext) !== cancel) {
		watchedForStop.set(nodeContext, cancel);
		// Also where it is stopped in a later node.
		cancel.addEventListener('abort', () => rememberStopped({ context, ledger }), { once: true });
	}
	const tools = { context, clock, poller, log, gateway };
	const waiting = new Waiting(tools, turn, context.getInputData().length);
	return {
		context,
		clock,
		gateway,
		signal,
		buying,
		poller,
		ledger,
		submissions: limiter(submissionsAtOnce(context)),
		downloads: limiter(DOWNLOADS_AT_ONCE),
		reads: limiter(1),
		uploads: new Uploads({ gateway, clock, signal: buying, log }),
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
