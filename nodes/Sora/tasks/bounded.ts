interface Kept<Value> {
	value: Value;
	size: number;
	/** Milliseconds since the epoch. */
	at: number;
}

/** Values by key, bounded in number and age. What was written longest ago goes first. */
export class Bounded<Value> {
	/** In the order of `at`. */
	private readonly kept = new Map<string, Kept<Value>>();
	private total = 0;

	/**
	 * @param most the sum of all sizes
	 * @param keptMs how long a value is kept after it was written, in milliseconds
	 */
	constructor(
		private readonly most: number,
		private readonly keptMs: number,
	) {}

	get(key: string, now: number): Value | undefined {
		const found = this.kept.get(key);
		return found && this.isFresh(found, now) ? found.value : undefined;
	}

	values(now: number): Value[] {
		return [...this.kept.values()].flatMap((each) => (this.isFresh(each, now) ? each.value : []));
	}

	/** The value itself stays, however large it is; older ones make room for it. */
	set(key: string, value: Value, now: number, size = 1): void {
		this.delete(key);
		this.kept.set(key, { value, size, at: now });
		this.total += size;
		for (const [oldest, each] of this.kept) {
			if (oldest === key || (this.total <= this.most && this.isFresh(each, now))) return;
			this.delete(oldest);
		}
	}

	delete(key: string): void {
		this.total -= this.kept.get(key)?.size ?? 0;
		this.kept.delete(key);
	}

	private isFresh({ at }: Kept<Value>, now: number): boolean {
		return now - at < this.keptMs;
	}
}
