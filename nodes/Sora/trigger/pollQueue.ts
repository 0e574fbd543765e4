/**
 * Which called ID is polled next, and when. Anybody may call a webhook's address, and what a stranger makes up passes
 * for a task ID. So each ID waits in one of four lanes, the newest first; a poll that tells something new is free, and
 * of others each lane makes so many and no more.
 */
import { SoraFailure } from '../gateway/failures';
import type { Clock } from '../flow/clock';
import { PACE_MS } from '../tasks/schedule';
import { taskIdShape } from './taskIdShape';

/**
 * The lanes, the first before the others where several may go on. Polls that tell nothing new: so many at once after a
 * pause, then one in so long, in milliseconds. How many are in flight is no matter: a gateway that takes its time with
 * one ID must not hold up the others.
 */
const LANES = {
	/** It has the shape of tasks that the gateway knew. */
	familiar: { atOnce: 5, everyMs: 2_000 },
	unfamiliar: { atOnce: 3, everyMs: 2_000 },
	/** Its failure was reported: seldom does such a task finish after all. */
	failed: { atOnce: 1, everyMs: 5_000 },
	/** Unfamiliar, and called amid many such. */
	flood: { atOnce: 1, everyMs: 15_000 },
};
type LaneName = keyof typeof LANES;
const PRECEDENCE = Object.keys(LANES) as LaneName[];

/** So many calls about unfamiliar IDs in such a span, in milliseconds, are a flood: more than gateways make. */
const FLOOD_CALLS = 12;
const FLOOD_SPAN_MS = 10_000;
/** An ID that led to nothing new is not polled again for so long, however often it is called. */
const REST_MS = 60_000;
const MOST_RESTING = 2_000;
/** An ID that was not polled in so long is dropped. */
const LONGEST_WAIT_MS = 30 * 60_000;
const MOST_SHAPES = 100;
/** After a 429 that does not say how long. */
const PAUSE_AFTER_429_MS = 2_000;

/** The turn of a task ID, from the first call about it on. */
export interface PollTurn {
	readonly taskId: string;
	readonly shape: string;
	readonly hasFailed: boolean;
	readonly notBefore: number;
	calledAt: number;
	/** Counts calls, since many come in one millisecond. */
	order: number;
}

/** Why a waiting ID is polled no more. */
export class Dropped extends Error {}

class Lane {
	/** When all polls so far that told nothing new are worked off. */
	private busyUntil = 0;

	constructor(private readonly limits: { atOnce: number; everyMs: number }) {}

	get opensAt(): number {
		const { atOnce, everyMs } = this.limits;
		return this.busyUntil - (atOnce - 1) * everyMs;
	}

	charge(now: number): void {
		this.busyUntil = Math.max(this.busyUntil, now) + this.limits.everyMs;
	}

	refund(): void {
		this.busyUntil -= this.limits.everyMs;
	}
}

interface WaitingPoll {
	turn: PollTurn;
	start: (lane: Lane) => void;
	drop: (why: Dropped) => void;
}

interface Tools {
	clock: Clock;
	/** Whether somebody is there to poll with. */
	canPoll: () => boolean;
	/** Called when nothing is in flight and nothing may start for a while. */
	onPause: () => void;
}

/** Puts an entry in as the newest, and forgets the oldest. */
function keep<T>(collection: Map<string, T>, key: string, value: T, most: number): void {
	collection.delete(key);
	collection.set(key, value);
	for (const key of collection.keys()) {
		if (collection.size <= most) return;
		collection.delete(key);
	}
}

export class PollQueue {
	private readonly waiting = new Set<WaitingPoll>();
	private readonly lanes = new Map(PRECEDENCE.map((name) => [name, new Lane(LANES[name])]));
	private inFlight = 0;
	private calls = 0;
	/** The pace of all polls, and the pause that a 429 asks for: it is meant for the key and not for one ID. */
	private opensAt = 0;
	/** Moments of the last calls about unfamiliar IDs. */
	private recentCalls: number[] = [];
	/** The last call that came amid too many others. */
	private floodedAt = -Infinity;
	private readonly restUntil = new Map<string, number>();
	private readonly familiarShapes = new Map<string, true>();
	/** Polls in the flood by the shape of their IDs, and in all. */
	private readonly floodPolls = new Map<string, number>();
	private allFloodPolls = 0;
	private nap?: AbortController;

	constructor(private readonly tools: Tools) {}

	/** The gateway knows a task of this ID, or did. */
	addFamiliar(taskId: string): void {
		keep(this.familiarShapes, taskIdShape(taskId), true, MOST_SHAPES);
	}

	/** The turn of an ID that is called for the first time, or for the first time since its last turn ended. */
	enter(taskId: string, hasFailed: boolean): PollTurn {
		const now = this.tools.clock.now();
		const notBefore = this.restUntil.get(taskId) ?? 0;
		const shape = taskIdShape(taskId);
		const turn = { taskId, shape, hasFailed, notBefore, calledAt: now, order: ++this.calls };
		if (this.laneOf(turn) === 'unfamiliar') this.noteUnfamiliar(now);
		return turn;
	}

	/** Another call about an ID that has its turn. */
	callAgain(turn: PollTurn): void {
		turn.calledAt = this.tools.clock.now();
		turn.order = ++this.calls;
	}

