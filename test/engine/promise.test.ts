import type { IDataObject } from 'n8n-workflow';

import type { EngineResult } from './engine';
import { agentWorkflow, CREATE, GENERATE, itemsWith, useGateway } from './gateway';

const gateway = useGateway({ renderSeconds: 20 });
const boat = { ...GENERATE, prompt: 'A boat', downloadVideo: false };
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
