/** Video > Generate on n8n's engine: what is sent, refused and returned, for every model; the list of models; Get Quota. */
import {
	NodeHelpers,
	type IDataObject,
	type IExecuteFunctions,
	type INodeProperties,
	type INodeExecutionData,
	type INodeType,
} from 'n8n-workflow';

import { toNodeError } from '../../nodes/Sora/actions/nodeErrors';
import { failedItemFields } from '../../nodes/Sora/actions/output';
import { FAILURES, SoraFailure, type FailureCategory } from '../../nodes/Sora/gateway/failures';
import { rowOf, ROWS, type ModelRow } from '../../nodes/Sora/gateway/models';
import { searchModels } from '../../nodes/Sora/methods/listSearch';
import { jpeg, png } from '../files/images';
import type { Scenario } from '../simulator/simulator';
import { useBinaryStore } from './binaryStore';
import { listContext, runWorkflow, soraNode, SORA_TYPE } from './engine';
import { CREATE, GENERATE, GET, imagesFrom, itemsWith, useGateway } from './gateway';
import { json, runAgainst, scripted } from './scripted';
import { time } from './time';

const gateway = useGateway({ renderSeconds: 20 });

const model = (value: string, mode = 'list') => ({ model: { __rl: true, mode, value } });
const bodies = () => gateway.simulator.books.purchases.map(({ body }) => body);
/** An order of a paper boat that is not waited for. */
const order = (id: string, more: IDataObject = {}): IDataObject => ({
	...GENERATE,
	...model(id, rowOf(id).known ? 'list' : 'id'),
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
		const { json, items, error } = await gateway.run({ ...GENERATE, prompt: 'A paper boat' });
		expect(error).toBeUndefined();
		const [purchase] = gateway.simulator.books.purchases;
		expect(json('Done')).toEqual([
			{
				task_id: purchase?.taskId,
				status: 'SUCCESS',
				progress: 100,
				video_url: expect.stringContaining(gateway.simulator.filesUrl),
				submitted_at: expect.stringMatching(/^\d{4}-.*Z$/),
				started_at: expect.stringMatching(/^\d{4}-.*Z$/),
				finished_at: expect.stringMatching(/^\d{4}-.*Z$/),
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
			fileName: `a-paper-boat_${purchase?.taskId}.mp4`,
		});
		expect(Buffer.from(file?.data ?? '', 'base64').toString('latin1', 4, 8)).toBe('ftyp');
	});

	it('sends other models what the extra body holds, and nothing that only Sora knows', async () => {
		const extra = { ratio: '16:9', resolution: '1080p', duration: 8, seed: 7 };
		const { error } = await gateway.run({
			...GENERATE,
			model: { __rl: true, mode: 'id', value: 'seedance-1.5-pro' },
			prompt: 'A paper boat',
			duration: '15',
			hd: true,
			options: { extraBody: JSON.stringify(extra) },
		});
		expect(error).toBeUndefined();
		expect(gateway.simulator.books.purchases[0]?.body).toEqual({
			model: 'seedance-1.5-pro',
			prompt: 'A paper boat',
			aspect_ratio: '16:9',
			...extra,
		});
	});

	it('sends every parameter under its wire name', async () => {
		await gateway.run({
			...GENERATE,
			model: { __rl: true, mode: 'list', value: 'sora-2-pro' },
			prompt: '  A paper boat  ',
			aspectRatio: '9:16',
			duration: '15',
			hd: true,
			waiting: 'none',
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
		expect(gateway.simulator.books.purchases[0]?.body).toEqual({
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
		});
	});

	it('writes mentions as the gateway binds them', async () => {
		const { simulator } = gateway;
		const created = await gateway.run({
			resource: 'character',
			operation: 'create',
			url: 'https://example.com/cat.mp4',
		});
		const [{ username } = { username: '' }] = created.json('Done');
		await gateway.run({
			...GENERATE,
			prompt: `=在舞台上@{${username}}跳舞，联系 cat@example.com`,
			waiting: 'none',
		});
		expect(simulator.books.purchases[0]?.prompt).toBe(
			`在舞台上 @${username} 跳舞，联系 cat@example.com`,
		);
	});

	it('leaves mentions alone for models without characters, and what is in quotation marks', async () => {
		gateway.simulator.addModels('unheard-of-1');
		const prompt = 'A sign says "@joe.smith",@a1.cat waves';
		await gateway.run(order('veo3.1', { prompt }));
		// The stand-in has no such character.
		await gateway.run(order('unheard-of-1', { prompt }));
		const sent = gateway.submissions().map(({ body }) => (body as IDataObject).prompt);
		expect(sent).toEqual([prompt, 'A sign says "@joe.smith", @a1.cat waves']);
	});

	it('takes another hook in the extra body for another video, and another callback for the same', async () => {
		const runs = [
			{ opening_hook: 'A pirate' },
			{ opening_hook: 'A parrot' },
			{ opening_hook: 'A parrot', webhook: 'https://example.com/1' },
		];
		gateway.simulator.addModels('sora-2-x');
		for (const extraBody of runs) {
			const { error } = await gateway.run(order('sora-2-x', { options: { extraBody } }), {
				mode: 'manual',
				executionId: JSON.stringify(extraBody),
			});
			expect(error).toBeUndefined();
		}
		expect(bodies().map((body) => body.opening_hook)).toEqual(['A pirate', 'A parrot']);
	});

	it('finishes 20 items with one-minute renders in the time of one, in order and linked', async () => {
		const prompts = Array.from({ length: 20 }, (_, index) => `Boat ${index}`);
		gateway.simulator.set({ renderSeconds: 60 });
		const begun = gateway.simulator.now();
		const { items } = await gateway.run(
			{ ...GENERATE, prompt: '={{ $json.idea }}' },
			{ items: itemsWith('idea', prompts) },
		);
		const seconds = (gateway.simulator.now() - begun) / 1000;
		expect(items('Done').map(({ json }) => json.prompt)).toEqual(prompts);
		expect(items('Sora').map(({ pairedItem }) => pairedItem)).toEqual(
			prompts.map((_, item) => ({ item })),
		);
		expect(gateway.simulator.books.purchases).toHaveLength(20);
		// One render takes 62 gateway seconds with its queue; one after the other would take 1,240.
		expect(seconds).toBeLessThan(1_240 / 3);
	});

	it('submits five items at a time', async () => {
		gateway.simulator.set({ latencySeconds: 20 });
		const { error } = await gateway.run(
			{
				...GENERATE,
				prompt: '={{ $json.idea }}',
				waiting: 'none',
			},
			{ items: itemsWith('idea', ['a', 'b', 'c', 'd', 'e', 'f']) },
		);
		expect(error).toBeUndefined();
		const starts = gateway.submissions().map(({ at }) => Math.round(at / 20_000));
		const busiest = Math.max(...starts.map((slot) => starts.filter((at) => at === slot).length));
		expect(gateway.simulator.books.purchases).toHaveLength(6);
		expect(busiest).toBe(5);
	});

	it('returns at once with the task ID when it is told not to wait', async () => {
		const { json, items } = await gateway.run({
			...GENERATE,
			prompt: 'A boat',
			waiting: 'none',
		});
		expect(json('Done')[0]).toMatchObject({
			task_id: gateway.simulator.books.purchases[0]?.taskId,
			video_url: null,
			progress: 0,
		});
		expect(items('Done')[0]?.binary).toBeUndefined();
		expect(gateway.simulator.requests.filter(({ route }) => route === 'task')).toEqual([]);
	});

	it('gives the gateway’s own task object when Simplify is off', async () => {
		gateway.simulator.set({ dialect: 'enveloped' });
		const { json } = await gateway.run({ ...GENERATE, prompt: 'A boat', simplify: false });
		expect(json('Done')[0]).toMatchObject({
			task_id: gateway.simulator.books.purchases[0]?.taskId,
			video_url: expect.stringContaining('http'),
			platform: expect.any(String),
			submit_time: expect.any(Number),
			data: { outputs: [expect.stringContaining('http')] },
		});
	});

	it('waits for a video that the gateway hands out late', async () => {
		gateway.simulator.set({ urlDelaySeconds: 20 });
		const { items } = await gateway.run({ ...GENERATE, prompt: 'A boat' });
		expect(items('Done')[0]?.binary?.data?.mimeType).toBe('video/mp4');
	});

	it('returns the unfinished task at the deadline if asked to', async () => {
		gateway.simulator.set({ renderSeconds: 600 });
		const { json, items } = await gateway.run({
			...GENERATE,
			prompt: 'A boat',
			options: { maxWaitMinutes: 1, onTimeout: 'output' },
		});
		expect(json('Done')[0]).toMatchObject({
			task_id: gateway.simulator.books.purchases[0]?.taskId,
			status: 'IN_PROGRESS',
			timed_out: true,
			video_url: null,
		});
		expect(items('Done')[0]?.binary).toBeUndefined();
	});

	it('answers an AI agent with small JSON and never with a file', async () => {
		const toolNode = soraNode(time);
		const type = `${SORA_TYPE}Tool`;
		const { items } = await runWorkflow({
			workflow: {
				nodes: [
					{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
					{ name: 'Sora', type, parameters: { ...GENERATE, prompt: 'A boat', simplify: false } },
				],
				connections: { Start: { main: [[{ node: 'Sora', type: 'main', index: 0 }]] } },
			},
			credential: { apiKey: gateway.simulator.apiKey, baseUrl: gateway.simulator.url },
			sora: toolNode,
		});
		const [item] = items('Sora');
		expect(item?.binary).toBeUndefined();
		expect(item?.json.video_url).toEqual(expect.stringContaining('http'));
		expect(JSON.stringify(item?.json).length).toBeLessThan(1_000);
	});
});

describe('the panel of Video > Generate', () => {
	const { properties } = soraNode().description;
	const shown = (values: Record<string, unknown>) => {
		const parameters = { ...GENERATE, waiting: 'node', downloadVideo: true, ...values };
		return properties
			.filter((property) =>
				NodeHelpers.displayParameter(parameters as never, property, { typeVersion: 1 }, null),
			)
			.map(({ name }) => name);
	};
	it('has no pattern, which n8n runs against a clock at each start, and is small', () => {
		const json = JSON.stringify(properties);
		expect(json).not.toMatch(/regex|validation/);
		expect(json.length).toBeLessThan(55 * 1024);
	});

	it('asks for the model, the prompt and the images before anything else', () => {
		const [notice, ...fields] = shown({ model: 'sora-2' }).slice(2);
		expect(notice).toBe('costNotice');
		const first = ['model', 'prompt', 'images', 'aspectRatio', 'duration', 'whenTesting'];
		expect(fields.slice(0, 6)).toEqual(first);
	});

	it('shows HD for sora-2-pro only, and not at 25 seconds', () => {
		expect(shown({ model: 'sora-2', duration: '10' })).not.toContain('hd');
		expect(shown({ model: 'sora-2-pro', duration: '15' })).toContain('hd');
		expect(shown({ model: 'sora-2-pro', duration: '25' })).not.toContain('hd');
	});

	it('shows the download only when the node waits, and its field only with the download', () => {
		expect(shown({})).toEqual(expect.arrayContaining(['downloadVideo', 'binaryPropertyOutput']));
		expect(shown({ waiting: 'none' })).not.toContain('downloadVideo');
		expect(shown({ waiting: 'none' })).not.toContain('binaryPropertyOutput');
		expect(shown({ downloadVideo: false })).not.toContain('binaryPropertyOutput');
	});
});

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

describe('a storyboard on the engine', () => {
	it('becomes the prompt, and its sum the duration', async () => {
		await gateway.run({ ...CREATE, url: 'https://example.com/cat.mp4' });
		const mention = `@${gateway.simulator.books.characters[0]?.username}`;
		const { error, json } = await gateway.run(board(three, { duration: '15' }), {
			items: itemsWith('mention', [mention]),
		});
		expect(error).toBeUndefined();
		const prompt =
			'Shot 1:\nduration: 3.3sec\nScene: A cup on a table\n\n' +
			`Shot 2:\nduration: 3.3sec\nScene: Steam rises， ${mention} ，smiles\n\n` +
			'Shot 3:\nduration: 3.4sec\nScene: The logo';
		expect(gateway.simulator.books.purchases[0]?.body).toEqual({
			model: 'sora-2',
			prompt,
			aspect_ratio: '16:9',
			duration: '10',
		});
		expect(json('Done')[0]?.prompt).toBe(prompt);
	});

	it('may be in HD, and last 25 seconds without', async () => {
		const shot = (durationSeconds: number) => [{ durationSeconds, scene: 'A boat' }];
		await gateway.run(board(shot(15), { ...model('sora-2-pro'), hd: true }));
		await gateway.run(board(shot(25), model('sora-2-pro')));
		expect(gateway.simulator.books.purchases.map(({ seconds, hd }) => [seconds, hd])).toEqual([
			[15, true],
			[25, false],
		]);
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
		['25 seconds', board(shot(25)), /must be 10 or 15 seconds/],
		['a prompt beside it', board(shot(10), { prompt: 'A boat' }), /are both filled/],
		['a list of texts', inPrompt(['a boat']), /"Prompt" must be text, or a list of shots/],
		['an empty list', inPrompt([]), /"Prompt" is empty/],
		['no length in data', inPrompt([{ scene: 'A boat' }]), /shot 1" must be a number of seconds/],
		['an object as a scene', inPrompt([{ scene: {}, seconds: 10 }]), /shot 1" must be text/],
		[
			'an error of a sheet',
			inPrompt([{ scene: '#REF!', seconds: 10 }]),
			/shot 1" holds an error of/,
		],
		[
			'a model that has none',
			board(shot(8), model('={{ "veo3.1-fast" }}', 'id')),
			/"Storyboard" is not offered by Veo 3.1 Fast/,
		],
		// The panel does not offer it there, and n8n strips what the panel does not show.
		['a model from the list that has none', board(shot(8), model('veo3.1')), /"Prompt" is empty/],
	])('is refused with %s, before anything is sent', async (_, parameters, words) => {
		const { error } = await gateway.run(parameters);
		expect(error?.message).toMatch(words);
		expect(gateway.simulator.requests).toEqual([]);
	});

	it('has the lengths that Duration has: rounded ones, others with a line in the log', async () => {
		const shots = (...lengths: unknown[]) =>
			lengths.map((durationSeconds) => ({ durationSeconds, scene: 'A boat' }) as IDataObject);
		gateway.simulator.addModels('sora-2-all', 'sora-2-hd');
		await gateway.run(board(shots(3.33, '3.33', '3.33 s')));
		await gateway.run(board(shots('00:05', '５秒')));
		await gateway.run(board(shots(4, 4), model('sora-2-all', 'id')));
		await gateway.run(board(shots(7, 8), model('sora-2-hd', 'id')));
		expect(bodies().map(({ duration }) => duration)).toEqual(['10', '10', '8', '15']);
		// The page does not have it, and nothing says that it is refused; the stand-in takes what the page has.
		await gateway.run(board(shots(6, 6)));
		expect(gateway.submissions()).toHaveLength(5);
	});

	it('has as many shots as the list that an expression gives as the prompt, as JSON text too', async () => {
		const shots = [
			{ scene: 'One', seconds: '5s' },
			{ text: 'Two', length: 5 },
		];
		const prompt = '={{ $json.shots }}';
		const { error } = await gateway.run(order('sora-2', { prompt }), {
			items: itemsWith('shots', [shots, ` ${JSON.stringify(shots, null, 2)}\n`]),
		});
		expect(error).toBeUndefined();
		const written = {
			duration: '10',
			prompt: 'Shot 1:\nduration: 5sec\nScene: One\n\nShot 2:\nduration: 5sec\nScene: Two',
		};
		expect(bodies()).toMatchObject([written, written]);
	});
});

const SIZE = { width: 320, height: 180 };

describe('the models of the table, and their images', () => {
	const store = useBinaryStore('filesystem');

	async function itemWith(names: string[]): Promise<INodeExecutionData> {
		const files = names.map(
			async (name, index) =>
				[name, await store.put(png({ ...SIZE, width: 320 + index }), {})] as const,
		);
		return { json: {}, binary: Object.fromEntries(await Promise.all(files)) };
	}

	/** As many images as the model needs, or all that it takes. */
	const namesFor = ({ images: { min, max = 0 } }: ModelRow, isMost: boolean) =>
		Array.from({ length: isMost ? max : min }, (_, index) => `image${index}`);

	it.each(ROWS.map((row) => [row.id, row] as const))(
		'%s makes a video of what its panel starts with, and of all images that it takes',
		async (id, row) => {
			gateway.simulator.addModels(id);
			for (const isMost of [false, true]) {
				const names = namesFor(row, isMost);
				const images = names.length ? imagesFrom('field', ...names) : {};
				const { error, items } = await gateway.run(order(id, { waiting: 'node', ...images }), {
					items: [await itemWith(names)],
				});
				expect(error).toBeUndefined();
				expect(items('Done')[0]?.binary?.data?.mimeType).toBe('video/mp4');
				const sent = (bodies().at(-1)?.images ?? []) as string[];
				expect(sent).toHaveLength(names.length);
				const isByAddress = row.images.transport === 'url';
				for (const image of sent) expect(image.startsWith('http')).toBe(isByAddress);
			}
		},
	);

	const image = (role: string, name: string, value: unknown) => ({
		role,
		source: name,
		[name === 'url' ? 'url' : 'binaryPropertyName']: value,
	});
	const images = (...entries: object[]) => ({ images: { image: entries } as IDataObject });
	const END = 'https://example.com/end.png';

	it('go out in the order of their roles, from input fields and addresses alike', async () => {
		const roles = images(image('lastFrame', 'url', END), image('firstFrame', 'field', 'front'));
		await gateway.run(order('veo3.1', roles), { items: [await itemWith(['front', 'back'])] });
		expect(bodies()[0]?.images).toEqual([expect.stringMatching(/^data:image\/png/), END]);
	});

	it('are uploaded for a model that takes addresses alone, files and data URIs, each once', async () => {
		const item = await itemWith(['a', 'b']);
		await gateway.run(order('grok-video-3', imagesFrom('field', 'a, b')), { items: [item, item] });
		const uri = `data:image/jpeg;base64,${jpeg(SIZE).toString('base64')}`;
		await gateway.run(order('grok-video-3', imagesFrom('url', uri)));
		const uploads = gateway.simulator.books.uploads.map(({ url }) => url);
		expect(uploads).toHaveLength(3);
		const [first, second, third] = uploads;
		expect(bodies().map((body) => body.images)).toEqual([
			[first, second],
			[first, second],
			[third],
		]);
	});

	it('may be a list of an expression, or an address where a field was expected', async () => {
		const addresses = ['https://example.com/1.png', 'https://example.com/2.png'];
		const items = itemsWith('images', [addresses]);
		await gateway.run(order('grok-video-3', imagesFrom('url', '={{ $json.images }}')), { items });
		await gateway.run(order('veo3.1', imagesFrom('field', '={{ $json.images[0] }}')), { items });
		expect(bodies().map((body) => body.images)).toEqual([addresses, [addresses[0]]]);
	});

	it('may have metadata of any type, which a script wrote', async () => {
		for (const odd of [5, { a: 1 }, ['x'], null, true]) {
			const item = await itemWith(['data']);
			const data = item.binary?.data as object;
			Object.assign(data, { fileName: odd, mimeType: odd, fileExtension: odd });
			const { error } = await gateway.run(order('grok-video-3', imagesFrom('field', 'data')), {
				items: [item],
			});
			expect(error).toBeUndefined();
		}
		expect(bodies()).toHaveLength(5);
	});

	it('are left out where the item has none, if the entry says so', async () => {
		const optional = { ...image('inOrder', 'field', 'photo'), skipIfEmpty: true };
		const parameters = order('sora-2', images(optional, image('inOrder', 'url', END)));
		const items = [await itemWith(['photo']), { json: {} }];
		const { error } = await gateway.run(parameters, { items });
		expect(error).toBeUndefined();
		expect(
			bodies()
				.map((body) => (body.images as string[]).length)
				.sort(),
		).toEqual([1, 2]);
	});

	it.each<[string, IDataObject, RegExp]>([
		[
			'a last frame without a first one',
			order('veo3.1', images(image('lastFrame', 'url', END))),
			/"Last Frame" needs "First Frame"/,
		],
		[
			'two images as the first frame',
			order('veo3.1', images(image('firstFrame', 'url', `${END}, ${END}`))),
			/"First Frame" is one image, but there are 2/,
		],
		[
			'a name that the item has no file of',
			order('veo3.1', imagesFrom('field', 'logo')),
			/"Input Data Field Name, image 1" names "logo", but the item has no file/,
		],
		[
			'an address that an expression left empty',
			order('veo3.1', imagesFrom('url', '={{ $json.nothing }}')),
			/"URL, image 1" is empty/,
		],
		[
			'eight references',
			order('grok-video-3', imagesFrom('url', Array(8).fill(END).join())),
			/8 images are given, and Grok Video takes 7 at most/,
		],
		[
			'an image for a model of text, from the list of models',
			order('veo3', imagesFrom('url', END)),
			/1 image is given, and Veo 3 makes videos from text alone/,
		],
		[
			'an image for a model of text, by an expression',
			order('={{ "veo3" }}', imagesFrom('url', END)),
			/1 image is given, and Veo 3 makes videos from text alone/,
		],
		[
			'none where it needs one',
			order('veo3-pro-frames'),
			/no images are given, and Veo 3 Pro \(First Frame\) needs at least 1/,
		],
	])('are refused before anything is sent: %s', async (_, parameters, words) => {
		const { error } = await gateway.run(parameters);
		expect(error?.message).toMatch(words);
		expect(gateway.simulator.requests).toEqual([]);
	});
});

describe('a sheet whose column picks the model', () => {
	const byColumn = { ...GENERATE, ...model('={{ $json.model }}', 'id'), prompt: 'A paper boat' };

	it('sends each model what its row says, and leaves out what it lacks', async () => {
		const ids = ['sora-2', 'veo3.1-fast', 'grok-video-3', 'unheard-of-1'];
		gateway.simulator.addModels('unheard-of-1');
		const { error } = await gateway.run(
			{ ...byColumn, waiting: 'none' },
			{ items: itemsWith('model', ids) },
		);
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

	it('names the field and the item where a row sets what its model lacks', async () => {
		const { error } = await gateway.run(
			{ ...byColumn, upscale: true },
			{ items: itemsWith('model', ['veo3.1', 'sora-2']) },
		);
		expect(error?.message).toMatch(
			/"Upscale to 1080p" is not offered by Sora 2: set it to off.*\[item 2\]/,
		);
		expect(gateway.simulator.requests).toEqual([]);
	});
});

describe('a length that the page does not have', () => {
	it('is sent all the same, where nothing says that it is refused', async () => {
		const lines: string[] = [];
		const node = soraNode(time);
		const heard = Object.assign(Object.create(node) as INodeType, {
			description: node.description,
			async execute(this: IExecuteFunctions) {
				const info = jest
					.spyOn(this.logger, 'info')
					.mockImplementation((line) => void lines.push(line));
				return await node.execute?.call(this).finally(() => info.mockRestore());
			},
		});
		const twelve = order('sora-2', { duration: '={{ 12 }}' });
		const { error } = await gateway.run(twelve, { sora: heard });
		// The stand-in takes what the page has, and nothing else.
		expect(error?.message).toMatch(/did not accept the request/);
		expect(gateway.submissions()).toHaveLength(1);
		expect(lines).toContainEqual(
			expect.stringMatching(
				/^"Duration" should be 10 or 15 seconds for Sora 2, but is 12\. It is sent all the same .*item 0/,
			),
		);
	});
});

describe('a model that nobody has heard of', () => {
	const ID = 'unheard-of-1';
	beforeEach(() => gateway.simulator.addModels(ID, 'veo3.2-fast'));

	it('makes a video without any JSON', async () => {
		const { error, items } = await gateway.run(
			order(ID, {
				waiting: 'node',
				aspectRatio: '9:16',
				duration: '8',
				resolution: '1080p',
				...imagesFrom('url', 'https://example.com/a.png'),
				additionalFields: {
					field: [
						{ name: 'style', value: ' noir ' },
						{ name: 'strength', value: '0.5' },
						{ name: 'loop', value: 'true' },
						{ name: 'tags', value: '["rain", "night"]' },
						{ name: 'left_out', value: '' },
						{ name: '', value: '' },
					],
				},
				options: { seed: 7, negativePrompt: 'people' },
			}),
		);
		expect(error).toBeUndefined();
		expect(items('Done')[0]?.binary?.data?.mimeType).toBe('video/mp4');
		expect(bodies()).toEqual([
			{
				model: ID,
				prompt: 'A paper boat',
				aspect_ratio: '9:16',
				duration: 8,
				resolution: '1080p',
				images: ['https://example.com/a.png'],
				seed: 7,
				negative_prompt: 'people',
				style: 'noir',
				strength: 0.5,
				loop: true,
				tags: ['rain', 'night'],
			},
		]);
	});

	it('is sent nothing that was not set, not even a shape', async () => {
		await gateway.run(order(ID, { aspectRatio: '' }));
		expect(bodies()).toEqual([{ model: ID, prompt: 'A paper boat' }]);
	});

	it('is sent what Extra Body says, whatever the fields say', async () => {
		const row = (name: string, value: string) => ({ name, value });
		await gateway.run(
			order(ID, {
				duration: '8',
				additionalFields: { field: [row('style', 'noir'), row('mood', 'calm')] },
				options: { extraBody: '{ "style": "pop", "duration": "9" }' },
			}),
		);
		expect(bodies()[0]).toMatchObject({ style: 'pop', mood: 'calm', duration: '9' });
	});

	it('has the fields of the family that its ID begins like, without its limits', async () => {
		const five = Array.from({ length: 5 }, (_, index) => `https://example.com/${index}.png`);
		await gateway.run(
			order('veo3.2-fast', { upscale: true, ...imagesFrom('url', five.join(', ')) }),
		);
		expect(bodies()).toEqual([
			{
				model: 'veo3.2-fast',
				prompt: 'A paper boat',
				aspect_ratio: '16:9',
				enable_upsample: true,
				images: five,
			},
		]);
	});

	const rows = (...field_: IDataObject[]) => order(ID, { additionalFields: { field: field_ } });
	it.each<[string, IDataObject, RegExp]>([
		['no name', rows({ name: ' ', value: 'x' }), /"Name, field 1" is empty/],
		[
			'one name twice',
			rows({ name: 'a', value: 'x' }, { name: 'a', value: 'y' }),
			/"Name, field 2" is "a" once more/,
		],
		[
			'a key of the gateway',
			rows({ name: 'api_key', value: 'x' }),
			/"Name, field 1" must not hold "api_key"/,
		],
	])('is sent no additional field with %s', async (_, parameters, words) => {
		const { error } = await gateway.run(parameters);
		expect(error?.message).toMatch(words);
		expect(gateway.simulator.requests).toEqual([]);
	});
});

describe('a model that the gateway does not have', () => {
	const lists = () => gateway.simulator.requests.filter(({ route }) => route === 'models');

	it('is told with some that it has, asked for once', async () => {
		const { json } = await gateway.run(
			{ ...GENERATE, ...model('={{ $json.model }}', 'id'), prompt: 'A boat' },
			{
				items: itemsWith('model', ['veo3.1-lite', 'nowhere-1', 'nowhere-2']),
				node: { onError: 'continueRegularOutput' },
			},
		);
		for (const { category, advice } of json('Done')) {
			expect(category).toBe('model_not_found');
			expect(advice).toMatch(
				/This key has: sora-2, sora-2-pro, veo3.1-fast, veo3.1, veo3.1-pro\.$/,
			);
		}
		expect(lists()).toHaveLength(1);
	});

	it('is told without them where the list does not come, as soon as without it', async () => {
		gateway.simulator.set({ modelsFault: 'html502' });
		const { error } = await gateway.run(order('nowhere-1'));
		expect(error?.message).toMatch(/does not offer this model/);
		expect(error?.description).not.toContain('This key has');
	});

	it('is asked for in no other failure', async () => {
		gateway.simulator.set({ submitFault: 'quota' });
		const { error } = await gateway.run(order('sora-2'));
		expect(error).toBeDefined();
		expect(lists()).toEqual([]);
	});
});

const generate = (parameters: IDataObject) => ({ ...GENERATE, prompt: 'A boat', ...parameters });
const clip = (parameters: IDataObject) => ({
	...CREATE,
	url: 'https://example.com/cat.mp4',
	...parameters,
});
const pro = { __rl: true, mode: 'id', value: 'sora-2-pro' };

const REFUSED: Array<[string, IDataObject, RegExp]> = [
	['no prompt', generate({ prompt: '   ' }), /"Prompt" is empty/],
	[
		'a prompt that is no text',
		generate({ prompt: byExpression({ a: 1 }) }),
		/"Prompt" must be text/,
	],
	[
		'no model',
		generate({ model: { __rl: true, mode: 'id', value: '={{ "" }}' } }),
		/"Model" is empty/,
	],
	[
		'25 seconds for sora-2',
		generate({ duration: byExpression('25') }),
		/"Duration" must be 10 or 15/,
	],
	[
		'HD for sora-2, by an expression for the model',
		generate({ model: { __rl: true, mode: 'id', value: '={{ "sora-2" }}' }, hd: true }),
		/"HD" is not offered by Sora 2/,
	],
	[
		'HD at 25 seconds',
		generate({ model: pro, duration: byExpression('25'), hd: true }),
		/"HD" must be off for Sora 2 Pro where "Duration" is 25 seconds/,
	],
	[
		'an aspect ratio nobody offers',
		generate({ aspectRatio: byExpression('4:3') }),
		/"Aspect Ratio"/,
	],
	[
		'an image that is no address',
		generate(imagesFrom('url', 'cat.png')),
		/"URL, image 1" must be an http/,
	],
	[
		'an extra body that is no JSON',
		generate({ options: { extraBody: '{ seed: ' } }),
		/"Extra Body"/,
	],
	[
		'an extra body that carries a key',
		generate({ options: { extraBody: byExpression({ Authorization: 'Bearer x' }) } }),
		/"Extra Body" must not hold "Authorization"/,
	],
	[
		'an extra body that takes the prompt away',
		generate({ options: { extraBody: '{ "prompt": "" }' } }),
		/"Extra Body".*"prompt"/,
	],
	[
		'a character clip of 4 seconds',
		generate({
			options: {
				characterUrl: 'https://example.com/cat.mp4',
				characterStartSecond: 1,
				characterEndSecond: 5,
			},
		}),
		/"Character Clip End \(Seconds\)" must be 1 to 3 seconds after/,
	],
	['seconds without a clip', generate({ options: { characterEndSecond: 2 } }), /"Character Clip"/],
	['a hook that is no address', generate({ options: { notifyHook: 'later' } }), /"Notify Hook"/],
	['a wait of 0', generate({ options: { maxWaitMinutes: '={{ 0 }}' } }), /"Max Wait/],
	['an interval that is no number', generate({ options: { pollInterval: '={{ "x" }}' } }), /"Poll/],
	...[...['[object Object]', 'undefined', '#REF!', 'A boat {{ $json.idea }}']].map(
		(prompt): (typeof REFUSED)[number] => [
			`the prompt ${prompt}`,
			generate({
				prompt: byExpression(prompt)
					.replace('{{ $', '{\\u007b $')
					.replace('idea }}', 'idea }\\u007d'),
			}),
			/"Prompt" holds /,
		],
	),
	['no task ID', { ...GET, taskId: byExpression('') }, /"Task ID" is empty/],
	['no video URL', clip({ url: '' }), /"Video URL" is empty/],
	['a video URL that is no address', clip({ url: 'cat.mp4' }), /"Video URL" must be an http/],
	[
		'a range of half a second',
		clip({ startSecond: 1, endSecond: 1.5 }),
		/"End Second".*but is 0.5/,
	],
	...[...['{{ $json.none }}', '{{ null }}', '{{ "" }}', ' ']].flatMap((blank): typeof REFUSED => [
		[
			`a start that ${blank} leaves blank`,
			clip({ startSecond: `=${blank}` }),
			/"Start Second" is empty/,
		],
		[
			`an end that ${blank} leaves blank`,
			clip({ endSecond: `=${blank}` }),
			/"End Second" is empty/,
		],
		[
			`an end of the character clip that ${blank} leaves blank`,
			generate({
				options: { characterUrl: 'https://example.com/cat.mp4', characterEndSecond: `=${blank}` },
			}),
			/"Character Clip End \(Seconds\)" is empty/,
		],
		[
			`a spending limit that ${blank} leaves blank`,
			generate({ options: { spendingLimit: `=${blank}` } }),
			/"Spending Limit \(Videos\)" is empty/,
		],
	]),
	[
		'neither character source, by an expression',
		{ ...CREATE, source: '={{ "task" }}', url: '', fromTask: '' },
		/"Task ID" is empty/,
	],
	[
		'a source nobody offers',
		{ ...CREATE, source: '={{ "tape" }}', url: 'https://example.com/cat.mp4' },
		/"Source" must be one of/,
	],
	[
		'both character sources, through the extra body',
		clip({ options: { extraBody: '{ "from_task": "video_1" }' } }),
		/exactly one/,
	],
];

describe('bad input is refused before any request', () => {
	it.each(REFUSED)(
		'refuses %s, naming the parameter and the item',
		async (_, parameters, words) => {
			const { error } = await gateway.run(parameters, { items: itemsWith('any', [1, 2]) });
			expect(error?.message).toMatch(words);
			expect(error?.message).toMatch(/\[item 1\]/);
			expect(error?.description).toBeTruthy();
			expect(gateway.simulator.requests).toEqual([]);
		},
	);

	it('buys nothing for the good items while one of them is bad', async () => {
		const { error } = await gateway.run(
			{ ...GENERATE, prompt: '={{ $json.idea }}' },
			{ items: itemsWith('idea', ['one', 'two', '']) },
		);
		expect(error?.message).toMatch(/"Prompt" is empty \[item 3\]/);
		expect(gateway.simulator.requests).toEqual([]);
	});

	it('serves the good items under Continue On Fail', async () => {
		const { json, error } = await gateway.run(
			{ ...GENERATE, prompt: '={{ $json.idea }}', downloadVideo: false },
			{
				items: itemsWith('idea', ['one', '', 'three']),
				node: { onError: 'continueRegularOutput' },
			},
		);
		expect(error).toBeUndefined();
		expect(json('Done').map(({ prompt, category }) => prompt ?? category)).toEqual([
			'one',
			'invalid_input',
			'three',
		]);
		expect(gateway.simulator.books.purchases).toHaveLength(2);
	});

	it.each([
		['startSecond', { ...CREATE, url: 'https://example.com/cat.mp4' }, /"Start Second"/],
		['maxWaitMinutes', generate({}), /"Max Wait \(Minutes\)"/],
		['seed', generate(model('grok-video-3')), /"Seed"/],
		['duration', generate(model('={{ "veo9" }}', 'id')), /"Duration"/],
	])('names all items with a bad %s at once', async (name, parameters, words) => {
		const isOption = ['maxWaitMinutes', 'seed'].includes(name);
		const set = { [name]: '={{ $json.n }}' };
		const { error } = await gateway.run(
			{ ...parameters, ...(isOption ? { options: set } : set) } as IDataObject,
			{ items: itemsWith('n', ['x', '2', '-3 apples', 'y']) },
		);
		expect(error?.message).toMatch(words);
		expect(error?.message).toMatch(/\[item 1\]/);
		expect(error?.description).toMatch(/Wrong as well: \[item 3\] .*; \[item 4\] /);
		expect(error?.description).not.toContain('[item 2]');
		expect(gateway.simulator.requests).toEqual([]);
	});

	it('names all bad items at once, files too', async () => {
		const { error } = await gateway.run(generate(imagesFrom('field', 'photo')), {
			items: itemsWith('wrong', ['', '', '']),
		});
		expect(error?.message).toMatch(/\[item 1\]/);
		expect(error?.description).toMatch(/Wrong as well: \[item 2\] "[^]*; \[item 3\] "/);
		expect(gateway.simulator.requests).toEqual([]);
	});

	it('names all bad items at once', async () => {
		const { error } = await gateway.run(
			{ ...GENERATE, prompt: '={{ $json.idea }}' },
			{ items: itemsWith('idea', ['one', '', 'two', 'null', '#REF!', 'three']) },
		);
		expect(error?.message).toMatch(/"Prompt" is empty \[item 2\]/);
		expect(error?.description).toMatch(
			/Wrong as well: \[item 4\] "Prompt" holds no value.*; \[item 5\] "Prompt" holds an error of a sheet/,
		);
		expect(gateway.simulator.requests).toEqual([]);
	});

	it.each([
		['', /is empty/],
		['gateway example.com', /no http or https address/],
		['https:/gateway.example.com', /no http or https address/],
		['https://https://gateway.example.com', /no http or https address/],
		['ftp://gateway.example.com', /no http or https address/],
		['https://user:word@gateway.example.com', /user name or password/],
		['https://gateway.example.com/?a=1', /"\?" or "#"/],
	])('refuses the base URL %j', async (baseUrl, words) => {
		const { error } = await gateway.run(generate({}), {
			credential: { apiKey: gateway.simulator.apiKey, baseUrl },
		});
		expect(error?.message).toMatch(words);
		expect(error?.message).toMatch(/base URL/);
		expect(gateway.simulator.requests).toEqual([]);
	});

	it.each(['/', '///', '  ', '/v1', '/v2/', '//V1//'])(
		'takes a base URL with %j at its end',
		async (ending) => {
			const { error } = await gateway.run(generate({ waiting: 'none' }), {
				credential: { apiKey: gateway.simulator.apiKey, baseUrl: gateway.simulator.url + ending },
			});
			expect(error).toBeUndefined();
			expect(gateway.simulator.books.purchases).toHaveLength(1);
		},
	);
});

describe('a refusal before there is a task', () => {
	const context = { getNode: () => ({ name: 'Sora' }) } as unknown as IExecuteFunctions;
	const failures = Object.keys(FAILURES).map((category) => category as FailureCategory);
	const times = (text: string | null | undefined) =>
		text?.match(/Nothing was bought\./g)?.length ?? 0;

	it.each(failures)('says once that nothing was bought: %s', (category) => {
		const refused = new SoraFailure(category, { nothingBought: true, httpStatus: 400 });
		const { message, description } = toNodeError(context, refused);
		const { error, advice } = failedItemFields(refused);
		expect([times(`${message} ${description}`), times(`${error} ${advice}`)]).toEqual([1, 1]);
		const withTask = failedItemFields(refused.about({ taskId: 'task_1' }));
		expect(times(`${withTask.error} ${withTask.advice}`)).toBe(0);
	});

	it.each<Partial<Scenario>>([
		...(['badKey', 'quota', 'groupDenied', 'rateLimited', 'badRequest', 'realPerson'] as const).map(
			(submitFault) => ({ submitFault }),
		),
		...[{}],
	])('says so on the engine: %j', async (scenario) => {
		gateway.simulator.set(scenario);
		const unknown = Object.keys(scenario).length ? {} : model('nowhere-1', 'id');
		const { error } = await gateway.run({ ...GENERATE, prompt: 'A boat', ...unknown });
		expect([error?.message, times(`${error?.message} ${error?.description}`)]).toEqual([
			expect.any(String),
			1,
		]);
		expect(gateway.simulator.books.purchases).toEqual([]);
	});

	it('says so where the credential is missing, for what costs money alone', async () => {
		const said = async (parameters: IDataObject) => {
			const { error } = await gateway.run(parameters, { credential: { apiKey: '', baseUrl: '' } });
			return times(`${error?.message} ${error?.description}`);
		};
		expect(await said({ ...GENERATE, prompt: 'A boat' })).toBe(1);
		expect(await said({ ...GET, taskId: 'task_1' })).toBe(0);
	});
});

const search = async (filter?: string, credential = {}) =>
	await searchModels.call(
		listContext({
			apiKey: gateway.simulator.apiKey,
			baseUrl: gateway.simulator.url,
			...credential,
		}),
		filter,
	);
const ids = async (filter?: string) => (await search(filter)).results.map(({ value }) => value);

describe('any value in any parameter', () => {
	const OF_ANY_TYPE = [7, -1, 1e15, { a: 1 }, [], [7], ['x', {}], null, true, '', 'x'];
	/** What the error of a program looks like. */
	const RAW = /is not a function|cannot read|is not iterable|undefined|TypeError|must be of type/i;
	type Property = INodeProperties & { values?: INodeProperties[] };

	/** A parameter and those within it, each with its place. */
	const within = (property: Property, place: (value: unknown) => IDataObject) => {
		const { name, options = [] } = property;
		const inner = options as Property[];
		if (property.type === 'collection') {
			return inner.map((one) => [
				`${name}.${one.name}`,
				(value: unknown) => place({ [one.name]: value }),
				one,
			]);
		}
		if (property.type !== 'fixedCollection') return [];
		return inner.flatMap(({ name: group, values = [] }) =>
			values.map((one) => [
				`${name}.${group}.${one.name}`,
				(value: unknown) => place({ [group]: [{ [one.name]: value }] }),
				one,
			]),
		);
	};
	type Case = [string, IDataObject, (value: unknown) => IDataObject, Property];
	const isOperation = ({ name }: Property) => name === 'resource' || name === 'operation';
	const CASES = (soraNode().description.properties as Property[])
		.filter((property) => !isOperation(property) && property.type !== 'notice')
		.flatMap((property): Case[] => {
			const { resource = [], operation = [] } = property.displayOptions?.show ?? {};
			const base = { resource: resource[0], operation: operation[0] } as IDataObject;
			const place = (value: unknown) => ({ [property.name]: value }) as IDataObject;
			const where = `${String(resource[0])} ${String(operation[0])} ${property.name}`;
			const located = (value: unknown) => place({ __rl: true, mode: 'id', value });
			const own = property.type === 'resourceLocator' ? located : place;
			const inner = within(property, place) as Array<[string, Case[2], Property]>;
			return [
				[where, base, own, property],
				...inner.map(([name, set, one]): Case => [name, base, set, one]),
			];
		});
	/** What each operation needs, so that the parameter in question is reached. */
	const REST: IDataObject = {
		...{ prompt: 'A boat', model: '={{ "unheard-of-1" }}', waiting: 'none' },
		...{ url: 'https://example.com/cat.mp4', taskId: 'sample' },
	};

	it.each(CASES)('%s: is read, or refused in words', async (_, base, set) => {
		gateway.simulator.addModels('unheard-of-1', '7', '-1', '1000000000000000', 'true', 'x');
		const parameters = { ...REST, ...base, ...set('={{ $json.value }}') };
		const { json } = await gateway.run(parameters, {
			items: itemsWith('value', OF_ANY_TYPE),
			node: { onError: 'continueRegularOutput' },
			mode: 'manual',
		});
		for (const { error, category } of json('Done')) {
			if (category === undefined) continue;
			expect([error, category]).toEqual([
				expect.not.stringMatching(RAW),
				expect.not.stringMatching(/^unexpected$/),
			]);
		}
		expect(json('Done')).toHaveLength(OF_ANY_TYPE.length);
	});

	const OPERATIONS = [...new Set(CASES.map(([, base]) => JSON.stringify(base)))];
	it.each([...OPERATIONS, '{"resource":"account","operation":"getQuota"}'])(
		'%s: every item is linked to the one that it comes from, a failed one too',
		async (base) => {
			const { items } = await gateway.run(
				{
					...(JSON.parse(base) as IDataObject),
					...{
						prompt: '={{ $json.text }}',
						url: '={{ $json.text && "https://example.com/a.mp4" }}',
					},
					...{ waiting: 'none', taskId: '={{ $json.text ? "sample" : "" }}' },
				},
				{
					items: itemsWith('text', ['A boat', '', 'A kite']),
					...{ node: { onError: 'continueRegularOutput' }, mode: 'manual' },
				},
			);
			const links = [0, 1, 2].map((item) => ({ item }));
			expect(items('Sora').map(({ pairedItem }) => pairedItem)).toEqual(links);
		},
	);

	/** Each shown, so that n8n keeps it. */
	const SWITCHES = CASES.filter(([, , , { type }]) => type === 'boolean');
	it.each(SWITCHES)('%s: is the switch that a sheet writes', async (place, base, set, property) => {
		const { name, displayName } = property;
		const row = ROWS.find(({ fields }) => fields[name as keyof typeof fields]) ?? rowOf('sora-2');
		const effects = async (values: unknown[]) => {
			gateway.simulator.reset();
			const { items } = await gateway.run(
				{
					...base,
					...{ taskId: 'sample', prompt: '={{ $json.prompt }}', ...model(row.id) },
					...imagesFrom('url', ...Array.from({ length: row.images.min }, () => PICTURE)),
					...{ whenTesting: 'buy', waiting: 'node', downloadVideo: false },
					...set('={{ $json.value }}'),
				},
				{
					items: values.map((value, index) => ({
						json: { value, prompt: `Boat ${index}` } as never,
					})),
					...{ node: { onError: 'continueRegularOutput' as const }, mode: 'manual' as const },
				},
			);
			const sent = new Map(bodies().map(({ prompt, ...body }) => [prompt, body]));
			return items('Done').map(({ json, binary }, index) => ({
				error: json.error,
				...{ fields: Object.keys(json), hasFile: !!binary, sent: sent.get(`Boat ${index}`) },
			}));
		};
		const [on, off, ...said] = await effects([true, false, 'TRUE', 'yes', 1, 'no', 0, '', 'nope']);
		expect(on).not.toEqual(off);
		const [wrong, blank] = [said.pop(), said.pop()];
		expect(said).toEqual([on, on, on, off, off]);
		const unset = Object.fromEntries(
			Object.entries({ ...on?.sent }).filter(([key]) => key !== name),
		);
		const isOption = place.startsWith('options.');
		const preset = property.default ? on : off;
		expect(blank).toEqual(isOption ? { ...on, sent: unset } : preset);
		expect(wrong?.error).toContain(`"${displayName}`);
		expect(wrong?.error).toContain('must be true or false, but is "nope"');
		expect(wrong?.sent).toBeUndefined();
	});
});

describe('the model list', () => {
	it('shows the two Sora models first, then the gateway’s other video models', async () => {
		gateway.simulator.addModels('hunyuan-video-9');
		const [first, second, ...others] = await ids();
		expect([first, second]).toEqual(['sora-2', 'sora-2-pro']);
		expect(others).toEqual(expect.arrayContaining(['veo3.1', 'grok-video-3', 'hunyuan-video-9']));
		expect(others.filter((id) => /gpt|claude|embedding|image/.test(String(id)))).toEqual([]);
		expect(new Set(others).size).toBe(others.length);
	});

	it('says what each of them makes, and which of them the gateway does not list', async () => {
		const { results } = await search('veo3.1-');
		expect(results).toContainEqual({
			value: 'veo3.1-fast',
			name: 'Veo 3.1 Fast',
			description: '8 s, landscape or portrait, text or first and last frame',
		});
		const names = results.map(({ name }) => name);
		expect(names.indexOf('Veo 3.1 Lite, not listed by your gateway')).toBe(names.length - 1);
	});

	it('is searched by name and by ID, whatever the case', async () => {
		expect(await ids('PRO')).toContain('sora-2-pro');
		expect(await ids('Sora 2')).toEqual(['sora-2', 'sora-2-pro']);
	});

	it('offers what was searched for as an ID where nothing is found', async () => {
		expect((await search(' New-1 ')).results).toEqual([
			{ value: 'New-1', name: 'Not listed: use "New-1" as the ID' },
		]);
	});

	it('explains a refused key in words', async () => {
		await expect(search('', { apiKey: 'wrong-key-altogether' })).rejects.toThrow(
			/did not accept the API key/,
		);
	});

	it('costs nothing', async () => {
		await ids();
		expect(gateway.simulator.books.purchases).toEqual([]);
	});
});

const GET_QUOTA = { resource: 'account', operation: 'getQuota' };
const asked = () => gateway.simulator.requests.filter(({ route }) => route === 'quota').length;

describe('Account > Get Quota on the engine', () => {
	it('returns what the gateway says of the key, and buys nothing', async () => {
		const { json, error } = await gateway.run(GET_QUOTA);
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
		expect(gateway.simulator.books.purchases).toEqual([]);
	});

	it.each([
		['envelope', { quota: 1_000_000_000, remaining: null, unlimited_quota: false }],
		['unlimited', { quota: 0, remaining: null, unlimited_quota: true }],
		['remaining', { quota: 1_000_000_000, remaining: 1_000_000_000, unlimited_quota: null }],
	] as const)('reads a quota of the shape "%s"', async (quotaShape, told) => {
		gateway.simulator.set({ quotaShape });
		const { json } = await gateway.run(GET_QUOTA);
		expect(json('Done')[0]).toMatchObject(told);
	});

	it.each<[string, object, object]>([
		[
			'a key without a limit',
			{ quota: 0, used_quota: 750_000, unlimited_quota: true },
			{ used_about_usd: 1.5 },
		],
		['units that nobody knows', { limit: 700, usage: 90 }, { quota: 700, used_quota: 90 }],
		['nothing that is left', { data: { total_used: 1_000_000 } }, { used_quota: 1_000_000 }],
	])('tells %s as what it is', async (_, answer, told) => {
		const { url, requests } = await scripted((__, response) => json(response, answer));
		const { json: items } = await runAgainst(url, GET_QUOTA);
		const [item = {}] = items('Done');
		expect(item).toMatchObject(told);
		const extra = Object.keys(item).filter((name) => /usd/.test(name));
		expect(extra).toEqual(Object.keys(told).filter((name) => /usd/.test(name)));
		expect(requests).toHaveLength(1);
	});

	it.each([
		['unknownPath', /does not know this address: it was asked for the quota/],
		['html200', /answer that this node does not understand: it was asked for the quota/],
	] as const)('says that a gateway does not tell it, after %s', async (quotaFault, words) => {
		gateway.simulator.set({ quotaFault });
		const { error } = await gateway.run(GET_QUOTA);
		expect(error?.message).toMatch(words);
		expect(error?.description).toMatch(/^This gateway .*what an API key has left/);
	});

	it('goes on through passing trouble, and ends at once where the key is refused', async () => {
		gateway.simulator.set({ quotaFault: 'html502:2' });
		expect((await gateway.run(GET_QUOTA)).error).toBeUndefined();
		expect(asked()).toBe(3);
		gateway.simulator.reset();
		gateway.simulator.set({ quotaFault: 'badKey' });
		const { error } = await gateway.run(GET_QUOTA);
		expect(error?.message).toMatch(/did not accept the API key/);
		expect(asked()).toBe(1);
	});
});
