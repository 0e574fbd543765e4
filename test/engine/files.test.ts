/* eslint-disable @n8n/community-nodes/no-restricted-imports -- packs files and serves them, never inside n8n */
import type { IncomingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import { BinaryDataService } from 'n8n-core';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type * as Credential from '../../nodes/Sora/gateway/credential';
import { IMAGE_LIMITS } from '../../nodes/Sora/media/fileLimits';
import { box, builtClip, quickTimeClip, silentClip, soundClip } from '../files/clips';
import { fixture } from '../files/fixtures';
import { exif, exifSegment, jpeg, OTHER_FILES, png, webpLossless } from '../files/images';
import { until } from '../until';
import { useBinaryStore } from './binaryStore';
import { Container, LOGGER } from './container';
import {
	boat,
	CREATE,
	GET,
	goOn,
	ideas,
	imagesFrom,
	retryOnFail,
	UPLOAD,
	useGateway,
} from './gateway';
import {
	finished,
	gatewayScript,
	json,
	postsTo,
	runAgainst,
	scripted,
	TASK,
	type Script,
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

const MIB = 1024 * 1024;
const SIZE = { width: 320, height: 180 };
const LARGE = png({ width: 640, height: 600 }, true);

const gateway = useGateway();
const { bought, run } = gateway;
const store = useBinaryStore('filesystem');
const uploads = () => gateway.simulator.books.uploads;
const withFile = { ...boat, downloadVideo: true };
const withFields = (...names: unknown[]) => ({ ...boat, ...imagesFrom('field', ...names) });

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
	it('are sent within the request if they are small, with their actual type', async () => {
		const lie = { fileName: 'photo.gif', mimeType: 'text/plain' };
		const files = { png: png(SIZE), jpeg: jpeg(SIZE), webp: webpLossless(SIZE) };
		const { error } = await run(withFields(...Object.keys(files)), {
			items: [await itemWith(files, lie)],
		});
		expect(error).toBeUndefined();
		const inside = Object.entries(files).map(
			([type, content]) => `data:image/${type};base64,${content.toString('base64')}`,
		);
		expect(bought()[0]?.body.images).toEqual(inside);
		expect(uploads()).toEqual([]);
	});

	it('are uploaded first if they are large, once for all items that use them', async () => {
		const item = await itemWith({ data: LARGE }, { fileName: 'Küche 照片.png' });
		expect(LARGE.length).toBeGreaterThan(IMAGE_LIMITS.inlineBytes);
		const { error } = await run(withFields('data'), { items: [item, item, item] });
		expect(error).toBeUndefined();
		const file = { filename: 'Küche 照片.png', contentType: 'image/png', bytes: LARGE.length };
		expect(uploads()).toEqual([expect.objectContaining(file)]);
		const [{ url } = { url: '' }] = uploads();
		expect(bought().map(({ body }) => body.images)).toEqual([[url], [url], [url]]);
		const [request] = gateway.requestsTo('upload');
		expect(Number(request?.headers['content-length'])).toBeGreaterThan(LARGE.length);
		expect(request?.headers).not.toHaveProperty('transfer-encoding');
		const kept = await (await fetch(url)).arrayBuffer();
		expect(Buffer.from(kept).equals(LARGE)).toBe(true);
	});

	it('may be mixed: addresses, data URIs and input data fields, also in expressions', async () => {
		const address = 'https://example.com/a.png';
		const small = jpeg(SIZE).toString('base64');
		const item = await itemWith({ front: png(SIZE), back: LARGE });
		item.json = { urls: [address, `data:image/png;base64,${small}`], fields: ['front', 'back'] };
		const image = [
			{ source: 'url', url: '={{ $json.urls }}' },
			{ source: 'field', binaryPropertyName: '={{ $json.fields }}' },
		];
		const { error } = await run({ ...boat, images: { image } }, { items: [item] });
		expect(error).toBeUndefined();
		expect(bought()[0]?.body.images).toEqual([
			address,
			`data:image/jpeg;base64,${small}`,
			`data:image/png;base64,${png(SIZE).toString('base64')}`,
			uploads()[0]?.url,
		]);
	});

	it.each([
		['empty', Buffer.alloc(0), /"data" is empty/],
		['an iPhone photo', OTHER_FILES['a HEIC image'] as Buffer, /"data" is a HEIC image/],
	])('are refused before anything is bought if one is %s', async (_, content, words) => {
		const bad = await itemWith({ data: content }, { mimeType: 'image/png' });
		const { error } = await run(withFields('data'), {
			items: [await itemWith({ data: png(SIZE) }), bad],
		});
		expect(error?.message).toMatch(words);
		expect(error?.message).toContain('[item 2]');
		expect(gateway.simulator.requests).toEqual([]);
	});

	it('are suggested by the field names that the item has', async () => {
		const items = [await itemWith({ front: png(SIZE), logo: png(SIZE) })];
		const { error } = await run(withFields('photo'), { items });
		expect(error?.message).toMatch(/"Input Data Field Name, image 1" names "photo"/);
		expect(error?.description).toContain('The item has "front", "logo"');
		expect(gateway.simulator.requests).toEqual([]);
	});

	it('do not make a retry buy again, although each upload has a new address', async () => {
		gateway.set({ pollFault: 'badKey:10' });
		const { error, json: items } = await run(withFields('data'), {
			items: [await itemWith({ data: LARGE })],
			node: { ...retryOnFail, maxTries: 5 },
		});
		expect(error).toBeUndefined();
		gateway.expectOneVideo(items('Done')[0]);
		expect(uploads()).toHaveLength(1);
	});

	it('are logged if one is stored rotated, which a gateway may ignore', async () => {
		const log = jest.spyOn(Container.get(LOGGER), 'info');
		const items = [
			await itemWith({ data: jpeg(SIZE, exifSegment(exif(6))) }),
			await itemWith({ data: jpeg(SIZE) }),
		];
		const { error } = await run(withFields('data'), { items });
		expect(error).toBeUndefined();
		const lines = log.mock.calls.map(([line]) => line).filter((line) => /Exif/.test(line));
		log.mockRestore();
		expect(lines).toEqual([expect.stringMatching(/the file in "data" is stored sideways.*item 0/)]);
	});
});

