import type { Clock } from '../flow/clock';
import { isKnownStatus, type Task } from '../gateway/contract';
import { SoraFailure } from '../gateway/failures';
import { ATTEMPTS, PATIENCE } from '../gateway/timeouts';
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
	saidBefore?: string;
	saidId?: string;
}

/** How a watch ended: finished either way, or unfinished, at the deadline or parked, with what was seen last. */
export interface Outcome {
	task: Task | undefined;
	timedOut: boolean;
	/** Set where the watch goes on in the next turn. */
	parked?: ParkedWatch;
	polls: number;
	/** Why the last poll failed, if it did. */
	lastMiss?: SoraFailure;
}

export interface TaskPollerTools {
	/** @param limitMs the poll ends within so long, in real time, whatever the gateway does */
	poll: (taskId: string, limitMs: number) => Promise<Task>;
	clock: Clock;
	signal?: AbortSignal;
	/** Called after every poll that succeeded. */
	onPoll?: (task: Task, polls: number) => void;
}

interface PendingTask {
	polled: PolledTask;
	outlook: TaskOutlook;
	polls: number;
	/** Infinite while a poll is under way. */
	dueAt: number;
	last?: Task;
	lastMiss?: SoraFailure;
	/** The IDs that the last two answers named. */
	said: [before?: string, last?: string];
	/** A 429 came: whatever lives at the address is a gateway. */
	isAnswering?: boolean;
	resolve: (outcome: Outcome) => void;
	reject: (reason: unknown) => void;
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
/** Misses in a row before an address that has never answered is called wrong. */
const MISSES_OF_AN_UNPROVEN_GATEWAY = 4;
/** Answers after which a parked execution leaves the other tasks of that age to its next turn: it ends with its last. */
const ENOUGH_ANSWERS = 10;
/** A turn with more tasks stays for none of them. */
const STAYING_TASKS = 50;
/** Tasks of one age were submitted within this, in milliseconds. */
const ONE_AGE_MS = 60_000;
/** Ends a nap. Made once: without a reason, every abort builds an exception with its stack. */
const WOKEN = new Error('woken');

/**
 * Watches all tasks of an execution together: one schedule, one pace, so that many tasks neither wait for
 * each other nor storm the gateway.
 */
export class TaskPoller {
	private readonly pending = new Set<PendingTask>();
	/** All tasks that were ever watched. */
	private readonly taskIds = new Set<string>();
	/** When each poll under way began. */
	private readonly inFlight = new Map<Promise<void>, number>();
	private running = false;
	private nextFreeAt = 0;
	private pauseMs = PACE_MS;
	/** When a 429 came last, and until when it holds all polls. */
	private limitedAt = 0;
	private heldUntil = 0;
	private readonly beganAt: number;
	/** Tasks that this turn has parked after a poll. */
	private readonly parked: Array<{ since: number; until: number }> = [];
	/** Ends the present nap when a watch joins or a poll returns. */
	private wake: () => void = () => undefined;

	constructor(private readonly tools: TaskPollerTools) {
		this.beganAt = tools.clock.now();
	}

	/**
	 * @returns once the task has finished, at its deadline, or where it is parked
	 * @throws {SoraFailure} when no poll can help any more, or when the execution is stopped
	 */
	async watch(polled: PolledTask): Promise<Outcome> {
		const { clock } = this.tools;
		const { taskId, since, deadline, fixedIntervalMs, resumed } = polled;
		const now = clock.now();
		this.taskIds.add(taskId);
		const progress = resumed?.progress;
		const outlook: TaskOutlook = { since, now, deadline, fixedIntervalMs, progress, misses: 0 };
		const nextAt = resumed?.until ?? nextPollAt(outlook, clock.random());
		const isDue = resumed ? nextAt <= now + STAY_MS : polled.pollAtOnce === true;
		const dueAt = resumed?.dueAt ?? (isDue ? Math.min(now, nextAt) : nextAt);
		return await new Promise<Outcome>((resolve, reject) => {
			const said: PendingTask['said'] = [resumed?.saidBefore, resumed?.saidId];
			const watch: PendingTask = { polled, outlook, polls: 0, dueAt, said, resolve, reject };
			this.pending.add(watch);
			if (!isDue && this.park(watch, resumed)) return;
			this.wake();
			if (!this.running) void this.run();
		});
	}

