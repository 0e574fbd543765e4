import { jpeg } from '../files/images';
import { clip } from '../simulator/clips';
import { example, examples, isForOpenRouter, openRouterCredential } from './examples';
import type { Execution, SavedWorkflow, WorkflowJson } from './n8nApi';
import { expectSuccess, storiesIn } from './stories';
import { useN8n } from './useN8n';

// The stand-in calls the address that n8n gives out, and listens to the loopback address alone.
const setting = useN8n({
	environment: { N8N_HOST: '127.0.0.1' },
	scenario: { face: 'openrouter' },
});

const TIMEOUT_MS = 150_000;
/** They wait in the Sora node, and return their videos from it. */
const WHOLE_IN_ONE_RUN = [
	'character-and-cameo.json',
	'openrouter.json',
	'pet-clip-to-cameo.json',
	'photo-to-video.json',
	'product-photo-to-veo.json',
	'storyboard.json',
	'text-to-video.json',
];
const IN_PARTS = ['model-by-column.json', 'parked.json', 'posts.json'];
const ELSEWHERE = ['agent-tool.json', 'batch.json', 'callback.json', 'timer.json'];

const save = async (workflow: WorkflowJson): Promise<SavedWorkflow> => {
	const { api, credential, simulator } = setting;
	if (!isForOpenRouter(workflow)) return await api.importWorkflow(workflow, credential);
	const openRouter = await api.createCredential(openRouterCredential(simulator), 'OpenRouter');
	return await api.importWorkflow(workflow, openRouter);
};

const purchases = () => setting.simulator.books.purchases;
const { taskIds, expectVideos } = storiesIn(setting);

/** What a visitor enters into the form of an example, by the type of the field. */
async function entry(fieldType: unknown, accepted: unknown): Promise<string | File> {
	if (fieldType !== 'file') return 'A small robot waves in the rain';
	if (String(accepted).includes('.mp4')) {
		return new File([new Uint8Array(await clip(false, 10))], 'clip.mp4', { type: 'video/mp4' });
	}
	const photo = jpeg({ width: 1200, height: 900 });
	return new File([new Uint8Array(photo)], 'photo.jpg', { type: 'image/jpeg' });
}

/** Starts a workflow the way it is meant to be started, and waits for its end. */
async function run(
	saved: SavedWorkflow,
	{ trigger, file }: { trigger?: string; file?: File } = {},
): Promise<Execution> {
	const { api } = setting;
	const form = saved.nodes.find(({ type }) => type === 'n8n-nodes-base.formTrigger');
	if (!form) return await api.runToEnd(saved, { trigger, timeoutMs: TIMEOUT_MS });
	const { formFields, options } = form.parameters as {
		formFields: { values: Array<{ fieldType?: string; acceptFileTypes?: string }> };
		options: { path: string };
	};
	const entries = await Promise.all(
		formFields.values.map(
			async (field) =>
				(field.fieldType === 'file' && file) ||
				(await entry(field.fieldType, field.acceptFileTypes)),
		),
	);
	await api.publish(saved);
	const { id, waitingUrl } = await api.submitForm(saved, options.path, entries);
	await api.waitForStatus(id, ['waiting'], { timeoutMs: TIMEOUT_MS });
	endings.push(await api.endForm(waitingUrl));
	return await api.waitForEnd(id, { timeoutMs: TIMEOUT_MS });
}

/** The pages that forms ended with, in this test. */
const endings: string[] = [];
beforeEach(() => endings.splice(0));

/** What the page of a form saves as files. */
const savedFiles = (page: string) => {
	const [, encoded = '%5B%5D'] = /JSON\.parse\(decodeURIComponent\("([^"]*)"\)\)/.exec(page) ?? [];
	// An older n8n gives one file, a newer one a list.
	return [JSON.parse(decodeURIComponent(encoded)) as unknown].flat() as Array<{
		data: { data: number[] };
		type: string;
	}>;
};

