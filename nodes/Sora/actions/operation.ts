import type { SoraFailure } from '../gateway/failures';
import type { Parameters } from './parameters';
import type { PaidRequest } from './purchase';
import type { Run } from './run';
import type { Performed } from './waiting';

/** What is to be done for an item, once all items are read. */
export interface Job {
	/** Where it buys. */
	request?: PaidRequest;
	/** Several items are under way at the same time. */
	perform(): Promise<Performed>;
}

export interface Operation {
	costsMoney?: true;
	/**
	 * Reads and judges the parameters of an item. Sends nothing: all items are prepared before the first one is paid for.
	 * @throws {SoraFailure} invalid_input
	 */
	prepare(run: Run, p: Parameters): Job | Promise<Job>;
	/**
	 * Made once a run. Adds what the user needs to know of a failure, once everything has ended: it may ask the gateway,
	 * and never throws.
	 */
	explainer?(run: Run): (failure: SoraFailure) => Promise<SoraFailure>;
}
