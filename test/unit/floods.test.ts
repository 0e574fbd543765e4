import fc from 'fast-check';

import type { Task } from '../../nodes/Sora/gateway/contract';
import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { CalledTasks } from '../../nodes/Sora/trigger/calledTasks';
import { seededRandom } from '../simulator/random';
import { a429, aFinishedTask, aMiss, aTask } from './builders';
import { VirtualClock } from './virtualClock';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** How long the gateway takes to answer. */
const LATENCY_MS = 200;

interface Call {
	/** Milliseconds since the beginning. */
	at: number;
	taskId: string;
}

interface Report {
	taskId: string;
	phase: string;
	at: number;
}

interface Course {
	reported: Report[];
	polls: Call[];
	/** Most calls that n8n held at a time. */
	mostHeld: number;
	/** Executions that were started. */
	starts: number;
}

type Script = (taskId: string, at: number) => Task | Error;

/** How the IDs of true tasks end: hexadecimal, so that they pass for any other. */
const REAL = 'fea1';
const unlessInvented: Script = (taskId) =>
	taskId.endsWith(REAL) ? aFinishedTask(taskId) : new SoraFailure('task_not_found', { taskId });

/** Lets the calls come in virtual time. @param known tasks that an earlier process has reported */
async function afterCalls(
	calls: Call[],
	{
		script = unlessInvented,
		known = [],
		until = 0,
		latencyOf = () => LATENCY_MS,
	}: {
		script?: Script;
		known?: string[];
		until?: number;
		latencyOf?: (taskId: string) => number;
	} = {},
): Promise<Course> {
	const clock = new VirtualClock();
	const calledTasks = new CalledTasks(clock);
	calledTasks.recall({ reported: known.map((taskId) => ({ taskId, outcome: 'succeeded' })) });
	const course: Course = { reported: [], polls: [], mostHeld: 0, starts: 0 };
	let held = 0;
	const inOrder = [...calls].sort((a, b) => a.at - b.at);
	for (const { at, taskId } of inOrder) {
		if (at > clock.elapsed()) await clock.sleep(at - clock.elapsed());
		let isOver = false;
		const poll = async (id: string) => {
			if (isOver) throw new Error('n8n has taken the credentials away');
			course.polls.push({ taskId: id, at: clock.elapsed() });
			await clock.sleep(latencyOf(id));
			const answer = script(id, clock.elapsed());
			if (answer instanceof Error) throw answer;
			return answer;
		};
		held++;
		void calledTasks
			.outcomesAfter({
				taskId,
				open: async () => poll,
				onTrouble: (_, reason) => {
					if (!(reason instanceof SoraFailure)) throw reason;
				},
				onDropped: () => undefined,
			})
			.then((tasks) => {
				isOver = true;
				held--;
				if (tasks.length) course.starts++;
				for (const { id, phase } of tasks) {
					course.reported.push({ taskId: id, phase, at: clock.elapsed() });
				}
			});
		// A call that is not held is over by then.
		for (let turn = 0; turn < 6; turn++) await undefined;
		course.mostHeld = Math.max(course.mostHeld, held);
	}
	await clock.sleep(Math.max(until - clock.elapsed(), 10 * MINUTE));
	return course;
}

/** Most of these moments that lie in any such span. */
function mostWithin(span: number, calls: Call[]): number {
	const moments = calls.map(({ at }) => at).sort((a, b) => a - b);
	let first = 0;
	return moments.reduce((most, at, index) => {
		while ((moments[first] ?? at) <= at - span) first++;
		return Math.max(most, index - first + 1);
	}, 0);
}

/** What a gateway can bear, whatever comes. */
function expectModesty({ polls, mostHeld }: Course): void {
	expect(mostWithin(SECOND, polls)).toBeLessThanOrEqual(6);
	expect(mostWithin(MINUTE, polls)).toBeLessThanOrEqual(60);
	expect(mostHeld).toBeLessThanOrEqual(10);
}

