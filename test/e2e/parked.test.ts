/* eslint-disable @n8n/community-nodes/no-restricted-imports -- sends a call in two pieces, never inside n8n */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { sleep } from 'n8n-workflow';

import { clip } from '../simulator/clips';
import { until } from '../until';
import { isSince, since } from './environment';
import type { Execution, SavedWorkflow, WorkflowJson } from './n8nApi';
import { useN8n } from './useN8n';
import {
	get,
	ideas,
	manual,
	noOp,
	parkedGenerate,
	V1,
	wait,
	webhook,
	workflowOf,
	type Step,
} from './workflows';

// n8n's own timer knows real seconds only, and looks every minute: the stories of this file run side by side.
const setting = useN8n({ keepsBooks: true, environment: { N8N_HOST: '127.0.0.1' } });

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

const bought = (name: string) =>
	setting.simulator.books.purchases.filter(({ prompt }) => prompt.startsWith(`${name} `));
const tasksOf = (name: string) => bought(name).map(({ taskId }) => taskId);

const inV1 = (workflow: WorkflowJson): WorkflowJson => ({ ...workflow, settings: V1 });

async function save(name: string, workflow: WorkflowJson): Promise<SavedWorkflow> {
	return await setting.api.importWorkflow({ ...inV1(workflow), name }, setting.credential);
}

const isCalled = ({ nodes }: SavedWorkflow) =>
	nodes.some(({ type }) => type === 'n8n-nodes-base.webhook');

/** Starts a workflow at its name's webhook, or by hand, and gives the execution's ID. */
async function start(name: string, workflow: SavedWorkflow): Promise<string> {
	const { api } = setting;
	if (!isCalled(workflow)) return await api.runWorkflow(workflow);
	await api.publish(workflow);
	return await startPublished(name, workflow);
}

async function startPublished(name: string, workflow: SavedWorkflow): Promise<string> {
	const { api } = setting;
	expect((await api.callWebhook(name)).status).toBe(200);
	// An older n8n answers before it lists the execution.
	await until(async () => (await api.executions(workflow)).length > 0);
	const [execution] = await api.executions(workflow);
	return String(execution?.id);
}

async function parked(name: string, ...steps: Array<Step | Step[]>): Promise<string> {
	const id = await start(name, await save(name, workflowOf(...steps)));
	await setting.api.waitForStatus(id, ['waiting'], { timeoutMs: 60_000 });
	return id;
}

async function expectVideos(execution: Execution, node: string, name: string): Promise<void> {
	expect({ status: execution.status, error: execution.error?.message }).toEqual({
		status: 'success',
		error: undefined,
	});
	const items = execution.items(node);
	expect(items.map(({ json }) => json.task_id).sort()).toEqual(tasksOf(name).sort());
	const video = await clip(false, 10);
	for (const { binary } of items) {
		const file = await setting.api.download(String(binary?.data?.id));
		expect(file.bytes.equals(video)).toBe(true);
	}
}

/** Calls the address that the gateway was given, as the gateway would. */
async function callBack(taskId: string, { url, body }: { url?: string; body?: unknown } = {}) {
	const given = setting.simulator.books.purchases.find((purchase) => purchase.taskId === taskId);
	return await fetch(url ?? String(given?.body.notify_hook), {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body ?? { task_id: taskId, status: 'SUCCESS' }),
	});
}

/** A call whose head is heard at once, and whose body when it is told to finish. */
function slowCall(url: string, body: unknown) {
	const text = JSON.stringify(body);
	const headers = { 'content-type': 'application/json', 'content-length': text.length };
	const sent = request(url, { method: 'POST', headers });
	sent.write(text.slice(0, 1));
	const answered = new Promise<number>((resolve, reject) => {
		sent.on('response', (answer) => resolve(answer.resume().statusCode ?? 0)).on('error', reject);
	});
	return {
		async finish() {
			sent.end(text.slice(1));
			return await answered;
		},
	};
}

