/**
 * How the items of a run wait for their tasks. In the node: the execution runs until all have ended. Parked: it lies in
 * n8n's database and is woken for a poll of all its tasks, which every item of it waits for: an execution is parked
 * whole. With a checkpoint: in the node, after n8n has been given the chance to save what was bought.
 */
import type {
	EngineRequest,
	EngineResponse,
	IExecuteFunctions,
	INodeExecutionData,
	NodeOutput,
} from 'n8n-workflow';

import { SoraFailure } from '../gateway/failures';
import { printable } from '../gateway/printable';
import { concealed } from '../gateway/secrecy';
import type { Gateway } from '../gateway/credential';
import { isInnerAddress } from '../media/privateAddresses';
import { NodeEntry, resumeUrlOf, savesProgress } from '../parking/engineRequest';
import {
	AWAITED_CALLS,
	storedAwaitedCalls,
	type ParkedTask,
	type ParkingState,
} from '../parking/parkingState';
import { resumeAddress } from '../parking/resumeWebhook';
import type { Clock } from '../flow/clock';
import { Gathering } from '../tasks/gathering';
import type { Outcome, PolledTask, TaskPoller } from '../tasks/poller';
import { SHORTEST_PARK_MS } from '../tasks/schedule';
import { field, ItemParameters } from './fields';
import type { Log } from './log';

export const waitingField = field({
	displayName: 'While the Video Is Made',
	name: 'waiting',
	type: 'options',
	default: 'node',
	description:
		'Where the execution is until the video is finished: 1 to 10 minutes as a rule, 30 or more for HD and 25 seconds. After 30 minutes, or 60 for those, the node stops waiting; "Max Wait" under Options sets another limit.',
	options: [
		{
			name: 'Wait Here',
			value: 'node',
			description: 'The execution keeps running',
		},
		{
			name: 'Let the Workflow Sleep (Survives a Restart)',
			value: 'parked',
			description:
				"The execution lies in n8n's database and holds no slot. n8n wakes it about every minute, and when the gateway calls.",
			// An agent would have answered before the video is there.
			displayOptions: { show: { '@tool': [false] } },
		},
		{
			name: "Don't Wait (Return the Task ID)",
			value: 'none',
			description: 'Video > Get fetches the video later, with the task ID',
		},
	],
});

/** What an item gives back where its task is to be waited for in a later turn of the node. */
export class Unfinished {
	constructor(
		readonly task: Omit<ParkedTask, 'itemIndex'>,
		/** When it is to be polled next, milliseconds since the epoch; unset where others decide that. */
		readonly nextPollAt?: number,
	) {}

	with(known: Partial<ParkedTask>): Unfinished {
		return new Unfinished({ ...this.task, ...known }, this.nextPollAt);
	}
}

const unfinished = (taskId: string, { hasEnded = false, nextPollAt }: Left = {}) =>
	new Unfinished({ taskId, hasEnded, isReused: false }, nextPollAt);

interface Left {
	hasEnded?: boolean;
	nextPollAt?: number;
}

export type Performed = INodeExecutionData | Unfinished;

/** What became of an item in a turn. */
export type Result =
	| { item: INodeExecutionData }
	| { failure: SoraFailure }
	| { unfinished: Unfinished };

type Manner = 'inNode' | 'checkpoint' | 'parked';

/** What was decided of a turn before its items are looked at. */
export interface Turn {
	readonly manner: Manner;
	/** Unset for agents' tools, which are entered once. */
	readonly entry?: NodeEntry;
}

/** Does the work of a turn, unless n8n has had all the tries that the node's settings allow. */
export async function tryOnce(
	{ entry }: Turn,
	work: () => Promise<NodeOutput>,
): Promise<NodeOutput> {
	if (!entry) return await work();
	const { lastOutcome } = entry;
	return lastOutcome ? lastOutcome() : await entry.run(work);
}

/** An agent calls the node: as its tool, it is entered once, and nobody watches its output. */
export const isToolCall = (context: IExecuteFunctions) =>
	context.getNode().type.endsWith('Tool') || context.isToolExecution?.() === true;

/** @returns `undefined` for agents' tools, which are entered once */
export function entryOf(
	context: IExecuteFunctions,
	response: EngineResponse | undefined,
	clock: Clock,
): NodeEntry | undefined {
	return isToolCall(context) ? undefined : new NodeEntry(context, response, clock.now());
}

