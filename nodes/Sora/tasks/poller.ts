import { Changes } from '../flow/changes';
import type { Clock } from '../flow/clock';
import { isUnconnected } from '../gateway/connectionLost';
import { isKnownStatus, type JsonRecord, type Task } from '../gateway/contract';
import { SoraFailure } from '../gateway/failures';
import { PATIENCE } from '../gateway/timeouts';
import {
	nextParkedPollAt,
	nextPollAt,
	PACE_MS,
	progressAfterPoll,
	STAY_MS,
	type SeenProgress,
	type TaskOutlook,
} from './schedule';

export interface PolledTask {
	taskId: string;
	/** When the task was submitted, or when the watch begins if it was submitted earlier. */
	since: number;
	/** Polls immediately: the task may be finished already. */
	pollAtOnce?: boolean;
	deadline: number;
	fixedIntervalMs?: number;
	/**
	 * The gateway has accepted this task, or another of ours, in this execution, so its address is right. It is believed
	 * not to know the task or the key only if it keeps saying so.
	 */
	gatewayProven: boolean;
	/** The order, which tells which stages are not the end of the work. */
	order?: JsonRecord;
	/** The watch may end before the task does, and continue in a later turn of the node. */
	parks?: boolean;
	/** What the previous turn left of this task. */
	resumed?: ParkedWatch;
}

/** What the next turn of a parked execution needs to continue with a task. Plain JSON. */
export interface ParkedWatch {
	/** When the next turn is to come, in milliseconds since the epoch. */
	until: number;
	/** The due time of a poll that this turn did not get to. */
	dueAt?: number;
	progress?: SeenProgress;
	/** The IDs in the last two answers. */
	saidIds?: string[];
}

/** How a watch ended: finished, failed, or open at the deadline or when parking, with the last known state. */
export interface Outcome {
	task: Task | undefined;
	timedOut: boolean;
	/** Set if the watch continues in the next turn. */
	parked?: ParkedWatch;
	/** Why the last poll failed, if it did. */
	lastMiss?: SoraFailure;
}

export interface TaskPollerTools {
	/** @param limitMs the poll ends within this real time, whatever the gateway does */
	poll: (polled: PolledTask, limitMs: number) => Promise<Task>;
	clock: Clock;
	signal?: AbortSignal;
}

interface Watch extends PolledTask, TaskOutlook {
	dueAt: number;
	last?: Task;
	lastMiss?: SoraFailure;
	/** The IDs in the last two answers. */
	saidIds: string[];
	/** Something has answered at this address, so there is a gateway. */
	isProven: boolean;
}

/** Maximum number of polls in flight. A slow one no longer counts, so it holds up no other task. */
const POLLS_IN_FLIGHT = 20;
/** Pause between two polls in milliseconds: the minimum while polls are overdue, the maximum after several 429s. */
const MIN_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1_600;
/** Factor for the pause after each overdue poll. */
const SPEED_UP = 0.95;
/** How long all tasks wait after a 429 without a Retry-After. */
const WAIT_AFTER_429_MS = 2_000;
/** How long the gateway must deny an accepted task, in milliseconds: a lagging replica does so only briefly. */
const DENIED_FOR_MS = 60_000;
/** Failed polls in a row before an address that has never answered counts as wrong. */
const MISSES_UNCONNECTED = 2;
const MISSES_UNPROVEN = 4;
/** Answers after which a parked execution leaves other tasks of the same age to its next turn. */
const ENOUGH_ANSWERS = 10;
/** A turn with more tasks does not stay in the node for any of them. */
const STAYING_TASKS = 50;
/** Tasks of the same age were submitted within this many milliseconds. */
const ONE_AGE_MS = 60_000;

/**
 * Polls all tasks of an execution together, at one pace, so that many tasks neither delay each other nor flood the
 * gateway.
 */
export class TaskPoller {
	/** All tasks that were ever watched. */
	private readonly taskIds = new Set<string>();
	/** Watches waiting for their next poll, and what resumes them: with an outcome if the turn ends first. */
	private readonly waiting = new Map<Watch, (outcome?: Outcome) => void>();
	private isServing = false;
	/** A watch was added, a poll in flight makes room, or the execution was stopped. */
	private readonly changes: Changes;
	/** The start of each poll in flight. */
	private readonly inFlight = new Map<Watch, number>();
	private nextFreeAt = 0;
	private pauseMs = PACE_MS;
	/** No poll before this time, after a 429. */
	private heldUntil = 0;
	private readonly beganAt: number;
	/** Tasks that this turn has parked after a poll: it waits for no others. */
	private readonly parked: Array<{ since: number; until: number }> = [];
	private readonly stopped: Promise<void>;

	constructor(private readonly tools: TaskPollerTools) {
		const { clock, signal } = tools;
		this.beganAt = clock.now();
		this.changes = new Changes(clock);
		this.stopped = new Promise((resolve) => {
			if (signal?.aborted) resolve();
			signal?.addEventListener('abort', () => resolve());
		});
		void this.stopped.then(() => this.changes.announce());
	}

