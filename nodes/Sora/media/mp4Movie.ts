/**
 * What the index of an MP4 or MOV says of its tracks (ISO/IEC 14496-12, sections 8.2 to 8.8). Everything is
 * optional here: what is missing, unreadable or beyond the budget is not known.
 */
import { Budget } from './budget';
import { MP4_LIMITS } from './fileLimits';
import { boxesIn, firstBoxes } from './mp4Boxes';

/** `undefined` is "not known". */
export interface MovieFacts {
	/** Of the longest track of picture or sound. */
	seconds?: number;
	/** When the last of them ends, where one begins later. */
	endSeconds?: number;
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
	/** The length that is shown of it. */
	shownSeconds?: number;
	/** How much later than the movie it begins. */
	delaySeconds?: number;
	samples?: number;
	/** Where in the file its first samples are; `undefined` where the index does not say, or says another file. */
	mediaAt?: number;
	width?: number;
	height?: number;
	/** Tracks that list this one's chapters. */
	chapters: number[];
}

/** What fragments add to a track, in its units. */
interface Fragments {
	start: number;
	end: number;
	samples: number;
	/** Whether every sample has a length. */
	isTimed: boolean;
}

const KINDS: Readonly<Record<string, TrackKind>> = {
	vide: 'picture',
	auxv: 'picture',
	soun: 'sound',
	...Object.fromEntries(
		[
			...['hint', 'text', 'sbtl', 'subt', 'clcp', 'subp', 'tmcd', 'meta', 'mdta', 'data', 'url '],
			...['odsm', 'sdsm', 'crsm', 'm7sm', 'ocsm', 'ipsm', 'mjsm', 'gesm', 'camm', 'GPS ', 'tx3g'],
		].map((handler) => [handler, 'other']),
	),
};

/** Version 1 of a box has its dates and lengths in 64 bits. */
const isWide = (content: Buffer) => content[0] === 1;

function uint32At(content: Buffer | undefined, at: number): number | undefined {
	return content && content.length >= at + 4 ? content.readUInt32BE(at) : undefined;
}

/** A length or time, by the version of its box. All ones is "unknown". */
function unitsAt(content: Buffer | undefined, at: number): number | undefined {
	if (!content || !isWide(content)) {
		const units = uint32At(content, at);
		return units === 0xffff_ffff ? undefined : units;
	}
	if (content.length < at + 8) return undefined;
	const units = content.readBigUInt64BE(at);
	return units === 0xffff_ffff_ffff_ffffn ? undefined : Number(units);
}

/** `mvhd` and `mdhd`: behind version, flags and two dates come the units a second, then the length. */
function clockIn(header: Buffer | undefined): { timescale: number; units?: number } {
	const at = header && isWide(header) ? 20 : 12;
	return { timescale: uint32At(header, at) ?? 0, units: unitsAt(header, at + 4) };
}

/** Sound and picture may start a little apart. */
const LATEST_START_SECONDS = 1;

const inSeconds = (units: number | undefined, timescale: number) =>
	units && timescale ? units / timescale : undefined;

export class Mp4Movie {
	private readonly budget = new Budget(MP4_LIMITS.indexBoxes);
	private readonly fragmentBudget = new Budget(MP4_LIMITS.fragmentBoxes);
	private readonly tracks: Track[] = [];
	private readonly tracksById = new Map<number, Track>();
	private readonly timescale: number;
	/** Of the movie, by its header: of the longest track, whatever that holds. */
	private readonly headerSeconds?: number;
	private readonly isFragmented: boolean;
	private readonly announcedSeconds?: number;
	/** By track: how long a sample lasts where a fragment does not say. */
	private readonly sampleUnits = new Map<number, number>();
	private readonly fragments = new Map<number, Fragments>();
	private readonly isReadable: boolean;

