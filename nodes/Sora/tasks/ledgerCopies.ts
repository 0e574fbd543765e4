/**
 * A second copy of each ledger, in the memory of this process, for where n8n has lost the first: a call that wakes a
 * parked execution may write an older state of it back, and of a stopped execution n8n keeps only what it began with.
 */
import type { Entry, LedgerCopy } from './ledger';
import { Recent } from './recent';

/** In one process, beside what the newest execution has. */
const MOST_ENTRIES = 10_000;

/** Whose ledger it is. */
export interface LedgerOwner {
	/** The workflow and the node. */
	node: string;
	executionId: string;
	/** The same for an execution and its retries, where n8n tells them. */
	lineage: string;
	/** A retry for which n8n has kept nothing of this node, as after Stop. */
	isBareRetry: boolean;
}

interface Copy {
	node: string;
	executionId: string;
	isStopped: boolean;
	entries: Map<string, Entry>;
}

export class LedgerCopies {
	private readonly copies = new Recent<Copy>(MOST_ENTRIES);

	of({ node, executionId, lineage, isBareRetry }: LedgerOwner): LedgerCopy {
		const key = `${node} ${lineage}`;
		const found = this.copies.get(key);
		const isOwn = found?.executionId === executionId;
		const entries = isOwn || found?.isStopped ? found.entries : new Map<string, Entry>();
		const copy = isOwn ? found : { node, executionId, isStopped: false, entries };
		const lost = lostIn(entries);
		// n8n tells no lineage, or this process has not seen it: what a stopped execution never delivered may be of it.
		if (!found && isBareRetry) lost.push(...this.undelivered(node));
		this.copies.set(key, copy);
		this.makeRoom();
		return { lost, entries, stop: () => void (copy.isStopped = true) };
	}

	private makeRoom(): void {
		let room = MOST_ENTRIES;
		for (const [key, { entries }] of [...this.copies].reverse()) {
			if (room <= 0) this.copies.delete(key);
			room -= 1 + entries.size;
		}
	}

	private undelivered(node: string) {
		return [...this.copies.values()]
			.filter((copy) => copy.node === node && copy.isStopped)
			.flatMap(({ entries }) => lostIn(entries))
			.filter(({ entry }) => !entry.delivered);
	}
}

const lostIn = (entries: Map<string, Entry>) =>
	[...entries].map(([slot, entry]) => ({ slot, entry, remove: () => void entries.delete(slot) }));