/** What an operation says of its waiting. */
interface Waits {
	fields: ReadonlyArray<{ name: string }>;
	buysAndWaits?: true;
}

function wantedManner(context: IExecuteFunctions, { fields, buysAndWaits }: Waits): Manner {
	if (!fields.some(({ name }) => name === waitingField.name)) return 'inNode';
	const parameters = new ItemParameters(context, 0, [waitingField]);
	// An unknown value is judged with the other parameters of its item.
	if (parameters.value('waiting') === 'parked') return 'parked';
	return buysAndWaits && savesProgress(context) ? 'checkpoint' : 'inNode';
}

/**
 * Decides how this turn waits, before anything is bought.
 * @returns what the engine is to be asked for first, where it was not probed yet
 */
export function beginTurn(
	context: IExecuteFunctions,
	operation: Waits,
	entry: NodeEntry | undefined,
	log: Log,
): Turn | EngineRequest {
	if (!entry) return { manner: 'inNode' };
	const wanted = wantedManner(context, operation);
	const obstacle = wanted === 'inNode' ? undefined : entry.findObstacle();
	if (wanted !== 'inNode' && obstacle === undefined && !entry.isProbed) {
		return entry.probe();
	}
	if (obstacle === undefined) return { manner: wanted, entry };
	const effect = wanted === 'parked' ? 'is not parked' : 'cannot have its purchases saved';
	log(`Sora node waits in the node and ${effect}: ${obstacle}`, {});
	if (wanted === 'parked') {
		const message = `Waited in the node instead of being parked: ${obstacle}.`;
		context.addExecutionHints?.({ message, location: 'outputPane' });
	}
	return { manner: 'inNode', entry };
}

export const isRequest = (turn: Turn | EngineRequest): turn is EngineRequest => 'actions' in turn;

interface Tools {
	context: IExecuteFunctions;
	clock: Clock;
	poller: TaskPoller;
	log: Log;
	gateway: Pick<Gateway, 'address' | 'conceal'>;
}

/** What a wait that has ended means for its item; the caller knows what counts as a failure. */
type Judge = (outcome: Outcome) => SoraFailure | undefined;

/**
 * How long is polled beyond the deadline, in milliseconds: for a fresh link of a finished task, and where n8n was down
 * until then and the one poll that is left tells nothing.
 */
const LATE_MS = 60_000;

export class Waiting {
	/** Where the gateway wakes the parked execution; unset where it is not parked, or cannot be reached. */
	readonly callbackUrl: string | undefined;

	private readonly state: ParkingState | undefined;
	private readonly taskByItem: ReadonlyMap<number, ParkedTask>;
	private readonly bought: Gathering;
	private readonly polled: Gathering;

