import type { Task } from '../../nodes/Sora/gateway/contract';
import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { CalledTasks } from '../../nodes/Sora/trigger/calledTasks';
import { Reported } from '../../nodes/Sora/trigger/reported';
import { a429, aFinishedTask, aMiss, aTask } from './builders';
import { VirtualClock } from './virtualClock';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** How long the gateway takes to answer. */
const LATENCY_MS = 200;

/** What the gateway answers about a task, so many milliseconds after the beginning. */
type Script = (taskId: string, at: number) => Task | Error;

interface Call {
	/** Milliseconds since the beginning. */
	at: number;
	taskId: string;
}

/** A trigger in virtual time, and what it has done. */
function setUp(script: Script, latencyOf: (taskId: string) => number = () => LATENCY_MS) {
	const clock = new VirtualClock();
	const polls: Call[] = [];
	const reported: Array<Call & { phase: string }> = [];
	const dropped: string[] = [];
	const calls = { held: 0, mostHeld: 0, starts: 0 };
	const calledTasks = new CalledTasks(clock, new Reported(), {
		trouble: (_, reason) => {
			if (!(reason instanceof SoraFailure)) throw reason;
		},
		dropped: (taskId) => void dropped.push(String(taskId)),
	});

	async function call(taskId: string): Promise<Task[]> {
		let isReturned = false;
		const poll = async (id: string) => {
			if (isReturned) throw new Error('n8n has taken the credential away');
			polls.push({ taskId: id, at: clock.elapsed() });
			await clock.sleep(latencyOf(id));
			const answer = script(id, clock.elapsed());
			if (answer instanceof Error) throw answer;
			return answer;
		};
		calls.held++;
		const tasks = await calledTasks.outcomesAfter(taskId, async () => poll);
		isReturned = true;
		calls.held--;
		if (tasks.length) calls.starts++;
		for (const { id, phase } of tasks) reported.push({ taskId: id, phase, at: clock.elapsed() });
		return tasks;
	}

	/** Calls at these moments, then lets ten minutes pass. */
	async function callAll(list: Call[], until = 0) {
		for (const { at, taskId } of [...list].sort((a, b) => a.at - b.at)) {
			if (at > clock.elapsed()) await clock.sleep(at - clock.elapsed());
			void call(taskId);
			// A call that is not held is over by then.
			for (let turn = 0; turn < 6; turn++) await undefined;
			calls.mostHeld = Math.max(calls.mostHeld, calls.held);
		}
		await clock.sleep(Math.max(until - clock.elapsed(), 10 * MINUTE));
	}
	return { clock, polls, reported, dropped, calls, call, callAll };
}
type Trigger = ReturnType<typeof setUp>;

const unknown = new SoraFailure('task_not_found');
const aFailedTask = (id: string) => aTask(id, { status: 'FAILURE', phase: 'failed' });
const finishedFrom =
	(ms: number): Script =>
	(id, at) =>
		at >= ms ? aFinishedTask(id) : aTask(id);
const everySecond = (taskId: string, lastMs: number): Call[] =>
	Array.from({ length: lastMs / SECOND }, (_, index) => ({ at: index * SECOND, taskId }));

/** The largest number of these moments within any such span. */
function mostWithin(span: number, moments: Array<{ at: number }>): number {
	const sorted = moments.map(({ at }) => at).sort((a, b) => a - b);
	return Math.max(0, ...sorted.map((at) => sorted.filter((x) => x >= at && x < at + span).length));
}

describe('a call about a task', () => {
	it.each<[string, Script, number[], Array<string | undefined>]>([
		['that has finished, and asks no more', aFinishedTask, [0, MINUTE], ['succeeded', undefined]],
		['that the gateway calls before it has ended', finishedFrom(40 * SECOND), [0], ['succeeded']],
		[
			'that runs, after the next call',
			finishedFrom(10 * MINUTE),
			[0, 10 * MINUTE],
			[undefined, 'succeeded'],
		],
		[
			'that has failed, and finished after all; no failure twice',
			(id, at) => (at < 90 * SECOND ? aFailedTask(id) : aFinishedTask(id)),
			[0, MINUTE, 2 * MINUTE],
			['failed', undefined, 'succeeded'],
		],
		[
			'that has finished, though the gateway never names its video',
			(id) => ({ ...aFinishedTask(id), videoUrl: null }),
			[0],
			['succeeded'],
		],
	])('reports the outcome of one %s', async (_, script, moments, phases) => {
		const { clock, polls, call } = setUp(script);
		const reported: Array<string | undefined> = [];
		for (const moment of moments) {
			await clock.sleep(moment - clock.elapsed());
			const [task] = await call('video_1');
			reported.push(task?.phase);
			expect(clock.elapsed() - moment).toBeLessThanOrEqual(90 * SECOND);
		}
		expect(reported).toEqual(phases);
		if (script === aFinishedTask) expect(polls).toHaveLength(1);
	});
});

