/* eslint-disable no-console -- says what fails; runs on a developer's machine, never inside n8n */
/**
 * How long do N videos with the same render time take? This package beside n8n's own nodes and the workflow that is
 * built by hand, in one n8n at the same time. Run with `npm run bench:batch`.
 *
 * Nothing is sped up: n8n's nodes and its Wait node know real seconds only.
 */
import type { Execution } from '../test/e2e/n8nApi';
import { machine } from './machine';
import { startBench, startedApart, wallMs, type Bench } from './n8n';
import { perform, publish, type Row, type Settings } from './report';
import { shown, spreadOf, type Spread } from './statistics';
import { busiestSecond, pollsIn, trafficOf } from './traffic';
import { BY_HAND_SECONDS, ONE_BY_ONE, OURS, renderOf, WAYS, type Way } from './ways';

/** From submission to the finished video: what the fastest renders take, and the median of the logs. */
const RENDERS = [45, 245];
const SIZES = [1, 5, 20, 100];
const RUNS = 3;
/** What goes through the items one by one is not run beyond this: its longest execution bounds the bench. */
const LONGEST_SECONDS = 23 * 60;
/** What a render of one item takes such a node at most, beyond the render. */
const OVERHEAD_SECONDS = 20;
/** A run that is long by its nature is made once. */
const LONG_SECONDS = 10 * 60;
/** Between two starts. */
const APART_MS = 1_500;

interface Cell {
	way: Way;
	seconds: number;
	items: number;
}

interface Figures {
	wallSeconds: number;
	looksPerTask: number;
	/** Looks in the busiest second. */
	mostLooks: number;
}

interface Result extends Cell {
	/** Empty where it was not measured. */
	runs: Figures[];
}

const expectedSeconds = ({ way, seconds, items }: Cell) =>
	ONE_BY_ONE.includes(way) ? items * (seconds + OVERHEAD_SECONDS) : seconds + OVERHEAD_SECONDS;

function runsOf(cell: Cell): number {
	const expected = expectedSeconds(cell);
	if (expected > LONGEST_SECONDS) return 0;
	return expected > LONG_SECONDS ? 1 : RUNS;
}

/** Of all runs of the node: a loop runs it again for what was finished later. */
const allItemsOf = ({ data }: Execution, node: string) =>
	(data?.resultData.runData[node] ?? []).flatMap((run) => run.data?.main?.[0] ?? []);

async function runOnce(bench: Bench, cell: Cell, run: number): Promise<Figures> {
	const { way, seconds, items } = cell;
	const start = `A boat, ${way}, ${seconds} s, ${items} items, run ${run},`;
	const prompts = Array.from(
		{ length: items },
		(_, item) => `${start} item ${item} ${renderOf(seconds)}`,
	);
	const execution = await bench.run(way, prompts, expectedSeconds(cell) * 3_000);
	const videos = allItemsOf(execution, 'Video').filter(({ binary }) => binary?.data);
	const traffic = await trafficOf(bench.standIn, start);
	if (videos.length !== items || traffic.purchases.length !== items) {
		throw new Error(
			`${way}: ${videos.length} videos from ${traffic.purchases.length} purchases for ${items} items`,
		);
	}
	return {
		wallSeconds: wallMs(execution) / 1_000,
		looksPerTask: pollsIn(traffic) / items,
		mostLooks: busiestSecond(traffic, 'task'),
	};
}

/** All executions, the longest first; each waits far more than it works, so that they do not disturb each other. */
async function measure(bench: Bench, cells: Cell[], runs: (cell: Cell) => number) {
	const results = cells.map((cell): Result => ({ ...cell, runs: [] }));
	const queue = results
		.flatMap((result) =>
			Array.from({ length: runs(result) }, (_, run) => ({ result, run: run + 1 })),
		)
		.sort((a, b) => expectedSeconds(b.result) - expectedSeconds(a.result));
	const jobs = queue.map(({ result, run }) => async () => {
		const figures = await runOnce(bench, result, run).catch(console.error);
		// One that fails must not take the others of half an hour with it.
		if (figures) result.runs.push(figures);
	});
	await startedApart(jobs, APART_MS);
	return results;
}

const ratio = ({ runs, seconds }: Result): Spread =>
	spreadOf(runs.map(({ wallSeconds }) => wallSeconds / seconds));

