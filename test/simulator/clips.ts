/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine, never inside n8n */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = join(__dirname, 'videos');
const LENGTHS = [10, 15, 25];

const loaded = new Map<string, Promise<Buffer>>();

function nearest(seconds: number): number {
	return LENGTHS.reduce((best, length) =>
		Math.abs(length - seconds) < Math.abs(best - seconds) ? length : best,
	);
}

/** The recorded clip with that orientation and the closest duration. */
export async function clip(portrait: boolean, seconds: number): Promise<Buffer> {
	const name = `${portrait ? '9x16' : '16x9'}-${nearest(seconds)}.mp4`;
	const reading = loaded.get(name) ?? readFile(join(FOLDER, name));
	loaded.set(name, reading);
	return await reading;
}