it.each<[string, number, Script, number, string[]]>([
	[
		'failed',
		HOUR / 2 + 2 * MINUTE,
		(taskId, at) => (at < HOUR / 2 ? aFailedTask(taskId) : aFinishedTask(taskId)),
		2,
		['failed', 'succeeded'],
	],
	[
		'unknown',
		5 * MINUTE + SECOND,
		(taskId, at) => (at < 4 * MINUTE ? unknown : aFinishedTask(taskId)),
		2,
		['succeeded'],
	],
	['running', 9 * MINUTE + 6 * SECOND, finishedFrom(9 * MINUTE), 14, ['succeeded']],
])(
	'a call every second about a task that is %s is reported by %i ms, with few polls a minute',
	async (_, latest, script, most, phases) => {
		const { polls, reported, calls, callAll } = setUp(script);
		await callAll(everySecond('v1', latest + MINUTE));
		expect(mostWithin(MINUTE, polls)).toBeLessThanOrEqual(most);
		expect(reported.map(({ phase }) => phase)).toEqual(phases);
		expect(reported.at(-1)?.at).toBeLessThanOrEqual(latest);
		expect(calls.mostHeld).toBeLessThanOrEqual(2);
	},
);

/** How the IDs of true tasks end. */
const TRUE = '-true';
const madeUp = (length: number, everyMs: number, from = 0): Call[] =>
	Array.from({ length }, (_, index) => ({
		at: from + index * everyMs,
		taskId: `f${from}-${index}`,
	}));
const trueCalls = (from: number, everyMs: number, until: number): Call[] =>
	Array.from({ length: Math.ceil((until - from) / everyMs) }, (_, index) => ({
		at: from + index * everyMs,
		taskId: `v${index}${TRUE}`,
	}));
const unlessMadeUp: Script = (taskId) => (taskId.endsWith(TRUE) ? aFinishedTask(taskId) : unknown);

/** Each true task was reported once. @returns the longest time from a call to its report */
function delayOf({ reported }: Trigger, list: Call[]): number {
	const trues = list.filter(({ taskId }) => taskId.endsWith(TRUE));
	const ids = trues.map(({ taskId }) => taskId).sort();
	expect(reported.map(({ taskId }) => taskId).sort()).toEqual(ids);
	const moments = new Map(reported.map(({ taskId, at }) => [taskId, at]));
	return Math.max(0, ...trues.map(({ taskId, at }) => (moments.get(taskId) ?? Infinity) - at));
}

const failedIds = Array.from({ length: 300 }, (_, index) => `failed-${index}`);
const errs: Script = (taskId) => (taskId.endsWith(TRUE) ? aFinishedTask(taskId) : aMiss());
const hasFailed: Script = (taskId) =>
	taskId.endsWith(TRUE) ? aFinishedTask(taskId) : aFailedTask(taskId);

/** Calls, how soon the true ones among them are reported, what the gateway answers, and after how long. */
type Flood = [name: string, calls: Call[], within: number, script?: Script, latencyMs?: number];

