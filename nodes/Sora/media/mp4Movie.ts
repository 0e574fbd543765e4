/**
 * What the index of an MP4 or MOV says of its tracks (ISO/IEC 14496-12, sections 8.2 to 8.8). Everything is
 * optional here: what is missing, unreadable or beyond the budget is not known.
 */
import { Budget } from './budget';
import { MP4_LIMITS } from './fileLimits';
import { boxesIn, boxHeaderAt, firstBoxes } from './mp4Boxes';

/** `undefined` is "not known". */
export interface MovieFacts {
	/** From the first picture or sound to the last. */
	seconds?: number;
	hasPicture?: boolean;
	hasSound?: boolean;
	/** In pixels, as it is shown: turned where the file says so. */
	width?: number;
	height?: number;
}

type TrackKind = 'picture' | 'sound' | 'other' | 'unknown';

interface Track {
	id?: number;
	kind: TrackKind;
	/** Units a second; 0 where unknown. */
	timescale: number;
	/** The length of its media, in units. */
	units?: number;
	/** The length that is shown of it, and how much later than the movie it begins. */
	shownSeconds?: number;
	delaySeconds?: number;
	samples?: number;
	/** Where in the file its last sample ends; `undefined` where the tables do not say. */
	dataEnd?: number;
	width?: number;
	height?: number;
}

/** What fragments add to a track, in its units; `end` is NaN where not every sample has a length. */
interface Fragments {
	start: number;
	end: number;
	samples: number;
}

/** Tracks of old that hold picture and sound together. */
const MIXED_HANDLERS = /^(?:MPEG|muxx|)$/;

function trackKind(handler: string): TrackKind {
	if (handler === 'vide') return 'picture';
	if (handler === 'soun') return 'sound';
	return MIXED_HANDLERS.test(handler) ? 'unknown' : 'other';
}

const isPlayed = ({ kind }: Track) => kind === 'picture' || kind === 'sound';

/** Version 1 of a box has its dates and lengths in 64 bits. */
const isWide = (content: Buffer | undefined) => content?.[0] === 1;

function uint32At(content: Buffer | undefined, at: number): number | undefined {
	return content && content.length >= at + 4 ? content.readUInt32BE(at) : undefined;
}

function uint64At(content: Buffer | undefined, at: number): bigint | undefined {
	return content && content.length >= at + 8 ? content.readBigUInt64BE(at) : undefined;
}

/** A length or time, by the version of its box. All ones is "unknown". */
function unitsAt(content: Buffer | undefined, at: number): number | undefined {
	const units = isWide(content) ? uint64At(content, at) : uint32At(content, at);
	const isUnknown = units === 0xffff_ffff || units === 0xffff_ffff_ffff_ffffn;
	return units === undefined || isUnknown ? undefined : Number(units);
}

/** `mvhd` and `mdhd`: behind version, flags and two dates come the units a second, then the length. */
function clockIn(header: Buffer | undefined): { timescale: number; units?: number } {
	const at = isWide(header) ? 20 : 12;
	return { timescale: uint32At(header, at) ?? 0, units: unitsAt(header, at + 4) };
}

const inSeconds = (units: number | undefined, timescale: number) =>
	units && timescale ? units / timescale : undefined;

/** In seconds; `end` is NaN where it is not known. */
interface Span {
	begin: number;
	end: number;
}

/** @returns `undefined` unless the end of each is known */
function spanned(spans: Span[]): number | undefined {
	const length =
		Math.max(...spans.map(({ end }) => end)) - Math.min(...spans.map(({ begin }) => begin));
	return Number.isFinite(length) && length > 0 ? length : undefined;
}

export class Mp4Movie {
	private readonly budget = new Budget(MP4_LIMITS.indexBoxes);
	private readonly fragmentBudget = new Budget(MP4_LIMITS.fragmentBoxes);
	private readonly tracks: Track[] = [];
	private readonly timescale: number;
	/** Of the movie, by its header: of the longest track, whatever that holds. */
	private readonly headerSeconds?: number;
	/** By track: how long a sample lasts where a fragment does not say. */
	private readonly sampleUnits = new Map<number, number>();
	private readonly fragments = new Map<number, Fragments>();
	/** Samples may come in fragments. */
	private readonly isExtended: boolean;

