/**
 * When the paid requests of a run are sent: some at a time, no more videos at a time than the user or the account allows,
 * and, where the execution is parked between turns, within moments, so that a kill loses none of those that were accepted.
 */
import { SoraFailure } from '../gateway/failures';
import { ATTEMPTS } from '../gateway/timeouts';
import type { Clock } from '../flow/clock';
import { limiter } from '../flow/limiter';
import { retry } from '../flow/retry';
import type { Gathering } from './gathering';

/** Paid requests in flight at the same time. */
const SUBMISSIONS_AT_ONCE = 5;

/** A turn that will be parked sends no more requests so long after its first accepted task, in milliseconds. */
export const ORDERING_MS = 5_000;

/** The item is to be ordered in a later turn. */
export class OrderLater {
	/** @param at not before then, milliseconds since the epoch; unset where another video must end first */
	constructor(readonly at?: number) {}
}

export interface Order<Body, Bought> {
	itemIndex: number;
	/** When Max Wait is over, milliseconds since the epoch; unset where nobody waits for what is bought. */
	until?: number;
	/** @param isLast no other request of the run is sent after it */
	body: (isLast: boolean) => Promise<Body>;
	send: (body: Body) => Promise<Bought>;
	onRetry: (why: SoraFailure, waitMs: number) => void;
}

export interface OrderTools {
	clock: Clock;
	/** Nothing is sent any more once it is aborted. */
	signal: AbortSignal;
	/** Set where the execution is parked while videos are made. */
	turn?: Gathering;
	/** Items whose videos have been ordered in earlier turns. */
	making: Iterable<number>;
}

const isBusy = ({ category, facts }: SoraFailure) =>
	category === 'rate_limited' && facts.nothingBought === true;

const whenStopped = { advice: 'Nothing was bought for this item.', nothingBought: true };

const notOrdered = (why?: SoraFailure) =>
	new SoraFailure('not_ordered', { words: why?.facts.words, nothingBought: true });

export class Orders {
	private readonly submissions = limiter(SUBMISSIONS_AT_ONCE);
	private readonly unsent = new Set<number>();
	/** Items whose videos are being made. */
	private readonly making: Set<number>;
	/** Those, and the items that are about to order theirs. */
	private readonly places: Set<number>;
	private readonly queue = new Map<number, () => void>();
	private most = Number.POSITIVE_INFINITY;
	private ended = 0;
	/** When a turn that will be parked sends no more; never, where nothing is there that a kill could lose. */
	private endsAt = Number.POSITIVE_INFINITY;
	private readonly onChange = new Set<() => void>();

	constructor(private readonly tools: OrderTools) {
		this.making = new Set(tools.making);
		this.places = new Set(this.making);
		if (tools.turn && this.making.size > 0) this.endsAt = tools.clock.now() + ORDERING_MS;
	}

	/** No more than so many videos are made at a time; the least that an item asks for holds. */
	limit(most: number): void {
		this.most = Math.min(this.most, Math.max(1, Math.floor(most)));
	}

	/** The video of the item was ordered before, and is being made. */
	isMade(itemIndex: number): void {
		this.making.add(itemIndex);
		this.places.add(itemIndex);
	}

	/** The video of the item is no longer being made: another one may be. */
	hasEnded(itemIndex: number): void {
		if (this.making.delete(itemIndex)) this.ended++;
		if (this.making.size === 0) this.endsAt = Number.POSITIVE_INFINITY;
		this.places.delete(itemIndex);
		for (const [waiting, grant] of this.queue) {
			if (this.places.size >= this.most) break;
			this.places.add(waiting);
			grant();
		}
		this.change();
	}

