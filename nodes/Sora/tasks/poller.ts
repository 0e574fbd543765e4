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
	/** When the task was submitted, or when the watch begins for a task submitted earlier. */
	since: number;
	/** The first poll comes at once: the task may be finished already. */
	pollAtOnce?: boolean;
	deadline: number;
	fixedIntervalMs?: number;
	/**
	 * The gateway accepted this task, or another of ours, in this execution: its address is right, and that it does not
	 * know the task or the key is believed only when it keeps saying so.
	 */
	gatewayProven: boolean;
	/** What was ordered: it tells which stages of the work are not its end. */
	order?: JsonRecord;
	/** The watch may end before the task does, and go on in a later turn of the node. */
	parks?: boolean;
	/** What the turn before left of this task; it is polled where it is due. */
	resumed?: ParkedWatch;
}

/** What the next turn of a parked execution needs to go on with a task. Plain JSON. */
export interface ParkedWatch {
	/** When the next turn is to come, milliseconds since the epoch. */
	until: number;
	/** When a poll was due that this turn did not come to. */
	dueAt?: number;
	progress?: SeenProgress;
	/** The IDs that the last two answers named. */
	saidIds?: string[];
}

/** How a watch ended: finished either way, or unfinished, at the deadline or parked, with what was seen last. */
export interface Outcome {
	task: Task | undefined;
	timedOut: boolean;
	/** Set where the watch goes on in the next turn. */
	parked?: ParkedWatch;
	/** Why the last poll failed, if it did. */
	lastMiss?: SoraFailure;
}

export interface TaskPollerTools {
	/** @param limitMs the poll ends within so long, in real time, whatever the gateway does */
	poll: (polled: PolledTask, limitMs: number) => Promise<Task>;
	clock: Clock;
	signal?: AbortSignal;
}

interface Watch extends PolledTask, TaskOutlook {
	dueAt: number;
	last?: Task;
	lastMiss?: SoraFailure;
	/** The IDs that the last two answers named. */
	saidIds: string[];
	/** Something was heard of this gateway: whatever lives at the address is one. */
	isProven: boolean;
}

/** Polls under way at once. One that takes long counts no more: a gateway that never answers holds up no other task. */
const POLLS_IN_FLIGHT = 20;
/** Pause between two polls, in milliseconds: the least while polls are overdue, the most after several 429. */
const LEAST_PAUSE_MS = 50;
const MOST_PAUSE_MS = 1_600;
/** What each overdue poll makes of the pause. */
const SPEED_UP = 0.95;
/** How long all tasks wait after a 429 that does not say how long. */
const WAIT_AFTER_429_MS = 2_000;
/** How long the gateway must deny an accepted task, in milliseconds: a replica that lags behind does so for moments. */
const DENIED_FOR_MS = 60_000;
/** Misses in a row before an address that has never answered is called wrong, without and with a connection. */
const MISSES_UNCONNECTED = 2;
const MISSES_UNPROVEN = 4;
/** Answers after which a parked execution leaves the other tasks of that age to its next turn: it ends with its last. */
const ENOUGH_ANSWERS = 10;
/** A turn with more tasks stays for none of them. */
const STAYING_TASKS = 50;
/** Tasks of one age were submitted within this, in milliseconds. */
const ONE_AGE_MS = 60_000;

/**
 * Watches all tasks of an execution together, at one pace, so that many tasks neither wait for each other nor storm the
 * gateway.
 */
