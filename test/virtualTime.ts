/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- watches the event loop, never inside n8n */
import { getEventListeners } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';

import type { GatewayClock } from './simulator/clock';
import { seededRandom } from './simulator/random';
import { VirtualClock, type Sleeper } from './unit/virtualClock';
import { Wire } from './wire';

/** Turns of the event loop without an event after which nothing is going on. */
const CALM_TURNS = 5;
/** Turns after which whatever else is busy is given time by a timer: mostly it is done before. */
const BUSY_TURNS = 20;
/** Rounds of calm in vain, which take so long each at least: some ten seconds in all. */
const PATIENCE = 1_000;
const VAIN_ROUND_MS = 10;

/** Events of sockets and of the thread pool that this process has dealt with. */
const events = () => performance.nodeTiming.uvMetricsInfo.events;

/** Files and names are looked up in other threads, of which the event loop hears when they are done. */
const isReading = () =>
	process.getActiveResourcesInfo().some((name) => /^(?:FSReq|CloseReq|GetAddrInfoReq)/.test(name));

/** Whether anything but the test itself, whose time Jest takes, runs against a timer. */
const hasTimers = () =>
	process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length > 1;

const THREADS = '/proc/self/task';
const hasThreads = existsSync(THREADS);

/** Whether a thread of this process has work; one that is just ending counts as if it had. */
function isAtWork(thread: string): boolean {
	try {
		const stat = readFileSync(`${THREADS}/${thread}/stat`, 'latin1');
		return stat.charAt(stat.lastIndexOf(')') + 2) !== 'S';
	} catch {
		return true;
	}
}

/** What the event loop does not know of, unpacking above all: work in other threads, where the system tells of it. */
const isThreadBusy = () =>
	hasThreads &&
	readdirSync(THREADS).some((thread) => Number(thread) !== process.pid && isAtWork(thread));

interface Onlooker {
	holds: () => boolean;
	resolve: () => void;
	reject: (reason: Error) => void;
}

/**
 * The time that a stand-in gateway and the node share in one process. It stands still while anything is going on, on
 * sockets and in files too, and jumps to the first moment that somebody sleeps for when nothing is: what is computed and
 * sent takes none of it, however slow the machine.
 *
 * Waits in real time are seen only where they are short: a timer of a millisecond ends before time jumps.
 */
export class VirtualTime extends VirtualClock implements GatewayClock {
	private readonly wire = new Wire();
	private readonly onlookers = new Set<Onlooker>();
	private vainRounds = 0;

	/** @param patience rounds of calm after which what is waited for cannot come any more */
	constructor(
		random = seededRandom(1),
		private readonly patience = PATIENCE,
	) {
		super(random, Date.now());
	}

	/** It sees nothing of what goes on any more. */
	close(): void {
		this.wire.close();
	}

	/** Moves time forward at once; whoever waits for a moment now past wakes up. */
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
	 * Resolves as soon as something holds and nothing more happens at that moment; time does not jump before.
	 * @throws where nothing happens any more that could make it hold
	 */
	async when(holds: () => boolean): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			this.onlookers.add({ holds, resolve, reject });
			void this.drive();
		});
	}

	/** Waits for what must come to its end by itself. @throws what it throws, or that it cannot end any more */
	async ending<T>(work: Promise<T>): Promise<T> {
		let isOver = false;
		const over = () => (isOver = true);
		work.then(over, over);
		await this.when(() => isOver);
		return await work;
	}

	/** In the place of `AbortSignal.timeout`. As there, a limit that nobody listens to holds nothing up. */
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
			// What a thread has just finished shows as an event in one of the turns that follow.
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
