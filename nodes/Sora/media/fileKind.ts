/**
 * What a file is, by its first bytes: names and declared types lie. Pure, linear, and bounded by
 * `FILE_HEAD_BYTES`. Sources: ISO/IEC 14496-12 and the register of its brands at mp4ra.org, Apple's QuickTime
 * File Format, the EBML, Ogg and FLAC specifications (RFC 8794, 3533, 9639), ISO/IEC 13818-1 (transport and
 * program streams), Microsoft's RIFF and ASF, Adobe's FLV and PSD, and the MIME Sniffing Standard for the rest.
 */
import { docTypeIn } from './ebml';
import { boxHeaderAt, isBoxType } from './mp4Boxes';
import { base64In, textIn, textKind, type TextKind } from './textKind';

export type FileFamily = 'video' | 'image' | 'audio' | 'document' | 'archive' | 'text';

export interface FileKind {
	/** As a message says it, article included: "an AVIF image". */
	readonly name: string;
	readonly mimeType: string;
	/** The usual ending of its name, without the dot. */
	readonly extension: string;
	/** Other endings that are no lie. */
	readonly otherExtensions?: readonly string[];
	readonly family: FileFamily;
	/** Other formats are made of this one (a DOCX is a ZIP), so that a name may know more than the bytes tell. */
	readonly isGeneric?: true;
}

/** How much of a file is looked at; more of it does no harm. */
export const FILE_HEAD_BYTES = 4096;

interface Row extends FileKind {
	test(head: Buffer): boolean;
}

const latin1 = (head: Buffer, from: number, to: number) => head.toString('latin1', from, to);

const starts =
	(...signatures: string[]) =>
	(head: Buffer) =>
		signatures.some((signature) => latin1(head, 0, signature.length) === signature);

/** A chunked file of Microsoft's or of the Amiga's: the form stands behind the length. */
const form = (container: string, type: string) => (head: Buffer) =>
	latin1(head, 0, 4) === container && latin1(head, 8, 12) === type;

