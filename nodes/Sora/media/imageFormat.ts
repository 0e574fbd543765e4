/**
 * Type and dimensions of an image, by its content: file names and declared types lie. Pure functions of the
 * bytes. Sources: the PNG specification (chunk layout), ITU T.81 (JPEG markers), Google's WebP container
 * specification, and the brands of ISO/IEC 23008-12 (HEIC, AVIF).
 */
import { invalidInput } from '../gateway/failures';
import { IMAGE_LIMITS } from './limits';

export interface Image {
	mimeType: 'image/jpeg' | 'image/png' | 'image/webp';
	width: number;
	height: number;
	/** Whether the file reaches its own end. */
	whole: boolean;
}

const text = (bytes: Buffer, from: number, to: number) => bytes.toString('latin1', from, to);

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function readPng(bytes: Buffer): Image | undefined {
	if (!bytes.subarray(0, 8).equals(PNG_SIGNATURE) || bytes.length < 24) return undefined;
	return {
		mimeType: 'image/png',
		width: bytes.readUInt32BE(16),
		height: bytes.readUInt32BE(20),
		// The type of the last chunk, and its checksum.
		whole: bytes.subarray(0, -4).includes('IEND', 24, 'latin1'),
	};
}

const isStartOfFrame = (marker: number) =>
	marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

function readJpeg(bytes: Buffer): Image | undefined {
	if (bytes.length < 3 || bytes.readUIntBE(0, 3) !== 0xffd8ff) return undefined;
	let size = { width: 0, height: 0 };
	for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
		const marker = bytes[at + 1] ?? 0;
		if (marker === 0xff) {
			at += 1;
			continue;
		}
		if (isStartOfFrame(marker) && at + 9 <= bytes.length) {
			size = { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
		}
		if (marker === START_OF_SCAN) {
			return { mimeType: 'image/jpeg', ...size, whole: bytes.includes(END_OF_IMAGE, at) };
		}
		at += 2 + bytes.readUInt16BE(at + 2);
	}
	return { mimeType: 'image/jpeg', ...size, whole: false };
}

/** Of the three kinds of WebP, each has its dimensions elsewhere. */
function webpSize(bytes: Buffer): { width: number; height: number } {
	switch (text(bytes, 12, 16)) {
		case 'VP8X':
			return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
		case 'VP8L': {
			const bits = bytes.readUInt32LE(21);
			return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
		}
		case 'VP8 ':
			return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
		default:
			return { width: 0, height: 0 };
	}
}

function readWebp(bytes: Buffer): Image | undefined {
	if (text(bytes, 0, 4) !== 'RIFF' || text(bytes, 8, 12) !== 'WEBP' || bytes.length < 30) {
		return undefined;
	}
	return {
		mimeType: 'image/webp',
		...webpSize(bytes),
		whole: bytes.readUInt32LE(4) + 8 <= bytes.length,
	};
}

/** @returns `undefined` for what is none of the three types that gateways take */
export function readImage(bytes: Buffer): Image | undefined {
	return readPng(bytes) ?? readJpeg(bytes) ?? readWebp(bytes);
}

/** What else it may be, so that the message can say so. */
const OTHERS: ReadonlyArray<[name: string, test: (bytes: Buffer) => boolean]> = [
	['HEIC image', (bytes) => /^ftyp(?:heic|heix|heim|heis|hevc|mif1|msf1)/.test(text(bytes, 4, 12))],
	['AVIF image', (bytes) => /^ftypavi[fs]/.test(text(bytes, 4, 12))],
	['GIF image', (bytes) => /^GIF8[79]a/.test(text(bytes, 0, 6))],
	['TIFF image', (bytes) => /^(?:II\*\0|MM\0\*)/.test(text(bytes, 0, 4))],
	['BMP image', (bytes) => text(bytes, 0, 2) === 'BM'],
	['PDF', (bytes) => text(bytes, 0, 5) === '%PDF-'],
	['video', (bytes) => text(bytes, 4, 8) === 'ftyp' || text(bytes, 0, 4) === '\x1a\x45\xdf\xa3'],
	[
		'SVG drawing',
		(bytes) => /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<svg/i.test(text(bytes, 0, 512)),
	],
	['web page', (bytes) => /^\s*<(?:!doctype|html)/i.test(text(bytes, 0, 512))],
];

/**
 * Judges an image that a video is to start from.
 * @param label how the message names it
 * @throws {SoraFailure} invalid_input for what is outside `IMAGE_LIMITS`
 */
export function checkedImage(bytes: Buffer, label: string): Image {
	if (bytes.length === 0) throw invalidInput(`${label} is empty`);
	const image = readImage(bytes);
	if (!image) {
		const other = OTHERS.find(([, test]) => test(bytes))?.[0];
		throw invalidInput(
			`${label} is ${other ? `a ${other}` : 'no image that can be read'}, and the gateway takes JPEG, PNG and WebP`,
			'Convert it first. Nothing was sent to the gateway.',
		);
	}
	if (!image.whole || !image.width || !image.height) {
		throw invalidInput(
			`${label} is cut off or damaged`,
			'Get the file again, in full, and check that it opens. Nothing was sent to the gateway.',
		);
	}
	const { width, height } = image;
	const { shortestSide, longestSide } = IMAGE_LIMITS;
	if (Math.min(width, height) < shortestSide || Math.max(width, height) > longestSide) {
		throw invalidInput(
			`${label} measures ${width} × ${height} pixels, and each side must have ${shortestSide} to ${longestSide}`,
		);
	}
	return image;
}
