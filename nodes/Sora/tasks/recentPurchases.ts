import type { Purchase } from './ledger';

const KEPT_MS = 3_600_000;
const MOST_KEPT = 10_000;

/**
 * What this process has bought in the last hour. A call that wakes a parked execution may write an older state of it back
 * over what has happened since; a node that comes again then finds an empty ledger, and here what it bought.
 */
export class RecentPurchases {
	private readonly kept = new Map<string, Purchase>();

	constructor(private readonly most = MOST_KEPT) {}

	/** @param key of everything that the purchase is told apart by, the execution included */
	remember(key: string, purchase: Purchase): void {
		// Put at the end, so that the order is that of age.
		this.kept.delete(key);
		this.kept.set(key, purchase);
		for (const [oldest, { at }] of this.kept) {
			if (this.kept.size <= this.most && purchase.at - at <= KEPT_MS) return;
			this.kept.delete(oldest);
		}
	}

	find(key: string, now: number): Purchase | undefined {
		const found = this.kept.get(key);
		return found && now - found.at <= KEPT_MS ? found : undefined;
	}

	forget(key: string): void {
		this.kept.delete(key);
	}
}
