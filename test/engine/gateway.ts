import type {
	EngineResponse,
	IDataObject,
	IExecuteFunctions,
	INode,
	INodeExecutionData,
	INodeType,
	NodeOutput,
} from 'n8n-workflow';

import { routeItems } from '../../nodes/Sora/actions/router';
import { startSimulator, type Scenario, type Simulator } from '../simulator/simulator';
import {
	runWorkflow,
	SORA_TYPE,
	soraNode,
	soraStep,
	soraWorkflow,
	type EngineOptions,
	type EngineResult,
	type WorkflowJson,
} from './engine';
import { time, useVirtualLimits } from './time';

export type RunOptions = Partial<EngineOptions> & { node?: Partial<INode> };

/** Runs one Sora node between a trigger and its ends, in virtual time. */
export const runNode = async (
	credential: EngineOptions['credential'],
	parameters: IDataObject,
	{ node, ...more }: RunOptions = {},
): Promise<EngineResult> =>
	await time.ending(
		runWorkflow({
			workflow: soraWorkflow(parameters, node),
			credential,
			sora: soraNode(time),
			...more,
		}),
	);

/** A stand-in gateway for the tests of a file, in virtual time. Each test starts with empty books. */
export function useGateway(scenario: Partial<Scenario> = {}) {
	useVirtualLimits();
	let simulator: Simulator;
	const requestsTo = (route: string) =>
		simulator.requests.filter((request) => request.route === route);
	const keyLeaks = () =>
		simulator.requests.filter(({ host, carriesKey }) => carriesKey && host !== 'gateway');
	const bought = () => simulator.books.purchases;
	const taskIds = () => bought().map(({ taskId }) => taskId);

	beforeAll(async () => {
		simulator = await startSimulator({ clock: time, scenario, seed: 7 });
	});
	afterEach(() => {
		const leaks = keyLeaks();
		simulator.reset();
		expect(leaks).toEqual([]);
	});
	afterAll(async () => await simulator.close());

	const run = async (parameters: IDataObject, more?: RunOptions) =>
		await runNode({ apiKey: simulator.apiKey, baseUrl: simulator.url }, parameters, more);

	/** Runs an item for each directive of the stand-in, all together under Continue. Returns the result of each. */
	async function runEach(
		directives: readonly string[],
		parameters: IDataObject = {},
		node: Partial<INode> = {},
	) {
		const prompts = directives.map((directive, index) => `Boat ${index} [[${directive}]]`);
		const { items } = await run(
			{ ...byIdea, ...parameters },
			{ ...ideas(...prompts), node: { ...goOn.node, ...node } },
		);
		return directives.map((directive, index) => {
			const prompt = prompts[index];
			const { json = {}, binary } = items('Sora')[index] ?? {};
			const tasks = bought().filter((purchase) => purchase.prompt === prompt);
			return { directive, json, binary, tasks };
		});
	}

	return {
		get simulator() {
			return simulator;
		},
		runEach,
		requestsTo,
		/** Requests to the paid route. */
		submissions: () => requestsTo('generate'),
		/** Requests that carried the key to a host other than the gateway. */
		keyLeaks,
		bought,
		taskIds,
		set: (changes: Partial<Scenario>) => simulator.set(changes),
		credential: () => ({ apiKey: simulator.apiKey, baseUrl: simulator.url }),
		run,
		/** Checks that the item is the one video that was bought. */
		expectOneVideo(item: IDataObject | undefined, status = 'SUCCESS') {
			expect(item).toMatchObject({ task_id: taskIds()[0], status });
			expect(bought()).toHaveLength(1);
		},
	};
}

export type Gateway = ReturnType<typeof useGateway>;

type Execute = (context: IExecuteFunctions, response?: EngineResponse) => Promise<NodeOutput>;

/** The node in virtual time, with the given `execute`. */
export const soraThat = (execute: Execute): INodeType =>
	Object.assign(soraNode(time), {
		execute: async function (this: IExecuteFunctions, response?: EngineResponse) {
			return await execute(this, response);
		},
	});

/** Loads the node as a fresh process would. */
export async function newProcess(): Promise<Execute> {
	let route = routeItems;
	await jest.isolateModulesAsync(async () => {
		({ routeItems: route } = await import('../../nodes/Sora/actions/router'));
	});
	return async (context, response) => (await route(context, time, response)) as NodeOutput;
}

/** The node, with its log lines collected. */
export const soraLogging = (lines: string[]): INodeType =>
	soraThat(async (context, response) => {
		const info = jest
			.spyOn(context.logger, 'info')
			.mockImplementation((line: string) => void lines.push(line));
		const output = (await routeItems(context, time, response)) as NodeOutput;
		info.mockRestore();
		return output;
	});

/** An agent outside n8n's engine, with the node as its tool. */
export const agentWorkflow = (
	calls: IDataObject[],
	parameters: IDataObject,
	node: Partial<INode>,
): WorkflowJson => ({
	nodes: [
		{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
		{ name: 'Agent', type: 'test.agent', parameters: { calls: calls as never } },
		{ ...soraStep('Sora', parameters, node), type: `${SORA_TYPE}Tool` },
	],
	connections: {
		Start: { main: [[{ node: 'Agent', type: 'main', index: 0 }]] },
		Sora: { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] },
	},
});

/** What the user's Retry inherits from an execution. */
export const keptOf = ({ contextData }: Pick<EngineResult, 'contextData'>) =>
	JSON.parse(JSON.stringify(contextData)) as EngineResult['contextData'];

export const GENERATE = { resource: 'video', operation: 'generate' };
export const GET = { resource: 'video', operation: 'get' };
export const CREATE = { resource: 'character', operation: 'create' };
export const UPLOAD = { resource: 'file', operation: 'upload' };
export const GET_QUOTA = { resource: 'account', operation: 'getQuota' };

/** The smallest purchase. */
export const boat = { ...GENERATE, prompt: 'A boat', downloadVideo: false };
/** The prompt of each item is its field `idea`. */
export const byIdea = { ...boat, prompt: '={{ $json.idea }}' };
/** An expression that gives another prompt on each try. */
export const changing = { ...boat, prompt: '={{ "A boat " + Math.random() }}' };

/** A model by its ID. */
export const byId = (value: string) => ({ model: { __rl: true, mode: 'id', value } });

/** Images of a video, as the panel stores them: addresses, or names of input data fields. */
export const imagesFrom = (source: 'field' | 'url', ...entries: unknown[]) => ({
	images: {
		image: entries.map((entry) =>
			source === 'url' ? { source, url: entry } : { source, binaryPropertyName: entry },
		),
	} as IDataObject,
});

export const goOn = { node: { onError: 'continueRegularOutput' as const } };
export const retryOnFail = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

/** Items with one field each. */
export const itemsWith = (field: string, values: unknown[]): INodeExecutionData[] =>
	values.map((value) => ({ json: { [field]: value } as IDataObject }));
export const ideas = (...values: unknown[]) => ({ items: itemsWith('idea', values) });
