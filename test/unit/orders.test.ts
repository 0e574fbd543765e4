import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { Barrier } from '../../nodes/Sora/tasks/barrier';
import { ORDERING_MS, OrderLater, Orders } from '../../nodes/Sora/tasks/orders';
import { aMiss, nothingBought } from './builders';
import { START, untilIdle, VirtualClock } from './virtualClock';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What became of an order: what was bought, when it is to be ordered, or why not. */
type Outcome = string | { at?: number } | { category: string; words?: string };

interface Placed {
	answer: () => SoraFailure | undefined;
	waits: number;
	ms: number;
	uploads: number;
}

function setUp({ parks = false, making = [] as number[], most = 0 } = {}) {
	const clock = new VirtualClock();
	const stop = new AbortController();
	const orders = new Orders({ clock, signal: stop.signal, parks, making });
	if (most) orders.limit(most);
	const sent: Array<{ item: number; at: number }> = [];
	const last: number[] = [];
	const outcomes: Outcome[] = [];
	/** @param order what the gateway answers to each attempt, after `ms`, and how long is waited at most */
	const place = async (item: number, order: Partial<Placed> = {}) => {
		const { answer, waits = Number.POSITIVE_INFINITY, ms = 0, uploads = 0 } = order;
		const send = async () => {
			sent.push({ item, at: clock.elapsed() });
			if (ms) await clock.sleep(ms);
			const failure = answer?.();
			if (failure) throw failure;
			return `video of ${item}`;
		};
		const body = async (isLast: boolean) => {
			if (isLast) last.push(item);
			if (uploads) await clock.sleep(uploads, stop.signal).catch(() => undefined);
		};
		const until = waits ? START + waits : undefined;
		const outcome = await orders
			.place({ itemIndex: item, until, body, send, onRetry: () => undefined })
			.catch((error: unknown) => error);
		if (outcome instanceof OrderLater) outcomes[item] = { ...outcome };
		else if (outcome instanceof SoraFailure) {
			expect(outcome.facts.nothingBought).toBe(true);
			outcomes[item] = { category: outcome.category, words: outcome.facts.words };
		} else outcomes[item] = outcome as string;
	};
	const items = () => sent.map(({ item }) => item);
	return { clock, stop, orders, place, sent, items, last, outcomes };
}
const range = (count: number) => Array.from({ length: count }, (_, index) => index);
/** A gateway that is busy so many times. */
const busy = (times: number, retryAfterMs?: number) => {
	let count = 0;
	return () => (count++ < times ? nothingBought(retryAfterMs).about({ words: 'busy' }) : undefined);
};

describe('orders', () => {
	it('are sent five at a time, and the last one is known', async () => {
		const { place, sent, last } = setUp();
		await Promise.all(range(12).map(async (item) => await place(item, { ms: SECOND })));
		expect(sent.map(({ at }) => at / SECOND)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2]);
		expect(last).toEqual([11]);
	});

	it('wait for a place in order, and get it when a video has ended or an order failed', async () => {
		const { place, orders, items, outcomes } = setUp({ most: 2 });
		orders.limit(9);
		const wrong = () => new SoraFailure('bad_request', { nothingBought: true });
		for (const item of range(5)) void place(item, item === 2 ? { answer: wrong } : {});
		const ends = [[], [0], [2], [1, 3]];
		const expected = [[0, 1], [0, 1, 2], [0, 1, 2, 3], range(5)];
		for (const [step, ended] of ends.entries()) {
			for (const item of ended) orders.hasEnded(item);
			await untilIdle();
			expect(items()).toEqual(expected[step]);
		}
		expect(outcomes[4]).toBe('video of 4');
	});

	it('take no place if nobody waits for their videos', async () => {
		const { place, items } = setUp({ most: 1 });
		await Promise.all(range(3).map(async (item) => await place(item, { waits: 0 })));
		expect(items()).toEqual([0, 1, 2]);
	});

	it.each<[string, Partial<Placed>]>([
		['no place was free', {}],
		['the account was busy', { answer: busy(99) }],
	])('end at Max Wait, with nothing bought, when %s', async (_, order) => {
		const { place, clock, outcomes, items } = setUp({ most: order.answer ? 9 : 1 });
		await place(0);
		await place(1, { ...order, waits: 4 * MINUTE });
		expect(outcomes[1]).toEqual({ category: 'not_ordered', words: order.answer && 'busy' });
		expect(clock.elapsed()).toBe(4 * MINUTE);
		expect(items().filter((item) => item === 1).length).toBe(order.answer ? items().length - 1 : 0);
	});

	it('are not sent after Max Wait, even if there is a place', async () => {
		const { place, clock, items, outcomes, last } = setUp();
		await clock.sleep(MINUTE);
		await place(0, { waits: MINUTE });
		expect([items(), outcomes[0]]).toEqual([[], { category: 'not_ordered', words: undefined }]);
		await place(1);
		expect(last).toEqual([1]);
	});

	it.each([
		['a place', { most: 1 }, {}],
		['an account that is busy', {}, { answer: busy(99) }],
		['an upload', {}, { uploads: MINUTE }],
	])('waiting for %s are not sent after Stop', async (_, given, order) => {
		const { place, clock, stop, items, outcomes } = setUp(given);
		await place(0);
		void place(1, order);
		await clock.sleep(SECOND);
		stop.abort();
		await untilIdle();
		const before = items().length;
		expect(outcomes[1]).toMatchObject({ category: 'cancelled' });
		await clock.sleep(MINUTE);
		expect(items()).toHaveLength(before);
	});

	it('that hit the account’s limit are retried as soon as one of its videos has ended', async () => {
		const { place, orders, clock, sent } = setUp();
		await place(0);
		void place(1, { answer: busy(9) });
		await clock.sleep(5 * MINUTE);
		const before = sent.length;
		// More attempts than a request has without a video of ours: it is ours that take the place.
		expect(before).toBeGreaterThan(7);
		const moment = clock.elapsed();
		orders.hasEnded(0);
		await untilIdle();
		expect(sent.slice(before)).toEqual([{ item: 1, at: moment }]);
	});

	it.each([
		['the gateway said how long to wait', busy(9, 40 * SECOND)],
		[
			'it was no matter of rate',
			() => aMiss({ nothingBought: true }).about({ repeatable: 'not-bought' }),
		],
	])('are not retried early after that when %s', async (_, answer) => {
		const { place, orders, clock, sent } = setUp();
		await place(0);
		void place(1, { answer });
		await clock.sleep(SECOND);
		orders.hasEnded(0);
		await clock.sleep(MINUTE);
		expect(sent[2]?.at).toBeGreaterThanOrEqual(1.5 * SECOND);
	});
});

