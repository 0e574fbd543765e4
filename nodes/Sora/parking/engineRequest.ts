/**
 * Runs one node several times in a run. Everything known about n8n's engine in this respect is in this file; none of it
 * is documented, all of it was tested on n8n 2.0.0, 2.20.0, 2.33.0 and 2.41.1.
 * A node may ask the engine to run other nodes and then itself again with their results (`EngineRequest`, made for
 * agents and their tools). It may name itself. The engine then runs it as its own *action* first, with an item of the
 * request, and afterwards enters it again with its original items and the request's metadata. If the action calls
 * `putExecutionToWait`, n8n stores both and ends: nothing runs, and a kill loses nothing. When the time is up, or the
 * resume webhook is called, n8n disables the node of the first stack entry, passes its input on, and continues with the
 * second. So the action replaces the shared node with a copy, which is disabled instead, and clears its own input,
 * which is passed on instead of the items.
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
import { Recent } from '../tasks/recent';
import { readState, storedState, type ParkingState } from './parkingState';

/** What the node does when the engine runs it as its own action: it parks the execution. */
interface Parking {
	/** Milliseconds since the epoch. */
	until: number;
	items: INodeExecutionData[];
	/** Shown above the output while the execution is parked. */
	hint: string;
}

/** Key of the state in a request's metadata, and prefix of action IDs. */
const NAME = 'n8n-nodes-sora';

/** Actions requested from the engine that have not run yet: it runs them within moments, in this process. */
const pending = new Recent<Parking>(1_000);

/** How often an entry of the engine's stack was run, and its last run: another one is n8n's Retry On Fail. */
const tries = new WeakMap<IExecuteData, { count: number; last: Promise<NodeOutput> }>();

/** Set on the items of an entry; survives the engine in memory, and is never stored. */
const MARK = Symbol('entered again');
type Marked = INodeExecutionData & { [MARK]?: string };

/** In milliseconds: n8n's clock and ours agree, apart from rounding. */
const TIMER_SLACK_MS = 1_000;

const LEGACY_ORDER =
	'the workflow uses the execution order v0 (legacy): choose v1 in the settings of the workflow';

/** Since n8n 2.5 to 2.8; before that, sub-workflows resume their parent too early. */
const tellsSettings = (context: IExecuteFunctions) =>
	typeof (context as Partial<IExecuteFunctions>).getWorkflowSettings === 'function';

const previousNode = ({ source }: IExecuteData) => source?.main?.[0]?.previousNode;

/** Where n8n resumes the execution: includes its ID and, since n8n 2.15, a secret. */
export function resumeUrlOf(context: IExecuteFunctions): string | undefined {
	const found = context.evaluateExpression('{{ $execution.resumeUrl }}', 0);
	return typeof found === 'string' && URL.canParse(found) ? found : undefined;
}

/** What a turn of the node leaves for the next one. */
type WhatIsLeft = Omit<ParkingState, 'executionId' | 'actionId' | 'kind' | 'failedTries'>;

