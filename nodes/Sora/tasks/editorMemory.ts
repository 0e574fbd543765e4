import type { Purchase } from './ledger';

/** Purchases that are remembered in one process. */
const MOST_ENTRIES = 1_000;
/** More presses than these at one time on one request are beyond anybody. */
const MOST_EXECUTIONS = 50;
/** Whoever comes back the next morning means another video. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;

interface Entry {
	/** The executions that bought or reused it, the last at the end: within one, equal items get one each. */
	executionIds: string[];
	/** The item of that execution. */
	slot: string;
	/** Milliseconds since the epoch. */
	at: number;
	/** Unknown where nobody knows whether the request was carried out. */
	purchase?: Purchase;
}

/** Whose press of the button it is, and of which item. */
export interface Press {
	/** Tells requests apart: workflow, node, and what defines the request. */
	key: string;
	executionId: string;
	slot: string;
	/** Milliseconds since the epoch. */
	now: number;
}

/**
 * What was bought by executions that somebody started in the editor, so that the next press of the button can take it
 * up. It lies in the memory of one process: n8n restarted, or another process of it, knows nothing of it.
 */
export class EditorMemory {
	/** The oldest first, as they were touched last. */
	private readonly entries = new Map<string, Entry[]>();

	/** Takes up what another press bought; each entry once in an execution. @returns `undefined` where there is none */
	take({ key, executionId, slot, now }: Press): { purchase?: Purchase; at: number } | undefined {
		const entries = (this.entries.get(key) ?? []).filter(({ at }) => now - at < REMEMBERED_MS);
		const open = entries.filter((entry) => !entry.executionIds.includes(executionId));
		const latest = open.at(-1)?.executionIds.at(-1);
		const taken = open.find((entry) => entry.executionIds.at(-1) === latest);
		if (!taken) return undefined;
		const executionIds = [...taken.executionIds, executionId].slice(-MOST_EXECUTIONS);
		this.replace(key, entries, { ...taken, executionIds, slot }, taken);
		return { purchase: taken.purchase, at: taken.at };
	}

	/** How many purchases `take` would still give to this execution. */
	open({ key, executionId, now }: Press): number {
		return (this.entries.get(key) ?? []).filter(
			({ at, executionIds }) => now - at < REMEMBERED_MS && !executionIds.includes(executionId),
		).length;
	}

	/** A request is about to be sent, or was carried out. */
	note(press: Press, purchase?: Purchase): void {
		const { key, executionId, slot, now } = press;
		const entries = this.entries.get(key) ?? [];
		const executionIds = [executionId];
		const entry = { executionIds, slot, at: purchase?.at ?? now, ...(purchase && { purchase }) };
		this.replace(key, entries, entry, this.ownEntry(press));
	}

	/** Nothing was bought, or what was bought came to nothing. */
	forget(press: Press): void {
		const own = this.ownEntry(press);
		const left = (this.entries.get(press.key) ?? []).filter((entry) => entry !== own);
		if (left.length) this.entries.set(press.key, left);
		else this.entries.delete(press.key);
	}

	private ownEntry({ key, executionId, slot }: Press): Entry | undefined {
		return this.entries
			.get(key)
			?.find((entry) => entry.executionIds.at(-1) === executionId && entry.slot === slot);
	}

	private replace(key: string, entries: Entry[], entry: Entry, old: Entry | undefined): void {
		this.entries.delete(key);
		this.entries.set(key, [...entries.filter((other) => other !== old), entry]);
		let count = 0;
		for (const list of this.entries.values()) count += list.length;
		for (const [oldest, list] of this.entries) {
			if (count <= MOST_ENTRIES || oldest === key) break;
			this.entries.delete(oldest);
			count -= list.length;
		}
		const own = this.entries.get(key) ?? [];
		if (own.length > MOST_ENTRIES) this.entries.set(key, own.slice(-MOST_ENTRIES));
	}
}