describe('uploads', () => {
	it('return the gateway’s object with its address', async () => {
		const file = { fileName: 'заметка.txt', mimeType: 'text/plain' };
		const items = [await itemWith({ data: Buffer.from('Any file at all') }, file)];
		const { json: out } = await run(UPLOAD, { items });
		const [{ url, contentType } = { url: '', contentType: '' }] = uploads();
		const answer = { filename: 'заметка.txt', bytes: 15, url };
		expect(out('Done')).toEqual([expect.objectContaining(answer)]);
		expect(contentType).toBe('text/plain');
	});

	const buyWithUpload = async () =>
		await run(withFields('data'), {
			items: [await itemWith({ data: LARGE }, { fileName: 'data.png' })],
			node: retryOnFail,
		});

	it.each(['resetAfter:1', 'html502:2', 'brokenJson:1'] as const)(
		'are retried after %s: they cost nothing',
		async (fileFault) => {
			gateway.set({ fileFault });
			expect((await buyWithUpload()).error).toBeUndefined();
			expect(bought()).toHaveLength(1);
		},
	);

	it.each([
		['tooLarge', /too large.*"data.png" was not uploaded/, /smaller file/],
		[
			'unknownPath',
			/"data.png" was not uploaded/,
			/does not accept file uploads.*put larger files on the web/i,
		],
		['badKey', /^The gateway did not accept the API key.*"data.png"/, /check the API key/],
		['upstream500', /problem.*"data.png" was not uploaded/, /later/],
	] as const)(
		'that fail with %s buy nothing, leave nothing uncertain, and say what to do',
		async (fileFault, what, advice) => {
			gateway.set({ fileFault });
			const { error } = await buyWithUpload();
			expect(error?.message).toMatch(what);
			expect(error?.description).toMatch(advice);
			expect(error?.description).toContain('Nothing was bought.');
			expect(gateway.submissions()).toEqual([]);
		},
	);

	it('may be answered with a relative address', async () => {
		const standIn = await scripted(({ path }, response) =>
			json(response, path === '/v1/files' ? { location: '/files/a.png' } : { task_id: TASK }),
		);
		const order = { ...withFields('data'), waiting: 'none' };
		const items = [await itemWith({ data: LARGE })];
		const { json: out } = await runAgainst(standIn.url, order, { items });
		expect(out('Done')[0]).toMatchObject({ task_id: TASK });
	});
});