/** Each true task is reported once, and the last of them so long after its call. */
function delayOf({ reported }: Course, calls: Call[]): number {
	const real = calls.filter(({ taskId }) => taskId.endsWith(REAL));
	const names = real.map(({ taskId }) => taskId).sort();
	expect(reported.map(({ taskId }) => taskId).sort()).toEqual(names);
	return Math.max(
		...real.map(
			({ taskId, at }) => (reported.find((one) => one.taskId === taskId)?.at ?? Infinity) - at,
		),
	);
}

const random = seededRandom(5);
const hex = (length: number) =>
	Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
const uuid = () => [8, 4, 4, 4, 12].map(hex).join('-');
const realId = () => `video_${uuid().slice(0, -4)}${REAL}`;
const text = (length: number) =>
	Array.from({ length }, () => 'abcxyz0189-_:.'[Math.floor(random() * 14)]).join('');

const KINDS: Array<[string, (index: number) => string]> = [
	['numbers', (index) => String(index)],
	['numbers behind the right word', (index) => `video_${index}`],
	['IDs of another gateway', () => `veo3:17566${index10()}-${hex(6)}`],
	['imitations', () => `video_${uuid()}`],
	['any text', () => text(4 + Math.floor(random() * 60))],
	[
		'a bit of everything',
		(index) => [String(index), `video_${uuid()}`, text(12), `task-${hex(9)}`][index % 4] ?? '',
	],
];
const index10 = () => String(Math.floor(random() * 1e5)).padStart(5, '0');

const flood = (idOf: (index: number) => string, length = 900, everyMs = 5): Call[] =>
	Array.from({ length }, (_, index) => ({ at: index * everyMs, taskId: idOf(index) }));
const steady = (idOf: (index: number) => string, everyMs: number, lastMs = HOUR): Call[] =>
	Array.from({ length: lastMs / everyMs }, (_, index) => ({
		at: index * everyMs,
		taskId: idOf(index + 10_000),
	}));
const realCalls = (firstMs: number, everyMs: number, lastMs: number): Call[] =>
	Array.from({ length: Math.ceil((lastMs - firstMs) / everyMs) }, (_, index) => ({
		at: firstMs + index * everyMs,
		taskId: realId(),
	}));

describe.each(KINDS)('a flood of %s', (_, idOf) => {
	it('of 900 lets the call after it be heard within half a minute, the trigger being new', async () => {
		const calls = [...flood(idOf), { at: 4_700, taskId: realId() }];
		const course = await afterCalls(calls);
		expect(delayOf(course, calls)).toBeLessThanOrEqual(30 * SECOND);
		expectModesty(course);
	});

	it('of 900 at 45 ms each lets calls be heard within half a minute', async () => {
		const calls = [...flood(idOf, 900, 45), ...realCalls(41 * SECOND, 20 * SECOND, 3 * MINUTE)];
		const course = await afterCalls(calls);
		expect(delayOf(course, calls)).toBeLessThanOrEqual(30 * SECOND);
		expectModesty(course);
	});

	it('does not delay calls by five seconds once tasks of the gateway were seen', async () => {
		const calls = [...flood(idOf), ...realCalls(4_700, 15 * SECOND, 2 * MINUTE)];
		const course = await afterCalls(calls, { known: [`video_${uuid()}`] });
		expect(delayOf(course, calls)).toBeLessThanOrEqual(5 * SECOND);
		expectModesty(course);
	});

	it('that goes on at six a minute starves nobody', async () => {
		const after = steady(idOf, 10 * SECOND).map((call) => ({ ...call, at: call.at + 4_500 }));
		const calls = [...flood(idOf), ...after, ...realCalls(6 * SECOND, 97 * SECOND, HOUR)];
		const course = await afterCalls(calls);
		expect(delayOf(course, calls)).toBeLessThanOrEqual(2 * MINUTE);
		expectModesty(course);
	}, 60_000);

	it.each([6, 28])(
		'of %i a minute for an hour delays nobody by ten seconds',
		async (rate) => {
			const calls = [...steady(idOf, MINUTE / rate), ...realCalls(33_333, 97 * SECOND, HOUR)];
			const course = await afterCalls(calls);
			expect(delayOf(course, calls)).toBeLessThanOrEqual(10 * SECOND);
			expectModesty(course);
		},
		60_000,
	);

	it('that the gateway is slow to answer holds up nobody', async () => {
		const after = steady(idOf, 3 * SECOND, 10 * MINUTE);
		const calls = [...flood(idOf), ...after, ...realCalls(6 * SECOND, 47 * SECOND, 10 * MINUTE)];
		const course = await afterCalls(calls, {
			latencyOf: (taskId) => (taskId.endsWith(REAL) ? LATENCY_MS : 28 * SECOND),
		});
		expect(delayOf(course, calls)).toBeLessThanOrEqual(MINUTE);
		expectModesty(course);
	});

	it('costs the gateway a few polls a minute as long as nothing of it is true', async () => {
		const course = await afterCalls(flood(idOf));
		expect(mostWithin(MINUTE, course.polls)).toBeLessThanOrEqual(6);
		expect(course.starts).toBe(0);
	});
});

