/** Values by key, bounded by the sum of their sizes. What was written longest ago goes first. */
export class Bounded<Value> {
	private readonly kept = new Map<string, { value: Value; size: number }>();
	private total = 0;

	/** @param most the sum of all sizes */
	constructor(private readonly most: number) {}

	get(key: string): Value | undefined {
		return this.kept.get(key)?.value;
	}

	values(): Value[] {
		return [...this.kept.values()].map(({ value }) => value);
	}

	/** The value itself stays, however large it is; older ones make room for it. */
	set(key: string, value: Value, size: number): void {
		this.delete(key);
		this.kept.set(key, { value, size });
		this.total += size;
		for (const oldest of this.kept.keys()) {
			if (oldest === key || this.total <= this.most) return;
			this.delete(oldest);
		}
	}

	private delete(key: string): void {
		this.total -= this.kept.get(key)?.size ?? 0;
		this.kept.delete(key);
	}
}
