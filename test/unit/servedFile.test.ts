import { DOWNLOAD_LIMITS } from '../../nodes/Sora/media/fileLimits';
import { judged } from '../../nodes/Sora/media/servedFile';
import { box } from '../files/clips';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const MP4 = Buffer.concat([box('ftyp', 'isom', 0), box('moov')]);
const UNKNOWN = Buffer.alloc(2_000, 0xfe);

type Served = Parameters<typeof judged>[0];
const judge = (head: Buffer, more: Partial<Served> = {}) =>
	judged({
		status: 200,
		headers: {},
		head,
		url: new URL('https://files.example/v/clip.dat?sig=1'),
		...more,
	});

describe('a served file', () => {
	it.each<[string, Buffer, string, string]>([
		['MP4', MP4, 'video/mp4', 'mp4'],
		['MOV', Buffer.concat([box('wide'), box('mdat')]), 'video/quicktime', 'mov'],
		['GIF', latin1('GIF89a\x01\0\x01\0'), 'image/gif', 'gif'],
	])('is a video by its bytes, whatever is declared: %s', (_, head, mimeType, extension) => {
		for (const type of ['', 'text/plain', 'application/json']) {
			for (const status of [200, 203, 206]) {
				const file = judge(head, { status, headers: { 'content-type': type } });
				expect(file).toMatchObject({ mimeType, extension });
				expect(file).not.toHaveProperty('note');
			}
		}
	});

	it.each([
		['HTML', '<!doctype html><title>Sign in</title>', /a page.*not to a video/],
		['JSON', ' {"error":"gone"}', /a page/],
		['XML', '<?xml version="1.0"?><Error/>', /a page/],
		['SVG', '<svg xmlns="http://www.w3.org/2000/svg"></svg>', /a page/],
		['prose', 'This is not a video.', /a page/],
		['a playlist', '#EXTM3U\n#EXT-X-VERSION:3\n', /HLS/],
	])('is no video if it starts like a text: %s', (_, text, words) => {
		const file = judge(Buffer.from(text), { headers: { 'content-type': 'video/mp4' } });
		expect(file).toMatchObject({ refusal: expect.stringMatching(words) });
		expect(file).not.toHaveProperty('lasting');
	});

	it.each([
		['bytes 0-99/100', true],
		['bytes 0-99/*', true],
		['', true],
		['bytes 0-49/100', false],
		['bytes 50-99/100', false],
	])('of status 206 with the range %j is accepted: %s', (range, taken) => {
		const file = judge(MP4, { status: 206, headers: { 'content-range': range } });
		expect('refusal' in file).toBe(!taken);
	});

	it.each([
		[403, /expired or is not valid \(HTTP 403\)/],
		[410, /expired or is not valid/],
		[401, /answered HTTP 401/],
		[304, /answered HTTP 304/],
	])('of status %s is not a file, whatever it contains', (status, words) => {
		expect(judge(MP4, { status })).toMatchObject({ refusal: expect.stringMatching(words) });
	});

	it.each([0, 1, 2, 3])('of %s bytes is truncated', (length) => {
		const refusal = 'the file is empty or incomplete';
		expect(judge(Buffer.alloc(length, 0xfe))).toMatchObject({ refusal });
	});

	it.each<[string, Buffer, object, Partial<Served>]>([
		[
			'as it was declared, with the ending of its address',
			UNKNOWN,
			{
				mimeType: 'application/x-new-video',
				extension: 'dat',
				note: 'The file is of a type that this node does not know; its host calls it application/x-new-video.',
				limit: DOWNLOAD_LIMITS.unknownBytes,
			},
			{ headers: { 'content-type': 'application/x-new-video; v=1' } },
		],
		[
			'without a type and an ending of its own',
			UNKNOWN,
			{ mimeType: 'application/octet-stream', extension: 'bin' },
			{ url: new URL('https://files.example/v1/videos/1/content') },
		],
		[
			'as what it is',
			Buffer.concat([latin1('\x89PNG\r\n\x1a\n'), Buffer.alloc(100)]),
			{
				mimeType: 'image/png',
				extension: 'png',
				note: 'The file is a PNG image, not a video; its host calls it video/mp4.',
			},
			{ headers: { 'content-type': 'video/mp4' } },
		],
	])('that is no video is delivered %s, with a note', (_, bytes, file, more) => {
		expect(judge(bytes, more)).toMatchObject({ note: expect.any(String), ...file });
	});

	it('is refused if its host announces too much', () => {
		const tooMuch = { 'content-length': String(DOWNLOAD_LIMITS.videoBytes + 1) };
		expect(judge(MP4, { headers: tooMuch })).toMatchObject({
			refusal: expect.stringMatching(/larger than/),
			lasting: true,
		});
		expect(judge(MP4, { headers: { 'content-length': '12x' } })).toHaveProperty('mimeType');
	});
});
