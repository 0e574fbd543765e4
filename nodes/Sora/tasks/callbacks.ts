import type { Task, TaskPhase } from '../gateway/contract';
import { SoraFailure } from '../gateway/failures';
import { ATTEMPTS } from '../gateway/timeouts';
import type { Clock } from './clock';
import { limiter } from './limiter';
import { retry } from './retry';
import { TaskPoller } from './poller';

/**
 * Anybody may call a webhook's address. So few tasks are asked for at a time, and one that the gateway does not
 * know keeps its place for so long: a flood of invented IDs makes `PLACES` requests in every such span.
 */
const PLACES = 5;
const PENALTY_MS = 60_000;
/**
 * n8n keeps a sandbox for expressions, some megabytes, as long as a call is dealt with. So few calls are held; what
 * comes meanwhile waits as a mere ID for one of those, which then leads to more than its own outcome.
 */
const HELD_CALLS = 10;
/** IDs that wait in one process; calls about further ones are dropped. */
const MOST_WAITING = 1_000;
/** A held call with something to tell leaves the rest to the others after so long, and the last one after so long. */
const HOLD_MS = 10_000;
const LAST_HOLD_MS = 600_000;
/** Outcomes that are remembered; gateways call again within minutes, if at all. */
const MOST_TOLD = 500;
/** A call came, but the gateway still says that the task is running: it may be a little behind itself. */
const PATIENCE_MS = 60_000;

/** The outcomes told so far, by task ID. */
export type Told = Record<string, TaskPhase>;

interface Flight {
	/** A further call came meanwhile, so that there may be more to see. */
	calledAgain: boolean;
	/** Of the call that is held for it: n8n takes a call's credentials away as soon as that one has been dealt with. */
	poll: Poll;
}

type Poll = (taskId: string) => Promise<Task>;

/**
 * Turns calls about tasks into outcomes: believes none of them, asks the gateway itself, and tells each outcome
 * once, however often and in whatever state of the task it was called.
 */
export class CallbackDesk {
	private readonly flights = new Map<string, Flight>();
	private readonly waiting = new Set<string>();
	private held = 0;
	private readonly told = new Map<string, TaskPhase>();
	private readonly inPlaces = limiter(PLACES);
	private readonly poller: TaskPoller;

	constructor(private readonly clock: Clock) {
		// A watched task has its flight.
		const poll: Poll = async (taskId) => await (this.flights.get(taskId) as Flight).poll(taskId);
		this.poller = new TaskPoller({ poll, clock });
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
	 * @param poll asks the gateway; it is used until this promise settles, and not longer
	 * @param onTrouble is told where the gateway does not tell of a task, and why
	 * @returns tasks that have finished or failed, the one that was called about and such that waited; none where
	 * there is nothing new to tell
	 */
	async outcomesAfter(
		taskId: string,
		poll: Poll,
		onTrouble: (taskId: string, reason: unknown) => void,
	): Promise<Task[]> {
		if (this.isKnown(taskId)) return [];
		if (this.held >= HELD_CALLS) {
			if (this.waiting.size < MOST_WAITING) this.waiting.add(taskId);
			return [];
		}
		this.held++;
		const since = this.clock.now();
		const tasks: Task[] = [];
		for (let next: string | undefined = taskId; next !== undefined; ) {
			const current: string = next;
			const task = await this.outcomeOf(current, poll).catch((reason: unknown) => {
				onTrouble(current, reason);
				return undefined;
			});
			if (task) tasks.push(task);
			const longest = this.held > 1 ? HOLD_MS : LAST_HOLD_MS;
			const leaves = tasks.length > 0 && this.clock.now() - since > longest;
			next = leaves ? undefined : this.nextWaiting();
		}
		this.held--;
		return tasks;
	}

	/** Whether a call says nothing new, or only that a task should be polled once more. */
	private isKnown(taskId: string): boolean {
		const flight = this.flights.get(taskId);
		if (flight) flight.calledAgain = true;
		return flight !== undefined || this.told.get(taskId) === 'succeeded';
	}

	private nextWaiting(): string | undefined {
		const [next] = this.waiting;
		if (next !== undefined) this.waiting.delete(next);
		return next;
	}

	/** @returns the finished or failed task, or `undefined` where there is nothing new to tell */
	private async outcomeOf(taskId: string, poll: Poll): Promise<Task | undefined> {
		if (this.isKnown(taskId)) return undefined;
		const own: Flight = { calledAgain: false, poll };
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
		const first = await this.firstLook(taskId, flight.poll);
		if (hasEnded(first)) return first;
		do {
			flight.calledAgain = false;
			const task = await this.watched(taskId);
			if (task) return task;
		} while (flight.calledAgain);
		return undefined;
	}

	/** Answers as soon as the gateway did, and keeps the place longer where it knew of no such task. */
	private async firstLook(taskId: string, poll: Poll): Promise<Task> {
		return await new Promise<Task>((resolve, reject) => {
			void this.inPlaces(async () => {
				try {
					resolve(
						await retry(async () => await poll(taskId), {
							attempts: ATTEMPTS.callbackPoll,
							repeats: 'free',
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
			const { task } = await this.poller.watch({
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
