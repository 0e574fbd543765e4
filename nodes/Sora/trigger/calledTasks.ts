/** From calls about tasks to their outcomes. */
import type { Task } from '../gateway/contract';
import { SoraFailure } from '../gateway/failures';
import { ATTEMPTS } from '../gateway/timeouts';
import type { Clock } from '../flow/clock';
import { TaskPoller } from '../tasks/poller';
import { retry } from '../flow/retry';
import { HELD_CALLS, HeldCalls, type Poll } from './heldCalls';
import { Dropped, PollQueue, type PollTurn } from './pollQueue';
import { Reported, type SavedMemory } from './reported';

/** IDs in hand in one process beside one for each held call; of more, those are dropped that would come last. */
const MOST_WAITING = 1_000;
/** A call came, but the gateway still says that the task is running: it may be a little behind itself. */
const PATIENCE_MS = 60_000;
/**
 * Nobody waits for word that a gateway cannot be reached, and no other call may come: where the retries have given up
 * sooner than this, they begin anew after a pause, in milliseconds.
 */
const ASKED_AGAIN_FOR_MS = 300_000;
const PAUSE_BEFORE_ASKING_AGAIN_MS = 30_000;

interface Call {
	taskId: string;
	/** Opens the gateway; called only where the call is held. */
	open: () => Promise<Poll>;
	/** Called where the gateway says nothing of a task, with the reason. */
	onTrouble: (taskId: string, reason: unknown) => void;
	/** Called where a task leads to nothing that could be put out, and why. */
	onDropped: (taskId: string, why: string) => void;
}

interface TaskInHand {
	turn: PollTurn;
	/** A further call came meanwhile, so that there may be more to see. */
	calledAgain: boolean;
	/** It was polled. */
	isBegun: boolean;
	/** There was an outcome that had not been reported. */
	hasNews: boolean;
	/** The call that brought it in. */
	readonly call: Call;
}

/**
 * Believes no call but for the task's ID, asks the gateway itself, and reports each outcome once, however often and in
 * whatever state of the task it was called.
 */
export class CalledTasks {
	private readonly inHand = new Map<string, TaskInHand>();
	private readonly reported = new Reported();
	private readonly held: HeldCalls;
	private readonly queue: PollQueue;
	private readonly poller: TaskPoller;

	constructor(private readonly clock: Clock) {
		this.held = new HeldCalls({
			clock,
			tasksInHand: () => this.inHand.size,
			isAnyBegun: () => [...this.inHand.values()].some(({ isBegun }) => isBegun),
			isFlowing: () => this.queue.isFlowing,
		});
		this.queue = new PollQueue({
			clock,
			canPoll: () => this.held.canPoll,
			onPause: () => this.held.review(),
		});
		this.poller = new TaskPoller({ poll: async (taskId) => await this.poll(taskId), clock });
	}

	/** Takes in what an earlier process reported, or another one. */
	recall(saved: SavedMemory): void {
		for (const taskId of this.reported.read(saved)) this.queue.addFamiliar(taskId);
	}

	save(saved: SavedMemory): void {
		this.reported.write(saved);
	}

	/**
	 * @returns tasks that have finished or failed, of this call and of others; none where there is nothing to report
	 * @throws what opening the gateway threw
	 */
	async outcomesAfter(call: Call): Promise<Task[]> {
		const { taskId } = call;
		if (this.reported.isSettled(taskId)) {
			call.onDropped(taskId, 'its outcome was reported before');
			return [];
		}
		const known = this.inHand.get(taskId);
		if (known) {
			known.calledAgain = true;
			this.queue.callAgain(known.turn);
		} else this.takeIn(call);
		if (this.held.isWanted) return await this.held.hold(call.open, () => this.queue.pump());
		if (known) call.onDropped(taskId, 'an earlier call about it is still being dealt with');
		return [];
	}

	private takeIn(call: Call): void {
		const { taskId } = call;
		const isFull = this.inHand.size >= MOST_WAITING + HELD_CALLS;
		const task: TaskInHand = {
			turn: this.queue.enter(taskId, this.reported.has(taskId, 'failed')),
			calledAgain: false,
			isBegun: false,
			hasNews: false,
			call,
		};
		this.inHand.set(taskId, task);
		void this.pursue(task);
		if (isFull) this.queue.dropLast('too many others wait');
	}

	/** Never rejects. */
	private async pursue(task: TaskInHand): Promise<void> {
		const { call } = task;
		const { taskId } = call;
		try {
			const ended = await this.outcomeOf(task);
			if (ended) this.report(taskId, ended);
			if (!task.hasNews) {
				const why = ended
					? 'its outcome was reported before'
					: 'the gateway says that it still runs';
				call.onDropped(taskId, why);
			}
		} catch (reason) {
			if (reason instanceof Dropped) call.onDropped(taskId, reason.message);
			else call.onTrouble(taskId, reason);
		}
		this.inHand.delete(taskId);
		this.held.review();
	}

	private async outcomeOf(task: TaskInHand): Promise<Task | undefined> {
		const first = await this.firstPoll(task);
		if (hasEnded(first)) return first;
		do {
			task.calledAgain = false;
			const ended = await this.watched(task.call.taskId);
			if (ended) return ended;
		} while (task.calledAgain);
		return undefined;
	}

	private report(taskId: string, task: Task): void {
		const inHand = this.inHand.get(taskId);
		if (!inHand || this.reported.has(taskId, task.phase)) return;
		inHand.hasNews = true;
		this.reported.add(taskId, task.phase);
		this.held.gather(task);
	}

	private async poll(taskId: string): Promise<Task> {
		return await this.held.poll(taskId, (task) => {
			if (hasEnded(task)) this.report(taskId, task);
		});
	}

	private async firstPoll(task: TaskInHand): Promise<Task> {
		const { turn } = task;
		const poll = async () => {
			task.isBegun = true;
			return await this.poll(turn.taskId);
		};
		const isNews = (seen: Task) => task.hasNews || !hasEnded(seen);
		const asked = async () =>
			await retry(async () => await this.queue.pass(turn, poll, isNews), {
				attempts: ATTEMPTS.callbackPoll,
				repeats: 'free',
				clock: this.clock,
			});
		const since = this.clock.now();
		for (;;) {
			const result = await asked().then(
				(first) => ({ first }),
				(reason: unknown) => ({ reason }),
			);
			if ('first' in result) return result.first;
			const { reason } = result;
			const mayPass = reason instanceof SoraFailure && reason.facts.repeatable === 'free';
			if (!mayPass || this.clock.now() - since > ASKED_AGAIN_FOR_MS) throw reason;
			await this.clock.sleep(PAUSE_BEFORE_ASKING_AGAIN_MS);
		}
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
}

const hasEnded = ({ phase, videoUrl }: Task) =>
	phase === 'failed' || (phase === 'succeeded' && videoUrl !== null);
