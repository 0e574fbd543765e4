/* eslint-disable @n8n/community-nodes/no-restricted-imports -- looks at files on a developer's machine, never inside n8n */
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { examples, examplesInOrder } from '../e2e/examples';
import { readKept, writeKept } from '../e2e/kept';
import { newOwner } from '../e2e/n8nApi';

describe('the secrets of a try-it that is kept', () => {
	let folder: string;
	beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-sora-'))));
	afterAll(async () => await rm(folder, { recursive: true }));

	const kept = { owner: newOwner(), gateway: { port: 8787, apiKey: 'stand-in' } };
	const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

	it('can be read by their owner only, and come back as they were', async () => {
		const file = join(folder, 'new.json');
		await writeKept(file, kept);
		expect(await modeOf(file)).toBe('600');
		expect(await readKept(file)).toEqual(kept);
	});

	it('are closed to others where an older version had left them open', async () => {
		const file = join(folder, 'open.json');
		await writeFile(file, JSON.stringify(kept));
		await chmod(file, 0o644);
		expect(await readKept(file)).toEqual(kept);
		expect(await modeOf(file)).toBe('600');
		await chmod(file, 0o644);
		await writeKept(file, kept);
		expect(await modeOf(file)).toBe('600');
	});

	it('are not there before the first time', async () => {
		expect(await readKept(join(folder, 'none.json'))).toBeUndefined();
	});

	it('come from no predictable source, and please n8n', () => {
		const predictable = jest.spyOn(Math, 'random').mockReturnValue(0.5);
		const passwords = Array.from({ length: 20 }, () => newOwner().password);
		predictable.mockRestore();
		expect(new Set(passwords).size).toBe(20);
		for (const password of passwords) expect(password).toMatch(/^(?=.*[A-Z])(?=.*\d).{20,64}$/);
	});
});

describe('the workflows of the try-it', () => {
	it('begin with the easiest, and end with the one that needs a chat model', () => {
		const files = examplesInOrder().map(({ file }) => file);
		expect(files[0]).toBe('text-to-video.json');
		expect(files.at(-1)).toBe('agent-tool.json');
		expect([...files].sort()).toEqual(examples().map(({ file }) => file));
	});
});