describe('a character from a file', () => {
	const create = async (content: Buffer, more: IDataObject = {}, file = {}) =>
		await run(
			{ ...CREATE, source: 'file', ...more },
			{ items: [await itemWith({ data: content }, file)] },
		);

	it.each([
		['MOV', quickTimeClip, {}, '1,3', { contentType: 'video/quicktime' }],
		[
			'WebM of a browser, under its true name',
			() => fixture('live.webm'),
			{ startSecond: 0, endSecond: 2 },
			'0,2',
			{ filename: 'clip.webm', contentType: 'video/webm' },
		],
	])('uploads the clip and uses its address: %s', async (_, clip, seconds, timestamps, file) => {
		const { json: out, error } = await create(await clip(), seconds, { fileName: 'clip.mp4' });
		expect(error).toBeUndefined();
		const { characters } = gateway.simulator.books;
		expect(uploads()).toEqual([expect.objectContaining(file)]);
		expect(characters[0]?.body).toEqual({ url: uploads()[0]?.url, timestamps });
		expect(out('Done')[0]?.mention).toBe(`@${characters[0]?.username}`);
	});

	it.each([
		['without sound', silentClip, {}, /no sound/],
		['that ends too early', async () => builtClip({ length: 2_000 }), {}, /only 2 seconds/],
		['of another field', soundClip, { binaryPropertyName: 'clip' }, /names "clip"/],
	])('refuses a clip %s, before it is uploaded', async (_, clip, more, words) => {
		const { error } = await create(await clip(), more);
		expect(error?.message).toMatch(words);
		expect(gateway.simulator.requests).toEqual([]);
	});
});

describe('the finished video', () => {
	const namesOf = ({ items }: Awaited<ReturnType<typeof run>>) =>
		items('Done').map(({ binary }) => binary?.data?.fileName);

	it('is stored as the gateway serves it, named after its task', async () => {
		gateway.set({ idStyle: 'model' });
		const first = await run(withFile);
		const taskId = String(first.json('Done')[0]?.task_id);
		const again = await run({ ...GET, taskId, downloadVideo: true });
		for (const { items } of [first, again]) {
			const file = items('Done')[0]?.binary?.data;
			expect(file?.id).toMatch(/^filesystem-v2:/);
			const kind = { mimeType: 'video/mp4', fileExtension: 'mp4', fileType: 'video' };
			expect(file).toMatchObject(kind);
			expect((await store.content(file)).equals(await soundClip())).toBe(true);
		}
		const [name] = namesOf(again);
		expect(name).toMatch(/^sora-2_task_\w+\.mp4$/);
		// Only Generate knows the prompt.
		expect(namesOf(first)).toEqual([`a-boat_${name}`]);
	});

	it('is named by File Name, item by item, with its actual extension', async () => {
		const named = { ...withFile, options: { fileName: '={{ $json.idea }}' } };
		const result = await run(named, ideas('Monday: boats', 'week/2.mov', ''));
		const byTask = `a-boat_${String(result.json('Done')[2]?.task_id)}.mp4`;
		expect(namesOf(result)).toEqual(['Monday-boats.mp4', 'week-2.mp4', byTask]);
	});

	it('is downloaded three at a time, however many are finished together', async () => {
		gateway.set({ downloadFault: 'hang' });
		const open = () => gateway.requestsTo('file').filter(({ status }) => status === 'open').length;
		let stop = () => {};
		const eight = ideas(1, 2, 3, 4, 5, 6, 7, 8);
		const running = run(withFile, { ...eight, onStart: (press) => (stop = press) });
		// Nothing more happens at this moment: whatever is to be open beside them is open by then.
		await time.when(() => open() >= 3);
		expect(open()).toBe(3);
		stop();
		await running;
	});
});