export class TaskPoller {
	/** All tasks that were ever watched. */
	private readonly taskIds = new Set<string>();
	/** Watches that wait for their next poll, and what ends that: an outcome where the turn ends first. */
	private readonly waiting = new Map<Watch, (outcome?: Outcome) => void>();
	private isServing = false;
	/** A watch has joined, a poll has returned, or the execution was stopped. */
	private readonly changes: Changes;
	/** When each poll under way began. */
	private readonly inFlight = new Map<Watch, number>();
	private nextFreeAt = 0;
	private pauseMs = PACE_MS;
	/** No poll before, after a 429. */
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
	 * @returns once the task has finished, at its deadline, or where it is parked
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
			this.changes.announce();
			if (!this.isServing) void this.serve();
			outcome = (await served) ?? (await this.poll(watch));
		}
		return outcome;
	}

	/** Lets one watch after the other poll, the most overdue first. */
	private async serve(): Promise<void> {
		const { clock, signal } = this.tools;
		this.isServing = true;
		while (this.waiting.size > 0 && !signal?.aborted) {
			const now = clock.now();
			const freeAt = Math.max(this.nextFreeAt, this.roomFrom(now));
			// The search goes through all tasks: not while none could be polled.
			const next = freeAt > now ? undefined : this.mostOverdue();
			if (!next || next.dueAt > now) {
				await this.changes.before(next?.dueAt ?? freeAt);
				continue;
			}
			const isOverdue = now - next.dueAt > this.pauseMs;
			this.pauseMs = isOverdue
				? Math.max(LEAST_PAUSE_MS, this.pauseMs * SPEED_UP)
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

	/** What waits for a Retry-After is not due, unless its deadline comes; the pace holds then too. */
	private mostOverdue(): { watch: Watch; dueAt: number } | undefined {
		let first: { watch: Watch; dueAt: number } | undefined;
		for (const watch of this.waiting.keys()) {
			const dueAt = Math.max(watch.dueAt, Math.min(this.heldUntil, watch.deadline));
			if (!first || dueAt < first.dueAt) first = { watch, dueAt };
		}
		return first;
	}

	/** When one more poll may be under way. */
	private roomFrom(now: number): number {
		const began = [...this.inFlight.values()].at(-POLLS_IN_FLIGHT);
		return began === undefined ? now : began + PATIENCE.slowPoll;
	}

	/** @returns `undefined` where the task is to be polled again */
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
			this.inFlight.delete(watch);
			this.changes.announce();
		}
		if (isLast) return outcomeOf(watch, { timedOut: true });
		watch.now = clock.now();
		watch.dueAt = nextPollAt(watch, clock.random());
		const parked = this.park(watch);
		if (parked) this.parkOthers();
		return parked;
	}

	/**
	 * Ends the watch until the next turn, unless something is to be found out in this one: whether anybody answers at the
	 * address, whether a denial stands, whether the task ends within moments.
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

	/** A parked execution is parked whole: no other task is waited for, and of one age some answers are enough. */
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
	 * Gateways mix answers up, and some call a task by an alias. The ID of another task is never ours, and neither is one
	 * that the last answer did not name, unless each answer names a new one.
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
		// An unknown word may mean a failure, once it stands.
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
		// It shows soon whether there is anything at an address that never answered.
		const most = isUnconnected(error) ? MISSES_UNCONNECTED : MISSES_UNPROVEN;
		if (!watch.isProven && watch.misses >= most) throw error;
	}

	/** The gateway's own word against the task or the key ends the wait when it stands. */
	private hasStood(watch: Watch, word: string): boolean {
		const now = this.tools.clock.now();
		if (watch.denial?.word !== word) watch.denial = { word, since: now };
		return now - watch.denial.since >= DENIED_FOR_MS;
	}

	/** A 429 is meant for the key, not for one task: all tasks hold back, and go on at half the pace. */
	private slowDown(retryAfterMs = WAIT_AFTER_429_MS): void {
		const now = this.tools.clock.now();
		// Those of the polls that were under way with the first say nothing new.
		if (now >= this.heldUntil) this.pauseMs = Math.min(MOST_PAUSE_MS, this.pauseMs * 2);
		this.heldUntil = Math.max(this.heldUntil, now + retryAfterMs);
	}
}

/** Ends the watch with what was seen last. */
const outcomeOf = ({ last: task, lastMiss }: Watch, how: Partial<Outcome> = {}): Outcome => ({
	task,
	timedOut: false,
	...how,
	...(lastMiss && { lastMiss }),
});
