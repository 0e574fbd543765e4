import { sleep } from 'n8n-workflow';

import { until } from '../until';
import { isSince, since } from './environment';
import type { SavedWorkflow, WorkflowJson } from './n8nApi';
import { storiesIn } from './stories';
import { useN8n } from './useN8n';
import {
	byId,
	get,
	ideas,
	manual,
	noOp,
	parkedGenerate,
	wait,
	webhook,
	whenCalled,
	workflowOf,
	type Step,
} from './workflows';

// n8n's own timer knows real seconds only, and looks every minute: the stories of this file run side by side.
const setting = useN8n({ keepsBooks: true, environment: { N8N_HOST: '127.0.0.1' } });
const { bought, taskIds, save, start, park, callBack, expectVideos } = storiesIn(setting);

/** Gateway seconds: more than passes until they are moved forward. */
const LONG = 100_000;
const DOWN_MS = 45_000;
const STORY_MS = 400_000;
/** n8n 2.12 to 2.15 put a secret into the address that resumes an execution. */
const SINCE_SECRET = '2.15';
/** Before, n8n told a node no settings, and went on with the calling workflow as soon as a sub-workflow was parked. */
const SINCE_SETTINGS = '2.8';

/** The prompt by which the books tell the stories apart. */
const promptOf = (name: string, more = '') => `${name} [[renderSeconds=${LONG} ${more}]]`;
const never = 'callback=never';

/** Three scenes under one name. */
const scenes = (name: string, more = '') =>
	ideas([1, 2, 3].map((number) => promptOf(name, more).replace(' [[', ` ${number} [[`)));
const IDEA = '={{ $json.idea }}';
const sora = (prompt: string, more: Partial<Step> = {}) => parkedGenerate(prompt, more);

/** Not being polled when n8n is killed, however long the machine takes until then: a poll that is cut off is a crash. */
const patient = (prompt: string, more: Partial<Step> = {}) =>
	sora(prompt, { ...more, parameters: { options: { pollInterval: 120 }, ...more.parameters } });

