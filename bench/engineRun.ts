/* eslint-disable @n8n/community-nodes/no-restricted-imports -- takes n8n's nodes from an installation, never inside n8n */
/** Runs workflows with n8n's own nodes on n8n's engine, in this process: only the storage behind it is missing. */
import { createRequire } from 'node:module';
import { ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	Workflow,
	type INode,
	type INodeExecutionData,
	type INodeType,
	type INodeTypes,
	type IRun,
	type IVersionedNodeType,
} from 'n8n-workflow';

import { realN8n } from '../test/e2e/environment';
import type { WorkflowJson } from '../test/e2e/n8nApi';
import { baseData, SORA_TYPE } from '../test/engine/engine';

const NODES: Record<string, string> = {
	httpRequest: 'HttpRequest/HttpRequest',
	if: 'If/If',
	wait: 'Wait/Wait',
	noOp: 'NoOp/NoOp',
};

/** n8n's own nodes, from the real n8n. */
function baseNodes(): Record<string, INodeType | IVersionedNodeType> {
	const n8nRequire = createRequire(realN8n().n8n);
	const nodes = Object.entries(NODES).map(([type, path]) => {
		const name = path.split('/')[1] as string;
		const file = `n8n-nodes-base/dist/nodes/${path}.node.js`;
		const Node = (n8nRequire(file) as Record<string, new () => INodeType>)[name];
		if (!Node) throw new Error(`${file} has no ${name}`);
		return [`n8n-nodes-base.${type}`, new Node()];
	});
	return Object.fromEntries(nodes) as Record<string, INodeType | IVersionedNodeType>;
}

function nodeTypesWith(sora: INodeType): INodeTypes {
	const known: ReturnType<typeof baseNodes> = { ...baseNodes(), [SORA_TYPE]: sora };
	const byName = (type: string, version?: number): INodeType => {
		const found = known[type];
		if (!found) throw new Error(`No node of type ${type} was loaded`);
		return 'getNodeType' in found ? found.getNodeType(version) : found;
	};
	return { getByName: byName, getByNameAndVersion: byName, getKnownTypes: () => ({}) };
}

interface Engine {
	/** @param items what the first node gets; gives what the node `Video` put out in all its runs */
	run(workflow: WorkflowJson, items: INodeExecutionData[]): Promise<INodeExecutionData[]>;
}

/** @param credential of the nodes that use `soraApi` */
export function startEngine(
	sora: INodeType,
	credential: { apiKey: string; baseUrl: string },
): Engine {
	const nodeTypes = nodeTypesWith(sora);
	let executions = 0;
	return {
		async run({ nodes, connections }, items) {
			const withCredential = nodes.map(
				(node): INode => ({
					...node,
					credentials: { soraApi: { id: '1', name: 'Stand-in' } },
				}),
			);
			const about = { id: 'workflow', name: 'Bench', active: false };
			const workflow = new Workflow({ ...about, nodes: withCredential, connections, nodeTypes });
			const executionId = `execution-${++executions}`;
			const hooks = new ExecutionLifecycleHooks('manual', executionId, about as never);
			const finished = new Promise<IRun>((resolve) => {
				hooks.addHandler('workflowExecuteAfter', (run) => resolve(run));
			});
			const data = createRunExecutionData({
				executionData: {
					nodeExecutionStack: [
						{ node: withCredential[0] as INode, data: { main: [items] }, source: null },
					],
				},
			});
			const additionalData = { ...baseData(credential), hooks, executionId };
			const execution = new WorkflowExecute(additionalData, 'manual', data);
			void execution.processRunExecutionData(workflow).catch(() => undefined);
			const { resultData } = (await finished).data;
			if (resultData.error) throw new Error(resultData.error.message);
			const runs = resultData.runData.Video ?? [];
			return runs.flatMap(({ data: output }) => output?.main?.[0] ?? []);
		},
	};
}
