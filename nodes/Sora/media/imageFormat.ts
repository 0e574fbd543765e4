/**
 * Type and dimensions of an image, by its content: file names and declared types lie. Pure functions of the
 * bytes. Sources: the PNG specification (chunk layout), ITU T.81 (JPEG markers), Exif 2.3 (orientation), and Google's
 * WebP container specification.
 */
import { invalidInput } from '../gateway/failures';
import { Budget } from './budget';
import { fileKind, type FileKind } from './fileKind';
import { IMAGE_LIMITS } from './fileLimits';

/** 0 where the file ends before they come; `undefined` where they are not known. */
interface Size {
	width?: number;
	height?: number;
}

export interface Image extends Size {
	/** Whether the file reaches its own end; `undefined` where that is not known. */
	whole?: boolean;
	/** Its lines are stored turned or mirrored: programs that follow its Exif orientation show it upright. */
	isTurned?: true;
}

const text = (bytes: Buffer, from: number, to: number) => bytes.toString('latin1', from, to);

const NO_SIZE: Size = { width: 0, height: 0 };
const PNG_SIGNATURE = 8;
const PNG_HEADER_END = 24;
/** The length of a chunk, its type and its checksum. */
const PNG_CHUNK = 12;

/** Its size stands in the first chunk; the lengths of all of them must lead to the last one. */
function readPng(bytes: Buffer): Image {
	const hasSize = bytes.length >= PNG_HEADER_END && text(bytes, 12, 16) === 'IHDR';
	const size = hasSize
		? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
		: NO_SIZE;
	const budget = new Budget(IMAGE_LIMITS.parts);
	for (let at = PNG_SIGNATURE; at + PNG_CHUNK <= bytes.length; ) {
		if (!budget.take()) return size;
		if (text(bytes, at + 4, at + 8) === 'IEND') return { ...size, whole: true };
		at += PNG_CHUNK + bytes.readUInt32BE(at);
	}
	return { ...size, whole: false };
}

const isStartOfFrame = (marker: number) =>
	(marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const APP1 = 0xe1;
const END_MARKER = Buffer.from([0xff, END_OF_IMAGE]);
/** The height may come behind the first lines of the picture; then 0 stands in front. */
const NUMBER_OF_LINES = Buffer.from([0xff, 0xdc]);

/** Below are none that decoders know: bytes that look like one. */
const FIRST_SEGMENT = 0xc0;
/** Markers without content: those that restart decoding, and another start of the image. */
const isBare = (marker: number) => marker >= 0xd0 && marker <= 0xd8;

/** Follows the segments up to the picture itself. Between them decoders pass over whatever is no marker. */
function readJpeg(bytes: Buffer): Image {
	const budget = new Budget(IMAGE_LIMITS.parts);
	let image: Image = NO_SIZE;
	let at = 2;
	while (budget.take()) {
		at = bytes.indexOf(0xff, at);
		const marker = bytes[at + 1] ?? 0;
		if (at < 0 || marker === END_OF_IMAGE) return { ...image, whole: false };
		if (marker === START_OF_SCAN) {
			const isLater = image.height === 0 && bytes.includes(NUMBER_OF_LINES, at);
			const height = isLater ? undefined : image.height;
			return { ...image, height, whole: bytes.includes(END_MARKER, at) };
		}
		if (isStartOfFrame(marker) && at + 9 <= bytes.length) {
			const [height, width] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)];
			image = { ...image, height, width };
		}
		if (marker === APP1 && isTurnedBy(bytes.subarray(at + 4))) image = { ...image, isTurned: true };
		at = afterSegment(bytes, at, marker);
	}
	return {};
}

/** A marker may be filled up in front with any number of its first byte; with a 0 behind it, it is none. */
function afterSegment(bytes: Buffer, at: number, marker: number): number {
	if (marker === 0xff) return at + 1;
	if (marker < FIRST_SEGMENT || isBare(marker) || at + 4 > bytes.length) return at + 2;
	return at + 2 + Math.max(2, bytes.readUInt16BE(at + 2));
}

const EXIF = 'Exif\0\0';
const ORIENTATION = 0x0112;
/** Entries of a directory: cameras write some ten. */
const MOST_ENTRIES = 256;

/** @param segment the content of an APP1: after its name a TIFF header, which leads to the first directory */
function isTurnedBy(segment: Buffer): boolean {
	if (text(segment, 0, EXIF.length) !== EXIF) return false;
	const tiff = segment.subarray(EXIF.length, 65_536);
	const isLittle = text(tiff, 0, 2) === 'II';
	const number = (at: number, length: 2 | 4) => {
		if (at + length > tiff.length) return 0;
		return isLittle ? tiff.readUIntLE(at, length) : tiff.readUIntBE(at, length);
	};
	const directory = number(4, 4);
	const count = Math.min(MOST_ENTRIES, number(directory, 2));
	for (let at = directory + 2; at < directory + 2 + count * 12; at += 12) {
		if (number(at, 2) === ORIENTATION) return number(at + 8, 2) > 1 && number(at + 8, 2) <= 8;
	}
	return false;
}

