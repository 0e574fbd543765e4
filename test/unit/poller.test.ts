import { SoraFailure, type FailureCategory } from '../../nodes/Sora/gateway/failures';
import type { Task } from '../../nodes/Sora/gateway/contract';
import { PACE_MS, SHORTEST_PARK_MS, STAY_MS } from '../../nodes/Sora/tasks/schedule';
import { TaskPoller, type Outcome, type PolledTask } from '../../nodes/Sora/tasks/poller';
import { a429, aFinishedTask, aMiss, aTask, rejection } from './builders';
import { mean } from '../../bench/statistics';
import { seededRandom } from '../simulator/random';
import { START, untilIdle, VirtualClock } from './virtualClock';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What a gateway does when it is polled about a task: by the time since virtual time began, and by how often. */
type Script = (age: number, polls: number, taskId: string) => Task | Error;

interface Poll {
	taskId: string;
	/** Since virtual time began. */
	at: number;
	limitMs: number;
}

/** Pollers of one gateway, which answers by a script, after `latency`, in virtual time. */
function setUp(script: Script, latency: (taskId: string) => number = () => 0) {
	const clock = new VirtualClock(seededRandom(1));
	const stop = new AbortController();
	const polls: Poll[] = [];
	const counts = new Map<string, number>();
	const inFlight = { now: 0, most: 0 };
	const poll = async ({ taskId }: PolledTask, limitMs: number) => {
		polls.push({ taskId, at: clock.elapsed(), limitMs });
		const count = (counts.get(taskId) ?? 0) + 1;
		counts.set(taskId, count);
		inFlight.most = Math.max(inFlight.most, ++inFlight.now);
		if (latency(taskId) === Number.POSITIVE_INFINITY) await new Promise(() => undefined);
		if (latency(taskId) > 0) await clock.sleep(Math.min(limitMs, latency(taskId)));
		inFlight.now--;
		const answer = script(clock.elapsed(), count, taskId);
		if (answer instanceof Error) throw answer;
		return answer;
	};
	const turn = () => {
		const poller = new TaskPoller({ clock, signal: AbortSignal.any([stop.signal]), poll });
		return async (taskId: string, changes: Partial<PolledTask> = {}) =>
			await poller.watch({
				taskId,
				since: clock.now(),
				deadline: clock.now() + 30 * MINUTE,
				gatewayProven: true,
				...changes,
			});
	};
	return { clock, stop, polls, inFlight, turn, watch: turn() };
}

const finishedAfter =
	(ms: number): Script =>
	(age, _, taskId) =>
		age >= ms ? aFinishedTask(taskId) : aTask(taskId);
const running: Script = (_, __, taskId) => aTask(taskId);
const finished = finishedAfter(0);

const gaps = (polls: Poll[]) => polls.slice(1).map(({ at }, index) => at - (polls[index]?.at ?? 0));
const named = (count: number) => Array.from({ length: count }, (_, index) => `task_${index}`);
type Watch = ReturnType<typeof setUp>['watch'];
const all = async (watch: Watch, taskIds: string[], changes: Partial<PolledTask> = {}) =>
	await Promise.all(taskIds.map(async (taskId) => await watch(taskId, changes)));
const SUCCEEDED = { timedOut: false, task: { phase: 'succeeded' } };

