import { randomUUID } from 'node:crypto';
import type { IDataObject, INode } from 'n8n-workflow';

import { soon, useEditor } from './editor';
import type { SavedWorkflow } from './n8nApi';
import { useN8n } from './useN8n';

const setting = useN8n();
const screen = useEditor(setting);

const NODE = 'n8n-nodes-sora.sora';
const TRIGGER = 'n8n-nodes-sora.soraTrigger';

/** A workflow that is looked at and never run as a whole: a start with one item, and nodes behind it. */
async function saved(
	nodes: Array<{ name: string; type?: string; parameters: IDataObject }>,
	item: IDataObject = {},
): Promise<SavedWorkflow> {
	const { api, credential } = setting;
	const all = [
		{ name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} },
		...nodes,
	].map(({ type = NODE, ...node }, index) => ({
		...node,
		type,
		id: randomUUID(),
		typeVersion: 1,
		position: [index * 200, 0],
		...(type !== 'n8n-nodes-base.manualTrigger' && {
			credentials: { soraApi: { id: credential.id, name: credential.name } },
		}),
	})) as INode[];
	const behind = all
		.filter(({ type }) => type === NODE)
		.map(({ name }) => ({ node: name, type: 'main', index: 0 }));
	return await api.request('POST', '/workflows', {
		name: 'Panels',
		nodes: all,
		connections: { Start: { main: [behind] } },
		settings: {},
		pinData: { Start: [{ json: item }] },
		active: false,
	});
}

const model = (value: string, mode = 'list') => ({ model: { __rl: true, mode, value } });
const generate = { resource: 'video', operation: 'generate' };
const storyboard = { ...generate, promptType: 'storyboard' };
const get = { resource: 'video', operation: 'get' };
const create = { resource: 'character', operation: 'create' };

const OPERATION = ['Resource', 'Operation'];
const COSTS = expect.stringContaining('costs money at your gateway') as string;
const SORA = [...OPERATION, COSTS, 'Model', 'Prompt Type', 'Prompt', 'Images', 'Aspect Ratio'];
/** Of a model without storyboards. */
const TEXT = SORA.filter((field) => field !== 'Prompt Type');
const SHOTS = [
	...OPERATION,
	COSTS,
	'Model',
	'Prompt Type',
	expect.stringContaining('as long as a video of the model'),
	'Shots',
	'Images',
	'Aspect Ratio',
];
const TESTING = 'When Testing in the Editor';
const WAIT = 'While the Video Is Made';
const DOWNLOAD = ['Download Video', 'Put Output File in Field'];
const DELIVERY = [TESTING, WAIT, ...DOWNLOAD, 'Simplify', 'Options'];
const CHARACTER = [
	...OPERATION,
	expect.stringMatching(/animal, an object or an invented figure.*gateway may charge for it/),
	'Source',
];
const SECONDS = ['Start Second', 'End Second', TESTING, 'Options'];

const TEN = '10 Seconds';
const FIFTEEN = '15 Seconds';
const TWENTY_FIVE = '25 Seconds';
const ELSEWHERE = ['4', '8', '12'].map((seconds) => `${seconds} Seconds, on OpenAI Videos`);

const PATIENCE = ['Max Wait (Minutes)', 'On Timeout', 'Poll Interval (Seconds)'];
const OF_WAITING = [...PATIENCE, 'File Name', 'Max Concurrent Videos'];
const GENERATE_OPTIONS = [
	'Character Clip',
	'Character Clip End (Seconds)',
	'Character Clip Start (Seconds)',
	'Extra Body',
	'File Name',
	'Max Concurrent Videos',
	'Max Wait (Minutes)',
	'Notify Hook',
	'On Timeout',
	'Poll Interval (Seconds)',
	'Private',
	'Spending Limit (Videos)',
	'Watermark',
];

/** Of any model. */
const COMMON_OPTIONS = [
	...['Extra Body', 'File Name', 'Max Concurrent Videos', 'Max Wait (Minutes)', 'Notify Hook'],
	...['On Timeout', 'Poll Interval (Seconds)', 'Spending Limit (Videos)'],
];
const withOptions = (...own: string[]) => [...COMMON_OPTIONS, ...own].sort();
const VEO = ['Translate Prompt to English', 'Upscale to 1080p'];
const UNKNOWN = [...['Duration', 'Resolution', 'Additional Fields']];
const DEFAULT = "Model's Default";

interface Panel {
	name: string;
	type?: string;
	parameters: IDataObject;
	fields: unknown[];
	/** What Duration offers, where it is of interest. */
	durations?: string[];
	/** What "Add option" offers, where it is of interest. */
	options?: string[];
}

