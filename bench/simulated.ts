/** What needs no real time: the node's own schedule and poller in virtual time, beside the intervals of the peers. */
import { TaskPoller, type Outcome } from '../nodes/Sora/tasks/poller';
import { runWorkflow, soraNode, soraWorkflow } from '../test/engine/engine';
import { seededRandom } from '../test/simulator/random';
import { startSimulator, type Scenario } from '../test/simulator/simulator';
import { aFinishedTask, aTask } from '../test/unit/builders';
import { allowedMs, CELLS, polled, progressOf } from '../test/unit/renders';
import { START, VirtualClock } from '../test/unit/virtualClock';
import { VirtualTime } from '../test/virtualTime';
import { mean } from './statistics';
import { isOneByOne, OURS, PACES, PEERS, QUEUE_SECONDS, type Peer, type Way } from './ways';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export interface Noticed {
	polls: number;
	/** Seconds from the finished video until n8n goes on. */
	delay: number;
}

/** @param finish seconds from the submission to the finished video */
export function noticedBy(peer: Peer, finish: number): Noticed {
	const { first, interval, rest } = PACES[peer];
	const waits = Math.max(0, Math.ceil((finish - first) / interval));
	return { polls: waits + 1, delay: first + waits * interval - finish + rest };
}

/** Seconds that the peer takes for so many items with one render time. */
export function wallOf(peer: Peer, items: number, seconds: number): number {
	const one = seconds + noticedBy(peer, seconds).delay;
	return isOneByOne(peer) ? items * one : one;
}

/** Seconds that so many items with one render time take in the node, by its own poller. A poll takes no time. */
async function ourWall(items: number, seconds: number): Promise<number> {
	const clock = new VirtualClock(seededRandom(1));
	const finish = seconds * SECOND;
	const queueMs = QUEUE_SECONDS * SECOND;
	const progress = progressOf({ queueMs, renderMs: finish - queueMs, step: 1 });
	const poll = async ({ taskId }: { taskId: string }) => {
		const age = clock.elapsed();
		return age >= finish ? aFinishedTask(taskId) : aTask(taskId, { progress: progress(age) });
	};
	const poller = new TaskPoller({ clock, poll });
	const watch = { since: START, deadline: START + 120 * MINUTE, gatewayProven: true };
	await Promise.all(tasksOf(items).map(async (taskId) => await poller.watch({ ...watch, taskId })));
	return clock.elapsed() / SECOND;
}

const tasksOf = (items: number) => Array.from({ length: items }, (_, index) => `task_${index}`);

const RENDERS = [15, 20, 30, 45, 60, 90, 120, 180, 245, 300, 450, 600, 900];
const DRAWS = 400;

/** Of renders of about that time, so that no fixed interval meets the end by chance. */
function overRenders(seconds: number, notice: (finish: number, random: () => number) => Noticed) {
	const random = seededRandom(7);
	const spread = Math.min(7.5, seconds / 4);
	const all = Array.from({ length: DRAWS }, () =>
		notice(seconds + spread * (2 * random() - 1), random),
	);
	return { polls: mean(all.map(({ polls }) => polls)), delay: mean(all.map((one) => one.delay)) };
}

const peerNotices = (peer: Peer, seconds: number) =>
	overRenders(seconds, (finish) => noticedBy(peer, finish));

/** @param step percent by which the progress goes up; without it, none is reported */
const weNotice = (seconds: number, step?: number) =>
	overRenders(seconds, (finish, random) => {
		const queueMs = QUEUE_SECONDS * SECOND;
		const progress = progressOf({ queueMs, renderMs: finish * SECOND - queueMs, step });
		const { polls, lateMs } = polled(finish * SECOND, progress, random);
		return { polls, delay: lateMs / SECOND };
	});

const SEEDS = 20;

/** Every kind of progress by queue by render: how late, how many polls. */
function overCells() {
	const runs = CELLS.flatMap((cell) =>
		Array.from({ length: SEEDS }, (_, seed) => ({
			cell,
			...polled(cell.queueMs + cell.renderMs, progressOf(cell), seededRandom(seed)),
		})),
	);
	const late = new Set(
		runs.filter(({ cell, lateMs }) => lateMs > allowedMs(cell)).map(({ cell }) => cell),
	);
	const typical = runs.filter(({ cell }) => cell.queueMs + cell.renderMs === 245 * SECOND);
	return {
		cells: CELLS.length,
		late: late.size,
		meanDelay: mean(runs.map(({ lateMs }) => lateMs)) / SECOND,
		mostPolls: Math.max(...typical.map(({ polls }) => polls)),
	};
}

/** What ends, well or badly, between second 5 and 35. */
function firstHalfMinute(): number {
	const random = seededRandom(7);
	const delays = Array.from(
		{ length: DRAWS },
		() => polled((5 + 30 * random()) * SECOND, () => undefined, random).lateMs,
	);
	return mean(delays) / SECOND;
}

/**
 * One render in turns, without the gateway's call. n8n wakes the execution when it is due, or when it next looks: once a
 * minute, `phase` milliseconds after the minute.
 */