	/**
	 * @returns once the task has finished, at its deadline, or when it is parked
	 * @throws {SoraFailure} when no poll can help any more, or when the execution is stopped
	 */
	async watch(polled: PolledTask): Promise<Outcome> {
		const { clock } = this.tools;
		const { taskId, gatewayProven: isProven, resumed } = polled;
		const now = clock.now();
		this.taskIds.add(taskId);
		const seen = { progress: resumed?.progress, saidIds: resumed?.saidIds ?? [], isProven };
		const watch: Watch = { ...polled, ...seen, now, misses: 0, dueAt: now };
		const nextAt = resumed?.until ?? (polled.pollAtOnce ? now : nextPollAt(watch, clock.random()));
		const isDue = nextAt <= now + (resumed ? STAY_MS : 0);
		watch.dueAt = resumed?.dueAt ?? (isDue ? Math.min(now, nextAt) : nextAt);
		const stopped = this.stopped.then(() => {
			throw new SoraFailure('cancelled', { taskId, task: watch.last });
		});
		const parked = isDue ? undefined : this.park(watch, resumed);
		return await Promise.race([stopped, parked ?? this.ended(watch)]);
	}

	private async ended(watch: Watch): Promise<Outcome> {
		let outcome: Outcome | undefined;
		while (!outcome) {
			const served = new Promise<Outcome | undefined>((resolve) =>
				this.waiting.set(watch, resolve),
			);
			this.changes.announce(watch.dueAt);
			if (!this.isServing) void this.serve();
			outcome = (await served) ?? (await this.poll(watch));
		}
		return outcome;
	}

	/** Lets one watch at a time poll, the most overdue first. */
	private async serve(): Promise<void> {
		const { clock, signal } = this.tools;
		this.isServing = true;
		while (this.waiting.size > 0 && !signal?.aborted) {
			const now = clock.now();
			const freeAt = Math.max(this.nextFreeAt, this.roomFrom(now));
			// The search visits all tasks, so it is skipped while none may poll.
			const next = freeAt > now ? undefined : this.mostOverdue();
			if (!next || next.dueAt > now) {
				await this.changes.before(next?.dueAt ?? freeAt);
				continue;
			}
			const isOverdue = now - next.dueAt > this.pauseMs;
			this.pauseMs = isOverdue
				? Math.max(MIN_PAUSE_MS, this.pauseMs * SPEED_UP)
				: Math.max(PACE_MS, this.pauseMs);
			this.nextFreeAt = now + this.pauseMs;
			this.release(next.watch);
		}
		this.isServing = false;
	}

	private release(watch: Watch, outcome?: Outcome): void {
		this.waiting.get(watch)?.(outcome);
		this.waiting.delete(watch);
	}

	/** A task that waits for a Retry-After is not due until then, or until its deadline; the pace applies even then. */
	private mostOverdue(): { watch: Watch; dueAt: number } | undefined {
		let first: { watch: Watch; dueAt: number } | undefined;
		for (const watch of this.waiting.keys()) {
			const dueAt = Math.max(watch.dueAt, Math.min(this.heldUntil, watch.deadline));
			if (!first || dueAt < first.dueAt) first = { watch, dueAt };
		}
		return first;
	}

	/** When one more poll may be in flight. */
	private roomFrom(now: number): number {
		const began = [...this.inFlight.values()].at(-POLLS_IN_FLIGHT);
		return began === undefined ? now : began + PATIENCE.slowPoll;
	}

	/** @returns `undefined` if the task is to be polled again */
	private async poll(watch: Watch): Promise<Outcome | undefined> {
		const { clock } = this.tools;
		const beganAt = clock.now();
		const isLast = beganAt >= watch.deadline;
		this.inFlight.set(watch, beganAt);
		try {
			const limitMs = isLast ? PATIENCE.lastPoll : watch.deadline - beganAt;
			if (this.learn(watch, await this.tools.poll(watch, limitMs))) return outcomeOf(watch);
		} catch (error) {
			this.miss(watch, error);
		} finally {
			const wasFull = this.inFlight.size >= POLLS_IN_FLIGHT;
			this.inFlight.delete(watch);
			if (wasFull) this.changes.announce();
		}
		if (isLast) return outcomeOf(watch, { timedOut: true });
		watch.now = clock.now();
		watch.dueAt = nextPollAt(watch, clock.random());
		const parked = this.park(watch);
		if (parked) this.parkOthers();
		return parked;
	}

