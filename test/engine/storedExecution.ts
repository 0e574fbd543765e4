/* eslint-disable @n8n/community-nodes/no-restricted-imports -- stores executions as n8n does, with its own library */
/**
 * An execution as n8n keeps it in its database: text between two turns of the engine, woken the way n8n 2.41 does it
 * (`WaitTracker`, `WaitingWebhooks`, `ExecutionService.retry`). Nothing in memory survives a turn but the process
 * itself.
 */
import { parse, stringify } from 'flatted';
import { WebhookContext } from 'n8n-core';
import {
	type Workflow,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type INodeType,
	type IRun,
	type IRunExecutionData,
	type IWebhookData,
	type IWebhookFunctions,
} from 'n8n-workflow';

import {
	baseData,
	firstData,
	soraNode,
	soraWorkflow,
	startTurn,
	workflowOf,
	type EngineOptions,
} from './engine';
import { boat, type Gateway } from './gateway';
import { time } from './time';

interface StoredOptions
	extends Pick<EngineOptions, 'workflow' | 'credential' | 'items' | 'mode' | 'executionId'> {
	sora: INodeType;
	/** Called when the first turn has begun. */
	onStart?: (execution: StoredExecution) => void;
	/** n8n's or the workflow's setting: save progress during the execution. */
	savesProgress?: boolean;
}

let executions = 0;

/** As n8n reads it from its database. */
export const loaded = (stored: string) => parse(stored) as IRunExecutionData;

export class StoredExecution {
	/** The content of the database; a killed n8n leaves nothing else. */
	stored = '';
	/** Everything that n8n has written there, oldest first. */
	readonly history: string[] = [];
	/** Presses Stop while a turn runs. */
	stop: () => void = () => undefined;
	/** Status of the last turn. */
	status: IRun['status'] = 'new';
	readonly id: string;
	/** Turns of the engine so far. */
	turns = 0;

	/** @param options may be changed between two turns: the node, the credential */
	private constructor(readonly options: StoredOptions) {
		this.id = options.executionId ?? `stored-${++executions}`;
	}

	/** Runs from the trigger until the execution ends or parks. */
	static async start(options: StoredOptions): Promise<StoredExecution> {
		const execution = new StoredExecution(options);
		const turn = execution.run(firstData(options as EngineOptions));
		options.onStart?.(execution);
		await turn;
		return execution;
	}

	get data(): IRunExecutionData {
		return loaded(this.stored);
	}

	get waitTill(): Date | undefined {
		const { waitTill } = this.data;
		return waitTill && new Date(waitTill);
	}

	get error(): { message: string; description?: string | null } | undefined {
		return this.data.resultData.error as never;
	}

	/** Changes the content of the database. */
	change(change: (data: IRunExecutionData) => void): void {
		const { data } = this;
		change(data);
		this.stored = stringify(data);
	}

	runs(nodeName: string) {
		return this.data.resultData.runData[nodeName] ?? [];
	}

	/** A node's last output. */
	items(nodeName: string, output = 0): INodeExecutionData[] {
		return this.runs(nodeName).at(-1)?.data?.main?.[output] ?? [];
	}

	json(nodeName: string, output?: number): IDataObject[] {
		return this.items(nodeName, output).map(({ json }) => json);
	}

	/** n8n's timer, when it is due. */
	async wakeByTimer(): Promise<void> {
		await time.sleep(Math.max(0, Number(this.waitTill) - time.now()));
		await this.run(this.data);
	}

	/** Wakes it by the timer as often as necessary. */
	async untilEnd(most = 60): Promise<void> {
		for (let wakes = 0; this.status === 'waiting'; wakes++) {
			if (wakes >= most) throw new Error('The execution is parked for ever');
			await this.wakeByTimer();
		}
	}