const toGet = { ...GET, taskId: TASK, downloadVideo: true };

/** A gateway whose finished task lies on a host that answers as the test says, with a fresh link at each poll. */
async function fetched(host: Script) {
	const files = await scripted(host);
	let polls = 0;
	const standIn = await scripted(
		gatewayScript((_, response) => json(response, finished(`${files.url}/v/${++polls}.bin`))),
	);
	const before = store.files().length;
	const result = await runAgainst(standIn.url, toGet, goOn);
	const [item] = result.items('Done');
	const file = item?.binary?.data;
	return {
		files,
		item,
		file,
		content: file && (await store.content(file)),
		stored: store.files().length - before,
	};
}

const serve =
	(
		content: Buffer | (() => Promise<Buffer>),
		headers: IncomingHttpHeaders = {},
		status = 200,
	): Script =>
	async (_, response) => {
		response.writeHead(status, headers as never);
		response.end(typeof content === 'function' ? await content() : content);
	};

/** Other answers first. */
const after =
	(others: Script[], then: Script): Script =>
	async (request, response, socket) =>
		await (others.shift() ?? then)(request, response, socket);

const lost = { category: 'download_failed', task_id: TASK };

describe('what a host serves', () => {
	it('is delivered as declared, with a note, if it is neither a video nor a page', async () => {
		const unknown = Buffer.alloc(5_000, 0xfe);
		const { item, file, content } = await fetched(
			serve(unknown, {
				'content-type': 'video/x-brand-new',
			}),
		);
		expect(file).toMatchObject({ mimeType: 'video/x-brand-new', fileName: `${TASK}.bin` });
		expect(content?.equals(unknown)).toBe(true);
		expect(item?.json.download_note).toMatch(/of a type that this node does not know.*x-brand-new/);
	});
});

describe('attempts at a file', () => {
	const gone = serve(Buffer.from('<html>not yet</html>'), {}, 404);

	it('continue for two minutes, each with a fresh link', async () => {
		const { content, files } = await fetched(
			after([gone, gone, gone, gone, gone], serve(soundClip)),
		);
		expect(content?.equals(await soundClip())).toBe(true);
		const links = [1, 2, 3, 4, 5, 6].map((poll) => `/v/${poll}.bin`);
		expect(files.requests.map(({ path }) => path)).toEqual(links);
	});

	it('stop if a fresh link would fail the same way', async () => {
		const location = 'http://10.255.255.1/v.mp4';
		const { item, files } = await fetched(serve(Buffer.alloc(0), { location }, 302));
		expect(item?.json.error).toMatch(/private network/);
		expect(files.requests).toHaveLength(2);
	});
});

describe('a file that is incomplete', () => {
	const half = async () => (await soundClip()).subarray(0, 5_000);
	const withoutIndex = [box('ftyp', Buffer.from('isom\0\0\0\0')), box('mdat', Buffer.alloc(5_000))];

	it.each<[string, Script, RegExp]>([
		['honestly counted', serve(half), /the file is incomplete/],
		['without its index', serve(Buffer.concat(withoutIndex)), /index is missing/],
		[
			'silence in the middle',
			async (_, response) => {
				response.writeHead(200, { 'content-length': 20_000 });
				response.write(await half());
			},
			/silent|before the file was complete/,
		],
	])('is downloaded again, and leaves nothing in n8n’s store: %s', async (_, host, words) => {
		const { content, stored, files } = await fetched(after([host], serve(soundClip)));
		expect(content?.equals(await soundClip())).toBe(true);
		expect([files.requests.length, stored]).toEqual([2, 1]);
		await until(() => files.open() === 0);
		const again = await fetched(host);
		expect(again.item?.json).toMatchObject({ ...lost, error: expect.stringMatching(words) });
		expect(again.stored).toBe(0);
	});
});