/** One entry of the node. */
export class NodeEntry {
	/** What an earlier turn of this run left; unset if n8n or the user retries it. */
	readonly state: ParkingState | undefined;
	/** A call to the resume webhook has just woken the parked run: the timer never fires early. */
	readonly isCalled: boolean;
	private readonly entry: IExecuteData;
	/** The state that the engine carried within this execution, which proves that it answered; also set for retries. */
	readonly carried: ParkingState | undefined;

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly response: EngineResponse | undefined,
		/** Milliseconds since the epoch. */
		private readonly now: number,
	) {
		this.entry = context.getExecuteData();
		const found = readState(this.metadata[NAME]);
		// After a retry by the user, the state is another execution's.
		this.carried = found?.executionId === context.getExecutionId() ? found : undefined;
		const parked = this.carried?.kind === 'parked' ? this.carried : undefined;
		this.state = tries.has(this.entry) ? undefined : parked;
		this.isCalled = parked !== undefined && now < parked.until - TIMER_SLACK_MS;
	}

	/**
	 * Whether a call has woken the run, now or earlier. n8n 2.8 and newer leave a stub of a run behind at each such call:
	 * the result overwrites the first, further ones stay.
	 */
	get wasCalled(): boolean {
		return this.isCalled || this.carried?.wasCalled === true;
	}

	/** Whether the engine was probed in this run, since the node was first entered. */
	get isProbed(): boolean {
		return this.carried !== undefined;
	}

	private get failedTries(): number {
		return (this.carried?.failedTries ?? 0) + (tries.get(this.entry)?.count ?? 0);
	}

	/** If an item asks for another try (Retry On Fail), the engine runs the entry without its response. */
	private get metadata(): JsonRecord {
		const found = this.response?.metadata ?? this.entry.metadata?.subNodeExecutionData?.metadata;
		return isRecord(found) ? found : {};
	}

	/** The action that the engine is running now in this node's name, if any. */
	get actionId(): string | undefined {
		const [item] = this.context.getInputData();
		const id = item?.json.toolCallId;
		const isOwn = previousNode(this.entry) === this.context.getNode().name;
		return isOwn && typeof id === 'string' && id.startsWith(NAME) ? id : undefined;
	}

	/** @returns the node's output as its own action; `null` if n8n is to continue as if nothing had happened */
	async act(): Promise<INodeExecutionData[][] | null> {
		const id = String(this.actionId);
		const action = pending.get(id);
		pending.delete(id);
		// The setting would create an empty item and send it on.
		this.entry.node = { ...this.entry.node, alwaysOutputData: false };
		if (!action) return null;
		// Not `[null]`: n8n 2.0 could not evaluate an expression in the resume webhook.
		this.entry.data = { main: [] };
		this.context.addExecutionHints?.({ message: action.hint, location: 'outputPane' });
		await this.context.putExecutionToWait(new Date(action.until));
		return [action.items];
	}

	/** Why the node cannot park. Must be checked before anything is bought. */
	findObstacle(): string | undefined {
		if (this.carried) return this.findProvenObstacle(this.carried);
		const { context, entry, response } = this;
		const settings = tellsSettings(context) ? context.getWorkflowSettings() : undefined;
		const obstacles: Array<[stands: boolean, why: string]> = [
			// n8n's engine 1 passes a response to every node; other runners pass none and refuse such requests.
			[response === undefined, 'n8n runs this node by other means than its execution engine'],
			[!previousNode(entry), 'the node was run alone, without a node before it'],
			[!context.getExecutionId() || !context.getWorkflow().id, 'n8n does not save this execution'],
			[settings !== undefined && settings.executionOrder !== 'v1', LEGACY_ORDER],
			[
				!settings && context.getMode() === 'integrated',
				'this n8n goes on with the calling workflow as soon as a sub-workflow is parked: update n8n',
			],
		];
		return obstacles.find(([stands]) => stands)?.[1];
	}

	/** The obstacle that the engine has revealed. */
	private findProvenObstacle({ kind, actionId }: ParkingState): string | undefined {
		const [first] = this.entry.data.main?.[0] ?? [];
		if (kind === 'probe' && (first as Marked | undefined)?.[MARK] !== actionId) {
			return 'this n8n does not let the node change its own place in the queue';
		}
		// In the legacy order the node is entered again first. Its action comes late, and must do nothing.
		return pending.delete(actionId) ? LEGACY_ORDER : undefined;
	}

	/** Asks the engine to enter the node again, before anything is bought. Leaves no trace in what n8n stores. */
	probe(): EngineRequest {
		const { entry, now } = this;
		const actionId = newActionId();
		const mark = (items: INodeExecutionData[] | null) =>
			items?.map((item): Marked => ({ ...item, [MARK]: actionId })) ?? null;
		entry.data = { ...entry.data, main: (entry.data.main ?? []).map(mark) };
		const left = { beganAt: now, until: now, tasks: [], failures: new Map(), wasCalled: false };
		return { actions: [], metadata: this.stored({ ...left, actionId, kind: 'probe' }) };
	}

	/** Asks the engine to park the execution, and then to run the node again with the state. */
	park(parking: Omit<Parking, 'until'>, left: WhatIsLeft): EngineRequest {
		const id = newActionId();
		pending.set(id, { ...parking, until: left.until });
		const asked = {
			actionType: 'ExecutionNodeAction' as const,
			nodeName: this.context.getNode().name,
			type: 'main' as const,
			id,
			input: {},
			metadata: {},
		};
		return { actions: [asked], metadata: this.stored({ ...left, actionId: id, kind: 'parked' }) };
	}

	private stored(state: WhatIsLeft & Pick<ParkingState, 'actionId' | 'kind'>): JsonRecord {
		const executionId = String(this.context.getExecutionId());
		return { [NAME]: storedState({ ...state, executionId, failedTries: this.failedTries }) };
	}

	/**
	 * Does the node's work, unless its settings allow no more tries: n8n starts counting again whenever it enters the
	 * node, so a failing render would be bought forever.
	 */
	async run(work: () => Promise<NodeOutput>): Promise<NodeOutput> {
		const { retryOnFail, maxTries } = this.context.getNode();
		const allowed = Math.min(5, Math.max(2, maxTries || 3));
		const before = tries.get(this.entry);
		if (before && retryOnFail && this.failedTries >= allowed) return await before.last;
		// Set by the engine for agents: the editor would show the action's input as the node's.
		if (this.isProbed && this.entry.node.rewireOutputLogTo === 'main') {
			delete this.entry.node.rewireOutputLogTo;
		}
		for (const { data } of this.response?.actionResponses ?? []) delete data.inputOverride;
		const last = work();
		await last.catch(() => undefined);
		tries.set(this.entry, { count: (before?.count ?? 0) + 1, last });
		return await last;
	}
}

const newActionId = () => `${NAME}:${crypto.randomUUID()}`;
