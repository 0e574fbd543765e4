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
	taskId?: string;
	character?: JsonRecord;
	videoUrl?: string;
	/** When the request was sent or accepted, milliseconds since the epoch. */
	at: number;
	/** Another execution, or an earlier test in the editor, had bought it. */
	pickedUp?: boolean;
	/** The gateway refused the content of the task: the same would be refused again. */
	refused?: boolean;
	/** The task came to nothing. Kept because it was paid for. */
	failed?: boolean;
	/** The item was returned. */
	delivered?: boolean;
	said?: Said;
}

const CONTEXT_KEY = 'soraLedger';

/** Written into the context, so that a later version of the package can tell what it reads. */
const VERSION = 3;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function readSaid({ detail, words }: JsonRecord): Said {
	return { ...(isText(detail) && { detail }), ...(isText(words) && { words }) };
}

const FLAGS = ['pickedUp', 'refused', 'failed', 'delivered'] as const;

/** The context may hold an older ledger, a newer one, or something else: only what is certain is read. */
function readEntry(found: unknown): Entry | undefined {
	if (!isRecord(found) || !isText(found.digest)) return undefined;
	const { digest, origin, taskId, character, videoUrl, at, said } = found;
	return {
		digest,
		...(isText(origin) && { origin }),
		executionId: isText(found.executionId) ? found.executionId : '',
		...(isText(taskId) && { taskId }),
		...(!isText(taskId) && isRecord(character) && { character }),
		...(isText(videoUrl) && { videoUrl }),
		at: typeof at === 'number' && Number.isFinite(at) ? at : 0,
		...Object.fromEntries(FLAGS.filter((flag) => found[flag] === true).map((flag) => [flag, true])),
		...(isRecord(said) && { said: readSaid(said) }),
	};
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
	/** Another execution, or an earlier test in the editor, had bought it. */
	pickedUp: boolean;
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
	write(slot: string, entry: Entry): void;
	remove(slot: string): void;
	/** The execution was stopped: n8n will have kept nothing for its retry. */
	stop(): void;
}

/** The entries as they stand in the node's context. */
class Entries {
	constructor(
		private readonly context: JsonRecord,
		private readonly copy?: LedgerCopy,
	) {}

	/** Made anew where what stands there is no ledger. */
	get ledger(): JsonRecord & { entries: JsonRecord } {
		const found = this.context[CONTEXT_KEY];
		if (isRecord(found) && isRecord(found.entries)) return found as never;
		const made = { version: VERSION, entries: {} };
		this.context[CONTEXT_KEY] = made;
		return made;
	}

	keys(): string[] {
		return Object.keys(this.ledger.entries);
	}

	/** @returns `undefined` too where the task that stands there is known to have failed */
	read(key: string): Entry | undefined {
		const { entries } = this.ledger;
		const entry = Object.hasOwn(entries, key) ? readEntry(entries[key]) : undefined;
		const hasFailed = entry && !entry.failed && Object.hasOwn(entries, failedKey(key, entry));
		return hasFailed ? undefined : entry;
	}

	write(key: string, entry: Entry): void {
		this.ledger.entries[key] = entry;
		this.copy?.write(key, entry);
	}

	remove(key: string): void {
		delete this.ledger.entries[key];
		this.copy?.remove(key);
	}
}

/**
 * Remembers what was bought in the node's execution context, which survives n8n's Retry On Fail and the editor's
 * Retry: the node then picks up what was bought instead of buying it again. It holds task IDs, characters, digests and
 * the gateway's words, never a key or a prompt.
 */
export class Ledger {
	private readonly entries: Entries;
	private readonly lost: Lost[];

	/**
	 * @param context `this.getContext('node')`
	 * @param copy for what n8n has lost of the context; a tool has none, since each of its calls is a purchase of its own
	 */
	constructor(
		context: JsonRecord,
		private readonly caller: Caller,
		private readonly copy?: LedgerCopy,
	) {
		this.entries = new Entries(context, copy);
		const isOwn = ({ entry }: Lost) => entry.executionId === caller.executionId;
		const lost = copy?.lost ?? [];
		this.lost = lost.filter((each) => !isOwn(each) && !each.entry.failed);
		for (const { slot, entry } of lost.filter(isOwn)) {
			const known = this.entries.read(slot);
			const isNewer = known?.executionId !== caller.executionId || known.at <= entry.at;
			if (isNewer) this.entries.write(slot, entry);
		}
	}

	/** @param digest of the item's request, see `digestOf` */
	slot(itemIndex: number, digest: string): Slot {
		return new Slot(this.entries, this.caller, this.lost, itemIndex, digest);
	}

	/** Somebody started the execution to test the workflow; known to its retries. */
	get isTest(): boolean | undefined {
		const { isTest } = this.entries.ledger;
		return typeof isTest === 'boolean' ? isTest : undefined;
	}

