import { createHash } from 'node:crypto';

import { isRecord, type JsonRecord } from '../gateway/contract';

/** What a request has brought about: a running task, or a character as the node puts it out. */
export type Bought =
	| { taskId: string; character?: undefined }
	| { taskId?: undefined; character: JsonRecord };

/** What was bought, and when: milliseconds since the epoch. */
export type Purchase = Bought & { at: number };

/**
 * One paid request. It is written down before it is sent, without what it brought about; where that never follows,
 * nobody knows whether it was carried out.
 */
interface Entry {
	/** Of the request, see `digestOf`. */
	digest: string;
	/** Of what the request was made from, see `Caller`. */
	origin?: string;
	/** The execution that wrote or took up the entry last. */
	executionId: string;
	taskId?: string;
	character?: JsonRecord;
	/** When the request was sent or accepted, milliseconds since the epoch. */
	at: number;
	/** The gateway refused the task's content: the same would be refused again. */
	refused?: true;
	/** The item was handed to whoever asked for it. */
	delivered?: true | undefined;
}

const CONTEXT_KEY = 'soraLedger';

/** Written into the context, so that a later version of the package can tell what it reads. */
const VERSION = 2;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** What stands in a context may be older, newer, or not ours at all: only what is certain is read. */
function readEntry(found: unknown): Entry | undefined {
	if (!isRecord(found) || !isText(found.digest)) return undefined;
	const { digest, origin, taskId, character, at } = found;
	return {
		digest,
		...(isText(origin) && { origin }),
		executionId: isText(found.executionId) ? found.executionId : '',
		...(isText(taskId) && { taskId }),
		...(!isText(taskId) && isRecord(character) && { character }),
		at: typeof at === 'number' && Number.isFinite(at) ? at : 0,
		...(found.refused === true && { refused: true }),
		...(found.delivered === true && { delivered: true }),
	};
}

/** What a purchase is told apart by: another prompt or another gateway is another purchase. */
export function digestOf(address: string, body: JsonRecord): string {
	return createHash('sha256')
		.update(JSON.stringify([address, body]))
		.digest('hex')
		.slice(0, 32);
}

/** What stands in the ledger for a request that is about to be sent. */
export interface Found {
	/** `undefined` where nobody knows whether the request was carried out. */
	purchase: Purchase | undefined;
	/** The request that stands there is another one: an expression gave another value this time. */
	changed: boolean;
}

interface Caller {
	/** Each turn of a loop buys for itself. */
	runIndex: number;
	/** Tells n8n's own retry from one that the user starts. */
	executionId: string;
	/**
	 * A digest of what an item's request is made from: the gateway, the node's parameters as they stand in the workflow,
	 * and the item. Where it is the same and the request is not, an expression gives another value each time.
	 */
	originOf?: (itemIndex: number) => string | undefined;
	/** An agent calls the node: any number of times, each with a run index of its own, also when n8n retries a call. */
	isTool: boolean;
}

/** What this process remembers besides, of this node. */
export interface Memory {
	find(key: string): Purchase | undefined;
	remember(key: string, purchase: Purchase): void;
	forget(key: string): void;
}

/**
 * Remembers what was bought in the node's execution context, which survives n8n's Retry On Fail and the editor's
 * Retry: the node then takes up what was bought instead of buying it again. It holds task IDs, characters and digests,
 * never a key or a prompt.
 *
 * A *slot* is a run index and an item index. Within one execution the slot alone decides: reaching it again can only
 * be n8n's own retry. In another execution, which the user started, the request must be the same one too, or made from the
 * same. As a tool, the request alone decides, until its result was handed to the agent: the next equal call is a wish of its own.
 */
export class Ledger {
	/**
	 * @param context `this.getContext('node')`
	 * @param memory for what n8n has lost of the context; a tool's calls are wishes of their own, and have none
	 */
	constructor(
		private readonly context: JsonRecord,
		private readonly caller: Caller,
		private readonly memory?: Memory,
	) {}

	/** @returns `undefined` where the request may be sent */
	find(itemIndex: number, digest: string): Found | undefined {
		return this.findEntry(itemIndex, digest) ?? this.findLost(itemIndex, digest);
	}

	private findLost(itemIndex: number, digest: string): Found | undefined {
		const purchase = this.memory?.find(this.memoryKey(itemIndex, digest));
		if (!purchase) return undefined;
		this.complete(itemIndex, digest, purchase);
		return { purchase, changed: false };
	}

	private memoryKey(itemIndex: number, digest: string): string {
		return `${this.slot(itemIndex, digest)} ${digest}`;
	}

	private findEntry(itemIndex: number, digest: string): Found | undefined {
		const key = this.keyFor(itemIndex, digest);
		const entry = key === undefined ? undefined : this.entry(key);
		if (key === undefined || !entry) return undefined;
		if (!this.isTakenUp(entry, itemIndex, digest)) {
			if (entry.digest === digest) this.remove(key);
			return undefined;
		}
		const { executionId } = this.caller;
		if (entry.executionId !== executionId) {
			this.remove(key);
			this.write(this.slot(itemIndex, digest), { ...entry, executionId, delivered: undefined });
		}
		const { taskId, character, at } = entry;
		const changed = entry.digest !== digest;
		if (taskId !== undefined) return { purchase: { taskId, at }, changed };
		return { purchase: character && { character, at }, changed };
	}

