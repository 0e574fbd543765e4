import { example, isForOpenRouter, openRouterCredential } from './examples';
import type { Execution, SavedWorkflow, WorkflowJson } from './n8nApi';
import { storiesIn } from './stories';
import { useN8n } from './useN8n';

// The stand-in calls the address that n8n gives out, and listens to the loopback address alone.
const setting = useN8n({
	environment: { N8N_HOST: '127.0.0.1' },
	scenario: { face: 'openrouter' },
});

const TIMEOUT_MS = 150_000;

const save = async (workflow: WorkflowJson): Promise<SavedWorkflow> => {
	const { api, credential, simulator } = setting;
	if (!isForOpenRouter(workflow)) return await api.importWorkflow(workflow, credential);
	const openRouter = await api.createCredential(openRouterCredential(simulator), 'OpenRouter');
	return await api.importWorkflow(workflow, openRouter);
};

const purchases = () => setting.simulator.books.purchases;
const { taskIds, expectVideos } = storiesIn(setting);

/** Starts a workflow by hand. Gives its execution, which has delivered all that it has bought. */
async function run(file: string, ...nodes: string[]): Promise<Execution> {
	const saved = await save(example(file));
	const execution = await setting.api.runToEnd(saved, { timeoutMs: TIMEOUT_MS });
	const tasksIn = (node: string) => execution.json(node).map(({ task_id: id }) => String(id));
	for (const node of nodes) await expectVideos(execution, node, tasksIn(node));
	expect(nodes.flatMap(tasksIn).sort()).toEqual(taskIds().sort());
	return execution;
}

it.each([
	['text-to-video.json', 1, ['Generate a Video']],
	['openrouter.json', 1, ['Generate a Video']],
	['storyboard.json', 1, ['Generate the Advert']],
	['character-and-cameo.json', 2, ['Introduce the Fox', 'Generate the Cameo']],
	['model-by-column.json', 3, ['Videos']],
])('examples/%s runs as imported, and returns %i whole videos', async (file, videos, nodes) => {
	await run(file, ...nodes);
	expect(purchases()).toHaveLength(videos);
});

it('examples/parked.json runs as imported: parks its only node until the gateway calls', async () => {
	// Long enough to be parked before the calls come.
	setting.simulator.set({ renderSeconds: 300 });
	const saved = await save(example('parked.json'));
	const id = await setting.api.runWorkflow(saved);
	await setting.api.waitForStatus(id, ['waiting']);
	const execution = await setting.api.waitForEnd(id, { timeoutMs: TIMEOUT_MS });
	expect(purchases()).toHaveLength(2);
	await expectVideos(execution, 'Videos', taskIds());
	expect(execution.items('Failures')).toEqual([]);
});

it('examples/posts.json names its videos, and sends each to the output for its orientation', async () => {
	const execution = await run('posts.json', 'Generate the Videos');
	const shown = (node: string) =>
		execution.items(node).map(({ json, binary }) => ({
			isPortrait: Number(json.height) > Number(json.width),
			file: binary?.data?.fileName,
		}));
	expect(shown('Post as a Short')).toEqual([{ isPortrait: true, file: 'Otter Latte Art.mp4' }]);
	expect(shown('Post as a Video')).toEqual([{ isPortrait: false, file: 'Lighthouse at Dawn.mp4' }]);
});
