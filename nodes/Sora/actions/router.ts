/** The item loop, Continue On Fail and item linking: written here, once, for every operation. */
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { SoraFailure } from '../gateway/failures';
import type { Clock } from '../tasks/clock';
import { failedItemFields, toNodeError, toSoraFailure } from './nodeErrors';
import type { Operation } from './operation';
import { numberOf, optionsOf } from './parameters';
import { findOperation } from './resources';
import { DEFAULT_SUBMISSIONS_AT_ONCE, startRun, type Run } from './run';

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
		run = await startRun(context, ending.signal, submissionsAtOnce(context), clock);
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

function submissionsAtOnce(context: IExecuteFunctions): number {
	const set = numberOf(
		optionsOf(context, 0).maxConcurrentSubmissions,
		'Max Concurrent Submissions',
	);
	return Math.max(1, set ?? DEFAULT_SUBMISSIONS_AT_ONCE);
}

async function runItems(
	run: Run,
	operation: Operation,
	count: number,
	ending: AbortController,
): Promise<Result[]> {
	const goOn = run.context.continueOnFail();
	const prepared = await Promise.all(
		Array.from(
			{ length: count },
			async (_, itemIndex) => await attempt(async () => await operation.prepare(run, itemIndex)),
		),
	);
	const refused = prepared.findIndex((part) => 'failure' in part);
	if (refused >= 0 && !goOn) throw nodeError(run, prepared[refused], refused);

	let firstFailure: { failure: SoraFailure; itemIndex: number } | undefined;
	const results = await Promise.all(
		prepared.map(async (part, itemIndex): Promise<Result> => {
			if ('failure' in part) return part;
			const result = await operation.perform(run, part.value, itemIndex).then(
				(item) => ({ item }),
				(error: unknown) => ({ failure: toSoraFailure(error) }),
			);
			if ('failure' in result && !goOn && !firstFailure) {
				firstFailure = { failure: result.failure, itemIndex };
				// What is under way is taken into the ledger; nothing more is bought.
				ending.abort();
			}
			return result;
		}),
	);
	if (run.context.getExecutionCancelSignal()?.aborted) {
		const taskIds = [...run.accepted.values()];
		const goOn = taskIds.length
			? `these tasks were accepted and go on at the gateway: ${taskIds.join(', ')}`
			: 'no task was accepted';
		run.log(`Sora node stopped; ${goOn}`, { taskIds });
	}
	if (firstFailure) throw nodeError(run, firstFailure, firstFailure.itemIndex);
	return results;
}

async function attempt<T>(job: () => Promise<T>): Promise<{ value: T } | { failure: SoraFailure }> {
	try {
		return { value: await job() };
	} catch (error) {
		return { failure: toSoraFailure(error) };
	}
}

function nodeError(run: Run, result: object | undefined, itemIndex: number) {
	const { failure } = result as { failure: SoraFailure };
	const others = [...run.accepted]
		.filter(([item]) => item !== itemIndex)
		.map(([, taskId]) => taskId);
	const isOneOfMany = run.context.getInputData().length > 1;
	return toNodeError(run.context, failure, { itemIndex, isOneOfMany, otherTasks: others });
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
