import type { IDataObject, IExecuteFunctions, INode, NodeOutput } from 'n8n-workflow';

import { seededRandom } from '../simulator/random';
import { until } from '../until';

import { routeItems } from '../../nodes/Sora/actions/router';
import { inLine, soraNode, soraStep, to, type WorkflowJson } from './engine';
import {
	boat as inNode,
	byIdea,
	changing,
	GET,
	goOn,
	ideas,
	itemsWith,
	newProcess,
	retryOnFail,
	soraLogging,
	soraThat,
	useGateway,
} from './gateway';
import {
	loaded,
	parked,
	storedAt,
	v1,
	withFunction,
	StoredExecution,
	type ParkedOptions,
} from './storedExecution';
import { time } from './time';

type Context = IExecuteFunctions;
type Response = Parameters<typeof routeItems>[2];

const gateway = useGateway({ renderSeconds: 150, callback: 'never' });
const { bought, taskIds, expectOneVideo } = gateway;
const { options, start, startToEnd } = storedAt(gateway);

const parkedIdeas = { ...byIdea, waiting: 'parked' };
const twoTries = { ...retryOnFail, maxTries: 2 };
const polls = () => taskIds().map((taskId) => gateway.simulator.polls(taskId));
const idsIn = (items: IDataObject[]) => items.map(({ task_id }) => task_id);
const statusesIn = (items: IDataObject[]) => items.map(({ status }) => status);
const expectDelivered = (execution: StoredExecution) => expectOneVideo(execution.json('Done')[0]);
const startWorkflow = async (workflow: WorkflowJson, more: ParkedOptions = {}) =>
	await StoredExecution.start(options({}, { workflow: { settings: v1, ...workflow }, ...more }));

/** The node in another n8n: what it is given is changed before it sees it. */
const soraSeeing = (change: (context: Context, response: Response) => [Context, Response]) =>
	soraThat(async (context, response) => {
		const [changed, answer] = change(context, response);
		return (await routeItems(changed, time, answer)) as NodeOutput;
	});
const soraWithout = (name: string, value?: unknown) =>
	soraSeeing((context, response) => [withFunction(context, name, value), response]);

const hintOf = (execution: StoredExecution) =>
	execution
		.runs('Sora')[0]
		?.hints?.map(({ message }) => message)
		.join(' ');

