import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { IMAGE_LIMITS, LARGEST_UPLOAD_BYTES } from '../../nodes/Sora/media/fileLimits';
import {
	box,
	builtClip,
	builtMatroska,
	quickTimeClip,
	silentClip,
	soundClip,
} from '../files/clips';
import { fixture } from '../files/fixtures';
import { jpeg, OTHER_FILES, png, webpLossless } from '../files/images';
import { useBinaryStore, type BinaryMode } from './binaryStore';
import { CREATE, GENERATE, goOn, imagesFrom, itemsWith, useGateway } from './gateway';
import { time } from './time';

const SIZE = { width: 320, height: 180 };
const LARGE = png({ width: 640, height: 600 }, true);
const UPLOAD = { resource: 'file', operation: 'upload' };
const MODES: BinaryMode[] = ['default', 'filesystem'];

const gateway = useGateway();
const photo = { ...GENERATE, prompt: 'The product turns on a table', downloadVideo: false };
const withFields = (...names: unknown[]) => ({ ...photo, ...imagesFrom('field', ...names) });
const withAddresses = (...urls: unknown[]) => ({ ...photo, ...imagesFrom('url', ...urls) });

describe.each(MODES)('files on the engine, with n8n’s store in %s mode', (mode) => {
	const store = useBinaryStore(mode);

	/** One item with files, by field name. */
	async function itemWith(
		files: Record<string, Buffer>,
		file: { fileName?: string; mimeType?: string } = {},
	): Promise<INodeExecutionData> {
		const stored = Object.entries(files).map(
			async ([field, content]) => [field, await store.put(content, file)] as const,
		);
		return { json: {}, binary: Object.fromEntries(await Promise.all(stored)) };
	}

	describe('images', () => {
		it.each([
			['image/png', png(SIZE)],
			['image/jpeg', jpeg(SIZE)],
			['image/webp', webpLossless(SIZE)],
		])('go inside the request where they are small: %s', async (mimeType, content) => {
			const lie = { fileName: 'photo.gif', mimeType: 'text/plain' };
			const { error } = await gateway.run(withFields('data'), {
				items: [await itemWith({ data: content }, lie)],
			});
			expect(error).toBeUndefined();
			expect(gateway.simulator.books.purchases[0]?.body.images).toEqual([
				`data:${mimeType};base64,${content.toString('base64')}`,
			]);
			expect(gateway.simulator.books.uploads).toEqual([]);
		});

		it('are uploaded first where they are large, once for all items that use them', async () => {
			const item = await itemWith({ data: LARGE }, { fileName: 'Küche 照片.png' });
			expect(LARGE.length).toBeGreaterThan(IMAGE_LIMITS.inlineBytes);
			const { error } = await gateway.run(withFields('data'), { items: [item, item, item] });
			expect(error).toBeUndefined();
			const { uploads, purchases } = gateway.simulator.books;
			expect(uploads).toEqual([
				expect.objectContaining({
					filename: 'Küche 照片.png',
					contentType: 'image/png',
					bytes: LARGE.length,
				}),
			]);
			expect(purchases.map(({ body }) => body.images)).toEqual(
				Array.from({ length: 3 }, () => [uploads[0]?.url]),
			);
			const request = gateway.simulator.requests.find(({ route }) => route === 'upload');
			expect(Number(request?.headers['content-length'])).toBeGreaterThan(LARGE.length);
			expect(request?.headers).not.toHaveProperty('transfer-encoding');
			const kept = await fetch(uploads[0]?.url ?? '').then(
				async (file) => await file.arrayBuffer(),
			);
			expect(Buffer.from(kept).equals(LARGE)).toBe(true);
		});

		it('may be mixed: addresses, data URIs and input data fields, also by expressions', async () => {
			const address = 'https://example.com/a.png';
			const small = jpeg(SIZE).toString('base64');
			const item = await itemWith({ front: png(SIZE), back: LARGE });
			item.json = { urls: [address, `data:image/png;base64,${small}`], fields: ['front', 'back'] };
			const { error } = await gateway.run(
				{
					...photo,
					images: {
						image: [
							{ source: 'url', url: '={{ $json.urls }}' },
							{ source: 'field', binaryPropertyName: '={{ $json.fields }}' },
						],
					},
				},
				{ items: [item] },
			);
			expect(error).toBeUndefined();
			expect(gateway.simulator.books.purchases[0]?.body.images).toEqual([
				address,
				`data:image/jpeg;base64,${small}`,
				`data:image/png;base64,${png(SIZE).toString('base64')}`,
				gateway.simulator.books.uploads[0]?.url,
			]);
		});

		it('go up under a name and a type that their content does not belie', async () => {
			const uri = `data:image/jpeg;base64,${LARGE.toString('base64')}`;
			const phone = await itemWith(
				{ data: LARGE },
				{ fileName: 'IMG_1.HEIC', mimeType: 'image/heic' },
			);
			const nameless = await itemWith({ data: Buffer.concat([LARGE, Buffer.from('x')]) });
			const { error } = await gateway.run(withFields('data'), { items: [phone, nameless] });
			expect(error).toBeUndefined();
			await gateway.run(withAddresses(uri));
			expect(
				gateway.simulator.books.uploads.map(({ filename, contentType }) => [filename, contentType]),
			).toEqual([
				['IMG_1.png', 'image/png'],
				['file.png', 'image/png'],
				['image-1.png', 'image/png'],
			]);
		});

		it('may be data URIs of any spelling, and are sent in the plainest', async () => {
			const content = jpeg(SIZE);
			const percent = [...content].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
			const base64 = content.toString('base64');
			const imageUrls = [
				`data:image/png;name=a.png;base64,${encodeURIComponent(base64)}`,
				`data:image/jpeg,${percent}`,
				`DATA:;BASE64,${base64}`,
			];
			const { error } = await gateway.run(withAddresses(...imageUrls));
			expect(error).toBeUndefined();
			expect(gateway.simulator.books.purchases[0]?.body.images).toEqual(
				Array(3).fill(`data:image/jpeg;base64,${base64}`),
			);
		});

		const bad: Array<[string, Buffer, RegExp]> = [
			['empty', Buffer.alloc(0), /"data" is empty/],
			['cut', png(SIZE).subarray(0, 60), /"data" is cut off or damaged/],
			['an iPhone photo', OTHER_FILES['a HEIC image'] ?? Buffer.alloc(0), /"data" is a HEIC image/],
			['a drawing', OTHER_FILES['an SVG drawing'] ?? Buffer.alloc(0), /"data" is an SVG drawing/],
			['base64', Buffer.from(png(SIZE).toString('base64')), /"data" is base64 text, no image/],
			['a web page', OTHER_FILES['a web page'] ?? Buffer.alloc(0), /"data" is a web page/],
			['a pixel', png({ width: 1, height: 1 }), /"data" measures 1 × 1 pixels/],
		];
		it.each(bad)(
			'are refused before anything is bought where one is %s',
			async (_, content, words) => {
				const good = await itemWith({ data: png(SIZE) });
				const { error } = await gateway.run(withFields('data'), {
					items: [good, await itemWith({ data: content }, { mimeType: 'image/png' })],
				});
				expect(error?.message).toMatch(words);
				expect(error?.message).toContain('[item 2]');
				expect(gateway.simulator.requests).toEqual([]);
			},
		);

		it('are refused by what their metadata says of their size, without being read', async () => {
			const item = await itemWith({ data: png(SIZE) });
			Object.assign(item.binary?.data ?? {}, { bytes: IMAGE_LIMITS.bytes + 1, id: undefined });
			const { error } = await gateway.run(withFields('data'), { items: [item] });
			expect(error?.message).toMatch(/"data" has 20 MB, and at most 20 MB/);
			expect(gateway.simulator.requests).toEqual([]);
		});

		it('are refused by their true size where the metadata lies', async () => {
			const item = await itemWith({ data: Buffer.alloc(IMAGE_LIMITS.bytes + 1_000_000) });
			Object.assign(item.binary?.data ?? {}, { bytes: 10 });
			const { error } = await gateway.run(withFields('data'), { items: [item] });
			expect(error?.message).toMatch(/"data" has 21 MB, and at most 20 MB/);
		});

		it('are no more than the gateway takes, addresses and files together', async () => {
			const { error } = await gateway.run(
				withAddresses(['a', 'b', 'c', 'd', 'e'].map((x) => `https://e.com/${x}`).join()),
			);
			expect(error?.message).toMatch(/5 images are given, and the gateway takes 4/);
		});

		it('are asked for by the names that the item has', async () => {
			const { error } = await gateway.run(withFields('photo'), {
				items: [await itemWith({ front: png(SIZE), logo: png(SIZE) })],
			});
			expect(error?.message).toMatch(/"Input Data Field Name, image 1" names "photo"/);
			expect(error?.description).toContain('The item has "front", "logo"');
			expect(gateway.simulator.requests).toEqual([]);
		});

		it('spoil only their own item under Continue On Fail', async () => {
			const { json } = await gateway.run(withFields('data'), {
				items: [await itemWith({ data: png(SIZE) }), { json: {} }],
				...goOn,
			});
			expect(json('Done')).toEqual([
				expect.objectContaining({ status: 'SUCCESS' }),
				expect.objectContaining({ category: 'invalid_input', retryable: false }),
			]);
			expect(gateway.simulator.books.purchases).toHaveLength(1);
		});

		it('do not make a retry buy again, although an upload has a new address each time', async () => {
			gateway.simulator.set({ pollFault: 'badKey:10' });
			const { error, json } = await gateway.run(withFields('data'), {
				items: [await itemWith({ data: LARGE })],
				node: { retryOnFail: true, maxTries: 5, waitBetweenTries: 1 },
			});
			expect(error).toBeUndefined();
			const { purchases, uploads } = gateway.simulator.books;
			expect(json('Done')[0]?.task_id).toBe(purchases[0]?.taskId);
			expect([purchases.length, uploads.length]).toEqual([1, 1]);
		});
	});

	describe('uploads', () => {
		it('put out the gateway’s object, with its address', async () => {
			const content = Buffer.from('Any file at all');
			const file = { fileName: 'заметка.txt', mimeType: 'text/plain' };
			const { json } = await gateway.run(UPLOAD, {
				items: [await itemWith({ data: content }, file)],
			});
			expect(json('Done')).toEqual([
				expect.objectContaining({
					filename: 'заметка.txt',
					bytes: content.length,
					url: gateway.simulator.books.uploads[0]?.url,
				}),
			]);
			expect(gateway.simulator.books.uploads[0]?.contentType).toBe('text/plain');
		});

		it.each([
			['an MP4 without a name', 'plain.mp4', {}, 'file.mp4', 'video/mp4'],
			['a MOV', 'plain.mov', { fileName: 'download' }, 'download.mov', 'video/quicktime'],
			['a TS', 'plain.m2t', { fileName: 'a.bin' }, 'a.ts', 'video/mp2t'],
			['a PNG', 'photo.png', { fileName: 'a.gif', mimeType: 'image/gif' }, 'a.png', 'image/png'],
		])('say what the content is: %s', async (_, name, file, filename, contentType) => {
			const { error } = await gateway.run(UPLOAD, {
				items: [await itemWith({ data: fixture(name) }, file)],
			});
			expect(error).toBeUndefined();
			expect(gateway.simulator.books.uploads).toEqual([
				expect.objectContaining({ filename, contentType }),
			]);
		});

		it.each([
			'resetBefore:2',
			'resetAfter:1',
			'html502:2',
			'rateLimited:2',
			'brokenJson:1',
		] as const)('are repeated after %s: they cost nothing', async (fileFault) => {
			gateway.simulator.set({ fileFault });
			const { error } = await gateway.run(withFields('data'), {
				items: [await itemWith({ data: LARGE })],
			});
			expect(error).toBeUndefined();
			expect(gateway.simulator.books.purchases).toHaveLength(1);
		});

		it.each([
			['tooLarge', /too large.*"data.png" was not uploaded/, /smaller file/],
			['unknownPath', /"data.png" was not uploaded/, /may not take files/],
			['badKey', /did not accept the API key.*"data.png"/, /check the API key/],
			['upstream500', /trouble.*"data.png" was not uploaded/, /later/],
		] as const)(
			'that fail with %s buy nothing, and say what to do',
			async (fileFault, what, advice) => {
				gateway.simulator.set({ fileFault });
				const { error } = await gateway.run(withFields('data'), {
					items: [await itemWith({ data: LARGE }, { fileName: 'data.png' })],
				});
				expect(error?.message).toMatch(what);
				expect(error?.description).toMatch(advice);
				expect(gateway.simulator.books.purchases).toEqual([]);
				expect(gateway.submissions()).toEqual([]);
			},
		);

		it('are bounded, by what the metadata says, before a byte is read', async () => {
			const item = await itemWith({ data: Buffer.from('x') });
			Object.assign(item.binary?.data ?? {}, { bytes: LARGEST_UPLOAD_BYTES * 3, id: undefined });
			const { error } = await gateway.run(UPLOAD, { items: [item] });
			expect(error?.message).toMatch(/has 300 MB, and at most 100 MB/);
			expect(error?.description).toMatch(/put it on the web/);
			expect(gateway.simulator.requests).toEqual([]);
		});
	});

	describe('a character from a file', () => {
		const fromFile = { ...CREATE, source: 'file' };
		const run = async (content: Buffer, more: IDataObject = {}, file = {}) =>
			await gateway.run(
				{ ...fromFile, ...more },
				{ items: [await itemWith({ data: content }, file)] },
			);

		it.each([
			['MP4', soundClip, 'video/mp4'],
			['MOV', quickTimeClip, 'video/quicktime'],
			['WebM', async () => builtMatroska({}), 'video/webm'],
		])('uploads the clip and uses its address: %s', async (_, clip, contentType) => {
			const { json, error } = await run(await clip());
			expect(error).toBeUndefined();
			const { uploads, characters } = gateway.simulator.books;
			expect(uploads).toEqual([expect.objectContaining({ contentType })]);
			expect(characters[0]?.body).toEqual({ url: uploads[0]?.url, timestamps: '1,3' });
			expect(json('Done')[0]?.mention).toBe(`@${characters[0]?.username}`);
		});

		const strange = Buffer.concat([box('PICT', Buffer.alloc(9_000)), builtClip({})]);
		it.each([
			['of a screen recorder', fixture('fragmented.mp4'), {}, 'file.mp4', 'video/mp4'],
			['of a browser', fixture('live.webm'), { fileName: 'clip.mp4' }, 'clip.webm', 'video/webm'],
			['of a camera', strange, { fileName: 'clip.MP4' }, 'clip.MP4', 'video/mp4'],
			['with subtitles', fixture('subtitled.mp4'), {}, 'file.mp4', 'video/mp4'],
			['of a TV', fixture('plain.mkv'), { fileName: 'x' }, 'x.mkv', 'video/x-matroska'],
		])('takes a clip %s, under its true name', async (_, clip, file, filename, contentType) => {
			const { error } = await run(clip, { startSecond: 0, endSecond: 2 }, file);
			expect(error).toBeUndefined();
			expect(gateway.simulator.books.uploads).toEqual([
				expect.objectContaining({ filename, contentType }),
			]);
			expect(gateway.simulator.books.characters).toHaveLength(1);
		});

		it.each([
			['without sound, as a WebM', async () => fixture('silent.webm'), {}, /no sound/],
			['of a minute, as a WebM', async () => builtMatroska({ seconds: 60 }), {}, /60 seconds/],
			['of Flash', async () => fixture('plain.flv'), {}, /is an FLV video, and the gateway/],
			['without sound', silentClip, {}, /no sound/],
			['that ends too early', async () => builtClip({ length: 2_000 }), {}, /only 2 seconds/],
			['of minutes', async () => builtClip({ length: 180_000 }), {}, /180 seconds long/],
			['that is cut', async () => (await soundClip()).subarray(0, 5_000), {}, /cut off/],
			['that is a photo', async () => png(SIZE), {}, /no video/],
			['of another field', soundClip, { binaryPropertyName: 'clip' }, /names "clip"/],
			['with a gap too long', soundClip, { endSecond: 9 }, /1 to 3 seconds after/],
		])('refuses a clip %s, before it is uploaded', async (_, clip, more, words) => {
			const { error } = await run(await clip(), more);
			expect(error?.message).toMatch(words);
			expect(gateway.simulator.requests).toEqual([]);
		});
	});

	describe('the finished video', () => {
		it('is stored as the gateway serves it, under the name of its task', async () => {
			gateway.simulator.set({ idStyle: 'model' });
			const names: unknown[] = [];
			const { items, json } = await gateway.run({ ...GENERATE, prompt: 'A boat' });
			const again = await gateway.run({
				resource: 'video',
				operation: 'get',
				taskId: json('Done')[0]?.task_id ?? '',
				downloadVideo: true,
			});
			for (const result of [items('Done'), again.items('Done')]) {
				const file = result[0]?.binary?.data;
				const { mimeType, fileName, fileExtension, fileType } = file ?? {};
				expect(file?.id?.split(':')[0]).toBe(mode === 'default' ? undefined : 'filesystem-v2');
				names.push(fileName);
				expect({ mimeType, fileExtension, fileType }).toEqual({
					mimeType: 'video/mp4',
					fileExtension: 'mp4',
					fileType: 'video',
				});
				expect((await store.content(file)).equals(await soundClip())).toBe(true);
			}
			expect(names[1]).toMatch(/^sora-2_task_\w+\.mp4$/);
			// Only Generate knows the prompt.
			expect(names[0]).toBe(`a-boat_${String(names[1])}`);
		});

		it('is downloaded anew where its host sends a part of it and calls it whole', async () => {
			gateway.simulator.set({ downloadFault: 'halved:1' });
			const { items } = await gateway.run({ ...GENERATE, prompt: 'A boat' });
			const content = await store.content(items('Done')[0]?.binary?.data);
			expect(content.equals(await soundClip())).toBe(true);
			expect(gateway.simulator.books.purchases).toHaveLength(1);
		});

		it('is downloaded three at a time, however many are finished together', async () => {
			gateway.simulator.set({ downloadFault: 'hang' });
			const open = () =>
				gateway.simulator.requests.filter(
					({ route, status }) => route === 'file' && status === 'open',
				).length;
			let stop = () => {};
			const running = gateway.run(
				{ ...GENERATE, prompt: 'A boat' },
				{ items: itemsWith('idea', [1, 2, 3, 4, 5, 6, 7, 8]), onStart: (press) => (stop = press) },
			);
			// Nothing more happens at this moment: whatever is to be open beside them is open by then.
			await time.when(() => open() >= 3);
			expect(open()).toBe(3);
			stop();
			await running;
		});
	});
});
