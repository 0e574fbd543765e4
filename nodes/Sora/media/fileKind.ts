/** Detects a file's kind by its first bytes, and the fitting name and type: declared ones are often wrong. Pure. */
import { boxesIn, isBoxType } from './mp4Boxes';

export interface FileKind {
	/** Its name in messages, with the article: "an AVIF image". */
	readonly name: string;
	readonly mimeType: string;
	/** Extensions without the dot, the usual one first. */
	readonly extensions: readonly string[];
	readonly family: 'video' | 'image' | 'audio' | 'document' | 'text';
	/** Other formats are based on it (a DOCX is a ZIP), so the file's name may be more precise than its bytes. */
	readonly isGeneric: boolean;
	readonly pattern: RegExp;
}

export const FILE_HEAD_BYTES = 4096;

/** @param extensions space-separated; a trailing asterisk marks a generic kind */
function row(mimeType: string, name: string, extensions: string, pattern: RegExp): FileKind {
	const [type = ''] = mimeType.split('/');
	const family = (/^(?:video|image|audio|text)$/.test(type) ? type : 'document') as 'text';
	const [endings = '', generic] = extensions.split(' *');
	const isGeneric = generic !== undefined;
	return { name, mimeType, family, extensions: endings.split(' '), isGeneric, pattern };
}