describe('calls again and again', () => {
	const failed = (taskId: string) => aTask(taskId, { status: 'FAILURE', phase: 'failed' });
	const everySecond = (taskId: string, lastMs: number): Call[] =>
		Array.from({ length: lastMs / SECOND }, (_, index) => ({ at: index * SECOND, taskId }));

	it('about a failed task make one poll a minute, and report it when it has finished after all', async () => {
		const course = await afterCalls(everySecond('v1', HOUR), {
			script: (taskId, at) => (at < HOUR / 2 ? failed(taskId) : aFinishedTask(taskId)),
		});
		expect(mostWithin(MINUTE, course.polls)).toBeLessThanOrEqual(2);
		expect(course.reported.map(({ phase }) => phase)).toEqual(['failed', 'succeeded']);
		expect(course.reported[1]?.at).toBeLessThanOrEqual(HOUR / 2 + 2 * MINUTE);
		expect(course.mostHeld).toBeLessThanOrEqual(2);
	});

	it('about an unknown task make one poll a minute, and report it as soon as the gateway knows it', async () => {
		const course = await afterCalls(everySecond('v1', 10 * MINUTE), {
			script: (taskId, at) =>
				at < 4 * MINUTE ? new SoraFailure('task_not_found') : aFinishedTask(taskId),
		});
		expect(mostWithin(MINUTE, course.polls)).toBeLessThanOrEqual(2);
		expect(course.reported.map(({ taskId }) => taskId)).toEqual(['v1']);
		expect(course.reported[0]?.at).toBeLessThanOrEqual(5 * MINUTE + SECOND);
	});

	it('about a running task poll it as seldom as a wait would', async () => {
		const course = await afterCalls(everySecond('v1', 10 * MINUTE), {
			script: (taskId, at) => (at < 9 * MINUTE ? aTask(taskId) : aFinishedTask(taskId)),
		});
		expect(mostWithin(MINUTE, course.polls)).toBeLessThanOrEqual(14);
		expect(course.reported.map(({ taskId }) => taskId)).toEqual(['v1']);
		expect(course.reported[0]?.at).toBeLessThanOrEqual(9 * MINUTE + 15 * SECOND);
	});

	it('about hundreds of failed tasks leave room for one that has finished', async () => {
		const known = Array.from({ length: 300 }, () => `video_${uuid()}`);
		const calls = [
			...Array.from({ length: 3_000 }, (_, index) => ({
				at: index * 200,
				taskId: known[index % 300] ?? '',
			})),
			...realCalls(2 * MINUTE, 47 * SECOND, 10 * MINUTE),
		];
		const course = await afterCalls(calls, {
			script: (taskId) => (taskId.endsWith(REAL) ? aFinishedTask(taskId) : failed(taskId)),
		});
		const finished = course.reported.filter(({ phase }) => phase === 'succeeded');
		expect(delayOf({ ...course, reported: finished }, calls)).toBeLessThanOrEqual(30 * SECOND);
		expect(course.reported.filter(({ phase }) => phase === 'failed')).toHaveLength(300);
		const later = course.polls.filter(({ at }) => at > 3 * MINUTE);
		expect(mostWithin(MINUTE, later)).toBeLessThanOrEqual(60);
	});
});

