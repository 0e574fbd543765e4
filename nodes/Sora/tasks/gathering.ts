/**
 * The items of a turn end it together: once each of them has ended, or can do no more in this turn, all learn whether
 * anything is still open.
 */
export class Gathering {
	private readonly missing: Set<number>;
	/** Missing items that wait for what the others do, and how each learns that they do nothing more. */
	private readonly idle = new Map<number, () => void>();
	private anythingOpen = false;
	private complete: () => void = () => undefined;
	private readonly completed: Promise<void>;

	constructor(items: number) {
		this.missing = new Set(Array.from({ length: items }, (_, index) => index));
		this.completed = new Promise((resolve) => (this.complete = resolve));
	}

	/** @returns whether anything is open, of this item or of another */
	async arrive(item: number, isOpen: boolean): Promise<boolean> {
		this.anythingOpen ||= isOpen;
		this.leave(item);
		await this.completed;
		return this.anythingOpen;
	}

	/** Nobody waits for this item any more. */
	leave(item: number): void {
		this.idle.delete(item);
		this.missing.delete(item);
		this.tell();
	}

	/** The item can only wait for what the others do. Ends when they do nothing more while something is open. */
	async othersAreDone(item: number): Promise<void> {
		const done = new Promise<void>((resolve) => this.idle.set(item, resolve));
		this.tell();
		await done;
	}

	/** The item does something again. */
	resume(item: number): void {
		this.idle.delete(item);
	}

	private tell(): void {
		if (this.missing.size === 0) this.complete();
		if (!this.anythingOpen || this.idle.size < this.missing.size) return;
		for (const tell of this.idle.values()) tell();
	}
}