describe('a parked run', () => {
	it('buys, is stored in the database, and ends with the video when the timer has woken it', async () => {
		const execution = await start({ ...parked, prompt: 'A boat [[renderSeconds=400]]' });
		expect(execution.status).toBe('waiting');
		expect(bought()).toHaveLength(1);
		const [taskId] = taskIds();
		expect(execution.json('Sora')).toEqual([
			{ task_id: taskId, status: 'waiting', next_look: execution.waitTill?.toISOString() },
		]);
		expect(hintOf(execution)).toContain(taskId);
		expect(polls()).toEqual([0]);
		await execution.untilEnd();
		expect(execution.status).toBe('success');
		expectDelivered(execution);
		expect(execution.json('Done')[0]).toMatchObject({ model: 'sora-2' });
		expect(execution.runs('Sora')).toHaveLength(1);
		expect(execution.runs('Sora')[0]).not.toHaveProperty('inputOverride');
		expect(execution.turns).toBeGreaterThan(2);
	});

	it('delivers all files in order when all have ended, and does not poll ended tasks', async () => {
		const execution = await start(
			{ ...parkedIdeas, downloadVideo: true },
			ideas('slow [[renderSeconds=290]]', 'quick [[renderSeconds=20]]'),
		);
		const downloads = () => gateway.requestsTo('file').length;
		for (let turn = 0; turn < 2; turn++) {
			await execution.wakeByTimer();
			expect(execution.status).toBe('waiting');
			expect(polls()[1]).toBe(1);
			expect(downloads()).toBe(0);
		}
		await execution.untilEnd();
		expect(polls()[1]).toBe(2);
		const items = execution.items('Done');
		expect(items.map(({ json }) => json.task_id)).toEqual(taskIds());
		expect(items.map(({ binary }) => binary?.data?.mimeType)).toEqual(['video/mp4', 'video/mp4']);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(bought()).toHaveLength(2);
	});

	it('stores task IDs, and no prompt, address or key', async () => {
		const prompt = 'A very secret boat';
		const execution = await start(parkedIdeas, ideas(prompt));
		const { contextData, nodeExecutionStack: stack = [] } = execution.data.executionData ?? {};
		expect(stack).toHaveLength(2);
		const kept = JSON.stringify([contextData, stack[1]?.metadata]);
		expect(kept).toContain(taskIds()[0]);
		for (const secret of [prompt, ...Object.values(gateway.credential())])
			expect(kept).not.toContain(secret);
	});

	it.each([
		['which knows only what is stored', {}],
		['which finds its tasks in its own state if n8n lost the purchases', { contextData: {} }],
	])('continues in another process, %s', async (_, lost) => {
		const execution = await start(parked);
		execution.change(({ executionData }) => Object.assign(executionData ?? {}, lost));
		execution.options.sora = soraThat(await newProcess());
		await execution.untilEnd();
		expectDelivered(execution);
	});

	it.each([
		['executed once', { executeOnce: true }, 1],
		['always outputting data', { alwaysOutputData: true }, 2],
	])('of a node that is %s returns what it would without parking', async (_, node, count) => {
		const execution = await start(parkedIdeas, { ...ideas('A', 'B'), node });
		expect(execution.runs('Done')).toHaveLength(0);
		await execution.untilEnd();
		expect(idsIn(execution.json('Done'))).toEqual(taskIds());
		expect(bought()).toHaveLength(count);
		expect(execution.runs('Done')).toHaveLength(1);
	});

	it('buys once if an expression changes in each turn, and shows no prompt that was not sent', async () => {
		const execution = await startToEnd({ ...changing, waiting: 'parked' });
		expectDelivered(execution);
		expect([undefined, bought()[0]?.prompt]).toContain(execution.json('Done')[0]?.prompt);
	});

	describe('of Get', () => {
		const order = async (renderSeconds: number) => {
			await start({
				...inNode,
				prompt: `A boat [[renderSeconds=${renderSeconds}]]`,
				waiting: 'none',
			});
			return { ...GET, taskId: taskIds()[0], waiting: 'parked' };
		};

		it('polls at once, parks, and survives an outage of the gateway', async () => {
			const execution = await start(await order(400));
			expect(execution.status).toBe('waiting');
			expect(polls()).toEqual([1]);
			gateway.set({ pollFault: 'html502' });
			for (let turns = 0; turns < 4; turns++) await execution.wakeByTimer();
			expect(execution.status).toBe('waiting');
			gateway.set({ pollFault: undefined });
			await execution.untilEnd();
			expectDelivered(execution);
		});

		it('does not park if the first poll brings the video', async () => {
			const get = await order(1);
			await time.sleep(10_000);
			expect((await start(get)).status).toBe('success');
		});
	});

	it('counts Max Wait from its first turn, and returns what is finished and what is not', async () => {
		const began = time.now();
		const execution = await startToEnd(
			{ ...parkedIdeas, options: { maxWaitMinutes: 4, onTimeout: 'output' } },
			ideas('A [[renderSeconds=30]]', 'B [[renderSeconds=100000]]'),
		);
		expect(execution.json('Done')).toEqual([
			expect.objectContaining({ status: 'SUCCESS' }),
			expect.objectContaining({ task_id: taskIds()[1], timed_out: true }),
		]);
		const minutes = (time.now() - began) / 60_000;
		expect(minutes).toBeGreaterThanOrEqual(4);
		expect(minutes).toBeLessThan(6);
	});

	it('fails when Max Wait is over, with the task ID, and a retry waits as long again', async () => {
		const prompt = 'A boat [[renderSeconds=400]]';
		const execution = await startToEnd({ ...parked, prompt, options: { maxWaitMinutes: 4 } });
		expect(execution.status).toBe('error');
		expect(execution.error?.message).toContain(taskIds()[0]);
		const retried = await execution.retry();
		await retried.untilEnd();
		expectDelivered(retried);
	});

	it('waits in the node if less than a minute of Max Wait is left', async () => {
		const execution = await start({
			...parked,
			prompt: 'A boat [[renderSeconds=1000]]',
			options: { maxWaitMinutes: 0.4, onTimeout: 'output' },
		});
		expect([execution.status, execution.turns]).toEqual(['success', 1]);
		expect(execution.json('Done')[0]).toMatchObject({ timed_out: true });
	});
});

describe('among other nodes', () => {
	it('two parked nodes side by side park one after the other, and each buys once', async () => {
		const at = (y: number) => ({ position: [200, y] as [number, number] });
		const execution = await startWorkflow({
			nodes: [
				{ name: 'Start', type: 'n8n-nodes-base.manualTrigger', position: [0, 0] },
				soraStep('One', { ...parked, prompt: 'One' }, at(0)),
				soraStep('Two', { ...parked, prompt: 'Two' }, at(200)),
				{ name: 'Merge', type: 'test.merge', position: [400, 0] },
			],
			connections: {
				Start: { main: [[to('One'), to('Two')]] },
				One: { main: [[to('Merge')]] },
				Two: { main: [[to('Merge', 1)]] },
			},
		});
		await execution.untilEnd();
		expect(idsIn(execution.json('Merge'))).toEqual(taskIds());
		expect(execution.runs('Merge')).toHaveLength(1);
		expect(bought().map(({ prompt }) => prompt)).toEqual(['One', 'Two']);
	});

	it('a parked node in a loop leaves a run per iteration, and buys once in each', async () => {
		const prompt = '={{ "A boat " + $("Again").item.json.left }}';
		const { nodes, connections } = inLine(
			{ name: 'Again', type: 'test.countdown' },
			soraStep('Sora', { ...parked, prompt }),
		);
		const execution = await startWorkflow(
			{ nodes, connections: { ...connections, Sora: { main: [[to('Again')]] } } },
			{ items: itemsWith('left', [2]) },
		);
		await execution.untilEnd();
		expect(execution.status).toBe('success');
		const runs = execution.runs('Sora');
		expect(runs.map(({ data }) => data?.main?.[0]?.[0]?.json.task_id)).toEqual(taskIds());
		expect(bought()).toHaveLength(2);
		for (const run of runs) expect(run).not.toHaveProperty('inputOverride');
	});
});

