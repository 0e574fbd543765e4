import type { IDataObject, INode, INodeExecutionData } from 'n8n-workflow';

import { startSimulator, type Scenario, type Simulator } from '../simulator/simulator';
import { fastClock, runWorkflow, soraNode, soraWorkflow, type EngineOptions } from './engine';

/** Gateway seconds, and the node's, in a real second: a one-minute render takes a third of a second. */
export const TIME_SCALE = 200;

export interface Gateway {
	/** Set before each test; books and requests are empty then. */
	readonly simulator: Simulator;
	/** Runs one Sora node between a trigger and its ends, on a clock as fast as the gateway's. */
	run(
		parameters: IDataObject,
		more?: Partial<EngineOptions> & { node?: Partial<INode> },
	): ReturnType<typeof runWorkflow>;
	/** Requests to the paid route. */
	submissions(): Simulator['requests'];
	/** Requests that carried the key to another host than the gateway: must stay empty. */
	keyLeaks(): Simulator['requests'];
}

/** A stand-in gateway for the tests of a file. */
export function useGateway(scenario: Partial<Scenario> = {}, timeScale = TIME_SCALE): Gateway {
	let simulator: Simulator;
	beforeAll(async () => {
		simulator = await startSimulator({ timeScale, scenario, seed: 7 });
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
			await runWorkflow({
				workflow: soraWorkflow(parameters, node),
				credential: { apiKey: simulator.apiKey, baseUrl: simulator.url },
				sora: soraNode(fastClock(timeScale)),
				...more,
			}),
		submissions: () => simulator.requests.filter(({ route }) => route === 'generate'),
		keyLeaks: () =>
			simulator.requests.filter(({ host, carriesKey }) => carriesKey && host !== 'gateway'),
	};
	return gateway;
}

export const GENERATE = { resource: 'video', operation: 'generate' };
export const GET = { resource: 'video', operation: 'get' };
export const CREATE = { resource: 'character', operation: 'create' };

/** Items with one field each. */
export const itemsWith = (field: string, values: unknown[]): INodeExecutionData[] =>
	values.map((value) => ({ json: { [field]: value } as IDataObject }));
