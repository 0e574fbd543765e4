import type { IExecuteFunctions } from 'n8n-workflow';

import { pollTask } from '../gateway/client';
import { openGateway } from '../gateway/credential';
import type { FailureFacts, SoraFailure } from '../gateway/failures';
import { ATTEMPTS } from '../gateway/timeouts';
import { logOf } from './log';
import type { Clock } from '../flow/clock';
import { Uploads } from '../media/uploads';
import { limiter } from '../flow/limiter';
import { retry } from '../flow/retry';
import type { Parameters } from './parameters';
import type { PaidRequest, Plan } from './purchase';
import { isTest, isToolCall, openLedger } from './runMemory';
import { EditorTests } from './testing';
import { TaskPoller } from '../tasks/poller';
import { Waiting, type Performed, type Turn } from './waiting';

/** Maximum number of concurrent downloads: they share bandwidth, and links live long enough for a queue. */
export const MAX_DOWNLOADS = 3;
const MAX_REQUESTS = 5;

/** Shared by the items of one execution. */
export type Run = Awaited<ReturnType<typeof startRun>>;

/** @throws {SoraFailure} if the gateway cannot be opened, or is not that of the previous turn */
export async function startRun(context: IExecuteFunctions, turn: Turn, clock: Clock) {
	const gateway = await openGateway(context);
	const log = logOf(context, context.getExecutionId(), gateway.conceal);
	/** What the failure of one item may abort. */
	const ends = { waiting: new AbortController(), buying: new AbortController() };
	const cancel = context.getExecutionCancelSignal();
	const signal = AbortSignal.any([ends.waiting.signal, ...(cancel ? [cancel] : [])]);
	const buying = AbortSignal.any([ends.buying.signal, signal]);
	const poller = new TaskPoller({
		poll: async ({ taskId, order }, limitMs) => await pollTask(gateway, taskId, limitMs, order),
		clock,
		signal,
	});
	const ledger = openLedger(context, gateway);
	return {
		context,
		clock,
		gateway,
		log,
		poller,
		ledger,
		ends,
		/** Aborts when the user stops the execution, or when a failed item is about to end the node. */
		signal,
		/** Once it is aborted, nothing more is bought, or uploaded to be bought. */
		buying,
		/** For free requests, such as a single poll. */
		requests: limiter(MAX_REQUESTS),
		downloads: limiter(MAX_DOWNLOADS),
		/** Input files are read one at a time, so that only one is in memory. */
		reads: limiter(1),
		uploads: new Uploads({ gateway, clock, signal: buying, log }),
		/** An AI agent calls the node: answers are small JSON, never a file. */
		isTool: isToolCall(context),
		waiting: new Waiting({ context, clock, poller, log, gateway, buying }, turn),
		/** Purchases by item. */
		plans: new Map<number, Plan>(),
		editorTests: new EditorTests(context, clock, isTest(context, ledger), gateway.account),
	};
}

/** What to do for an item, once all items are read. */
export interface Job {
	/** Set if it buys. */
	request?: PaidRequest;
	/** Runs concurrently with other items. */
	perform(): Promise<Performed>;
}

export interface Operation {
	costsMoney?: true;
	/**
	 * Reads and checks the parameters of an item. Sends nothing: all items are prepared before the first purchase.
	 * @throws {SoraFailure} invalid_input
	 */
	prepare(run: Run, p: Parameters): Job | Promise<Job>;
	/**
	 * Created once per run. Adds an explanation to a failure, once everything has ended: it may query the gateway, and
	 * never throws.
	 */
	explainer?(run: Run): (failure: SoraFailure) => Promise<SoraFailure>;
}

/** The item's task, as soon as there is one. */
export const taskIdOf = ({ plans, waiting }: Run, itemIndex: number): string | undefined =>
	plans.get(itemIndex)?.purchased?.taskId ?? waiting.taskOf(itemIndex)?.taskId;

/** A single free request of an item, such as a poll, retried through transient failures. */
export const askedOnce = async <T>(
	{ requests, clock, signal }: Run,
	ask: () => Promise<T>,
	whenStopped?: FailureFacts,
): Promise<T> => {
	const { singlePoll: attempts } = ATTEMPTS;
	return await requests(
		async () => await retry(ask, { attempts, repeats: 'free', clock, signal, whenStopped }),
	);
};
