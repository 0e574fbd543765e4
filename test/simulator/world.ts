import type { Books } from './books';
import type { GatewayClock } from './clock';
import type { Scenario, Times } from './scenario';
import type { Random } from './random';
import type { Recorder } from './recorder';

/** Shared by all routes. */
export interface World {
	readonly clock: GatewayClock;
	readonly random: Random;
	readonly books: Books;
	readonly recorder: Recorder;
	readonly counters: Counters;
	/** The valid key, and a second one with its own tasks and money. */
	readonly apiKey: string;
	readonly otherApiKey: string;
	/** The three origins; empty until the servers listen. */
	readonly urls: { gateway: string; files: string; elsewhere: string };
	scenario: Scenario;
	/** Aborts at a reset, and when the simulator closes. */
	run: AbortController;
	set(changes: Partial<Scenario>): void;
	reset(): void;
	/** The end of the gateway's error messages. */
	requestId(): string;
}

/** How often each fault has struck, for faults limited to `:n`. */
export class Counters {
	private readonly struck = new Map<string, number>();

	/** The fault if it is due, without counting it. */
	due<Name extends string>(counter: string, spec: Times<Name> | undefined): Name | undefined {
		const [name, times = Infinity] = (spec?.split(':') ?? []) as [Name?, string?];
		return (this.struck.get(counter) ?? 0) < Number(times) ? name : undefined;
	}

	/** Counts one strike. */
	strike(counter: string): void {
		this.struck.set(counter, (this.struck.get(counter) ?? 0) + 1);
	}

	/** Resets a counter, or all of them. */
	restart(counter?: string): void {
		if (counter === undefined) this.struck.clear();
		else this.struck.delete(counter);
	}
}
