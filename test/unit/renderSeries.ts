/** Renders of one kind, one after the other, polled as the schedule says and learned from: for tests and benches. */
import { RenderTimes, renderSeen } from '../../nodes/Sora/tasks/renderTimes';
import { nextPollAt, type TaskOutlook } from '../../nodes/Sora/tasks/schedule';
import { seededRandom } from '../simulator/random';

const SECOND = 1_000;

export interface Series {
	/** Milliseconds from the submission to the finished video. */
	draw: (random: () => number) => number;
	renders: number;
	/** What is known before anything was seen. */
	prior: Pick<TaskOutlook, 'typicalRenderMs' | 'guessed'>;
	/** The gateway tells when the task was submitted and finished, in whole seconds. */
	tellsTimes: boolean;
	/** Without it, every render is polled like the first. */
	learns?: boolean;
	/** Over so many series, each with chances of its own. */
	seeds: number;
}

/** Means over all series, of the render at that place in each. */
export interface Polled {
	polls: number;
	delayMs: number;
	renderMs: number;
}

const moment = (ms: number) => new Date(Math.floor(ms / SECOND) * SECOND).toISOString();
const told = (finish: number) => ({ submittedAt: moment(0), finishedAt: moment(finish) });
const UNTOLD = { submittedAt: null, finishedAt: null };

function polled(finish: number, outlook: TaskOutlook, random: () => number) {
	let unfinishedAt: number | undefined;
	for (let polls = 1; ; polls++) {
		const at = nextPollAt(outlook, random());
		if (at >= finish) return { polls, unfinishedAt, noticedAt: at };
		unfinishedAt = at;
		outlook.now = at;
		outlook.polls = polls;
	}
}

/** No progress is reported. */
export function polledSeries({ draw, renders, prior, tellsTimes, learns = true, seeds }: Series) {
	const sums = Array.from({ length: renders }, () => ({ polls: 0, delayMs: 0, renderMs: 0 }));
	for (let seed = 1; seed <= seeds; seed++) {
		const random = seededRandom(seed);
		const times = new RenderTimes(() => 0);
		for (const sum of sums) {
			const finish = draw(random);
			const learned = learns ? times.learned('kind') : undefined;
			const start = { since: 0, now: 0, deadline: 3_600 * SECOND, polls: 0, misses: 0 };
			const { polls, ...ends } = polled(finish, { ...start, ...prior, learned }, random);
			times.note('kind', renderSeen({ since: 0, ...ends }, tellsTimes ? told(finish) : UNTOLD));
			sum.polls += polls;
			sum.delayMs += ends.noticedAt - finish;
			sum.renderMs += finish;
		}
	}
	return sums.map(
		({ polls, delayMs, renderMs }): Polled => ({
			polls: polls / seeds,
			delayMs: delayMs / seeds,
			renderMs: renderMs / seeds,
		}),
	);
}

export function normal(random: () => number): number {
	return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
