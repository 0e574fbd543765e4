/**
 * The items of a run decide together: once each of them is so far, or has ended in another way, all learn whether
 * anything is still open.
 */
export class Gathering {
	private readonly missing: Set<number>;
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
		this.missing.delete(item);
		if (this.missing.size === 0) this.complete();
	}
}
