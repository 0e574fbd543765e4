import type { IDataObject, INode, INodeExecutionData } from 'n8n-workflow';

import { startSimulator, type Scenario, type Simulator } from '../simulator/simulator';
import {
	runWorkflow,
	SORA_TYPE,
	soraNode,
	soraWorkflow,
	type EngineOptions,
	type WorkflowJson,
} from './engine';
import { time, useVirtualLimits } from './time';

export interface Gateway {
	/** Set before each test; books and requests are empty then. */
	readonly simulator: Simulator;
	/** Runs one Sora node between a trigger and its ends, in the gateway's own time. */
	run(
		parameters: IDataObject,
		more?: Partial<EngineOptions> & { node?: Partial<INode> },
	): ReturnType<typeof runWorkflow>;
	/** Requests to the paid route. */
	submissions(): Simulator['requests'];
	/** Requests that carried the key to another host than the gateway: must stay empty. */
	keyLeaks(): Simulator['requests'];
}

/** A stand-in gateway for the tests of a file, in virtual time. */
export function useGateway(scenario: Partial<Scenario> = {}): Gateway {
	useVirtualLimits();
	let simulator: Simulator;
	beforeAll(async () => {
		simulator = await startSimulator({ clock: time, scenario, seed: 7 });
	});
	afterEach(() => {
		const leaks = gateway.keyLeaks();
		simulator.reset();
		expect(leaks).toEqual([]);
	});
	afterAll(async () => await simulator.close());
	const gateway: Gateway = {
		get simulator() {
			return simulator;
		},
		run: async (parameters, { node, ...more } = {}) =>
			await time.ending(
				runWorkflow({
					workflow: soraWorkflow(parameters, node),
					credential: { apiKey: simulator.apiKey, baseUrl: simulator.url },
					sora: soraNode(time),
					...more,
				}),
			),
		submissions: () => simulator.requests.filter(({ route }) => route === 'generate'),
		keyLeaks: () =>
			simulator.requests.filter(({ host, carriesKey }) => carriesKey && host !== 'gateway'),
	};
	return gateway;
}

/** An agent that n8n's engine knows nothing of, with the node as its tool. */
export const agentWorkflow = (
	calls: IDataObject[],
	parameters: IDataObject,
	node: Partial<INode>,
): WorkflowJson => ({
	nodes: [
		{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
		{ name: 'Agent', type: 'test.agent', parameters: { calls: calls as never } },
		{
			name: 'Sora',
			type: `${SORA_TYPE}Tool`,
			parameters: parameters as INode['parameters'],
			...node,
		},
	],
	connections: {
		Start: { main: [[{ node: 'Agent', type: 'main', index: 0 }]] },
		Sora: { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] },
	},
});

export const GENERATE = { resource: 'video', operation: 'generate' };
export const GET = { resource: 'video', operation: 'get' };
export const CREATE = { resource: 'character', operation: 'create' };

/** Images of a video, as the panel stores them: addresses, or names of input data fields. */
export const imagesFrom = (source: 'field' | 'url', ...entries: unknown[]) => ({
	images: {
		image: entries.map((entry) =>
			source === 'url' ? { source, url: entry } : { source, binaryPropertyName: entry },
		),
	} as IDataObject,
});

/** The smallest purchase. */
export const boat = { ...GENERATE, prompt: 'A boat', downloadVideo: false };

export const goOn = { node: { onError: 'continueRegularOutput' as const } };

/** Items with one field each. */
export const itemsWith = (field: string, values: unknown[]): INodeExecutionData[] =>
	values.map((value) => ({ json: { [field]: value } as IDataObject }));
