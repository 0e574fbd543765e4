import { SoraFailure, type FailureCategory } from '../../nodes/Sora/gateway/failures';
import type { Task } from '../../nodes/Sora/gateway/contract';
import { PACE_MS } from '../../nodes/Sora/tasks/schedule';
import { TaskPoller, type PolledTask } from '../../nodes/Sora/tasks/poller';
import { a429, aFinishedTask, aMiss, aTask, rejection } from './builders';
import { seededRandom } from '../simulator/random';
import { START, untilIdle, VirtualClock } from './virtualClock';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What a gateway does when it is asked for a task that has this age. */
type Script = (age: number, polls: number, taskId: string) => Task | Error;

interface Poll {
	taskId: string;
	/** Since virtual time began. */
	at: number;
}

/** A poller whose gateway answers by a script, after `latency`, in virtual time. */
function setUp(script: Script, latency: (taskId: string) => number = () => 0, seed = 1) {
	const clock = new VirtualClock(seededRandom(seed));
	const stop = new AbortController();
	const polls: Poll[] = [];
	const poller = new TaskPoller({
		clock,
		signal: stop.signal,
		poll: async (taskId) => {
			polls.push({ taskId, at: clock.elapsed() });
			const count = polls.filter((poll) => poll.taskId === taskId).length;
			if (latency(taskId) > 0) await clock.sleep(latency(taskId));
			const answer = script(clock.elapsed(), count, taskId);
			if (answer instanceof Error) throw answer;
			return answer;
		},
	});
	const watch = async (taskId: string, changes: Partial<PolledTask> = {}) =>
		await poller.watch({
			taskId,
			since: clock.now(),
			deadline: clock.now() + 30 * MINUTE,
			typicalRenderMs: 4 * MINUTE,
			gatewayProven: true,
			...changes,
		});
	return { clock, stop, polls, poller, watch };
}

const finishedAfter =
	(ms: number): Script =>
	(age, _looks, taskId) =>
		age >= ms ? aFinishedTask(taskId) : aTask(taskId);

const gaps = (polls: Poll[]) => polls.slice(1).map(({ at }, index) => at - (polls[index]?.at ?? 0));

describe('a watch', () => {
	it('ends with the task as soon as a poll finds it finished', async () => {
		const { clock, watch, polls } = setUp(finishedAfter(4 * MINUTE));
		const outcome = await watch('video_1');
		expect(outcome).toStrictEqual({
			task: aFinishedTask('video_1'),
			timedOut: false,
			polls: polls.length,
		});
		expect(clock.elapsed()).toBeGreaterThanOrEqual(4 * MINUTE);
		expect(clock.elapsed()).toBeLessThanOrEqual(4 * MINUTE + 30 * SECOND);
	});

	it('ends with the task as soon as a poll finds it failed', async () => {
		const failed = aTask('video_1', { status: 'FAILURE', phase: 'failed', failReason: '违反' });
		const { clock, watch } = setUp(() => failed);
		await expect(watch('video_1')).resolves.toMatchObject({ task: failed, timedOut: false });
		expect(clock.elapsed()).toBeLessThanOrEqual(8 * SECOND);
	});

	it('polls at once where the task may be finished already', async () => {
		const { clock, watch } = setUp((_age, _looks, taskId) => aFinishedTask(taskId));
		await watch('video_1', { pollAtOnce: true });
		expect(clock.elapsed()).toBe(0);
	});

	it('keeps to the interval of the user', async () => {
		const { watch, polls } = setUp(finishedAfter(5 * MINUTE));
		await watch('video_1', { fixedIntervalMs: 20 * SECOND });
		for (const gap of gaps(polls)) {
			expect(gap).toBeGreaterThanOrEqual(18 * SECOND);
			expect(gap).toBeLessThanOrEqual(22 * SECOND);
		}
	});

	it('tells of every poll that told something', async () => {
		const onPoll = jest.fn();
		const clock = new VirtualClock();
		let count = 0;
		const poller = new TaskPoller({
			clock,
			onPoll,
			poll: async (taskId) => {
				count++;
				if (count === 2) throw aMiss();
				return await Promise.resolve(count > 3 ? aFinishedTask(taskId) : aTask(taskId));
			},
		});
		await poller.watch({
			taskId: 'video_1',
			since: START,
			deadline: START + 30 * MINUTE,
			typicalRenderMs: 4 * MINUTE,
			gatewayProven: true,
		});
		expect(onPoll.mock.calls).toStrictEqual([
			[aTask('video_1'), 1],
			[aTask('video_1'), 3],
			[aFinishedTask('video_1'), 4],
		]);
	});
});