	/** @param index the content of `moov` */
	constructor(index: Buffer) {
		const { mvhd, mvex, cmov, rmra } = firstBoxes(
			index,
			['mvhd', 'mvex', 'cmov', 'rmra'],
			this.budget,
		);
		const { timescale, units } = clockIn(mvhd);
		this.timescale = timescale;
		this.headerSeconds = inSeconds(units, timescale);
		this.isFragmented = mvex !== undefined;
		// QuickTime's compressed index, and its index of other movies.
		this.isReadable = !cmov && !rmra;
		for (const { type, content } of boxesIn(index, this.budget)) {
			if (type === 'trak') this.addTrack(this.track(content));
		}
		this.announcedSeconds = mvex && this.readExtension(mvex);
	}

	private addTrack(track: Track): void {
		this.tracks.push(track);
		if (track.id !== undefined) this.tracksById.set(track.id, track);
	}

	private track(content: Buffer): Track {
		const { tkhd, edts, mdia, tref } = firstBoxes(
			content,
			['tkhd', 'edts', 'mdia', 'tref'],
			this.budget,
		);
		const { mdhd, hdlr, minf } = firstBoxes(mdia, ['mdhd', 'hdlr', 'minf'], this.budget);
		const { stbl, dinf } = firstBoxes(minf, ['stbl', 'dinf'], this.budget);
		const { stsd, stsz, stz2, stco, co64 } = firstBoxes(
			stbl,
			['stsd', 'stsz', 'stz2', 'stco', 'co64'],
			this.budget,
		);
		const { elst } = firstBoxes(edts, ['elst'], this.budget);
		const { chap } = firstBoxes(tref, ['chap'], this.budget);
		const { timescale, units } = clockIn(mdhd);
		return {
			id: uint32At(tkhd, tkhd && isWide(tkhd) ? 20 : 12),
			kind: KINDS[hdlr?.toString('latin1', 8, 12) ?? ''] ?? 'unknown',
			timescale,
			units,
			...this.shown(elst),
			samples: uint32At(stsz ?? stz2, 8),
			mediaAt: this.isInFile(dinf) ? firstOffset(stco, co64) : undefined,
			...shownSize(tkhd, stsd),
			chapters: numbersIn(chap),
		};
	}

	private shown(elst: Buffer | undefined): Pick<Track, 'shownSeconds' | 'delaySeconds'> {
		const { units, empty } = (elst && editsIn(elst)) ?? {};
		return {
			shownSeconds: inSeconds(units, this.timescale),
			delaySeconds: inSeconds(empty, this.timescale),
		};
	}

	/** `dref`: a movie may be made of other files, none of which lies within it. */
	private isInFile(dinf: Buffer | undefined): boolean {
		const { dref } = firstBoxes(dinf, ['dref'], this.budget);
		if (!dref) return true;
		const entries = [...boxesIn(dref.subarray(8), this.budget)];
		return entries.length === 1 && ((uint32At(entries[0]?.content, 0) ?? 0) & 1) === 1;
	}

	/** `mvex`: the length of the whole, in units of the movie, and what holds for the samples of each track. */
	private readExtension(extension: Buffer): number | undefined {
		let announced: number | undefined;
		for (const { type, content } of boxesIn(extension, this.budget)) {
			if (type === 'mehd') announced ??= inSeconds(unitsAt(content, 4), this.timescale);
			const [id, units] = [uint32At(content, 4), uint32At(content, 12)];
			if (type === 'trex' && id !== undefined && units) this.sampleUnits.set(id, units);
		}
		return announced;
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
		const id = uint32At(tfhd, 4);
		const track = id === undefined ? undefined : this.tracksById.get(id);
		if (!tfhd || id === undefined || !track) return 0;
		const known = this.fragments.get(id);
		// The first fragment may lie in the index itself.
		const start = unitsAt(tfdt, 4) ?? known?.end ?? (track.samples ? (track.units ?? 0) : 0);
		const sum = { units: 0, samples: 0, isTimed: true };
		for (const { type, content: run } of boxesIn(content, this.fragmentBudget)) {
			if (type !== 'trun') continue;
			const { units, samples } = runLength(run, sampleUnitsIn(tfhd) ?? this.sampleUnits.get(id));
			sum.samples += samples;
			if (units === undefined) sum.isTimed = false;
			else sum.units += units;
		}
		this.fragments.set(id, {
			start: Math.min(known?.start ?? Infinity, start),
			end: Math.max(known?.end ?? 0, start + sum.units),
			samples: (known?.samples ?? 0) + sum.samples,
			isTimed: (known?.isTimed ?? true) && sum.isTimed,
		});
		return sum.samples;
	}

