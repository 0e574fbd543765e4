import fc from 'fast-check';

import {
	LONGEST_MS,
	nextParkedPollAt,
	nextPollAt,
	progressAfterPoll,
	SHORTEST_MS,
	SHORTEST_PARK_MS,
	STAY_MS,
	type SeenProgress,
	type TaskOutlook,
} from '../../nodes/Sora/tasks/schedule';
import { backoffMs } from '../../nodes/Sora/flow/retry';
import { mean } from '../../bench/statistics';
import { seededRandom } from '../simulator/random';
import { allowedMs, CELLS, polled, progressOf, type ProgressAt } from './renders';
import { START } from './virtualClock';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Whatever a gateway may say, in the order of time. */
const seenProgress = (age: number) =>
	fc
		.array(fc.tuple(fc.integer({ min: 0, max: age }), fc.double({ min: 0, max: 100, noNaN: true })))
		.map((sights) =>
			sights
				.sort(([a], [b]) => a - b)
				.reduce<
					SeenProgress | undefined
				>((seen, [at, percent]) => progressAfterPoll(seen, percent, START + at), undefined),
		);

/** Every state in which the poller may ask, adaptive as the user left it. */
const outlooks = fc.integer({ min: 0, max: 60 * MINUTE }).chain((age) =>
	fc.record<TaskOutlook>({
		since: fc.constant(START),
		now: fc.constant(START + age),
		deadline: fc.integer({ min: 0, max: 60 * MINUTE }).map((left) => START + age + left),
		progress: seenProgress(age),
		misses: fc.nat({ max: 40 }),
		denial: fc.option(fc.constant({ word: 'task_not_found', since: START }), {
			nil: undefined,
		}),
	}),
);
const anyOutlooks = fc
	.tuple(outlooks, fc.option(fc.integer({ min: 1, max: 10 * MINUTE }), { nil: undefined }))
	.map(([outlook, fixedIntervalMs]) => ({ ...outlook, fixedIntervalMs }));

/** Asserts something of the next poll in every state. */
function always(
	of: fc.Arbitrary<TaskOutlook>,
	check: (outlook: TaskOutlook, chance: number) => void,
): void {
	fc.assert(fc.property(of, chances, check), { numRuns: 1_000 });
}

describe('the next poll', () => {
	it('is later than now unless the deadline is reached, never after the deadline, and depends only on its arguments', () => {
		always(anyOutlooks, (outlook, chance) => {
			const { now, deadline } = outlook;
			const copy = structuredClone(outlook);
			const at = nextPollAt(outlook, chance);
			expect(at).toBeLessThanOrEqual(deadline);
			expect(at).toBeGreaterThanOrEqual(now + (deadline > now ? Number.MIN_VALUE : 0));
			expect(nextPollAt({ ...outlook, deadline: now - 1 }, chance)).toBe(now);
			expect(nextPollAt(copy, chance)).toBe(at);
			expect(outlook).toEqual(copy);
		});
	});

	it('keeps the minimum interval, and is not wasted shortly before the one at the deadline', () => {
		always(outlooks, (outlook, chance) => {
			const { now, deadline } = outlook;
			const at = nextPollAt(outlook, chance);
			if (at === deadline) return;
			expect(at).toBeGreaterThanOrEqual(now + SHORTEST_MS);
			expect(deadline - at).toBeGreaterThanOrEqual(SHORTEST_MS / 2);
		});
	});

	it('is at most half of the age away, give or take a tenth, whatever the progress', () => {
		always(outlooks, (outlook, chance) => {
			const free = { ...outlook, deadline: Number.POSITIVE_INFINITY };
			const wait = nextPollAt(free, chance) - free.now;
			const middle = nextPollAt(free, 0.5) - free.now;
			expect(wait).toBeGreaterThanOrEqual(Math.max(SHORTEST_MS, middle * 0.9) - 0.001);
			expect(wait).toBeLessThanOrEqual(middle * 1.1 + 0.001);
			const most = Math.max(SHORTEST_MS, Math.min((free.now - free.since) / 2, LONGEST_MS));
			if (free.misses === 0) expect(wait).toBeLessThanOrEqual(most * 1.1 + 0.001);
		});
	});

	it('backs off exponentially with every miss, up to two minutes, and is never earlier', () => {
		const now = START + 4 * MINUTE;
		const waits = [0, 1, 2, 3, 4, 20].map((misses) => {
			const outlook = { since: START, now, deadline: now + 30 * MINUTE, misses };
			return (nextPollAt(outlook, 0.5) - now) / SECOND;
		});
		expect(waits).toStrictEqual([9, 18, 36, 72, 120, 120]);
		always(anyOutlooks, (outlook, chance) => {
			const more = { ...outlook, misses: outlook.misses + 1 };
			expect(nextPollAt(more, chance)).toBeGreaterThanOrEqual(nextPollAt(outlook, chance));
		});
	});

	it('is the first one after about 5 s, or after the user’s interval, however short', () => {
		const anInterval = fc.option(fc.integer({ min: 1, max: 10 * MINUTE }), { nil: undefined });
		fc.assert(
			fc.property(chances, anInterval, (chance, fixedIntervalMs) => {
				const deadline = Number.POSITIVE_INFINITY;
				const outlook = { since: START, now: START, deadline, misses: 0, fixedIntervalMs };
				const wait = nextPollAt(outlook, chance) - START;
				const wanted = fixedIntervalMs ?? 5 * SECOND;
				expect(Math.abs(wait - wanted)).toBeLessThanOrEqual(wanted / 10 + 0.001);
			}),
		);
	});
});

