/**
 * From calls about tasks to their outcomes. Only the task ID in a call is trusted: the gateway is asked, and each outcome
 * is reported once.
 *
 * n8n takes a call's credential away as soon as the call is returned, so that the gateway can be asked only while one is
 * held. A few are, and each works through whatever IDs wait, whichever call brought them: the newest call first, so that
 * made-up IDs do not delay the true one that comes after them.
 */
import { backoffMs } from '../flow/retry';
import type { Clock } from '../flow/clock';
import type { Task } from '../gateway/contract';
import { SoraFailure } from '../gateway/failures';
import { PACE_MS } from '../tasks/schedule';
import type { CallLog } from './callLog';
import type { Reported } from './reported';

/** n8n keeps an expression sandbox of some megabytes for each held call. */
const MOST_HELD_CALLS = 10;
/** IDs that wait, or were polled lately; beyond, the oldest is dropped. */
const MOST_REMEMBERED = 2_000;

// All in milliseconds.
/** An ID is dropped so long after its last call: longer than most outages. */
const LONGEST_WAIT_MS = 600_000;
/** Polls that reveal nothing new: so many at once, then one in so long. */
const FUTILE_AT_ONCE = 5;
const FUTILE_EVERY_MS = 4_000;
/** An ID that led to nothing is not polled again for so long, however often it is called. */
const REST_MS = 60_000;
/** After a poll that failed for a reason that may pass. */
const LONGEST_BACKOFF_MS = 20_000;
/** The gateway called, but says that the task is running: its own state may lag, so it is asked again for so long. */
const PATIENCE_MS = 60_000;
const SHORTEST_REST_MS = 5_000;
/** Outcomes in quick succession start the workflow together: those of so long. */
const GATHERING_MS = 20_000;

const REPORTED_BEFORE = 'its outcome was reported before';

type Poll = (taskId: string) => Promise<Task>;

interface Call {
	taskId: string;
	/** Opens the gateway; called only if the call is held. */
	open: () => Promise<Poll>;
	log: Pick<CallLog, 'dropped' | 'trouble'>;
}

/** An ID that waits for a poll, or was polled lately. */
interface Known {
	/** Waits for a poll. */
	call?: Call;
	calledAt: number;
	/** No poll before. */
	restsUntil: number;
	/** Polls in a row that failed for reasons that may pass. */
	misses: number;
}

export class CalledTasks {
	/** By task ID, the last called or polled last. */
	private readonly known = new Map<string, Known>();
	private held = 0;
	/** No poll before: the common pace, and the pause after a 429, which is meant for the key and not for one ID. */
	private opensAt = 0;
	/** When the futile polls so far are paid off, at one in `FUTILE_EVERY_MS`. */
	private futileUntil = 0;

	/** @param reported what was reported before, and where this is added */
	constructor(
		private readonly clock: Clock,
		private readonly reported: Reported,
	) {}

	/**
	 * @returns tasks that have finished or failed, of this call and of others; empty if there is nothing to report
	 * @throws what opening the gateway threw
	 */
	async outcomesAfter(call: Call): Promise<Task[]> {
		const { taskId, log } = call;
		if (this.reported.outcomeOf(taskId) === 'succeeded') {
			log.dropped(taskId, REPORTED_BEFORE);
			return [];
		}
		const known = this.known.get(taskId) ?? { restsUntil: 0, misses: 0 };
		this.remember(taskId, Object.assign(known, { call, calledAt: this.clock.now() }));
		if (this.held >= MOST_HELD_CALLS) return [];
		this.held++;
		try {
			return await this.work(await call.open());
		} finally {
			this.held--;
		}
	}

	private remember(taskId: string, known: Known): void {
		this.known.delete(taskId);
		this.known.set(taskId, known);
		const [oldest] = this.known.keys();
		if (this.known.size > MOST_REMEMBERED && oldest) this.drop(oldest, 'too many others wait');
	}

	private drop(taskId: string, why: string): void {
		this.known.get(taskId)?.call?.log.dropped(taskId, why);
		this.known.delete(taskId);
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
			// Returning the last held call loses the credential: it gathers for longer, and it alone waits for a later poll.
			const gathersUntil = firstAt + (isLast && isSoon ? LONGEST_WAIT_MS : GATHERING_MS);
			if ((!isSoon && !isLast) || next.at > gathersUntil) return outcomes;
			if (waitMs > 0) {
				await this.clock.sleep(Math.min(waitMs, SHORTEST_REST_MS));
				continue;
			}
			const outcome = await this.ask(next.call, next.known, poll);
			if (!outcome) continue;
			outcomes.push(outcome);
			firstAt = Math.min(firstAt, this.clock.now());
		}
	}

	/** @returns the ID to ask about next, and when; of those that are due together, the one that was called last */
	private next(now: number): { call: Call; known: Known; at: number } | undefined {
		const paidAt = this.futileUntil - (FUTILE_AT_ONCE - 1) * FUTILE_EVERY_MS;
		const opensAt = Math.max(now, this.opensAt, paidAt);
		let first: ReturnType<CalledTasks['next']>;
		for (const [taskId, known] of this.known) {
			const { call, calledAt, restsUntil } = known;
			const at = Math.max(opensAt, restsUntil);
			if (call && now > calledAt + LONGEST_WAIT_MS) this.drop(taskId, 'it waited for too long');
			else if (call && (!first || at <= first.at)) first = { call, known, at };
		}
		return first;
	}

	/** @returns an outcome that was not reported before */
	private async ask(call: Call, known: Known, poll: Poll): Promise<Task | undefined> {
		const { taskId, log } = call;
		const now = this.clock.now();
		Object.assign(known, { call: undefined, restsUntil: now + REST_MS });
		this.remember(taskId, known);
		this.opensAt = Math.max(this.opensAt, now + PACE_MS);
		this.futileUntil = Math.max(this.futileUntil, now) + FUTILE_EVERY_MS;
		const task = await poll(taskId).catch((reason: unknown) => this.miss(reason, call, known));
		if (!task) return undefined;
		const { phase, videoUrl } = task;
		const agoMs = this.clock.now() - known.calledAt;
		const isEarly = agoMs < PATIENCE_MS;
		const isNews = this.reported.outcomeOf(taskId) !== phase;
		if (isNews) this.futileUntil -= FUTILE_EVERY_MS;
		if (phase === 'running' || (phase === 'succeeded' && !videoUrl && isEarly)) {
			known.misses = 0;
			if (isEarly) known.call ??= call;
			else log.dropped(taskId, 'the gateway says that it is still running');
			known.restsUntil = this.clock.now() + Math.max(SHORTEST_REST_MS, agoMs / 4);
			return undefined;
		}
		// Also a call that came during the poll.
		known.call = undefined;
		if (isNews) this.reported.add(taskId, phase);
		else log.dropped(taskId, REPORTED_BEFORE);
		return isNews ? task : undefined;
	}

	private miss(reason: unknown, call: Call, known: Known): void {
		const { category, facts } = reason instanceof SoraFailure ? reason : {};
		const now = this.clock.now();
		const pauseMs = Math.min(LONGEST_BACKOFF_MS, backoffMs(++known.misses, this.clock.random()));
		if (category === 'rate_limited') {
			this.opensAt = Math.max(this.opensAt, now + (facts?.retryAfterMs ?? pauseMs));
		}
		if (facts?.repeatable === 'free') {
			known.restsUntil = now + pauseMs;
			known.call ??= call;
		} else call.log.trouble(call.taskId, reason);
	}
}