describe('the deadline', () => {
	it('ends the watch with what was seen last, after a last poll just then', async () => {
		const { clock, watch, polls } = setUp((_age, _looks, taskId) =>
			aTask(taskId, { progress: 42 }),
		);
		const outcome = await watch('video_1', { deadline: START + 5 * MINUTE });
		expect(outcome).toMatchObject({ timedOut: true, task: { progress: 42 } });
		expect(polls.at(-1)?.at).toBe(5 * MINUTE);
		expect(clock.elapsed()).toBe(5 * MINUTE);
	});

	it('still delivers a video that is finished just then', async () => {
		const { watch } = setUp(finishedAfter(5 * MINUTE));
		const outcome = await watch('video_1', { deadline: START + 5 * MINUTE });
		expect(outcome).toMatchObject({ timedOut: false, task: { phase: 'succeeded' } });
	});

	it('is met by a last poll also after a poll that lasted too long', async () => {
		const { watch } = setUp(finishedAfter(5 * MINUTE + 30 * SECOND), () => 50 * SECOND);
		const outcome = await watch('video_1', { deadline: START + 5 * MINUTE });
		expect(outcome).toMatchObject({ timedOut: false, task: { phase: 'succeeded' } });
	});

	it('that has passed already leaves one poll', async () => {
		const { watch, polls } = setUp((_age, _looks, taskId) => aFinishedTask(taskId));
		await expect(watch('video_1', { deadline: START - 1 })).resolves.toMatchObject({
			timedOut: false,
		});
		expect(polls).toHaveLength(1);
	});

	it('ends a watch that never learned anything, with the reason', async () => {
		const { clock, watch } = setUp(() => aMiss({ words: 'Bad Gateway' }));
		const outcome = await watch('video_1', { deadline: START + 10 * MINUTE });
		expect(outcome).toMatchObject({ timedOut: true, task: undefined });
		expect(outcome.lastMiss?.facts.words).toBe('Bad Gateway');
		expect(clock.elapsed()).toBe(10 * MINUTE);
	});

	it('of one task is kept while others wait for a Retry-After', async () => {
		const { watch, clock } = setUp((_age, polls, taskId) =>
			taskId === 'limited' && polls === 1 ? a429(10 * MINUTE) : aTask(taskId),
		);
		const patient = Promise.all([watch('limited', { pollAtOnce: true }), watch('long')]);
		const outcome = await watch('short', { deadline: START + 2 * MINUTE });
		expect(outcome.timedOut).toBe(true);
		expect(clock.elapsed()).toBe(2 * MINUTE);
		await patient;
	});
});