describe('a call from the gateway', () => {
	const about = (taskId: string | undefined, status = 'SUCCESS') => ({ task_id: taskId, status });

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

	it('comes only for the last order of a run, wakes it at once, and all its tasks are polled', async () => {
		const execution = await start(
			parkedIdeas,
			ideas('A [[renderSeconds=10]]', 'B [[renderSeconds=10]]'),
		);
		const [first, second] = taskIds();
		expect(bought().map(({ body }) => typeof body.notify_hook)).toEqual(['undefined', 'string']);
		await time.sleep(15_000);
		expect(await execution.call(about(first))).toBe(false);
		expect(await execution.call({ data: about(second) })).toBe(true);
		expect(execution.status).toBe('success');
		expect(statusesIn(execution.json('Done'))).toEqual(['SUCCESS', 'SUCCESS']);
		expect(execution.runs('Sora')).toHaveLength(1);
		expect(execution.runs('Sora')[0]).not.toHaveProperty('inputOverride');
		expect(bought()).toHaveLength(2);
	});

	it('that comes when the timer is due is left to the timer, which may have woken it elsewhere', async () => {
		const execution = await start(parked);
		await time.sleep(Number(execution.waitTill) - time.now() - 1_000);
		expect(await execution.call(about(taskIds()[0]))).toBe(false);
		await execution.untilEnd();
		expectDelivered(execution);
	});

	it.each<[string, (taskId?: string) => unknown]>([
		['about another task', () => about('video_unknown')],
		['that says that the task is running', (taskId) => about(taskId, 'IN_PROGRESS')],
		['without a body', () => undefined],
		['that is nonsense', () => [{ task_id: { $ne: null } }]],
	])('%s wakes nothing and changes nothing', async (_, body) => {
		const execution = await start(parked);
		const { stored } = execution;
		expect(await execution.call(body(taskIds()[0]))).toBe(false);
		expect(execution.stored).toBe(stored);
		expect(polls()).toEqual([0]);
	});

	it('wakes a run once, even if n8n had read the execution before: a second one leaves an empty run in n8n', async () => {
		const execution = await start(parked);
		const read = execution.stored;
		const call = about(taskIds()[0]);
		expect(await execution.call(call)).toBe(true);
		expect(execution.status).toBe('waiting');
		expect(await execution.call(call)).toBe(false);
		expect(await execution.call(call, { node: 'Sora', read })).toBe(false);
		await execution.untilEnd();
		expectDelivered(execution);
		expect(execution.runs('Sora')).toHaveLength(1);
		expect(execution.runs('Sora')[0]?.data?.main?.[0]).toHaveLength(1);
	});

	it.each(['So"ra {{ \\ ${name}', 'é 视频 $&'])('finds its node by the name %s', async (name) => {
		const execution = await startWorkflow(
			inLine(soraStep(name, { ...parked, prompt: 'A boat [[renderSeconds=10]]' })),
		);
		await time.sleep(15_000);
		expect(await execution.call(about(taskIds()[0]))).toBe(true);
		expect(execution.status).toBe('success');
	});

	it('that throws inside is answered, and the execution stays unchanged', async () => {
		const sora = soraNode(time);
		const { webhook } = sora;
		const getBodyData = () => {
			throw new Error('broken');
		};
		const execution = await start(parked, { sora });
		const { stored } = execution;
		sora.webhook = async function () {
			return await webhook!.call(withFunction(this, 'getBodyData', getBodyData));
		};
		expect(await execution.call(about(taskIds()[0]))).toBe(false);
		expect(execution.stored).toBe(stored);
	});

	it.each([parked, { ...changing, waiting: 'parked' }])(
		'that n8n delivered late overwrites no later purchase (%j)',
		async (second) => {
			const execution = await startWorkflow(
				inLine(soraStep('Sora', parked), soraStep('Second', second)),
			);
			const [taskId] = taskIds();
			const read = execution.stored;
			while (bought().length < 2) await execution.wakeByTimer();
			const { stored } = execution;
			// n8n had read the execution before the timer woke it, and hands the call over only now.
			expect(await execution.call(about(taskId), { node: 'Sora', read })).toBe(false);
			expect(execution.stored).toBe(stored);
			await execution.untilEnd();
			expect(idsIn(execution.json('Second'))).toEqual([taskIds()[1]]);
			expect(bought()).toHaveLength(2);
		},
	);
});

