/** Video > Generate on n8n's engine: what is sent, refused and returned, for every model; the list of models; Get Quota. */
import { type IDataObject, type INodeProperties, type INodeExecutionData } from 'n8n-workflow';

import { rowOf, ROWS } from '../../nodes/Sora/gateway/models';
import { searchModels } from '../../nodes/Sora/methods/listSearch';
import { jpeg, png } from '../files/images';
import { useBinaryStore } from './binaryStore';
import { inLine, listContext, soraNode, SORA_TYPE } from './engine';
import {
	boat,
	byId,
	byIdea,
	CREATE,
	GENERATE,
	GET,
	GET_QUOTA,
	goOn,
	ideas,
	imagesFrom,
	itemsWith,
	useGateway,
} from './gateway';
import { json, runAgainst, scripted } from './scripted';

const gateway = useGateway({ renderSeconds: 20 });
const { bought, taskIds, run, submissions } = gateway;

const bodies = () => bought().map(({ body }) => body);
const expectNoRequests = () => expect(gateway.simulator.requests).toEqual([]);
const inList = (value: string) => ({ model: { __rl: true, mode: 'list', value } });
/** An order of a paper boat that is not waited for. */
const order = (id: string, more: IDataObject = {}): IDataObject => ({
	...GENERATE,
	...(rowOf(id).known ? inList(id) : byId(id)),
	prompt: 'A paper boat',
	waiting: 'none',
	...more,
});
/** By an expression, which bypasses the panel. */
const byExpression = (value: unknown) => `={{ ${JSON.stringify(value)} }}`;

/** The smallest picture that passes. */
const PICTURE = `data:image/png;base64,${png({ width: 64, height: 64 }).toString('base64')}`;

