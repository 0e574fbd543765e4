import type { IExecuteFunctions } from 'n8n-workflow';

import { pollTask } from '../gateway/client';
import { openGateway, type Gateway } from '../gateway/credential';
import type { FailureFacts } from '../gateway/failures';
import { ATTEMPTS } from '../gateway/timeouts';
import { logOf, type Log } from './log';
import { systemClock, type Clock } from '../flow/clock';
import type { Ledger } from '../tasks/ledger';
import { Uploads } from '../media/uploads';
import { limiter } from '../flow/limiter';
import { retry } from '../flow/retry';
import type { Plan } from './purchase';
import { PurchaseHints } from './purchaseHints';
import { openLedger, purposeOf, runIndexOf, scopeOf } from './runMemory';
import { Presses } from './testing';
import { TaskPoller } from '../tasks/poller';
import { isToolCall, type Turn } from './turn';
import { Waiting } from './waiting';

/** Videos downloaded at the same time: they share one line, and links live long enough for a queue. */
export const DOWNLOADS_AT_ONCE = 3;
const REQUESTS_AT_ONCE = 5;

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
	/** For requests that cost nothing, a single poll say. */
	readonly requests: <T>(job: () => Promise<T>) => Promise<T>;
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
	/** What is bought, by item. */
	readonly plans: Map<number, Plan>;
	/** How often each task ID was bought. */
	readonly purchasesOf: Map<string, number>;
	readonly presses: Presses;
	readonly hints: PurchaseHints;
}

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
	const isTool = isToolCall(context);
	const poller = new TaskPoller({
		poll: async ({ taskId, order }, limitMs) => await pollTask(gateway, taskId, limitMs, order),
		clock,
		signal,
	});
	const ledger = openLedger(context, gateway);
	const now = () => clock.now();
	const tools = { context, clock, poller, log, gateway, buying };
	const waiting = new Waiting(tools, turn, context.getInputData().length);
	return {
		context,
		clock,
		gateway,
		signal,
		buying,
		poller,
		ledger,
		requests: limiter(REQUESTS_AT_ONCE),
		downloads: limiter(DOWNLOADS_AT_ONCE),
		reads: limiter(1),
		uploads: new Uploads({ gateway, clock, signal: buying, log }),
		isTool,
		accepted: waiting.tasks,
		log,
		waiting,
		plans: new Map(),
		purchasesOf: new Map(),
		presses: new Presses(
			context,
			purposeOf(context, ledger),
			`${scopeOf(context)} ${gateway.account}`,
			runIndexOf(context),
			now,
		),
		hints: new PurchaseHints(now),
	};
}

/** A single free request of an item, a poll say, repeated through transient failures. */
export const askedOnce = async <T>(
	{ requests, clock, signal }: Run,
	ask: () => Promise<T>,
	whenStopped: FailureFacts,
): Promise<T> => {
	const { singlePoll: attempts } = ATTEMPTS;
	return await requests(
		async () => await retry(ask, { attempts, repeats: 'free', clock, signal, whenStopped }),
	);
};