it('every example runs here, in agent.test.ts or in pipelines.test.ts', () => {
	expect([...WHOLE_IN_ONE_RUN, ...IN_PARTS, ...ELSEWHERE].sort()).toEqual(
		examples().map(({ file }) => file),
	);
});

describe.each(WHOLE_IN_ONE_RUN)('examples/%s', (file) => {
	const workflow = example(file);
	/** What the workflow is to buy in one run, as it says itself. */
	const ordered = workflow.nodes.filter(
		({ type, parameters }) => type === 'n8n-nodes-sora.sora' && parameters.operation === 'generate',
	);
	const created = workflow.nodes.filter(({ parameters }) => parameters.resource === 'character');

	let saved: SavedWorkflow;
	beforeAll(async () => {
		saved = await save(workflow);
	});
	const asks = workflow.nodes.some(({ type }) => type === 'n8n-nodes-base.formTrigger');

	(asks ? it : it.skip)('tells a visitor what is wrong, and buys nothing', async () => {
		const refused = new File(['This is not a picture'], 'photo.jpg', { type: 'image/jpeg' });
		expectSuccess(await run(saved, { file: refused }));
		expect(endings).toEqual([expect.stringContaining('No video was made')]);
		expect(endings[0]).toMatch(/Nothing was sent to the gateway: .*the file in/);
		expect(purchases()).toEqual([]);
	});

	it('runs as imported, buys what it says, and returns complete videos', async () => {
		const execution = await run(saved);
		if (asks) {
			const task = setting.simulator.task(String(purchases()[0]?.taskId));
			const whole = await clip(task?.portrait ?? false, task?.seconds ?? 0);
			const [file] = savedFiles(String(endings[0]));
			expect(Buffer.from(file?.data.data ?? []).equals(whole)).toBe(true);
			expect(endings[0]).toContain('<video controls');
		}
		expect(purchases()).toHaveLength(ordered.length);
		expect(setting.simulator.books.characters).toHaveLength(created.length);
		for (const [index, { name }] of ordered.entries()) {
			await expectVideos(execution, name, taskIds().slice(index, index + 1));
		}
	});
});

describe('examples/parked.json', () => {
	it('runs as imported: parks its only node until the gateway calls', async () => {
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
});

describe('examples/posts.json', () => {
	it('runs as imported: names its videos, and sends each to the output for its orientation', async () => {
		const execution = await run(await save(example('posts.json')));
		expect(purchases()).toHaveLength(2);
		await expectVideos(execution, 'Generate the Videos', taskIds());
		const shown = (node: string) =>
			execution.items(node).map(({ json, binary }) => ({
				isPortrait: Number(json.height) > Number(json.width),
				file: binary?.data?.fileName,
			}));
		expect(shown('Post as a Short')).toEqual([{ isPortrait: true, file: 'Otter Latte Art.mp4' }]);
		expect(shown('Post as a Video')).toEqual([
			{ isPortrait: false, file: 'Lighthouse at Dawn.mp4' },
		]);
	});
});

describe('examples/model-by-column.json', () => {
	it('runs as imported: each row uses its model, with the settings that the model has', async () => {
		const execution = await run(await save(example('model-by-column.json')));
		expect(purchases()).toHaveLength(3);
		await expectVideos(execution, 'Videos', taskIds());
		expect(execution.items('Failures')).toEqual([]);
		const rows = execution.json('One Item a Row');
		expect(execution.json('Videos').map(({ model, prompt }) => [model, prompt])).toEqual(
			rows.map(({ model, idea }) => [model, idea]),
		);
		const bodies = purchases().map(({ body }) => ({ ...body, prompt: undefined }));
		expect(bodies).toEqual(
			expect.arrayContaining([
				{ model: 'veo3.1-fast', aspect_ratio: '9:16' },
				{ model: 'grok-video-3', ratio: '1:1', duration: 6, resolution: '720P' },
				{ model: 'wan2.5-t2v-preview', duration: 5, size: '1920*1080' },
			]),
		);
	});
});
