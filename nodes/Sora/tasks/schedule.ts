/**
 * When to poll a task next. Pure: the answer depends on nothing but the arguments, randomness included.
 *
 * A poll costs a request and may draw a 429; a late poll costs the user's time. So polls follow what is
 * known: the progress that the gateway reports, else how long such renders took lately, else how long they take as
 * a rule.
 *
 * Why it is more than ten lines: many gateways tell progress in coarse steps, quarters say. A rule that takes the percent
 * at its word and extends it in a straight line then sleeps past the end: typical renders of 245 s are noticed 31 s late,
 * where this schedule notices them 4.9 s late (`npm run bench:schedule`, "jumping"). So a percent counts from the moment
 * at which it was still less, and with the width of its step.
 */
import type { LearnedTimes } from './renderTimes';

/** The progress that the gateway reports, and how coarsely it does. */
export interface ReportedProgress {
	percent: number;
	/** When it was last polled. */
	at: number;
	/** The last moment at which it was still less. */
	lessAt: number;
	/** The last poll found the same percent as the one before. */
	stalled: boolean;
	/** Percent by which the true progress may be ahead: 1 where every percent is told, 25 for quarters. */
	step: number;
}

/** What is known of a task when the next poll is planned. Times in milliseconds on one clock. */
export interface TaskOutlook {
	/** When the wait began: the submission, or the first poll of a task submitted earlier. */
	since: number;
	/** When the task left the gateway's queue, where that is told: only then does progress begin. */
	renderingSince?: number;
	now: number;
	/** No poll happens later than this, and one happens just then. */
	deadline: number;
	/** Typical time from submission to the finished video. */
	typicalRenderMs: number;
	/** Nobody has logged such renders: the typical time is a guess, and the video may be finished at any moment. */
	guessed?: boolean;
	/** Renders of the same kind that were seen lately. */
	learned?: LearnedTimes;
	/** Polls so far that told something of the task. */
	polls: number;
	progress?: ReportedProgress;
	/** Polls in a row that told nothing: connection lost, 5xx, 429. */
	misses: number;
	/** The gateway finished the task, but its video is still missing. */
	finishing?: boolean;
	/** The gateway denies the task or the key: it is asked again soon, since only a word that stands ends the wait. */
	denied?: boolean;
	/** Earliest moment that the gateway allows. */
	notBefore?: number;
	/** Set by the user: a fixed interval instead of the adaptive one. */
	fixedIntervalMs?: number;
}

export const FIRST_POLL_MS = 5_000;
/** No task is polled more often, whatever is known. */
export const FLOOR_MS = 4_500;
/** Interval where the reported progress says that the video is about to be finished. */
const CLOSE_MS = 7_000;
/** Longest interval while nothing goes wrong. */
export const CEILING_MS = 120_000;
/** Longest interval while the gateway has trouble. */
const SLOWEST_AFTER_MISSES_MS = 120_000;
/** Polls differ by up to a tenth either way, so that tasks submitted together drift apart. */
const JITTER = 0.1;

/** Interval where the video may be finished at any moment: it is noticed half as late on average. */
const WATCHFUL_MS = 9_600;
/** Hardly anything renders in less, in milliseconds and as a share of the typical render: polls are rare. */
const EARLIEST_FINISH_MS = 55_000;
const EARLIEST_FINISH_SHARE = 0.2;
const EARLY_APPROACH = 0.6;
/** A video that is noticed this share of its render later is not noticed late. */
const ALLOWED_LATENESS = 0.2;
/** Renders seen so far may all have been slow ones; the fewer they are, the likelier. */
const earliestToExpect = ({ earliestMs, count }: LearnedTimes) =>
	earliestMs * (1 - 1 / (count + 2));
/**
 * However long such renders took, one that is much faster is noticed after so many times its length. One render tells
 * little, ten tell enough.
 */
const lateness = ({ count }: LearnedTimes) => Math.min(3, 0.3 * count);
/** Polls that the time between the earliest and the latest finish is worth at least. */
const POLLS_A_SPREAD = 4;
/** The polls that are saved before the earliest finish pay for closer ones after it. */
const WATCHFUL_WHEN_LEARNED_MS = 9_200;
/** From this multiple of the typical render on, a task is a straggler and polls grow rarer. */
const STRAGGLER = 3;
/** Percent below which an estimate is mostly rounding: polls go by the age as well. */
const TELLING = 5;
/** A first progress from here on may be a step; a smaller one shows that the steps are small. */
const COARSE = 10;
/** Share of the time that must still pass until the next poll: the estimate improves with every poll. */
const APPROACH = 0.9;

/** What a poll at `now` that found `percent` adds to what was known. */
export function progressAfterPoll(
	{
		progress,
		since: submittedAt,
		renderingSince,
	}: Pick<TaskOutlook, 'progress' | 'since' | 'renderingSince'>,
	percent: number,
	now: number,
): ReportedProgress {
	const since = renderingSince ?? submittedAt;
	const before = progress ?? { percent: 0, at: since, lessAt: since, step: 1 };
	const gained = percent - before.percent;
	const isFirst = before.percent === 0 && percent >= COARSE;
	const expected = isFirst ? 0 : ((now - before.at) / Math.max(1, now - since)) * percent;
	// More than the time since the last poll explains: it jumps, and may be about to jump again. A smaller
	// gain than that shows that its steps are smaller.
	const jump = Math.max(before.step, gained - expected);
	const step = gained > 0 ? Math.max(1, Math.min(jump, gained)) : before.step;
	return {
		percent,
		at: now,
		lessAt: gained > 0 ? before.at : before.lessAt,
		stalled: progress !== undefined && gained <= 0,
		step,
	};
}

