/** The items of a turn end it together: once each has arrived or left, all learn whether anything is still open. */
export class Barrier {
	private readonly missing: Set<number>;
	private anythingOpen = false;
	private release: () => void = () => undefined;
	private readonly released: Promise<void>;

	constructor(items: number) {
		this.missing = new Set(Array.from({ length: items }, (_, index) => index));
		this.released = new Promise((resolve) => (this.release = resolve));
	}

	/** @returns whether this or any other item is still open */
	async arrive(item: number, isOpen: boolean): Promise<boolean> {
		this.anythingOpen ||= isOpen;
		this.leave(item);
		await this.released;
		return this.anythingOpen;
	}

	/** The item no longer takes part. */
	leave(item: number): void {
		this.missing.delete(item);
		if (this.missing.size === 0) this.release();
	}
}
