import { sleep } from 'n8n-workflow';
import type { IDataObject } from 'n8n-workflow';

import { until } from '../until';
import { isSince } from './environment';
import type { Execution } from './n8nApi';
import { storiesIn } from './stories';
import { useN8n } from './useN8n';
import { byId, generate, manual, noOp, SORA, webhook, whenCalled, workflowOf } from './workflows';

const setting = useN8n({ scenario: { renderSeconds: 5 } });
const { taskIds: bought, save, start } = storiesIn(setting);

/** Longer than any test waits. */
const ENDLESS = '[[renderSeconds=1000000]]';
/** Renders so long that the node's patience ends first: ten real seconds, at the stand-in's pace. */
const SLOW = '[[renderSeconds=240]]';
const waitAtMost = (seconds: number) => ({
	options: { pollInterval: 1, maxWaitMinutes: seconds / 60 },
});
const boat = (prompt: string, more: IDataObject = {}) =>
	generate(prompt, { parameters: { downloadVideo: false, ...more } });

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
		const failed = await api.waitForEnd(await start(workflow));
		expect(failed.status).toBe('error');
		expect(failed.error?.message).toContain('not finished within the maximum wait');
		simulator.advance(600);
		const longer = await save(workflowOf(...steps, noOp('After')));
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
	it('of an active workflow buys nothing when it is retried: its task is picked up, although n8n has kept nothing', async () => {
		const { api, simulator } = setting;
		const workflow = await save(workflowOf(webhook('stopped'), generate(`A boat ${SLOW}`)));
		const id = await start(workflow);
		await until(() => simulator.polls(String(bought()[0])) > 0);
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
});

it('the same test after a restart of n8n buys nothing, and says so', async () => {
	const { api, n8n } = setting;
	const workflow = await save(workflowOf(manual, boat('A boat')));
	expect((await api.runToEnd(workflow)).status).toBe('success');
	expect((await api.runToEnd(workflow)).json('Sora')[0]).toMatchObject({ reused: true });
	await n8n.restart();
	for (let presses = 0; presses < 2; presses++) {
		const refused = await api.runToEnd(workflow);
		expect(refused.error?.message).toContain('an earlier test bought this video');
		expect(refused.error?.description).toContain('"Always Buy"');
	}
	expect(bought()).toHaveLength(1);
});

describe('the sample is returned, and nothing is bought,', () => {
	const sample = boat('A free boat', { whenTesting: 'sample' });
	const expectSample = (execution: Execution, node: string) => {
		if (isSince('2.41')) expect(execution.json(node)[0]).toMatchObject({ sample: true });
		expect(bought()).toEqual([]);
	};

	it('in a sub-workflow of a test', async () => {
		const { id } = await save(workflowOf(whenCalled, sample));
		const call = {
			name: 'Call',
			type: 'n8n-nodes-base.executeWorkflow',
			typeVersion: 1.2,
			parameters: { workflowId: byId(id), options: {} },
		};
		const workflow = await save(workflowOf(manual, call));
		expectSample(await setting.api.runToEnd(workflow), 'Call');
	});

	it('in a test that is retried from the list of executions, though it had not come to the node', async () => {
		const { api, simulator } = setting;
		const quota = {
			name: 'Quota',
			type: SORA,
			parameters: { resource: 'account', operation: 'getQuota' },
		};
		simulator.set({ quotaFault: 'badKey' });
		const failed = await api.runToEnd(await save(workflowOf(manual, quota, sample)));
		expect(failed.status).toBe('error');
		simulator.set({ quotaFault: undefined });
		const retried = await api.retryExecution(failed.id);
		expect(retried.summary).toMatchObject({ mode: 'retry' });
		expectSample(retried, 'Sora');
	});
});
