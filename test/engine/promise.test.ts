/* eslint-disable @n8n/community-nodes/no-restricted-imports -- looks at a signal's listeners, never inside n8n */
import { getEventListeners } from 'node:events';
import {
	NodeOperationError,
	type EngineResponse,
	type IDataObject,
	type IExecuteFunctions,
	type INodeType,
	type NodeOutput,
} from 'n8n-workflow';

import { VIDEO } from '../../nodes/Sora/actions/purchase';
import { routeItems } from '../../nodes/Sora/actions/router';
import { png } from '../files/images';
import { sampleClip } from '../../nodes/Sora/media/sampleClip';
import { soraNode, soraWorkflow, type EngineResult } from './engine';
import { finished, gatewayScript, json, KEY, runAgainst, scripted, TASK } from './scripted';
import { parkedOptions, StoredExecution, v1 } from './storedExecution';
import { time } from './time';
import {
	agentWorkflow,
	boat,
	CREATE,
	GENERATE,
	GET,
	goOn,
	imagesFrom,
	itemsWith,
	useGateway,
} from './gateway';

const gateway = useGateway({ renderSeconds: 20 });
/** The first try gives up while the task goes on. */
const impatient = { maxWaitMinutes: 0.25 };
const tries = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
const bought = () => gateway.simulator.books.purchases;

/** The user's retry: another execution, with what n8n kept of the first. */
const keptOf = ({ contextData }: EngineResult) =>
	JSON.parse(JSON.stringify(contextData)) as EngineResult['contextData'];

type Options = Parameters<typeof gateway.run>[1];

const taskIds = () => bought().map(({ taskId }) => taskId);
let presses = 0;

/** Somebody presses the button in the editor: each press is an execution of its own. */
const press = async (parameters: IDataObject, more: Options = {}) =>
	await gateway.run(parameters, { mode: 'manual', executionId: `press-${++presses}`, ...more });
const asleep = { ...boat, waiting: 'parked' };
const video = (prompt: string, more: IDataObject = {}) => ({ ...GENERATE, prompt, ...more });
const hintsOf = ({ run }: EngineResult) =>
	(run.data.resultData.runData.Sora?.at(-1)?.hints ?? []).map(({ message }) => message).join(' ');

type Context = IExecuteFunctions;
const soraThat = (execute: (context: Context, response?: EngineResponse) => Promise<NodeOutput>) =>
	Object.assign(soraNode(time), {
		execute: async function (this: Context, response?: EngineResponse) {
			return await execute(this, response);
		},
	}) as INodeType;

