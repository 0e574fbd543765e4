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

/** The entries as they stand in the node's context. */
class Entries {
	constructor(private readonly context: JsonRecord) {}

	keys(): string[] {
		return Object.keys(this.stored());
	}

	read(key: string): Entry | undefined {
		const stored = this.stored();
		return Object.hasOwn(stored, key) ? readEntry(stored[key]) : undefined;
	}

	write(key: string, entry: Entry): void {
		this.stored()[key] = entry;
	}

	remove(key: string): void {
		delete this.stored()[key];
	}

	/** Made anew where what stands there is no ledger. */
	private stored(): JsonRecord {
		const found = this.context[CONTEXT_KEY];
		if (isRecord(found) && isRecord(found.entries)) return found.entries;
		const entries: JsonRecord = {};
		this.context[CONTEXT_KEY] = { version: VERSION, entries };
		return entries;
	}
}

/**
 * Remembers what was bought in the node's execution context, which survives n8n's Retry On Fail and the editor's
 * Retry: the node then takes up what was bought instead of buying it again. It holds task IDs, characters and digests,
 * never a key or a prompt.
 */
export class Ledger {
	private readonly entries: Entries;

	/**
	 * @param context `this.getContext('node')`
	 * @param memory for what n8n has lost of the context; a tool's calls are wishes of their own, and have none
	 */
	constructor(
		context: JsonRecord,
		private readonly caller: Caller,
		private readonly memory?: Memory,
	) {
		this.entries = new Entries(context);
	}

	/** @param digest of the item's request, see `digestOf` */
	slot(itemIndex: number, digest: string): Slot {
		return new Slot(this.entries, this.caller, this.memory, itemIndex, digest);
	}

	/** What this execution has bought, by the keys that the memory is asked with. */
	purchases(): Array<[key: string, purchase: Purchase]> {
		return this.own().flatMap(([slot, entry]): Array<[string, Purchase]> => {
			const purchase = entry.refused ? undefined : purchaseIn(entry);
			return purchase ? [[memoryKey(slot, entry.digest), purchase]] : [];
		});
	}

	/** How many requests of this execution stand in the ledger. */
	get count(): number {
		return this.own().length;
	}

	private own(): Array<[key: string, entry: Entry]> {
		return this.entries.keys().flatMap((key): Array<[string, Entry]> => {
			const entry = this.entries.read(key);
			return entry?.executionId === this.caller.executionId ? [[key, entry]] : [];
		});
	}
}

/**
 * The place of one item's request: a run index and an item index. Within one execution the slot alone decides: reaching
 * it again can only be n8n's own retry. In another execution, which the user started, the request must be the same one
 * too, or made from the same. As a tool, the request alone decides, until its result was handed to the agent: the next
 * equal call is a wish of its own.
 */
export class Slot {
	private readonly key: string;

	constructor(
		private readonly entries: Entries,
		private readonly caller: Caller,
		private readonly memory: Memory | undefined,
		private readonly itemIndex: number,
		private readonly digest: string,
	) {
		const key = `${caller.runIndex}:${itemIndex}`;
		this.key = caller.isTool ? `tool:${key}:${digest}` : key;
	}

	/** Whether `find` would find something, which then is not bought. */
	get isTaken(): boolean {
		const { entry } = this.standing();
		return (entry && this.isTakenUp(entry)) === true || this.remembered() !== undefined;
	}

	/** @returns `undefined` where the request may be sent */
	find(): Found | undefined {
		return this.findEntry() ?? this.findLost();
	}

	/** The request is about to be sent: whatever ends the node now, n8n's own retry will not send it again. */
	begin(at: number): void {
		this.entries.write(this.key, { ...this.newEntry(), at });
	}

	/** The request was carried out. */
	complete(purchase: Purchase): void {
		this.entries.write(this.key, { ...this.newEntry(), ...purchase });
		this.memory?.remember(memoryKey(this.key, this.digest), purchase);
	}

	/** The request bought nothing for certain, or what it bought has failed: the next attempt may buy. */
	discard(): void {
		const sent = this.entries.read(this.key)?.digest ?? this.digest;
		this.entries.remove(this.key);
		this.memory?.forget(memoryKey(this.key, sent));
	}

	/** The task failed of its content: buying the same again in this execution would fail again. */
	refuse(): void {
		this.mark({ refused: true });
	}

	/** The item left the node. The entry stays: n8n may take the item for a failure and run the node again. */
	deliver(): void {
		this.mark({ delivered: true });
	}

	private mark(mark: Partial<Entry>): void {
		const entry = this.entries.read(this.key);
		if (entry) this.entries.write(this.key, { ...entry, ...mark });
	}

	private newEntry() {
		const { executionId, originOf } = this.caller;
		const origin = originOf?.(this.itemIndex);
		return { digest: this.digest, executionId, ...(origin !== undefined && { origin }) };
	}

	private remembered(): Purchase | undefined {
		return this.memory?.find(memoryKey(this.key, this.digest));
	}

	private findLost(): Found | undefined {
		const purchase = this.remembered();
		if (!purchase) return undefined;
		this.complete(purchase);
		return { purchase, changed: false };
	}

	private findEntry(): Found | undefined {
		const { key, entry } = this.standing();
		if (!entry) return undefined;
		if (!this.isTakenUp(entry)) {
			if (entry.digest === this.digest) this.entries.remove(key);
			return undefined;
		}
		const { executionId } = this.caller;
		if (entry.executionId !== executionId) {
			this.entries.remove(key);
			this.entries.write(this.key, { ...entry, executionId, delivered: undefined });
		}
		return { purchase: purchaseIn(entry), changed: entry.digest !== this.digest };
	}

	private isTakenUp(entry: Entry): boolean {
		if (entry.executionId === this.caller.executionId) return true;
		// The user looked at what happened, and runs it again: only what runs or was delivered is taken up.
		if (entry.refused || !purchaseIn(entry)) return false;
		return entry.digest === this.digest || this.isMadeFromTheSame(entry);
	}

	private isMadeFromTheSame({ origin }: Entry): boolean {
		return origin !== undefined && origin === this.caller.originOf?.(this.itemIndex);
	}

	/** What stands here; of a tool, where an equal call does: each try of a call has a run index of its own. */
	private standing(): { key: string; entry: Entry | undefined } {
		const { isTool, executionId } = this.caller;
		const isOpen = (key: string) => {
			const entry = this.entries.read(key);
			const isDone = entry?.delivered && entry.executionId === executionId;
			return entry?.digest === this.digest && !isDone;
		};
		const key = !isTool || isOpen(this.key) ? this.key : this.entries.keys().find(isOpen);
		return { key: key ?? this.key, entry: key === undefined ? undefined : this.entries.read(key) };
	}
}

const memoryKey = (slot: string, digest: string) => `${slot} ${digest}`;

function purchaseIn({ taskId, character, at }: Entry): Purchase | undefined {
	if (taskId !== undefined) return { taskId, at };
	return character && { character, at };
}
