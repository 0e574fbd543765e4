import { createHash } from 'node:crypto';

import { isRecord, type JsonRecord } from '../gateway/contract';

/** What a request has bought: a task, a character as the node returns it, or a video that came without a task ID. */
export type Bought =
	| { taskId: string; character?: undefined; videoUrl?: undefined }
	| { taskId?: undefined; character: JsonRecord; videoUrl?: undefined }
	| { taskId?: undefined; character?: undefined; videoUrl: string };

/** What was bought, and when: milliseconds since the epoch. */
export type Purchase = Bought & { at: number };

/** What is known of a purchase that nobody can be certain of, or that came to nothing. Holds no key. */
export interface Said {
	detail?: string;
	/** The gateway's own words. */
	words?: string;
}

/** What became of a purchase. */
interface Marks {
	/** Another execution, or an earlier test in the editor, had bought it. */
	pickedUp?: boolean;
	/** An earlier test in the editor had. */
	reused?: boolean;
	/** The task failed because of its content: the same would be refused again. */
	refused?: boolean;
	/** The task came to nothing: the next try may buy. Kept because it was paid for, and counts. */
	failed?: boolean;
	/** The item was returned. The entry stays: n8n may take the item for a failure and run the node again. */
	delivered?: boolean;
	said?: Said;
}

/**
 * One paid request. It is written before it is sent, without what it bought. Where that is never added, nobody knows
 * whether the request was carried out.
 */
export interface Entry extends Marks {
	/** Of the request, see `digestOf`. */
	digest: string;
	/** Of what the request was made from, see `Caller`. */
	origin?: string;
	/** The execution that bought it, or picked it up last. */
	executionId: string;
	bought?: Bought;
	/** When the request was sent or accepted, milliseconds since the epoch. */
	at: number;
}

const CONTEXT_KEY = 'soraLedger';

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** The context may hold the ledger of another version, or something else: only what is certain is read. */
function readEntry(found: unknown): Entry | undefined {
	if (!isRecord(found) || !isText(found.digest)) return undefined;
	const { bought, at } = found;
	const isBought =
		isRecord(bought) &&
		(isText(bought.taskId) || isRecord(bought.character) || isText(bought.videoUrl));
	const certain = { bought: isBought ? bought : undefined, at: Number(at) || 0 };
	return { ...(found as unknown as Entry), ...(certain as Pick<Entry, 'bought' | 'at'>) };
}

/** Identifies a purchase: another prompt or another gateway is another purchase. */
export function digestOf(address: string, body: JsonRecord): string {
	return createHash('sha256')
		.update(JSON.stringify([address, body]))
		.digest('hex')
		.slice(0, 32);
}

/** What an earlier try bought. */
export interface Found {
	/** `undefined` where nobody knows whether the request was carried out. */
	purchase: Purchase | undefined;
	/** It was bought with another request: an expression gave another value this time. */
	changed: boolean;
	/** By an earlier test in the editor. */
	reused: boolean;
	said?: Said;
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

/** An entry that n8n may have lost. */
interface Lost {
	slot: string;
	entry: Entry;
	/** It is bought no more than once: who picks it up takes it away. */
	remove(): void;
}

/** A second copy of the ledger, which n8n cannot lose. */
export interface LedgerCopy {
	readonly lost: readonly Lost[];
	readonly entries: Map<string, Entry>;
	/** The execution was stopped: n8n will have kept nothing for its retry. */
	stop(): void;
}

/**
 * Remembers what was bought in the node's execution context, which survives n8n's Retry On Fail and the editor's
 * Retry: the node then picks up what was bought instead of buying it again. It holds task IDs, characters, digests and
 * the gateway's words, never a key or a prompt.
 */
export class Ledger {
	/** What n8n has lost of other executions. */
	readonly lost: Lost[];
	private readonly stored: JsonRecord & { entries: JsonRecord };

	/**
	 * @param context `this.getContext('node')`
	 * @param copy for what n8n has lost of the context; a tool has none, since each of its calls is a purchase of its own
	 */
	constructor(
		context: JsonRecord,
		readonly caller: Caller,
		private readonly copy?: LedgerCopy,
	) {
		const found = context[CONTEXT_KEY];
		const isLedger = isRecord(found) && isRecord(found.entries);
		this.stored = isLedger ? (found as typeof this.stored) : { entries: {} };
		context[CONTEXT_KEY] = this.stored;
		const { executionId } = caller;
		const isOwn = ({ entry }: Lost) => entry.executionId === executionId;
		const lost = copy?.lost ?? [];
		this.lost = lost.filter((each) => !isOwn(each) && !each.entry.failed);
		for (const { slot, entry } of lost.filter(isOwn)) {
			const known = this.read(slot);
			if (known?.executionId !== executionId || known.at <= entry.at) this.write(slot, entry);
		}
	}

	/** @param digest of the item's request, see `digestOf` */
	slot(itemIndex: number, digest: string): Slot {
		return new Slot(this, itemIndex, digest);
	}

