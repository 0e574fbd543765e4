/** Which outcomes started the workflow: each does once. */
import type { TaskPhase } from '../gateway/contract';
import { Recent } from '../tasks/recent';

/** Outcomes that one process remembers: enough for a gateway that calls three times about each task of a large batch. */
const MOST_REMEMBERED = 5_000;
/** Outcomes that survive a restart, in the workflow's row of n8n's database: the newest ones, some 40 KB. */
const MOST_SAVED = 500;

/** The node's static data, oldest first. n8n gives each call a copy of its own, and saves it when the call is returned. */
export interface SavedMemory {
	reported?: Array<{ taskId: string; outcome: TaskPhase }>;
}

/** By task ID, what was reported last. A failed task may still turn out to have finished, never the other way round. */
export class Reported extends Recent<TaskPhase> {
	constructor() {
		super(MOST_REMEMBERED);
	}

	/** Adds what this or another process saved. */
	read({ reported = [] }: SavedMemory): void {
		for (const { taskId, outcome } of reported) {
			if (this.get(taskId) !== 'succeeded') this.set(taskId, outcome);
		}
	}

	write(saved: SavedMemory): void {
		const newest = [...this].slice(-MOST_SAVED);
		saved.reported = newest.map(([taskId, outcome]) => ({ taskId, outcome }));
	}
}
