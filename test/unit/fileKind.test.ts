import fc from 'fast-check';

import {
	FILE_HEAD_BYTES,
	FILE_KINDS,
	fileKind,
	kindInBase64,
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

/** What ffmpeg and ImageMagick say they made, by the ending that they were asked for. */
const MADE: Readonly<Record<string, string>> = {
	'3gp': 'a 3GP video',
	avi: 'an AVI video',
	avif: 'an AVIF image',
	bmp: 'a BMP image',
	flac: 'a FLAC sound file',
	flv: 'an FLV video',
	gif: 'a GIF image',
	heic: 'a HEIC image',
	ico: 'an icon',
	jp2: 'a JPEG 2000 image',
	jpg: 'a JPEG image',
	jxl: 'a JPEG XL image',
	m2ts: 'an MPEG-TS video',
	m4a: 'an M4A sound file',
	mkv: 'a Matroska video',
	mov: 'a MOV video',
	mp3: 'an MP3 sound file',
	mp4: 'an MP4 video',
	mpg: 'an MPEG video',
	ogg: 'an Ogg sound file',
	ogv: 'an OGV video',
	png: 'a PNG image',
	psd: 'a Photoshop image',
	tif: 'a TIFF image',
	m2t: 'an MPEG-TS video',
	wav: 'a WAV sound file',
	webm: 'a WebM video',
	webp: 'a WebP image',
	wmv: 'a WMV video',
};

describe('the kind of a file, by its first bytes', () => {
	it.each(FIXTURES)('is told of %s', (name) => {
		expect(nameOf(fixture(name))).toBe(MADE[name.split('.').pop() ?? '']);
	});

	it.each<[string, Buffer | string]>([
		['an MP4 video', ftyp('isom', 'avc1')],
		['an MP4 video', ftyp('M4V ', 'mp42')],
		['an MP4 video', Buffer.concat([box('free'), ftyp('mp42')])],
		['an MP4 video', Buffer.concat([box('pdin', Buffer.alloc(9_000)), ftyp('mp42')])],
		['an MP4 video', Buffer.concat([box('styp', bytes('msdh')), box('moof')])],
		['a MOV video', Buffer.concat([box('wide'), box('mdat', Buffer.alloc(10))])],
		['a MOV video', box('moov', box('mvhd'))],
		['a MOV video', Buffer.concat([box('PICT', Buffer.alloc(20)), box('moov')])],
		['a MOV video', Buffer.concat([box('XtRa', Buffer.alloc(20)), box('moov')])],
		['a 3GP video', ftyp('3g2a')],
		['a HEIC image', ftyp('mif1', 'mif1', 'heic')],
		['a HEIC image', ftyp('hevc', 'msf1')],
		['an AVIF image', ftyp('mif1', 'avif')],
		['an AVIF image', ftyp('avis', 'msf1')],
		['a Canon raw image', ftyp('crx ', 'isom')],
		['an M4A sound file', ftyp('M4B ', 'mp42')],
		['a WebM video', bytes('\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm\x42\x87')],
		['a Matroska video', bytes('\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska')],
		['a Matroska video', bytes('\x1a\x45\xdf\xa3')],
		['a JPEG XL image', bytes('\xff\x0a\x10')],
		['a JPEG XL image', bytes('\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ')],
		['a JPEG 2000 image', bytes('\xff\x4f\xff\x51\0')],
		['a CgBI PNG for Apple devices', bytes('\x89PNG\r\n\x1a\n\0\0\0\x04CgBIP\0 \x02')],
		['a TIFF image', bytes('MM\0*\0\0\0\x08')],
		['an MPEG-TS video', Buffer.concat(Array(4).fill(bytes('G'.padEnd(204, '\xff'))))],
		['a PDF', '%PDF-1.7\n'],
		['a ZIP archive', bytes('PK\x03\x04\x14\0')],
		['a gzip archive', bytes('\x1f\x8b\x08\0')],
		['an MP3 sound file', bytes('ID3\x04\0\0')],
		['an AAC sound file', bytes('\xff\xf1\x50\x80\x01\x1f\xfc\0\xff\xf1\x50\x80\x01\x1f\xfc')],
		['an SVG drawing', '\ufeff<?xml version="1.0"?>\n<!-- a > b -->\r\n<svg width="1"/>'],
		['an SVG drawing', '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" [ <!ENTITY a "b"> ]><x>'],
		['an SVG drawing', '<!DOCTYPE x [ <!ENTITY a "b"> ]> <svg:svg xmlns:svg="y">'],
		['an SVG drawing', `<!--${'-'.repeat(3_000)}--><?a b?><SVG>`],
		['a web page', '<!doctype html><title>Sign in</title>'],
		['a web page', '\n<!-- x --><HTML lang="en">'],
		['an XML document', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
		['an XML document', '<note/>'],
		['JSON', ' {"error": "not found"}'],
		['JSON', '[\n{"a": 1}]'],
		['a list of video pieces (HLS)', '#EXTM3U\n#EXTINF:4.0,\na.ts\n'],
		['base64 text', fixture('photo.jpg').toString('base64')],
		['base64 text', `data:image/png;base64,${fixture('photo.png').toString('base64')}`],
		['base64 text', fixture('plain.mp4').toString('base64').replace(/.{76}/g, '$&\r\n')],
		['plain text', 'BMW, GIF8 and II*: free of charge, as the mdat said'],
		['plain text', 'Go. free wide moov'],
		['plain text', 'https://example.com/a.png'],
		['plain text', '照片在这里'],
		['plain text', 'x'],
		['plain text', '[2026-11-25 10:00] it works'],
		['plain text', bytes('Gr\xfc\xdfe aus einer \xe4lteren Datei, die niemand mehr umwandelt')],
		['plain text', bytes('\xff\xfeH\0i\0')],
		['plain text', bytes('\xfe\xff\0H\0i')],
	])('is told from its signature: %s', (name, content) => {
		expect(nameOf(content)).toBe(name);
	});

	it.each<[string, Buffer]>([
		['nothing', Buffer.alloc(0)],
		['zeros', Buffer.alloc(5_000)],
		['noise', bytes('\x9c\x01\xe2\x7f\0\x13\x88\xb1\x04\xd7\xee\x90')],
		['a box that no one knows', box('XtRa', Buffer.alloc(9_000))],
	])('is not guessed of %s', (_, content) => {
		expect(fileKind(content)).toBeUndefined();
	});

	it('is one of those that the documentation lists, of any bytes, and no more than the head is read', () => {
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
					const head4 = Buffer.concat([content, Buffer.alloc(FILE_HEAD_BYTES)]);
					const more = Buffer.concat([head4.subarray(0, FILE_HEAD_BYTES), Buffer.from(rest)]);
					expect(fileKind(more)).toBe(fileKind(head4.subarray(0, FILE_HEAD_BYTES)));
				},
			),
		);
	});

	it('has a name that reads well in a sentence, a type, and an ending of its own', () => {
		for (const { name, mimeType, extension, otherExtensions = [] } of FILE_KINDS) {
			expect(name).toMatch(/^(?:a [^aeio]|an (?:[AEMOXaeiou]|FLV|SVG)|JSON|base64|plain)/);
			expect(mimeType).toMatch(/^[a-z]+\/[a-z0-9.+-]+$/);
			expect([extension, ...otherExtensions].join()).toMatch(/^[a-z0-9,-]+$/);
		}
	});

	it('is told of what a base64 text stands for', () => {
		expect(kindInBase64(fixture('photo.heic').toString('base64'))?.name).toBe('a HEIC image');
		expect(kindInBase64('An ordinary sentence, no file at all.')).toBeUndefined();
	});
});