const AVIF = /^ftyp(?:avi[fso]|(?:mif\d|msf1|miaf|1pic|Mi[HA].).*avi[fs])/s;
const HEIC = /^ftyp(?:(?:hei|hev)[cxms]|mif\d|msf1|miaf|1pic|Mi[HA])/;
const MP4_ENDINGS = 'mp4 m4v m4a m4b f4v m4s cmfv 3gp 3g2 3gpp 3gp2';
const WEBM = /^\cZE\xdf\xa3.{0,64}?B\x82.{1,8}?webm/s;
/** Includes the length of one of the headers in use since OS/2. */
const BMP = /^BM.{12}[\cL\cP(48@l|]\0{3}/s;
/** A tag, or the first frame: layer II or III with a valid bit rate. */
const MP3 = /^(?:ID3|\xff[\xe2-\xe5\xf2-\xf5\xfa-\xfd][\cP-\xef])/;
/** Packets of 188 bytes, each after a 4-byte timestamp in M2TS. */
const MPEG_TS = /^(?:(?:G.{187}){3}|(?:.{4}G.{187}){3})/s;

/** Tried in this order, on the first bytes or, for a file made of boxes, on its brands. */
const BINARIES = [
	row('image/avif', 'an AVIF image', 'avif avifs', AVIF),
	row('image/heic', 'a HEIC image', 'heic heif hif heics', HEIC),
	row('audio/mp4', 'an M4A sound file', 'm4a m4b m4p mp4', /^ftyp(?:M4[ABP]|F4[AB]) /),
	row('video/quicktime', 'a MOV video', 'mov qt', /^ftypqt {2}/),
	row('video/mp4', 'an MP4 video', MP4_ENDINGS, /^ftyp(?!(?:jp[2mx]|jxl|crx) )/),
	row('video/webm', 'a WebM video', 'webm weba', WEBM),
	row('video/x-matroska', 'a Matroska video', 'mkv mka mk3d', /^\cZE\xdf\xa3/),
	row('video/x-msvideo', 'an AVI video', 'avi divx', /^RIFF.{4}AVI /s),
	row('video/x-flv', 'an FLV video', 'flv', /^FLV\cA/),
	row('video/x-ms-wmv', 'a WMV video', 'wmv asf wma *', /^0&\xb2u\x8ef\xcf\cQ/),
	row('video/mpeg', 'an MPEG video', 'mpg mpeg vob', /^\0\0\cA[\xba\xb3]/),
	row('image/png', 'a PNG image', 'png apng', /^\x89PNG\r\n\cZ\n/),
	row('image/jpeg', 'a JPEG image', 'jpg jpeg jpe jfif mpo', /^\xff\xd8\xff/),
	row('image/webp', 'a WebP image', 'webp', /^RIFF.{4}WEBP/s),
	row('image/gif', 'a GIF image', 'gif', /^GIF8[79]a/),
	row('image/vnd.adobe.photoshop', 'a Photoshop image', 'psd psb', /^8BPS\0/),
	row('image/tiff', 'a TIFF image', 'tif tiff *', /^(?:II\*\0|MM\0\*)/),
	row('image/bmp', 'a BMP image', 'bmp dib', BMP),
	row('audio/wav', 'a WAV sound file', 'wav wave bwf', /^RIFF.{4}WAVE/s),
	row('audio/ogg', 'an Ogg file', 'ogg oga opus ogv *', /^OggS/),
	row('application/pdf', 'a PDF', 'pdf ai', /^%PDF-/),
	row('application/zip', 'a ZIP archive', 'zip *', /^PK\cC\cD/),
	row('audio/mpeg', 'an MP3 sound file', 'mp3 mp2 mpga *', MP3),
	row('video/mp2t', 'an MPEG-TS video', 'ts m2ts mts', MPEG_TS),
];

const HTML = /^<(?:.*<)?(?:!doctype\s+html|html|head|body)\b/is;
const SVG = /^<(?:.*<)?(?:!doctype\s+svg|(?:\w{1,20}:)?svg)\b/is;
const BASE64 = /^(?:data:[^,]{0,100},)?[A-Za-z0-9+/\r\n]{24,}={0,2}\s*$/i;
const HLS = 'a list of video pieces (HLS)';

/** Tried in this order on the first characters of a text. */
const TEXTS = [
	row('text/html', 'a web page', 'html htm xhtml *', HTML),
	row('image/svg+xml', 'an SVG drawing', 'svg', SVG),
	row('application/xml', 'an XML document', 'xml *', /^<[?!a-z]/i),
	row('application/json', 'JSON', 'json *', /^(?:\{\s*["}]|\[\s*[{"\]])/),
	row('application/vnd.apple.mpegurl', HLS, 'm3u8 m3u', /^#EXTM3U/),
	row('text/plain', 'base64 text', 'txt *', BASE64),
	row('text/plain', 'plain text', 'txt *', /^/),
];

export const FILE_KINDS = [...BINARIES, ...TEXTS];

/** Text in place of a video is an error page, a login or a playlist. */
export const isPage = (kind: FileKind) => TEXTS.includes(kind);

/**
 * @param bytes from the start of the file; only the first `FILE_HEAD_BYTES` are read
 * @returns one of `FILE_KINDS`; `undefined` if it is unknown or empty
 */
export function fileKind(bytes: Buffer): FileKind | undefined {
	const head = bytes.subarray(0, FILE_HEAD_BYTES);
	const text = textIn(head).trimStart();
	if (!text && wasText(head)) return undefined;
	// Prose may have a box type at its fifth letter.
	const start = (text ? undefined : brandsIn(head)) ?? head.toString('latin1');
	const binary = BINARIES.find(({ pattern }) => pattern.test(start));
	return binary ?? (text ? TEXTS.find(({ pattern }) => pattern.test(text)) : undefined);
}

/** First boxes of a QuickTime file without `ftyp`. */
const QUICKTIME_START = /^(?:moov|mdat|wide|free|skip|pnot|PICT)$/;
/** First boxes of an MP4 that has `ftyp` later on, or is a segment of a longer file. */
const MP4_START = /^(?:moof|styp|sidx|pdin|meco|imda|prft|emsg|uuid)$/;

/** `ftyp` and the brands of a file made of boxes, or the brand implied by its first boxes. */
function brandsIn(head: Buffer): string | undefined {
	let start: string | undefined;
	for (const { type, content } of boxesIn(head)) {
		if (!isBoxType(type)) return start;
		if (type === 'ftyp') return type + content.toString('latin1');
		if (QUICKTIME_START.test(type)) start ??= 'ftypqt  ';
		if (MP4_START.test(type)) start ??= 'ftypisom';
	}
	return start;
}

/** Apart from line breaks and the letters of Windows' code pages. */
const CONTROLS = /(?![\t-\r\x7f-\x9f])\p{Cc}/u;

/** @returns `''` unless the bytes are text */
function textIn(head: Buffer): string {
	if (head.includes(0)) return '';
	// Streaming mode, since the head may end within a character.
	let text = new TextDecoder('utf-8').decode(head, { stream: true });
	if (text.includes('\ufffd')) {
		// Old encodings use one byte per letter, few of them beyond ASCII; binary files have many such bytes.
		const foreign = head.filter((byte) => byte >= 0x80).length;
		text = foreign * 4 < head.length ? head.toString('latin1') : '';
	}
	return CONTROLS.test(text) ? '' : text;
}

/** A program kept a binary file as UTF-8: U+FFFD is in the place of all other bytes. */
const wasText = (head: Buffer) =>
	head.includes('\ufffd') && Buffer.from(head.toString()).indexOf(head.subarray(0, -3)) === 0;

interface NamedFile {
	name: string;
	mimeType: string;
}

export const UNKNOWN_TYPE = 'application/octet-stream';
const LONGEST_STEM = 150;

/**
 * The name and type under which a file is sent. Gateways use both, and both may be wrong: so extension and type follow
 * the content if it was recognised, otherwise the file's own.
 */
export function sentAs({ name, mimeType }: NamedFile, kind: FileKind | undefined): NamedFile {
	const own = extensionOf(name);
	const isName = name.length > own.length + 1;
	const isTrue = kind?.isGeneric ? own && isName : kind?.extensions.includes(own.toLowerCase());
	const extension = !kind || isTrue ? own : kind.extensions[0];
	const stem = own ? name.slice(0, -own.length - 1) : name;
	const characters = [...stem.slice(0, LONGEST_STEM * 2)].slice(0, LONGEST_STEM);
	const short = characters.join('').replace(/[. ]+$/, '') || 'file';
	return { name: short + (extension && `.${extension}`), mimeType: typeOf(mimeType, kind) };
}

function typeOf(mimeType: string, kind: FileKind | undefined): string {
	const declared = mimeType.trim().toLowerCase();
	if (!kind) return mimeType;
	if (kind.isGeneric) return /^(?:|\w+\/octet-stream)$/.test(declared) ? kind.mimeType : declared;
	// The declared type may know whether a video container holds only sound.
	return declared.startsWith('audio/') ? kind.mimeType.replace(/^video/, 'audio') : kind.mimeType;
}

/** `''` if the name has none. A number after a dot is no extension: "v1.2" has none. */
export function extensionOf(name: string): string {
	const part = name.slice(name.lastIndexOf('.') + 1);
	const isExtension = name.includes('.') && /^[a-z0-9]{1,8}$/i.test(part) && /[a-z]/i.test(part);
	return isExtension ? part : '';
}
