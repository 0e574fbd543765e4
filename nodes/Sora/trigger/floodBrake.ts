/**
 * Anybody may call a webhook's address, and what a stranger makes up looks like a task ID. So which ID is polled next,
 * and when, is decided here: a poll that tells of a task is free, a poll that does not costs something, and what is
 * called last, or looks like the tasks that the gateway knew before, comes first.
 */
import { SoraFailure } from '../gateway/failures';
import type { Clock } from '../tasks/clock';
import { FLOOR_MS, PACE_MS } from '../tasks/schedule';
import { taskIdShape } from './taskIdShape';

/** First polls in flight at once: a gateway that takes its time with one ID must not hold up the others. */
const PLACES = 5;

/** Polls that told nothing new: one in so long, in milliseconds, and so many at once after a pause. */
const MISS_EVERY_MS = 2_000;
const MISSES_AT_ONCE = 5;
/** Of those, what is kept for IDs that look like tasks seen before. */
const KEPT_FOR_PROVEN = 3;

/** So many calls about unproven IDs in such a span, in milliseconds, are a flood: more than gateways make. */
const FLOOD_CALLS = 12;
const FLOOD_SPAN_MS = 10_000;
/** A flood's IDs have misses of their own, one in so long, so that they never wait for what comes after the flood. */
const FLOOD_MISS_EVERY_MS = 15_000;
/** The last call of a flood is worth more than any other of it: a pause of so long is waited for, up to so long. */
const PAUSE_MS = 1_000;
const LONGEST_WAIT_FOR_PAUSE_MS = 5_000;

/** An ID that was just polled is not polled again for so long, whoever calls; a running task may end at any moment. */
const REST_MS = 60_000;
const REST_OF_RUNNING_MS = FLOOR_MS;
const MOST_RESTING = 2_000;

/** An ID that was not polled in so long is dropped. */
const LONGEST_WAIT_MS = 30 * 60_000;

const MOST_PROVEN_SHAPES = 100;
const MOST_SHAPES_WITH_MISSES = 500;

/** What a poll that answered says of the ID. */
export interface Answered {
	/** There is an outcome that was not reported before, or there will be. */
	isNews: boolean;
	isRunning: boolean;
}

/** The turn of a task ID, from the first call about it on. */
export interface Turn {
	readonly taskId: string;
	readonly shape: string;
	calledAt: number;
	/** Counts calls, since many come in one millisecond. */
	order: number;
	/** It was polled a moment ago, so that it comes after those that were not. */
	readonly isAgain: boolean;
	readonly notBefore: number;
}

/** Why a waiting ID is polled no more. */
export class Dropped extends Error {}

/** `proven`: the gateway knew tasks of this shape. `flood`: called amid many others. `calm`: neither. */
type Lane = 'proven' | 'calm' | 'flood';
const PRECEDENCE: Record<Lane, number> = { proven: 0, calm: 1, flood: 2 };

/** Which misses a poll counts to, until its answer shows that it is none. */
type Budget = 'common' | 'flood';

interface Waiting {
	turn: Turn;
	start: (budget: Budget) => void;
	drop: (why: Dropped) => void;
}

/** What starts next, and when at the earliest. */
interface Next {
	waiting: Waiting;
	at: number;
}

const isDueIn = (ms: number, next: Next | undefined, now: number) =>
	next !== undefined && next.at <= now + ms;

interface Tools {
	clock: Clock;
	/** Whether somebody is there to poll with. */
	canPoll: () => boolean;
	/** Called when nothing is in flight and nothing may start for a while. */
	onPause: () => void;
}

function keepNewest(collection: Set<string> | Map<string, unknown>, most: number): void {
	for (const key of collection.keys()) {
		if (collection.size <= most) return;
		collection.delete(key);
	}
}

export class FloodBrake {
	private readonly waiting = new Set<Waiting>();
	private inFlight = 0;
	private calls = 0;

	private nextStartAt = 0;
	/** Set by a 429, which is meant for the key and not for one ID. */
	private heldUntil = 0;
	/** When all misses so far are worked off. */
	private missesUntil = 0;
	private floodMissesUntil = 0;

	/** Moments of the last calls about unproven IDs. */
	private recentCalls: number[] = [];
	private lastCallAt = 0;
	/** The last call that came amid too many others. */
	private floodedAt = Number.NEGATIVE_INFINITY;

