import { until } from '../until';
import type { WorkflowJson } from './n8nApi';
import { storiesIn } from './stories';
import { useN8n } from './useN8n';
import { generate, get, manual, webhook, workflowOf } from './workflows';

// Each workflow orders one video; then n8n is killed, the renders finish, and n8n is started again.
const setting = useN8n({ keepsBooks: true });
const { bought, taskIds, save, start, expectVideos } = storiesIn(setting);

/** Gateway seconds: more than passes before n8n is killed. */
const RENDER_SECONDS = 5_000;
const STORY_TIMEOUT_MS = 180_000;

/** The prompt by which the books tell the workflows apart. */
const promptOf = (name: string) => `${name} [[renderSeconds=${RENDER_SECONDS}]]`;

const WORKFLOWS: Record<string, WorkflowJson> = {
	waiting: workflowOf(webhook('waiting'), generate(promptOf('waiting'))),
	'saving progress': {
		...workflowOf(
			webhook('saving progress'),
			generate(promptOf('saving progress'), { parameters: { waiting: 'none' } }),
			get("={{ $('Sora').item.json.task_id }}"),
		),
		settings: { saveExecutionProgress: true },
	},
	'by hand': workflowOf(manual, generate(promptOf('by hand'))),
};

const ids: Record<string, string> = {};
/** What the log held when n8n had been killed. */
let logBefore = '';

beforeAll(async () => {
	const { n8n, simulator } = setting;
	for (const [name, workflow] of Object.entries(WORKFLOWS)) {
		ids[name] = await start(await save(workflow, { name }));
		await until(() => taskIds(name).length === 1);
	}
	for (const name of ['by hand', 'saving progress']) {
		await until(() => simulator.polls(String(taskIds(name)[0])) > 0);
	}
	await n8n.kill();
	logBefore = n8n.log.text;
	simulator.advance(RENDER_SECONDS);
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
});