/** Signatures are looked for in this order: what is vague comes after what is sure. */
const BINARIES: readonly Row[] = [
	{
		name: 'a JPEG XL image',
		mimeType: 'image/jxl',
		extension: 'jxl',
		family: 'image',
		test: starts('\xff\x0a', '\0\0\0\x0cJXL \r\n\x87\n'),
	},
	{
		name: 'a JPEG 2000 image',
		mimeType: 'image/jp2',
		extension: 'jp2',
		otherExtensions: ['j2k', 'j2c', 'jpc', 'jpf', 'jpx', 'jpm', 'mj2'],
		family: 'image',
		test: starts('\0\0\0\x0cjP  \r\n\x87\n', '\xff\x4f\xff\x51'),
	},
	{
		name: 'a HEIC image',
		mimeType: 'image/heic',
		extension: 'heic',
		otherExtensions: ['heif', 'hif', 'heics'],
		family: 'image',
		test: (head) => mp4Kind(head) === 'heic',
	},
	{
		name: 'an AVIF image',
		mimeType: 'image/avif',
		extension: 'avif',
		otherExtensions: ['avifs'],
		family: 'image',
		test: (head) => mp4Kind(head) === 'avif',
	},
	{
		name: 'a Canon raw image',
		mimeType: 'image/x-canon-cr3',
		extension: 'cr3',
		family: 'image',
		test: (head) => mp4Kind(head) === 'raw',
	},
	{
		name: 'an M4A sound file',
		mimeType: 'audio/mp4',
		extension: 'm4a',
		otherExtensions: ['m4b', 'm4p', 'mp4', 'f4a', 'f4b'],
		family: 'audio',
		test: (head) => mp4Kind(head) === 'sound',
	},
	{
		name: 'a MOV video',
		mimeType: 'video/quicktime',
		extension: 'mov',
		otherExtensions: ['qt'],
		family: 'video',
		test: (head) => mp4Kind(head) === 'quicktime',
	},
	{
		name: 'a 3GP video',
		mimeType: 'video/3gpp',
		extension: '3gp',
		otherExtensions: ['3g2', '3gpp', '3gp2'],
		family: 'video',
		test: (head) => mp4Kind(head) === '3gp',
	},
	{
		name: 'an MP4 video',
		mimeType: 'video/mp4',
		extension: 'mp4',
		otherExtensions: ['m4v', 'mp4v', 'mpg4', 'f4v', 'm4s', 'cmfv'],
		family: 'video',
		test: (head) => mp4Kind(head) === 'mp4',
	},
	{
		name: 'a WebM video',
		mimeType: 'video/webm',
		extension: 'webm',
		otherExtensions: ['weba'],
		family: 'video',
		test: (head) => docTypeIn(head) === 'webm',
	},
	{
		name: 'a Matroska video',
		mimeType: 'video/x-matroska',
		extension: 'mkv',
		otherExtensions: ['mka', 'mks', 'mk3d'],
		family: 'video',
		test: (head) => docTypeIn(head) !== undefined,
	},
	{
		name: 'an AVI video',
		mimeType: 'video/x-msvideo',
		extension: 'avi',
		otherExtensions: ['divx'],
		family: 'video',
		test: form('RIFF', 'AVI '),
	},
	{
		name: 'an FLV video',
		mimeType: 'video/x-flv',
		extension: 'flv',
		family: 'video',
		test: starts('FLV\x01'),
	},
	{
		name: 'a WMA sound file',
		mimeType: 'audio/x-ms-wma',
		extension: 'wma',
		otherExtensions: ['asf'],
		family: 'audio',
		test: (head) => isAsf(head) && isAsfWithoutPicture(head),
	},
	{
		name: 'a WMV video',
		mimeType: 'video/x-ms-wmv',
		extension: 'wmv',
		otherExtensions: ['asf', 'wma', 'dvr-ms'],
		family: 'video',
		test: (head) => isAsf(head),
	},
	{
		name: 'an OGV video',
		mimeType: 'video/ogg',
		extension: 'ogv',
		otherExtensions: ['ogg', 'ogx', 'ogm'],
		family: 'video',
		test: (head) =>
			starts('OggS')(head) &&
			['\x80theora', 'BBCD\0', '\x01video\0'].some((codec) => head.includes(codec, 0, 'latin1')),
	},
	{
		name: 'an Ogg sound file',
		mimeType: 'audio/ogg',
		extension: 'ogg',
		otherExtensions: ['oga', 'opus', 'spx', 'ogx', 'ogv'],
		family: 'audio',
		test: starts('OggS'),
	},
	{
		name: 'an MPEG video',
		mimeType: 'video/mpeg',
		extension: 'mpg',
		otherExtensions: ['mpeg', 'vob', 'm2p', 'ps', 'mpe', 'm1v', 'm2v', 'mod'],
		family: 'video',
		test: starts('\0\0\x01\xba', '\0\0\x01\xb3'),
	},
	{
		name: 'an MXF video',
		mimeType: 'application/mxf',
		extension: 'mxf',
		family: 'video',
		test: starts('\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02'),
	},
	{
		name: 'a RealMedia file',
		mimeType: 'application/vnd.rn-realmedia',
		extension: 'rm',
		otherExtensions: ['rmvb', 'ra', 'rv'],
		family: 'video',
		test: starts('.RMF'),
	},
	{
		name: 'a CgBI PNG for Apple devices',
		mimeType: 'image/x-apple-png',
		extension: 'png',
		family: 'image',
		test: (head) => starts('\x89PNG\r\n\x1a\n')(head) && latin1(head, 12, 16) === 'CgBI',
	},
	{
		name: 'a PNG image',
		mimeType: 'image/png',
		extension: 'png',
		otherExtensions: ['apng'],
		family: 'image',
		test: starts('\x89PNG\r\n\x1a\n'),
	},
	{
		name: 'a JPEG image',
		mimeType: 'image/jpeg',
		extension: 'jpg',
		otherExtensions: ['jpeg', 'jpe', 'jfif', 'jfi', 'jif', 'mpo', 'insp'],
		family: 'image',
		test: (head) => starts('\xff\xd8')(head) && hasJpegSegment(head),
	},
	{
		name: 'a WebP image',
		mimeType: 'image/webp',
		extension: 'webp',
		family: 'image',
		test: form('RIFF', 'WEBP'),
	},
	{
		name: 'a GIF image',
		mimeType: 'image/gif',
		extension: 'gif',
		family: 'image',
		test: starts('GIF87a', 'GIF89a'),
	},
	{
		name: 'a Photoshop image',
		mimeType: 'image/vnd.adobe.photoshop',
		extension: 'psd',
		otherExtensions: ['psb'],
		family: 'image',
		test: starts('8BPS\0'),
	},
	{
		name: 'a TIFF image',
		mimeType: 'image/tiff',
		extension: 'tif',
		otherExtensions: ['tiff'],
		family: 'image',
		isGeneric: true,
		test: starts('II*\0', 'MM\0*', 'II+\0', 'MM\0+'),
	},
	{
		name: 'an icon',
		mimeType: 'image/vnd.microsoft.icon',
		extension: 'ico',
		otherExtensions: ['cur'],
		family: 'image',
		test: (head) => starts('\0\0\x01\0', '\0\0\x02\0')(head) && isIconDirectory(head),
	},
	{
		name: 'an OpenEXR image',
		mimeType: 'image/x-exr',
		extension: 'exr',
		family: 'image',
		test: starts('v/1\x01'),
	},
	{
		name: 'a BMP image',
		mimeType: 'image/bmp',
		extension: 'bmp',
		otherExtensions: ['dib'],
		family: 'image',
		test: (head) => starts('BM')(head) && isBitmapHeader(head),
	},
	{
		name: 'a WAV sound file',
		mimeType: 'audio/wav',
		extension: 'wav',
		otherExtensions: ['wave', 'bwf'],
		family: 'audio',
		test: (head) => ['RIFF', 'RF64', 'BW64'].some((container) => form(container, 'WAVE')(head)),
	},
	{
		name: 'an AIFF sound file',
		mimeType: 'audio/aiff',
		extension: 'aiff',
		otherExtensions: ['aif', 'aifc'],
		family: 'audio',
		test: (head) => form('FORM', 'AIFF')(head) || form('FORM', 'AIFC')(head),
	},
	{
		name: 'a FLAC sound file',
		mimeType: 'audio/flac',
		extension: 'flac',
		family: 'audio',
		test: starts('fLaC'),
	},
	{
		name: 'an AMR sound file',
		mimeType: 'audio/amr',
		extension: 'amr',
		otherExtensions: ['awb'],
		family: 'audio',
		test: starts('#!AMR'),
	},
	{
		name: 'a PDF',
		mimeType: 'application/pdf',
		extension: 'pdf',
		otherExtensions: ['ai'],
		family: 'document',
		test: starts('%PDF-', '\xef\xbb\xbf%PDF-'),
	},
	{
		name: 'an EPS drawing',
		mimeType: 'application/postscript',
		extension: 'eps',
		otherExtensions: ['ps', 'ai'],
		family: 'document',
		test: starts('%!PS', '\xc5\xd0\xd3\xc6'),
	},
	{
		name: 'an Office document',
		mimeType: 'application/x-ole-storage',
		extension: 'doc',
		family: 'document',
		isGeneric: true,
		test: starts('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'),
	},
	{
		name: 'a ZIP archive',
		mimeType: 'application/zip',
		extension: 'zip',
		family: 'archive',
		isGeneric: true,
		test: starts('PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'),
	},
	{
		name: 'a gzip archive',
		mimeType: 'application/gzip',
		extension: 'gz',
		family: 'archive',
		isGeneric: true,
		test: starts('\x1f\x8b\x08'),
	},
	{
		name: 'a RAR archive',
		mimeType: 'application/vnd.rar',
		extension: 'rar',
		family: 'archive',
		isGeneric: true,
		test: starts('Rar!\x1a\x07'),
	},
	{
		name: 'a 7z archive',
		mimeType: 'application/x-7z-compressed',
		extension: '7z',
		family: 'archive',
		isGeneric: true,
		test: starts('7z\xbc\xaf\x27\x1c'),
	},
	{
		name: 'an MP3 sound file',
		mimeType: 'audio/mpeg',
		extension: 'mp3',
		otherExtensions: ['mp2', 'mpga'],
		family: 'audio',
		test: (head) => starts('ID3')(head) || isMpegAudio(head),
	},
	{
		name: 'an AAC sound file',
		mimeType: 'audio/aac',
		extension: 'aac',
		family: 'audio',
		test: (head) => isAdts(head),
	},
	{
		name: 'an MPEG-TS video',
		mimeType: 'video/mp2t',
		extension: 'ts',
		otherExtensions: ['m2ts', 'mts', 'm2t', 'tp', 'trp'],
		family: 'video',
		test: (head) => isTransportStream(head),
	},
];

