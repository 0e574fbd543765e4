import { sleep } from 'n8n-workflow';
import type { IDataObject } from 'n8n-workflow';

import { until } from '../until';
import { isSince } from './environment';
import { jsonPost } from './n8nApi';
import { storiesIn } from './stories';
import { useN8n } from './useN8n';
import {
	byId,
	generate,
	manual,
	noOp,
	SORA,
	webhook,
	whenCalled,
	workflowOf,
	type Step,
} from './workflows';

const setting = useN8n({ scenario: { renderSeconds: 5 } });
const { taskIds: bought, save, start, expectVideos } = storiesIn(setting);

/** Longer than any test waits. */
const ENDLESS = '[[renderSeconds=1000000]]';
/** Renders so long that the node's patience ends first: ten real seconds, at the stand-in's pace. */
const SLOW = '[[renderSeconds=240]]';
const waitAtMost = (seconds: number) => ({
	options: { pollInterval: 1, maxWaitMinutes: seconds / 60 },
});
const boat = (prompt: string, more: IDataObject = {}) =>
	generate(prompt, { parameters: { downloadVideo: false, ...more } });

describe('a published workflow', () => {
	it('makes the video ordered by a webhook call, and answers with it', async () => {
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
		await expectVideos(execution, 'Sora', bought());
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

	it('started manually in the editor buys nothing when it is retried; the next test picks up the task', async () => {
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

describe('the same test after a restart of n8n', () => {
	it('buys nothing and says so, and buys again when told to', async () => {
		const { api, n8n } = setting;
		const workflow = await save(workflowOf(manual, boat('A boat')));
		const [sora] = workflow.nodes.filter(({ type }) => type === SORA);
		expect((await api.runToEnd(workflow)).status).toBe('success');
		expect((await api.runToEnd(workflow)).json('Sora')[0]).toMatchObject({ reused: true });
		await n8n.restart();
		for (let presses = 0; presses < 2; presses++) {
			const refused = await api.runToEnd(workflow);
			expect(refused.error?.message).toContain('an earlier test bought this video');
			expect(refused.error?.description).toContain('"Always Buy"');
		}
		expect(bought()).toHaveLength(1);
		const always = { ...sora, parameters: { ...sora?.parameters, whenTesting: 'buy' } };
		const nodes = workflow.nodes.map((node) => (node.type === SORA ? always : node)) as never;
		const changed = await api.changeWorkflow(workflow, { nodes });
		expect((await api.runToEnd(changed)).status).toBe('success');
		expect(bought()).toHaveLength(2);
		const back = await api.changeWorkflow(changed, { nodes: workflow.nodes });
		expect((await api.runToEnd(back)).json('Sora')[0]).toMatchObject({ task_id: bought()[1] });
		expect(bought()).toHaveLength(2);
	});

	it('buys if the previous test bought nothing', async () => {
		const { api, n8n, simulator } = setting;
		const workflow = await save(workflowOf(manual, boat('A bird')));
		simulator.set({ submitFault: 'badKey:1' });
		expect((await api.runToEnd(workflow)).error?.description).toMatch(/^Nothing was bought\./);
		await n8n.restart();
		expect((await api.runToEnd(workflow)).status).toBe('success');
		expect(bought()).toHaveLength(1);
	});
});

describe('a sub-workflow of a test', () => {
	const calling = async (more: IDataObject) => {
		const { id } = await save(workflowOf(whenCalled, boat('A sub-boat', more)));
		const call = {
			name: 'Call',
			type: 'n8n-nodes-base.executeWorkflow',
			typeVersion: 1.2,
			parameters: { workflowId: byId(id), options: {} },
		};
		return await save(workflowOf(manual, call));
	};

	it('returns the sample and buys nothing', async () => {
		const execution = await setting.api.runToEnd(await calling({ whenTesting: 'sample' }));
		if (isSince('2.41')) expect(execution.json('Call')[0]).toMatchObject({ sample: true });
		expect(bought()).toHaveLength(0);
	});

	it('reuses the video in the second test', async () => {
		const workflow = await calling({});
		await setting.api.runToEnd(workflow);
		const again = await setting.api.runToEnd(workflow);
		expect(again.json('Call')[0]).toMatchObject({ task_id: bought()[0] });
		if (isSince('2.41')) expect(bought()).toHaveLength(1);
	});
});

describe('a test that is retried from the list of executions', () => {
	const quota: Step = {
		name: 'Quota',
		type: SORA,
		parameters: { resource: 'account', operation: 'getQuota' },
	};

	it('returns the sample and buys nothing, even if the node was not reached before', async () => {
		const { api, simulator } = setting;
		const workflow = await save(
			workflowOf(manual, quota, boat('A retried boat', { whenTesting: 'sample' })),
		);
		simulator.set({ quotaFault: 'badKey' });
		const failed = await api.runToEnd(workflow);
		expect(failed.status).toBe('error');
		simulator.set({ quotaFault: undefined });
		const retried = await api.retryExecution(failed.id);
		expect(retried.summary).toMatchObject({ mode: 'retry' });
		if (isSince('2.41')) expect(retried.json('Sora')[0]).toMatchObject({ sample: true });
		expect(bought()).toHaveLength(0);
	});

	it('buys its video once, however often it is retried and executed', async () => {
		const { api, simulator } = setting;
		const workflow = await save(workflowOf(manual, boat('A second retried boat')));
		simulator.set({ submitFault: 'badKey:1' });
		const failed = await api.runToEnd(workflow);
		expect((await api.retryExecution(failed.id)).status).toBe('success');
		expect((await api.runToEnd(workflow)).json('Sora')[0]).toMatchObject({ reused: true });
		expect(bought()).toHaveLength(1);
	});
});
