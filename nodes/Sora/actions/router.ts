/** The item loop, Continue On Fail and item linking: written here, once, for every operation. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { SoraFailure } from '../gateway/failures';
import { printable } from '../gateway/printable';
import { concealed, concealedFailure } from '../gateway/secrecy';
import type { Clock } from '../tasks/clock';
import { failedItemFields, toNodeError, toSoraFailure } from './nodeErrors';
import type { Operation } from './operation';
import { ItemParameters } from './fields';
import { findOperation } from './resources';
import { startRun, type Run } from './run';

type Result = { item: INodeExecutionData } | { failure: SoraFailure };

export async function routeItems(
	context: IExecuteFunctions,
	clock?: Clock,
): Promise<INodeExecutionData[][]> {
	const count = context.getInputData().length;
	if (count === 0) return [[]];
	const operation = findOperation(
		context.getNodeParameter('resource', 0) as string,
		context.getNodeParameter('operation', 0) as string,
	);
	const ending = new AbortController();
	let run: Run;
	try {
		run = await startRun(context, ending.signal, clock);
	} catch (error) {
		const failure = toSoraFailure(error);
		if (!context.continueOnFail()) throw toNodeError(context, failure);
		return [
			Array.from({ length: count }, (_, itemIndex) => asItem(context, { failure }, itemIndex)),
		];
	}
	const results = await runItems(run, operation, count, ending);
	return [results.map((result, itemIndex) => asItem(context, result, itemIndex))];
}

/** Reads and judges all items before the first of them is bought, then does them together. */
async function runItems(
	run: Run,
	operation: Operation,
	count: number,
	ending: AbortController,
): Promise<Result[]> {
	const { context } = run;
	const goOn = context.continueOnFail();
	const prepared = await Promise.allSettled(
		Array.from({ length: count }, async (_, itemIndex) => {
			const parameters = new ItemParameters(context, itemIndex, operation.fields);
			return await operation.prepare(run, parameters);
		}),
	);
	const refused = prepared.findIndex(isRejected);
	if (refused >= 0 && !goOn) throw nodeError(run, reasonOf(prepared[refused]), refused);

	const ready = prepared.flatMap((part, itemIndex) =>
		isRejected(part) ? [] : [{ itemIndex, value: part.value }],
	);
	try {
		operation.judge?.(run, ready);
	} catch (error) {
		const failure = toSoraFailure(error);
		if (!goOn) throw toNodeError(context, failure);
		return prepared.map((part) => ({
			failure: isRejected(part) ? toSoraFailure(part.reason) : failure,
		}));
	}

	let firstFailed: number | undefined;
	const performed = await Promise.allSettled(
		prepared.map(async (part, itemIndex) => {
			if (isRejected(part)) throw toSoraFailure(part.reason);
			try {
				return await operation.perform(run, part.value, itemIndex);
			} catch (error) {
				if (!goOn && firstFailed === undefined) {
					firstFailed = itemIndex;
					// What is in flight is taken into the ledger; nothing more is bought.
					ending.abort();
				}
				throw toSoraFailure(error);
			}
		}),
	);
	logStop(run);
	showHints(run);
	if (firstFailed !== undefined) {
		throw nodeError(run, reasonOf(performed[firstFailed]), firstFailed);
	}
	return performed.map((result) =>
		isRejected(result)
			? { failure: concealedFailure(toSoraFailure(result.reason), run.gateway.conceal) }
			: { item: { ...result.value, json: concealed(result.value.json, run.gateway.conceal) } },
	);
}

const isRejected = (result: PromiseSettledResult<unknown>): result is PromiseRejectedResult =>
	result.status === 'rejected';

const reasonOf = (result: PromiseSettledResult<unknown> | undefined) =>
	toSoraFailure(result?.status === 'rejected' ? result.reason : undefined);

/** In the output panel, for whoever presses the button: what was not bought. Old versions of n8n show none. */
function showHints({ context, presses }: Run): void {
	const hints = presses.hints();
	const host: Partial<Pick<IExecuteFunctions, 'addExecutionHints'>> = context;
	if (hints.length) host.addExecutionHints?.(...hints);
}

/** Tasks that were accepted before the user pressed Stop: whoever looks for them finds them in n8n's log. */
function logStop({ context, accepted, log }: Run): void {
	if (!context.getExecutionCancelSignal()?.aborted) return;
	const taskIds = [...accepted.values()];
	const which = taskIds.length
		? `these tasks were accepted and go on at the gateway: ${taskIds.join(', ')}`
		: 'no task was accepted';
	log(`Sora node stopped; ${which}`, { taskIds });
}

function nodeError(run: Run, failure: SoraFailure, itemIndex: number) {
	const others = [...run.accepted]
		.filter(([item]) => item !== itemIndex)
		.map(([, taskId]) => printable(taskId));
	const isOneOfMany = run.context.getInputData().length > 1;
	const shown = concealedFailure(failure, run.gateway.conceal);
	return toNodeError(run.context, shown, { itemIndex, isOneOfMany, otherTasks: others });
}

function asItem(context: IExecuteFunctions, result: Result, itemIndex: number): INodeExecutionData {
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