describe('orders of a parked run', () => {
	const oneAtATime = { maxConcurrentVideos: 1, maxWaitMinutes: 60 };
	const openTasks = (execution: StoredExecution) =>
		execution.json('Sora').filter(({ task_id }) => task_id !== undefined);

	it('delayed by a 429 do not keep the others from being parked within seconds', async () => {
		const began = time.now();
		const execution = await start(parkedIdeas, ideas('A', 'B [[submitFault=rateLimited:3]]', 'C'));
		expect(execution.status).toBe('waiting');
		expect(time.now() - began).toBeLessThan(10_000);
		expect(openTasks(execution)).toHaveLength(2);
		// Whatever happens to n8n now, the stored state knows both purchases.
		const killed = execution.stored;
		await execution.untilEnd();
		expect(statusesIn(execution.json('Done'))).toEqual(Array(3).fill('SUCCESS'));
		expect(bought().map(({ prompt }) => prompt[0])).toEqual(['A', 'C', 'B']);
		execution.stored = killed;
		const retried = await execution.retry();
		await retried.untilEnd();
		expect(bought().filter(({ prompt }) => !prompt.startsWith('B'))).toHaveLength(2);
	});

	it('that are slow are parked within seconds, and the rest follows in later turns', async () => {
		gateway.set({ latencySeconds: 2 });
		const began = time.now();
		const scenes = Array.from({ length: 30 }, (_, index) => `Scene ${index}`);
		const execution = await start(parkedIdeas, ideas(...scenes));
		expect(time.now() - began).toBeLessThan(12_000);
		const inFirstTurn = bought().length;
		expect(inFirstTurn).toBeGreaterThan(5);
		expect(inFirstTurn).toBeLessThan(30);
		expect(openTasks(execution)).toHaveLength(inFirstTurn);
		gateway.set({ latencySeconds: 0 });
		await execution.untilEnd();
		expect(idsIn(execution.json('Done')).sort()).toEqual(taskIds().sort());
		expect(bought()).toHaveLength(30);
		// The address that wakes the execution goes along with the last order alone.
		const hooked = bought().filter(({ body }) => body.notify_hook !== undefined);
		expect(hooked.map(({ taskId }) => taskId)).toEqual([taskIds().at(-1)]);
	});

	it('wait for a 429 in the node if nothing was accepted yet', async () => {
		const prompt = 'A boat [[submitFault=rateLimited:4]]';
		const execution = await start({ ...parked, prompt });
		expect(gateway.submissions()).toHaveLength(5);
		await execution.untilEnd();
		expectDelivered(execution);
	});

	/** Videos that were being made at the same moment. */
	function mostAtOnce(): number {
		const spans = bought().map(({ at, prompt }) => {
			const seconds = prompt.includes('renderError') ? 75 : 150;
			return { from: at, to: at + seconds * 1000 };
		});
		const during = (moment: number) =>
			spans.filter(({ from, to }) => from <= moment && moment < to);
		return Math.max(...spans.map(({ from }) => during(from).length));
	}

	describe.each(['parked', 'node'])('(%s)', (waiting) => {
		it('obey Max Concurrent Videos, and those that fail or are refused are sent once', async () => {
			const execution = await startToEnd(
				{ ...byIdea, waiting, options: { maxConcurrentVideos: 2, maxWaitMinutes: 60 } },
				{
					...ideas('A', 'B', 'C [[submitFault=badRequest]]', 'D [[outcome=renderError]]', 'E'),
					...goOn,
				},
			);
			expect(execution.json('Done').map(({ status, category }) => category ?? status)).toEqual([
				...['SUCCESS', 'SUCCESS', 'bad_request', 'render_failed', 'SUCCESS'],
			]);
			expect([gateway.submissions().length, bought().length]).toEqual([5, 4]);
			expect(mostAtOnce()).toBe(2);
		});

		it.each(['429', 'words'] as const)(
			'wait until a video ends if the account allows no more at a time (%s)',
			async (maxRunningAnswer) => {
				gateway.set({ maxRunning: 3, maxRunningAnswer });
				const execution = await startToEnd({ ...byIdea, waiting }, ideas('A', 'B', 'C', 'D', 'E'));
				expect(execution.error?.message).toBeUndefined();
				expect(statusesIn(execution.json('Done'))).toEqual(Array(5).fill('SUCCESS'));
				expect(bought()).toHaveLength(5);
				expect(mostAtOnce()).toBe(3);
			},
		);

		it('cut off by Max Wait say that nothing was bought', async () => {
			const execution = await startToEnd(
				{ ...byIdea, waiting, options: { ...oneAtATime, maxWaitMinutes: 4 } },
				{ ...ideas('A', 'B [[renderSeconds=100000]]', 'C'), ...goOn },
			);
			expect(execution.json('Done')).toEqual([
				expect.objectContaining({ status: 'SUCCESS' }),
				expect.objectContaining({ category: 'deadline_passed', task_id: taskIds()[1] }),
				expect.objectContaining({
					category: 'not_ordered',
					advice: expect.stringMatching(/Nothing was bought/) as string,
				}),
			]);
			expect(bought()).toHaveLength(2);
		});
	});

	it('not sent when n8n was killed are all that the user’s retry buys', async () => {
		const execution = await start({ ...parkedIdeas, options: oneAtATime }, ideas('A', 'B', 'C'));
		while (bought().length < 2) await execution.wakeByTimer();
		const retried = await execution.retry();
		await retried.untilEnd();
		expect(idsIn(retried.json('Done'))).toEqual(taskIds());
		expect(bought().map(({ prompt }) => prompt)).toEqual(['A', 'B', 'C']);
	});

	it('cut off by Max Wait are output if On Timeout says so', async () => {
		const execution = await startToEnd(
			{ ...parkedIdeas, options: { ...oneAtATime, maxWaitMinutes: 4, onTimeout: 'output' } },
			ideas('A [[renderSeconds=100000]]', 'B'),
		);
		expect(execution.json('Done')).toEqual([
			expect.objectContaining({ task_id: taskIds()[0], timed_out: true }),
			expect.objectContaining({ status: 'NOT_ORDERED', timed_out: true }),
		]);
		expect(bought()).toHaveLength(1);
	});
});

