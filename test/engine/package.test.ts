/* eslint-disable @n8n/community-nodes/no-restricted-imports -- reads the built package, never inside n8n */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageDirectoryLoader } from 'n8n-core';
import type { INodeProperties, INodeTypeDescription } from 'n8n-workflow';

import { CHECKOUT } from '../e2e/environment';
import { loadBuilt, problemsOf } from './builtPackage';

let loader: PackageDirectoryLoader;
beforeAll(async () => (loader = await loadBuilt()));

const node = () => {
	const type = loader.nodeTypes.sora?.type;
	if (!type || !('execute' in type)) throw new Error('the Sora node was not loaded: run the build');
	return type.description;
};
const parametersOf = (resource: string, operation: string) =>
	node().properties.filter(
		({ displayOptions, type }) =>
			type !== 'notice' &&
			displayOptions?.show?.resource?.includes(resource) &&
			displayOptions.show.operation?.includes(operation),
	);
/** Of a field that other models have with another default, that of a new node's model, which comes first. */
const defaults = (properties: INodeProperties[]) =>
	Object.fromEntries([...properties].reverse().map(({ name, default: value }) => [name, value]));

/** What the build says of the package after a change. */
async function problemsAfter(damage: (root: string) => void): Promise<string[]> {
	// Beside the packages that its files ask for.
	const root = mkdtempSync(join(CHECKOUT, 'node_modules/.broken-'));
	try {
		for (const part of ['package.json', 'dist']) {
			cpSync(join(CHECKOUT, part), join(root, part), { recursive: true });
		}
		damage(root);
		return await problemsOf(root);
	} finally {
		rmSync(root, { recursive: true });
	}
}

describe('the build', () => {
	it('is linted only by n8n’s rules, as n8n-node lint demands of a strict package', () => {
		const template = 'node_modules/@n8n/node-cli/dist/template/templates/shared/default';
		const [own, demanded] = ['.', template].map((folder) =>
			readFileSync(join(CHECKOUT, folder, 'eslint.config.mjs'), 'utf8'),
		);
		expect(own).toBe(demanded);
	});

	it('rejects an incomplete package, and says why', async () => {
		const problems = await problemsAfter((root) => {
			const codex = join(root, 'dist/nodes/Sora/Sora.node.json');
			writeFileSync(codex, readFileSync(codex, 'utf8').replace('.sora"', '.other"'));
			rmSync(join(root, 'dist/nodes/Sora/sora.dark.svg'));
			writeFileSync(join(root, 'dist/nodes/Sora/picture.png'), '');
		});
		expect(problems).toEqual([
			'dist/nodes/Sora/picture.png would be published and does not belong there',
			'dist/nodes/Sora/Sora.node.json: node must be "n8n-nodes-sora.sora"',
			'sora: its icon dist/nodes/Sora/sora.dark.svg is missing',
			'soraTrigger: its icon dist/nodes/Sora/sora.dark.svg is missing',
		]);
	});

	it('rejects a package that n8n cannot load', async () => {
		const problems = await problemsAfter((root) => {
			rmSync(join(root, 'dist/nodes/Sora/SoraTrigger.node.js'));
		});
		expect(problems).toEqual([
			expect.stringMatching(/^n8n cannot load the package: .*SoraTrigger/),
		]);
	});
});

describe('the built package, loaded by n8n’s own loader', () => {
	it('contains the node and its credential', () => {
		expect(Object.keys(loader.nodeTypes)).toEqual(['sora', 'soraTrigger']);
		expect(Object.keys(loader.credentialTypes)).toEqual(['soraApi']);
		expect(node()).toMatchObject({ name: 'sora', version: 1, usableAsTool: true });
	});

	it('appears in n8n’s node list, which hides nodes of the category AI except root nodes', () => {
		for (const { type } of Object.values(loader.nodeTypes)) {
			const { codex } = type.description as INodeTypeDescription;
			expect(codex?.subcategories?.AI).toContain('Root Nodes');
		}
	});

	const ofDownload = { downloadVideo: true, binaryPropertyOutput: 'data', simplify: true };
	const ofWaiting = ['fileName', 'maxWaitMinutes', 'onTimeout', 'pollInterval'];
	// Saved workflows depend on these names and defaults.
	it.each<[string, object, string[]]>([
		[
			'character create',
			{
				...{ source: 'url', url: '', fromTask: '', binaryPropertyName: 'data' },
				...{ startSecond: 1, endSecond: 3, whenTesting: 'reuse', options: {} },
			},
			['extraBody'],
		],
		['file upload', { binaryPropertyName: 'data' }, []],
		[
			'video generate',
			{
				model: expect.objectContaining({ value: 'sora-2' }),
				...{ prompt: '', images: {}, aspectRatio: '16:9', duration: '10', resolution: '720p' },
				...{ hd: false, enhancePrompt: false, upscale: false, promptExtend: true },
				...{ cameraFixed: false, audio: true, additionalFields: {}, whenTesting: 'reuse' },
				...{ waiting: 'node', options: {}, ...ofDownload },
			},
			[
				...['audioUrl', 'characterEndSecond', 'characterStartSecond', 'characterUrl', 'extraBody'],
				...['maxConcurrentVideos', 'negativePrompt', 'notifyHook', 'private', 'seed'],
				...['spendingLimit', 'storyboard', 'template', 'watermark', ...ofWaiting],
			],
		],
		['video get', { taskId: '', waiting: 'none', options: {}, ...ofDownload }, ofWaiting],
		['account getQuota', {}, []],
	])('keeps the names and defaults of %s', (place, names, options) => {
		const [resource = '', operation = ''] = place.split(' ');
		const parameters = parametersOf(resource, operation);
		expect(defaults(parameters)).toEqual(names);
		const found = parameters.find(({ name }) => name === 'options')?.options ?? [];
		expect(found.map(({ name }) => name).sort()).toEqual([...options].sort());
	});

	it('keeps the names and defaults of the trigger', () => {
		const type = loader.nodeTypes.soraTrigger?.type;
		const { properties } = type?.description as INodeTypeDescription;
		expect(defaults(properties.filter(({ name }) => name !== 'urlNotice'))).toEqual({
			...{ events: ['finished', 'failed'], secret: '', ...ofDownload, downloadVideo: false },
		});
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