describe('progress', () => {
	const after = (...sights: Array<[seconds: number, percent: number]>) =>
		sights.reduce<SeenProgress | undefined>(
			(seen, [seconds, percent]) => progressAfterPoll(seen, percent, seconds * SECOND),
			undefined,
		);
	const endOf = (...sights: Array<[seconds: number, percent: number]>) =>
		(after(...sights)?.earliestEnd ?? Number.NaN) / SECOND;

	it('says nothing about the end before two percents were seen', () => {
		expect(after([5, 0], [60, 0])).toBeUndefined();
		expect(after([5, 30], [9, 30], [60, 30])).toMatchObject({ percent: 30, firstAt: 5 * SECOND });
		expect(endOf([5, 30], [9, 30], [60, 30])).toBeNaN();
	});

	it('gives the pace between two percents, wherever the queue ended', () => {
		// A percent a second.
		expect(endOf([100, 10], [110, 20], [160, 70])).toBeCloseTo(110 + 80 * (50 / 60), -1);
		expect(endOf([100, 10], [113, 23], [160, 70])).toBeCloseTo(190, -1);
	});

	it('in coarse steps may be about to advance, and delays polls for as long as a step took', () => {
		expect(after([60, 25], [121, 50])?.step).toBe(25);
		expect(after([60, 25], [121, 50], [183, 76])?.step).toBe(1);
		expect(endOf([60, 25], [120, 25], [121, 50])).toBeCloseTo(120 + 2 * 60, 0);
	});

	it('that goes back or stops leaves the end where it was, and says nothing more after a while', () => {
		const seen: Array<[number, number]> = [
			[10, 5],
			[20, 20],
		];
		expect(endOf(...seen, [25, 20], [30, 3])).toBe(endOf(...seen));
		expect(endOf(...seen, [25, 20], [31, 20])).toBeNaN();
	});

	it('never puts the end of a steady render later than it is', () => {
		const steps = fc.constantFrom(1, 5, 10, 25, 50);
		const times = fc.uniqueArray(fc.integer({ min: 1, max: 2_000 }), { maxLength: 30 });
		fc.assert(
			fc.property(steps, fc.nat(200), fc.integer({ min: 5, max: 1_800 }), times, (...made) => {
				const [step, queue, render, moments] = made;
				const at = progressOf({ step, queueMs: queue, renderMs: render });
				let seen: SeenProgress | undefined;
				for (const moment of moments.sort((a, b) => a - b)) {
					if (moment >= queue + render) break;
					seen = progressAfterPoll(seen, at(moment) ?? 0, moment);
					expect(seen?.earliestEnd ?? 0).toBeLessThanOrEqual(queue + render + 1);
				}
			}),
			{ numRuns: 1_000 },
		);
	});
});

const average = (finishes: number[], progressOfRender: (finish: number) => ProgressAt) => {
	const runs = finishes.map((finish, index) =>
		polled(finish, progressOfRender(finish), seededRandom(index + 1)),
	);
	return {
		polls: mean(runs.map(({ polls }) => polls)),
		lateSeconds: mean(runs.map(({ lateMs }) => lateMs)) / SECOND,
	};
};
const none = () => () => undefined;
const linear = (finish: number) => progressOf({ step: 1, queueMs: 0, renderMs: finish });
const still = (finish: number) => (age: number) => (age < 5e3 ? 10 : age < finish / 3 ? 20 : 30);