it('a base URL that changed while it was parked is reported, and no other gateway is polled for the task', async () => {
	const execution = await start(parked, { node: twoTries });
	const { apiKey, baseUrl } = gateway.credential();
	execution.options.credential = { apiKey, baseUrl: `${baseUrl}/elsewhere` };
	await execution.wakeByTimer();
	expect(execution.status).toBe('error');
	expect(execution.error?.message).toMatch(/base URL .* was changed/);
	expect(execution.error?.description).toContain(taskIds()[0]);
	expect(polls()).toEqual([0]);
	execution.options.credential = { apiKey, baseUrl };
	const retried = await execution.retry();
	await retried.untilEnd();
	expectDelivered(retried);
});

describe('an item of a parked run that fails', () => {
	it('ends the node as it does without parking', async () => {
		const execution = await startToEnd(
			parkedIdeas,
			ideas('A [[renderSeconds=1000]]', 'B [[renderSeconds=30 outcome=renderError]]'),
		);
		expect(execution.status).toBe('error');
		expect(execution.error?.message).toMatch(/the video failed/);
		expect(execution.error?.message).toContain(taskIds()[1]);
		expect(execution.error?.description).toContain(taskIds()[0]);
		expect(bought()).toHaveLength(2);
	});

	it('waits for the others under Continue, reused ones too, and is neither bought nor sent again', async () => {
		const manual = { mode: 'manual' as const };
		await start({ ...byIdea, waiting: 'node' }, { ...manual, ...ideas('Old') });
		const scenes = [
			'A [[renderSeconds=290]]',
			'B [[renderSeconds=30 outcome=renderError]]',
			'C [[submitFault=badRequest]]',
			'D [[submitFault=resetAfter]]',
			' ',
			'Old',
			'Old',
		];
		const execution = await start(parkedIdeas, { ...manual, ...ideas(...scenes), ...goOn });
		const submissions = gateway.submissions().length;
		await execution.untilEnd();
		const [old] = taskIds();
		const of = (prompt: string) => bought().findLast((sold) => sold.prompt.startsWith(prompt));
		const refused = expect.stringContaining('The gateway says') as string;
		const advice = expect.stringMatching(/^Nothing was bought/) as string;
		const out = execution.json('Done');
		expect(out).toEqual([
			expect.objectContaining({ status: 'SUCCESS', task_id: of('A')?.taskId }),
			expect.objectContaining({ category: 'render_failed', status: 'FAILURE' }),
			expect.objectContaining({ category: 'bad_request', error: refused, advice }),
			expect.objectContaining({ category: 'submission_uncertain' }),
			expect.objectContaining({ category: 'invalid_input' }),
			expect.objectContaining({ status: 'SUCCESS', task_id: old, reused: true }),
			expect.objectContaining({ status: 'SUCCESS', task_id: of('Old')?.taskId }),
		]);
		expect(out.filter(({ reused }) => reused)).toHaveLength(1);
		expect(hintOf(execution)).toContain(old);
		expect(gateway.submissions()).toHaveLength(submissions);
		expect(bought()).toHaveLength(5);
	});

	it('is retried by Retry On Fail as often as allowed over all turns: running tasks are picked up, failed ones bought again', async () => {
		const execution = await start(parkedIdeas, {
			...ideas('A [[renderSeconds=290]]', 'B [[renderSeconds=30 outcome=renderError]]'),
			node: twoTries,
		});
		await execution.wakeByTimer();
		expect(bought().map(({ prompt }) => prompt[0])).toEqual(['A', 'B', 'B']);
		expect(execution.status).toBe('waiting');
		await execution.untilEnd();
		expect(execution.status).toBe('error');
		expect(execution.error?.message).toContain(taskIds()[2]);
		expect(bought()).toHaveLength(3);
	});

	it('by its polls, is picked up by Retry On Fail in the same turn', async () => {
		const execution = await startToEnd(
			{ ...parked, options: { maxWaitMinutes: 2 }, prompt: 'A boat [[renderSeconds=200]]' },
			{ node: twoTries },
		);
		expect(execution.error).toBeUndefined();
		expectDelivered(execution);
	});

	it.each([false, true])(
		'is picked up by the user’s retry (with the workflow as it is saved now: %s)',
		async (loadWorkflow) => {
			const execution = await start(parkedIdeas, ideas('A', 'B'));
			gateway.set({ pollFault: 'badKey' });
			await execution.untilEnd();
			expect(execution.status).toBe('error');
			gateway.set({ pollFault: undefined });
			const retried = await execution.retry({ loadWorkflow });
			await retried.untilEnd();
			expect(retried.status).toBe('success');
			expect(idsIn(retried.json('Done'))).toEqual(taskIds());
			expect(bought()).toHaveLength(2);
		},
	);

	it('because its input can no longer be read, still names its task', async () => {
		let reads = 0;
		const sora = soraSeeing((context, response) => {
			const read = context.getNodeParameter as (...given: unknown[]) => unknown;
			const getNodeParameter = (name: string, ...rest: unknown[]) =>
				name === 'prompt' && ++reads > 1 ? ' ' : read(name, ...rest);
			return [withFunction(context, 'getNodeParameter', getNodeParameter), response];
		});
		const execution = await startToEnd(parked, { sora });
		expect(execution.status).toBe('error');
		expect(execution.error?.message).toContain(taskIds()[0]);
	});
});