/** The table of the node's interface, a row for each of its rules. */
const PANELS: Panel[] = [
	{
		name: 'a new node',
		parameters: {},
		fields: [...SORA, 'Duration', ...DELIVERY],
		durations: [TEN, FIFTEEN, ...ELSEWHERE],
		options: GENERATE_OPTIONS,
	},
	{
		name: 'Sora 2 Pro',
		parameters: { ...generate, ...model('sora-2-pro') },
		fields: [...SORA, 'Duration', 'HD', ...DELIVERY],
		durations: [TEN, FIFTEEN, TWENTY_FIVE, ...ELSEWHERE],
	},
	{
		name: 'Sora 2 Pro by its ID',
		parameters: { ...generate, ...model('sora-2-pro', 'id') },
		fields: [...SORA, 'Duration', 'HD', ...DELIVERY],
		durations: [TEN, FIFTEEN, TWENTY_FIVE, ...ELSEWHERE],
	},
	{
		name: 'Sora 2 Pro, 15 seconds',
		parameters: { ...generate, ...model('sora-2-pro'), duration: '15' },
		fields: [...SORA, 'Duration', 'HD', ...DELIVERY],
	},
	{
		name: 'Sora 2 Pro, 25 seconds',
		parameters: { ...generate, ...model('sora-2-pro'), duration: '25' },
		fields: [...SORA, 'Duration', ...DELIVERY],
	},
	{
		name: 'Veo 3.1 Fast',
		parameters: { ...generate, ...model('veo3.1-fast') },
		fields: [...TEXT, ...VEO, ...DELIVERY],
		options: withOptions('Seed'),
	},
	{
		name: 'Veo 3.1 References',
		parameters: { ...generate, ...model('veo3.1-components') },
		fields: [...TEXT, ...VEO, ...DELIVERY],
	},
	{
		name: 'Veo 3, of text alone',
		parameters: { ...generate, ...model('veo3') },
		fields: [...TEXT, ...VEO, ...DELIVERY],
		options: withOptions('Seed'),
	},
	{
		name: 'Grok Video',
		parameters: { ...generate, ...model('grok-video-3') },
		fields: [...TEXT, 'Duration', 'Resolution', ...DELIVERY],
		durations: ['6', '10', '15', '20', '25', '30'].map((seconds) => `${seconds} Seconds`),
		options: withOptions('Seed'),
	},
	{
		name: 'Wan 2.5',
		parameters: { ...generate, ...model('wan2.5-t2v-preview') },
		fields: [...TEXT, 'Duration', 'Resolution', 'Enhance Prompt', 'Sound', ...DELIVERY],
		durations: [DEFAULT, '5 Seconds', TEN],
		options: withOptions('Negative Prompt', 'Seed', 'Sound Track', 'Watermark'),
	},
	{
		name: 'Wan 2.2 Flash, from a first frame',
		parameters: { ...generate, ...model('wan2.2-i2v-flash') },
		fields: [...TEXT.slice(0, -1), ...['Duration', 'Resolution', 'Enhance Prompt', ...DELIVERY]],
		options: withOptions(...['Effect', 'Negative Prompt', 'Seed', 'Watermark']),
	},
	{
		name: 'Wan 2.1, from a first and a last frame',
		parameters: { ...generate, ...model('wanx2.1-kf2v-plus') },
		fields: [...TEXT.slice(0, -1), ...['Duration', 'Resolution', 'Enhance Prompt', ...DELIVERY]],
	},
	{
		name: 'Seedance 1.0 Pro',
		parameters: { ...generate, ...model('doubao-seedance-1-0-pro-250528') },
		fields: [...TEXT, ...['Duration', 'Resolution', 'Keep Camera Still', ...DELIVERY]],
		durations: ['5 Seconds', TEN],
		options: withOptions('Seed', 'Watermark'),
	},
	{
		name: 'a model that nobody has heard of',
		parameters: { ...generate, ...model('house-model-1', 'id'), duration: '25', hd: true },
		fields: [...SORA, ...UNKNOWN, ...DELIVERY],
		options: [...GENERATE_OPTIONS, 'Negative Prompt', 'Seed'].sort(),
	},
	{
		name: 'a new model of a family',
		parameters: { ...generate, ...model('veo3.2-fast', 'id') },
		fields: [...TEXT, ...[...VEO, 'Additional Fields', ...DELIVERY]],
		options: withOptions('Seed'),
	},
	{
		name: 'a model that an expression gives',
		parameters: { ...generate, ...model('={{ $json.model }}', 'id') },
		fields: [
			...[...SORA, 'Duration', 'Resolution', 'HD', ...VEO],
			...['Enhance Prompt', 'Keep Camera Still', 'Sound', 'Additional Fields', ...DELIVERY],
		],
	},
	{
		name: 'a storyboard',
		parameters: storyboard,
		fields: [...SHOTS, ...DELIVERY],
		options: GENERATE_OPTIONS,
	},
	{
		name: 'a storyboard for Sora 2 Pro, after 25 seconds were chosen',
		parameters: { ...storyboard, ...model('sora-2-pro'), duration: '25' },
		fields: [...SHOTS, 'HD', ...DELIVERY],
	},
	{
		name: 'with a Max Wait that is too short for most',
		parameters: { ...generate, options: { maxWaitMinutes: 2 } },
		fields: [
			...[...SORA, 'Duration', TESTING, WAIT],
			expect.stringContaining('shorter than many renders take'),
			...[...DOWNLOAD, 'Simplify', 'Options'],
		],
	},
	{
		name: 'without the download',
		parameters: { ...generate, downloadVideo: false },
		fields: [...SORA, 'Duration', TESTING, WAIT, 'Download Video', 'Simplify', 'Options'],
	},
	{
		name: 'without waiting',
		parameters: { ...generate, waiting: 'none' },
		fields: [...SORA, 'Duration', TESTING, WAIT, 'Simplify', 'Options'],
		options: GENERATE_OPTIONS.filter((option) => !OF_WAITING.includes(option)),
	},
	{
		name: 'Get',
		parameters: get,
		fields: [...OPERATION, 'Task ID', WAIT, ...DOWNLOAD, 'Simplify', 'Options'],
		options: ['File Name'],
	},
	{
		name: 'Get without the download',
		parameters: { ...get, downloadVideo: false },
		fields: [...OPERATION, 'Task ID', WAIT, 'Download Video', 'Simplify', 'Options'],
	},
	{
		name: 'Get with waiting',
		parameters: { ...get, waiting: 'node' },
		fields: [...OPERATION, 'Task ID', WAIT, ...DOWNLOAD, 'Simplify', 'Options'],
		options: ['File Name', ...PATIENCE],
	},
	{
		name: 'a character from an address',
		parameters: create,
		fields: [...CHARACTER, 'Video URL', ...SECONDS],
		options: ['Extra Body'],
	},
	{
		name: 'a character from a task',
		parameters: { ...create, source: 'task' },
		fields: [...CHARACTER, 'Task ID', ...SECONDS],
		options: ['Extra Body', 'Wait for Source Task'],
	},
	{
		name: 'a character from a file',
		parameters: { ...create, source: 'file' },
		fields: [...CHARACTER, 'Input Data Field Name', ...SECONDS],
		options: ['Extra Body'],
	},
	{
		name: 'an upload',
		parameters: { resource: 'file', operation: 'upload' },
		fields: [...OPERATION, 'Input Data Field Name'],
		options: [],
	},
	{
		name: 'a quota',
		parameters: { resource: 'account', operation: 'getQuota' },
		fields: [...OPERATION, expect.stringContaining('this costs nothing')],
		options: [],
	},
	{
		name: 'the trigger',
		type: TRIGGER,
		parameters: {},
		fields: [
			expect.stringContaining('Notify Hook'),
			'Events',
			'Secret',
			'Download Video',
			'Simplify',
		],
		options: [],
	},
	{
		name: 'the trigger with the download',
		type: TRIGGER,
		parameters: { downloadVideo: true },
		fields: [expect.stringContaining('Notify Hook'), 'Events', 'Secret', ...DOWNLOAD, 'Simplify'],
	},
];

