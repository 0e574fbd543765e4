/** Reads a WebM or MKV: its tracks, its length, and the times of its blocks (RFC 8794 and RFC 9559, 5.1). */
import type { Bytes, Parsing } from './byteFeed';
import { VIDEO_LIMITS } from './fileLimits';
import { bytesMissing, type ReadVideo } from './mp4';

/** Elements that are entered, whether or not their length is known. */
const OPENED = new Map([
	[0x18538067, 'Segment'],
	[0x1549a966, 'Info'],
	[0x1654ae6b, 'Tracks'],
	[0xae, 'TrackEntry'],
	[0x1f43b675, 'Cluster'],
	[0xa0, 'BlockGroup'],
]);
const READ = new Map([
	[0x2ad7b1, 'TimestampScale'],
	[0x4489, 'Duration'],
	[0xd7, 'TrackNumber'],
	[0x83, 'TrackType'],
	[0xe7, 'Timestamp'],
	[0xa1, 'Block'],
	[0xa3, 'Block'],
]);
/** A number takes up to 8 bytes; a block starts with its track in up to 8 and its time in 2. */
const MAX_READ = 10;

/** Track types; a complex track has both. */
const [PICTURE, SOUND, COMPLEX] = [1, 2, 3];

interface Track {
	type: number;
	/** In ticks: the times of its blocks, and the shortest gap, which is the length of a picture or a packet of sound. */
	first: number;
	last: number;
	step: number;
}

const isPlayed = ({ type }: Track) => [PICTURE, SOUND, COMPLEX].includes(type);

/** Bytes of a variable-length number, by the leading zeros of its first byte. */
const lengthOf = (first = 0) => Math.clz32(first) - 23;

const wholeIn = (content: Buffer) => content.reduce((sum, byte) => sum * 256 + byte, 0);

/** @param bytes a variable-length number; all ones is "unknown" */
function numberIn([first = 0, ...rest]: Buffer): number {
	const mask = 0xff >> lengthOf(first);
	const isUnknown = (first & mask) === mask && rest.every((byte) => byte === 0xff);
	return isUnknown ? Infinity : rest.reduce((sum, byte) => sum * 256 + byte, first & mask);
}

function floatIn(content: Buffer): number {
	if (content.length === 4) return content.readFloatBE(0);
	return content.length === 8 ? content.readDoubleBE(0) : Number.NaN;
}

/** @returns the bytes of a variable-length number; `undefined` at the end of the file, or if none starts here */
function* variable(file: Bytes, most: number): Parsing<Buffer | undefined> {
	const first = yield* file.take(1);
	const length = lengthOf(first[0]);
	if (length > most) return undefined;
	const bytes = Buffer.concat([first, yield* file.take(length - 1)]);
	return bytes.length < length ? undefined : bytes;
}

/** Walks through the elements of a file. */
export function* readMatroska(file: Bytes): Parsing<ReadVideo> {
	const tracks: Track[] = [];
	const byNumber = new Map<number, Track>();
	/** Nanoseconds per tick; the declared length, in ticks, covers the longest track of any type. */
	let [scale, duration, clusterTime] = [1_000_000, Number.NaN, 0];
	/** The file is incomplete if it ends before this. */
	let announcedEnd = 0;
	let segmentEnd = Infinity;
	let hasMedia = false;
	let left: number = VIDEO_LIMITS.parts;
	for (; left > 0 && file.position < segmentEnd; left--) {
		const id = yield* variable(file, 4);
		const size = id && (yield* variable(file, 8));
		if (!size) break;
		const end = file.position + numberIn(size);
		const opened = OPENED.get(wholeIn(id));
		const read = READ.get(wholeIn(id));
		if ((opened ?? read) && end < Infinity) announcedEnd = Math.max(announcedEnd, end);
		if (opened === 'Segment') segmentEnd = end;
		if (opened === 'TrackEntry') {
			tracks.push({ type: 0, first: Infinity, last: -Infinity, step: Infinity });
		}
		if (opened === 'Cluster' && !hasMedia) {
			hasMedia = true;
			// There is nothing else to find out.
			if (duration > 0 && tracks.length && tracks.every(isPlayed)) break;
		}
		if (opened) continue;
		const content = yield* file.take(read ? Math.min(end - file.position, MAX_READ) : 0);
		const track = tracks.at(-1);
		if (read === 'TimestampScale') scale = wholeIn(content);
		if (read === 'Duration') duration = floatIn(content);
		if (read === 'TrackNumber' && track) byNumber.set(wholeIn(content), track);
		if (read === 'TrackType' && track) track.type = wholeIn(content);
		if (read === 'Timestamp') clusterTime = wholeIn(content);
		if (read === 'Block') addBlock(byNumber, content, clusterTime);
		yield* file.skip(end - file.position);
	}
	const walkedTo = file.position;
	yield* file.skip(Infinity);
	const isAll = walkedTo >= Math.min(segmentEnd, file.position);
	const isDescribed = hasMedia && tracks.length > 0 && tracks.every(({ type }) => type);
	const has = (wanted: number) =>
		tracks.some(({ type }) => type === wanted || type === COMPLEX) ||
		(isDescribed ? false : undefined);
	const isTimed = duration > 0 && tracks.every(isPlayed);
	const ticks = isTimed ? duration : left > 0 ? measured(tracks.filter(isPlayed)) : Number.NaN;
	const seconds = (ticks * scale) / 1e9;
	return {
		movie: {
			seconds: seconds > 0 && seconds < Infinity ? seconds : undefined,
			hasPicture: has(PICTURE),
			hasSound: has(SOUND),
		},
		lacks:
			bytesMissing(announcedEnd - file.position) ??
			(isAll && !hasMedia ? 'its media is missing' : undefined),
	};
}

/** @param content of a block: its track number, and its time relative to its cluster */
function addBlock(byNumber: Map<number, Track>, content: Buffer, clusterTime: number): void {
	const timeAt = lengthOf(content[0]);
	const track = byNumber.get(numberIn(content.subarray(0, timeAt)));
	if (!track || timeAt + 2 > content.length) return;
	const time = clusterTime + content.readInt16BE(timeAt);
	if (time > track.last) {
		track.step = Math.min(track.step, time - track.last);
		track.last = time;
	}
	track.first = Math.min(track.first, time);
}

/** From the start of the first block to the end of the last one. */
function measured(tracks: Track[]): number {
	const filled = tracks.filter(({ first }) => first < Infinity);
	const begin = filled.reduce((least, { first }) => Math.min(least, first), Infinity);
	return filled.reduce((most, { last, step }) => Math.max(most, last + step), 0) - begin;
}
