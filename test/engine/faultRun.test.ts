/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- counts turns of the event loop, and reads its budget from the environment */
import fc from 'fast-check';
import { setImmediate } from 'node:timers/promises';
import type { INode, WorkflowExecuteMode } from 'n8n-workflow';

import { DOWNLOAD_FAULTS, FAULTS, FOREIGN_TASK, type Purchase } from '../simulator/simulator';
import { anyDialect, anyOddPoll } from './arbitraries';
import { soraNode, type EngineResult } from './engine';
import { FORMATS, formatOf } from './formats';
import {
	agentWorkflow,
	byId,
	GENERATE,
	ideas,
	keptOf,
	newProcess,
	soraThat,
	useGateway,
} from './gateway';
import { storedAt, type StoredExecution } from './storedExecution';
import { time } from './time';

/**
 * Random mixes of faults on n8n's engine, with Stop and retries at random moments. Afterwards the books and
 * the outputs must agree: nothing is bought twice, and no purchase is lost.
 *
 * `npm test` makes a tenth of the executions. `FAULT_RUNS` sets how many (or `unlimited`), `FAULT_SEED` and `FAULT_PATH` replay a failure that was printed.
 */
const { FAULT_RUNS, FAULT_SEED, FAULT_PATH } = process.env;
const RUNS = FAULT_RUNS === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(FAULT_RUNS || 600);
/** Jest's timers hold no more. */
const LONGEST_TIMER_MS = 2_147_483_647;

const gateway = useGateway({ renderSeconds: 20 });
const stored = storedAt(gateway);

const names = <T extends object>(faults: T) => Object.keys(faults) as Array<keyof T & string>;
const often = fc.constant(undefined);
const fault = (all: string[]) =>
	fc.oneof(
		{ weight: 3, arbitrary: often },
		{
			weight: 2,
			arbitrary: fc.tuple(fc.constantFrom(...all), fc.constantFrom(':1', ':2', '')),
		},
	);

const item = fc.record({
	// Nobody could tell the ID of another's task from the one that was bought.
	submitFault: fault(names(FAULTS).filter((name) => name !== 'foreignTask')),
	pollFault: fc.oneof(
		{ weight: 2, arbitrary: fault(names(FAULTS)) },
		{ weight: 1, arbitrary: anyOddPoll.map((chosen) => [chosen]) },
	),
	downloadFault: fault(names(DOWNLOAD_FAULTS)),
	outcome: fc.constantFrom(
		'success',
		'success',
		'success',
		'moderation',
		'renderError',
		'cancelled',
	),
	taskError: fc.constantFrom('absent', 'absent', 'empty', 'null', 'object', 'text'),
	dialect: fc.oneof(
		{ weight: 1, arbitrary: fc.constant('none') },
		{ weight: 1, arbitrary: anyDialect },
	),
	/** Finished when it is ordered: some formats say so in the answer to the order. */
	isReady: fc.oneof(
		{ weight: 4, arbitrary: fc.constant(false) },
		{ weight: 1, arbitrary: fc.constant(true) },
	),
	contentDelivery: fc.constantFrom('stream', 'redirect', 'json', 'missing'),
	publicLink: fc.constantFrom('usual', 'usual', 'none', 'dead'),
});

const TASK_API = 'Task API';

/** How the execution was started, and the one that called it. */
const start = fc.constantFrom<{ mode: WorkflowExecuteMode; root?: WorkflowExecuteMode }>(
	{ mode: 'trigger' },
	{ mode: 'webhook' },
	{ mode: 'manual' },
	{ mode: 'evaluation' },
	{ mode: 'integrated' },
	{ mode: 'integrated', root: 'trigger' },
	{ mode: 'integrated', root: 'manual' },
);

