/**
 * Runs workflow JSON on n8n's own engine (n8n-core) in this process: expressions, item linking, retries, error outputs,
 * cancellation and the HTTP stack are n8n's; only the storage is missing.
 */
import { ExecutionLifecycleHooks, LoadOptionsContext, WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	Workflow,
	type IAuthenticateGeneric,
	type IConnections,
	type ICredentialDataDecryptedObject,
	type ICredentialsHelper,
	type ICredentialType,
	type IDataObject,
	type IExecuteContextData,
	type IHttpRequestOptions,
	type INode,
	type INodeExecutionData,
	type INodeProperties,
	type INodeType,
	type INodeTypeDescription,
	type INodeTypes,
	type IPinData,
	type IRun,
	type IRunExecutionData,
	type ITaskData,
	type IVersionedNodeType,
	type IWebhookFunctions,
	type IWorkflowExecuteAdditionalData,
	type WorkflowExecuteMode,
} from 'n8n-workflow';

import { SoraApi } from '../../credentials/SoraApi.credentials';
import { routeItems } from '../../nodes/Sora/actions/router';
import { Sora } from '../../nodes/Sora/Sora.node.ts';
import { systemClock, type Clock } from '../../nodes/Sora/flow/clock';
import { answerResumeCall } from '../../nodes/Sora/parking/resumeWebhook';

export interface WorkflowJson {
	name?: string;
	nodes: Array<Partial<INode> & Pick<INode, 'name' | 'type'>>;
	connections: IConnections;
	settings?: IDataObject;
}

/** Only resolves the generic `authenticate` of a credential, as n8n does. */
function credentialsHelper(
	type: ICredentialType,
	credential: ICredentialDataDecryptedObject,
): ICredentialsHelper {
	const authenticate = async (
		$credentials: ICredentialDataDecryptedObject,
		_type: string,
		request: IHttpRequestOptions,
		{ expression }: Workflow,
		node: INode,
	) => {
		const { properties } = type.authenticate as IAuthenticateGeneric;
		const given = { $credentials } as never;
		const resolve = (value: string) =>
			value.startsWith('=')
				? String(expression.getSimpleParameterValue(node, value, 'internal', given, undefined, ''))
				: value;
		for (const [part, entries] of Object.entries(properties)) {
			const set = Object.entries(entries as Record<string, string>).map(([key, value]) => [
				resolve(key),
				resolve(value),
			]);
			const before = (request as unknown as IDataObject)[part] as IDataObject;
			Object.assign(request, { [part]: { ...before, ...Object.fromEntries(set) } });
		}
		return request;
	};
	return {
		authenticate,
		getDecrypted: async () => credential,
		getParentTypes: () => [],
		isCredentialUsableByNode: () => true,
		preAuthentication: async () => undefined,
	} as unknown as ICredentialsHelper;
}

const nodeOf = (
	displayName: string,
	execute: NonNullable<INodeType['execute']>,
	description: Partial<INodeTypeDescription> = {},
): INodeType => ({
	description: {
		displayName,
		name: displayName,
		group: ['transform'],
		version: 1,
		description: '',
		defaults: { name: displayName },
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
		...description,
	},
	execute,
});

const passThrough = (displayName: string) =>
	nodeOf(displayName, async function () {
		return [this.getInputData()];
	});

const parameter = (name: string, type: INodeProperties['type'], preset: unknown) => ({
	properties: [{ displayName: name, name, type, default: preset } as INodeProperties],
});

/** Adds fields to its items, as Edit Fields does. */
const setFields = nodeOf(
	'Edit Fields',
	async function () {
		return [
			this.getInputData().map(({ json }, itemIndex) => {
				const fields = this.getNodeParameter('assignments.assignments', itemIndex, []) as Array<{
					name: string;
					value: unknown;
				}>;
				const set = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
				return { json: { ...json, ...set } as IDataObject, pairedItem: { item: itemIndex } };
			}),
		];
	},
	parameter('assignments', 'assignmentCollection', {}),
);

