import { createHash } from 'node:crypto';

import { isRecord, type JsonRecord } from '../gateway/contract';
import { concealed, type Conceal } from '../gateway/secrecy';
import type { Copied, LedgerCopies, Owner } from './ledgerCopies';

/** The result of a purchase: a task, a character as the node returns it, or a video that came without a task ID. */
export interface Bought {
	taskId?: string;
	character?: JsonRecord;
	videoUrl?: string;
}

/** A result with its time, in milliseconds since the epoch. */
export type Purchase = Bought & { at: number };

/** What is known about an uncertain or failed purchase. */
export interface Said {
	detail?: string;
	/** The gateway's own words. */
	words?: string;
}

/**
 * One paid request, recorded without a result before it is sent. If the result is never added, nobody knows whether the
 * request was carried out.
 */
export interface Entry {
	/** Of the request, see `digestOf`. */
	digest: string;
	/** Digest of what the request was made from, see `Caller`. */
	origin?: string;
	/** The execution that bought it, or picked it up last. */
	executionId: string;
	/** When the request was sent or accepted, in milliseconds since the epoch. */
	at: number;
	bought?: Bought;
	/** It was bought by another execution, or by an earlier test in the editor. */
	pickedUp?: boolean;
	/** It was bought by an earlier test in the editor. */
	reused?: boolean;
	/** The task failed because of its content: the same request would be refused again. */
	refused?: boolean;
	/** The task failed: the next try may buy. Kept because it was paid for and counts towards the spending limit. */
	failed?: boolean;
	/** The item was returned. The entry stays, since n8n may take the item for a failure and run the node again. */
	delivered?: boolean;
	said?: Said;
}

/** What an earlier try bought; `changed` if the request differed, since an expression gave another value. */
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
	/** Its execution tells n8n's own retry from a retry by the user. */
	owner: Owner;
	/** Each iteration of a loop buys for itself. */
	runIndex: number;
	/**
	 * A digest of what an item's request is made from: the gateway, the node's parameters as they are in the workflow,
	 * and the item. If it is the same and the request is not, an expression gives another value each time.
	 */
	originOf?: (itemIndex: number) => string | undefined;
	/** Called by an agent: any number of times, each with its own run index, also when n8n retries a call. */
	isTool: boolean;
	/** Masks the key. */
	conceal: Conceal;
}

interface Stored {
	entries: Record<string, Entry>;
	/** The execution was started manually to test the workflow; also set for its retries. */
	isTest?: boolean;
}

/**
 * Records purchases in the node's execution context, which survives n8n's Retry On Fail and the editor's Retry: the
 * node then picks up what was bought instead of buying it again. Contains task IDs, characters, digests and the
 * gateway's words, never a key or a prompt.
 */
export class Ledger {
	readonly stored: Stored;
	/** Entries of other executions that n8n has lost. */
	private readonly lost: Copied[];

	/**
	 * @param context `this.getContext('node')`
	 * @param copies for what n8n has lost of the context; a tool has none, since each of its calls is a separate purchase
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
		// Nobody has seen yet what is uncertain: n8n keeps nothing of a stopped node.
		this.lost = copied.filter((each) => !isOwn(each) && !each.entry.failed);
		for (const { slot, entry } of copied.filter(isOwn)) {
			const known = this.read(slot);
			const isNewer = known?.executionId === executionId && known.at >= entry.at;
			// Marks are only added, and another process may have added some.
			this.write(slot, isNewer ? { ...entry, ...known } : entry);
		}
	}

	/** @param digest of the item's request, see `digestOf` */
	slot(itemIndex: number, digest: string): Slot {
		return new Slot(this, itemIndex, digest);
	}

	read(slot: string): Entry | undefined {
		return this.stored.entries[slot];
	}

	write(slot: string, known: Entry): void {
		const entry = concealed(known, this.caller.conceal);
		this.stored.entries[slot] = entry;
		this.copies?.write(this.caller.owner, slot, entry);
	}

	remove(slot: string): void {
		delete this.stored.entries[slot];
		this.copies?.remove(this.caller.owner, slot);
	}

	/** Removes a lost entry, so that it is picked up only once: that of the same slot, or of another. */
	takeLost(slot: string, isWanted: (entry: Entry) => boolean): Entry | undefined {
		const wanted = this.lost.filter(({ entry }) => isWanted(entry));
		const found = wanted.find((each) => each.slot === slot) ?? wanted[0];
		if (!found) return undefined;
		this.lost.splice(this.lost.indexOf(found), 1);
		this.copies?.remove(found.owner, found.slot);
		return found.entry;
	}

	/** What this execution has bought, including what came to nothing. */
	get bought(): Entry[] {
		const { executionId } = this.caller.owner;
		return Object.values(this.stored.entries).filter(
			(entry) => entry.executionId === executionId && !entry.pickedUp,
		);
	}
}

/**
 * The place of one item's request: a run index and an item index. Within one execution the slot alone decides: reaching
 * it again can only be n8n's own retry. In another execution, started by the user, the request must also be the same,
 * or made from the same. As a tool, the request alone decides, until its result was returned to the agent: the next
 * equal call is a separate purchase.
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
		const kept = ledger.read(this.key);
		if (kept?.bought && this.isAlike(kept)) this.pickUp(kept);
		// n8n may have kept nothing and run everything again, possibly with the items in another order.
		else this.pickUp(ledger.takeLost(this.key, (lost) => lost.digest === digest));
	}

	/** Picks up what was made from the same with another result, unless it is what another item of the run requests. */
	pickUpChanged(): void {
		const { key, ledger } = this;
		if (!this.found) this.pickUp(ledger.takeLost(key, (lost) => this.isAlike(lost)));
	}

	private pickUp(entry: Entry | undefined): void {
		if (!entry) return;
		const { executionId } = this.ledger.caller.owner;
		this.ledger.write(this.key, { ...entry, executionId, pickedUp: true, delivered: false });
	}

	/** What an earlier try bought; `undefined` if the request may be sent. */
	get found(): Found | undefined {
		const { key, digest, ledger } = this;
		const entry = ledger.read(key);
		if (entry?.executionId !== ledger.caller.owner.executionId) return undefined;
		return { ...entry, changed: entry.digest !== digest };
	}

	/** Called just before the request is sent: whatever ends the node now, n8n's own retry will not send it again. */
	begin(at: number): void {
		this.write({ at });
	}

	/** The request was carried out. */
	complete({ at, ...bought }: Purchase): void {
		this.write({ at, bought });
	}

	/** The request certainly bought nothing: the next try may buy. */
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

	/** Whether another execution's entry is of the same request, or made from the same. */
	private isAlike({ digest, refused, origin }: Entry): boolean {
		const isMadeFromTheSame = origin !== undefined && origin === this.origin;
		return digest === this.digest || (!refused && isMadeFromTheSame);
	}
}