describe('a watch', () => {
	it.each<[string, Script, number, Partial<PolledTask>?]>([
		['finished', finishedAfter(4 * MINUTE), 4 * MINUTE],
		['failed', () => aTask('video_1', { status: 'FAILURE', phase: 'failed' }), 0],
		['finished, at once where that may be', finished, 0, { pollAtOnce: true }],
	])('ends with the task as soon as a poll finds it %s', async (...ending) => {
		const [, script, end, changes] = ending;
		const { clock, watch } = setUp(script);
		const outcome = await watch('video_1', changes);
		expect(outcome).toStrictEqual({ task: script(end, 1, 'video_1'), timedOut: false });
		expect(clock.elapsed() - end).toBeLessThanOrEqual(changes ? 0 : end ? 10 * SECOND : 6 * SECOND);
	});

	it('keeps the user’s interval, even while the gateway denies the task', async () => {
		const denied = new SoraFailure('task_not_found', { httpStatus: 400, explicit: true });
		const { watch, polls } = setUp((age, ...more) =>
			age > 100 * SECOND && age < 150 * SECOND ? denied : finishedAfter(5 * MINUTE)(age, ...more),
		);
		await watch('video_1', { fixedIntervalMs: 20 * SECOND });
		for (const gap of gaps(polls))
			expect(Math.abs(gap - 20 * SECOND)).toBeLessThanOrEqual(2 * SECOND);
	});

	it.each([10 * MINUTE, 8 * MINUTE])(
		'waits for the video of a finished task until the deadline (%i ms)',
		async (deadline) => {
			const bare = aTask('video_1', { status: 'SUCCESS', phase: 'succeeded' });
			const { watch } = setUp((age) => (age < 9 * MINUTE ? bare : aFinishedTask('video_1')));
			const outcome = await watch('video_1', { deadline: START + deadline });
			expect(outcome).toMatchObject({
				timedOut: deadline < 9 * MINUTE,
				task: deadline < 9 * MINUTE ? { phase: 'succeeded', videoUrl: null } : SUCCEEDED.task,
			});
		},
	);
});

describe('the deadline', () => {
	const deadline = START + 5 * MINUTE;

	it('ends the watch with the last known state, after a final poll just then', async () => {
		const { watch, polls } = setUp((_, __, taskId) => aTask(taskId, { progress: 42 }));
		const outcome = await watch('video_1', { deadline });
		expect(outcome).toMatchObject({ timedOut: true, task: { progress: 42 } });
		expect(polls.at(-1)?.at).toBe(5 * MINUTE);
	});

	it.each<[string, Script, number, number]>([
		['just then', finishedAfter(5 * MINUTE), 0, 5 * MINUTE],
		['while a poll lasted too long', finishedAfter(5 * MINUTE + SECOND), 50 * SECOND, 5 * MINUTE],
		['long before it is asked about', finished, 0, -1],
	])('still delivers a video that is finished %s', async (_, script, latency, ms) => {
		const { watch, polls } = setUp(script, () => latency);
		expect(await watch('video_1', { deadline: START + ms })).toMatchObject(SUCCEEDED);
		if (ms < 0) expect(polls).toHaveLength(1);
	});

	it.each([aMiss({ words: 'Bad Gateway' }), a429(15 * MINUTE)])(
		'ends a watch that never learned anything, with the reason',
		async (lastMiss) => {
			const { clock, watch } = setUp(() => lastMiss);
			const outcome = await watch('video_1', { deadline });
			expect(outcome).toMatchObject({ timedOut: true, task: undefined, lastMiss });
			expect(clock.elapsed()).toBe(5 * MINUTE);
		},
	);

	it('of one task is met while others wait for a Retry-After', async () => {
		const { watch, clock } = setUp((_, polls, taskId) =>
			taskId === 'limited' && polls === 1 ? a429(10 * MINUTE) : aTask(taskId),
		);
		const patient = Promise.all([watch('limited', { pollAtOnce: true }), watch('long')]);
		expect((await watch('short', { deadline })).timedOut).toBe(true);
		expect(clock.elapsed()).toBe(5 * MINUTE);
		await patient;
	});

	it.each([10 * SECOND, 37 * SECOND, MINUTE, 10 * MINUTE])(
		'limits every poll, and the last one to three seconds later: %i ms',
		async (ms) => {
			const { watch, polls, clock } = setUp(
				() => aMiss(),
				() => 30 * SECOND,
			);
			expect((await watch('video_1', { deadline: START + ms })).timedOut).toBe(true);
			for (const { at, limitMs } of polls.slice(0, -1)) expect(at + limitMs).toBe(ms);
			expect(polls.at(-1)).toMatchObject({ at: ms, limitMs: 3 * SECOND });
			expect(clock.elapsed()).toBeLessThanOrEqual(ms + 5 * SECOND);
		},
	);
});

