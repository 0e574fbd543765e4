/**
 * How the items of a run wait for their tasks. In the node: the execution runs until all have ended. Parked: it is
 * stored in n8n's database and woken to poll; an execution parks as a whole, with all its items.
 */
import type { EngineRequest, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { invalidInput, SoraFailure } from '../gateway/failures';
import { printable } from '../gateway/printable';
import { concealed } from '../gateway/secrecy';
import type { Gateway } from '../gateway/credential';
import { isPrivateAddress } from '../media/privateAddresses';
import { resumeUrlOf, type NodeEntry } from '../parking/engineRequest';
import { AWAITED_CALL, type ParkedTask, type ParkingState } from '../parking/parkingState';
import { endParking, resumeAddress } from '../parking/resumeWebhook';
import type { Clock } from '../flow/clock';
import { Barrier } from '../tasks/barrier';
import { digestOf } from '../tasks/ledger';
import { OrderLater, Orders, type Order } from '../tasks/orders';
import type { Outcome, PolledTask, TaskPoller } from '../tasks/poller';
import { SHORTEST_PARK_MS } from '../tasks/schedule';
import type { Log } from './log';
import { firstNamed } from './nodeErrors';

/** One entry of the node. */
export interface Turn {
	/** Unset for agents' tools, which are entered once. */
	entry?: NodeEntry;
	/** The execution parks while tasks are open. */
	parks: boolean;
}

/** The result of an item whose task is to be waited for, or ordered, in a later turn. */
export class Unfinished {
	constructor(
		/** Unset if it was not ordered yet. */
		readonly task: Omit<ParkedTask, 'itemIndex'> | undefined,
		/** When to poll next, in milliseconds since the epoch; unset if other items decide that. */
		readonly dueAt?: number,
	) {}
}

export type Performed = INodeExecutionData | Unfinished;

/** The result of an item in a turn. */
export type Result = Performed | SoraFailure;

interface Tools {
	context: IExecuteFunctions;
	clock: Clock;
	poller: TaskPoller;
	log: Log;
	gateway: Gateway;
	/** Once it is aborted, nothing more is bought. */
	buying: AbortSignal;
}

/** What a finished wait means for its item; the caller knows what counts as a failure. */
type Judge = (outcome: Outcome) => SoraFailure | undefined;

/**
 * How long to poll beyond the deadline, in milliseconds: for a fresh link of a finished task, or if n8n was down until
 * then and the only remaining poll fails.
 */
const LATE_MS = 60_000;

export class Waiting {
	/** Schedules the orders of its items. */
	readonly orders: Orders;
	private readonly state: ParkingState | undefined;
	private readonly taskByItem: ReadonlyMap<number, ParkedTask>;
	private readonly turnEnd: Barrier;
	private readonly gatewayDigest: string;
	/** The item whose order contained the address that wakes the execution. */
	private hookedItem: number | undefined;

	/** @throws {SoraFailure} invalid_input if the tasks of earlier turns are at another gateway */
	constructor(
		private readonly tools: Tools,
		private readonly turn: Turn,
	) {
		const { clock, buying, context, gateway } = tools;
		const state = turn.entry?.state;
		this.state = state;
		this.gatewayDigest = digestOf(`${gateway.address} ${gateway.wire.name}`, {});
		const soldAt = turn.entry?.carried?.gateway ?? this.gatewayDigest;
		if (soldAt !== this.gatewayDigest) {
			throw invalidInput(
				'the base URL or the API Format of the credential was changed while the video was being made',
				'Set both back in the Sora API credential, then retry the execution: it picks the videos up and buys nothing. Or fetch each with Video > Get, its task ID and a credential as it was.',
			);
		}
		const tasks = state?.tasks ?? [];
		this.taskByItem = new Map(tasks.map((task) => [task.itemIndex, task]));
		this.turnEnd = new Barrier(context.getInputData().length);
		const making = tasks.flatMap(({ hasEnded, itemIndex }) => (hasEnded ? [] : itemIndex));
		this.orders = new Orders({ clock, signal: buying, parks: turn.parks, making });
		delete context.getContext('node')[AWAITED_CALL];
		if (state?.hookedTaskId) endParking({ taskId: state.hookedTaskId, until: state.until });
	}

	/** The items' tasks were bought in an earlier turn of this run, not in an earlier try. */
	get isLaterTurn(): boolean {
		return this.state !== undefined;
	}

	/** When the wait began, in an earlier turn or now: Max Wait counts from here. */
	get beganAt(): number {
		return this.state?.beganAt ?? this.tools.clock.now();
	}

	taskOf(itemIndex: number): ParkedTask | undefined {
		return this.taskByItem.get(itemIndex);
	}

	/** Why an item failed in an earlier turn, without a task to poll. */
	failureOf(itemIndex: number): SoraFailure | undefined {
		return this.state?.failures.get(itemIndex);
	}

	/**
	 * The address that wakes the parked execution, for the last order of a run: by the time of its call the others have
	 * ended or soon will have, and each call costs n8n as much as a poll of all.
	 */
	callbackUrl(itemIndex: number): string | undefined {
		const { context, gateway } = this.tools;
		const resumeUrl = this.turn.parks ? resumeUrlOf(context) : undefined;
		if (resumeUrl === undefined) return undefined;
		// A gateway on the internet cannot call an n8n in a private network.
		const isPrivate = (address: string) => isPrivateAddress(new URL(address));
		if (isPrivate(resumeUrl) && !isPrivate(gateway.address)) return undefined;
		this.hookedItem = itemIndex;
		return resumeAddress(resumeUrl);
	}

	/** Sends an item's paid request in this turn, or leaves it to a later one. */
	async order<Body, Bought>(order: Order<Body, Bought>): Promise<Bought | Unfinished> {
		const placed = await this.orders.place(order);
		if (!(placed instanceof OrderLater)) return placed;
		void this.turnEnd.arrive(order.itemIndex, true);
		return new Unfinished(undefined, placed.at);
	}

	/** The item has ended, so the others need not wait for it. */
	settled(itemIndex: number): void {
		this.orders.hasEnded(itemIndex);
		this.turnEnd.leave(itemIndex);
	}

	/**
	 * Waits for the task of an item in the way of this turn.
	 * @throws {SoraFailure} what the judge returns, or what ended the watch
	 */
	async outcomeOf(
		itemIndex: number,
		polled: PolledTask,
		judge: Judge,
	): Promise<Outcome | Unfinished> {
		const { taskId } = polled;
		// Polled once more when all others have ended, too: links expire, and a poll returns fresh ones.
		const hasEndedBefore = this.taskOf(itemIndex)?.hasEnded === true;
		if (hasEndedBefore && (await this.turnEnd.arrive(itemIndex, false))) {
			return new Unfinished({ taskId, hasEnded: true });
		}
		if (!hasEndedBefore) this.orders.isMade(itemIndex);
		const { outcome, failure } = await this.watch(itemIndex, polled, hasEndedBefore).then(
			(ended) => ({ outcome: ended, failure: ended.parked ? undefined : judge(ended) }),
			(reason: unknown) => ({ outcome: undefined, failure: reason as Error }),
		);
		const parked = outcome?.parked;
		const mayWait = this.turn.parks && !hasEndedBefore && !this.endsTheNode(failure);
		// A failure that ends the node leaves its place to nobody.
		const isLast = failure !== undefined && !mayWait && !this.tools.context.continueOnFail();
		if (parked) this.orders.isParked(itemIndex);
		else if (!isLast) this.orders.hasEnded(itemIndex);
		if (mayWait && (await this.turnEnd.arrive(itemIndex, parked !== undefined))) {
			// A failed poll says nothing about its task, and neither does the deadline.
			const hasEnded = outcome?.task !== undefined && !outcome.timedOut && !parked;
			return new Unfinished({ taskId, hasEnded, parked }, parked?.until);
		}
		return outcome && !failure ? outcome : await Promise.reject(failure as Error);
	}

	private async watch(itemIndex: number, polled: PolledTask, isLate: boolean): Promise<Outcome> {
		const { clock, poller } = this.tools;
		const lateUntil = () => Math.max(polled.deadline, clock.now() + LATE_MS);
		if (isLate) return await poller.watch({ ...polled, deadline: lateUntil() });
		if (!this.turn.parks) return await poller.watch(polled);
		const parked = this.taskOf(itemIndex)?.parked;
		// The gateway's call makes it worth a poll, whenever the next one was due.
		const isCalled = this.turn.entry?.isCalled === true;
		const resumed = parked && isCalled ? { ...parked, until: clock.now() } : parked;
		const outcome = await poller.watch({ ...polled, parks: true, resumed });
		if (!this.isLaterTurn || !outcome.timedOut || outcome.task) return outcome;
		return await poller.watch({ ...polled, pollAtOnce: false, deadline: lateUntil() });
	}

	/** Without On Error: Continue, the first failed task ends the node, and with it the wait for the others. */
	private endsTheNode(failure: unknown): boolean {
		const isOfPoll = failure instanceof SoraFailure && failure.facts.ofPoll === true;
		return failure !== undefined && !isOfPoll && !this.tools.context.continueOnFail();
	}

	/** @returns the request to the engine if an item is to be waited for in a later turn */
	nextTurn(results: readonly Result[]): EngineRequest | undefined {
		const { context, clock, gateway, log } = this.tools;
		const { conceal } = gateway;
		const { entry } = this.turn;
		const tasks: ParkedTask[] = [];
		const failures = new Map<number, SoraFailure>();
		const dueAt: number[] = [];
		let isUnfinished = false;
		for (const [itemIndex, result] of results.entries()) {
			if (result instanceof SoraFailure) failures.set(itemIndex, result);
			if (!(result instanceof Unfinished)) continue;
			isUnfinished = true;
			if (result.task) tasks.push({ ...result.task, itemIndex });
			if (result.dueAt !== undefined) dueAt.push(result.dueAt);
		}
		if (!entry || !isUnfinished) return undefined;
		const [first = 0] = dueAt.sort((a, b) => a - b);
		const until = Math.max(first, clock.now() + SHORTEST_PARK_MS);
		const open = tasks.filter((task) => !task.hasEnded);
		const { wasCalled } = entry;
		const isHooked = ({ itemIndex, taskId }: ParkedTask) =>
			itemIndex === this.hookedItem || taskId === this.state?.hookedTaskId;
		const hookedTaskId = open.findLast(isHooked)?.taskId;
		if (hookedTaskId && !wasCalled) {
			const taskId = conceal(hookedTaskId);
			context.getContext('node')[AWAITED_CALL] = { taskId, until };
		}
		const wakes = new Date(until).toISOString();
		const taskIds = firstNamed(open.map(({ taskId }) => taskId));
		const what = `until about ${wakes}: ${open.length} of ${results.length} videos are being made (${taskIds})`;
		// Later turns would log the same.
		if (!this.isLaterTurn) log(`Sora node parked ${what}`, {});
		const hint = printable(conceal(`Sleeping ${what}.`));
		const json = { status: 'waiting', next_look: wakes };
		const items = tasks.map(({ taskId }) => ({
			json: concealed({ task_id: taskId, ...json }, conceal),
		}));
		const { beganAt, gatewayDigest } = this;
		const left = { beganAt, until, tasks, failures, wasCalled, hookedTaskId };
		return entry.park(
			{ items: items.length ? items : [{ json }], hint },
			concealed({ ...left, gateway: gatewayDigest }, conceal),
		);
	}
}
