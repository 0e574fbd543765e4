/** The item loop, Continue On Fail and item linking: written here, once, for every operation. */
import type {
	EngineResponse,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	NodeOutput,
} from 'n8n-workflow';

import type { SoraFailure } from '../gateway/failures';
import { printable } from '../gateway/printable';
import { concealed, concealedFailure } from '../gateway/secrecy';
import { systemClock, type Clock } from '../flow/clock';
import { logOf } from './log';
import {
	failedItemFields,
	firstNamed,
	itemName,
	MOST_TASKS_NAMED,
	toNodeError,
	toSoraFailure,
} from './nodeErrors';
import type { Operation } from './operation';
import { ItemParameters, resolvedOnce } from './fields';
import { findOperation } from './resources';
import { startRun, type Ends, type Run } from './run';
import { beginTurn, entryOf, isRequest, type Turn } from './turn';
import { Unfinished, type Result } from './waiting';

/** @param response what n8n's engine has made of this node's own requests; other means of running nodes give none */
export async function routeItems(
	context: IExecuteFunctions,
	clock: Clock = systemClock,
	response?: EngineResponse,
): Promise<NodeOutput> {
	const entry = entryOf(context, response, clock);
	if (entry?.isAction) return await entry.act();
	if (context.getInputData().length === 0) return [[]];
	const operation = findOperation(
		context.getNodeParameter('resource', 0) as string,
		context.getNodeParameter('operation', 0) as string,
	);
	const log = logOf(context, context.getExecutionId());
	const turn = beginTurn(context, operation.fields, entry, log);
	if (isRequest(turn)) return turn;
	const work = async () => await runTurn(context, operation, turn, clock);
	return await (entry ? entry.run(work) : work());
}

async function runTurn(
	context: IExecuteFunctions,
	operation: Operation,
	turn: Turn,
	clock: Clock,
): Promise<NodeOutput> {
	const count = context.getInputData().length;
	const ends: Ends = { waiting: new AbortController(), buying: new AbortController() };
	let run: Run;
	try {
		run = await startRun(context, turn, ends, clock);
	} catch (error) {
		const failure = toSoraFailure(error);
		const tasks = new Map(turn.entry?.state?.tasks.map((task) => [task.itemIndex, task.taskId]));
		const otherTasks = [...tasks.values()];
		if (!context.continueOnFail()) throw toNodeError(context, failure, { otherTasks });
		const failed = (itemIndex: number) => failure.about({ taskId: tasks.get(itemIndex) });
		return [
			Array.from({ length: count }, (_, itemIndex) =>
				asItem(context, { failure: failed(itemIndex) }, itemIndex),
			),
		];
	}
	const results = await runItems(run, operation, count, ends);
	const nextTurn = run.waiting.nextTurn(results);
	if (nextTurn) return nextTurn;
	const put = (result: Result, itemIndex: number) =>
		'unfinished' in result ? [] : [asItem(context, result, itemIndex)];
	return [results.flatMap(put)];
}

/** Items that are prepared at a stretch: between two such, n8n does its other work. */
const AT_A_STRETCH = 200;

async function preparedItems(run: Run, operation: Operation, count: number) {
	const context = resolvedOnce(run.context);
	const prepare = async (itemIndex: number) => {
		const parameters = new ItemParameters(context, itemIndex, operation.fields);
		try {
			return await operation.prepare(run, parameters);
		} catch (error) {
			throw toSoraFailure(error).about({ nothingBought: operation.plan !== undefined });
		}
	};
	const prepared: Array<PromiseSettledResult<unknown>> = [];
	while (prepared.length < count) {
		if (prepared.length) await run.clock.sleep(0, run.signal).catch(() => undefined);
		const length = Math.min(AT_A_STRETCH, count - prepared.length);
		const stretch = Array.from(
			{ length },
			async (_, index) => await prepare(prepared.length + index),
		);
		prepared.push(...(await Promise.allSettled(stretch)));
	}
	return prepared;
}

