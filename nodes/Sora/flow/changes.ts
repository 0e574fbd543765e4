import type { Clock } from './clock';

/** Ends a sleep. Created once: without a reason, every abort builds an exception with a stack trace. */
const WOKEN = new Error('woken');

/** Sleeps that an event can end early. */
export class Changes {
	private readonly sleepers = new Set<() => void>();

	constructor(private readonly clock: Clock) {}

	/** Resolves at a time, or at the next change. */
	async before(moment: number): Promise<void> {
		const waking = new AbortController();
		await new Promise<void>((resolve) => {
			this.sleepers.add(resolve);
			const slept = this.clock.sleep(Math.max(0, moment - this.clock.now()), waking.signal);
			void slept.then(resolve, resolve).finally(() => this.sleepers.delete(resolve));
		});
		waking.abort(WOKEN);
	}

	announce(): void {
		for (const wake of this.sleepers) wake();
	}
}
