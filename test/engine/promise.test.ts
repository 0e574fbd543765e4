import { NodeOperationError, type IDataObject } from 'n8n-workflow';

import { VIDEO } from '../../nodes/Sora/actions/purchase';
import { sampleClip } from '../../nodes/Sora/media/sampleClip';
import { inLine, soraStep, soraWorkflow, to, type EngineResult } from './engine';
import {
	finished,
	gatewayScript,
	json,
	KEY,
	postsTo,
	runAgainst,
	scripted,
	TASK,
} from './scripted';
import { parked, storedAt } from './storedExecution';
import { time } from './time';
import {
	agentWorkflow,
	boat,
	byId,
	byIdea,
	changing,
	CREATE,
	GET,
	goOn,
	ideas,
	imagesFrom,
	keptOf,
	newProcess,
	retryOnFail,
	soraThat,
	useGateway,
	type RunOptions,
} from './gateway';

const gateway = useGateway({ renderSeconds: 20 });
const { bought, taskIds, expectOneVideo, run } = gateway;
const stored = storedAt(gateway);

/** The first try gives up while the task goes on. */
const impatient = { maxWaitMinutes: 0.25 };
const tries = { node: retryOnFail };
const character = { ...CREATE, source: 'url', url: 'https://clips.example/cat.mp4' };
const link = 'https://files.example/a.mp4';
const twoItems = { items: [{ json: {} }, { json: {} }] };

const idsOf = ({ json: items }: EngineResult) => items('Sora').map(({ task_id }) => task_id);
let executions = 0;

/** Somebody presses the button in the editor: each press is an execution of its own. */
const press = async (parameters: IDataObject, more: RunOptions = {}) =>
	await run(parameters, { mode: 'manual', executionId: `press-${++executions}`, ...more });
const video = (prompt: string, more: IDataObject = {}) => ({ ...boat, prompt, ...more });
const withFile = { downloadVideo: true };
const hintsOf = ({ run: { data } }: EngineResult) =>
	(data.resultData.runData.Sora?.at(-1)?.hints ?? []).map(({ message }) => message).join(' ');
const stopOnce = (holds: () => boolean) => ({
	onStart: (stop: () => void) => void time.when(holds).then(stop),
});

/** The node is entered again and again. */
const looped = (parameters: IDataObject, turns: number) => {
	const { nodes, connections } = soraWorkflow(parameters);
	const again = { Start: { main: [Array.from({ length: turns }, () => to('Sora'))] } };
	return { workflow: { nodes, connections: { ...connections, ...again } } };
};

describe('n8n’s own retry buys nothing twice', () => {
	it.each(['null', 'object'] as const)(
		'if the gateway’s task has a field "error" (%s) and Simplify is off',
		async (taskError) => {
			gateway.set({ taskError });
			const { json: items, run: ended } = await run({ ...boat, simplify: false }, tries);
			expect(ended.data.resultData.runData.Sora).toHaveLength(1);
			// Today's n8n counts null, undefined and false as no error; 2.0 and 2.1 only what is undefined.
			expect(items('Sora')[0]).not.toHaveProperty('error');
			expectOneVideo(items('Sora')[0]);
		},
	);

	it.each([
		['the prompt', changing, {}],
		['Extra Body', boat, { extraBody: '={{ JSON.stringify({ seed: Math.random() }) }}' }],
	])('if an expression in %s gives another value on each try', async (_, order, options) => {
		const { json: items, error } = await run(
			{ ...order, options: { ...impatient, ...options } },
			tries,
		);
		expect(error).toBeUndefined();
		expectOneVideo(items('Sora')[0]);
	});

	it('if the submission was uncertain, whatever an expression gives; the user’s retry buys', async () => {
		gateway.set({ submitFault: 'resetAfter:1' });
		const first = await run(changing, tries);
		expect(first.error?.message).toMatch(/^Submission uncertain/);
		expect([gateway.submissions().length, bought().length]).toEqual([1, 1]);
		const kept = { executionId: '10', contextData: keptOf(first) };
		expect((await run(changing, kept)).error).toBeUndefined();
		expect(bought()).toHaveLength(2);
	});

	it('if one of several items was delivered and another one failed', async () => {
		const two = ideas('A boat [[renderSeconds=5]]', 'A bird');
		const result = await run({ ...byIdea, options: impatient }, { ...two, ...tries });
		expect(idsOf(result)).toEqual(taskIds());
		expect(bought()).toHaveLength(2);
	});

	it('and the last error names what an earlier try bought', async () => {
		const { error } = await run(byIdea, {
			...ideas('A', 'B [[submitFault=badRequest]]'),
			...tries,
		});
		expect(error?.description).toContain(taskIds()[0]);
		expect(bought()).toHaveLength(1);
		expect(gateway.submissions()).toHaveLength(4);
	});
});

