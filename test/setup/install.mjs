import { createHash } from 'node:crypto';
import { copyFile, lstat, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { madeOnce } from './cache.mjs';
import { capture, npm, repeated, root, step } from './run.mjs';

const running = { path: process.execPath, version: process.versions.node };

async function fingerprint(folder, { version } = running) {
	return createHash('sha256')
		.update(await readFile(join(folder, 'package-lock.json')))
		.update(`node ${version.split('.')[0]}`)
		.digest('hex')
		.slice(0, 16);
}

/** npm on another Node than the current one, with the environment that makes it use that Node's tools. */
export function npmOn(node = running) {
	if (node.path === running.path) return { npm, env: {} };
	const pathName = Object.keys(process.env).find((name) => /^path$/i.test(name)) ?? 'PATH';
	return {
		npm: npm.length > 1 ? [node.path, ...npm.slice(1)] : npm,
		env: { [pathName]: [dirname(node.path), process.env[pathName]].join(delimiter) },
	};
}

// No scripts: one of n8n-core's dependencies compiles native code that nothing here uses.
async function installFromLockfile(folder, node) {
	const { npm: npmThere, env } = npmOn(node);
	const command = [...npmThere, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'];
	await repeated(async () => await capture(command, { cwd: folder, env }));
}

function stopHere() {
	console.error('The dependencies could not be installed.');
	process.exit(1);
}

/** Installs the checkout's dependencies unless they already match the lockfile, for this major version of Node. */
export async function ensureInstalled() {
	// Inside node_modules, because `npm ci` first removes that folder: an aborted installation leaves no stamp.
	const folder = join(root, 'node_modules');
	const stamp = join(folder, '.installed-for');
	const wanted = await fingerprint(root);
	if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return;
	const found = await lstat(folder).catch(() => undefined);
	if (found?.isSymbolicLink()) {
		console.error(
			'node_modules is a link: npm would empty the folder that it leads to. Remove the link.',
		);
		stopHere();
	}
	const installed = await step('install', async () => {
		await installFromLockfile(root);
		await writeFile(stamp, wanted);
	});
	if (!installed) stopHere();
}

/**
 * Installs what `manifestDir` (a package.json with its package-lock.json) requires into a cache folder outside the
 * checkout, once per lockfile and major version of Node. `node` (its `path` and `version`) runs npm instead of the
 * current Node; `afterInstall` gets the folder before it counts as complete. Returns the folder.
 */
export async function installApart({ name, manifestDir, label = name, node, afterInstall }) {
	const folder = await madeOnce({
		name: `${name}-${await fingerprint(manifestDir, node)}`,
		label: `install ${label}`,
		fill: async (empty) => {
			for (const file of ['package.json', 'package-lock.json']) {
				await copyFile(join(manifestDir, file), join(empty, file));
			}
			await installFromLockfile(empty, node);
			await afterInstall?.(empty);
		},
	});
	if (!folder) stopHere();
	return folder;
}