describe('polls that reveal nothing', () => {
	it('become rarer while they continue, and normal again when the gateway is back', async () => {
		const { watch, polls } = setUp((age, ...more) =>
			age > MINUTE && age < 10 * MINUTE ? aMiss() : finishedAfter(15 * MINUTE)(age, ...more),
		);
		await expect(watch('video_1')).resolves.toMatchObject(SUCCEEDED);
		const during = polls.filter(({ at }) => at > MINUTE && at < 10 * MINUTE);
		const after = polls.filter(({ at }) => at > 12 * MINUTE);
		expect(during.length).toBeLessThanOrEqual(9);
		expect(Math.max(...gaps(after))).toBeLessThanOrEqual(20 * SECOND);
	});

	it.each(['credential_invalid', 'key_group', 'task_not_found'] as const)(
		'permanently (%s) end that watch at once, and no other',
		async (category) => {
			const failure = new SoraFailure(category, { taskId: 'bad', httpStatus: 401 });
			const { watch, polls } = setUp((age, count, taskId) =>
				taskId === 'bad' ? failure : finishedAfter(2 * MINUTE)(age, count, taskId),
			);
			const good = watch('good');
			expect(await rejection(watch('bad'))).toBe(failure);
			expect(polls.filter(({ taskId }) => taskId === 'bad')).toHaveLength(1);
			expect(await good).toMatchObject(SUCCEEDED);
		},
	);

	it('end the watch after four if nothing was ever heard of this gateway', async () => {
		const miss = aMiss({ words: 'no such host' });
		const { watch, polls } = setUp(() => miss);
		expect(await rejection(watch('video_1', { gatewayProven: false }))).toBe(miss);
		expect(polls).toHaveLength(4);
	});

	it.each<[string, Script, boolean]>([
		['has accepted something before', () => aMiss(), true],
		['has told something', (_, count, taskId) => (count === 1 ? aTask(taskId) : aMiss()), false],
		['has answered with 429', (_, count) => (count === 1 ? a429() : aMiss()), false],
		['answers with 429', () => a429(), false],
	])('end no watch early if the gateway %s', async (_, misses, gatewayProven) => {
		const { watch } = setUp((age, count, taskId) =>
			(count <= 8 ? misses : finished)(age, count, taskId),
		);
		await expect(watch('video_1', { gatewayProven })).resolves.toMatchObject(SUCCEEDED);
	});

	it.each([
		['a connection that is refused', 'unreachable', undefined],
		['a name that nobody knows', 'unreachable', true],
		['a certificate', 'tls_failed', true],
	] as const)('report within 20 seconds that nobody answers: %s', async (_, category, lasting) => {
		const failure = new SoraFailure(category, { repeatable: 'free', lasting });
		const { watch, polls, clock } = setUp(() => failure);
		const lost = await rejection(watch('video_1', { gatewayProven: false, pollAtOnce: true }));
		expect(lost).toBe(failure);
		expect(polls.length).toBeGreaterThanOrEqual(2);
		expect(clock.elapsed()).toBeLessThanOrEqual(20 * SECOND);
		const proven = setUp((age, count, taskId) =>
			count <= 6 ? failure : finished(age, count, taskId),
		);
		await expect(proven.watch('video_1')).resolves.toMatchObject(SUCCEEDED);
	});
});