/**
 * Milliseconds that must still pass, by the reported progress; `undefined` where it tells nothing. Percents
 * are rounded and may jump, so the most hopeful reading is taken.
 */
function remainingAtLeast({
	progress,
	since: submittedAt,
	renderingSince,
	now,
}: TaskOutlook): number | undefined {
	if (!progress || progress.percent < 1) return undefined;
	const since = renderingSince ?? submittedAt;
	const { percent, at, lessAt, stalled, step } = progress;
	const ahead = stalled ? 0 : (at - since) / Math.min(1, (percent + step) / 100);
	const behind = (lessAt - since) / Math.min(1, percent / 100);
	const remaining = since + Math.max(ahead, behind) - now;
	return stalled && remaining <= 0 ? undefined : remaining;
}

const within = (least: number, value: number, most: number) =>
	Math.min(most, Math.max(least, value));

/** Interval at which a video that may be finished is noticed soon, for how long it took by then. */
const watchfulInterval = (age: number) => within(FLOOR_MS, age * ALLOWED_LATENESS, WATCHFUL_MS);

function intervalByAge({ since, now, typicalRenderMs, guessed, learned }: TaskOutlook): number {
	const age = now - since;
	const typical = Math.max(FLOOR_MS, learned?.typicalMs ?? typicalRenderMs);
	const latest = Math.max(typical * STRAGGLER, learned?.latestMs ?? 0);
	const late = (age - latest) / typical;
	if (late > 0) {
		return Math.min(
			WATCHFUL_MS * (1 + late),
			Math.max(FLOOR_MS, age * ALLOWED_LATENESS),
			CEILING_MS,
		);
	}
	if (learned) {
		const earliest = earliestToExpect(learned);
		const spread = (learned.latestMs - earliest) / POLLS_A_SPREAD;
		return age < earliest
			? within(FLOOR_MS, Math.min(earliest - age, age * lateness(learned)), CEILING_MS)
			: within(FLOOR_MS, spread, Math.min(WATCHFUL_WHEN_LEARNED_MS, watchfulInterval(age)));
	}
	if (guessed) return watchfulInterval(age);
	const early = Math.max(EARLIEST_FINISH_MS, typical * EARLIEST_FINISH_SHARE) - age;
	return early > 0 ? within(CLOSE_MS, early * EARLY_APPROACH, CEILING_MS) : WATCHFUL_MS;
}

/** Interval where the video is about to be finished, or to be told of. */
function closeInterval({ since, now, guessed, learned }: TaskOutlook): number {
	return guessed || learned ? Math.min(CLOSE_MS, watchfulInterval(now - since)) : CLOSE_MS;
}

function wantedInterval(outlook: TaskOutlook): number {
	if (outlook.fixedIntervalMs !== undefined) return outlook.fixedIntervalMs;
	if (outlook.denied) return CLOSE_MS;
	if (outlook.polls === 0) return FIRST_POLL_MS;
	const close = closeInterval(outlook);
	if (outlook.finishing) return close;
	const remaining = remainingAtLeast(outlook);
	const byAge = intervalByAge(outlook);
	if (remaining === undefined) return byAge;
	const byProgress = within(close, remaining * APPROACH, CEILING_MS);
	const isVague = (outlook.progress?.percent ?? 0) < TELLING;
	return isVague ? Math.min(byProgress, byAge) : byProgress;
}

/**
 * @param chance a number in [0, 1)
 * @returns the moment of the next poll: later than now unless the deadline is reached, never after the
 *   deadline, never before `notBefore` unless the deadline comes first
 */
export function nextPollAt(outlook: TaskOutlook, chance: number): number {
	const { now, deadline, misses, notBefore, denied } = outlook;
	const jitter = 1 + (chance * 2 - 1) * JITTER;
	const interval = wantedInterval(outlook);
	const slowed =
		misses > 0 && !denied
			? Math.max(
					interval,
					Math.min(SLOWEST_AFTER_MISSES_MS, Math.max(interval, FLOOR_MS) * 2 ** misses),
				)
			: interval;
	const wanted =
		now + Math.max(outlook.fixedIntervalMs === undefined ? FLOOR_MS : 0, slowed * jitter);
	const allowed = Math.max(wanted, notBefore ?? 0);
	// A poll shortly before the deadline would be wasted on the one at the deadline.
	return allowed > deadline - FLOOR_MS / 2 ? Math.max(deadline, now) : allowed;
}

/**
 * n8n looks every minute for executions that it should wake, up to 70 seconds ahead: what is parked for less may be woken
 * up to a minute late (n8n-core's WaitTracker, 2.0 to 2.41).
 */
export const SHORTEST_PARK_MS = 60_000;

/**
 * The moment of the next poll where the execution is parked until then, in n8n's database.
 * @returns `undefined` where the deadline is nearer than n8n can wake it: the task is then waited for in the node
 */
export function nextParkedPollAt(outlook: TaskOutlook, chance: number): number | undefined {
	const { now, deadline } = outlook;
	if (deadline - now < SHORTEST_PARK_MS) return undefined;
	const next = Math.max(nextPollAt(outlook, chance), now + SHORTEST_PARK_MS);
	// What would be left until the deadline is too short to be parked for.
	return deadline - next < SHORTEST_PARK_MS ? deadline : next;
}

/** Pause between two polls of one execution, however many tasks wait: five a second at the most. */
export const PACE_MS = 200;
