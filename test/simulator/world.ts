import type { Books } from './books';
import type { GatewayClock } from './clock';
import type { Scenario, Times } from './scenario';
import type { Random } from './random';
import type { Recorder } from './recorder';

/** Everything the routes share. */
export interface World {
	readonly clock: GatewayClock;
	readonly random: Random;
	readonly books: Books;
	readonly recorder: Recorder;
	readonly counters: Counters;
	/** The key that works, and a second one with tasks and money of its own. */
	readonly apiKey: string;
	readonly otherApiKey: string;
	/** The three origins; empty until the servers listen. */
	readonly urls: { gateway: string; files: string; elsewhere: string };
	/** The scenario of the run. */
	scenario: Scenario;
	/** Ends with the run: at a reset, and when the simulator closes. */
	run: AbortController;
	set(changes: Partial<Scenario>): void;
	reset(): void;
	/** The tail that the gateway appends to its error messages. */
	requestId(): string;
}

/** How often each fault has struck, so that `:n` strikes n times. */
export class Counters {
	private readonly struck = new Map<string, number>();

	/** The fault if it is to strike, without counting it. */
	due<Name extends string>(counter: string, spec: Times<Name> | undefined): Name | undefined {
		const [name, times = Infinity] = (spec?.split(':') ?? []) as [Name?, string?];
		return (this.struck.get(counter) ?? 0) < Number(times) ? name : undefined;
	}

	/** Counts one strike. */
	strike(counter: string): void {
		this.struck.set(counter, (this.struck.get(counter) ?? 0) + 1);
	}

	/** Starts a counter over, or all of them. */
	restart(counter?: string): void {
		if (counter === undefined) this.struck.clear();
		else this.struck.delete(counter);
	}
}
