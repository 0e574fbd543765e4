/**
 * The calls that n8n has not been given back yet. They are held for two reasons: n8n takes a call's credentials away
 * as soon as it was dealt with, so that the gateway can be asked only while one is held; and a call can start the
 * workflow only once, when it is given back.
 */
import type { Task } from '../gateway/contract';
import { SoraFailure } from '../gateway/failures';
import type { Clock } from '../flow/clock';
import { PACE_MS } from '../tasks/schedule';

export type Poll = (taskId: string) => Promise<Task>;

/** n8n keeps a sandbox for expressions, some megabytes, as long as a call is held. */
export const HELD_CALLS = 10;
/** While outcomes come one after the other, a call takes several along, for so long, in milliseconds. */
const LONGEST_GATHERING_MS = 20_000;
/**
 * The last call takes the means to ask along, so that it stays for so long while there is more to ask for: while
 * outcomes come, while a task is only between two polls, and while all that waits has never been polled.
 */
const LAST_GATHERING_MS = 600_000;
const LAST_BETWEEN_POLLS_MS = 120_000;
const LAST_WAIT_MS = 30_000;

interface HeldCall {
	/** Unset until its gateway is open. */
	poll?: Poll;
	pollsInFlight: number;
	giveBack: (tasks: Task[]) => void;
}

interface Tools {
	clock: Clock;
	/** How many tasks are in hand: waiting for their turn, being polled or watched. */
	tasksInHand: () => number;
	/** Whether one of them has been polled before. */
	isAnyBegun: () => boolean;
	/** Whether the next answer is due in a moment. */
	isFlowing: () => boolean;
}

export class HeldCalls {
	/** Oldest first. */
	private readonly calls = new Set<HeldCall>();
	private outcomes: Task[] = [];
	private gatheringSince = 0;
	private nap?: AbortController;

	constructor(private readonly tools: Tools) {}

	/** Whether another one is of use. */
	get isWanted(): boolean {
		return this.calls.size < Math.min(HELD_CALLS, this.tools.tasksInHand());
	}

	get canPoll(): boolean {
		return [...this.calls].some(({ poll }) => poll !== undefined);
	}

	/**
	 * Holds a call.
	 * @param open gives the way to the gateway, which is used until this promise settles, and not longer
	 * @returns the tasks to put out with it, whichever calls these came from
	 * @throws what `open` threw
	 */
	async hold(open: () => Promise<Poll>, onOpen: () => void): Promise<Task[]> {
		return await new Promise<Task[]>((resolve, reject) => {
			const call: HeldCall = {
				pollsInFlight: 0,
				giveBack: (tasks) => {
					this.calls.delete(call);
					resolve(tasks);
				},
			};
			this.calls.add(call);
			open().then(
				(poll) => {
					call.poll = poll;
					onOpen();
				},
				(reason: Error) => {
					this.calls.delete(call);
					reject(reason);
				},
			);
		});
	}

	/**
	 * Polls with the newest call, which is given back last.
	 * @param onAnswer may gather an outcome while a call is certainly there to put it out with
	 */
	async poll(taskId: string, onAnswer: (task: Task) => void): Promise<Task> {
		const call = this.opened().at(-1);
		if (!call) throw noCallHeld(taskId);
		call.pollsInFlight++;
		try {
			const task = await call.poll(taskId);
			onAnswer(task);
			return task;
		} finally {
			call.pollsInFlight--;
			this.review();
		}
	}

	/** Takes an outcome in, to be put out with the next call that is given back. */
	gather(task: Task): void {
		if (!this.outcomes.length) this.gatheringSince = this.tools.clock.now();
		this.outcomes.push(task);
	}

	/** Gives calls back that have something to put out, or are of no more use. */
	review(): void {
		this.nap?.abort();
		this.nap = undefined;
		const inHand = this.tools.tasksInHand();
		const idle = () => this.opened().find(({ pollsInFlight }) => pollsInFlight === 0);
		if (this.outcomes.length && this.calls.size) this.putOut(inHand, idle());
		const needed = inHand + (this.outcomes.length ? 1 : 0);
		for (let call = idle(); call && this.calls.size > needed; call = idle()) call.giveBack([]);
	}

	private putOut(inHand: number, call: HeldCall | undefined): void {
		const { clock } = this.tools;
		const waitMs = inHand ? this.gatheringSince + this.gatheringMs(inHand) - clock.now() : 0;
		if (waitMs > 0) {
			this.nap = new AbortController();
			void clock.sleep(waitMs, this.nap.signal).then(
				() => this.review(),
				() => undefined,
			);
			return;
		}
		// Without an idle call, the end of its poll leads back here.
		if (!call) return;
		const tasks = this.outcomes;
		this.outcomes = [];
		call.giveBack(tasks);
	}

	private gatheringMs(inHand: number): number {
		const isFlowing = this.tools.isFlowing();
		if (this.calls.size === 1) {
			if (isFlowing) return LAST_GATHERING_MS;
			return this.tools.isAnyBegun() ? LAST_BETWEEN_POLLS_MS : LAST_WAIT_MS;
		}
		return isFlowing ? Math.min(LONGEST_GATHERING_MS, (inHand * PACE_MS) / this.calls.size) : 0;
	}

	private opened(): Array<HeldCall & { poll: Poll }> {
		return [...this.calls].filter((call): call is HeldCall & { poll: Poll } => Boolean(call.poll));
	}
}

/** A miss, as far as watching a task goes: the next call may lead on. */
const noCallHeld = (taskId: string) =>
	new SoraFailure('gateway_silent', {
		taskId,
		repeatable: 'free',
		detail: 'no call was left to ask it with',
	});