/** n8n before 2.5. */
const soraOfOldN8n = () => soraWithout('getWorkflowSettings');

describe('if parking is impossible', () => {
	const withEntry = (change: object) =>
		soraSeeing((context, response) => {
			const entry = { ...context.getExecuteData(), ...change };
			return [withFunction(context, 'getExecuteData', () => entry), response];
		});
	it.each<[string, () => ParkedOptions, RegExp]>([
		[
			'n8n runs the node without its execution engine',
			() => ({ sora: soraSeeing((context) => [context, undefined]) }),
			/other means/,
		],
		['the workflow uses the legacy order', () => ({ settings: { executionOrder: 'v0' } }), /v0/],
		['the workflow says nothing of the order', () => ({ settings: {} }), /v0/],
		['the node runs alone', () => ({ sora: withEntry({ source: null }) }), /without a node before/],
		[
			'the execution has no ID',
			() => ({ sora: soraWithout('getExecutionId', () => undefined) }),
			/does not save/,
		],
		[
			'an old n8n would go on too early after a sub-workflow',
			() => ({ mode: 'integrated', sora: soraOfOldN8n() }),
			/sub-workflow/,
		],
	])('because %s, the node waits itself, and says why', async (_, more, reason) => {
		const execution = await start(parked, more());
		expect([execution.status, execution.turns]).toEqual(['success', 1]);
		expectDelivered(execution);
		expect(hintOf(execution)).toMatch(reason);
		expect(bought()[0]?.body).not.toHaveProperty('notify_hook');
	});

	it('an n8n that hands the node a copy of its entry is detected before anything is bought', async () => {
		const route = await newProcess();
		const boughtAt: number[] = [];
		const sora = soraThat(async (context, response) => {
			boughtAt.push(bought().length);
			const copy = { ...context.getExecuteData() };
			return await route(
				withFunction(context, 'getExecuteData', () => copy),
				response,
			);
		});
		const execution = await start(parked, { sora });
		expectDelivered(execution);
		expect(boughtAt).toEqual([0, 0]);
		expect(hintOf(execution)).toMatch(/^Waited in the node/);
	});

	it('an old n8n with the legacy order is detected', async () => {
		const legacy = { sora: soraOfOldN8n(), settings: { executionOrder: 'v0' } };
		const execution = await start(parked, { ...legacy, node: { alwaysOutputData: true } });
		expect(execution.status).toBe('success');
		expectDelivered(execution);
		expect(execution.items('Done')).toHaveLength(1);
		expect(execution.runs('Done')).toHaveLength(1);
		expect(execution.items('Sora')).toHaveLength(1);
	});
});