describe('the trigger shows the URL that the gateway is to be given', () => {
	const triggers = [
		{ name: 'open', type: TRIGGER, parameters: {} },
		{ name: 'with a secret', type: TRIGGER, parameters: { secret: 'k7 Qm' } },
	];
	let workflow: SavedWorkflow;
	beforeAll(async () => {
		workflow = await saved(triggers);
	});

	it.each([
		['open', /\/sora$/],
		['with a secret', /\/sora\?secret=k7%20Qm$/],
	])('%s', async (name, address) => {
		const { editor } = screen;
		await editor.openNode(workflow, name);
		await soon(async () => {
			const urls = await editor.webhookUrls();
			expect(urls).toEqual([expect.stringMatching(address)]);
		});
	});
});

describe('the panel shows what applies, in this order, and nothing else', () => {
	let workflow: SavedWorkflow;
	beforeAll(async () => {
		workflow = await saved(PANELS);
	});

	it.each(PANELS)('$name', async ({ name, fields, durations, options }) => {
		const { editor } = screen;
		await editor.openNode(workflow, name);
		await soon(async () => expect(await editor.fields()).toEqual(fields));
		if (durations) expect(await editor.choices('duration')).toEqual(durations);
		if (options) expect(await editor.options()).toEqual(options);
	});

	it('two shots, ready to be written', async () => {
		const { editor } = screen;
		await editor.openNode(workflow, 'a storyboard');
		const shot = ['Duration (Seconds)', 'Scene'];
		await soon(async () => expect(await editor.fieldsIn('Shots')).toEqual([...shot, ...shot]));
	});
});