	private async run(): Promise<void> {
		const { clock, signal } = this.tools;
		const stop = () => this.wake();
		signal?.addEventListener('abort', stop);
		this.running = true;
		while (this.pending.size > 0 && !signal?.aborted) {
			const now = clock.now();
			const freeAt = Math.max(this.nextFreeAt, this.roomFrom(now));
			// The search goes through all tasks: not while none could be polled.
			const next = freeAt > now ? undefined : this.mostOverdue();
			if (next?.watch && next.dueAt <= now) {
				const isOverdue = now - next.dueAt > this.pauseMs;
				this.pauseMs = isOverdue
					? Math.max(LEAST_PAUSE_MS, this.pauseMs * SPEED_UP)
					: Math.max(PACE_MS, this.pauseMs);
				this.nextFreeAt = now + this.pauseMs;
				this.start(next.watch);
			} else {
				await this.nap((next?.dueAt ?? freeAt) - now);
			}
		}
		this.running = false;
		signal?.removeEventListener('abort', stop);
		for (const watch of this.pending) {
			watch.reject(new SoraFailure('cancelled', { taskId: watch.polled.taskId, task: watch.last }));
		}
		this.pending.clear();
	}

	/** What waits for a Retry-After is not due, unless its deadline comes; the pace holds then too. */
	private mostOverdue(): { watch?: PendingTask; dueAt: number } {
		let first: PendingTask | undefined;
		let firstDueAt = Number.POSITIVE_INFINITY;
		for (const watch of this.pending) {
			const dueAt = Math.max(watch.dueAt, Math.min(this.heldUntil, watch.polled.deadline));
			if (dueAt >= firstDueAt) continue;
			first = watch;
			firstDueAt = dueAt;
		}
		return { watch: first, dueAt: firstDueAt };
	}

	/** When one more poll may be under way. */
	private roomFrom(now: number): number {
		const began = [...this.inFlight.values()].at(-POLLS_IN_FLIGHT);
		return began === undefined ? now : began + PATIENCE.slowPoll;
	}

	private async nap(ms = Number.POSITIVE_INFINITY): Promise<void> {
		const waking = new AbortController();
		const woken = new Promise<void>((resolve) => (this.wake = resolve));
		const slept = this.tools.clock.sleep(ms, waking.signal).catch(() => undefined);
		await Promise.race([slept, woken]);
		waking.abort(WOKEN);
	}

	private start(watch: PendingTask): void {
		watch.dueAt = Number.POSITIVE_INFINITY;
		const poll = this.poll(watch).finally(() => {
			this.inFlight.delete(poll);
			this.wake();
		});
		this.inFlight.set(poll, this.tools.clock.now());
	}

	private async poll(watch: PendingTask): Promise<void> {
		const { clock } = this.tools;
		const { outlook, polled } = watch;
		const beganAt = clock.now();
		const isLast = beganAt >= polled.deadline;
		watch.polls++;
		try {
			const limitMs = isLast ? PATIENCE.lastPoll : polled.deadline - beganAt;
			this.learn(watch, await this.tools.poll(polled.taskId, limitMs));
		} catch (error) {
			this.miss(watch, error, beganAt);
		}
		if (!this.pending.has(watch)) return;
		if (isLast) {
			this.leave(watch, { timedOut: true });
			return;
		}
		outlook.now = clock.now();
		watch.dueAt = nextPollAt(outlook, clock.random());
		if (this.park(watch)) this.parkOthers();
		else this.giveUpUnreachable(watch);
	}

	/**
	 * Ends the watch until the next turn, unless something is to be found out in this one: whether anybody answers at the
	 * address, whether a denial stands, whether the task ends within moments.
	 */
	private park(watch: PendingTask, known?: ParkedWatch): boolean {
		const { polled, outlook, polls, said } = watch;
		const isOpen = outlook.denial ?? (polls > 0 && this.neverAnswered(watch));
		if (!polled.parks || isOpen) return false;
		const mayStay = this.parked.length === 0 && this.pending.size <= STAYING_TASKS;
		const stayUntil = mayStay ? this.beganAt + STAY_MS : 0;
		const next = known?.until ?? nextParkedPollAt(outlook, this.tools.clock.random(), stayUntil);
		if (next === undefined) return false;
		const until = Math.max(next, Math.min(this.heldUntil, polled.deadline));
		if (polls > 0) this.parked.push({ since: polled.since, until });
		const [saidBefore, saidId] = said;
		const seen = { progress: outlook.progress, saidBefore, saidId };
		this.leave(watch, { parked: { ...seen, ...known, until } });
		return true;
	}

	/** A parked execution is parked whole: no other task is waited for, and of one age some answers are enough. */
	private parkOthers(): void {
		const now = this.tools.clock.now();
		for (const watch of this.pending) {
			const { dueAt, polled, outlook } = watch;
			if (dueAt === Number.POSITIVE_INFINITY) continue;
			outlook.now = now;
			const alike = this.parked.filter(({ since }) => Math.abs(since - polled.since) <= ONE_AGE_MS);
			if (dueAt > now) this.park(watch);
			else if (alike.length >= ENOUGH_ANSWERS) {
				this.park(watch, { until: Math.min(...alike.map(({ until }) => until)), dueAt });
			}
		}
	}

