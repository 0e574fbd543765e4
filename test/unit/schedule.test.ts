import fc from 'fast-check';

import { typicalRenderMs } from '../../nodes/Sora/gateway/models';
import {
	CEILING_MS,
	FIRST_POLL_MS,
	FLOOR_MS,
	nextParkedPollAt,
	nextPollAt,
	PACE_MS,
	progressAfterPoll,
	SHORTEST_PARK_MS,
	type TaskOutlook,
} from '../../nodes/Sora/tasks/schedule';
import { backoffMs } from '../../nodes/Sora/flow/retry';
import { seededRandom } from '../simulator/random';
import { START } from './virtualClock';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const outlookAt = (age: number, changes: Partial<TaskOutlook> = {}): TaskOutlook => ({
	since: START,
	now: START + age,
	deadline: START + 30 * MINUTE,
	typicalRenderMs: typicalRenderMs(),
	polls: 3,
	misses: 0,
	...changes,
});

const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const seen = (age: number) =>
	fc.option(
		fc
			.record({
				percent: fc.double({ min: 0, max: 100, noNaN: true }),
				at: fc.integer({ min: 0, max: age }).map((at) => START + at),
				since: fc.integer({ min: 0, max: age }),
				stalled: fc.boolean(),
				step: fc.double({ min: 1, max: 100, noNaN: true }),
			})
			.map(({ since, ...seen }) => ({ ...seen, lessAt: Math.max(START, seen.at - since) })),
		{ nil: undefined },
	);

const learnedTimes = fc
	.tuple(
		fc.uniqueArray(fc.integer({ min: 0, max: 60 * MINUTE }), { minLength: 3, maxLength: 3 }),
		fc.integer({ min: 1, max: 20 }),
	)
	.map(([times, count]) => {
		const [earliestMs = 0, typicalMs = 0, latestMs = 0] = times.sort((a, b) => a - b);
		return { earliestMs, typicalMs, latestMs, count };
	});

/** Every state in which the poller may ask, adaptive as the user left it. */
const outlooks = fc.integer({ min: 0, max: 60 * MINUTE }).chain((age) =>
	fc.record<TaskOutlook>({
		since: fc.constant(START),
		now: fc.constant(START + age),
		deadline: fc.integer({ min: 0, max: 60 * MINUTE }).map((left) => START + age + left),
		typicalRenderMs: fc.integer({ min: MINUTE, max: 40 * MINUTE }),
		guessed: fc.boolean(),
		learned: fc.option(learnedTimes, { nil: undefined }),
		polls: fc.nat({ max: 500 }),
		progress: seen(age),
		misses: fc.nat({ max: 40 }),
		finishing: fc.boolean(),
		notBefore: fc.option(
			fc.integer({ min: -MINUTE, max: 20 * MINUTE }).map((wait) => START + age + wait),
			{ nil: undefined },
		),
	}),
);
const anyOutlooks = fc
	.tuple(outlooks, fc.option(fc.integer({ min: 1, max: 10 * MINUTE }), { nil: undefined }))
	.map(([outlook, fixedIntervalMs]) => ({ ...outlook, fixedIntervalMs }));
const RUNS = { numRuns: 1_000 };

