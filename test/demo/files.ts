/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine, never inside n8n */
import { createWriteStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { access, constants, mkdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { CHECKOUT } from '../e2e/environment';

/** Removed at the end, however the process ends: Ctrl-C leaves nothing half-written behind. */
const temporary = new Set<string>();
process.on('exit', () => {
	for (const path of temporary) rmSync(path, { recursive: true, force: true });
});

export function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-sora-demo-'));
	temporary.add(folder);
	return folder;
}

/** The user's working directory: npm and the launcher have both changed to the checkout. */
const userFolder = process.env.INIT_CWD ?? process.env.PWD ?? process.cwd();

/** A path as the user would type it. */
export function shown(path: string): string {
	const short = relative(userFolder, path);
	return short === '' || short === '..' || short.startsWith(`..${sep}`) ? path : short;
}

/** Checks, before anything is bought, that files can be written. */
export async function outputFolder(typed: string | undefined): Promise<string> {
	const folder = typed === undefined ? join(CHECKOUT, 'demo-videos') : resolve(userFolder, typed);
	const trouble = await mkdir(folder, { recursive: true })
		.then(async () => await access(folder, constants.W_OK))
		.catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
	if (trouble) throw new Error(`No files can be written to ${shown(folder)}: ${trouble}`);
	return folder;
}

/**
 * Writes a video atomically: `cat.mp4`, or `cat-2.mp4` if that exists, as a paid video is never overwritten. Returns
 * its path.
 */
export async function save(content: Readable, folder: string, name: string, signal: AbortSignal) {
	const unfinished = join(folder, `.${name}.${process.pid}.part`);
	temporary.add(unfinished);
	await pipeline(content, createWriteStream(unfinished), { signal });
	let path = join(folder, `${name}.mp4`);
	for (let number = 2; existsSync(path); number++) path = join(folder, `${name}-${number}.mp4`);
	await rename(unfinished, path);
	return path;
}
