/** Video files for tests, made from the stand-in's clips, and boxes to build others. */
import { videoReader } from '../../nodes/Sora/media/clip';
import { fileKind } from '../../nodes/Sora/media/fileKind';
import { clip } from '../simulator/clips';

/** Reads a video in chunks that end at the given places. */
export function readVideo(bytes: Buffer, ends: number[] = []) {
	const kind = fileKind(bytes);
	const reader = videoReader(kind);
	let from = 0;
	for (const to of [...ends, bytes.length]) {
		reader?.push(bytes.subarray(from, to));
		from = to;
	}
	const { movie, lacks } = reader?.end() ?? {};
	return { mimeType: kind?.mimeType, isCut: lacks !== undefined, lacks, ...movie };
}

/** Bytes, Latin-1 text, or a 32-bit number. */
type Content = Buffer | string | number;

function joined(content: Content[]): Buffer {
	const parts = content.map((part) => {
		if (typeof part === 'string') return Buffer.from(part, 'latin1');
		if (typeof part !== 'number') return part;
		const bytes = Buffer.alloc(4);
		bytes.writeUInt32BE(part);
		return bytes;
	});
	return Buffer.concat(parts);
}

export function box(type: string, ...content: Content[]): Buffer {
	const inside = joined(content);
	return joined([inside.length + 8, type, inside]);
}

/** Ten seconds with picture and sound. */
export const soundClip = async () => await clip(false, 10);

/** The same clip with a track turned into free space, so that offsets stay the same. */
async function withoutTrack(handler: string): Promise<Buffer> {
	const bytes = Buffer.from(await soundClip());
	const at = bytes.indexOf(`hdlr\0\0\0\0\0\0\0\0${handler}`, 0, 'latin1');
	bytes.write('free', bytes.lastIndexOf('trak', at, 'latin1'), 'latin1');
	return bytes;
}

export const silentClip = async () => await withoutTrack('soun');
export const pictureless = async () => await withoutTrack('vide');

/** The same clip as Apple's phones and cameras name it. */
export async function quickTimeClip(): Promise<Buffer> {
	const bytes = Buffer.from(await soundClip());
	bytes.write('qt  ', 8, 'latin1');
	return bytes;
}

/** Times of tracks, fragments and clips are in milliseconds. */
export interface Track {
	/** The type of its handler. */
	kind: 'vide' | 'auxv' | 'soun' | 'text' | 'sbtl' | 'tmcd' | 'MPEG';
	length?: number;
	/** The sample count in its table. */
	samples?: number;
	/** The length of each visible piece. */
	edits?: number[];
	/** Before the first of them. */
	delay?: number;
	/** In pixels, before rotation. */
	size?: { width: number; height: number };
	turned?: boolean;
	/** The pixel aspect ratio. */
	pixel?: { across: number; down: number };
}

/** What one fragment adds to a track. */
interface Fragment {
	track: number;
	samples: number;
	/** The box that declares the sample duration: `SAMPLE_LENGTH`. */
	lengthIn?: 'trun' | 'tfhd' | 'trex';
	start?: number;
}

export interface BuiltClip {
	brand?: string;
	length?: number;
	tracks?: Track[];
	/** Makes a fragmented file. */
	fragments?: Fragment[];
	/** Writes 64-bit lengths. */
	wide?: boolean;
	mediaBytes?: number;
}

const SAMPLE_LENGTH = 100;
const ALL_ONES = 0xffff_ffff;
const WIDE = 0x0100_0000;
const UPRIGHT = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
const TURNED = [0, 0x1_0000, 0, 0xffff_0000, 0, 0, 0, 0, 0x4000_0000];