	/** @param index the content of `moov` */
	constructor(index: Buffer) {
		const { mvhd, mvex } = firstBoxes(index, ['mvhd', 'mvex'], this.budget);
		const { timescale, units } = clockIn(mvhd);
		this.timescale = timescale;
		this.headerSeconds = inSeconds(units, timescale);
		for (const { type, content } of boxesIn(index, this.budget)) {
			if (type === 'trak') this.tracks.push(this.track(content));
		}
		this.isExtended = mvex !== undefined;
		for (const { type, content } of boxesIn(mvex ?? Buffer.alloc(0), this.budget)) {
			const [id, sampleUnits] = [uint32At(content, 4), uint32At(content, 12)];
			if (type === 'trex' && id !== undefined && sampleUnits) this.sampleUnits.set(id, sampleUnits);
		}
	}

	/** An index without tracks may be compressed, or be that of other movies. */
	private get isKnown(): boolean {
		return this.tracks.length > 0 && !this.budget.isSpent;
	}

	private track(content: Buffer): Track {
		const inside = <Type extends string>(bytes: Buffer | undefined, ...types: Type[]) =>
			firstBoxes(bytes, types, this.budget);
		const { tkhd, edts, mdia } = inside(content, 'tkhd', 'edts', 'mdia');
		const { mdhd, hdlr, minf } = inside(mdia, 'mdhd', 'hdlr', 'minf');
		const { stbl } = inside(minf, 'stbl');
		const tables = inside(stbl, 'stsd', 'stsz', 'stz2', 'stsc', 'stco', 'co64');
		const { timescale, units } = clockIn(mdhd);
		return {
			id: uint32At(tkhd, isWide(tkhd) ? 20 : 12),
			kind: trackKind(hdlr?.toString('latin1', 8, 12) ?? ''),
			timescale,
			units,
			...this.edits(inside(edts, 'elst').elst),
			samples: uint32At(tables.stsz ?? tables.stz2, 8),
			dataEnd: dataEndIn(tables),
			...shownSize(tkhd, tables.stsd),
		};
	}

	/** `elst`: what is shown of a track, and what is waited for, in units of the movie. 0 stands for "the rest". */
	private edits(elst: Buffer | undefined): Pick<Track, 'shownSeconds' | 'delaySeconds'> {
		const count = uint32At(elst, 4) ?? 0;
		const [entry, place] = isWide(elst) ? [20, 8] : [12, 4];
		const sum = { shown: 0, empty: 0 };
		for (let at = 8; at < 8 + count * entry; at += entry) {
			const units = unitsAt(elst, at);
			if (!units || count > MP4_LIMITS.edits) return {};
			sum[uint32At(elst, at + place) === EMPTY_EDIT ? 'empty' : 'shown'] += units;
		}
		return {
			shownSeconds: inSeconds(sum.shown, this.timescale),
			delaySeconds: inSeconds(sum.empty, this.timescale),
		};
	}

	/**
	 * @param content of `moof`
	 * @returns how many samples it adds
	 */
	addFragment(content: Buffer): number {
		let samples = 0;
		for (const { type, content: track } of boxesIn(content, this.fragmentBudget)) {
			if (type === 'traf') samples += this.addTrackFragment(track);
		}
		return samples;
	}

