/**
 * When to poll a task next. Pure: the answer depends on nothing but the arguments, randomness included.
 *
 * A poll costs a request and may draw a 429; a late poll costs the user's time. How long a render takes is not known
 * beforehand, so the interval grows with the age of the task. Only progress that was seen to move makes it longer, up to
 * half of the age. Gateways report progress in steps, and only from when the task has left their queue: the pace is taken
 * between two percents that were seen, as fast as they allow.
 */

/** What polls have seen of a task's progress. Plain numbers, as it is stored while parked; moments on the run's clock. */
export interface SeenProgress {
	percent: number;
	/** The last poll. */
	at: number;
	/** The first poll that saw any progress. */
	firstPercent: number;
	firstAt: number;
	/** The first poll that saw this percent. */
	gainedAt: number;
	/** The largest step that explains all percents seen: what is shown as 50 in steps of 25 may be 74. */
	step: number;
	/** No render of this pace ends before; set once a second percent was seen, and while it goes on. */
	earliestEnd?: number;
}

/** What is known of a task when the next poll is planned. Times in milliseconds on one clock. */
export interface TaskOutlook {
	/** When the wait began: the submission, or the first poll of a task submitted earlier. */
	since: number;
	now: number;
	/** No poll happens later than this, and one happens just then. */
	deadline: number;
	/** Set by the user: a fixed interval instead of the adaptive one. */
	fixedIntervalMs?: number;
	progress?: SeenProgress;
	/** Polls in a row that failed: connection lost, 5xx, 429. */
	misses: number;
	/** What the gateway has been saying against the task or the key, and since when: believed once it stands. */
	denial?: { word: string; since: number };
}

/** No task is polled more often; the first poll comes then: a refused input fails at once. */
export const SHORTEST_MS = 4_500;
/** Longest interval where nothing is known of the end; with jitter still less than ten seconds. */
const WATCHFUL_MS = 9_000;
/** A render that takes very long may be noticed this share of its age later. */
const WATCHFUL_SHARE = 0.02;
/** Longest interval as a share of the age, whatever the progress says. */
const LONGEST_SHARE = 0.5;
/** Longest interval, also while the gateway has trouble. */
export const LONGEST_MS = 120_000;
/** Polls differ by up to a tenth either way, so that tasks submitted together drift apart. */
const JITTER = 0.1;
/** Pause between two polls of one execution, however many tasks wait, unless polls are overdue. */
export const PACE_MS = 200;

/**
 * n8n looks every minute for executions to wake: what is parked for less than that is woken when it is due, or up to a
 * minute after it was parked (n8n-core's WaitTracker, 2.0 to 2.41).
 */
export const SHORTEST_PARK_MS = 30_000;
/** How long a turn waits in the node for a task that is expected to end within this. */
export const STAY_MS = 20_000;

const commonDivisor = (a: number, b: number): number =>
	b === 0 ? Math.max(1, a) : commonDivisor(b, a % b);

/** What a poll at `now` that found `percent` adds to what was seen. */
export function progressAfterPoll(
	seen: SeenProgress | undefined,
	percent: number,
	now: number,
): SeenProgress | undefined {
	if (!seen) {
		if (percent <= 0) return undefined;
		const step = Math.max(1, Math.round(percent));
		return { percent, at: now, firstPercent: percent, firstAt: now, gainedAt: now, step };
	}
	const { firstPercent, firstAt, gainedAt, at: lessAt } = seen;
	if (percent <= seen.percent) {
		// As long as it was seen to move.
		const isStuck = now - gainedAt > gainedAt - firstAt;
		return { ...seen, at: now, ...(isStuck && { earliestEnd: undefined }) };
	}
	const step = commonDivisor(Math.round(percent), seen.step);
	const gained = percent - firstPercent;
	// By now it is less than a step ahead of what is shown, and at the last poll it was behind that.
	const ahead = (Math.max(0, 100 - percent - step) * (now - firstAt)) / (gained + step);
	const behind = ((100 - percent) * (lessAt - firstAt)) / gained;
	const earliestEnd = Math.max(now + ahead, lessAt + behind);
	return { percent, at: now, firstPercent, firstAt, gainedAt: now, step, earliestEnd };
}

/** Milliseconds until the render may end, by its progress; `undefined` where that tells nothing. */
const timeLeft = ({ progress, now }: TaskOutlook): number | undefined =>
	progress?.earliestEnd === undefined ? undefined : progress.earliestEnd - now;

function adaptiveInterval(outlook: TaskOutlook): number {
	if (outlook.denial) return SHORTEST_MS;
	const age = outlook.now - outlook.since;
	const byAge = Math.max(WATCHFUL_MS, age * WATCHFUL_SHARE);
	const left = timeLeft(outlook) ?? Number.NEGATIVE_INFINITY;
	// An end that is overdue is looked for as closely as it was expected.
	const wanted = left > 0 ? left * (1 - JITTER) : Math.min(-left, byAge);
	const early = Math.max(SHORTEST_MS, Math.min(wanted, age * LONGEST_SHARE));
	return Math.min(LONGEST_MS, early);
}

/**
 * @param chance a number in [0, 1)
 * @returns the moment of the next poll: later than now unless the deadline is reached, never after the deadline
 */
export function nextPollAt(outlook: TaskOutlook, chance: number): number {
	const { now, deadline, misses, fixedIntervalMs } = outlook;
	const interval = fixedIntervalMs ?? adaptiveInterval(outlook);
	const backoff = Math.min(LONGEST_MS, Math.max(interval, SHORTEST_MS) * 2 ** misses);
	const slowed = misses > 0 ? Math.max(interval, backoff) : interval;
	const jittered = slowed * (1 + (chance * 2 - 1) * JITTER);
	const next = now + (fixedIntervalMs === undefined ? Math.max(SHORTEST_MS, jittered) : jittered);
	// A poll shortly before the deadline would be wasted on the one at the deadline.
	return next > deadline - SHORTEST_MS / 2 ? Math.max(deadline, now) : next;
}

/**
 * The moment of the next poll where the execution is parked until then, in n8n's database.
 * @param stayUntil how long this turn may stay in the node, `STAY_MS` from its beginning
 * @returns `undefined` where the task is to be waited for in the node: it is about to end, or to tell its pace, or the
 *   deadline is nearer than n8n can wake it
 */
export function nextParkedPollAt(
	outlook: TaskOutlook,
	chance: number,
	stayUntil: number,
): number | undefined {
	const { now, deadline, progress } = outlook;
	const next = nextPollAt(outlook, chance);
	const left = timeLeft(outlook);
	// A first percent says nothing yet, a second one how long may be slept.
	const isWorthwhile =
		left === undefined
			? progress !== undefined && progress.firstAt >= stayUntil - STAY_MS
			: Math.abs(left) <= STAY_MS;
	if (deadline - now < SHORTEST_PARK_MS || (isWorthwhile && next <= stayUntil)) return undefined;
	const until = Math.max(next, now + SHORTEST_PARK_MS);
	// What would be left until the deadline is too short to be parked for.
	return deadline - until < SHORTEST_PARK_MS ? deadline : until;
}
