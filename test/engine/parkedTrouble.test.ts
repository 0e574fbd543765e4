import type { IDataObject, INode, INodeType } from 'n8n-workflow';

import { routeItems } from '../../nodes/Sora/actions/router';
import { systemClock } from '../../nodes/Sora/flow/clock';
import { until } from '../until';
import { SORA_TYPE, soraNode, type WorkflowJson } from './engine';
import { itemsWith } from './gateway';
import { time } from './time';
import {
	loaded,
	parked,
	StoredExecution,
	useParking,
	v1,
	withFunction,
	type ParkedOptions,
} from './storedExecution';

type Context = Parameters<typeof routeItems>[0];
type Response = Parameters<typeof routeItems>[2];

const { gateway, bought, taskIds, options, start, startToEnd } = useParking();
const SCENE = '={{ $json.scene }}';
const scenes = (...prompts: string[]) => itemsWith('scene', prompts);

describe('n8n that was down until Max Wait was over', () => {
	const late = { ...parked, options: { maxWaitMinutes: 4 } };
	const downFor = (seconds: number) => time.sleep(seconds * 1000);

	it.each(['html502:2', 'resetAfter:2'])(
		'brings the video though the first polls tell nothing (%s)',
		async (pollFault) => {
			const execution = await start({ ...late, prompt: `A boat [[pollFault=${pollFault}]]` });
			await downFor(400);
			await execution.untilEnd();
			expect(execution.error?.message).toBeUndefined();
			expect(execution.json('Done')[0]).toMatchObject({ task_id: taskIds()[0], status: 'SUCCESS' });
		},
	);

	it('says that Max Wait is over where the render still goes on', async () => {
		const execution = await start({ ...late, prompt: 'A boat [[renderSeconds=100000]]' });
		await downFor(400);
		await execution.untilEnd();
		expect(execution.status).toBe('error');
		expect(execution.error?.message).toContain(taskIds()[0]);
		expect(gateway.simulator.polls(String(taskIds()[0]))).toBe(1);
	});
});

describe('items of different kinds in one parked run', () => {
	it('that are reused, bought, refused and uncertain stay what they are, and nothing is bought twice', async () => {
		const key = String(Math.random());
		const manual = { mode: 'manual' as const };
		await start(
			{ ...parked, waiting: 'node', prompt: SCENE },
			{ ...manual, items: scenes(`Old ${key}`) },
		);
		const items = scenes(
			`New ${key}`,
			`Old ${key}`,
			`Refused ${key} [[submitFault=badRequest]]`,
			`Uncertain ${key} [[submitFault=resetAfter]]`,
			`Old ${key}`,
		);
		const node = { onError: 'continueRegularOutput' as const };
		const execution = await start({ ...parked, prompt: SCENE }, { ...manual, items, node });
		expect(execution.status).toBe('waiting');
		const sent = gateway.submissions().length;
		await execution.untilEnd();
		const [old, ...others] = taskIds();
		const out = execution.json('Done');
		expect(out).toEqual([
			expect.objectContaining({ status: 'SUCCESS' }),
			expect.objectContaining({ status: 'SUCCESS', task_id: old, reused: true }),
			expect.objectContaining({ category: 'bad_request' }),
			expect.objectContaining({ category: 'submission_uncertain' }),
			expect.objectContaining({ status: 'SUCCESS' }),
		]);
		expect([out[0], out[4]].map((item) => item?.reused)).toEqual([undefined, undefined]);
		expect(gateway.submissions()).toHaveLength(sent);
		expect(new Set(out.map(({ task_id }) => task_id ?? 'none')).size).toBe(4);
		expect(others).toHaveLength(3);
		const hints = execution.runs('Sora')[0]?.hints?.map(({ message }) => message) ?? [];
		expect(hints.join(' ')).toContain(String(old));
	});

	it('of which one is a sample waits for the other, and sells the sample nothing', async () => {
		const whenTesting = '={{ $json.scene === "free" ? "sample" : "buy" }}';
		const execution = await startToEnd(
			{ ...parked, prompt: SCENE, whenTesting },
			{ mode: 'manual', items: scenes('free', 'paid') },
		);
		expect(execution.json('Done')).toEqual([
			expect.objectContaining({ sample: true }),
			expect.objectContaining({ task_id: taskIds()[0], status: 'SUCCESS' }),
		]);
		expect(bought()).toHaveLength(1);
	});
});

