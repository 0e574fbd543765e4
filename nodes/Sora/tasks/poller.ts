import type { Task } from '../gateway/contract';
import { SoraFailure, type FailureCategory } from '../gateway/failures';
import { ATTEMPTS, PATIENCE } from '../gateway/timeouts';
import type { Clock } from '../flow/clock';
import { renderSeen, type RenderTimes } from './renderTimes';
import {
	nextParkedPollAt,
	nextPollAt,
	PACE_MS,
	progressAfterPoll,
	type TaskOutlook,
} from './schedule';

export interface PolledTask {
	taskId: string;
	/** When the task was submitted, or when the watch begins for a task submitted earlier. */
	since: number;
	/** The first poll may come at once: the task may be finished already. */
	pollAtOnce?: boolean;
	deadline: number;
	typicalRenderMs: number;
	/** Nobody has logged such renders. */
	guessed?: boolean;
	/** What renders of this kind are learned from, and known by; unset where the kind is not known. */
	renderKey?: string;
	fixedIntervalMs?: number;
	/**
	 * The gateway accepted this task, or another of ours, in this execution: its address is right, and that it does not
	 * know the task or the key is believed only when it keeps saying so.
	 */
	gatewayProven: boolean;
	/**
	 * Between two polls the execution lies in n8n's database: the watch ends after each poll that left the task
	 * unfinished, and before the first one unless that comes at once.
	 */
	parks?: boolean;
}

/** How a watch ended: finished either way, or unfinished, at the deadline or parked, with what was seen last. */
export interface Outcome {
	task: Task | undefined;
	timedOut: boolean;
	/** Set where the watch is to go on then, in another one. */
	parkedUntil?: number;
	polls: number;
	/** Why the last poll told nothing, where it did not. */
	lastMiss?: SoraFailure;
}

export interface TaskPollerTools {
	/** @param limitMs the poll ends within so long, in real time, whatever the gateway does */
	poll: (taskId: string, limitMs: number) => Promise<Task>;
	clock: Clock;
	signal?: AbortSignal;
	renderTimes?: RenderTimes;
	/** Called after every poll that told something. */
	onPoll?: (task: Task, polls: number) => void;
}

interface PendingTask {
	polled: PolledTask;
	outlook: TaskOutlook;
	polls: number;
	dueAt: number;
	last?: Task;
	lastMiss?: SoraFailure;
	/** When the first poll began. */
	polledSince?: number;
	/** When the last poll began that found it unfinished. */
	unfinishedAt?: number;
	/** A 429 came: whatever lives at the address is a gateway. */
	isAnswering?: boolean;
	/** What the gateway has been saying against this task or the key, and since when. */
	denial?: { category: FailureCategory; since: number };
	/** When the gateway first called the task finished without giving its video. */
	finishedAt?: number;
	resolve: (outcome: Outcome) => void;
	reject: (reason: unknown) => void;
}

/**
 * Polls under way at once; one that takes long counts no more, so that a gateway which takes its time with some tasks,
 * or never answers, does not hold up the others.
 */
const POLLS_IN_FLIGHT = 10;
/** A finished task without a video heals as a rule; how long that is given, in milliseconds. */
const GRACE_FOR_VIDEO_MS = 60_000;
/**
 * How long the gateway must say the same against an accepted task, in milliseconds: a replica that lags behind, or one
 * without the keys, says it for moments.
 */
const DENIED_FOR_MS = 60_000;
/** Ends a nap. Made once: without a reason, every abort builds an exception with its stack. */
const WOKEN = new Error('woken');
/** Misses in a row before an address that has never answered is called wrong. */
const MISSES_OF_AN_UNPROVEN_GATEWAY = 4;

/** On our clock: the gateway's may go wrong, but not in the time between two of its own moments. */
function startOfRender(
	since: number,
	{ submittedAt, startedAt }: Task,
	now: number,
): number | undefined {
	if (!submittedAt || !startedAt) return undefined;
	const queueMs = Date.parse(startedAt) - Date.parse(submittedAt);
	return Math.min(now, since + Math.max(0, queueMs));
}

const unfinished = (
	{ last, polls, lastMiss }: PendingTask,
	how: { timedOut?: true; parkedUntil?: number },
): Outcome => ({ task: last, timedOut: false, ...how, polls, lastMiss });

/**
 * Watches all tasks of an execution together: one schedule, one pace, so that many tasks neither wait for
 * each other nor storm the gateway.
 */
export class TaskPoller {
	private readonly pending = new Set<PendingTask>();
	/** When each began. */
	private readonly inFlight = new Map<Promise<void>, number>();
	private running = false;
	private nextFreeAt = 0;
	/** Set by a 429. */
	private heldUntil = 0;
	/** Ends the present nap when a watch joins or a poll returns. */
	private wake: () => void = () => undefined;