const CHUNK_HEADER = 8;
const WEBP_START = 12;

/** The chunk that the size stands in is the first one, unless a program put its own in front. */
function webpSize(bytes: Buffer): Size {
	const budget = new Budget(IMAGE_LIMITS.parts);
	for (let at = WEBP_START; budget.take(); ) {
		if (at + CHUNK_HEADER > bytes.length) return NO_SIZE;
		const size = sizeInChunk(text(bytes, at, at + 4), bytes.subarray(at + CHUNK_HEADER));
		if (size) return size;
		const length = bytes.readUInt32LE(at + 4);
		at += CHUNK_HEADER + length + (length % 2);
	}
	return {};
}

/** Of the three kinds of WebP, each has its dimensions elsewhere. */
function sizeInChunk(type: string, content: Buffer): Size | undefined {
	if (!['VP8X', 'VP8L', 'VP8 '].includes(type)) return undefined;
	if (content.length < 10) return NO_SIZE;
	if (type === 'VP8X') {
		return { width: content.readUIntLE(4, 3) + 1, height: content.readUIntLE(7, 3) + 1 };
	}
	if (type === 'VP8L') {
		const bits = content.readUInt32LE(1);
		return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
	}
	return { width: content.readUInt16LE(6) & 0x3fff, height: content.readUInt16LE(8) & 0x3fff };
}

const readWebp = (bytes: Buffer): Image => ({
	...webpSize(bytes),
	whole: bytes.readUInt32LE(4) + 8 <= bytes.length,
});

const READERS: Readonly<Record<string, (bytes: Buffer) => Image>> = {
	'image/jpeg': readJpeg,
	'image/png': readPng,
	'image/webp': readWebp,
};

/** The kinds of image that gateways take. */
export const isImageKind = (kind: FileKind) => Object.hasOwn(READERS, kind.mimeType);

/** @returns `undefined` for what is none of the three types that gateways take */
export const readImage = (bytes: Buffer, kind = fileKind(bytes)): Image | undefined =>
	kind && isImageKind(kind) ? READERS[kind.mimeType]?.(bytes) : undefined;

/**
 * Judges an image that a video is to start from. What is not known of it is left to the gateway.
 * @param label how the message names it
 * @throws {SoraFailure} invalid_input for what is outside `IMAGE_LIMITS`
 */
export function checkedImage(bytes: Buffer, label: string): Image & { kind?: FileKind } {
	if (bytes.length === 0) throw invalidInput(`${label} is empty`);
	const kind = fileKind(bytes);
	const image = readImage(bytes, kind);
	if (!image) throw noImage(label, kind);
	const { width, height, whole } = image;
	if (whole === false || width === 0 || height === 0) {
		throw invalidInput(
			`${label} is cut off or damaged`,
			'Get the file again, in full, and check that it opens.',
		);
	}
	const { shortestSide, longestSide } = IMAGE_LIMITS;
	const [shorter, longer] = [
		Math.min(width ?? 1e9, height ?? 1e9),
		Math.max(width ?? 0, height ?? 0),
	];
	if (shorter < shortestSide || longer > longestSide) {
		throw invalidInput(
			`${label} measures ${width ?? '?'} × ${height ?? '?'} pixels, and each side must have ${shortestSide} to ${longestSide}`,
		);
	}
	return { ...image, kind };
}

const CONVERT =
	'Convert it to JPEG or PNG first, for example with the Edit Image node, whose option "Format" does it.';
const ADVICE_BY_TYPE: Readonly<Record<string, string>> = {
	'image/heic':
		'To have JPEG from an iPhone, set Settings > Camera > Formats to "Most Compatible", or share or export the photo as JPEG. In n8n, the Edit Image node converts it with its option "Format" set to jpeg, where the GraphicsMagick of the server knows HEIC; where it does not, call a conversion service with the HTTP Request node.',
	'text/plain':
		'The field must hold the picture itself: where an answer has it as base64, the Convert to File node ("Move Base64 String to File") makes a file of it.',
};
const ADVICE_BY_FAMILY: Partial<Record<FileKind['family'], string>> = {
	image: CONVERT,
	video: 'Take a picture out of the video first, as JPEG or PNG.',
	text: 'Check the node that got it: this is an answer in text, not the picture.',
};

function noImage(label: string, kind: FileKind | undefined) {
	const what = kind ? kind.name : 'no image that can be read';
	const isText = kind?.family === 'text';
	const advice =
		(kind && (ADVICE_BY_TYPE[kind.mimeType] ?? ADVICE_BY_FAMILY[kind.family])) ??
		'Use a JPEG, PNG or WebP file.';
	return invalidInput(
		`${label} is ${what}${isText ? ', no image' : ''}, and the gateway takes JPEG, PNG and WebP`,
		`${advice}`,
	);
}