describe('a kill, whatever was stored last,', () => {
	/** n8n saves the progress of a node that parks a moment before it stores the execution as parked, and wrongly. */
	const isBeingParked = (stored: string) => {
		const { waitTill, executionData } = loaded(stored);
		const [first] = executionData?.nodeExecutionStack ?? [];
		return waitTill !== undefined && first?.data.main?.length !== 0;
	};

	const kinds: Array<[string, IDataObject, ParkedOptions]> = [
		['parked', parked, {}],
		[
			'parked, with the progress saved',
			parked,
			{ settings: { ...v1, saveExecutionProgress: true }, savesProgress: true },
		],
		[
			'in the node, with the progress saved',
			{ ...parked, waiting: 'node' },
			{ settings: { ...v1, saveExecutionProgress: true }, savesProgress: true },
		],
	];

	it.each(kinds)(
		'of a run that is %s is survived by the retry with the original workflow',
		async (_, parameters, more) => {
			const execution = await startToEnd(
				{ ...parameters, prompt: SCENE },
				{ ...more, items: scenes('A [[renderSeconds=100]]', 'B [[renderSeconds=250]]') },
			);
			const states = execution.history.filter(
				(stored) => stored.includes(String(taskIds()[0])) && !isBeingParked(stored),
			);
			expect(states.length).toBeGreaterThan(1);
			for (const [index, stored] of states.entries()) {
				execution.stored = stored;
				const retried = await execution.retry({ executionId: `${execution.id}-${index}` });
				await retried.untilEnd();
				expect(retried.status).toBe('success');
				expect(retried.json('Done').map(({ task_id }) => task_id)).toEqual(taskIds());
				expect(bought()).toHaveLength(2);
			}
		},
	);

	it.each(kinds)(
		'of a run that is %s buys nothing when it is retried with the saved workflow',
		async (_, parameters, more) => {
			const execution = await startToEnd(parameters, more);
			const states = execution.history.filter((stored) => stored.includes(String(taskIds()[0])));
			for (const [index, stored] of states.entries()) {
				execution.stored = stored;
				const executionId = `${execution.id}-${index}`;
				const retried = await execution.retry({ executionId, loadWorkflow: true });
				await retried.untilEnd();
				expect(bought()).toHaveLength(1);
			}
		},
	);
});

describe('an n8n that tells no settings', () => {
	const old: INodeType = Object.assign(soraNode(time), {
		execute: async function (this: Context, response: Response) {
			return await routeItems(withFunction(this, 'getWorkflowSettings'), time, response);
		},
	});

	it('has one run of the node after a retry, whose items are found', async () => {
		const execution = await start(parked, { sora: old });
		const { stored } = execution;
		await execution.wakeByTimer();
		execution.stored = stored;
		const retried = await execution.retry();
		await retried.untilEnd();
		expect(retried.runs('Sora')).toHaveLength(1);
		expect(retried.json('Sora')[0]).toMatchObject({ task_id: taskIds()[0], status: 'SUCCESS' });
		expect(bought()).toHaveLength(1);
	});

	it('waits in the node in the legacy order, also when the user retries', async () => {
		gateway.simulator.set({ pollFault: 'badKey' });
		const settings = { executionOrder: 'v0' };
		const execution = await start(parked, { sora: old, settings });
		expect(execution.status).toBe('error');
		gateway.simulator.set({ pollFault: undefined });
		const retried = await execution.retry();
		expect(retried.status).toBe('success');
		expect(retried.turns).toBe(1);
		expect(retried.json('Done')[0]).toMatchObject({ task_id: taskIds()[0], status: 'SUCCESS' });
		expect(bought()).toHaveLength(1);
	});

	it('is left without a null beside which n8n 2.0 cannot evaluate what the resume webhook asks', async () => {
		const execution = await start(parked, { sora: old });
		expect(execution.data.executionData?.nodeExecutionStack[0]?.data.main).toEqual([]);
	});
});

describe('an expression that gives another value each time', () => {
	const random = { ...parked, prompt: '={{ $json.scene + " " + Math.random() }}' };

	it.each([false, true])(
		'buys nothing anew where n8n was killed and the user retries (with the saved workflow: %s)',
		async (loadWorkflow) => {
			const inNode = { ...random, waiting: 'node' };
			const saving = { settings: { ...v1, saveExecutionProgress: true }, savesProgress: true };
			const execution = await start(loadWorkflow ? inNode : random, {
				...(loadWorkflow ? saving : {}),
				items: scenes('A', 'B'),
			});
			const state = execution.history.find((stored) => stored.includes(String(taskIds()[1])));
			execution.stored = String(state);
			const retried = await execution.retry({ loadWorkflow });
			await retried.untilEnd();
			expect(retried.json('Done').map(({ task_id }) => task_id)).toEqual(taskIds());
			expect(bought()).toHaveLength(2);
		},
	);

	it('buys nothing anew where the node failed and the user retries', async () => {
		gateway.simulator.set({ pollFault: 'badKey' });
		const execution = await start({ ...random, waiting: 'node' }, { items: scenes('A') });
		expect(execution.status).toBe('error');
		gateway.simulator.set({ pollFault: undefined });
		const retried = await execution.retry();
		expect(retried.json('Done')[0]).toMatchObject({ task_id: taskIds()[0], status: 'SUCCESS' });
		expect(bought()).toHaveLength(1);
	});

	it('does not hide that the user has changed the node since', async () => {
		gateway.simulator.set({ pollFault: 'badKey' });
		const execution = await start({ ...random, waiting: 'node' }, { items: scenes('A') });
		gateway.simulator.set({ pollFault: undefined });
		const changed = { ...random, waiting: 'node', prompt: '={{ "new " + Math.random() }}' };
		Object.assign(execution, { options: options(changed, { items: scenes('A') }) });
		const retried = await execution.retry({ loadWorkflow: true });
		expect(retried.status).toBe('success');
		expect(bought().map(({ prompt }) => prompt.slice(0, 3))).toEqual(['A 0', 'new']);
	});
});

