/**
 * One node that is entered more than once in a run. All that is known of how n8n's engine behaves there stands in this
 * file; none of it is documented, all of it was run on n8n 2.0.0, 2.20.0, 2.33.0 and 2.41.1.
 *
 * A node may ask the engine to run other nodes and then itself again, with what those returned (`EngineRequest`, made for
 * agents and their tools). It may name itself. The engine then runs it as its own *action* first, with an item of the
 * request, and enters it again after that, with its original items and the request's metadata. Where the action calls
 * `putExecutionToWait`, n8n stores both and ends: nothing runs, and a killed n8n has lost nothing. When it is time, or
 * when the resume webhook is called, n8n disables the node of the first of the two, passes on what came into it, and
 * goes on with the second. So the action takes a copy of the node, which is disabled in the place of the shared one, and
 * takes its own input away, which is passed on in the place of the items.
 */
import type {
	EngineRequest,
	EngineResponse,
	IExecuteData,
	IExecuteFunctions,
	INodeExecutionData,
	NodeOutput,
} from 'n8n-workflow';

import { isRecord, type JsonRecord } from '../gateway/contract';
import { readState, storedState, type ParkingState } from './parkingState';

/** What the node does when the engine runs it as its own action: it parks the execution. */
interface Parking {
	/** Milliseconds since the epoch. */
	until: number;
	items: INodeExecutionData[];
	/** Shown above the output while the execution is parked. */
	hint: string;
}

/** Does nothing: it shows in which order the engine runs things. */
const PROBE = 'probe';
type Action = typeof PROBE | Parking;

/** Where a state lies in the metadata of a request; the ID of an action begins with it. */
const NAME = 'n8n-nodes-sora';

/** Actions that the engine was asked for and has not run yet: it does within moments, in this process. */
const pending = new Map<string, Action>();
const MOST_PENDING = 1_000;

/** What became of an entry of the engine's stack each time it was run: another time is n8n's Retry On Fail. */
const tries = new WeakMap<IExecuteData, Try[]>();
type Try = () => NodeOutput;
/** Entries that asked to be entered again: one that is run anew as it was, was not. */
const asked = new WeakSet<IExecuteData>();

/** On the items of an entry; it survives what the engine does with them in memory, and is never stored. */
const MARK = Symbol('entered again');
type Marked = INodeExecutionData & { [MARK]?: string };

/** n8n's clock and ours are the same, but for rounding. In milliseconds. */
const TIMER_SLACK_MS = 1_000;

/** What was found out about the n8n of this process. */
const host: { entersAgain: boolean; unansweredSince: number[]; obstacle?: string } = {
	entersAgain: false,
	unansweredSince: [],
};
/** Requests without an answer before an n8n that never gave one is asked no more. */
const MOST_UNANSWERED = 3;
/** An answer comes within moments, but many executions may ask before the first of them has it. In milliseconds. */
const ANSWER_MS = 10_000;

const NOT_ENTERED_AGAIN = 'this n8n does not run the node again when it asks for that';
const NOT_ITS_OWN_ENTRY = 'this n8n does not let the node change its own place in the queue';
const LEGACY_ORDER =
	'the workflow uses the execution order v0 (legacy): choose v1 in the settings of the workflow';

const hasFunction = (context: object, name: string) =>
	typeof (context as Record<string, unknown>)[name] === 'function';

/** Since n8n 2.5 to 2.8; before that, sub-workflows resume their parent too early. */
const tellsSettings = (context: IExecuteFunctions) => hasFunction(context, 'getWorkflowSettings');

const previousNode = ({ source }: IExecuteData) => source?.main?.[0]?.previousNode;

/** Where n8n resumes the execution: its ID, and since n8n 2.15 a secret of its own. */
export function resumeUrlOf(context: IExecuteFunctions): string | undefined {
	const found = context.evaluateExpression('{{ $execution.resumeUrl }}', 0);
	return typeof found === 'string' && URL.canParse(found) ? found : undefined;
}

/** What a turn of the node leaves for the next one. */
type WhatIsLeft = Omit<ParkingState, 'executionId' | 'actionId' | 'kind' | 'failedTries'>;

