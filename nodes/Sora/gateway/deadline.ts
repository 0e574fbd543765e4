/** Ends of requests: on the wall clock, since n8n's own time-out counts idle time only. */

/**
 * A signal that ends with others, after a time, or when it is told to. It must be told to in the end, or the others
 * hold on to it.
 */
export class Ending {
	private readonly controller = new AbortController();
	private readonly limit: AbortSignal;
	private readonly others: AbortSignal[];
	private late = false;

	/** @param afterMs of real time */
	constructor(afterMs: number, ...others: Array<AbortSignal | undefined>) {
		this.limit = AbortSignal.timeout(afterMs);
		this.limit.addEventListener('abort', this.endLate, { once: true });
		this.others = others.filter((other) => other !== undefined);
		for (const other of this.others) {
			if (other.aborted) this.end();
			else other.addEventListener('abort', this.end, { once: true });
		}
	}

	get signal(): AbortSignal {
		return this.controller.signal;
	}

	/** Time was up, before anything else ended it. */
	get isLate(): boolean {
		return this.late;
	}

	/** From here on it takes the time that it needs. */
	dropLimit(): void {
		this.limit.removeEventListener('abort', this.endLate);
	}

	readonly end = (): void => {
		this.dropLimit();
		for (const other of this.others) other.removeEventListener('abort', this.end);
		this.controller.abort();
	};

	private readonly endLate = (): void => {
		this.late = !this.signal.aborted;
		this.end();
	};
}

/** Resolves after a time, or when the signal ends. */
export async function elapsed(ms: number, signal?: AbortSignal): Promise<void> {
	if (signal?.aborted) return;
	await new Promise<void>((resolve) => {
		const limit = AbortSignal.timeout(ms);
		const done = () => {
			limit.removeEventListener('abort', done);
			signal?.removeEventListener('abort', done);
			resolve();
		};
		limit.addEventListener('abort', done, { once: true });
		signal?.addEventListener('abort', done, { once: true });
	});
}