	private addTrackFragment(content: Buffer): number {
		const { tfhd, tfdt } = firstBoxes(content, ['tfhd', 'tfdt'], this.fragmentBudget);
		const track = this.tracks.find(({ id }) => id !== undefined && id === uint32At(tfhd, 4));
		if (!tfhd || track?.id === undefined) return 0;
		const known = this.fragments.get(track.id);
		// The first fragment may lie in the index itself.
		const start = unitsAt(tfdt, 4) ?? known?.end ?? (track.samples ? (track.units ?? 0) : 0);
		const sum = { units: 0, samples: 0 };
		for (const { type, content: run } of boxesIn(content, this.fragmentBudget)) {
			if (type !== 'trun') continue;
			const usual = sampleUnitsIn(tfhd) ?? this.sampleUnits.get(track.id);
			const { units, samples } = runLength(run, usual);
			sum.samples += samples;
			sum.units += units;
		}
		this.fragments.set(track.id, {
			start: Math.min(known?.start ?? Infinity, start),
			end: Math.max(known?.end ?? 0, start + sum.units),
			samples: (known?.samples ?? 0) + sum.samples,
		});
		return sum.samples;
	}

	/** Where the last sample ends that the index places in the file; `undefined` where its tables do not say. */
	get dataEnd(): number | undefined {
		const ends = this.tracks.filter(({ samples }) => samples !== 0).map(({ dataEnd }) => dataEnd);
		const isKnown = this.isKnown && ends.every((end) => end !== undefined);
		return isKnown ? Math.max(0, ...ends) : undefined;
	}

	/** Whether no track has a sample, as in the beginning of a stream that is served in pieces. */
	get isEmpty(): boolean {
		return this.isKnown && this.tracks.every((track) => track.samples === 0 && !this.added(track));
	}

	private added({ id }: Track): Fragments | undefined {
		const fragments = this.fragments.get(id ?? -1);
		return fragments?.samples ? fragments : undefined;
	}

	/** @param sawAllFragments whether every `moof` of the file was added */
	facts(sawAllFragments: boolean): MovieFacts {
		const isAll = sawAllFragments && !this.fragmentBudget.isSpent;
		const filled = this.tracks.filter((track) => !this.lacksSamples(track, isAll));
		const picture = filled.find(({ kind }) => kind === 'picture');
		return {
			seconds: isAll || !this.isExtended ? this.seconds(filled) : undefined,
			hasPicture: this.has('picture', filled),
			hasSound: this.has('sound', filled),
			width: picture?.width,
			height: picture?.height,
		};
	}

	private has(kind: TrackKind, filled: Track[]): boolean | undefined {
		if (filled.some((track) => track.kind === kind)) return true;
		const isNone = this.isKnown && filled.every((track) => track.kind !== 'unknown');
		return isNone ? false : undefined;
	}

	/** Of a file in fragments, nothing is certain before all of them were seen. */
	private lacksSamples(track: Track, sawAllFragments: boolean): boolean {
		if (!this.isExtended) return (track.samples ?? track.units) === 0;
		return sawAllFragments && track.samples === 0 && !this.added(track);
	}

	/** What was measured comes before what is announced. */
	private seconds(filled: Track[]): number | undefined {
		if (this.budget.isSpent) return undefined;
		const measured = spanned(filled.filter(isPlayed).map((track) => this.span(track)));
		const isAllPlayed = this.fragments.size === 0 && this.tracks.every(isPlayed);
		return measured ?? (isAllPlayed ? this.headerSeconds : undefined);
	}

	private span(track: Track): Span {
		const { shownSeconds, delaySeconds = 0, units, timescale } = track;
		const fragments = this.added(track);
		if (fragments) {
			const { start, end } = fragments;
			return { begin: track.samples ? 0 : start / timescale, end: end / timescale };
		}
		const length = shownSeconds ?? inSeconds(units, timescale) ?? Number.NaN;
		return { begin: delaySeconds, end: delaySeconds + length };
	}
}

/** No place in the track's media: nothing is shown until then. */
const EMPTY_EDIT = 0xffff_ffff;

/** The sizes of all samples, how many of them lie together in each chunk, and where the chunks begin. */
type SampleTables = Partial<Record<'stsz' | 'stsc' | 'stco' | 'co64', Buffer>>;

