/** The ways on a real n8n, in real time: all executions side by side, as they wait far more than they work. */
import { sleep } from 'n8n-workflow';

import { startBench, wallMs, type Bench } from './n8n';
import { BY_HAND, isOneByOne, OURS, renderOf, WAYS, type Way } from './ways';

interface Case {
	way: Way;
	/** From the submission to the finished video. */
	seconds: number;
	items: number;
	runs: number;
}

export interface Measured extends Case {
	/** Seconds by n8n's own record, of each run. */
	walls: number[];
	/** Polls of a task, mean of each run. */
	polls: number[];
	/** Polls in the busiest second of each run. */
	busiest: number[];
}

const cases = (seconds: number, items: number, runs = 1, ways: readonly Way[] = WAYS) =>
	ways.map((way): Case => ({ way, seconds, items, runs }));

/** The intervals of two peers meet the end of 15 s to the second; 63 and 118 s are multiples of none. */
const CASES = [
	...cases(15, 1, 3),
	...cases(15, 10),
	...cases(63, 1, 3),
	...cases(63, 5),
	...cases(118, 1, 2),
	...cases(63, 100, 1, [OURS, BY_HAND]),
];
const QUICK = [...cases(15, 1), ...cases(15, 3)];
/** A thousand items keep n8n busy, so each such execution runs alone. */
const LARGE = cases(63, 1_000, 1, [OURS, BY_HAND]);
const QUICK_LARGE = cases(15, 20, 1, [OURS, BY_HAND]);

/** Between two starts, so that n8n is never busy with starting alone. */
const APART_MS = 1_500;

const expectedSeconds = ({ way, seconds, items }: Case) =>
	isOneByOne(way) ? items * (seconds + 20) : seconds + 60;

async function runOnce(bench: Bench, one: Case, name: string) {
	const { way, seconds, items } = one;
	const start = `A boat, ${way}, ${seconds} s, ${items} items, ${name},`;
	const prompts = Array.from(
		{ length: items },
		(_, item) => `${start} item ${item} ${renderOf(seconds)}`,
	);
	const execution = await bench.run(way, prompts, expectedSeconds(one) * 3_000);
	// A loop runs the node again for what was finished later.
	const outputs = execution.data?.resultData.runData.Video ?? [];
	const videos = outputs.flatMap((run) => run.data?.main?.[0] ?? []);
	const bought = (await bench.standIn.purchases()).filter(({ prompt }) => prompt.startsWith(start));
	if (bought.length !== items || videos.filter(({ binary }) => binary?.data).length !== items) {
		throw new Error(`${start} ${videos.length} videos from ${bought.length} purchases`);
	}
	const taskIds = new Set(bought.map(({ taskId }) => taskId));
	const polls = (await bench.standIn.requests())
		.filter(({ route, taskId }) => route === 'task' && taskId && taskIds.has(taskId))
		.map(({ realAt }) => realAt);
	return {
		wall: wallMs(execution) / 1_000,
		polls: polls.length / items,
		busiest: busiestSecond(polls),
	};
}

function busiestSecond(moments: number[]): number {
	moments.sort((a, b) => a - b);
	let first = 0;
	return moments.reduce((most, moment, index) => {
		while (moment - (moments[first] ?? 0) >= 1_000) first++;
		return Math.max(most, index - first + 1);
	}, 0);
}

async function measure(bench: Bench, into: Measured, name: string): Promise<void> {
	const { wall, polls, busiest } = await runOnce(bench, into, name);
	into.walls.push(wall);
	into.polls.push(polls);
	into.busiest.push(busiest);
}

const unmeasured = (one: Case): Measured => ({ ...one, walls: [], polls: [], busiest: [] });

/** @throws after all have ended, where one failed */
export async function measureOnN8n(isQuick: boolean): Promise<Measured[]> {
	const all = (isQuick ? QUICK : CASES).map(unmeasured);
	const bench = await startBench(WAYS);
	try {
		// The first execution of each way loads what the later ones share.
		await Promise.all(
			cases(15, 1).map(async (one) => await runOnce(bench, one, 'the first of all')),
		);
		const queue = all
			.flatMap((into) => Array.from({ length: into.runs }, (_, run) => ({ into, run })))
			.sort((a, b) => expectedSeconds(b.into) - expectedSeconds(a.into));
		const underWay: Array<Promise<void>> = [];
		for (const { into, run } of queue) {
			underWay.push(measure(bench, into, `run ${run}`));
			await sleep(APART_MS);
		}
		const [failed] = (await Promise.allSettled(underWay)).filter(
			(one): one is PromiseRejectedResult => one.status === 'rejected',
		);
		if (failed) throw failed.reason as Error;
		const large = (isQuick ? QUICK_LARGE : LARGE).map(unmeasured);
		for (const into of large) await measure(bench, into, 'alone');
		return [...all, ...large];
	} finally {
		await bench.close();
	}
}
