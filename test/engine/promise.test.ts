/* eslint-disable @n8n/community-nodes/no-restricted-imports -- looks at a signal's listeners, never inside n8n */
import { getEventListeners } from 'node:events';
import type { IDataObject, IExecuteFunctions, INodeType } from 'n8n-workflow';

import { routeItems } from '../../nodes/Sora/actions/router';
import { DIALECT_NAMES } from '../simulator/dialects';
import { soraNode, soraWorkflow, type EngineResult } from './engine';
import { time } from './time';
import { agentWorkflow, boat, CREATE, itemsWith, useGateway } from './gateway';

const gateway = useGateway({ renderSeconds: 20 });
/** The first try gives up while the task goes on. */
const impatient = { maxWaitMinutes: 0.25 };
const tries = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
const bought = () => gateway.simulator.books.purchases;

/** The user's retry: another execution, with what n8n kept of the first. */
const keptOf = ({ contextData }: EngineResult) =>
	JSON.parse(JSON.stringify(contextData)) as EngineResult['contextData'];

describe('n8n’s own retry buys nothing twice', () => {
	it.each(['empty', 'null', 'object', 'text'] as const)(
		'where the gateway’s task has a field "error" (%s) and Simplify is off',
		async (taskError) => {
			gateway.simulator.set({ taskError });
			const { json, run } = await gateway.run({ ...boat, simplify: false }, { node: tries });
			expect(bought()).toHaveLength(1);
			expect(run.data.resultData.runData.Sora).toHaveLength(1);
			// Today's n8n counts null, undefined and false as no error; 2.0 and 2.1 only what is undefined.
			expect(json('Sora')[0]).not.toHaveProperty('error');
			expect(json('Sora')[0]).toMatchObject({ task_id: bought()[0]?.taskId, status: 'SUCCESS' });
		},
	);

	it.each([
		['the prompt', { prompt: '={{ "A boat at " + $now.toMillis() + Math.random() }}' }, {}],
		['Extra Body', {}, { extraBody: '={{ JSON.stringify({ seed: Math.random() }) }}' }],
	])(
		'where an expression in %s gives another value on each try',
		async (_, parameters, options) => {
			const { json, error } = await gateway.run(
				{ ...boat, ...parameters, options: { ...impatient, ...options } },
				{ node: tries },
			);
			expect(error).toBeUndefined();
			expect(json('Sora')[0]).toMatchObject({ task_id: bought()[0]?.taskId, status: 'SUCCESS' });
			expect(bought()).toHaveLength(1);
		},
	);

	it('where the submission was uncertain, whatever an expression gives on the next try', async () => {
		gateway.simulator.set({ submitFault: 'resetAfter:1' });
		const { error } = await gateway.run(
			{ ...boat, prompt: '={{ "A boat " + Math.random() }}' },
			{ node: tries },
		);
		expect(error?.message).toMatch(/^Submission uncertain/);
		expect(gateway.submissions()).toHaveLength(1);
		expect(bought()).toHaveLength(1);
	});

	it('where one item of several was delivered and another one failed', async () => {
		const { json } = await gateway.run(
			{ ...boat, prompt: '={{ $json.idea }}', options: impatient },
			{
				items: itemsWith('idea', ['A boat [[renderSeconds=5]]', 'A bird']),
				node: tries,
			},
		);
		expect(json('Sora').map(({ task_id }) => task_id)).toEqual(
			bought().map(({ taskId }) => taskId),
		);
		expect(bought()).toHaveLength(2);
	});

	it('where what a task failed of is refused content, however the words differ', async () => {
		gateway.simulator.set({ outcome: 'moderation' });
		const { error } = await gateway.run(
			{ ...boat, prompt: '={{ "A boat " + Math.random() }}' },
			{ node: tries },
		);
		expect(error?.message).toContain(bought()[0]?.taskId);
		expect(bought()).toHaveLength(1);
	});

	it.each([
		null,
		'a ledger',
		{ version: 99, entries: 'none' },
		{ version: 1, entries: { '0:0': 7 } },
	])('and goes on where the node’s context holds %j', async (soraLedger) => {
		const { json } = await gateway.run(boat, {
			contextData: { 'node:Sora': { soraLedger } as never },
		});
		expect(json('Sora')[0]).toMatchObject({ status: 'SUCCESS' });
		expect(bought()).toHaveLength(1);
	});
});

