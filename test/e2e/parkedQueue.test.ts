import { clip } from '../simulator/clips';
import { startSimulator, type Simulator } from '../simulator/simulator';
import { until } from '../until';
import { N8nApi, newOwner, type Credential, type Execution } from './n8nApi';
import type { N8nServer } from './n8nServer';
import { IMPATIENT, startQueueStack, type QueueStack } from './queueStack';
import { TIME_SCALE } from './useN8n';
import { get, ideas, manual, parkedGenerate, V1, webhook, workflowOf } from './workflows';

const START_TIMEOUT_MS = 300_000;
const STORY_MS = 600_000;
/** Gateway seconds: more than passes until they are moved forward. */
const LONG = 100_000;
let simulator: Simulator;
let stack: QueueStack;
let api: N8nApi;
let credential: Credential;

beforeAll(async () => {
	simulator = await startSimulator({
		timeScale: TIME_SCALE,
		seed: 7,
		scenario: { callback: 'never' },
	});
	stack = await startQueueStack(2, { ...IMPATIENT, N8N_HOST: '127.0.0.1' }, 5, 2);
	api = new N8nApi(stack.main.url);
	await api.setUpOwner(newOwner());
	credential = await api.createCredential({ apiKey: simulator.apiKey, baseUrl: simulator.url });
}, START_TIMEOUT_MS);

afterAll(async () => {
	await stack?.close();
	await simulator?.close();
});

/** In the order of the items, which are submitted together. */
const bought = (name: string) =>
	simulator.books.purchases
		.filter(({ prompt }) => prompt.startsWith(`${name} `))
		.sort((a, b) => a.prompt.localeCompare(b.prompt));

/** Two videos, parked. */
async function parked(name: string): Promise<string> {
	const orders = [1, 2].map((number) => `${name} ${number} [[renderSeconds=${LONG}]]`);
	const workflow = await api.importWorkflow(
		{
			...workflowOf(webhook(name), ...ideas(orders), parkedGenerate('={{ $json.idea }}')),
			settings: V1,
			name,
		},
		credential,
	);
	await api.publish(workflow);
	expect((await api.callWebhook(name)).status).toBe(200);
	// An older n8n answers before it lists the execution.
	await until(async () => (await api.executions(workflow)).length > 0);
	const [execution] = await api.executions(workflow);
	const id = String(execution?.id);
	await api.waitForStatus(id, ['waiting']);
	return id;
}

/** Calls the address that the gateway was given, at the process that is to hear it. */
async function callBack(name: string, index: number, { url }: N8nServer) {
	const purchase = bought(name)[index];
	const given = new URL(String(purchase?.body.notify_hook));
	return await fetch(new URL(given.pathname + given.search, url), {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ task_id: purchase?.taskId, status: 'SUCCESS' }),
	});
}

async function expectVideos(execution: Execution, name: string): Promise<void> {
	expect({ status: execution.status, error: execution.error?.message }).toEqual({
		status: 'success',
		error: undefined,
	});
	const items = execution.items('Sora');
	expect(items.map(({ json }) => json.task_id)).toEqual(bought(name).map(({ taskId }) => taskId));
	const video = await clip(false, 10);
	for (const { binary } of items) {
		const file = await api.download(String(binary?.data?.id));
		expect(file.bytes.equals(video)).toBe(true);
	}
	expect(bought(name)).toHaveLength(2);
}

/** The worker that has logged about the run, since its log was so long. */
const workerOf = (id: string) =>
	stack.workers.find(({ log }) => log.text.includes(`accepted (execution ${id},`)) as N8nServer;

describe('a parked run in queue mode', () => {
	it.each(['main process', 'webhook process'])(
		'is woken by calls to the %s, and polled on a worker',
		async (process) => {
			const name = process.replace(' ', '-');
			const [listener] = process === 'main process' ? [stack.main] : stack.webhooks;
			const id = await parked(name);
			simulator.advance(LONG);
			for (const index of [0, 1]) {
				expect((await callBack(name, index, listener as N8nServer)).status).toBe(200);
			}
			await expectVideos(await api.waitForEnd(id), name);
			expect(stack.main.log.text).not.toContain(`accepted (execution ${id},`);
		},
		STORY_MS,
	);

	it(
		'ends by the timer where each of several webhook processes heard a part of the calls, and where its worker was killed',
		async () => {
			const [split, orphaned] = await Promise.all([parked('split'), parked('orphaned')]);
			simulator.advance(LONG);
			for (const index of [0, 1]) {
				expect((await callBack('split', index, stack.webhooks[index] as N8nServer)).status).toBe(
					200,
				);
			}
			expect((await api.execution(split)).status).toBe('waiting');
			const worker = workerOf(orphaned);
			await worker.kill();
			try {
				await expectVideos(await api.waitForEnd(split, { timeoutMs: 200_000 }), 'split');
				await expectVideos(await api.waitForEnd(orphaned, { timeoutMs: 200_000 }), 'orphaned');
			} finally {
				await worker.begin();
			}
		},
		STORY_MS,
	);

	// n8n stores its own error over all that the execution held, and has nothing left to retry.
	it(
		'whose worker was killed while it polled is given up by n8n: Video > Get brings the videos, bought once',
		async () => {
			const name = 'polled';
			const id = await parked(name);
			simulator.set({ pollFault: 'hang' });
			const marks = stack.workers.map(({ log }) => log.text.length);
			for (const index of [0, 1]) await callBack(name, index, stack.main);
			await until(() => simulator.polls(String(bought(name)[0]?.taskId)) > 0);
			const worker = stack.workers.find(({ log }, index) =>
				log.text.slice(marks[index]).includes(`started execution ${id} `),
			) as N8nServer;
			await worker.kill();
			simulator.set({ pollFault: undefined });
			simulator.advance(LONG);
			const lost = await api.waitForEnd(id, { timeoutMs: 300_000 });
			expect(lost.error?.message).toMatch(/^This execution failed to be processed too many times/);
			await worker.begin();
			const taskIds = bought(name).map(({ taskId }) => taskId);
			const log = stack.workers.map(({ log: { text } }) => text).join('\n');
			for (const taskId of taskIds) expect(log).toContain(`Sora task ${taskId} accepted`);
			const again = await api.importWorkflow(
				workflowOf(manual, ...ideas(taskIds), get('={{ $json.idea }}', { name: 'Sora' })),
				credential,
			);
			await expectVideos(await api.runToEnd(again), name);
		},
		STORY_MS,
	);
});