describe('a denial of an accepted task', () => {
	const said = (category: FailureCategory, httpStatus = 400) =>
		new SoraFailure(category, { taskId: 'video_1', httpStatus, explicit: true });
	const DENIALS = [
		['credential_invalid', 401],
		['key_group', 403],
		['task_not_found', 400],
		['quota_exhausted', 403],
		['moderation', 400],
		['bad_request', 403],
	] as const;

	it.each(DENIALS)('is believed once it has stood for a minute (%s, %d)', async (...denial) => {
		const failure = said(...denial);
		const passing = setUp((age, ...more) =>
			age > 30 * SECOND && age < 85 * SECOND ? failure : finishedAfter(3 * MINUTE)(age, ...more),
		);
		await expect(passing.watch('video_1')).resolves.toMatchObject(SUCCEEDED);
		const { watch, polls, clock } = setUp(() => failure);
		const others = [watch('a'), watch('b')].map(rejection);
		expect(await rejection(watch('video_1'))).toBe(failure);
		const since = clock.elapsed() - (polls[0]?.at ?? 0);
		expect(since).toBeGreaterThanOrEqual(MINUTE);
		expect(since).toBeLessThanOrEqual(MINUTE + 10 * SECOND);
		expect(polls.length).toBeGreaterThanOrEqual(7);
		await Promise.all(others);
	});

	it.each([aMiss(), said('credential_invalid', 401), aTask('video_1')])(
		'starts over when another answer came in between',
		async (between) => {
			const { watch } = setUp((age, count, taskId) => {
				if (age > 8 * MINUTE) return aFinishedTask(taskId);
				return count % 5 === 0 ? between : said('task_not_found');
			});
			await expect(watch('video_1')).resolves.toMatchObject(SUCCEEDED);
		},
	);

	it.each<[string, SoraFailure, number]>([
		['says nothing of the task or the key', said('bad_request', 400), 10 * MINUTE],
		['is about the address', said('wrong_address', 404), 10 * MINUTE],
		['may pass', said('credential_invalid', 503).about({ repeatable: 'free' }), 10 * MINUTE],
		['has not stood for a minute at the deadline', said('task_not_found'), 30 * SECOND],
	])('ends nothing if it %s', async (_, lastMiss, ms) => {
		const { watch } = setUp(() => lastMiss);
		const outcome = await watch('video_1', { deadline: START + ms });
		expect(outcome).toMatchObject({ timedOut: true, lastMiss });
	});

	it.each([
		['counts of a task that it has told of before', 2],
		['ends the wait at once where nothing was ever heard of the task', 1],
	])('%s', async (_, deniedPoll) => {
		const failure = said('task_not_found');
		const { watch, polls } = setUp((age, count, taskId) =>
			count === deniedPoll ? failure : finishedAfter(3 * MINUTE)(age, count, taskId),
		);
		const watched = watch('video_1', { gatewayProven: false });
		if (deniedPoll > 1) return expect(await watched).toMatchObject(SUCCEEDED);
		expect(await rejection(watched)).toBe(failure);
		expect(polls).toHaveLength(1);
	});

	it('is believed of an unknown word that may mean a failure once it stands', async () => {
		const dead = aTask('video_1', { status: 'zapped', phase: 'failed' });
		const { watch, polls, clock } = setUp(() => dead);
		expect(await watch('video_1')).toMatchObject({ timedOut: false, task: dead });
		expect(clock.elapsed() - (polls[0]?.at ?? 0)).toBeGreaterThanOrEqual(MINUTE);
		const passing = setUp((age, ...more) =>
			age < 50 * SECOND ? dead : finishedAfter(3 * MINUTE)(age, ...more),
		);
		await expect(passing.watch('video_1')).resolves.toMatchObject(SUCCEEDED);
	});
});

describe('an answer about another task', () => {
	/** Answers that name these IDs, one after the other: `other` has failed, and the last one is finished. */
	const answers =
		(ids: Array<string | undefined>): Script =>
		(_, count, taskId) => {
			const saidId = ids[Math.min(count, ids.length) - 1];
			if (saidId === 'other') return aTask(taskId, { status: 'FAILURE', phase: 'failed', saidId });
			return { ...(count < ids.length ? aTask(taskId) : aFinishedTask(taskId)), saidId };
		};

	it('stays a miss when that other task has ended', async () => {
		const { watch } = setUp((_, __, taskId) => ({ ...aFinishedTask(taskId), saidId: 'a' }));
		await watch('a');
		const outcome = await watch('b', { deadline: START + 5 * MINUTE });
		expect(outcome).toMatchObject({ timedOut: true, task: undefined });
		expect(outcome.lastMiss?.facts.words).toContain('another task: a');
	});

	it.each<[string, Array<string | undefined>, number]>([
		['its own ID', ['video_1', 'video_1'], 2],
		['no ID', [undefined, undefined], 2],
		['an alias at once', ['alias'], 1],
		['an alias from the first on', ['alias', 'alias', 'alias'], 3],
		['an alias, then its own ID', ['alias', 'video_1'], 2],
		['another ID once', ['video_1', 'other', 'video_1'], 3],
		['another alias once, after no ID', [undefined, 'alias', 'other', 'alias', 'alias'], 5],
		['another alias once, after its own stood', ['alias', 'alias', 'other', 'alias', 'alias'], 5],
		['two aliases in turn', ['alias', 'other', 'alias', 'other', 'alias', 'alias'], 6],
		['an ID that changed for good', ['job', 'video', 'video'], 3],
		['a new ID each time', ['r1', 'r2', 'r3', 'r4'], 4],
		['a new ID each second time', ['r1', 'r1', 'r2', 'r2', 'r3', 'r3'], 6],
	])('is told apart from one that names %s', async (_, ids, polls) => {
		const { watch, polls: made } = setUp(answers(ids));
		expect(await watch('video_1')).toMatchObject(SUCCEEDED);
		expect(made).toHaveLength(polls);
	});

	it('is never believed once the task’s own ID was named', async () => {
		const { watch, polls } = setUp(
			answers(['video_1', 'other', 'other', 'third', 'other', 'fourth']),
		);
		const outcome = await watch('video_1', { deadline: START + 5 * MINUTE });
		expect(outcome).toMatchObject({ timedOut: true, task: { phase: 'running' } });
		expect(polls.length).toBeGreaterThan(5);
	});

	it.each([
		['another alias', ['alias', 'other', 'alias', 'alias'], [false, true, true, false]],
		['a new ID', ['r1', 'r2', 'r3', 'r4', 'r5'], [false, true, false, false, false]],
	])('is a miss in a later turn of a parked run, too: %s', async (_, ids, missed) => {
		const { turn, clock } = setUp(answers(ids));
		let parked: Outcome['parked'];
		const misses: boolean[] = [];
		for (let turns = 0; turns < ids.length; turns++) {
			const resumed = parked && (JSON.parse(JSON.stringify(parked)) as Outcome['parked']);
			const outcome = await turn()('video_1', { parks: true, pollAtOnce: true, resumed });
			misses.push(outcome.lastMiss !== undefined);
			({ parked } = outcome);
			if (parked) await clock.sleep(parked.until - clock.now());
			else expect(outcome).toMatchObject(SUCCEEDED);
		}
		expect([misses, parked]).toEqual([missed, undefined]);
	});
});