const TEXTS: Readonly<Record<TextKind, FileKind>> = {
	svg: {
		name: 'an SVG drawing',
		mimeType: 'image/svg+xml',
		extension: 'svg',
		family: 'image',
	},
	html: {
		name: 'a web page',
		mimeType: 'text/html',
		extension: 'html',
		otherExtensions: ['htm', 'xhtml'],
		family: 'document',
		isGeneric: true,
	},
	xml: {
		name: 'an XML document',
		mimeType: 'application/xml',
		extension: 'xml',
		family: 'document',
		isGeneric: true,
	},
	json: {
		name: 'JSON',
		mimeType: 'application/json',
		extension: 'json',
		family: 'text',
		isGeneric: true,
	},
	playlist: {
		name: 'a list of video pieces (HLS)',
		mimeType: 'application/vnd.apple.mpegurl',
		extension: 'm3u8',
		otherExtensions: ['m3u'],
		family: 'text',
	},
	base64: {
		name: 'base64 text',
		mimeType: 'text/plain',
		extension: 'txt',
		family: 'text',
		isGeneric: true,
	},
	prose: {
		name: 'plain text',
		mimeType: 'text/plain',
		extension: 'txt',
		family: 'text',
		isGeneric: true,
	},
};

/** Every kind that is known, for the documentation. */
export const FILE_KINDS: readonly FileKind[] = [...BINARIES, ...Object.values(TEXTS)];