async function sleepThrough(finish: number, phase: number, step?: number) {
	const clock = new VirtualClock(seededRandom(phase + finish));
	const queueMs = QUEUE_SECONDS * SECOND;
	const progress = progressOf({ queueMs, renderMs: finish - queueMs, step });
	const poll = async () =>
		clock.elapsed() >= finish
			? aFinishedTask('task')
			: aTask('task', { progress: progress(clock.elapsed()) });
	let slotMs = 0;
	let parked: Outcome['parked'];
	for (;;) {
		const beganAt = clock.now();
		const outcome = await new TaskPoller({ clock, poll }).watch({
			taskId: 'task',
			since: START,
			deadline: START + 120 * MINUTE,
			gatewayProven: true,
			parks: true,
			resumed: parked,
		});
		slotMs += clock.now() - beganAt;
		if (!outcome.parked) return { lateMs: clock.elapsed() - finish, slotMs };
		({ parked } = outcome);
		const looks = Math.floor((clock.elapsed() - phase) / MINUTE) + 1;
		await clock.sleep(Math.max(outcome.parked.until, START + phase + looks * MINUTE) - clock.now());
	}
}

/** Seconds. */
async function asleep(seconds: number, step?: number) {
	const runs: Array<Awaited<ReturnType<typeof sleepThrough>>> = [];
	for (let phase = 0; phase < MINUTE; phase += 2.5 * SECOND) {
		runs.push(await sleepThrough(seconds * SECOND, phase, step));
	}
	return {
		delay: mean(runs.map(({ lateMs }) => lateMs)) / SECOND,
		worst: Math.max(...runs.map(({ lateMs }) => lateMs)) / SECOND,
		slot: mean(runs.map(({ slotMs }) => slotMs)) / SECOND,
	};
}

/** Seconds that a turn of a sleeping execution takes, all of whose tasks are still running. Each poll takes 0.3 s. */
async function turnOf(tasks: number): Promise<number> {
	const clock = new VirtualClock(seededRandom(1));
	const poll = async ({ taskId }: { taskId: string }) => {
		await clock.sleep(300);
		return aTask(taskId);
	};
	const poller = new TaskPoller({ clock, poll });
	const watch = {
		since: START,
		deadline: START + 60 * MINUTE,
		gatewayProven: true,
		parks: true,
		resumed: { until: START },
	};
	await Promise.all(tasksOf(tasks).map(async (taskId) => await poller.watch({ ...watch, taskId })));
	return clock.elapsed() / SECOND;
}

const COUNTS = [1, 5, 20, 100, 300, 1_000];
/** The three render times: one that the intervals of peers meet to the second, one that they do not, and the median of public logs. */
const MANY = [15, 63, 245];
const LIMITED = { items: 6, atOnce: 3, seconds: 60 };

const byPeer = <T>(of: (peer: Peer) => T) =>
	Object.fromEntries(PEERS.map((peer) => [peer, of(peer)])) as Record<Peer, T>;

export type Exact = Awaited<ReturnType<typeof simulateAll>>;

export async function simulateAll() {
	const many: Array<{ seconds: number; items: number; walls: Record<Way, number> }> = [];
	for (const seconds of MANY) {
		for (const items of COUNTS) {
			const peers = byPeer((peer) => wallOf(peer, items, seconds));
			many.push({ seconds, items, walls: { ...peers, [OURS]: await ourWall(items, seconds) } });
		}
	}
	const asleepOver = async (renders: number[]) =>
		await Promise.all(
			renders.map(async (seconds) => {
				const [everyPercent, noProgress] = [await asleep(seconds, 1), await asleep(seconds)];
				return { seconds, everyPercent, noProgress };
			}),
		);
	const dense = await asleepOver(Array.from({ length: 43 }, (_, index) => 60 + 20 * index));
	const { items, atOnce, seconds } = LIMITED;
	const times = { queueSeconds: QUEUE_SECONDS, renderSeconds: seconds - QUEUE_SECONDS };
	return {
		many,
		noticing: RENDERS.map((render) => ({
			seconds: render,
			everyPercent: weNotice(render, 1),
			noProgress: weNotice(render),
			peers: byPeer((peer) => peerNotices(peer, render)),
		})),
		asleep: await asleepOver(RENDERS),
		/** Over renders of 60 to 900 s. */
		asleepMeans: {
			everyPercent: mean(dense.map(({ everyPercent }) => everyPercent.delay)),
			slot: mean(dense.map(({ everyPercent }) => everyPercent.slot)),
			noProgress: mean(dense.map(({ noProgress }) => noProgress.delay)),
		},
		cells: overCells(),
		firstHalfMinute: firstHalfMinute(),
		turn: { tasks: 500, seconds: await turnOf(500) },
		limited: { ...LIMITED, ...(await executed(items, { ...times, maxRunning: atOnce })) },
	};
}

/** A whole execution on n8n's engine against the stand-in gateway, both in one virtual time. */
async function executed(items: number, scenario: Partial<Scenario>) {
	const time = new VirtualTime();
	const { timeout } = AbortSignal;
	AbortSignal.timeout = (ms) => time.timeout(ms);
	const simulator = await startSimulator({ clock: time, scenario, seed: 7 });
	try {
		const began = time.now();
		const { json, error } = await time.ending(
			runWorkflow({
				workflow: soraWorkflow({
					resource: 'video',
					operation: 'generate',
					prompt: '=Boat {{ $json.index }}',
					downloadVideo: false,
				}),
				credential: { apiKey: simulator.apiKey, baseUrl: simulator.url },
				items: Array.from({ length: items }, (_, index) => ({ json: { index } })),
				sora: soraNode(time),
			}),
		);
		if (error) throw new Error(error.message);
		const { purchases } = simulator.books;
		if (purchases.length !== items) throw new Error(`${purchases.length} purchases, not ${items}`);
		const videos = json('Done').filter(({ video_url: url }) => url).length;
		return { videos, wall: (time.now() - began) / SECOND };
	} finally {
		AbortSignal.timeout = timeout;
		time.close();
		await simulator.close();
	}
}
