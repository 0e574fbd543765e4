/** The item loop, Continue On Fail and item linking, for every operation. */
import type {
	EngineResponse,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	NodeOutput,
} from 'n8n-workflow';

import { invalidInput, SoraFailure } from '../gateway/failures';
import { printable } from '../gateway/printable';
import { concealed, concealedFailure } from '../gateway/secrecy';
import { systemClock, type Clock } from '../flow/clock';
import { fieldsOf } from '../panel';
import { NodeEntry } from '../parking/engineRequest';
import { createCharacter } from './createCharacter';
import { getQuota } from './getQuota';
import { logOf } from './log';
import { firstNamed, MAX_NAMED, toNodeError, toSoraFailure } from './nodeErrors';
import { failedItemFields } from './output';
import { parameterReader } from './parameters';
import { planPurchases, sharedTaskIds } from './purchase';
import { purchaseHints } from './purchaseHints';
import { startRun, taskIdOf, type Job, type Operation, type Run } from './run';
import { isToolCall } from './runMemory';
import { upload } from './upload';
import { generate } from './video/generate';
import { get } from './video/get';
import { Unfinished, type Result, type Turn } from './waiting';

/** By resource and operation in the panel. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
	'video generate': generate,
	'video get': get,
	'character create': createCharacter,
	'file upload': upload,
	'account getQuota': getQuota,
};

interface Work extends Operation {
	fields: INodeProperties[];
}

function workOf(context: IExecuteFunctions): Work {
	const [resource, operation] = ['resource', 'operation'].map((name) =>
		String(context.getNodeParameter(name, 0)),
	);
	const fields = fieldsOf(resource, operation);
	const found = OPERATIONS[`${resource} ${operation}`];
	if (fields && found) return { ...found, fields };
	const unknown = `there is no operation "${operation}" for the resource "${resource}"`;
	throw toNodeError(context, invalidInput(unknown));
}

/** @param response the engine's response to this node's own requests; unset outside n8n's engine */
export async function routeItems(
	context: IExecuteFunctions,
	clock: Clock = systemClock,
	response?: EngineResponse,
): Promise<NodeOutput> {
	const entry = isToolCall(context) ? undefined : new NodeEntry(context, response, clock.now());
	if (entry?.actionId) return await entry.act();
	if (context.getInputData().length === 0) return [[]];
	const work = workOf(context);
	if (!entry) return await runTurn(context, work, { parks: false }, clock);
	// An unknown value is rejected with the item's other parameters.
	const wantsParking =
		work.fields.some(({ name }) => name === 'waiting') &&
		context.getNodeParameter('waiting', 0, null) === 'parked';
	const obstacle = wantsParking ? entry.findObstacle() : undefined;
	const parks = wantsParking && obstacle === undefined;
	if (parks && !entry.isProbed) return entry.probe();
	if (obstacle !== undefined) {
		const message = `Waited in the node instead of being parked: ${obstacle}.`;
		logOf(context, context.getExecutionId())(`Sora: ${message}`, {});
		context.addExecutionHints?.({ message, location: 'outputPane' });
	}
	return await entry.run(async () => await runTurn(context, work, { entry, parks }, clock));
}

async function runTurn(
	context: IExecuteFunctions,
	work: Work,
	turn: Turn,
	clock: Clock,
): Promise<NodeOutput> {
	const run = await startRun(context, turn, clock).catch(toSoraFailure);
	if (run instanceof SoraFailure) return outputOf(context, notStarted(context, work, turn, run));
	const results = await runItems(run, work);
	return run.waiting.nextTurn(results) ?? outputOf(context, results);
}

/** The gateway could not be opened: every item fails, with its task if an earlier turn left one. */
function notStarted(
	context: IExecuteFunctions,
	work: Work,
	turn: Turn,
	reason: SoraFailure,
): Result[] {
	const tasks = new Map(turn.entry?.carried?.tasks.map((task) => [task.itemIndex, task.taskId]));
	const isFirst = Object.keys(context.getContext('node')).length === 0;
	const failure = reason.about({ nothingBought: work.costsMoney && isFirst });
	if (!context.continueOnFail()) {
		throw toNodeError(context, failure, { otherTasks: [...tasks.values()] });
	}
	return context
		.getInputData()
		.map((_, itemIndex) => failure.about({ taskId: tasks.get(itemIndex) }));
}

const isFailure = (made: unknown): made is SoraFailure => made instanceof SoraFailure;

/** Items to prepare before n8n gets a chance to do other work. */
const BATCH_SIZE = 200;

/** Reads and checks all items; sends nothing. */
async function preparedJobs(run: Run, work: Work): Promise<Array<Job | SoraFailure>> {
	const parameters = parameterReader(run.context, work.fields);
	const prepare = async (itemIndex: number) => {
		// What failed in an earlier turn is not bought.
		const earlier = run.waiting.failureOf(itemIndex);
		try {
			return earlier ?? (await work.prepare(run, parameters(itemIndex)));
		} catch (error) {
			return toSoraFailure(error).about({ nothingBought: work.costsMoney });
		}
	};
	const jobs: Array<Promise<Job | SoraFailure>> = [];
	for (const itemIndex of run.context.getInputData().keys()) {
		const isBreak = itemIndex > 0 && itemIndex % BATCH_SIZE === 0;
		if (isBreak) await run.clock.sleep(0, run.signal).catch(() => undefined);
		jobs.push(prepare(itemIndex));
	}
	return await Promise.all(jobs);
}

