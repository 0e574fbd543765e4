/** Image dimensions by content. Pure. Sources: PNG, ITU T.81 (JPEG), Google's WebP container. */
import { invalidInput } from '../gateway/failures';
import { isPage, type FileKind } from './fileKind';
import { IMAGE_LIMITS } from './fileLimits';

/** 0 if the file ends before the dimensions. */
export interface Image {
	width: number;
	/** `undefined` if it comes after the first lines of the picture. */
	height?: number;
	/** Whether the file is complete. */
	whole: boolean;
}

const text = (bytes: Buffer, from: number, to: number) => bytes.toString('latin1', from, to);

/** The first chunk has the size; the lengths of all chunks must lead to the last one. */
function readPng(bytes: Buffer): Image {
	const hasSize = bytes.length >= 24 && text(bytes, 12, 16) === 'IHDR';
	const [width, height] = hasSize ? [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] : [0, 0];
	let at = 8;
	// A chunk is its length, its type, its content and a checksum.
	while (at + 12 <= bytes.length && text(bytes, at + 4, at + 8) !== 'IEND') {
		at += 12 + bytes.readUInt32BE(at);
	}
	return { width, height, whole: at + 12 <= bytes.length };
}

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const isStartOfFrame = (marker: number) =>
	(marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;
/** Looks like a marker but is unknown to decoders, or has no content. */
const isBare = (marker: number) => marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8);
const NUMBER_OF_LINES = Buffer.from([0xff, 0xdc]);

/** Follows the segments up to the picture itself. Between them, decoders skip anything that is not a marker. */
function readJpeg(bytes: Buffer): Image {
	let [width, height] = [0, 0];
	for (let at = bytes.indexOf(0xff, 2); at >= 0; at = bytes.indexOf(0xff, at)) {
		const marker = bytes[at + 1] ?? END_OF_IMAGE;
		if (marker === END_OF_IMAGE) break;
		if (marker === START_OF_SCAN) {
			const isLater = height === 0 && bytes.includes(NUMBER_OF_LINES, at);
			const whole = bytes.includes(Buffer.from([0xff, END_OF_IMAGE]), at);
			return { width, ...(!isLater && { height }), whole };
		}
		if (isStartOfFrame(marker) && at + 9 <= bytes.length) {
			[height, width] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)];
		}
		// A marker may be padded with any number of 0xff bytes.
		if (marker === 0xff) at += 1;
		else if (isBare(marker) || at + 4 > bytes.length) at += 2;
		else at += 2 + Math.max(2, bytes.readUInt16BE(at + 2));
	}
	return { width, height, whole: false };
}

/** The first chunk has the size, unless a program put its own in front. */
function readWebp(bytes: Buffer): Image {
	const whole = bytes.readUInt32LE(4) + 8 <= bytes.length;
	let at = 12;
	while (at + 18 <= bytes.length && !/VP8[XL ]/.test(text(bytes, at, at + 4))) {
		const length = bytes.readUInt32LE(at + 4);
		at += 8 + length + (length % 2);
	}
	if (at + 18 > bytes.length) return { width: 0, height: 0, whole };
	const kind = text(bytes, at + 3, at + 4);
	const content = bytes.subarray(at + 8);
	if (kind === 'X') {
		const [width, height] = [content.readUIntLE(4, 3) + 1, content.readUIntLE(7, 3) + 1];
		return { width, height, whole };
	}
	// 14 bits each.
	const bits = content.readUInt32LE(kind === 'L' ? 1 : 6);
	const [width, height] = [bits & 0x3fff, (bits >>> (kind === 'L' ? 14 : 16)) & 0x3fff];
	return kind === 'L' ? { width: width + 1, height: height + 1, whole } : { width, height, whole };
}

const READERS: Readonly<Record<string, (bytes: Buffer) => Image>> = {
	'image/jpeg': readJpeg,
	'image/png': readPng,
	'image/webp': readWebp,
};

/** The kinds of image that gateways take. */
export const isImageKind = ({ mimeType }: FileKind) => Object.hasOwn(READERS, mimeType);

/** @returns `undefined` unless it is one of the three types that gateways take */
export const readImage = (bytes: Buffer, kind: FileKind | undefined): Image | undefined =>
	kind && READERS[kind.mimeType]?.(bytes);

/** Where a JPEG, a WebP and a PNG have the TIFF header of their Exif data. */
const EXIF = ['Exif\0\0', 'EXIF', 'eXIf'];
/** Within it the entry of the orientation, in either order of its bytes: from 2 on it is turned or mirrored. */
const TURNED = /^.{4,14}(?:II.*?\cR\cA\cC\0\cA\0{3}[\cB-\cH]|MM.*?\cA\cR\0\cC\0{3}\cA\0[\cB-\cH])/s;

/** Its lines are stored turned or mirrored: programs that follow its Exif orientation show it upright. */
export const isTurned = (bytes: Buffer) =>
	EXIF.some((mark) => {
		const at = bytes.indexOf(mark, 0, 'latin1');
		return at >= 0 && TURNED.test(text(bytes, at, at + 4_096));
	});

/**
 * Checks an image that a video is to start from. Anything unknown about it is left for the gateway to judge.
 * @param label its name in messages
 * @throws {SoraFailure} invalid_input for anything outside `IMAGE_LIMITS`
 */
export function checkedImage(bytes: Buffer, kind: FileKind | undefined, label: string): Image {
	const image = readImage(bytes, kind);
	if (!image) throw noImage(label, kind);
	const { width, height, whole } = image;
	if (!whole || width === 0 || height === 0) {
		throw invalidInput(
			`${label} is cut off or damaged`,
			'Get the file again, in full, and check that it opens.',
		);
	}
	const { shortestSide, longestSide } = IMAGE_LIMITS;
	const isOutside = (side: number) => side < shortestSide || side > longestSide;
	if (isOutside(width) || isOutside(height ?? width)) {
		throw invalidInput(
			`${label} measures ${width} × ${height ?? '?'} pixels, and each side must have ${shortestSide} to ${longestSide}`,
		);
	}
	return image;
}

/** By the name of a kind, otherwise by its family. */
const ADVICE: Readonly<Record<string, string>> = {
	'a HEIC image':
		'To have JPEG from an iPhone, set Settings > Camera > Formats to "Most Compatible", or share or export the photo as JPEG. In n8n, the Edit Image node converts it with its option "Format" set to jpeg, where the GraphicsMagick of the server knows HEIC; where it does not, call a conversion service with the HTTP Request node.',
	'base64 text':
		'The field must hold the picture itself: the Convert to File node ("Move Base64 String to File") makes a file of base64.',
	image:
		'Convert it to JPEG or PNG first, for example with the Edit Image node, whose option "Format" does it.',
	video: 'Take a picture out of the video first, as JPEG or PNG.',
	text: 'Check the node that got it: this is an answer in text, not the picture.',
};

function noImage(label: string, kind?: FileKind) {
	const { name = 'no image that can be read', family = '' } = kind ?? {};
	const isText = kind && isPage(kind) && family !== 'image';
	return invalidInput(
		`${label} is ${name}${isText ? ', no image' : ''}, and the gateway takes JPEG, PNG and WebP`,
		ADVICE[name] ?? ADVICE[isText ? 'text' : family] ?? 'Use a JPEG, PNG or WebP file.',
	);
}