describe('a gateway in trouble', () => {
	const batch = Array.from({ length: 60 }, (_, index) => ({
		at: index * SECOND,
		taskId: realId(),
	}));

	it.each<[string, Error]>([
		['answers errors', aMiss()],
		['cannot be reached', new SoraFailure('unreachable', { repeatable: 'free' })],
		['does not answer', new SoraFailure('gateway_silent', { repeatable: 'free' })],
	])(
		'that %s for five minutes is asked seldom, and every outcome reported soon after',
		async (_, trouble) => {
			const course = await afterCalls(batch, {
				script: (taskId, at) => (at < 5 * MINUTE ? trouble : aFinishedTask(taskId)),
			});
			const [reported] = [course.reported.map(({ taskId }) => taskId).sort()];
			expect(reported).toEqual(batch.map(({ taskId }) => taskId).sort());
			expect(Math.max(...course.reported.map(({ at }) => at))).toBeLessThanOrEqual(8 * MINUTE);
			const during = course.polls.filter(({ at }) => at < 5 * MINUTE);
			expect(mostWithin(MINUTE, during)).toBeLessThanOrEqual(40);
		},
	);

	it('that answers unknown IDs with errors of its own lets no flood of them stand in the way', async () => {
		const calls = [
			...flood((index) => `video_${index}`, 300, 45),
			...realCalls(14 * SECOND, 31 * SECOND, 5 * MINUTE),
		];
		const course = await afterCalls(calls, {
			script: (taskId) => (taskId.endsWith(REAL) ? aFinishedTask(taskId) : aMiss()),
			until: 20 * MINUTE,
		});
		expect(delayOf(course, calls)).toBeLessThanOrEqual(MINUTE);
		expectModesty(course);
	});

	it('that wants a pause gets it, whoever calls', async () => {
		const course = await afterCalls(batch, {
			script: (taskId, at) => (at < 90 * SECOND ? a429(60_000) : aFinishedTask(taskId)),
		});
		const during = course.polls.filter(({ at }) => at < 60 * SECOND);
		expect(during.length).toBeLessThanOrEqual(3);
		expect(course.reported).toHaveLength(60);
	});
});

describe('whatever comes', () => {
	it('reports each outcome once, asks with held calls only, and holds ten at most', async () => {
		const pool = Array.from({ length: 12 }, (_, index) =>
			index % 2 ? `v${index}${REAL}` : `v${index}`,
		);
		const fates: Script[] = [
			(taskId) => aFinishedTask(taskId),
			(taskId, at) => (at < 3 * MINUTE ? aTask(taskId) : aFinishedTask(taskId)),
			(taskId) => aTask(taskId, { status: 'FAILURE', phase: 'failed' }),
			(taskId, at) => (at % 5 ? aMiss() : aFinishedTask(taskId)),
			() => new SoraFailure('task_not_found'),
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
				async (calls, chosen) => {
					const fateOf = (taskId: string) => chosen[pool.indexOf(taskId)] ?? unlessInvented;
					const course = await afterCalls(calls, {
						script: (taskId, at) => fateOf(taskId)(taskId, at),
						until: 30 * MINUTE,
					});
					const reported = course.reported.map(({ taskId, phase }) => `${taskId} ${phase}`);
					expect(new Set(reported).size).toBe(reported.length);
					expect(course.mostHeld).toBeLessThanOrEqual(10);
					const finished = calls.filter(({ taskId }) => fateOf(taskId) === fates[0]);
					for (const { taskId } of finished) expect(reported).toContain(`${taskId} succeeded`);
				},
			),
			{ numRuns: 60 },
		);
	}, 60_000);
});
