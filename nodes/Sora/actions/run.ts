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
import { Presses } from './testing';
import { TaskPoller } from '../tasks/poller';
import { Waiting, type Performed, type Turn } from './waiting';

/** Videos downloaded at the same time: they share one line, and links live long enough for a queue. */
export const DOWNLOADS_AT_ONCE = 3;
const REQUESTS_AT_ONCE = 5;

/** What the items of one execution share. */
export type Run = Awaited<ReturnType<typeof startRun>>;

/** @throws {SoraFailure} where the gateway cannot be opened, or is another one than that of the turn before */
export async function startRun(context: IExecuteFunctions, turn: Turn, clock: Clock) {
	const gateway = await openGateway(context);
	const log = logOf(context, context.getExecutionId(), gateway.conceal);
	/** What the failure of one item may put an end to. */
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
		/** Ends when the user stops the execution, or when an item failed and the node is about to. */
		signal,
		/** Once it is aborted, nothing more is bought, nor uploaded to be bought. */
		buying,
		/** For requests that cost nothing, a single poll say. */
		requests: limiter(REQUESTS_AT_ONCE),
		downloads: limiter(DOWNLOADS_AT_ONCE),
		/** Input files are read in turn, so that one of them lies in memory at a time. */
		reads: limiter(1),
		uploads: new Uploads({ gateway, clock, signal: buying, log }),
		/** An AI agent calls the node: answers are small JSON, never a file. */
		isTool: isToolCall(context),
		/** How its items wait for their tasks. */
		waiting: new Waiting({ context, clock, poller, log, gateway, buying }, turn),
		/** What is bought, by item. */
		plans: new Map<number, Plan>(),
		presses: new Presses(context, clock, isTest(context, ledger), gateway.account),
	};
}

/** What is to be done for an item, once all items are read. */
export interface Job {
	/** Where it buys. */
	request?: PaidRequest;
	/** Several items are under way at the same time. */
	perform(): Promise<Performed>;
}

export interface Operation {
	costsMoney?: true;
	/**
	 * Reads and judges the parameters of an item. Sends nothing: all items are prepared before the first one is paid for.
	 * @throws {SoraFailure} invalid_input
	 */
	prepare(run: Run, p: Parameters): Job | Promise<Job>;
	/**
	 * Made once a run. Adds what the user needs to know of a failure, once everything has ended: it may ask the gateway,
	 * and never throws.
	 */
	explainer?(run: Run): (failure: SoraFailure) => Promise<SoraFailure>;
}

/** The task of an item, as soon as it has one. */
export const taskIdOf = ({ plans, waiting }: Run, itemIndex: number): string | undefined =>
	plans.get(itemIndex)?.purchased?.taskId ?? waiting.taskOf(itemIndex)?.taskId;

/** A single free request of an item, a poll say, repeated through transient failures. */
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
