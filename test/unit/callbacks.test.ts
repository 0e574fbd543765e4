import type { Task } from '../../nodes/Sora/gateway/contract';
import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { CallbackDesk } from '../../nodes/Sora/tasks/callbacks';
import { aFinishedTask, aMiss, aTask } from './builders';
import { untilIdle, VirtualClock } from './virtualClock';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** A desk whose gateway answers by a script in virtual time. */
function setUp(script: (age: number, taskId: string, polls: number) => Task | Error) {
	const clock = new VirtualClock();
	const polls: Array<{ taskId: string; at: number }> = [];
	const desk = new CallbackDesk(clock);
	const poll = async (taskId: string) => {
		polls.push({ taskId, at: clock.elapsed() });
		const answer = script(clock.elapsed(), taskId, polls.length);
		if (answer instanceof Error) throw answer;
		return answer;
	};
	const troubles: unknown[] = [];
	const outcomesAfter = async (taskId: string) =>
		await desk.outcomesAfter(taskId, poll, (_, reason) => troubles.push(reason));
	const outcomeOf = async (taskId: string) => (await outcomesAfter(taskId))[0];
	return { clock, desk, polls, outcomeOf, outcomesAfter, troubles };
}

const unknown = new SoraFailure('task_not_found');
const aFailedTask = (id: string) => aTask(id, { status: 'FAILURE', phase: 'failed' });
const finishedAt = (ms: number) => (age: number, id: string) =>
	age >= ms ? aFinishedTask(id) : aTask(id);

describe('the desk for callbacks', () => {
	it('tells an outcome once, and asks no more for a task that has finished', async () => {
		const { polls, outcomeOf } = setUp((_, id) => aFinishedTask(id));
		await expect(outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
		await expect(outcomeOf('video_1')).resolves.toBeUndefined();
		expect(polls).toHaveLength(1);
	});

	it('waits a moment for a gateway that calls before its own task has ended', async () => {
		const { outcomeOf } = setUp(finishedAt(40 * SECOND));
		await expect(outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
	});

	it('tells nothing of a task that goes on, and all the more of the next call', async () => {
		const { clock, outcomeOf } = setUp(finishedAt(10 * MINUTE));
		await expect(outcomeOf('video_1')).resolves.toBeUndefined();
		expect(clock.elapsed()).toBeLessThanOrEqual(70 * SECOND);
		await clock.sleep(10 * MINUTE);
		await expect(outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
	});

	it('does not miss the last call where an earlier one is still looked into', async () => {
		const { clock, outcomeOf } = setUp(finishedAt(90 * SECOND));
		const first = outcomeOf('video_1');
		await clock.sleep(59 * SECOND);
		await expect(outcomeOf('video_1')).resolves.toBeUndefined();
		await expect(first).resolves.toMatchObject({ phase: 'succeeded' });
	});

	it('tells it when a failed task turns out to have finished, and not when it failed twice', async () => {
		const { outcomeOf } = setUp((_, id, polls) =>
			polls < 3 ? aFailedTask(id) : aFinishedTask(id),
		);
		await expect(outcomeOf('video_1')).resolves.toMatchObject({ phase: 'failed' });
		await expect(outcomeOf('video_1')).resolves.toBeUndefined();
		await expect(outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
	});

	it('remembers what an earlier process told', async () => {
		const before = setUp((_, id) => aFinishedTask(id));
		await before.outcomeOf('video_1');
		const { desk, polls, outcomeOf } = setUp((_, id) => aFinishedTask(id));
		desk.recall(before.desk.record());
		await expect(outcomeOf('video_1')).resolves.toBeUndefined();
		expect(polls).toEqual([]);
	});

	it('keeps asking through trouble at the gateway', async () => {
		const { outcomeOf } = setUp((age, id) => (age < 2 * MINUTE ? aMiss() : aFinishedTask(id)));
		await expect(outcomeOf('video_1')).resolves.toMatchObject({ phase: 'succeeded' });
	});

	it('puts out a finished task whose video the gateway never gives', async () => {
		const { outcomeOf } = setUp((_, id) => ({ ...aFinishedTask(id), videoUrl: null }));
		await expect(outcomeOf('video_1')).resolves.toMatchObject({ videoUrl: null });
	});

	it('asks five times a minute at most where the IDs are invented, and holds few calls', async () => {
		const { clock, polls, outcomesAfter, troubles } = setUp(() => unknown);
		let left = 0;
		const flood = Array.from({ length: 60 }, async (_, index) => {
			await outcomesAfter(`video_${index}`);
			left++;
		});
		await untilIdle();
		expect(60 - left).toBeLessThanOrEqual(10);
		await Promise.all(flood);
		expect(troubles).toEqual(Array.from({ length: 60 }, () => unknown));
		for (let minute = 0; minute * MINUTE <= clock.elapsed(); minute++) {
			const inThisMinute = polls.filter(({ at }) => Math.floor(at / MINUTE) === minute);
			expect(inThisMinute.length).toBeLessThanOrEqual(5);
		}
	});

	it('tells each of a thousand tasks that end together, and drops what is more at a moment', async () => {
		const { outcomesAfter } = setUp((_, id) => aFinishedTask(id));
		const calls = Array.from({ length: 1_200 }, async (_, index) => outcomesAfter(`v_${index}`));
		const told = (await Promise.all(calls)).flat().map(({ id }) => id);
		expect(new Set(told).size).toBe(1_010);
		expect(told).toHaveLength(1_010);
	});

	it('tells a true outcome soon although invented IDs wait', async () => {
		const { clock, outcomesAfter } = setUp((_, id) =>
			id === 'true' ? aFinishedTask(id) : unknown,
		);
		const calls = ['true', ...Array.from({ length: 40 }, (_, index) => `false_${index}`)];
		const told = calls.map(async (id) => ({ tasks: await outcomesAfter(id), at: clock.elapsed() }));
		const first = await told[0];
		expect(first?.tasks.map(({ id }) => id)).toEqual(['true']);
		expect(first?.at).toBeLessThanOrEqual(5 * MINUTE);
		await Promise.all(told);
	});
});