describe('too many requests', () => {
	it.each([
		[90 * SECOND, 90 * SECOND],
		[undefined, 2 * SECOND],
	])('make all tasks wait: Retry-After %s ms', async (retryAfterMs, waited) => {
		const { watch, polls } = setUp((age, count, taskId) =>
			taskId === 'task_0' && count === 1
				? a429(retryAfterMs)
				: finishedAfter(4 * MINUTE)(age, count, taskId),
		);
		await all(watch, named(5), { pollAtOnce: true });
		expect(polls[0]).toMatchObject({ taskId: 'task_0', at: 0 });
		expect(polls[1]?.at).toBeGreaterThanOrEqual(waited);
	});

	it('double the pause, once for all polls in flight', async () => {
		const { watch, polls } = setUp(
			(age, count, taskId) => (age < SECOND ? a429(10 * SECOND) : finished(age, count, taskId)),
			() => 450,
		);
		await all(watch, named(20), { pollAtOnce: true });
		const after = gaps(polls.filter(({ at }) => at >= 10 * SECOND));
		expect(Math.max(...after)).toBeGreaterThan(PACE_MS * 1.5);
		expect(Math.max(...after)).toBeLessThanOrEqual(PACE_MS * 2);
	});

	it('keep the pace of many tasks below the gateway’s limit', async () => {
		const perSecond = new Map<number, number>();
		const refused: number[] = [];
		const { watch } = setUp((age, count, taskId) => {
			const second = Math.floor(age / SECOND);
			perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
			if ((perSecond.get(second) ?? 0) <= 6) return finishedAfter(2 * MINUTE)(age, count, taskId);
			refused.push(age);
			return a429();
		});
		const outcomes = await all(watch, named(300));
		expect(outcomes.filter(({ timedOut }) => timedOut)).toEqual([]);
		const total = [...perSecond.values()].reduce((sum, count) => sum + count, 0);
		expect(refused.length / total).toBeLessThan(0.1);
	});
});

