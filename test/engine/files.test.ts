/* eslint-disable @n8n/community-nodes/no-restricted-imports -- packs files and serves them, never inside n8n */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { BinaryDataService } from 'n8n-core';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type * as Credential from '../../nodes/Sora/gateway/credential';
import { IMAGE_LIMITS } from '../../nodes/Sora/media/fileLimits';
import { isThorough } from '../effort';
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
import { until } from '../until';
import { useBinaryStore, type BinaryMode } from './binaryStore';
import { Container } from './container';
import { boat, CREATE, GENERATE, GET, goOn, imagesFrom, itemsWith, useGateway } from './gateway';
import {
	finished,
	gatewayScript,
	json,
	runAgainst,
	scripted,
	TASK,
	type Script,
	type SeenRequest,
} from './scripted';
import { time } from './time';

/** The route at which the gateway itself keeps the video of a task, for the tests that set it. */
const mockWire: Partial<Credential.Gateway['wire']> = {};
jest.mock('../../nodes/Sora/gateway/credential', () => {
	const real: typeof Credential = jest.requireActual('../../nodes/Sora/gateway/credential');
	return {
		...real,
		openGateway: async (...given: Parameters<typeof real.openGateway>) => {
			const opened = await real.openGateway(...given);
			return { ...opened, wire: { ...opened.wire, ...mockWire } };
		},
	};
});

