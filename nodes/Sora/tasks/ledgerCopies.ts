import type { Entry } from './ledger';
import { Recent } from './recent';

/** Entries in one process: more than any execution buys. */
const MOST_ENTRIES = 20_000;
const MOST_STOPPED = 1_000;

/** Whose ledger it is. */
export interface Owner {
	/** The workflow and the node. */
	node: string;
	executionId: string;
	/** The same for an execution and its retries, where n8n tells them. */
	lineage: string;
	/** A retry for which n8n has kept nothing of this node, as after Stop. */
	isBareRetry: boolean;
}

export interface Copied {
	owner: Owner;
	slot: string;
	entry: Entry;
}

const executionOf = ({ lineage, executionId }: Owner) => `${lineage} ${executionId}`;
const keyOf = (owner: Owner, slot: string) => `${owner.node} ${executionOf(owner)} ${slot}`;

/**
 * A second copy of all ledgers, in the memory of this process, for where n8n has lost the first: a call that wakes a
 * parked execution may write an older state of it back, and of a stopped execution n8n keeps only what it began with.
 */
export class LedgerCopies {
	private readonly copied = new Recent<Copied>(MOST_ENTRIES);
	private readonly stopped = new Recent<true>(MOST_STOPPED);

	/** @returns what this process knows of the execution, and of stopped ones that it is a retry of */
	of(own: Owner): Copied[] {
		const ofNode = [...this.copied.values()].filter(({ owner }) => owner.node === own.node);
		const isKnown = ofNode.some(({ owner }) => owner.lineage === own.lineage);
		return ofNode.filter(({ owner, entry }) => {
			const isOfLineage = owner.lineage === own.lineage;
			if (!this.stopped.has(executionOf(owner))) {
				return isOfLineage && owner.executionId === own.executionId;
			}
			// n8n tells no lineage, or this process has not seen it: what was never delivered may be of it.
			return isOfLineage || (own.isBareRetry && !isKnown && !entry.delivered);
		});
	}

	write(owner: Owner, slot: string, entry: Entry): void {
		this.copied.set(keyOf(owner, slot), { owner, slot, entry });
	}

	remove(owner: Owner, slot: string): void {
		this.copied.delete(keyOf(owner, slot));
	}

	/** The execution was stopped: n8n will have kept nothing for its retry. */
	stop(owner: Owner): void {
		this.stopped.set(executionOf(owner), true);
	}
}
