import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { capture, npm, root, step } from './run.mjs';

const sources = [
	...['nodes', 'credentials', 'package.json', 'tsconfig.json'],
	...['gulpfile.js', 'test/engine/builtPackage.ts'],
];

const stamp = join(root, 'node_modules', '.built-from');

async function filesBelow(path) {
	const entries = await readdir(join(root, path), { withFileTypes: true, recursive: true }).catch(
		(error) => {
			if (error.code === 'ENOTDIR') return undefined;
			if (error.code === 'ENOENT') return [];
			throw error;
		},
	);
	if (!entries) return [join(root, path)];
	return entries
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.sort();
}

// Contents instead of times: a checkout resets all times, and a build that failed its checks leaves a recent dist.
async function fingerprint() {
	const hash = createHash('sha256');
	for (const path of [...sources, 'dist']) {
		for (const file of await filesBelow(path)) hash.update(file).update(await readFile(file));
	}
	return hash.digest('hex');
}

export async function build() {
	return await step('build', async () => {
		// Keeps n8n-node's spinner from filling the captured output.
		await capture([...npm, 'run', 'build'], { env: { CI: 'true' } });
		await writeFile(stamp, await fingerprint());
	});
}

/** Builds unless dist matches the current sources. */
export async function ensureBuilt() {
	if ((await readFile(stamp, 'utf8').catch(() => '')) === (await fingerprint())) return;
	if (!(await build())) process.exit(1);
}