	/** Whether all that the index places in the file would begin behind its end. */
	liesBehind(fileBytes: number): boolean {
		const places = this.tracks.flatMap(({ samples, mediaAt }) =>
			samples && mediaAt !== undefined ? [mediaAt] : [],
		);
		return places.length > 0 && places.every((at) => at >= fileBytes);
	}

	/** @param sawAllFragments whether every `moof` of the file was added */
	facts(sawAllFragments: boolean): MovieFacts {
		const isAll = sawAllFragments && !this.fragmentBudget.isSpent;
		const chapters = new Set(this.tracks.flatMap((track) => track.chapters));
		const filled = this.tracks.filter(
			(track) => !this.isEmpty(track, isAll) && !chapters.has(track.id ?? -1),
		);
		const picture = filled.find(({ kind }) => kind === 'picture');
		const played = filled.filter(({ kind }) => kind === 'picture' || kind === 'sound');
		return {
			...(this.isFragmented
				? { seconds: this.fragmentedSeconds(played, isAll) }
				: this.seconds(played)),
			hasPicture: this.has('picture', filled),
			hasSound: this.has('sound', filled),
			width: picture?.width,
			height: picture?.height,
		};
	}

	private has(kind: TrackKind, filled: Track[]): boolean | undefined {
		if (filled.some((track) => track.kind === kind)) return true;
		const isKnown =
			this.isReadable && !this.budget.isSpent && filled.every((track) => track.kind !== 'unknown');
		return isKnown ? false : undefined;
	}

	private isEmpty(track: Track, sawAllFragments: boolean): boolean {
		if (!this.isFragmented) return (track.samples ?? track.units) === 0;
		// The index of such a file may be without samples, for they come in the fragments.
		const own = this.fragments.get(track.id ?? -1)?.samples ?? 0;
		return sawAllFragments && this.fragments.size > 0 && own === 0 && track.samples === 0;
	}

	private seconds(played: Track[]): Pick<MovieFacts, 'seconds' | 'endSeconds'> {
		if (this.budget.isSpent) return {};
		const lengths = played.map(
			({ shownSeconds, units, timescale }) => shownSeconds ?? inSeconds(units, timescale),
		);
		const known = lengths.filter((length) => length !== undefined);
		if (known.length && known.length === lengths.length) {
			const ends = played.map(({ delaySeconds = 0 }, index) => delaySeconds + (known[index] ?? 0));
			const [seconds, end] = [Math.max(...known), Math.max(...ends)];
			return { seconds, ...(end > seconds && { endSeconds: end }) };
		}
		const isAllPlayed = this.tracks.every(({ kind }) => kind === 'picture' || kind === 'sound');
		return isAllPlayed && played.length ? { seconds: this.headerSeconds } : {};
	}

	/** A movie is at least as long as its fragments; what is announced may be of a later state. */
	private fragmentedSeconds(played: Track[], sawAllFragments: boolean): number | undefined {
		const measured = sawAllFragments ? this.measuredSeconds(played) : undefined;
		const known = [measured, this.announcedSeconds].filter((length) => length !== undefined);
		return known.length ? Math.max(...known) : undefined;
	}

