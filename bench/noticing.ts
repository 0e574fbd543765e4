/**
 * How often is a task looked at, and how long does a finished video wait until n8n goes on with it? Over the render
 * times that gateways show: computed with this package's own schedule and with the fixed pace of the peers, then held
 * against a run of each on a real n8n. Run with `npm run bench:noticing`.
 */
import type { Task } from '../nodes/Sora/gateway/contract';
import { TaskPoller } from '../nodes/Sora/tasks/poller';
import { seededRandom } from '../test/simulator/random';
import { aFinishedTask, aTask } from '../test/unit/builders';
import { START, VirtualClock } from '../test/unit/virtualClock';
import { machine } from './machine';
import { startBench, startedApart, type Bench } from './n8n';
import { perform, publish, type Row, type Settings } from './report';
import { mean, shown, spreadOf, type Spread } from './statistics';
import { pollsIn, trafficOf } from './traffic';
import {
	BY_HAND,
	BY_HAND_SECONDS,
	GEMINI,
	MINIMAX,
	OPENAI,
	OURS,
	QUEUE_SECONDS,
	renderOf,
	WAYS,
	type Way,
} from './ways';

const TASKS = 500;
const SECOND = 1_000;
/** Others, for ours alone: a fixed pace does not know of queues. */
const QUEUES = [0, 2, 5, 11, 30, 60];
/** A render takes up to this much more or less, so that no fixed pace meets it by chance. */
const SPREAD_SECONDS = 7.5;

interface Render {
	name: string;
	/** From submission to the finished video. */
	seconds: number;
}

const RENDERS: Render[] = [
	{ name: '45 s', seconds: 45 },
	{ name: '60 s', seconds: 60 },
	{ name: '90 s', seconds: 90 },
	{ name: '120 s', seconds: 120 },
	{ name: '180 s', seconds: 180 },
	{ name: '245 s', seconds: 245 },
	{ name: '300 s', seconds: 300 },
	{ name: '15 min, HD', seconds: 900 },
	{ name: '25 min, 25 seconds', seconds: 1_500 },
];

/** Seconds: the first look after the submission, the pause between two, and what passes after the last. */
interface Pace {
	first: number;
	interval: number;
	rest: number;
}

/** As their sources have it in the n8n that is measured; the measured run shows whether that is so. */
const PACES: Record<string, Pace> = {
	[BY_HAND]: { first: BY_HAND_SECONDS, interval: BY_HAND_SECONDS, rest: 0 },
	[OPENAI]: { first: 0, interval: 10, rest: 10 },
	[MINIMAX]: { first: 0, interval: 15, rest: 0 },
	[GEMINI]: { first: 5, interval: 5, rest: 0 },
};

/** What the gateway tells of a task while it is rendered, and from when on. */
interface Telling {
	report: 'percent' | 'none';
	queueSeconds: number;
}

const PERCENT: Telling = { report: 'percent', queueSeconds: QUEUE_SECONDS };
const NOTHING: Telling = { report: 'none', queueSeconds: QUEUE_SECONDS };

interface Seen {
	looks: number;
	/** Seconds from the finished video to n8n going on. */
	delay: number;
}

function seenAtPace({ first, interval, rest }: Pace, finish: number): Seen {
	const waits = Math.max(0, Math.ceil((finish - first) / interval));
	return { looks: waits + 1, delay: first + waits * interval - finish + rest };
}

/** The task as a gateway tells it. Milliseconds since the submission. */
function taskAt(age: number, finish: number, { report, queueSeconds }: Telling): Task {
	if (age >= finish) return aFinishedTask('task');
	const queue = queueSeconds * SECOND;
	// As gateways do, in whole seconds.
	const moment = (ms: number) => new Date(START + Math.floor(ms / SECOND) * SECOND).toISOString();
	const share = Math.max(0, (age - queue) / (finish - queue));
	return aTask('task', {
		submittedAt: moment(0),
		startedAt: age >= queue ? moment(queue) : null,
		progress: report === 'percent' ? Math.min(99, Math.floor(share * 100)) : undefined,
	});
}

/** By the node's own poller, in virtual time. @param finish milliseconds from the submission */
async function seenByOurs(telling: Telling, finish: number, random: () => number): Promise<Seen> {
	const clock = new VirtualClock(random);
	const poller = new TaskPoller({
		clock,
		poll: async () => taskAt(clock.elapsed(), finish, telling),
	});
	const { polls } = await poller.watch({
		taskId: 'task',
		since: START,
		deadline: START + 2 * 3_600 * SECOND,
		gatewayProven: true,
	});
	return { looks: polls, delay: (clock.elapsed() - finish) / SECOND };
}

async function computed(
	way: Way,
	render: Render,
	telling: Telling,
	spread = SPREAD_SECONDS,
): Promise<Seen> {
	const random = seededRandom(7);
	const pace = PACES[way];
	const all: Seen[] = [];
	for (let task = 0; task < TASKS; task++) {
		const finish = render.seconds + spread * (2 * random() - 1);
		all.push(pace ? seenAtPace(pace, finish) : await seenByOurs(telling, finish * SECOND, random));
	}
	return { looks: mean(all.map(({ looks }) => looks)), delay: mean(all.map((one) => one.delay)) };
}

interface Column {
	name: string;
	way: Way;
	telling: Telling;
}

const COLUMNS: Column[] = [
	{ name: OURS, way: OURS, telling: PERCENT },
	{ name: `${OURS}, no progress told`, way: OURS, telling: NOTHING },
	...WAYS.filter((way) => way !== OURS).map(
		(way): Column => ({ name: way, way, telling: PERCENT }),
	),
];

