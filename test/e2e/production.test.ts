import { sleep } from 'n8n-workflow';

import { clip } from '../simulator/clips';
import { until } from '../until';
import { jsonPost, type Execution, type SavedWorkflow, type WorkflowJson } from './n8nApi';
import { useN8n } from './useN8n';
import { generate, ideas, manual, noOp, webhook, workflowOf } from './workflows';

const setting = useN8n();

/** Longer than any test waits. */
const ENDLESS = '[[renderSeconds=1000000]]';
/** Renders so long that the node's patience ends first: ten real seconds, at the stand-in's pace. */
const SLOW = '[[renderSeconds=240]]';
const waitAtMost = (seconds: number) => ({
	options: { pollInterval: 1, maxWaitMinutes: seconds / 60 },
});
const RETRY_ON_FAIL = { retryOnFail: true, maxTries: 3, waitBetweenTries: 500 };

const bought = () => setting.simulator.books.purchases.map(({ taskId }) => taskId);

const save = async (workflow: WorkflowJson): Promise<SavedWorkflow> =>
	await setting.api.importWorkflow(workflow, setting.credential);

const runByHand = async (workflow: WorkflowJson): Promise<Execution> =>
	await setting.api.runToEnd(await save(workflow));

/** The execution of a published workflow, called at its webhook. */
async function call(workflow: SavedWorkflow, path: string): Promise<Execution> {
	const { api } = setting;
	await api.publish(workflow);
	const answer = await api.callWebhook(path);
	expect(answer.status).toBe(200);
	const [newest] = await api.executions(workflow);
	return await api.waitForEnd(String(newest?.id));
}

describe('a published workflow', () => {
	it('makes the video that a call from outside orders, and answers with it', async () => {
		const { api, simulator } = setting;
		const order = generate('={{ $json.body.scene }}');
		const workflow = await save(workflowOf(webhook('order', { responseMode: 'lastNode' }), order));
		await api.publish(workflow);
		const answer = await api.callWebhook('order', jsonPost({ scene: 'A lighthouse in the fog' }));
		expect(await answer.json()).toMatchObject({ task_id: bought()[0], status: 'SUCCESS' });
		expect(simulator.books.purchases).toEqual([
			expect.objectContaining({ prompt: 'A lighthouse in the fog' }),
		]);
		const [newest] = await api.executions(workflow);
		const execution = await api.waitForEnd(String(newest?.id));
		expect(execution.summary).toMatchObject({ mode: 'webhook', status: 'success' });
		const file = await api.download(String(execution.items('Sora')[0]?.binary?.data?.id));
		expect(file.bytes.equals(await clip(false, 10))).toBe(true);
	});
});

describe('Retry On Fail', () => {
	it('resumes the paid task', async () => {
		const execution = await runByHand(
			workflowOf(
				manual,
				generate(`A boat ${SLOW}`, { ...RETRY_ON_FAIL, parameters: waitAtMost(6) }),
			),
		);
		expect(execution.status).toBe('success');
		expect(execution.json('Sora')).toEqual([
			expect.objectContaining({ task_id: bought()[0], status: 'SUCCESS' }),
		]);
		expect(bought()).toHaveLength(1);
	});

	it('does not send an uncertain submission again', async () => {
		const execution = await runByHand(
			workflowOf(manual, generate('A boat [[submitFault=resetAfter:1]]', RETRY_ON_FAIL)),
		);
		expect(execution.status).toBe('error');
		expect(execution.error?.message).toMatch(/^Submission uncertain/);
		expect(setting.simulator.requests.filter(({ route }) => route === 'generate')).toHaveLength(1);
		expect(bought()).toHaveLength(1);
	});
});

describe('Retry of a failed execution', () => {
	it.each([
		['as it was', { loadWorkflow: false }, 1],
		['as it is saved now', { loadWorkflow: true }, 2],
	] as const)('picks up the paid task, with the workflow %s', async (_, choice, nodesRun) => {
		const { api, simulator } = setting;
		const path = `retry-${String(choice.loadWorkflow)}`;
		const impatient = generate(`A boat ${SLOW}`, { parameters: waitAtMost(6) });
		const steps = [webhook(path), impatient] as const;
		const workflow = await save(workflowOf(...steps));
		const failed = await call(workflow, path);
		expect(failed.status).toBe('error');
		expect(failed.error?.message).toContain('not finished within the maximum wait');
		simulator.advance(600);
		const longer = await api.importWorkflow(
			workflowOf(...steps, noOp('After')),
			setting.credential,
		);
		await api.changeWorkflow(workflow, { nodes: longer.nodes, connections: longer.connections });
		const retried = await api.retryExecution(failed.id, choice);
		expect(retried.summary).toMatchObject({ status: 'success', retryOf: failed.id });
		expect(retried.json('Sora')).toEqual([
			expect.objectContaining({ task_id: bought()[0], status: 'SUCCESS' }),
		]);
		expect(['Sora', 'After'].filter((name) => retried.json(name).length)).toHaveLength(nodesRun);
		expect(bought()).toHaveLength(1);
	});
});

