/**
 * When to poll a task next. Pure: the result depends only on the arguments, randomness included.
 * A poll costs a request and may cause a 429; a late poll costs the user's time. The duration of a render is unknown,
 * so the interval grows with the age of the task. Only observed progress makes it longer, up to half of the age.
 * Gateways report progress in steps, and only once the task has left their queue: the pace is the fastest that two
 * observed percents allow.
 */

/** The observed progress of a task. Plain numbers, since it is stored while parked; times on the run's clock. */
export interface SeenProgress {
	percent: number;
	/** The last poll. */
	at: number;
	/** The first poll that saw any progress. */
	firstPercent: number;
	firstAt: number;
	/** The first poll that saw this percent. */
	gainedAt: number;
	/** The largest step that explains all observed percents: with steps of 25, what is shown as 50 may be 74. */
	step: number;
	/** No render of this pace ends earlier; set once a second percent was seen, and while progress continues. */
	earliestEnd?: number;
}

/** What is known of a task when its next poll is planned. Times in milliseconds on one clock. */
export interface TaskOutlook {
	/** When the wait began: the submission, or the first poll of a task submitted earlier. */
	since: number;
	now: number;
	/** No poll is later than this, and one happens at this moment. */
	deadline: number;
	/** Set by the user: a fixed interval instead of the adaptive one. */
	fixedIntervalMs?: number;
	progress?: SeenProgress;
	/** Failed polls in a row: connection lost, 5xx, 429. */
	misses: number;
	/** What the gateway has been saying against the task or the key, and since when. */
	denial?: { word: string; since: number };
}

/** The minimum interval, also before the first poll: a refused input fails at once. */
export const SHORTEST_MS = 4_500;
/** Maximum interval if nothing is known about the end; with jitter still under ten seconds. */
const WATCHFUL_MS = 9_000;
/** The end of a very long render may be noticed this share of its age late. */
const WATCHFUL_SHARE = 0.02;
/** Maximum interval as a share of the age, whatever the progress. */
const LONGEST_SHARE = 0.5;
/** Maximum interval, also while the gateway fails. */
export const LONGEST_MS = 120_000;
/** Intervals vary by up to a tenth either way, so that tasks submitted together drift apart. */
const JITTER = 0.1;
/** Pause between two polls of one execution, whatever the number of tasks, unless polls are overdue. */
export const PACE_MS = 200;

/**
 * n8n checks every minute for executions to wake: a shorter wait ends when it is due, or up to a minute after it began
 * (n8n-core's WaitTracker, 2.0 to 2.41).
 */
export const SHORTEST_PARK_MS = 30_000;
/** How long a turn stays in the node for a task that is expected to end within this time. */
export const STAY_MS = 20_000;

const commonDivisor = (a: number, b: number): number =>
	b === 0 ? Math.max(1, a) : commonDivisor(b, a % b);

/** Adds a poll at `now` that found `percent` to the observed progress. */
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
		// Stuck if the percent has stood still for longer than it was seen to move.
		const isStuck = now - gainedAt > gainedAt - firstAt;
		return { ...seen, at: now, ...(isStuck && { earliestEnd: undefined }) };
	}
	const step = commonDivisor(Math.round(percent), seen.step);
	const gained = percent - firstPercent;
	// By now less than one step ahead of what is shown, and at the last poll it was behind that.
	const ahead = (Math.max(0, 100 - percent - step) * (now - firstAt)) / (gained + step);
	const behind = ((100 - percent) * (lessAt - firstAt)) / gained;
	const earliestEnd = Math.max(now + ahead, lessAt + behind);
	return { percent, at: now, firstPercent, firstAt, gainedAt: now, step, earliestEnd };
}

/** Milliseconds until the render may end, by its progress; `undefined` if that is unknown. */
const timeLeft = ({ progress, now }: TaskOutlook): number | undefined =>
	progress?.earliestEnd === undefined ? undefined : progress.earliestEnd - now;

function adaptiveInterval(outlook: TaskOutlook): number {
	if (outlook.denial) return SHORTEST_MS;
	const age = outlook.now - outlook.since;
	const byAge = Math.max(WATCHFUL_MS, age * WATCHFUL_SHARE);
	const left = timeLeft(outlook) ?? Number.NEGATIVE_INFINITY;
	// An overdue end is polled for as closely as it was expected.
	const wanted = left > 0 ? left * (1 - JITTER) : Math.min(-left, byAge);
	const early = Math.max(SHORTEST_MS, Math.min(wanted, age * LONGEST_SHARE));
	return Math.min(LONGEST_MS, early);
}

/**
 * @param chance a number in [0, 1)
 * @returns the time of the next poll: later than now unless the deadline is reached, never after the deadline
 */
export function nextPollAt(outlook: TaskOutlook, chance: number): number {
	const { now, deadline, misses, fixedIntervalMs } = outlook;
	const interval = fixedIntervalMs ?? adaptiveInterval(outlook);
	const backoff = Math.min(LONGEST_MS, Math.max(interval, SHORTEST_MS) * 2 ** misses);
	const slowed = misses > 0 ? Math.max(interval, backoff) : interval;
	const jittered = slowed * (1 + (chance * 2 - 1) * JITTER);
	const next = now + (fixedIntervalMs === undefined ? Math.max(SHORTEST_MS, jittered) : jittered);
	// A poll shortly before the deadline would make the one at the deadline redundant.
	return next > deadline - SHORTEST_MS / 2 ? Math.max(deadline, now) : next;
}

/**
 * The time of the next poll if the execution parks until then in n8n's database.
 * @param stayUntil how long this turn may stay in the node, `STAY_MS` from its beginning
 * @returns `undefined` if the node should wait instead: the task is about to end or to show its pace, or the deadline
 * is nearer than n8n can wake it
 */
export function nextParkedPollAt(
	outlook: TaskOutlook,
	chance: number,
	stayUntil: number,
): number | undefined {
	const { now, deadline, progress } = outlook;
	const next = nextPollAt(outlook, chance);
	const left = timeLeft(outlook);
	// The first percent says nothing yet, the second how long to sleep.
	const isWorthwhile =
		left === undefined
			? progress !== undefined && progress.firstAt >= stayUntil - STAY_MS
			: Math.abs(left) <= STAY_MS;
	if (deadline - now < SHORTEST_PARK_MS || (isWorthwhile && next <= stayUntil)) return undefined;
	const until = Math.max(next, now + SHORTEST_PARK_MS);
	// The remaining time before the deadline would be too short to park.
	return deadline - until < SHORTEST_PARK_MS ? deadline : until;
}