interface Computed {
	render: string;
	column: string;
	seen: Seen;
}

async function computeAll(): Promise<Computed[]> {
	const all: Computed[] = [];
	for (const render of RENDERS) {
		for (const { name, way, telling } of COLUMNS) {
			const seen = await computed(way, render, telling);
			all.push({ render: render.name, column: name, seen });
		}
	}
	return all;
}

function tableOf(all: Computed[], which: keyof Seen): Row[] {
	return RENDERS.map(({ name }) => {
		const row: Row = { render: name };
		for (const { column, seen } of all.filter(({ render }) => render === name)) {
			row[column] = seen[which].toFixed(1);
		}
		return row;
	});
}

/** How ours fares where the progress begins at another moment. */
async function queueRows(): Promise<Row[]> {
	const rows: Row[] = [];
	for (const render of RENDERS) {
		const row: Row = { render: render.name };
		for (const queueSeconds of QUEUES) {
			const isShorter = queueSeconds < render.seconds - SPREAD_SECONDS;
			const telling: Telling = { report: 'percent', queueSeconds };
			const seen = isShorter ? await computed(OURS, render, telling) : undefined;
			row[`queue of ${queueSeconds} s`] = seen
				? `${seen.delay.toFixed(1)} (${seen.looks.toFixed(1)})`
				: '';
		}
		rows.push(row);
	}
	return rows;
}

/** Seconds of the renders on the real n8n: none is a multiple of a fixed pace. */
const MEASURED_SECONDS = [47, 63, 118];
const MEASURED_RUNS = 5;
const APART_MS = 700;

interface Measured {
	way: Way;
	seconds: number;
	runs: Seen[];
}

async function measureOnce(bench: Bench, way: Way, seconds: number, run: number): Promise<Seen> {
	const start = `A boat, ${way}, ${seconds} s, run ${run}`;
	const execution = await bench.run(way, [`${start} ${renderOf(seconds)}`], seconds * 10 * SECOND);
	const traffic = await trafficOf(bench.standIn, start);
	const bought = traffic.purchases[0]?.at ?? Number.NaN;
	const ended = Date.parse(String(execution.summary.stoppedAt));
	return { looks: pollsIn(traffic), delay: (ended - bought) / SECOND - seconds };
}

async function measureAll(smoke: boolean): Promise<Measured[]> {
	const bench = await startBench(WAYS);
	try {
		await Promise.all(WAYS.map(async (way) => await measureOnce(bench, way, 15, 0)));
		const all = (smoke ? [17] : MEASURED_SECONDS).flatMap((seconds) =>
			WAYS.map((way): Measured => ({ way, seconds, runs: [] })),
		);
		const jobs = all.flatMap(({ way, seconds, runs }) =>
			Array.from({ length: smoke ? 1 : MEASURED_RUNS }, (_, run) => async () => {
				runs.push(await measureOnce(bench, way, seconds, run + 1));
			}),
		);
		await startedApart(jobs, APART_MS);
		return all;
	} finally {
		await bench.close();
	}
}

async function measuredRow({ way, seconds, runs }: Measured): Promise<Row> {
	const spread = (which: keyof Seen): Spread => spreadOf(runs.map((seen) => seen[which]));
	const expected = await computed(way, { name: '', seconds }, PERCENT, 0);
	return {
		'render (s)': seconds,
		way,
		looks: shown(spread('looks'), 0),
		'looks, computed': expected.looks.toFixed(1),
		'delay (s)': shown(spread('delay'), 1),
		'delay, computed (s)': expected.delay.toFixed(1),
	};
}

const METHOD = `How often is a task looked at, and how long is it from the finished video until n8n goes on with it? Computed for
${TASKS.toLocaleString('en-US')} renders of each time, each up to ${SPREAD_SECONDS} s longer or shorter: ours with its own schedule, once with progress in percent (which
begins after ${QUEUE_SECONDS} s in a queue) and once without any; the peers at the fixed pace of their sources: the workflow built by hand every
${BY_HAND_SECONDS} s, n8n's OpenAI node every 10 s with 10 s more after the last look, MiniMax every 15 s, Gemini every 5 s. The last table holds that
against the real n8n, one item an execution, ${MEASURED_RUNS} runs of each.`;

const BOUNDS = `What bounds it: nobody can know of a finished video without looking, so delay is paid for with looks. n8n's Gemini node is ahead in
delay because it looks every 5 s whatever the render takes; that drew refusals (429) in a public client, and **Poll Interval** = 5 buys
the same here. MiniMax's node needs fewer looks where no progress is told, and a little fewer for renders of 60 and 90 s; its delay
is one and a half times to twice ours. A render that ends just before a peer's fixed look is noticed sooner there, and one that ends
just after it later: the means level that out, the measured renders do not.`;

async function noticing(settings: Settings): Promise<void> {
	const all = await computeAll();
	const byQueue = await queueRows();
	const measured = await measureAll(settings.smoke);
	publish(
		{
			question: 'noticing',
			heading: 'Noticing: looks and delay',
			machine: machine(),
			method: METHOD,
			tables: [
				{ caption: 'Looks at a task, mean:', rows: tableOf(all, 'looks') },
				{ caption: 'Seconds from the finished video, mean:', rows: tableOf(all, 'delay') },
				{
					caption:
						'Ours, by the time that the task spends in a queue before its progress begins; seconds (looks):',
					rows: byQueue,
				},
				{
					caption: 'On the real n8n, beside what was computed:',
					rows: await Promise.all(measured.map(measuredRow)),
				},
			],
			bounds: BOUNDS,
			data: { computed: all, measured },
		},
		settings,
	);
}

perform(noticing);