/** Three scenes under one name. */
const scenes = (name: string, more = '') =>
	ideas([1, 2, 3].map((number) => promptOf(name, more).replace(' [[', ` ${number} [[`)));
const IDEA = '={{ $json.idea }}';
const sora = (prompt: string, more: Partial<Step> = {}) => parkedGenerate(prompt, more);

/** Not being polled when n8n is killed, however long the machine takes until then: a poll that is cut off is a crash. */
const patient = (prompt: string, more: Partial<Step> = {}) =>
	sora(prompt, { ...more, parameters: { options: { pollInterval: 120 } } });

describe('n8n was killed while it heard calls, and down for 45 seconds while the node was parked', () => {
	/** What each story buys. */
	const PURCHASES: Record<string, number> = {
		timer: 3,
		'by hand': 1,
		'called in vain': 1,
		'in a loop': 3,
		'beside a branch': 1,
		'in a sub-workflow': 1,
		'in a row': 2,
		get: 1,
		'held up': 2,
	};
	/** Of the story that a 429 holds up, what was ordered when n8n was killed. */
	let orderedBefore: string[] = [];
	const ids: Record<string, string> = {};

	beforeAll(async () => {
		const { api, n8n, simulator } = setting;
		const child = await save(
			'child',
			workflowOf(
				{
					name: 'When Called',
					type: 'n8n-nodes-base.executeWorkflowTrigger',
					typeVersion: 1.1,
					parameters: { inputSource: 'passthrough' },
				},
				patient(promptOf('in a sub-workflow', never)),
			),
		);
		// n8n 2.41 calls published workflows only.
		await api.publish(child).catch(() => undefined);
		const stories: Record<string, WorkflowJson> = {
			timer: workflowOf(webhook('timer'), ...scenes('timer', never), patient(IDEA)),
			'by hand': workflowOf(manual, patient(promptOf('by hand', never)), noOp('Done')),
			'called in vain': workflowOf(webhook('called in vain'), patient(promptOf('called in vain'))),
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
			'in a row': workflowOf(
				webhook('in a row'),
				patient(promptOf('in a row', never)),
				sora(`in a row [[renderSeconds=1 ${never}]]`, { name: 'Second' }),
			),
			get: workflowOf(
				webhook('get'),
				parkedGenerate(promptOf('get', never), {
					parameters: { waiting: 'none' },
				}),
				get('={{ $json.task_id }}', { parameters: { waiting: 'parked', options: {} } }),
			),
			'held up': workflowOf(
				webhook('held up'),
				...ideas([
					promptOf('held up', never),
					`held up second [[renderSeconds=1 ${never} submitFault=rateLimited:2]]`,
				]),
				sora(IDEA),
			),
		};
		const saved: Record<string, SavedWorkflow> = {};
		if (!isSince(SINCE_SETTINGS)) delete stories['in a sub-workflow'];
		for (const [name, workflow] of Object.entries(stories)) {
			saved[name] = await save(name, workflow);
			if (isCalled(saved[name])) await api.publish(saved[name]);
		}
		// All within the minute after which n8n would wake the first of them.
		await Promise.all(
			Object.entries(saved).map(async ([name, workflow]) => {
				ids[name] = isCalled(workflow)
					? await startPublished(name, workflow)
					: await api.runWorkflow(workflow);
				await api.waitForStatus(String(ids[name]), ['waiting']);
			}),
		);
		// The kill hits calls that are just being heard, none of which is the last of its run.
		const url = String(bought('timer').at(-1)?.body.notify_hook);
		const [first, second] = tasksOf('timer');
		const flood = Promise.allSettled(
			Array.from(
				{ length: 60 },
				async (_, index) => await callBack(String(index % 2 ? first : second), { url }),
			),
		);
		await sleep(150);
		await n8n.kill();
		orderedBefore = tasksOf('held up');
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
		workflow.connections.Loop = {
			main: [
				[{ node: 'Done', type: 'main', index: 0 }],
				[{ node: 'Sora', type: 'main', index: 0 }],
			],
		};
		workflow.connections.Sora = { main: [[{ node: 'Loop', type: 'main', index: 0 }]] };
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
		['of three items', 'timer', 'Sora'],
		['that was started by hand', 'by hand', 'Done'],
		['whose call came while n8n was down', 'called in vain', 'Sora'],
		['whose second order a 429 held up', 'held up', 'Sora'],
		...(isSince(SINCE_SETTINGS)
			? [['in a sub-workflow that another workflow waits for', 'in a sub-workflow', 'Call']]
			: []),
	])(
		'ends a run %s with its videos, each bought once',
		async (_, name, node) => {
			const execution = await ended(name);
			await expectVideos(execution, node, name);
			expect(tasksOf(name)).toHaveLength(PURCHASES[name] ?? 0);
			expect(execution.data?.resultData.runData[node]).toHaveLength(1);
		},
		STORY_MS,
	);

	it('finds the first of two videos saved while a 429 holds up the second', () => {
		expect(orderedBefore).toHaveLength(1);
	});

	it(
		'ends Get, which is parked where Generate only ordered',
		async () => {
			await expectVideos(await ended('get'), 'Get', 'get');
			expect(tasksOf('get')).toHaveLength(1);
		},
		STORY_MS,
	);

	it(
		'lets the branch beside it run, and Merge has both',
		async () => {
			const execution = await ended('beside a branch');
			expect(execution.status).toBe('success');
			expect(execution.json('Merge')).toHaveLength(2);
			expect(tasksOf('beside a branch')).toHaveLength(1);
		},
		STORY_MS,
	);

	it(
		'parks each turn of a loop for itself',
		async () => {
			const execution = await ended('in a loop');
			expect(execution.status).toBe('success');
			const runs = execution.data?.resultData.runData.Sora ?? [];
			expect(runs.map(({ data }) => data?.main?.[0]?.length)).toEqual([1, 1, 1]);
			expect(execution.json('Done').map(({ task_id }) => task_id)).toEqual(tasksOf('in a loop'));
			expect(tasksOf('in a loop')).toHaveLength(3);
		},
		STORY_MS,
	);

	it(
		'parks two nodes in a row',
		async () => {
			const execution = await ended('in a row');
			expect(execution.status).toBe('success');
			const [first, second] = tasksOf('in a row');
			expect(execution.json('Sora')[0]?.task_id).toBe(first);
			expect(execution.json('Second')[0]?.task_id).toBe(second);
			expect(tasksOf('in a row')).toHaveLength(2);
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
			const id = await parked(name, webhook(name), sora(promptOf(name)));
			const [taskId] = tasksOf(name);
			simulator.set({ pollFault: 'hang' });
			await callBack(String(taskId));
			await until(() => simulator.polls(String(taskId)) > 0);
			await n8n.kill();
			simulator.set({ pollFault: undefined });
			simulator.advance(LONG);
			await n8n.begin();
			expect((await api.execution(id)).status).toBe('crashed');
			const retried = await api.retryExecution(id);
			await expectVideos(await api.waitForEnd(retried.id), 'Sora', name);
			expect(tasksOf(name)).toHaveLength(1);
		},
		STORY_MS,
	);
});