describe('a retry by the user', () => {
	const address = '$execution.resumeUrl';
	it.each([
		['Notify Hook', { notifyHook: `={{ ${address} }}` }],
		[
			'Extra Body',
			{
				extraBody: `={{ JSON.stringify({ webhook_url: "https://hooks.example/" + $execution.id, meta: { to: ${address} } }) }}`,
			},
		],
	])('picks up the task if %s contains the address of the execution', async (_, options) => {
		gateway.set({ callback: 'never', renderSeconds: 200 });
		const parameters = { ...boat, options: { ...impatient, ...options } };
		const first = await run(parameters, { executionId: '11' });
		expect(first.error).toBeDefined();
		const kept = { executionId: '12', contextData: keptOf(first) };
		const second = await run({ ...boat, options }, kept);
		expect(second.error).toBeUndefined();
		expectOneVideo(second.json('Sora')[0]);
	});

	it('buys again what was refused for its content, if an expression gives another prompt', async () => {
		gateway.set({ outcome: 'moderation' });
		const first = await run(changing, { executionId: '13' });
		expect(first.error).toBeDefined();
		gateway.set({ outcome: 'success' });
		const kept = { executionId: '14', contextData: keptOf(first) };
		const second = await run(changing, kept);
		expect(second.json('Sora')[0]).toMatchObject({ task_id: taskIds()[1], status: 'SUCCESS' });
		expect(bought()).toHaveLength(2);
	});

	it('polls no other gateway for the task, and buys there', async () => {
		gateway.set({ renderSeconds: 200 });
		const first = await run({ ...boat, options: impatient }, { executionId: '15' });
		const other = await scripted(gatewayScript((_, response) => json(response, finished(link))));
		const kept = { executionId: '16', contextData: keptOf(first) };
		const second = await runAgainst(other.url, boat, kept);
		expect(second.json('Sora')[0]).toMatchObject({ task_id: TASK, status: 'SUCCESS' });
		expect(postsTo(other)).toHaveLength(1);
	});
});

it.each(['id429', 'id400', 'id500'] as const)(
	'an answer to the paid request that names a task has bought it, whatever its status (%s)',
	async (submitFault) => {
		gateway.set({ submitFault });
		const { json: items, error } = await run(boat, tries);
		expect(error).toBeUndefined();
		expectOneVideo(items('Sora')[0]);
	},
);

describe('as an agent’s tool that is called outside the engine', () => {
	const called = async (calls: IDataObject[], parameters: IDataObject = {}) => {
		const tool = { ...boat, prompt: '={{ $fromAI("prompt", "", "string") }}', ...parameters };
		const result = await run({}, { workflow: agentWorkflow(calls, tool, retryOnFail) });
		return result.json('Agent').map(({ answer }) => String(answer));
	};
	const call = { prompt: 'A boat' };

	it('picks up a running task on the next try', async () => {
		const [answer] = await called([call], { options: impatient });
		expect(bought()).toHaveLength(1);
		expect(answer).toContain(taskIds()[0]);
		expect(answer).toContain('SUCCESS');
	});

	it.each([
		['uncertain', { submitFault: 'resetAfter:1' }],
		['refused', { outcome: 'moderation' }],
	] as const)('buys nothing again if the purchase is %s', async (_, scenario) => {
		gateway.set(scenario);
		await called([call, call]);
		expect(bought()).toHaveLength(1);
		expect(gateway.submissions()).toHaveLength(1);
	});

	it('creates a character once', async () => {
		gateway.set({ characterFault: 'resetAfter:1' });
		const parameters = { ...CREATE, source: 'url', url: '={{ $fromAI("url", "", "string") }}' };
		await called([{ url: character.url }], parameters);
		expect(gateway.requestsTo('character')).toHaveLength(1);
	});

	it('waits on in an equal call if the result was that the video is late', async () => {
		await called([call, call], { options: { ...impatient, onTimeout: 'output' } });
		expect(bought()).toHaveLength(1);
	});

	it('buys again if an equal call comes after its result was returned', async () => {
		const answers = await called([call, call]);
		expect(bought()).toHaveLength(2);
		expect(answers[1]).toContain(taskIds()[1]);
	});
});

