/* eslint-disable no-console -- prints its tables; runs on a developer's machine, never inside n8n */
/**
 * How often is a task looked at, and how long is a finished video waiting to be noticed? The node's schedule
 * beside fixed ones, over render times like those in public clients' logs. Run with `npm run bench:schedule`.
 */
import { typicalRenderMs } from '../nodes/Sora/gateway/models';
import { nextLookAt, seeProgress, type TaskOutlook } from '../nodes/Sora/tasks/schedule';
import { seededRandom } from '../test/simulator/random';
import { mean } from './statistics';

const TASKS = 2_000;
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

function normal(random: () => number): number {
	return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

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
	looks: number[];
	delays: number[];
}

type Schedule = (outlook: TaskOutlook, random: () => number) => number;

const SCHEDULES: Record<string, Schedule> = {
	ours: (outlook, random) => nextLookAt(outlook, random()),
	'5 s': (outlook) => outlook.now + 5 * SECOND,
	'10 s': (outlook) => outlook.now + 10 * SECOND,
	'30 s': (outlook) => outlook.now + 30 * SECOND,
};

function watch(render: Render, progress: Progress, schedule: Schedule, seed: number): Tally {
	const random = seededRandom(seed);
	const tally: Tally = { looks: [], delays: [] };
	for (let task = 0; task < TASKS; task++) {
		const finish = render.draw(random);
		const outlook: TaskOutlook = {
			since: 0,
			now: 0,
			deadline: HOUR,
			typicalRenderMs: render.typicalMs,
			looks: 0,
			misses: 0,
		};
		let looks = 0;
		while (outlook.now < finish) {
			outlook.now = schedule(outlook, random);
			outlook.looks = ++looks;
			const percent = progress(outlook.now / finish);
			if (percent !== undefined) outlook.progress = seeProgress(outlook, percent, outlook.now);
		}
		tally.looks.push(looks);
		tally.delays.push((outlook.now - finish) / SECOND);
	}
	return tally;
}

const rounded = (value: number, digits: number) => Number(value.toFixed(digits));
const percentile = (values: number[], share: number) =>
	[...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;

console.log(`${TASKS} tasks each; means unless said otherwise`);
for (const render of RENDERS) {
	for (const [report, progress] of Object.entries(REPORTS)) {
		const tallies = Object.entries(SCHEDULES).map(
			([name, schedule]) => [name, watch(render, progress, schedule, 7)] as const,
		);
		const ten = tallies.find(([name]) => name === '10 s')?.[1] as Tally;
		const rows = tallies.map(([name, { looks, delays }]) => [
			name,
			{
				looks: rounded(mean(looks), 1),
				'delay (s)': rounded(mean(delays), 1),
				p95: rounded(percentile(delays, 0.95), 1),
				'looks : 10 s': rounded(mean(looks) / mean(ten.looks), 2),
				'delay : 10 s': rounded(mean(delays) / mean(ten.delays), 2),
			},
		]);
		console.log(`\n${render.name}; progress ${report}`);
		console.table(Object.fromEntries(rows));
	}
}