describe('a failed task', () => {
	/** What reaches the user of why it failed. */
	const reasonIn = ({ error }: EngineResult) => error?.description ?? '';

	it.each([...DIALECT_NAMES, 'random:1', 'random:2', 'random:3', 'random:4', 'random:5'])(
		'of refused content is bought once and says why, however the gateway puts it (%s)',
		async (dialect) => {
			gateway.simulator.set({ dialect, outcome: 'minor' });
			const result = await gateway.run(boat, { node: tries });
			expect(bought()).toHaveLength(1);
			expect(reasonIn(result)).toContain('内容可能涉及未成年人');
			expect(result.error?.message).toContain(bought()[0]?.taskId);
		},
	);

	it.each([
		'Your prompt goes against our content policies.',
		'This request may violate our usage guidelines',
		'The input text may contain sensitive information.',
		'InputTextSensitiveContentDetected',
		'提示词包含违禁词',
		'触发风控，请修改后重试',
		'人脸相似度过高',
		'May infringe a trademark or copyright',
	])('of refused content is bought once, in whatever words: %s', async (reason) => {
		gateway.simulator.set({ outcome: 'moderation', reason });
		const result = await gateway.run(boat, { node: tries });
		expect(bought()).toHaveLength(1);
		expect(reasonIn(result)).toContain(reason);
	});

	it.each(['upstream busy, try again later', '生成超时', 'internal error', '图片像素过大'])(
		'of anything else is bought again on the next try: %s',
		async (reason) => {
			gateway.simulator.set({ outcome: 'renderError', reason });
			const result = await gateway.run(boat, { node: tries });
			expect(bought()).toHaveLength(tries.maxTries);
			expect(reasonIn(result)).toContain(reason);
		},
	);
});

describe('advice of a poll that failed', () => {
	it.each(['quota', 'badKey', 'groupDenied', 'taskNotExist', 'page404'] as const)(
		'never makes a person order the bought video again (%s)',
		async (pollFault) => {
			gateway.simulator.set({ pollFault });
			const { json } = await gateway.run(
				{ ...boat, options: { maxWaitMinutes: 5 } },
				{ node: { onError: 'continueRegularOutput' } },
			);
			expect(json('Sora')[0]).toMatchObject({ task_id: bought()[0]?.taskId });
			const advice = String(json('Sora')[0]?.advice);
			expect(advice).not.toMatch(/\b(?:run|execute) (?:it|the node)|retry/i);
			expect(advice).toMatch(/Video > Get|the bill/);
		},
	);
});

describe('a retry by the user', () => {
	it.each([
		['Notify Hook', { notifyHook: '={{ $execution.resumeUrl }}' }],
		[
			'Extra Body',
			{
				extraBody:
					'={{ JSON.stringify({ webhook_url: "https://hooks.example/" + $execution.id, meta: { to: $execution.resumeUrl } }) }}',
			},
		],
	])('takes the task up where %s holds the address of the execution', async (_, options) => {
		const parameters = { options: { ...impatient, ...options } };
		gateway.simulator.set({ callback: 'never', renderSeconds: 200 });
		const first = await gateway.run({ ...boat, ...parameters }, { executionId: '11' });
		expect(first.error).toBeDefined();
		const second = await gateway.run(
			{ ...boat, options },
			{ executionId: '12', contextData: keptOf(first) },
		);
		expect(second.error).toBeUndefined();
		expect(second.json('Sora')[0]).toMatchObject({ task_id: bought()[0]?.taskId });
		expect(bought()).toHaveLength(1);
	});

	it('of a stopped execution takes its task up, though n8n has kept nothing of it, and once only', async () => {
		gateway.simulator.set({ renderSeconds: 200 });
		const stopped = await gateway.run(boat, {
			mode: 'trigger',
			executionId: '21',
			onStart: (stop) => void time.when(() => bought().length > 0).then(stop),
		});
		expect(stopped.run.status).toBe('canceled');
		const other = await gateway.run(boat, { mode: 'trigger', executionId: '22' });
		expect(bought()).toHaveLength(2);
		expect(other.json('Sora')[0]).toMatchObject({ task_id: bought()[1]?.taskId });
		const retried = await gateway.run(boat, { mode: 'retry', executionId: '23' });
		expect(retried.json('Sora')[0]).toMatchObject({
			task_id: bought()[0]?.taskId,
			status: 'SUCCESS',
		});
		expect(bought()).toHaveLength(2);
		await gateway.run(boat, { mode: 'retry', executionId: '24' });
		expect(bought()).toHaveLength(3);
	});

	it('of an execution that was stopped while its request was in flight takes up what that bought', async () => {
		gateway.simulator.set({ latencySeconds: 5 });
		const stopped = await gateway.run(boat, {
			mode: 'trigger',
			executionId: '41',
			// It is on its way: the gateway takes it, and answers seconds later.
			onStart: (stop) => void time.when(() => gateway.submissions().length > 0).then(stop),
		});
		expect(stopped.run.status).toBe('canceled');
		expect(bought()).toHaveLength(0);
		await time.when(() => bought().length > 0);
		const retried = await gateway.run(boat, { mode: 'retry', executionId: '42' });
		expect(retried.json('Sora')[0]).toMatchObject({ task_id: bought()[0]?.taskId });
		expect(bought()).toHaveLength(1);
	});

	it('listens for Stop once in an execution, however often a loop enters the node', async () => {
		const listeners: number[] = [];
		const sora: INodeType = Object.assign(soraNode(time), {
			execute: async function (this: IExecuteFunctions) {
				const output = await routeItems(this, time);
				const stop = this.getExecutionCancelSignal() as AbortSignal;
				listeners.push(getEventListeners(stop, 'abort').length);
				return output;
			},
		});
		const workflow = soraWorkflow(boat);
		const toSora = { node: 'Sora', type: 'main' as const, index: 0 };
		const connections = { ...workflow.connections, Start: { main: [Array(12).fill(toSora)] } };
		await gateway.run(boat, { sora, workflow: { ...workflow, connections } });
		expect(bought()).toHaveLength(12);
		expect(listeners).toEqual(Array(12).fill(listeners[0]));
	});

	it('of an execution that was stopped in a later node buys nothing either', async () => {
		const stopped = await gateway.run(boat, {
			mode: 'trigger',
			executionId: '31',
			resumeToken: 'secret-of-31',
			workflow: {
				...soraWorkflow(boat),
				nodes: soraWorkflow(boat).nodes.map((node) =>
					node.name === 'Done' ? { ...soraWorkflow(boat).nodes[1], name: 'Done' } : node,
				) as never,
			},
			onStart: (stop) => void time.when(() => bought().length > 1).then(stop),
		});
		expect(stopped.run.status).toBe('canceled');
		const retried = await gateway.run(boat, {
			mode: 'retry',
			executionId: '32',
			resumeToken: 'secret-of-31',
		});
		expect(retried.json('Sora')[0]).toMatchObject({ task_id: bought()[0]?.taskId });
		expect(bought()).toHaveLength(2);
	});

	it('buys another video where the prompt is another one', async () => {
		gateway.simulator.set({ renderSeconds: 200 });
		const first = await gateway.run({ ...boat, options: impatient }, { executionId: '11' });
		expect(first.error).toBeDefined();
		await gateway.run(
			{ ...boat, prompt: 'A bird' },
			{ executionId: '12', contextData: keptOf(first) },
		);
		expect(bought().map(({ prompt }) => prompt)).toEqual(['A boat', 'A bird']);
	});
});

