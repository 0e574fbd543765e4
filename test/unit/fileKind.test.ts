import fc from 'fast-check';

import {
	extensionOf,
	FILE_HEAD_BYTES,
	FILE_KINDS,
	fileKind,
	sentAs,
} from '../../nodes/Sora/media/fileKind';
import { box } from '../files/clips';
import { FIXTURES, fixture } from '../files/fixtures';

const nameOf = (bytes: Buffer | string) =>
	fileKind(typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes)?.name;
const bytes = (latin1: string) => Buffer.from(latin1, 'latin1');
const ftyp = (...brands: string[]) => {
	const [first = '', ...others] = brands;
	return box('ftyp', bytes(`${first}\0\0\0\0${others.join('')}`));
};

describe('the kind of a file, detected by its first bytes', () => {
	it.each(FIXTURES)('is the one that ffmpeg or ImageMagick was asked to make: %s', (name) => {
		const ending = extensionOf(name).replace(/^m2t$/, 'm2ts');
		const isUnknown = ['flac', 'ico', 'jp2', 'jxl'].includes(ending);
		const endings = isUnknown ? undefined : expect.arrayContaining([ending]);
		expect(fileKind(fixture(name))?.extensions).toEqual(endings);
	});

	it.each<[string | undefined, Buffer | string]>([
		['an MP4 video', ftyp('isom', 'avc1')],
		['an MP4 video', Buffer.concat([box('pdin', Buffer.alloc(9_000)), ftyp('mp42')])],
		['an MP4 video', Buffer.concat([box('styp', bytes('msdh')), box('moof')])],
		['a MOV video', Buffer.concat([box('wide'), box('mdat', Buffer.alloc(10))])],
		['a MOV video', Buffer.concat([box('XtRa', Buffer.alloc(20)), box('moov')])],
		['an MP4 video', ftyp('3g2a')],
		['a HEIC image', ftyp('mif1', 'mif1', 'heic')],
		['a HEIC image', ftyp('hevc', 'msf1')],
		['an AVIF image', ftyp('mif1', 'avif')],
		['an AVIF image', box('ftyp', bytes('mif3avif'))],
		['a HEIC image', box('ftyp', bytes('mif3heic'))],
		['an M4A sound file', ftyp('M4B ', 'mp42')],
		[undefined, ftyp('crx ', 'isom')],
		['a Matroska video', bytes('\x1a\x45\xdf\xa3')],
		['a PDF', '%PDF-1.7\n'],
		['a ZIP archive', bytes('PK\x03\x04\x14\0')],
		['an MP3 sound file', bytes('ID3\x04\0\0\0\0\x7f\x7f')],
		['an SVG drawing', '\ufeff<?xml version="1.0"?>\n<!-- a > b -->\r\n<svg width="1"/>'],
		['an SVG drawing', '<!DOCTYPE x [ <!ENTITY a "b"> ]> <svg:svg xmlns:svg="y">'],
		['a web page', '<!doctype html><title>Sign in</title>'],
		['a web page', '\n<!-- x --><HTML lang="en"><svg/>'],
		['an XML document', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
		['JSON', ' {"error": "not found"}'],
		['JSON', '[\n{"a": 1}]'],
		['a list of video pieces (HLS)', '#EXTM3U\n#EXTINF:4.0,\na.ts\n'],
		['base64 text', fixture('photo.jpg').toString('base64')],
		['base64 text', `data:image/png;base64,${fixture('photo.png').toString('base64')}`],
		['base64 text', fixture('plain.mp4').toString('base64').replace(/.{76}/g, '$&\r\n')],
		['plain text', 'BMW, GIF8 and II*: free of charge, as the mdat said'],
		['plain text', 'Go. free wide moov'],
		['plain text', '照片在这里'],
		['plain text', '[2026-11-25 10:00] it works'],
		['plain text', bytes('Gr\xfc\xdfe aus einer \xe4lteren Datei, die niemand mehr umwandelt')],
		[undefined, fixture('plain.mp4').toString('utf8')],
		[undefined, fixture('lossy.webp').toString('utf8')],
		[undefined, Buffer.alloc(0)],
		[undefined, Buffer.alloc(5_000)],
		[undefined, bytes('\x9c\x01\xe2\x7f\0\x13\x88\xb1\x04\xd7\xee\x90')],
		[undefined, box('XtRa', Buffer.alloc(9_000))],
	])('is read from its signature: %s', (name, content) => {
		expect(nameOf(content)).toBe(name);
	});

	it('is one of the documented kinds, and depends only on the head', () => {
		const heads = FIXTURES.map((name) => fixture(name).subarray(0, 64));
		fc.assert(
			fc.property(
				fc.constantFrom(Buffer.alloc(0), ...heads),
				fc.nat(64),
				fc.uint8Array({ maxLength: 300 }),
				(head, cut, rest) => {
					const content = Buffer.concat([head.subarray(0, cut), rest]);
					const kind = fileKind(content);
					if (kind) expect(FILE_KINDS).toContain(kind);
					const filled = Buffer.concat([content, Buffer.alloc(FILE_HEAD_BYTES)]);
					const whole = filled.subarray(0, FILE_HEAD_BYTES);
					expect(fileKind(Buffer.concat([whole, rest]))).toBe(fileKind(whole));
				},
			),
		);
	});
});

describe('the name and type under which a file is sent', () => {
	const OCTETS = 'application/octet-stream';
	const named = (name: string, mimeType: string, content: Buffer) =>
		sentAs({ name, mimeType }, fileKind(content));

	it.each<[string, string, string, string, string]>([
		['IMG_1.HEIC', 'image/heic', 'photo.jpg', 'IMG_1.jpg', 'image/jpeg'],
		['IMG_1.JPG', 'image/jpg', 'photo.jpg', 'IMG_1.JPG', 'image/jpeg'],
		['image-1', OCTETS, 'photo.png', 'image-1.png', 'image/png'],
		['clip.mp4', 'video/mp4', 'plain.webm', 'clip.webm', 'video/webm'],
		['clip.mp4', 'video/mp4', 'plain.mov', 'clip.mov', 'video/quicktime'],
		['clip.m4v', 'video/x-m4v', 'plain.mp4', 'clip.m4v', 'video/mp4'],
		['clip.mp4', 'video/3gpp', 'plain.3gp', 'clip.mp4', 'video/mp4'],
		['clip.3gp', 'video/3gpp', 'plain.3gp', 'clip.3gp', 'video/mp4'],
		['clip', OCTETS, 'plain.3gp', 'clip.mp4', 'video/mp4'],
		['Küche v1.2', OCTETS, 'photo.jpg', 'Küche v1.2.jpg', 'image/jpeg'],
		['.png', OCTETS, 'photo.png', 'file.png', 'image/png'],
		['photo . .', OCTETS, 'photo.jpg', 'photo.jpg', 'image/jpeg'],
		['..', OCTETS, 'photo.jpg', 'file.jpg', 'image/jpeg'],
		['a.b.c.gif', 'image/gif', 'photo.png', 'a.b.c.png', 'image/png'],
		['voice.m4a', 'audio/x-m4a', 'sound.mp4', 'voice.m4a', 'audio/mp4'],
		['voice', 'audio/webm', 'plain.webm', 'voice.webm', 'audio/webm'],
		['raw.dng', 'image/x-adobe-dng', 'photo.tif', 'raw.dng', 'image/x-adobe-dng'],
		['scan', OCTETS, 'photo.tif', 'scan.tif', 'image/tiff'],
		// Content that may be many things leaves a name and a type as they are.
		['заметка.txt', 'text/plain', 'Any file at all', 'заметка.txt', 'text/plain'],
		['letter.docx', 'application/vnd.docx', 'PK\x03\x04', 'letter.docx', 'application/vnd.docx'],
		['letter.docx', OCTETS, 'PK\x03\x04', 'letter.docx', 'application/zip'],
		['data', OCTETS, '{"a":1}', 'data.json', 'application/json'],
		['model.glb', 'model/gltf', '\x9c\x01\0\x13\x88', 'model.glb', 'model/gltf'],
	])('%s, said to be %s, with the content of %s', (name, mimeType, content, as, type) => {
		const file = FIXTURES.includes(content) ? fixture(content) : bytes(content);
		expect(named(name, mimeType, file)).toEqual({ name: as, mimeType: type });
	});

	it('is short enough for any host, and keeps its extension', () => {
		const { name } = named(`${'😀'.repeat(400)}.mp4`, OCTETS, fixture('plain.mp4'));
		expect(name).toBe(`${'😀'.repeat(150)}.mp4`);
	});

	it('never contradicts recognised content, and is unchanged when applied twice', () => {
		fc.assert(
			fc.property(fc.string(), fc.string(), fc.constantFrom(...FILE_KINDS), (name, type, kind) => {
				const sent = sentAs({ name, mimeType: type }, kind);
				expect(sentAs(sent, kind).name).toBe(sent.name);
				if (kind.isGeneric) return;
				expect(kind.extensions).toContain(extensionOf(sent.name).toLowerCase());
				expect([kind.mimeType, kind.mimeType.replace('video', 'audio')]).toContain(sent.mimeType);
			}),
		);
	});
});
