import type { Clock } from '../../nodes/Sora/flow/clock';
import { seededRandom } from '../simulator/random';

/** The start of virtual time. */
export const START = 1_800_000_000_000;

/** Longer than any chain of promises between two sleeps of the code under test. */
const TURNS_UNTIL_IDLE = 40;

/** Lets everything run that can run without time passing. */
export async function untilIdle(): Promise<void> {
	for (let turn = 0; turn < TURNS_UNTIL_IDLE; turn++) await undefined;
}

/** Somebody who waits for a moment. */
export interface Sleeper {
	at: number;
	wake: () => void;
}

/** Time that passes only when everybody sleeps: it then jumps to the earliest wake-up. */
export class VirtualClock implements Clock {
	/** The requested duration of every sleep, in call order. */
	readonly sleeps: number[] = [];
	protected readonly sleepers = new Set<Sleeper>();
	private driving = false;

	constructor(
		readonly random: () => number = seededRandom(1),
		protected time = START,
	) {}

	now(): number {
		return this.time;
	}

	/** Milliseconds since the start of virtual time. */
	elapsed(): number {
		return this.time - START;
	}

	async sleep(ms: number, signal?: AbortSignal): Promise<void> {
		signal?.throwIfAborted();
		this.sleeps.push(ms);
		await new Promise<void>((resolve, reject) => {
			const sleeper: Sleeper = {
				at: this.time + Math.max(0, ms),
				wake: () => {
					signal?.removeEventListener('abort', disturbed);
					resolve();
				},
			};
			const disturbed = () => {
				this.sleepers.delete(sleeper);
				reject(signal?.reason as Error);
			};
			signal?.addEventListener('abort', disturbed, { once: true });
			this.add(sleeper);
		});
	}

	protected add(sleeper: Sleeper): void {
		if (sleeper.at === Number.POSITIVE_INFINITY) return;
		this.sleepers.add(sleeper);
		void this.drive();
	}

	/** Resolves when nothing more happens unless somebody wakes. */
	protected async settled(): Promise<void> {
		await untilIdle();
	}

	/** Moves to the earliest wake-up. @returns who wakes then, in the order in which they fell asleep */
	protected nextDue(): Sleeper[] {
		let next = Number.POSITIVE_INFINITY;
		for (const { at } of this.sleepers) next = Math.min(next, at);
		if (this.sleepers.size > 0) this.time = Math.max(this.time, next);
		return [...this.sleepers].filter(({ at }) => at === next);
	}

	protected wakeNext(): void {
		const [next] = this.nextDue();
		if (next) this.wake(next);
	}

	protected wake(sleeper: Sleeper): void {
		if (this.sleepers.delete(sleeper)) sleeper.wake();
	}

	/** Whether anybody waits for this clock. */
	protected isAwaited(): boolean {
		return this.sleepers.size > 0;
	}

	protected async drive(): Promise<void> {
		if (this.driving) return;
		this.driving = true;
		while (this.isAwaited()) {
			await this.settled();
			this.wakeNext();
		}
		this.driving = false;
	}
}