/** Returns an item for each entry of a list, as Split Out does. */
const splitOut = nodeOf(
	'Split Out',
	async function () {
		return [
			this.getInputData().flatMap(({ json }, item) => {
				const entries = json[String(this.getNodeParameter('fieldToSplitOut', item))];
				return (entries as IDataObject[]).map((entry) => ({ json: entry, pairedItem: { item } }));
			}),
		];
	},
	parameter('fieldToSplitOut', 'string', ''),
);

interface Tool {
	invoke(input: IDataObject): Promise<string>;
}

/** Calls its tool like an agent outside n8n's engine: once per call, one after the other. */
const agent = nodeOf(
	'Agent',
	async function () {
		const calls = this.getNodeParameter('calls', 0) as IDataObject[];
		const [tool] = (await this.getInputConnectionData('ai_tool', 0)) as Tool[];
		const items: INodeExecutionData[] = [];
		for (const call of calls) {
			const answer = await tool?.invoke(call).catch((error: Error) => error.message);
			items.push({ json: { answer: answer ?? 'no tool' } });
		}
		return [items];
	},
	{ inputs: ['main', 'ai_tool'], ...parameter('calls', 'json', []) },
);

/** The tool that n8n makes of a node. */
const asTool = (node: INodeType): INodeType =>
	Object.assign(Object.create(node) as INodeType, {
		description: { ...node.description, inputs: [], outputs: ['ai_tool'] },
	});

/** Passes its first item on as often as its field `left` says. */
const countdown = nodeOf('Countdown', async function () {
	const left = Number(this.getInputData()[0]?.json.left ?? this.getContext('node').left);
	this.getContext('node').left = left - 1;
	return [left > 0 ? [{ json: { left }, pairedItem: { item: 0 } }] : []];
});

/** Returns the items of both inputs, as Merge does. */
const merge = nodeOf(
	'Merge',
	async function () {
		return [[...this.getInputData(0), ...this.getInputData(1)]];
	},
	{ inputs: ['main', 'main'] },
);

/** The few n8n nodes that examples and tests use around ours. */
const BASE_NODES: Record<string, INodeType> = {
	'test.agent': agent,
	'test.countdown': countdown,
	'test.merge': merge,
	'n8n-nodes-base.set': setFields,
	'n8n-nodes-base.splitOut': splitOut,
	...Object.fromEntries(
		['form', 'formTrigger', 'manualTrigger', 'noOp', 'stickyNote'].map((name) => [
			`n8n-nodes-base.${name}`,
			passThrough(name),
		]),
	),
};

export const SORA_TYPE = 'n8n-nodes-sora.sora';

/** The node from the sources, with the given clock. */
export function soraNode(clock: Clock = systemClock, route = routeItems): INodeType {
	const node = new Sora();
	return Object.assign(Object.create(node) as INodeType, {
		description: node.description,
		execute: async function (
			this: Parameters<typeof routeItems>[0],
			response?: Parameters<typeof routeItems>[2],
		) {
			return await route(this, clock, response);
		},
		webhook: async function (this: IWebhookFunctions) {
			return await answerResumeCall(this, clock);
		},
	});
}

export interface EngineOptions {
	workflow: WorkflowJson;
	/** Of the `soraApi` credential. */
	credential: {
		apiKey: string;
		baseUrl: string;
		allowUnauthorizedCerts?: boolean;
		trustedFileHosts?: string;
		apiFormat?: string;
		requestEncoding?: string;
	};
	/** Items for the first node; by default one empty item. */
	items?: INodeExecutionData[];
	/** The Sora node to run; by default the one from the sources. */
	sora?: INodeType;
	/** n8n's own nodes, instead of their few replacements. */
	baseNodes?: KnownNodes;
	credentialType?: ICredentialType;
	/** Lets the test press Stop. */
	onStart?: (stop: () => void) => void;
	/** Context of an earlier execution, as the editor's Retry passes on. */
	contextData?: IExecuteContextData;
	executionId?: string;
	mode?: WorkflowExecuteMode;
	/** n8n's secret of the execution, which its retries inherit. */
	resumeToken?: string;
	/** How the calling workflow's execution was started, for a sub-workflow. */
	rootExecutionMode?: WorkflowExecuteMode;
	/** Output pinned to nodes, as in the editor: those nodes are not run. */
	pinData?: IPinData;
}

