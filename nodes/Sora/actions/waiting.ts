/**
 * How the items of a run wait for their tasks. In the node: the execution runs until all have ended. Parked: it lies in
 * n8n's database and is woken to poll, which every item of it waits for: an execution is parked whole.
 */
import type { EngineRequest, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { invalidInput, SoraFailure } from '../gateway/failures';
import { printable } from '../gateway/printable';
import { concealed } from '../gateway/secrecy';
import type { Gateway } from '../gateway/credential';
import { isInnerAddress } from '../media/privateAddresses';
import { resumeUrlOf } from '../parking/engineRequest';
import { AWAITED_CALL, type ParkedTask, type ParkingState } from '../parking/parkingState';
import { endParking, resumeAddress } from '../parking/resumeWebhook';
import type { Clock } from '../flow/clock';
import { Barrier } from '../tasks/barrier';
import { digestOf } from '../tasks/ledger';
import { OrderLater, Orders, type Order } from '../tasks/orders';
import type { Outcome, PolledTask, TaskPoller } from '../tasks/poller';
import { SHORTEST_PARK_MS } from '../tasks/schedule';
import type { Log } from './log';
import { firstNamed, MOST_TASKS_NAMED } from './nodeErrors';
import type { Turn } from './turn';

/** What an item returns where its task is to be waited for, or to be ordered, in a later turn of the node. */
export class Unfinished {
	constructor(
		/** Unset where it was not ordered yet. */
		readonly task: Omit<ParkedTask, 'itemIndex'> | undefined,
		/** When it is worth another turn, milliseconds since the epoch; unset where others decide that. */
		readonly dueAt?: number,
	) {}
}

export type Performed = INodeExecutionData | Unfinished;

/** What became of an item in a turn. */
export type Result =
	| { item: INodeExecutionData }
	| { failure: SoraFailure }
	| { unfinished: Unfinished };

interface Tools {
	context: IExecuteFunctions;
	clock: Clock;
	poller: TaskPoller;
	log: Log;
	gateway: Pick<Gateway, 'address' | 'conceal' | 'wire'>;
	/** Once it is aborted, nothing more is bought. */
	buying: AbortSignal;
}

/** What a wait that has ended means for its item; the caller knows what counts as a failure. */
type Judge = (outcome: Outcome) => SoraFailure | undefined;

/**
 * How long is polled beyond the deadline, in milliseconds: for a fresh link of a finished task, and where n8n was down
 * until then and the one poll that is left fails.
 */
const LATE_MS = 60_000;

export class Waiting {
	/** When its items order their videos. */
	readonly orders: Orders;
	private readonly parks: boolean;
	private readonly state: ParkingState | undefined;
	private readonly taskByItem: ReadonlyMap<number, ParkedTask>;
	private readonly turnEnd: Barrier;
	/** Whose order went along with the address that wakes the execution. */
	private hookedItem: number | undefined;

	/** @throws {SoraFailure} invalid_input where the tasks of earlier turns are at another gateway */
	constructor(
		private readonly tools: Tools,
		private readonly turn: Turn,
		itemCount: number,
	) {
		this.parks = turn.parks;
		this.state = turn.entry?.state;
		this.taskByItem = new Map(this.state?.tasks.map((task) => [task.itemIndex, task]));
		this.turnEnd = new Barrier(itemCount);
		this.requireSameGateway();
		const { clock, buying, context } = tools;
		const making = [...this.taskByItem.values()].filter(({ hasEnded }) => !hasEnded);
		this.orders = new Orders({
			clock,
			signal: buying,
			parks: this.parks,
			making: making.map(({ itemIndex }) => itemIndex),
		});
		delete context.getContext('node')[AWAITED_CALL];
		if (this.state?.hookedTaskId) {
			endParking({ taskId: this.state.hookedTaskId, until: this.state.until });
		}
	}

	/** The tasks of the items were bought in an earlier turn of this run, not in an earlier try. */
	get isLaterTurn(): boolean {
		return this.state !== undefined;
	}

	/** When the wait began, in an earlier turn or now: Max Wait counts from here. */
	get beganAt(): number {
		return this.state?.beganAt ?? this.tools.clock.now();
	}

	/** Tasks that earlier turns of this run have left, by item. */
	get tasks(): Map<number, string> {
		return new Map([...this.taskByItem].map(([itemIndex, { taskId }]) => [itemIndex, taskId]));
	}

	taskOf(itemIndex: number): ParkedTask | undefined {
		return this.taskByItem.get(itemIndex);
	}

	/** Why an item failed in an earlier turn, without a task that could be polled. */
	failureOf(itemIndex: number): SoraFailure | undefined {
		return this.state?.failures.get(itemIndex);
	}

	/**
	 * Where the gateway wakes the parked execution, for the last order of a run: its call comes when the others have ended
	 * too, or soon will have, and each call costs n8n as much as a poll of all.
	 */
	callbackUrl(itemIndex: number): string | undefined {
		if (!this.parks) return undefined;
		this.hookedItem = itemIndex;
		return this.ownAddress();
	}

	/** Sends the paid request of an item in this turn, or leaves it to a later one. */
	async order<Body, Bought>(order: Order<Body, Bought>): Promise<Bought | Unfinished> {
		const placed = await this.orders.place(order);
		if (!(placed instanceof OrderLater)) return placed;
		void this.turnEnd.arrive(order.itemIndex, true);
		return new Unfinished(undefined, placed.at);
	}

	/** The item has ended: the others need not wait for it. */
	settled(itemIndex: number): void {
		this.orders.hasEnded(itemIndex);
		this.turnEnd.leave(itemIndex);
	}

	/**
	 * Waits for the task of an item as this turn does.
	 * @throws {SoraFailure} what the judge says, or what ended the watch
	 */
	async outcomeOf(
		itemIndex: number,
		polled: PolledTask,
		judge: Judge,
	): Promise<Outcome | Unfinished> {
		if (this.hasEndedBefore(itemIndex, polled.taskId)) {
			return await this.outcomeOfEnded(itemIndex, polled, judge);
		}
		this.orders.isMade(itemIndex);
		const watched = await this.watch(itemIndex, polled, judge).then(
			(outcome) => ({ outcome }),
			(reason: unknown) => ({ reason }),
		);
		const parked = 'outcome' in watched ? watched.outcome.parked : undefined;
		if (parked) this.orders.isParked(itemIndex);
		else this.orders.hasEnded(itemIndex);
		if (this.parks && !('reason' in watched && this.endsTheNode(watched.reason))) {
			if (await this.turnEnd.arrive(itemIndex, parked !== undefined)) {
				const { taskId } = polled;
				const task = { taskId, hasEnded: hasEnded(watched), parked };
				return new Unfinished(task, parked?.until);
			}
		}
		if ('reason' in watched) return await Promise.reject(watched.reason as Error);
		return watched.outcome;
	}

	private async watch(itemIndex: number, polled: PolledTask, judge: Judge): Promise<Outcome> {
		const { clock, poller } = this.tools;
		if (!this.parks) return judged(await poller.watch(polled), judge);
		const { isLaterTurn } = this;
		const parked = this.taskOf(itemIndex)?.parked;
		// The gateway's call says that it is worth a poll, whenever the next one was due.
		const isCalled = this.turn.entry?.isCalled === true;
		const resumed = parked && isCalled ? { ...parked, until: clock.now() } : parked;
		const outcome = await poller.watch({ ...polled, parks: true, resumed });
		if (!isLaterTurn || !outcome.timedOut || outcome.task) return judged(outcome, judge);
		const deadline = clock.now() + LATE_MS;
		return judged(await poller.watch({ ...polled, pollAtOnce: false, deadline }), judge);
	}

	/** Without On Error: Continue, the first failure of a task ends the node, and the other waits with it. */
	private endsTheNode(reason: unknown): boolean {
		const isOfPoll = reason instanceof SoraFailure && reason.facts.ofPoll === true;
		return !isOfPoll && !this.tools.context.continueOnFail();
	}

	/** Polled once more when all others have ended too: links expire, and are handed out anew. */
	private async outcomeOfEnded(itemIndex: number, polled: PolledTask, judge: Judge) {
		const { taskId } = polled;
		if (await this.turnEnd.arrive(itemIndex, false)) {
			return new Unfinished({ taskId, hasEnded: true });
		}
		const { clock, poller } = this.tools;
		const deadline = Math.max(polled.deadline, clock.now() + LATE_MS);
		const watch = { ...polled, deadline, pollAtOnce: true, gatewayProven: true };
		return judged(await poller.watch(watch), judge);
	}

	private hasEndedBefore(itemIndex: number, taskId: string): boolean {
		const before = this.taskOf(itemIndex);
		return before?.taskId === taskId && before.hasEnded;
	}

	/** @returns what the engine is asked for, where an item is to be waited for in a later turn */
	nextTurn(results: readonly Result[]): EngineRequest | undefined {
		const { entry } = this.turn;
		const { context, clock, gateway } = this.tools;
		const isOpen = results.some((result) => 'unfinished' in result);
		if (!entry || !isOpen) return undefined;
		const tasks: ParkedTask[] = [];
		const failures = new Map<number, SoraFailure>();
		let until = Number.POSITIVE_INFINITY;
		for (const [itemIndex, result] of results.entries()) {
			if ('failure' in result) failures.set(itemIndex, result.failure);
			if (!('unfinished' in result)) continue;
			const { task, dueAt } = result.unfinished;
			if (task) tasks.push({ ...task, itemIndex });
			until = Math.min(until, dueAt ?? until);
		}
		const earliest = clock.now() + SHORTEST_PARK_MS;
		until = Number.isFinite(until) ? Math.max(until, earliest) : earliest;
		const open = tasks.filter((task) => !task.hasEnded);
		const taskIds = open.map(({ taskId }) => taskId);
		const { wasCalled } = entry;
		const hookedTaskId =
			open.find(({ itemIndex }) => itemIndex === this.hookedItem)?.taskId ??
			taskIds.find((taskId) => taskId === this.state?.hookedTaskId);
		if (hookedTaskId && !wasCalled) {
			context.getContext('node')[AWAITED_CALL] = { taskId: hookedTaskId, until };
		}
		const wakes = new Date(until).toISOString();
		const unordered = results.length - tasks.length - failures.size;
		const what = [
			`${open.length} of ${results.length} videos are being made (${firstNamed(taskIds)})`,
			...(unordered ? [`${unordered} will be ordered later`] : []),
		].join(', ');
		this.note(`Sora node parked until ${wakes}: ${what}`, taskIds.slice(0, MOST_TASKS_NAMED));
		const hint = printable(gateway.conceal(`Sleeping until about ${wakes}: ${what}.`));
		const json = { status: 'waiting', next_look: wakes };
		const items = tasks.map(({ taskId }) => ({
			json: concealed({ task_id: taskId, ...json }, gateway.conceal),
		}));
		const state = { beganAt: this.beganAt, until, tasks, failures, wasCalled, hookedTaskId };
		return entry.park(
			{ items: items.length ? items : [{ json }], hint },
			{ ...state, gateway: this.gatewayDigest },
		);
	}

	/** Each later turn says the same: for n8n's log, once is enough. */
	private note(message: string, taskIds: string[]): void {
		const { context, gateway, log } = this.tools;
		if (!this.isLaterTurn) log(message, { taskIds });
		else context.logger.debug(printable(gateway.conceal(message)));
	}

	private get gatewayDigest(): string {
		const { address, wire } = this.tools.gateway;
		return digestOf(`${address} ${wire.name}`, {});
	}

	private requireSameGateway(): void {
		const { gateway } = this.state ?? {};
		if (gateway === undefined || gateway === this.gatewayDigest) return;
		throw invalidInput(
			'the base URL or the API Format of the credential was changed while the video was being made',
			'Set both back in the Sora API credential, then retry the execution: it picks the videos up and buys nothing. Or fetch each with Video > Get, its task ID and a credential as it was.',
		);
	}

	/** A gateway in the internet cannot call an n8n that is not. */
	private ownAddress(): string | undefined {
		const resumeUrl = resumeUrlOf(this.tools.context);
		if (resumeUrl === undefined) return undefined;
		const isCutOff =
			isInnerAddress(new URL(resumeUrl)) && !isInnerAddress(new URL(this.tools.gateway.address));
		return isCutOff ? undefined : resumeAddress(resumeUrl);
	}
}

function judged(outcome: Outcome, judge: Judge): Outcome {
	const failure = outcome.parked === undefined ? judge(outcome) : undefined;
	if (failure) throw failure;
	return outcome;
}

/** A poll that failed says nothing of its task, and neither does the deadline. */
function hasEnded(watched: { outcome: Outcome } | { reason: unknown }): boolean {
	if ('outcome' in watched) {
		const { task, parked, timedOut } = watched.outcome;
		return parked === undefined && !timedOut && task !== undefined;
	}
	const { reason } = watched;
	return reason instanceof SoraFailure && reason.facts.task?.phase === 'failed';
}
