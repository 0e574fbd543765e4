import type { Purchase, Said } from './ledger';
import { Recent } from './recent';

/** Requests that are remembered in one process. */
const MOST_REQUESTS = 1_000;
/** A user who comes back the next morning wants another video. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;

/** What is known of a purchase. */
interface Known {
	/** Unset where nobody knows whether the request was carried out. */
	purchase?: Purchase;
	said?: Said;
}

interface Entry extends Known {
	/** The executions that bought or reused it, the last at the end: within one, equal items get one each. */
	executionIds: string[];
	/** The item of the last of them. */
	slot: string;
	/** Milliseconds since the epoch. */
	at: number;
}

/** Whose press of the button it is, and of which item. */
export interface Press {
	/** Identifies the request: workflow, node, account, and what defines the request. */
	key: string;
	executionId: string;
	slot: string;
	/** @returns milliseconds since the epoch */
	now: () => number;
}

/**
 * What was bought by executions that somebody started in the editor, so that the next press of the button can reuse it.
 * It lies in the memory of one process: after a restart, or in another process, it is empty.
 */
export class EditorMemory {
	private readonly entries = new Recent<Entry[]>(MOST_REQUESTS);

	/** Reuses what another press bought; each entry once in an execution. @returns `undefined` where there is none */
	take(press: Press): Known | undefined {
		const { executionId, slot } = press;
		const taken = this.fresh(press).findLast((entry) => !entry.executionIds.includes(executionId));
		if (!taken) return undefined;
		const executionIds = [...taken.executionIds, executionId];
		this.replace(press, taken, { ...taken, executionIds, slot });
		return taken;
	}

	/** Whether any press of this process has bought it, this one included. */
	knows(press: Press): boolean {
		return this.fresh(press).length > 0;
	}

	/** A request is about to be sent, or was carried out. */
	note(press: Press, known: Known = {}): void {
		const { executionId, slot, now } = press;
		const at = known.purchase?.at ?? now();
		this.replace(press, this.own(press), { ...known, executionIds: [executionId], slot, at });
	}

	/** Nothing was bought, or what was bought came to nothing. */
	forget(press: Press): void {
		this.replace(press, this.own(press));
	}

	private fresh({ key, now }: Press): Entry[] {
		return (this.entries.get(key) ?? []).filter(({ at }) => now() - at < REMEMBERED_MS);
	}

	private own(press: Press): Entry | undefined {
		const { executionId, slot } = press;
		return this.fresh(press).find(
			(entry) => entry.executionIds.at(-1) === executionId && entry.slot === slot,
		);
	}

	private replace(press: Press, old: Entry | undefined, entry?: Entry): void {
		const others = this.fresh(press).filter((other) => other !== old);
		this.entries.set(press.key, entry ? [...others, entry] : others);
	}
}
