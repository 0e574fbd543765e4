import type { Task } from '../../nodes/Sora/gateway/contract';
import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { CallbackDesk } from '../../nodes/Sora/tasks/callbacks';
import { aFinishedTask, aMiss, aTask, rejection } from './builders';
import { untilIdle, VirtualClock } from './virtualClock';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** A desk whose gateway answers by a script in virtual time. */
function setUp(script: (age: number, taskId: string, looks: number) => Task | Error) {
	const clock = new VirtualClock();
	const looks: Array<{ taskId: string; at: number }> = [];
	const desk = new CallbackDesk(async (taskId) => {
		looks.push({ taskId, at: clock.elapsed() });
		const answer = script(clock.elapsed(), taskId, looks.length);
		if (answer instanceof Error) throw answer;
		return answer;
	}, clock);
	return { clock, desk, looks };
}

const unknown = new SoraFailure('task_not_found');
const aFailedTask = (id: string) => aTask(id, { status: 'FAILURE', phase: 'failed' });
const finishedAt = (ms: number) => (age: number, id: string) =>
	age >= ms ? aFinishedTask(id) : aTask(id);

describe('the desk for callbacks', () => {
	it('tells an outcome once, and asks no more for a task that has finished', async () => {
		const { desk, looks } = setUp((_, id) => aFinishedTask(id));
		await expect(desk.outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
		await expect(desk.outcomeOf('video_1')).resolves.toBeUndefined();
		expect(looks).toHaveLength(1);
	});

	it('waits a moment for a gateway that calls before its own task has ended', async () => {
		const { desk } = setUp(finishedAt(40 * SECOND));
		await expect(desk.outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
	});

	it('tells nothing of a task that goes on, and all the more of the next call', async () => {
		const { clock, desk } = setUp(finishedAt(10 * MINUTE));
		await expect(desk.outcomeOf('video_1')).resolves.toBeUndefined();
		expect(clock.elapsed()).toBeLessThanOrEqual(70 * SECOND);
		await clock.sleep(10 * MINUTE);
		await expect(desk.outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
	});

	it('does not miss the last call where an earlier one is still looked into', async () => {
		const { clock, desk } = setUp(finishedAt(90 * SECOND));
		const first = desk.outcomeOf('video_1');
		await clock.sleep(59 * SECOND);
		await expect(desk.outcomeOf('video_1')).resolves.toBeUndefined();
		await expect(first).resolves.toMatchObject({ phase: 'succeeded' });
	});

	it('tells it when a failed task turns out to have finished, and not when it failed twice', async () => {
		const { desk } = setUp((_, id, looks) => (looks < 3 ? aFailedTask(id) : aFinishedTask(id)));
		await expect(desk.outcomeOf('video_1')).resolves.toMatchObject({ phase: 'failed' });
		await expect(desk.outcomeOf('video_1')).resolves.toBeUndefined();
		await expect(desk.outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
	});

	it('remembers what an earlier process told', async () => {
		const before = setUp((_, id) => aFinishedTask(id));
		await before.desk.outcomeOf('video_1');
		const { desk, looks } = setUp((_, id) => aFinishedTask(id));
		desk.recall(before.desk.record());
		await expect(desk.outcomeOf('video_1')).resolves.toBeUndefined();
		expect(looks).toEqual([]);
	});

	it('keeps asking through trouble at the gateway', async () => {
		const { desk } = setUp((age, id) => (age < 2 * MINUTE ? aMiss() : aFinishedTask(id)));
		await expect(desk.outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
	});

	it('puts out a finished task whose video the gateway never gives', async () => {
		const { desk } = setUp((_, id) => ({ ...aFinishedTask(id), videoUrl: null }));
		await expect(desk.outcomeOf('video_1')).resolves.toMatchObject({ videoUrl: null });
	});

	it('asks five times a minute at most where the IDs are invented, and says why to each', async () => {
		const { clock, desk, looks } = setUp(() => unknown);
		const flood = Array.from({ length: 60 }, async (_, index) =>
			rejection(desk.outcomeOf(`video_${index}`)),
		);
		await expect(Promise.all(flood)).resolves.toEqual(Array.from({ length: 60 }, () => unknown));
		for (let minute = 0; minute * MINUTE <= clock.elapsed(); minute++) {
			const inThisMinute = looks.filter(({ at }) => Math.floor(at / MINUTE) === minute);
			expect(inThisMinute.length).toBeLessThanOrEqual(5);
		}
	});

	it('serves a thousand tasks that end together, and drops what is more at a moment', async () => {
		const { desk } = setUp((_, id) => aFinishedTask(id));
		const calls = Array.from({ length: 1_200 }, async (_, index) => desk.outcomeOf(`v_${index}`));
		await untilIdle();
		const told = (await Promise.all(calls)).filter(Boolean);
		expect(told).toHaveLength(1_000);
	});
});