describe('a retry of a stopped execution', () => {
	/** An execution that is stopped once so many videos were bought; n8n keeps of it what it began with. */
	const stopAfter = async (count: number, parameters: IDataObject, more: RunOptions = {}) => {
		const stopped = await run(parameters, {
			...stopOnce(() => bought().length >= count),
			executionId: `stopped-${++executions}`,
			...more,
		});
		expect(stopped.run.status).toBe('canceled');
	};
	const retry = async (more: RunOptions = {}, parameters: IDataObject = boat) =>
		await run(parameters, { mode: 'retry', executionId: `retry-${++executions}`, ...more });
	/** n8n's secret of the execution, which its retries inherit. */
	const secret = () => ({ resumeToken: `secret-${++executions}` });

	it.each([
		['a secret that its retries inherit', secret()],
		['nothing (n8n before 2.15)', {}],
	])('picks its task up once, if n8n gives the execution %s', async (_, token) => {
		gateway.set({ renderSeconds: 200 });
		await stopAfter(1, boat, token);
		const other = await run(boat, { executionId: 'other' });
		expect(idsOf(other)).toEqual([taskIds()[1]]);
		const retried = await retry(token);
		expect(retried.json('Sora')[0]).toMatchObject({ task_id: taskIds()[0], status: 'SUCCESS' });
		expect(bought()).toHaveLength(2);
		await retry();
		expect(bought()).toHaveLength(3);
	});

	it('picks its task up in a later run of a loop, too (n8n before 2.15)', async () => {
		const each = video('={{ "A boat " + $json.left }}');
		const { nodes, connections } = inLine(
			{ name: 'Again', type: 'test.countdown' },
			soraStep('Sora', each, { id: 'looped' }),
		);
		const workflow = { nodes, connections: { ...connections, Sora: { main: [[to('Again')]] } } };
		const loop = { workflow, items: [{ json: { left: 2 } }] };
		await stopAfter(2, each, loop);
		const { run: retried } = await retry(loop, each);
		const [, last] = retried.data.resultData.runData.Sora ?? [];
		expect(last?.data?.main?.[0]?.[0]?.json.task_id).toBe(taskIds()[1]);
		expect(bought()).toHaveLength(3);
	});

	it('picks its task up even if an agent’s tool bought first in the same execution', async () => {
		gateway.set({ renderSeconds: 200 });
		const own = { ...secret(), node: { id: 'own' } };
		const tool = agentWorkflow([{}], { ...boat, waiting: 'none' }, { name: 'Tool', id: 'tool' });
		const agent = { name: 'Agent', type: 'test.agent', parameters: tool.nodes[1]?.parameters };
		const { nodes, connections } = inLine(agent, soraStep('Sora', boat, own.node));
		const workflow = {
			nodes: [...nodes, ...tool.nodes.slice(2)],
			connections: { ...connections, Tool: tool.connections.Sora ?? {} },
		};
		await stopAfter(2, boat, { ...own, workflow });
		expect(idsOf(await retry(own))).toEqual([taskIds()[1]]);
		expect(bought()).toHaveLength(2);
	});

	it.each([
		['of another execution of the node', (own: RunOptions) => own],
		['of an execution that this process has not seen', secret],
	])('%s does not get what the stopped one bought', async (_, tokenOf) => {
		gateway.set({ renderSeconds: 200 });
		await stopAfter(1, boat, secret());
		gateway.set({ renderSeconds: 20, submitFault: 'badKey:1' });
		const own = secret();
		const failed = await run(boat, { executionId: `failed-${++executions}`, ...own });
		const retried = await retry({ ...tokenOf(own), contextData: keptOf(failed) });
		expect(idsOf(retried)).toEqual([taskIds()[1]]);
		expect(bought()).toHaveLength(2);
	});

	it.each([
		['picks up what was delivered before', true],
		['of another execution buys, though the stopped one delivered before', false],
	])('%s', async (what, isOwn) => {
		const own = video(`=A boat that ${what} {{ Math.random() }}`);
		const token = secret();
		const twice = inLine(soraStep('Sora', own), soraStep('Second', own));
		await stopAfter(2, own, { ...token, workflow: twice });
		const retried = await retry(isOwn ? token : secret(), own);
		expect(idsOf(retried)).toEqual([taskIds()[isOwn ? 0 : 2]]);
		expect(bought()).toHaveLength(isOwn ? 2 : 3);
	});

	it('buys nothing while a request is in flight, and picks up what it bought', async () => {
		gateway.set({ latencySeconds: 5 });
		const token = secret();
		// It is on its way: the gateway takes it, and answers seconds later.
		await stopAfter(0, boat, { ...token, ...stopOnce(() => gateway.submissions().length > 0) });
		const early = await retry({ ...token, ...tries });
		expect(early.error?.message).toMatch(/^Submission uncertain/);
		await time.when(() => bought().length > 0);
		const contextData = keptOf(early);
		expectOneVideo((await retry({ ...token, contextData })).json('Sora')[0]);
	});

	it.each([
		['for a place', { maxConcurrentVideos: 1 }, ['A', 'B', 'C']],
		['for an account that is busy', {}, ['A', 'B [[submitFault=rateLimited:3]]']],
	])('buys only what was still waiting %s', async (_, options, prompts) => {
		gateway.set({ renderSeconds: 200 });
		const parameters = { ...byIdea, options };
		const more = { ...secret(), ...ideas(...prompts) };
		await stopAfter(1, parameters, more);
		await time.sleep(900_000);
		expect(bought()).toHaveLength(1);
		expect(idsOf(await retry(more, parameters))).toEqual(taskIds());
		expect(bought().map(({ prompt }) => prompt)).toEqual(prompts);
	});
});