it.each<Flood>([
	...[5, 45].map((ms): Flood => {
		const last = 900 * ms;
		const trues = trueCalls(last + SECOND, 20 * SECOND, last + 2 * MINUTE);
		return [`900 at ${ms} ms each`, [...madeUp(900, ms), ...trues], MINUTE];
	}),
	[
		'six a minute for an hour, also after a flood',
		[
			...madeUp(900, 5),
			...madeUp(360, 10 * SECOND, 4_500),
			...trueCalls(6 * SECOND, 97 * SECOND, HOUR),
		],
		2 * MINUTE,
	],
	...[28 * SECOND, LATENCY_MS].map((ms): Flood => {
		const list = [...madeUp(300, 45), ...trueCalls(14 * SECOND, 31 * SECOND, 5 * MINUTE)];
		return [
			`answered with errors or after ${ms} ms`,
			list,
			2 * MINUTE,
			ms > SECOND ? unlessMadeUp : errs,
			ms,
		];
	}),
	[
		'about hundreds of failed tasks, again and again',
		[
			...failedIds.map((taskId, index) => ({ at: index * 200, taskId })),
			...failedIds
				.slice(0, 60)
				.map((taskId, index) => ({ at: 2 * MINUTE + index * 10 * SECOND, taskId })),
			...trueCalls(2 * MINUTE, 47 * SECOND, 10 * MINUTE),
		],
		MINUTE,
		hasFailed,
	],
	['alone, which start nothing', madeUp(900, 5), 0],
])(
	'made-up calls, %s: real ones are reported soon, with few polls and held calls',
	async (...flood) => {
		const [, list, within, script = unlessMadeUp, latencyMs = LATENCY_MS] = flood;
		const trigger = setUp(script, (taskId) => (taskId.endsWith(TRUE) ? LATENCY_MS : latencyMs));
		await trigger.callAll(list, 20 * MINUTE);
		const { reported, polls, calls } = trigger;
		const finished = reported.filter(({ phase }) => phase === 'succeeded');
		expect(delayOf({ ...trigger, reported: finished }, list)).toBeLessThanOrEqual(within);
		expect(reported.length - finished.length).toBe(script === hasFailed ? 300 : 0);
		// What a gateway can bear, whatever comes; hundreds of failures are news.
		expect(mostWithin(SECOND, polls)).toBeLessThanOrEqual(6);
		expect(mostWithin(MINUTE, polls)).toBeLessThanOrEqual(script === hasFailed ? 300 : 40);
		expect(calls.mostHeld).toBeLessThanOrEqual(10);
		expect(calls).toMatchObject(within ? { held: 0 } : { held: 0, starts: 0 });
		if (!within) expect(mostWithin(MINUTE, polls)).toBeLessThanOrEqual(20);
	},
);

describe('many real calls', () => {
	it('are all reported if a thousand come together; further ones are dropped', async () => {
		const { reported, dropped, polls, callAll } = setUp(aFinishedTask);
		await callAll(Array.from({ length: 1_200 }, (_, index) => ({ at: 0, taskId: `v${index}` })));
		expect(new Set(reported.map(({ taskId }) => taskId)).size).toBe(reported.length);
		expect(reported.length).toBeGreaterThanOrEqual(1_000);
		expect(reported.length + dropped.length).toBe(1_200);
		expect(mostWithin(SECOND, polls)).toBeLessThanOrEqual(6);
	});

	it('start the workflow together if they come together', async () => {
		const { calls, reported, callAll } = setUp(aFinishedTask);
		await callAll(Array.from({ length: 60 }, (_, index) => ({ at: 0, taskId: `v${index}` })));
		expect(reported).toHaveLength(60);
		expect(Math.max(...reported.map(({ at }) => at))).toBeLessThanOrEqual(20 * SECOND);
		expect(calls.starts).toBeLessThanOrEqual(10);
	});
});

it.each<[string, number, Error, number]>([
	['answers errors', 5 * MINUTE, aMiss(), 20],
	['cannot be reached', 5 * MINUTE, new SoraFailure('unreachable', { repeatable: 'free' }), 20],
	['answers 429', 90 * SECOND, a429(), 20],
	['wants a pause', 90 * SECOND, a429(MINUTE), 3],
])(
	'a gateway that %s for %i ms is polled rarely, and every outcome is reported soon afterwards',
	async (_, until, trouble, most) => {
		const batch = trueCalls(0, SECOND, MINUTE);
		const trigger = setUp((taskId, at) => (at < until ? trouble : aFinishedTask(taskId)));
		await trigger.callAll(batch);
		expect(delayOf(trigger, batch)).toBeLessThanOrEqual(until + 90 * SECOND);
		const during = trigger.polls.filter(({ at }) => at < MINUTE);
		expect(during.length).toBeLessThanOrEqual(most);
	},
);