	/**
	 * Polls when it is the ID's turn.
	 * @param isNews whether the answer tells something that was not known
	 * @throws {Dropped} where its turn never came; else what the poll threw
	 */
	async pass<T>(
		turn: PollTurn,
		poll: () => Promise<T>,
		isNews: (answer: T) => boolean,
	): Promise<T> {
		const lane = await new Promise<Lane>((start, drop) => {
			this.waiting.add({ turn, start, drop });
			this.pump();
		});
		let isFree = false;
		try {
			const answer = await poll();
			isFree = isNews(answer);
			this.addFamiliar(turn.taskId);
			if (!isFree) this.rest(turn.taskId);
			return answer;
		} catch (reason) {
			throw this.noted(turn.taskId, reason);
		} finally {
			this.inFlight--;
			if (isFree) lane.refund();
			this.pump();
		}
	}

	/** Drops the ID that would be polled last. */
	dropLast(why: string): void {
		const last = [...this.waiting].sort((a, b) => this.compare(a, b)).at(-1);
		if (last) this.drop(last, why);
	}

	/** Whether an answer is due in a moment. */
	get isFlowing(): boolean {
		if (this.inFlight > 0) return true;
		const now = this.tools.clock.now();
		return (this.next(now)?.at ?? Infinity) <= now + PACE_MS;
	}

	/** Starts what may start now; to be called when somebody came to poll with. */
	pump(): void {
		this.nap?.abort();
		const now = this.tools.clock.now();
		this.dropStale(now);
		let next = this.next(now);
		while (next && next.at <= now) {
			this.start(next.waiting, now);
			next = this.next(now);
		}
		if (next) this.pumpIn(next.at - now);
		if (!this.isFlowing) this.tools.onPause();
	}

	private pumpIn(ms: number): void {
		this.nap = new AbortController();
		void this.tools.clock.sleep(ms, this.nap.signal).then(
			() => this.pump(),
			() => undefined,
		);
	}

	private start(waiting: WaitingPoll, now: number): void {
		const { shape } = waiting.turn;
		const name = this.laneOf(waiting.turn);
		const lane = this.lanes.get(name) as Lane;
		if (name === 'flood') {
			this.allFloodPolls++;
			keep(this.floodPolls, shape, this.floodPollsOf(shape) + 1, MOST_SHAPES);
		}
		this.waiting.delete(waiting);
		this.opensAt = now + PACE_MS;
		lane.charge(now);
		this.inFlight++;
		waiting.start(lane);
	}

	/** @returns the reason that was given */
	private noted(taskId: string, reason: unknown): Error {
		const failure = reason instanceof SoraFailure ? reason : undefined;
		if (failure?.category === 'rate_limited') {
			const pause = failure.facts.retryAfterMs ?? PAUSE_AFTER_429_MS;
			this.opensAt = Math.max(this.opensAt, this.tools.clock.now() + pause);
		}
		// What may pass is asked again.
		if (failure?.facts.repeatable !== 'free') this.rest(taskId);
		return reason as Error;
	}

	private rest(taskId: string): void {
		keep(this.restUntil, taskId, this.tools.clock.now() + REST_MS, MOST_RESTING);
	}

	private noteUnfamiliar(now: number): void {
		this.recentCalls = [...this.recentCalls, now].slice(-FLOOD_CALLS);
		const [first = now] = this.recentCalls;
		const isFlood = this.recentCalls.length === FLOOD_CALLS && first > now - FLOOD_SPAN_MS;
		if (isFlood) this.floodedAt = now;
	}

	/** It may change while the ID waits: a task of its shape was found, or a flood has begun. */
	private laneOf({ shape, hasFailed, calledAt }: PollTurn): LaneName {
		if (hasFailed) return 'failed';
		if (this.familiarShapes.has(shape)) return 'familiar';
		return calledAt > this.floodedAt ? 'unfamiliar' : 'flood';
	}

	private next(now: number): { waiting: WaitingPoll; at: number } | undefined {
		if (!this.tools.canPoll()) return undefined;
		let first: { waiting: WaitingPoll; at: number } | undefined;
		for (const waiting of this.waiting) {
			const { turn } = waiting;
			const { opensAt } = this.lanes.get(this.laneOf(turn)) as Lane;
			const at = Math.max(now, this.opensAt, opensAt, turn.notBefore);
			const isFirst =
				!first || at < first.at || (at === first.at && this.compare(waiting, first.waiting) < 0);
			if (isFirst) first = { waiting, at };
		}
		return first;
	}

	/**
	 * Negative where `a` comes before `b`. In a flood, every other poll goes to the shape that had the fewest: a true ID
	 * may lie amid made-up ones of other shapes.
	 */
	private compare({ turn: a }: WaitingPoll, { turn: b }: WaitingPoll): number {
		const [laneA, laneB] = [this.laneOf(a), this.laneOf(b)];
		if (laneA !== laneB) return PRECEDENCE.indexOf(laneA) - PRECEDENCE.indexOf(laneB);
		const isByShape = laneA === 'flood' && this.allFloodPolls % 2 === 1;
		const more = isByShape ? this.floodPollsOf(a.shape) - this.floodPollsOf(b.shape) : 0;
		return more || b.order - a.order;
	}

	private floodPollsOf(shape: string): number {
		return this.floodPolls.get(shape) ?? 0;
	}

	private dropStale(now: number): void {
		for (const waiting of this.waiting) {
			const isStale = waiting.turn.calledAt < now - LONGEST_WAIT_MS;
			if (isStale) this.drop(waiting, 'it waited for too long');
		}
	}

	private drop(waiting: WaitingPoll, why: string): void {
		this.waiting.delete(waiting);
		waiting.drop(new Dropped(why));
	}
}
