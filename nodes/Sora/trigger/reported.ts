/** Outcomes that have started the workflow: each does so once. */
import type { TaskPhase } from '../gateway/contract';
import type { Conceal } from '../gateway/secrecy';
import { Recent } from '../tasks/recent';

/** Outcomes remembered per process: enough for a gateway that calls three times about each task of a large batch. */
const MAX_REMEMBERED = 5_000;
/** Outcomes that survive a restart, in the workflow's row of n8n's database: the newest ones, some 40 KB. */
const MAX_SAVED = 500;

/** The node's static data, oldest first. n8n gives each call its own copy, and saves it when the call returns. */
export interface SavedMemory {
	reported?: Array<{ taskId: string; outcome: TaskPhase }>;
}

/** The last reported phase by task ID. A failed task may still turn out to have finished, never the reverse. */
export class Reported extends Recent<TaskPhase> {
	constructor() {
		super(MAX_REMEMBERED);
	}

	/** Adds what this or another process saved. */
	read({ reported }: SavedMemory): void {
		for (const { taskId, outcome } of reported ?? []) {
			const known = this.get(taskId);
			// Setting a known outcome again would make it the newest, and push others out.
			if (known !== 'succeeded' && known !== outcome) this.set(taskId, outcome);
		}
	}

	write(saved: SavedMemory, conceal: Conceal): void {
		const newest = [...this].slice(-MAX_SAVED);
		saved.reported = newest.map(([taskId, outcome]) => ({ taskId: conceal(taskId), outcome }));
	}
}