	constructor(private readonly tools: TaskPollerTools) {}

	/**
	 * @returns once the task has finished, or at its deadline
	 * @throws {SoraFailure} when no poll can help any more, or when the execution is stopped
	 */
	async watch(polled: PolledTask): Promise<Outcome> {
		const { clock, renderTimes } = this.tools;
		const outlook: TaskOutlook = {
			since: polled.since,
			now: clock.now(),
			deadline: polled.deadline,
			typicalRenderMs: polled.typicalRenderMs,
			guessed: polled.guessed,
			learned: polled.renderKey === undefined ? undefined : renderTimes?.learned(polled.renderKey),
			fixedIntervalMs: polled.fixedIntervalMs,
			polls: 0,
			misses: 0,
		};
		const parkedUntil =
			polled.parks && !polled.pollAtOnce ? nextParkedPollAt(outlook, clock.random()) : undefined;
		if (parkedUntil !== undefined) {
			return { task: undefined, timedOut: false, parkedUntil, polls: 0 };
		}
		const dueAt = polled.pollAtOnce ? outlook.now : nextPollAt(outlook, clock.random());
		return await new Promise<Outcome>((resolve, reject) => {
			this.pending.add({ polled, outlook, polls: 0, dueAt, resolve, reject });
			this.wake();
			if (!this.running) void this.run();
		});
	}

	private async run(): Promise<void> {
		const { clock, signal } = this.tools;
		signal?.addEventListener('abort', () => this.wake(), { once: true });
		this.running = true;
		while (this.pending.size > 0 && !signal?.aborted) {
			const now = clock.now();
			const next = this.earliest();
			const startAt = next && Math.max(next.startAt, this.roomFrom(now));
			if (next && startAt !== undefined && startAt <= now) {
				this.nextFreeAt = now + PACE_MS;
				this.start(next.watch);
				continue;
			}
			await this.nap(startAt && startAt - now);
		}
		this.running = false;
		for (const watch of this.pending) {
			watch.reject(new SoraFailure('cancelled', { taskId: watch.polled.taskId, task: watch.last }));
		}
		this.pending.clear();
	}

	/** Retry-After gives way to a deadline, the pace does not: last polls of many tasks follow one by one. */
	private startOf({ dueAt, polled }: PendingTask): number {
		return Math.max(dueAt, this.nextFreeAt, Math.min(this.heldUntil, polled.deadline));
	}

	/** When one more poll may be under way. */
	private roomFrom(now: number): number {
		const ends = [...this.inFlight.values()]
			.map((began) => began + PATIENCE.slowPoll)
			.filter((end) => end > now)
			.sort((a, b) => b - a);
		return ends[POLLS_IN_FLIGHT - 1] ?? now;
	}

	private earliest(): { watch: PendingTask; startAt: number } | undefined {
		let first: { watch: PendingTask; startAt: number } | undefined;
		for (const watch of this.pending) {
			const startAt = this.startOf(watch);
			if (startAt < (first?.startAt ?? Number.POSITIVE_INFINITY)) first = { watch, startAt };
		}
		return first;
	}

	private async nap(ms: number | undefined): Promise<void> {
		const waking = new AbortController();
		const woken = new Promise<void>((resolve) => {
			this.wake = resolve;
		});
		const slept =
			ms === undefined
				? new Promise<void>(() => undefined)
				: this.tools.clock.sleep(ms, waking.signal).catch(() => undefined);
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
		const beganAt = clock.now();
		const isLast = beganAt >= watch.polled.deadline;
		watch.polls++;
		watch.polledSince ??= beganAt;
		try {
			const limitMs = isLast ? PATIENCE.lastPoll : watch.polled.deadline - beganAt;
			this.note(watch, await this.tools.poll(watch.polled.taskId, limitMs), beganAt);
		} catch (error) {
			this.miss(watch, error);
		}
		if (!this.pending.has(watch)) return;
		if (isLast) {
			this.settle(watch, () => watch.resolve(unfinished(watch, { timedOut: true })));
			return;
		}
		watch.outlook.now = clock.now();
		const parkedUntil = this.mayPark(watch)
			? nextParkedPollAt(watch.outlook, clock.random())
			: undefined;
		if (parkedUntil !== undefined) {
			this.settle(watch, () => watch.resolve(unfinished(watch, { parkedUntil })));
			return;
		}
		watch.dueAt = nextPollAt(watch.outlook, clock.random());
		this.giveUpUnreachable(watch);
	}

	/**
	 * Found out in the node: whether anybody answers at the address, whether the gateway keeps denying the task, and
	 * whether a missing video heals.
	 */
	private mayPark(watch: PendingTask): boolean {
		const { polled, outlook, denial } = watch;
		return polled.parks === true && !this.neverAnswered(watch) && !denial && !outlook.finishing;
	}

