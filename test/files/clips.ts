/** Video files for tests, made of the stand-in's clips, and boxes to build others of. */
import { videoReader } from '../../nodes/Sora/media/clip';
import { fileKind } from '../../nodes/Sora/media/fileKind';
import { clip } from '../simulator/clips';

/** What is known of a video, read in chunks that end at some places. */
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

export function box(type: string, ...content: Buffer[]): Buffer {
	const inside = Buffer.concat(content);
	const header = Buffer.alloc(8);
	header.writeUInt32BE(inside.length + 8);
	header.write(type, 4, 'latin1');
	return Buffer.concat([header, inside]);
}

/** Ten seconds with picture and sound. */
export const soundClip = async () => await clip(false, 10);

/** Where a track of the movie begins, by the handler that it names. */
function trackAt(bytes: Buffer, handler: string): number {
	const at = bytes.indexOf(`hdlr\0\0\0\0\0\0\0\0${handler}`, 0, 'latin1');
	return bytes.lastIndexOf('trak', at, 'latin1');
}

/** The same clip with a track turned into free space, so that nothing moves. */
async function withoutTrack(handler: string): Promise<Buffer> {
	const bytes = Buffer.from(await soundClip());
	bytes.write('free', trackAt(bytes, handler), 'latin1');
	return bytes;
}

export const silentClip = async () => await withoutTrack('soun');
export const pictureless = async () => await withoutTrack('vide');

/** The same clip as a phone or camera of Apple's names it. */
export async function quickTimeClip(): Promise<Buffer> {
	const bytes = Buffer.from(await soundClip());
	bytes.write('qt  ', 8, 'latin1');
	return bytes;
}

const uint32s = (...values: number[]) => {
	const bytes = Buffer.alloc(values.length * 4);
	values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
	return bytes;
};

export interface Track {
	/** The type of its handler. */
	kind: 'vide' | 'auxv' | 'soun' | 'text' | 'sbtl' | 'tmcd' | 'MPEG';
	/** Milliseconds. */
	length?: number | 'unknown';
	/** How many samples its table counts. */
	samples?: number;
	/** Milliseconds of each piece that is shown. */
	edits?: number[];
	/** Milliseconds until the first of them. */
	delay?: number;
	/** In pixels, before it is turned. */
	size?: { width: number; height: number };
	turned?: boolean;
	/** How much wider or narrower than high a pixel is shown. */
	pixel?: { across: number; down: number };
}

/** What one fragment adds to a track. */
export interface Fragment {
	track: number;
	samples: number;
	/** Milliseconds of each sample, as each says itself. */
	sampleLength?: number;
	/** Milliseconds of each sample, said once for all of them. */
	commonLength?: number;
	/** Milliseconds. */
	start?: number;
}

export interface BuiltClip {
	brand?: string;
	/** Milliseconds. */
	length?: number;
	tracks?: Track[];
	/** Makes a file whose pictures come in fragments. */
	fragments?: Fragment[];
	/** Milliseconds of each sample, where its fragment does not say. */
	usualLength?: number;
	/** Writes lengths in 64 bits. */
	wide?: boolean;
	mediaBytes?: number;
}

const ALL_ONES = 0xffff_ffff;

const UPRIGHT = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
const TURNED = [0, 0x1_0000, 0, 0xffff_0000, 0, 0, 0, 0, 0x4000_0000];

function trackHeader(id: number, wide: boolean, { size, turned }: Track): Buffer {
	const { width = 0, height = 0 } = size ?? {};
	return box(
		'tkhd',
		wide ? uint32s(0x0100_0000, 0, 0, 0, 0, id, 0, 0, 0) : uint32s(0, 0, 0, id, 0, 0),
		uint32s(0, 0, 0, 0),
		uint32s(...(turned ? TURNED : UPRIGHT)),
		uint32s(width * 0x1_0000, height * 0x1_0000),
	);
}

/** An MP4 whose boxes say what the arguments say; its media is nothing. Times are in milliseconds. */
export function builtClip({
	brand = 'mp42',
	length = 5_000,
	tracks = [{ kind: 'vide' }, { kind: 'soun' }],
	fragments,
	usualLength = 0,
	wide = false,
	mediaBytes = 2_000,
}: BuiltClip): Buffer {
	const timed = (type: string, milliseconds: number | 'unknown') => {
		const [high, low] = milliseconds === 'unknown' ? [ALL_ONES, ALL_ONES] : [0, milliseconds];
		return wide
			? box(type, uint32s(0x0100_0000, 0, 0, 0, 0, 1_000, high, low))
			: box(type, uint32s(0, 0, 0, 1_000, low));
	};
	const traks = tracks.map((track, index) =>
		box(
			'trak',
			trackHeader(index + 1, wide, track),
			...(track.edits ? [editList(track.edits, track.delay, wide)] : []),
			box(
				'mdia',
				timed('mdhd', track.length ?? length),
				box('hdlr', uint32s(0, 0), Buffer.from(track.kind, 'latin1'), Buffer.alloc(13)),
				box(
					'minf',
					box(
						'stbl',
						box('stsz', uint32s(0, 1, track.samples ?? 10)),
						...(track.pixel ? [pictureDescription(track)] : []),
					),
				),
			),
		),
	);
	const usual = tracks.map((_, index) => box('trex', uint32s(0, index + 1, 1, usualLength, 0, 0)));
	const extension = fragments ? [box('mvex', ...usual)] : [];
	return Buffer.concat([
		box('ftyp', Buffer.from(brand, 'latin1'), Buffer.alloc(4)),
		box('moov', timed('mvhd', length), ...traks, ...extension),
		...(fragments ?? []).flatMap((fragment) => [
			box('moof', box('mfhd', uint32s(0, 1)), trackFragment(fragment)),
			box('mdat', Buffer.alloc(100)),
		]),
		box('mdat', Buffer.alloc(mediaBytes)),
	]);
}

