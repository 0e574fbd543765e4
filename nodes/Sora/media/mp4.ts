/**
 * Reads an MP4 or MOV (ISO/IEC 14496-12, sections 8.2 to 8.8). Anything missing, unreadable or beyond the limits is
 * unknown: NaN internally, `undefined` in the result.
 */
import type { Bytes, Parsing } from './byteFeed';
import { megabytes, VIDEO_LIMITS } from './fileLimits';
import { boxesIn } from './mp4Boxes';

export interface MovieFacts {
	/** From the first picture or sound to the last. */
	seconds?: number;
	hasPicture?: boolean;
	hasSound?: boolean;
	/** In pixels as shown, that is, rotated if the file says so. */
	width?: number;
	height?: number;
}

/** The result of reading a video to its end. */
export interface ReadVideo {
	movie: MovieFacts;
	/** Why it is incomplete: "its index is missing". */
	lacks?: string;
}

export const bytesMissing = (bytes: number) =>
	bytes > 0 ? `${megabytes(bytes)} of it are missing` : undefined;

/** Follows the top-level boxes, and reads the index and the headers of fragments. */
export function* readMp4(file: Bytes): Parsing<ReadVideo> {
	let movie: Movie | undefined;
	/** The file is incomplete if it ends before these. Any other box that continues past the end was appended. */
	let [indexEnd, mediaEnd] = [0, 0];
	let bytesLeft: number = VIDEO_LIMITS.bytes;
	let left: number = VIDEO_LIMITS.parts;
	for (; left > 0; left--) {
		const start = file.position;
		let head = yield* file.take(8);
		if (uint32At(head, 0) === 1) head = Buffer.concat([head, yield* file.take(8)]);
		const [{ type, size } = { type: '', size: 0 }] = boxesIn(head);
		if (!type) break;
		const end = start + size;
		const isIndex = type === 'moov' && !movie;
		if (isIndex) movie = new Movie();
		if (movie && (isIndex || type === 'moof')) {
			const content = yield* file.take(Math.min(end - file.position, bytesLeft));
			bytesLeft -= content.length;
			movie.read(content);
			if (bytesLeft === 0) movie.isPartial = true;
		}
		if (size < Infinity && /^moo[vf]$/.test(type)) indexEnd = end;
		if (size < Infinity && type === 'mdat') mediaEnd = end;
		if (movie && /^(?:mdat|imda)$/.test(type)) movie.isWaiting = false;
		yield* file.skip(end - file.position);
	}
	yield* file.skip(Infinity);
	const sawAll = left > 0;
	if (!movie) return { movie: {}, lacks: sawAll ? 'its index is missing' : undefined };
	return movie.result({ size: file.position, indexEnd, mediaEnd, sawAll });
}

const uint32At = (content: Buffer | undefined, at: number) =>
	content && content.length >= at + 4 ? content.readUInt32BE(at) : Number.NaN;

const uint64At = (content: Buffer | undefined, at: number) =>
	content && content.length >= at + 8 ? Number(content.readBigUInt64BE(at)) : Number.NaN;

/** Version 1 of a box has 64-bit dates and lengths. */
const isWide = (content: Buffer | undefined) => content?.[0] === 1;

/** A length or time, by the version of its box. All ones is "unknown". */
function unitsAt(content: Buffer | undefined, at: number): number {
	const units = isWide(content) ? uint64At(content, at) : uint32At(content, at);
	return units === 0xffff_ffff || units === 2 ** 64 ? Number.NaN : units;
}

/** `mvhd` and `mdhd`: version, flags, two dates, units per second, length. */
function clockIn(header: Buffer | undefined) {
	const at = isWide(header) ? 20 : 12;
	return { timescale: uint32At(header, at), units: unitsAt(header, at + 4) };
}

/** The contents of a track's boxes, by type. */
type Boxes = Partial<Record<string, Buffer>>;

interface Track {
	boxes: Boxes;
	/** If there are fragments: the range of their samples and those of the index, in units. */
	span?: { start: number; end: number };
}

const idOf = ({ boxes: { tkhd } }: Track) => uint32At(tkhd, isWide(tkhd) ? 20 : 12);
const samplesOf = ({ stsz, stz2 }: Boxes) => uint32At(stsz ?? stz2, 8);

const OPENED = /^(?:trak|edts|mdia|minf|stbl|mvex|traf)$/;
/** A real index has five. */
const MAX_LEVELS = 8;

type Seen = { size: number; indexEnd: number; mediaEnd: number; sawAll: boolean };