describe('two nodes side by side', () => {
	it('park one after the other, and each buys once', async () => {
		const sora = (name: string, y: number) => ({
			name,
			type: SORA_TYPE,
			position: [200, y] as [number, number],
			parameters: { ...parked, prompt: name } as unknown as INode['parameters'],
		});
		const to = (name: string, index = 0) => ({ node: name, type: 'main' as const, index });
		const workflow: WorkflowJson = {
			settings: v1,
			nodes: [
				{ name: 'Start', type: 'n8n-nodes-base.manualTrigger', position: [0, 0] },
				sora('One', 0),
				sora('Two', 200),
				{ name: 'Merge', type: 'test.merge', position: [400, 0] },
			],
			connections: {
				Start: { main: [[to('One'), to('Two')]] },
				One: { main: [[to('Merge')]] },
				Two: { main: [[to('Merge', 1)]] },
			},
		};
		const execution = await StoredExecution.start({ ...options(parked), workflow });
		await execution.untilEnd();
		expect(execution.json('Merge').map(({ task_id }) => task_id)).toEqual(taskIds());
		expect(bought().map(({ prompt }) => prompt)).toEqual(['One', 'Two']);
	});
});

describe('a credential that changes while the run is parked', () => {
	it('ends it, naming the tasks, where it is gone; once it is back a retry takes them up', async () => {
		const execution = await start({ ...parked, prompt: SCENE }, { items: scenes('A', 'B') });
		const good = options({ ...parked, prompt: SCENE }, { items: scenes('A', 'B') });
		Object.assign(execution, {
			options: { ...good, credential: { apiKey: '', baseUrl: '' } },
		});
		await execution.untilEnd();
		expect(execution.status).toBe('error');
		const told = `${execution.error?.message} ${execution.error?.description}`;
		for (const taskId of taskIds()) expect(told).toContain(taskId);
		Object.assign(execution, { options: good });
		const retried = await execution.retry();
		await retried.untilEnd();
		expect(retried.json('Done').map(({ task_id }) => task_id)).toEqual(taskIds());
		expect(bought()).toHaveLength(2);
	});
});

describe('many executions that begin at once in a process that has not tried its n8n', () => {
	it.each([false, true])('are all parked (n8n tells no settings: %s)', async (isOld) => {
		let route: typeof routeItems | undefined;
		await jest.isolateModulesAsync(async () => {
			({ routeItems: route } = await import('../../nodes/Sora/actions/router'));
		});
		const sora: INodeType = Object.assign(soraNode(time), {
			execute: async function (this: Context, response: Response) {
				const context = isOld ? withFunction(this, 'getWorkflowSettings') : this;
				// A fast clock would hold the pace of this machine against n8n.
				return await (route as typeof routeItems)(context, systemClock, response);
			},
		});
		const executions = await Promise.all(
			Array.from({ length: 10 }, async () => await start(parked, { sora })),
		);
		expect(executions.map(({ status }) => status)).toEqual(Array(10).fill('waiting'));
	});
});

describe('executions that n8n gives no ID', () => {
	it('buy for themselves, each of them', async () => {
		const sora: INodeType = Object.assign(soraNode(time), {
			execute: async function (this: Context, response: Response) {
				const context = new Proxy(this, {
					get: (target, key) => {
						if (key === 'getExecutionId') return () => undefined;
						if (key === 'evaluateExpression') {
							return () => 'https://n8n.example/webhook-waiting/__UNKNOWN__';
						}
						const found = Reflect.get(target, key, target) as unknown;
						return typeof found === 'function' ? (found.bind(target) as unknown) : found;
					},
				});
				return await routeItems(context, time, response);
			},
		});
		for (let run = 0; run < 2; run++) {
			await start({ ...parked, prompt: 'A boat [[renderSeconds=10]]' }, { sora });
		}
		expect(bought()).toHaveLength(2);
	});
});

describe('Stop', () => {
	it('while a parked run is polled names its tasks in the log, and leaves them at the gateway', async () => {
		const logged: string[] = [];
		const sora: INodeType = Object.assign(soraNode(time), {
			execute: async function (this: Context, response: Response) {
				jest
					.spyOn(this.logger, 'info')
					.mockImplementation((message: string) => void logged.push(message));
				return await routeItems(this, time, response);
			},
		});
		const execution = await start({ ...parked, prompt: 'A boat [[pollFault=hang]]' }, { sora });
		const ending = execution.wakeByTimer();
		await time.when(() => (gateway.simulator.polls(String(taskIds()[0])) ?? 0) > 0);
		execution.stop();
		await ending;
		expect(execution.status).toBe('canceled');
		await until(() => logged.some((line) => line.includes('stopped')));
		expect(logged.at(-1)).toContain(taskIds()[0]);
		expect(bought()).toHaveLength(1);
	});
});
