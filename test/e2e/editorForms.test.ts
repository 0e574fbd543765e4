/* eslint-disable @n8n/community-nodes/no-restricted-imports -- reads a download, never inside n8n */
import { buffer } from 'node:stream/consumers';

import { jpeg } from '../files/images';
import { clip } from '../simulator/clips';
import type { TaskRecord } from '../simulator/simulator';
import { SCREEN, soon, useEditor } from './editor';
import { example } from './examples';
import { useN8n } from './useN8n';

// A form goes on at the address that n8n gives out, and the browser knows the loopback address alone.
const setting = useN8n({ environment: { N8N_HOST: '127.0.0.1' } });
const screen = useEditor(setting);

const RENDERED_MS = 60_000;

/** The forms of the examples: what a visitor sends, and what the page calls it. */
const FORMS = [
	{
		file: 'photo-to-video.json',
		path: 'photo-to-video',
		field: 'Photo',
		upload: { name: 'photo.jpg', mimeType: 'image/jpeg' },
	},
	{
		file: 'product-photo-to-veo.json',
		path: 'product-to-video',
		field: 'Product_Photo',
		upload: { name: 'photo.jpg', mimeType: 'image/jpeg' },
	},
	{
		file: 'pet-clip-to-cameo.json',
		path: 'pet-clip-to-cameo',
		field: 'Clip',
		upload: { name: 'clip.mp4', mimeType: 'video/mp4' },
	},
];

/** Nothing is cut where the screen is as narrow as a phone's. */
async function fitsAPhone(): Promise<void> {
	const { page } = screen.editor;
	await page.setViewportSize({ width: 390, height: 844 });
	const width = await page.evaluate('document.documentElement.scrollWidth');
	await page.setViewportSize(SCREEN);
	expect(width).toBe(390);
}

describe.each(FORMS)('the form of $file', ({ file, path, field, upload }) => {
	beforeAll(async () => {
		const { api, credential } = setting;
		await api.publish(await api.importWorkflow(example(file), credential));
	});

	/** Opens the form as a visitor does, fills it in with this file, and gives what it said. */
	async function fillIn(content: Buffer): Promise<string> {
		const { page } = screen.editor;
		await soon(async () => {
			await page.goto(`${setting.n8n.url}/form/${path}`);
			expect(await page.locator('textarea').count()).toBe(1);
		});
		const told = await page.locator('body').innerText();
		await fitsAPhone();
		await page.locator('input[type=file]').setInputFiles({ ...upload, buffer: content });
		await page.locator('textarea').fill('The teapot turns slowly');
		return told;
	}
	const press = async () => await screen.editor.page.locator('#submit-btn').click();

	it('announces the wait, then shows the video and saves it', async () => {
		const { editor } = screen;
		const { page } = editor;
		const photo = jpeg({ width: 1200, height: 900 });
		const told = await fillIn(upload.name === 'clip.mp4' ? await clip(false, 10) : photo);
		expect(told).toMatch(/It takes \d to \d+ minutes: keep this page open/);
		const saving = page.waitForEvent('download', { timeout: RENDERED_MS });
		await press();
		const saved = await saving;
		const { books, task } = setting.simulator;
		const tasks = books.purchases.map(({ taskId }) => task(taskId) as TaskRecord);
		const [video] = await Promise.all(
			tasks.map(({ portrait, seconds }) => clip(portrait, seconds)),
		);
		expect(tasks).toHaveLength(1);
		expect(await buffer(await saved.createReadStream())).toEqual(video);
		expect(saved.suggestedFilename()).toMatch(/\.mp4$/);
		await editor.play(page.locator('video'));
		if (path === 'photo-to-video') {
			await editor.picture('form-ending', page.locator('.card').first(), 16);
		}
		await fitsAPhone();
	});

	it('says at once what is wrong with the file, and buys nothing', async () => {
		await fillIn(Buffer.from('This is no picture'));
		await press();
		await soon(async () => {
			const says = await screen.editor.page.locator('body').innerText();
			expect(says).toContain('No video was made');
			expect(says).toContain(`the file in "${field}" is`);
		});
		expect(setting.simulator.books.purchases).toEqual([]);
	});
});
