import { TryAgain } from '../gateway/client';
import type { Task, TaskPhase } from '../gateway/contract';
import { SoraFailure } from '../gateway/failures';
import type { Clock } from './clock';
import { limiter } from './limiter';
import { repeated } from './repetition';
import { Watcher } from './watcher';

/**
 * Anybody may call a webhook's address. So few tasks are asked for at a time, and one that the gateway does not
 * know keeps its place for so long: a flood of invented IDs makes `PLACES` requests in every such span.
 */
const PLACES = 5;
const PENALTY_MS = 60_000;
/** Task IDs under way in one process; calls about further ones are dropped. */
const MOST_UNDER_WAY = 1_000;
/** Outcomes that are remembered; gateways call again within minutes, if at all. */
const MOST_TOLD = 500;
/** A call came, but the gateway still says that the task is running: it may be a little behind itself. */
const PATIENCE_MS = 60_000;
/** Looks through passing trouble before a call is given up; with the growing pauses about ten minutes. */
const LOOKS = 12;

/** The outcomes told so far, by task ID. */
export type Told = Record<string, TaskPhase>;

interface Flight {
	/** A further call came meanwhile, so that there may be more to see. */
	calledAgain: boolean;
}

/**
 * Turns calls about tasks into outcomes: believes none of them, asks the gateway itself, and tells each outcome
 * once, however often and in whatever state of the task it was called.
 */
export class CallbackDesk {
	/** Replaced by each caller: credentials may change. */
	look: (taskId: string) => Promise<Task>;
	private readonly flights = new Map<string, Flight>();
	private readonly told = new Map<string, TaskPhase>();
	private readonly inPlaces = limiter(PLACES);
	private readonly watcher: Watcher;

	constructor(
		look: (taskId: string) => Promise<Task>,
		private readonly clock: Clock,
	) {
		this.look = look;
		this.watcher = new Watcher({ look: async (taskId) => await this.look(taskId), clock });
	}

	/** Takes in what an earlier process told. */
	recall(told: Told): void {
		for (const [taskId, phase] of Object.entries(told)) {
			if (!this.told.has(taskId)) this.told.set(taskId, phase);
		}
		this.forgetOldest();
	}

	record(): Told {
		return Object.fromEntries(this.told);
	}

	/**
	 * @returns the finished or failed task, or `undefined` where there is nothing new to tell
	 * @throws {SoraFailure} where the gateway does not tell, and why
	 */
	async outcomeOf(taskId: string): Promise<Task | undefined> {
		if (this.told.get(taskId) === 'succeeded') return undefined;
		const flight = this.flights.get(taskId);
		if (flight) {
			flight.calledAgain = true;
			return undefined;
		}
		if (this.flights.size >= MOST_UNDER_WAY) return undefined;
		const own: Flight = { calledAgain: false };
		this.flights.set(taskId, own);
		try {
			const task = await this.ended(taskId, own);
			if (!task || this.told.get(taskId) === task.phase) return undefined;
			this.told.set(taskId, task.phase);
			this.forgetOldest();
			return task;
		} finally {
			this.flights.delete(taskId);
		}
	}

	private async ended(taskId: string, flight: Flight): Promise<Task | undefined> {
		const first = await this.firstLook(taskId);
		if (hasEnded(first)) return first;
		do {
			flight.calledAgain = false;
			const task = await this.watched(taskId);
			if (task) return task;
		} while (flight.calledAgain);
		return undefined;
	}

	/** Answers as soon as the gateway did, and keeps the place longer where it knew of no such task. */
	private async firstLook(taskId: string): Promise<Task> {
		return await new Promise<Task>((resolve, reject) => {
			void this.inPlaces(async () => {
				try {
					resolve(
						await repeated(async () => await this.look(taskId), {
							attempts: LOOKS,
							mayRepeat: (reason) => (reason instanceof TryAgain ? reason.failure : undefined),
							clock: this.clock,
						}),
					);
				} catch (error) {
					reject(error as Error);
					await this.clock.sleep(PENALTY_MS);
				}
			});
		});
	}

	private async watched(taskId: string): Promise<Task | undefined> {
		const now = this.clock.now();
		try {
			const { task } = await this.watcher.watch({
				taskId,
				since: now,
				deadline: now + PATIENCE_MS,
				typicalRenderMs: PATIENCE_MS,
				gatewayProven: true,
			});
			return task && task.phase !== 'running' ? task : undefined;
		} catch (error) {
			const seen = error instanceof SoraFailure ? error.facts.task : undefined;
			// Finished without a video is an outcome too, once the gateway had its time to find it.
			if (seen?.phase === 'succeeded') return seen;
			throw error as Error;
		}
	}

	private forgetOldest(): void {
		for (const taskId of this.told.keys()) {
			if (this.told.size <= MOST_TOLD) return;
			this.told.delete(taskId);
		}
	}
}

const hasEnded = ({ phase, videoUrl }: Task) =>
	phase === 'failed' || (phase === 'succeeded' && videoUrl !== null);
