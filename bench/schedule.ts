/* eslint-disable no-console -- prints its tables; runs on a developer's machine, never inside n8n */
/**
 * How often is a task polled, and how long is a finished video waiting to be noticed? The node's schedule
 * beside fixed ones, over render times like those in public clients' logs. Run with `npm run bench:schedule`.
 */
import { isGuessedRenderTime, typicalRenderMs } from '../nodes/Sora/gateway/models';
import { nextPollAt, progressAfterPoll, type TaskOutlook } from '../nodes/Sora/tasks/schedule';
import { seededRandom } from '../test/simulator/random';
import { normal, polledSeries, type Polled } from '../test/unit/renderSeries';
import type { Row } from './report';
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
	'straight line': straightLine,
};

/** The rule that comes to mind first: what was rendered goes on at its pace, and most of the rest is slept through. */
function straightLine({ now, since, progress, typicalRenderMs: typicalMs }: TaskOutlook): number {
	const shareDone = (progress?.percent ?? 0) / 100;
	const left = shareDone > 0 ? ((now - since) / shareDone) * (1 - shareDone) : typicalMs / 4;
	return now + Math.min(120 * SECOND, Math.max(5 * SECOND, left * 0.8));
}

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

console.log(`${TASKS} tasks each; means unless said otherwise`);
const rows: Row[] = [];
for (const render of RENDERS) {
	for (const [report, progress] of Object.entries(REPORTS)) {
		const tallies = Object.entries(SCHEDULES).map(
			([name, schedule]) => [name, watch(render, progress, schedule, 7)] as const,
		);
		const ten = tallies.find(([name]) => name === '10 s')?.[1] as Tally;
		for (const [name, tally] of tallies) {
			rows.push({
				render: render.name,
				progress: report,
				schedule: name,
				polls: mean(tally.polls).toFixed(1),
				'delay (s)': mean(tally.delays).toFixed(1),
				p95: percentile(tally.delays, 0.95).toFixed(1),
				'polls : 10 s': (mean(tally.polls) / mean(ten.polls)).toFixed(2),
				'delay : 10 s': (mean(tally.delays) / mean(ten.delays)).toFixed(2),
			});
		}
	}
}
console.table(rows);

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

/** Renders after which so many were seen. */
const AFTER = 10;

/** How late it is at the worst place from the third render on, and what a render costs once ten were seen. */
function settled(series: Polled[]): Row {
	const worst = Math.max(...series.slice(2).map(({ delayMs, renderMs }) => delayMs / renderMs));
	const later = series.slice(AFTER);
	return {
		'delay from 3rd': `${(100 * worst).toFixed(1)} %`,
		[`polls after ${AFTER}`]: Math.max(...later.map(({ polls }) => polls)).toFixed(1),
		delay: `${(mean(later.map(({ delayMs }) => delayMs)) / SECOND).toFixed(1)} s`,
	};
}

const runs = LEARNED.flatMap(({ name, model, seconds, spread }) =>
	[true, false].map((tellsTimes) => {
		const draw = (random: () => number) => Math.max(5, seconds + spread * normal(random)) * SECOND;
		const series = polledSeries({
			draw,
			renders: Math.max(...NTH),
			prior: {
				typicalRenderMs: typicalRenderMs({ model }),
				guessed: isGuessedRenderTime({ model }),
			},
			tellsTimes,
			seeds: SERIES,
		});
		const everyTen = watch(
			{ name, draw, typicalMs: 0 },
			() => undefined,
			SCHEDULES['10 s'] as Schedule,
			7,
		);
		const what: Row = { render: name, 'finish told': tellsTimes ? 'yes' : 'no' };
		return { what, series, everyTen };
	}),
);
console.log(
	`\nRenders of one kind, one after the other, without progress: polls / delay of the nth, means of ${SERIES} series`,
);
console.table(
	runs.map(({ what, series }) => {
		const nths = NTH.map((nth) => {
			const { polls, delayMs } = series[nth - 1] ?? { polls: NaN, delayMs: NaN };
			return [`${nth}.`, `${polls.toFixed(1)} / ${(delayMs / SECOND).toFixed(1)} s`];
		});
		return { ...what, ...Object.fromEntries(nths) } as Row;
	}),
);
console.log(
	`\nThe same: the longest delay from the third on, as a share of the render; polls at the most and delay once ${AFTER} were seen; and with a poll every 10 s`,
);
console.table(
	runs.map(({ what, series, everyTen }) => ({
		...what,
		...settled(series),
		'polls every 10 s': mean(everyTen.polls).toFixed(1),
		'delay then': `${mean(everyTen.delays).toFixed(1)} s`,
	})),
);
