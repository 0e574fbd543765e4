import type { IDataObject, INode, INodeType } from 'n8n-workflow';

import { seededRandom } from '../simulator/random';
import { until } from '../until';

import type { Clock } from '../../nodes/Sora/flow/clock';
import { routeItems } from '../../nodes/Sora/actions/router';
import { SORA_TYPE, soraNode, type WorkflowJson } from './engine';
import { boat as inNode, GENERATE, GET, itemsWith } from './gateway';
import {
	loaded,
	parked,
	StoredExecution,
	useParking,
	v1,
	withFunction,
	type ParkedOptions,
} from './storedExecution';
import { json, KEY, scripted, TASK } from './scripted';
import { time } from './time';

type Context = Parameters<typeof routeItems>[0];
type Response = Parameters<typeof routeItems>[2];

const { gateway, bought, taskIds, options, start, startToEnd, expectOneVideo } = useParking();
const scenes = (...prompts: string[]) => itemsWith('scene', prompts);
const SCENE = '={{ $json.scene }}';
const BY_ID = { __rl: true, mode: 'id' };

const polls = () => bought().map(({ taskId }) => gateway.simulator.polls(taskId));

/** The node in another n8n, or in another process: what it is given is changed before it sees it. */
const soraSeeing = (
	change: (context: Context, response: Response) => [Context, Response],
	ticking: Clock = time,
): INodeType =>
	Object.assign(soraNode(ticking), {
		execute: async function (this: Context, response: Response) {
			const [context, changed] = change(this, response);
			return await routeItems(context, ticking, changed);
		},
	});

const hintOf = (execution: StoredExecution) =>
	execution.runs('Sora')[0]?.hints?.map(({ message }) => message);