class Movie {
	/** Something was unreadable, so nothing can be reported as missing. */
	isPartial = false;
	/** A fragment came, but nothing yet that could hold its samples. */
	isWaiting = false;
	private mvhd?: Buffer;
	private readonly tracks: Track[] = [];
	/** By track: the default duration of a sample, in units. */
	private readonly sampleUnits = new Map<number, number>();
	/** Set once the first fragment came. */
	private byId?: Map<number, Track>;
	private fragment: { track?: Track; units: number; at?: number } = { units: 0 };

	/** @param content of the index, or later of a fragment's header */
	read(content: Buffer): void {
		if (this.mvhd || this.tracks.length) {
			this.byId ??= new Map(this.tracks.map((track) => [idOf(track), track]));
		}
		if (!this.readInside(content, { left: VIDEO_LIMITS.parts }, 1)) this.isPartial = true;
	}

	/** @returns whether everything was readable: no box exceeds its parent, or is nested too deeply */
	private readInside(bytes: Buffer, parts: { left: number }, level: number): boolean {
		if (level > MAX_LEVELS) return false;
		let readTo = 0;
		for (const { type, content, end } of boxesIn(bytes)) {
			if (end > bytes.length || --parts.left < 0) return false;
			this.readBox(type, content);
			if (OPENED.test(type) && !this.readInside(content, parts, level + 1)) return false;
			readTo = end;
		}
		return bytes.length - readTo < 8;
	}

	private readBox(type: string, content: Buffer): void {
		const boxes = this.tracks.at(-1)?.boxes ?? {};
		if (type === 'mvhd') this.mvhd ??= content;
		else if (type === 'trak') this.tracks.push({ boxes: {} });
		else if (type === 'trex') this.sampleUnits.set(uint32At(content, 4), uint32At(content, 12));
		else if (type === 'traf') this.fragment = { units: 0 };
		else if (type === 'tfhd') {
			const id = uint32At(content, 4);
			const units = sampleUnitsIn(content) ?? (this.sampleUnits.get(id) || Number.NaN);
			this.fragment = { ...this.fragment, track: this.byId?.get(id), units };
		} else if (type === 'tfdt') this.fragment.at = unitsAt(content, 4);
		else if (type === 'trun') this.addRun(content);
		// A compressed index, or one of other movies.
		else if (type === 'cmov' || type === 'rmra') this.isPartial = true;
		else boxes[type] ??= content;
	}

	private addRun(trun: Buffer): void {
		const { track, units, at } = this.fragment;
		if (!track || !(uint32At(trun, 4) > 0)) return;
		this.isWaiting = true;
		// The first samples may be in the index itself.
		const hasFirst = samplesOf(track.boxes) > 0;
		const before = track.span ?? { start: Infinity, end: 0 };
		const start = at ?? track.span?.end ?? (hasFirst ? clockIn(track.boxes.mdhd).units : 0);
		const end = start + runUnits(trun, units);
		this.fragment.at = end;
		track.span = {
			start: Math.min(before.start, hasFirst ? 0 : start),
			end: Math.max(before.end, end),
		};
	}

	/** @param seen the file's size, where its boxes end, and whether all of them were read */
	result({ size, indexEnd, mediaEnd, sawAll }: Seen): ReadVideo {
		const { timescale } = clockIn(this.mvhd);
		const all = this.tracks.map((track) => factsOf(track, timescale));
		const isKnown = !this.isPartial;
		// If the tables tell where the last sample ends, they are more reliable than the size of its box.
		const tablesEnd = all.reduce((last, track) => Math.max(last, track.dataEnd), 0);
		const dataEnd = isKnown && !this.byId && tablesEnd > 0 ? tablesEnd : mediaEnd;
		let lacks = bytesMissing(Math.max(indexEnd, dataEnd) - size);
		const isEmpty = isKnown && all.every((track) => track.isEmpty);
		if (sawAll && (isEmpty || this.isWaiting)) lacks ??= 'its media is missing';
		const tracks = sawAll && isKnown ? all.filter((track) => !track.isEmpty) : all;
		const has = (wanted: string) => {
			if (tracks.some(({ kind }) => kind === wanted)) return true;
			return isKnown && tracks.every(({ kind }) => kind) ? false : undefined;
		};
		const played = tracks.filter(({ kind }) => kind === 'vide' || kind === 'soun');
		const end = played.reduce((last, track) => Math.max(last, track.end), 0);
		const seconds = end - played.reduce((first, { begin }) => Math.min(first, begin), Infinity);
		const isSure = sawAll && isKnown && seconds > 0 && seconds < Infinity;
		const { width, height } = tracks.find(({ kind }) => kind === 'vide') ?? {};
		const movie = { hasPicture: has('vide'), hasSound: has('soun'), width, height };
		return { movie: { ...movie, seconds: isSure ? seconds : undefined }, lacks };
	}
}

