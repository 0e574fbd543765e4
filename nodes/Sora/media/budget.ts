/**
 * How much of a file is looked into. Files come from strangers: one may hold a million parts where a true one
 * holds ten, and n8n has one thread. What lies beyond the budget is not known, which is no reason to refuse.
 */
export class Budget {
	private taken = 0;

	constructor(private readonly most: number) {}

	/** @returns false when nothing is left */
	take(parts = 1): boolean {
		this.taken += parts;
		return this.taken <= this.most;
	}

	/** Whether something was left out. */
	get isSpent(): boolean {
		return this.taken > this.most;
	}
}