/** Durations spread evenly, from seconds to milliseconds. */
function spread(from: number, to: number, count: number): number[] {
	const random = seededRandom(from);
	return Array.from({ length: count }, () => (from + (to - from) * random()) * SECOND);
}

describe('polls over a whole render', () => {
	it.each([undefined, 1, 10, 25])(
		'notice every video within 20 % of its render or 10 s, in steps of %s percent',
		(step) => {
			for (const cell of CELLS.filter((one) => one.step === step)) {
				for (let seed = 1; seed <= 5; seed++) {
					const finish = cell.queueMs + cell.renderMs;
					const { lateMs } = polled(finish, progressOf(cell), seededRandom(seed));
					expect({ cell, isLate: lateMs > allowedMs(cell) }).toEqual({ cell, isLate: false });
				}
			}
		},
	);

	it.each<[string, (finish: number) => ProgressAt, number[], number, number]>([
		['245 s with no progress', none, spread(235, 255, 200), 30, 5],
		['245 s with every percent', linear, spread(235, 255, 200), 13, 5],
		['a fast render with no progress', none, spread(5, 35, 300), 6, 4],
		['a fast render with every percent', linear, spread(5, 35, 300), 6, 4],
		['the same percent all the time', still, spread(200, 300, 200), 25, 5],
	])('are few, and notice the video within seconds: %s', (_, progressOfRender, ...cell) => {
		const [finishes, most, late] = cell;
		const { polls, lateSeconds } = average(finishes, progressOfRender);
		expect(polls).toBeLessThanOrEqual(most);
		expect(lateSeconds).toBeLessThanOrEqual(late);
	});

	it.each<[string, (finish: number) => ProgressAt]>([
		['stands still at 90 %', (finish) => (age) => Math.min(90, (age / finish) * 150)],
		['runs ahead', (finish) => (age) => 95 * (1 - Math.exp((-3 * age) / finish))],
		['comes late', (finish) => (age) => 100 * (age / finish) ** 3],
		['is a joke', () => (age) => (age * 7_919) % 100],
	])('notice a video within half of its time if the progress %s', (_, progressOfRender) => {
		for (const [index, finish] of spread(20, 1_500, 200).entries()) {
			const { lateMs } = polled(finish, progressOfRender(finish), seededRandom(index));
			expect(lateMs).toBeLessThanOrEqual(Math.max(10 * SECOND, finish * 0.55));
		}
	});
});

it('the backoff of a submission grows from 2 s to a minute, and is never shorter than Retry-After', () => {
	const waits = [1, 2, 3, 4, 5, 6, 7, 50].map((attempts) => backoffMs(attempts, 0.5) / SECOND);
	expect(waits).toStrictEqual([2, 4, 8, 16, 32, 60, 60, 60]);
	expect([0, 1].map((chance) => backoffMs(9, chance) / SECOND)).toEqual([45, 75]);
	expect(backoffMs(3, 0.5, 90 * SECOND)).toBe(90 * SECOND);
});

describe('the next poll of a parked task', () => {
	it('is as far away as n8n can wake it, and leaves no shorter park before the deadline', () => {
		always(anyOutlooks, (outlook, chance) => {
			const { now, deadline } = outlook;
			const at = nextParkedPollAt(outlook, chance, 0);
			if (deadline - now < SHORTEST_PARK_MS) {
				expect(at).toBeUndefined();
				return;
			}
			expect(at).toBeGreaterThanOrEqual(now + SHORTEST_PARK_MS);
			expect(at).toBeGreaterThanOrEqual(nextPollAt(outlook, chance));
			expect(at).toBeLessThanOrEqual(deadline);
			if (at !== deadline) expect(deadline - Number(at)).toBeGreaterThanOrEqual(SHORTEST_PARK_MS);
		});
	});

	it('is waited for in the node if the end is near, as long as the turn may last', () => {
		// A percent a second, last seen at 80.
		let progress: SeenProgress | undefined;
		for (const percent of [20, 41, 80]) {
			progress = progressAfterPoll(progress, percent, START + percent * SECOND);
		}
		const now = START + 80 * SECOND;
		const outlook = { since: START, now, deadline: now + 30 * MINUTE, misses: 0, progress };
		expect(nextParkedPollAt(outlook, 0.5, now + STAY_MS)).toBeUndefined();
		expect(nextParkedPollAt(outlook, 0.5, now)).toBe(now + SHORTEST_PARK_MS);
		expect(nextParkedPollAt({ ...outlook, progress: undefined }, 0.5, now + STAY_MS)).toBe(
			now + SHORTEST_PARK_MS,
		);
	});
});