describe('polls that tell nothing', () => {
	it('are looked through until the video is there', async () => {
		const { watch } = setUp((age, polls, taskId) =>
			age < 8 * MINUTE && polls % 4 !== 0 ? aMiss() : finishedAfter(8 * MINUTE)(age, polls, taskId),
		);
		await expect(watch('video_1')).resolves.toMatchObject({
			timedOut: false,
			task: { phase: 'succeeded' },
		});
	});

	it('become rarer while they go on, and usual again when the gateway is back', async () => {
		const { watch, polls } = setUp((age, count, taskId) =>
			age > MINUTE && age < 10 * MINUTE ? aMiss() : finishedAfter(15 * MINUTE)(age, count, taskId),
		);
		await watch('video_1');
		const during = polls.filter(({ at }) => at > MINUTE && at < 10 * MINUTE);
		const after = polls.filter(({ at }) => at > 12 * MINUTE);
		expect(during.length).toBeLessThanOrEqual(9);
		expect(Math.max(...gaps(after))).toBeLessThanOrEqual(20 * SECOND);
	});

	it.each(['credential_invalid', 'key_group', 'task_not_found'] as const)(
		'for good (%s) end the watch at once',
		async (category) => {
			const failure = new SoraFailure(category, { taskId: 'video_1', httpStatus: 401 });
			const { watch, polls } = setUp(() => failure);
			expect(await rejection(watch('video_1'))).toBe(failure);
			expect(polls).toHaveLength(1);
		},
	);

	it('for good end one watch only', async () => {
		const { watch } = setUp((age, polls, taskId) =>
			taskId === 'bad'
				? new SoraFailure('task_not_found', { taskId })
				: finishedAfter(2 * MINUTE)(age, polls, taskId),
		);
		const [bad, good] = await Promise.allSettled([watch('bad'), watch('good')]);
		expect(bad).toMatchObject({ status: 'rejected', reason: { category: 'task_not_found' } });
		expect(good).toMatchObject({ status: 'fulfilled', value: { timedOut: false } });
	});

	it('end the watch after four where nothing was ever heard of this gateway', async () => {
		const miss = aMiss({ words: 'no such host' });
		const { watch, polls } = setUp(() => miss);
		expect(await rejection(watch('video_1', { gatewayProven: false }))).toBe(miss);
		expect(polls).toHaveLength(4);
	});

	it('end no watch early where the gateway has accepted something before', async () => {
		const { watch, polls } = setUp((age, count, taskId) =>
			count <= 8 ? aMiss() : finishedAfter(0)(age, count, taskId),
		);
		await expect(watch('video_1')).resolves.toMatchObject({ timedOut: false });
		expect(polls).toHaveLength(9);
	});

	it('end no watch early once the gateway has told something', async () => {
		const { watch } = setUp((age, count, taskId) =>
			count === 1 ? aTask(taskId) : count <= 9 ? aMiss() : finishedAfter(0)(age, count, taskId),
		);
		await expect(watch('video_1', { gatewayProven: false })).resolves.toMatchObject({
			timedOut: false,
		});
	});
});

