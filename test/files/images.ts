/* eslint-disable @n8n/community-nodes/no-restricted-imports -- makes images for tests, never inside n8n */
/** Images made on the fly in any size: PNG and JPEG that decoders open, and of WebP what is read of it. */
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

function pngChunk(type: string, content: Buffer): Buffer {
	const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
	return Buffer.concat([uint32(content.length), named, uint32(crc32(named))]);
}

/** @param noise fills the picture with what cannot be compressed: 3 bytes a pixel */
export function png({ width, height }: Size, noise = false): Buffer {
	const random = seededRandom(width * height);
	const row = () =>
		Buffer.concat([
			Buffer.from([0]),
			Buffer.from(Array.from({ length: width * 3 }, () => (noise ? random() * 256 : 128))),
		]);
	const rows = Buffer.concat(Array.from({ length: height }, row));
	return Buffer.concat([
		Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
		pngChunk('IHDR', Buffer.concat([uint32(width), uint32(height), Buffer.from([8, 2, 0, 0, 0])])),
		pngChunk('IDAT', deflateSync(rows)),
		pngChunk('IEND', Buffer.alloc(0)),
	]);
}

const jpegSegment = (marker: number, content: Buffer) =>
	Buffer.concat([Buffer.from([0xff, marker]), uint16(content.length + 2), content]);

/** A table of one code, `0`: the difference 0 for DC, the end of the block for AC. */
const oneCode = (tableClass: number) =>
	Buffer.concat([
		Buffer.from([tableClass << 4]),
		Buffer.from([1, ...Array<number>(15).fill(0)]),
		Buffer.from([0]),
	]);

/** A grey JPEG: two bits for each block of 8 × 8. @param before segments in front of the picture, as cameras put them */
export function jpeg({ width, height }: Size, before: Buffer = Buffer.alloc(0)): Buffer {
	const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
	return Buffer.concat([
		Buffer.from([0xff, 0xd8]),
		before,
		jpegSegment(0xdb, Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 16)])),
		jpegSegment(
			0xc0,
			Buffer.concat([
				Buffer.from([8]),
				uint16(height),
				uint16(width),
				Buffer.from([1, 1, 0x11, 0]),
			]),
		),
		jpegSegment(0xc4, oneCode(0)),
		jpegSegment(0xc4, oneCode(1)),
		jpegSegment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
		Buffer.alloc(Math.ceil(blocks / 4)),
		Buffer.from([0xff, 0xd9]),
	]);
}

/** What a camera writes in front of its picture: a small one, whole, within a segment of its own. */
export const cameraPreview = () =>
	jpegSegment(
		0xe1,
		Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), jpeg({ width: 160, height: 120 })]),
	);

const riff = (...chunks: Buffer[]) => chunk('RIFF', Buffer.from('WEBP', 'latin1'), ...chunks);

/** The head of a lossless WebP, which is all that is read of it. */
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

/** The head of a lossy WebP, which is all that is read of it. */
export function webpLossy({ width, height }: Size): Buffer {
	const frame = Buffer.alloc(64);
	Buffer.from([0x30, 0x01, 0x00, 0x9d, 0x01, 0x2a]).copy(frame);
	frame.writeUInt16LE(width, 6);
	frame.writeUInt16LE(height, 8);
	return riff(chunk('VP8 ', frame));
}

/** Beginnings of files that gateways do not take as images, by what a message calls them. */
export const OTHER_FILES: Readonly<Record<string, Buffer>> = {
	'a HEIC image': Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'),
	'an AVIF image': Buffer.from('\0\0\0\x1cftypavif\0\0\0\0avifmif1', 'latin1'),
	'a GIF image': Buffer.from('GIF89a\x40\x00\x40\x00\x80\x00\x00', 'latin1'),
	'a TIFF image': Buffer.from('II*\0\x08\0\0\0\0\0', 'latin1'),
	'a BMP image': Buffer.from(`BM${'\0'.repeat(12)}\x28\0\0\0`, 'latin1'),
	'a Photoshop image': Buffer.from('8BPS\0\x01', 'latin1'),
	'a PDF': Buffer.from('%PDF-1.7\n%âãÏÓ\n', 'latin1'),
	'an MP4 video': Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1'),
	'an SVG drawing': Buffer.from(
		'<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">\n<svg/>',
	),
	'a web page': Buffer.from('<!doctype html><title>Sign in</title>'),
};
