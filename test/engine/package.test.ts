/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads the built package, never inside n8n */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import execa from 'execa';
import type { PackageDirectoryLoader } from 'n8n-core';
import type { INodeTypeDescription } from 'n8n-workflow';

import { CHECKOUT } from '../e2e/environment';
import { loadBuilt } from './builtPackage';

/** Prints how many of the package's modules n8n's loader loads, in a process of its own. */
const LOAD = `
	process.env.N8N_LOG_LEVEL = 'silent';
	const { PackageDirectoryLoader } = require('n8n-core');
	const ours = () => Object.keys(require.cache).filter((file) => /^(?!.*node_modules).*dist.*[.]js$/.test(file));
	new PackageDirectoryLoader(process.argv[1]).loadAll().then(() => console.log(ours().length));`;

let loader: PackageDirectoryLoader;
beforeAll(async () => (loader = await loadBuilt()));

const node = () => {
	const type = loader.nodeTypes.sora?.type;
	if (!type || !('execute' in type)) throw new Error('the Sora node was not loaded: run the build');
	return type.description;
};

describe('the build', () => {
	it('is linted only by n8n’s rules, as n8n-node lint demands of a strict package', () => {
		const template = 'node_modules/@n8n/node-cli/dist/template/templates/shared/default';
		const [own, demanded] = ['.', template].map((folder) =>
			readFileSync(join(CHECKOUT, folder, 'eslint.config.mjs'), 'utf8'),
		);
		expect(own).toBe(demanded);
	});
});

describe('the built package, loaded by n8n’s own loader', () => {
	it('contains the node and its credential', () => {
		expect(Object.keys(loader.nodeTypes)).toEqual(['sora', 'soraTrigger']);
		expect(Object.keys(loader.credentialTypes)).toEqual(['soraApi']);
		expect(node()).toMatchObject({ name: 'sora', version: 1, usableAsTool: true });
	});

	it('brings nothing else along, and few modules at startup: the others wait for an execution', async () => {
		const { stdout } = await execa(process.execPath, ['-e', LOAD, CHECKOUT], { cwd: CHECKOUT });
		expect(Number(stdout)).toBeGreaterThanOrEqual(3);
		expect(Number(stdout)).toBeLessThanOrEqual(20);
		expect(loader.packageJson).not.toHaveProperty('dependencies');
	});

	it('appears in n8n’s node list, which hides nodes of the category AI except root nodes', () => {
		for (const { type } of Object.values(loader.nodeTypes)) {
			const { codex } = type.description as INodeTypeDescription;
			expect(codex?.subcategories?.AI).toContain('Root Nodes');
		}
	});

	it('explains every parameter and every operation', () => {
		const unexplained = node()
			.properties.filter(
				({ type, description, name }) =>
					type !== 'notice' &&
					!description &&
					!['resource', 'operation', 'options', 'binaryPropertyOutput'].includes(name),
			)
			.map(({ name }) => name);
		expect(unexplained).toEqual([]);
	});
});