describe('what the gateway itself says against an accepted task', () => {
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

	it.each(DENIALS)(
		'is not believed before it has stood for a minute (%s, %d)',
		async (...denial) => {
			const failure = said(...denial);
			const { watch } = setUp((age, count, taskId) =>
				age > 30 * SECOND && age < 85 * SECOND
					? failure
					: finishedAfter(3 * MINUTE)(age, count, taskId),
			);
			await expect(watch('video_1')).resolves.toMatchObject({ timedOut: false });
		},
	);

	it.each(DENIALS)(
		'ends the wait when it stands, after several polls (%s, %d)',
		async (...denial) => {
			const failure = said(...denial);
			const { watch, polls, clock } = setUp(() => failure);
			expect(await rejection(watch('video_1'))).toBe(failure);
			const since = clock.elapsed() - (polls[0]?.at ?? 0);
			expect(since).toBeGreaterThanOrEqual(MINUTE);
			expect(since).toBeLessThanOrEqual(MINUTE + 10 * SECOND);
			expect(polls.length).toBeGreaterThanOrEqual(7);
			expect(Math.max(...gaps(polls))).toBeLessThanOrEqual(10 * SECOND);
		},
	);

	it('begins anew when something else came in between', async () => {
		for (const between of [aMiss(), said('credential_invalid', 401)]) {
			const { watch } = setUp((age, count, taskId) =>
				age > 8 * MINUTE
					? aFinishedTask(taskId)
					: count % 5 === 0
						? between
						: said('task_not_found'),
			);
			await expect(watch('video_1')).resolves.toMatchObject({ timedOut: false });
		}
		const { watch } = setUp((age, count, taskId) =>
			age > 8 * MINUTE
				? aFinishedTask(taskId)
				: count % 5 === 0
					? aTask(taskId)
					: said('key_group', 403),
		);
		await expect(watch('video_1')).resolves.toMatchObject({ timedOut: false });
	});

	it('ends nothing where it says nothing of the task or the key', async () => {
		for (const failure of [said('bad_request', 400), said('wrong_address', 404)]) {
			const { watch, clock } = setUp(() => failure);
			await expect(watch('video_1', { deadline: START + 10 * MINUTE })).resolves.toMatchObject({
				timedOut: true,
				lastMiss: failure,
			});
			expect(clock.elapsed()).toBe(10 * MINUTE);
		}
	});

	it('counts also of a task that the gateway has told of before', async () => {
		const { watch } = setUp((age, count, taskId) =>
			count === 2 ? said('task_not_found') : finishedAfter(3 * MINUTE)(age, count, taskId),
		);
		await expect(watch('video_1', { gatewayProven: false })).resolves.toMatchObject({
			timedOut: false,
		});
	});

	it('ends the wait at once for a task of which nothing was ever heard', async () => {
		const failure = said('task_not_found');
		const { watch, polls } = setUp(() => failure);
		expect(await rejection(watch('video_1', { gatewayProven: false }))).toBe(failure);
		expect(polls).toHaveLength(1);
	});

	it('never ends the wait for another task', async () => {
		const { watch } = setUp((age, count, taskId) =>
			taskId === 'bad' ? said('task_not_found') : finishedAfter(5 * MINUTE)(age, count, taskId),
		);
		const watches = ['a', 'bad', 'b'].map(async (taskId) => await watch(taskId));
		const [a, bad, b] = await Promise.allSettled(watches);
		expect(bad).toMatchObject({ status: 'rejected', reason: { category: 'task_not_found' } });
		for (const other of [a, b]) {
			expect(other).toMatchObject({ status: 'fulfilled', value: { timedOut: false } });
		}
	});

	it('leaves the deadline as it is', async () => {
		const failure = said('task_not_found');
		const { watch } = setUp(() => failure);
		await expect(watch('video_1', { deadline: START + 30 * SECOND })).resolves.toMatchObject({
			timedOut: true,
			lastMiss: failure,
		});
	});

	it('is asked about again at the interval of the user', async () => {
		const { watch, polls } = setUp(() => said('task_not_found'));
		await rejection(watch('video_1', { fixedIntervalMs: 20 * SECOND }));
		for (const gap of gaps(polls)) expect(gap).toBeGreaterThanOrEqual(18 * SECOND);
	});
});

describe('too many requests', () => {
	const limitedOnce =
		(retryAfterMs?: number): Script =>
		(age, polls, taskId) =>
			taskId === 'task_0' && polls === 1
				? a429(retryAfterMs)
				: finishedAfter(4 * MINUTE)(age, polls, taskId);

	it('make all tasks wait as long as Retry-After says', async () => {
		const { watch, polls } = setUp(limitedOnce(90 * SECOND));
		await Promise.all(
			Array.from(
				{ length: 5 },
				async (_, index) => await watch(`task_${index}`, { pollAtOnce: index === 0 }),
			),
		);
		expect(polls[0]).toStrictEqual({ taskId: 'task_0', at: 0 });
		expect(polls[1]?.at).toBeGreaterThanOrEqual(90 * SECOND);
	});

	it('make all tasks hold back a little also without Retry-After', async () => {
		const { watch, polls } = setUp(limitedOnce());
		await Promise.all(
			Array.from(
				{ length: 5 },
				async (_, index) => await watch(`task_${index}`, { pollAtOnce: true }),
			),
		);
		expect(polls[0]).toStrictEqual({ taskId: 'task_0', at: 0 });
		expect(polls[1]?.at).toBeGreaterThanOrEqual(PACE_MS * 2);
	});

	it('make no task wait beyond its deadline', async () => {
		const { watch, clock } = setUp(() => a429(15 * MINUTE));
		await expect(watch('video_1', { deadline: START + 5 * MINUTE })).resolves.toMatchObject({
			timedOut: true,
			lastMiss: { category: 'rate_limited' },
		});
		expect(clock.elapsed()).toBe(5 * MINUTE);
	});
});