describe('the next poll', () => {
	it('is never later than the deadline and never in the past', () => {
		fc.assert(
			fc.property(anyOutlooks, chances, (outlook, chance) => {
				const at = nextPollAt(outlook, chance);
				expect(at).toBeLessThanOrEqual(outlook.deadline);
				expect(at).toBeGreaterThanOrEqual(outlook.now);
			}),
			RUNS,
		);
	});

	it('is later than now unless the deadline is reached', () => {
		fc.assert(
			fc.property(anyOutlooks, chances, (outlook, chance) => {
				fc.pre(outlook.deadline > outlook.now);
				expect(nextPollAt(outlook, chance)).toBeGreaterThan(outlook.now);
			}),
			RUNS,
		);
	});

	it('comes at once where the deadline has passed already', () => {
		const late = outlookAt(31 * MINUTE);
		expect(nextPollAt(late, 0.5)).toBe(late.now);
	});

	it('keeps its least distance, unless the deadline comes first', () => {
		fc.assert(
			fc.property(outlooks, chances, (outlook, chance) => {
				const at = nextPollAt(outlook, chance);
				const least = outlook.polls === 0 ? Math.min(FLOOR_MS, FIRST_POLL_MS * 0.9) : FLOOR_MS;
				expect(at === outlook.deadline || at >= outlook.now + least).toBe(true);
			}),
			RUNS,
		);
	});

	it('waits as long as the gateway asked, unless the deadline comes first', () => {
		fc.assert(
			fc.property(anyOutlooks, chances, (outlook, chance) => {
				const at = nextPollAt(outlook, chance);
				expect(at === outlook.deadline || at >= (outlook.notBefore ?? 0)).toBe(true);
			}),
			RUNS,
		);
	});

	it('is never earlier after one more miss', () => {
		fc.assert(
			fc.property(anyOutlooks, chances, (outlook, chance) => {
				const more = { ...outlook, misses: outlook.misses + 1 };
				expect(nextPollAt(more, chance)).toBeGreaterThanOrEqual(nextPollAt(outlook, chance));
			}),
			RUNS,
		);
	});

	it('doubles its distance with every miss, up to two minutes', () => {
		const waits = [1, 2, 3, 4, 5, 6, 20].map((misses) => {
			const outlook = outlookAt(4 * MINUTE, { misses });
			return (nextPollAt(outlook, 0.5) - outlook.now) / SECOND;
		});
		expect(waits).toStrictEqual([19.2, 38.4, 76.8, 120, 120, 120, 120]);
	});

	it('falls on the deadline where it would pass it', () => {
		fc.assert(
			fc.property(outlooks, chances, (outlook, chance) => {
				const deadline = outlook.now + Math.min(outlook.deadline - outlook.now, FLOOR_MS);
				expect(nextPollAt({ ...outlook, deadline }, chance)).toBe(deadline);
			}),
			RUNS,
		);
	});

	it('is never wasted shortly before the one at the deadline', () => {
		fc.assert(
			fc.property(anyOutlooks, chances, (outlook, chance) => {
				const left = outlook.deadline - nextPollAt(outlook, chance);
				expect(left === 0 || left >= FLOOR_MS / 2).toBe(true);
			}),
			RUNS,
		);
	});

	it('depends on nothing but its arguments', () => {
		fc.assert(
			fc.property(anyOutlooks, chances, (outlook, chance) => {
				const copy = structuredClone(outlook);
				expect(nextPollAt(outlook, chance)).toBe(nextPollAt(copy, chance));
				expect(outlook).toEqual(copy);
			}),
		);
	});

	it('is the first one after about 5 s, whatever is rendered', () => {
		fc.assert(
			fc.property(fc.integer({ min: MINUTE, max: 40 * MINUTE }), chances, (typical, chance) => {
				const outlook = outlookAt(0, { polls: 0, typicalRenderMs: typical });
				const wait = nextPollAt(outlook, chance) - outlook.now;
				expect(Math.abs(wait - FIRST_POLL_MS)).toBeLessThanOrEqual(FIRST_POLL_MS / 10);
			}),
		);
	});

	it('honours the interval of the user, a short one as well, but for a tenth', () => {
		fc.assert(
			fc.property(
				anyOutlooks,
				fc.integer({ min: 1, max: 10 * MINUTE }),
				chances,
				(outlook, fixedIntervalMs, chance) => {
					const at = nextPollAt(
						{
							...outlook,
							fixedIntervalMs,
							misses: 0,
							notBefore: undefined,
							deadline: outlook.now + 60 * MINUTE,
						},
						chance,
					);
					const wait = at - outlook.now;
					expect(wait).toBeGreaterThanOrEqual(fixedIntervalMs * 0.9 - 0.001);
					expect(wait).toBeLessThanOrEqual(fixedIntervalMs * 1.1 + 0.001);
				},
			),
			RUNS,
		);
	});

	it('differs by chance, by no more than a tenth either way', () => {
		fc.assert(
			fc.property(outlooks, chances, (outlook, chance) => {
				const free = { ...outlook, notBefore: undefined, deadline: outlook.now + 600 * MINUTE };
				const middle = nextPollAt(free, 0.5) - free.now;
				const wait = nextPollAt(free, chance) - free.now;
				const least = Math.max(free.polls === 0 ? 0 : FLOOR_MS, middle * 0.9);
				expect(wait).toBeGreaterThanOrEqual(least - 0.001);
				expect(wait).toBeLessThanOrEqual(middle * 1.1 + 0.001);
			}),
			RUNS,
		);
		const outlook = outlookAt(4 * MINUTE);
		expect(nextPollAt(outlook, 0)).toBeLessThan(nextPollAt(outlook, 0.999));
	});

	it.each([
		...[{ duration: '10' }, { duration: '15' }, { duration: '25' }],
		...[
			{ duration: '10', hd: true },
			{ duration: '15', hd: true },
		],
	])('is never further away than the longest interval while all goes well: %j', (kind) => {
		fc.assert(
			fc.property(outlooks, chances, (outlook, chance) => {
				const typical = typicalRenderMs(kind);
				const calm = {
					...outlook,
					misses: 0,
					notBefore: undefined,
					typicalRenderMs: typical,
					deadline: outlook.now + 600 * MINUTE,
				};
				expect(nextPollAt(calm, chance) - calm.now).toBeLessThanOrEqual(CEILING_MS * 1.1 + 1);
			}),
			RUNS,
		);
	});
});