describe('Stop', () => {
	it('ends a waiting node within a second, and leaves the task ID in the log', async () => {
		const { api, n8n, simulator } = setting;
		const from = n8n.log.text.length;
		const id = await api.runWorkflow(await save(workflowOf(manual, generate(`A boat ${ENDLESS}`))));
		await until(() => simulator.polls(String(bought()[0])) > 0);
		const pressed = Date.now();
		await api.stopExecution(id);
		const execution = await api.waitForEnd(id);
		await n8n.log.waitFor(/Sora node stopped/, { from });
		expect(Date.now() - pressed).toBeLessThan(1_000);
		expect(execution.status).toBe('canceled');
		expect(n8n.log.text.slice(from)).toContain(`Sora task ${bought()[0]} accepted`);
		const polls = simulator.polls(String(bought()[0]));
		await sleep(2_500);
		expect(simulator.polls(String(bought()[0]))).toBe(polls);
		expect(bought()).toHaveLength(1);
	});
});

describe('a stopped execution', () => {
	it('of an active workflow buys nothing when it is retried: its task is picked up, though n8n has kept nothing', async () => {
		const { api, simulator } = setting;
		const workflow = await save(workflowOf(webhook('stopped'), generate(`A boat ${SLOW}`)));
		await api.publish(workflow);
		await api.callWebhook('stopped');
		await until(() => simulator.polls(String(bought()[0])) > 0);
		const id = String((await api.executions(workflow))[0]?.id);
		await api.stopExecution(id);
		const stopped = await api.waitForEnd(id);
		expect(stopped.status).toBe('canceled');
		// An older n8n keeps what the node knew, and passes the node over when it retries.
		const isKept = JSON.stringify(stopped.data).includes(String(bought()[0]));
		simulator.advance(600);
		const retried = await api.retryExecution(id);
		expect(retried.json('Sora')).toEqual(
			isKept ? [] : [expect.objectContaining({ task_id: bought()[0], status: 'SUCCESS' })],
		);
		expect(bought()).toHaveLength(1);
	});

	it('that somebody started in the editor buys nothing when it is retried; the next press picks up the task', async () => {
		const { api, simulator } = setting;
		const workflow = await save(workflowOf(manual, generate(`A kite ${SLOW}`)));
		const id = await api.runWorkflow(workflow);
		await until(() => simulator.polls(String(bought()[0])) > 0);
		await api.stopExecution(id);
		await api.waitForEnd(id);
		await api.retryExecution(id).catch((refused: Error) => {
			expect(refused.message).toContain('cannot be retried');
		});
		expect(bought()).toHaveLength(1);
		simulator.advance(600);
		const again = await api.runToEnd(workflow);
		expect(again.json('Sora')[0]).toMatchObject({ task_id: bought()[0], reused: true });
		expect(bought()).toHaveLength(1);
	});
});

describe('an item that fails', () => {
	const mixed = ideas(['A boat', 'A crowd [[outcome=moderation]]', 'A kite']);
	const each = (onError: 'continueRegularOutput' | 'continueErrorOutput') =>
		generate('={{ $json.idea }}', { onError, parameters: { downloadVideo: false } });
	const failure = {
		error: expect.stringContaining('moderation') as string,
		task_id: expect.any(String) as string,
		status: 'FAILURE',
		fail_reason: expect.any(String) as string,
		category: 'moderation',
		retryable: false,
		advice: expect.any(String) as string,
	};

	it('stays in its place with what to do about it, under Continue', async () => {
		const execution = await runByHand(
			workflowOf(manual, ...mixed, each('continueRegularOutput'), noOp('Done')),
		);
		expect(execution.status).toBe('success');
		expect(execution.json('Done')).toEqual([
			expect.objectContaining({ status: 'SUCCESS', prompt: 'A boat' }),
			failure,
			expect.objectContaining({ status: 'SUCCESS', prompt: 'A kite' }),
		]);
		expect(bought()).toHaveLength(3);
	});

	it('takes the error output with what it came from, and the others go on', async () => {
		const execution = await runByHand(
			workflowOf(manual, ...mixed, each('continueErrorOutput'), [noOp('Done'), noOp('Failed')]),
		);
		expect(execution.status).toBe('success');
		expect(execution.json('Done').map(({ prompt }) => prompt)).toEqual(['A boat', 'A kite']);
		expect(execution.json('Failed')).toEqual([
			{ idea: 'A crowd [[outcome=moderation]]', ...failure },
		]);
		expect(bought()).toHaveLength(3);
	});
});