	read(key: string): Entry | undefined {
		const { entries } = this.stored;
		return Object.hasOwn(entries, key) ? readEntry(entries[key]) : undefined;
	}

	write(key: string, entry: Entry): void {
		this.stored.entries[key] = entry;
		this.copy?.entries.set(key, entry);
	}

	remove(key: string): void {
		delete this.stored.entries[key];
		this.copy?.entries.delete(key);
	}

	/** Somebody started the execution to test the workflow; known to its retries. */
	get isTest(): boolean | undefined {
		const { isTest } = this.stored;
		return typeof isTest === 'boolean' ? isTest : undefined;
	}

	set isTest(isTest: boolean) {
		this.stored.isTest = isTest;
	}

	/** What this execution has bought, with what came to nothing. */
	get bought(): Entry[] {
		return Object.keys(this.stored.entries).flatMap((key) => {
			const entry = this.read(key);
			return entry?.executionId === this.caller.executionId && !entry.pickedUp ? entry : [];
		});
	}

	/** The execution was stopped. */
	stop(): void {
		this.copy?.stop();
	}
}

/**
 * The place of one item's request: a run index and an item index. Within one execution the slot alone decides: reaching
 * it again can only be n8n's own retry. In another execution, which the user started, the request must be the same one
 * too, or made from the same. As a tool, the request alone decides, until its result was returned to the agent: the next
 * equal call is a purchase of its own.
 */
export class Slot {
	private readonly key: string;
	private readonly origin: string | undefined;

	constructor(
		private readonly ledger: Ledger,
		itemIndex: number,
		private readonly digest: string,
	) {
		const { runIndex, isTool, originOf } = ledger.caller;
		this.origin = originOf?.(itemIndex);
		const place = isTool ? `tool:${itemIndex}:${digest}` : `${runIndex}:${itemIndex}`;
		let tries = 0;
		while (this.isOver(`${place}:${tries}`)) tries++;
		this.key = `${place}:${tries}`;
		if (!this.own) this.adopt(ledger.read(this.key));
		if (!this.own) this.pickUpLost();
	}

	/** What an earlier try bought; `undefined` where the request may be sent. */
	get found(): Found | undefined {
		const { own } = this;
		if (!own) return undefined;
		const { bought, at, digest, reused, said } = own;
		return {
			purchase: bought && { ...bought, at },
			changed: digest !== this.digest,
			reused: reused === true,
			...(said && { said }),
		};
	}

	/** The request is about to be sent: whatever ends the node now, n8n's own retry will not send it again. */
	begin(at: number): void {
		this.write({ at });
	}

	/** The request was carried out. */
	complete({ at, ...bought }: Purchase): void {
		this.write({ at, bought });
	}

	/** What an earlier test bought is used for this item. */
	reuse({ at, ...bought }: Purchase): void {
		this.write({ at, bought, pickedUp: true, reused: true });
	}

	/** The request bought nothing for certain: the next attempt may buy. */
	discard(): void {
		this.ledger.remove(this.key);
	}

	mark(marks: Marks): void {
		const { own } = this;
		if (own) this.ledger.write(this.key, { ...own, ...marks });
	}

	private get own(): Entry | undefined {
		const entry = this.ledger.read(this.key);
		return entry?.executionId === this.ledger.caller.executionId ? entry : undefined;
	}

	private write(known: Pick<Entry, 'at'> & Partial<Entry>): void {
		const { digest, origin, ledger } = this;
		const { executionId } = ledger.caller;
		ledger.write(this.key, { digest, executionId, ...(origin && { origin }), ...known });
	}

	/** The next try buys for itself. */
	private isOver(key: string): boolean {
		const { isTool, executionId } = this.ledger.caller;
		const entry = this.ledger.read(key);
		const isReturned = isTool && entry?.delivered && entry.executionId === executionId;
		return entry?.failed === true || isReturned === true;
	}

	/** n8n has kept nothing, and runs everything anew, perhaps with the items in another order. */
	private pickUpLost(): void {
		const { lost } = this.ledger;
		const wanted = lost.filter(({ entry }) => this.isWanted(entry));
		const found = wanted.find(({ slot }) => slot === this.key) ?? wanted[0];
		if (!found) return;
		lost.splice(lost.indexOf(found), 1);
		found.remove();
		this.adopt(found.entry);
	}

	private adopt(entry: Entry | undefined): void {
		const { executionId } = this.ledger.caller;
		if (!entry || !this.isWanted(entry)) return;
		this.ledger.write(this.key, { ...entry, executionId, pickedUp: true, delivered: false });
	}

	/** The user looked at what happened, and runs it again: what is uncertain may be bought. */
	private isWanted({ bought, digest, refused, origin }: Entry): boolean {
		if (!bought) return false;
		const isMadeFromTheSame = origin !== undefined && origin === this.origin;
		return digest === this.digest || (!refused && isMadeFromTheSame);
	}
}
