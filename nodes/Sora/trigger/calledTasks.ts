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
/** IDs that wait; beyond, the oldest is dropped. */
const MOST_WAITING = 1_000;
/** IDs that were polled lately. */
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
/** After a 429 that does not say how long. */
const PAUSE_AFTER_429_MS = 2_000;
/** The gateway called, but says that the task is running: its own state may lag, so it is asked again for so long. */
const PATIENCE_MS = 60_000;
const RUNNING_EVERY_MS = 5_000;
/** Outcomes in quick succession start the workflow together: those of so long. */
const GATHERING_MS = 20_000;
/** Returning the last held call loses the credential, so it gathers for longer while outcomes come. */
const LAST_GATHERING_MS = 600_000;

const gatheringMs = (isLast: boolean, isSoon: boolean) =>
	isLast && isSoon ? LAST_GATHERING_MS : GATHERING_MS;

type Poll = (taskId: string) => Promise<Task>;

interface Call {
	taskId: string;
	/** Opens the gateway; called only if the call is held. */
	open: () => Promise<Poll>;
	log: CallLog;
}

interface WaitingCall extends Call {
	calledAt: number;
}

/** The last poll of an ID. */
interface Asked {
	/** No further poll before. */
	restsUntil: number;
	/** The gateway knows the task, and it had not ended. */
	isRunning: boolean;
	/** Polls in a row that failed for reasons that may pass. */
	misses: number;
}

export class CalledTasks {
	/** By task ID, the newest call last. */
	private readonly waiting = new Map<string, WaitingCall>();
	/** By task ID, the newest poll last. */
	private readonly asked = new Map<string, Asked>();
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
		const { taskId } = call;
		if (this.reported.outcomeOf(taskId) === 'succeeded') {
			call.log.dropped(taskId, 'its outcome was reported before');
			return [];
		}
		const now = this.clock.now();
		const asked = this.asked.get(taskId);
		// It may have ended since.
		if (asked?.isRunning) asked.restsUntil = Math.min(asked.restsUntil, now + RUNNING_EVERY_MS);
		this.waiting.delete(taskId);
		this.waiting.set(taskId, { ...call, calledAt: now });
		const [oldest] = this.waiting.values();
		if (oldest && this.waiting.size > MOST_WAITING) this.drop(oldest, 'too many others wait');

		if (this.held >= MOST_HELD_CALLS) return [];
		this.held++;
		try {
			return await this.work(await call.open());
		} finally {
			this.held--;
		}
	}

	private drop({ taskId, log }: WaitingCall, why: string): void {
		this.waiting.delete(taskId);
		log.dropped(taskId, why);
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
			// Only the last call waits for a poll that is not due soon.
			if (!isSoon && !isLast) return outcomes;
			if (Math.max(now, next.at) > firstAt + gatheringMs(isLast, isSoon)) return outcomes;
			if (waitMs > 0) {
				await this.clock.sleep(Math.min(waitMs, RUNNING_EVERY_MS));
				continue;
			}
			const outcome = await this.ask(next.waiting, poll);
			if (!outcome) continue;
			outcomes.push(outcome);
			firstAt = Math.min(firstAt, this.clock.now());
		}
	}

	/** @returns the ID to ask about next, and when; of those that are due together, the one that was called last */
	private next(now: number): { waiting: WaitingCall; at: number } | undefined {
		const paidAt = this.futileUntil - (FUTILE_AT_ONCE - 1) * FUTILE_EVERY_MS;
		const opensAt = Math.max(now, this.opensAt, paidAt);
		let first: { waiting: WaitingCall; at: number } | undefined;
		for (const [taskId, waiting] of this.waiting) {
			if (now > waiting.calledAt + LONGEST_WAIT_MS) {
				this.drop(waiting, 'it waited for too long');
				continue;
			}
			const at = Math.max(opensAt, this.asked.get(taskId)?.restsUntil ?? 0);
			if (!first || at <= first.at) first = { waiting, at };
		}
		return first;
	}

	/** @returns an outcome that was not reported before */
	private async ask(waiting: WaitingCall, poll: Poll): Promise<Task | undefined> {
		const { taskId } = waiting;
		const now = this.clock.now();
		const { misses = 0 } = this.asked.get(taskId) ?? {};
		const asked: Asked = { restsUntil: now + REST_MS, isRunning: false, misses };
		this.waiting.delete(taskId);
		this.asked.delete(taskId);
		this.asked.set(taskId, asked);
		const [oldest = taskId] = this.asked.keys();
		if (this.asked.size > MOST_REMEMBERED) this.asked.delete(oldest);
		this.opensAt = Math.max(this.opensAt, now + PACE_MS);
		this.futileUntil = Math.max(this.futileUntil, now) + FUTILE_EVERY_MS;
		try {
			return this.outcomeIn(await poll(taskId), waiting, asked);
		} catch (reason) {
			this.miss(reason, waiting, asked);
			return undefined;
		}
	}

	private outcomeIn(task: Task, waiting: WaitingCall, asked: Asked): Task | undefined {
		const { taskId, calledAt, log } = waiting;
		const { phase, videoUrl } = task;
		const agoMs = this.clock.now() - calledAt;
		const isEarly = agoMs < PATIENCE_MS;
		if (phase === 'running' || (phase === 'succeeded' && !videoUrl && isEarly)) {
			this.futileUntil -= FUTILE_EVERY_MS;
			asked.isRunning = true;
			asked.misses = 0;
			if (isEarly) this.askAgain(waiting, asked, Math.max(RUNNING_EVERY_MS, agoMs / 2));
			else log.dropped(taskId, 'the gateway says that it is still running');
			return undefined;
		}
		// Also for a call about it that came during the poll.
		this.waiting.delete(taskId);
		if (this.reported.outcomeOf(taskId) === phase) {
			log.dropped(taskId, 'its outcome was reported before');
			return undefined;
		}
		this.futileUntil -= FUTILE_EVERY_MS;
		this.reported.add(taskId, phase);
		return task;
	}

	private miss(reason: unknown, waiting: WaitingCall, asked: Asked): void {
		const { category, facts } = reason instanceof SoraFailure ? reason : {};
		if (category === 'rate_limited') {
			const pauseMs = facts?.retryAfterMs ?? PAUSE_AFTER_429_MS;
			this.opensAt = Math.max(this.opensAt, this.clock.now() + pauseMs);
		}
		if (facts?.repeatable === 'free') {
			const pauseMs = backoffMs(++asked.misses, this.clock.random());
			this.askAgain(waiting, asked, Math.min(LONGEST_BACKOFF_MS, pauseMs));
		} else waiting.log.trouble(waiting.taskId, reason);
	}

	private askAgain(waiting: WaitingCall, asked: Asked, inMs: number): void {
		const { taskId } = waiting;
		asked.restsUntil = this.clock.now() + inMs;
		// Another call about it may have come during the poll.
		if (!this.waiting.has(taskId)) this.waiting.set(taskId, waiting);
	}
}
