import fc from 'fast-check';

import type { Task } from '../../nodes/Sora/gateway/contract';
import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { CalledTasks } from '../../nodes/Sora/trigger/calledTasks';
import { Reported, type SavedMemory } from '../../nodes/Sora/trigger/reported';
import { a429, aFinishedTask, aMiss, aTask } from './builders';
import { VirtualClock } from './virtualClock';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** How long the gateway takes to answer. */
const LATENCY_MS = 200;

/** What the gateway answers about a task, so many milliseconds after the beginning. */
type Script = (taskId: string, at: number) => Task | Error;

/** A trigger in virtual time, and what it has done. */
function setUp(script: Script, latencyOf: (taskId: string) => number = () => LATENCY_MS) {
	const clock = new VirtualClock();
	const outcomes = new Reported();
	const calledTasks = new CalledTasks(clock, outcomes);
	const polls: Array<{ taskId: string; at: number }> = [];
	const reported: Array<{ taskId: string; phase: string; at: number }> = [];
	const dropped: Array<{ taskId: string; why: string }> = [];
	const calls = { held: 0, mostHeld: 0, starts: 0 };

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
		const tasks = await calledTasks.outcomesAfter({
			taskId,
			open: async () => poll,
			log: {
				trouble: (_, reason) => {
					if (!(reason instanceof SoraFailure)) throw reason;
				},
				dropped: (about, why) => void dropped.push({ taskId: String(about), why }),
			},
		});
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
	const outcomeOf = async (taskId: string) => (await call(taskId))[0];
	return {
		...{ clock, outcomes, polls, reported, dropped, calls },
		...{ call, callAll, outcomeOf },
	};
}

