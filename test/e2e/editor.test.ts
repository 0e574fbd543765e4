import { example } from './examples';
import { SCREEN, soon, useEditor } from './editor';
import type { SavedWorkflow } from './n8nApi';
import { storiesIn } from './stories';
import { useN8n } from './useN8n';
import { generate, manual, workflowOf } from './workflows';

const setting = useN8n();
const screen = useEditor(setting);
const { bought, save } = storiesIn(setting);

const GENERATE = 'Generate a Video';
const REFUSED = '生成失败：提示词违反了内容政策，请修改后重试';

const imported = async (file: string) =>
	await setting.api.importWorkflow(example(file), setting.credential);

describe('the node list', () => {
	it.each([
		...['sora', 'sora 2', 'sora-2-pro', 'video', 'text to video', 'image to video'],
		...['ai video', 'generate video', 'movie', 'film', 'clip', 'animation'],
		...['cameo', 'character', 'veo', 'kling', 'seedance', 'wan', 'grok video'],
		...['reels', 'shorts', 'tiktok', 'advert', 'instagram', 'commercial'],
		...['create video', 'make video', 'text-to-video', 'storyboard', 'photo to video'],
	])('finds the node by "%s"', async (words) => {
		const { editor } = screen;
		if (words === 'sora') await editor.openWorkflow(await imported('text-to-video.json'));
		expect((await editor.searchNodes(words)).slice(0, 5)).toContain('Sora');
	});

	it('describes the operations', async () => {
		const { editor } = screen;
		await editor.searchNodes('sora');
		await editor.openFoundNode('Sora');
		// In this order; n8n names a new node after the one that is chosen, so they are short.
		const actions = [
			...['Generate a video', 'Get a video', 'Create a character', 'Upload a file'],
			'Get the quota',
		];
		await soon(async () => {
			const found = await editor.foundActions();
			expect(found.filter((name) => actions.includes(name))).toEqual(actions);
		});
	});

	it('mentions videos, not the trigger, in an empty workflow', async () => {
		const { editor } = screen;
		await editor.openNewWorkflow();
		expect((await editor.searchNodes('text to video')).slice(0, 5)).toContain('Sora');
		expect(await editor.foundDescription('Sora')).toMatch(/^Videos from text, images/);
		await editor.openFoundNode('Sora');
		const events = ['On video finished', 'On video failed'];
		await soon(async () => {
			const found = await editor.foundActions();
			expect(found.filter((name) => /^On /.test(name))).toEqual(events);
		});
	});
});

describe('the list of models', () => {
	let workflow: SavedWorkflow;
	beforeAll(async () => {
		workflow = await imported('text-to-video.json');
		await screen.editor.openNode(workflow, GENERATE);
	});

	it("has the two Sora models first, then the gateway's other video models", async () => {
		const { editor } = screen;
		await soon(async () => {
			const models = await editor.models();
			expect(models.slice(0, 2)).toEqual(['Sora 2', 'Sora 2 Pro']);
			expect(models).toEqual(
				expect.arrayContaining([
					...['Veo 3.1', 'Grok Video', 'Wan 2.5 (First Frame)'],
					'Veo 3.1 Lite, not listed by your gateway',
				]),
			);
			expect(models.filter((model) => /gpt-5.1/.test(model))).toEqual([]);
		});
	});

	it('is searched', async () => {
		const { editor } = screen;
		await soon(async () => {
			const found = await editor.models('VEO');
			expect(found).toEqual(expect.arrayContaining(['Veo 3.1', 'Veo 3.1 Fast']));
			// The chosen one stays in sight.
			expect(found.filter((model) => !/^Veo/.test(model))).toEqual(['Sora 2']);
		});
	});

	it('changes the fields to those of the chosen model', async () => {
		const { editor } = screen;
		await editor.chooseModel('Veo 3.1 Fast');
		await soon(async () => expect(await editor.fields()).not.toContain('Duration'));
		await editor.models();
		await editor.chooseModel('Sora 2 Pro');
		await soon(async () =>
			expect(await editor.fields()).toEqual(expect.arrayContaining(['Duration', 'HD'])),
		);
	});

	it('gives way to a typed ID', async () => {
		const { editor } = screen;
		await editor.typeModel('house-model-1');
		await soon(async () => expect(await editor.fields()).toContain('Additional Fields'));
		expect((await editor.choices('duration'))[0]).toBe("Model's Default");
		await editor.typeModel('sora-2');
		await soon(async () => expect(await editor.fields()).not.toContain('Additional Fields'));
		expect(await editor.fields()).toContain('Duration');
	});
});

