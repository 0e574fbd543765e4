import type { Purchase } from './ledger';

const HOUR_MS = 3_600_000;
const MOST_KEPT = 10_000;

/** What this process has bought lately, for where n8n has lost the ledger that it was written into. */
export class RecentPurchases {
	private readonly kept = new Map<string, Purchase>();

	/** @param keptMs how long it is remembered, in milliseconds */
	constructor(
		private readonly most = MOST_KEPT,
		private readonly keptMs = HOUR_MS,
	) {}

	/** @param key of everything that the purchase is told apart by */
	remember(key: string, purchase: Purchase): void {
		// Put at the end, so that the order is that of age.
		this.kept.delete(key);
		this.kept.set(key, purchase);
		for (const [oldest, { at }] of this.kept) {
			if (this.kept.size <= this.most && purchase.at - at <= this.keptMs) return;
			this.kept.delete(oldest);
		}
	}

	find(key: string, now: number): Purchase | undefined {
		const found = this.kept.get(key);
		return found && now - found.at <= this.keptMs ? found : undefined;
	}

	forget(key: string): void {
		this.kept.delete(key);
	}
}
