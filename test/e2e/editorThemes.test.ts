import { soon, useEditor } from './editor';
import { example, examples } from './examples';
import { useN8n } from './useN8n';

const setting = useN8n();
const screen = useEditor(setting);

const NODE = 'n8n-nodes-sora.sora';
const TEXT_TO_VIDEO = 'text-to-video.json';
/** What WCAG asks of text. */
const LEGIBLE = 4.5;

const imported = async (file: string) =>
	await setting.api.importWorkflow(example(file), setting.credential);

async function openGenerate() {
	const workflow = await imported(TEXT_TO_VIDEO);
	const node = workflow.nodes.find(({ type }) => type === NODE);
	await screen.editor.openNode(workflow, node?.name ?? '');
	return screen.editor;
}

describe.each([
	{ theme: 'light', ending: '.svg' },
	{ theme: 'dark', ending: '.dark.svg' },
] as const)('in the $theme theme', ({ theme, ending }) => {
	beforeAll(async () => {
		await screen.editor.useTheme(theme);
	});

	it('the icon is the one for it, wherever it stands', async () => {
		const { editor } = screen;
		const expectIcon = async (name: string) =>
			await soon(async () =>
				expect(await editor.icons()).toContainEqual(
					expect.stringMatching(new RegExp(`/${name}${ending.replaceAll('.', '\\.')}$`)),
				),
			);
		await editor.openWorkflow(await imported(TEXT_TO_VIDEO));
		expect(await editor.page.locator('body').getAttribute('data-theme')).toBe(theme);
		await expectIcon('sora');
		await (await openGenerate()).openCredential();
		await expectIcon('soraApi');
	});

	it('what costs money, what was reused and what went wrong can be read', async () => {
		const editor = await openGenerate();
		const expectLegible = async (text: RegExp, within = editor.output) => {
			const said = within.getByText(text);
			await said.first().waitFor();
			expect(await editor.contrast(said)).toBeGreaterThan(LEGIBLE);
		};
		await expectLegible(/costs money at your gateway/, editor.panel);
		await editor.executeStep();
		await editor.executeStep();
		expect(setting.simulator.books.purchases).toHaveLength(1);
		await expectLegible(/^Nothing was bought for 1 item: task .* was reused/);
		setting.simulator.set({ outcome: 'moderation' });
		await (await openGenerate()).executeStep();
		await expectLegible(/^The content was refused by moderation/);
		await expectLegible(/^Change the prompt, picture or clip/);
	});

	it.each(examples())('the notes of $file hold their text, and can be read', async ({ file }) => {
		const { editor } = screen;
		await editor.openWorkflow(await imported(file));
		for (const note of await editor.notes()) {
			const texts = await note.locator('h1, h2, h3, p').all();
			for (const text of texts) expect(await editor.contrast(text)).toBeGreaterThan(LEGIBLE);
			const [box, last] = [await note.boundingBox(), await texts.at(-1)?.boundingBox()];
			if (!box || !last) throw new Error('A note without a text');
			expect(last.y + last.height).toBeLessThan(box.y + box.height);
		}
	});
});

describe('after Stop', () => {
	it('the next press picks up the running task', async () => {
		const editor = await openGenerate();
		const { books } = setting.simulator;
		setting.simulator.set({ renderSeconds: 600 });
		await editor.executeAndStop(() => expect(books.purchases).toHaveLength(1));
		await editor.executeStep();
		expect(await editor.output.innerText()).toContain(
			`task ${books.purchases[0]?.taskId} of an earlier test was reused`,
		);
		expect(books.purchases).toHaveLength(1);
	});
});
