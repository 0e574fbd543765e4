/* eslint-disable no-console -- prints its tables; runs on a developer's machine, never inside n8n */
/**
 * How often is a task polled, and how long is a finished video waiting to be noticed? The node's schedule
 * beside fixed ones, over render times like those in public clients' logs, then the bars of every kind of progress,
 * queue and render. Run with `npm run bench:schedule`.
 */
import { nextPollAt, type TaskOutlook } from '../nodes/Sora/tasks/schedule';
import { seededRandom } from '../test/simulator/random';
import {
	allowedMs,
	CELLS,
	normal,
	polled,
	progressOf,
	type ProgressAt,
	type Schedule,
} from '../test/unit/renders';
import type { Row } from './report';
import { mean } from './statistics';

const TASKS = 2_000;
const SECOND = 1_000;

/** Milliseconds from submission to the finished video. */
const RENDERS: Record<string, (random: () => number) => number> = {
	'fast, 10–30 s': (random) => (10 + 20 * random()) * SECOND,
	'short, 60–120 s': (random) => (60 + 60 * random()) * SECOND,
	'typical, 245 s ± 30 s': (random) => Math.max(60, 245 + 30 * normal(random)) * SECOND,
	'long-tailed, median 245 s': (random) =>
		Math.min(1_600, 245 * Math.exp(0.55 * normal(random))) * SECOND,
	'HD, 12–24 min': (random) => (720 + 720 * random()) * SECOND,
};

const REPORTS: Record<string, (finish: number) => ProgressAt> = {
	linear: (renderMs) => progressOf({ step: 1, queueMs: 0, renderMs }),
	quarters: (renderMs) => progressOf({ step: 25, queueMs: 0, renderMs }),
	'stands still at 30 %': (finish) => (age) => (age < 5 * SECOND ? 10 : age < finish / 3 ? 20 : 30),
	none: () => () => undefined,
};

/** The rule that comes to mind first: what was rendered goes on at its pace, and most of the rest is slept through. */
function straightLine({ now, since, progress }: TaskOutlook): number {
	const done = (progress?.percent ?? 0) / 100;
	const left = done > 0 ? ((now - since) / done) * (1 - done) : 60 * SECOND;
	return now + Math.min(120 * SECOND, Math.max(5 * SECOND, left * 0.8));
}

const SCHEDULES: Record<string, Schedule> = {
	ours: nextPollAt,
	'5 s': ({ now }) => now + 5 * SECOND,
	'10 s': ({ now }) => now + 10 * SECOND,
	'30 s': ({ now }) => now + 30 * SECOND,
	'straight line': straightLine,
};

const percentile = (values: number[], share: number) =>
	[...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;

console.log(`${TASKS} tasks each; means unless said otherwise`);
const rows: Row[] = [];
for (const [render, draw] of Object.entries(RENDERS)) {
	for (const [report, progress] of Object.entries(REPORTS)) {
		for (const [name, schedule] of Object.entries(SCHEDULES)) {
			const random = seededRandom(7);
			const runs = Array.from({ length: TASKS }, () => {
				const finish = draw(random);
				return polled(finish, progress(finish), random, { schedule });
			});
			const delays = runs.map(({ lateMs }) => lateMs / SECOND);
			rows.push({
				render,
				progress: report,
				schedule: name,
				polls: mean(runs.map(({ polls }) => polls)).toFixed(1),
				'delay (s)': mean(delays).toFixed(1),
				p95: percentile(delays, 0.95).toFixed(1),
			});
		}
	}
}
console.table(rows);

const SEEDS = 50;
console.log(
	`\nRenders of 5 to 900 s after queues of 0 to 120 s, ${SEEDS} of each kind; too late: by more than 20 % of the render or 10 s`,
);
console.table(
	[1, 10, 25, undefined].map((step): Row => {
		const cells = CELLS.filter((cell) => cell.step === step).map((cell) => ({
			cell,
			runs: Array.from({ length: SEEDS }, (_, seed) =>
				polled(cell.queueMs + cell.renderMs, progressOf(cell), seededRandom(seed)),
			),
		}));
		const runs = cells.flatMap((one) => one.runs);
		const late = cells.filter(({ cell, runs: all }) =>
			all.some(({ lateMs }) => lateMs > allowedMs(cell)),
		);
		const typical = cells.filter(
			({ cell: { queueMs, renderMs } }) => queueMs + renderMs === 245 * SECOND,
		);
		return {
			'steps (%)': String(step ?? 'none'),
			cells: String(cells.length),
			'with a video too late': String(late.length),
			'delay (s)': (mean(runs.map(({ lateMs }) => lateMs)) / SECOND).toFixed(1),
			polls: mean(runs.map(({ polls }) => polls)).toFixed(1),
			'polls of 245 s, most': String(
				Math.max(...typical.flatMap((one) => one.runs.map(({ polls }) => polls))),
			),
		};
	}),
);