const NOT_MEASURED = 'not measured';

function rowsOf(results: Result[], seconds: number, sizes: number[]): Row[] {
	return WAYS.map((way) => {
		const row: Row = { way };
		for (const items of sizes) {
			const result = results.find(
				(one) => one.way === way && one.seconds === seconds && one.items === items,
			);
			row[items === 1 ? '1 item' : `${items} items`] = result?.runs.length
				? shown(ratio(result), 2)
				: NOT_MEASURED;
		}
		return row;
	});
}

function trafficRows(results: Result[], seconds: number): Row[] {
	return results
		.filter((result) => result.seconds === seconds && result.runs.length)
		.sort((a, b) => a.items - b.items || WAYS.indexOf(a.way) - WAYS.indexOf(b.way))
		.map(({ way, items, runs }) => ({
			way,
			items,
			'wall time (s)': shown(spreadOf(runs.map(({ wallSeconds }) => wallSeconds)), 1),
			'looks per task': shown(spreadOf(runs.map(({ looksPerTask }) => looksPerTask)), 1),
			'looks in the busiest second': spreadOf(runs.map(({ mostLooks }) => mostLooks)).median,
			runs: runs.length,
		}));
}

const METHOD = `How long do N videos take that all have the same render time? Wall time by n8n's own record, over the time from a
submission to the finished video (the first 11 s of it in a queue, as in the API's own example): 1 would be no time lost. One n8n runs everything side by side, on real seconds; the files (30
KB) are fetched too. ${RENDERS[0]} s is about the fastest render that gateways show, ${RENDERS[1]} s the median of public logs.
The workflow built by hand submits all items, then waits ${BY_HAND_SECONDS} s, looks, and waits again for what is not finished (HTTP Request,
Wait, IF). What would have taken one of n8n's nodes longer than ${LONGEST_SECONDS / 60} minutes was **not measured**; what takes longer
than ${LONG_SECONDS / 60} minutes was run once, everything else ${RUNS} times.`;

const BOUNDS = `What bounds it: the gateway, by the render itself. Up to 20 items ours adds what it takes to notice the finished video (see
Noticing) and nothing for further items, where each of n8n's own nodes takes one render after the other. At ${RENDERS[1]} s that is
within the 10 % that we aim at; at ${RENDERS[0]} s it cannot be, as 10 % of that is the shortest pause between two looks at a task.

Where a peer is ahead: a single item is sooner with n8n's Gemini and MiniMax nodes where their looks, every 5 and 15 s, happen to
meet the end of the render; so is the workflow built by hand with 20 items of ${RENDERS[1]} s, at three times our looks. With 100 items that
one is ahead because it looks at all of them at once, every ${BY_HAND_SECONDS} s, whereas ours spreads its polls over seconds. That is on purpose:
gateways answer bursts with 429, which ends that workflow with an error.`;

async function batch(settings: Settings): Promise<void> {
	const renders = settings.smoke ? [15] : RENDERS;
	const sizes = settings.smoke ? [1, 2] : SIZES;
	const bench = await startBench(WAYS);
	try {
		const cells = renders.flatMap((seconds) =>
			sizes.flatMap((items) => WAYS.map((way): Cell => ({ way, seconds, items }))),
		);
		// The first execution of each way loads what the later ones share.
		await Promise.all(
			WAYS.map(async (way) => await runOnce(bench, { way, seconds: 15, items: 1 }, 0)),
		);
		const results = await measure(bench, cells, settings.smoke ? () => 1 : runsOf);
		publish(
			{
				question: 'batch',
				heading: 'Batch: N items, one render time',
				machine: machine(),
				method: METHOD,
				tables: renders.flatMap((seconds) => [
					{
						caption: `Renders of ${seconds} s, wall time over one render:`,
						rows: rowsOf(results, seconds, sizes),
					},
					{
						caption: `Renders of ${seconds} s, what the gateway saw:`,
						rows: trafficRows(results, seconds),
					},
				]),
				bounds: BOUNDS,
				data: results,
			},
			settings,
		);
		if (!results.some(({ way, runs }) => way === OURS && runs.length)) throw new Error('no run');
	} finally {
		await bench.close();
	}
}

perform(batch);