describe('a credential in the panel', () => {
	it('says that its key is good', async () => {
		const { editor } = screen;
		await editor.openNode(await imported('text-to-video.json'), GENERATE);
		await editor.openCredential();
		const { credentialWindow } = editor;
		await soon(async () =>
			expect(await credentialWindow.innerText()).toContain('Connection tested successfully'),
		);
		await editor.picture('credential-tested', credentialWindow);
	});

	it('says why its key is not', async () => {
		const { editor } = screen;
		const { api, credentialData } = setting;
		const wrong = { ...credentialData, apiKey: 'not-the-key' };
		const credential = await api.createCredential(wrong, 'Another account');
		const workflow = await api.importWorkflow(example('text-to-video.json'), credential);
		await editor.openNode(workflow, GENERATE);
		await editor.openCredential();
		await editor.credentialWindow.getByText('More details').click();
		await soon(async () =>
			expect(await editor.credentialWindow.innerText()).toContain(
				'The gateway did not accept the API key',
			),
		);
	});
});

describe('a storyboard in the panel', () => {
	it('lists its shots', async () => {
		const { editor } = screen;
		const workflow = await imported('storyboard.json');
		const node = workflow.nodes.find(({ type }) => type === 'n8n-nodes-sora.sora');
		await editor.openNode(workflow, node?.name ?? '');
		const shot = ['Duration (Seconds)', 'Scene'];
		await soon(async () =>
			expect((await editor.fieldsIn('Options')).filter((label) => shot.includes(label))).toEqual([
				...shot,
				...shot,
				...shot,
			]),
		);
		await editor.executePreviousNodes();
		await soon(async () => expect((await editor.previews()).scene).toBeTruthy());
		await editor.page.setViewportSize({ ...SCREEN, height: 2200 });
		await editor.picture('storyboard', editor.field('Options'));
		await editor.page.setViewportSize(SCREEN);
	});
});

describe('a run from the panel', () => {
	it('shows the result, and plays the video', async () => {
		const { editor } = screen;
		await editor.openNode(await imported('text-to-video.json'), GENERATE);
		await editor.executeStep();
		const task = setting.simulator.books.purchases[0];
		await editor.showOutputAs('table');
		await soon(async () => expect(await editor.output.innerText()).toContain(task?.taskId));
		await editor.showOutputAs('json');
		await soon(async () => expect(await editor.output.innerText()).toContain('"SUCCESS"'));
		await editor.showOutputAs('binary');
		await editor.output.getByText('View', { exact: true }).click();
		expect(await editor.play(editor.output.locator('video'))).toBeCloseTo(10, 0);
		await editor.picture('generated-video', editor.panel);
	});

	it("shows an error with its task, its advice and the gateway's words", async () => {
		const { editor } = screen;
		setting.simulator.set({ outcome: 'moderation' });
		await editor.openNode(await imported('text-to-video.json'), GENERATE);
		await editor.executeStep();
		const taskId = setting.simulator.books.purchases[0]?.taskId;
		const error = await editor.error();
		expect(error).toContain(`The gateway's moderation refused the content (task ${taskId})`);
		expect(error).toContain('Change the prompt');
		expect(error).toContain(REFUSED);
	});
});

describe('the trigger shows the URL for the gateway', () => {
	it.each([
		['open', {}, /\/sora$/],
		['with a secret', { secret: 'k7 Qm' }, /\/sora\?secret=k7%20Qm$/],
	])('%s', async (name, parameters, address) => {
		const { editor } = screen;
		const workflow = await save(
			workflowOf(manual, { name, type: 'n8n-nodes-sora.soraTrigger', parameters }),
		);
		await editor.openNode(workflow, name);
		await soon(async () =>
			expect(await editor.webhookUrls()).toEqual([expect.stringMatching(address)]),
		);
	});
});

it('an expression shows its value in its field, and sends it to the gateway', async () => {
	const { editor } = screen;
	const from = (field: string) => `={{ $json.${field} }}`;
	const item = { words: 'Herons', ratio: '9:16', seconds: '15', more: { seed: 7 } };
	const workflow = await save(
		workflowOf(
			{
				name: 'Start',
				type: 'n8n-nodes-base.set',
				typeVersion: 3.4,
				parameters: { mode: 'raw', jsonOutput: JSON.stringify(item) },
			},
			generate(from('words'), {
				parameters: {
					aspectRatio: from('ratio'),
					duration: from('seconds'),
					downloadVideo: false,
					options: { extraBody: from('more') },
				},
			}),
		),
	);
	await editor.openNode(workflow, 'Sora');
	await editor.executePreviousNodes();
	await soon(async () =>
		expect(await editor.previews()).toMatchObject({
			prompt: item.words,
			aspectRatio: item.ratio,
			duration: item.seconds,
		}),
	);
	await editor.executeStep();
	expect(await editor.error()).toBe('');
	expect(bought().map(({ body }) => body)).toEqual([
		{ model: 'sora-2', prompt: item.words, aspect_ratio: '9:16', duration: '15', seed: 7 },
	]);
});
