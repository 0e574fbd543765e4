import { soon, useEditor } from './editor';
import { example, examples } from './examples';
import { useN8n } from './useN8n';

const setting = useN8n();
const screen = useEditor(setting);

const TEXT_TO_VIDEO = 'text-to-video.json';

const imported = async (file: string) =>
	await setting.api.importWorkflow(example(file), setting.credential);

async function openGenerate() {
	const workflow = await imported(TEXT_TO_VIDEO);
	await screen.editor.openNode(workflow, 'Generate a Video');
	return screen.editor;
}

it.each([
	{ theme: 'dark', ending: '.dark.svg' },
	{ theme: 'light', ending: '.svg' },
] as const)('in the $theme theme the icon is the one for it', async ({ theme, ending }) => {
	const { editor } = screen;
	await editor.useTheme(theme);
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

it.each(examples())('the notes of $file fit their text', async ({ file }) => {
	const { editor } = screen;
	await editor.openWorkflow(await imported(file));
	for (const note of await editor.notes()) {
		const texts = await note.locator('h1, h2, h3, p').all();
		const [box, last] = [await note.boundingBox(), await texts.at(-1)?.boundingBox()];
		if (!box || !last) throw new Error('A note without a text');
		expect(last.y + last.height).toBeLessThan(box.y + box.height);
	}
});

it('the panel says what costs money, what was reused and what went wrong', async () => {
	const editor = await openGenerate();
	await editor.panel.getByText(/costs money at your gateway/).waitFor();
	await editor.executeStep();
	await editor.executeStep();
	expect(setting.simulator.books.purchases).toHaveLength(1);
	await editor.output.getByText(/^Nothing was bought for 1 item: task .* was reused/).waitFor();
	setting.simulator.set({ outcome: 'moderation' });
	await (await openGenerate()).executeStep();
	await editor.output
		.getByText(/^Change the prompt, picture or clip/)
		.first()
		.waitFor();
});
