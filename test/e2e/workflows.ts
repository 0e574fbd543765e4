/** Small workflows for the tests of the real n8n. */
import { randomUUID } from 'node:crypto';
import type { IDataObject, INode } from 'n8n-workflow';

import type { WorkflowJson } from './n8nApi';

/** A node, as far as the test cares. */
export type Step = Pick<INode, 'name' | 'type'> &
	Partial<Omit<INode, 'parameters'>> & {
		parameters?: IDataObject;
	};

export const SORA = 'n8n-nodes-sora.sora';

/** A model of that ID, whatever the list says. */
export const byId = (value: string) => ({ __rl: true, mode: 'id', value });

/** Looks every second, so that nothing waits for the node's own pace. */
const EVERY_SECOND = { pollInterval: 1 };

export const manual: Step = { name: 'Start', type: 'n8n-nodes-base.manualTrigger' };

/** The trigger of a sub-workflow. */
export const whenCalled: Step = {
	name: 'When Called',
	type: 'n8n-nodes-base.executeWorkflowTrigger',
	typeVersion: 1.1,
	parameters: { inputSource: 'passthrough' },
};

/** A trigger that is called at `path`, and answers at once. */
export const webhook = (path: string): Step => ({
	name: 'Webhook',
	type: 'n8n-nodes-base.webhook',
	typeVersion: 2,
	webhookId: randomUUID(),
	parameters: { httpMethod: 'POST', path, responseMode: 'onReceived' },
});

/** Generate, with the stand-in's directives in the prompt. */
export const generate = (prompt: string, more: Partial<Step> = {}): Step => ({
	name: 'Sora',
	type: SORA,
	...more,
	parameters: {
		resource: 'video',
		operation: 'generate',
		prompt,
		options: EVERY_SECOND,
		...more.parameters,
	},
});

/** Get, waiting for the video and fetching it. */
export const get = (taskId: string, more: Partial<Step> = {}): Step => ({
	name: 'Get',
	type: SORA,
	...more,
	parameters: {
		resource: 'video',
		operation: 'get',
		taskId,
		waiting: 'node',
		downloadVideo: true,
		options: EVERY_SECOND,
		...more.parameters,
	},
});

/** The order of execution that n8n's editor gives new workflows; parking needs it. */
export const V1 = { executionOrder: 'v1' };

/** Generate that is parked while it waits, at n8n's and the node's own pace. */
export const parkedGenerate = (prompt: string, more: Partial<Step> = {}): Step =>
	generate(prompt, {
		...more,
		parameters: { waiting: 'parked', options: {}, ...more.parameters },
	});

/** n8n's Wait node; what waits longer than 65 seconds, or for a call, waits in n8n's database. */
export const wait = (parameters: IDataObject): Step => ({
	name: 'Wait',
	type: 'n8n-nodes-base.wait',
	typeVersion: 1.1,
	webhookId: randomUUID(),
	parameters,
});

export const noOp = (name: string): Step => ({ name, type: 'n8n-nodes-base.noOp' });

/** A node that works on the file of its item: puts its digest into the field `sha256`. */
export const fingerprint = (name: string): Step => ({
	name,
	type: 'n8n-nodes-base.crypto',
	parameters: { action: 'hash', type: 'SHA256', binaryData: true, dataPropertyName: 'sha256' },
});

/** One item for each text, in the field `idea`. */
export const ideas = (texts: string[]): Step[] => [
	{
		name: 'Ideas',
		type: 'n8n-nodes-base.set',
		typeVersion: 3.4,
		parameters: { mode: 'raw', jsonOutput: JSON.stringify({ idea: texts }) },
	},
	{
		name: 'Each',
		type: 'n8n-nodes-base.splitOut',
		typeVersion: 1,
		parameters: { fieldToSplitOut: 'idea' },
	},
];

/** The steps one after the other; a step in a list of its own is a further output of the one before. */
export function workflowOf(...steps: Array<Step | Step[]>): WorkflowJson {
	const nodes: INode[] = [];
	const connections: WorkflowJson['connections'] = {};
	let before: string | undefined;
	for (const [column, step] of steps.entries()) {
		const branches = Array.isArray(step) ? step : [step];
		nodes.push(
			...branches.map((node, row) => ({
				id: randomUUID(),
				typeVersion: 1,
				position: [column * 220, row * 160] as [number, number],
				...node,
				parameters: (node.parameters ?? {}) as INode['parameters'],
			})),
		);
		if (before !== undefined) {
			connections[before] = {
				main: branches.map(({ name }) => [{ node: name, type: 'main', index: 0 }]),
			};
		}
		before = branches[0]?.name;
	}
	return { nodes, connections };
}