it('counts Max Wait from the order of each video, however long it was queued', async () => {
	gateway.set({ renderSeconds: 1_200 });
	const options = { maxConcurrentVideos: 1 };
	const { json: items } = await run({ ...byIdea, options }, ideas('A', 'B'));
	expect(items('Sora').map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS']);
});

it('keeps a purchase uncertain if it has neither an ID nor a link that may be kept', async () => {
	const server = await scripted(({ method }, response) =>
		method === 'POST'
			? json(response, { status: 'succeeded', video_url: `${link}?key=${KEY}` })
			: json(response, { error: 'gone' }, 404),
	);
	const { error } = await runAgainst(server.url, { ...boat, ...withFile }, tries);
	expect(error?.message).toMatch(/^Submission uncertain.*not sent again/);
	expect(postsTo(server)).toHaveLength(1);
});

describe('a failure that ends the node', () => {
	it.each(['node', 'parked'])('leaves its place to no further order (%s)', async (waiting) => {
		gateway.set({ outcome: 'moderation' });
		const options = { maxConcurrentVideos: 1 };
		const { error } = await run({ ...byIdea, waiting, options }, ideas('A', 'B'));
		expect(error?.message).toContain('moderation refused');
		expect(bought().map(({ prompt }) => prompt)).toEqual(['A']);
	});
});

describe('an uncertain purchase', () => {
	it.each([
		['said once', '', async () => await run(boat)],
		['said again by Retry On Fail', 'not sent again', async () => await run(boat, tries)],
		[
			'said again by the next press',
			'not sent again',
			async () => {
				await press(boat);
				return await press(boat);
			},
		],
	])('is %s, with the gateway’s words', async (_, words, tried) => {
		gateway.set({ submitFault: 'upstream500:1' });
		const { error } = await tried();
		expect(error?.message).toMatch(/^Submission uncertain(?!.*Submission)/);
		expect(error?.message).toContain(words);
		expect(error?.description).toContain('请求上游地址失败');
		expect(gateway.submissions()).toHaveLength(1);
	});

	it('is what n8n’s own error in flight leaves, even on its last try', async () => {
		const { send } = VIDEO;
		const broken = jest.spyOn(VIDEO, 'send').mockImplementation(async (...request) => {
			await send(...request);
			throw new NodeOperationError({ name: 'Sora' } as never, 'a trouble of its own');
		});
		const { error } = await run(boat, tries);
		broken.mockRestore();
		expect(error?.message).toMatch(/^Submission uncertain.*trouble of its own/);
		expect(bought()).toHaveLength(1);
	});
});

describe('an error while something is bought', () => {
	it.each([200, 500])('in one of our readers loses no task ID (HTTP %i)', async (status) => {
		const readers = '../../nodes/Sora/gateway/answers/task';
		const readAccepted = () => {
			throw new TypeError('a trouble of ours');
		};
		jest.doMock(readers, () => ({ ...jest.requireActual<object>(readers), readAccepted }));
		const sora = soraThat(await newProcess());
		jest.dontMock(readers);
		const server = await scripted(({ method }, response) => {
			if (method === 'POST') json(response, { data: { task_id: TASK } }, status);
			else json(response, finished(link));
		});
		const { json: items } = await runAgainst(server.url, boat, { sora, ...tries });
		expect(items('Sora')[0]).toMatchObject({ task_id: TASK, status: 'SUCCESS' });
		expect(postsTo(server)).toHaveLength(1);
	});

	it('says how to get the other videos, which buys nothing', async () => {
		const three = ideas('A', 'A red [[outcome=moderation]] boat', 'C');
		const failed = await run(byIdea, { ...three, executionId: '51' });
		expect(failed.error?.message).toMatch(/\[item 2\]$/);
		expect(failed.error?.description).toMatch(
			/^The other videos are bought.*: \S+, \S+\. To get them, set On Error to "Continue"/,
		);
		expect(bought()).toHaveLength(3);
		const kept = { mode: 'retry' as const, executionId: '52', contextData: keptOf(failed) };
		const retried = await run(byIdea, { ...three, ...kept, ...goOn });
		const statuses = retried.json('Sora').map(({ status }) => status);
		expect(statuses).toEqual(['SUCCESS', 'FAILURE', 'SUCCESS']);
		expect(bought()).toHaveLength(3);
	});

	it.each([
		['badKey', {}],
		['quota', {}],
		['rateLimited', {}],
		['html403', {}],
		['realPerson', {}],
		['redirect', {}],
		['', byId('nowhere-1')],
		['', { prompt: '={{ "" }}' }],
		['', imagesFrom('url', 'https://photos.app.goo.gl/a')],
		['', { options: { extraBody: '[' } }],
		['', { options: { spendingLimit: 0 } }],
	])('says once that nothing was bought (%s, %j)', async (submitFault, parameters) => {
		if (submitFault) gateway.set({ submitFault: submitFault as never });
		const { error } = await run({ ...boat, ...parameters });
		expect(error?.description).not.toContain('Nothing was sent');
		const [item] = (await run({ ...boat, ...parameters }, goOn)).json('Sora');
		for (const advice of [error?.description, item?.advice])
			expect(String(advice).match(/Nothing was bought\./g)).toHaveLength(1);
		expect(bought()).toHaveLength(0);
	});
});

it.each([
	['items', twoItems],
	['turns of a loop', looped(boat, 2)],
])('two purchases with one task ID are marked in the item: %s', async (what, more) => {
	const { url } = await scripted(gatewayScript((_, response) => json(response, finished(link))));
	const { run: ended } = await runAgainst(url, boat, more);
	const notes = ended.data.resultData.runData.Sora?.flatMap(({ data }) =>
		(data?.main?.[0] ?? []).map((item) => item.json.purchase_note),
	);
	const note = expect.stringContaining('same task ID') as string;
	expect(notes).toEqual([what === 'items' ? note : undefined, note]);
});

describe('Spending Limit', () => {
	const boats = (spendingLimit?: number | string, more: IDataObject = {}) => ({
		...byIdea,
		...more,
		options: { ...(spendingLimit !== undefined && { spendingLimit }), ...impatient },
	});
	const quick = 'A red boat [[renderSeconds=5]]';
	const quicks = (count: number) => ideas(...Array<string>(count).fill(quick));

	it('refuses an execution that would buy more, with the number, before the first video', async () => {
		const { error } = await run(boats(2), ideas('A', 'B', 'C'));
		expect(error?.message).toContain('3 videos would be bought');
		expect(error?.message).toContain('"Spending Limit (Videos)" under Options allows 2');
		expect(error?.message).not.toContain('[item');
		expect(gateway.simulator.requests).toHaveLength(0);
		await run(boats(3), quicks(3));
		expect(bought()).toHaveLength(3);
	});

	it('is for all items the lowest that one of them sets', async () => {
		const items = [3, 1, 3].map((limit) => ({ json: { idea: 'A', limit } }));
		const { error } = await run(boats('={{ $json.limit }}'), { items });
		expect(error?.message).toContain('allows 1');
		expect(bought()).toHaveLength(0);
	});

	it('fails each item that would buy if the workflow continues, and no others', async () => {
		const { json: items } = await run(boats(1), { ...ideas('A', '', 'C'), ...goOn });
		expect(items('Sora')[0]?.error).toContain('2 videos would be bought');
		expect(items('Sora')[1]?.error).toContain('"Prompt" is empty');
		expect(bought()).toHaveLength(0);
	});

	it('does not count what n8n’s own retry picks up', async () => {
		const { error } = await run(boats(2), { ...ideas('A', 'B'), ...tries });
		expect(error).toBeUndefined();
		expect(bought()).toHaveLength(2);
	});

	it.each([1, 2])('counts tries that failed (%s)', async (limit) => {
		gateway.set({ outcome: 'renderError', reason: 'internal error' });
		const node = { ...retryOnFail, maxTries: 5 };
		const { error } = await run(boats(limit), { ...ideas('A'), node });
		expect(bought()).toHaveLength(limit);
		expect(error?.message).toContain(`${limit + 1} videos would be bought`);
		expect(error?.description).toContain('internal error');
		expect(error?.description).not.toContain('Nothing was bought');
	});

	it('counts the iterations of a loop', async () => {
		await run({}, looped(boats(2, { prompt: quick }), 4));
		expect(bought()).toHaveLength(2);
	});

	it('counts no reused video twice, and no sample', async () => {
		await press(boats(2), quicks(2));
		expect((await press(boats(0), quicks(2))).error).toBeUndefined();
		expect((await press(boats(0, { whenTesting: 'sample' }), quicks(2))).error).toBeUndefined();
		expect((await press(boats(0), quicks(3))).error?.message).toContain('1 video would be bought');
		expect((await press(boats(1, { whenTesting: 'buy' }), quicks(2))).error).toBeDefined();
		expect(bought()).toHaveLength(2);
		expect((await press(boats(1), quicks(3))).error).toBeUndefined();
		expect(bought()).toHaveLength(3);
	});

	it('is ten for one test by default, and none in production', async () => {
		const { error } = await press(boats(undefined, { whenTesting: 'buy' }), quicks(11));
		expect(error?.message).toMatch(
			/11 videos would be bought.*a test without "Spending Limit.*allows 10/,
		);
		expect(bought()).toHaveLength(0);
		await press(boats(11, { whenTesting: 'buy' }), quicks(11));
		await run(boats(), quicks(11));
		expect(bought()).toHaveLength(22);
	});
});

describe('the same test again', () => {
	it('reuses the video that the node bought, with its file, and says so', async () => {
		const pressed = async () => await press(video('A boat, tested', withFile));
		const [first, ...others] = [await pressed(), await pressed(), await pressed()];
		expect(bought()).toHaveLength(1);
		expect(first.json('Sora')[0]).not.toHaveProperty('reused');
		for (const again of others) {
			expect(again.json('Sora')[0]).toMatchObject({ task_id: taskIds()[0], reused: true });
			expect(again.items('Sora')[0]?.binary?.data?.mimeType).toBe('video/mp4');
			expect(hintsOf(again)).toMatch(/Nothing was bought.*of an earlier test was reused/);
			expect(hintsOf(again)).toContain(taskIds()[0]);
			expect(hintsOf(again)).toContain('set "When Testing in the Editor" to "Always Buy"');
		}
		expect(hintsOf(first)).toBe(`1 video bought (task ${taskIds()[0]}).`);
	});

	it('keeps equal items apart, and gives each its own video again', async () => {
		const fish = ideas('A fish', 'A fish', 'A fish');
		const [first, second] = [await press(byIdea, fish), await press(byIdea, fish)];
		expect(bought()).toHaveLength(3);
		expect(new Set(idsOf(first)).size).toBe(3);
		expect(idsOf(second).sort()).toEqual(idsOf(first).sort());
	});

	it('keeps the iterations of a loop apart, and gives each its own video again', async () => {
		for (let presses = 0; presses < 2; presses++) {
			expect((await press({}, looped(video('A loop'), 2))).error).toBeUndefined();
		}
		expect(bought()).toHaveLength(2);
	});

	it('picks up a running task after Stop', async () => {
		gateway.set({ renderSeconds: 400 });
		await press(
			video('A tortoise'),
			stopOnce(() => bought().length > 0),
		);
		expectOneVideo((await press(video('A tortoise'))).json('Sora')[0]);
	});

	it('buys nothing when n8n retries a test that reuses a video, and downloads the file as soon as it is there', async () => {
		const snail = video('A snail', withFile);
		gateway.set({ downloadFault: 'notFound404' });
		expect((await press(snail)).error).toBeDefined();
		expect((await press(snail, tries)).error).toBeDefined();
		gateway.set({ downloadFault: undefined });
		expect((await press(snail)).items('Sora')[0]?.binary?.data).toBeDefined();
		expect(bought()).toHaveLength(1);
	});

	it('buys nothing while the previous test’s order is in flight', async () => {
		gateway.set({ latencySeconds: 5 });
		const first = press(video('A wasp'));
		await time.when(() => gateway.submissions().length > 0);
		const second = await press(video('A wasp'), tries);
		expect(second.error?.message).toMatch(/^Submission uncertain.*earlier test/);
		expect((await first).json('Sora')[0]).toMatchObject({ status: 'SUCCESS' });
		expect((await press(video('A wasp'))).json('Sora')[0]).toMatchObject({ reused: true });
		expect(bought()).toHaveLength(1);
	});

	it('buys nothing if nobody knows whether the previous test did, until the user says so', async () => {
		gateway.set({ submitFault: 'resetAfter:1' });
		await press(video('A ghost'));
		const again = await press(video('A ghost'), tries);
		expect(again.error?.message).toMatch(/^Submission uncertain.*earlier test/);
		expect(again.error?.description).toContain('Always Buy');
		expect(bought()).toHaveLength(1);
		await press(video('A ghost', { whenTesting: 'buy' }));
		expect(bought()).toHaveLength(2);
	});

	it('buys a new video if the previous one failed at the gateway for a transient reason', async () => {
		gateway.set({ outcome: 'renderError' });
		await press(video('A flop'));
		gateway.set({ outcome: 'success' });
		expect(idsOf(await press(video('A flop')))).toEqual([taskIds()[1]]);
	});

	it('reuses a character too', async () => {
		const [first, second] = [await press(character), await press(character)];
		expect(second.json('Sora')[0]).toEqual({ ...first.json('Sora')[0], reused: true });
		expect(gateway.requestsTo('character')).toHaveLength(1);
	});
});

describe('the free sample', () => {
	const sampled = async (parameters: IDataObject) =>
		await press({ ...parameters, whenTesting: 'sample' });

	it('has the shape of a real item, the requested size and file, and buys nothing', async () => {
		const whale = video('A whale', { ...withFile, aspectRatio: '9:16' });
		const real = await press(whale);
		const sample = await sampled(whale);
		expect(bought()).toHaveLength(1);
		const [item] = sample.items('Sora');
		const tall = { width: 180, height: 320, duration_seconds: 10 };
		expect(item?.json).toMatchObject({
			sample: true,
			status: 'SUCCESS',
			prompt: 'A whale',
			...tall,
		});
		const fields = Object.keys(real.json('Sora')[0] ?? {});
		expect(Object.keys(item?.json ?? {})).toEqual(expect.arrayContaining(fields));
		expect(item?.binary?.data).toMatchObject({ mimeType: 'video/mp4', fileExtension: 'mp4' });
		const clip = Buffer.from(item?.binary?.data?.data ?? '', 'base64').toString('latin1');
		expect(clip).toMatch(/vide[^]*soun|soun[^]*vide/);
		expect(hintsOf(sample)).toMatch(/Nothing was bought.*sample/);
	});

	it('can be fetched by its task ID while testing, and never in production', async () => {
		const { json: items } = await sampled(video('A ship', { waiting: 'none' }));
		const get = { ...GET, taskId: String(items('Sora')[0]?.task_id) };
		expect(items('Sora')[0]).toMatchObject({ status: 'SUBMITTED', sample: true });
		const got = await press({ ...get, ...withFile });
		expect(got.items('Sora')[0]?.binary?.data).toBeDefined();
		expect((await run(get)).error?.message).toContain('sample');
		expect(gateway.simulator.requests).toHaveLength(0);
	});

	it('returns an invented character, which never becomes a real one', async () => {
		const parameters = { ...CREATE, source: 'task', fromTask: 'sample' };
		const { json: items } = await sampled(parameters);
		expect(items('Sora')[0]).toMatchObject({ mention: '@sample.character', sample: true });
		const real = await press(parameters);
		expect(real.error?.message).toContain('no character can come from a sample');
		expect(gateway.simulator.requests).toHaveLength(0);
	});
});

it.each(['reuse', 'sample'])(
	'production always buys, whatever is chosen (%s)',
	async (whenTesting) => {
		for (const executionId of [`${whenTesting}-1`, `${whenTesting}-2`]) {
			const { json: items } = await run(video('A daily boat', { whenTesting }), { executionId });
			expect(items('Sora')[0]).not.toHaveProperty('reused');
			expect(items('Sora')[0]).not.toHaveProperty('sample');
		}
		expect(bought()).toHaveLength(2);
	},
);

describe('a restart of n8n between two tests', () => {
	/** n8n's own record, as Remove Duplicates uses it: a list that is read and written back. */
	const record = new Map<string, string[]>();
	type Changed = (stored: string[]) => string[];
	const change = async (scope: string, { mode }: { mode: string }, changed: Changed) => {
		const before = [...(record.get(`${scope} ${mode}`) ?? [])];
		await time.sleep(1_000);
		record.set(`${scope} ${mode}`, changed(before));
		return new Set(before);
	};
	const helpers = {
		checkProcessedAndRecord: async (keys: string[], scope: string, by: { mode: string }) => {
			const isNew = (all: string[]) => (key: string) => !all.includes(key);
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
	const restartedNode = async (known: object = helpers) => {
		const route = await newProcess();
		return soraThat(async (context, response) => {
			Object.assign(context.helpers, known);
			return await route(context, response);
		});
	};
	/** Presses of one process, after a restart. */
	const restarted = async (known?: object) => {
		const sora = await restartedNode(known);
		return async (parameters: IDataObject, more: RunOptions = {}) =>
			await press(parameters, { sora, ...more });
	};
	const pressAfterRestart = async (...given: Parameters<typeof press>) =>
		await (
			await restarted()
		)(...given);
	beforeEach(() => record.clear());

	it('lets the same test buy nothing, until the user says so, and reuses that', async () => {
		await pressAfterRestart(boat);
		const again = await restarted();
		for (let presses = 0; presses < 2; presses++) {
			const { error } = await again(boat);
			expect(error?.message).toContain('an earlier test bought this video');
			expect(error?.description).toMatch(/^Nothing was bought\. .*Executions.*"Always Buy"/);
		}
		expect(bought()).toHaveLength(1);
		await again({ ...boat, whenTesting: 'buy' });
		const { json: items } = await again(boat);
		expect(items('Sora')[0]).toMatchObject({ task_id: taskIds()[1], reused: true });
		expect(bought()).toHaveLength(2);
	});

	it('or a day in one process lets the same test buy nothing', async () => {
		const pressed = await restarted();
		await pressed(boat);
		await time.sleep(25 * 60 * 60 * 1000);
		expect((await pressed(boat)).error?.message).toContain('or a day has passed');
		expect(bought()).toHaveLength(1);
	});

	it.each([
		['refused requests', { submitFault: 'badKey:3' }],
		['requests that were never sent', { submitFault: 'rateLimited:18' }],
		['renders that failed', { outcome: 'renderError' }],
	] as const)('is no obstacle if it came after %s', async (_, scenario) => {
		gateway.set(scenario);
		const birds = { ...ideas('A bird', 'A bird', 'A wren'), ...goOn };
		await pressAfterRestart(byIdea, birds);
		const before = bought().length;
		gateway.set({ outcome: 'success' });
		expect(idsOf(await pressAfterRestart(byIdea, birds))).toEqual(taskIds().slice(before));
		expect(bought()).toHaveLength(before + 3);
	});

	it('is remembered for the item that was bought besides an equal refused one', async () => {
		gateway.set({ submitFault: 'badKey:1' });
		await pressAfterRestart(boat, { ...twoItems, ...goOn });
		expect(bought()).toHaveLength(1);
		expect((await pressAfterRestart(boat)).error?.message).toContain('an earlier test');
		expect(bought()).toHaveLength(1);
	});

	it('is remembered of an uncertain purchase, whatever is refused later', async () => {
		gateway.set({ submitFault: 'resetAfter:1' });
		await pressAfterRestart(boat);
		gateway.set({ submitFault: 'badKey:1' });
		const again = await restarted();
		await again({ ...boat, whenTesting: 'buy' });
		expect((await again(boat)).error?.message).toContain('an earlier test');
		expect(bought()).toHaveLength(1);
	});

	it('holds back one of several items, and buys the others if the workflow continues', async () => {
		await pressAfterRestart(boat);
		const three = ideas('A boat', 'A fish', 'A fish');
		const again = await restarted();
		expect((await again(byIdea, three)).error?.message).toContain('an earlier test');
		expect(bought()).toHaveLength(1);
		const { json: items } = await again(byIdea, { ...three, ...goOn });
		const kinds = items('Sora').map(({ error }) => typeof error);
		expect(kinds).toEqual(['string', 'undefined', 'undefined']);
		expect(bought()).toHaveLength(3);
	});

	it('holds back nothing of a parked test, bought or left to a later turn', async () => {
		gateway.set({ renderSeconds: 150, callback: 'never' });
		const execution = await stored.start(
			{ ...byIdea, waiting: 'parked', options: { maxConcurrentVideos: 1 } },
			{ sora: await restartedNode(), mode: 'manual', ...ideas('A heron', 'A stork') },
		);
		execution.options.sora = await restartedNode();
		expect(bought()).toHaveLength(1);
		await execution.untilEnd();
		expect(execution.error?.message).toBeUndefined();
		expect(execution.json('Done').map(({ task_id }) => task_id)).toEqual(taskIds());
		expect(bought()).toHaveLength(2);
	});

	it('does not affect production, or repetitions in one process', async () => {
		const pressed = await restarted();
		await pressed(boat);
		await pressed(boat, twoItems);
		expect(bought()).toHaveLength(2);
		const asked = jest.spyOn(helpers, 'checkProcessedAndRecord');
		await pressAfterRestart(boat, { mode: 'trigger' });
		expect(asked).not.toHaveBeenCalled();
		expect(bought()).toHaveLength(3);
	});

	it.each([
		['keeps no such record', {}],
		['cannot use it', { checkProcessedAndRecord: async () => await Promise.reject(Error('no')) }],
	])('is not noticed by an n8n that %s', async (_, known) => {
		for (let restarts = 0; restarts < 2; restarts++) {
			expect((await (await restarted(known))(boat)).error).toBeUndefined();
		}
		expect(bought()).toHaveLength(2);
	});
});

describe('a test that n8n does not call one', () => {
	type Started = Pick<RunOptions, 'mode' | 'rootExecutionMode'>;

	it.each<[string, Started]>([
		['in an evaluation', { mode: 'evaluation' }],
		['in a sub-workflow of a test', { mode: 'integrated', rootExecutionMode: 'manual' }],
		['in a sub-workflow of an evaluation', { mode: 'integrated', rootExecutionMode: 'evaluation' }],
	])('reuses and samples (%s)', async (name, started) => {
		await press(video(`A boat ${name}`), started);
		const { json: again } = await press(video(`A boat ${name}`), started);
		expect(again('Sora')[0]).toMatchObject({ reused: true });
		await press(video('A boat', { whenTesting: 'sample' }), started);
		expect(bought()).toHaveLength(1);
	});

	it.each(['sample', 'reuse'])('does so in a retry of a test too (%s)', async (whenTesting) => {
		gateway.set({ submitFault: 'badKey:1' });
		const parameters = video(`A retried ${whenTesting}`, { whenTesting });
		const failed = await press(parameters);
		const kept = { mode: 'retry' as const, contextData: keptOf(failed) };
		for (let retries = 0; retries < 2; retries++) {
			expect((await press(parameters, kept)).error).toBeUndefined();
		}
		expect(bought()).toHaveLength(whenTesting === 'sample' ? 0 : 1);
	});

	it.each<[string, Started]>([
		['a sub-workflow of production', { mode: 'integrated', rootExecutionMode: 'webhook' }],
		['a retry of production', { mode: 'retry' }],
	])('is none in %s, which buys', async (name, started) => {
		const parameters = video(`A daily ${name}`, { whenTesting: 'sample' });
		for (let runs = 0; runs < 2; runs++) {
			const contextData = { 'node:Sora': { soraLedger: { entries: {}, isTest: false } } } as never;
			await press(parameters, { ...started, ...(started.mode === 'retry' && { contextData }) });
		}
		expect(bought()).toHaveLength(2);
	});

	it.each<[string, Started]>([
		['a sub-workflow of an older n8n', { mode: 'integrated' }],
		['a retry of an execution that never reached the node', { mode: 'retry' }],
	])('buys no sample if nobody knows: %s', async (_, started) => {
		const { error } = await press(video('A boat', { whenTesting: 'sample' }), started);
		expect(error?.message).toContain('n8n does not say here whether this is a test');
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
		const server = await scripted(({ method }, response) =>
			json(response, method === 'POST' ? { id: TASK } : finished(link)),
		);
		for (const credential of [{}, { apiFormat: 'openai' }]) {
			const executionId = `format-${++executions}`;
			const more = { mode: 'manual' as const, executionId, credential };
			// Nothing but model and prompt, which both formats word alike.
			const order = { ...boat, ...byId('some-model'), aspectRatio: '', duration: '' };
			await runAgainst(server.url, order, more);
		}
		const paths = postsTo(server).map(({ path }) => path);
		expect(paths).toEqual(['/v2/videos/generations', '/v1/videos']);
	});

	it('is bought again after the gateway has deleted it', async () => {
		await press(video('A mayfly'));
		gateway.set({ pollFault: 'taskNotExist' });
		expect((await press(video('A mayfly'))).error).toBeDefined();
		expect(bought()).toHaveLength(1);
		gateway.set({ pollFault: undefined });
		await press(video('A mayfly'));
		expect(bought()).toHaveLength(2);
	});
});

describe('a gateway that answers the order with the finished video', () => {
	const done = (output: string) => ({ status: 'SUCCESS', progress: '100%', data: { output } });

	it.each([
		['with a task ID', { task_id: 'video_1' }],
		['without one', {}],
	])('has it delivered, %s', async (_, id) => {
		const server = await scripted((__, response) => json(response, { ...id, ...done(link) }));
		const { json: items } = await runAgainst(server.url, boat);
		expect(items('Sora')[0]).toMatchObject({ status: 'SUCCESS', video_url: link });
		expect(server.requests).toHaveLength(1);
	});

	it('has it delivered by Retry On Fail and by the next test, and buys nothing again', async () => {
		let files = 0;
		const server = await scripted(({ method, path }, response) => {
			if (method === 'POST') json(response, done(`${server.url}/a.mp4`));
			else if (path === '/a.mp4' && ++files > 1) {
				response.writeHead(200, { 'content-type': 'video/mp4' });
				response.end(sampleClip('16:9').content);
			} else json(response, { message: 'gone' }, 410);
		});
		for (const executionId of ['at-once-1', 'at-once-2']) {
			const more = { ...tries, mode: 'manual' as const, executionId };
			const { items, error } = await runAgainst(server.url, { ...boat, ...withFile }, more);
			expect(error).toBeUndefined();
			expect(items('Sora')[0]?.binary?.data?.mimeType).toBe('video/mp4');
			expect(items('Sora')[0]?.json.reused).toBe(executionId.endsWith('2') || undefined);
		}
		expect(postsTo(server)).toHaveLength(1);
	});

	it('keeps no link that contains the key', async () => {
		const secret = `${link}?key=${encodeURIComponent(KEY)}`;
		const { url } = await scripted((_, response) => json(response, done(secret)));
		const { contextData } = await runAgainst(url, boat);
		expect(JSON.stringify(contextData)).toContain('digest');
		expect(JSON.stringify(contextData)).not.toContain('files.example');
	});

	it('keeps it while the execution is parked for another item', async () => {
		const server = await scripted(({ method }, response) => {
			if (method !== 'POST') json(response, finished('https://files.example/b.mp4'));
			else json(response, postsTo(server).length === 1 ? done(link) : { task_id: TASK });
		});
		const credential = { apiKey: KEY, baseUrl: server.url };
		const execution = await stored.start(parked, { ...twoItems, credential });
		expect(execution.status).toBe('waiting');
		await execution.untilEnd();
		const links = execution.json('Done').map(({ video_url }) => video_url);
		expect(links.sort()).toEqual([link, 'https://files.example/b.mp4']);
		expect(postsTo(server)).toHaveLength(2);
	});
});
