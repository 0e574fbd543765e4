/* eslint-disable @n8n/community-nodes/no-restricted-imports -- packs files, never inside n8n */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

import { AVI_HEAD, box, builtClip, builtMatroska, quickTimeClip, soundClip } from '../files/clips';
import { png } from '../files/images';
import { until } from '../until';
import { useBinaryStore } from './binaryStore';
import { GET, goOn } from './gateway';
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
import { time, useVirtualLimits } from './time';

useVirtualLimits();

const MIB = 1024 * 1024;
const store = useBinaryStore('filesystem');
const parameters = { ...GET, taskId: TASK, downloadVideo: true };

/** A gateway whose finished task lies on a host that answers as the test says, with a fresh link at each poll. */
async function fetched(host: Script, more: Parameters<typeof runAgainst>[2] = goOn) {
	const files = await scripted(host);
	let polls = 0;
	const gateway = await scripted(
		gatewayScript((_, response) => json(response, finished(`${files.url}/v/${++polls}.bin`))),
	);
	const before = store.files().length;
	const result = await runAgainst(gateway.url, parameters, more);
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

const transportStream = Buffer.alloc(188 * 20);
for (let at = 0; at < transportStream.length; at += 188) transportStream[at] = 0x47;

describe('a video is known by its bytes', () => {
	it.each<[string, Script, string, string]>([
		['as text/plain', serve(soundClip, { 'content-type': 'text/plain' }), 'video/mp4', 'mp4'],
		['as JSON', serve(soundClip, { 'content-type': 'application/json' }), 'video/mp4', 'mp4'],
		['as HTML', serve(soundClip, { 'content-type': 'text/html' }), 'video/mp4', 'mp4'],
		['with status 203', serve(soundClip, {}, 203), 'video/mp4', 'mp4'],
		['whole with status 206', serve(soundClip, {}, 206), 'video/mp4', 'mp4'],
		['as MOV', serve(quickTimeClip), 'video/quicktime', 'mov'],
		[
			'as MOV without ftyp',
			serve(Buffer.concat([box('wide'), box('mdat', Buffer.alloc(99)), box('moov')])),
			'video/quicktime',
			'mov',
		],
		['as WebM', serve(builtMatroska({})), 'video/webm', 'webm'],
		['as AVI', serve(AVI_HEAD), 'video/x-msvideo', 'avi'],
		['as TS', serve(transportStream), 'video/mp2t', 'ts'],
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

	it('also where an odd box runs over its end', async () => {
		const clip = builtClip({ length: 5_000 });
		const overrunning = Buffer.from(box('free', Buffer.alloc(100)));
		overrunning.writeUInt32BE(9_999, 0);
		const { content } = await fetched(serve(Buffer.concat([clip, overrunning])));
		expect(content?.length).toBe(clip.length + overrunning.length);
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
			serve(unknown, {
				'content-type': 'video/x-brand-new',
				'content-disposition': 'attachment; filename="clip.new"',
			}),
		);
		expect(file).toMatchObject({ mimeType: 'video/x-brand-new', fileName: 'clip.new' });
		expect(content?.equals(unknown)).toBe(true);
		expect(item?.json.download_note).toMatch(/of no kind that this node knows.*x-brand-new/);
	});

	it('is called what it is', async () => {
		const { item, file } = await fetched(serve(png({ width: 100, height: 100 })));
		expect(file).toMatchObject({ mimeType: 'image/png', fileExtension: 'png' });
		expect(item?.json.download_note).toMatch(/a PNG image, not a video/);
	});

	it.each([1, 2, 3])('is nothing where it has %s bytes', async (length) => {
		const { item } = await fetched(serve(Buffer.alloc(length, 0xfe)));
		expect(item?.json).toMatchObject({
			category: 'download_failed',
			error: expect.stringMatching(/empty or cut/),
		});
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
		expect((times.at(-1) ?? 0) - first).toBeGreaterThan(60_000);
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
				Buffer.concat([box('ftyp', Buffer.from('isom\0\0\0\0')), box('mdat', Buffer.alloc(5_000))]),
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