	/** Whether anything lives at an address that never answered is told soon. */
	private giveUpUnreachable(watch: PendingTask): void {
		const { outlook, lastMiss, polledSince = outlook.now } = watch;
		if (!lastMiss || !this.neverAnswered(watch)) return;
		if (lastMiss.category !== 'unreachable' && lastMiss.category !== 'tls_failed') return;
		const isTooLate = watch.dueAt > polledSince + PATIENCE.noConnection;
		const isLasting = lastMiss.facts.lasting && outlook.misses >= ATTEMPTS.lasting;
		if (isTooLate || isLasting) this.settle(watch, () => watch.reject(lastMiss));
	}

	private neverAnswered({ polled, isAnswering, outlook }: PendingTask): boolean {
		return !polled.gatewayProven && !isAnswering && outlook.polls === 0;
	}

	private settle(watch: PendingTask, end: () => void): void {
		if (this.pending.delete(watch)) end();
	}

	private note(watch: PendingTask, task: Task, beganAt: number): void {
		const { polled, outlook } = watch;
		const now = this.tools.clock.now();
		watch.last = task;
		watch.lastMiss = undefined;
		this.forgetDenial(watch);
		outlook.polls++;
		outlook.misses = 0;
		outlook.notBefore = undefined;
		this.tools.onPoll?.(task, watch.polls);
		if (task.phase === 'running') watch.unfinishedAt = beganAt;
		else if (watch.finishedAt === undefined) this.learnFrom(watch, task, now);
		if (task.phase === 'failed' || (task.phase === 'succeeded' && task.videoUrl)) {
			this.settle(watch, () => watch.resolve({ task, timedOut: false, polls: watch.polls }));
			return;
		}
		if (task.phase === 'succeeded') {
			watch.finishedAt ??= now;
			outlook.finishing = true;
			if (now - watch.finishedAt >= GRACE_FOR_VIDEO_MS) {
				this.settle(watch, () => watch.reject(new SoraFailure('video_missing', { task })));
			}
			return;
		}
		// A task that was submitted earlier may have left its queue long before the watch began.
		if (!polled.pollAtOnce) outlook.renderingSince ??= startOfRender(polled.since, task, now);
		if (task.progress !== undefined) {
			outlook.progress = progressAfterPoll(outlook, task.progress, now);
		}
	}

	/** Of a task that was submitted earlier, as of all in the later turns of a parked run, nobody saw when it was finished. */
	private learnFrom({ polled, unfinishedAt }: PendingTask, task: Task, noticedAt: number): void {
		const { since, renderKey, pollAtOnce } = polled;
		if (task.phase !== 'succeeded' || renderKey === undefined || pollAtOnce) return;
		this.tools.renderTimes?.note(renderKey, renderSeen({ since, unfinishedAt, noticedAt }, task));
	}

	private miss(watch: PendingTask, error: unknown): void {
		if (this.tools.signal?.aborted) return;
		const { outlook, polled } = watch;
		const isKnown = polled.gatewayProven || outlook.polls > 0;
		const mayPass =
			error instanceof SoraFailure &&
			(error.facts.repeatable === 'free' || (isKnown && error.facts.explicit === true));
		if (!mayPass) {
			this.settle(watch, () => watch.reject(error));
			return;
		}
		if (isKnown && error.endsWait && error.facts.repeatable !== 'free') {
			this.deny(watch, error);
			return;
		}
		this.forgetDenial(watch);
		outlook.misses++;
		watch.lastMiss = error;
		const isBusy = error.category === 'rate_limited';
		if (isBusy) watch.isAnswering = true;
		if (this.neverAnswered(watch) && outlook.misses >= MISSES_OF_AN_UNPROVEN_GATEWAY) {
			this.settle(watch, () => watch.reject(error));
			return;
		}
		if (isBusy) this.slowAll(error.facts.retryAfterMs);
	}

	/** The gateway's own word against the task or the key ends the wait when it stands. */
	private deny(watch: PendingTask, error: SoraFailure): void {
		const now = this.tools.clock.now();
		const { category } = error;
		if (watch.denial?.category !== category) watch.denial = { category, since: now };
		watch.lastMiss = error;
		watch.outlook.denied = true;
		if (now - watch.denial.since >= DENIED_FOR_MS) {
			this.settle(watch, () => watch.reject(error));
		}
	}

	private forgetDenial(watch: PendingTask): void {
		watch.denial = undefined;
		watch.outlook.denied = false;
	}

	/** A 429 is meant for the key, not for one task: all tasks hold back. */
	private slowAll(retryAfterMs: number | undefined): void {
		const notBefore = this.tools.clock.now() + (retryAfterMs ?? PACE_MS * 10);
		for (const { outlook } of this.pending) {
			outlook.notBefore = Math.max(outlook.notBefore ?? 0, notBefore);
		}
		this.heldUntil = Math.max(this.heldUntil, notBefore);
	}
}