/** What comes in, and what the panel is to say of it below a field. */
const ITEM = {
	words: 'A heron in the rain',
	model: 'sora-2-pro',
	ratio: '9:16',
	seconds: '15',
	pixels: '720p',
	yes: true,
	text: 'text',
	storyboard: 'storyboard',
	shots: [{ scene: 'A heron', duration: 5 }],
	role: 'firstFrame',
	address: 'https://example.com/heron.jpg',
	addresses: ['https://example.com/1.jpg', 'https://example.com/2.jpg'],
	field: 'photo',
	more: { seed: 7 },
	start: 1.5,
	end: 4,
	one: 1,
	minutes: 12,
	choice: 'output',
	task: 'video_1',
	fromAddress: 'url',
	fromTask: 'task',
	fromFile: 'file',
	always: 'buy',
};
type Field = keyof typeof ITEM;

const from = (field: Field) => `={{ $json.${field} }}`;
const all = (fields: Record<string, Field>) =>
	Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, from(field)]));

const GENERATION: Record<string, Field> = {
	promptType: 'text',
	prompt: 'words',
	aspectRatio: 'ratio',
	duration: 'seconds',
	hd: 'yes',
	downloadVideo: 'yes',
	binaryPropertyOutput: 'field',
	simplify: 'yes',
	whenTesting: 'always',
};
/** Of models that Sora is not among. */
const OTHERS: Record<string, Field> = {
	resolution: 'pixels',
	enhancePrompt: 'yes',
	upscale: 'yes',
	promptExtend: 'yes',
	cameraFixed: 'yes',
	audio: 'yes',
};
const OTHER_OPTIONS: Record<string, Field> = {
	audioUrl: 'address',
	negativePrompt: 'words',
	seed: 'one',
	template: 'words',
};
const OPTIONS: Record<string, Field> = {
	characterEndSecond: 'end',
	characterStartSecond: 'start',
	characterUrl: 'address',
	extraBody: 'more',
	fileName: 'words',
	maxConcurrentVideos: 'one',
	maxWaitMinutes: 'minutes',
	notifyHook: 'address',
	onTimeout: 'choice',
	pollInterval: 'one',
	private: 'yes',
	spendingLimit: 'one',
	watermark: 'yes',
};
const RANGE: Record<string, Field> = { startSecond: 'start', endSecond: 'end' };

