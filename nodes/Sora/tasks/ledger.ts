import { createHash } from 'node:crypto';

import { isRecord, type JsonRecord } from '../gateway/contract';
import type { Copied, LedgerCopies, Owner } from './ledgerCopies';

/** What a request has bought: a task, a character as the node returns it, or a video that came without a task ID. */
export interface Bought {
	taskId?: string;
	character?: JsonRecord;
	videoUrl?: string;
}

/** What was bought, and when: milliseconds since the epoch. */
export type Purchase = Bought & { at: number };

/** What is known of a purchase that nobody can be certain of, or that came to nothing. Holds no key. */
export interface Said {
	detail?: string;
	/** The gateway's own words. */
	words?: string;
}

/**
 * One paid request. It is written before it is sent, without what it bought. Where that is never added, nobody knows
 * whether the request was carried out.
 */
export interface Entry {
	/** Of the request, see `digestOf`. */
	digest: string;
	/** Of what the request was made from, see `Caller`. */
	origin?: string;
	/** The execution that bought it, or picked it up last. */
	executionId: string;
	/** When the request was sent or accepted, milliseconds since the epoch. */
	at: number;
	bought?: Bought;
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

/** What an earlier try has left; `changed` where it was another request, since an expression gave another value. */
export type Found = Entry & { changed: boolean };

const CONTEXT_KEY = 'soraLedger';

/** Identifies a purchase: another prompt or another gateway is another purchase. */
export function digestOf(address: string, body: JsonRecord): string {
	return createHash('sha256')
		.update(JSON.stringify([address, body]))
		.digest('hex')
		.slice(0, 32);
}

interface Caller {
	/** By its execution, n8n's own retry is told from one that the user starts. */
	owner: Owner;
	/** Each turn of a loop buys for itself. */
	runIndex: number;
	/**
	 * A digest of what an item's request is made from: the gateway, the node's parameters as they stand in the workflow,
	 * and the item. Where it is the same and the request is not, an expression gives another value each time.
	 */
	originOf?: (itemIndex: number) => string | undefined;
	/** An agent calls the node: any number of times, each with a run index of its own, also when n8n retries a call. */
	isTool: boolean;
}

interface Stored {
	entries: Record<string, Entry>;
	/** Somebody started the execution to test the workflow; known to its retries. */
	isTest?: boolean;
}

/**
 * Remembers what was bought in the node's execution context, which survives n8n's Retry On Fail and the editor's
 * Retry: the node then picks up what was bought instead of buying it again. It holds task IDs, characters, digests and
 * the gateway's words, never a key or a prompt.
 */
export class Ledger {
	readonly stored: Stored;
	/** What n8n has lost of other executions. */
	private readonly lost: Copied[];

	/**
	 * @param context `this.getContext('node')`
	 * @param copies for what n8n has lost of the context; a tool has none, since each of its calls is a purchase of its own
	 */
	constructor(
		context: JsonRecord,
		readonly caller: Caller,
		private readonly copies?: LedgerCopies,
	) {
		const found = context[CONTEXT_KEY];
		const isLedger = isRecord(found) && isRecord(found.entries);
		this.stored = isLedger ? (found as unknown as Stored) : { entries: {} };
		context[CONTEXT_KEY] = this.stored;
		const { executionId } = caller.owner;
		const copied = copies?.of(caller.owner) ?? [];
		const isOwn = ({ entry }: Copied) => entry.executionId === executionId;
		this.lost = copied.filter((each) => !isOwn(each) && !each.entry.failed);
		for (const { slot, entry } of copied.filter(isOwn)) {
			const known = this.read(slot);
			if (known?.executionId !== executionId || known.at <= entry.at) this.write(slot, entry);
		}
	}

	/** @param digest of the item's request, see `digestOf` */
	slot(itemIndex: number, digest: string): Slot {
		return new Slot(this, itemIndex, digest);
	}

	read(slot: string): Entry | undefined {
		return this.stored.entries[slot];
	}

	write(slot: string, entry: Entry): void {
		this.stored.entries[slot] = entry;
		this.copies?.write(this.caller.owner, slot, entry);
	}

	remove(slot: string): void {
		delete this.stored.entries[slot];
		this.copies?.remove(this.caller.owner, slot);
	}

	/** Takes what n8n has lost away, so that it is picked up once: of the same slot, or of another. */
	takeLost(slot: string, isWanted: (entry: Entry) => boolean): Entry | undefined {
		const wanted = this.lost.filter(({ entry }) => isWanted(entry));
		const found = wanted.find((each) => each.slot === slot) ?? wanted[0];
		if (!found) return undefined;
		this.lost.splice(this.lost.indexOf(found), 1);
		this.copies?.remove(found.owner, found.slot);
		return found.entry;
	}

	/** What this execution has bought, with what came to nothing. */
	get bought(): Entry[] {
		const { executionId } = this.caller.owner;
		return Object.values(this.stored.entries).filter(
			(entry) => entry.executionId === executionId && !entry.pickedUp,
		);
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
		if (this.found) return;
		// n8n may have kept nothing, and run everything anew, perhaps with the items in another order.
		const kept = ledger.read(this.key);
		const entry =
			kept && this.isWanted(kept) ? kept : ledger.takeLost(this.key, (lost) => this.isWanted(lost));
		if (!entry) return;
		const { executionId } = ledger.caller.owner;
		ledger.write(this.key, { ...entry, executionId, pickedUp: true, delivered: false });
	}

	/** What an earlier try bought; `undefined` where the request may be sent. */
	get found(): Found | undefined {
		const { key, digest, ledger } = this;
		const entry = ledger.read(key);
		if (entry?.executionId !== ledger.caller.owner.executionId) return undefined;
		return { ...entry, changed: entry.digest !== digest };
	}

	/** The request is about to be sent: whatever ends the node now, n8n's own retry will not send it again. */
	begin(at: number): void {
		this.write({ at });
	}

	/** The request was carried out. */
	complete({ at, ...bought }: Purchase): void {
		this.write({ at, bought });
	}

	/** The request bought nothing for certain: the next attempt may buy. */
	discard(): void {
		this.ledger.remove(this.key);
	}

	mark(marks: Partial<Entry>): void {
		const entry = this.found && this.ledger.read(this.key);
		if (entry) this.ledger.write(this.key, { ...entry, ...marks });
	}

	private write(known: Pick<Entry, 'at' | 'bought'>): void {
		const { digest, origin, ledger } = this;
		const { executionId } = ledger.caller.owner;
		ledger.write(this.key, { digest, executionId, ...(origin && { origin }), ...known });
	}

	/** The next try buys for itself. */
	private isOver(key: string): boolean {
		const { isTool, owner } = this.ledger.caller;
		const entry = this.ledger.read(key);
		const isReturned = isTool && entry?.delivered && entry.executionId === owner.executionId;
		return entry?.failed === true || isReturned === true;
	}

	/** The user looked at what happened, and runs it again: what is uncertain may be bought. */
	private isWanted({ bought, digest, refused, origin }: Entry): boolean {
		if (!bought) return false;
		const isMadeFromTheSame = origin !== undefined && origin === this.origin;
		return digest === this.digest || (!refused && isMadeFromTheSame);
	}
}
