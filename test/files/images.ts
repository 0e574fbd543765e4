/* eslint-disable @n8n/community-nodes/no-restricted-imports -- makes images for tests, never inside n8n */
/** Images generated in any size: valid PNG and JPEG, and the parsed part of WebP. */
import { crc32, deflateSync } from 'node:zlib';

import { seededRandom } from '../simulator/random';
import { chunk } from './clips';

export interface Size {
	width: number;
	height: number;
}

const uint32 = (value: number) => {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
};
const uint16 = (value: number) => uint32(value).subarray(2);

function pngChunk(type: string, ...content: Buffer[]): Buffer {
	const named = Buffer.concat([Buffer.from(type, 'latin1'), ...content]);
	return Buffer.concat([uint32(named.length - 4), named, uint32(crc32(named))]);
}

/** @param noise fills the picture with incompressible data: 3 bytes per pixel */
export function png({ width, height }: Size, noise = false): Buffer {
	const random = seededRandom(width * height);
	// Each row starts with its filter: none.
	const rows = Buffer.from(
		Array.from({ length: height * (1 + width * 3) }, (_, index) => {
			if (index % (1 + width * 3) === 0) return 0;
			return noise ? random() * 256 : 128;
		}),
	);
	return Buffer.concat([
		Buffer.from('89504e470d0a1a0a', 'hex'),
		pngChunk('IHDR', uint32(width), uint32(height), Buffer.from([8, 2, 0, 0, 0])),
		pngChunk('IDAT', deflateSync(rows)),
		pngChunk('IEND'),
	]);
}

const segment = (marker: number, ...content: Buffer[]) => {
	const inside = Buffer.concat(content);
	return Buffer.concat([Buffer.from([0xff, marker]), uint16(inside.length + 2), inside]);
};

/** A grey JPEG: two bits per block of 8 × 8. @param before segments in front of the picture, as cameras write them */
export function jpeg({ width, height }: Size, before: Buffer = Buffer.alloc(0)): Buffer {
	const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
	// Tables with one code, `0`: the difference 0 for DC, the end of the block for AC.
	const code = [1, ...Array<number>(15).fill(0), 0];
	return Buffer.concat([
		Buffer.from('ffd8', 'hex'),
		before,
		segment(0xdb, Buffer.from([0]), Buffer.alloc(64, 16)),
		segment(0xc0, Buffer.from([8]), uint16(height), uint16(width), Buffer.from([1, 1, 0x11, 0])),
		segment(0xc4, Buffer.from([0x00, ...code])),
		segment(0xc4, Buffer.from([0x10, ...code])),
		segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
		Buffer.alloc(Math.ceil(blocks / 4)),
		Buffer.from('ffd9', 'hex'),
	]);
}

/** What a camera writes in front of its picture: a complete thumbnail within its own segment. */
export const cameraPreview = () => exifSegment(jpeg({ width: 160, height: 120 }));

/** Exif data with an orientation: 1 is upright, 6 a quarter turn. */
export function exif(orientation: number, endian: 'LE' | 'BE' = 'BE'): Buffer {
	const bytes = Buffer.from((endian === 'LE' ? 'II' : 'MM') + '\0'.repeat(24));
	const [short, long] = [`writeUInt16${endian}`, `writeUInt32${endian}`] as const;
	bytes[short](42, 2);
	bytes[long](8, 4);
	bytes[short](1, 8);
	// The only entry: its tag, its type (a short), its count.
	bytes[short](0x0112, 10);
	bytes[short](3, 12);
	bytes[long](1, 14);
	bytes[short](orientation, 18);
	return bytes;
}

export const exifSegment = (data: Buffer) => segment(0xe1, Buffer.from('Exif\0\0'), data);

const riff = (...chunks: Buffer[]) => chunk('RIFF', Buffer.from('WEBP', 'latin1'), ...chunks);

/** The header of a lossless WebP, the only part that is read. */
const losslessChunk = ({ width, height }: Size) => {
	const picture = Buffer.alloc(64);
	picture[0] = 0x2f;
	// 14 bits each.
	picture.writeUInt32LE((width - 1) | ((height - 1) << 14), 1);
	return chunk('VP8L', picture);
};

export const webpLossless = (size: Size) => riff(losslessChunk(size));

export function webpExtended(size: Size): Buffer {
	const header = Buffer.alloc(10);
	header.writeUIntLE(size.width - 1, 4, 3);
	header.writeUIntLE(size.height - 1, 7, 3);
	return riff(chunk('VP8X', header), losslessChunk(size));
}

/** The header of a lossy WebP, the only part that is read. */
export function webpLossy({ width, height }: Size): Buffer {
	const frame = Buffer.alloc(64);
	Buffer.from([0x30, 0x01, 0x00, 0x9d, 0x01, 0x2a]).copy(frame);
	frame.writeUInt16LE(width, 6);
	frame.writeUInt16LE(height, 8);
	return riff(chunk('VP8 ', frame));
}

/** The start of files that gateways do not accept as images, by their names in messages. */
export const OTHER_FILES: Readonly<Record<string, Buffer>> = Object.fromEntries(
	Object.entries({
		'a HEIC image': '\0\0\0\x18ftypheic\0\0\0\0mif1heic',
		'an AVIF image': '\0\0\0\x1cftypavif\0\0\0\0avifmif1',
		'a GIF image': 'GIF89a\x40\x00\x40\x00\x80\x00\x00',
		'a TIFF image': 'II*\0\x08\0\0\0\0\0',
		'a BMP image': `BM${'\0'.repeat(12)}\x28\0\0\0`,
		'a Photoshop image': '8BPS\0\x01',
		'a PDF': '%PDF-1.7\n%âãÏÓ\n',
		'an MP4 video': '\0\0\0\x18ftypmp42\0\0\0\0mp42isom',
		'an SVG drawing': '<?xml version="1.0"?>\n<!-- x -->\n<svg/>',
		'a web page': '<!doctype html><title>Sign in</title>',
	}).map(([kind, beginning]) => [kind, Buffer.from(beginning, 'latin1')]),
);