	/**
	 * A call to the resume webhook. n8n reads the execution before the node gets the call, and writes that back.
	 * @param read what n8n had read by then; by default the current content of the database
	 * @returns whether the node woke the execution
	 */
	async call(
		body: unknown,
		{ node: name, read = this.stored }: { node?: string; read?: string } = {},
	): Promise<boolean> {
		const data = loaded(read);
		const stack = data.executionData?.nodeExecutionStack ?? [];
		const [first] = stack;
		const last = data.resultData.lastNodeExecuted ?? '';
		if (!first) throw new Error('Nothing is waiting');
		first.node.disabled = true;
		data.waitTill = undefined;
		const runs = data.resultData.runData[last] ?? [];
		const popped = runs.pop();
		if (popped?.inputOverride) {
			const { source, inputOverride } = popped;
			runs.push({ startTime: 0, executionTime: 0, executionIndex: 0, source, inputOverride });
		}
		const workflow = this.workflow();
		const node = workflow.getNode(name ?? last) as INode;
		let answered = 0;
		const response = { status: () => response, json: () => void answered++ };
		const context = new WebhookContext(
			workflow,
			node,
			{
				...baseData(this.options.credential),
				executionId: this.id,
				httpRequest: { body, headers: {}, params: {}, query: {} },
				httpResponse: response,
			} as never,
			this.options.mode ?? 'trigger',
			{} as IWebhookData,
			[],
			data,
		);
		const { workflowData } = (await this.options.sora.webhook?.call(
			context as IWebhookFunctions,
		)) as { workflowData?: INodeExecutionData[][] };
		if (answered !== 1) throw new Error('The call was not answered once');
		if (workflowData === undefined) return false;
		first.data.main = workflowData;
		first.metadata = { ...first.metadata, forwardAllOutputs: true } as never;
		this.stored = stringify(data);
		await this.run(data);
		return true;
	}

	/** The user's Retry: another execution, with the original workflow or the currently saved one. */
	async retry({ loadWorkflow = false, executionId = `${this.id}-retry` } = {}) {
		const retried = new StoredExecution({ ...this.options, executionId });
		const data = this.data;
		const { lastNodeExecuted } = data.resultData;
		if (lastNodeExecuted) {
			delete data.resultData.error;
			const runs = data.resultData.runData[lastNodeExecuted];
			if (runs?.at(-1)?.error !== undefined) runs.pop();
		}
		if (loadWorkflow) {
			const workflow = this.workflow();
			for (const entry of data.executionData?.nodeExecutionStack ?? []) {
				entry.node = workflow.getNode(entry.node.name) as INode;
			}
		}
		await retried.run(data);
		return retried;
	}

	private workflow(): Workflow {
		return workflowOf(this.options.workflow, this.options.sora);
	}

	private async run(data: IRunExecutionData): Promise<void> {
		this.turns++;
		const { stop, finished } = startTurn(
			this.workflow(),
			data,
			baseData(this.options.credential),
			this.id,
			this.options.mode ?? 'trigger',
			(nodeName, _taskData, executionData) => {
				if (!this.options.savesProgress) return;
				executionData.resultData.lastNodeExecuted = nodeName;
				this.store(executionData);
			},
		);
		this.stop = stop;
		const run = await finished;
		this.status = run.status;
		this.store(run.data);
	}

	private store(data: IRunExecutionData): void {
		this.stored = stringify(data);
		this.history.push(this.stored);
	}
}

/** The execution order of new workflows. */
export const v1 = { executionOrder: 'v1' };

export interface ParkedOptions extends Partial<StoredOptions> {
	node?: Partial<INode>;
	settings?: IDataObject;
}

/** Executions that are stored between turns, with a stand-in gateway and in virtual time. */
export function storedAt(gateway: Gateway) {
	const options = (
		parameters: IDataObject,
		{ node, settings = v1, ...more }: ParkedOptions = {},
	): StoredOptions => ({
		workflow: { settings, ...soraWorkflow(parameters, node) },
		credential: gateway.credential(),
		sora: soraNode(time),
		...more,
	});
	const start = async (parameters: IDataObject, more?: ParkedOptions) =>
		await StoredExecution.start(options(parameters, more));
	return {
		options,
		start,
		async startToEnd(parameters: IDataObject, more?: ParkedOptions) {
			const execution = await start(parameters, more);
			await execution.untilEnd();
			return execution;
		},
	};
}

/** The smallest purchase, parked. */
export const parked = { ...boat, waiting: 'parked' };

/** A node's context with one function removed or replaced. */
export const withFunction = <Context extends object>(
	context: Context,
	name: string,
	value?: unknown,
): Context =>
	new Proxy(context, {
		get: (target, key) => {
			if (key === name) return value;
			const found = Reflect.get(target, key, target) as unknown;
			return typeof found === 'function' ? (found.bind(target) as unknown) : found;
		},
		has: (target, key) => (key === name ? value !== undefined : key in target),
	});