describe('a finished task without a video', () => {
	const missing = (taskId: string) => aTask(taskId, { status: 'SUCCESS', phase: 'succeeded' });

	it('is given some time, and delivered when the video appears', async () => {
		const { watch, clock } = setUp((age, _looks, taskId) =>
			age < 40 * SECOND ? missing(taskId) : aFinishedTask(taskId),
		);
		await expect(watch('video_1')).resolves.toMatchObject({
			timedOut: false,
			task: { videoUrl: 'https://files.example/video_1.mp4' },
		});
		expect(clock.elapsed()).toBeLessThanOrEqual(50 * SECOND);
	});

	it('is called so after a minute of looking', async () => {
		const { watch, clock, polls } = setUp((_age, _looks, taskId) => missing(taskId));
		expect(await rejection(watch('video_1'))).toMatchObject({
			category: 'video_missing',
			taskId: 'video_1',
		});
		expect(clock.elapsed() - (polls[0]?.at ?? 0)).toBeGreaterThanOrEqual(MINUTE);
		expect(clock.elapsed()).toBeLessThanOrEqual(90 * SECOND);
	});
});

describe('the time that a poll is given', () => {
	const limitsOf = async (answers: (count: number) => Promise<Task>, deadline: number) => {
		const clock = new VirtualClock();
		const limits: Array<{ at: number; limitMs: number }> = [];
		const poller = new TaskPoller({
			clock,
			poll: async (_, limitMs) => {
				limits.push({ at: clock.elapsed(), limitMs });
				// As a gateway that never answers: the poll ends when its time is up.
				await clock.sleep(Math.min(limitMs, 30 * SECOND));
				return await answers(limits.length);
			},
		});
		const outcome = await poller.watch({
			taskId: 'video_1',
			since: START,
			deadline: START + deadline,
			typicalRenderMs: 4 * MINUTE,
			gatewayProven: true,
		});
		return { limits, outcome, elapsed: clock.elapsed() };
	};

	it.each([10 * SECOND, 37 * SECOND, MINUTE, 10 * MINUTE])(
		'ends with the deadline, and the last one three seconds later: %i ms',
		async (deadline) => {
			const { limits, outcome, elapsed } = await limitsOf(async () => {
				throw aMiss();
			}, deadline);
			expect(outcome.timedOut).toBe(true);
			for (const { at, limitMs } of limits.slice(0, -1)) {
				expect(at + limitMs).toBeLessThanOrEqual(deadline);
			}
			expect(limits.at(-1)).toEqual({ at: deadline, limitMs: 3 * SECOND });
			expect(elapsed).toBeLessThanOrEqual(deadline + 5 * SECOND);
		},
	);
});

describe('an address that nobody answers at', () => {
	const unreachable = (lasting?: true) =>
		new SoraFailure('unreachable', { repeatable: 'free', lasting });

	it.each([
		['a connection that is refused', unreachable(), 2],
		['a name that nobody knows', unreachable(true), 2],
		['a certificate', new SoraFailure('tls_failed', { repeatable: 'free', lasting: true }), 2],
	])('is told within 20 seconds: %s', async (_, failure, least) => {
		const { watch, polls, clock } = setUp(() => failure);
		const lost = await rejection(watch('video_1', { gatewayProven: false, pollAtOnce: true }));
		expect(lost).toBe(failure);
		expect(polls.length).toBeGreaterThanOrEqual(least);
		expect(clock.elapsed()).toBeLessThanOrEqual(20 * SECOND);
	});

	it('is waited for where the gateway has accepted something before', async () => {
		const { watch } = setUp((age, count, taskId) =>
			count <= 6 ? unreachable(true) : finishedAfter(0)(age, count, taskId),
		);
		await expect(watch('video_1')).resolves.toMatchObject({ timedOut: false });
	});
});