/** One entry of the node. */
export class NodeEntry {
	/** What an earlier turn of this run has left; none where n8n or the user retries it. */
	readonly state: ParkingState | undefined;
	private readonly entry: IExecuteData;
	private readonly carried: ParkingState | undefined;
	/** Another execution has been here: the user retries it. */
	private readonly isRetried: boolean;
	/** The engine has run what the entry had asked for. */
	private readonly wasAnswered: boolean;

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly response: EngineResponse | undefined,
		/** Milliseconds since the epoch. */
		private readonly now: number,
	) {
		this.entry = context.getExecuteData();
		const carried = readState(this.metadata[NAME]);
		const isOfThisExecution = carried?.executionId === context.getExecutionId();
		this.carried = isOfThisExecution ? carried : undefined;
		this.isRetried = carried !== undefined && !isOfThisExecution;
		this.wasAnswered = this.carried !== undefined;
		if (this.wasAnswered) Object.assign(host, { entersAgain: true, unansweredSince: [] });
		this.state = tries.has(this.entry) ? undefined : this.carried;
	}

	private get failedTries(): number {
		return (this.carried?.failedTries ?? 0) + (tries.get(this.entry)?.length ?? 0);
	}

	/**
	 * What the last try came to, where the node has had all that its settings allow. n8n counts them anew whenever it
	 * enters the node again; without this a render that fails would be bought for ever.
	 */
	get lastOutcome(): (() => NodeOutput) | undefined {
		const { retryOnFail, maxTries } = this.context.getNode();
		const allowed = Math.min(5, Math.max(2, maxTries || 3));
		const isOver = retryOnFail === true && this.failedTries >= allowed;
		return isOver ? tries.get(this.entry)?.at(-1) : undefined;
	}

	/** Where an item asks for another try (Retry On Fail), the engine runs the entry without its response. */
	private get metadata(): JsonRecord {
		const found = this.response?.metadata ?? this.entry.metadata?.subNodeExecutionData?.metadata;
		return isRecord(found) ? found : {};
	}

	/** What the engine was asked for in this node's name, where it runs that now. */
	private get actionId(): string | undefined {
		const [item] = this.context.getInputData();
		const id = item?.json.toolCallId;
		const isOwn = previousNode(this.entry) === this.context.getNode().name;
		return isOwn && typeof id === 'string' && id.startsWith(NAME) ? id : undefined;
	}

	get isAction(): boolean {
		return this.actionId !== undefined;
	}

	/** @returns what the node returns as its own action, `null` where n8n is to go on as if nothing had been */
	async act(): Promise<INodeExecutionData[][] | null> {
		const id = String(this.actionId);
		const action = pending.get(id);
		pending.delete(id);
		// The setting would make an item of nothing, and send it on.
		this.entry.node = { ...this.entry.node, alwaysOutputData: false };
		if (!action || action === PROBE) return null;
		// Not `[null]`: n8n 2.0 could not evaluate an expression in the resume webhook.
		this.entry.data = { main: [] };
		this.context.addExecutionHints?.({ message: action.hint, location: 'outputPane' });
		await this.context.putExecutionToWait(new Date(action.until));
		return [action.items];
	}

	/** Whether the engine was probed in this run, since the node was first entered. */
	get isProbed(): boolean {
		return this.wasAnswered;
	}

	/** Why the node cannot park. To be asked before anything is bought. */
	findObstacle(): string | undefined {
		return this.isProbed ? this.findProvenObstacle() : this.apparentObstacle;
	}

	private get apparentObstacle(): string | undefined {
		const { context, entry } = this;
		if (host.obstacle !== undefined) return host.obstacle;
		if (!host.entersAgain && (asked.has(entry) || this.wasNeverAnswered)) {
			return NOT_ENTERED_AGAIN;
		}
		// n8n's engine 1 passes a response to every node; what else runs nodes passes none, and refuses such requests.
		if (this.response === undefined) {
			return 'n8n runs this node by other means than its execution engine';
		}
		if (!previousNode(entry)) return 'the node was run alone, without a node before it';
		if (!context.getExecutionId() || !context.getWorkflow().id) {
			return 'n8n does not save this execution';
		}
		if (tellsSettings(context)) {
			if (context.getWorkflowSettings().executionOrder !== 'v1') return LEGACY_ORDER;
		} else if (context.getMode() === 'integrated') {
			return 'this n8n goes on with the calling workflow as soon as a sub-workflow is parked: update n8n';
		}
		return undefined;
	}

	private get wasNeverAnswered(): boolean {
		const last = host.unansweredSince[MOST_UNANSWERED - 1];
		return last !== undefined && this.now - last > ANSWER_MS;
	}

	/** What the engine has shown to be in the way. */
	private findProvenObstacle(): string | undefined {
		if (!this.carried) return undefined;
		const { kind, actionId } = this.carried;
		const [first] = this.entry.data.main?.[0] ?? [];
		if (kind === 'probe' && (first as Marked | undefined)?.[MARK] !== actionId) {
			host.obstacle = NOT_ITS_OWN_ENTRY;
			return NOT_ITS_OWN_ENTRY;
		}
		// In the legacy order the node is entered again first. Its action comes late, and is to do nothing.
		return pending.delete(actionId) ? LEGACY_ORDER : undefined;
	}

	/**
	 * Asks the engine to be entered again, before anything is bought. It leaves no trace in what n8n stores. Where
	 * the order of execution cannot be known otherwise, an action shows it: once, since a second one would leave an empty
	 * run behind. Where the user retries, parking itself shows it.
	 */
	probe(): EngineRequest {
		const id = newActionId();
		const { entry, now } = this;
		const mark = (items: INodeExecutionData[] | null) =>
			items?.map((item): Marked => ({ ...item, [MARK]: id })) ?? null;
		entry.data = { ...entry.data, main: (entry.data.main ?? []).map(mark) };
		asked.add(entry);
		if (host.unansweredSince.length < MOST_UNANSWERED) host.unansweredSince.push(now);
		const knowsOrder = tellsSettings(this.context) || this.isRetried;
		const actions = knowsOrder ? [] : [this.actionWith(id, PROBE)];
		return this.request(actions, {
			executionId: String(this.context.getExecutionId()),
			actionId: id,
			kind: 'probe',
			beganAt: now,
			until: now,
			failedTries: 0,
			tasks: [],
			failures: new Map(),
			wasCalled: false,
		});
	}

	/** Asks the engine to park the execution, and then to run the node again with the state. */
	park(parking: Omit<Parking, 'until'>, state: WhatIsLeft): EngineRequest {
		const id = newActionId();
		return this.request([this.actionWith(id, { ...parking, until: state.until })], {
			executionId: String(this.context.getExecutionId()),
			actionId: id,
			kind: 'parked',
			failedTries: this.failedTries,
			...state,
		});
	}

	/** Does the node's work, as opposed to asking for something; what it comes to is kept for `lastOutcome`. */
	async run(work: () => Promise<NodeOutput>): Promise<NodeOutput> {
		this.tidy();
		const before = tries.get(this.entry) ?? [];
		const keep = (outcome: Try) => void tries.set(this.entry, [...before, outcome]);
		return await work().then(
			(output) => {
				keep(() => output);
				return output;
			},
			(reason: unknown) => {
				const fail = () => {
					throw reason;
				};
				keep(fail);
				return fail();
			},
		);
	}

	private tidy(): void {
		const { entry, response } = this;
		if (!this.wasAnswered) return;
		// Left there by the engine, for agents: the editor would show the action's input as that of the node.
		if (entry.node.rewireOutputLogTo === 'main') delete entry.node.rewireOutputLogTo;
		for (const { data } of response?.actionResponses ?? []) delete data.inputOverride;
	}

	/**
	 * Whether a call of the resume webhook has woken the parked run, now or earlier: the timer never comes before its time.
	 * n8n 2.8 and newer leave a stub of a run behind at each such call: the result overwrites the first, further ones stay.
	 */
	get wasCalled(): boolean {
		return this.carried?.kind === 'parked' && (this.carried.wasCalled || this.isCalled);
	}

	/** A call has just woken it. */
	get isCalled(): boolean {
		return this.carried?.kind === 'parked' && this.now < this.carried.until - TIMER_SLACK_MS;
	}

	private actionWith(id: string, action: Action): EngineRequest['actions'][number] {
		const [oldest] = pending.keys();
		if (oldest !== undefined && pending.size >= MOST_PENDING) pending.delete(oldest);
		pending.set(id, action);
		return {
			actionType: 'ExecutionNodeAction',
			nodeName: this.context.getNode().name,
			type: 'main',
			id,
			input: action === PROBE ? {} : { until: new Date(action.until).toISOString() },
			metadata: {},
		};
	}

	private request(actions: EngineRequest['actions'], state: ParkingState): EngineRequest {
		return { actions, metadata: { [NAME]: storedState(state) } };
	}
}

const newActionId = () => `${NAME}:${crypto.randomUUID()}`;