const binaryKind = (head: Buffer): FileKind | undefined => BINARIES.find(({ test }) => test(head));

/**
 * @param bytes of the file from its beginning; only the first `FILE_HEAD_BYTES` are looked at
 * @returns one of `FILE_KINDS`; `undefined` where nothing is known of it, or there are no bytes
 */
export function fileKind(bytes: Buffer): FileKind | undefined {
	if (bytes.length === 0) return undefined;
	const head = bytes.subarray(0, FILE_HEAD_BYTES);
	const binary = binaryKind(head);
	if (binary) return binary;
	const text = textIn(head);
	return text === undefined ? undefined : TEXTS[textKind(text)];
}

/** What a base64 text stands for, as far as its beginning tells. */
export function kindInBase64(text: string): FileKind | undefined {
	const content = base64In(text.slice(0, FILE_HEAD_BYTES));
	return content && binaryKind(content);
}

type Mp4Kind = 'heic' | 'avif' | 'raw' | 'sound' | 'quicktime' | '3gp' | 'mp4';

/** Kinds by the brand that a file names first. Whatever brand is not here is an MP4. */
const BRANDS: ReadonlyArray<readonly [RegExp, Mp4Kind]> = [
	[/^avi[fso]$/, 'avif'],
	[/^(?:hei[cxms]|hev[cxms])$/, 'heic'],
	[/^crx $/, 'raw'],
	[/^(?:M4[ABP]|F4[AB]) $/, 'sound'],
	[/^qt {2}$/, 'quicktime'],
	[/^3g/, '3gp'],
];

/** Brands that say no more than "an image"; the compatible ones behind them say which. */
const IMAGE_BRAND = /^(?:mif[12]|msf1|miaf|1pic|Mi[HA].)$/;

/** Types with which a QuickTime file begins that has no `ftyp`. */
const QUICKTIME_START = new Set(['moov', 'mdat', 'wide', 'free', 'skip', 'pnot', 'PICT']);
/** Types that none but an MP4 begins with, where `ftyp` comes later or the file is a piece of a longer one. */
const MP4_START = new Set(['moof', 'styp', 'sidx', 'pdin', 'meco', 'imda', 'prft', 'emsg', 'uuid']);

/** Boxes that may come before the one that tells: what is not found by then is not looked for. */
const MOST_BOXES = 16;

function mp4Kind(head: Buffer): Mp4Kind | undefined {
	let start: Mp4Kind | undefined;
	for (let at = 0, count = 0; count < MOST_BOXES; count++) {
		const header = boxHeaderAt(head, at);
		if (!header || !isBoxType(header.type) || isProse(head, at)) return start;
		const { type, size, headerSize } = header;
		if (type === 'ftyp') return kindOfBrands(head.subarray(at + headerSize, at + size));
		if (MP4_START.has(type)) start ??= 'mp4';
		if (QUICKTIME_START.has(type)) start ??= 'quicktime';
		if (type === 'moov' || type === 'mdat' || type === 'moof') return start;
		at += size;
	}
	return start;
}