it('a file is decompressed no further than a file can be, which is too large to download again and again', async () => {
	const bomb = gzipSync(Buffer.concat([await soundClip(), box('free', Buffer.alloc(66 * MIB))]));
	expect(bomb.length).toBeLessThan(MIB);
	const { item, stored, files } = await fetched(
		serve(bomb, { 'content-encoding': 'gzip', 'content-length': String(bomb.length) }),
	);
	const error = expect.stringMatching(/larger than 64 MB/) as string;
	expect(item?.json).toMatchObject({ ...lost, error });
	expect([files.requests.length, stored]).toEqual([2, 0]);
	await until(() => files.open() === 0);
});

it('a slow store is not a silent host: the file is stored, however long that takes', async () => {
	const service = Container.get(BinaryDataService);
	const keep = service.store.bind(service);
	const slow = jest.spyOn(service, 'store').mockImplementation(async (where, content, data) => {
		const parts: Buffer[] = [];
		for await (const part of content as AsyncIterable<Buffer>) {
			parts.push(part);
			if (parts.length === 2) await time.sleep(200_000);
		}
		return await keep(where, Buffer.concat(parts), data);
	});
	const large = Buffer.concat([await soundClip(), box('free', Buffer.alloc(2 * MIB))]);
	const began = time.now();
	const counted = { 'content-length': String(large.length) };
	const { content, files } = await fetched(serve(large, counted));
	slow.mockRestore();
	expect(content?.equals(large)).toBe(true);
	expect(files.requests).toHaveLength(1);
	expect(time.now() - began).toBeGreaterThanOrEqual(200_000);
});

describe('a file with a wrong length', () => {
	it('is complete if its tables end within it', async () => {
		gateway.set({ downloadFault: 'overrun' });
		const { items, error } = await run(withFile);
		expect(error).toBeUndefined();
		expect(items('Done')[0]?.binary).toHaveProperty('data');
		expect(items('Done')[0]?.json).not.toHaveProperty('download_note');
		expect([bought().length, gateway.requestsTo('file').length]).toEqual([1, 1]);
	});

	const cut = builtClip({ mediaBytes: 16_000 }).subarray(0, -500);
	const counted = { 'content-length': String(cut.length) };
	const changed = (byte: number) => Buffer.from(cut).fill(byte, cut.length - 1);

	it.each([
		[0, 6],
		[45_000, 3],
	])('is delivered with a note if all bring the same bytes, %d ms per piece', async (ms, least) => {
		const { item, content, files } = await fetched(async (_, response) => {
			response.writeHead(200, counted);
			for (let from = 0; from < cut.length; from += 4_500) {
				response.write(cut.subarray(from, from + 4_500));
				await time.sleep(ms);
			}
			response.end();
		});
		expect(content?.equals(cut)).toBe(true);
		expect(item?.json.download_note).toMatch(
			/may be incomplete.*same \d+ bytes.*Check that it plays/,
		);
		expect(files.requests.length).toBeGreaterThanOrEqual(least);
	});

	it('is not delivered if the last attempt brings different bytes', async () => {
		let [last, others] = [0, 0];
		const { item, stored } = await fetched(async (...given) => {
			// It follows the one before without a pause.
			const isLast = time.now() - last < 1_000;
			last = time.now();
			if (isLast) others++;
			await serve(isLast ? changed(7) : cut, counted)(...given);
		});
		expect(others).toBe(1);
		expect(item?.json).toMatchObject(lost);
		expect(stored).toBe(0);
	});

	it.each<[string, Script]>([
		['are not counted', serve(cut)],
		[
			'differ',
			async (...given) =>
				await serve(changed(Number(/\d+/.exec(given[0].path)) % 251), counted)(...given),
		],
	])('fails with the task ID where they %s', async (_, host) => {
		const { item, stored } = await fetched(host);
		expect(item?.json).toMatchObject(lost);
		expect(stored).toBe(0);
	});
});