describe('the gateway’s call', () => {
	it('comes for the last order of a run, wakes it, and all its tasks are polled', async () => {
		const { api, simulator } = setting;
		const name = 'three calls';
		const id = await parked(name, webhook(name), ...scenes(name, never), sora(IDEA));
		const hooked = bought(name).filter(({ body }) => body.notify_hook !== undefined);
		expect(hooked).toHaveLength(1);
		const url = String(hooked[0]?.body.notify_hook);
		const last = String(hooked[0]?.taskId);
		simulator.advance(LONG);
		for (const taskId of tasksOf(name).filter((each) => each !== last)) {
			expect((await callBack(taskId, { url })).status).toBe(200);
			expect((await api.execution(id)).status).toBe('waiting');
		}
		expect((await callBack(last)).status).toBe(200);
		const execution = await api.waitForEnd(id, { timeoutMs: 200_000 });
		await expectVideos(execution, 'Sora', name);
		expect(execution.data?.resultData.runData.Sora).toHaveLength(1);
		expect(bought(name)).toHaveLength(3);
	});

	it(
		'whose body comes late wakes no older state over a later purchase',
		async () => {
			const { api, simulator } = setting;
			const name = 'slow body';
			const id = await parked(
				name,
				webhook(name),
				sora(promptOf(name, never)),
				sora(`={{ "${name} second " + $now.toMillis() + " [[renderSeconds=${LONG} ${never}]]" }}`, {
					name: 'Second',
				}),
			);
			const [first] = tasksOf(name) as [string];
			const slow = slowCall(String(bought(name)[0]?.body.notify_hook), {
				task_id: first,
				status: 'SUCCESS',
			});
			await sleep(2_000);
			simulator.advance(LONG);
			for (let second = 0; bought(name).length < 2 && second < 150; second++) await sleep(1_000);
			await api.waitForStatus(id, ['waiting']);
			expect([200, 409]).toContain(await slow.finish());
			simulator.advance(LONG);
			expect((await api.waitForEnd(id, { timeoutMs: 200_000 })).status).toBe('success');
			expect(bought(name)).toHaveLength(2);
		},
		STORY_MS,
	);

	it(
		'wakes nothing where it says nothing of the tasks that are waited for',
		async () => {
			const { api, simulator } = setting;
			const name = 'forged';
			const id = await parked(name, webhook(name), sora(promptOf(name, never)));
			const [purchase] = bought(name);
			const url = String(purchase?.body.notify_hook);
			const answers = [
				await callBack('video_of_somebody_else', { url }),
				await callBack('', { url, body: {} }),
				await callBack('', { url, body: { task_id: ['nonsense'] } }),
				await callBack('', { url, body: { task_id: purchase?.taskId, status: 'IN_PROGRESS' } }),
				await fetch(url, { method: 'POST' }),
			];
			expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
			for (const answer of answers) expect(await answer.json()).toEqual({ received: true });
			const flood = await Promise.all(
				Array.from({ length: 100 }, async (_, index) => await callBack(`video_${index}`, { url })),
			);
			expect(new Set(flood.map(({ status }) => status))).toEqual(new Set([200]));
			expect((await api.execution(id)).status).toBe('waiting');
			const withoutSuffix = url.replace('/sora', '');
			expect((await callBack(String(purchase?.taskId), { url: withoutSuffix })).status).toBe(404);
			expect((await api.execution(id)).status).toBe('waiting');
			simulator.advance(LONG);
			expect((await callBack(String(purchase?.taskId))).status).toBe(200);
			await expectVideos(await api.waitForEnd(id), 'Sora', name);
			// Too late.
			expect((await callBack(String(purchase?.taskId))).status).toBe(409);
			expect(bought(name)).toHaveLength(1);
		},
		STORY_MS,
	);

	since(SINCE_SECRET, it)('is not heard without the secret of the execution', async () => {
		const { api, simulator } = setting;
		const name = 'secret';
		const id = await parked(name, webhook(name), sora(promptOf(name, never)));
		const [purchase] = bought(name);
		const url = new URL(String(purchase?.body.notify_hook));
		url.searchParams.set('signature', '0'.repeat(64));
		expect((await callBack(String(purchase?.taskId), { url: url.toString() })).status).toBe(401);
		url.search = '';
		expect((await callBack(String(purchase?.taskId), { url: url.toString() })).status).toBe(401);
		expect((await api.execution(id)).status).toBe('waiting');
		simulator.advance(LONG);
		await callBack(String(purchase?.taskId));
		await expectVideos(await api.waitForEnd(id), 'Sora', name);
	});

	it('that comes late does not resume a Wait node further on', async () => {
		const { api, simulator } = setting;
		const name = 'late';
		const id = await parked(
			name,
			webhook(name),
			sora(promptOf(name, never)),
			wait({ resume: 'webhook', httpMethod: 'POST' }),
			noOp('After'),
		);
		const [purchase] = bought(name);
		simulator.advance(LONG);
		await callBack(String(purchase?.taskId));
		await until(async () => (await api.execution(id)).json('Sora')[0]?.status === 'SUCCESS');
		await api.waitForStatus(id, ['waiting']);
		const late = await callBack(String(purchase?.taskId));
		expect([200, 404]).toContain(late.status);
		await sleep(500);
		expect((await api.execution(id)).status).toBe('waiting');
		await fetch(String(purchase?.body.notify_hook).replace('/sora', ''), { method: 'POST' });
		expect((await api.waitForEnd(id)).status).toBe('success');
		expect(bought(name)).toHaveLength(1);
	});

	it(
		'about the last of five items of two nodes at the same moment buys nothing twice',
		async () => {
			const { api, simulator } = setting;
			for (const round of [1, 2, 3]) {
				const name = `together-${round}`;
				const five = (node: string) =>
					[1, 2, 3, 4, 5].map((number) => `${name} ${node}${number} [[renderSeconds=240]]`);
				const orders = five('first');
				const workflow = await save(
					name,
					workflowOf(
						webhook(name),
						...ideas(orders),
						sora(IDEA),
						sora('={{ $json.prompt.replace("first", "second") }}', { name: 'Second' }),
						noOp('Done'),
					),
				);
				const id = await start(name, workflow);
				const execution = await api.waitForEnd(id, { timeoutMs: 200_000 });
				expect(execution.status).toBe('success');
				expect(execution.json('Done')).toHaveLength(5);
				expect(execution.data?.resultData.runData.Sora).toHaveLength(1);
				expect(execution.data?.resultData.runData.Second).toHaveLength(1);
				expect(bought(name)).toHaveLength(10);
			}
			expect(simulator.books.callbacks.some(({ status }) => status === 200)).toBe(true);
		},
		STORY_MS,
	);
});