describe('a stopped execution', () => {
	it('ends every watch at once, each with its task ID and what was seen of it', async () => {
		const { watch, stop, clock } = setUp((_age, _looks, taskId) => aTask(taskId));
		const watches = ['a', 'b', 'c'].map(async (taskId) => await rejection(watch(taskId)));
		await clock.sleep(30 * SECOND);
		stop.abort();
		const failures = (await Promise.all(watches)) as SoraFailure[];
		expect(failures.map(({ category, taskId }) => [category, taskId])).toStrictEqual([
			['cancelled', 'a'],
			['cancelled', 'b'],
			['cancelled', 'c'],
		]);
		expect(failures.map(({ facts }) => facts.task?.status)).toStrictEqual(
			Array<string>(3).fill('IN_PROGRESS'),
		);
		expect(clock.elapsed()).toBe(30 * SECOND);
	});

	it('does not wait for a poll that is under way', async () => {
		const clock = new VirtualClock();
		const stop = new AbortController();
		const poller = new TaskPoller({
			clock,
			signal: stop.signal,
			poll: async () => await new Promise<Task>(() => undefined),
		});
		const watch = rejection(
			poller.watch({
				taskId: 'video_1',
				since: START,
				pollAtOnce: true,
				deadline: START + MINUTE,
				typicalRenderMs: MINUTE,
				gatewayProven: true,
			}),
		);
		await untilIdle();
		stop.abort();
		expect(await watch).toMatchObject({ category: 'cancelled', taskId: 'video_1' });
		expect(clock.elapsed()).toBe(0);
	});

	it('begins no watch any more', async () => {
		const { watch, stop, polls } = setUp((_age, _looks, taskId) => aTask(taskId));
		stop.abort();
		expect(await rejection(watch('video_1', { pollAtOnce: true }))).toMatchObject({
			category: 'cancelled',
			taskId: 'video_1',
		});
		expect(polls).toHaveLength(0);
	});

	it('polls no more', async () => {
		const { watch, stop, polls, clock } = setUp((_age, _looks, taskId) => aTask(taskId));
		const watches = ['a', 'b'].map(async (taskId) => await rejection(watch(taskId)));
		await clock.sleep(MINUTE);
		stop.abort();
		await Promise.all(watches);
		const before = polls.length;
		await clock.sleep(30 * MINUTE);
		expect(polls).toHaveLength(before);
	});
});

