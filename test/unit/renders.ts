/** Renders polled by the schedule, for tests and benches. A poll takes no time. */
import { nextPollAt, progressAfterPoll, type TaskOutlook } from '../../nodes/Sora/tasks/schedule';

export interface Render {
	/** Before rendering starts. */
	queueMs: number;
	renderMs: number;
	/** Percent per progress step; unset if no progress is reported. */
	step?: number;
}

export type ProgressAt = (age: number) => number | undefined;

export const progressOf =
	({ queueMs, renderMs, step }: Render): ProgressAt =>
	(age) => {
		if (step === undefined) return undefined;
		const percent = (100 * Math.max(0, age - queueMs)) / renderMs;
		return Math.min(99, Math.floor(percent / step) * step);
	};

export type Schedule = (outlook: TaskOutlook, chance: number) => number;

/** @param finish milliseconds from the submission to the finished video */
export function polled(
	finish: number,
	progressAt: ProgressAt,
	random: () => number,
	{ schedule = nextPollAt, ...changes }: Partial<TaskOutlook> & { schedule?: Schedule } = {},
) {
	const outlook: TaskOutlook = { since: 0, now: 0, deadline: 36e5, misses: 0, ...changes };
	const moments: number[] = [];
	do {
		outlook.now = schedule(outlook, random());
		moments.push(outlook.now);
		const percent = progressAt(outlook.now);
		if (percent !== undefined) {
			outlook.progress = progressAfterPoll(outlook.progress, percent, outlook.now);
		}
	} while (outlook.now < finish && outlook.now < outlook.deadline);
	return { moments, polls: moments.length, lateMs: outlook.now - finish };
}

const SECONDS = [5, 8, 12, 20, 30, 45, 60, 90, 120, 180, 245, 300, 450, 600, 900];

/** Kinds of progress × queues × renders, where the queue may be a share of the render. */
export const CELLS: Render[] = [undefined, 1, 10, 25].flatMap((step) =>
	[0, 5, 11, 30, 60, 120].flatMap((queue) =>
		SECONDS.flatMap((seconds) =>
			[seconds, seconds - queue]
				.filter((render) => render > 0)
				.map((render) => ({ step, queueMs: queue * 1_000, renderMs: render * 1_000 })),
		),
	),
);

/** The maximum delay of a video: 20 % of the render or 10 s, whichever is more. */
export const allowedMs = ({ renderMs }: Render) => Math.max(10_000, renderMs * 0.2);

export function normal(random: () => number): number {
	return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
