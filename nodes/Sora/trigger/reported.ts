/** Which outcomes started the workflow: each does once. */
import type { TaskPhase } from '../gateway/contract';

/** Outcomes that one process remembers: enough for a gateway that calls three times about each task of a large batch. */
const MOST_REMEMBERED = 5_000;
/** Outcomes that survive a restart, in the workflow's row of n8n's database: the newest ones, some 40 KB. */
const MOST_SAVED = 500;

/** The node's static data. n8n gives each call a copy of its own, and saves it whole when the call is returned. */
export interface SavedMemory {
	/** `{ taskId, outcome }`, oldest first; anything, if it is damaged. */
	reported?: unknown;
}

export class Reported {
	/** By task ID, oldest first. */
	private readonly outcomes = new Map<string, TaskPhase>();

	/** @returns what was reported last. A failed task may still turn out to have finished, never the other way round. */
	outcomeOf(taskId: string): TaskPhase | undefined {
		return this.outcomes.get(taskId);
	}

	add(taskId: string, outcome: TaskPhase): void {
		this.outcomes.delete(taskId);
		this.outcomes.set(taskId, outcome);
		const [oldest = ''] = this.outcomes.keys();
		if (this.outcomes.size > MOST_REMEMBERED) this.outcomes.delete(oldest);
	}

	/** Adds what this or another process saved. */
	read({ reported }: SavedMemory): void {
		for (const entry of Array.isArray(reported) ? (reported as unknown[]) : []) {
			const { taskId, outcome } = (entry ?? {}) as { taskId?: unknown; outcome?: unknown };
			if (typeof taskId !== 'string' || (outcome !== 'succeeded' && outcome !== 'failed')) continue;
			const known = this.outcomeOf(taskId);
			if (known !== 'succeeded' && known !== outcome) this.add(taskId, outcome);
		}
	}

	write(saved: SavedMemory): void {
		const newest = [...this.outcomes].slice(-MOST_SAVED);
		saved.reported = newest.map(([taskId, outcome]) => ({ taskId, outcome }));
	}
}
