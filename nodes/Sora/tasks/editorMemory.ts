import type { Purchase, Said } from './ledger';
import { Recent } from './recent';

/** Requests remembered per process. */
const MAX_REQUESTS = 1_000;
/** A user who returns the next morning wants another video. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;

/** A purchase that may be reused. */
interface Reusable {
	/** Unset if nobody knows whether the request was carried out. */
	purchase?: Purchase;
	said?: Said;
}

interface Entry extends Reusable {
	/** The executions that bought or reused it, oldest first: within one, equal items get one each. */
	executionIds: string[];
	/** The item of the last of them. */
	slot: string;
	/** Milliseconds since the epoch. */
	at: number;
}

/**
 * Purchases of manual executions, by request, so the next test in the editor can reuse them. Kept in the memory of one
 * process: empty after a restart, or in another process.
 */
export class EditorMemory extends Recent<Entry[]> {
	constructor() {
		super(MAX_REQUESTS);
	}
}

/** One item's request in a test. */
export class EditorTest {
	/** An earlier test bought it, but this process does not know what. */
	wasBoughtBefore = false;

	/**
	 * @param key identifies the request: workflow, node, account, and what defines the request
	 * @param now returns milliseconds since the epoch
	 */
	constructor(
		private readonly memory: EditorMemory,
		readonly key: string,
		private readonly executionId: string,
		private readonly slot: string,
		private readonly now: () => number,
	) {}

	/** Reuses what another test bought; each purchase once per execution. @returns `undefined` if there is none */
	take(): Reusable | undefined {
		const { executionId, slot } = this;
		const taken = this.fresh.findLast((entry) => !entry.executionIds.includes(executionId));
		if (!taken) return undefined;
		this.replace(taken, { ...taken, executionIds: [...taken.executionIds, executionId], slot });
		return taken;
	}

	/** Whether any test in this process has bought it, this one included. */
	get isKnown(): boolean {
		return this.fresh.length > 0;
	}

	/** The request is about to be sent, or was carried out. */
	record(known: Reusable = {}): void {
		const { executionId, slot } = this;
		this.replace(this.own, { ...known, executionIds: [executionId], slot, at: this.now() });
	}

	/** Nothing was bought, or the purchase came to nothing: the next test may buy. */
	forget(): void {
		this.replace(this.own);
	}

	private get fresh(): Entry[] {
		return (this.memory.get(this.key) ?? []).filter(({ at }) => this.now() - at < REMEMBERED_MS);
	}

	private get own(): Entry | undefined {
		const { executionId, slot } = this;
		return this.fresh.find(
			(entry) => entry.executionIds.at(-1) === executionId && entry.slot === slot,
		);
	}

	private replace(old: Entry | undefined, entry?: Entry): void {
		const others = this.fresh.filter((other) => other !== old);
		this.memory.set(this.key, entry ? [...others, entry] : others);
	}
}