/** Prose may happen to have such a word at its fifth letter; before it a box has its length, which is no text. */
const isProse = (head: Buffer, at: number) =>
	head.subarray(at, at + 4).every((byte) => byte >= 0x20);

function kindOfBrands(content: Buffer): Mp4Kind {
	const [brand = ''] = brandsIn(content);
	if (IMAGE_BRAND.test(brand)) {
		return brandsIn(content).includes('avif') || brandsIn(content).includes('avis')
			? 'avif'
			: 'heic';
	}
	return BRANDS.find(([test]) => test.test(brand))?.[1] ?? 'mp4';
}

/** Behind the first brand comes its version, four bytes that are no brand. */
function brandsIn(content: Buffer): string[] {
	const count = Math.floor(content.length / 4);
	return Array.from({ length: count }, (_, index) => latin1(content, index * 4, index * 4 + 4));
}

/** The markers of tables, frames and programs' own segments. Bytes may stray in front of the first one. */
function hasJpegSegment(head: Buffer): boolean {
	for (let at = head.indexOf(0xff, 2); at >= 0; at = head.indexOf(0xff, at + 1)) {
		const marker = head[at + 1] ?? 0xff;
		if (at === 2 || (marker >= 0xc0 && marker < 0xff)) return true;
	}
	return false;
}

const guid = (hex: string) => Buffer.from(hex, 'hex');
const ASF_HEADER = guid('3026b2758e66cf11a6d900aa0062ce6c');
const ASF_VIDEO_STREAM = guid('c0ef19bc4d5bcf11a8fd00805f5c442b');
const ASF_AUDIO_STREAM = guid('409e69f84d5bcf11a8fd00805f5c442b');

const isAsf = (head: Buffer) => head.subarray(0, ASF_HEADER.length).equals(ASF_HEADER);

/** The header lists the streams; sound alone is certain only where all of the header is there. */
function isAsfWithoutPicture(head: Buffer): boolean {
	const isWhole = head.length >= 24 && head.readBigUInt64LE(16) <= BigInt(head.length);
	return isWhole && head.includes(ASF_AUDIO_STREAM) && !head.includes(ASF_VIDEO_STREAM);
}

/** Lengths of the headers that followed each other since OS/2. */
const BITMAP_HEADERS = new Set([12, 16, 40, 52, 56, 64, 108, 124]);

const isBitmapHeader = (head: Buffer) =>
	head.length >= 18 ? BITMAP_HEADERS.has(head.readUInt32LE(14)) : head.includes(0);

/** The count of pictures, and of the first one the byte that is always 0. */
const isIconDirectory = (head: Buffer) =>
	head.length >= 22 && head.readUInt16LE(4) > 0 && head.readUInt16LE(4) < 256 && head[9] === 0;

/** Layer II and III: 0xFFFE, with which UTF-16 begins, would be layer I. */
function isMpegAudio(head: Buffer): boolean {
	if (head.length < 4 || (head.readUInt16BE(0) & 0xffe0) !== 0xffe0) return false;
	const [, flags = 0, rates = 0] = head;
	const version = (flags >> 3) & 3;
	const layer = (flags >> 1) & 3;
	const bitrate = rates >> 4;
	return (
		version !== 1 &&
		(layer === 1 || layer === 2) &&
		bitrate > 0 &&
		bitrate < 15 &&
		((rates >> 2) & 3) < 3
	);
}

/** The length of a frame leads to the next one. */
function isAdts(head: Buffer): boolean {
	const isFrame = (at: number) =>
		head.length >= at + 7 && (head.readUInt16BE(at) & 0xfff6) === 0xfff0;
	return isFrame(0) && isFrame((head.readUIntBE(3, 3) >> 5) & 0x1fff);
}

/** Packets of 188 bytes; behind four of time in M2TS, before 16 of checksum in broadcasts. */
const PACKETS = [
	{ length: 188, sync: 0 },
	{ length: 192, sync: 4 },
	{ length: 204, sync: 0 },
] as const;
const SYNC = 0x47;
const FEWEST_PACKETS = 3;

function isTransportStream(head: Buffer): boolean {
	return PACKETS.some(({ length, sync }) => {
		const count = Math.floor((head.length - sync - 1) / length) + 1;
		return (
			count >= FEWEST_PACKETS &&
			Array.from({ length: count }, (_, index) => head[sync + index * length]).every(
				(byte) => byte === SYNC,
			)
		);
	});
}