/** @returns `undefined` unless the tables are there, and whole */
function dataEndIn({ stsz, stsc, stco, co64 }: SampleTables): number | undefined {
	const [size, samples] = [uint32At(stsz, 4), uint32At(stsz, 8)];
	const chunks = uint32At(stco ?? co64, 4) ?? 0;
	const runs = uint32At(stsc, 4) ?? 0;
	if (!stsz || size === undefined || !samples || !chunks || !runs) return undefined;
	let [end, sample, run, perChunk] = [0, 0, 0, 0];
	for (let chunk = 1; chunk <= chunks; chunk++) {
		for (; run < runs && (uint32At(stsc, 8 + run * 12) ?? Infinity) <= chunk; run++) {
			perChunk = uint32At(stsc, 12 + run * 12) ?? 0;
		}
		const begin = stco ? uint32At(stco, 4 + chunk * 4) : uint64At(co64, chunk * 8);
		const last = Math.min(sample + perChunk, samples);
		if (begin === undefined || (!size && 12 + last * 4 > stsz.length)) return undefined;
		let bytes = (last - sample) * size;
		for (; sample < last; sample++) bytes += size ? 0 : stsz.readUInt32BE(12 + sample * 4);
		end = Math.max(end, Number(begin) + bytes);
	}
	return sample === samples ? end : undefined;
}

const TKHD_MATRIX = 40;
const TKHD_SIZE = 76;
/** What version 1 of it has more in front. */
const TKHD_WIDER = 12;
/** Where the boxes of a description of pictures begin, behind its own fields. */
const PICTURE_BOXES = 94;

/** Sides in pixels, of the track header or else of the first sample description; a quarter turn swaps them. */
function shownSize(tkhd: Buffer | undefined, stsd: Buffer | undefined) {
	const by = isWide(tkhd) ? TKHD_WIDER : 0;
	const sides = [0, 4].map((at) => Math.round((uint32At(tkhd, TKHD_SIZE + by + at) ?? 0) / 65_536));
	const coded = [40, 42].map((at) => (stsd && stsd.length >= at + 2 ? stsd.readUInt16BE(at) : 0));
	// Lengths that are fractions are those of the picture, rounded.
	const isCoded = sides.every((side, index) => !side || Math.abs(side - (coded[index] ?? 0)) <= 1);
	const [width, height] = isCoded ? [(coded[0] ?? 0) * pixelRatio(stsd), coded[1]] : sides;
	if (!width || !height) return {};
	const size = { width: Math.round(width), height };
	const turn = [0, 4, 12, 16].map((at) => uint32At(tkhd, TKHD_MATRIX + by + at));
	const isTurned = turn[0] === 0 && turn[3] === 0 && turn[1] !== 0 && turn[2] !== 0;
	return isTurned ? { width: size.height, height: size.width } : size;
}

/** `pasp`: how wide a pixel is shown. */
function pixelRatio(stsd: Buffer | undefined): number {
	const description = stsd && boxHeaderAt(stsd, 8);
	const boxes = stsd?.subarray(PICTURE_BOXES, 8 + (description?.size ?? 0));
	const { pasp } = firstBoxes(boxes, ['pasp'], new Budget(MP4_LIMITS.descriptionBoxes));
	const [across, down] = [uint32At(pasp, 0), uint32At(pasp, 4)];
	const ratio = across && down ? across / down : 1;
	return ratio > 0.1 && ratio < 10 ? ratio : 1;
}

/** `tfhd` has its optional fields one behind the other, by its flags. */
function sampleUnitsIn(header: Buffer): number | undefined {
	const flags = uint32At(header, 0) ?? 0;
	if (!(flags & 0x8)) return undefined;
	return uint32At(header, 8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0));
}

/** `trun`: a count of samples, and for each of them up to four numbers, of which the first may be its length. */
function runLength(run: Buffer, sampleUnits: number | undefined) {
	const flags = uint32At(run, 0) ?? 0;
	const samples = uint32At(run, 4) ?? 0;
	if (!(flags & 0x100)) {
		return { samples, units: samples ? samples * (sampleUnits ?? Number.NaN) : 0 };
	}
	const from = 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
	const step = [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length * 4;
	if (from + samples * step > run.length) return { samples, units: Number.NaN };
	let units = 0;
	for (let index = 0; index < samples; index++) units += run.readUInt32BE(from + index * step);
	return { samples, units };
}
