import type { Entry } from './ledger';
import { Recent } from './recent';

/** Entries per process: more than any execution buys. */
const MAX_ENTRIES = 20_000;
const MAX_STOPPED = 1_000;

/** The owner of a ledger. */
export interface Owner {
	/** The workflow and the node. */
	node: string;
	executionId: string;
	/** Shared by an execution and its retries, if n8n tells them apart. */
	lineage: string;
	/** A retry for which n8n has kept nothing of this node, as after Stop. */
	isBareRetry: boolean;
}

export interface Copied {
	owner: Owner;
	slot: string;
	entry: Entry;
}

const keyOf = ({ node, executionId }: Owner, slot: string) => `${node} ${executionId} ${slot}`;

/**
 * A second copy of all ledgers in process memory, for when n8n loses the first: a call that wakes a parked execution
 * may write an older state of it back, and of a stopped execution n8n keeps only its input.
 */
export class LedgerCopies {
	private readonly copied = new Recent<Copied>(MAX_ENTRIES);
	private readonly stopped = new Recent<true>(MAX_STOPPED);

	/** @returns what this process knows of the execution, and of stopped ones that it retries */
	of(own: Owner): Copied[] {
		const ofNode = [...this.copied.values()].filter(({ owner }) => owner.node === own.node);
		const isOwn = ({ owner }: Copied) => owner.executionId === own.executionId;
		const isOfLineage = ({ owner }: Copied) => owner.lineage === own.lineage;
		const isKnown = ofNode.some((each) => isOfLineage(each) && !isOwn(each));
		return ofNode.filter((each) => {
			if (!this.stopped.has(each.owner.executionId)) return isOfLineage(each) && isOwn(each);
			// n8n gives no lineage, or this process has not seen it: anything never delivered may belong to it.
			return isOfLineage(each) || (own.isBareRetry && !isKnown && !each.entry.delivered);
		});
	}

	write(owner: Owner, slot: string, entry: Entry): void {
		this.copied.set(keyOf(owner, slot), { owner, slot, entry });
	}

	remove(owner: Owner, slot: string): void {
		this.copied.delete(keyOf(owner, slot));
	}

	/** The execution was stopped, so n8n keeps nothing for its retry. */
	stop({ executionId }: Owner): void {
		this.stopped.set(executionId, true);
	}
}
