/**
 * Every model of the table makes a video from the stand-in, whose schemas are not written from the table; so do models
 * that nobody has heard of. The table's own tests are in test/unit/modelsRows.test.ts.
 */
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

import { rowOf, ROWS, type ModelRow } from '../../nodes/Sora/gateway/models';
import { png, jpeg } from '../files/images';
import { useBinaryStore } from './binaryStore';
import { soraNode } from './engine';
import { GENERATE, itemsWith, useGateway } from './gateway';
import { time } from './time';

const gateway = useGateway({ renderSeconds: 20 });
const store = useBinaryStore('filesystem');
const SIZE = { width: 320, height: 180 };

const model = (value: string, mode = 'list') => ({ model: { __rl: true, mode, value } });
const field = (value: string) => ({ __rl: true, mode: 'field', value });
const url = (value: unknown) => ({ __rl: true, mode: 'url', value });
const video = (id: string, more: IDataObject = {}): IDataObject => ({
	...GENERATE,
	...model(id, rowOf(id).known ? 'list' : 'id'),
	prompt: 'A paper boat',
	...more,
});
const order = (id: string, more: IDataObject = {}) => video(id, { waiting: 'none', ...more });
const bodies = () => gateway.simulator.books.purchases.map(({ body }) => body);

async function itemWith(names: string[]): Promise<INodeExecutionData> {
	const files = names.map(
		async (name, index) =>
			[name, await store.put(png({ ...SIZE, width: 320 + index }), {})] as const,
	);
	return { json: {}, binary: Object.fromEntries(await Promise.all(files)) };
}

/** As many images as the model needs, or all that it takes, named where its panel names them. */
function imagesFor({ images: { roles, min, max = 0, listsOnly } }: ModelRow, isMost: boolean) {
	const names = Array.from({ length: isMost ? max : min }, (_, index) => `image${index}`);
	if (names.length === 0) return { names, parameters: {} };
	if (listsOnly) return { names, parameters: { options: { imageFields: names.join(',') } } };
	const [first = '', last] = names;
	const parameters = roles.includes('reference')
		? { referenceImages: field(names.join(', ')) }
		: { firstFrame: field(first), ...(last && { lastFrame: field(last) }) };
	return { names, parameters };
}

describe.each(ROWS.map((row) => [row.id, row] as const))('%s', (id, row) => {
	it('makes a video of what its panel starts with, and of all images that it takes', async () => {
		gateway.simulator.addModels(id);
		for (const isMost of [false, true]) {
			const { names, parameters } = imagesFor(row, isMost);
			const { error, items } = await gateway.run(video(id, parameters), {
				items: [await itemWith(names)],
			});
			expect(error).toBeUndefined();
			expect(items('Done')[0]?.binary?.data?.mimeType).toBe('video/mp4');
			const sent = bodies().at(-1)?.images as string[] | undefined;
			expect(sent?.length ?? 0).toBe(names.length);
			const isByAddress = row.images.transport === 'url';
			for (const image of sent ?? []) {
				expect(image.startsWith('http')).toBe(isByAddress);
			}
		}
	});
});

