import type { IDataObject, IExecuteFunctions, INodeType } from 'n8n-workflow';

import { soraNode } from './engine';
import { GENERATE, useGateway } from './gateway';
import { parkedOptions, StoredExecution, withFunction } from './storedExecution';
import { time } from './time';

// Parking stands on what n8n's engine does and documents nowhere. These tests fail when a new n8n-core does otherwise,
// and hold the node to what it does then: nothing is lost, and it waits in the node.

type Route = (typeof import('../../nodes/Sora/actions/router'))['routeItems'];
type Response = Parameters<Route>[2];

const gateway = useGateway({ renderSeconds: 30, callback: 'never' });
const parameters = { ...GENERATE, prompt: 'A boat', downloadVideo: false, waiting: 'parked' };
const bought = () => gateway.simulator.books.purchases;

/** The node as a process has it that has found out nothing about its n8n. */
async function freshRoute(): Promise<Route> {
	let route: Route | undefined;
	await jest.isolateModulesAsync(async () => {
		({ routeItems: route } = await import('../../nodes/Sora/actions/router'));
	});
	return route as Route;
}

const soraWith = (
	execute: (context: IExecuteFunctions, response: Response) => ReturnType<Route>,
): INodeType =>
	Object.assign(soraNode(time), {
		execute: async function (this: IExecuteFunctions, response: Response) {
			return await execute(this, response);
		},
	});

const start = async (sora: INodeType, node: IDataObject = {}, more: IDataObject = parameters) =>
	await StoredExecution.start(parkedOptions(gateway, more, { node, sora }));

describe('n8n’s engine', () => {
	it('enters a node again that asks for nothing but that, with its items', async () => {
		const seen: unknown[] = [];
		await start(
			soraWith(async (context, response) => {
				seen.push([context.getInputData().length, response?.metadata]);
				return seen.length === 1 ? { actions: [], metadata: { asked: 1 } } : [[]];
			}),
		);
		expect(seen).toEqual([
			[1, {}],
			[1, { asked: 1 }],
		]);
	});

	it('hands a node its own entry of the stack', async () => {
		const execution = await start(
			soraWith(async (context) => {
				const entry = context.getExecuteData();
				entry.data = { main: [null] };
				entry.node = { ...entry.node, notes: 'changed' };
				await context.putExecutionToWait(new Date());
				return [[{ json: {} }]];
			}),
		);
		const [entry] = execution.data.executionData?.nodeExecutionStack ?? [];
		expect(entry?.data.main).toEqual([null]);
		expect(entry?.node.notes).toBe('changed');
	});

	it('runs a node as its own action, then enters it again, with one response', async () => {
		const seen: unknown[] = [];
		const execution = await start(
			soraWith(async (context, response) => {
				const [item] = context.getInputData();
				seen.push([item?.json.toolCallId, response?.actionResponses.length]);
				if (seen.length > 1) return [[{ json: { run: seen.length } }]];
				const action = {
					actionType: 'ExecutionNodeAction' as const,
					nodeName: 'Sora',
					type: 'main' as const,
					id: 'mine',
					input: {},
					metadata: {},
				};
				return { actions: [action], metadata: {} };
			}),
		);
		expect(seen).toEqual([
			[undefined, 0],
			['mine', 0],
			[undefined, 1],
		]);
		expect(execution.json('Sora')).toEqual([{ run: 3 }]);
	});
});

describe('in an n8n that does otherwise, the node waits in the node and buys once', () => {
	const expectVideo = (execution: StoredExecution) => {
		expect(execution.status).toBe('success');
		expect(execution.json('Done')[0]).toMatchObject({
			task_id: bought()[0]?.taskId,
			status: 'SUCCESS',
		});
		expect(bought()).toHaveLength(1);
	};

	it.each([parameters, { ...parameters, waiting: 'node' }])(
		'where it is handed a copy of its entry (%j)',
		async (given) => {
			const route = await freshRoute();
			const boughtAt: number[] = [];
			const sora = soraWith(async (context, response) => {
				boughtAt.push(bought().length);
				const copy = { ...context.getExecuteData() };
				const changed = withFunction(context, 'getExecuteData', () => copy);
				return await route(changed, time, response);
			});
			const settings = { executionOrder: 'v1', saveExecutionProgress: true };
			const execution = await StoredExecution.start(
				parkedOptions(gateway, given, { sora, settings }),
			);
			expectVideo(execution);
			expect(boughtAt).toEqual([0, 0]);
			const isParked = given.waiting === 'parked';
			expect(execution.runs('Sora')[0]?.hints ?? []).toHaveLength(isParked ? 1 : 0);
		},
	);

	it('where it is not entered again, but tried again', async () => {
		const route = await freshRoute();
		const sora = soraWith(async (context, response) => {
			const output = await route(context, time, response);
			if (output && 'actions' in output) throw new Error('n8n knows no such requests');
			return output;
		});
		expectVideo(await start(sora, { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 }));
	});

	it('where it is never entered again, from the fourth run on', async () => {
		const route = await freshRoute();
		const sora = soraWith(async (context, response) => {
			const output = await route(context, time, response);
			return output && 'actions' in output ? [[]] : output;
		});
		for (let run = 0; run < 3; run++) {
			await start(sora);
			expect(bought()).toHaveLength(0);
		}
		// An answer that comes so late does not come.
		await time.sleep(20_000);
		expectVideo(await start(sora));
	});
});
