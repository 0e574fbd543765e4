import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { example, examples } from '../e2e/examples';
import { quickTimeClip } from '../files/clips';
import { jpeg } from '../files/images';
import type { Scenario } from '../simulator/simulator';
import { runWorkflow, soraNode, SORA_TYPE } from './engine';
import { useGateway } from './gateway';
import { time } from './time';

const gateway = useGateway();
const files = examples().map(({ file }) => file);

interface Expected {
	/** What it buys when it runs once; absent where it needs more of n8n than its engine, and runs in test/e2e. */
	buys?: { videos: number; characters: number; images: number; uploads: number };
	/** What its credential says beside key and address; a gateway that speaks this format alone. */
	format?: { says: IDataObject; path: string; face: Scenario['face'] };
	/** What its trigger returns, where that is more than an empty item. */
	starts?: () => Promise<INodeExecutionData>;
}

const buys = (videos: number, more: object = {}) => ({
	buys: { videos, characters: 0, images: 0, uploads: 0, ...more },
});
const photo = (field: string, width: number, height: number) => ({
	...buys(1, { images: 1 }),
	starts: async () => formItem(field, 'photo.jpg', jpeg({ width, height })),
});

const EXAMPLES: Record<string, Expected> = {
	'openrouter.json': {
		...buys(1),
		format: { says: { apiFormat: 'openrouter' }, path: '/api/v1', face: 'openrouter' },
	},
	'text-to-video.json': buys(1),
	'character-and-cameo.json': buys(2, { characters: 1 }),
	'storyboard.json': buys(1),
	'callback.json': {},
	'timer.json': {},
	'parked.json': {},
	'batch.json': {},
	'posts.json': {},
	'agent-tool.json': {},
	'model-by-column.json': buys(3),
	'product-photo-to-veo.json': photo('Product_Photo', 900, 1200),
	'photo-to-video.json': photo('Photo', 1200, 900),
	'pet-clip-to-cameo.json': {
		...buys(1, { characters: 1, uploads: 1 }),
		starts: async () => formItem('Clip', 'IMG_0815.MOV', await quickTimeClip()),
	},
};

/** What n8n's form returns for a file and a text. */
const formItem = (field: string, fileName: string, content: Buffer): INodeExecutionData => ({
	json: { [field]: { filename: fileName, size: content.length }, Scene: 'A sunny day' },
	binary: { [field]: { fileName, mimeType: '', data: content.toString('base64') } },
});

/** Names of all parameters the node has, those inside collections included. */
function knownNames(properties: readonly unknown[]): string[] {
	return properties.flatMap((property) => {
		const { name, options, values } = property as {
			name?: string;
			options?: unknown[];
			values?: unknown[];
		};
		return [...(name ? [name] : []), ...knownNames(options ?? []), ...knownNames(values ?? [])];
	});
}

/** Names of all parameters that are set, those inside collections included. */
function usedNames(value: unknown): string[] {
	if (Array.isArray(value)) return value.flatMap(usedNames);
	if (typeof value !== 'object' || value === null || '__rl' in value) return [];
	return Object.entries(value).flatMap(([name, inner]) => [name, ...usedNames(inner)]);
}

it('every example is known to the tests', () => {
	expect(files.sort()).toEqual(Object.keys(EXAMPLES).sort());
});

describe.each(files)('examples/%s', (file) => {
	const soraNodes = () => example(file).nodes.filter(({ type }) => type.startsWith(SORA_TYPE));
	const onTheEngine = EXAMPLES[file]?.buys ? it : it.skip;

	onTheEngine('runs as it is imported, and does what it says', async () => {
		const { says, path = '', face } = EXAMPLES[file]?.format ?? {};
		if (face) gateway.simulator.set({ face, formats: 'videos' });
		const { apiKey, url } = gateway.simulator;
		const { error, items, json } = await runWorkflow({
			workflow: example(file),
			credential: { apiKey, baseUrl: url + path, ...says },
			sora: soraNode(time),
			items: await EXAMPLES[file]?.starts?.().then((item) => [item]),
		});
		expect(error).toBeUndefined();
		const { purchases, characters, uploads } = gateway.simulator.books;
		const images = purchases.flatMap(({ body }) => (body.images as string[] | undefined) ?? []);
		expect({
			videos: purchases.length,
			characters: characters.length,
			images: images.length,
			uploads: uploads.length,
		}).toEqual(EXAMPLES[file]?.buys);
		const last = soraNodes().at(-1)?.name ?? '';
		expect(json(last)[0]?.status).toBe(face ? 'completed' : 'SUCCESS');
		expect(items(last)[0]?.binary?.data?.mimeType).toBe('video/mp4');
		const mention = characters[0]?.username;
		if (mention) expect(purchases.at(-1)?.prompt).toMatch(new RegExp(`(^| )@${mention} `));
	});

	it('names only parameters that the node has', () => {
		// The last two come with every node that n8n turns into a tool.
		const known = new Set([
			...knownNames(soraNode().description.properties),
			'descriptionType',
			'toolDescription',
		]);
		const used = soraNodes().flatMap(({ parameters = {} }) => usedNames(parameters));
		expect(used.filter((name) => !known.has(name))).toEqual([]);
	});

	it('has one button to start with', () => {
		const triggers = example(file).nodes.filter(({ type }) => /trigger$/i.test(type));
		expect(triggers.filter(({ disabled }) => !disabled)).toHaveLength(1);
	});

	it('explains itself, and contains nobody’s account', () => {
		const workflow = example(file);
		const { nodes } = workflow;
		expect(nodes.filter(({ type }) => type === 'n8n-nodes-base.stickyNote')).not.toEqual([]);
		expect(nodes.filter(({ credentials }) => credentials)).toEqual([]);
		expect(workflow).toMatchObject({ pinData: {} });
		expect(JSON.stringify(workflow)).not.toMatch(/instanceId|webhookId|"meta"/);
	});
});