	/** Whether `find` would find something, which then is not bought. */
	has(itemIndex: number, digest: string): boolean {
		const key = this.keyFor(itemIndex, digest);
		const entry = key === undefined ? undefined : this.entry(key);
		if (entry !== undefined && this.isTakenUp(entry, itemIndex, digest)) return true;
		return this.memory?.find(this.memoryKey(itemIndex, digest)) !== undefined;
	}

	/** What this execution has bought, by the keys that the memory is asked with. */
	purchases(): Array<[key: string, purchase: Purchase]> {
		return Object.keys(this.entries()).flatMap((slot): Array<[string, Purchase]> => {
			const entry = this.entry(slot);
			if (!entry || entry.executionId !== this.caller.executionId || entry.refused) return [];
			const { digest, taskId, character, at } = entry;
			const key = `${slot} ${digest}`;
			if (taskId !== undefined) return [[key, { taskId, at }]];
			return character ? [[key, { character, at }]] : [];
		});
	}

	/** How many requests of this execution stand in the ledger. */
	get count(): number {
		return Object.keys(this.entries()).filter(
			(key) => this.entry(key)?.executionId === this.caller.executionId,
		).length;
	}

	private keyFor(itemIndex: number, digest: string): string | undefined {
		const { isTool } = this.caller;
		return isTool ? this.keyOfEqualCall(itemIndex, digest) : this.slot(itemIndex, digest);
	}

	private isTakenUp(entry: Entry, itemIndex: number, digest: string): boolean {
		if (entry.executionId === this.caller.executionId) return true;
		// The user looked at what happened, and runs it again: only what runs or was delivered is taken up.
		if (entry.refused || !hasOutcome(entry)) return false;
		return entry.digest === digest || this.isMadeFromTheSame(entry, itemIndex);
	}

	private isMadeFromTheSame({ origin }: Entry, itemIndex: number): boolean {
		return origin !== undefined && origin === this.caller.originOf?.(itemIndex);
	}

	/** A request is about to be sent: whatever ends the node now, n8n's own retry will not send it again. */
	begin(itemIndex: number, digest: string, at: number): void {
		this.write(this.slot(itemIndex, digest), { ...this.newEntry(itemIndex, digest), at });
	}

	/** The request was carried out. */
	complete(itemIndex: number, digest: string, purchase: Purchase): void {
		this.write(this.slot(itemIndex, digest), { ...this.newEntry(itemIndex, digest), ...purchase });
		this.memory?.remember(this.memoryKey(itemIndex, digest), purchase);
	}

	private newEntry(itemIndex: number, digest: string) {
		const { executionId, originOf } = this.caller;
		const origin = originOf?.(itemIndex);
		return { digest, executionId, ...(origin !== undefined && { origin }) };
	}

	/** The request bought nothing for certain, or what it bought has failed: the next attempt may buy. */
	discard(itemIndex: number, digest: string): void {
		const key = this.slot(itemIndex, digest);
		const sent = this.entry(key)?.digest ?? digest;
		this.remove(key);
		this.memory?.forget(this.memoryKey(itemIndex, sent));
	}

	/** The task failed of its content: buying the same again in this execution would fail again. */
	refuse(itemIndex: number, digest: string): void {
		this.mark(itemIndex, digest, { refused: true });
	}

	/** The item left the node. The entry stays: n8n may take the item for a failure and run the node again. */
	deliver(itemIndex: number, digest: string): void {
		this.mark(itemIndex, digest, { delivered: true });
	}

	private mark(itemIndex: number, digest: string, mark: Partial<Entry>): void {
		const key = this.slot(itemIndex, digest);
		const entry = this.entry(key);
		if (entry) this.write(key, { ...entry, ...mark });
	}

	private slot(itemIndex: number, digest: string): string {
		const slot = `${this.caller.runIndex}:${itemIndex}`;
		return this.caller.isTool ? `tool:${slot}:${digest}` : slot;
	}

	/** Each try of a tool's call has a run index of its own. */
	private keyOfEqualCall(itemIndex: number, digest: string): string | undefined {
		const own = this.slot(itemIndex, digest);
		const isOpen = (key: string) => {
			const entry = this.entry(key);
			const isDone = entry?.delivered && entry.executionId === this.caller.executionId;
			return entry?.digest === digest && !isDone;
		};
		return isOpen(own) ? own : Object.keys(this.entries()).find(isOpen);
	}

	/** Of the context, made anew where what stands there is no ledger. */
	private entries(): JsonRecord {
		const found = this.context[CONTEXT_KEY];
		if (isRecord(found) && isRecord(found.entries)) return found.entries;
		const entries: JsonRecord = {};
		this.context[CONTEXT_KEY] = { version: VERSION, entries };
		return entries;
	}

	private entry(key: string): Entry | undefined {
		const entries = this.entries();
		return Object.hasOwn(entries, key) ? readEntry(entries[key]) : undefined;
	}

	private write(key: string, entry: Entry): void {
		this.entries()[key] = entry;
	}

	private remove(key: string): void {
		delete this.entries()[key];
	}
}

const hasOutcome = ({ taskId, character }: Entry) =>
	taskId !== undefined || character !== undefined;