/** Every parameter of the node with an expression in it, and the field of the item that it names. */
const EXPRESSIONS: Array<{
	name: string;
	parameters: IDataObject;
	fields: Record<string, Field>;
}> = [
	{
		name: 'Generate',
		parameters: {
			...generate,
			...model(from('model'), 'id'),
			...all(GENERATION),
			images: { image: [{ source: 'url', ...all({ url: 'addresses' }) }] },
			options: all(OPTIONS),
		},
		fields: { model: 'model', ...GENERATION, ...OPTIONS, url: 'addresses' },
	},
	{
		name: 'Generate with another model',
		parameters: {
			...generate,
			...model(from('model'), 'id'),
			prompt: 'x',
			...all(OTHERS),
			additionalFields: {
				field: [all({ name: 'field', type: 'text', value: 'words' })],
			},
			options: all(OTHER_OPTIONS),
		},
		fields: {
			...{ model: 'model', ...OTHERS, ...OTHER_OPTIONS },
			...{ name: 'field', type: 'text', value: 'words' },
		},
	},
	{
		// On its own: n8n hides the options that depend on nothing beside those that depend on an expression.
		name: 'Generate and wait',
		parameters: { ...generate, prompt: 'x', ...all({ waiting: 'yes' }) },
		fields: { waiting: 'yes' },
	},
	{
		name: 'Generate from a file',
		parameters: {
			...generate,
			...model('veo3.1'),
			prompt: 'x',
			images: { image: [all({ role: 'role', binaryPropertyName: 'field', skipIfEmpty: 'yes' })] },
		},
		fields: { role: 'role', binaryPropertyName: 'field', skipIfEmpty: 'yes' },
	},
	{
		name: 'Generate from shots',
		parameters: {
			...generate,
			promptType: from('storyboard'),
			shots: { shot: [all({ durationSeconds: 'start', scene: 'words' })] },
		},
		fields: { promptType: 'storyboard', durationSeconds: 'start', scene: 'words' },
	},
	{
		name: 'Generate from a list of shots',
		parameters: { ...generate, promptType: 'storyboardData', ...all({ shotList: 'shots' }) },
		fields: { shotList: 'shots' },
	},
	{
		name: 'Get',
		parameters: { ...get, ...all({ taskId: 'task' }) },
		fields: { taskId: 'task' },
	},
	{
		name: 'Create from an address',
		parameters: { ...create, ...all({ source: 'fromAddress', url: 'address', ...RANGE }) },
		fields: { source: 'fromAddress', url: 'address', ...RANGE },
	},
	{
		name: 'Create from a task',
		parameters: {
			...create,
			...all({ source: 'fromTask', fromTask: 'task' }),
			options: all({ waitForSourceTask: 'yes', extraBody: 'more' }),
		},
		fields: { source: 'fromTask', fromTask: 'task', waitForSourceTask: 'yes', extraBody: 'more' },
	},
	{
		name: 'Create from a file',
		parameters: { ...create, ...all({ source: 'fromFile', binaryPropertyName: 'field' }) },
		fields: { source: 'fromFile', binaryPropertyName: 'field' },
	},
	{
		name: 'Upload',
		parameters: { resource: 'file', operation: 'upload', ...all({ binaryPropertyName: 'field' }) },
		fields: { binaryPropertyName: 'field' },
	},
];

/** As n8n writes it below a field. */
function shown(value: unknown): string {
	if (Array.isArray(value)) return `[Array: ${JSON.stringify(value)}]`;
	if (typeof value === 'object') return `[Object: ${JSON.stringify(value)}]`;
	return String(value);
}
const withoutBlanks = (text: string) => text.replace(/\s/g, '');

describe('an expression', () => {
	let workflow: SavedWorkflow;
	beforeAll(async () => {
		workflow = await saved(EXPRESSIONS, ITEM);
	});

	it.each(EXPRESSIONS)('shows its value in every field of $name', async ({ name, fields }) => {
		const { editor } = screen;
		const expected = Object.entries(fields).map(([parameter, field]) => [
			parameter,
			withoutBlanks(shown(ITEM[field])),
		]);
		await editor.openNode(workflow, name);
		await soon(async () => {
			const previews = Object.entries(await editor.previews());
			expect(previews.map(([parameter, text]) => [parameter, withoutBlanks(text)]).sort()).toEqual(
				expected.sort(),
			);
		});
	});

	it('was tried in every parameter that takes one', async () => {
		interface Property {
			name: string;
			type: string;
			noDataExpression?: boolean;
			options?: Property[];
			values?: Property[];
		}
		const leaves = ({
			name,
			type,
			noDataExpression,
			options = [],
			values = [],
		}: Property): string[] => {
			if (type === 'notice' || noDataExpression) return [];
			if (type === 'collection') return options.flatMap(leaves);
			if (type === 'fixedCollection') return options.flatMap((entry) => leaves(entry));
			return values.length ? values.flatMap(leaves) : [name];
		};
		const node = (await setting.api.nodeTypes()).find(({ name }) => name === NODE);
		const parameters = new Set((node?.properties as Property[]).flatMap(leaves));
		const tried = new Set(EXPRESSIONS.flatMap(({ fields }) => Object.keys(fields)));
		expect([...tried].sort()).toEqual([...parameters].sort());
	});

	it('reaches the gateway with its value from every field', async () => {
		const { editor } = screen;
		await editor.openNode(workflow, 'Generate');
		await editor.executeStep();
		expect(await editor.error()).toBe('');
		expect(setting.simulator.books.purchases.map(({ body }) => body)).toEqual([
			{
				model: ITEM.model,
				prompt: ITEM.words,
				aspect_ratio: ITEM.ratio,
				duration: ITEM.seconds,
				hd: true,
				images: ITEM.addresses,
				watermark: true,
				private: true,
				character_url: ITEM.address,
				character_timestamps: '1.5,4',
				notify_hook: ITEM.address,
				seed: 7,
			},
		]);
	});
});
