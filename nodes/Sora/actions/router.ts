/** The item loop, Continue On Fail and item linking: written here, once, for every operation. */
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
import { createCharacter } from './createCharacter';
import { getQuota } from './getQuota';
import { logOf } from './log';
import {
	failedItemFields,
	firstNamed,
	itemName,
	MOST_TASKS_NAMED,
	toNodeError,
	toSoraFailure,
} from './nodeErrors';
import type { Job, Operation } from './operation';
import { parameterReader } from './parameters';
import { planPurchases } from './purchase';
import { startRun, type Ends, type Run } from './run';
import { beginTurn, entryOf, isRequest, type Turn } from './turn';
import { upload } from './upload';
import { generate } from './video/generate';
import { get } from './video/get';
import { Unfinished, type Performed, type Result } from './waiting';

/** By the values of resource and operation in the panel. */
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

/** @param response what n8n's engine has made of this node's own requests; other means of running nodes give none */
export async function routeItems(
	context: IExecuteFunctions,
	clock: Clock = systemClock,
	response?: EngineResponse,
): Promise<NodeOutput> {
	const entry = entryOf(context, response, clock);
	if (entry?.isAction) return await entry.act();
	if (context.getInputData().length === 0) return [[]];
	const work = workOf(context);
	const turn = beginTurn(context, work.fields, entry, logOf(context, context.getExecutionId()));
	if (isRequest(turn)) return turn;
	const turned = async () => await runTurn(context, work, turn, clock);
	return await (entry ? entry.run(turned) : turned());
}

async function runTurn(
	context: IExecuteFunctions,
	work: Work,
	turn: Turn,
	clock: Clock,
): Promise<NodeOutput> {
	const ends: Ends = { waiting: new AbortController(), buying: new AbortController() };
	let run: Run;
	try {
		run = await startRun(context, turn, ends, clock);
	} catch (error) {
		return notStarted(context, work, turn, toSoraFailure(error));
	}
	const results = await runItems(run, work, ends);
	return run.waiting.nextTurn(results) ?? outputOf(context, results);
}

/** The gateway could not be opened: every item fails, with its task where an earlier turn has left one. */
function notStarted(
	context: IExecuteFunctions,
	work: Work,
	turn: Turn,
	reason: SoraFailure,
): NodeOutput {
	const tasks = new Map(turn.entry?.state?.tasks.map((task) => [task.itemIndex, task.taskId]));
	const isFirst = Object.keys(context.getContext('node')).length === 0;
	const failure = reason.about({ nothingBought: work.product !== undefined && isFirst });
	if (!context.continueOnFail()) {
		throw toNodeError(context, failure, { otherTasks: [...tasks.values()] });
	}
	const results = context
		.getInputData()
		.map((_, itemIndex) => ({ failure: failure.about({ taskId: tasks.get(itemIndex) }) }));
	return outputOf(context, results);
}

const isFailure = (made: unknown): made is SoraFailure => made instanceof SoraFailure;

/** Items that are prepared at a stretch: between two such, n8n does its other work. */
const AT_A_STRETCH = 200;

/** Reads and judges all items; sends nothing. */
async function preparedJobs(run: Run, work: Work): Promise<Array<Job | SoraFailure>> {
	const items = run.context.getInputData();
	const parameters = parameterReader(run.context, work.fields);
	const prepare = async (itemIndex: number) => {
		try {
			return await work.prepare(run, parameters(itemIndex));
		} catch (error) {
			return toSoraFailure(error).about({ nothingBought: work.product !== undefined });
		}
	};
	const jobs: Array<Job | SoraFailure> = [];
	while (jobs.length < items.length) {
		if (jobs.length) await run.clock.sleep(0, run.signal).catch(() => undefined);
		const stretch = items.slice(jobs.length, jobs.length + AT_A_STRETCH);
		const first = jobs.length;
		jobs.push(...(await Promise.all(stretch.map(async (_, at) => await prepare(first + at)))));
	}
	return jobs;
}

