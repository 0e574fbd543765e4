/**
 * When to look at a task next. Pure: the answer depends on nothing but the arguments, randomness included.
 *
 * A look costs a request and may draw a 429; a late look costs the user's time. So looks follow what is
 * known: the progress that the gateway reports, else how long such renders take.
 */

/** What is known of a task when the next look is planned. Times in milliseconds on one clock. */
export interface TaskOutlook {
	/** When the wait began: the submission, or the first look at a task submitted earlier. */
	since: number;
	now: number;
	/** No look happens later than this, and one happens just then. */
	deadline: number;
	/** Typical time from submission to the finished video. */
	typicalRenderMs: number;
	/** Looks so far that told something of the task. */
	looks: number;
	/** Latest progress reported, in percent, and when it was seen. */
	progress?: { percent: number; at: number };
	/** An earlier progress, to tell the present speed from the average one. */
	earlierProgress?: { percent: number; at: number };
	/** Looks in a row that told nothing: connection lost, 5xx, 429. */
	misses: number;
	/** The gateway finished the task, but its video is still missing. */
	finishing?: boolean;
	/** Earliest moment that the gateway allows. */
	notBefore?: number;
	/** Set by the user: a fixed interval instead of the adaptive one. */
	fixedIntervalMs?: number;
}

export const FIRST_LOOK_MS = 5_000;
/** No task is looked at more often, whatever is known. */
export const FLOOR_MS = 2_500;
export const CEILING_MS = 30_000;
/** Where progress stalls, or a render takes far longer than usual, looks stay at least this frequent. */
const SLOWEST_AFTER_MISSES_MS = 120_000;
/** Looks differ by up to a tenth either way, so that tasks submitted together drift apart. */
const JITTER = 0.1;
/** Share of the remaining time until the next look: errors of the estimate shrink with every look. */
const APPROACH = 0.55;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** Milliseconds of rendering left, by the reported progress; `undefined` where it tells nothing. */
function remainingByProgress({ progress, earlierProgress, since, now }: TaskOutlook) {
	if (!progress || progress.percent <= 0) return undefined;
	const anchor =
		earlierProgress && earlierProgress.percent < progress.percent
			? earlierProgress
			: { percent: 0, at: since };
	const span = progress.at - anchor.at;
	if (span <= 0) return undefined;
	const perPercent = span / (progress.percent - anchor.percent);
	return Math.max(0, perPercent * (100 - progress.percent) - (now - progress.at));
}

/** Seconds between looks where no progress is known: rare before renders finish, close when most do. */
function intervalByAge({ since, now, typicalRenderMs }: TaskOutlook): number {
	const age = (now - since) / typicalRenderMs;
	if (age < 0.5) return Math.max(8_000, (0.5 - age) * typicalRenderMs * 0.35);
	if (age < 1.5) return 8_000;
	return 8_000 + (age - 1.5) * 0.04 * typicalRenderMs;
}

function wantedInterval(outlook: TaskOutlook): number {
	if (outlook.fixedIntervalMs !== undefined) return outlook.fixedIntervalMs;
	if (outlook.looks === 0) return FIRST_LOOK_MS;
	if (outlook.finishing) return FLOOR_MS * 2;
	const remaining = remainingByProgress(outlook);
	if (remaining === undefined) return Math.min(intervalByAge(outlook), CEILING_MS);
	return clamp(remaining * APPROACH, FLOOR_MS, CEILING_MS * 2);
}

/**
 * @param chance a number in [0, 1)
 * @returns the moment of the next look: later than now unless the deadline is reached, never after the
 *   deadline, never before `notBefore` unless the deadline comes first
 */
export function nextLookAt(outlook: TaskOutlook, chance: number): number {
	const { now, deadline, misses, notBefore } = outlook;
	const jitter = 1 + (chance * 2 - 1) * JITTER;
	const interval = wantedInterval(outlook);
	const slowed =
		misses > 0
			? Math.max(
					interval,
					Math.min(SLOWEST_AFTER_MISSES_MS, Math.max(interval, FLOOR_MS) * 2 ** misses),
				)
			: interval;
	const wanted =
		now + Math.max(outlook.fixedIntervalMs === undefined ? FLOOR_MS : 0, slowed * jitter);
	const allowed = Math.max(wanted, notBefore ?? 0);
	// A look shortly before the deadline would be wasted on the one at the deadline.
	return allowed > deadline - FLOOR_MS / 2 ? Math.max(deadline, now) : allowed;
}

/** Pause between two looks of one execution, however many tasks wait: five a second at the most. */
export const PACE_MS = 200;

/** Wait before the attempt after `attempts` failed ones, for requests that are safe to repeat. */
export function backoffMs(attempts: number, chance: number, retryAfterMs = 0): number {
	const growing = Math.min(60_000, 2_000 * 2 ** (attempts - 1));
	return Math.max(retryAfterMs, growing * (0.75 + chance * 0.5));
}
