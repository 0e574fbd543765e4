import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { step } from './run.mjs';

const dayMs = 24 * 60 * 60 * 1000;

function cacheFolder() {
	return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'n8n-nodes-sora');
}

async function removeAbandoned(cache) {
	for (const entry of await readdir(cache)) {
		if (!entry.startsWith('unfinished-')) continue;
		const folder = join(cache, entry);
		const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }));
		if (Date.now() - mtimeMs > dayMs) await rm(folder, { recursive: true, force: true });
	}
}

/**
 * A folder outside the checkout that is created once, and exists either complete or not at all. `fill` gets an empty
 * folder to work in, and returns the subfolder to keep, unless it is the whole. Returns its path, or undefined if that
 * failed.
 */
export async function madeOnce({ name, label, fill }) {
	const cache = cacheFolder();
	const target = join(cache, name);
	if (existsSync(target)) return target;

	await mkdir(cache, { recursive: true });
	await removeAbandoned(cache);
	const unfinished = await mkdtemp(join(cache, `unfinished-${name}-`));
	const discard = () => rmSync(unfinished, { recursive: true, force: true });
	// Ctrl-C must not leave gigabytes behind.
	process.on('exit', discard);
	const done = await step(label, async () => {
		const result = (await fill(unfinished)) ?? unfinished;
		// The first to finish wins; a rename onto a non-empty folder fails and changes nothing.
		await rename(result, target).catch((error) => {
			if (!existsSync(target)) throw error;
		});
	});
	process.off('exit', discard);
	discard();
	return done ? target : undefined;
}