	/** Until the last fragment ends. A piece of a longer stream does not begin at 0: players count its length differently. */
	private measuredSeconds(played: Track[]): number | undefined {
		const spans = played.flatMap((track) => {
			const fragments = this.fragments.get(track.id ?? -1);
			if (!fragments?.samples) return [];
			const { start, end, isTimed } = fragments;
			const begin = track.samples ? 0 : start / track.timescale;
			return [{ begin, end: end / track.timescale, isTimed }];
		});
		const length = Math.max(...spans.map(({ end }) => end));
		const begin = Math.min(...spans.map((span) => span.begin));
		const isKnown = spans.every(({ isTimed }) => isTimed) && begin <= LATEST_START_SECONDS;
		return isKnown && Number.isFinite(length) && length > 0 ? length : undefined;
	}
}

/** `stco`, `co64`: where the chunks of samples are, of which the first is not always the first in the file. */
function firstOffset(narrow: Buffer | undefined, wide: Buffer | undefined): number | undefined {
	if (narrow) return uint32At(narrow, 8);
	return wide && wide.length >= 16 ? Number(wide.readBigUInt64BE(8)) : undefined;
}

/** No place in the track's media: nothing is shown until then. */
const EMPTY_EDIT = 0xffff_ffff;

/** `elst`: what is shown of a track, and what is waited for, in units of the movie. 0 stands for "the rest". */
function editsIn(edits: Buffer): { units: number; empty: number } | undefined {
	const count = uint32At(edits, 4) ?? 0;
	const [entry, place] = isWide(edits) ? [20, 8] : [12, 4];
	if (count > MP4_LIMITS.edits) return undefined;
	const sum = { units: 0, empty: 0 };
	for (let at = 8; at < 8 + count * entry; at += entry) {
		const units = unitsAt(edits, at);
		if (!units) return undefined;
		if (uint32At(edits, at + place) === EMPTY_EDIT) sum.empty += units;
		else sum.units += units;
	}
	return sum;
}

const TKHD_MATRIX = 40;
const TKHD_SIZE = 76;
/** What version 1 of it has more in front. */
const TKHD_WIDER = 12;

/** Sides in pixels, of the track header or else of the first sample description; a quarter turn swaps them. */
function shownSize(tkhd: Buffer | undefined, stsd: Buffer | undefined) {
	const by = tkhd && isWide(tkhd) ? TKHD_WIDER : 0;
	const sides = [0, 4].map((at) => Math.round((uint32At(tkhd, TKHD_SIZE + by + at) ?? 0) / 65_536));
	const coded = [40, 42].map((at) => (stsd && stsd.length >= at + 2 ? stsd.readUInt16BE(at) : 0));
	// Lengths that are fractions are those of the picture, rounded.
	const isCoded = sides.every((side, index) => !side || Math.abs(side - (coded[index] ?? 0)) <= 1);
	const [width, height] = isCoded ? coded : sides;
	if (!width || !height) return {};
	const turn = [0, 4, 12, 16].map((at) => uint32At(tkhd, TKHD_MATRIX + by + at));
	const isTurned = turn[0] === 0 && turn[3] === 0 && turn[1] !== 0 && turn[2] !== 0;
	return isTurned ? { width: height, height: width } : { width, height };
}

function numbersIn(content: Buffer | undefined): number[] {
	const count = Math.min(MP4_LIMITS.references, Math.floor((content?.length ?? 0) / 4));
	return Array.from({ length: count }, (_, index) => uint32At(content, index * 4) ?? 0);
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
		const units = sampleUnits === undefined ? undefined : samples * sampleUnits;
		return { samples, units: samples ? units : 0 };
	}
	const from = 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
	const step = [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length * 4;
	if (from + samples * step > run.length) return { samples, units: undefined };
	let units = 0;
	for (let index = 0; index < samples; index++) units += run.readUInt32BE(from + index * step);
	return { samples, units };
}