describe('a parked run', () => {
	it('buys, lies in the database, and ends with the video when the timer has woken it', async () => {
		const execution = await start({ ...parked, prompt: 'A boat [[renderSeconds=400]]' });
		expect(execution.status).toBe('waiting');
		expect(bought()).toHaveLength(1);
		const [taskId] = taskIds();
		expect(execution.json('Sora')).toEqual([
			{ task_id: taskId, status: 'waiting', next_look: execution.waitTill?.toISOString() },
		]);
		expect(polls()).toEqual([0]);
		await execution.untilEnd();
		expect(execution.status).toBe('success');
		expect(execution.json('Done')).toEqual([
			expect.objectContaining({ task_id: taskId, status: 'SUCCESS', model: 'sora-2' }),
		]);
		expect(execution.runs('Sora')).toHaveLength(1);
		expect(execution.runs('Sora')[0]).not.toHaveProperty('inputOverride');
		expect(execution.turns).toBeGreaterThan(2);
		expect(bought()).toHaveLength(1);
	});

	it('delivers the files of all items in their order, each bought once', async () => {
		const execution = await startToEnd(
			{ ...parked, prompt: SCENE, downloadVideo: true },
			{ items: scenes('A [[renderSeconds=190]]', 'B [[renderSeconds=20]]', 'C') },
		);
		const items = execution.items('Done');
		expect(items.map(({ json }) => json.task_id)).toEqual(taskIds());
		expect(items.map(({ binary }) => binary?.data?.mimeType)).toEqual(Array(3).fill('video/mp4'));
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 2 },
		]);
		expect(bought()).toHaveLength(3);
	});

	it('downloads only when all have ended, and polls no task meanwhile that has', async () => {
		const execution = await start(
			{ ...parked, prompt: SCENE, downloadVideo: true },
			{ items: scenes('quick [[renderSeconds=20]]', 'slow [[renderSeconds=290]]') },
		);
		const downloads = () =>
			gateway.simulator.requests.filter(({ host }) => host === 'files').length;
		await execution.wakeByTimer();
		expect(execution.status).toBe('waiting');
		expect(polls()[0]).toBe(1);
		expect(downloads()).toBe(0);
		await execution.wakeByTimer();
		expect(execution.status).toBe('waiting');
		expect(polls()[0]).toBe(1);
		await execution.untilEnd();
		expect(polls()[0]).toBe(2);
		expect(execution.json('Done').map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS']);
		expect(downloads()).toBeGreaterThan(0);
	});

	it('looks at least a minute apart, whatever Poll Interval says, and at once when it is woken', async () => {
		const execution = await start({ ...parked, options: { pollInterval: 1 } });
		const before = time.now();
		await execution.wakeByTimer();
		expect(execution.status).toBe('waiting');
		expect(Number(execution.waitTill)).toBeGreaterThanOrEqual(before + 60_000);
		await execution.untilEnd();
		expect(execution.status).toBe('success');
	});

	it('asks once for the models that the key has, where an item has failed for want of its own', async () => {
		const execution = await startToEnd(
			{ ...parked, prompt: 'A boat [[renderSeconds=290]]', model: { ...BY_ID, value: SCENE } },
			{ items: scenes('nowhere-1', 'sora-2'), node: { onError: 'continueRegularOutput' } },
		);
		expect(execution.turns).toBeGreaterThan(2);
		const [failed] = execution.json('Done');
		expect(String(failed?.advice).match(/This key has: /g)).toHaveLength(1);
		const lists = gateway.simulator.requests.filter(({ route }) => route === 'models');
		expect(lists).toHaveLength(1);
	});

	it('stores task IDs, and neither prompts nor addresses nor keys', async () => {
		const prompt = 'A very secret boat';
		const execution = await start({ ...parked, prompt: SCENE }, { items: scenes(prompt) });
		const { executionData } = execution.data;
		const stack = executionData?.nodeExecutionStack ?? [];
		expect(stack).toHaveLength(2);
		const kept = JSON.stringify([executionData?.contextData, stack[1]?.metadata]);
		expect(kept).toContain(taskIds()[0]);
		expect(kept).not.toContain(prompt);
		expect(kept).not.toContain(gateway.simulator.apiKey);
		expect(kept).not.toContain(gateway.simulator.url);
	});

	it('goes on in another process, which knows nothing but what is stored', async () => {
		const execution = await start(parked);
		await jest.isolateModulesAsync(async () => {
			const { routeItems: elsewhere } = await import('../../nodes/Sora/actions/router');
			const sora = Object.assign(soraNode(time), {
				execute: async function (this: Context, response: Response) {
					return await elsewhere(this, time, response);
				},
			});
			Object.assign(execution, { options: options(parked, { sora }) });
			await execution.untilEnd();
		});
		expectOneVideo(execution);
	});

	it.each([
		['executed once', { executeOnce: true }, 1],
		['always putting out data', { alwaysOutputData: true }, 2],
	])('of a node that is %s returns what it would without', async (_, node, count) => {
		const items = scenes('A', 'B');
		const execution = await start({ ...parked, prompt: SCENE }, { items, node });
		expect(execution.runs('Done')).toHaveLength(0);
		await execution.untilEnd();
		expect(execution.json('Done').map(({ task_id }) => task_id)).toEqual(taskIds());
		expect(bought()).toHaveLength(count);
		expect(execution.runs('Done')).toHaveLength(1);
	});

	it('of a pinned node does not happen', async () => {
		const pinData = { Sora: [{ json: { pinned: true } }] };
		const execution = await start(parked, { pinData, mode: 'manual' });
		expect(execution.status).toBe('success');
		expect(execution.json('Done')).toEqual([{ pinned: true }]);
		expect(bought()).toHaveLength(0);
	});

	it('of a step that the user runs alone ends with it', async () => {
		const startData = {
			destinationNode: { nodeName: 'Sora', mode: 'inclusive' as const },
			runNodeFilter: ['Start', 'Sora'],
		};
		const execution = await start(parked, { startData, mode: 'manual' });
		expect(execution.status).toBe('waiting');
		await execution.untilEnd();
		expect(execution.json('Sora')[0]).toMatchObject({ status: 'SUCCESS' });
		expect(execution.runs('Done')).toHaveLength(0);
		expect(bought()).toHaveLength(1);
	});

	it('where an expression gives another value in each turn buys once, and tells no prompt that was not sent', async () => {
		const execution = await startToEnd({ ...parked, prompt: '={{ "A boat " + Math.random() }}' });
		expect(bought()).toHaveLength(1);
		const [item] = execution.json('Done');
		expect(item).toMatchObject({ task_id: taskIds()[0], status: 'SUCCESS' });
		expect([undefined, bought()[0]?.prompt]).toContain(item?.prompt);
	});

	it('of Get polls at once, then parks', async () => {
		const ordered = await start({ ...inNode, waiting: 'none' });
		expect(ordered.status).toBe('success');
		const [taskId] = taskIds();
		const execution = await start({ ...GET, taskId, waiting: 'parked' });
		expect(execution.status).toBe('waiting');
		expect(polls()).toEqual([1]);
		await execution.untilEnd();
		expect(execution.json('Done')[0]).toMatchObject({ task_id: taskId, status: 'SUCCESS' });
		expect(bought()).toHaveLength(1);
	});

	it('of Get finds out at once that nobody answers at the address', async () => {
		const execution = await start(
			{ ...GET, taskId: 'video_1', waiting: 'parked' },
			{ credential: { apiKey: 'key', baseUrl: `${gateway.simulator.url}/nowhere` } },
		);
		expect(execution.status).toBe('error');
	});

	it('of Get outlives an outage of the gateway in a later turn', async () => {
		await start({ ...inNode, prompt: 'A boat [[renderSeconds=400]]', waiting: 'none' });
		const [taskId] = taskIds();
		const execution = await start({ ...GET, taskId, waiting: 'parked' });
		gateway.simulator.set({ pollFault: 'html502' });
		for (let turns = 0; turns < 4; turns++) await execution.wakeByTimer();
		expect(execution.status).toBe('waiting');
		gateway.simulator.set({ pollFault: undefined });
		await execution.untilEnd();
		expect(execution.json('Done')[0]).toMatchObject({ task_id: taskId, status: 'SUCCESS' });
	});

	it('does not park where the video is there at the first poll', async () => {
		await start({ ...inNode, prompt: 'A boat [[renderSeconds=1]]', waiting: 'none' });
		const [taskId] = taskIds();
		await time.sleep(10_000);
		const execution = await start({ ...GET, taskId, waiting: 'parked' });
		expect(execution.status).toBe('success');
	});

	it('takes Max Wait from its first turn, and returns what is finished and what is not', async () => {
		const began = time.now();
		const execution = await startToEnd(
			{ ...parked, prompt: SCENE, options: { maxWaitMinutes: 4, onTimeout: 'output' } },
			{ items: scenes('A [[renderSeconds=30]]', 'B [[renderSeconds=100000]]') },
		);
		expect(execution.json('Done')).toEqual([
			expect.objectContaining({ status: 'SUCCESS' }),
			expect.objectContaining({ task_id: taskIds()[1], timed_out: true }),
		]);
		const minutes = (time.now() - began) / 60_000;
		expect(minutes).toBeGreaterThanOrEqual(4);
		expect(minutes).toBeLessThan(6);
	});

	it('fails when Max Wait is over, with the task ID, and a retry gives it as long again', async () => {
		const prompt = 'A boat [[renderSeconds=400]]';
		const execution = await startToEnd({ ...parked, prompt, options: { maxWaitMinutes: 4 } });
		expect(execution.status).toBe('error');
		expect(execution.error?.message).toContain(taskIds()[0]);
		const retried = await execution.retry();
		await retried.untilEnd();
		expect(retried.json('Done')[0]).toMatchObject({ task_id: taskIds()[0], status: 'SUCCESS' });
		expect(bought()).toHaveLength(1);
	});

	it('waits in the node for what is left of a Max Wait of less than a minute', async () => {
		const execution = await start({
			...parked,
			prompt: 'A boat [[renderSeconds=1000]]',
			options: { maxWaitMinutes: 0.4, onTimeout: 'output' },
		});
		expect(execution.status).toBe('success');
		expect(execution.turns).toBe(1);
		expect(execution.json('Done')[0]).toMatchObject({ timed_out: true });
	});
});