/** Reads and judges all items before the first of them is bought, then does them together. */
async function runItems(
	run: Run,
	operation: Operation,
	count: number,
	ends: Ends,
): Promise<Result[]> {
	const { context } = run;
	const goOn = context.continueOnFail();
	const prepared = await preparedItems(run, operation, count);
	const refused = prepared.findIndex(isRejected);
	if (refused >= 0 && !goOn) {
		const failure = reasonOf(prepared[refused]);
		const others = otherRefusals(prepared.slice(refused + 1), refused + 2);
		const advice = others ? `${failure.advice} ${others}` : failure.advice;
		throw nodeError(run, failure.about({ advice }), refused);
	}

	// What failed in an earlier turn is not bought.
	const ready = prepared.flatMap((part, itemIndex) =>
		isRejected(part) || run.waiting.failureOf(itemIndex) ? [] : [{ itemIndex, value: part.value }],
	);
	await operation.plan?.(run, ready).catch((error: unknown) => {
		throw toNodeError(context, toSoraFailure(error), { otherTasks: [...run.accepted.values()] });
	});

	let firstFailed: number | undefined;
	const performed = await Promise.allSettled(
		prepared.map(async (part, itemIndex) => {
			const { waiting } = run;
			try {
				const failedBefore = waiting.failureOf(itemIndex);
				if (failedBefore) throw failedBefore;
				if (isRejected(part)) throw toSoraFailure(part.reason);
				return await operation.perform(run, part.value, itemIndex);
			} catch (error) {
				const failure = toSoraFailure(error);
				if (!goOn) {
					firstFailed ??= itemIndex;
					// What is in flight is taken into the ledger.
					ends.buying.abort();
					if (!failure.facts.ofPoll) ends.waiting.abort();
				}
				throw failure;
			} finally {
				waiting.settled(itemIndex);
			}
		}),
	);
	noteStop(run);
	showHints(run);
	// What failed in an earlier turn was explained there.
	const explained = async (failure: SoraFailure, itemIndex: number) =>
		run.waiting.failureOf(itemIndex) ?? (await operation.explain?.(run, failure)) ?? failure;
	if (firstFailed !== undefined) {
		throw nodeError(
			run,
			await explained(reasonOf(performed[firstFailed]), firstFailed),
			firstFailed,
		);
	}
	const { conceal } = run.gateway;
	return await Promise.all(
		performed.map(async (result, itemIndex): Promise<Result> => {
			if (isRejected(result)) {
				const failure = withTask(run, await explained(reasonOf(result), itemIndex), itemIndex);
				return { failure: concealedFailure(failure, conceal) };
			}
			const { value } = result;
			if (value instanceof Unfinished) return { unfinished: value };
			return { item: { ...value, json: concealed(value.json, conceal) } };
		}),
	);
}

/** Refused items that an error names beside its own. */
const MOST_REFUSALS_NAMED = 30;

/** All of them, so that a sheet is put right in one go. @param first the number of the first item, counted from one */
function otherRefusals(prepared: Array<PromiseSettledResult<unknown>>, first: number): string {
	const refused = prepared.flatMap((part, index) =>
		isRejected(part)
			? [
					`[item ${first + index}] ${printable(reasonOf(part).facts.detail ?? reasonOf(part).headline)}`,
				]
			: [],
	);
	const more = refused.length - MOST_REFUSALS_NAMED;
	const named = refused.slice(0, MOST_REFUSALS_NAMED).join('; ');
	return named && `Wrong as well: ${named}${more > 0 ? `; and ${more} more` : ''}.`;
}

const isRejected = (result: PromiseSettledResult<unknown>): result is PromiseRejectedResult =>
	result.status === 'rejected';

const reasonOf = (result: PromiseSettledResult<unknown> | undefined) =>
	toSoraFailure(result?.status === 'rejected' ? result.reason : undefined);

/** In the output panel, in a run by hand: what was bought and what was not. Old versions of n8n show none. */
function showHints({ context, hints }: Run): void {
	const host: Partial<Pick<IExecuteFunctions, 'addExecutionHints'>> = context;
	if (hints.all.length) host.addExecutionHints?.(...hints.all);
}

/** Tasks that were accepted before the user pressed Stop: their IDs are in n8n's log. */
function noteStop(run: Run): void {
	const { context, accepted, log } = run;
	if (!context.getExecutionCancelSignal()?.aborted) return;
	const taskIds = [...accepted.values()];
	const which = taskIds.length
		? `these tasks were accepted and go on at the gateway: ${firstNamed(taskIds)}`
		: 'no task was accepted';
	log(`Sora node stopped; ${which}`, { taskIds: taskIds.slice(0, MOST_TASKS_NAMED) });
}

/** Whatever goes wrong once an item has its task, the task is named. */
function withTask({ accepted }: Run, failure: SoraFailure, itemIndex: number): SoraFailure {
	const taskId = accepted.get(itemIndex);
	return taskId === undefined || failure.taskId !== undefined ? failure : failure.about({ taskId });
}

function nodeError(run: Run, reason: SoraFailure, itemIndex: number) {
	const failure = withTask(run, reason, itemIndex);
	const others = [...run.accepted]
		.filter(([item]) => item !== itemIndex)
		.map(([, taskId]) => printable(taskId));
	const { conceal } = run.gateway;
	const item = conceal(printable(itemName(run.context, itemIndex) ?? ''));
	const shown = concealedFailure(failure, conceal);
	return toNodeError(run.context, shown, { itemIndex, item, otherTasks: others });
}

function asItem(
	context: IExecuteFunctions,
	result: Exclude<Result, { unfinished: Unfinished }>,
	itemIndex: number,
): INodeExecutionData {
	const pairedItem = { item: itemIndex };
	if ('item' in result) return { ...result.item, pairedItem };
	const failed: INodeExecutionData = {
		json: failedItemFields(result.failure) as IDataObject,
		pairedItem,
	};
	// n8n's error output takes items with an `error`, then cuts them down to its message. Hidden from the
	// copy that n8n makes in between, it sends the item there and leaves its fields alone.
	if (context.getNode().onError === 'continueErrorOutput') {
		const error = toNodeError(context, result.failure, { itemIndex });
		Object.defineProperty(failed, 'error', { value: error, writable: true });
	}
	return failed;
}