describe('progress', () => {
	const at = (percent: number, age: number, before?: TaskOutlook['progress']) =>
		progressAfterPoll({ progress: before, since: START }, percent, START + age);

	it('is told apart from progress that stands still', () => {
		const first = at(10, MINUTE);
		expect(first).toMatchObject({ percent: 10, at: START + MINUTE, stalled: false });
		expect(at(10, 2 * MINUTE, first).stalled).toBe(true);
		expect(at(5, 2 * MINUTE, first).stalled).toBe(true);
		expect(at(11, 2 * MINUTE, first).stalled).toBe(false);
	});

	it('that jumps may be about to jump again, until a smaller gain is seen', () => {
		const quarter = at(25, MINUTE);
		const half = at(50, 61 * SECOND, quarter);
		expect(half.step).toBeGreaterThan(20);
		const waiting = at(50, 70 * SECOND, half);
		expect(waiting.step).toBe(half.step);
		expect(at(51, 80 * SECOND, waiting).step).toBe(1);
	});

	it('remembers when it was last seen to be less', () => {
		const quarter = at(25, MINUTE);
		const half = at(50, 2 * MINUTE, quarter);
		expect(half.lessAt).toBe(START + MINUTE);
		expect(at(50, 3 * MINUTE, half).lessAt).toBe(START + MINUTE);
	});

	it('of a quarter keeps looks away for as long as a quarter took', () => {
		const waiting = at(0, 55 * SECOND);
		const progress = at(25, MINUTE, waiting);
		const outlook = outlookAt(MINUTE, { progress });
		expect(nextPollAt(outlook, 0.5) - outlook.now).toBeGreaterThan(2 * MINUTE * 0.9);
	});

	it('is counted in single percents where it is steady', () => {
		let progress = at(10, 24 * SECOND);
		for (let percent = 11; percent <= 90; percent++) {
			progress = at(percent, percent * 2.4 * SECOND, progress);
		}
		expect(progress.step).toBeLessThanOrEqual(1.5);
	});
});

/** One render, watched as the poller does it; a poll costs no time. */
function watched(
	renderMs: number,
	random: () => number,
	progressAt?: (age: number) => number | undefined,
	changes: Partial<TaskOutlook> = {},
) {
	const outlook = outlookAt(0, { polls: 0, deadline: START + 60 * MINUTE, ...changes });
	const polls: number[] = [];
	for (;;) {
		const at = nextPollAt(outlook, random());
		const age = at - START;
		polls.push(age);
		if (age >= renderMs || at >= outlook.deadline) break;
		outlook.now = at;
		outlook.polls++;
		const percent = progressAt?.(age);
		if (percent !== undefined) outlook.progress = progressAfterPoll(outlook, percent, at);
	}
	return { polls: polls.length, lateMs: (polls.at(-1) ?? 0) - renderMs, moments: polls };
}

