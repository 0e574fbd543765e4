/** What a WebM or MKV says of itself: the elements Info and Tracks (Matroska, RFC 9559, section 5.1). */
import type { BlobReader } from './blobReader';
import { Budget } from './budget';
import { elementHeaderAt, LONGEST_ELEMENT_HEADER } from './ebml';
import { CONTAINER_LIMITS } from './fileLimits';
import type { MovieFacts } from './mp4Movie';

const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const DURATION = 0x4489;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_TYPE = 0x83;

const PICTURE = 1;
const SOUND = 2;
/** Both in one track. */
const COMPLEX = 3;

/** Ticks are milliseconds where the file does not say how many nanoseconds they have. */
const MILLISECOND = 1_000_000;
const NANOSECONDS = 1e9;

/** @returns `'cut'` where the file ends before the segment that it announces */
export async function readMatroska(reader: BlobReader): Promise<MovieFacts | 'cut'> {
	const budget = new Budget(CONTAINER_LIMITS.elements);
	const found = new Map<number, Buffer>();
	let end = reader.size;
	for (let at = 0; at < end && budget.take(); ) {
		const header = elementHeaderAt(await reader.read(at, LONGEST_ELEMENT_HEADER), 0);
		if (!header) break;
		const { id, size } = header;
		at += header.headerSize;
		if (id === SEGMENT) {
			if (size !== Infinity && at + size > reader.size) return 'cut';
			end = Math.min(end, at + size);
			continue;
		}
		if ((id === INFO || id === TRACKS) && !found.has(id)) {
			if (at + size > reader.size) return 'cut';
			if (size > CONTAINER_LIMITS.headerBytes) break;
			found.set(id, Buffer.from(await reader.read(at, size)));
			if (found.size === 2) break;
		}
		at += size;
	}
	return factsOf(found.get(INFO), found.get(TRACKS));
}

function factsOf(info: Buffer | undefined, tracks: Buffer | undefined): MovieFacts {
	const types = tracks && trackTypes(tracks);
	if (!types) return {};
	const has = (wanted: number) => types.some((type) => type === wanted || type === COMPLEX);
	// The length is that of the longest track, whatever it holds: subtitles may be longer than the picture.
	const isPlayed = types.every((type) => [PICTURE, SOUND, COMPLEX].includes(type));
	return {
		seconds: isPlayed && info ? secondsIn(info) : undefined,
		hasPicture: has(PICTURE),
		hasSound: has(SOUND),
	};
}

/** The elements that follow each other in `bytes`, each whole. */
function* elementsIn(bytes: Buffer, budget: Budget): Generator<{ id: number; content: Buffer }> {
	for (let at = 0; at < bytes.length; ) {
		const header = elementHeaderAt(bytes, at);
		const from = at + (header?.headerSize ?? 0);
		at = from + (header?.size ?? Infinity);
		if (at > bytes.length) budget.leaveOut();
		if (!header || at > bytes.length || !budget.take()) return;
		yield { id: header.id, content: bytes.subarray(from, at) };
	}
}

/** @returns `undefined` where not every track says what it is */
function trackTypes(tracks: Buffer): number[] | undefined {
	const budget = new Budget(CONTAINER_LIMITS.elements);
	const types: number[] = [];
	for (const { id, content } of elementsIn(tracks, budget)) {
		if (id !== TRACK_ENTRY) continue;
		const type = child(content, TRACK_TYPE, budget);
		if (!type?.length) return undefined;
		types.push(type.readUInt8(type.length - 1));
	}
	return budget.isSpent || types.length === 0 ? undefined : types;
}

function child(bytes: Buffer, wanted: number, budget: Budget): Buffer | undefined {
	for (const { id, content } of elementsIn(bytes, budget)) {
		if (id === wanted) return content;
	}
	return undefined;
}

function secondsIn(info: Buffer): number | undefined {
	const budget = new Budget(CONTAINER_LIMITS.elements);
	const scale = child(info, TIMESTAMP_SCALE, budget);
	const duration = child(info, DURATION, budget);
	const seconds =
		(floatIn(duration) * (scale === undefined ? MILLISECOND : wholeIn(scale))) / NANOSECONDS;
	return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

const floatIn = (content: Buffer | undefined): number => {
	if (content?.length === 4) return content.readFloatBE(0);
	return content?.length === 8 ? content.readDoubleBE(0) : Number.NaN;
};

const wholeIn = (content: Buffer): number =>
	content.length >= 1 && content.length <= 6 ? content.readUIntBE(0, content.length) : Number.NaN;