const SIZE = { width: 320, height: 180 };
const LARGE = png({ width: 640, height: 600 }, true);
const UPLOAD = { resource: 'file', operation: 'upload' };
const MODES: BinaryMode[] = isThorough ? ['default', 'filesystem'] : ['filesystem'];

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
			['an iPhone photo', OTHER_FILES['a HEIC image'] ?? Buffer.alloc(0), /"data" is a HEIC image/],
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

		it('are no more than the gateway takes, addresses and files together', async () => {
			const { error } = await gateway.run(
				withAddresses(['a', 'b', 'c', 'd', 'e'].map((x) => `https://e.com/${x}`).join()),
			);
			expect(error?.message).toMatch(/5 images are given, and .* takes 4/);
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
		it('returns the gateway’s object, with its address', async () => {
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
			['unknownPath', /"data.png" was not uploaded/, /takes no files/],
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
			['WebM', async () => builtMatroska(), 'video/webm'],
		])('uploads the clip and uses its address: %s', async (_, clip, contentType) => {
			const { json, error } = await run(await clip());
			expect(error).toBeUndefined();
			const { uploads, characters } = gateway.simulator.books;
			expect(uploads).toEqual([expect.objectContaining({ contentType })]);
			expect(characters[0]?.body).toEqual({ url: uploads[0]?.url, timestamps: '1,3' });
			expect(json('Done')[0]?.mention).toBe(`@${characters[0]?.username}`);
		});

		it.each([
			['of a browser', fixture('live.webm'), { fileName: 'clip.mp4' }, 'clip.webm', 'video/webm'],
		])('takes a clip %s, under its true name', async (_, clip, file, filename, contentType) => {
			const { error } = await run(clip, { startSecond: 0, endSecond: 2 }, file);
			expect(error).toBeUndefined();
			expect(gateway.simulator.books.uploads).toEqual([
				expect.objectContaining({ filename, contentType }),
			]);
			expect(gateway.simulator.books.characters).toHaveLength(1);
		});

		it.each([
			['without sound', silentClip, {}, /no sound/],
			['that ends too early', async () => builtClip({ length: 2_000 }), {}, /only 2 seconds/],
			['that is cut', async () => (await soundClip()).subarray(0, 5_000), {}, /cut off/],
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

const MIB = 1024 * 1024;
const toGet = { ...GET, taskId: TASK, downloadVideo: true };
let store: ReturnType<typeof useBinaryStore>;

/** A gateway whose finished task lies on a host that answers as the test says, with a fresh link at each poll. */
async function fetched(host: Script, more: Parameters<typeof runAgainst>[2] = goOn) {
	const files = await scripted(host);
	let polls = 0;
	const standIn = await scripted(
		gatewayScript((_, response) => json(response, finished(`${files.url}/v/${++polls}.bin`))),
	);
	const before = store.files().length;
	const result = await runAgainst(standIn.url, toGet, more);
	const [item] = result.items('Done');
	const file = item?.binary?.data;
	return {
		...result,
		files,
		item,
		file,
		content: file && (await store.content(file)),
		stored: store.files().length - before,
	};
}

const serve =
	(content: Buffer | (() => Promise<Buffer>), headers: IncomingHttpHeaders = {}, status = 200) =>
	async (_: SeenRequest, response: ServerResponse) => {
		response.writeHead(status, headers as never);
		response.end(typeof content === 'function' ? await content() : content);
	};

/** Other answers first. */
const after =
	(others: Script[], then: Script): Script =>
	async (request, response, socket) =>
		await (others.shift() ?? then)(request, response, socket);

describe('downloads', () => {
	store = useBinaryStore('filesystem');
	describe('a video is known by its bytes', () => {
		it.each<[string, Script, string, string]>([
			['as text/plain', serve(soundClip, { 'content-type': 'text/plain' }), 'video/mp4', 'mp4'],
			['as JSON', serve(soundClip, { 'content-type': 'application/json' }), 'video/mp4', 'mp4'],
			['whole with status 206', serve(soundClip, {}, 206), 'video/mp4', 'mp4'],
			[
				'as MOV without ftyp',
				serve(Buffer.concat([box('wide'), box('mdat', Buffer.alloc(99)), box('moov')])),
				'video/quicktime',
				'mov',
			],
			['as WebM', serve(builtMatroska()), 'video/webm', 'webm'],
			['as GIF', serve(Buffer.from('GIF89a\x01\0\x01\0')), 'image/gif', 'gif'],
		])('%s', async (_, host, mimeType, ending) => {
			const { item, file, files, stored } = await fetched(host);
			expect(file).toMatchObject({ mimeType, fileName: `${TASK}.${ending}` });
			expect(item?.json).not.toHaveProperty('download_note');
			expect(files.requests).toHaveLength(1);
			expect(stored).toBe(1);
		});

		it('and its size and length are told', async () => {
			const { item } = await fetched(serve(soundClip));
			expect(item?.json).toMatchObject({ width: 320, height: 180, duration_seconds: 10 });
		});

		it('also where it comes packed', async () => {
			const { content } = await fetched(
				serve(async () => gzipSync(await soundClip()), { 'content-encoding': 'gzip' }),
			);
			expect(content?.equals(await soundClip())).toBe(true);
		});
	});

	describe('what is no video and no page', () => {
		it('is handed over as its host declares it, with a note', async () => {
			const unknown = Buffer.alloc(5_000, 0xfe);
			const { item, file, content } = await fetched(
				serve(unknown, { 'content-type': 'video/x-brand-new' }),
			);
			expect(file).toMatchObject({ mimeType: 'video/x-brand-new', fileName: `${TASK}.bin` });
			expect(content?.equals(unknown)).toBe(true);
			expect(item?.json.download_note).toMatch(/of no kind that this node knows.*x-brand-new/);
		});
	});

	describe('attempts at a file', () => {
		const gone = serve(Buffer.from('<html>not yet</html>'), {}, 404);

		it('go on for two minutes, each with a fresh link', async () => {
			const { content, files } = await fetched(
				after([gone, gone, gone, gone, gone], serve(soundClip)),
			);
			expect(content?.equals(await soundClip())).toBe(true);
			expect(files.requests.map(({ path }) => path)).toEqual(
				[1, 2, 3, 4, 5, 6].map((poll) => `/v/${poll}.bin`),
			);
		});

		it('end after two minutes', async () => {
			const times: number[] = [];
			const { item } = await fetched((request, response) => {
				times.push(time.now());
				return gone(request, response);
			});
			expect(item?.json).toMatchObject({ category: 'download_failed', task_id: TASK });
			const [first = 0] = times;
			expect(times.length).toBeGreaterThanOrEqual(6);
			// Without the chance in them, the pauses add up to 62 seconds.
			expect((times.at(-1) ?? 0) - first).toBeGreaterThan(45_000);
		});

		it('do not go on where a fresh link would lead to the same', async () => {
			const { item, files } = await fetched((_, response) => {
				response.writeHead(302, { location: 'http://10.255.255.1/v.mp4' });
				response.end();
			});
			expect(item?.json.error).toMatch(/private network/);
			expect(files.requests).toHaveLength(2);
		});
	});

	describe('a file that is not whole', () => {
		const half = async () => (await soundClip()).subarray(0, 5_000);

		it.each<[string, Script, RegExp]>([
			['honestly counted', serve(half), /the file is cut/],
			[
				'less than announced',
				async (_, response, socket) => {
					response.writeHead(200, { 'content-length': 20_000 });
					response.write(await half(), () => socket.end());
				},
				/before the file was complete/,
			],
			[
				'a part',
				async (request, response) =>
					await serve(half, { 'content-range': 'bytes 0-4999/20000' }, 206)(request, response),
				/only a part/,
			],
			[
				'without its index',
				serve(
					Buffer.concat([
						box('ftyp', Buffer.from('isom\0\0\0\0')),
						box('mdat', Buffer.alloc(5_000)),
					]),
				),
				/index is missing/,
			],
			[
				'silence in the middle',
				async (_, response) => {
					response.writeHead(200, { 'content-length': 20_000 });
					response.write(await half());
				},
				/silent|before the file was complete/,
			],
		])('is fetched anew, and leaves nothing in n8n’s store: %s', async (_, host, words) => {
			const { content, stored, files } = await fetched(after([host], serve(soundClip)));
			expect(content?.equals(await soundClip())).toBe(true);
			expect([files.requests.length, stored]).toEqual([2, 1]);
			await until(() => files.open() === 0);
			const lost = await fetched(host);
			expect(lost.item?.json).toMatchObject({
				category: 'download_failed',
				error: expect.stringMatching(words),
				task_id: TASK,
			});
			expect(lost.stored).toBe(0);
		});
	});

	describe('a file of any size', () => {
		it('is unpacked no further than a file can be, and is not fetched again and again', async () => {
			const head = await soundClip();
			const bomb = gzipSync(Buffer.concat([head, box('free', Buffer.alloc(100 * MIB))]));
			expect(bomb.length).toBeLessThan(MIB);
			const { item, stored, files } = await fetched(
				serve(bomb, { 'content-encoding': 'gzip', 'content-length': String(bomb.length) }),
			);
			expect(item?.json).toMatchObject({
				category: 'download_failed',
				error: expect.stringMatching(/larger than 64 MB/),
			});
			expect([files.requests.length, stored]).toEqual([2, 0]);
			await until(() => files.open() === 0);
		});
	});

	describe('a slow store', () => {
		it('is not the silence of a host: the file is stored, however long that takes', async () => {
			const service = Container.get(BinaryDataService);
			const keep = service.store.bind(service);
			const slow = jest.spyOn(service, 'store').mockImplementation(async (to, content, data) => {
				const parts: Buffer[] = [];
				for await (const part of content as AsyncIterable<Buffer>) {
					parts.push(part);
					if (parts.length === 2) await time.sleep(200_000);
				}
				return await keep(to, Buffer.concat(parts), data);
			});
			const large = Buffer.concat([await soundClip(), box('free', Buffer.alloc(4 * MIB))]);
			const began = time.now();
			const { content, files } = await fetched(
				serve(large, { 'content-length': String(large.length) }),
			);
			slow.mockRestore();
			expect(content?.equals(large)).toBe(true);
			expect(files.requests).toHaveLength(1);
			expect(time.now() - began).toBeGreaterThanOrEqual(200_000);
		});
	});

	describe('a file whose own length is wrong', () => {
		it('is whole where its tables end within it', async () => {
			gateway.simulator.set({ downloadFault: 'overrun' });
			const { json: told, items, error } = await gateway.run({ ...GENERATE, prompt: 'A boat' });
			expect(error).toBeUndefined();
			expect(items('Done')[0]?.binary).toHaveProperty('data');
			expect(told('Done')[0]).not.toHaveProperty('download_note');
			const { purchases } = gateway.simulator.books;
			const downloads = gateway.simulator.requests.filter(({ route }) => route === 'file');
			expect([purchases.length, downloads.length]).toEqual([1, 1]);
		});

		const cut = builtClip({}).subarray(0, -500);
		const counted = { 'content-length': String(cut.length) };

		it('is handed over with a note where every attempt brings the same bytes, as many as announced', async () => {
			const { item, content, files } = await fetched(serve(cut, counted));
			expect(content?.equals(cut)).toBe(true);
			expect(item?.json.download_note).toMatch(
				/may be incomplete.*same \d+ bytes.*Check that it plays/,
			);
			expect(files.requests.length).toBeGreaterThanOrEqual(6);
		});

		it('is not handed over where the last attempt of all brings others', async () => {
			const other = Buffer.from(cut).fill(7, cut.length - 9);
			let [last, others] = [0, 0];
			const { item, stored } = await fetched(async (request, response) => {
				// It follows the one before without a pause.
				const isLast = time.now() - last < 1_000;
				last = time.now();
				if (isLast) others++;
				await serve(isLast ? other : cut, counted)(request, response);
			});
			expect(others).toBe(1);
			expect(item?.json).toMatchObject({ category: 'download_failed', task_id: TASK });
			expect(stored).toBe(0);
		});

		it.each<[string, Script]>([
			['are not counted', serve(cut)],
			[
				'differ',
				async (request, response) => {
					const other = Buffer.from(cut);
					other[other.length - 1] = Number(/\d+/.exec(request.path)) % 251;
					await serve(other, counted)(request, response);
				},
			],
		])('fails with the task ID where they %s', async (_, host) => {
			const { item, stored } = await fetched(host);
			expect(item?.json).toMatchObject({ category: 'download_failed', task_id: TASK });
			expect(stored).toBe(0);
		});

		it('is no video where it is the beginning of a stream alone', async () => {
			const silence = { kind: 'soun', samples: 0 } as const;
			const init = builtClip({ tracks: [{ kind: 'vide', samples: 0 }, silence], fragments: [] });
			const { item } = await fetched(serve(init));
			expect(item?.json.error).toMatch(/the file is cut: its media is missing/);
		});
	});

	describe('a host that is busy', () => {
		it('is asked again when it says, even if that is later than two minutes', async () => {
			gateway.simulator.set({ downloadFault: 'busy429:1' });
			const { items, error } = await gateway.run({ ...GENERATE, prompt: 'A boat' });
			expect(error).toBeUndefined();
			expect(items('Done')[0]?.binary).toHaveProperty('data');
			const [first, second] = gateway.simulator.requests.filter(({ route }) => route === 'file');
			expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(300_000);
			expect(gateway.simulator.books.purchases).toHaveLength(1);
		});

		it('is not waited for without an end', async () => {
			const began = time.now();
			const { item } = await fetched((_, response) => {
				response.writeHead(429, { 'retry-after': '120' });
				response.end('slow down');
			});
			expect(item?.json.error).toMatch(/host is busy \(HTTP 429\)/);
			expect(time.now() - began).toBeLessThan(20 * 60_000);
		});
	});

	describe('several videos of one task', () => {
		const serving =
			(first: Script, second: Script): Script =>
			async (request, response, socket) =>
				await (request.path.includes('one') ? first : second)(request, response, socket);

		async function both(first: Script, second: Script) {
			const files = await scripted(serving(first, second));
			const outputs = [`${files.url}/one.mp4`, `${files.url}/two.mp4`];
			const answer = { task_id: TASK, status: 'SUCCESS', progress: '100%', data: { outputs } };
			const standIn = await scripted(gatewayScript((_, response) => json(response, answer)));
			const { items } = await runAgainst(
				standIn.url,
				{ ...GENERATE, prompt: 'A boat', downloadVideo: true, options: { fileName: 'Boat' } },
				goOn,
			);
			const bought = standIn.requests.filter(({ method }) => method === 'POST');
			expect(bought).toHaveLength(1);
			return items('Done')[0];
		}

		it('come out in a field each', async () => {
			const item = await both(serve(soundClip), serve(quickTimeClip));
			expect(item?.binary).toMatchObject({
				data: { fileName: 'Boat.mp4' },
				data_2: { fileName: 'Boat_2.mov', mimeType: 'video/quicktime' },
			});
			expect(item?.json.video_urls).toHaveLength(2);
		});

		it('come out as far as they can be had; a note says what is missing', async () => {
			const item = await both(serve(soundClip), serve(Buffer.from('<html>gone</html>'), {}, 404));
			expect(Object.keys(item?.binary ?? {})).toEqual(['data']);
			expect(item?.json.download_note).toMatch(/Video 2: .*HTTP 404.*task video_1/);
		});
	});

	describe('a link that answers with JSON', () => {
		it('is followed to the link in it, by a purchase that is never repeated', async () => {
			gateway.simulator.set({ downloadFault: 'linkInJson' });
			const { items, error } = await gateway.run({ ...GENERATE, prompt: 'A boat' });
			expect(error).toBeUndefined();
			expect((await store.content(items('Done')[0]?.binary?.data)).equals(await soundClip())).toBe(
				true,
			);
			expect(gateway.simulator.books.purchases).toHaveLength(1);
		});

		it('is followed once, and the key stays with the gateway’s origin', async () => {
			const away = await scripted(serve(soundClip));
			const own = await scripted(
				gatewayScript(
					(_, response) => json(response, finished(`${own.url}/v1/videos/1/content`)),
					async (request, response) => {
						if (request.path.endsWith('/content')) json(response, { url: `${own.url}/file` });
						else {
							response.writeHead(302, { location: `${away.url}/v.mp4` });
							response.end();
						}
					},
				),
			);
			const { items } = await runAgainst(own.url, toGet, goOn);
			expect(items('Done')[0]?.binary).toHaveProperty('data');
			expect(own.requests.every(({ withKey }) => withKey)).toBe(true);
			expect(away.requests.map(({ withKey }) => withKey)).toEqual([false]);

			const chain = await fetched((request, response) => {
				json(response, { url: `http://${request.headers.host}/next.mp4` });
			});
			expect(chain.item?.json.error).toMatch(/leads to a page, not to a video/);
		});
	});

	describe('the gateway’s own copy of a video', () => {
		const gone = serve(Buffer.from('gone'), {}, 410);

		async function copied(link: (host: string) => string, copy: Script) {
			const host = await scripted(gone);
			const standIn = await scripted(
				gatewayScript((_, response) => json(response, finished(link(host.url))), copy),
			);
			mockWire.content = (taskId) => `/v1/videos/${taskId}/content`;
			const result = await runAgainst(standIn.url, toGet, goOn);
			delete mockWire.content;
			return { item: result.items('Done')[0], standIn, host };
		}

		it.each<[string, (host: string) => string]>([
			['has expired', (host) => `${host}/v.mp4`],
			['leads to a host that nobody reaches', () => 'http://127.0.0.1:1/v.mp4'],
			['leads inside', () => 'http://10.255.255.1/v.mp4'],
		])('is downloaded where the link %s', async (_, link) => {
			const { item, standIn } = await copied(link, serve(soundClip));
			expect(item?.binary).toHaveProperty('data');
			expect(standIn.requests.at(-1)).toMatchObject({
				path: `/v1/videos/${TASK}/content`,
				withKey: true,
			});
		});

		it('is asked for under the same patience; where neither comes, the link’s reason is told', async () => {
			const { item, host, standIn } = await copied((url) => `${url}/v.mp4`, gone);
			expect(item?.json).toMatchObject({ category: 'download_failed', task_id: TASK });
			expect(item?.json.error).toMatch(/HTTP 410/);
			expect(host.requests.length).toBeGreaterThanOrEqual(6);
			expect(standIn.requests.filter(({ method }) => method === 'POST')).toEqual([]);
		});
	});

	describe('a gateway’s route for files', () => {
		async function uploaded(route: Script) {
			const standIn = await scripted(async (request, response, socket) => {
				if (request.path === '/v1/files') await route(request, response, socket);
				else if (request.method === 'POST') json(response, { task_id: TASK });
				else json(response, { error: { message: 'Invalid URL' } }, 404);
			});
			const binary = { data: await store.put(LARGE, { fileName: 'a.png', mimeType: 'image/png' }) };
			const result = await runAgainst(
				standIn.url,
				{ ...withFields('data'), waiting: 'none' },
				{ items: [{ json: {}, binary }], ...goOn },
			);
			const count = (path: string) => standIn.requests.filter((one) => one.path === path).length;
			const orders = standIn.requests.filter(
				({ method, path }) => method === 'POST' && path !== '/v1/files',
			);
			return {
				item: result.items('Done')[0]?.json,
				uploads: count('/v1/files'),
				orders: orders.length,
			};
		}

		it.each<[string, Script]>([
			['501', (_, response) => json(response, { error: { message: 'not implemented' } }, 501)],
			[
				'404',
				(_, response) =>
					json(response, { error: { message: 'Invalid URL (POST /v1/files)' } }, 404),
			],
			['405', (_, response) => json(response, { detail: 'Method Not Allowed' }, 405)],
			[
				'a page',
				(_, response) =>
					serve(Buffer.from('<!doctype html><h1>Console</h1>'), { 'content-type': 'text/html' })(
						_,
						response,
					),
			],
		])('that is none is asked once, and the error says what to do: %s', async (_, route) => {
			const { item, uploads, orders } = await uploaded(route);
			expect(item?.advice).toMatch(/takes no files.*put larger files on the web/i);
			expect([uploads, orders]).toEqual([1, 0]);
		});

		it.each([
			{ data: { fileUrl: 'https://files.example/a.png' } },
			{ downloadUrl: 'https://files.example/a.png' },
			{ location: '/files/a.png' },
		])('may give the address at any place: %j', async (answer) => {
			const { item, uploads, orders } = await uploaded((_, response) => json(response, answer));
			expect(item).toMatchObject({ task_id: TASK });
			expect([uploads, orders]).toEqual([1, 1]);
		});
	});

	it('addresses of images are bought as they are listed, and nothing where one is none', async () => {
		const [one, two] = ['https://a.example/1.png', 'https://b.example/2.png'];
		const { error } = await gateway.run({ ...boat, ...imagesFrom('url', `${one} and ${two}`) });
		expect(error).toBeUndefined();
		expect(gateway.simulator.books.purchases.map(({ body }) => body.images)).toEqual([[one, two]]);
		const refused = await gateway.run({ ...boat, ...imagesFrom('url', `${one}${two}`) });
		expect(refused.error?.description).toMatch(/Nothing was (?:sent|bought)/);
		expect(gateway.simulator.books.purchases).toHaveLength(1);
	});
});

type Result = Awaited<ReturnType<typeof gateway.run>>;

const namesOf = ({ items }: Result) => items('Done').map(({ binary }) => binary?.data?.fileName);
const taskOf = ({ json }: Result) => String(json('Done')[0]?.task_id);

describe('the file of a video', () => {
	it('is named by an expression, item by item, with the ending of what it is', async () => {
		const result = await gateway.run(
			{ ...GENERATE, prompt: 'A boat', options: { fileName: '={{ $json.title }}' } },
			{ items: itemsWith('title', ['Monday: boats', 'week/2.mov', '']) },
		);
		const [, , third] = result.json('Done');
		expect(namesOf(result)).toEqual([
			'Monday-boats.mp4',
			'week-2.mp4',
			`a-boat_${String(third?.task_id)}.mp4`,
		]);
	});

	it('is named by Get as well, which knows no prompt', async () => {
		const taskId = taskOf(
			await gateway.run({ ...GENERATE, prompt: 'A boat', downloadVideo: false }),
		);
		expect(namesOf(await gateway.run({ ...GET, taskId }))).toEqual([`${taskId}.mp4`]);
		const named = await gateway.run({ ...GET, taskId, options: { fileName: 'Boat' } });
		expect(namesOf(named)).toEqual(['Boat.mp4']);
	});

	it('is named by its first shot where it has several', async () => {
		const storyboard = { shot: [{ durationSeconds: 10, scene: 'A kettle whistles' }] };
		const result = await gateway.run({ ...GENERATE, options: { storyboard } });
		expect(namesOf(result)).toEqual([`a-kettle-whistles_${taskOf(result)}.mp4`]);
	});

	it('is named alike where it is a sample, which lasts as long and has no link', async () => {
		const result = await gateway.run(
			{
				...GENERATE,
				prompt: 'A boat',
				duration: '15',
				whenTesting: 'sample',
				options: { fileName: 'Boat' },
			},
			{ mode: 'manual' },
		);
		expect(namesOf(result)).toEqual(['Boat.mp4']);
		expect(result.json('Done')[0]).toMatchObject({ duration_seconds: 15, video_url: null });
		expect(gateway.simulator.books.purchases).toEqual([]);
	});

	it('is told by its size and its length, so that a workflow can tell portrait from landscape', async () => {
		const sizes = (result: Result) =>
			result.json('Done').map(({ width, height, duration_seconds }) => ({
				isPortrait: Number(height) > Number(width),
				seconds: Math.round(Number(duration_seconds)),
			}));
		const portrait = await gateway.run({
			...GENERATE,
			prompt: 'A boat',
			aspectRatio: '9:16',
			duration: '15',
		});
		expect(sizes(portrait)).toEqual([{ isPortrait: true, seconds: 15 }]);
		const landscape = await gateway.run({ ...GENERATE, prompt: 'A boat', simplify: false });
		expect(sizes(landscape)).toEqual([{ isPortrait: false, seconds: 10 }]);
		const got = await gateway.run({ ...GET, taskId: taskOf(portrait) });
		expect(sizes(got)).toEqual([{ isPortrait: true, seconds: 15 }]);
	});
});
