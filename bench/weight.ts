/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions -- packs packages and starts processes on a developer's machine, never inside n8n */
/**
 * What do the packages weigh, and how long does it take to load their nodes? This package beside those that carry
 * n8n's own nodes for video, and beside community packages for video out of the registry: they are packed and
 * unpacked, never installed, and none of their scripts runs. Run with `npm run bench:weight`.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

import { CHECKOUT, realN8n } from '../test/e2e/environment';
import { temporaryFolder } from '../test/e2e/processes';
import { machine } from './machine';
import { perform, publish, type Row, type Settings } from './report';
import { shown, spreadOf, type Spread } from './statistics';

const RUNS = 15;
const KIB = 1024;

/** Community nodes that make videos over a task API; the registry may not have them. */
const COMMUNITY = [
	'@heygenofficial/n8n-nodes-heygen-official@0.1.9',
	'@wavespeed/n8n-nodes-wavespeed',
	'n8n-nodes-seedance2',
];

interface Package {
	name: string;
	version: string;
	/** Bytes; undefined where only the unpacked package is at hand. */
	packed?: number;
	unpacked: number;
	files: number;
	/** What it brings along by name, beyond what n8n has itself. */
	dependencies: number;
	folder: string;
	/** The files of the nodes that it lists. */
	nodes: string[];
}

interface Manifest {
	name: string;
	version: string;
	dependencies?: object;
	n8n?: { nodes?: string[] };
}

interface Loading {
	node: string;
	of: string;
	/** Milliseconds. */
	ms?: Spread;
	/** Modules that it loads beyond n8n-workflow. */
	modules?: number;
	/** Growth of the heap in KiB, garbage collected. */
	heapKiB?: Spread;
	why?: string;
}

function filesBelow(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.filter((file) => !file.slice(folder.length).includes('/node_modules/'));
}

function weighed(folder: string, packed?: number): Package {
	const { name, version, dependencies, n8n } = JSON.parse(
		readFileSync(join(folder, 'package.json'), 'utf8'),
	) as Manifest;
	const files = filesBelow(folder);
	return {
		name,
		version,
		packed,
		unpacked: files.reduce((sum, file) => sum + statSync(file).size, 0),
		files: files.length,
		dependencies: Object.keys(dependencies ?? {}).length,
		folder,
		nodes: (n8n?.nodes ?? []).map((file) => join(folder, file)),
	};
}