describe('many tasks', () => {
	it('take the time of the longest, not the sum', async () => {
		const renders = [60, 120, 180, 240, 300, 90, 150, 210, 270, 30].map((s) => s * SECOND);
		const { watch, clock } = setUp((age, _looks, taskId) =>
			age >= (renders[Number(taskId)] ?? 0) ? aFinishedTask(taskId) : aTask(taskId),
		);
		const ended: number[] = [];
		await Promise.all(
			renders.map(async (_, index) => {
				await watch(String(index));
				ended[index] = clock.elapsed();
			}),
		);
		expect(clock.elapsed()).toBeLessThanOrEqual(300 * SECOND + 30 * SECOND);
		for (const [index, at] of ended.entries()) {
			expect(at - (renders[index] ?? 0)).toBeGreaterThanOrEqual(0);
			expect(at - (renders[index] ?? 0)).toBeLessThanOrEqual(40 * SECOND);
		}
	});

	it('are polled no faster than the pace', async () => {
		const { watch, polls } = setUp(finishedAfter(2 * MINUTE));
		await Promise.all(
			Array.from(
				{ length: 60 },
				async (_, index) => await watch(`task_${index}`, { pollAtOnce: index % 2 === 0 }),
			),
		);
		expect(polls.length).toBeGreaterThan(120);
		expect(Math.min(...gaps(polls))).toBeGreaterThanOrEqual(PACE_MS);
	});

	it('are polled no faster than the pace also at a deadline they share', async () => {
		const { watch, polls } = setUp((_age, _looks, taskId) => aTask(taskId));
		const deadline = START + 3 * MINUTE;
		await Promise.all(
			Array.from({ length: 40 }, async (_, index) => await watch(`task_${index}`, { deadline })),
		);
		const burst = polls.filter(({ at }) => at >= 3 * MINUTE);
		expect(new Set(burst.map(({ taskId }) => taskId)).size).toBe(40);
		expect(Math.min(...gaps(burst))).toBeGreaterThanOrEqual(PACE_MS);
	});

	it('are not held up by a slow poll of one of them', async () => {
		const { watch, polls, clock } = setUp(finishedAfter(MINUTE), (taskId) =>
			taskId === 'slow' ? 55 * SECOND : 0,
		);
		const slow = watch('slow', { pollAtOnce: true });
		await Promise.all(['a', 'b', 'c'].map(async (taskId) => await watch(taskId)));
		expect(clock.elapsed()).toBeLessThanOrEqual(MINUTE + 15 * SECOND);
		const meanwhile = polls.filter(({ taskId, at }) => taskId !== 'slow' && at < 50 * SECOND);
		expect(new Set(meanwhile.map(({ taskId }) => taskId)).size).toBe(3);
		await slow;
	});

	it('are not held up by any number of polls that never come back', async () => {
		const { watch, polls, clock } = setUp(finishedAfter(MINUTE), (taskId) =>
			taskId.startsWith('hung') ? 60 * MINUTE : 0,
		);
		const hung = Array.from({ length: 40 }, (_, index) =>
			watch(`hung_${index}`, { pollAtOnce: true }),
		);
		await Promise.all(['a', 'b', 'c'].map(async (taskId) => await watch(taskId)));
		expect(clock.elapsed()).toBeLessThanOrEqual(MINUTE + 20 * SECOND);
		expect(new Set(polls.map(({ taskId }) => taskId)).size).toBe(43);
		await Promise.all(hung);
	});

	it('are polled ten at a time where each poll takes its moment', async () => {
		let inFlight = 0;
		let most = 0;
		const clock = new VirtualClock();
		const poller = new TaskPoller({
			clock,
			poll: async (taskId) => {
				most = Math.max(most, ++inFlight);
				await clock.sleep(2_900);
				inFlight--;
				return aFinishedTask(taskId);
			},
		});
		await Promise.all(
			Array.from({ length: 60 }, async (_, index) => {
				await poller.watch({
					taskId: String(index),
					since: START,
					pollAtOnce: true,
					deadline: START + 30 * MINUTE,
					typicalRenderMs: 4 * MINUTE,
					gatewayProven: true,
				});
			}),
		);
		expect(most).toBe(10);
	});

	it('may join while others are watched already', async () => {
		const { watch, clock } = setUp(finishedAfter(3 * MINUTE));
		const first = watch('a');
		await clock.sleep(MINUTE);
		const second = watch('b', { pollAtOnce: true });
		await expect(Promise.all([first, second])).resolves.toHaveLength(2);
	});

	it('may come after the others are done', async () => {
		const { watch } = setUp((_age, _looks, taskId) => aFinishedTask(taskId));
		await watch('a');
		await expect(watch('b')).resolves.toMatchObject({ timedOut: false });
	});

	it('all settle, a thousand as well', async () => {
		const random = seededRandom(42);
		const renders = Array.from({ length: 1_000 }, () => (60 + 240 * random()) * SECOND);
		const { watch, polls, clock } = setUp(
			(age, _count, taskId) => {
				if (random() < 0.05) return aMiss();
				return age >= (renders[Number(taskId)] ?? 0) ? aFinishedTask(taskId) : aTask(taskId);
			},
			() => 100,
		);
		const outcomes = await Promise.all(renders.map(async (_, index) => await watch(String(index))));
		expect(outcomes.filter(({ timedOut }) => timedOut)).toHaveLength(0);
		expect(Math.min(...gaps(polls))).toBeGreaterThanOrEqual(PACE_MS);
		expect(clock.elapsed()).toBeLessThan(30 * MINUTE);
	});
});