/** An MP4 with boxes as specified; its media is empty. */
export function builtClip({
	brand = 'mp42',
	length = 5_000,
	tracks = [{ kind: 'vide' }, { kind: 'soun' }],
	fragments,
	wide = false,
	mediaBytes = 2_000,
}: BuiltClip): Buffer {
	const timed = (type: string, units: number) =>
		wide ? box(type, WIDE, 0, 0, 0, 0, 1_000, 0, units) : box(type, 0, 0, 0, 1_000, units);
	const traks = tracks.map((track, index) =>
		box(
			'trak',
			trackHeader(index + 1, wide, track),
			track.edits ? editList(track, wide) : '',
			box(
				'mdia',
				timed('mdhd', track.length ?? length),
				box('hdlr', 0, 0, track.kind, Buffer.alloc(13)),
				box('minf', box('stbl', box('stsz', 0, 1, track.samples ?? 10), description(track))),
			),
		),
	);
	const usual = fragments?.some(({ lengthIn }) => lengthIn === 'trex') ? SAMPLE_LENGTH : 0;
	const defaults = tracks.map((_, index) => box('trex', 0, index + 1, 1, usual, 0, 0));
	const extension = fragments ? box('mvex', ...defaults) : '';
	return joined([
		box('ftyp', brand, 0),
		box('moov', timed('mvhd', length), ...traks, extension),
		...(fragments ?? []).flatMap((fragment) => [
			box('moof', box('mfhd', 0, 1), trackFragment(fragment)),
			box('mdat', Buffer.alloc(100)),
		]),
		box('mdat', Buffer.alloc(mediaBytes)),
	]);
}

function trackHeader(id: number, wide: boolean, { size, turned }: Track): Buffer {
	const { width = 0, height = 0 } = size ?? {};
	const dates = wide ? [WIDE, 0, 0, 0, 0, id, 0, 0, 0] : [0, 0, 0, id, 0, 0];
	const matrix = turned ? TURNED : UPRIGHT;
	return box('tkhd', ...dates, 0, 0, 0, 0, ...matrix, width * 0x1_0000, height * 0x1_0000);
}

function editList({ edits = [], delay }: Track, wide: boolean): Buffer {
	const edit = (length: number, start: number) =>
		wide ? [0, length, start, start, 0x1_0000] : [length, start, 0x1_0000];
	const entries = edits.map((length) => edit(length, 0));
	if (delay !== undefined) entries.unshift(edit(delay, ALL_ONES));
	return box('edts', box('elst', wide ? WIDE : 0, entries.length, ...entries.flat()));
}

/** `stsd` with one picture format: its sides and its pixel aspect ratio. */
function description({ size, pixel }: Track): Content {
	if (!pixel) return '';
	const fields = Buffer.alloc(78);
	fields.writeUInt16BE(size?.width ?? 0, 24);
	fields.writeUInt16BE(size?.height ?? 0, 26);
	return box('stsd', 0, 1, box('avc1', fields, box('pasp', pixel.across, pixel.down)));
}

function trackFragment({ track, samples, lengthIn, start }: Fragment): Buffer {
	const lengths = Array<number>(samples).fill(SAMPLE_LENGTH);
	return box(
		'traf',
		lengthIn === 'tfhd' ? box('tfhd', 0x8, track, SAMPLE_LENGTH) : box('tfhd', 0, track),
		start === undefined ? '' : box('tfdt', 0, start),
		lengthIn === 'trun' ? box('trun', 0x100, samples, ...lengths) : box('trun', 0, samples),
	);
}

/** An element of a WebM or MKV. */
export function element(id: number, ...content: Content[]): Buffer {
	const inside = joined(content);
	const name = Buffer.from(id.toString(16).padStart(2, '0'), 'hex');
	return joined([name, 0x1000_0000 + inside.length, inside]);
}

/**
 * A WebM without media, as written by a program that knows all lengths.
 * @param tick nanoseconds; by default a million, which the file omits
 */
export function builtMatroska({
	seconds = 5,
	tick,
}: { seconds?: number; tick?: number } = {}): Buffer {
	const duration = Buffer.alloc(8);
	duration.writeDoubleBE((seconds * 1e9) / (tick ?? 1_000_000));
	const scale = tick === undefined ? '' : element(0x2ad7b1, tick);
	return joined([
		element(0x1a45dfa3, element(0x4282, 'webm')),
		element(
			0x18538067,
			element(0xec, Buffer.alloc(20)),
			element(0x1549a966, scale, element(0x4489, duration)),
			element(
				0x1654ae6b,
				element(0xae, element(0x83, '\x01')),
				element(0xae, element(0x83, '\x02')),
			),
			element(0x1f43b675, element(0xec, Buffer.alloc(2_000))),
		),
	]);
}

/** A chunk of a WebP. */
export function chunk(type: string, ...content: Buffer[]): Buffer {
	const inside = Buffer.concat(content);
	const length = Buffer.alloc(4);
	length.writeUInt32LE(inside.length);
	return joined([type, length, inside, Buffer.alloc(inside.length % 2)]);
}