/** @param what a folder, or the name of a package in the registry */
function packedAndUnpacked(what: string): Package {
	const folder = temporaryFolder();
	const args = ['pack', what, '--ignore-scripts', '--silent', '--pack-destination', folder];
	execFileSync('npm', args, { cwd: CHECKOUT, stdio: ['ignore', 'ignore', 'pipe'] });
	const tarball = join(folder, readdirSync(folder)[0] ?? '');
	const packed = statSync(tarball).size;
	const unpacked = temporaryFolder();
	execFileSync('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
	return weighed(unpacked, packed);
}

/** In a process of its own; n8n-workflow is there already, as it is in n8n. */
const PROBE = `
require('n8n-workflow'); require('zod');
const before = new Set(Object.keys(require.cache));
globalThis.gc();
const heap = process.memoryUsage().heapUsed;
const started = performance.now();
const [file, name] = process.argv.slice(1);
const Node = require(file)[name];
const node = new Node();
const ms = performance.now() - started;
globalThis.gc();
const modules = Object.keys(require.cache).filter((one) => !before.has(one)).length;
console.log(JSON.stringify({ ms, modules, heap: process.memoryUsage().heapUsed - heap, has: Boolean(node.description ?? node.nodeVersions) }));
`;

function loadedOnce(file: string, name: string): { ms: number; modules: number; heap: number } {
	const { node, n8n } = realN8n();
	const modules = join(dirname(createRequire(n8n).resolve('n8n/package.json')), '..');
	const said = execFileSync(node, ['--expose-gc', '-e', PROBE, file, name], {
		cwd: modules,
		env: { PATH: process.env.PATH, NODE_PATH: modules },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	return JSON.parse(String(said)) as { ms: number; modules: number; heap: number };
}

function loading(file: string, of: string, runs: number): Loading {
	const node = basename(file, '.node.js');
	try {
		loadedOnce(file, node);
		const all = Array.from({ length: runs }, () => loadedOnce(file, node));
		return {
			node,
			of,
			ms: spreadOf(all.map(({ ms }) => ms)),
			modules: all[0]?.modules,
			heapKiB: spreadOf(all.map(({ heap }) => heap / KIB)),
		};
	} catch (error) {
		const { stderr } = error as { stderr?: Buffer };
		const [, missing] = /Cannot find module '([^']+)'/.exec(String(stderr)) ?? [];
		const why = missing ? `needs ${missing}, which n8n does not bring` : 'does not load';
		return { node, of, why };
	}
}

const PEER_NODES: Array<[of: string, file: string]> = [
	['@n8n/n8n-nodes-langchain', 'dist/nodes/vendors/OpenAi/OpenAi.node.js'],
	['@n8n/n8n-nodes-langchain', 'dist/nodes/vendors/MiniMax/MiniMax.node.js'],
	['@n8n/n8n-nodes-langchain', 'dist/nodes/vendors/GoogleGemini/GoogleGemini.node.js'],
	['n8n-nodes-base', 'dist/nodes/HttpRequest/HttpRequest.node.js'],
];

/** @returns undefined where the registry does not give it */
function fromRegistry(name: string): Package | undefined {
	try {
		return packedAndUnpacked(name);
	} catch {
		return undefined;
	}
}

const kib = (bytes: number) => (bytes / KIB).toFixed(0);

function packageRow({ name, version, packed, unpacked, files, dependencies }: Package): Row {
	return {
		package: `${name} ${version}`,
		'packed (KiB)': packed === undefined ? 'not at hand' : kib(packed),
		'unpacked (KiB)': kib(unpacked),
		files,
		dependencies,
	};
}

function loadingRow({ node, of, ms, modules, heapKiB, why }: Loading): Row {
	return {
		node,
		of,
		'load time (ms)': ms ? shown(ms, 1) : (why ?? ''),
		'modules loaded': modules ?? '',
		'heap (KiB)': heapKiB ? shown(heapKiB, 0) : '',
	};
}

const METHOD = `Sizes of what a user's n8n gets: the tarball where there is one, and its files unpacked, without the packages that it depends on.
The packages of n8n itself hold hundreds of other nodes; they are here to show the order of magnitude. The load time is that of
the node's own file in a new process, on n8n's Node, with \`n8n-workflow\` and \`zod\` loaded before as they are in n8n; ${RUNS} runs, after
one that fills the disk cache.`;

const BOUNDS = `What bounds it: Node, which takes about 0.2 ms to find and compile a module. n8n loads the nodes of a community
package when it starts, and its own when they are first used, so that ours is paid once at each start. One file instead of
some dozens would be faster still, but n8n's review reads the compiled files beside the sources, and a millisecond matters less.
The community package beside ours loads sooner, with two thirds of our modules: finding and compiling them is two thirds of our time
too, by a profile of the load, and most of the rest is n8n's own helper that writes the display conditions into each field.`;

async function weight(settings: Settings): Promise<void> {
	const runs = settings.smoke ? 2 : RUNS;
	const ours = packedAndUnpacked(CHECKOUT);
	const n8nRequire = createRequire(realN8n().n8n);
	const builtIn = [...new Set(PEER_NODES.map(([of]) => of))].map((name) => {
		const installed = weighed(dirname(n8nRequire.resolve(`${name}/package.json`)));
		return { ...installed, packed: fromRegistry(`${name}@${installed.version}`)?.packed };
	});
	const others = COMMUNITY.map((name) => ({ name, found: fromRegistry(name) }));
	const found = others.flatMap((other) => other.found ?? []);
	const packages = [ours, ...found, ...builtIn];
	const files = [
		...[ours, ...found].flatMap((one) => one.nodes.map((file) => [one.name, file] as const)),
		...PEER_NODES.map(([of, file]) => {
			const folder = builtIn.find(({ name }) => name === of)?.folder ?? '';
			return [of, join(folder, file)] as const;
		}),
	];
	const loadings = files.map(([of, file]) => loading(file, of, runs));
	const missing = others.filter((other) => !other.found).map(({ name }) => name);
	publish(
		{
			question: 'weight',
			heading: 'Weight: the package and its start',
			machine: machine(),
			method: METHOD,
			tables: [{ rows: packages.map(packageRow) }, { rows: loadings.map(loadingRow) }],
			bounds: missing.length
				? `${BOUNDS}\n\nNot to be had from the registry, and so not measured: ${missing.join(', ')}.`
				: BOUNDS,
			data: { packages, loadings },
		},
		settings,
	);
}

perform(weight);