describe('a stopped execution', () => {
	it('ends every watch at once, with its task ID and last known state, and polls no more', async () => {
		const { watch, stop, clock, polls } = setUp(running);
		const watches = ['a', 'b', 'c'].map(async (taskId) => await rejection(watch(taskId)));
		await clock.sleep(30 * SECOND);
		stop.abort();
		const failures = (await Promise.all(watches)) as SoraFailure[];
		expect(failures.map(({ category, taskId }) => [category, taskId])).toStrictEqual([
			['cancelled', 'a'],
			['cancelled', 'b'],
			['cancelled', 'c'],
		]);
		for (const { facts } of failures) expect(facts.task?.status).toBe('IN_PROGRESS');
		expect(clock.elapsed()).toBe(30 * SECOND);
		const before = polls.length;
		await clock.sleep(30 * MINUTE);
		expect(polls).toHaveLength(before);
	});

	it.each<Partial<PolledTask>>([{}, { parks: true }, { deadline: START }])(
		'does not wait for a poll in flight, and is what ends the watch: %j',
		async (given) => {
			const { watch, stop, clock } = setUp(running, () => Number.POSITIVE_INFINITY);
			const watched = rejection(watch('video_1', { pollAtOnce: true, ...given }));
			await untilIdle();
			stop.abort();
			expect(await watched).toMatchObject({ category: 'cancelled', taskId: 'video_1' });
			expect(clock.elapsed()).toBeLessThanOrEqual(PACE_MS);
		},
	);

	it('is what ends a watch whose poll it ends', async () => {
		const aborted = () => {
			stop.abort();
			return new Error('aborted');
		};
		const { watch, stop } = setUp(aborted, () => SECOND);
		expect(await rejection(watch('video_1'))).toMatchObject({ category: 'cancelled' });
	});

	it.each(['this turn', 'the next turn'])('starts no further watch in %s', async (which) => {
		const { watch, turn, stop, polls } = setUp(running);
		stop.abort();
		const begun = which === 'this turn' ? watch : turn();
		const failure = await rejection(begun('video_1', { pollAtOnce: true }));
		expect(failure).toMatchObject({ category: 'cancelled', taskId: 'video_1' });
		expect(polls).toHaveLength(0);
	});
});

describe('many tasks', () => {
	it.each([
		[100, 1.06],
		[300, 1.1],
		[1_000, 1.3],
	])(
		'of %i items take %s times as long as one render, at twenty polls a second',
		async (...bar) => {
			const [items, most] = bar;
			const { watch, polls, clock } = setUp((age, _, taskId) =>
				age >= 245 * SECOND
					? aFinishedTask(taskId)
					: aTask(taskId, { progress: Math.floor(age / 2_450) }),
			);
			const outcomes = await all(watch, named(items));
			expect(outcomes.filter(({ timedOut }) => timedOut)).toEqual([]);
			expect(clock.elapsed() / (245 * SECOND)).toBeLessThanOrEqual(most);
			expect(Math.min(...gaps(polls))).toBeGreaterThanOrEqual(50);
		},
	);

	it('are polled at most five times a second while none is overdue', async () => {
		const { watch, polls } = setUp(finishedAfter(2 * MINUTE));
		await all(watch, named(4), { pollAtOnce: true });
		expect(Math.min(...gaps(polls))).toBeGreaterThanOrEqual(PACE_MS * 0.85);
	});

	it('are each polled at a shared deadline, one by one', async () => {
		const { watch, polls } = setUp(running);
		const deadline = START + 3 * MINUTE;
		await all(watch, named(40), { deadline });
		const last = polls.filter(({ at }) => at >= 3 * MINUTE);
		expect(new Set(last.map(({ taskId }) => taskId)).size).toBe(40);
		expect(Math.min(...gaps(last))).toBeGreaterThanOrEqual(50);
	});

	it('are not held up by any number of polls that never return', async () => {
		const { watch, polls, clock } = setUp(finishedAfter(MINUTE), (taskId) =>
			taskId.startsWith('hung') ? 60 * MINUTE : 0,
		);
		const hung = named(40).map((taskId) => watch(`hung_${taskId}`, { pollAtOnce: true }));
		await Promise.all(['a', 'b', 'c'].map(async (taskId) => await watch(taskId)));
		expect(clock.elapsed()).toBeLessThanOrEqual(MINUTE + 20 * SECOND);
		expect(new Set(polls.map(({ taskId }) => taskId)).size).toBe(43);
		await Promise.all(hung);
	});

	it('are polled twenty at a time if each poll is slow', async () => {
		const { watch, inFlight, clock } = setUp(finished, () => 1_900);
		await all(watch, named(80), { pollAtOnce: true });
		expect(inFlight.most).toBe(20);
		expect(clock.elapsed()).toBeLessThanOrEqual(11 * SECOND);
	});

	it('may be added while others are watched, or after they are done', async () => {
		const { watch, clock, polls } = setUp(finishedAfter(3 * MINUTE));
		const first = watch('a');
		await clock.sleep(MINUTE);
		const second = watch('b', { pollAtOnce: true });
		await expect(Promise.all([first, second])).resolves.toHaveLength(2);
		expect(polls.find(({ taskId }) => taskId === 'b')?.at).toBe(MINUTE);
		await expect(watch('c')).resolves.toMatchObject(SUCCEEDED);
	});
});