export interface EngineResult {
	run: IRun;
	/** A node's last output. */
	items(nodeName: string, output?: number): INodeExecutionData[];
	json(nodeName: string, output?: number): IDataObject[];
	/** The error that ended the execution, as n8n stores and shows it. */
	error: { message: string; description?: string | null; [key: string]: unknown } | undefined;
	contextData: IExecuteContextData;
}

const URLS = Object.fromEntries(
	[
		['restApiUrl', 'rest'],
		['instanceBaseUrl', ''],
		['webhookBaseUrl', 'webhook'],
		['webhookWaitingBaseUrl', 'webhook-waiting'],
		['webhookTestBaseUrl', 'webhook-test'],
		['formWaitingBaseUrl', 'form-waiting'],
	].map(([name, path]) => [name, `http://127.0.0.1:5678/${path}`]),
);

export function baseData(
	credential: EngineOptions['credential'],
	credentialType: ICredentialType = new SoraApi(),
): IWorkflowExecuteAdditionalData {
	return {
		...URLS,
		currentNodeExecutionIndex: 0,
		variables: {},
		credentialsHelper: credentialsHelper(credentialType, { ...credential }),
	} as unknown as IWorkflowExecuteAdditionalData;
}

/** The context in which the editor asks a node for the entries of a list. */
export function listContext(credential: EngineOptions['credential']): LoadOptionsContext {
	const [node] = withCredentials([{ name: 'Sora', type: SORA_TYPE }]) as [INode];
	const workflow = workflowOf({ nodes: [node], connections: {} }, soraNode());
	return new LoadOptionsContext(workflow, node, baseData(credential), 'model');
}

/** Gives every Sora node the test's credential, as a user would after an import. */
export function withCredentials(nodes: WorkflowJson['nodes']): INode[] {
	return nodes.map((node, index) => ({
		id: String(index),
		typeVersion: 1,
		position: [index * 200, 0],
		parameters: {},
		...node,
		...(node.type.startsWith(SORA_TYPE) && {
			credentials: { soraApi: { id: '1', name: 'Sora account' } },
		}),
	}));
}

type KnownNodes = Record<string, INodeType | IVersionedNodeType>;

/** n8n's node types, with the Sora node and its tool. */
export function nodeTypesWith(sora: INodeType, more: KnownNodes = {}): INodeTypes {
	const known: KnownNodes = {
		...BASE_NODES,
		[SORA_TYPE]: sora,
		[`${SORA_TYPE}Tool`]: asTool(sora),
		...more,
	};
	const byName = (type: string, version?: number) => {
		const found = known[type];
		if (!found) throw new Error(`The engine tests know no node of type ${type}`);
		return 'getNodeType' in found ? found.getNodeType(version) : found;
	};
	return { getByName: byName, getByNameAndVersion: byName, getKnownTypes: () => ({}) };
}

/** A workflow as n8n's engine takes it. */
export const workflowOf = (
	{ name = 'Test', nodes, connections, settings }: WorkflowJson,
	sora: INodeType,
	baseNodes?: KnownNodes,
): Workflow =>
	new Workflow({
		id: 'workflow',
		name,
		active: true,
		nodes: withCredentials(nodes),
		connections,
		settings,
		nodeTypes: nodeTypesWith(sora, baseNodes),
	});