const plan = fc.record({
	items: fc.array(item, { minLength: 1, maxLength: 5 }),
	format: fc.oneof(fc.constant(TASK_API), fc.constantFrom(...Object.keys(FORMATS))),
	waiting: fc.constantFrom('node', 'node', 'parked', 'parked', 'none'),
	/** Videos at a time, by the account and by the user. */
	maxRunning: fc.constantFrom(0, 0, 1, 2),
	maxRunningAnswer: fc.constantFrom('429', 'words'),
	maxConcurrentVideos: fc.constantFrom(undefined, undefined, 1, 2),
	start,
	onError: fc.constantFrom<Array<INode['onError']>>(
		'stopWorkflow',
		'continueRegularOutput',
		'continueErrorOutput',
	),
	tries: fc.constantFrom(1, 2, 3),
	/** When the user presses Stop: turns of the event loop after a moment, so that it comes amid a request too. */
	stopAfter: fc.option(
		fc.record({
			seconds: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 90 })),
			turns: fc.integer({ min: 0, max: 60 }),
		}),
		{ nil: undefined },
	),
	userRetries: fc.boolean(),
	simplify: fc.boolean(),
	/** An expression that gives another prompt on each try. */
	changing: fc.boolean(),
	/** Notify Hook holds the execution's own address. */
	hook: fc.boolean(),
	/** An agent calls the node, outside of the engine. */
	asTool: fc.boolean(),
	/** A parked execution is woken in one process and in another. */
	hasTwoWorkers: fc.boolean(),
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

/** Tells apart the executions of the run: a request of a stopped one may still arrive during the next. */
let execution = 0;

const promptOf = (
	{ submitFault, pollFault, downloadFault, isReady, ...rest }: Plan['items'][number],
	index: number,
) => {
	const { outcome, taskError, dialect, contentDelivery, publicLink } = rest;
	const wishes = [
		...(isReady ? ['renderSeconds=0', 'queueSeconds=0'] : []),
		`contentDelivery=${contentDelivery}`,
		`publicLink=${publicLink}`,
		`outcome=${outcome}`,
		`taskError=${taskError}`,
		`dialect=${dialect}`,
		'callback=never',
		...Object.entries({ submitFault, pollFault, downloadFault }).flatMap(([field, chosen]) =>
			chosen ? [`${field}=${chosen.join('')}`] : [],
		),
	];
	return `Boat ${execution}.${index} [[${wishes.join(' ')}]]`;
};

/** As a tool, an equal request is what tells a retry from another wish: there nothing may change. */
const isChanging = ({ changing, asTool }: Plan) => changing && !asTool;

async function moment({ seconds, turns }: NonNullable<Plan['stopAfter']>): Promise<void> {
	if (seconds > 0) await time.sleep(seconds * 1000);
	for (let turn = 0; turn < turns; turn++) await setImmediate();
}

/** What can be read of an execution after its end, or after Stop. */
type Ended = Pick<EngineResult, 'items' | 'error' | 'contextData'>;

interface Execution extends Ended {
	/** The user's Retry. */
	retry: () => Promise<Ended>;
	/** The same execution once more: another test, if it was one. */
	repeat?: () => Promise<Ended>;
}

const otherWorker = newProcess();
const isTest = ({ start: { mode, root = mode } }: Plan) => ['manual', 'evaluation'].includes(root);

const credentialOf = (format: string) => {
	const { apiKey, url } = gateway.simulator;
	if (format === TASK_API) return { apiKey, baseUrl: url };
	const { says, path } = formatOf(format);
	return { apiKey, baseUrl: url + path, ...says };
};

