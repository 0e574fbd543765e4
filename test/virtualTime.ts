/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- watches the event loop, never inside n8n */
import { getEventListeners } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';

import type { GatewayClock } from './simulator/clock';
import { seededRandom } from './simulator/random';
import { VirtualClock, type Sleeper } from './unit/virtualClock';
import { Wire } from './wire';

/** Turns of the event loop without an event after which everything is idle. */
const CALM_TURNS = 5;
/** Turns after which other work gets time by a timer; usually it is done before. */
const BUSY_TURNS = 20;
/** Idle rounds before giving up; each takes at least as long as a timer: some ten seconds in all. */
const PATIENCE = 1_000;
const VAIN_ROUND_MS = 10;

/** Socket and thread pool events that this process has handled. */
const events = () => performance.nodeTiming.uvMetricsInfo.events;

/** Files and names are looked up in other threads; the event loop hears of it when they are done. */
const isReading = () =>
	process.getActiveResourcesInfo().some((name) => /^(?:FSReq|CloseReq|GetAddrInfoReq)/.test(name));

/** Whether anything runs on a timer, apart from the test itself, whose time-out is Jest's. */
const hasTimers = () =>
	process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length > 1;

const THREADS = '/proc/self/task';
const hasThreads = existsSync(THREADS);

/** Whether a thread of this process is working; one that is just ending counts as working. */
function isAtWork(thread: string): boolean {
	try {
		const stat = readFileSync(`${THREADS}/${thread}/stat`, 'latin1');
		return stat.charAt(stat.lastIndexOf(')') + 2) !== 'S';
	} catch {
		return true;
	}
}

/** Work that the event loop cannot see, mainly decompression: other threads, if the system reports them. */
const isThreadBusy = () =>
	hasThreads &&
	readdirSync(THREADS).some((thread) => Number(thread) !== process.pid && isAtWork(thread));

interface Onlooker {
	holds: () => boolean;
	resolve: () => void;
	reject: (reason: Error) => void;
}

/**
 * The time shared by a stand-in gateway and the node in one process. It stands still while anything is going on,
 * including sockets and files, and otherwise jumps to the earliest wake-up: computing and sending take no time, however
 * slow the machine.
 * Waits in real time are only noticed if they are short: a timer of a millisecond ends before time jumps.
 */
export class VirtualTime extends VirtualClock implements GatewayClock {
	private readonly wire = new Wire();
	private readonly onlookers = new Set<Onlooker>();
	private vainRounds = 0;

	/** @param patience idle rounds after which an awaited event cannot happen any more */
	constructor(
		random = seededRandom(1),
		private readonly patience = PATIENCE,
	) {
		super(random, Date.now());
	}

	/** Stops observing. */
	close(): void {
		this.wire.close();
	}

	/** Moves time forward; whoever waits for a time now past wakes up. */
	advance(seconds: number): void {
		this.time += seconds * 1000;
		const due = [...this.sleepers].filter(({ at }) => at <= this.time);
		for (const sleeper of due.sort((a, b) => a.at - b.at)) this.wake(sleeper);
	}

	/** Resolves true at a moment, false when the signal ends the wait before. */
	async until(at: number, signal: AbortSignal): Promise<boolean> {
		if (at > this.time) await this.sleep(at - this.time, signal).catch(() => undefined);
		return !signal.aborted;
	}

	/**
	 * Resolves as soon as the condition holds and everything is idle; time does not jump before.
	 * @throws if nothing happens any more that could make it hold
	 */
	async when(holds: () => boolean): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			this.onlookers.add({ holds, resolve, reject });
			void this.drive();
		});
	}

	/** Waits for work that must end by itself. @throws what it throws, or that it can no longer end */
	async ending<T>(work: Promise<T>): Promise<T> {
		let isOver = false;
		const over = () => (isOver = true);
		work.then(over, over);
		await this.when(() => isOver);
		return await work;
	}

	/** Replaces `AbortSignal.timeout`. As there, a limit that nobody listens to does not hold time. */
	timeout(ms: number): AbortSignal {
		const controller = new AbortController();
		const limit: Limit = {
			at: this.time + ms,
			wake: () => controller.abort(new DOMException('Virtual time is up', 'TimeoutError')),
			signal: controller.signal,
		};
		this.add(limit);
		return controller.signal;
	}

	protected override isAwaited(): boolean {
		return super.isAwaited() || this.onlookers.size > 0;
	}

	protected override async settled(): Promise<void> {
		if (this.vainRounds > 0) await setTimeout(VAIN_ROUND_MS);
		let busy = 0;
		for (let calm = 0; calm < CALM_TURNS; ) {
			const before = events();
			const isHalf = calm === (CALM_TURNS - 1) / 2;
			const rests = busy > BUSY_TURNS || (isHalf && hasTimers());
			await (rests ? setTimeout(1) : setImmediate());
			// The end of a thread's work appears as an event in one of the next turns.
			const isBusy = isReading() || this.wire.isBusy() || (isHalf && isThreadBusy());
			busy = isBusy ? busy + 1 : 0;
			calm = events() === before && !isBusy ? calm + 1 : 0;
		}
	}

	protected override wakeNext(): void {
		for (const limit of [...this.sleepers].filter(isForgotten)) this.sleepers.delete(limit);
		const content = [...this.onlookers].filter(({ holds }) => holds());
		if (content.length > 0) {
			this.vainRounds = 0;
			for (const onlooker of content) {
				this.onlookers.delete(onlooker);
				onlooker.resolve();
			}
			return;
		}
		const due = this.nextDue();
		if (due.length > 0) {
			this.vainRounds = 0;
			for (const sleeper of due) this.wake(sleeper);
			return;
		}
		if (++this.vainRounds < this.patience) return;
		this.vainRounds = 0;
		for (const { reject } of this.onlookers) {
			reject(new Error('Waited in vain: nothing is going on, and nobody sleeps who could wake'));
		}
		this.onlookers.clear();
	}
}

interface Limit extends Sleeper {
	signal: AbortSignal;
}

const isForgotten = (sleeper: Sleeper) =>
	'signal' in sleeper && getEventListeners((sleeper as Limit).signal, 'abort').length === 0;
