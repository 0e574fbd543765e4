/* eslint-disable no-console -- prints its tables; runs on a developer's machine, never inside n8n */
/**
 * How often is a task polled, and how long is a finished video waiting to be noticed? The node's schedule
 * beside fixed ones, over render times like those in public clients' logs. Run with `npm run bench:schedule`.
 */
import { isGuessedRenderTime, typicalRenderMs } from '../nodes/Sora/gateway/models';
import { nextPollAt, progressAfterPoll, type TaskOutlook } from '../nodes/Sora/tasks/schedule';
import { seededRandom } from '../test/simulator/random';
import { normal, polledSeries } from '../test/unit/renderSeries';
import { mean } from './statistics';

const TASKS = 2_000;
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

interface Render {
	name: string;
	/** Milliseconds from submission to the finished video. */
	draw: (random: () => number) => number;
	typicalMs: number;
}

const typical = typicalRenderMs();
const RENDERS: Render[] = [
	{ name: 'short, 60–120 s', draw: (random) => (60 + 60 * random()) * SECOND, typicalMs: typical },
	{
		name: 'typical, 245 s ± 30 s',
		draw: (random) => Math.max(60, 245 + 30 * normal(random)) * SECOND,
		typicalMs: typical,
	},
	{
		name: 'long-tailed, median 245 s',
		draw: (random) => Math.min(1_600, 245 * Math.exp(0.55 * normal(random))) * SECOND,
		typicalMs: typical,
	},
	{
		name: 'HD, 12–24 min',
		draw: (random) => (720 + 720 * random()) * SECOND,
		typicalMs: typicalRenderMs({ duration: '10', hd: true }),
	},
];

/** Percent at a share of the render, or `undefined` where the gateway says nothing. */
type Progress = (share: number) => number | undefined;

const REPORTS: Record<string, Progress> = {
	linear: (share) => Math.floor(share * 100),
	stalling: (share) => Math.floor(Math.min(90, share * 150)),
	jumping: (share) => Math.floor(share * 4) * 25,
	absent: () => undefined,
};

interface Tally {
	polls: number[];
	delays: number[];
}

type Schedule = (outlook: TaskOutlook, random: () => number) => number;

const SCHEDULES: Record<string, Schedule> = {
	ours: (outlook, random) => nextPollAt(outlook, random()),
	'5 s': (outlook) => outlook.now + 5 * SECOND,
	'10 s': (outlook) => outlook.now + 10 * SECOND,
	'30 s': (outlook) => outlook.now + 30 * SECOND,
};

function watch(render: Render, progress: Progress, schedule: Schedule, seed: number): Tally {
	const random = seededRandom(seed);
	const tally: Tally = { polls: [], delays: [] };
	for (let task = 0; task < TASKS; task++) {
		const finish = render.draw(random);
		const outlook: TaskOutlook = {
			since: 0,
			now: 0,
			deadline: HOUR,
			typicalRenderMs: render.typicalMs,
			polls: 0,
			misses: 0,
		};
		let polls = 0;
		while (outlook.now < finish) {
			outlook.now = schedule(outlook, random);
			outlook.polls = ++polls;
			const percent = progress(outlook.now / finish);
			if (percent !== undefined)
				outlook.progress = progressAfterPoll(outlook, percent, outlook.now);
		}
		tally.polls.push(polls);
		tally.delays.push((outlook.now - finish) / SECOND);
	}
	return tally;
}

const percentile = (values: number[], share: number) =>
	[...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;

const columns = [
	'render',
	'progress',
	'schedule',
	'polls',
	'delay (s)',
	'p95',
	'polls : 10 s',
	'delay : 10 s',
];
const rows: string[][] = [];
for (const render of RENDERS) {
	for (const [report, progress] of Object.entries(REPORTS)) {
		const tallies = Object.entries(SCHEDULES).map(
			([name, schedule]) => [name, watch(render, progress, schedule, 7)] as const,
		);
		const ten = tallies.find(([name]) => name === '10 s')?.[1] as Tally;
		for (const [name, tally] of tallies) {
			rows.push([
				render.name,
				report,
				name,
				mean(tally.polls).toFixed(1),
				mean(tally.delays).toFixed(1),
				percentile(tally.delays, 0.95).toFixed(1),
				(mean(tally.polls) / mean(ten.polls)).toFixed(2),
				(mean(tally.delays) / mean(ten.delays)).toFixed(2),
			]);
		}
	}
}

function print(title: string, head: string[], body: string[][]): void {
	const widths = head.map((column, index) =>
		Math.max(column.length, ...body.map((row) => row[index]?.length ?? 0)),
	);
	const line = (row: string[]) =>
		row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ');
	console.log(`${title}\n`);
	for (const row of [head, ...body]) console.log(line(row));
}

print(`${TASKS} tasks each; means unless said otherwise`, columns, rows);

const SERIES = 500;
const UNKNOWN = 'unheard-of-video-1';
const LEARNED = [
	{ name: '25 s, unknown model', model: UNKNOWN, seconds: 25, spread: 0 },
	{ name: '25 s ± 4 s, unknown model', model: UNKNOWN, seconds: 25, spread: 4 },
	{ name: '245 s, Sora', model: 'sora-2', seconds: 245, spread: 0 },
	{ name: '245 s ± 15 s, Sora', model: 'sora-2', seconds: 245, spread: 15 },
	{ name: '245 s ± 30 s, Sora', model: 'sora-2', seconds: 245, spread: 30 },
	{ name: '245 s, unknown model', model: UNKNOWN, seconds: 245, spread: 0 },
];
/** Which render of a series, counted from 1. */
const NTH = [1, 2, 3, 5, 11, 20];

const learned = LEARNED.flatMap(({ name, model, seconds, spread }) =>
	[true, false].map((tellsTimes) => {
		const series = polledSeries({
			draw: (random) => Math.max(5, seconds + spread * normal(random)) * SECOND,
			renders: Math.max(...NTH),
			prior: {
				typicalRenderMs: typicalRenderMs({ model }),
				guessed: isGuessedRenderTime({ model }),
			},
			tellsTimes,
			seeds: SERIES,
		});
		const cells = NTH.map((nth) => {
			const { polls, delayMs } = series[nth - 1] ?? { polls: NaN, delayMs: NaN };
			return `${polls.toFixed(1)} / ${(delayMs / SECOND).toFixed(1)} s`;
		});
		return [name, tellsTimes ? 'yes' : 'no', ...cells];
	}),
);
print(
	`\nRenders of one kind, one after the other, without progress: polls / delay of the nth, means of ${SERIES} series`,
	['render', 'finish told', ...NTH.map((nth) => `${nth}.`)],
	learned,
);
