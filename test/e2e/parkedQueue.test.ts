import { clip } from '../simulator/clips';
import { until } from '../until';
import { jsonPost, type Execution } from './n8nApi';
import type { N8nServer } from './n8nServer';
import { IMPATIENT, startQueueStack } from './queueStack';
import { useN8n } from './useN8n';
import { get, ideas, manual, parkedGenerate, V1, webhook, workflowOf } from './workflows';

const STORY_MS = 600_000;
/** Gateway seconds: more than passes until they are moved forward. */
const LONG = 100_000;

const setting = useN8n({
	scenario: { callback: 'never' },
	keepsBooks: true,
	start: async () => await startQueueStack(2, { ...IMPATIENT, N8N_HOST: '127.0.0.1' }, 5, 2),
});

/** In the order of the items, which are submitted together. */
const bought = (name: string) =>
	setting.simulator.books.purchases
		.filter(({ prompt }) => prompt.startsWith(`${name} `))
		.sort((a, b) => a.prompt.localeCompare(b.prompt));

/** Two videos, parked. */
async function parked(name: string): Promise<string> {
	const orders = [1, 2].map((number) => `${name} ${number} [[renderSeconds=${LONG}]]`);
	const workflow = await setting.api.importWorkflow(
		{
			...workflowOf(webhook(name), ...ideas(orders), parkedGenerate('={{ $json.idea }}')),
			settings: V1,
			name,
		},
		setting.credential,
	);
	await setting.api.publish(workflow);
	expect((await setting.api.callWebhook(name)).status).toBe(200);
	// An older n8n answers before it lists the execution.
	await until(async () => (await setting.api.executions(workflow)).length > 0);
	const [execution] = await setting.api.executions(workflow);
	const id = String(execution?.id);
	await setting.api.waitForStatus(id, ['waiting']);
	return id;
}

/** Calls the address that the gateway was given along with the last order, at the process that is to hear it. */
async function callBack(name: string, { url }: N8nServer) {
	const hooked = bought(name).find(({ body }) => body.notify_hook !== undefined);
	const given = new URL(String(hooked?.body.notify_hook));
	return await fetch(
		new URL(given.pathname + given.search, url),
		jsonPost({ task_id: hooked?.taskId, status: 'SUCCESS' }),
	);
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
		const file = await setting.api.download(String(binary?.data?.id));
		expect(file.bytes.equals(video)).toBe(true);
	}
	expect(bought(name)).toHaveLength(2);
}

/** The worker that has logged about the run, since its log was so long. */
const workerOf = (id: string) =>
	setting.host.workers.find(({ log }) =>
		log.text.includes(`accepted (execution ${id},`),
	) as N8nServer;

describe('a parked run in queue mode', () => {
	it.each(['main process', 'webhook process'])(
		'is woken by a call to the %s, and polled on a worker',
		async (process) => {
			const name = process.replace(' ', '-');
			const [listener] = process === 'main process' ? [setting.host.main] : setting.host.webhooks;
			const id = await parked(name);
			setting.simulator.advance(LONG);
			expect((await callBack(name, listener as N8nServer)).status).toBe(200);
			await expectVideos(await setting.api.waitForEnd(id), name);
			expect(setting.host.main.log.text).not.toContain(`accepted (execution ${id},`);
		},
		STORY_MS,
	);

	it(
		'ends by the timer where its worker was killed',
		async () => {
			const orphaned = await parked('orphaned');
			setting.simulator.advance(LONG);
			const worker = workerOf(orphaned);
			await worker.kill();
			try {
				const ended = await setting.api.waitForEnd(orphaned, { timeoutMs: 200_000 });
				await expectVideos(ended, 'orphaned');
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
			setting.simulator.set({ pollFault: 'hang' });
			const marks = setting.host.workers.map(({ log }) => log.text.length);
			await callBack(name, setting.host.main);
			await until(() => setting.simulator.polls(String(bought(name)[0]?.taskId)) > 0);
			const worker = setting.host.workers.find(({ log }, index) =>
				log.text.slice(marks[index]).includes(`started execution ${id} `),
			) as N8nServer;
			await worker.kill();
			setting.simulator.set({ pollFault: undefined });
			setting.simulator.advance(LONG);
			const lost = await setting.api.waitForEnd(id, { timeoutMs: 300_000 });
			expect(lost.error?.message).toMatch(/^This execution failed to be processed too many times/);
			await worker.begin();
			const taskIds = bought(name).map(({ taskId }) => taskId);
			const log = setting.host.workers.map(({ log: { text } }) => text).join('\n');
			for (const taskId of taskIds) expect(log).toContain(`Sora task ${taskId} accepted`);
			const again = await setting.api.importWorkflow(
				workflowOf(manual, ...ideas(taskIds), get('={{ $json.idea }}', { name: 'Sora' })),
				setting.credential,
			);
			await expectVideos(await setting.api.runToEnd(again), name);
		},
		STORY_MS,
	);
});
