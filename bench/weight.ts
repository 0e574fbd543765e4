/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions -- packs packages and starts processes on a developer's machine, never inside n8n */
/**
 * What the package weighs and what loading its nodes costs, beside n8n's own nodes for video and a community package for
 * video out of the registry, which is packed and unpacked but never installed.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

import { CHECKOUT, realN8n } from '../test/e2e/environment';
import { temporaryFolder } from '../test/e2e/processes';

const RUNS = 9;

/** A community package for video. The registry may not have it. */
const COMMUNITY = '@heygenofficial/n8n-nodes-heygen-official@0.1.9';

export interface Weight {
	/** A package, or n8n's node. */
	name: string;
	/** Of the tarball; n8n's own packages hold hundreds of other nodes. */
	packedKiB?: number;
	unpackedKiB?: number;
	files?: number;
	nodes: string[];
	/** CPU milliseconds of loading its nodes together, of each run. */
	loadMs: number[];
	modules: number;
}

/** @param what a folder, or the name of a package in the registry */
function packed(what: string) {
	const folder = temporaryFolder();
	const args = ['pack', what, '--ignore-scripts', '--silent', '--pack-destination', folder];
	execFileSync('npm', args, { cwd: CHECKOUT, stdio: ['ignore', 'ignore', 'pipe'] });
	const tarball = join(folder, readdirSync(folder)[0] ?? '');
	const unpacked = temporaryFolder();
	execFileSync('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
	const entries = readdirSync(unpacked, { withFileTypes: true, recursive: true });
	const files = entries
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name));
	const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as {
		name: string;
		n8n?: { nodes?: string[] };
	};
	return {
		name: manifest.name,
		packedKiB: statSync(tarball).size / 1024,
		unpackedKiB: files.reduce((sum, file) => sum + statSync(file).size, 0) / 1024,
		files: files.length,
		nodes: (manifest.n8n?.nodes ?? []).map((file) => join(unpacked, file)),
	};
}

function fromRegistry(name: string) {
	try {
		return [packed(name)];
	} catch {
		return [];
	}
}

/** In a process of its own; n8n-workflow and zod are there already, as they are in n8n. */
const PROBE = `
require('n8n-workflow'); require('zod');
const before = Object.keys(require.cache).length;
const cpu = process.cpuUsage();
for (const file of process.argv.slice(1)) {
	const Node = require(file)[require('path').basename(file, '.node.js')];
	const node = new Node();
	void (node.description ?? node.nodeVersions);
}
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ ms: (user + system) / 1000, modules: Object.keys(require.cache).length - before }));
`;

function load(files: string[], runs: number): Pick<Weight, 'loadMs' | 'modules'> {
	const { node, n8n } = realN8n();
	const modulesFolder = join(dirname(createRequire(n8n).resolve('n8n/package.json')), '..');
	const once = () =>
		JSON.parse(
			String(
				execFileSync(node, ['-e', PROBE, ...files], {
					cwd: modulesFolder,
					env: { PATH: process.env.PATH, NODE_PATH: modulesFolder },
					stdio: ['ignore', 'pipe', 'pipe'],
				}),
			),
		) as { ms: number; modules: number };
	// Fills the disk cache.
	const { modules } = once();
	return { loadMs: Array.from({ length: runs }, () => once().ms), modules };
}

const LANGCHAIN = '@n8n/n8n-nodes-langchain';
const N8NS = [
	[LANGCHAIN, 'vendors/OpenAi/OpenAi'],
	[LANGCHAIN, 'vendors/MiniMax/MiniMax'],
	[LANGCHAIN, 'vendors/GoogleGemini/GoogleGemini'],
	['n8n-nodes-base', 'HttpRequest/HttpRequest'],
] as const;

/** Ours first. What the registry does not give is left out. */
export function measureWeight(isQuick: boolean): Weight[] {
	const runs = isQuick ? 2 : RUNS;
	const packages = [packed(CHECKOUT), ...fromRegistry(COMMUNITY)];
	const n8nRequire = createRequire(realN8n().n8n);
	const n8ns = N8NS.map(([of, path]) => {
		const folder = dirname(n8nRequire.resolve(`${of}/package.json`));
		return {
			name: `n8n's ${basename(path)}`,
			nodes: [join(folder, 'dist/nodes', `${path}.node.js`)],
		};
	});
	return [...packages, ...n8ns].map((one): Weight => ({ ...one, ...load(one.nodes, runs) }));
}