function settingsOf(plan: Plan) {
	const { items, onError, tries, simplify, asTool, format, waiting, maxConcurrentVideos } = plan;
	const prompts = items.map(promptOf);
	const idea = asTool ? '$fromAI("idea", "", "string")' : '$json.idea';
	const isTaskApi = format === TASK_API;
	const parameters = {
		...GENERATE,
		...(!isTaskApi && byId(formatOf(format).model)),
		prompt: `={{ ${idea}${isChanging(plan) ? ' + Math.random()' : ''} }}`,
		simplify,
		waiting,
		options: {
			maxWaitMinutes: 3,
			...(maxConcurrentVideos && { maxConcurrentVideos }),
			...(plan.hook && isTaskApi && { notifyHook: '={{ $execution.resumeUrl }}' }),
		},
	};
	const node = {
		retryOnFail: tries > 1,
		maxTries: tries,
		waitBetweenTries: 1,
		...(!asTool && { onError }),
	};
	const calls = prompts.map((prompt) => ({ idea: prompt }));
	return {
		parameters,
		node,
		...(!asTool && ideas(...prompts)),
		credential: credentialOf(format),
		...(asTool && { workflow: agentWorkflow(calls, parameters, node) }),
	};
}

/** Runs the whole time in one turn of the engine. */
async function runAtOnce(plan: Plan): Promise<Execution> {
	const { parameters, ...settings } = settingsOf(plan);
	const { mode, root } = plan.start;
	const begun = {
		...settings,
		executionId: `execution-${execution}`,
		resumeToken: `secret-${execution}`,
		mode,
		rootExecutionMode: root,
	};
	const first = await gateway.run(parameters, {
		...begun,
		onStart: (stop) => {
			if (plan.stopAfter) void moment(plan.stopAfter).then(stop);
		},
	});
	// n8n keeps nothing of what it stopped.
	const contextData = first.run.status === 'canceled' && !plan.asTool ? {} : keptOf(first);
	const again = {
		...begun,
		executionId: `retry-${execution}`,
		contextData,
		mode: 'retry' as const,
	};
	const other = { ...begun, executionId: `repeat-${execution}`, resumeToken: undefined };
	return {
		...first,
		retry: async () => await gateway.run(parameters, again),
		repeat: async () => await gateway.run(parameters, other),
	};
}

const endOf = (execution: StoredExecution): Ended => ({
	items: (node, output) => execution.items(node, output),
	error: execution.error as Ended['error'],
	contextData: execution.data.executionData?.contextData ?? {},
});

/** Runs in turns, stored between them. */
async function runParked(plan: Plan): Promise<Execution> {
	const { parameters, ...settings } = settingsOf(plan);
	const { stopAfter, start: begun } = plan;
	let isStopped = false;
	const untilEnd = async (execution: StoredExecution) => {
		for (let wakes = 0; execution.status === 'waiting' && !isStopped; wakes++) {
			if (wakes > 60) throw new Error('The execution is parked for ever');
			const isOther = plan.hasTwoWorkers && wakes % 2 === 0;
			execution.options.sora = isOther ? soraThat(await otherWorker) : soraNode(time);
			await execution.wakeByTimer();
		}
	};
	const ended = async () => {
		const started = await stored.start(parameters, {
			...settings,
			mode: begun.mode,
			onStart: (execution) => {
				if (!stopAfter) return;
				void moment(stopAfter).then(() => {
					isStopped = true;
					execution.stop();
				});
			},
		});
		await untilEnd(started);
		return started;
	};
	const execution = await time.ending(ended());
	const retried = async () => {
		isStopped = false;
		const again = await execution.retry();
		await untilEnd(again);
		return endOf(again);
	};
	return { ...endOf(execution), retry: async () => await time.ending(retried()) };
}

const run = async (plan: Plan): Promise<Execution> =>
	plan.waiting === 'parked' && !plan.asTool ? await runParked(plan) : await runAtOnce(plan);

const purchasesOf = (index: number): Purchase[] =>
	gateway.simulator.books.purchases.filter(({ prompt }) =>
		prompt.startsWith(`Boat ${execution}.${index} `),
	);

/** Everything that a user can read after an execution, and what n8n keeps for the next one. */
function traces({ items, error, contextData }: Ended): string {
	return JSON.stringify([
		['Agent', 'Sora', 'Done', 'Failed'].flatMap((node) =>
			[0, 1].map((output) => items(node, output)),
		),
		error?.message,
		error?.description,
		contextData,
	]);
}

