import type { IDataObject } from 'n8n-workflow';

import { until } from '../until';
import type { WorkflowJson } from './n8nApi';
import { storiesIn } from './stories';
import { useN8n } from './useN8n';
import { generate, get, manual, wait, webhook, workflowOf, type Step } from './workflows';

// Each workflow orders one video; then n8n is killed, the renders finish, and n8n is started again.
const setting = useN8n({ keepsBooks: true });
const { bought, taskIds, save, start, expectVideos } = storiesIn(setting);

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
		...workflowOf(webhook('saving progress'), order('saving progress'), get(TASK_OF_SORA)),
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

beforeAll(async () => {
	const { api, n8n, simulator } = setting;
	for (const [name, workflow] of Object.entries(WORKFLOWS)) {
		ids[name] = await start(await save(workflow, { name }));
		await until(() => taskIds(name).length === 1);
	}
	for (const name of ['on a timer', 'called back']) {
		await api.waitForStatus(String(ids[name]), ['waiting']);
	}
	for (const name of ['by hand', 'saving progress']) {
		await until(() => simulator.polls(String(taskIds(name)[0])) > 0);
	}
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
			expect(JSON.stringify(execution.data)).not.toContain(taskIds(name)[0]);
			expect(bought(name)).toHaveLength(1);
		}
	});

	it('has the task ID in the log, and Video > Get downloads the video with it', async () => {
		const [taskId] = taskIds('waiting') as [string];
		expect(logBefore).toContain(`Sora task ${taskId} accepted`);
		const execution = await setting.api.runToEnd(await save(workflowOf(manual, get(taskId))));
		await expectVideos(execution, 'Get', [taskId]);
		expect(bought('waiting')).toHaveLength(1);
	});

	it('resumes the paid task when the crashed execution is retried, if progress was saved before Get', async () => {
		const name = 'saving progress';
		const retried = await setting.api.retryExecution(String(ids[name]));
		expect(retried.summary.retryOf).toBe(ids[name]);
		await expectVideos(retried, 'Get', taskIds(name));
		expect(bought(name)).toHaveLength(1);
	});

	// This is n8n's doing, and the README warns of it: should n8n change it, the warning may go.
	it('buys again when the crashed execution is retried, because n8n then starts it from its trigger', async () => {
		const { api, simulator } = setting;
		const retrying = api.retryExecution(String(ids.waiting));
		await until(() => bought('waiting').length === 2);
		simulator.advance(RENDER_SECONDS);
		expect((await retrying).status).toBe('success');
		expect(bought('waiting')).toHaveLength(2);
	});

	it('cannot be retried if it was started manually', async () => {
		await expect(setting.api.retryExecution(String(ids['by hand']))).rejects.toThrow(
			'The execution was aborted before starting, so it cannot be retried',
		);
		expect(bought('by hand')).toHaveLength(1);
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
			await expectVideos(execution, 'Get', taskIds(name));
			expect(bought(name)).toHaveLength(1);
		},
		STORY_TIMEOUT_MS,
	);
});