describe('an answer to the paid request', () => {
	it.each([
		'bought303',
		'bought408',
		'bought409',
		'bought425',
		'bought499',
		'bought520',
		'deadline400Bought',
	] as const)(
		'that does not say for certain that nothing was bought (%s) is uncertain',
		async (submitFault) => {
			gateway.simulator.set({ submitFault: `${submitFault}:1` });
			const { error } = await gateway.run(boat, { node: tries });
			expect(error?.message).toMatch(/^Submission uncertain/);
			expect(bought()).toHaveLength(1);
		},
	);

	it.each(['id429', 'id400', 'id500'] as const)(
		'that names a task has bought it, whatever its status (%s)',
		async (submitFault) => {
			gateway.simulator.set({ submitFault });
			const { json, error } = await gateway.run(boat, { node: tries });
			expect(error).toBeUndefined();
			expect(json('Sora')[0]).toMatchObject({ task_id: bought()[0]?.taskId, status: 'SUCCESS' });
			expect(bought()).toHaveLength(1);
		},
	);
});

describe('as an agent’s tool that is called outside of the engine', () => {
	const agentWith = (calls: IDataObject[], parameters: IDataObject) =>
		agentWorkflow(calls, parameters, tries);
	const prompt = '={{ $fromAI("prompt", "", "string") }}';
	const call = { prompt: 'A boat' };
	const answers = (result: EngineResult) =>
		result.json('Agent').map(({ answer }) => String(answer));

	it('takes a running task up on the next try', async () => {
		const parameters = { ...boat, prompt, options: impatient };
		const result = await gateway.run({}, { workflow: agentWith([call], parameters) });
		expect(bought()).toHaveLength(1);
		expect(answers(result)[0]).toContain(bought()[0]?.taskId);
		expect(answers(result)[0]).toContain('SUCCESS');
	});

	it.each([
		['uncertain', { submitFault: 'resetAfter:1' }],
		['refused', { outcome: 'moderation' }],
	] as const)('buys nothing again where the purchase is %s', async (_, scenario) => {
		gateway.simulator.set(scenario);
		await gateway.run({}, { workflow: agentWith([call, call], { ...boat, prompt }) });
		expect(bought()).toHaveLength(1);
		expect(gateway.submissions()).toHaveLength(1);
	});

	it('creates a character once', async () => {
		gateway.simulator.set({ characterFault: 'resetAfter:1' });
		const parameters = { ...CREATE, source: 'url', url: '={{ $fromAI("url", "", "string") }}' };
		await gateway.run(
			{},
			{ workflow: agentWith([{ url: 'https://clips.example/cat.mp4' }], parameters) },
		);
		expect(gateway.simulator.requests.filter(({ route }) => route === 'character')).toHaveLength(1);
	});

	it('buys anew where an equal call comes after its result was handed over', async () => {
		const result = await gateway.run(
			{},
			{ workflow: agentWith([call, call], { ...boat, prompt }) },
		);
		expect(bought()).toHaveLength(2);
		expect(answers(result)[1]).toContain(bought()[1]?.taskId);
	});
});