/** A failure at the gateway is no video: each try may buy a new one. */
const mayBuyAgain = (outcome: string) => outcome === 'renderError' || outcome === 'cancelled';

/** The item whose submission is uncertain: nobody knows the ID of what was bought, and the ledger says so. */
function isDoubted({ contextData }: Ended, index: number): boolean {
	const { soraLedger } = (contextData['node:Sora'] ?? {}) as {
		soraLedger?: { entries: Record<string, { bought?: object }> };
	};
	const entries = Object.entries(soraLedger?.entries ?? {});
	// A tool's calls have run indexes of their own.
	return entries.some(
		([slot, { bought }]) =>
			bought === undefined && (slot.startsWith(`0:${index}:`) || slot.startsWith('tool:')),
	);
}

function expectNothingLost(results: Ended[], { items }: Plan): void {
	const left = results.map(traces).join();
	const delivered = results.flatMap(({ items: of }) => of('Done').map(({ json }) => json.task_id));
	expect(delivered).not.toContain(FOREIGN_TASK);
	items.forEach(({ outcome }, index) => {
		// A task that failed at the gateway holds no video that could be lost.
		if (mayBuyAgain(outcome)) return;
		for (const { taskId } of purchasesOf(index)) {
			const accounted = left.includes(taskId) || results.some((result) => isDoubted(result, index));
			expect({ taskId, accounted }).toEqual({ taskId, accounted: true });
		}
	});
}

it(
	`loses no purchase and makes none twice, in executions with random faults`,
	async () => {
		await fc.assert(
			fc.asyncProperty(plan, async (chosen) => {
				gateway.simulator.reset();
				const { format, maxRunning, maxRunningAnswer } = chosen;
				gateway.set({
					...(format !== TASK_API && { face: formatOf(format).face }),
					formats: format === TASK_API ? 'tasks' : 'videos',
					maxRunning,
					maxRunningAnswer: maxRunningAnswer as '429',
				});
				execution++;
				const first = await run(chosen);
				chosen.items.forEach(({ outcome }, index) => {
					const most = mayBuyAgain(outcome) ? chosen.tries : 1;
					expect({ index, bought: Math.min(purchasesOf(index).length, most) }).toEqual({
						index,
						bought: purchasesOf(index).length,
					});
				});
				expectNothingLost([first], chosen);
				expect(gateway.keyLeaks()).toEqual([]);
				if (first.repeat && isTest(chosen) && !isChanging(chosen)) {
					// What the gateway denies may be bought anew.
					const sold = () =>
						chosen.items.map(({ outcome, pollFault }, index) =>
							outcome === 'success' && !pollFault ? purchasesOf(index).length : 0,
						);
					const soldBefore = sold();
					await first.repeat();
					expect(sold().map((count, index) => soldBefore[index] && count)).toEqual(soldBefore);
				}
				if (!chosen.userRetries || !first.error) return;

				const before = chosen.items.map((_, index) => purchasesOf(index).length);
				const kept = JSON.stringify(first.contextData);
				const second = await first.retry();
				chosen.items.forEach(({ outcome }, index) => {
					const [earlier] = purchasesOf(index);
					const wasRunning = outcome === 'success' && earlier && kept.includes(earlier.taskId);
					if (wasRunning && !isChanging(chosen) && !chosen.asTool)
						expect(purchasesOf(index)).toHaveLength(before[index] ?? 0);
				});
				expectNothingLost([first, second], chosen);
			}),
			{
				numRuns: RUNS,
				...(FAULT_SEED && { seed: Number(FAULT_SEED) }),
				...(FAULT_PATH && { path: FAULT_PATH }),
			},
		);
	},
	Math.min(LONGEST_TIMER_MS, Math.max(120_000, RUNS * 4_000)),
);