/** Prepares all items before the first of them is bought, then does them together. */
async function runItems(run: Run, work: Work, ends: Ends): Promise<Result[]> {
	const { context, waiting } = run;
	const goesOn = context.continueOnFail();
	const jobs = await preparedJobs(run, work);
	const refused = jobs.findIndex(isFailure);
	if (refused >= 0 && !goesOn) throw nodeError(run, refusalOf(jobs), refused);
	await plan(run, work, jobs).catch((error: unknown) => {
		throw toNodeError(context, toSoraFailure(error), { otherTasks: [...run.accepted.values()] });
	});
	let firstFailed: number | undefined;
	const performed = await Promise.all(
		jobs.map(async (job, itemIndex): Promise<Performed | SoraFailure> => {
			try {
				const failure = waiting.failureOf(itemIndex) ?? job;
				return isFailure(failure) ? await Promise.reject(failure) : await failure.perform();
			} catch (error) {
				const failure = toSoraFailure(error);
				if (!goesOn) {
					firstFailed ??= itemIndex;
					// What is in flight is taken into the ledger.
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
	if (run.hints.all.length) context.addExecutionHints?.(...run.hints.all);
	const explained = async (failure: SoraFailure, itemIndex: number) =>
		// What failed in an earlier turn was explained there.
		waiting.failureOf(itemIndex) ?? (await work.explain?.(run, failure)) ?? failure;
	const first = performed[firstFailed ?? -1];
	if (firstFailed !== undefined && isFailure(first)) {
		throw nodeError(run, await explained(first, firstFailed), firstFailed);
	}
	const { conceal } = run.gateway;
	return await Promise.all(
		performed.map(async (made, itemIndex): Promise<Result> => {
			if (made instanceof Unfinished) return { unfinished: made };
			if (!isFailure(made)) return { item: { ...made, json: concealed(made.json, conceal) } };
			const failure = withTask(run, await explained(made, itemIndex), itemIndex);
			return { failure: concealedFailure(failure, conceal) };
		}),
	);
}

/** Plans all purchases before the first of them. The smallest limit that an item sets holds for the execution. */
async function plan(
	run: Run,
	{ product }: Work,
	jobs: ReadonlyArray<Job | SoraFailure>,
): Promise<void> {
	if (!product) return;
	// What failed in an earlier turn is not bought.
	const ready = jobs.flatMap((job, itemIndex) =>
		isFailure(job) || run.waiting.failureOf(itemIndex) ? [] : [{ job, itemIndex }],
	);
	const [limit] = ready
		.flatMap(({ job }) => job.spendingLimit ?? [])
		.sort(({ most: a = Infinity }, { most: b = Infinity }) => a - b);
	await planPurchases(
		run,
		product,
		ready.flatMap(({ job: { request }, itemIndex }) => (request ? [{ itemIndex, request }] : [])),
		limit,
	);
}

/** Refused items that an error names beside its own. */
const MOST_REFUSALS_NAMED = 30;

/** The first refusal, with all others in its advice, so that a sheet is put right in one go. */
function refusalOf(jobs: ReadonlyArray<Job | SoraFailure>): SoraFailure {
	const refused = jobs.flatMap((job, itemIndex) => (isFailure(job) ? [{ job, itemIndex }] : []));
	const { job: failure } = refused[0] ?? { job: new SoraFailure('unexpected') };
	const others = refused
		.slice(1, 1 + MOST_REFUSALS_NAMED)
		.map(({ job: { facts, headline }, itemIndex }) =>
			printable(`[item ${itemIndex + 1}] ${facts.detail ?? headline}`),
		);
	const more = refused.length - 1 - others.length;
	if (!others.length) return failure;
	const named = `Wrong as well: ${others.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
	return failure.about({ advice: `${failure.advice} ${named}` });
}

/** Tasks that were accepted before the user pressed Stop: their IDs are in n8n's log. */
function logStop({ context, accepted, log }: Run): void {
	if (!context.getExecutionCancelSignal()?.aborted) return;
	const taskIds = [...accepted.values()];
	const which = taskIds.length
		? `these tasks were accepted and go on at the gateway: ${firstNamed(taskIds)}`
		: 'no task was accepted';
	log(`Sora node stopped; ${which}`, { taskIds: taskIds.slice(0, MOST_TASKS_NAMED) });
}

/** Whatever goes wrong once an item has its task, the task is named. */
const withTask = ({ accepted }: Run, failure: SoraFailure, itemIndex: number) =>
	failure.about({ taskId: failure.taskId ?? accepted.get(itemIndex) });

function nodeError(run: Run, reason: SoraFailure, itemIndex: number) {
	const { context, accepted, gateway } = run;
	const otherTasks = [...accepted].flatMap(([item, taskId]) =>
		item === itemIndex ? [] : [printable(taskId)],
	);
	const item = gateway.conceal(printable(itemName(context, itemIndex)));
	const failure = concealedFailure(withTask(run, reason, itemIndex), gateway.conceal);
	return toNodeError(context, failure, { itemIndex, item, otherTasks });
}

const outputOf = (context: IExecuteFunctions, results: readonly Result[]): NodeOutput => [
	results.flatMap((result, itemIndex) => {
		if ('unfinished' in result) return [];
		const made = 'item' in result ? result.item : failedItem(context, result.failure, itemIndex);
		return [Object.assign(made, { pairedItem: { item: itemIndex } })];
	}),
];

function failedItem(context: IExecuteFunctions, failure: SoraFailure, itemIndex: number) {
	const failed: INodeExecutionData = { json: failedItemFields(failure) as IDataObject };
	// n8n's error output takes items with an `error`, then cuts them down to its message. Hidden from the
	// copy that n8n makes in between, it sends the item there and leaves its fields alone.
	if (context.getNode().onError === 'continueErrorOutput') {
		const error = toNodeError(context, failure, { itemIndex });
		Object.defineProperty(failed, 'error', { value: error, writable: true });
	}
	return failed;
}
