import type { Clock } from './clock';

/** Ends a sleep. Created once: without a reason, every abort builds an exception with a stack trace. */
const WOKEN = new Error('woken');

/** Sleeps that an event can end early. */
export class Changes {
	/** What ends each sleep, and when it ends by itself. */
	private readonly sleepers = new Map<() => void, number>();

	constructor(private readonly clock: Clock) {}

	/** Resolves at a time, or at the next change. */
	async before(moment: number): Promise<void> {
		const waking = new AbortController();
		await new Promise<void>((resolve) => {
			this.sleepers.set(resolve, moment);
			const slept = this.clock.sleep(Math.max(0, moment - this.clock.now()), waking.signal);
			void slept.then(resolve, resolve).finally(() => this.sleepers.delete(resolve));
		});
		waking.abort(WOKEN);
	}

	/** @param from when the change matters: whoever is awake by then sleeps on */
	announce(from = -Infinity): void {
		for (const [wake, moment] of this.sleepers) if (from < moment) wake();
	}
}