/** @param movieScale units per second of the movie @returns the kind by its handler, and start and end in seconds */
function factsOf({ boxes, span }: Track, movieScale: number) {
	const kind = boxes.hdlr?.toString('latin1', 8, 12) ?? '';
	const { timescale, units } = clockIn(boxes.mdhd);
	const { shown, delay } = editsIn(boxes.elst, movieScale);
	const hasNone = samplesOf(boxes) === 0;
	return {
		// Old tracks may hold both picture and sound.
		kind: /^(?:MPEG|muxx)$/.test(kind) ? '' : kind,
		isEmpty: hasNone && !span,
		begin: span ? span.start / timescale : delay,
		end: span ? span.end / timescale : delay + (shown || units / timescale),
		dataEnd: hasNone ? 0 : dataEndIn(boxes),
		...shownSize(boxes),
	};
}
/** `elst`: which part of a track is shown, and after which delay, in units of the movie. 0 stands for "the rest". */
function editsIn(elst: Buffer | undefined, timescale: number) {
	const [length, place] = isWide(elst) ? [20, 8] : [12, 4];
	let [shown, delay] = [0, 0];
	for (let at = 8; elst && at + length <= elst.length; at += length) {
		const seconds = unitsAt(elst, at) / timescale;
		// An empty edit: nothing is shown until then.
		if (uint32At(elst, at + place) === 0xffff_ffff) delay += seconds || 0;
		else shown += seconds || Number.NaN;
	}
	return { shown, delay };
}

/**
 * From the sizes of all samples, the samples per chunk, and the chunk offsets.
 * @returns NaN unless the tables are present and complete
 */
function dataEndIn({ stsz, stsc, stco, co64 }: Boxes): number {
	const [size, samples] = [uint32At(stsz, 4), uint32At(stsz, 8)];
	const chunks = uint32At(stco ?? co64, 4);
	const runs = uint32At(stsc, 4);
	let [end, sample, run, perChunk] = [0, 0, 0, 0];
	for (let chunk = 1; chunk <= chunks; chunk++) {
		for (; run < runs && uint32At(stsc, 8 + run * 12) <= chunk; run++) {
			perChunk = uint32At(stsc, 12 + run * 12);
		}
		let at = stco ? uint32At(stco, 4 + chunk * 4) : uint64At(co64, chunk * 8);
		const last = Math.min(sample + perChunk, samples);
		if (size) at += (last - sample) * size;
		else for (let one = sample; one < last && at >= 0; one++) at += uint32At(stsz, 12 + one * 4);
		sample = last;
		end = Math.max(end, at);
		if (!(end >= 0)) break;
	}
	return samples > 0 && sample === samples ? end : Number.NaN;
}

/** Sides in pixels, from the track header or else the first sample description; a quarter turn swaps them. */
function shownSize({ tkhd, stsd }: Boxes) {
	const matrix = isWide(tkhd) ? 52 : 40;
	const shown = [36, 40].map((by) => Math.round(uint32At(tkhd, matrix + by) / 65_536));
	const coded = [38, 40].map((by) => uint32At(stsd, by) & 0xffff);
	// The pixel aspect ratio. If pixels are not square, MOV has the coded sides in the track header.
	const pasp = stsd?.indexOf('pasp') ?? -1;
	const ratio = pasp < 0 ? 1 : uint32At(stsd, pasp + 4) / uint32At(stsd, pasp + 8);
	const isSquare = ratio === 1 || !(ratio > 0.1 && ratio < 10);
	let [width = 0, height = 0] = isSquare && shown.every(Boolean) ? shown : coded;
	if (!isSquare) width = Math.round(width * ratio);
	if (!width || !height) return {};
	const [across, over, back, down] = [0, 4, 12, 16].map((by) => uint32At(tkhd, matrix + by));
	if (across === 0 && down === 0 && over && back) [width, height] = [height, width];
	return { width, height };
}

/** `tfhd` has optional fields, one after another, as its flags say. */
function sampleUnitsIn(tfhd: Buffer): number | undefined {
	const flags = uint32At(tfhd, 0);
	if (!(flags & 0x8)) return undefined;
	return uint32At(tfhd, 8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0));
}

/** `trun`: a sample count, and for each sample up to four numbers, the first of which may be its duration. */
function runUnits(run: Buffer, sampleUnits: number): number {
	const flags = uint32At(run, 0);
	const samples = uint32At(run, 4);
	if (!(flags & 0x100)) return samples * sampleUnits;
	const from = 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
	const step = [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length * 4;
	if (from + samples * step > run.length) return Number.NaN;
	let units = 0;
	for (let index = 0; index < samples; index++) units += run.readUInt32BE(from + index * step);
	return units;
}