/** The node is entered again and again. */
const looped = (parameters: IDataObject, turns: number) => {
	const workflow = soraWorkflow(parameters);
	const toSora = { node: 'Sora', type: 'main' as const, index: 0 };
	const connections = { ...workflow.connections, Start: { main: [Array(turns).fill(toSora)] } };
	return { ...workflow, connections };
};

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

	it('where the submission was uncertain, whatever an expression gives; the user’s retry buys', async () => {
		gateway.simulator.set({ submitFault: 'resetAfter:1' });
		const parameters = { ...boat, prompt: '={{ "A boat " + Math.random() }}' };
		const first = await gateway.run(parameters, { node: tries });
		expect(first.error?.message).toMatch(/^Submission uncertain/);
		expect(gateway.submissions()).toHaveLength(1);
		expect(bought()).toHaveLength(1);
		const kept = { executionId: '10', contextData: keptOf(first) };
		expect((await gateway.run(parameters, kept)).error).toBeUndefined();
		expect(bought()).toHaveLength(2);
	});

	it('and sends again what certainly bought nothing', async () => {
		gateway.simulator.set({ submitFault: 'badKey:1' });
		const { json: items } = await gateway.run(boat, { node: tries });
		expect(items('Sora')[0]).toMatchObject({ task_id: taskIds()[0], status: 'SUCCESS' });
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

	it('and the last error names what an earlier try bought', async () => {
		const items = itemsWith('idea', ['A', 'B [[submitFault=badRequest]]']);
		const parameters = { ...boat, prompt: '={{ $json.idea }}' };
		const { error } = await gateway.run(parameters, { items, node: tries });
		expect(error?.description).toContain(taskIds()[0]);
		expect(bought()).toHaveLength(1);
		expect(gateway.submissions()).toHaveLength(4);
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
	])('picks up the task where %s holds the address of the execution', async (_, options) => {
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

	it('buys anew what was refused for its content, where an expression gives another prompt', async () => {
		gateway.simulator.set({ outcome: 'moderation' });
		const parameters = { ...boat, prompt: '={{ "A boat " + Math.random() }}' };
		const first = await gateway.run(parameters, { executionId: '13' });
		expect(first.error).toBeDefined();
		gateway.simulator.set({ outcome: 'success' });
		const kept = { executionId: '14', contextData: keptOf(first) };
		const second = await gateway.run(parameters, kept);
		expect(second.json('Sora')[0]).toMatchObject({ task_id: taskIds()[1], status: 'SUCCESS' });
		expect(bought()).toHaveLength(2);
	});

	it('asks no other gateway for the task: there it buys', async () => {
		gateway.simulator.set({ renderSeconds: 200 });
		const first = await gateway.run({ ...boat, options: impatient }, { executionId: '15' });
		const { url, requests } = await scripted(
			gatewayScript((_, response) => json(response, finished('https://files.example/a.mp4'))),
		);
		const kept = { executionId: '16', contextData: keptOf(first) };
		const second = await runAgainst(url, boat, kept);
		expect(second.json('Sora')[0]).toMatchObject({ task_id: TASK, status: 'SUCCESS' });
		expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
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

	it('picks up a running task on the next try', async () => {
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

/** An execution that is stopped once so many videos were bought; n8n keeps of it what it began with. */
const stopAfter = async (count: number, parameters: IDataObject, more: Options = {}) => {
	const stopped = await gateway.run(parameters, {
		onStart: (stop) => void time.when(() => bought().length >= count).then(stop),
		...more,
	});
	expect(stopped.run.status).toBe('canceled');
};

describe('a retry of a stopped execution', () => {
	const retry = async (executionId: string, more: Options = {}, parameters: IDataObject = boat) =>
		await gateway.run(parameters, { mode: 'retry', executionId, ...more });
	const idea = { ...boat, prompt: '={{ $json.idea }}' };
	const ideas = (...values: string[]) => ({ items: itemsWith('idea', values) });

	it.each([
		['a secret that its retries inherit', { resumeToken: 'secret-of-21' }],
		['nothing (n8n before 2.15)', {}],
	])('picks its task up once, where n8n gives the execution %s', async (_, token) => {
		gateway.simulator.set({ renderSeconds: 200 });
		await stopAfter(1, boat, { executionId: '21', ...token });
		const other = await gateway.run(boat, { executionId: '22' });
		expect(other.json('Sora')[0]).toMatchObject({ task_id: taskIds()[1] });
		const retried = await retry('23', token);
		expect(retried.json('Sora')[0]).toMatchObject({ task_id: taskIds()[0], status: 'SUCCESS' });
		expect(bought()).toHaveLength(2);
		await retry('24');
		expect(bought()).toHaveLength(3);
	});

	it('picks its tasks up in whatever order the items come', async () => {
		gateway.simulator.set({ renderSeconds: 200 });
		const token = { resumeToken: 'secret-of-25' };
		await stopAfter(2, idea, { executionId: '25', ...token, ...ideas('A boat', 'A bird') });
		const retried = await retry('26', { ...token, ...ideas('A bird', 'A boat') }, idea);
		expect(retried.json('Sora').map(({ task_id }) => task_id)).toEqual(taskIds().reverse());
		expect(bought()).toHaveLength(2);
	});

	it('of another execution of the node is not given what the stopped one bought', async () => {
		gateway.simulator.set({ renderSeconds: 200 });
		await stopAfter(1, boat, { executionId: '27', resumeToken: 'secret-of-27' });
		const own = { resumeToken: 'secret-of-28' };
		gateway.simulator.set({ renderSeconds: 20, submitFault: 'badKey:1' });
		const failed = await gateway.run(boat, { executionId: '28', ...own });
		const retried = await retry('29', { ...own, contextData: keptOf(failed) });
		expect(retried.json('Sora')[0]).toMatchObject({ task_id: taskIds()[1] });
	});

	it('of an execution that this process has not seen is not given what another one left', async () => {
		gateway.simulator.set({ renderSeconds: 200 });
		await stopAfter(1, boat, { executionId: '33', resumeToken: 'secret-of-33' });
		gateway.simulator.set({ renderSeconds: 20, submitFault: 'badKey:1' });
		const failed = await gateway.run(boat, { executionId: '34', resumeToken: 'secret-of-34' });
		const own = { resumeToken: 'secret-of-before-a-restart', contextData: keptOf(failed) };
		const retried = await retry('35', own);
		expect(retried.json('Sora')[0]).toMatchObject({ task_id: taskIds()[1] });
		expect(bought()).toHaveLength(2);
	});

	it.each([
		['picks up what was delivered before', 'secret-of-31-2', 2],
		['of another execution buys, though the stopped one delivered before', 'secret-of-30', 3],
	])('%s', async (_, resumeToken, count) => {
		const own = video(`A boat of ${resumeToken}`, { downloadVideo: false });
		const twice = soraWorkflow(own);
		const nodes = twice.nodes.map((node) =>
			node.name === 'Done' ? { ...twice.nodes[1], name: 'Done' } : node,
		) as never;
		const stopped = { executionId: `31-${count}`, resumeToken: `secret-of-31-${count}` };
		await stopAfter(2, own, { ...stopped, workflow: { ...twice, nodes } });
		const retried = await retry(`32-${count}`, { resumeToken }, own);
		expect(retried.json('Sora')[0]).toMatchObject({ task_id: taskIds()[count === 2 ? 0 : 2] });
		expect(bought()).toHaveLength(count);
	});

	it('picks up what a request bought that was in flight', async () => {
		gateway.simulator.set({ latencySeconds: 5 });
		const token = { resumeToken: 'secret-of-41' };
		await stopAfter(0, boat, {
			executionId: '41',
			...token,
			// It is on its way: the gateway takes it, and answers seconds later.
			onStart: (stop) => void time.when(() => gateway.submissions().length > 0).then(stop),
		});
		await time.when(() => bought().length > 0);
		const retried = await retry('42', token);
		expect(retried.json('Sora')[0]).toMatchObject({ task_id: taskIds()[0] });
		expect(bought()).toHaveLength(1);
	});

	it.each([
		['for a place', { maxConcurrentVideos: 1 }, ['A', 'B', 'C']],
		['for an account that is busy', {}, ['A', 'B [[submitFault=rateLimited:3]]']],
	])('buys only what was still waiting %s', async (name, options, prompts) => {
		gateway.simulator.set({ renderSeconds: 200 });
		const token = { resumeToken: `secret of waiting ${name}` };
		const parameters = { ...idea, options };
		const id = `waiting-${prompts.length}`;
		await stopAfter(1, parameters, { executionId: id, ...token, ...ideas(...prompts) });
		await time.sleep(900_000);
		expect(bought()).toHaveLength(1);
		const more = { ...token, ...ideas(...prompts) };
		const retried = await retry(`${id}-retry`, more, parameters);
		expect(retried.json('Sora').map(({ task_id }) => task_id)).toEqual(taskIds());
		expect(bought().map(({ prompt }) => prompt)).toEqual(prompts);
	});

	it('listens for Stop once in an execution, however often a loop enters the node', async () => {
		const listeners: number[] = [];
		const sora = soraThat(async (context) => {
			const output = await routeItems(context, time);
			const stop = context.getExecutionCancelSignal() as AbortSignal;
			listeners.push(getEventListeners(stop, 'abort').length);
			return output;
		});
		await gateway.run(boat, { sora, workflow: looped(boat, 12) });
		expect(bought()).toHaveLength(12);
		expect(listeners).toEqual(Array(12).fill(listeners[0]));
	});
});

describe('what the gateway said of an uncertain purchase', () => {
	it('is said once', async () => {
		gateway.simulator.set({ submitFault: 'upstream500:1' });
		const { error } = await gateway.run(boat);
		expect(error?.message).toMatch(/^Submission uncertain(?!.*Submission)/);
		expect(gateway.submissions()).toHaveLength(1);
	});

	it.each([
		['Retry On Fail', async () => await gateway.run(boat, { node: tries })],
		[
			'the next press',
			async () => {
				await press(boat);
				return await press(boat);
			},
		],
	])('is shown again by %s', async (_, again) => {
		gateway.simulator.set({ submitFault: 'upstream500:1' });
		const { error } = await again();
		expect(error?.message).toMatch(/^Submission uncertain: (?!.*Submission).*not sent again/);
		expect(error?.description).toContain('请求上游地址失败');
		expect(gateway.submissions()).toHaveLength(1);
	});
});

describe('an error while something is bought', () => {
	it.each([200, 500])('that a reader of ours throws loses no task ID (HTTP %i)', async (status) => {
		let route = routeItems;
		await jest.isolateModulesAsync(async () => {
			const readers = '../../nodes/Sora/gateway/answers/task';
			const readAccepted = () => {
				throw new TypeError('a trouble of ours');
			};
			jest.doMock(readers, () => ({ ...jest.requireActual<object>(readers), readAccepted }));
			({ routeItems: route } = await import('../../nodes/Sora/actions/router'));
			jest.dontMock(readers);
		});
		const { url, requests } = await scripted(({ method }, response) => {
			if (method === 'POST') json(response, { data: { task_id: TASK } }, status);
			else json(response, finished('https://files.example/a.mp4'));
		});
		const sora = soraThat(
			async (context, response) => (await route(context, time, response)) as never,
		);
		const { json: items } = await runAgainst(url, boat, { sora, node: tries });
		expect(items('Sora')[0]).toMatchObject({ task_id: TASK, status: 'SUCCESS' });
		expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
	});

	it.each([
		['the first try', {}],
		['the last of its tries', tries],
	])('that n8n itself threw in flight leaves the purchase uncertain (%s)', async (_, node) => {
		const { send } = VIDEO;
		const troubled = jest.spyOn(VIDEO, 'send').mockImplementation(async (...request) => {
			await send(...request);
			throw new NodeOperationError({ name: 'Sora' } as never, 'a trouble of its own');
		});
		const { error } = await gateway.run(boat, { node });
		troubled.mockRestore();
		expect(error?.message).toMatch(/^Submission uncertain.*trouble of its own/);
		expect(bought()).toHaveLength(1);
	});

	it('leaves nothing uncertain where an image cannot be uploaded', async () => {
		gateway.simulator.set({ fileFault: 'badKey' });
		const data = png({ width: 1_024, height: 1_024 }, true).toString('base64');
		const binary = { photo: { data, mimeType: 'image/png' } };
		const parameters = { ...boat, ...imagesFrom('field', 'photo') };
		const items = [{ json: {}, binary }];
		const { error } = await gateway.run(parameters, { items, node: tries });
		expect(error?.message).toMatch(/^The gateway did not accept the API key/);
		expect(error?.description).toContain('Nothing was bought.');
		gateway.simulator.set({ fileFault: undefined });
		expect(bought()).toHaveLength(0);
	});

	it('says what works to get the other videos, and that buys nothing', async () => {
		const idea = { ...boat, prompt: '={{ $json.idea }}' };
		const items = itemsWith('idea', ['A', 'A red [[outcome=moderation]] boat', 'C']);
		const failed = await gateway.run(idea, { items, executionId: '51' });
		expect(failed.error?.message).toMatch(/\[item 2\]$/);
		expect(failed.error?.description).toMatch(
			/^The other videos are bought.*: \S+, \S+\. To get them, set On Error to "Continue"/,
		);
		expect(bought()).toHaveLength(3);
		const retried = await gateway.run(idea, {
			items,
			mode: 'retry',
			executionId: '52',
			contextData: keptOf(failed),
			...goOn,
		});
		expect(retried.json('Sora').map(({ status }) => status)).toEqual([
			'SUCCESS',
			'FAILURE',
			'SUCCESS',
		]);
		expect(bought()).toHaveLength(3);
	});

	it.each([
		['badKey', {}],
		['quota', {}],
		['groupDenied', {}],
		['rateLimited', {}],
		['badRequest', {}],
		['modelNotFound', {}],
		['tooLarge', {}],
		['unknownPath', {}],
		['html403', {}],
		['realPerson', {}],
		['cameoDenied', {}],
		['redirect', {}],
		['', { prompt: '={{ "" }}' }],
		['', { prompt: 'null' }],
		['', { duration: '={{ "x" }}' }],
		['', imagesFrom('url', 'https://photos.app.goo.gl/a')],
		['', { options: { notifyHook: 'x' } }],
		['', { options: { extraBody: '[' } }],
		['', { options: { spendingLimit: 0 } }],
	])('says once that nothing was bought (%s, %j)', async (submitFault, parameters) => {
		if (submitFault) gateway.simulator.set({ submitFault: submitFault as never });
		const { error } = await gateway.run({ ...boat, ...parameters });
		expect(error?.description?.match(/Nothing was bought\./g)).toHaveLength(1);
		expect(error?.description).not.toContain('Nothing was sent');
		const [item] = (await gateway.run({ ...boat, ...parameters }, goOn)).json('Sora');
		expect(String(item?.advice).match(/Nothing was bought\./g)).toHaveLength(1);
		expect(bought()).toHaveLength(0);
	});
});

it.each([
	['items', { items: [{ json: {} }, { json: {} }] }],
	['turns of a loop', { workflow: looped(boat, 2) }],
])('two purchases with one task ID are told in the item: %s', async (what, more) => {
	const { url } = await scripted(
		gatewayScript((_, response) => json(response, finished('https://files.example/a.mp4'))),
	);
	const { run } = await runAgainst(url, boat, more);
	const notes = run.data.resultData.runData.Sora?.flatMap(({ data }) =>
		(data?.main?.[0] ?? []).map((item) => item.json.purchase_note),
	);
	const note = expect.stringContaining('same task ID') as string;
	expect(notes).toEqual([what === 'items' ? note : undefined, note]);
});

describe('Spending Limit', () => {
	const boats = (limit: unknown, more: IDataObject = {}) => ({
		...boat,
		prompt: '={{ $json.idea }}',
		...more,
		options: { ...(limit !== undefined && { spendingLimit: limit }), ...impatient },
	});
	const ideas = (...values: string[]) => ({ items: itemsWith('idea', values) });
	const quick = 'A boat [[renderSeconds=5]]';

	it('refuses an execution that would buy more before the first video, with the number', async () => {
		const { error } = await gateway.run(boats(2), ideas('A', 'B', 'C'));
		expect(error?.message).toContain('3 videos would be bought');
		expect(error?.message).toContain('"Spending Limit (Videos)" under Options allows 2');
		expect(gateway.simulator.requests).toHaveLength(0);
		await gateway.run(boats(3), ideas(quick, quick, quick));
		expect(bought()).toHaveLength(3);
	});

	it('lets each item fail where the workflow goes on, and no other than those that would buy', async () => {
		const { json: items } = await gateway.run(boats(1), { ...ideas('A', '', 'C'), ...goOn });
		expect(items('Sora')[0]?.error).toContain('2 videos would be bought');
		expect(items('Sora')[1]?.error).toContain('"Prompt" is empty');
		expect(bought()).toHaveLength(0);
	});

	it('does not count what n8n’s own retry picks up', async () => {
		const { error } = await gateway.run(boats(2), { ...ideas('A', 'B'), node: tries });
		expect(error).toBeUndefined();
		expect(bought()).toHaveLength(2);
	});

	it.each([1, 2])('counts tries that failed (%s)', async (limit) => {
		gateway.simulator.set({ outcome: 'renderError', reason: 'internal error' });
		const node = { ...tries, maxTries: 5 };
		const { error } = await gateway.run(boats(limit), { ...ideas('A'), node });
		expect(bought()).toHaveLength(limit);
		expect(error?.message).toContain(`${limit + 1} videos would be bought`);
		expect(error?.description).toContain('internal error');
		expect(error?.description).not.toContain('Nothing was bought');
	});

	it('counts the turns of a loop', async () => {
		await gateway.run({}, { workflow: looped(boats(2, { prompt: quick }), 4) });
		expect(bought()).toHaveLength(2);
	});

	it('counts no reused video twice, and no sample', async () => {
		const two = ideas('A red boat [[renderSeconds=5]]', 'A red boat [[renderSeconds=5]]');
		const three = ideas(...Array<string>(3).fill('A red boat [[renderSeconds=5]]'));
		await press(boats(2), two);
		expect((await press(boats(0), two)).error).toBeUndefined();
		expect((await press(boats(0, { whenTesting: 'sample' }), two)).error).toBeUndefined();
		expect((await press(boats(0), three)).error?.message).toContain('1 video would be bought');
		expect((await press(boats(1, { whenTesting: 'buy' }), two)).error).toBeDefined();
		expect(bought()).toHaveLength(2);
		expect((await press(boats(1), three)).error).toBeUndefined();
		expect(bought()).toHaveLength(3);
	});

	it('is ten for one press where none is set, and none in production', async () => {
		const eleven = { items: Array.from({ length: 11 }, () => ({ json: { idea: quick } })) };
		const { error } = await press(boats(undefined, { whenTesting: 'buy' }), eleven);
		expect(error?.message).toMatch(/11 videos would be bought.*under Options allows 10/);
		expect(bought()).toHaveLength(0);
		await press(boats(11, { whenTesting: 'buy' }), eleven);
		await gateway.run(boats(undefined), eleven);
		expect(bought()).toHaveLength(22);
	});
});

describe('the same press again', () => {
	it('reuses the video that the node bought, and says so', async () => {
		const first = await press(video('A boat, tested'));
		const second = await press(video('A boat, tested'));
		const third = await press(video('A boat, tested'));
		expect(bought()).toHaveLength(1);
		expect(first.json('Sora')[0]).not.toHaveProperty('reused');
		for (const again of [second, third]) {
			expect(again.json('Sora')[0]).toMatchObject({ task_id: bought()[0]?.taskId, reused: true });
			expect(again.items('Sora')[0]?.binary?.data?.mimeType).toBe('video/mp4');
			expect(hintsOf(again)).toMatch(/Nothing was bought.*of an earlier test was reused/);
			expect(hintsOf(again)).toContain(bought()[0]?.taskId);
			expect(hintsOf(again)).toContain('set "When Testing in the Editor" to "Always Buy"');
		}
		expect(hintsOf(first)).toBe(`1 video bought (task ${bought()[0]?.taskId}).`);
	});

	it('keeps equal items apart, and gives each of them its own video again', async () => {
		const ideas = { items: itemsWith('idea', ['A fish', 'A fish', 'A fish']) };
		const first = await press(video('={{ $json.idea }}'), ideas);
		const second = await press(video('={{ $json.idea }}'), ideas);
		expect(bought()).toHaveLength(3);
		const ids = (result: typeof first) => result.json('Sora').map(({ task_id }) => task_id);
		expect(new Set(ids(first)).size).toBe(3);
		expect(ids(second).sort()).toEqual(ids(first).sort());
	});

	it('keeps the turns of a loop apart, and gives each of them its own video again', async () => {
		const workflow = looped(video('A loop'), 2);
		for (const count of ['first', 'second']) {
			const { error } = await press({}, { workflow });
			expect([count, error]).toEqual([count, undefined]);
		}
		expect(bought()).toHaveLength(2);
	});

	it('picks up a running task after Stop', async () => {
		gateway.simulator.set({ renderSeconds: 400 });
		await press(video('A tortoise'), {
			onStart: (stop) => void time.when(() => bought().length > 0).then(stop),
		});
		const again = await press(video('A tortoise'));
		expect(again.json('Sora')[0]).toMatchObject({
			task_id: bought()[0]?.taskId,
			status: 'SUCCESS',
		});
		expect(bought()).toHaveLength(1);
	});

	it('buys nothing when n8n retries a press that reuses a video', async () => {
		await press(video('A newt'));
		gateway.simulator.set({ downloadFault: 'notFound404' });
		const again = await press(video('A newt'), { node: tries });
		expect(again.error).toBeDefined();
		expect(bought()).toHaveLength(1);
	});

	it('fetches the file that could not be downloaded, and buys nothing', async () => {
		gateway.simulator.set({ downloadFault: 'notFound404' });
		const failed = await press(video('A snail'));
		expect(failed.error).toBeDefined();
		gateway.simulator.set({ downloadFault: undefined });
		const again = await press(video('A snail'));
		expect(again.items('Sora')[0]?.binary?.data).toBeDefined();
		expect(bought()).toHaveLength(1);
	});

	it('buys nothing while the order of the press before it is on its way', async () => {
		gateway.simulator.set({ latencySeconds: 5 });
		const first = press(video('A wasp'));
		await time.when(() => gateway.submissions().length > 0);
		const second = await press(video('A wasp'));
		expect(second.error?.message).toMatch(/^Submission uncertain.*earlier test/);
		expect((await first).json('Sora')[0]).toMatchObject({ status: 'SUCCESS' });
		expect((await press(video('A wasp'))).json('Sora')[0]).toMatchObject({ reused: true });
		expect(bought()).toHaveLength(1);
	});

	it('buys nothing where nobody knows whether the press before it did, until it is told to', async () => {
		gateway.simulator.set({ submitFault: 'resetAfter:1' });
		await press(video('A ghost'));
		const again = await press(video('A ghost'));
		expect(again.error?.message).toMatch(/^Submission uncertain.*earlier test/);
		expect(again.error?.description).toContain('Always Buy');
		expect(bought()).toHaveLength(1);
		await press(video('A ghost', { whenTesting: 'buy' }));
		expect(bought()).toHaveLength(2);
	});

	it('sends whoever may have a character to look for it, and names the way to another one', async () => {
		const parameters = { ...CREATE, source: 'url', url: 'https://clips.example/ghost.mp4' };
		gateway.simulator.set({ characterFault: 'resetAfter:1' });
		await press(parameters);
		const again = await press(parameters);
		expect(again.error?.description).toMatch(/^The character may exist.*to "Always Buy"/);
		expect(again.error?.description).not.toContain('task');
	});

	it('buys a new video where the one before failed at the gateway for a reason that may pass', async () => {
		gateway.simulator.set({ outcome: 'renderError' });
		await press(video('A flop'));
		gateway.simulator.set({ outcome: 'success' });
		const again = await press(video('A flop'));
		expect(again.json('Sora')[0]).toMatchObject({ task_id: bought()[1]?.taskId });
	});

	it('reuses a character too', async () => {
		const parameters = { ...CREATE, source: 'url', url: 'https://clips.example/cat.mp4' };
		const first = await press(parameters);
		const second = await press(parameters);
		expect(second.json('Sora')[0]).toEqual({ ...first.json('Sora')[0], reused: true });
		expect(gateway.simulator.requests.filter(({ route }) => route === 'character')).toHaveLength(1);
	});
});

describe('the free sample', () => {
	it('has the shape of a real item, with a file that holds picture and sound, and buys nothing', async () => {
		const real = await press(video('A whale'));
		const sample = await press(video('A whale', { whenTesting: 'sample' }));
		expect(bought()).toHaveLength(1);
		const [item] = sample.items('Sora');
		expect(item?.json).toMatchObject({ sample: true, status: 'SUCCESS', prompt: 'A whale' });
		expect(Object.keys(item?.json ?? {})).toEqual(
			expect.arrayContaining(Object.keys(real.json('Sora')[0] ?? {})),
		);
		expect(item?.binary?.data).toMatchObject({ mimeType: 'video/mp4', fileExtension: 'mp4' });
		const clip = Buffer.from(item?.binary?.data?.data ?? '', 'base64').toString('latin1');
		expect(clip).toContain('vide');
		expect(clip).toContain('soun');
		expect(hintsOf(sample)).toMatch(/Nothing was bought.*sample/);
	});

	it('is as tall and as long as what was asked for', async () => {
		const { json } = await press(video('A tower', { whenTesting: 'sample', aspectRatio: '9:16' }));
		expect(json('Sora')[0]).toMatchObject({ width: 180, height: 320, duration_seconds: 10 });
	});

	it('can be fetched by its task ID while testing, and by nobody else', async () => {
		const parameters = { waiting: 'none', whenTesting: 'sample' };
		const { json } = await press(video('A ship', parameters));
		const taskId = String(json('Sora')[0]?.task_id);
		expect(json('Sora')[0]).toMatchObject({ status: 'SUBMITTED', sample: true });
		const got = await press({ ...GET, taskId, downloadVideo: true });
		expect(got.items('Sora')[0]?.binary?.data).toBeDefined();
		const production = await gateway.run({ ...GET, taskId });
		expect(production.error?.message).toContain('sample');
		expect(gateway.simulator.requests).toHaveLength(0);
	});

	it('gives an invented character, of which no real one can be made', async () => {
		const parameters = { ...CREATE, source: 'task', fromTask: 'sample' };
		const { json } = await press({ ...parameters, whenTesting: 'sample' });
		expect(json('Sora')[0]).toMatchObject({ mention: '@sample.character', sample: true });
		const real = await press(parameters);
		expect(real.error?.message).toContain('no character can come from a sample');
		expect(gateway.simulator.requests).toHaveLength(0);
	});
});

it.each(['reuse', 'sample', 'buy'])(
	'production buys, whatever is chosen (%s)',
	async (whenTesting) => {
		for (const executionId of [`${whenTesting}-1`, `${whenTesting}-2`]) {
			const { json } = await gateway.run(video('A daily boat', { whenTesting }), { executionId });
			expect(json('Sora')[0]).not.toHaveProperty('reused');
			expect(json('Sora')[0]).not.toHaveProperty('sample');
		}
		expect(bought()).toHaveLength(2);
	},
);

describe('a restart of n8n between two presses', () => {
	/** n8n's own record, as Remove Duplicates uses it: a list that is read and written back. */
	const record = new Map<string, string[]>();
	type Changed = (stored: string[]) => string[];
	const change = async (scope: string, { mode }: { mode: string }, changed: Changed) => {
		const stored = [...(record.get(`${scope} ${mode}`) ?? [])];
		await time.sleep(1_000);
		record.set(`${scope} ${mode}`, changed(stored));
		return new Set(stored);
	};
	const helpers = {
		checkProcessedAndRecord: async (keys: string[], scope: string, by: { mode: string }) => {
			const isNew = (stored: string[]) => (key: string) => !stored.includes(key);
			const before = await change(scope, by, (all) => [...all, ...keys.filter(isNew(all))]);
			const [processed, fresh] = [true, false].map((is) =>
				keys.filter((k) => before.has(k) === is),
			);
			return { processed, new: fresh };
		},
		removeProcessed: async (keys: string[], scope: string, by: { mode: string }) =>
			await change(scope, by, (all) => {
				for (const key of keys) if (all.includes(key)) all.splice(all.indexOf(key), 1);
				return all;
			}),
	};
	/** The node in a process that knows nothing yet. */
	const restartedNode = async (record: object = helpers) => {
		let route = routeItems;
		await jest.isolateModulesAsync(async () => {
			({ routeItems: route } = await import('../../nodes/Sora/actions/router'));
		});
		return soraThat(async (context, response) => {
			Object.assign(context.helpers, record);
			return await route(context, time, response);
		});
	};
	const restarted = async (record?: object) => {
		const sora = await restartedNode(record);
		return async (parameters: IDataObject, more: Options = {}) =>
			await press(parameters, { sora, ...more });
	};
	beforeEach(() => record.clear());

	it('lets the same press buy nothing, until it is told to, and reuses that', async () => {
		await (
			await restarted()
		)(video('A boat'));
		const again = await restarted();
		for (let presses = 0; presses < 2; presses++) {
			const { error } = await again(video('A boat'));
			expect(error?.message).toContain('an earlier test bought this video');
			expect(error?.description).toMatch(/^Nothing was bought\. .*Executions.*"Always Buy"/);
		}
		expect(bought()).toHaveLength(1);
		await again(video('A boat', { whenTesting: 'buy' }));
		const { json: items } = await again(video('A boat'));
		expect(items('Sora')[0]).toMatchObject({ task_id: taskIds()[1], reused: true });
		expect(bought()).toHaveLength(2);
	});

	it('or a day in one process lets the same press buy nothing', async () => {
		const pressed = await restarted();
		await pressed(video('A boat'));
		await time.sleep(25 * 60 * 60 * 1000);
		expect((await pressed(video('A boat'))).error?.message).toContain('or a day has passed');
		expect(bought()).toHaveLength(1);
	});

	it.each([
		['refused requests', { submitFault: 'badKey:3' }],
		['requests that were never sent', { submitFault: 'rateLimited:18' }],
		['renders that failed', { outcome: 'renderError' }],
	] as const)('is no obstacle where it came after %s', async (_, scenario) => {
		gateway.simulator.set(scenario);
		const birds = { items: itemsWith('idea', ['A bird', 'A bird', 'A wren']), ...goOn };
		const parameters = video('={{ $json.idea }}');
		await (
			await restarted()
		)(parameters, birds);
		const before = bought().length;
		gateway.simulator.set({ outcome: 'success' });
		const { json } = await (await restarted())(parameters, birds);
		expect(json('Sora').map(({ task_id }) => task_id)).toEqual(taskIds().slice(before));
		expect(bought()).toHaveLength(before + 3);
	});

	it('is remembered of the item that was bought beside an equal one that was refused', async () => {
		gateway.simulator.set({ submitFault: 'badKey:1' });
		const two = { items: [{ json: {} }, { json: {} }], ...goOn };
		await (
			await restarted()
		)(video('A crow'), two);
		expect(bought()).toHaveLength(1);
		const again = await (await restarted())(video('A crow'));
		expect(again.error?.message).toContain('an earlier test');
		expect(bought()).toHaveLength(1);
	});

	it('is remembered of an uncertain purchase, whatever is refused later', async () => {
		gateway.simulator.set({ submitFault: 'resetAfter:1' });
		await (
			await restarted()
		)(video('A ghost'));
		gateway.simulator.set({ submitFault: 'badKey:1' });
		const again = await restarted();
		await again(video('A ghost', { whenTesting: 'buy' }));
		expect((await again(video('A ghost'))).error?.message).toContain('an earlier test');
		expect(bought()).toHaveLength(1);
	});

	it('holds back one item of several, and buys the others where the workflow goes on', async () => {
		await (
			await restarted()
		)(video('A boat'));
		const items = itemsWith('idea', ['A boat', 'A fish', 'A fish']);
		const again = await restarted();
		const { error } = await again(video('={{ $json.idea }}'), { items });
		expect(error?.message).toContain('an earlier test');
		expect(bought()).toHaveLength(1);
		const { json: results } = await again(video('={{ $json.idea }}'), { items, ...goOn });
		expect(results('Sora').map(({ error: why }) => typeof why)).toEqual([
			...['string', 'undefined', 'undefined'],
		]);
		expect(bought()).toHaveLength(3);
	});

	it('holds back nothing of a parked test, bought or left to a later turn', async () => {
		gateway.simulator.set({ renderSeconds: 150, callback: 'never' });
		const options = parkedOptions(
			gateway,
			{ ...asleep, prompt: '={{ $json.idea }}', options: { maxConcurrentVideos: 1 } },
			{
				sora: await restartedNode(),
				items: itemsWith('idea', ['A heron', 'A stork']),
				mode: 'manual',
			},
		);
		const execution = await StoredExecution.start(options);
		Object.assign(execution, { options: { ...options, sora: await restartedNode() } });
		expect(bought()).toHaveLength(1);
		await execution.untilEnd();
		expect(execution.error?.message).toBeUndefined();
		expect(execution.json('Done').map(({ task_id }) => task_id)).toEqual(taskIds());
		expect(bought()).toHaveLength(2);
	});

	it('does not matter to production, nor to more of the same in one process', async () => {
		const pressed = await restarted();
		const two = { items: [{ json: {} }, { json: {} }] };
		await pressed(video('A fish'));
		await pressed(video('A fish'), two);
		expect(bought()).toHaveLength(2);
		const production = await restarted();
		const asked = jest.spyOn(helpers, 'checkProcessedAndRecord');
		await production(video('A fish'), { mode: 'trigger' });
		expect(asked).not.toHaveBeenCalled();
		expect(bought()).toHaveLength(3);
	});

	it.each([
		['has none', {}],
		['cannot use it', { checkProcessedAndRecord: async () => await Promise.reject(Error('no')) }],
	])('is not noticed by an n8n that keeps such a record and %s', async (_, record) => {
		await (
			await restarted(record)
		)(video('A crow'));
		expect((await (await restarted(record))(video('A crow'))).error).toBeUndefined();
		expect(bought()).toHaveLength(2);
	});
});

describe('a test that n8n does not call one', () => {
	type Started = Pick<NonNullable<Options>, 'mode' | 'rootExecutionMode'>;
	const tests: Array<[string, Started]> = [
		['in an evaluation', { mode: 'evaluation' }],
		['in a sub-workflow of a test', { mode: 'integrated', rootExecutionMode: 'manual' }],
		['in a sub-workflow of an evaluation', { mode: 'integrated', rootExecutionMode: 'evaluation' }],
	];

	it.each(tests)('reuses and samples (%s)', async (name, started) => {
		await press(video(`A boat ${name}`), started);
		const { json: again } = await press(video(`A boat ${name}`), started);
		expect(again('Sora')[0]).toMatchObject({ reused: true });
		await press(video('A boat', { whenTesting: 'sample' }), started);
		expect(bought()).toHaveLength(1);
	});

	it.each(['sample', 'reuse'])('does so in a retry of a test too (%s)', async (whenTesting) => {
		gateway.simulator.set({ submitFault: 'badKey:1', downloadFault: 'notFound404' });
		const parameters = video(`A retried ${whenTesting}`, { whenTesting });
		const failed = await press(parameters);
		gateway.simulator.set({ downloadFault: undefined });
		const kept = { mode: 'retry' as const, contextData: keptOf(failed) };
		for (let retries = 0; retries < 2; retries++) {
			expect((await press(parameters, kept)).error).toBeUndefined();
		}
		expect(bought()).toHaveLength(whenTesting === 'sample' ? 0 : 1);
	});

	it.each([
		['a sub-workflow of production', { mode: 'integrated', rootExecutionMode: 'webhook' }],
		['a retry of production', { mode: 'retry' }],
	] as Array<[string, Started]>)('is none in %s, which buys', async (name, started) => {
		const parameters = video(`A daily ${name}`, { whenTesting: 'sample' });
		const context = { 'node:Sora': { soraLedger: { entries: {}, isTest: false } } };
		for (let executions = 0; executions < 2; executions++) {
			const contextData = structuredClone(context) as never;
			await press(parameters, { ...started, ...(started.mode === 'retry' && { contextData }) });
		}
		expect(bought()).toHaveLength(2);
	});

	it.each([
		['a sub-workflow of an older n8n', { mode: 'integrated' }],
		['a retry of an execution that never reached the node', { mode: 'retry' }],
	] as Array<[string, Started]>)('buys no sample where nobody knows: %s', async (_, started) => {
		const { error } = await press(video('A boat', { whenTesting: 'sample' }), started);
		expect(error?.message).toContain('n8n does not tell here whether this is a test');
		expect(error?.description).toMatch(/^Nothing was bought/);
		expect(bought()).toHaveLength(0);
		expect((await press(video('A boat, bought'), started)).error).toBeUndefined();
		expect(bought()).toHaveLength(1);
	});
});

describe('a video that an earlier test bought', () => {
	it('is not reused with the key of another account', async () => {
		const { url, otherApiKey } = gateway.simulator;
		await press(video('A key'));
		await press(video('A key'), { credential: { apiKey: otherApiKey, baseUrl: url } });
		expect(bought()).toHaveLength(2);
	});

	it('is not reused in another API format at the same address', async () => {
		const { url, requests } = await scripted(({ method }, response) =>
			json(response, method === 'POST' ? { id: TASK } : finished('https://files.example/a.mp4')),
		);
		const parameters = { ...boat, model: { __rl: true, mode: 'id', value: 'some-model' } };
		for (const credential of [{}, { apiFormat: 'openai' }]) {
			const executionId = `format-${++presses}`;
			await runAgainst(url, parameters, {
				mode: 'manual',
				executionId,
				credential: credential as never,
			});
		}
		const orders = requests.filter(({ method }) => method === 'POST');
		expect(orders.map(({ path }) => path)).toEqual(['/v2/videos/generations', '/v1/videos']);
	});

	it('is bought anew after the gateway has deleted it', async () => {
		await press(video('A mayfly'));
		gateway.simulator.set({ pollFault: 'taskNotExist' });
		expect((await press(video('A mayfly'))).error).toBeDefined();
		expect(bought()).toHaveLength(1);
		gateway.simulator.set({ pollFault: undefined });
		await press(video('A mayfly'));
		expect(bought()).toHaveLength(2);
	});
});

describe('a parked execution of which n8n lost what was bought', () => {
	it('buys nothing again where a late call wrote an older state back, whatever its expression gives', async () => {
		gateway.simulator.set({ renderSeconds: 150, callback: 'never' });
		const first = soraWorkflow(asleep);
		const again = { ...asleep, prompt: '={{ "A bird at " + $now.toMillis() }}' };
		const nodes = first.nodes.map((node) =>
			node.name === 'Done' ? { ...soraWorkflow(again).nodes[1], name: 'Done' } : node,
		) as never;
		const execution = await StoredExecution.start(
			parkedOptions(gateway, {}, { workflow: { ...first, nodes, settings: v1 } }),
		);
		const older = execution.stored;
		while (bought().length < 2) await execution.wakeByTimer();
		await execution.call(
			{ task_id: taskIds()[0], status: 'SUCCESS' },
			{ node: 'Sora', read: older },
		);
		await execution.untilEnd();
		expect(execution.json('Done')[0]).toMatchObject({ task_id: taskIds()[1], status: 'SUCCESS' });
		expect(bought()).toHaveLength(2);
	});

	it('finds the task IDs in its own state, in a process that knows nothing', async () => {
		gateway.simulator.set({ renderSeconds: 150, callback: 'never' });
		let route = routeItems;
		const sora = soraThat(
			async (context, response) => (await route(context, time, response)) as never,
		);
		const execution = await StoredExecution.start(parkedOptions(gateway, asleep, { sora }));
		execution.change(({ executionData }) =>
			Object.assign(executionData ?? {}, { contextData: {} }),
		);
		await jest.isolateModulesAsync(async () => {
			({ routeItems: route } = await import('../../nodes/Sora/actions/router'));
		});
		await execution.untilEnd();
		expect(execution.json('Done')[0]).toMatchObject({ task_id: taskIds()[0], status: 'SUCCESS' });
		expect(bought()).toHaveLength(1);
	});
});

describe('a gateway that answers the order with the finished video', () => {
	it.each([
		['with a task ID', { task_id: 'video_1' }, 1],
		['without one, once', {}, 1],
	])('has it delivered, %s', async (_, id, orders) => {
		const { url, requests } = await scripted((_, response) => {
			const output = 'https://files.example/a.mp4';
			json(response, { ...id, status: 'SUCCESS', progress: '100%', data: { output } });
		});
		const { json: items } = await runAgainst(url, boat);
		expect(items('Sora')[0]).toMatchObject({
			status: 'SUCCESS',
			video_url: 'https://files.example/a.mp4',
		});
		expect(requests).toHaveLength(orders);
	});

	it('has it delivered by Retry On Fail and by the next press, and buys nothing again', async () => {
		let files = 0;
		const gateway_ = await scripted(({ method, path }, response) => {
			if (method === 'POST') {
				const output = new URL('/a.mp4', gateway_.url).href;
				json(response, { status: 'SUCCESS', progress: '100%', data: { output } });
			} else if (path === '/a.mp4' && ++files > 1) {
				response.writeHead(200, { 'content-type': 'video/mp4' });
				response.end(sampleClip('16:9').content);
			} else json(response, { message: 'gone' }, 410);
		});
		const orders = () => gateway_.requests.filter(({ method }) => method === 'POST');
		const parameters = { ...boat, downloadVideo: true };
		const more = { node: tries, mode: 'manual' as const };
		const first = await runAgainst(gateway_.url, parameters, { ...more, executionId: 'at-once-1' });
		const again = await runAgainst(gateway_.url, parameters, { ...more, executionId: 'at-once-2' });
		for (const { items, error } of [first, again]) {
			expect(error).toBeUndefined();
			expect(items('Sora')[0]?.binary?.data?.mimeType).toBe('video/mp4');
		}
		expect(again.json('Sora')[0]).toMatchObject({ reused: true });
		expect(orders()).toHaveLength(1);
	});

	it('keeps no link that holds the key', async () => {
		const { url } = await scripted((_, response) => {
			const output = `https://files.example/a.mp4?key=${encodeURIComponent(KEY)}`;
			json(response, { status: 'SUCCESS', progress: '100%', data: { output } });
		});
		const { contextData } = await runAgainst(url, boat);
		expect(JSON.stringify(contextData)).toContain('digest');
		expect(JSON.stringify(contextData)).not.toContain('files.example');
	});

	it('keeps it while the execution sleeps for another item', async () => {
		const gateway_ = await scripted(({ method }, response) => {
			const output = 'https://files.example/a.mp4';
			if (method === 'POST' && orders() === 1) {
				json(response, { status: 'SUCCESS', progress: '100%', data: { output } });
			} else if (method === 'POST') json(response, { task_id: TASK });
			else json(response, finished('https://files.example/b.mp4'));
		});
		const orders = () => gateway_.requests.filter(({ method }) => method === 'POST').length;
		const execution = await StoredExecution.start(
			parkedOptions(gateway, asleep, {
				items: [{ json: {} }, { json: {} }],
				credential: { apiKey: KEY, baseUrl: gateway_.url },
			}),
		);
		expect(execution.status).toBe('waiting');
		await execution.untilEnd();
		expect(
			execution
				.json('Done')
				.map(({ video_url }) => video_url)
				.sort(),
		).toEqual(['https://files.example/a.mp4', 'https://files.example/b.mp4']);
		expect(orders()).toBe(2);
	});
});
