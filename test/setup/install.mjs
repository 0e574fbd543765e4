import { createHash } from 'node:crypto';
import {
	copyFile,
	mkdir,
	mkdtemp,
	readFile,
	readdir,
	rename,
	rm,
	stat,
	writeFile,
} from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { capture, npm, root, step } from './run.mjs';

const tries = 3;
const dayMs = 24 * 60 * 60 * 1000;
const nodeMajor = process.versions.node.split('.')[0];

async function fingerprint(folder) {
	return createHash('sha256')
		.update(await readFile(join(folder, 'package-lock.json')))
		.update(`node ${nodeMajor}`)
		.digest('hex')
		.slice(0, 16);
}

// Scripts stay off: one of n8n-core's dependencies compiles native code that nothing here uses.
async function installFromLockfile(folder) {
	const command = [...npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'];
	for (let attempt = 1; ; attempt++) {
		try {
			return await capture(command, { cwd: folder });
		} catch (error) {
			if (attempt === tries) throw error;
			await setTimeout(attempt * 3000);
		}
	}
}

function stopHere() {
	console.error('The dependencies could not be installed.');
	process.exit(1);
}

/** Installs the checkout's dependencies unless they are those of the lockfile already, for this major of Node. */
export async function ensureInstalled() {
	// Inside node_modules, because `npm ci` starts by removing that folder: an aborted installation leaves no stamp.
	const stamp = join(root, 'node_modules', '.installed-for');
	const wanted = await fingerprint(root);
	if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return;
	const installed = await step('install', async () => {
		await installFromLockfile(root);
		await writeFile(stamp, wanted);
	});
	if (!installed) stopHere();
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
 * Installs what `manifestDir` (a package.json with its package-lock.json) asks for into a cache folder outside the
 * checkout, once for each lockfile and major of Node. Gives the folder.
 */
export async function installApart({ name, manifestDir }) {
	const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'n8n-nodes-sora');
	const target = join(cache, `${name}-${await fingerprint(manifestDir)}`);
	if (existsSync(target)) return target;

	await mkdir(cache, { recursive: true });
	await removeAbandoned(cache);
	const unfinished = await mkdtemp(join(cache, `unfinished-${name}-`));
	const installed = await step(`install ${name}`, async () => {
		for (const file of ['package.json', 'package-lock.json']) {
			await copyFile(join(manifestDir, file), join(unfinished, file));
		}
		await installFromLockfile(unfinished);
		// Whoever finishes first wins; a rename onto a folder that is not empty fails and changes nothing.
		await rename(unfinished, target).catch((error) => {
			if (!existsSync(target)) throw error;
		});
	});
	await rm(unfinished, { recursive: true, force: true });
	if (!installed) stopHere();
	return target;
}