describe('a watch of a task whose execution is parked meanwhile', () => {
	const parks = { parks: true };

	it('ends before its first poll, with when that is due, a minute from now at the earliest', async () => {
		const { clock, watch, polls } = setUp(finishedAfter(4 * MINUTE));
		const outcome = await watch('video_1', parks);
		expect(outcome).toMatchObject({ task: undefined, timedOut: false });
		expect(outcome.parkedUntil).toBeGreaterThanOrEqual(clock.now() + MINUTE);
		expect(polls).toEqual([]);
	});

	it('ends after a poll that left it unfinished, and at once where that finished it', async () => {
		const { clock, watch, polls } = setUp(finishedAfter(MINUTE));
		const first = await watch('video_1', { ...parks, pollAtOnce: true });
		expect(first.task?.status).toBe('IN_PROGRESS');
		expect(first.parkedUntil).toBeGreaterThanOrEqual(clock.now() + MINUTE);
		await clock.sleep(MINUTE);
		const second = await watch('video_1', { ...parks, pollAtOnce: true });
		expect(second.task?.phase).toBe('succeeded');
		expect(second.parkedUntil).toBeUndefined();
		expect(polls).toHaveLength(2);
	});

	it('ends after a poll that told nothing, and says why', async () => {
		const { watch } = setUp(() => aMiss({ words: 'later' }));
		const outcome = await watch('video_1', { ...parks, pollAtOnce: true });
		expect(outcome.lastMiss?.facts.words).toBe('later');
		expect(outcome.parkedUntil).toBeDefined();
	});

	it('obeys Retry-After beyond the minute', async () => {
		const { clock, watch } = setUp(() => a429(5 * MINUTE));
		const outcome = await watch('video_1', { ...parks, pollAtOnce: true });
		expect(outcome.parkedUntil).toBeGreaterThanOrEqual(clock.now() + 5 * MINUTE - SECOND);
	});

	it('finds out first whether anybody answers at an address that is not proven', async () => {
		const { watch, polls } = setUp(() => aMiss());
		const order = { ...parks, pollAtOnce: true, gatewayProven: false };
		expect(await rejection(watch('video_1', order))).toBeInstanceOf(SoraFailure);
		expect(polls.length).toBeGreaterThan(1);
	});

	it('goes on in the node while a finished task has no video', async () => {
		const { watch, polls } = setUp((age, _polls, taskId) =>
			age >= 20 * SECOND
				? aFinishedTask(taskId)
				: aTask(taskId, { status: 'SUCCESS', phase: 'succeeded' }),
		);
		const outcome = await watch('video_1', { ...parks, pollAtOnce: true });
		expect(outcome.task?.videoUrl).toBeTruthy();
		expect(polls.length).toBeGreaterThan(1);
	});

	it('polls at the deadline, however much later than that it is woken', async () => {
		const { clock, watch, polls } = setUp(finishedAfter(30 * MINUTE));
		const deadline = clock.now() - MINUTE;
		const outcome = await watch('video_1', { ...parks, pollAtOnce: true, deadline });
		expect(outcome).toMatchObject({ timedOut: true, task: { status: 'IN_PROGRESS' } });
		expect(outcome.parkedUntil).toBeUndefined();
		expect(polls).toHaveLength(1);
	});
});