describe('an old n8n that does not reveal settings', () => {
	it('parks in the usual order, and has one run of the node after a retry', async () => {
		const execution = await start(parked, { sora: soraOfOldN8n() });
		expect(execution.status).toBe('waiting');
		// Beside a null, n8n 2.0 cannot evaluate what the resume webhook asks.
		expect(execution.data.executionData?.nodeExecutionStack[0]?.data.main).toEqual([]);
		const { stored } = execution;
		await execution.wakeByTimer();
		execution.stored = stored;
		const retried = await execution.retry();
		await retried.untilEnd();
		expect(retried.runs('Sora')).toHaveLength(1);
		expectDelivered(retried);
	});

	it('waits in the node in the legacy order, also when the user retries', async () => {
		gateway.set({ pollFault: 'badKey' });
		const legacy = { sora: soraOfOldN8n(), settings: { executionOrder: 'v0' } };
		const execution = await start(parked, legacy);
		expect(execution.status).toBe('error');
		gateway.set({ pollFault: undefined });
		const retried = await execution.retry();
		expect([retried.status, retried.turns]).toEqual(['success', 1]);
		expectDelivered(retried);
	});
});

describe('a state from another version of the package', () => {
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
		expectDelivered(execution);
	});
});

describe('if n8n was down until Max Wait was over', () => {
	const startLate = async (directive: string) => {
		const prompt = `A boat [[${directive}]]`;
		const execution = await start({ ...parked, prompt, options: { maxWaitMinutes: 4 } });
		await time.sleep(400_000);
		await execution.untilEnd();
		return execution;
	};

	it.each(['html502:2', 'resetAfter:2'])(
		'brings the video though the first polls fail (%s)',
		async (fault) => expectDelivered(await startLate(`pollFault=${fault}`)),
	);

	it('says that Max Wait is over if the render continues', async () => {
		const execution = await startLate('renderSeconds=100000');
		expect(execution.status).toBe('error');
		expect(execution.error?.message).toContain(taskIds()[0]);
		expect(polls()).toEqual([1]);
	});
});

it('a parked run of which one item is a sample waits for the other, and buys no sample', async () => {
	const whenTesting = '={{ $json.idea === "free" ? "sample" : "buy" }}';
	const execution = await startToEnd(
		{ ...parkedIdeas, whenTesting },
		{ mode: 'manual', ...ideas('free', 'paid') },
	);
	expect(execution.json('Done')).toEqual([
		expect.objectContaining({ sample: true }),
		expect.objectContaining({ task_id: taskIds()[0], status: 'SUCCESS' }),
	]);
	expect(bought()).toHaveLength(1);
});

describe('a kill, whatever was stored last,', () => {
	/** n8n saves the progress of a node that parks a moment before it stores the execution as parked, and wrongly. */
	const isBeingParked = (stored: string) => {
		const { waitTill, executionData } = loaded(stored);
		const [first] = executionData?.nodeExecutionStack ?? [];
		return waitTill !== undefined && first?.data.main?.length !== 0;
	};
	const savesProgress = {
		settings: { ...v1, saveExecutionProgress: true },
		savesProgress: true,
	};

	it.each<[string, ParkedOptions, boolean]>([
		['parked', {}, false],
		['parked', {}, true],
		['parked, with the progress saved', savesProgress, false],
		['parked, with the progress saved', savesProgress, true],
	])('of a run that is %s is survived by the retry (%#)', async (_, more, loadWorkflow) => {
		const execution = await startToEnd(parkedIdeas, {
			...more,
			...ideas('A [[renderSeconds=100]]', 'B [[renderSeconds=250]]'),
		});
		const states = execution.history.filter((stored) => stored.includes(String(taskIds()[0])));
		expect(states.length).toBeGreaterThan(1);
		for (const [index, stored] of states.entries()) {
			execution.stored = stored;
			const executionId = `${execution.id}-${index}`;
			const retried = await execution.retry({ executionId, loadWorkflow });
			await retried.untilEnd();
			expect(bought()).toHaveLength(2);
			// In the node as it is saved, n8n forgets that its own entry was to be passed over.
			if (loadWorkflow || isBeingParked(stored)) continue;
			expect(retried.status).toBe('success');
			expect(idsIn(retried.json('Done'))).toEqual(taskIds());
		}
	});
});