/** `stsd` of one picture format, with its sides and how its pixels are shown. */
function pictureDescription({ size, pixel }: Track): Buffer {
	const fields = Buffer.alloc(78);
	fields.writeUInt16BE(size?.width ?? 0, 24);
	fields.writeUInt16BE(size?.height ?? 0, 26);
	const shape = box('pasp', uint32s(pixel?.across ?? 1, pixel?.down ?? 1));
	return box('stsd', uint32s(0, 1), box('avc1', fields, shape));
}

function editList(edits: number[], delay: number | undefined, wide: boolean): Buffer {
	const edit = (length: number, start: number) =>
		wide ? uint32s(0, length, start, start, 0x1_0000) : uint32s(length, start, 0x1_0000);
	const entries = [
		...(delay === undefined ? [] : [edit(delay, ALL_ONES)]),
		...edits.map((length) => edit(length, 0)),
	];
	return box('edts', box('elst', uint32s(wide ? 0x0100_0000 : 0, entries.length), ...entries));
}

function trackFragment({ track, samples, sampleLength, commonLength, start }: Fragment): Buffer {
	const header = commonLength === undefined ? uint32s(0, track) : uint32s(0x8, track, commonLength);
	const run =
		sampleLength === undefined
			? uint32s(0, samples)
			: uint32s(0x100, samples, ...Array<number>(samples).fill(sampleLength));
	return box(
		'traf',
		box('tfhd', header),
		...(start === undefined ? [] : [box('tfdt', uint32s(0, start))]),
		box('trun', run),
	);
}

/** An element of a WebM or MKV. */
export function element(id: number, ...content: Buffer[]): Buffer {
	const inside = Buffer.concat(content);
	const size = Buffer.alloc(4);
	size.writeUInt32BE(0x1000_0000 + inside.length);
	return Buffer.concat([Buffer.from(id.toString(16).padStart(2, '0'), 'hex'), size, inside]);
}

const float64 = (value: number) => {
	const bytes = Buffer.alloc(8);
	bytes.writeDoubleBE(value);
	return bytes;
};

const MATROSKA_TRACKS = { picture: 1, sound: 2, subtitles: 17 } as const;

/** A WebM or MKV without media, as a program writes it that knows what follows. */
export function builtMatroska({
	seconds = 5,
	tracks = ['picture', 'sound'],
	docType = 'webm',
	mediaBytes = 2_000,
	tick = 1_000_000,
}: {
	/** Browsers' recorders do not say it. */
	seconds?: number | 'unsaid';
	tracks?: Array<keyof typeof MATROSKA_TRACKS>;
	docType?: string;
	mediaBytes?: number;
	/** Nanoseconds; a million where the file does not say it. */
	tick?: number | 'unsaid';
}): Buffer {
	const nanoseconds = tick === 'unsaid' ? 1_000_000 : tick;
	const duration =
		seconds === 'unsaid' ? [] : [element(0x4489, float64((seconds * 1e9) / nanoseconds))];
	const scale = tick === 'unsaid' ? [] : [element(0x2ad7b1, uint32s(tick))];
	return Buffer.concat([
		element(0x1a45dfa3, element(0x4282, Buffer.from(docType))),
		element(
			0x18538067,
			element(0xec, Buffer.alloc(20)),
			element(0x1549a966, ...scale, ...duration),
			element(
				0x1654ae6b,
				...tracks.map((kind) => element(0xae, element(0x83, Buffer.from([MATROSKA_TRACKS[kind]])))),
			),
			element(0x1f43b675, Buffer.alloc(mediaBytes)),
		),
	]);
}

/** A chunk of a WebP. */
export function chunk(type: string, ...content: Buffer[]): Buffer {
	const inside = Buffer.concat(content);
	const header = Buffer.alloc(8);
	header.write(type, 'latin1');
	header.writeUInt32LE(inside.length, 4);
	return Buffer.concat([header, inside, Buffer.alloc(inside.length % 2)]);
}

/** The first bytes of an AVI, whose inside is not read. */
export const AVI_HEAD = Buffer.from('RIFF\0\0\0\0AVI LIST', 'latin1');
