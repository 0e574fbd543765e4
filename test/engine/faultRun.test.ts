/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- counts turns of the event loop, and reads its budget from the environment */
import fc from 'fast-check';
import { setImmediate } from 'node:timers/promises';
import type { INode } from 'n8n-workflow';

import { DOWNLOAD_FAULTS, FAULTS, type Purchase } from '../simulator/simulator';
import { anyDialect, anyOddPoll } from './arbitraries';
import type { EngineResult } from './engine';
import { agentWorkflow, GENERATE, itemsWith, useGateway } from './gateway';
import { time } from './time';

/**
 * Random mixes of faults on n8n's engine, with Stop and retries at random moments. Afterwards the books and
 * the outputs must agree: nothing is bought twice, and no purchase is lost.
 *
 * `FAULT_RUNS` sets how many executions (or `unlimited`), `FAULT_SEED` and `FAULT_PATH` replay a failure that was printed.
 */
const { FAULT_RUNS, FAULT_SEED, FAULT_PATH } = process.env;
const RUNS = FAULT_RUNS === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(FAULT_RUNS || 200);
/** Jest's timers hold no more. */
const LONGEST_TIMER_MS = 2_147_483_647;

const gateway = useGateway({ renderSeconds: 20 });

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
	submitFault: fault(names(FAULTS)),
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
});

const plan = fc.record({
	items: fc.array(item, { minLength: 1, maxLength: 4 }),
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
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

/** Tells apart the executions of the run: a request of a stopped one may still arrive during the next. */
let execution = 0;

const promptOf = (
	{ submitFault, pollFault, downloadFault, outcome, taskError, dialect }: Plan['items'][number],
	index: number,
) => {
	const wishes = [
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

const run = async (
	plan: Plan,
	more: { contextData?: EngineResult['contextData']; executionId: string },
) => {
	const { items, onError, tries, stopAfter, simplify, hook, asTool } = plan;
	const prompts = items.map(promptOf);
	const idea = asTool ? '$fromAI("idea", "", "string")' : '$json.idea';
	const parameters = {
		...GENERATE,
		prompt: `={{ ${idea}${isChanging(plan) ? ' + Math.random()' : ''} }}`,
		simplify,
		options: {
			maxWaitMinutes: 3,
			...(hook && { notifyHook: '={{ $execution.resumeUrl }}' }),
		},
	};
	const node = {
		retryOnFail: tries > 1,
		maxTries: tries,
		waitBetweenTries: 1,
		...(!asTool && { onError }),
	};
	return await gateway.run(parameters, {
		...more,
		items: asTool ? [{ json: {} }] : itemsWith('idea', prompts),
		node,
		...(asTool && {
			workflow: agentWorkflow(
				prompts.map((prompt) => ({ idea: prompt })),
				parameters,
				node,
			),
		}),
		onStart: (stop) => {
			if (stopAfter) void moment(stopAfter).then(stop);
		},
	});
};

const purchasesOf = (index: number): Purchase[] =>
	gateway.simulator.books.purchases.filter(({ prompt }) =>
		prompt.startsWith(`Boat ${execution}.${index} `),
	);

/** Everything that a user can read after an execution, and what n8n keeps for the next one. */
function traces({ items, error, contextData }: EngineResult): string {
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
function isDoubted({ contextData }: EngineResult, index: number): boolean {
	const { soraLedger } = (contextData['node:Sora'] ?? {}) as {
		soraLedger?: { entries: Record<string, { taskId?: string }> };
	};
	const entries = Object.entries(soraLedger?.entries ?? {});
	// A tool's calls have run indexes of their own.
	return entries.some(
		([slot, { taskId }]) =>
			taskId === undefined && (slot === `0:${index}` || slot.startsWith('tool:')),
	);
}

function expectNothingLost(results: EngineResult[], { items }: Plan): void {
	const left = results.map(traces).join();
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
	`loses no purchase and makes none twice, in ${FAULT_RUNS || RUNS} executions with random faults`,
	async () => {
		await fc.assert(
			fc.asyncProperty(plan, async (chosen) => {
				gateway.simulator.reset();
				execution++;
				const first = await run(chosen, { executionId: 'execution-1' });
				chosen.items.forEach(({ outcome }, index) => {
					const most = mayBuyAgain(outcome) ? chosen.tries : 1;
					expect({ index, bought: Math.min(purchasesOf(index).length, most) }).toEqual({
						index,
						bought: purchasesOf(index).length,
					});
				});
				expectNothingLost([first], chosen);
				expect(gateway.keyLeaks()).toEqual([]);
				if (!chosen.userRetries || !first.error) return;

				const before = chosen.items.map((_, index) => purchasesOf(index).length);
				const kept = JSON.stringify(first.contextData);
				const second = await run(
					{ ...chosen, stopAfter: undefined },
					{ executionId: 'execution-2', contextData: JSON.parse(kept) as never },
				);
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