describe('a watch of a task whose execution is parked meanwhile', () => {
	const parks = { parks: true };
	const now = { parks: true, pollAtOnce: true };

	it.each<[string, Task | SoraFailure | undefined]>([
		['before its first poll', undefined],
		['after a poll that left it unfinished', aTask('video_1')],
		['after a poll that told nothing', aMiss({ words: 'later' })],
		['after a 429', a429(5 * MINUTE)],
		['after a 429 that asks for more than there is time', a429(45 * MINUTE)],
	])('ends %s, and waits as long as that says, but only until its deadline', async (_, answer) => {
		const { clock, watch, polls } = setUp(() => answer as Task | Error);
		const { task, timedOut, lastMiss, parked } = await watch('video_1', answer ? now : parks);
		const asked = (answer instanceof SoraFailure && answer.facts.retryAfterMs) || SHORTEST_PARK_MS;
		expect([task ?? lastMiss, timedOut]).toEqual([answer, false]);
		const least = clock.now() + Math.min(asked, 30 * MINUTE);
		expect(parked?.until).toBeGreaterThanOrEqual(least);
		expect(parked?.until).toBeLessThanOrEqual(least + MINUTE);
		expect(polls).toHaveLength(answer ? 1 : 0);
	});

	it('continues where it was: polls what is due, and remembers the progress', async () => {
		const { clock, watch, turn, polls } = setUp((age, _, taskId) =>
			aTask(taskId, { progress: Math.floor(age / (10 * SECOND)) }),
		);
		await clock.sleep(50 * SECOND);
		const { parked } = await watch('video_1', now);
		expect(await turn()('video_1', { ...parks, resumed: parked })).toMatchObject({ parked });
		expect(polls).toHaveLength(1);
		await clock.sleep((parked?.until ?? 0) - clock.now() - STAY_MS);
		const later = await turn()('video_1', { ...parks, since: START, resumed: parked });
		expect(polls).toHaveLength(2);
		expect(later.parked?.progress).toMatchObject({ firstPercent: 5, percent: 6 });
		const called = { ...parks, resumed: { ...parked, until: 0 } };
		await turn()('video_1', called);
		expect(polls).toHaveLength(3);
	});

	it('finds out first whether anybody answers at an unproven address', async () => {
		const { watch, polls } = setUp(() => aMiss());
		const failure = await rejection(watch('video_1', { ...now, gatewayProven: false }));
		expect(failure).toBeInstanceOf(SoraFailure);
		expect(polls).toHaveLength(4);
	});

	it('does not end while the gateway denies the task: only a denial that stands is believed', async () => {
		const denied = new SoraFailure('task_not_found', { httpStatus: 400, explicit: true });
		for (const others of [0, 30]) {
			const { watch, polls, clock } = setUp((_, __, taskId) =>
				taskId === 'denied' ? denied : aTask(taskId),
			);
			const watched = rejection(watch('denied', now));
			const rest = Promise.all(named(others).map(async (taskId) => await watch(taskId, now)));
			expect(await watched).toBe(denied);
			expect(clock.elapsed()).toBeGreaterThanOrEqual(MINUTE);
			expect(polls.filter(({ taskId }) => taskId === 'denied').length).toBeGreaterThan(7);
			await rest;
		}
	});

	it('polls at the deadline, however late it is woken', async () => {
		const { clock, watch, polls } = setUp(finishedAfter(30 * MINUTE));
		const deadline = clock.now() - MINUTE;
		const outcome = await watch('video_1', { ...parks, resumed: { until: deadline }, deadline });
		expect(outcome).toMatchObject({ timedOut: true, task: { status: 'IN_PROGRESS' } });
		expect(polls).toHaveLength(1);
	});

	it('leaves a turn of 500 tasks within 10 s, and starts the next one with those not polled', async () => {
		const { clock, turn, polls } = setUp(running, () => 300);
		const taskIds = named(500);
		let parked: Array<Outcome['parked']> = taskIds.map(() => ({ until: START }));
		const polled = new Set<string>();
		for (let round = 0; round < 5; round++) {
			const began = clock.now();
			const before = polls.length;
			const watch = turn();
			const outcomes = await Promise.all(
				taskIds.map(
					async (id, index) =>
						await watch(id, { parks: true, since: START, resumed: parked[index] }),
				),
			);
			expect(clock.now() - began).toBeLessThanOrEqual(10 * SECOND);
			parked = outcomes.map((outcome) => outcome.parked);
			expect(parked).not.toContain(undefined);
			const asked = polls.slice(before).map(({ taskId }) => taskId);
			expect(asked.length).toBeLessThanOrEqual(30);
			// But for the one that joined before the others.
			expect(asked.slice(1).filter((taskId) => polled.has(taskId))).toEqual([]);
			for (const taskId of asked) polled.add(taskId);
			await clock.sleep(Math.max(...parked.map((one) => one?.until ?? 0)) - clock.now());
		}
	});

	it('accepts no task that it did not poll, and waits for none that is about to end', async () => {
		const { clock, watch, polls } = setUp((_, __, taskId) =>
			aTask(taskId, taskId === 'last' ? { progress: 90 } : {}),
		);
		const now_ = clock.now();
		const until = now_ + 10 * MINUTE;
		const later = named(10).map(async (id) => await watch(id, { ...parks, resumed: { until } }));
		const seen = { percent: 80, firstPercent: 10, step: 1, at: now_, gainedAt: now_ };
		const progress = { ...seen, firstAt: now_ - 80 * SECOND, earliestEnd: now_ + 10 * SECOND };
		const first = watch('first', now);
		const last = watch('last', { ...parks, resumed: { until: now_, progress } });
		await Promise.all([...later, first, last]);
		expect(polls.map(({ taskId }) => taskId)).toEqual(['first', 'last']);
		expect(clock.elapsed()).toBeLessThan(5 * SECOND);
	});

	it('polls tasks of every age before it leaves', async () => {
		const { watch, polls } = setUp(running);
		const old = all(watch, named(30), { ...now, since: START - MINUTE * 9 });
		const fresh = named(30).map((id) => `new_${id}`);
		await Promise.all([old, all(watch, fresh, now)]);
		const ofFresh = polls.filter(({ taskId }) => taskId.startsWith('new'));
		expect(ofFresh.length).toBeGreaterThanOrEqual(10);
		expect(polls.length).toBeLessThanOrEqual(25);
	});

	/** One render in turns, woken as n8n does: when it is due, or with its next look, a minute apart. */
	async function renderParked(seconds: number, phase: number, step?: number) {
		const { clock, turn } = setUp((age, _, taskId) => {
			if (age >= seconds * SECOND) return aFinishedTask(taskId);
			const percent = Math.max(0, (100 * (age - 11 * SECOND)) / ((seconds - 11) * SECOND));
			return aTask(taskId, { progress: step && Math.floor(percent / step) * step });
		});
		let slotMs = 0;
		let parked: Outcome['parked'];
		for (;;) {
			const began = clock.now();
			const outcome = await turn()('video_1', { parks: true, since: START, resumed: parked });
			slotMs += clock.now() - began;
			if (!outcome.parked) return { slotMs, lateMs: clock.elapsed() - seconds * SECOND };
			({ parked } = outcome);
			const looks = Math.floor((clock.elapsed() - phase) / MINUTE) + 1;
			const wakes = Math.max(outcome.parked.until, START + phase + looks * MINUTE);
			await clock.sleep(wakes - clock.now());
		}
	}

	it.each([
		[1, 10, 20],
		[10, 20, 30],
		[undefined, 30, 0],
	])('is noticed soon without the gateway’s call, in steps of %s', async (step, late, slot) => {
		const runs: Array<{ slotMs: number; lateMs: number }> = [];
		for (let seconds = 65; seconds <= 605; seconds += 20) {
			for (let phase = 0; phase < 60; phase += 15) {
				runs.push(await renderParked(seconds, phase * SECOND, step));
			}
		}
		expect(mean(runs.map(({ lateMs }) => lateMs))).toBeLessThanOrEqual(late * SECOND);
		expect(mean(runs.map(({ slotMs }) => slotMs))).toBeLessThanOrEqual(slot * SECOND);
	});
});
