/** Which outcomes started the workflow: each does once. */
import type { TaskPhase } from '../gateway/contract';

/** Outcomes that one process remembers: enough for a gateway that calls three times about each task of a large batch. */
const MOST_REMEMBERED = 5_000;
/** Outcomes that survive a restart, in the workflow's row of n8n's database: the newest ones, some 40 KB. */
const MOST_SAVED = 500;

type EndPhase = Exclude<TaskPhase, 'running'>;

/**
 * The node's static data. n8n gives each call a copy of its own and saves it when the call is returned, so that it is
 * read at every call and written whole.
 */
export interface SavedMemory {
	/** `{ taskId, outcome }`, oldest first; anything, if it is damaged. */
	reported?: unknown;
}

export class Reported {
	/** By task ID, oldest first. */
	private readonly outcomes = new Map<string, EndPhase>();

	/** @returns what was reported last. A failed task may still turn out to have finished, never the other way round. */
	outcomeOf(taskId: string): EndPhase | undefined {
		return this.outcomes.get(taskId);
	}

	add(taskId: string, outcome: EndPhase): void {
		this.outcomes.delete(taskId);
		this.outcomes.set(taskId, outcome);
		this.forgetOldest();
	}

	/** Adds what this or another process saved. */
	read(saved: SavedMemory): void {
		const entries: unknown[] = Array.isArray(saved.reported) ? saved.reported : [];
		for (const entry of entries) {
			const { taskId, outcome } = (entry ?? {}) as { taskId?: unknown; outcome?: unknown };
			if (typeof taskId !== 'string' || (outcome !== 'succeeded' && outcome !== 'failed')) continue;
			if (outcome === 'succeeded' || !this.outcomes.has(taskId)) this.outcomes.set(taskId, outcome);
		}
		this.forgetOldest();
	}

	write(saved: SavedMemory): void {
		saved.reported = [...this.outcomes]
			.slice(-MOST_SAVED)
			.map(([taskId, outcome]) => ({ taskId, outcome }));
	}

	private forgetOldest(): void {
		for (const taskId of this.outcomes.keys()) {
			if (this.outcomes.size <= MOST_REMEMBERED) return;
			this.outcomes.delete(taskId);
		}
	}
}