	private readonly restUntil = new Map<string, number>();
	private readonly provenShapes = new Set<string>();
	private readonly missesOfShape = new Map<string, number>();
	/** Polls so far of IDs that are not proven. */
	private unprovenPolls = 0;
	private nap?: AbortController;

	constructor(private readonly tools: Tools) {}

	/** The gateway knows a task of this ID, or did. */
	prove(taskId: string): void {
		const shape = taskIdShape(taskId);
		this.provenShapes.delete(shape);
		this.provenShapes.add(shape);
		keepNewest(this.provenShapes, MOST_PROVEN_SHAPES);
	}

	/** The turn of an ID that is called for the first time, or for the first time since its last one ended. */
	enter(taskId: string): Turn {
		const now = this.tools.clock.now();
		const restsUntil = this.restUntil.get(taskId) ?? 0;
		const shape = taskIdShape(taskId);
		this.noteCall(shape, now);
		return {
			taskId,
			shape,
			calledAt: now,
			order: ++this.calls,
			isAgain: restsUntil > now,
			notBefore: restsUntil,
		};
	}

	/** Another call about an ID that has its turn. */
	callAgain(turn: Turn): void {
		turn.calledAt = this.tools.clock.now();
		turn.order = ++this.calls;
	}

	/**
	 * Polls when it is the ID's turn.
	 * @param judge reads of the answer what it is worth
	 * @throws {Dropped} where its turn never came; else what the poll threw
	 */
	async pass<T>(turn: Turn, poll: () => Promise<T>, judge: (answer: T) => Answered): Promise<T> {
		const budget = await new Promise<Budget>((start, drop) => {
			this.waiting.add({ turn, start, drop });
			this.pump();
		});
		const ended = await poll().then(
			(answer) => ({ answer }),
			(reason: unknown) => ({ reason }),
		);
		this.inFlight--;
		if ('answer' in ended) this.noteAnswer(turn, budget, judge(ended.answer));
		else this.noteMiss(turn, ended.reason);
		this.pump();
		if ('reason' in ended) throw ended.reason;
		return ended.answer;
	}

	/** Drops the ID that would be polled last. @returns whether one waited */
	dropLast(why: string): boolean {
		const [first, ...others] = this.waiting;
		if (!first) return false;
		const last = others.reduce((a, b) => (this.isBefore(a, b) ? b : a), first);
		this.drop(last, why);
		return true;
	}

	/** Whether an answer is due in a moment. */
	get isFlowing(): boolean {
		const now = this.tools.clock.now();
		return this.inFlight > 0 || isDueIn(PACE_MS, this.next(now), now);
	}

	/** Looks what may start now; to be called when somebody came to poll with. */
	pump(): void {
		const { clock, onPause } = this.tools;
		this.nap?.abort();
		this.nap = undefined;
		const now = clock.now();
		this.dropStale(now);
		let next = this.next(now);
		while (next && next.at <= now) {
			this.start(next.waiting, now);
			next = this.next(now);
		}
		if (next) this.pumpIn(next.at - now);
		if (this.inFlight === 0 && !isDueIn(PACE_MS, next, now)) onPause();
	}

	private pumpIn(ms: number): void {
		this.nap = new AbortController();
		void this.tools.clock.sleep(ms, this.nap.signal).then(
			() => this.pump(),
			() => undefined,
		);
	}

	private start(waiting: Waiting, now: number): void {
		const { turn, start } = waiting;
		const lane = this.laneOf(turn);
		const budget = lane !== 'flood' && this.commonOpensAt(lane) <= now ? 'common' : 'flood';
		this.waiting.delete(waiting);
		this.inFlight++;
		if (lane !== 'proven') this.unprovenPolls++;
		this.nextStartAt = now + PACE_MS;
		if (budget === 'flood') this.floodMissesUntil = now + FLOOD_MISS_EVERY_MS;
		else this.missesUntil = Math.max(this.missesUntil, now) + MISS_EVERY_MS;
		start(budget);
	}

	private noteAnswer(turn: Turn, budget: Budget, { isNews, isRunning }: Answered): void {
		const now = this.tools.clock.now();
		this.prove(turn.taskId);
		this.rest(turn.taskId, now + (isRunning ? REST_OF_RUNNING_MS : REST_MS));
		if (!isNews) return;
		if (budget === 'flood') this.floodMissesUntil = now;
		else this.missesUntil -= MISS_EVERY_MS;
	}

