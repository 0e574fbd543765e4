/* eslint-disable @n8n/community-nodes/no-restricted-imports -- reads a download, never inside n8n */
import { buffer } from 'node:stream/consumers';

import { jpeg } from '../files/images';
import { clip } from '../simulator/clips';
import { SCREEN, soon, useEditor } from './editor';
import { example } from './examples';
import { useN8n } from './useN8n';

// A form goes on at the address that n8n gives out, and the browser knows the loopback address alone.
const setting = useN8n({ environment: { N8N_HOST: '127.0.0.1' } });
const screen = useEditor(setting);

const RENDERED_MS = 60_000;

beforeAll(async () => {
	const saved = await setting.api.importWorkflow(
		example('photo-to-video.json'),
		setting.credential,
	);
	await setting.api.publish(saved);
});

/** Nothing is cut where the screen is as narrow as a phone's. */
async function fitsAPhone(): Promise<void> {
	const { page } = screen.editor;
	await page.setViewportSize({ width: 390, height: 844 });
	const width = await page.evaluate('document.documentElement.scrollWidth');
	await page.setViewportSize(SCREEN);
	expect(width).toBe(390);
}

/** Opens the form as a visitor does, and sends it with this file as the photo. */
async function send(photo: Buffer) {
	const { page } = screen.editor;
	await soon(async () => {
		await page.goto(`${setting.n8n.url}/form/photo-to-video`);
		expect(await page.locator('textarea').count()).toBe(1);
	});
	const told = await page.locator('body').innerText();
	await fitsAPhone();
	await page
		.locator('input[type=file]')
		.setInputFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: photo });
	await page.locator('textarea').fill('The teapot turns slowly');
	return { page, told, press: async () => await page.locator('#submit-btn').click() };
}

describe('the form of an example', () => {
	it('announces the wait, then shows the video and saves it', async () => {
		const { page, told, press } = await send(jpeg({ width: 1200, height: 900 }));
		expect(told).toContain('It takes 2 to 10 minutes: keep this page open');
		const saving = page.waitForEvent('download', { timeout: RENDERED_MS });
		await press();
		const file = await saving;
		expect((await buffer(await file.createReadStream())).equals(await clip(false, 10))).toBe(true);
		expect(file.suggestedFilename()).toMatch(/\.mp4$/);
		expect(await page.locator('body').innerText()).toContain('Your video');
		expect(await screen.editor.play(page.locator('video'))).toBeCloseTo(10, 0);
		await screen.editor.picture('form-ending', page.locator('.card').first(), 16);
		await fitsAPhone();
	});

	it('says at once what is wrong with the file', async () => {
		const { page, press } = await send(Buffer.from('This is no picture'));
		await press();
		await soon(async () => {
			const says = await page.locator('body').innerText();
			expect(says).toContain('No video was made');
			expect(says).toContain('Please try another photo (JPEG, PNG or WebP)');
			expect(says).toContain('the file in "Photo" is');
		});
		expect(setting.simulator.books.purchases).toEqual([]);
	});
});
