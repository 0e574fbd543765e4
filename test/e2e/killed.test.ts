import type { IDataObject } from 'n8n-workflow';

import { clip } from '../simulator/clips';
import { until } from '../until';
import type { Execution, SavedWorkflow, WorkflowJson } from './n8nApi';
import { useN8n } from './useN8n';
import { generate, get, manual, wait, webhook, workflowOf, type Step } from './workflows';

// Each workflow orders one video; then n8n is killed, the renders finish, and n8n is started again.
const setting = useN8n({ keepsBooks: true });

/** Gateway seconds: more than passes before n8n is killed. */
const RENDER_SECONDS = 5_000;
/** What n8n's Wait node keeps in the database instead of in memory. */
const WAIT_SECONDS = 66;
const STORY_TIMEOUT_MS = 180_000;

/** The prompt by which the books tell the workflows apart. */
const promptOf = (name: string) => `${name} [[renderSeconds=${RENDER_SECONDS}]]`;
const order = (name: string, options: IDataObject = {}): Step =>
	generate(promptOf(name), { parameters: { waiting: 'none', options } });
const TASK_OF_SORA = "={{ $('Sora').item.json.task_id }}";

const WORKFLOWS: Record<string, WorkflowJson> = {
	waiting: workflowOf(webhook('waiting'), generate(promptOf('waiting'))),
	'saving progress': {
		...workflowOf(webhook('saving'), order('saving progress'), get(TASK_OF_SORA)),
		settings: { saveExecutionProgress: true },
	},
	'by hand': workflowOf(manual, generate(promptOf('by hand'))),
	'on a timer': workflowOf(
		webhook('timer'),
		order('on a timer'),
		wait({ resume: 'timeInterval', amount: WAIT_SECONDS, unit: 'seconds' }),
		get(TASK_OF_SORA),
	),
	'called back': workflowOf(
		webhook('called'),
		order('called back', { notifyHook: '={{ $execution.resumeUrl }}' }),
		wait({
			resume: 'webhook',
			httpMethod: 'POST',
			limitWaitTime: true,
			limitType: 'afterTimeInterval',
			resumeAmount: WAIT_SECONDS,
			resumeUnit: 'seconds',
		}),
		get(TASK_OF_SORA),
	),
};

const ids: Record<string, string> = {};
/** What the log held when n8n had been killed. */
let logBefore = '';

const tasksOf = (name: string) =>
	setting.simulator.books.purchases
		.filter(({ prompt }) => prompt === promptOf(name))
		.map(({ taskId }) => taskId);

async function start(name: string, workflow: SavedWorkflow): Promise<void> {
	const { api } = setting;
	const trigger = workflow.nodes.find(({ type }) => type === 'n8n-nodes-base.webhook');
	if (trigger) {
		await api.publish(workflow);
		await api.callWebhook(String(trigger.parameters.path));
	} else {
		await api.runWorkflow(workflow);
	}
	await until(() => tasksOf(name).length === 1);
	const [execution] = await api.executions(workflow);
	ids[name] = String(execution?.id);
}

async function expectVideo(execution: Execution, node: string, name: string): Promise<void> {
	expect({ status: execution.status, error: execution.error?.message }).toEqual({
		status: 'success',
		error: undefined,
	});
	const [item] = execution.items(node);
	expect(item?.json.task_id).toBe(tasksOf(name)[0]);
	const file = await setting.api.download(String(item?.binary?.data?.id));
	expect(file.bytes.equals(await clip(false, 10))).toBe(true);
}

beforeAll(async () => {
	const { api, n8n, simulator } = setting;
	for (const [name, workflow] of Object.entries(WORKFLOWS)) {
		await start(name, await api.importWorkflow({ ...workflow, name }, setting.credential));
	}
	for (const name of ['on a timer', 'called back']) {
		await api.waitForStatus(String(ids[name]), ['waiting']);
	}
	await until(() => simulator.polls(String(tasksOf('by hand')[0])) > 0);
	await n8n.kill();
	logBefore = n8n.log.text;
	simulator.advance(RENDER_SECONDS);
	// Nobody is there to take the call.
	await until(() => simulator.books.callbacks.some(({ error }) => error !== undefined));
	await n8n.begin();
}, STORY_TIMEOUT_MS);

describe('n8n was killed while the Sora node waited', () => {
	it('calls the execution crashed, and keeps nothing that the node knew', async () => {
		for (const name of ['waiting', 'by hand']) {
			const execution = await setting.api.execution(String(ids[name]));
			expect(execution.status).toBe('crashed');
			expect(execution.error?.message).toBe(
				'Workflow did not finish, possible out-of-memory issue',
			);
			expect(JSON.stringify(execution.data)).not.toContain(tasksOf(name)[0]);
			expect(tasksOf(name)).toHaveLength(1);
		}
	});

	it('has the task ID in the log, and Video > Get brings the video with it', async () => {
		const { api } = setting;
		const [taskId] = tasksOf('waiting');
		expect(logBefore).toContain(`Sora task ${taskId} accepted`);
		const workflow = workflowOf(manual, get(String(taskId)));
		const execution = await api.runToEnd(await api.importWorkflow(workflow, setting.credential));
		await expectVideo(execution, 'Get', 'waiting');
		expect(tasksOf('waiting')).toHaveLength(1);
	});

	it('resumes the paid task when the crashed execution is retried, if it saved its progress before Get', async () => {
		const retried = await setting.api.retryExecution(String(ids['saving progress']));
		expect(retried.summary.retryOf).toBe(ids['saving progress']);
		await expectVideo(retried, 'Get', 'saving progress');
		expect(tasksOf('saving progress')).toHaveLength(1);
	});

	// This is n8n's doing, and the README warns of it: should n8n change it, the warning may go.
	it('buys again when the crashed execution is retried, for n8n then starts it from its trigger', async () => {
		const { api, simulator } = setting;
		const retrying = api.retryExecution(String(ids.waiting));
		await until(() => tasksOf('waiting').length === 2);
		simulator.advance(RENDER_SECONDS);
		expect((await retrying).status).toBe('success');
		expect(tasksOf('waiting')).toHaveLength(2);
	});

	it('cannot be retried where it was run by hand', async () => {
		await expect(setting.api.retryExecution(String(ids['by hand']))).rejects.toThrow(
			'The execution was aborted before starting, so it cannot be retried',
		);
		expect(tasksOf('by hand')).toHaveLength(1);
	});
});

describe('n8n was killed while its Wait node waited between Generate and Get', () => {
	it.each([
		['the time is over', 'on a timer'],
		['the time is over, where the call of the gateway was lost with n8n', 'called back'],
	])(
		'ends with the video, bought once, when %s',
		async (_, name) => {
			const execution = await setting.api.waitForEnd(String(ids[name]), { timeoutMs: 120_000 });
			await expectVideo(execution, 'Get', name);
			expect(tasksOf(name)).toHaveLength(1);
		},
		STORY_TIMEOUT_MS,
	);
});
