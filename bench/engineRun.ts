/* eslint-disable @n8n/community-nodes/no-restricted-imports -- takes n8n's nodes from an installation, never inside n8n */
/** Runs workflows with n8n's own nodes on n8n's engine, in this process: only the storage behind it is missing. */
import { createRequire } from 'node:module';
import type { INodeExecutionData, INodeType, IVersionedNodeType } from 'n8n-workflow';

import { realN8n } from '../test/e2e/environment';
import { runWorkflow, type EngineOptions, type WorkflowJson } from '../test/engine/engine';

const NODES: Record<string, string> = {
	httpRequest: 'HttpRequest/HttpRequest',
	if: 'If/If',
	wait: 'Wait/Wait',
	noOp: 'NoOp/NoOp',
};

/** n8n's own nodes, from the real n8n. */
function n8nsNodes(): Record<string, INodeType | IVersionedNodeType> {
	const n8nRequire = createRequire(realN8n().n8n);
	const nodes = Object.entries(NODES).map(([type, path]) => {
		const name = path.split('/')[1] as string;
		const file = `n8n-nodes-base/dist/nodes/${path}.node.js`;
		const Node = (n8nRequire(file) as Record<string, new () => INodeType>)[name];
		if (!Node) throw new Error(`${file} has no ${name}`);
		return [`n8n-nodes-base.${type}`, new Node()] as const;
	});
	return Object.fromEntries(nodes);
}

/**
 * Gives the way to run workflows, all of whose nodes may use the credential.
 * @returns what the node `Video` put out in all its runs
 */
export function startEngine(sora: INodeType, credential: EngineOptions['credential']) {
	const baseNodes = n8nsNodes();
	const credentials = { soraApi: { id: '1', name: 'Stand-in' } };
	let executions = 0;
	return async ({ nodes, connections }: WorkflowJson, items: INodeExecutionData[]) => {
		const { run, error } = await runWorkflow({
			workflow: { nodes: nodes.map((node) => ({ ...node, credentials })), connections },
			credential,
			items,
			sora,
			baseNodes,
			executionId: `execution-${++executions}`,
			mode: 'manual',
		});
		if (error) throw new Error(error.message);
		const runs = run.data.resultData.runData.Video ?? [];
		return runs.flatMap(({ data: output }) => output?.main?.[0] ?? []);
	};
}