	private noteMiss({ taskId, shape }: Turn, reason: unknown): void {
		const now = this.tools.clock.now();
		const failure = reason instanceof SoraFailure ? reason : undefined;
		if (failure?.category === 'rate_limited') {
			this.heldUntil = Math.max(
				this.heldUntil,
				now + (failure.facts.retryAfterMs ?? MISS_EVERY_MS),
			);
		}
		if (failure?.facts.repeatable === 'free') return;
		this.rest(taskId, now + REST_MS);
		const misses = this.missesOfShape.get(shape) ?? 0;
		this.missesOfShape.delete(shape);
		this.missesOfShape.set(shape, misses + 1);
		keepNewest(this.missesOfShape, MOST_SHAPES_WITH_MISSES);
	}

	private rest(taskId: string, until: number): void {
		this.restUntil.delete(taskId);
		this.restUntil.set(taskId, until);
		keepNewest(this.restUntil, MOST_RESTING);
	}

	private noteCall(shape: string, now: number): void {
		if (this.provenShapes.has(shape)) return;
		this.lastCallAt = now;
		this.recentCalls = [...this.recentCalls, now]
			.filter((at) => at > now - FLOOD_SPAN_MS)
			.slice(-FLOOD_CALLS);
		if (this.recentCalls.length < FLOOD_CALLS) return;
		const isNew = this.floodedAt < now - FLOOD_SPAN_MS;
		if (isNew) this.floodMissesUntil = Math.max(this.floodMissesUntil, now);
		this.floodedAt = now;
	}

	private laneOf({ shape, calledAt }: Turn): Lane {
		if (this.provenShapes.has(shape)) return 'proven';
		return calledAt > this.floodedAt ? 'calm' : 'flood';
	}

	private commonOpensAt(lane: 'proven' | 'calm'): number {
		const kept = lane === 'proven' ? 0 : KEPT_FOR_PROVEN;
		return this.missesUntil - (MISSES_AT_ONCE - 1 - kept) * MISS_EVERY_MS;
	}

	private opensAt(lane: Lane): number {
		if (lane === 'proven') return this.commonOpensAt(lane);
		// Even where somebody imitates what is proven.
		if (lane === 'calm') return Math.min(this.commonOpensAt(lane), this.floodMissesUntil);
		const atLatest = this.floodMissesUntil + LONGEST_WAIT_FOR_PAUSE_MS;
		return Math.max(this.floodMissesUntil, Math.min(this.lastCallAt + PAUSE_MS, atLatest));
	}

	private next(now: number): Next | undefined {
		if (!this.waiting.size || this.inFlight >= PLACES || !this.tools.canPoll()) return undefined;
		const notBefore = Math.max(now, this.nextStartAt, this.heldUntil);
		const opensAt = {
			proven: this.opensAt('proven'),
			calm: this.opensAt('calm'),
			flood: this.opensAt('flood'),
		};
		let first: Next | undefined;
		for (const waiting of this.waiting) {
			const { turn } = waiting;
			const at = Math.max(notBefore, opensAt[this.laneOf(turn)], turn.notBefore);
			const isFirst =
				!first || at < first.at || (at === first.at && this.isBefore(waiting, first.waiting));
			if (isFirst) first = { waiting, at };
		}
		return first;
	}

	/**
	 * Newest first, after what looks like a task. Where nothing does, every other poll goes to the shape that led
	 * nowhere least often: a true ID may lie amid a flood of others.
	 */
	private isBefore({ turn: a }: Waiting, { turn: b }: Waiting): boolean {
		const [laneA, laneB] = [this.laneOf(a), this.laneOf(b)];
		if (laneA !== laneB) return PRECEDENCE[laneA] < PRECEDENCE[laneB];
		if (a.isAgain !== b.isAgain) return b.isAgain;
		const more = this.missesOf(a) - this.missesOf(b);
		if (laneA !== 'proven' && this.unprovenPolls % 2 === 1 && more !== 0) return more < 0;
		return a.order > b.order;
	}

	private missesOf({ shape }: Turn): number {
		return this.missesOfShape.get(shape) ?? 0;
	}

	private dropStale(now: number): void {
		const oldest = now - LONGEST_WAIT_MS;
		for (const waiting of this.waiting) {
			if (waiting.turn.calledAt < oldest) this.drop(waiting, 'it waited for too long');
		}
	}

	private drop(waiting: Waiting, why: string): void {
		this.waiting.delete(waiting);
		waiting.drop(new Dropped(why));
	}
}