describe('Video > Generate on the engine', () => {
	it('delivers the finished video as simplified JSON and as a file', async () => {
		const { json, items, error } = await run({ ...GENERATE, prompt: 'A paper boat' });
		expect(error).toBeUndefined();
		const [taskId] = taskIds();
		const moment = expect.stringMatching(/^\d{4}-.*Z$/) as string;
		expect(json('Done')).toEqual([
			{
				task_id: taskId,
				status: 'SUCCESS',
				progress: 100,
				video_url: expect.stringContaining(gateway.simulator.filesUrl),
				submitted_at: moment,
				started_at: moment,
				finished_at: moment,
				width: 320,
				height: 180,
				duration_seconds: 10,
				model: 'sora-2',
				prompt: 'A paper boat',
			},
		]);
		const file = items('Done')[0]?.binary?.data;
		expect(file).toMatchObject({
			mimeType: 'video/mp4',
			fileExtension: 'mp4',
			fileName: `a-paper-boat_${taskId}.mp4`,
		});
		expect(Buffer.from(file?.data ?? '', 'base64').toString('latin1', 4, 8)).toBe('ftyp');
	});

	it('sends every parameter under its wire name', async () => {
		await run({
			...order('sora-2-pro'),
			prompt: '  A paper boat  ',
			aspectRatio: '9:16',
			duration: '15',
			hd: true,
			...imagesFrom('url', 'https://example.com/a.png', PICTURE),
			options: {
				watermark: false,
				private: true,
				characterUrl: 'https://example.com/cat.mp4',
				characterStartSecond: 0.5,
				characterEndSecond: 2,
				notifyHook: 'http://127.0.0.1:9/hook',
				extraBody: '{ "seed": 7, "style": "noir" }',
			},
		});
		expect(bodies()).toEqual([
			{
				model: 'sora-2-pro',
				prompt: 'A paper boat',
				aspect_ratio: '9:16',
				duration: '15',
				hd: true,
				images: ['https://example.com/a.png', PICTURE],
				watermark: false,
				private: true,
				character_url: 'https://example.com/cat.mp4',
				character_timestamps: '0.5,2',
				notify_hook: 'http://127.0.0.1:9/hook',
				seed: 7,
				style: 'noir',
			},
		]);
	});

	it('leaves mentions alone for models without characters, and in quotation marks', async () => {
		gateway.simulator.addModels('unheard-of-1');
		const prompt = 'A sign says "@joe.smith",@a1.cat waves';
		await run(order('veo3.1', { prompt }));
		// The stand-in has no such character.
		await run(order('unheard-of-1', { prompt }));
		const sent = submissions().map(({ body }) => (body as IDataObject).prompt);
		expect(sent).toEqual([prompt, 'A sign says "@joe.smith", @a1.cat waves']);
	});

	it('returns at once with the task ID on request', async () => {
		const { json, items } = await run({ ...boat, waiting: 'none' });
		expect(json('Done')[0]).toMatchObject({ task_id: taskIds()[0], video_url: null, progress: 0 });
		expect(items('Done')[0]?.binary).toBeUndefined();
		expect(gateway.requestsTo('task')).toEqual([]);
	});

	it('gives the gateway’s own task object when Simplify is off', async () => {
		gateway.set({ dialect: 'enveloped' });
		const { json } = await run({ ...boat, simplify: false });
		const link = expect.stringContaining('http') as string;
		expect(json('Done')[0]).toMatchObject({
			task_id: taskIds()[0],
			video_url: link,
			platform: expect.any(String),
			submit_time: expect.any(Number),
			data: { outputs: [link] },
		});
	});

	it('returns the unfinished task at the deadline on request', async () => {
		gateway.set({ renderSeconds: 600 });
		const options = { maxWaitMinutes: 1, onTimeout: 'output' };
		const { json, items } = await run({ ...boat, downloadVideo: true, options });
		const unfinished = { status: 'IN_PROGRESS', timed_out: true, video_url: null };
		expect(json('Done')[0]).toMatchObject({ task_id: taskIds()[0], ...unfinished });
		expect(items('Done')[0]?.binary).toBeUndefined();
	});

	it('answers an AI agent with small JSON and never with a file', async () => {
		const parameters = { ...GENERATE, prompt: 'A boat', simplify: false } as never;
		const workflow = inLine({ name: 'Sora', type: `${SORA_TYPE}Tool`, parameters });
		const [item] = (await run({}, { workflow })).items('Sora');
		expect(item?.binary).toBeUndefined();
		expect(item?.json.video_url).toEqual(expect.stringContaining('http'));
		expect(JSON.stringify(item?.json).length).toBeLessThan(1_000);
	});
});

describe('the panel of Video > Generate', () => {
	const { properties } = soraNode().description;

	it('is small, and has only rules that n8n can evaluate on a busy machine', () => {
		const json = JSON.stringify(properties);
		expect(json).not.toMatch(/regex|validation|"(?:startsWith|endsWith|includes)"/);
		expect(json.length).toBeLessThan(55 * 1024);
	});
});

