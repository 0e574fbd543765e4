/** Which outcomes the trigger has put out: each is put out once. */
import type { TaskPhase } from '../gateway/contract';

/** Outcomes that one process remembers: a gateway that calls thrice about each of a large batch finds them all. */
const MOST_REMEMBERED = 5_000;
/** Outcomes that outlive a process, in the workflow's row of n8n's database: the newest ones, some 40 KB. */
const MOST_SAVED = 500;

export type EndPhase = Exclude<TaskPhase, 'running'>;

/** One entry of what is saved with the workflow, oldest first. */
interface ReportedOutcome {
	taskId: string;
	outcome: EndPhase;
}

/**
 * The node's static data. n8n hands each call a copy of its own and saves it when the call has been dealt with, so
 * that it is read at every call and written whole.
 */
export interface SavedMemory {
	reported?: unknown;
}

const isOutcome = (value: unknown): value is EndPhase =>
	value === 'succeeded' || value === 'failed';

function* savedOutcomes({ reported }: SavedMemory): Generator<ReportedOutcome> {
	if (!Array.isArray(reported)) return;
	for (const entry of reported as Array<Partial<ReportedOutcome> | null>) {
		const { taskId, outcome } = entry ?? {};
		if (typeof taskId === 'string' && isOutcome(outcome)) yield { taskId, outcome };
	}
}

export class Reported {
	/** By task ID, oldest first. */
	private readonly outcomes = new Map<string, EndPhase>();

	/** Whether this outcome of the task has been put out. A failed task may still turn out to have finished. */
	has(taskId: string, outcome: TaskPhase): boolean {
		return this.outcomes.get(taskId) === outcome;
	}

	/** Whether nothing more can come of the task. */
	isSettled(taskId: string): boolean {
		return this.outcomes.get(taskId) === 'succeeded';
	}

	add(taskId: string, outcome: TaskPhase): void {
		if (!isOutcome(outcome)) return;
		this.outcomes.delete(taskId);
		this.outcomes.set(taskId, outcome);
		this.forgetOldest();
	}

	/** @returns the task IDs that were not known here before */
	read(saved: SavedMemory): string[] {
		const news: string[] = [];
		for (const { taskId, outcome } of savedOutcomes(saved)) {
			const known = this.outcomes.get(taskId);
			// A failed task may have finished for another process since, and never the other way round.
			if (known === undefined || outcome === 'succeeded') this.outcomes.set(taskId, outcome);
			if (known === undefined) news.push(taskId);
		}
		this.forgetOldest();
		return news;
	}

	write(saved: SavedMemory): void {
		saved.reported = [...this.outcomes]
			.slice(-MOST_SAVED)
			.map(([taskId, outcome]): ReportedOutcome => ({ taskId, outcome }));
	}

	private forgetOldest(): void {
		for (const taskId of this.outcomes.keys()) {
			if (this.outcomes.size <= MOST_REMEMBERED) return;
			this.outcomes.delete(taskId);
		}
	}
}
