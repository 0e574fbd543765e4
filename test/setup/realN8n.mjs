import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { installApart, npmOn } from './install.mjs';
import { ensureNode } from './node.mjs';
import { unpackTarball } from './pack.mjs';
import { capture, root, step } from './run.mjs';

/** How n8n is installed, what is downloaded for it, and the Node that it runs on. */
const hosts = {
	newest: {
		manifestDir: join(root, 'test/e2e/n8n'),
		size: '2.8 GB',
		nodeVersion: '24.21.0',
		runsOnNewer: true,
	},
	oldest: {
		manifestDir: join(root, 'test/e2e/oldest-n8n'),
		size: '1.6 GB',
		nodeVersion: '20.20.2',
		runsOnNewer: false,
	},
};

/** The current Node if n8n runs on it, otherwise one that is downloaded. */
async function nodeFor({ nodeVersion, runsOnNewer }) {
	const { execPath: path, platform, versions } = process;
	if (runsOnNewer && parseInt(versions.node) >= parseInt(nodeVersion)) {
		const folder = platform === 'win32' ? dirname(path) : dirname(dirname(path));
		return { path, version: versions.node, folder };
	}
	const folder = await ensureNode(nodeVersion);
	const program = platform === 'win32' ? 'bin/node.exe' : 'bin/node';
	return { path: join(folder, program), version: nodeVersion, folder };
}

// The only native code of n8n that is needed. It comes compiled, or is compiled here with that Node's headers.
async function addDatabaseDriver(installation, node) {
	const { npm, env } = npmOn(node);
	const headers = existsSync(join(node.folder, 'include/node/node.h'))
		? { npm_config_nodedir: node.folder }
		: {};
	await capture([...npm, 'rebuild', 'sqlite3', '--ignore-scripts=false'], {
		cwd: installation,
		env: { ...env, ...headers },
	});
	await capture([node.path, '-e', "require('sqlite3')"], { cwd: installation });
}

async function installN8n(node, { manifestDir, size }) {
	const { dependencies } = JSON.parse(await readFile(join(manifestDir, 'package.json'), 'utf8'));
	return await installApart({
		name: basename(manifestDir),
		label: `n8n ${dependencies.n8n} (${size}, a few minutes)`,
		manifestDir,
		node,
		afterInstall: async (installation) => await addDatabaseDriver(installation, node),
	});
}

/**
 * What n8n 2.41 does with a package from the registry (its community-packages.service): pack, unpack, remove the
 * dependencies that users do not need, install the others. `--offline`, since there is nothing to download.
 */
async function installablePackage(node) {
	const folder = await unpackTarball();
	const file = join(folder, 'package.json');
	const { devDependencies, peerDependencies, optionalDependencies, ...manifest } = JSON.parse(
		await readFile(file, 'utf8'),
	);
	await writeFile(file, JSON.stringify(manifest, null, 2));
	const flags = [
		'--audit=false',
		'--fund=false',
		'--bin-links=false',
		'--install-strategy=shallow',
		'--ignore-scripts=true',
		'--package-lock=false',
		'--offline',
	];
	const { npm, env } = npmOn(node);
	await capture([...npm, 'install', ...flags], { cwd: folder, env });
	return folder;
}

/**
 * Everything that test/e2e needs to start an n8n with this package, the `newest` or the `oldest` supported: returned as
 * environment variables for test/e2e/environment.ts.
 */
export async function prepareRealN8n(which = 'newest') {
	const host = hosts[which];
	const node = await nodeFor(host);
	const installation = await installN8n(node, host);
	let soraPackage;
	const packed = await step('pack', async () => {
		soraPackage = await installablePackage(node);
	});
	if (!packed) process.exit(1);
	return {
		E2E_NODE: node.path,
		E2E_N8N: join(installation, 'node_modules/n8n/bin/n8n'),
		E2E_PACKAGE: soraPackage,
	};
}