	set isTest(isTest: boolean) {
		this.entries.ledger.isTest = isTest;
	}

	/** What this execution has bought, with what came to nothing. */
	get bought(): Entry[] {
		return this.entries.keys().flatMap((key) => {
			const entry = this.entries.read(key);
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
	/** What an earlier try bought; `undefined` where the request may be sent. It belongs to this execution from now on. */
	readonly found: Found | undefined;
	private key: string;

	constructor(
		private readonly entries: Entries,
		private readonly caller: Caller,
		lost: Lost[],
		private readonly itemIndex: number,
		private readonly digest: string,
	) {
		const key = `${caller.runIndex}:${itemIndex}`;
		this.key = caller.isTool ? `tool:${key}:${digest}` : key;
		const entry = this.pickUpStored() ?? this.pickUpLost(lost);
		this.found = entry && {
			purchase: purchaseIn(entry),
			changed: entry.digest !== digest,
			pickedUp: entry.pickedUp === true,
			...(entry.said && { said: entry.said }),
		};
	}

	/** The request is about to be sent: whatever ends the node now, n8n's own retry will not send it again. */
	begin(at: number): void {
		this.write({ at });
	}

	/** The request was carried out. */
	complete(purchase: Purchase): void {
		this.write(purchase);
	}

	/** An earlier purchase is used for this item. */
	pickUp(purchase: Purchase): void {
		this.write({ ...purchase, pickedUp: true });
	}

	/** The request bought nothing for certain: the next attempt may buy. */
	discard(): void {
		this.entries.remove(this.key);
	}

	/** Nobody knows whether the request was carried out; what was said of it may be all that is left. */
	doubt(said: Said): void {
		this.mark({ said });
	}

	/** What was bought came to nothing: the next attempt may buy. It was paid for, and counts. */
	fail(said: Said): void {
		const entry = this.entries.read(this.key);
		if (entry) this.entries.write(failedKey(this.key, entry), { ...entry, failed: true, said });
		this.entries.remove(this.key);
	}

	/** The task failed because of its content: buying the same again would fail again. */
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

	private write(known: Pick<Entry, 'at'> & Partial<Entry>): void {
		const { executionId, originOf } = this.caller;
		const origin = originOf?.(this.itemIndex);
		const { digest } = this;
		this.entries.write(this.key, {
			digest,
			executionId,
			...(origin !== undefined && { origin }),
			...known,
		});
	}

	private pickUpStored(): Entry | undefined {
		this.key = this.standingKey();
		const entry = this.entries.read(this.key);
		if (entry?.executionId === this.caller.executionId) return entry;
		return entry && this.isWanted(entry) ? this.adopt(entry) : undefined;
	}

	/** n8n has kept nothing, and runs everything anew, perhaps with the items in another order. */
	private pickUpLost(lost: Lost[]): Entry | undefined {
		const wanted = lost.filter(({ entry }) => this.isWanted(entry));
		const found = wanted.find(({ slot }) => slot === this.key) ?? wanted[0];
		if (!found) return undefined;
		lost.splice(lost.indexOf(found), 1);
		found.remove();
		return this.adopt(found.entry);
	}

	private adopt(entry: Entry): Entry {
		const { executionId } = this.caller;
		const adopted = { ...entry, executionId, pickedUp: true, delivered: false };
		this.entries.write(this.key, adopted);
		return adopted;
	}

	/** The user looked at what happened, and runs it again: what is uncertain may be bought. */
	private isWanted(entry: Entry): boolean {
		if (!purchaseIn(entry)) return false;
		return entry.digest === this.digest || (!entry.refused && this.isMadeFromTheSame(entry));
	}

	private isMadeFromTheSame({ origin }: Entry): boolean {
		return origin !== undefined && origin === this.caller.originOf?.(this.itemIndex);
	}

	/** Of a tool, where an equal call stands: each try of a call has a run index of its own. */
	private standingKey(): string {
		const { isTool, executionId } = this.caller;
		const isOpen = (key: string) => {
			const entry = this.entries.read(key);
			const isDone = entry?.delivered && entry.executionId === executionId;
			return entry?.digest === this.digest && !entry.failed && !isDone;
		};
		const equal = isTool && !isOpen(this.key) ? this.entries.keys().find(isOpen) : undefined;
		return equal ?? this.key;
	}
}

/** Where a purchase that came to nothing is kept. */
const failedKey = (slot: string, { taskId, at }: Entry) => `${slot} ${taskId} ${at}`;

function purchaseIn({ taskId, character, videoUrl, at }: Entry): Purchase | undefined {
	if (taskId !== undefined) return { taskId, at };
	if (character) return { character, at };
	return videoUrl === undefined ? undefined : { videoUrl, at };
}
