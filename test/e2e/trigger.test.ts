import { sleep } from 'n8n-workflow';
import { createHash, randomUUID } from 'node:crypto';

import { clip } from '../simulator/clips';
import { until } from '../until';
import { isSince } from './environment';
import { jsonPost, type Execution, type SavedWorkflow } from './n8nApi';
import { useN8n } from './useN8n';
import { fingerprint, generate, manual, noOp, workflowOf, type Step } from './workflows';

const setting = useN8n();

/** Longer than n8n takes to start an execution that it should not. */
const SETTLE_MS = 1_500;
const TRIGGER = 'Sora Trigger';
const ANY_TEXT = expect.any(String) as string;

/** A new trigger with an address of its own; `path` is what follows /webhook/ in it. */
async function newTrigger(parameters: Step['parameters'] = {}, last = noOp('Done')) {
	const webhookId = randomUUID();
	const step = { name: TRIGGER, type: 'n8n-nodes-sora.soraTrigger', webhookId, parameters };
	const workflow = await setting.api.importWorkflow(workflowOf(step, last), setting.credential);
	return { workflow, path: `${webhookId}/sora` };
}

async function published(...what: Parameters<typeof newTrigger>) {
	const trigger = await newTrigger(...what);
	await setting.api.publish(trigger.workflow);
	// Until n8n knows the address.
	await setting.api.callWebhook(trigger.path);
	return trigger;
}

/** Another workflow buys a video whose hook is the address. */
async function buy(path: string, directive = ''): Promise<string> {
	const { api, n8n, credential } = setting;
	const order = generate(`A boat ${directive}`, {
		parameters: {
			waiting: 'none',
			options: { notifyHook: `${n8n.url}/webhook/${path}` },
		},
	});
	const execution = await api.runToEnd(
		await api.importWorkflow(workflowOf(manual, order), credential),
	);
	return String(execution.json('Sora')[0]?.task_id);
}

/** A finished task whose gateway never calls by itself. */
async function finishedTask(path: string): Promise<string> {
	const taskId = await buy(path, '[[callback=never]]');
	setting.simulator.advance(600);
	return taskId;
}

/** The executions that the trigger has started, once all are there. */
async function started(workflow: SavedWorkflow): Promise<Execution[]> {
	const { api } = setting;
	await until(async () => (await api.executions(workflow)).length > 0);
	await sleep(SETTLE_MS);
	const summaries = await api.executions(workflow);
	return await Promise.all(summaries.map(async ({ id }) => await api.waitForEnd(id)));
}

async function post(path: string, body: unknown): Promise<Response> {
	return await fetch(`${setting.n8n.url}/${path}`, jsonPost(body));
}

describe('a published Sora Trigger', () => {
	it.each([
		['threeTimes', 3],
		['early', 2],
	] as const)(
		'starts one execution with the finished video, called %s, and none without its secret',
		async (callback, calls) => {
			const { api, simulator } = setting;
			const secret = randomUUID();
			const parameters = { downloadVideo: true, secret };
			const { workflow, path } = await published(parameters, fingerprint('Done'));
			const strange = await finishedTask(path);
			for (const query of ['', `?secret=${secret}x`]) {
				const answer = await post(`webhook/${path}${query}`, { task_id: strange });
				expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
			}
			const taskId = await buy(`${path}?secret=${secret}`, `[[callback=${callback}]]`);
			const video = await clip(false, 10);
			const answered = () => simulator.books.callbacks.filter(({ status }) => status === 200);
			await until(() => answered().length === calls);
			const executions = await started(workflow);
			expect(executions.map(({ summary }) => [summary.mode, summary.status])).toEqual([
				['webhook', 'success'],
			]);
			const [item, ...others] = executions[0]?.items('Done') ?? [];
			expect(others).toEqual([]);
			expect(item?.json).toEqual({
				task_id: taskId,
				status: 'SUCCESS',
				progress: 100,
				video_url: expect.stringContaining(simulator.filesUrl) as string,
				submitted_at: ANY_TEXT,
				started_at: ANY_TEXT,
				finished_at: ANY_TEXT,
				width: 320,
				height: 180,
				duration_seconds: 10,
				sha256: createHash('sha256').update(video).digest('hex'),
			});
			// An n8n before 2.20 loses the way to a trigger's file once the execution is saved.
			if (isSince('2.20')) {
				const [start] = executions[0]?.items(TRIGGER) ?? [];
				const file = await api.download(String(start?.binary?.data?.id));
				expect(file.equals(video)).toBe(true);
			}
			expect(simulator.books.purchases).toHaveLength(2);
		},
	);

	it('remembers what it reported after a restart of n8n', async () => {
		const { n8n } = setting;
		const { workflow, path } = await published();
		const taskId = await finishedTask(path);
		await post(`webhook/${path}`, { task_id: taskId });
		expect(await started(workflow)).toHaveLength(1);
		await n8n.restart();
		await setting.api.callWebhook(path);
		expect((await post(`webhook/${path}`, { task_id: taskId })).status).toBe(200);
		expect(await started(workflow)).toHaveLength(1);
		expect(setting.simulator.books.purchases).toHaveLength(1);
	});
});

describe('the test URL in the editor', () => {
	it('runs the workflow each time it listens, even twice with the same task', async () => {
		const { api, simulator } = setting;
		const { workflow, path } = await newTrigger();
		const taskId = await finishedTask(path);
		for (const round of [1, 2]) {
			const listening = await api.execute(workflow, { name: TRIGGER });
			expect(listening).toEqual({ waitingForWebhook: true });
			expect((await post(`webhook-test/${path}`, { task_id: taskId })).status).toBe(200);
			await until(async () => (await api.executions(workflow)).length === round);
		}
		const executions = await started(workflow);
		for (const execution of executions) {
			expect(execution.summary).toMatchObject({ mode: 'manual', status: 'success' });
			expect(execution.json('Done')).toEqual([
				expect.objectContaining({ task_id: taskId, status: 'SUCCESS' }),
			]);
		}
		expect(executions).toHaveLength(2);
		expect(simulator.books.purchases).toHaveLength(1);
	});
});
