/**
 * What a file is, by its first bytes: names and declared types lie. Pure, linear, and bounded by `FILE_HEAD_BYTES`.
 * Sources: ISO/IEC 14496-12 and the register of its brands at mp4ra.org, Apple's QuickTime File Format, EBML (RFC
 * 8794), ISO/IEC 13818-1, Microsoft's RIFF and ASF, and the MIME Sniffing Standard for the rest.
 */
import { docTypeIn } from './ebml';
import { boxHeaderAt, isBoxType } from './mp4Boxes';
import { base64In, TEXT_HEAD, textIn, textKind, type TextKind } from './textKind';

type FileFamily = 'video' | 'image' | 'audio' | 'document' | 'text';

export interface FileKind {
	/** As a message says it, article included: "an AVIF image". */
	readonly name: string;
	readonly mimeType: string;
	/** Endings of its name without the dot, the usual one first. */
	readonly extensions: readonly string[];
	readonly family: FileFamily;
	/** The type of such a file that holds sound alone, which its first bytes do not tell. */
	readonly soundType?: string;
	/** Other formats are made of this one (a DOCX is a ZIP), so that a name may know more than the bytes tell. */
	readonly isGeneric?: true;
}

/** How much of a file is read; more of it does no harm. */
export const FILE_HEAD_BYTES = TEXT_HEAD;

interface Signature {
	kind: FileKind;
	test(head: Buffer): boolean;
}

function kindOf(
	mimeType: string,
	name: string,
	extensions: string,
	more: Partial<FileKind> = {},
): FileKind {
	const family = (/^(?:video|image|audio)/.exec(mimeType)?.[0] ?? 'document') as FileFamily;
	return { name, mimeType, extensions: extensions.split(' '), family, ...more };
}

const row = (test: Signature['test'], ...kind: Parameters<typeof kindOf>): Signature => ({
	kind: kindOf(...kind),
	test,
});

const latin1 = (head: Buffer, from: number, to: number) => head.toString('latin1', from, to);

const starts =
	(...signatures: string[]) =>
	(head: Buffer) =>
		signatures.some((signature) => latin1(head, 0, signature.length) === signature);

/** A RIFF file: its form stands behind the length. */
const riff = (form: string) => (head: Buffer) =>
	latin1(head, 0, 4) === 'RIFF' && latin1(head, 8, 12) === form;

const brand = (wanted: Mp4Kind) => (head: Buffer) => mp4Kind(head) === wanted;
const SOUND_IN_MP4 = { soundType: 'audio/mp4' };
const GENERIC = { isGeneric: true } as const;

/** Tried in this order: what is vague comes after what is sure. */
const BINARIES: readonly Signature[] = [
	row(brand('heic'), 'image/heic', 'a HEIC image', 'heic heif hif heics'),
	row(brand('avif'), 'image/avif', 'an AVIF image', 'avif avifs'),
	row(brand('sound'), 'audio/mp4', 'an M4A sound file', 'm4a m4b m4p mp4'),
	row(brand('mov'), 'video/quicktime', 'a MOV video', 'mov qt'),
	row(brand('3gp'), 'video/3gpp', 'a 3GP video', '3gp 3g2 3gpp 3gp2', { soundType: 'audio/3gpp' }),
	row(brand('mp4'), 'video/mp4', 'an MP4 video', 'mp4 m4v m4a m4b f4v m4s cmfv', SOUND_IN_MP4),
	row((head) => docTypeIn(head) === 'webm', 'video/webm', 'a WebM video', 'webm weba', {
		soundType: 'audio/webm',
	}),
	row(
		(head) => docTypeIn(head) !== undefined,
		'video/x-matroska',
		'a Matroska video',
		'mkv mka mk3d',
		{ soundType: 'audio/x-matroska' },
	),
	row(riff('AVI '), 'video/x-msvideo', 'an AVI video', 'avi divx'),
	row(starts('FLV\x01'), 'video/x-flv', 'an FLV video', 'flv'),
	row(
		starts('\x30\x26\xb2\x75\x8e\x66\xcf\x11'),
		'video/x-ms-wmv',
		'a WMV video',
		'wmv asf wma',
		GENERIC,
	),
	row(starts('\0\0\x01\xba', '\0\0\x01\xb3'), 'video/mpeg', 'an MPEG video', 'mpg mpeg vob'),
	row(starts('\x89PNG\r\n\x1a\n'), 'image/png', 'a PNG image', 'png apng'),
	row(starts('\xff\xd8\xff'), 'image/jpeg', 'a JPEG image', 'jpg jpeg jpe jfif mpo'),
	row(riff('WEBP'), 'image/webp', 'a WebP image', 'webp'),
	row(starts('GIF87a', 'GIF89a'), 'image/gif', 'a GIF image', 'gif'),
	row(starts('8BPS\0'), 'image/vnd.adobe.photoshop', 'a Photoshop image', 'psd psb'),
	row(starts('II*\0', 'MM\0*'), 'image/tiff', 'a TIFF image', 'tif tiff', GENERIC),
	row(isBitmap, 'image/bmp', 'a BMP image', 'bmp dib'),
	row(riff('WAVE'), 'audio/wav', 'a WAV sound file', 'wav wave bwf'),
	row(starts('OggS'), 'audio/ogg', 'an Ogg file', 'ogg oga opus ogv', GENERIC),
	row(starts('%PDF-'), 'application/pdf', 'a PDF', 'pdf ai'),
	row(starts('PK\x03\x04'), 'application/zip', 'a ZIP archive', 'zip', GENERIC),
	row(isMpegSound, 'audio/mpeg', 'an MP3 sound file', 'mp3 mp2 mpga', GENERIC),
	row(isTransportStream, 'video/mp2t', 'an MPEG-TS video', 'ts m2ts mts'),
];