describe('n8n was killed while it received calls, and down for 45 seconds while the node was parked', () => {
	const OPENAI = 'on OpenAI Videos';
	const ids: Record<string, string> = {};

	beforeAll(async () => {
		const { api, n8n, simulator, credentialData } = setting;
		const child = await save(workflowOf(whenCalled, patient(promptOf('in a sub-workflow', never))));
		// n8n 2.41 calls published workflows only.
		await api.publish(child).catch(() => undefined);
		const stories: Record<string, WorkflowJson> = {
			timer: workflowOf(webhook('timer'), ...scenes('timer', never), patient(IDEA)),
			'by hand': workflowOf(manual, patient(promptOf('by hand', never)), noOp('Done')),
			'called in vain': workflowOf(webhook('called in vain'), patient(promptOf('called in vain'))),
			[OPENAI]: workflowOf(
				webhook(OPENAI),
				patient(promptOf(OPENAI), { parameters: { model: byId('some-model') } }),
			),
			'in a loop': inALoop(),
			'beside a branch': besideABranch(),
			'in a sub-workflow': workflowOf(webhook('in a sub-workflow'), {
				name: 'Call',
				type: 'n8n-nodes-base.executeWorkflow',
				typeVersion: 1.2,
				parameters: {
					source: 'database',
					workflowId: { __rl: true, mode: 'id', value: child.id },
					workflowInputs: { mappingMode: 'defineBelow', value: {} },
				},
			}),
			get: workflowOf(
				webhook('get'),
				parkedGenerate(promptOf('get', never), { parameters: { waiting: 'none' } }),
				get('={{ $json.task_id }}', { parameters: { waiting: 'parked', options: {} } }),
			),
		};
		if (!isSince(SINCE_SETTINGS)) delete stories['in a sub-workflow'];
		const openAi = { ...credentialData, baseUrl: `${simulator.url}/v1`, apiFormat: 'openai' };
		const credential = await api.createCredential(openAi, OPENAI);
		const saved: Record<string, SavedWorkflow> = {};
		for (const [name, workflow] of Object.entries(stories)) {
			saved[name] = await save(workflow, { name, ...(name === OPENAI && { credential }) });
		}
		// All within the minute after which n8n would wake the first of them.
		await Promise.all(
			Object.entries(saved).map(async ([name, workflow]) => {
				ids[name] = await start(workflow);
				await api.waitForStatus(String(ids[name]), ['waiting']);
			}),
		);
		// The kill hits calls that are just being heard, none of which is the last of its run.
		const url = String(bought('timer').find(({ body }) => body.notify_hook)?.body.notify_hook);
		const calls = Array.from({ length: 30 }, () => taskIds('timer').slice(0, 2)).flat();
		const flood = Promise.allSettled(calls.map(async (taskId) => await callBack(taskId, { url })));
		await sleep(150);
		await n8n.kill();
		await flood;
		simulator.advance(LONG);
		// Nobody is there to take the call.
		await until(() => simulator.books.callbacks.some(({ error }) => error !== undefined));
		await sleep(DOWN_MS);
		await n8n.begin();
	}, STORY_MS);

	function inALoop(): WorkflowJson {
		const name = 'in a loop';
		const workflow = workflowOf(
			webhook(name),
			...scenes(name, never),
			{
				name: 'Loop',
				type: 'n8n-nodes-base.splitInBatches',
				typeVersion: 3,
				parameters: { options: {} },
			},
			[noOp('Done'), sora('={{ $json.idea.replace("100000", "1") }}')],
		);
		const to = (node: string) => [{ node, type: 'main' as const, index: 0 }];
		workflow.connections.Loop = { main: [to('Done'), to('Sora')] };
		workflow.connections.Sora = { main: [to('Loop')] };
		return workflow;
	}

	function besideABranch(): WorkflowJson {
		const name = 'beside a branch';
		const workflow = workflowOf(webhook(name), [patient(promptOf(name, never)), noOp('Beside')], {
			name: 'Merge',
			type: 'n8n-nodes-base.merge',
			typeVersion: 3.2,
		});
		workflow.connections.Webhook = {
			main: [['Sora', 'Beside'].map((node) => ({ node, type: 'main', index: 0 }))],
		};
		workflow.connections.Beside = { main: [[{ node: 'Merge', type: 'main', index: 1 }]] };
		return workflow;
	}

	const ended = async (name: string) =>
		await setting.api.waitForEnd(String(ids[name]), { timeoutMs: 300_000 });

	it.each([
		['of three items', 'timer', 'Sora', 3],
		['that was started by hand', 'by hand', 'Done', 1],
		['whose call came while n8n was down', 'called in vain', 'Sora', 1],
		['on another API, which calls nobody', OPENAI, 'Sora', 1],
		['of Get, where Generate only ordered', 'get', 'Get', 1],
		['beside a branch', 'beside a branch', 'Sora', 1],
		...(isSince(SINCE_SETTINGS)
			? ([['that another workflow waits for', 'in a sub-workflow', 'Call', 1]] as const)
			: []),
	] as const)(
		'ends a run %s with its videos, each bought once',
		async (_, name, node, videos) => {
			const execution = await ended(name);
			await expectVideos(execution, node, taskIds(name));
			expect(bought(name)).toHaveLength(videos);
			expect(execution.data?.resultData.runData[node]).toHaveLength(1);
			if (name === 'beside a branch') expect(execution.json('Merge')).toHaveLength(2);
		},
		STORY_MS,
	);

	it(
		'parks each iteration of a loop for itself',
		async () => {
			const execution = await ended('in a loop');
			expect(execution.status).toBe('success');
			const runs = execution.data?.resultData.runData.Sora ?? [];
			expect(runs.map(({ data }) => data?.main?.[0]?.length)).toEqual([1, 1, 1]);
			expect(execution.json('Done').map(({ task_id }) => task_id)).toEqual(taskIds('in a loop'));
			expect(bought('in a loop')).toHaveLength(3);
		},
		STORY_MS,
	);
});

describe('n8n was killed while the node polled', () => {
	const name = 'polled';

	it(
		'calls the execution crashed, and its retry with the original workflow picks up the task',
		async () => {
			const { api, n8n, simulator } = setting;
			const id = await park(name, sora(promptOf(name)));
			const [taskId] = taskIds(name);
			simulator.set({ pollFault: 'hang' });
			await callBack(String(taskId));
			await until(() => simulator.polls(String(taskId)) > 0);
			await n8n.kill();
			simulator.set({ pollFault: undefined });
			simulator.advance(LONG);
			await n8n.begin();
			expect((await api.execution(id)).status).toBe('crashed');
			const retried = await api.retryExecution(id);
			await expectVideos(await api.waitForEnd(retried.id), 'Sora', taskIds(name));
			expect(bought(name)).toHaveLength(1);
		},
		STORY_MS,
	);
});

