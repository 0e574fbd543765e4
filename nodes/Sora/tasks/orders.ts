/**
 * Schedules the paid requests of a run: a few in flight at a time, no more concurrent videos than the user or the
 * account allows, and, if the execution parks between turns, only briefly, so that a kill loses no accepted task.
 */
import { SoraFailure } from '../gateway/failures';
import { ATTEMPTS } from '../gateway/timeouts';
import { Changes } from '../flow/changes';
import type { Clock } from '../flow/clock';
import { limiter } from '../flow/limiter';
import { retry } from '../flow/retry';

/** Maximum number of paid requests in flight. */
const MAX_IN_FLIGHT = 5;

/** A turn that will park stops sending requests this many milliseconds after its first accepted task. */
export const ORDERING_MS = 5_000;

/** The item is to be ordered in a later turn. */
export class OrderLater {
	/** @param at not before this time, in milliseconds since the epoch; unset if another video must end first */
	constructor(readonly at?: number) {}
}

export interface Order<Body, Bought> {
	itemIndex: number;
	/** When Max Wait is over, in milliseconds since the epoch; unset if nobody waits for the purchase. */
	until?: number;
	/** @param isLast no other request of the run is sent after it */
	body: (isLast: boolean) => Promise<Body>;
	send: (body: Body) => Promise<Bought>;
	onRetry: (why: SoraFailure, waitMs: number) => void;
}

export interface OrderTools {
	clock: Clock;
	/** Nothing more is sent once it is aborted. */
	signal: AbortSignal;
	/** The execution parks while videos are rendered. */
	parks: boolean;
	/** Items whose videos were ordered in earlier turns. */
	making: Iterable<number>;
}

const isBusy = ({ category }: SoraFailure) => category === 'rate_limited';

const whenStopped = { advice: 'Nothing was bought for this item.', nothingBought: true };

export class Orders {
	/** One item at a time waits for a place. */
	private readonly queue = limiter(1);
	private readonly submissions = limiter(MAX_IN_FLIGHT);
	private readonly unsent = new Set<number>();
	/** Items whose videos are being rendered, and those of them that this turn no longer waits for. */
	private readonly making = new Set<number>();
	private readonly parked = new Set<number>();
	/** Items that have a place and no video yet. */
	private sending = 0;
	private ended = 0;
	private most = Number.POSITIVE_INFINITY;
	/** When a turn that will park stops sending; infinite while there is nothing that a kill could lose. */
	private endsAt = Number.POSITIVE_INFINITY;
	private readonly changes: Changes;

	constructor(private readonly tools: OrderTools) {
		this.changes = new Changes(tools.clock);
		tools.signal.addEventListener('abort', () => this.changes.announce());
		for (const itemIndex of tools.making) this.isMade(itemIndex);
	}

	/** Limits the number of concurrent videos; the lowest limit of all items applies. */
	limit(most: number): void {
		this.most = Math.min(this.most, Math.max(1, Math.floor(most)));
	}

	isMade(itemIndex: number): void {
		const { clock, parks } = this.tools;
		this.making.add(itemIndex);
		if (parks) this.endsAt = Math.min(this.endsAt, clock.now() + ORDERING_MS);
		this.changes.announce();
	}

	isParked(itemIndex: number): void {
		this.parked.add(itemIndex);
		this.changes.announce();
	}

	/** The item's video is no longer being rendered, so its place is free. */
	hasEnded(itemIndex: number): void {
		if (this.making.delete(itemIndex)) this.ended++;
		if (this.making.size === 0) this.endsAt = Number.POSITIVE_INFINITY;
		this.changes.announce();
	}

	/**
	 * Sends an item's paid request when a place is free. Retries only if the failure says that nothing was bought.
	 * @throws {SoraFailure} `not_ordered` if Max Wait is over before that
	 */
	async place<Body, Bought>(order: Order<Body, Bought>): Promise<Bought | OrderLater> {
		const { itemIndex, until } = order;
		const submit = async () => await this.submissions(async () => await this.submit(order));
		this.unsent.add(itemIndex);
		try {
			if (until === undefined) return await submit();
			await this.queue(async () => await this.takePlace(until));
			const bought = await submit().finally(() => this.sending--);
			this.isMade(itemIndex);
			return bought;
		} catch (error) {
			this.unsent.delete(itemIndex);
			if (!(error instanceof OrderLater)) return await Promise.reject(error as Error);
			this.unsent.add(itemIndex);
			return error;
		}
	}

	private async takePlace(until: number): Promise<void> {
		while (this.making.size + this.sending >= this.most) {
			// Nobody else can free a place in this turn.
			if (this.making.size + this.sending === this.parked.size) throw new OrderLater();
			await this.changeBefore(until, until);
		}
		this.sending++;
	}

	private async submit<Body, Bought>(order: Order<Body, Bought>): Promise<Bought> {
		const { clock, signal } = this.tools;
		const { itemIndex, until, body, send, onRetry } = order;
		if (until !== undefined && clock.now() >= until) throw notOrdered();
		if (this.isTurnOver) throw new OrderLater(clock.now());
		this.unsent.delete(itemIndex);
		const ready = await body(this.unsent.size === 0);
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

	/** Backs off after a concurrency limit: until one of our videos has ended, or the pause is over. */
	private async pause(ms: number, why: SoraFailure, until: number): Promise<void> {
		const { clock } = this.tools;
		const endsAt = clock.now() + ms;
		const before = this.ended;
		const hasRoom = () => this.ended > before && isBusy(why) && !why.facts.retryAfterMs;
		while (clock.now() < endsAt && !hasRoom()) {
			if (this.isTurnOver) throw new OrderLater(endsAt);
			await this.changeBefore(Math.min(endsAt, this.endsAt), until, why);
		}
	}

	/** @throws {SoraFailure} `not_ordered` when Max Wait is over, `cancelled` */
	private async changeBefore(moment: number, until: number, why?: SoraFailure): Promise<void> {
		const { clock, signal } = this.tools;
		if (signal.aborted) throw new SoraFailure('cancelled', whenStopped);
		if (clock.now() >= until) throw notOrdered(why);
		await this.changes.before(Math.min(moment, until));
	}

	private get isTurnOver(): boolean {
		return this.tools.clock.now() >= this.endsAt;
	}
}

const notOrdered = (why?: SoraFailure) =>
	new SoraFailure('not_ordered', { words: why?.facts.words, nothingBought: true });