const TEXTS: Readonly<Record<TextKind, FileKind>> = {
	svg: kindOf('image/svg+xml', 'an SVG drawing', 'svg'),
	html: kindOf('text/html', 'a web page', 'html htm xhtml', GENERIC),
	xml: kindOf('application/xml', 'an XML document', 'xml', GENERIC),
	json: kindOf('application/json', 'JSON', 'json', { family: 'text', isGeneric: true }),
	playlist: kindOf('application/vnd.apple.mpegurl', 'a list of video pieces (HLS)', 'm3u8 m3u', {
		family: 'text',
	}),
	base64: kindOf('text/plain', 'base64 text', 'txt', { family: 'text', isGeneric: true }),
	prose: kindOf('text/plain', 'plain text', 'txt', { family: 'text', isGeneric: true }),
};

/** Every kind that is known, for the documentation. */
export const FILE_KINDS: readonly FileKind[] = [
	...BINARIES.map(({ kind }) => kind),
	...Object.values(TEXTS),
];

const kindOfType = (mimeType: string) =>
	FILE_KINDS.find((kind) => kind.mimeType === mimeType) as FileKind;
export const MP4 = kindOfType('video/mp4');
export const QUICKTIME = kindOfType('video/quicktime');

const binaryKind = (head: Buffer) => BINARIES.find(({ test }) => test(head))?.kind;

/**
 * @param bytes of the file from its beginning; only the first `FILE_HEAD_BYTES` are read
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
	const content = base64In(text);
	return content && binaryKind(content);
}

type Mp4Kind = 'heic' | 'avif' | 'sound' | 'mov' | '3gp' | 'mp4' | 'other';

/** By the brand that a file names first; any other brand is an MP4. */
const BRANDS: ReadonlyArray<readonly [RegExp, Mp4Kind]> = [
	[/^avi[fso]$/, 'avif'],
	[/^(?:hei|hev)[cxms]$/, 'heic'],
	[/^(?:M4[ABP]|F4[AB]) $/, 'sound'],
	[/^qt {2}$/, 'mov'],
	[/^3g/, '3gp'],
	// Images of other kinds.
	[/^(?:jp[2mx]|jxl|crx) $/, 'other'],
];

/** Brands that say no more than "an image"; another one in the list says which. */
const IMAGE_BRAND = /^(?:mif\d|msf1|miaf|1pic|Mi[HA].)$/;

/** Types with which a QuickTime file begins that has no `ftyp`. */
const QUICKTIME_START = new Set(['moov', 'mdat', 'wide', 'free', 'skip', 'pnot', 'PICT']);
/** Types that only an MP4 begins with, where `ftyp` comes later or the file is a piece of a longer one. */
const MP4_START = new Set(['moof', 'styp', 'sidx', 'pdin', 'meco', 'imda', 'prft', 'emsg', 'uuid']);

/** Boxes that may come before the one that tells. */
const MOST_BOXES = 16;

function mp4Kind(head: Buffer): Mp4Kind | undefined {
	let start: Mp4Kind | undefined;
	for (let at = 0, count = 0; count < MOST_BOXES; count++) {
		const header = boxHeaderAt(head, at);
		if (!header || !isBoxType(header.type) || isProse(head, at)) return start;
		const { type, size, headerSize } = header;
		if (type === 'ftyp') return mp4KindOfBrands(head.subarray(at + headerSize, at + size));
		if (MP4_START.has(type)) start ??= 'mp4';
		if (QUICKTIME_START.has(type)) start ??= 'mov';
		if (type === 'moov' || type === 'mdat' || type === 'moof') return start;
		at += size;
	}
	return start;
}

/** Prose may happen to have such a word at its fifth letter; before it a box has its length, which is no text. */
const isProse = (head: Buffer, at: number) =>
	head.subarray(at, at + 4).every((byte) => byte >= 0x20);

/** @param content of `ftyp`: a brand, its version, and more brands */
function mp4KindOfBrands(content: Buffer): Mp4Kind {
	const brands = content.toString('latin1').match(/.{4}/gs) ?? [];
	const [first = ''] = brands;
	if (IMAGE_BRAND.test(first)) return brands.some((one) => /^avi[fs]$/.test(one)) ? 'avif' : 'heic';
	return BRANDS.find(([test]) => test.test(first))?.[1] ?? 'mp4';
}

/** Lengths of the headers that followed each other since OS/2. */
const BITMAP_HEADERS = new Set([12, 16, 40, 52, 56, 64, 108, 124]);

function isBitmap(head: Buffer): boolean {
	return starts('BM')(head) && head.length >= 18 && BITMAP_HEADERS.has(head.readUInt32LE(14));
}

/** A tag, or the first frame: layer II or III with a bit rate and a sampling rate that exist. */
function isMpegSound(head: Buffer): boolean {
	const [sync = 0, flags = 0, rates = 0] = head;
	const isFrame = sync === 0xff && flags >= 0xe0 && [1, 2].includes((flags >> 1) & 3);
	const hasRates = rates >> 4 > 0 && rates >> 4 < 15 && ((rates >> 2) & 3) < 3;
	return starts('ID3')(head) || (isFrame && ((flags >> 3) & 3) !== 1 && hasRates);
}

/** Packets of 188 bytes, behind four of time in M2TS; each begins with the same byte. */
function isTransportStream(head: Buffer): boolean {
	return [
		[188, 0],
		[192, 4],
	].some(([length = 0, first = 0]) => {
		let packets = 0;
		for (let at = first; at < head.length; at += length, packets++) {
			if (head[at] !== 0x47) return false;
		}
		return packets >= 3;
	});
}
