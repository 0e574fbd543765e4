import type { IDataObject, INode, INodeType } from 'n8n-workflow';

import type { Clock } from '../../nodes/Sora/flow/clock';
import { routeItems } from '../../nodes/Sora/actions/router';
import { SORA_TYPE, soraNode } from './engine';
import { boat as inNode, GET, itemsWith } from './gateway';
import {
	parked,
	StoredExecution,
	useParking,
	v1,
	withFunction,
	type ParkedOptions,
} from './storedExecution';
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
		expect(polls()).toEqual([1, 1]);
		expect(downloads()).toBe(0);
		await execution.wakeByTimer();
		expect(polls()).toEqual([1, 2]);
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

	it('parks again where the gateway has trouble, and fails of nothing that passes', async () => {
		const execution = await startToEnd({ ...parked, prompt: 'A boat [[pollFault=html502:2]]' });
		expect(execution.status).toBe('success');
		expect(polls()[0]).toBeGreaterThanOrEqual(3);
	});

	it('waits for a video that is missing at first', async () => {
		const execution = await startToEnd({ ...parked, prompt: 'A boat [[urlDelaySeconds=30]]' });
		expect(execution.json('Done')[0]?.video_url).toMatch(/^http/);
	});

	it.each([
		['executed once', { executeOnce: true }, 1],
		['always putting out data', { alwaysOutputData: true }, 2],
	])('of a node that is %s puts out what it would without', async (_, node, count) => {
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

	it('does not park where the video is there at the first poll', async () => {
		await start({ ...inNode, prompt: 'A boat [[renderSeconds=1]]', waiting: 'none' });
		const [taskId] = taskIds();
		await time.sleep(10_000);
		const execution = await start({ ...GET, taskId, waiting: 'parked' });
		expect(execution.status).toBe('success');
	});

	it('takes Max Wait from its first turn, and puts out what is finished and what is not', async () => {
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
			options: { maxWaitMinutes: 0.5, onTimeout: 'output' },
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
	const twoOf = async () => await start({ ...parked, prompt: SCENE }, { items: scenes('A', 'B') });
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

	it('wakes it when all its open tasks were called about', async () => {
		const execution = await twoOf();
		const [first, second] = taskIds();
		expect(await execution.call(told(first))).toBe(false);
		expect(await execution.call(told(first))).toBe(false);
		gateway.simulator.advance(1_000);
		expect(await execution.call({ data: told(second) })).toBe(true);
		expect(execution.status).toBe('success');
		expect(execution.json('Done').map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS']);
		expect(execution.runs('Sora')).toHaveLength(1);
		expect(execution.runs('Sora')[0]).not.toHaveProperty('inputOverride');
		expect(bought()).toHaveLength(2);
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
						{ name, type: SORA_TYPE, parameters: parked as INode['parameters'] },
					],
					connections: { Start: { main: [[{ node: name, type: 'main', index: 0 }]] } },
				},
			});
			gateway.simulator.advance(1_000);
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

	it('that writes an older state back over a later purchase does not make it twice', async () => {
		const { workflow, ...rest } = options(parked);
		const [start_, sora] = workflow.nodes;
		const execution = await StoredExecution.start({
			...rest,
			workflow: {
				settings: v1,
				nodes: [start_ as never, sora as never, { ...(sora as object), name: 'Second' } as never],
				connections: {
					Start: { main: [[{ node: 'Sora', type: 'main', index: 0 }]] },
					Sora: { main: [[{ node: 'Second', type: 'main', index: 0 }]] },
				},
			},
		});
		const [taskId] = taskIds();
		const read = execution.stored;
		gateway.simulator.advance(1_000);
		await execution.wakeByTimer();
		expect(execution.status).toBe('waiting');
		expect(bought()).toHaveLength(2);
		// n8n had read the execution before the timer woke it, and hands the call over only now.
		expect(await execution.call(told(taskId), { node: 'Sora', read })).toBe(true);
		await execution.untilEnd();
		expect(execution.status).toBe('success');
		expect(execution.json('Second')[0]?.task_id).toBe(taskIds()[1]);
		expect(bought()).toHaveLength(2);
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

	it('goes to the error output with all its fields', async () => {
		const execution = await startToEnd(
			{ ...parked, prompt: SCENE },
			{
				items: scenes('A', 'B [[outcome=moderation]]'),
				node: { onError: 'continueErrorOutput' },
			},
		);
		expect(execution.json('Done').map(({ task_id }) => task_id)).toEqual([taskIds()[0]]);
		expect(execution.json('Failed')).toEqual([
			expect.objectContaining({
				category: 'moderation',
				task_id: taskIds()[1],
				scene: 'B [[outcome=moderation]]',
			}),
		]);
	});

	it('is tried again by Retry On Fail: what runs is taken up, what failed is bought anew', async () => {
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

	it('by its polls, is taken up by Retry On Fail in the same turn', async () => {
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
		'is taken up by the user’s retry (with the workflow as it is saved now: %s)',
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

describe('n8n was killed', () => {
	it('while it was parked: the timer brings the video, with nothing but what was stored', async () => {
		const execution = await start(parked);
		const stored = execution.stored.slice();
		gateway.simulator.advance(1_000);
		execution.stored = stored;
		await execution.untilEnd();
		expectOneVideo(execution);
	});

	it('while it polled: the retry with the original workflow takes the tasks up', async () => {
		const execution = await start({ ...parked, prompt: SCENE }, { items: scenes('A', 'B') });
		const { stored } = execution;
		await execution.wakeByTimer();
		// Of a look that n8n did not survive nothing is stored.
		execution.stored = stored;
		const retried = await execution.retry();
		await retried.untilEnd();
		expect(retried.status).toBe('success');
		expect(retried.json('Done').map(({ task_id }) => task_id)).toEqual(taskIds());
		expect(bought()).toHaveLength(2);
	});

	it.each([false, true])(
		'while it waited in the node, with the progress saved: a retry takes the task up (saved workflow: %s)',
		async (loadWorkflow) => {
			const { execution, ended } = StoredExecution.begin(
				options(
					{ ...inNode, prompt: 'A boat [[renderSeconds=600]]' },
					{ settings: { ...v1, saveExecutionProgress: true }, savesProgress: true },
				),
			);
			while (polls()[0] === undefined || polls()[0] === 0) await time.sleep(500);
			const killed = execution.stored;
			gateway.simulator.advance(1_000);
			await ended;
			expect(execution.json('Done')[0]).toMatchObject({ status: 'SUCCESS' });
			expect(execution.runs('Sora')).toHaveLength(1);
			execution.stored = killed;
			const retried = await execution.retry({ loadWorkflow });
			expect(retried.status).toBe('success');
			expect(retried.json('Done')[0]).toMatchObject({ task_id: taskIds()[0] });
			expect(bought()).toHaveLength(1);
		},
	);
});

describe('a checkpoint', () => {
	const saving = { settings: { ...v1, saveExecutionProgress: true }, savesProgress: true };

	it('is made once, when all items are bought, and changes nothing of the result', async () => {
		const execution = await start(
			{ ...inNode, prompt: SCENE },
			{ ...saving, items: scenes('A', 'B [[renderSeconds=30]]') },
		);
		expect(execution.status).toBe('success');
		expect(execution.turns).toBe(1);
		expect(execution.done.filter((name) => name === 'Sora')).toHaveLength(2);
		expect(execution.json('Done').map(({ task_id }) => task_id)).toEqual(taskIds());
		expect(execution.runs('Sora')).toHaveLength(1);
		expect(execution.runs('Sora')[0]).not.toHaveProperty('inputOverride');
		expect(bought()).toHaveLength(2);
	});

	it.each([
		['where the workflow does not save its progress', { settings: v1 }, inNode],
		['where nothing is waited for', saving, { ...inNode, waiting: 'none' }],
		[
			'where the execution cannot be entered again',
			{ ...saving, settings: { saveExecutionProgress: true } },
			inNode,
		],
	])('is not made %s', async (_, more, parameters) => {
		const execution = await start(parameters, more);
		expect(execution.status).toBe('success');
		expect(execution.done.filter((name) => name === 'Sora')).toHaveLength(1);
		expect(bought()).toHaveLength(1);
	});

	it('sends no empty item on, where the node always puts out data', async () => {
		const execution = await start(inNode, { ...saving, node: { alwaysOutputData: true } });
		expect(execution.runs('Done')).toHaveLength(1);
		expect(execution.json('Done')[0]).toMatchObject({ status: 'SUCCESS' });
	});

	it('does not repeat what failed before it', async () => {
		const execution = await start(
			{ ...inNode, prompt: SCENE },
			{
				...saving,
				items: scenes('A', 'B [[submitFault=badRequest]]'),
				node: { onError: 'continueRegularOutput' },
			},
		);
		expect(execution.json('Done')).toEqual([
			expect.objectContaining({ status: 'SUCCESS' }),
			expect.objectContaining({ category: 'bad_request' }),
		]);
		expect(gateway.submissions()).toHaveLength(2);
	});

	it('lets a render that fails be bought as often as Retry On Fail allows, and no more', async () => {
		const execution = await start(
			{ ...inNode, prompt: 'A boat [[outcome=renderError renderSeconds=10]]' },
			{ ...saving, node: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 } },
		);
		expect(execution.status).toBe('error');
		expect(bought()).toHaveLength(3);
	});

	it('leaves Retry On Fail and the user’s retry as they are', async () => {
		gateway.simulator.set({ pollFault: 'badKey' });
		const execution = await start(inNode, {
			...saving,
			node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 },
		});
		expect(execution.status).toBe('error');
		gateway.simulator.set({ pollFault: undefined });
		const retried = await execution.retry();
		expect(retried.json('Done')[0]).toMatchObject({ task_id: taskIds()[0], status: 'SUCCESS' });
		expect(bought()).toHaveLength(1);
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
		expect(hintOf(execution)).toEqual([expect.stringMatching(reason)]);
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
		'an n8n that tells no settings is found out to use the legacy order before anything is bought (%j)',
		async (node) => {
			const boughtAt: number[] = [];
			const old = soraSeeing((context, response) => {
				boughtAt.push(bought().length);
				return [withFunction(context, 'getWorkflowSettings', undefined), response];
			});
			const execution = await start(parked, {
				sora: old,
				node,
				settings: { executionOrder: 'v0' },
			});
			expect(execution.status).toBe('success');
			expect(boughtAt.slice(0, 2)).toEqual([0, 0]);
			expect(execution.json('Done')).toEqual([
				expect.objectContaining({ task_id: taskIds()[0], status: 'SUCCESS' }),
			]);
			expect(execution.runs('Done')).toHaveLength(1);
			expect(execution.items('Sora')).toHaveLength(1);
			expect(bought()).toHaveLength(1);
		},
	);
});

describe('what another version of the package has stored', () => {
	const VERSIONED = { version: 99, beganAt: 'yesterday', tasks: { video_1: {} }, newThing: [] };

	it.each<[string, (state: IDataObject) => IDataObject]>([
		['is newer and means the same', (state) => ({ ...state, version: 2, newThing: { a: 1 } })],
		['is newer and not understood', () => VERSIONED as unknown as IDataObject],
		['is gone', () => ({})],
		[
			'holds nonsense',
			(state) => ({ ...state, tasks: 7, failures: [null, 'x', {}], beganAt: null }),
		],
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