/** Prepares all items before the first purchase, then performs them together. */
async function runItems(run: Run, work: Work): Promise<Result[]> {
	const { context, waiting, ends } = run;
	const { conceal } = run.gateway;
	const goesOn = context.continueOnFail();
	const jobs = await preparedJobs(run, work);
	const refused = jobs.findIndex(isFailure);
	if (refused >= 0 && !goesOn) throw nodeError(run, refusalOf(jobs), refused);
	const requests = jobs.flatMap((job) => (isFailure(job) ? [] : (job.request ?? [])));
	await planPurchases(run, requests).catch((error: unknown) => {
		throw nodeError(run, toSoraFailure(error));
	});
	const failed: Array<{ failure: SoraFailure; itemIndex: number }> = [];
	const performed = await Promise.all(
		jobs.map(async (job, itemIndex): Promise<Result> => {
			try {
				return isFailure(job) ? await Promise.reject(job) : await job.perform();
			} catch (error) {
				const failure = toSoraFailure(error);
				if (!goesOn) {
					failed.push({ failure, itemIndex });
					// Requests in flight still reach the ledger.
					ends.buying.abort();
					if (!failure.facts.ofPoll) ends.waiting.abort();
				}
				return failure;
			} finally {
				waiting.settled(itemIndex);
			}
		}),
	);
	logStop(run);
	const hints = concealed(purchaseHints(run, requests), conceal);
	if (hints.length) context.addExecutionHints?.(...hints);
	const explain = work.explainer?.(run);
	const explained = async (failure: SoraFailure, itemIndex: number) =>
		// A failure of an earlier turn was explained there.
		waiting.failureOf(itemIndex) ?? (await explain?.(failure)) ?? failure;
	const [first] = failed;
	if (first) throw nodeError(run, await explained(first.failure, first.itemIndex), first.itemIndex);
	const shared = sharedTaskIds(run);
	return await Promise.all(
		performed.map(async (made, itemIndex): Promise<Result> => {
			if (made instanceof Unfinished) return made;
			const taskId = taskIdOf(run, itemIndex);
			if (isFailure(made)) {
				const failure = await explained(made, itemIndex);
				return concealedFailure(failure.about({ taskId: failure.taskId ?? taskId }), conceal);
			}
			const note = shared.has(taskId ?? '') && { purchase_note: SHARED_TASK_ID };
			return { ...made, json: { ...concealed(made.json, conceal), ...note } };
		}),
	);
}

const SHARED_TASK_ID =
	'The gateway gave several purchases of this execution the same task ID. Ask it what became of the others.';

/** The first refusal with the others in its advice, so that a sheet can be fixed in one go. */
function refusalOf(jobs: ReadonlyArray<Job | SoraFailure>): SoraFailure {
	const [first, ...others] = jobs.flatMap((job, itemIndex) =>
		isFailure(job) ? [{ failure: job, itemIndex }] : [],
	);
	const { failure } = first ?? { failure: new SoraFailure('unexpected') };
	const named = others.map(({ failure: { facts, headline }, itemIndex }) =>
		printable(`[item ${itemIndex + 1}] ${facts.detail ?? headline}`),
	);
	if (!named.length) return failure;
	return failure.about({
		advice: `${failure.advice} Wrong as well: ${firstNamed(named, '; ')}.`,
	});
}

const taskIdsOf = (run: Run): string[] =>
	run.context.getInputData().flatMap((_, itemIndex) => taskIdOf(run, itemIndex) ?? []);

/** Logs the tasks that were accepted before the user pressed Stop. */
function logStop(run: Run): void {
	if (!run.context.getExecutionCancelSignal()?.aborted) return;
	const taskIds = taskIdsOf(run);
	const named = firstNamed(taskIds) || 'none';
	run.log(`Sora node stopped; accepted tasks, which continue at the gateway: ${named}`, {
		taskIds: taskIds.slice(0, MAX_NAMED),
	});
}

/** @param itemIndex unset for what concerns all items */
function nodeError(run: Run, reason: SoraFailure, itemIndex?: number) {
	const { context, gateway } = run;
	const taskId = itemIndex === undefined ? undefined : taskIdOf(run, itemIndex);
	const failure = reason.about({ taskId: reason.taskId ?? taskId });
	const otherTasks = taskIdsOf(run).filter((other) => other !== taskId);
	const isOneOfMany = itemIndex !== undefined && context.getInputData().length > 1;
	return toNodeError(context, concealedFailure(failure, gateway.conceal), {
		itemIndex,
		item: isOneOfMany ? `[item ${itemIndex + 1}]` : '',
		otherTasks: concealed(otherTasks, gateway.conceal),
	});
}

const outputOf = (context: IExecuteFunctions, results: readonly Result[]): NodeOutput => [
	results.flatMap((result, itemIndex) => {
		if (result instanceof Unfinished) return [];
		const made = isFailure(result) ? failedItem(context, result, itemIndex) : result;
		return [Object.assign(made, { pairedItem: { item: itemIndex } })];
	}),
];

function failedItem(context: IExecuteFunctions, failure: SoraFailure, itemIndex: number) {
	const failed: INodeExecutionData = { json: failedItemFields(failure) as IDataObject };
	// n8n's error output takes items with an `error`, then strips them down to its message. Hiding it from the copy that
	// n8n makes in between sends the item there with its fields intact.
	if (context.getNode().onError === 'continueErrorOutput') {
		const error = toNodeError(context, failure, { itemIndex });
		Object.defineProperty(failed, 'error', { value: error, writable: true });
	}
	return failed;
}