interface Call {
	/** Milliseconds since the beginning. */
	at: number;
	taskId: string;
}

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
	it('reports its outcome once, and asks no more about a finished task', async () => {
		const { polls, outcomeOf } = setUp(aFinishedTask);
		await expect(outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
		await expect(outcomeOf('video_1')).resolves.toBeUndefined();
		expect(polls).toHaveLength(1);
	});

	it('waits a moment for a gateway that calls before its own task has ended', async () => {
		const { outcomeOf } = setUp(finishedFrom(40 * SECOND));
		await expect(outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
	});

	it('reports nothing while the task is running, and the outcome after the next call', async () => {
		const { clock, outcomeOf } = setUp(finishedFrom(10 * MINUTE));
		await expect(outcomeOf('video_1')).resolves.toBeUndefined();
		expect(clock.elapsed()).toBeLessThanOrEqual(90 * SECOND);
		await clock.sleep(10 * MINUTE);
		await expect(outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
	});

	it('reports a failed task again when it has finished after all, but no failure twice', async () => {
		const { clock, polls, outcomeOf } = setUp((id) =>
			polls.length < 3 ? aFailedTask(id) : aFinishedTask(id),
		);
		await expect(outcomeOf('video_1')).resolves.toMatchObject({ phase: 'failed' });
		await expect(outcomeOf('video_1')).resolves.toBeUndefined();
		await expect(outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
		expect(clock.elapsed()).toBeGreaterThan(2 * MINUTE);
	});

	it('remembers what an earlier process reported', async () => {
		const before = setUp(aFinishedTask);
		await before.outcomeOf('video_1');
		const saved: SavedMemory = {};
		before.outcomes.write(saved);
		const { outcomes, polls, outcomeOf } = setUp(aFinishedTask);
		outcomes.read(saved);
		await expect(outcomeOf('video_1')).resolves.toBeUndefined();
		expect(polls).toEqual([]);
	});

	it('reports a finished task whose video the gateway never names', async () => {
		const { outcomeOf } = setUp((id) => ({ ...aFinishedTask(id), videoUrl: null }));
		await expect(outcomeOf('video_1')).resolves.toMatchObject({ videoUrl: null });
	});
});

describe('calls again and again', () => {
	it('about a failed task make one poll a minute, and report it when it has finished after all', async () => {
		const { polls, reported, calls, callAll } = setUp((taskId, at) =>
			at < HOUR / 2 ? aFailedTask(taskId) : aFinishedTask(taskId),
		);
		await callAll(everySecond('v1', HOUR));
		expect(mostWithin(MINUTE, polls)).toBeLessThanOrEqual(2);
		expect(reported.map(({ phase }) => phase)).toEqual(['failed', 'succeeded']);
		expect(reported[1]?.at).toBeLessThanOrEqual(HOUR / 2 + 2 * MINUTE);
		expect(calls.mostHeld).toBeLessThanOrEqual(2);
	});

	it('about an unknown task make one poll a minute, and report it as soon as the gateway knows it', async () => {
		const { polls, reported, callAll } = setUp((taskId, at) =>
			at < 4 * MINUTE ? unknown : aFinishedTask(taskId),
		);
		await callAll(everySecond('v1', 10 * MINUTE));
		expect(mostWithin(MINUTE, polls)).toBeLessThanOrEqual(2);
		expect(reported.map(({ taskId }) => taskId)).toEqual(['v1']);
		expect(reported[0]?.at).toBeLessThanOrEqual(5 * MINUTE + SECOND);
	});

	it('about a running task poll it as seldom as a wait would', async () => {
		const { polls, reported, callAll } = setUp(finishedFrom(9 * MINUTE));
		await callAll(everySecond('v1', 10 * MINUTE));
		expect(mostWithin(MINUTE, polls)).toBeLessThanOrEqual(14);
		expect(reported.map(({ taskId }) => taskId)).toEqual(['v1']);
		expect(reported[0]?.at).toBeLessThanOrEqual(9 * MINUTE + 6 * SECOND);
	});
});

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

type Trigger = ReturnType<typeof setUp>;

/** What a gateway can bear, whatever comes. */
function expectModesty({ polls, calls }: Trigger): void {
	expect(mostWithin(SECOND, polls)).toBeLessThanOrEqual(6);
	expect(mostWithin(MINUTE, polls)).toBeLessThanOrEqual(40);
	expect(calls.mostHeld).toBeLessThanOrEqual(10);
}

/** Each true task was reported once. @returns the longest time from a call to its report */
function delayOf({ reported }: Trigger, list: Call[]): number {
	const trues = list.filter(({ taskId }) => taskId.endsWith(TRUE));
	const ids = trues.map(({ taskId }) => taskId).sort();
	expect(reported.map(({ taskId }) => taskId).sort()).toEqual(ids);
	const moments = new Map(reported.map(({ taskId, at }) => [taskId, at]));
	return Math.max(...trues.map(({ taskId, at }) => (moments.get(taskId) ?? Infinity) - at));
}

describe('made-up calls', () => {
	it.each([5, 45])(
		'900 at %i ms each: a true one after them is reported within a minute',
		async (ms) => {
			const last = 900 * ms;
			const list = [
				...madeUp(900, ms),
				...trueCalls(last + SECOND, 20 * SECOND, last + 2 * MINUTE),
			];
			const trigger = setUp(unlessMadeUp);
			await trigger.callAll(list);
			expect(delayOf(trigger, list)).toBeLessThanOrEqual(MINUTE);
			expectModesty(trigger);
		},
	);

	it('six a minute for an hour, also after a flood: all true ones are reported within two minutes', async () => {
		const list = [
			...madeUp(900, 5),
			...madeUp(360, 10 * SECOND, 4_500),
			...trueCalls(6 * SECOND, 97 * SECOND, HOUR),
		];
		const trigger = setUp(unlessMadeUp);
		await trigger.callAll(list);
		expect(delayOf(trigger, list)).toBeLessThanOrEqual(2 * MINUTE);
		expectModesty(trigger);
	});

	it.each<[string, Script, number]>([
		['is slow to answer them', unlessMadeUp, 28 * SECOND],
		[
			'answers them with errors of its own',
			(id) => (id.endsWith(TRUE) ? aFinishedTask(id) : aMiss()),
			LATENCY_MS,
		],
	])('delay nobody where the gateway %s', async (_, script, latencyMs) => {
		const list = [...madeUp(300, 45), ...trueCalls(14 * SECOND, 31 * SECOND, 5 * MINUTE)];
		const trigger = setUp(script, (taskId) => (taskId.endsWith(TRUE) ? LATENCY_MS : latencyMs));
		await trigger.callAll(list, 20 * MINUTE);
		expect(delayOf(trigger, list)).toBeLessThanOrEqual(2 * MINUTE);
		expectModesty(trigger);
	});

	it('cost a few polls a minute, start nothing, and are held by few calls', async () => {
		const trigger = setUp(unlessMadeUp);
		await trigger.callAll(madeUp(900, 5));
		expect(mostWithin(MINUTE, trigger.polls)).toBeLessThanOrEqual(20);
		expect(trigger.calls).toMatchObject({ starts: 0, held: 0 });
		expectModesty(trigger);
	});

	it('about hundreds of failed tasks leave room for one that has finished', async () => {
		const failed = Array.from({ length: 300 }, (_, index) => `failed-${index}`);
		const list = [
			...failed.map((taskId, index) => ({ at: index * 200, taskId })),
			...Array.from({ length: 60 }, (_, index) => ({
				at: 2 * MINUTE + index * 10 * SECOND,
				taskId: failed[index] ?? '',
			})),
			...trueCalls(2 * MINUTE, 47 * SECOND, 10 * MINUTE),
		];
		const trigger = setUp((taskId) =>
			taskId.endsWith(TRUE) ? aFinishedTask(taskId) : aFailedTask(taskId),
		);
		await trigger.callAll(list);
		const finished = trigger.reported.filter(({ phase }) => phase === 'succeeded');
		expect(delayOf({ ...trigger, reported: finished }, list)).toBeLessThanOrEqual(MINUTE);
		expect(trigger.reported.length - finished.length).toBe(300);
	});
});

describe('many true calls', () => {
	it('are all reported, a thousand that come together; what is more is dropped', async () => {
		const { reported, dropped, polls, callAll } = setUp(aFinishedTask);
		await callAll(Array.from({ length: 1_200 }, (_, index) => ({ at: 0, taskId: `v${index}` })));
		expect(new Set(reported.map(({ taskId }) => taskId)).size).toBe(reported.length);
		expect(reported.length).toBeGreaterThanOrEqual(1_000);
		expect(reported.length + dropped.length).toBe(1_200);
		expect(mostWithin(SECOND, polls)).toBeLessThanOrEqual(6);
	});

	it('start the workflow together where they come together', async () => {
		const { calls, reported, callAll } = setUp(aFinishedTask);
		await callAll(Array.from({ length: 60 }, (_, index) => ({ at: 0, taskId: `v${index}` })));
		expect(reported).toHaveLength(60);
		expect(Math.max(...reported.map(({ at }) => at))).toBeLessThanOrEqual(20 * SECOND);
		expect(calls.starts).toBeLessThanOrEqual(10);
	});
});

describe('a gateway in trouble', () => {
	const batch = trueCalls(0, SECOND, MINUTE);

	it.each<[string, Error]>([
		['answers errors', aMiss()],
		['cannot be reached', new SoraFailure('unreachable', { repeatable: 'free' })],
		['does not answer', new SoraFailure('gateway_silent', { repeatable: 'free' })],
	])(
		'that %s for five minutes is asked seldom, and every outcome is reported soon after',
		async (_, trouble) => {
			const trigger = setUp((taskId, at) => (at < 5 * MINUTE ? trouble : aFinishedTask(taskId)));
			await trigger.callAll(batch);
			expect(delayOf(trigger, batch)).toBeLessThanOrEqual(6 * MINUTE);
			const during = trigger.polls.filter(({ at }) => at < 5 * MINUTE);
			expect(mostWithin(MINUTE, during)).toBeLessThanOrEqual(20);
		},
	);

	it.each([60 * SECOND, undefined])(
		'that wants a pause of %s ms gets it, whoever calls',
		async (ms) => {
			const trigger = setUp((taskId, at) => (at < 90 * SECOND ? a429(ms) : aFinishedTask(taskId)));
			await trigger.callAll(batch);
			const during = trigger.polls.filter(({ at }) => at < 60 * SECOND);
			expect(during.length).toBeLessThanOrEqual(ms ? 3 : 20);
			expect(delayOf(trigger, batch)).toBeLessThanOrEqual(3 * MINUTE);
		},
	);
});

it(
	'whatever comes: reports each outcome once, asks with held calls only, and holds ten at most',
	async () => {
		const pool = Array.from({ length: 12 }, (_, index) => `v${index}`);
		const fates: Script[] = [
			aFinishedTask,
			finishedFrom(3 * MINUTE),
			aFailedTask,
			(taskId, at) => (at % 5 ? aMiss() : aFinishedTask(taskId)),
			() => unknown,
			(taskId) => ({ ...aFinishedTask(taskId), videoUrl: null }),
			() => aMiss(),
		];
		await fc.assert(
			fc.asyncProperty(
				fc.array(
					fc.record({
						at: fc.integer({ min: 0, max: 5 * MINUTE }),
						taskId: fc.constantFrom(...pool),
					}),
					{ maxLength: 80 },
				),
				fc.array(fc.constantFrom(...fates), { minLength: 12, maxLength: 12 }),
				async (list, chosen) => {
					const fateOf = (taskId: string) => chosen[pool.indexOf(taskId)] ?? unlessMadeUp;
					const trigger = setUp((taskId, at) => fateOf(taskId)(taskId, at));
					await trigger.callAll(list, 30 * MINUTE);
					const reported = trigger.reported.map(({ taskId, phase }) => `${taskId} ${phase}`);
					expect(new Set(reported).size).toBe(reported.length);
					expect(trigger.calls.mostHeld).toBeLessThanOrEqual(10);
					expect(trigger.calls.held).toBe(0);
					const finished = list.filter(({ taskId }) => fateOf(taskId) === fates[0]);
					for (const { taskId } of finished) expect(reported).toContain(`${taskId} succeeded`);
				},
			),
			{ numRuns: 300 },
		);
	},
	2 ** 31 - 1,
);
