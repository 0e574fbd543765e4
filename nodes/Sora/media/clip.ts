/** What can be known of a video file without decoding it. */
import { invalidInput } from '../gateway/failures';
import type { SecondRange } from '../gateway/contract';
import { boxesIn, outermostBoxes, type Box } from './mp4Boxes';
import { bytesOf } from './inputFile';
import { CLIP_LIMITS } from './limits';

export interface Clip {
	mimeType: string;
	/** `undefined` where the container is not one that is read, or does not say. */
	seconds?: number;
	hasPicture?: boolean;
	hasSound?: boolean;
}

const startsWith = (bytes: Buffer, text: string, at = 0) =>
	bytes.toString('latin1', at, at + text.length) === text;

/** Where a container says what it is. */
const HEAD_BYTES = 64;

/** Video containers whose inside is not read here: the gateway judges those. */
function unreadContainer(bytes: Buffer): string | undefined {
	if (bytes.length >= 4 && bytes.readUInt32BE(0) === 0x1a45dfa3) {
		return bytes.includes('webm') ? 'video/webm' : 'video/x-matroska';
	}
	if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'AVI ', 8)) return 'video/x-msvideo';
	return undefined;
}

/** Types with which a QuickTime file begins that has no `ftyp`. */
const OLD_QUICKTIME = new Set(['moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);

/** Brands of pictures and of sound alone, which use the same boxes. */
const NO_VIDEO_BRAND = /^(?:heic|heix|heim|heis|hevc|mif1|msf1|avif|avis|M4A |M4B |M4P )$/;

function childrenOf(box: Box | undefined): Box[] {
	return box ? [...boxesIn(box.content)] : [];
}

function descendant(box: Box | undefined, ...path: string[]): Box | undefined {
	return path.reduce<Box | undefined>(
		(inner, type) => childrenOf(inner).find((child) => child.type === type),
		box,
	);
}

/** Version 1 of a box has its dates and lengths in 64 bits. */
const isWide = ({ content }: Box) => content[0] === 1;

/** Where `mvhd` and `mdhd` have their units a second: behind version, flags and two dates. The length follows. */
const timescaleAt = (box: Box) => (isWide(box) ? 20 : 12);

function timescaleOf(box: Box): number {
	const at = timescaleAt(box);
	return box.content.length < at + 4 ? 0 : box.content.readUInt32BE(at);
}

/** The length that stands there, in units; 0 where there is none, or none that is known. */
function unitsAt(box: Box, at: number): number {
	const { content } = box;
	if (content.length < at + (isWide(box) ? 8 : 4)) return 0;
	if (isWide(box)) return Number(content.readBigUInt64BE(at));
	const units = content.readUInt32BE(at);
	return units === 0xffffffff ? 0 : units;
}

const inSeconds = (units: number, timescale: number) =>
	units && timescale ? units / timescale : undefined;

const secondsIn = (header: Box) =>
	inSeconds(unitsAt(header, timescaleAt(header) + 4), timescaleOf(header));

/** `mehd` has its length behind version and flags, in the units of the movie. */
const secondsInFragments = (header: Box, movieHeader: Box) =>
	inSeconds(unitsAt(header, 4), timescaleOf(movieHeader));

function secondsOf(movie: Box): number | undefined {
	const header = descendant(movie, 'mvhd');
	if (!header) return undefined;
	const fragments = descendant(movie, 'mvex', 'mehd');
	return secondsIn(header) ?? (fragments && secondsInFragments(fragments, header));
}

/** A track of sound that holds none has length 0; where the file comes in fragments, every track has. */
function tracksOf(movie: Box): Set<string> {
	const inFragments = descendant(movie, 'mvex') !== undefined;
	const kinds = childrenOf(movie)
		.filter(({ type }) => type === 'trak')
		.filter((track) => {
			const header = descendant(track, 'mdia', 'mdhd');
			return inFragments || (header && secondsIn(header) !== undefined);
		})
		.map((track) => descendant(track, 'mdia', 'hdlr')?.content.toString('latin1', 8, 12) ?? '');
	return new Set(kinds);
}

/** @returns `undefined` for what is no video, `'cut'` for an MP4 or MOV without its index */
export async function readClip(file: Blob): Promise<Clip | 'cut' | undefined> {
	const mimeType = unreadContainer(await bytesOf(file.slice(0, HEAD_BYTES)));
	if (mimeType) return { mimeType };
	const boxes = await outermostBoxes(file, ['ftyp', 'moov']);
	const [first] = boxes;
	if (!first || !(first.type === 'ftyp' || OLD_QUICKTIME.has(first.type))) return undefined;
	const brand = first.type === 'ftyp' ? first.content.toString('latin1', 0, 4) : 'qt  ';
	if (NO_VIDEO_BRAND.test(brand)) return undefined;
	const movie = boxes.find(({ type }) => type === 'moov');
	if (!movie || boxes.some(({ whole }) => !whole)) return 'cut';
	const tracks = tracksOf(movie);
	return {
		mimeType: brand === 'qt  ' ? 'video/quicktime' : 'video/mp4',
		seconds: secondsOf(movie),
		hasPicture: tracks.has('vide'),
		hasSound: tracks.has('soun'),
	};
}

const rounded = (seconds: number) => Math.round(seconds * 10) / 10;
/** The last frame may end a little before the second that a player shows. */
const LENIENCE_SECONDS = 0.1;

/**
 * Judges a clip that a character is to come from.
 * @param label how the message names the file
 * @throws {SoraFailure} invalid_input for what the gateway would refuse
 */
export async function checkedClip(file: Blob, range: SecondRange, label: string): Promise<Clip> {
	const clip = await readClip(file);
	if (!clip) {
		throw invalidInput(
			`${label} is no video that can be read`,
			'Use an MP4 or MOV file. Nothing was sent to the gateway.',
		);
	}
	if (clip === 'cut') {
		throw invalidInput(
			`${label} is cut off or damaged: a part of the video is missing`,
			'Get the file again, in full, and check that it plays. Nothing was sent to the gateway.',
		);
	}
	if (clip.hasPicture === false) {
		throw invalidInput(`${label} has no picture, but a character must be seen`);
	}
	if (clip.hasSound === false) {
		throw invalidInput(
			`${label} has no sound, and the gateway makes no character from a silent clip`,
			'Use a clip with a sound track; any sound will do. Nothing was sent to the gateway.',
		);
	}
	const { seconds } = clip;
	if (seconds === undefined) return clip;
	if (seconds > CLIP_LIMITS.seconds) {
		throw invalidInput(
			`${label} is ${rounded(seconds)} seconds long, and the gateway takes about 15`,
			'Cut the clip to the seconds that show the character. Nothing was sent to the gateway.',
		);
	}
	if (range.end > seconds + LENIENCE_SECONDS) {
		throw invalidInput(
			`"End Second" is ${range.end}, but ${label} is only ${rounded(seconds)} seconds long`,
		);
	}
	return clip;
}