describe('a busy host', () => {
	it('is retried when it says, even after two minutes', async () => {
		gateway.set({ downloadFault: 'busy429:1' });
		const { items, error } = await run(withFile);
		expect(error).toBeUndefined();
		expect(items('Done')[0]?.binary).toHaveProperty('data');
		const [first, second] = gateway.requestsTo('file');
		expect(Number(second?.at) - Number(first?.at)).toBeGreaterThanOrEqual(300_000);
		expect(bought()).toHaveLength(1);
	});

	it('is not waited for endlessly', async () => {
		const began = time.now();
		const { item } = await fetched(serve(Buffer.from('slow'), { 'retry-after': '120' }, 429));
		expect(item?.json.error).toMatch(/host is busy \(HTTP 429\)/);
		expect(time.now() - began).toBeLessThan(20 * 60_000);
	});
});

describe('several videos of one task', () => {
	async function both(first: Script, second: Script) {
		const files = await scripted(
			async (...given) => await (given[0].path.includes('one') ? first : second)(...given),
		);
		const outputs = [`${files.url}/one.mp4`, `${files.url}/two.mp4`];
		const answer = { task_id: TASK, status: 'SUCCESS', progress: '100%', data: { outputs } };
		const standIn = await scripted(gatewayScript((_, response) => json(response, answer)));
		const named = { ...withFile, options: { fileName: 'Boat' } };
		const { items } = await runAgainst(standIn.url, named, goOn);
		expect(postsTo(standIn)).toHaveLength(1);
		return items('Done')[0];
	}

	it('each get their own field', async () => {
		const item = await both(serve(soundClip), serve(quickTimeClip));
		expect(item?.binary).toMatchObject({
			data: { fileName: 'Boat.mp4' },
			data_2: { fileName: 'Boat_2.mov', mimeType: 'video/quicktime' },
		});
		expect(item?.json.video_urls).toHaveLength(2);
	});

	it('come out as far as they are available; a note says what is missing', async () => {
		const item = await both(serve(soundClip), serve(Buffer.from('<html>gone</html>'), {}, 404));
		expect(Object.keys(item?.binary ?? {})).toEqual(['data']);
		expect(item?.json.download_note).toMatch(/Video 2: .*HTTP 404.*task video_1/);
	});
});

describe('a link that returns JSON', () => {
	it('is followed once, and the key stays with the gateway’s origin', async () => {
		const away = await scripted(serve(soundClip));
		const own = await scripted(
			gatewayScript(
				(_, response) => json(response, finished(`${own.url}/v1/videos/1/content`)),
				async (...given) => {
					if (given[0].path.endsWith('/content')) json(given[1], { url: `${own.url}/file` });
					else await serve(Buffer.alloc(0), { location: `${away.url}/v.mp4` }, 302)(...given);
				},
			),
		);
		const { items } = await runAgainst(own.url, toGet, goOn);
		expect(items('Done')[0]?.binary).toHaveProperty('data');
		expect(own.requests.every(({ withKey }) => withKey)).toBe(true);
		expect(away.requests.map(({ withKey }) => withKey)).toEqual([false]);

		const chain = await fetched(({ headers }, response) =>
			json(response, { url: `http://${headers.host}/next.mp4` }),
		);
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
	])('is downloaded if the link %s', async (_, link) => {
		const { item, standIn } = await copied(link, serve(soundClip));
		expect(item?.binary).toHaveProperty('data');
		const last = { path: `/v1/videos/${TASK}/content`, withKey: true };
		expect(standIn.requests.at(-1)).toMatchObject(last);
	});

	it('is tried as long as the link; if neither works, the link’s reason is reported', async () => {
		const { item, host, standIn } = await copied((url) => `${url}/v.mp4`, gone);
		expect(item?.json).toMatchObject({ ...lost, error: expect.stringMatching(/HTTP 410/) });
		expect(host.requests.length).toBeGreaterThanOrEqual(6);
		expect(postsTo(standIn)).toEqual([]);
	});
});
