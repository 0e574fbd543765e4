/**
 * How much of a file is read. Files may come from anybody: one may hold a million parts where a true one
 * holds ten, and n8n has one thread. What lies beyond the budget is not known, which is no reason to refuse.
 */
export class Budget {
	private taken = 0;
	private isLeftOut = false;

	constructor(private readonly most: number) {}

	/** @returns false when nothing is left */
	take(parts = 1): boolean {
		this.taken += parts;
		return this.taken <= this.most;
	}

	/** Notes that something could not be read. */
	leaveOut(): void {
		this.isLeftOut = true;
	}

	/** Whether something was left out: then nothing can be said to be absent. */
	get isSpent(): boolean {
		return this.isLeftOut || this.taken > this.most;
	}
}
