/**
 * From calls about tasks to their outcomes. Only the task ID in a call is trusted: the gateway is polled, and each
 * outcome is reported once.
 * n8n revokes a call's credential when the call returns, so the gateway can only be polled while a call is held. A few
 * calls are held, and each works through all waiting IDs, whichever call brought them: the newest first, so that
 * made-up IDs do not delay a real one that comes after them.
 */
import { backoffMs } from '../flow/retry';
import type { Clock } from '../flow/clock';
import type { Task } from '../gateway/contract';
import { SoraFailure } from '../gateway/failures';
import { Recent } from '../tasks/recent';
import { PACE_MS } from '../tasks/schedule';
import type { CallLog } from './callLog';
import type { Reported } from './reported';

/** n8n keeps an expression sandbox of several megabytes for each held call. */
const MAX_HELD_CALLS = 10;
/** IDs that wait, or were polled lately. */
const MAX_REMEMBERED = 2_000;

// All in milliseconds.
/** An ID is dropped this long after its last call: longer than most outages. */
const LONGEST_WAIT_MS = 600_000;
/** Rate limit for polls that reveal nothing new: a burst, then one per interval. */
const FUTILE_BURST = 5;
const FUTILE_EVERY_MS = 4_000;
/** An ID that led to nothing is not polled again for this long, however often it is called. */
const REST_MS = 60_000;
/** Maximum backoff after a transient failure. */
const LONGEST_BACKOFF_MS = 20_000;
/** The gateway called, but says that the task is running: its state may lag, so it is polled for this long. */
const PATIENCE_MS = 60_000;
const SHORTEST_REST_MS = 5_000;
/** Outcomes within this time start the workflow together. */
const GATHERING_MS = 20_000;

const REPORTED_BEFORE = 'its outcome was reported before';

type Poll = (taskId: string) => Promise<Task>;

/** What is known about an ID. */
interface Known {
	taskId: string;
	/** It is waiting for a poll. */
	waits: boolean;
	calledAt: number;
	/** No poll before this time. */
	restsUntil: number;
	/** Transient failures in a row. */
	misses: number;
}

export class CalledTasks {
	/** By task ID, the most recently called or polled last. */
	private readonly known = new Recent<Known>(MAX_REMEMBERED);
	private held = 0;
	/** No poll before this time: the common pace, and the pause after a 429, which concerns the key and not one ID. */
	private opensAt = 0;
	/** When the futile polls so far are paid off, at one per `FUTILE_EVERY_MS`. */
	private futileUntil = 0;

	/** @param reported earlier outcomes, to which new ones are added */
	constructor(
		private readonly clock: Clock,
		private readonly reported: Reported,
		private readonly log: Pick<CallLog, 'dropped' | 'trouble'>,
	) {}

	/**
	 * @param open opens the gateway; called only if the call is held
	 * @returns tasks that have finished or failed, from this call and others; empty if there is nothing to report
	 * @throws what `open` threw
	 */
	async outcomesAfter(taskId: string, open: () => Promise<Poll>): Promise<Task[]> {
		if (this.reported.get(taskId) === 'succeeded') {
			this.log.dropped(taskId, REPORTED_BEFORE);
			return [];
		}
		const known = this.known.get(taskId) ?? { taskId, restsUntil: 0, misses: 0 };
		const called = { waits: true, calledAt: this.clock.now() };
		this.known.set(taskId, Object.assign(known, called));
		if (this.held >= MAX_HELD_CALLS) return [];
		this.held++;
		try {
			return await this.work(await open());
		} finally {
			this.held--;
		}
	}

	private async work(poll: Poll): Promise<Task[]> {
		const outcomes: Task[] = [];
		let firstAt = Infinity;
		for (;;) {
			const now = this.clock.now();
			const next = this.next(now);
			if (!next) return outcomes;
			const waitMs = next.at - now;
			const isLast = this.held === 1;
			const isSoon = waitMs <= PACE_MS;
			// Returning the last held call loses the credential, so it is held longer and waits for later polls.
			const gathersUntil = firstAt + (isLast && isSoon ? LONGEST_WAIT_MS : GATHERING_MS);
			if ((!isSoon && !isLast) || next.at > gathersUntil) return outcomes;
			if (waitMs > 0) {
				await this.clock.sleep(Math.min(waitMs, SHORTEST_REST_MS));
				continue;
			}
			const outcome = await this.ask(next.known, poll);
			if (!outcome) continue;
			outcomes.push(outcome);
			firstAt = Math.min(firstAt, this.clock.now());
		}
	}

	/** @returns the next ID to poll, and when; of those due together, the one called last */
	private next(now: number): { known: Known; at: number } | undefined {
		const paidAt = this.futileUntil - (FUTILE_BURST - 1) * FUTILE_EVERY_MS;
		const opensAt = Math.max(now, this.opensAt, paidAt);
		let first: ReturnType<CalledTasks['next']>;
		for (const known of this.known.values()) {
			if (!known.waits) continue;
			const at = Math.max(opensAt, known.restsUntil);
			if (now > known.calledAt + LONGEST_WAIT_MS) {
				known.waits = false;
				this.log.dropped(known.taskId, 'it waited for too long');
			} else if (!first || at <= first.at) first = { known, at };
		}
		return first;
	}

	/** @returns an outcome that was not reported before */
	private async ask(known: Known, poll: Poll): Promise<Task | undefined> {
		const { taskId } = known;
		const now = this.clock.now();
		known.waits = false;
		known.restsUntil = now + REST_MS;
		this.known.set(taskId, known);
		this.opensAt = Math.max(this.opensAt, now + PACE_MS);
		this.futileUntil = Math.max(this.futileUntil, now) + FUTILE_EVERY_MS;
		const task = await poll(taskId).catch((reason: unknown) => this.miss(known, reason));
		if (!task) return undefined;
		const { phase, videoUrl } = task;
		const agoMs = this.clock.now() - known.calledAt;
		const isEarly = agoMs < PATIENCE_MS;
		const isNews = this.reported.get(taskId) !== phase;
		if (isNews) this.futileUntil -= FUTILE_EVERY_MS;
		if (phase === 'running' || (phase === 'succeeded' && !videoUrl && isEarly)) {
			known.misses = 0;
			known.restsUntil = this.clock.now() + Math.max(SHORTEST_REST_MS, agoMs / 4);
			if (isEarly) known.waits = true;
			else this.log.dropped(taskId, 'the gateway says that it is still running');
			return undefined;
		}
		// Also covers a call that came during the poll.
		known.waits = false;
		if (isNews) this.reported.set(taskId, phase);
		else this.log.dropped(taskId, REPORTED_BEFORE);
		return isNews ? task : undefined;
	}

	private miss(known: Known, reason: unknown): void {
		const { category, facts } = reason instanceof SoraFailure ? reason : {};
		const now = this.clock.now();
		const pauseMs = Math.min(LONGEST_BACKOFF_MS, backoffMs(++known.misses, this.clock.random()));
		if (category === 'rate_limited') {
			this.opensAt = Math.max(this.opensAt, now + (facts?.retryAfterMs ?? pauseMs));
		}
		if (facts?.repeatable !== 'free') return this.log.trouble(known.taskId, reason);
		known.restsUntil = now + pauseMs;
		known.waits = true;
	}
}