const mean = (numbers: number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

function average(
	renders: number[],
	progressOf?: (renderMs: number) => (age: number) => number | undefined,
	changes: Partial<TaskOutlook> = {},
) {
	const runs = renders.map((renderMs, index) =>
		watched(renderMs, seededRandom(index + 1), progressOf?.(renderMs), changes),
	);
	return {
		polls: mean(runs.map(({ polls }) => polls)),
		lateSeconds: mean(runs.map(({ lateMs }) => lateMs)) / SECOND,
		worstSeconds: Math.max(...runs.map(({ lateMs }) => lateMs)) / SECOND,
	};
}

/** What a poll every ten seconds costs: the yardstick of other clients. */
function everyTenSeconds(renders: number[]) {
	const polls = renders.map((renderMs) => Math.ceil(renderMs / (10 * SECOND)));
	return {
		polls: mean(polls),
		lateSeconds: mean(polls.map((count, i) => count * 10 - (renders[i] ?? 0) / SECOND)),
	};
}

const linear = (renderMs: number) => (age: number) =>
	Math.min(99, Math.floor((100 * age) / renderMs));

/** Durations spread evenly, in seconds. */
function spread(from: number, to: number, count: number, seed: number): number[] {
	const random = seededRandom(seed);
	return Array.from({ length: count }, () => (from + (to - from) * random()) * SECOND);
}

describe('polls over a whole render', () => {
	it('with steady progress are at most half of those every 10 s, and no later', () => {
		const renders = spread(240, 260, 500, 7);
		const ours = average(renders, linear);
		const theirs = everyTenSeconds(renders);
		expect(ours.polls).toBeLessThanOrEqual(theirs.polls / 2);
		expect(ours.lateSeconds).toBeLessThanOrEqual(5);
		expect(ours.lateSeconds).toBeLessThanOrEqual(theirs.lateSeconds);
	});

	it.each([
		['a quick render', 60, 120],
		['a usual render', 120, 300],
		['a slow render', 300, 1_000],
		['a render in HD', 720, 1_500],
	])('with steady progress stay few for %s, and late by a hundredth of it', (_, from, to) => {
		const renders = spread(from, to, 500, from);
		const ours = average(renders, linear);
		expect(ours.polls).toBeLessThan(everyTenSeconds(renders).polls);
		expect(ours.lateSeconds).toBeLessThanOrEqual(Math.max(5, (0.015 * (from + to)) / 2));
	});

	it('without progress are fewer than every 10 s, for little delay', () => {
		const renders = spread(180, 320, 1_000, 11);
		const ours = average(renders);
		const theirs = everyTenSeconds(renders);
		expect(ours.polls).toBeLessThan(theirs.polls);
		expect(ours.lateSeconds).toBeLessThanOrEqual(theirs.lateSeconds + 3);
	});

	it('never leave a finished video lying for more than half a minute or a 25th of its render', () => {
		for (const [index, renderMs] of spread(30, 1_500, 1_000, 13).entries()) {
			const bound = Math.max(33 * SECOND, renderMs / 25);
			for (const progressAt of [undefined, linear(renderMs)]) {
				const { lateMs } = watched(renderMs, seededRandom(index), progressAt);
				expect(lateMs).toBeLessThanOrEqual(bound);
			}
		}
	});

	it.each([
		['at 90 %', 90],
		['at 99 %', 99],
		['half way', 50],
	])('hold back when the progress stalls %s: no more often than every 5 s', (_, stuckAt) => {
		const stalled = (age: number) => Math.min(stuckAt, Math.floor((100 * age) / (4 * MINUTE)));
		const { moments } = watched(25 * MINUTE, seededRandom(3), stalled);
		const late = moments.filter((age) => age > 10 * MINUTE && age <= 20 * MINUTE);
		expect(late.length).toBeLessThanOrEqual((10 * MINUTE) / (5 * SECOND));
	});

	it('hold back also where the gateway shows the same few percent all the time', () => {
		const { moments } = watched(10 * MINUTE, seededRandom(4), () => 10);
		const late = moments.filter((age) => age > 5 * MINUTE);
		expect(late.length).toBeLessThanOrEqual((5 * MINUTE) / (5 * SECOND) + 1);
	});

	it('end with one at the deadline', () => {
		const deadline = START + 5 * MINUTE;
		for (let seed = 1; seed <= 50; seed++) {
			const { moments } = watched(60 * MINUTE, seededRandom(seed), undefined, { deadline });
			expect(moments.at(-1)).toBe(5 * MINUTE);
			expect(new Set(moments).size).toBe(moments.length);
		}
	});
});

describe('the wait before a repeated submission', () => {
	it('grows from about 2 s to about a minute', () => {
		const waits = [1, 2, 3, 4, 5, 6, 7].map((attempts) => backoffMs(attempts, 0.5) / SECOND);
		expect(waits).toStrictEqual([2, 4, 8, 16, 32, 60, 60]);
	});

	it('is never shorter than Retry-After, and is bounded without one', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 50 }), chances, fc.nat(), (attempts, chance, asked) => {
				expect(backoffMs(attempts, chance, asked)).toBeGreaterThanOrEqual(asked);
				expect(backoffMs(attempts, chance)).toBeGreaterThanOrEqual(1_500);
				expect(backoffMs(attempts, chance)).toBeLessThanOrEqual(75 * SECOND);
			}),
		);
	});

	it('differs by chance, so that items submitted together do not come back together', () => {
		expect(backoffMs(3, 0)).toBeLessThan(backoffMs(3, 0.9));
	});
});

it('the pace lets no more than five polls a second through', () => {
	expect(SECOND / PACE_MS).toBe(5);
});

describe('the next poll of a parked task', () => {
	it('is a minute away at least, never after the deadline, and leaves no shorter park until that', () => {
		fc.assert(
			fc.property(anyOutlooks, chances, (outlook, chance) => {
				const at = nextParkedPollAt(outlook, chance);
				const { now, deadline } = outlook;
				if (deadline - now < SHORTEST_PARK_MS) {
					expect(at).toBeUndefined();
					return;
				}
				expect(at).toBeGreaterThanOrEqual(now + SHORTEST_PARK_MS);
				expect(at).toBeLessThanOrEqual(deadline);
				if (at !== deadline) expect(deadline - Number(at)).toBeGreaterThanOrEqual(SHORTEST_PARK_MS);
			}),
			RUNS,
		);
	});

	it('is no earlier than it would be in the node', () => {
		fc.assert(
			fc.property(anyOutlooks, chances, (outlook, chance) => {
				const at = nextParkedPollAt(outlook, chance);
				if (at !== undefined) expect(at).toBeGreaterThanOrEqual(nextPollAt(outlook, chance));
			}),
			RUNS,
		);
	});
});
