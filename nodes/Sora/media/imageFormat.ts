/**
 * Type and dimensions of an image, by its content: file names and declared types lie. Pure functions of the
 * bytes. Sources: the PNG specification (chunk layout), ITU T.81 (JPEG markers), and Google's WebP container
 * specification.
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
	mimeType: 'image/jpeg' | 'image/png' | 'image/webp';
	/** Whether the file reaches its own end; `undefined` where that is not known. */
	whole?: boolean;
}

const text = (bytes: Buffer, from: number, to: number) => bytes.toString('latin1', from, to);

const NO_SIZE: Size = { width: 0, height: 0 };
const PNG_HEADER_END = 24;

/** Its size stands in the first chunk; of the others only the last is looked for. */
const readPng = (bytes: Buffer): Image => ({
	mimeType: 'image/png',
	...(bytes.length >= PNG_HEADER_END && text(bytes, 12, 16) === 'IHDR'
		? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
		: NO_SIZE),
	// The type of the last chunk, and its checksum.
	whole: bytes.subarray(0, -4).includes('IEND', PNG_HEADER_END, 'latin1'),
});

const isStartOfFrame = (marker: number) =>
	(marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const END_MARKER = Buffer.from([0xff, END_OF_IMAGE]);
/** The height may come behind the first lines of the picture; then 0 stands in front. */
const NUMBER_OF_LINES = Buffer.from([0xff, 0xdc]);

/** Below are none that decoders know: bytes that look like one. */
const FIRST_SEGMENT = 0xc0;
/** Markers without content: those that restart decoding, and another start of the image. */
const isBare = (marker: number) => marker >= 0xd0 && marker <= 0xd8;

/** Follows the segments up to the picture itself. Between them decoders pass over whatever is no marker. */
function readJpeg(bytes: Buffer): Image {
	const mimeType = 'image/jpeg';
	const budget = new Budget(IMAGE_LIMITS.parts);
	let size = NO_SIZE;
	let at = 2;
	while (budget.take()) {
		at = bytes.indexOf(0xff, at);
		if (at < 0) return { mimeType, ...size, whole: false };
		const marker = bytes[at + 1] ?? 0;
		if (marker === END_OF_IMAGE) return { mimeType, ...size, whole: false };
		if (marker === START_OF_SCAN) {
			const isLater = size.height === 0 && bytes.includes(NUMBER_OF_LINES, at);
			const height = isLater ? undefined : size.height;
			return { mimeType, ...size, height, whole: bytes.includes(END_MARKER, at) };
		}
		if (isStartOfFrame(marker) && at + 9 <= bytes.length) {
			size = { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
		}
		at = afterSegment(bytes, at, marker);
	}
	return { mimeType };
}

/** A marker may be filled up in front with any number of its first byte; with a 0 behind it, it is none. */
function afterSegment(bytes: Buffer, at: number, marker: number): number {
	if (marker === 0xff) return at + 1;
	if (marker < FIRST_SEGMENT || isBare(marker) || at + 4 > bytes.length) return at + 2;
	return at + 2 + Math.max(2, bytes.readUInt16BE(at + 2));
}

const CHUNK_HEADER = 8;
const WEBP_START = 12;

/** The chunk that the size stands in is the first one, unless a program put its own in front. */
function webpSize(bytes: Buffer): Size {
	const budget = new Budget(IMAGE_LIMITS.parts);
	for (let at = WEBP_START; budget.take(); ) {
		if (at + CHUNK_HEADER > bytes.length) return NO_SIZE;
		const content = bytes.subarray(at + CHUNK_HEADER);
		const size = sizeInChunk(text(bytes, at, at + 4), content);
		if (size) return size;
		const length = bytes.readUInt32LE(at + 4);
		at += CHUNK_HEADER + length + (length % 2);
	}
	return {};
}

/** Of the three kinds of WebP, each has its dimensions elsewhere. */
function sizeInChunk(type: string, content: Buffer): Size | undefined {
	const isThere = content.length >= 10;
	switch (type) {
		case 'VP8X':
			return isThere
				? { width: content.readUIntLE(4, 3) + 1, height: content.readUIntLE(7, 3) + 1 }
				: NO_SIZE;
		case 'VP8L': {
			const bits = isThere ? content.readUInt32LE(1) : undefined;
			return bits === undefined
				? NO_SIZE
				: { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
		}
		case 'VP8 ':
			return isThere
				? { width: content.readUInt16LE(6) & 0x3fff, height: content.readUInt16LE(8) & 0x3fff }
				: NO_SIZE;
		default:
			return undefined;
	}
}

const readWebp = (bytes: Buffer): Image => ({
	mimeType: 'image/webp',
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

const readKind = (bytes: Buffer, kind: FileKind | undefined) =>
	kind && isImageKind(kind) ? READERS[kind.mimeType]?.(bytes) : undefined;

/** @returns `undefined` for what is none of the three types that gateways take */
export function readImage(bytes: Buffer): Image | undefined {
	return readKind(bytes, fileKind(bytes));
}

/**
 * Judges an image that a video is to start from. What is not known of it is left to the gateway.
 * @param label how the message names it
 * @throws {SoraFailure} invalid_input for what is outside `IMAGE_LIMITS`
 */
export function checkedImage(bytes: Buffer, label: string): Image {
	if (bytes.length === 0) throw invalidInput(`${label} is empty`);
	const kind = fileKind(bytes);
	const image = readKind(bytes, kind);
	if (!image) throw noImage(label, kind);
	const { width, height, whole } = image;
	if (whole === false || width === 0 || height === 0) {
		throw invalidInput(
			`${label} is cut off or damaged`,
			'Get the file again, in full, and check that it opens. Nothing was sent to the gateway.',
		);
	}
	if (width === undefined || height === undefined) return image;
	const { shortestSide, longestSide } = IMAGE_LIMITS;
	if (Math.min(width, height) < shortestSide || Math.max(width, height) > longestSide) {
		throw invalidInput(
			`${label} measures ${width} × ${height} pixels, and each side must have ${shortestSide} to ${longestSide}`,
		);
	}
	return image;
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
		`${advice} Nothing was sent to the gateway.`,
	);
}