describe('the images of a model', () => {
	it('go out in the order of their roles, from input fields and addresses alike', async () => {
		const item = await itemWith(['front', 'back']);
		const end = 'https://example.com/end.png';
		await gateway.run(order('veo3.1', { firstFrame: field('front'), lastFrame: url(end) }), {
			items: [item],
		});
		expect(bodies()[0]?.images).toEqual([expect.stringMatching(/^data:image\/png/), end]);
	});

	it('are uploaded for a model that takes addresses alone, each once', async () => {
		const item = await itemWith(['a', 'b']);
		const { error } = await gateway.run(order('grok-video-3', { referenceImages: field('a, b') }), {
			items: [item, item],
		});
		expect(error).toBeUndefined();
		const { uploads } = gateway.simulator.books;
		expect(uploads).toHaveLength(2);
		for (const { images } of bodies()) expect(images).toEqual(uploads.map(({ url: at }) => at));
	});

	it('are uploaded for it where they come as data URIs, too', async () => {
		const uri = `data:image/jpeg;base64,${jpeg(SIZE).toString('base64')}`;
		await gateway.run(order('grok-video-3', { referenceImages: url(uri) }));
		expect(bodies()[0]?.images).toEqual([gateway.simulator.books.uploads[0]?.url]);
	});

	it('may be a list of an expression, an address where a field was expected, and all that Options hold', async () => {
		const addresses = ['https://example.com/1.png', 'https://example.com/2.png'];
		const items = itemsWith('images', [addresses]);
		await gateway.run(order('grok-video-3', { referenceImages: url('={{ $json.images }}') }), {
			items,
		});
		await gateway.run(order('veo3.1', { firstFrame: field('={{ $json.images[0] }}') }), { items });
		await gateway.run(order('veo3.1', { options: { imageUrls: addresses } }), { items });
		expect(bodies().map(({ images }) => images)).toEqual([addresses, [addresses[0]], addresses]);
	});

	it.each<[string, IDataObject, RegExp]>([
		[
			'a last frame without a first one',
			order('veo3.1', { firstFrame: field('={{ "" }}'), lastFrame: url('https://example.com/a') }),
			/"Last Frame" needs "First Frame"/,
		],
		[
			'two images as the first frame',
			order('veo3.1', { firstFrame: url('https://example.com/a, https://example.com/b') }),
			/"First Frame" is one image, but 2 are given/,
		],
		[
			'a name that the item has no file of',
			order('veo3.1', { firstFrame: field('logo') }),
			/"First Frame" names "logo", but the item has no file/,
		],
		[
			'eight references',
			order('grok-video-3', {
				referenceImages: url(Array.from({ length: 8 }, (_, n) => `https://e.com/${n}`).join()),
			}),
			/8 images are given, and the gateway takes 7 at most for Grok Video/,
		],
		[
			'a first frame for a model of text, which an expression chose',
			order('={{ "veo3" }}', { firstFrame: url('https://example.com/a.png') }),
			/"First Frame" is not offered by Veo 3:/,
		],
		[
			'none where it needs one',
			order('veo3-pro-frames'),
			/Veo 3 Pro \(First Frame\) needs "First Frame"/,
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
			/"Upscale to 1080p" is not offered by Sora 2: turn it off.*\[item 1\]/,
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
			video(ID, {
				aspectRatio: '9:16',
				duration: '8',
				resolution: '1080p',
				firstFrame: url('https://example.com/a.png'),
				additionalFields: {
					field: [
						{ name: 'style', type: 'text', value: ' noir ' },
						{ name: 'strength', type: 'number', value: '0.5' },
						{ name: 'loop', type: 'yesNo', value: 'Yes' },
						{ name: 'tags', type: 'list', value: 'rain, night' },
						{ name: 'left_out', type: 'number', value: '' },
						{ name: '', type: 'text', value: '' },
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
		const row = (name: string, value: string) => ({ name, type: 'text', value });
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
			order('veo3.2-fast', { upscale: true, referenceImages: url(five.join(', ')) }),
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
		['no name', rows({ name: ' ', type: 'text', value: 'x' }), /"Name, field 1" is empty/],
		[
			'a number that is none',
			rows({ name: 'a', type: 'text', value: 'x' }, { name: 'b', type: 'number', value: 'x' }),
			/"Value, field 2" must be a number, but is "x"/,
		],
		[
			'neither yes nor no',
			rows({ name: 'a', type: 'yesNo', value: 'maybe' }),
			/"Value, field 1" must be yes or no, but is "maybe"/,
		],
		[
			'a type nobody offers',
			rows({ name: 'a', type: '={{ "json" }}', value: 'x' }),
			/"Type, field 1" must be one of text, number, yesNo, list, but is json/,
		],
		[
			'one name twice',
			rows({ name: 'a', type: 'text', value: 'x' }, { name: 'a', type: 'text', value: 'y' }),
			/"Name, field 2" is "a" once more/,
		],
		[
			'a key of the gateway',
			rows({ name: 'api_key', type: 'text', value: 'x' }),
			/"Name, field 1" must not be "api_key"/,
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