describe('orders of a turn that will park', () => {
	it('that are slow are left to the next turn 5 s after the first was accepted', async () => {
		const { place, outcomes, items, last } = setUp({ parks: true });
		await Promise.all(range(20).map(async (item) => await place(item, { ms: 3 * SECOND })));
		expect(items()).toEqual(range(15));
		expect(outcomes.slice(15)).toEqual(Array(5).fill({ at: START + 9 * SECOND }));
		expect(last).toEqual([]);
	});

	it('left over from an earlier turn are sent within 5 s of the turn, or later', async () => {
		const { place, clock, outcomes } = setUp({ parks: true, making: [7] });
		await place(0, { answer: busy(9, 20 * SECOND) });
		expect(outcomes[0]).toEqual({ at: START + 20 * SECOND });
		expect(clock.elapsed()).toBe(ORDERING_MS);
	});

	it('wait in the node while a kill could lose nothing', async () => {
		const { place, orders, outcomes } = setUp({ parks: true, making: [7] });
		orders.hasEnded(7);
		await place(0, { answer: busy(3, 20 * SECOND) });
		expect(outcomes[0]).toBe('video of 0');
	});

	it('wait for a place while the turn waits for a video, and are left when it no longer does', async () => {
		const { place, orders, clock, items, outcomes } = setUp({
			parks: true,
			making: [7, 8],
			most: 2,
		});
		void place(0);
		void place(1);
		orders.isParked(7);
		await clock.sleep(20 * SECOND);
		expect(outcomes).toEqual([]);
		orders.isParked(8);
		await untilIdle();
		expect([items(), outcomes]).toEqual([[], [{ at: undefined }, { at: undefined }]]);
	});

	it('that are left behind do not count as sent: another one is the last', async () => {
		const { place, last, outcomes } = setUp({ parks: true });
		await Promise.all([
			place(0),
			place(1, { answer: busy(9, MINUTE) }),
			place(2, { ms: 6 * SECOND }),
		]);
		await place(3, { waits: 0 });
		expect(outcomes[1]).toEqual({ at: START + MINUTE });
		expect(last).toEqual([2]);
	});
});

describe('a barrier', () => {
	it('holds until the last has arrived or left, and tells all whether anything is open', async () => {
		const barrier = new Barrier(4);
		const learnt: boolean[] = [];
		for (const item of [1, 0]) {
			void barrier.arrive(item, item === 1).then((open) => learnt.push(open));
		}
		barrier.leave(2);
		await untilIdle();
		expect(learnt).toEqual([]);
		barrier.leave(3);
		await untilIdle();
		expect(learnt).toEqual([true, true]);
		const closed = new Barrier(1);
		expect(await closed.arrive(0, false)).toBe(false);
	});
});