describe('a call from the gateway', () => {
	it(
		'for the last order of a run wakes it, whatever its node is called',
		async () => {
			const { api, simulator } = setting;
			const name = 'three calls';
			const odd = `So"ra }} {{ \\ 'é`;
			const id = await park(name, ...scenes(name, never), sora(IDEA, { name: odd }));
			const hooked = bought(name).filter(({ body }) => body.notify_hook !== undefined);
			expect(hooked).toHaveLength(1);
			const url = String(hooked[0]?.body.notify_hook);
			const last = String(hooked[0]?.taskId);
			simulator.advance(LONG);
			for (const taskId of taskIds(name).filter((each) => each !== last)) {
				expect((await callBack(taskId, { url })).status).toBe(200);
				expect((await api.execution(id)).status).toBe('waiting');
			}
			expect((await callBack(last)).status).toBe(200);
			const execution = await api.waitForEnd(id, { timeoutMs: 200_000 });
			await expectVideos(execution, odd, taskIds(name));
			expect(execution.data?.resultData.runData[odd]).toHaveLength(1);
			expect(bought(name)).toHaveLength(3);
			// Too late.
			expect((await callBack(last)).status).toBe(409);
		},
		STORY_MS,
	);

	since(SINCE_SECRET, it)('is ignored without the secret of the execution', async () => {
		const { api, simulator } = setting;
		const name = 'secret';
		const id = await park(name, sora(promptOf(name, never)));
		const [purchase] = bought(name);
		const taskId = String(purchase?.taskId);
		const url = new URL(String(purchase?.body.notify_hook));
		url.searchParams.set('signature', '0'.repeat(64));
		expect((await callBack(taskId, { url: url.toString() })).status).toBe(401);
		url.search = '';
		expect((await callBack(taskId, { url: url.toString() })).status).toBe(401);
		const elsewhere = String(purchase?.body.notify_hook).replace('/sora', '');
		expect((await callBack(taskId, { url: elsewhere })).status).toBe(404);
		expect((await api.execution(id)).status).toBe('waiting');
		simulator.advance(LONG);
		await callBack(taskId);
		await expectVideos(await api.waitForEnd(id), 'Sora', [taskId]);
	});

	it('that is late does not resume a Wait node further on', async () => {
		const { api, simulator } = setting;
		const name = 'late';
		const id = await park(
			name,
			sora(promptOf(name, never)),
			wait({ resume: 'webhook', httpMethod: 'POST' }),
			noOp('After'),
		);
		const [purchase] = bought(name);
		const taskId = String(purchase?.taskId);
		simulator.advance(LONG);
		await callBack(taskId);
		await until(async () => (await api.execution(id)).json('Sora')[0]?.status === 'SUCCESS');
		await api.waitForStatus(id, ['waiting']);
		expect([200, 404]).toContain((await callBack(taskId)).status);
		await sleep(500);
		expect((await api.execution(id)).status).toBe('waiting');
		await fetch(String(purchase?.body.notify_hook).replace('/sora', ''), { method: 'POST' });
		expect((await api.waitForEnd(id)).status).toBe('success');
		expect(bought(name)).toHaveLength(1);
	});
});

it('if parking is impossible, the node waits, and says so in the log and to the user', async () => {
	const { api, n8n } = setting;
	const name = 'legacy';
	const steps = workflowOf(manual, sora(`${name} [[renderSeconds=30]]`));
	const execution = await api.runToEnd(
		await save({ ...steps, settings: { executionOrder: 'v0' } }, { name }),
	);
	await expectVideos(execution, 'Sora', taskIds(name));
	expect(execution.data?.resultData.runData.Sora?.[0]?.hints?.[0]?.message).toMatch(
		/^Waited in the node instead of being parked: /,
	);
	expect(n8n.log.text).toContain('Sora: Waited in the node instead of being parked');
});