describe('what a parked node ends with', () => {
	const RETRY_ON_FAIL = { retryOnFail: true, maxTries: 2, waitBetweenTries: 100 };
	/** Each takes a minute, which they take side by side. */
	const stories: Record<string, Promise<Execution>> = {};

	/** Parks a workflow, lets what is to come happen, and wakes it by the calls. */
	async function endedByCalls(name: string, ...steps: Array<Step | Step[]>): Promise<Execution> {
		const id = await parked(name, ...steps);
		setting.simulator.advance(LONG);
		const hooked = bought(name).find(({ body }) => body.notify_hook !== undefined);
		if (hooked) await callBack(hooked.taskId);
		return await setting.api.waitForEnd(id, { timeoutMs: 300_000 });
	}

	beforeAll(async () => {
		// It is believed after a minute, in which the node polls 13 or 14 times.
		const denied = `${never} pollFault=badKey:16`;
		for (const name of ['stopped-false', 'stopped-true']) {
			stories[name] = endedByCalls(name, webhook(name), sora(promptOf(name, denied)));
		}
		stories.mixed = endedByCalls(
			'mixed',
			webhook('mixed'),
			...ideas([
				promptOf('mixed', never),
				promptOf('mixed', `${never} outcome=moderation`),
				'mixed refused [[submitFault=quota]]',
			]),
			sora(IDEA, { onError: 'continueErrorOutput', parameters: { downloadVideo: false } }),
			[noOp('Done'), noOp('Failed')],
		);
		const again = 'tried again';
		stories[again] = endedByCalls(
			again,
			webhook(again),
			sora(`${again} [[renderSeconds=240 outcome=renderError ${never}]]`, RETRY_ON_FAIL),
		);
		stories.deadline = endedAtItsDeadline('deadline');
		await Promise.allSettled(Object.values(stories));
	}, STORY_MS);

	async function endedAtItsDeadline(name: string): Promise<Execution> {
		const orders = [
			`${name} quick [[renderSeconds=1 ${never}]]`,
			`${name} slow [[renderSeconds=${1000 * LONG} ${never}]]`,
		];
		const options = { maxWaitMinutes: 1.1, onTimeout: 'output' };
		const id = await parked(
			name,
			webhook(name),
			...ideas(orders),
			sora(IDEA, { parameters: { options } }),
		);
		return await setting.api.waitForEnd(id, { timeoutMs: 300_000 });
	}

	it.each([false, true])(
		'is an error that stops the workflow, and the user’s retry picks up what runs (with the saved workflow: %s)',
		async (loadWorkflow) => {
			const name = `stopped-${String(loadWorkflow)}`;
			const failed = await stories[name];
			expect(failed?.status).toBe('error');
			expect(failed?.error?.message).toContain('key');
			const retrying = await setting.api.retryExecution(String(failed?.id), { loadWorkflow });
			await expectVideos(
				await setting.api.waitForEnd(retrying.id, { timeoutMs: 150_000 }),
				'Sora',
				name,
			);
			expect(bought(name)).toHaveLength(1);
		},
		STORY_MS,
	);

	it('is an item at the error output, and the others go on', async () => {
		const execution = await stories.mixed;
		expect(execution?.status).toBe('success');
		expect(execution?.json('Done')).toEqual([expect.objectContaining({ status: 'SUCCESS' })]);
		expect(execution?.json('Failed').map(({ category }) => category)).toEqual([
			'moderation',
			'quota_exhausted',
		]);
		expect(bought('mixed')).toHaveLength(2);
	});

	it('is both finished and unfinished videos when Max Wait is over', async () => {
		const execution = await stories.deadline;
		expect(execution?.status).toBe('success');
		const [quick, slow] = execution?.items('Sora') ?? [];
		expect(quick?.json.status).toBe('SUCCESS');
		expect(quick?.binary?.data?.mimeType).toBe('video/mp4');
		expect(slow?.json).toMatchObject({ timed_out: true });
		expect(bought('deadline')).toHaveLength(2);
	});

	it('is a failed render that Retry On Fail bought anew, as often as it may try in all', async () => {
		const execution = await stories['tried again'];
		expect(execution?.status).toBe('error');
		expect(execution?.error?.message).toContain(tasksOf('tried again')[1]);
		expect(bought('tried again')).toHaveLength(2);
	});
});

describe('where parking is impossible', () => {
	it('waits in the node, and says so in the log and to the user', async () => {
		const { api, n8n } = setting;
		const name = 'legacy';
		const workflow = await api.importWorkflow(
			{
				...workflowOf(manual, sora(`${name} [[renderSeconds=30]]`)),
				settings: { executionOrder: 'v0' },
				name,
			},
			setting.credential,
		);
		const execution = await api.runToEnd(workflow);
		await expectVideos(execution, 'Sora', name);
		expect(execution.data?.resultData.runData.Sora?.[0]?.hints?.[0]?.message).toMatch(
			/^Waited in the node instead of being parked: /,
		);
		expect(n8n.log.text).toContain('waits in the node and is not parked');
	});
});

describe('a parked node’s own identity', () => {
	it('may have any name', async () => {
		const name = 'any name';
		const odd = `So"ra }} {{ \\ 'é ${randomUUID()}`;
		const id = await parked(name, webhook(name), sora(promptOf(name, never), { name: odd }));
		setting.simulator.advance(LONG);
		await callBack(String(tasksOf(name)[0]));
		await expectVideos(await setting.api.waitForEnd(id), odd, name);
	});
});