	/**
	 * Ends the watch until the next turn, unless this one must still find something out: whether anybody answers at the
	 * address, whether a denial stands, or whether the task is about to end.
	 */
	private park(watch: Watch, known?: ParkedWatch): Outcome | undefined {
		const { since, deadline, denial, progress, saidIds, isProven } = watch;
		const isPolled = (watch.last ?? watch.lastMiss) !== undefined;
		const isOpen = denial !== undefined || (isPolled && !isProven);
		if (!watch.parks || isOpen) return undefined;
		const mayStay = this.parked.length === 0 && this.taskIds.size <= STAYING_TASKS;
		const stayUntil = mayStay ? this.beganAt + STAY_MS : 0;
		const next = known?.until ?? nextParkedPollAt(watch, this.tools.clock.random(), stayUntil);
		if (next === undefined) return undefined;
		const until = Math.max(next, Math.min(this.heldUntil, deadline));
		if (isPolled) this.parked.push({ since, until });
		return outcomeOf(watch, { parked: { progress, saidIds, ...known, until } });
	}

	/** An execution parks as a whole: it waits for no other task, and a few answers per age are enough. */
	private parkOthers(): void {
		const now = this.tools.clock.now();
		for (const watch of [...this.waiting.keys()]) {
			const { dueAt } = watch;
			watch.now = now;
			const alike = this.parked.filter(({ since }) => Math.abs(since - watch.since) <= ONE_AGE_MS);
			const until = Math.min(...alike.map((other) => other.until));
			const isDue = dueAt <= now;
			if (isDue && alike.length < ENOUGH_ANSWERS) continue;
			const outcome = this.park(watch, isDue ? { until, dueAt } : undefined);
			if (outcome) this.release(watch, outcome);
		}
	}

	/**
	 * Gateways mix up answers, and some call a task by an alias. The ID of another task is never ours; neither is one
	 * that the previous answer did not contain, unless each answer contains a new one.
	 */
	private isAbout(watch: Watch, saidId: string): boolean {
		const { taskId } = watch;
		const last = watch.saidIds.at(-1);
		if (saidId !== taskId && (last === taskId || this.taskIds.has(saidId))) return false;
		const threeIds = [...watch.saidIds, saidId];
		watch.saidIds = threeIds.slice(-2);
		const isExpected = saidId === taskId || last === undefined || saidId === last;
		return isExpected || new Set(threeIds).size === 3;
	}

	/** @returns whether the task has ended */
	private learn(watch: Watch, task: Task): boolean {
		const { saidId, phase, status, progress } = task;
		if (saidId !== undefined && !this.isAbout(watch, saidId)) {
			const words = `the answer is about another task: ${saidId}`;
			const facts = { taskId: watch.taskId, words, ofPoll: true, repeatable: 'free' } as const;
			throw new SoraFailure('answer_not_understood', facts);
		}
		watch.last = task;
		watch.lastMiss = undefined;
		watch.isProven = true;
		watch.misses = 0;
		// An unknown word may mean a failure if it stands.
		const isUnsure = phase === 'failed' && status !== '' && !isKnownStatus(status);
		if (isUnsure && !this.hasStood(watch, status)) return false;
		watch.denial = undefined;
		if (phase === 'failed' || (phase === 'succeeded' && task.videoUrl)) return true;
		if (progress !== undefined) {
			watch.progress = progressAfterPoll(watch.progress, progress, this.tools.clock.now());
		}
		return false;
	}

	/** @throws what ends the watch */
	private miss(watch: Watch, error: unknown): void {
		if (!(error instanceof SoraFailure)) throw error;
		const { category, endsWait, facts } = error;
		const mayPass = facts.repeatable === 'free';
		if (!mayPass && !(watch.isProven && facts.explicit)) throw error;
		watch.lastMiss = error;
		if (endsWait && !mayPass) {
			watch.misses = 0;
			if (this.hasStood(watch, category)) throw error;
			return;
		}
		watch.denial = undefined;
		watch.misses++;
		if (category === 'rate_limited') {
			watch.isProven = true;
			this.slowDown(facts.retryAfterMs);
		}
		// An address that never answered is given up early.
		const most = isUnconnected(error) ? MISSES_UNCONNECTED : MISSES_UNPROVEN;
		if (!watch.isProven && watch.misses >= most) throw error;
	}

	/** What the gateway says against the task or the key ends the wait if it stands. */
	private hasStood(watch: Watch, word: string): boolean {
		const now = this.tools.clock.now();
		if (watch.denial?.word !== word) watch.denial = { word, since: now };
		return now - watch.denial.since >= DENIED_FOR_MS;
	}

	/** A 429 concerns the key, not one task: all tasks pause, and continue at half the pace. */
	private slowDown(retryAfterMs = WAIT_AFTER_429_MS): void {
		const now = this.tools.clock.now();
		// Other polls that were in flight at the first 429 add nothing.
		if (now >= this.heldUntil) this.pauseMs = Math.min(MAX_PAUSE_MS, this.pauseMs * 2);
		this.heldUntil = Math.max(this.heldUntil, now + retryAfterMs);
	}
}

/** Ends the watch with the last known state. */
const outcomeOf = ({ last: task, lastMiss }: Watch, how: Partial<Outcome> = {}): Outcome => ({
	task,
	timedOut: false,
	...how,
	...(lastMiss && { lastMiss }),
});