	constructor(
		private readonly tools: Tools,
		private readonly turn: Turn,
		itemCount: number,
	) {
		const kind = turn.entry?.state?.kind;
		this.state = kind === 'probe' ? undefined : turn.entry?.state;
		this.taskByItem = new Map(this.state?.tasks.map((task) => [task.itemIndex, task]));
		this.bought = new Gathering(itemCount);
		this.polled = new Gathering(itemCount);
		this.callbackUrl = turn.manner === 'parked' ? this.ownAddress() : undefined;
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

	/** The item has ended: the others need not wait for it. */
	settled(itemIndex: number): void {
		this.bought.leave(itemIndex);
		this.polled.leave(itemIndex);
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
		const { manner } = this.turn;
		if (manner === 'parked') return await this.parkedOutcome(itemIndex, polled, judge);
		if (manner === 'checkpoint' && !this.turn.entry?.isSaved) {
			// When all are bought; what an earlier execution bought was saved with it.
			const isNew = !polled.pollAtOnce;
			if (await this.bought.arrive(itemIndex, isNew)) return unfinished(polled.taskId);
		}
		// After a checkpoint no more time has passed than before it.
		const pollAtOnce = polled.pollAtOnce && this.state?.kind !== 'checkpoint';
		return judged(await this.tools.poller.watch({ ...polled, pollAtOnce }), judge);
	}

	private async parkedOutcome(
		itemIndex: number,
		polled: PolledTask,
		judge: Judge,
	): Promise<Outcome | Unfinished> {
		const { taskId } = polled;
		if (this.endedBefore(itemIndex, taskId))
			return await this.outcomeOfEnded(itemIndex, polled, judge);
		const watch = async () => {
			const { clock, poller } = this.tools;
			const watched = {
				...polled,
				since: Math.min(polled.since, this.beganAt),
				pollAtOnce: polled.pollAtOnce || this.isLaterTurn,
				gatewayProven: polled.gatewayProven || this.isLaterTurn,
			};
			const outcome = await poller.watch({ ...watched, parks: true });
			const toldNothing = outcome.timedOut && !outcome.task && this.isLaterTurn;
			if (!toldNothing) return judged(outcome, judge);
			const late = { ...watched, pollAtOnce: false, deadline: clock.now() + LATE_MS };
			return judged(await poller.watch(late), judge);
		};
		const watched = await watch().then(
			(outcome) => ({ outcome }),
			(reason: unknown) => ({ reason }),
		);
		if ('reason' in watched && this.endsTheNode(watched.reason)) throw watched.reason;
		const parkedUntil = 'outcome' in watched ? watched.outcome.parked?.until : undefined;
		const isOpen = parkedUntil !== undefined;
		if (await this.polled.arrive(itemIndex, isOpen)) {
			return unfinished(taskId, { nextPollAt: parkedUntil, hasEnded: hasEnded(watched) });
		}
		if ('reason' in watched) throw watched.reason;
		return watched.outcome;
	}

	/** Without On Error: Continue, the first failure of a task ends the node, and the other waits with it. */
	private endsTheNode(reason: unknown): boolean {
		const isOfPoll = reason instanceof SoraFailure && reason.facts.ofPoll === true;
		return !isOfPoll && !this.tools.context.continueOnFail();
	}

	/** Polled once more when all others have ended too: links expire, and are handed out anew. */
	private async outcomeOfEnded(itemIndex: number, polled: PolledTask, judge: Judge) {
		const { taskId } = polled;
		if (await this.polled.arrive(itemIndex, false)) return unfinished(taskId, { hasEnded: true });
		const { clock, poller } = this.tools;
		const deadline = Math.max(polled.deadline, clock.now() + LATE_MS);
		const watch = { ...polled, deadline, pollAtOnce: true, gatewayProven: true };
		return judged(await poller.watch(watch), judge);
	}

	private endedBefore(itemIndex: number, taskId: string): boolean {
		const before = this.taskOf(itemIndex);
		return before?.taskId === taskId && before.hasEnded;
	}

	/** @returns what the engine is asked for, where an item is to be waited for in a later turn */
	nextTurn(results: readonly Result[]): EngineRequest | undefined {
		const { entry, manner } = this.turn;
		const { context, clock } = this.tools;
		const { conceal } = this.tools.gateway;
		const nodeContext = context.getContext('node');
		delete nodeContext[AWAITED_CALLS];
		const tasks: ParkedTask[] = [];
		const failures = new Map<number, SoraFailure>();
		let nextPollAt = Number.POSITIVE_INFINITY;
		for (const [itemIndex, result] of results.entries()) {
			if ('failure' in result) failures.set(itemIndex, result.failure);
			if (!('unfinished' in result)) continue;
			tasks.push({ ...result.unfinished.task, itemIndex });
			nextPollAt = Math.min(nextPollAt, result.unfinished.nextPollAt ?? nextPollAt);
		}
		if (!entry || tasks.length === 0) return undefined;
		const wasCalled = entry.wasCalled;
		const state = { beganAt: this.beganAt, tasks, failures, wasCalled };
		if (manner === 'checkpoint') return entry.ask({ kind: 'checkpoint' }, state);
		const until = Math.max(nextPollAt, clock.now() + SHORTEST_PARK_MS);
		const open = tasks.filter((task) => !task.hasEnded).map(({ taskId }) => taskId);
		if (!wasCalled) nodeContext[AWAITED_CALLS] = storedAwaitedCalls({ taskIds: open });
		const next_look = new Date(until).toISOString();
		this.note(`Sora node parked until ${next_look}; open tasks: ${open.join(', ')}`, open);
		const items = tasks.map(({ taskId }) => ({
			json: concealed({ task_id: taskId, status: 'waiting', next_look }, conceal),
		}));
		return entry.ask({ kind: 'parked', until, items }, state);
	}

	/** Each later turn says the same: for n8n's log, once is enough. */
	private note(message: string, taskIds: string[]): void {
		const { context, gateway, log } = this.tools;
		if (!this.isLaterTurn) log(message, { taskIds });
		else context.logger.debug(printable(gateway.conceal(message)));
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