describe('a storyboard on the engine', () => {
	const board = (shots: IDataObject[], more: IDataObject = {}) => ({
		...GENERATE,
		options: { storyboard: { shot: shots } },
		waiting: 'none',
		...more,
	});
	const three = [
		{ durationSeconds: 3.3, scene: 'A cup on a table' },
		{ durationSeconds: 3.3, scene: '=Steam rises，{{ $json.mention }}，smiles' },
		{ durationSeconds: 3.4, scene: 'The logo' },
	];

	it('becomes the prompt, and its sum the duration', async () => {
		await run({ ...CREATE, url: 'https://example.com/cat.mp4' });
		const mention = `@${gateway.simulator.books.characters[0]?.username}`;
		const { error, json } = await run(board(three, { duration: '15' }), {
			items: itemsWith('mention', [mention]),
		});
		expect(error).toBeUndefined();
		const prompt =
			'Shot 1:\nduration: 3.3sec\nScene: A cup on a table\n\n' +
			`Shot 2:\nduration: 3.3sec\nScene: Steam rises， ${mention} ，smiles\n\n` +
			'Shot 3:\nduration: 3.4sec\nScene: The logo';
		expect(bodies()).toEqual([{ model: 'sora-2', prompt, aspect_ratio: '16:9', duration: '10' }]);
		expect(json('Done')[0]?.prompt).toBe(prompt);
	});

	const shot = (durationSeconds: unknown, scene: unknown = 'A boat') =>
		[{ durationSeconds, scene }] as IDataObject[];
	const inPrompt = (prompt: unknown) => ({
		...board([]),
		prompt: byExpression(prompt),
		options: {},
	});
	it.each<[string, IDataObject, RegExp]>([
		['no shots', board([]), /"Storyboard" is empty/],
		['a wrong sum', board(three.slice(1)), /"Shots, added up" must be 10 or 15 .* but is 6.7/],
		['no scene', board(shot(10, ' ')), /"Scene, shot 1" is empty/],
		['no length', board(shot('')), /"Duration \(Seconds\), shot 1" must be a number of seconds/],
		['a length of 0', board(shot(0)), /greater than 0/],
		['a prompt beside it', board(shot(10), { prompt: 'A boat' }), /are both filled/],
		['a list of texts', inPrompt(['a boat']), /"Prompt" must be text, or a list of shots/],
		['an empty list', inPrompt([]), /"Prompt" is empty/],
		['a list that was cut', inPrompt('[{"scene":"A boat","sec'), /"Prompt" .* is not valid JSON/],
		['no length in data', inPrompt([{ scene: 'A boat' }]), /shot 1" must be a number of seconds/],
		['an object as a scene', inPrompt([{ scene: {}, seconds: 10 }]), /shot 1" must be text/],
		[
			'a sheet’s error',
			inPrompt([{ scene: '#REF!', seconds: 10 }]),
			/shot 1" contains an error from/,
		],
		[
			'a model that has none',
			board(shot(8), byId('={{ "veo3.1-fast" }}')),
			/"Storyboard" is not offered by Veo 3.1 Fast/,
		],
		// The panel does not offer it there, and n8n strips what the panel does not show.
		['a model from the list that has none', board(shot(8), inList('veo3.1')), /"Prompt" is empty/],
	])('is refused with %s, before anything is sent', async (_, parameters, words) => {
		const { error } = await run(parameters);
		expect(error?.message).toMatch(words);
		expectNoRequests();
	});

	it('has the durations that Duration has: rounded ones, others with a line in the log', async () => {
		const shots = (...lengths: unknown[]) => lengths.flatMap((length) => shot(length));
		gateway.simulator.addModels('sora-2-all', 'sora-2-hd');
		await run(board(shots(3.33, '3.33', '3.33 s')));
		await run(board(shots('00:05', '５秒')));
		await run(board(shots(4, 4), byId('sora-2-all')));
		await run(board(shots(7, 8), byId('sora-2-hd')));
		expect(bodies().map(({ duration }) => duration)).toEqual(['10', '10', '8', '15']);
		// The page does not have it, and nothing says that it is refused; the stand-in takes what the page has.
		await run(board(shots(6, 6)));
		expect(submissions()).toHaveLength(5);
	});

	it('has as many shots as a list in the prompt has, from an expression or as JSON text', async () => {
		const shots = [
			{ scene: 'One', seconds: '5s' },
			{ text: 'Two', length: 5 },
		];
		const text = JSON.stringify(shots, null, 2);
		const { error } = await run(order('sora-2', { prompt: '={{ $json.shots }}' }), {
			items: itemsWith('shots', [shots, ` ${text}\n`, `\`\`\`json\n${text}\n\`\`\`\n`]),
		});
		expect(error).toBeUndefined();
		const prompt = 'Shot 1:\nduration: 5sec\nScene: One\n\nShot 2:\nduration: 5sec\nScene: Two';
		expect(bodies()).toMatchObject(Array(3).fill({ duration: '10', prompt }));
	});
});

describe('the models of the table, and their images', () => {
	const SIZE = { width: 320, height: 180 };
	const END = 'https://example.com/end.png';
	const store = useBinaryStore('filesystem');

	async function itemWith(...names: string[]): Promise<INodeExecutionData> {
		const binary: INodeExecutionData['binary'] = {};
		for (const [index, name] of names.entries())
			binary[name] = await store.put(png({ ...SIZE, width: 320 + index }), {});
		return { json: {}, binary };
	}

	it.each(ROWS.map((row) => [row.id, row] as const))(
		'%s makes a video from its panel’s defaults, and from all images that it takes',
		async (id, { images: { max = 0, transport } }) => {
			gateway.simulator.addModels(id);
			const names = Array.from({ length: max }, (_, index) => `image${index}`);
			const images = max ? imagesFrom('field', ...names) : {};
			const parameters = order(id, { waiting: 'node', downloadVideo: false, ...images });
			const { error, json } = await run(parameters, { items: [await itemWith(...names)] });
			expect(error).toBeUndefined();
			expect(json('Done')[0]?.status).toBe('SUCCESS');
			const sent = (bodies().at(-1)?.images ?? []) as string[];
			const areAddresses = sent.map((image) => image.startsWith('http'));
			expect(areAddresses).toEqual(Array(max).fill(transport === 'url'));
		},
	);

	const image = (role: string, source: string, value: unknown) => ({
		role,
		source,
		[source === 'url' ? 'url' : 'binaryPropertyName']: value,
	});
	const images = (...entries: object[]) => ({ images: { image: entries } as IDataObject });

	it('are sent in the order of their roles, from input fields and addresses alike', async () => {
		const roles = images(image('lastFrame', 'url', END), image('firstFrame', 'field', 'front'));
		await run(order('veo3.1', roles), { items: [await itemWith('front', 'back')] });
		expect(bodies()[0]?.images).toEqual([expect.stringMatching(/^data:image\/png/), END]);
	});

	it('are uploaded for a model that takes only addresses, files and data URIs, each once', async () => {
		const item = await itemWith('a', 'b');
		await run(order('grok-video-3', imagesFrom('field', 'a, b')), { items: [item, item] });
		const uri = `data:image/jpeg;base64,${jpeg(SIZE).toString('base64')}`;
		await run(order('grok-video-3', imagesFrom('url', uri)));
		const uploads = gateway.simulator.books.uploads.map(({ url }) => url);
		const [first, second, third] = uploads;
		expect(uploads).toEqual([first, second, third]);
		const sent = bodies().map((body) => body.images);
		expect(sent).toEqual([[first, second], [first, second], [third]]);
	});

	it('may have metadata of any type from a script', async () => {
		const odd = [5, { a: 1 }, ['x'], null, true].map(async (value) => {
			const item = await itemWith('data');
			const data = item.binary?.data as object;
			Object.assign(data, { fileName: value, mimeType: value, fileExtension: value });
			return item;
		});
		const items = await Promise.all(odd);
		const { error } = await run(order('grok-video-3', imagesFrom('field', 'data')), { items });
		expect(error).toBeUndefined();
		expect(bodies()).toHaveLength(5);
	});

	it('are left out if the item has none and the entry allows it', async () => {
		const optional = { ...image('inOrder', 'field', 'photo'), skipIfEmpty: true };
		const parameters = order('sora-2', images(optional, image('inOrder', 'url', END)));
		const { error } = await run(parameters, { items: [await itemWith('photo'), { json: {} }] });
		expect(error).toBeUndefined();
		const counts = bodies().map((body) => (body.images as string[]).length);
		expect(counts.sort()).toEqual([1, 2]);
	});

	it.each<[string, IDataObject, RegExp]>([
		[
			'an address that an expression left empty',
			order('veo3.1', imagesFrom('url', '={{ $json.nothing }}')),
			/"URL, image 1" is empty/,
		],
		[
			'an image for a model of text, from the list of models',
			order('veo3', imagesFrom('url', END)),
			/1 image is given, and Veo 3 makes videos from text alone/,
		],
	])('are refused before anything is sent: %s', async (_, parameters, words) => {
		const { error } = await run(parameters);
		expect(error?.message).toMatch(words);
		expectNoRequests();
	});
});

describe('a sheet whose column picks the model', () => {
	const byColumn = { ...GENERATE, ...byId('={{ $json.model }}'), prompt: 'A paper boat' };

	it('sends each model what its row says, and leaves out what it does not have', async () => {
		const models = ['sora-2', 'veo3.1-fast', 'grok-video-3', 'unheard-of-1'];
		gateway.simulator.addModels('unheard-of-1');
		const items = itemsWith('model', models);
		const { error } = await run({ ...byColumn, waiting: 'none' }, { items });
		expect(error).toBeUndefined();
		const prompt = 'A paper boat';
		expect(bodies()).toEqual(
			expect.arrayContaining([
				{ model: 'sora-2', prompt, aspect_ratio: '16:9', duration: '10' },
				{ model: 'veo3.1-fast', prompt, aspect_ratio: '16:9' },
				{ model: 'grok-video-3', prompt, ratio: '16:9', duration: 10, resolution: '720P' },
				{ model: 'unheard-of-1', prompt, aspect_ratio: '16:9' },
			]),
		);
	});
});

it('an unknown model makes a video without any JSON', async () => {
	const model = 'unheard-of-1';
	gateway.simulator.addModels(model);
	const fields = { style: ' noir ', strength: '0.5', left_out: '', '': '' };
	const { error, items } = await run(
		order(model, {
			waiting: 'node',
			...imagesFrom('url', 'https://example.com/a.png'),
			additionalFields: {
				field: Object.entries(fields).map(([name, value]) => ({ name, value })),
			},
			options: { seed: 7 },
		}),
	);
	expect(error).toBeUndefined();
	expect(items('Done')[0]?.binary?.data?.mimeType).toBe('video/mp4');
	expect(bodies()).toEqual([
		{
			model,
			prompt: 'A paper boat',
			images: ['https://example.com/a.png'],
			seed: 7,
			style: 'noir',
			strength: 0.5,
			aspect_ratio: '16:9',
		},
	]);
});

describe('a model that the gateway does not have', () => {
	it('is reported with some that it has, requested once', async () => {
		const { json } = await run(
			{ ...GENERATE, ...byId('={{ $json.model }}'), prompt: 'A boat' },
			{ items: itemsWith('model', ['veo3.1-lite', 'nowhere-1', 'nowhere-2']), ...goOn },
		);
		for (const { category, advice } of json('Done')) {
			expect(category).toBe('model_not_found');
			expect(advice).toMatch(
				/This key has: sora-2, sora-2-pro, veo3.1-fast, veo3.1, veo3.1-pro\.$/,
			);
		}
		expect(gateway.requestsTo('models')).toHaveLength(1);
	});
});

const CAT = 'https://example.com/cat.mp4';
const generate = (parameters: IDataObject) => ({ ...GENERATE, prompt: 'A boat', ...parameters });
const withOptions = (options: IDataObject) => generate({ options });
const clip = (parameters: IDataObject) => ({ ...CREATE, url: CAT, ...parameters });
const field = (...rows: IDataObject[]) =>
	generate({ ...byId('unheard-of-1'), additionalFields: { field: rows } });

const REFUSED: Array<[string, IDataObject, RegExp]> = [
	['no prompt', generate({ prompt: '   ' }), /"Prompt" is empty/],
	['a prompt of an object', generate({ prompt: byExpression({ a: 1 }) }), /"Prompt" must be text/],
	['no model', generate(byId('={{ "" }}')), /"Model" is empty/],
	['a wait nobody offers', generate({ waiting: '={{ "later" }}' }), /must be one of node, parked/],
	['25 s for sora-2', generate({ duration: byExpression('25') }), /"Duration" must be 10 or 15/],
	['an unknown shape', generate({ aspectRatio: byExpression('4:3') }), /"Aspect Ratio"/],
	['an image that is no address', generate(imagesFrom('url', 'cat.png')), /"URL, image 1" must be/],
	['an extra body of half JSON', withOptions({ extraBody: '{ seed: ' }), /"Extra Body"/],
	[
		'an additional field that carries a key',
		field({ name: 'api_key', value: 'x' }),
		/"Name, field 1" must not contain "api_key"/,
	],
	['an additional field without a name', field({ name: ' ', value: 'x' }), /field 1" is empty/],
	[
		'an additional field twice',
		field({ name: 'a', value: 'x' }, { name: 'a', value: 'y' }),
		/"Name, field 2" repeats "a"/,
	],
	['seconds without a clip', withOptions({ characterEndSecond: 2 }), /"Character Clip"/],
	['a hook that is no address', withOptions({ notifyHook: 'later' }), /"Notify Hook"/],
	['a wait of 0', withOptions({ maxWaitMinutes: '={{ 0 }}' }), /"Max Wait/],
	['an interval that is no number', withOptions({ pollInterval: '={{ "x" }}' }), /"Poll/],
	['a blank spending limit', withOptions({ spendingLimit: '={{ "" }}' }), /Limit \(Videos\)" is e/],
	['no task ID', { ...GET, taskId: byExpression('') }, /"Task ID" is empty/],
	['no video URL', clip({ url: '' }), /"Video URL" is empty/],
	['a video URL that is no address', clip({ url: 'cat.mp4' }), /"Video URL" must be an http/],
	['a blank start', clip({ startSecond: '={{ $json.none }}' }), /"Start Second" is empty/],
	['no character source', { ...CREATE, source: '={{ "task" }}', url: '' }, /"Task ID" is empty/],
	['a source nobody offers', clip({ source: '={{ "tape" }}' }), /"Source" must be one of/],
	[
		'both character sources, through the extra body',
		clip({ options: { extraBody: '{ "from_task": "video_1" }' } }),
		/exactly one/,
	],
];

describe('bad input is refused before any request', () => {
	it.each(REFUSED)('%s, naming the parameter and the item', async (_, parameters, words) => {
		const { error } = await run(parameters, { items: itemsWith('any', [1, 2]) });
		expect(error?.message).toMatch(words);
		expect(error?.message).toMatch(/\[item 1\]/);
		expect(error?.description).toBeTruthy();
		expectNoRequests();
	});

	it('and the good items run under Continue On Fail', async () => {
		const { json, error } = await run(byIdea, { ...ideas('one', '', 'three'), ...goOn });
		expect(error).toBeUndefined();
		const seen = json('Done').map(({ prompt, category }) => prompt ?? category);
		expect(seen).toEqual(['one', 'invalid_input', 'three']);
		expect(bought()).toHaveLength(2);
	});

	it.each<[string, IDataObject, ReturnType<typeof ideas>, RegExp, RegExp]>([
		[
			'files',
			generate(imagesFrom('field', 'photo')),
			ideas('', '', ''),
			/\[item 1\]/,
			/\[item 2\] "[^]*; \[item 3\] "/,
		],
		[
			'texts',
			byIdea,
			ideas('one', '', 'two', 'null', '#REF!', 'three'),
			/"Prompt" is empty \[item 2\]/,
			/\[item 4\] "Prompt" contains no value.*; \[item 5\] "Prompt" contains an error from a spreadsheet/,
		],
	])('and all bad items are named at once: %s', async (_, parameters, items, first, others) => {
		const { error } = await run(parameters, items);
		expect(error?.message).toMatch(first);
		expect(error?.description).toMatch(new RegExp(`Wrong as well: ${others.source}`));
		expectNoRequests();
	});

	it.each([
		['', /base URL .* is empty/],
		['https:/gateway.example.com', /base URL.*no http or https address/],
		['ftp://gateway.example.com', /base URL.*no http or https address/],
		['https://user:word@gateway.example.com', /base URL.*user name or password/],
		['https://gateway.example.com/?a=1', /base URL.*"\?" or "#"/],
	])('including the base URL: %j', async (baseUrl, words) => {
		const { apiKey } = gateway.simulator;
		const { error } = await run(boat, { credential: { apiKey, baseUrl } });
		expect(error?.message).toMatch(words);
		expectNoRequests();
	});
});

describe('a refusal before there is a task', () => {
	const times = (...texts: unknown[]) =>
		texts.join(' ').match(/Nothing was bought\./g)?.length ?? 0;

	it.each([
		[boat, 1],
		[{ ...GET, taskId: 'task_1' }, 0],
	])('says so without a credential only if it costs money: %j', async (parameters, count) => {
		const { error } = await run(parameters, { credential: { apiKey: '', baseUrl: '' } });
		expect(times(error?.message, error?.description)).toBe(count);
	});
});

describe('any value in any parameter', () => {
	const OF_ANY_TYPE = [7, -1, 1e15, { a: 1 }, [], [7], ['x', {}], null, true, '', 'x'];
	/** What the error of a program looks like. */
	const RAW = /is not a function|cannot read|is not iterable|undefined|TypeError|must be of type/i;
	const manual = { ...goOn, mode: 'manual' as const };
	type Property = INodeProperties & { values?: INodeProperties[] };
	type Place = (value: unknown) => IDataObject;

	/** A parameter's fields, each with its place. */
	const within = ({ name, type, options = [] }: Property, place: Place) => {
		const inner = options as Property[];
		if (type === 'collection') {
			return inner.map(
				(one) =>
					[`${name}.${one.name}`, (value: unknown) => place({ [one.name]: value }), one] as const,
			);
		}
		if (type !== 'fixedCollection') return [];
		return inner.flatMap(({ name: group, values = [] }) =>
			values.map((one) => {
				const set = (value: unknown) => place({ [group]: [{ [one.name]: value }] });
				return [`${name}.${group}.${one.name}`, set, one] as const;
			}),
		);
	};
	type Case = [string, IDataObject, Place, Property];
	const CASES = (soraNode().description.properties as Property[])
		.filter(({ name, type }) => !['resource', 'operation'].includes(name) && type !== 'notice')
		.flatMap((property): Case[] => {
			const { resource = [], operation = [] } = property.displayOptions?.show ?? {};
			const base = { resource: resource[0], operation: operation[0] } as IDataObject;
			const place = (value: unknown) => ({ [property.name]: value }) as IDataObject;
			const where = `${String(resource[0])} ${String(operation[0])} ${property.name}`;
			const located = (value: unknown) => place({ __rl: true, mode: 'id', value });
			const own = property.type === 'resourceLocator' ? located : place;
			return [
				[where, base, own, property],
				...within(property, place).map(([name, set, one]): Case => [name, base, set, one]),
			];
		});
	/** What each operation needs, so that the parameter in question is reached. */
	const REST: IDataObject = {
		...{ prompt: 'A boat', model: '={{ "unheard-of-1" }}', waiting: 'none' },
		...{ url: CAT, taskId: 'sample' },
	};

	it.each(CASES)('%s: is read, or refused with a reason', async (_, base, set) => {
		gateway.simulator.addModels('unheard-of-1', '7', '-1', '1000000000000000', 'true', 'x');
		const parameters = { ...REST, ...base, ...set('={{ $json.value }}') };
		const { json } = await run(parameters, { items: itemsWith('value', OF_ANY_TYPE), ...manual });
		for (const { error, category } of json('Done')) {
			if (category === undefined) continue;
			expect([error, category]).toEqual([
				expect.not.stringMatching(RAW),
				expect.not.stringMatching(/^unexpected$/),
			]);
		}
		expect(json('Done')).toHaveLength(OF_ANY_TYPE.length);
	});

	const OPERATIONS = new Set(
		[...CASES.map(([, base]) => base), GET_QUOTA].map((base) => JSON.stringify(base)),
	);
	it.each([...OPERATIONS])(
		'%s: links every item to its input, including a failed one',
		async (base) => {
			const parameters = {
				...(JSON.parse(base) as IDataObject),
				prompt: '={{ $json.idea }}',
				url: '={{ $json.idea && "https://example.com/a.mp4" }}',
				waiting: 'none',
				taskId: '={{ $json.idea ? "sample" : "" }}',
			};
			const { items } = await run(parameters, { ...ideas('A boat', '', 'A kite'), ...manual });
			const links = items('Sora').map(({ pairedItem }) => pairedItem);
			expect(links).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		},
	);
});

describe('the model list', () => {
	const search = async (filter?: string, more = {}) => {
		const context = listContext({ ...gateway.credential(), ...more });
		return (await searchModels.call(context, filter)).results;
	};
	const idsFor = async (filter?: string) => (await search(filter)).map(({ value }) => value);

	it('shows the two Sora models first, then the gateway’s other video models, and costs nothing', async () => {
		gateway.simulator.addModels('hunyuan-video-9');
		const [first, second, ...others] = await idsFor();
		expect([first, second]).toEqual(['sora-2', 'sora-2-pro']);
		expect(others).toEqual(expect.arrayContaining(['veo3.1', 'grok-video-3', 'hunyuan-video-9']));
		expect(others.filter((id) => /gpt|claude|embedding|image/.test(String(id)))).toEqual([]);
		expect(new Set(others).size).toBe(others.length);
		expect(bought()).toEqual([]);
	});

	it('is searched by name and by ID, and offers an unknown search as an ID', async () => {
		expect(await idsFor('PRO')).toContain('sora-2-pro');
		expect(await idsFor('Sora 2')).toEqual(['sora-2', 'sora-2-pro']);
		expect(await search(' New-1 ')).toEqual([
			{ value: 'New-1', name: 'Not listed: use "New-1" as the ID' },
		]);
	});

	it('explains a refused key', async () => {
		const refused = search('', { apiKey: 'wrong-key-altogether' });
		await expect(refused).rejects.toThrow(/did not accept the API key/);
	});
});

describe('Account > Get Quota on the engine', () => {
	it('returns the gateway’s answer about the key, and buys nothing', async () => {
		const { json, error } = await run(GET_QUOTA);
		expect(error).toBeUndefined();
		expect(json('Done')).toEqual([
			{
				id: 1,
				name: 'first',
				quota: 1_000_000_000,
				used_quota: 0,
				remaining: null,
				unlimited_quota: false,
				quota_about_usd: 2_000,
				used_about_usd: 0,
			},
		]);
		expect(bought()).toEqual([]);
	});

	it.each<[string, object, object]>([
		[
			'a key without a limit',
			{ quota: 0, used_quota: 750_000, unlimited_quota: true },
			{ used_about_usd: 1.5, note: expect.stringMatching(/no limit.*console/) },
		],
		['units that nobody knows', { limit: 700, usage: 90 }, { quota: 700, used_quota: 90 }],
		[
			'nothing that is left',
			{ data: { total_used: 1_000_000 } },
			{ used_quota: 1_000_000, note: expect.stringMatching(/not what is left/) },
		],
	])('reports %s unchanged', async (_, answer, told) => {
		const { url } = await scripted((__, response) => json(response, answer));
		const [item = {}] = (await runAgainst(url, GET_QUOTA)).json('Done');
		expect(item).toMatchObject(told);
		const extra = (of: object) => Object.keys(of).filter((name) => /usd|note/.test(name));
		expect(extra(item)).toEqual(extra(told));
	});

	it.each([
		['unknownPath', /does not know this address: this was the request for the quota/],
		['html200', /does not understand the gateway.s answer: this was the request for the quota/],
	] as const)('says that a gateway does not report it, after %s', async (quotaFault, words) => {
		gateway.set({ quotaFault });
		const { error } = await run(GET_QUOTA);
		expect(error?.message).toMatch(words);
		expect(error?.description).toMatch(/^This gateway .*what an API key has left/);
	});

	it.each([
		['html502:2', undefined, 3],
		['badKey', /did not accept the API key/, 1],
	] as const)('is retried only if that may help: %s', async (quotaFault, words, count) => {
		gateway.set({ quotaFault });
		const { error } = await run(GET_QUOTA);
		expect(error?.message ?? '').toMatch(words ?? /^$/);
		expect(gateway.requestsTo('quota')).toHaveLength(count);
	});
});
