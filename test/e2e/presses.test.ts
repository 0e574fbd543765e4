import type { IDataObject } from 'n8n-workflow';

import { isSince } from './environment';
import type { SavedWorkflow } from './n8nApi';
import { useN8n } from './useN8n';
import { byId, generate, manual, SORA, whenCalled, workflowOf, type Step } from './workflows';

const setting = useN8n({ scenario: { renderSeconds: 5 } });

const bought = () => setting.simulator.books.purchases.map(({ taskId }) => taskId);
const save = async (...steps: Step[]): Promise<SavedWorkflow> =>
	await setting.api.importWorkflow(workflowOf(...steps), setting.credential);
const boat = (prompt: string, more: IDataObject = {}) =>
	generate(prompt, { parameters: { downloadVideo: false, ...more } });

describe('the same press after a restart of n8n', () => {
	it('buys nothing without a word, and again once it is told to', async () => {
		const { api, n8n } = setting;
		const workflow = await save(manual, boat('A boat'));
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

	it('buys where the press before bought nothing', async () => {
		const { api, n8n, simulator } = setting;
		const workflow = await save(manual, boat('A bird'));
		simulator.set({ submitFault: 'badKey:1' });
		expect((await api.runToEnd(workflow)).error?.description).toMatch(/^Nothing was bought\./);
		await n8n.restart();
		expect((await api.runToEnd(workflow)).status).toBe('success');
		expect(bought()).toHaveLength(1);
	});
});

describe('a sub-workflow of a test', () => {
	const calling = async (more: IDataObject) => {
		const { id } = await save(whenCalled, boat('A sub-boat', more));
		return await save(manual, {
			name: 'Call',
			type: 'n8n-nodes-base.executeWorkflow',
			typeVersion: 1.2,
			parameters: { workflowId: byId(id), options: {} },
		});
	};

	it('returns the sample and buys nothing', async () => {
		const execution = await setting.api.runToEnd(await calling({ whenTesting: 'sample' }));
		if (isSince('2.41')) expect(execution.json('Call')[0]).toMatchObject({ sample: true });
		expect(bought()).toHaveLength(0);
	});

	it('reuses the video at the second press', async () => {
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

	it('returns the sample and buys nothing, also where the node was not reached before', async () => {
		const { api, simulator } = setting;
		const workflow = await save(manual, quota, boat('A retried boat', { whenTesting: 'sample' }));
		simulator.set({ quotaFault: 'badKey' });
		const failed = await api.runToEnd(workflow);
		expect(failed.status).toBe('error');
		simulator.set({ quotaFault: undefined });
		const retried = await api.retryExecution(failed.id);
		expect(retried.summary).toMatchObject({ mode: 'retry' });
		if (isSince('2.41')) expect(retried.json('Sora')[0]).toMatchObject({ sample: true });
		expect(bought()).toHaveLength(0);
	});

	it('buys its video once, however often it is retried and pressed', async () => {
		const { api, simulator } = setting;
		const workflow = await save(manual, boat('A second retried boat'));
		simulator.set({ submitFault: 'badKey:1' });
		const failed = await api.runToEnd(workflow);
		expect((await api.retryExecution(failed.id)).status).toBe('success');
		expect((await api.runToEnd(workflow)).json('Sora')[0]).toMatchObject({ reused: true });
		expect(bought()).toHaveLength(1);
	});
});
