/** Open tasks that were called about and whose execution was not woken yet. */
const MOST_CALLED = 10_000;

/** Counts calls about tasks, so that an execution is woken once, and not for each of its tasks. */
export class CountedCalls {
	private readonly called = new Set<string>();

	constructor(private readonly most = MOST_CALLED) {}

	/**
	 * Notes a call about a task.
	 * @param open the tasks of its execution that are waited for
	 * @returns whether all of them were called about; they are then forgotten
	 */
	isLast(taskId: string, open: readonly string[]): boolean {
		this.called.delete(taskId);
		this.called.add(taskId);
		const isLast = open.every((each) => this.called.has(each));
		if (isLast) for (const each of open) this.called.delete(each);
		const [oldest] = this.called;
		if (this.called.size > this.most && oldest !== undefined) this.called.delete(oldest);
		return isLast;
	}
}