	/** It shows soon whether there is anything at an address that never answered. */
	private giveUpUnreachable(watch: PendingTask): void {
		const { outlook, lastMiss } = watch;
		if (!lastMiss || !this.neverAnswered(watch)) return;
		if (lastMiss.category !== 'unreachable' && lastMiss.category !== 'tls_failed') return;
		const isTooLate = watch.dueAt > outlook.since + PATIENCE.noConnection;
		const isLasting = lastMiss.facts.lasting && outlook.misses >= ATTEMPTS.lasting;
		if (isTooLate || isLasting) this.fail(watch, lastMiss);
	}

	private isKnown({ polled, last }: PendingTask): boolean {
		return polled.gatewayProven || last !== undefined;
	}

	private neverAnswered(watch: PendingTask): boolean {
		return !this.isKnown(watch) && !watch.isAnswering;
	}

	private fail(watch: PendingTask, reason: unknown): void {
		if (this.pending.delete(watch)) watch.reject(reason);
	}

	/** Ends the watch with what was seen last. */
	private leave(watch: PendingTask, how: Pick<Partial<Outcome>, 'timedOut' | 'parked'>): void {
		const { last: task, polls, lastMiss } = watch;
		this.pending.delete(watch);
		watch.resolve({ task, timedOut: false, ...how, polls, ...(lastMiss && { lastMiss }) });
	}

	/**
	 * Gateways mix answers up, and some call a task by an alias. The ID of another task is never ours, and neither is one
	 * that the last answer did not name, unless each answer names a new one.
	 */
	private isAbout(watch: PendingTask, saidId: string): boolean {
		const { taskId } = watch.polled;
		const [before, last] = watch.said;
		if (saidId !== taskId && (last === taskId || this.taskIds.has(saidId))) return false;
		watch.said = [last, saidId];
		const isExpected = saidId === taskId || last === undefined || saidId === last;
		const isNewEachTime = before !== undefined && before !== last && before !== saidId;
		return isExpected || isNewEachTime;
	}

	private learn(watch: PendingTask, task: Task): void {
		const { outlook, polled } = watch;
		const { saidId, phase, status, progress } = task;
		if (saidId !== undefined && !this.isAbout(watch, saidId)) {
			const words = `the answer is about another task: ${saidId}`;
			const facts = { taskId: polled.taskId, words, ofPoll: true, repeatable: 'free' } as const;
			throw new SoraFailure('answer_not_understood', facts);
		}
		watch.last = task;
		watch.lastMiss = undefined;
		outlook.misses = 0;
		this.tools.onPoll?.(task, watch.polls);
		// An unknown word may mean a failure, once it stands.
		const isUnsure = phase === 'failed' && status !== '' && !isKnownStatus(status);
		if (isUnsure && !this.hasStood(watch, status)) return;
		outlook.denial = undefined;
		if (phase === 'failed' || (phase === 'succeeded' && task.videoUrl)) this.leave(watch, {});
		else if (progress !== undefined) {
			outlook.progress = progressAfterPoll(outlook.progress, progress, this.tools.clock.now());
		}
	}

	private miss(watch: PendingTask, error: unknown, beganAt: number): void {
		if (this.tools.signal?.aborted) return;
		const { outlook } = watch;
		const isKnown = this.isKnown(watch);
		const isExplicit = error instanceof SoraFailure && error.facts.explicit === true;
		const mayPass = error instanceof SoraFailure && error.facts.repeatable === 'free';
		if (!mayPass && !(isKnown && isExplicit)) {
			this.fail(watch, error);
			return;
		}
		watch.lastMiss = error;
		if (isKnown && error.endsWait && !mayPass) {
			outlook.misses = 0;
			if (this.hasStood(watch, error.category)) this.fail(watch, error);
			return;
		}
		outlook.denial = undefined;
		outlook.misses++;
		if (error.category === 'rate_limited') {
			watch.isAnswering = true;
			this.slowDown(error.facts.retryAfterMs, beganAt);
		} else if (this.neverAnswered(watch) && outlook.misses >= MISSES_OF_AN_UNPROVEN_GATEWAY) {
			this.fail(watch, error);
		}
	}

	/** The gateway's own word against the task or the key ends the wait when it stands. */
	private hasStood({ outlook }: PendingTask, word: string): boolean {
		const now = this.tools.clock.now();
		if (outlook.denial?.word !== word) outlook.denial = { word, since: now };
		return now - outlook.denial.since >= DENIED_FOR_MS;
	}

	/** A 429 is meant for the key, not for one task: all tasks hold back, and go on at half the pace. */
	private slowDown(retryAfterMs = WAIT_AFTER_429_MS, beganAt: number): void {
		const now = this.tools.clock.now();
		this.heldUntil = Math.max(this.heldUntil, now + retryAfterMs);
		// A poll that was under way when the last 429 came says nothing new.
		if (beganAt < this.limitedAt) return;
		this.limitedAt = now;
		this.pauseMs = Math.min(MOST_PAUSE_MS, this.pauseMs * 2);
	}
}