	/**
	 * Sends the paid request of an item when its time has come. Another attempt is made only where the failure says that
	 * nothing was bought.
	 * @throws {SoraFailure} `not_ordered` when Max Wait is over before that
	 */
	async place<Body, Bought>(order: Order<Body, Bought>): Promise<Bought | OrderLater> {
		const { itemIndex, until } = order;
		const { turn } = this.tools;
		this.unsent.add(itemIndex);
		try {
			if (until !== undefined) await this.freePlace(itemIndex, until);
			const bought = await this.submissions(async () => await this.submit(order));
			this.unsent.delete(itemIndex);
			if (until !== undefined) this.hasBegun(itemIndex);
			return bought;
		} catch (error) {
			if (error instanceof OrderLater) {
				this.unsent.add(itemIndex);
				void turn?.arrive(itemIndex, true);
				return error;
			}
			this.unsent.delete(itemIndex);
			return await Promise.reject(error as Error);
		} finally {
			if (!this.making.has(itemIndex)) this.hasEnded(itemIndex);
		}
	}

	private async freePlace(itemIndex: number, until: number): Promise<void> {
		const { clock, signal, turn } = this.tools;
		if (clock.now() >= until) throw notOrdered();
		if (this.places.size < this.most) {
			this.places.add(itemIndex);
			return;
		}
		const over = new AbortController();
		const waits = clock.sleep(until - clock.now(), AbortSignal.any([signal, over.signal]));
		const granted = new Promise<void>((resolve) => this.queue.set(itemIndex, resolve));
		const later = turn?.othersAreDone(itemIndex);
		await Promise.race([granted, waits.catch(() => undefined), ...(later ? [later] : [])]);
		over.abort();
		turn?.resume(itemIndex);
		this.queue.delete(itemIndex);
		if (this.places.has(itemIndex)) return;
		if (signal.aborted) throw new SoraFailure('cancelled', whenStopped);
		if (clock.now() >= until) throw notOrdered();
		throw new OrderLater();
	}

	private async submit<Body, Bought>(order: Order<Body, Bought>): Promise<Bought> {
		const { clock, signal } = this.tools;
		const { itemIndex, until, body, send, onRetry } = order;
		if (until !== undefined && this.isTurnOver) throw new OrderLater(clock.now());
		const ready = await body(this.isLast(itemIndex));
		return await retry(async () => await send(ready), {
			attempts: ATTEMPTS.submission,
			repeats: 'not-bought',
			clock,
			signal,
			onRetry,
			whenStopped,
			...(until !== undefined && {
				isWorthMore: (why) => isBusy(why) && this.making.size > 0,
				pause: async (ms, why) => await this.pause(ms, why, until),
			}),
		});
	}

	/** Too many at a time: until one of ours has ended, or it is worth another attempt anyway. */
	private async pause(ms: number, why: SoraFailure, until: number): Promise<void> {
		const { clock, signal } = this.tools;
		const endsAt = clock.now() + ms;
		const before = this.ended;
		const hasRoom = () => this.ended > before && isBusy(why) && !why.facts.retryAfterMs;
		while (clock.now() < endsAt && !signal.aborted && !hasRoom()) {
			if (clock.now() >= until) throw notOrdered(why);
			if (this.isTurnOver) throw new OrderLater(endsAt);
			await this.changeBefore(Math.min(endsAt, until, this.endsAt));
		}
	}

	private async changeBefore(moment: number): Promise<void> {
		const { clock, signal } = this.tools;
		const over = new AbortController();
		const changed = new Promise<void>((resolve) => this.onChange.add(resolve));
		const ms = Math.max(0, moment - clock.now());
		const slept = clock.sleep(ms, AbortSignal.any([signal, over.signal]));
		await Promise.race([changed, slept.catch(() => undefined)]);
		over.abort();
	}

	private change(): void {
		for (const tell of this.onChange) tell();
		this.onChange.clear();
	}

	private get isTurnOver(): boolean {
		return this.tools.clock.now() >= this.endsAt;
	}

	private isLast(itemIndex: number): boolean {
		this.unsent.delete(itemIndex);
		return this.unsent.size === 0;
	}

	private hasBegun(itemIndex: number): void {
		const { clock, turn } = this.tools;
		this.isMade(itemIndex);
		if (turn) this.endsAt = Math.min(this.endsAt, clock.now() + ORDERING_MS);
		this.change();
	}
}