describe('an expression that gives another value each time', () => {
	const random = { ...parked, prompt: '={{ $json.idea + " " + Math.random() }}' };

	it('buys nothing again if n8n was killed and the user retries', async () => {
		const execution = await start(random, ideas('A', 'B'));
		const state = execution.history.find((stored) => stored.includes(String(taskIds()[1])));
		execution.stored = String(state);
		const retried = await execution.retry();
		await retried.untilEnd();
		expect(idsIn(retried.json('Done'))).toEqual(taskIds());
		expect(bought()).toHaveLength(2);
	});

	it.each([
		['buys nothing anew where the node failed', random.prompt, ['A 0']],
		[
			'does not hide that the user has changed the node',
			'={{ "new " + Math.random() }}',
			['A 0', 'new'],
		],
	])('%s and the user retries', async (_, prompt, orders) => {
		gateway.set({ pollFault: 'badKey' });
		const execution = await start({ ...random, waiting: 'node' }, ideas('A'));
		expect(execution.status).toBe('error');
		gateway.set({ pollFault: undefined });
		execution.options.workflow = options({ ...random, waiting: 'node', prompt }).workflow;
		const retried = await execution.retry({ loadWorkflow: true });
		expect(retried.json('Done')[0]).toMatchObject({ task_id: taskIds().at(-1), status: 'SUCCESS' });
		expect(bought().map((purchase) => purchase.prompt.slice(0, 3))).toEqual(orders);
	});

	it('is not cut off by a Spending Limit lowered after the purchases', async () => {
		const later = time.now() + 30_000;
		const spendingLimit = `={{ $now.toMillis() < ${later} ? 2 : 1 }}`;
		const execution = await startToEnd(
			{ ...parkedIdeas, options: { spendingLimit } },
			ideas('A', 'B'),
		);
		expect(idsIn(execution.json('Done'))).toEqual(taskIds());
	});
});

it('executions without an ID each buy for themselves', async () => {
	const resumeUrl = 'https://n8n.example/webhook-waiting/__UNKNOWN__';
	const sora = soraSeeing((context, response) => [
		withFunction(
			withFunction(context, 'getExecutionId', () => undefined),
			'evaluateExpression',
			() => resumeUrl,
		),
		response,
	]);
	for (let run = 0; run < 2; run++) {
		await start({ ...parked, prompt: 'A boat [[renderSeconds=10]]' }, { sora });
	}
	expect(bought()).toHaveLength(2);
});

it('Stop while a parked run is polled logs its tasks, and leaves them at the gateway', async () => {
	const lines: string[] = [];
	const execution = await start(
		{ ...parked, prompt: 'A boat [[pollFault=hang]]' },
		{ sora: soraLogging(lines) },
	);
	const ending = execution.wakeByTimer();
	await time.when(() => (polls()[0] ?? 0) > 0);
	execution.stop();
	await ending;
	expect(execution.status).toBe('canceled');
	await until(() => lines.some((line) => line.includes('stopped')));
	expect(lines.at(-1)).toContain(taskIds()[0]);
	expect(bought()).toHaveLength(1);
});

/** What is delivered, and what is paid for it, must not depend on where the execution waits. */
describe.each([1, 2])('items drawn with the seed %d, parked and in the node', (seed) => {
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
	const NODES: Array<Partial<INode>> = [
		{},
		goOn.node,
		{ onError: 'continueErrorOutput' as const },
	].flatMap((node) => [node, { ...node, ...twoTries }]);
	const KEPT = ['category', 'status', 'retryable', 'timed_out', 'reused', 'error'] as const;

	async function outcomeOf(waiting: string, fates: string[], node: Partial<INode>) {
		gateway.simulator.reset();
		const prompts = fates.map((fate, index) => (fate === 'blank' ? ' ' : `${index} [[${fate}]]`));
		const execution = await startToEnd({ ...byIdea, waiting }, { node, ...ideas(...prompts) });
		const newestOf = ({ prompt, idea }: IDataObject) =>
			bought().findLast((purchase) => [prompt, idea].includes(purchase.prompt));
		const seen = (output: number) =>
			execution.items('Sora', output).map(({ json: item, pairedItem }) => ({
				...Object.fromEntries(
					KEPT.map((name) => [
						name,
						String(item[name]).replace(/video_[\w-]+|request id: \w+/g, 'ID'),
					]),
				),
				pairedItem,
				isNewest: item.task_id === undefined || newestOf(item)?.taskId === item.task_id,
			}));
		const orders = bought()
			.map(({ prompt }) => prompt)
			.sort();
		const tries = node.retryOnFail ? Number(node.maxTries) : 1;
		return {
			status: execution.status,
			out: execution.status === 'success' ? [seen(0), seen(1)] : [],
			runs: execution.runs('Sora').length,
			boughtTooOften: orders.filter((prompt, index) => prompt === orders[index - tries]),
			// Without On Error: Continue the first failure ends the node, and when it is seen depends on when is polled.
			...(node.onError && { orders, sent: gateway.submissions().length }),
		};
	}

	it.each(NODES)('come out alike from a node with %j', async (node) => {
		const random = seededRandom(seed * 100 + NODES.indexOf(node));
		const draw = () => FATES[Math.floor(random() * FATES.length)] as string;
		const fates = Array.from({ length: 1 + Math.floor(random() * 4) }, draw);
		const expected = await outcomeOf('node', fates, node);
		expect({ fates, ...(await outcomeOf('parked', fates, node)) }).toEqual({ fates, ...expected });
	});
});