/** The start of an execution: its trigger, and the trigger's items. */
export function firstData({
	workflow,
	items = [{ json: {} }],
	pinData,
	resumeToken,
	contextData = {},
}: Partial<EngineOptions> & Pick<EngineOptions, 'workflow'>): IRunExecutionData {
	const first = withCredentials(workflow.nodes).find(({ type }) => /Trigger$/.test(type));
	if (!first) throw new Error('The workflow needs a trigger');
	return createRunExecutionData({
		...(resumeToken !== undefined && { resumeToken }),
		resultData: { pinData },
		executionData: {
			contextData,
			nodeExecutionStack: [{ node: first, data: { main: [items] }, source: null }],
		},
	});
}

/** Runs n8n's engine from the state of an execution. Returns a way to press Stop, and the end of the run. */
export function startTurn(
	workflow: Workflow,
	data: IRunExecutionData,
	additionalData: IWorkflowExecuteAdditionalData,
	executionId: string,
	mode: WorkflowExecuteMode,
	onNodeDone?: (nodeName: string, output: ITaskData, data: IRunExecutionData) => void,
): { stop: () => void; finished: Promise<IRun> } {
	const about = { id: 'workflow', name: 'Test', active: false, nodes: [], connections: {} };
	const hooks = new ExecutionLifecycleHooks(mode, executionId, about as never);
	const finished = new Promise<IRun>((resolve) => {
		hooks.addHandler('workflowExecuteAfter', (run) => resolve(run));
	});
	if (onNodeDone) hooks.addHandler('nodeExecuteAfter', onNodeDone);
	const execution = new WorkflowExecute({ ...additionalData, hooks, executionId }, mode, data);
	const processing = execution.processRunExecutionData(workflow);
	// The outcome comes through the hook; a cancelled promise says nothing more.
	void processing.catch(() => undefined);
	return { stop: () => processing.cancel(), finished };
}

export async function runWorkflow(options: EngineOptions): Promise<EngineResult> {
	const { stop, finished } = startTurn(
		workflowOf(options.workflow, options.sora ?? soraNode(), options.baseNodes),
		firstData(options),
		{
			...baseData(options.credential, options.credentialType),
			rootExecutionMode: options.rootExecutionMode,
		},
		options.executionId ?? 'execution-1',
		options.mode ?? 'trigger',
	);
	options.onStart?.(stop);
	const run = await finished;
	const items = (nodeName: string, output = 0) =>
		run.data.resultData.runData[nodeName]?.at(-1)?.data?.main?.[output] ?? [];
	return {
		run,
		items,
		json: (nodeName, output) => items(nodeName, output).map(({ json }) => json),
		error: run.data.resultData.error as EngineResult['error'],
		contextData: run.data.executionData?.contextData ?? {},
	};
}

export const soraStep = (
	name: string,
	parameters: IDataObject,
	node: Partial<INode> = {},
): WorkflowJson['nodes'][number] => ({
	name,
	type: SORA_TYPE,
	parameters: parameters as INode['parameters'],
	...node,
});

export const to = (name: string, index = 0) => ({ node: name, type: 'main' as const, index });

/** A trigger, followed by these nodes. */
export function inLine(...steps: WorkflowJson['nodes']): WorkflowJson {
	const nodes = [{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' }, ...steps];
	const connections = Object.fromEntries(
		steps.map(({ name }, index) => [nodes[index]?.name ?? '', { main: [[to(name)]] }]),
	);
	return { nodes, connections };
}

/** The smallest workflow with one Sora node: a trigger before it, and an end after each output. */
export function soraWorkflow(parameters: IDataObject, node: Partial<INode> = {}): WorkflowJson {
	const ends = ['Done', 'Failed'].map((name) => ({ name, type: 'n8n-nodes-base.noOp' }));
	const { nodes, connections } = inLine(soraStep('Sora', parameters, node));
	return {
		nodes: [...nodes, ...ends],
		connections: { ...connections, Sora: { main: [[to('Done')], [to('Failed')]] } },
	};
}