describe('a parked run among other nodes', () => {
	const to = (name: string, index = 0) => ({ node: name, type: 'main' as const, index });
	const sora = (name: string, parameters: IDataObject) => ({
		name,
		type: SORA_TYPE,
		parameters: parameters as INode['parameters'],
	});

	it('is followed by another one, which buys for itself', async () => {
		const execution = await StoredExecution.start({
			...options(parked),
			items: scenes('A', 'B'),
			workflow: {
				settings: v1,
				nodes: [
					{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
					sora('Sora', { ...parked, prompt: SCENE }),
					sora('Second', { ...parked, prompt: '={{ "after " + $json.task_id }}' }),
				],
				connections: { Start: { main: [[to('Sora')]] }, Sora: { main: [[to('Second')]] } },
			},
		});
		await execution.untilEnd();
		expect(execution.json('Second').map(({ task_id }) => task_id)).toEqual(taskIds().slice(2));
		expect(bought()).toHaveLength(4);
		expect([execution.runs('Sora'), execution.runs('Second')].map((runs) => runs.length)).toEqual([
			1, 1,
		]);
	});

	it('makes a branch beside it wait too, and Merge has both', async () => {
		const execution = await StoredExecution.start({
			...options(parked),
			workflow: {
				settings: v1,
				nodes: [
					{ name: 'Start', type: 'n8n-nodes-base.manualTrigger', position: [0, 0] },
					{ ...sora('Sora', parked), position: [200, 0] },
					{ name: 'Beside', type: 'n8n-nodes-base.noOp', position: [200, 160] },
					{ name: 'Merge', type: 'test.merge', position: [400, 0] },
				],
				connections: {
					Start: { main: [[to('Sora'), to('Beside')]] },
					Sora: { main: [[to('Merge')]] },
					Beside: { main: [[to('Merge', 1)]] },
				},
			},
		});
		expect(execution.runs('Beside')).toHaveLength(0);
		await execution.untilEnd();
		expect(execution.json('Merge')).toEqual([
			expect.objectContaining({ task_id: taskIds()[0], status: 'SUCCESS' }),
			{},
		]);
		expect(execution.runs('Merge')).toHaveLength(1);
	});

	it('in a loop leaves a run for each turn, and buys once in each', async () => {
		const execution = await StoredExecution.start({
			...options(parked),
			items: itemsWith('left', [2]),
			workflow: {
				settings: v1,
				nodes: [
					{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
					{ name: 'Again', type: 'test.countdown' },
					sora('Sora', { ...parked, prompt: '={{ "A boat " + $("Again").item.json.left }}' }),
				],
				connections: {
					Start: { main: [[to('Again')]] },
					Again: { main: [[to('Sora')]] },
					Sora: { main: [[to('Again')]] },
				},
			},
		});
		await execution.untilEnd();
		expect(execution.status).toBe('success');
		const runs = execution.runs('Sora');
		expect(runs.map(({ data }) => data?.main?.[0]?.[0]?.json.task_id)).toEqual(taskIds());
		expect(bought()).toHaveLength(2);
		for (const run of runs) expect(run).not.toHaveProperty('inputOverride');
	});
});

describe('a call of the gateway', () => {
	const quick = { ...parked, prompt: 'A boat [[renderSeconds=10]]' };
	const items = scenes('A [[renderSeconds=10]]', 'B [[renderSeconds=10]]');
	const twoOf = async () => await start({ ...parked, prompt: SCENE }, { items });
	const told = (taskId: string | undefined, status = 'SUCCESS') => ({ task_id: taskId, status });

	it('goes to the run’s own address, unless the user gave another one', async () => {
		await start(parked);
		await start({ ...parked, options: { notifyHook: 'https://hooks.example/mine' } });
		await start(inNode);
		const hooks = bought().map(({ body }) => body.notify_hook);
		expect(hooks[0]).toMatch(
			/^http:\/\/127\.0\.0\.1:5678\/webhook-waiting\/stored-\d+\/sora\?signature=\w+$/,
		);
		expect(hooks.slice(1)).toEqual(['https://hooks.example/mine', undefined]);
	});

	it('comes for the last order of a run only, wakes it at once, and all its tasks are polled', async () => {
		const execution = await twoOf();
		const [first, second] = taskIds();
		expect(bought().map(({ body }) => typeof body.notify_hook)).toEqual(['undefined', 'string']);
		await time.sleep(15_000);
		expect(await execution.call(told(first))).toBe(false);
		expect(await execution.call({ data: told(second) })).toBe(true);
		expect(execution.status).toBe('success');
		expect(execution.json('Done').map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS']);
		expect(execution.runs('Sora')).toHaveLength(1);
		expect(execution.runs('Sora')[0]).not.toHaveProperty('inputOverride');
		expect(bought()).toHaveLength(2);
	});

	it('that comes when the timer is due leaves it to the timer, which may have woken it elsewhere', async () => {
		const execution = await start(parked);
		await time.sleep(Number(execution.waitTill) - time.now() - 1_000);
		expect(await execution.call(told(taskIds()[0]))).toBe(false);
		await execution.untilEnd();
		expectOneVideo(execution);
	});

	it.each([
		['about a task of somebody else', told('video_unknown')],
		['that says that the task is running', undefined],
		['without a body', undefined],
		['that is nonsense', [{ task_id: { $ne: null } }]],
		['with a body that is no object', 'task'],
	])('%s wakes nothing and changes nothing', async (what, body) => {
		const execution = await start(parked);
		const { stored } = execution;
		const running = what.includes('running') ? told(taskIds()[0], 'IN_PROGRESS') : body;
		expect(await execution.call(running)).toBe(false);
		expect(execution.stored).toBe(stored);
		expect(polls()).toEqual([0]);
	});

	it('wakes a run once: further ones leave empty runs behind in n8n', async () => {
		const execution = await start(parked);
		const [taskId] = taskIds();
		expect(await execution.call({ task_id: taskId })).toBe(true);
		expect(execution.status).toBe('waiting');
		expect(await execution.call({ task_id: taskId })).toBe(false);
		await execution.untilEnd();
		expect(execution.status).toBe('success');
		expect(execution.runs('Sora')).toHaveLength(1);
		expect(execution.runs('Sora')[0]?.data?.main?.[0]).toHaveLength(1);
	});

	it.each(['So"ra', "it's }} {{ \\ done", 'é 视频 $&', '${name}'])(
		'finds its node by the name %s',
		async (name) => {
			const execution = await StoredExecution.start({
				...options(parked),
				workflow: {
					settings: v1,
					nodes: [
						{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
						{ name, type: SORA_TYPE, parameters: quick as unknown as INode['parameters'] },
					],
					connections: { Start: { main: [[{ node: name, type: 'main', index: 0 }]] } },
				},
			});
			await time.sleep(15_000);
			expect(await execution.call(told(taskIds()[0]))).toBe(true);
			expect(execution.status).toBe('success');
		},
	);

	it('that throws inside is answered, and the execution stays as it was', async () => {
		const execution = await start(parked);
		const { stored } = execution;
		const sora = soraNode(time);
		Object.assign(execution, {
			options: {
				...options(parked),
				sora: Object.assign(Object.create(sora) as INodeType, {
					webhook: async function (this: { getResponseObject(): unknown }) {
						const broken = new Proxy(this, {
							get: (target, key) => {
								if (key === 'getBodyData') throw new Error('broken');
								const found = Reflect.get(target, key, target) as unknown;
								return typeof found === 'function' ? (found.bind(target) as unknown) : found;
							},
						});
						return await sora.webhook?.call(broken as never);
					},
				}),
			},
		});
		expect(await execution.call(told(taskIds()[0]))).toBe(false);
		expect(execution.stored).toBe(stored);
	});

	it.each(['A boat', '={{ "A boat " + Math.random() }}'])(
		'that n8n was slow to hear wakes no older state over a later purchase (prompt %s)',
		async (prompt) => {
			const { workflow, ...rest } = options(parked);
			const [trigger, sora] = workflow.nodes;
			const second = { ...(sora as object), name: 'Second', parameters: { ...parked, prompt } };
			const execution = await StoredExecution.start({
				...rest,
				workflow: {
					settings: v1,
					nodes: [trigger as never, sora as never, second as never],
					connections: {
						Start: { main: [[{ node: 'Sora', type: 'main', index: 0 }]] },
						Sora: { main: [[{ node: 'Second', type: 'main', index: 0 }]] },
					},
				},
			});
			const [taskId] = taskIds();
			const read = execution.stored;
			await execution.wakeByTimer();
			while (bought().length < 2) await execution.wakeByTimer();
			const { stored } = execution;
			// n8n had read the execution before the timer woke it, and hands the call over only now.
			expect(await execution.call(told(taskId), { node: 'Sora', read })).toBe(false);
			expect(execution.stored).toBe(stored);
			await execution.untilEnd();
			expect(execution.json('Second')[0]?.task_id).toBe(taskIds()[1]);
			expect(bought()).toHaveLength(2);
		},
	);

	it('that n8n was slow to hear wakes no parking that another call has woken', async () => {
		const execution = await start(parked);
		const read = execution.stored;
		expect(await execution.call(told(taskIds()[0]))).toBe(true);
		expect(await execution.call(told(taskIds()[0]), { node: 'Sora', read })).toBe(false);
		await execution.untilEnd();
		expectOneVideo(execution);
	});
});

describe('orders of a parked run', () => {
	const openTasks = (execution: StoredExecution) =>
		execution.json('Sora').filter(({ task_id }) => task_id !== undefined);
	/** Milliseconds until the execution was parked with what the first submissions bought. */
	const began = () => time.now();

	it('that a 429 holds up do not keep the others from being parked within seconds', async () => {
		const start_ = began();
		const items = scenes('A', 'B [[submitFault=rateLimited:3]]', 'C');
		const execution = await start({ ...parked, prompt: SCENE }, { items });
		expect(execution.status).toBe('waiting');
		expect(time.now() - start_).toBeLessThan(10_000);
		expect(openTasks(execution)).toHaveLength(2);
		// Whatever happens to n8n now, the stored state knows both purchases.
		const killed = execution.stored;
		await execution.untilEnd();
		expect(execution.json('Done').map(({ status }) => status)).toEqual(Array(3).fill('SUCCESS'));
		expect(bought().map(({ prompt }) => prompt[0])).toEqual(['A', 'C', 'B']);
		execution.stored = killed;
		const retried = await execution.retry();
		await retried.untilEnd();
		expect(bought().filter(({ prompt }) => !prompt.startsWith('B'))).toHaveLength(2);
	});

	it('that are slow are parked within seconds, and the rest follows in later turns', async () => {
		gateway.simulator.set({ latencySeconds: 2 });
		const start_ = began();
		const items = scenes(...Array.from({ length: 30 }, (_, index) => `Scene ${index}`));
		const execution = await start({ ...parked, prompt: SCENE }, { items });
		expect(time.now() - start_).toBeLessThan(12_000);
		const inFirstTurn = bought().length;
		expect(inFirstTurn).toBeGreaterThan(5);
		expect(inFirstTurn).toBeLessThan(30);
		expect(openTasks(execution)).toHaveLength(inFirstTurn);
		gateway.simulator.set({ latencySeconds: 0 });
		await execution.untilEnd();
		expect(
			execution
				.json('Done')
				.map(({ task_id }) => task_id)
				.sort(),
		).toEqual(taskIds().sort());
		expect(bought()).toHaveLength(30);
		// The address that wakes the execution goes along with the last order alone.
		const hooked = bought().filter(({ body }) => body.notify_hook !== undefined);
		expect(hooked.map(({ taskId }) => taskId)).toEqual([taskIds().at(-1)]);
	});

	it('that nothing was accepted of yet wait for a 429 in the node', async () => {
		const prompt = 'A boat [[submitFault=rateLimited:4]]';
		const execution = await start({ ...parked, prompt });
		expect(gateway.submissions()).toHaveLength(5);
		await execution.untilEnd();
		expectOneVideo(execution);
	});

	it.each([
		['parked', { waiting: 'parked' }],
		['in the node', { waiting: 'node' }],
	])('keep to Max Concurrent Videos %s', async (_, waiting) => {
		const options_ = { maxConcurrentVideos: 2, maxWaitMinutes: 60 };
		const items = scenes('A', 'B', 'C', 'D [[outcome=renderError]]', 'E');
		const execution = await startToEnd(
			{ ...parked, ...waiting, prompt: SCENE, options: options_ },
			{ items, node: { onError: 'continueRegularOutput' } },
		);
		expect(execution.json('Done').map(({ status }) => status)).toEqual([
			'SUCCESS',
			'SUCCESS',
			'SUCCESS',
			'FAILURE',
			'SUCCESS',
		]);
		expect(bought()).toHaveLength(5);
		expect(mostAtOnce()).toBe(2);
	});

	it.each(
		(['429', 'words'] as const).flatMap((maxRunningAnswer) =>
			['parked', 'node'].map((waiting) => ({ maxRunningAnswer, waiting })),
		),
	)('wait until one ends where the account allows no more at a time: %j', async (given) => {
		const { maxRunningAnswer, waiting } = given;
		gateway.simulator.set({ maxRunning: 3, maxRunningAnswer });
		const items = scenes('A', 'B', 'C', 'D', 'E', 'F');
		const execution = await startToEnd({ ...parked, waiting, prompt: SCENE }, { items });
		expect(execution.error?.message).toBeUndefined();
		expect(execution.json('Done').map(({ status }) => status)).toEqual(Array(6).fill('SUCCESS'));
		expect(bought()).toHaveLength(6);
		expect(mostAtOnce()).toBe(3);
	});

	it('that were not sent when n8n was killed are all that the user’s retry buys', async () => {
		const items = scenes('A', 'B', 'C');
		const one = { maxConcurrentVideos: 1, maxWaitMinutes: 60 };
		const execution = await start({ ...parked, prompt: SCENE, options: one }, { items });
		while (bought().length < 2) await execution.wakeByTimer();
		const retried = await execution.retry();
		await retried.untilEnd();
		expect(retried.json('Done').map(({ task_id }) => task_id)).toEqual(taskIds());
		expect(bought().map(({ prompt }) => prompt)).toEqual(['A', 'B', 'C']);
	});

	it.each(['parked', 'node'])(
		'of which some fail and some are refused are each sent once under Continue (%s)',
		async (waiting) => {
			const prompts = ['A', 'B [[submitFault=badRequest]]', 'C [[outcome=moderation]]', 'D'];
			const one = { maxConcurrentVideos: 1, maxWaitMinutes: 60 };
			const execution = await startToEnd(
				{ ...parked, waiting, prompt: SCENE, options: one },
				{ items: scenes(...prompts), node: { onError: 'continueRegularOutput' } },
			);
			expect(execution.json('Done').map(({ category }) => category)).toEqual([
				...[undefined, 'bad_request', 'moderation', undefined],
			]);
			expect(gateway.submissions()).toHaveLength(4);
			expect(bought().map(({ prompt }) => prompt)).toEqual([prompts[0], prompts[2], prompts[3]]);
		},
	);

	it.each(['parked', 'node'])(
		'that Max Wait ends say that nothing was bought (%s)',
		async (waiting) => {
			const limits = { maxConcurrentVideos: 1, maxWaitMinutes: 4 };
			const items = scenes('A', 'B [[renderSeconds=100000]]', 'C');
			const execution = await startToEnd(
				{ ...parked, waiting, prompt: SCENE, options: limits },
				{ items, node: { onError: 'continueRegularOutput' } },
			);
			const [first, second, third] = execution.json('Done');
			expect(first).toMatchObject({ status: 'SUCCESS' });
			expect(second).toMatchObject({ category: 'deadline_passed', task_id: taskIds()[1] });
			expect(third).toMatchObject({ category: 'not_ordered' });
			expect(third?.advice).toMatch(/Nothing was bought/);
			expect(bought()).toHaveLength(2);
		},
	);

	it('that Max Wait ends are output where On Timeout says so', async () => {
		const limits = { maxConcurrentVideos: 1, maxWaitMinutes: 4, onTimeout: 'output' };
		const items = scenes('A [[renderSeconds=100000]]', 'B');
		const execution = await startToEnd({ ...parked, prompt: SCENE, options: limits }, { items });
		expect(execution.json('Done')).toEqual([
			expect.objectContaining({ task_id: taskIds()[0], timed_out: true }),
			expect.objectContaining({ status: 'NOT_ORDERED', timed_out: true }),
		]);
		expect(bought()).toHaveLength(1);
	});

	/** Videos that were being made at the same moment. */
	function mostAtOnce(): number {
		const spans = bought().map(({ at, prompt }) => {
			const seconds = prompt.includes('renderError') ? 75 : 150;
			return { from: at, to: at + seconds * 1000 };
		});
		return Math.max(
			...spans.map(
				({ from }) => spans.filter((span) => span.from <= from && from < span.to).length,
			),
		);
	}
});

describe('while it is parked, the user', () => {
	it('sees the task IDs in a hint above the output', async () => {
		const execution = await start(parked);
		expect(hintOf(execution)?.join()).toContain(taskIds()[0]);
	});

	it('may change the base URL: that is said, and no other gateway is asked for the task', async () => {
		const execution = await start(parked);
		const good = options(parked);
		const { url, apiKey } = gateway.simulator;
		const elsewhere = { apiKey, baseUrl: `${url}/elsewhere` };
		Object.assign(execution, { options: { ...good, credential: elsewhere } });
		await execution.wakeByTimer();
		expect(execution.status).toBe('error');
		expect(execution.error?.message).toMatch(/base URL .* was changed/);
		expect(`${execution.error?.description}`).toContain(taskIds()[0]);
		expect(polls()).toEqual([0]);
		Object.assign(execution, { options: good });
		const retried = await execution.retry();
		await retried.untilEnd();
		expectOneVideo(retried);
	});

	it('may delete the credential: that is said in plain words, with the task', async () => {
		const sora = soraSeeing((context, response) => {
			const gone = async () => {
				const message = 'Credential with ID "1" does not exist for type "soraApi".';
				return await Promise.reject(new Error(message));
			};
			return [turns++ > 2 ? withFunction(context, 'getCredentials', gone) : context, response];
		});
		let turns = 0;
		const execution = await startToEnd(parked, { sora });
		expect(execution.error?.message).toMatch(/credential/i);
		expect(execution.error?.message).not.toMatch(/not made for/);
		expect(execution.error?.description).toMatch(/choose/i);
		expect(execution.error?.description).toContain(taskIds()[0]);
		expect(bought()).toHaveLength(1);
	});
});

describe('an item of a parked run that fails', () => {
	it.each([
		['by moderation', 'outcome=moderation', /moderation/i],
		['by its render', 'outcome=renderError', /the video failed/],
	])('%s ends the node as it does while it waits in the node', async (_, directive, message) => {
		const execution = await startToEnd(
			{ ...parked, prompt: SCENE },
			{ items: scenes('A [[renderSeconds=1000]]', `B [[renderSeconds=30 ${directive}]]`) },
		);
		expect(execution.status).toBe('error');
		expect(execution.error?.message).toMatch(message);
		expect(execution.error?.message).toContain(taskIds()[1]);
		expect(execution.error?.description).toContain(taskIds()[0]);
		expect(bought()).toHaveLength(2);
	});

	it('waits for the others under Continue, and is neither bought nor sent again', async () => {
		const execution = await start(
			{ ...parked, prompt: SCENE },
			{
				items: scenes(
					'A [[renderSeconds=290]]',
					'B [[renderSeconds=30 outcome=renderError]]',
					'C [[submitFault=badRequest]]',
					'D [[submitFault=resetAfter]]',
					' ',
				),
				node: { onError: 'continueRegularOutput' },
			},
		);
		const submissions = gateway.submissions().length;
		await execution.untilEnd();
		expect(execution.json('Done')).toEqual([
			expect.objectContaining({ status: 'SUCCESS', task_id: taskIds()[0] }),
			expect.objectContaining({ category: 'render_failed', status: 'FAILURE' }),
			expect.objectContaining({
				category: 'bad_request',
				error: expect.stringContaining('The gateway says') as string,
			}),
			expect.objectContaining({ category: 'submission_uncertain' }),
			expect.objectContaining({ category: 'invalid_input' }),
		]);
		expect(gateway.submissions()).toHaveLength(submissions);
		expect(bought()).toHaveLength(3);
	});

	it('is tried again by Retry On Fail: what runs is picked up, what failed is bought anew', async () => {
		const execution = await start(
			{ ...parked, prompt: SCENE },
			{
				items: scenes('A [[renderSeconds=290]]', 'B [[renderSeconds=30 outcome=renderError]]'),
				node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 },
			},
		);
		await execution.wakeByTimer();
		expect(bought()).toHaveLength(3);
		expect(bought().map(({ prompt }) => prompt[0])).toEqual(['A', 'B', 'B']);
		expect(execution.status).toBe('waiting');
		await execution.untilEnd();
		expect(execution.status).toBe('error');
		expect(execution.error?.message).toContain(taskIds()[2]);
		// The tries that the node's settings allow are counted over all turns.
		expect(bought()).toHaveLength(3);
	});

	it('by its polls, is picked up by Retry On Fail in the same turn', async () => {
		const execution = await startToEnd(
			{ ...parked, options: { maxWaitMinutes: 2 }, prompt: 'A boat [[renderSeconds=200]]' },
			{ node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 } },
		);
		expect(execution.error).toBeUndefined();
		expectOneVideo(execution);
	});

	it('first of all items, is tried again by Retry On Fail under Continue, and parks again', async () => {
		const execution = await startToEnd(
			{ ...parked, prompt: SCENE },
			{
				items: scenes('A [[outcome=renderError]]', 'B'),
				node: {
					retryOnFail: true,
					maxTries: 2,
					waitBetweenTries: 1,
					onError: 'continueRegularOutput',
				},
			},
		);
		expect(execution.status).toBe('success');
		expect(execution.json('Done')).toEqual([
			expect.objectContaining({ category: 'render_failed' }),
			expect.objectContaining({ status: 'SUCCESS', task_id: taskIds()[1] }),
		]);
		expect(
			bought()
				.map(({ prompt }) => prompt[0])
				.sort(),
		).toEqual(['A', 'A', 'B']);
		expect(execution.runs('Done')).toHaveLength(1);
	});

	it.each([false, true])(
		'is picked up by the user’s retry (with the workflow as it is saved now: %s)',
		async (loadWorkflow) => {
			const execution = await start({ ...parked, prompt: SCENE }, { items: scenes('A', 'B') });
			gateway.simulator.set({ pollFault: 'badKey' });
			await execution.untilEnd();
			expect(execution.status).toBe('error');
			gateway.simulator.set({ pollFault: undefined });
			const retried = await execution.retry({ loadWorkflow });
			await retried.untilEnd();
			expect(retried.status).toBe('success');
			expect(retried.json('Done').map(({ task_id }) => task_id)).toEqual(taskIds());
			expect(bought()).toHaveLength(2);
		},
	);

	it('because its input cannot be read any more, still names its task', async () => {
		let turn = 0;
		const sora = soraSeeing((context, response) => [
			withFunction(context, 'getNodeParameter', (name: string, ...rest: unknown[]) => {
				if (name === 'prompt' && ++turn > 1) return ' ';
				return (context.getNodeParameter as (...given: unknown[]) => unknown)(name, ...rest);
			}),
			response,
		]);
		const execution = await start(parked, { sora });
		expect(execution.status).toBe('waiting');
		await execution.untilEnd();
		expect(execution.status).toBe('error');
		expect(execution.error?.message).toContain(taskIds()[0]);
	});
});

describe('where parking is impossible', () => {
	const whole = (context: Context, response: Response): [Context, Response] => [context, response];

	it.each<[string, ParkedOptions, RegExp]>([
		[
			'n8n runs the node without its execution engine',
			{ sora: soraSeeing((context) => [context, undefined]) },
			/other means/,
		],
		['the workflow uses the legacy order', { settings: { executionOrder: 'v0' } }, /v0/],
		['the workflow says nothing of the order', { settings: {} }, /v0/],
		[
			'the node runs alone',
			{
				sora: soraSeeing((context, response) => {
					const entry = { ...context.getExecuteData(), source: null };
					return [withFunction(context, 'getExecuteData', () => entry), response];
				}),
			},
			/without a node before it/,
		],
		[
			'the execution has no ID',
			{
				sora: soraSeeing((context, response) => [
					withFunction(context, 'getExecutionId', () => undefined),
					response,
				]),
			},
			/does not save/,
		],
		[
			'a sub-workflow of an n8n that would go on too early',
			{
				mode: 'integrated',
				sora: soraSeeing((context, response) => [
					withFunction(context, 'getWorkflowSettings', undefined),
					response,
				]),
			},
			/sub-workflow/,
		],
	])('because %s, it is waited in the node, and said why', async (_, more, reason) => {
		const execution = await start(parked, more);
		expect(execution.status).toBe('success');
		expect(execution.turns).toBe(1);
		expect(execution.json('Done')[0]).toMatchObject({ task_id: taskIds()[0], status: 'SUCCESS' });
		expect(hintOf(execution)?.join()).toMatch(reason);
		expect(bought()).toHaveLength(1);
		expect(bought()[0]?.body).not.toHaveProperty('notify_hook');
	});

	it('nothing is bought before the node knows that it can be entered again', async () => {
		const boughtAt: number[] = [];
		const sora = soraSeeing((context, response) => {
			boughtAt.push(bought().length);
			return whole(context, response);
		});
		await start(parked, { sora });
		// Entered, entered again, and as its own action.
		expect(boughtAt).toEqual([0, 0, 1]);
	});

	it('an n8n that tells no settings is parked in the usual order', async () => {
		const old = soraSeeing((context, response) => [
			withFunction(context, 'getWorkflowSettings', undefined),
			response,
		]);
		const execution = await start(parked, { sora: old });
		expect(execution.status).toBe('waiting');
		await execution.untilEnd();
		expect(execution.json('Done')[0]).toMatchObject({ status: 'SUCCESS' });
		expect(execution.runs('Sora')).toHaveLength(1);
		expect(bought()).toHaveLength(1);
	});

	it.each([{}, { alwaysOutputData: true }])(
		'an n8n that tells no settings is found out to use the legacy order (%j)',
		async (node) => {
			const old = soraSeeing((context, response) => [
				withFunction(context, 'getWorkflowSettings', undefined),
				response,
			]);
			const settings = { executionOrder: 'v0' };
			const execution = await start(parked, { sora: old, node, settings });
			expect(execution.status).toBe('success');
			expect(execution.json('Done')).toEqual([
				expect.objectContaining({ task_id: taskIds()[0], status: 'SUCCESS' }),
			]);
			expect(execution.runs('Done')).toHaveLength(1);
			expect(execution.items('Sora')).toHaveLength(1);
			expect(bought()).toHaveLength(1);
		},
	);
});

describe('a waiting that nobody offers', () => {
	it.each([{}, { onError: 'continueRegularOutput' as const }])(
		'from an expression is refused by its name, before anything is bought (%j)',
		async (node) => {
			const execution = await start({ ...parked, waiting: '={{ "sometimes" }}' }, { node });
			const message = execution.error?.message ?? execution.json('Done')[0]?.error;
			expect(message).toMatch(/"While the Video Is Made" must be one of node, parked, none/);
			expect(bought()).toHaveLength(0);
		},
	);
});

describe('what another version of the package has stored', () => {
	it.each<[string, (state: IDataObject) => IDataObject]>([
		['is newer', (state) => ({ ...state, format: 99, tasks: { video_1: {} } })],
		['is gone', () => ({})],
	])('and %s buys nothing twice', async (_, change) => {
		const execution = await start(parked);
		execution.change(({ executionData }) => {
			const carried = executionData?.nodeExecutionStack[1]?.metadata?.subNodeExecutionData;
			const states = carried?.metadata as Record<string, IDataObject>;
			const [name = ''] = Object.keys(states);
			states[name] = change(states[name] ?? {});
		});
		await execution.untilEnd();
		expectOneVideo(execution);
	});
});

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

	it('buys nothing anew where n8n was killed and the user retries', async () => {
		const execution = await start(random, { items: scenes('A', 'B') });
		const state = execution.history.find((stored) => stored.includes(String(taskIds()[1])));
		execution.stored = String(state);
		const retried = await execution.retry();
		await retried.untilEnd();
		expect(retried.json('Done').map(({ task_id }) => task_id)).toEqual(taskIds());
		expect(bought()).toHaveLength(2);
	});

	it('buys nothing anew where the node failed and the user retries', async () => {
		gateway.simulator.set({ pollFault: 'badKey' });
		const execution = await start({ ...random, waiting: 'node' }, { items: scenes('A') });
		expect(execution.status).toBe('error');
		gateway.simulator.set({ pollFault: undefined });
		const retried = await execution.retry();
		expect(retried.json('Done')[0]).toMatchObject({ task_id: taskIds()[0], status: 'SUCCESS' });
		expect(bought()).toHaveLength(1);
	});

	it('does not end where a lower Spending Limit comes after the purchases', async () => {
		const later = time.now() + 30_000;
		const options_ = { spendingLimit: `={{ $now.toMillis() < ${later} ? 2 : 1 }}` };
		const items = scenes('A', 'B');
		const execution = await startToEnd({ ...parked, prompt: SCENE, options: options_ }, { items });
		expect(execution.json('Done').map(({ task_id }) => task_id)).toEqual(taskIds());
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

describe('answers that name the request rather than the task', () => {
	it.each(['parked', 'node'])('still bring the video, once (%s)', async (waiting) => {
		let polls = 0;
		const server = await scripted(({ method }, response) => {
			if (method === 'POST') return json(response, { task_id: TASK });
			const isDone = ++polls > 4;
			const id = `5f1c-aa3${polls}`;
			const url = 'https://files.example/a.mp4';
			json(response, { id, status: isDone ? 'succeeded' : 'running', ...(isDone && { url }) });
		});
		const credential = { apiKey: KEY, baseUrl: server.url };
		const execution = await startToEnd({ ...parked, waiting }, { credential });
		expect(execution.json('Done')[0]).toMatchObject({ task_id: TASK, status: 'succeeded' });
		expect(polls).toBeLessThan(7);
		expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
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

// Parking stands on what n8n's engine does and documents nowhere. These tests fail when a new n8n-core does otherwise.

const soon = { ...parked, prompt: 'A boat [[renderSeconds=30]]' };

/** The node as a process has it that has found out nothing about its n8n. */
async function freshRoute(): Promise<typeof routeItems> {
	let route: typeof routeItems | undefined;
	await jest.isolateModulesAsync(async () => {
		({ routeItems: route } = await import('../../nodes/Sora/actions/router'));
	});
	return route as typeof routeItems;
}

const soraWith = (
	execute: (context: Context, response: Response) => ReturnType<typeof routeItems>,
): INodeType =>
	Object.assign(soraNode(time), {
		execute: async function (this: Context, response: Response) {
			return await execute(this, response);
		},
	});

const startWith = async (sora: INodeType, node: IDataObject = {}) =>
	await start(soon, { node, sora });

describe('n8n’s engine', () => {
	it('enters a node again that asks for nothing but that, with its items', async () => {
		const seen: unknown[] = [];
		await startWith(
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
		const execution = await startWith(
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
		const execution = await startWith(
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
	it('where it is handed a copy of its entry', async () => {
		const route = await freshRoute();
		const boughtAt: number[] = [];
		const sora = soraWith(async (context, response) => {
			boughtAt.push(bought().length);
			const copy = { ...context.getExecuteData() };
			return await route(
				withFunction(context, 'getExecuteData', () => copy),
				time,
				response,
			);
		});
		const execution = await startWith(sora);
		expectOneVideo(execution);
		expect(boughtAt).toEqual([0, 0]);
		expect(hintOf(execution)?.join()).toMatch(/^Waited in the node/);
	});
});

// What is delivered, and what is paid for it, must not depend on where the execution waits.

/** Directives of the items that are drawn from. */
const FATES = [
	'renderSeconds=20',
	'renderSeconds=100',
	'renderSeconds=220',
	'urlDelaySeconds=30',
	'pollFault=html502:2',
	'outcome=moderation',
	'outcome=renderError renderSeconds=30',
	'outcome=renderError renderSeconds=130',
	'submitFault=badRequest',
	'submitFault=quota',
	'submitFault=resetAfter',
	'blank',
];
const MANNERS = {
	'in the node': { waiting: 'node' },
	parked: { waiting: 'parked' },
} as const;
const KEPT = ['category', 'status', 'retryable', 'timed_out', 'reused', 'error'] as const;

async function outcomeOf(manner: keyof typeof MANNERS, fates: string[], node: Partial<INode>) {
	gateway.simulator.reset();
	const parameters = MANNERS[manner];
	const prompts = fates.map((fate, index) => (fate === 'blank' ? ' ' : `${index} [[${fate}]]`));
	const order = { ...GENERATE, prompt: '={{ $json.scene }}', downloadVideo: false, ...parameters };
	const execution = await startToEnd(order, { node, items: scenes(...prompts) });
	const { purchases } = gateway.simulator.books;
	const seen = (output: number) =>
		execution.items('Sora', output).map(({ json, pairedItem }) => ({
			...Object.fromEntries(
				KEPT.map((name) => [
					name,
					String(json[name]).replace(/video_[\w-]+|request id: \w+/g, 'ID'),
				]),
			),
			pairedItem,
			isNewest:
				json.task_id === undefined ||
				purchases.findLast(({ prompt }) => prompt === json.prompt || prompt === json.scene)
					?.taskId === json.task_id,
		}));
	const bought = purchases.map(({ prompt }) => prompt).sort();
	const tries = node.retryOnFail ? Number(node.maxTries) : 1;
	return {
		status: execution.status,
		out: execution.status === 'success' ? [seen(0), seen(1)] : [],
		runs: execution.runs('Sora').length,
		boughtTooOften: bought.filter((prompt, index) => prompt === bought[index - tries]),
		// Without On Error: Continue the first failure ends the node, and when it is seen depends on when is polled.
		...(node.onError && { bought, sent: gateway.submissions().length }),
	};
}

const NODES: Array<Partial<INode>> = [
	{},
	{ onError: 'continueRegularOutput' },
	{ onError: 'continueErrorOutput' },
].flatMap((node) => [
	node as Partial<INode>,
	{ ...node, retryOnFail: true, maxTries: 2, waitBetweenTries: 1 } as Partial<INode>,
]);

const MOST_ITEMS = 4;

describe.each([1, 2, 3])('items drawn with the seed %d', (seed) => {
	it.each(NODES)('of a node with %j', async (node) => {
		const random = seededRandom(seed * 100 + NODES.indexOf(node));
		const fates = Array.from(
			{ length: 1 + Math.floor(random() * MOST_ITEMS) },
			() => FATES[Math.floor(random() * FATES.length)] as string,
		);
		const inNode = await outcomeOf('in the node', fates, node);
		const parked = await outcomeOf('parked', fates, node);
		expect({ fates, parked }).toEqual({ fates, parked: inNode });
	});
});
