import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { Field, ItemParameters } from './fields';
import type { SoraFailure } from '../gateway/failures';
import type { Run } from './run';
import type { Performed } from './waiting';

/** One operation of the node: what the panel shows, and what is done for an item. */
interface Definition<Fields extends readonly Field[], Prepared> {
	/** Its entry in the Operation list; `value` is saved in workflows. */
	option: INodePropertyOptions & { value: string; action: string };
	/** Its fields, without the rules of resource and operation: those are added where it is listed. */
	fields: Fields;
	/**
	 * Reads and judges the parameters of an item. Sends nothing: all items are prepared before the first
	 * one is paid for.
	 * @throws {SoraFailure} invalid_input
	 */
	prepare(run: Run, parameters: ItemParameters<Fields>): Prepared | Promise<Prepared>;
	/**
	 * Plans the purchases of all items, before the first of them is done. An operation has it where it buys.
	 * @throws {SoraFailure} which the node then fails with
	 */
	plan?(run: Run, prepared: ReadonlyArray<{ itemIndex: number; value: Prepared }>): Promise<void>;
	/** Does the work for one item; several items are under way at the same time. */
	perform(run: Run, prepared: Prepared, itemIndex: number): Promise<Performed>;
	/**
	 * Adds what the user needs to know of a failure, once everything has ended: it may ask the gateway, and never throws.
	 */
	explain?(run: Run, failure: SoraFailure): Promise<SoraFailure>;
}

export type Operation = Omit<Definition<readonly Field[], unknown>, 'fields'> & {
	fields: INodeProperties[];
};

/**
 * Keeps the types of the fields, for what is read by them, and of what `prepare` hands to `perform`, where an operation
 * is written down.
 */
export const operation = <const Fields extends readonly Field[], Prepared>(
	definition: Definition<Fields, Prepared>,
) => definition as unknown as Operation;

export interface Resource {
	name: string;
	value: string;
	operations: readonly Operation[];
}
