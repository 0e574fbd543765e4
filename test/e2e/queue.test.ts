import { sleep } from 'n8n-workflow';

import { clip } from '../simulator/clips';
import { calledAt, example } from './examples';
import { jsonPost, type ExecutionSummary, type SavedWorkflow } from './n8nApi';
import type { N8nServer } from './n8nServer';
import { IMPATIENT, startQueueStack } from './queueStack';
import { useN8n } from './useN8n';
import { generate, get, manual, webhook, workflowOf } from './workflows';

const EXECUTIONS = 40;
/** More than one worker takes at a time. */
const RUNNING = 6;
const RENDER_SECONDS = 100_000;
const TIMEOUT_MS = 180_000;

const setting = useN8n({
	keepsBooks: true,
	start: async () => await startQueueStack(2, IMPATIENT),
});
let workflow: SavedWorkflow;

beforeAll(async () => {
	workflow = await setting.api.importWorkflow(
		workflowOf(webhook('order'), generate('={{ $json.body.scene }}')),
		setting.credential,
	);
	await setting.api.publish(workflow);
});

async function order(scene: string): Promise<void> {
	const answer = await setting.api.callWebhook('order', jsonPost({ scene }));
	expect(answer.status).toBe(200);
}

/** What a worker has logged about executions or tasks since it had logged so much. */
const named = (worker: N8nServer, pattern: RegExp, from = 0) =>
	[...worker.log.text.slice(from).matchAll(pattern)].map(([, name]) => String(name));
const STARTED = /Worker started execution (\d+)/g;
const ACCEPTED = /Sora task (\S+) accepted/g;

async function ended(count: number, of = workflow): Promise<ExecutionSummary[]> {
	for (;;) {
		const all = await setting.api.executions(of);
		const over = all.filter(({ status }) => !['new', 'running', 'waiting'].includes(status));
		if (all.length === count && over.length === count) return all;
		await sleep(500);
	}
}

async function videoOf(id: string, node: string): Promise<Buffer> {
	const [item] = (await setting.api.execution(id)).items(node);
	return (await setting.api.download(String(item?.binary?.data?.id))).bytes;
}

describe('in queue mode', () => {
	it(
		`brings ${EXECUTIONS} executions to their videos on both workers, and buys each once`,
		async () => {
			const scenes = Array.from({ length: EXECUTIONS }, (_, index) => `Scene ${index}`);
			await Promise.all(scenes.map(order));
			const executions = await ended(EXECUTIONS);
			expect(new Set(executions.map(({ status }) => status))).toEqual(new Set(['success']));
			expect(setting.simulator.books.purchases.map(({ prompt }) => prompt).sort()).toEqual(
				scenes.sort(),
			);

			const shares = setting.host.workers.map((worker) => named(worker, STARTED));
			for (const share of shares) expect(share.length).toBeGreaterThan(0);
			expect(shares.flat().sort()).toEqual(executions.map(({ id }) => id).sort());
			expect(named(setting.host.main, ACCEPTED)).toEqual([]);

			const video = await clip(false, 10);
			for (const { id } of executions) {
				expect({ id, whole: (await videoOf(id, 'Sora')).equals(video) }).toEqual({
					id,
					whole: true,
				});
			}
		},
		TIMEOUT_MS,
	);

	it('goes on from a Wait node when the gateway calls, whichever worker had ordered', async () => {
		const order = calledAt('callback', example('callback.json'));
		const callback = await setting.api.importWorkflow(order, setting.credential);
		await setting.api.publish(callback);
		setting.simulator.reset();
		expect((await setting.api.callWebhook('callback')).status).toBe(200);
		const [execution] = await ended(1, callback);
		expect(setting.simulator.books.callbacks.map(({ status }) => status)).toContain(200);
		const video = await videoOf(String(execution?.id), 'Get the Video');
		expect(video.equals(await clip(false, 10))).toBe(true);
		expect(setting.simulator.books.purchases).toHaveLength(1);
	});
});

describe('a worker was killed with executions running', () => {
	let executions: ExecutionSummary[];
	let lost: { executions: string[]; tasks: string[] };
	const bought = () => setting.simulator.books.purchases.length;

	beforeAll(async () => {
		setting.simulator.reset();
		const [killed] = setting.host.workers as [N8nServer, N8nServer];
		const from = killed.log.text.length;
		const scenes = Array.from({ length: RUNNING }, (_, index) => `Long scene ${index}`);
		setting.simulator.set({ renderSeconds: RENDER_SECONDS });
		await Promise.all(scenes.map(order));
		const waiting = () =>
			setting.simulator.books.purchases.filter(({ taskId }) => setting.simulator.polls(taskId));
		while (waiting().length < RUNNING) await sleep(100);
		await killed.kill();
		lost = { executions: named(killed, STARTED, from), tasks: named(killed, ACCEPTED, from) };
		setting.simulator.advance(RENDER_SECONDS);
		executions = (await ended(EXECUTIONS + RUNNING)).slice(0, RUNNING);
	}, TIMEOUT_MS);

	it('runs none of them again, and says so in its own words', async () => {
		expect(lost.executions.length).toBeGreaterThan(0);
		expect(lost.tasks).toHaveLength(lost.executions.length);
		for (const id of lost.executions) {
			const { status, error, data } = await setting.api.execution(id);
			expect(status).toBe('error');
			expect(error?.message).toMatch(/^This execution failed to be processed too many times/);
			expect(data?.resultData.runData).toEqual({});
		}
		expect(bought()).toBe(RUNNING);
	});

	it("brings the other worker's executions to their videos", async () => {
		const others = executions.filter(({ id }) => !lost.executions.includes(id));
		expect(others.length).toBeGreaterThan(0);
		expect(others.map(({ status }) => status)).toEqual(others.map(() => 'success'));
		const video = await clip(false, 10);
		for (const { id } of others) expect((await videoOf(id, 'Sora')).equals(video)).toBe(true);
	});

	it("has the task IDs in that worker's log, and Video > Get brings the videos with them", async () => {
		for (const taskId of lost.tasks) {
			const again = await setting.api.importWorkflow(
				workflowOf(manual, get(taskId)),
				setting.credential,
			);
			const execution = await setting.api.runToEnd(again);
			expect(execution.json('Get')).toEqual([
				expect.objectContaining({ task_id: taskId, status: 'SUCCESS' }),
			]);
			expect(execution.items('Get')[0]?.binary?.data?.mimeType).toBe('video/mp4');
		}
		expect(bought()).toBe(RUNNING);
	});

	it('buys nothing when such an execution is retried, for n8n has nothing left to run', async () => {
		const retried = await setting.api.retryExecution(String(lost.executions[0]));
		expect(retried.status).toBe('error');
		expect(retried.data?.resultData.runData).toEqual({});
		expect(bought()).toBe(RUNNING);
	});
});
