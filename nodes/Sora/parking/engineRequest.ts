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

/** Where a state lies in the metadata of a request; the ID of an action begins with it. */
const NAME = 'n8n-nodes-sora';

/** Actions that the engine was asked for and has not run yet: it does within moments, in this process. */
const pending = new Recent<Parking>(1_000);

/** How often an entry of the engine's stack was run, and to what end: another time is n8n's Retry On Fail. */
const tries = new WeakMap<IExecuteData, { count: number; last: Promise<NodeOutput> }>();

/** On the items of an entry; it survives what the engine does with them in memory, and is never stored. */
const MARK = Symbol('entered again');
type Marked = INodeExecutionData & { [MARK]?: string };

/** n8n's clock and ours are the same, but for rounding. In milliseconds. */
const TIMER_SLACK_MS = 1_000;

const LEGACY_ORDER =
	'the workflow uses the execution order v0 (legacy): choose v1 in the settings of the workflow';

/** Since n8n 2.5 to 2.8; before that, sub-workflows resume their parent too early. */
const tellsSettings = (context: IExecuteFunctions) =>
	typeof (context as Partial<IExecuteFunctions>).getWorkflowSettings === 'function';

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
	/** A call of the resume webhook has just woken the parked run: the timer never comes before its time. */
	readonly isCalled: boolean;
	private readonly entry: IExecuteData;
	/** What the engine was asked to carry, in this execution: it has answered. */
	private readonly carried: ParkingState | undefined;

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly response: EngineResponse | undefined,
		/** Milliseconds since the epoch. */
		private readonly now: number,
	) {
		this.entry = context.getExecuteData();
		const found = readState(this.metadata[NAME]);
		// Another execution has been here where the user retries it.
		this.carried = found?.executionId === context.getExecutionId() ? found : undefined;
		const parked = this.carried?.kind === 'parked' ? this.carried : undefined;
		this.state = tries.has(this.entry) ? undefined : parked;
		this.isCalled = parked !== undefined && now < parked.until - TIMER_SLACK_MS;
	}

	/**
	 * Whether a call has woken the run, now or earlier. n8n 2.8 and newer leave a stub of a run behind at each such call: the
	 * result overwrites the first, further ones stay.
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

	/** Where an item asks for another try (Retry On Fail), the engine runs the entry without its response. */
	private get metadata(): JsonRecord {
		const found = this.response?.metadata ?? this.entry.metadata?.subNodeExecutionData?.metadata;
		return isRecord(found) ? found : {};
	}

	/** What the engine was asked for in this node's name, where it runs that now. */
	get actionId(): string | undefined {
		const [item] = this.context.getInputData();
		const id = item?.json.toolCallId;
		const isOwn = previousNode(this.entry) === this.context.getNode().name;
		return isOwn && typeof id === 'string' && id.startsWith(NAME) ? id : undefined;
	}

	/** @returns what the node returns as its own action, `null` where n8n is to go on as if nothing had been */
	async act(): Promise<INodeExecutionData[][] | null> {
		const id = String(this.actionId);
		const action = pending.get(id);
		pending.delete(id);
		// The setting would make an item of nothing, and send it on.
		this.entry.node = { ...this.entry.node, alwaysOutputData: false };
		if (!action) return null;
		// Not `[null]`: n8n 2.0 could not evaluate an expression in the resume webhook.
		this.entry.data = { main: [] };
		this.context.addExecutionHints?.({ message: action.hint, location: 'outputPane' });
		await this.context.putExecutionToWait(new Date(action.until));
		return [action.items];
	}

	/** Why the node cannot park. To be asked before anything is bought. */
	findObstacle(): string | undefined {
		if (this.carried) return this.findProvenObstacle(this.carried);
		const { context, entry, response } = this;
		const settings = tellsSettings(context) ? context.getWorkflowSettings() : undefined;
		const obstacles: Array<[stands: boolean, why: string]> = [
			// n8n's engine 1 passes a response to every node; what else runs nodes passes none, and refuses such requests.
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

	/** What the engine has shown to be in the way. */
	private findProvenObstacle({ kind, actionId }: ParkingState): string | undefined {
		const [first] = this.entry.data.main?.[0] ?? [];
		if (kind === 'probe' && (first as Marked | undefined)?.[MARK] !== actionId) {
			return 'this n8n does not let the node change its own place in the queue';
		}
		// In the legacy order the node is entered again first. Its action comes late, and is to do nothing.
		return pending.delete(actionId) ? LEGACY_ORDER : undefined;
	}

	/** Asks the engine to be entered again, before anything is bought. It leaves no trace in what n8n stores. */
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
	 * Does the node's work, as opposed to asking for something, unless the node has had all the tries that its settings
	 * allow: n8n counts them anew whenever it enters the node again, and a render that fails would be bought for ever.
	 */
	async run(work: () => Promise<NodeOutput>): Promise<NodeOutput> {
		const { retryOnFail, maxTries } = this.context.getNode();
		const allowed = Math.min(5, Math.max(2, maxTries || 3));
		const before = tries.get(this.entry);
		if (before && retryOnFail && this.failedTries >= allowed) return await before.last;
		// Left there by the engine, for agents: the editor would show the action's input as that of the node.
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
