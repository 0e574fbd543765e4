/** What a WebM or MKV says of itself: its tracks, its length, and the times of its blocks (RFC 8794 and RFC 9559, 5.1). */
import type { Bytes, Parsing } from './byteFeed';
import { VIDEO_LIMITS } from './fileLimits';
import { bytesMissing, type ReadVideo } from './mp4';

const SEGMENT = 0x18538067;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const CLUSTER = 0x1f43b675;
const BLOCK_GROUP = 0xa0;
const INFO = 0x1549a966;
/** Looked into, one element after the other, whether their end is known or not. */
const OPENED = new Set([SEGMENT, INFO, TRACKS, TRACK_ENTRY, CLUSTER, BLOCK_GROUP]);
const TIMESTAMP_SCALE = 0x2ad7b1;
const DURATION = 0x4489;
const TRACK_NUMBER = 0xd7;
const TRACK_TYPE = 0x83;
const CLUSTER_TIME = 0xe7;
const BLOCK = 0xa1;
const SIMPLE_BLOCK = 0xa3;
const READ = new Set([
	...[TIMESTAMP_SCALE, DURATION, TRACK_NUMBER, TRACK_TYPE, CLUSTER_TIME, BLOCK, SIMPLE_BLOCK],
]);
/** A number takes 8 bytes; a block begins with its track in up to 8, and a time in 2. */
const MOST_READ = 10;

/** Types of tracks; a complex one has both. */
const PICTURE = 1;
const SOUND = 2;
const COMPLEX = 3;

/** How many bytes a number of variable length takes, by the leading zeros of its first byte. */
const lengthOf = (first = 0) => Math.clz32(first) - 23;

/** @param bytes a number of variable length; all ones is "unknown" */
function numberIn([first = 0, ...rest]: Buffer): number {
	const mask = 0xff >> lengthOf(first);
	const isUnknown = (first & mask) === mask && rest.every((byte) => byte === 0xff);
	return isUnknown ? Infinity : rest.reduce((sum, byte) => sum * 256 + byte, first & mask);
}

const wholeIn = (content: Buffer) => content.reduce((sum, byte) => sum * 256 + byte, 0);

function floatIn(content: Buffer): number {
	if (content.length === 4) return content.readFloatBE(0);
	return content.length === 8 ? content.readDoubleBE(0) : Number.NaN;
}

/** @returns `undefined` where the file ends, or no element begins */
function* elementHeader(file: Bytes): Parsing<{ id: number; size: number } | undefined> {
	const first = yield* file.take(1);
	const idLength = lengthOf(first[0]);
	if (idLength > 4) return undefined;
	const id = Buffer.concat([first, yield* file.take(idLength - 1)]);
	const start = yield* file.take(1);
	const sizeLength = lengthOf(start[0]);
	if (sizeLength > 8) return undefined;
	const size = Buffer.concat([start, yield* file.take(sizeLength - 1)]);
	return size.length < sizeLength ? undefined : { id: wholeIn(id), size: numberIn(size) };
}

interface Track {
	type: number;
	/** In ticks: the times of its blocks, and the shortest between two, which is that of a picture or a packet of sound. */
	first: number;
	last: number;
	step: number;
}

/** Follows the elements of a file. */
export function* readMatroska(file: Bytes): Parsing<ReadVideo> {
	const tracks: Track[] = [];
	const byNumber = new Map<number, Track>();
	/** Nanoseconds of a tick; the length, in ticks, is that of the longest track, whatever it holds. */
	let [scale, duration, clusterTime] = [1_000_000, Number.NaN, 0];
	/** Where the file must not end before. */
	let announcedEnd = 0;
	let [segmentEnd, tracksEnd] = [Infinity, Infinity];
	let hasMedia = false;
	const isPlayed = ({ type }: Track) => [PICTURE, SOUND, COMPLEX].includes(type);
	let left: number = VIDEO_LIMITS.parts;
	for (; left > 0 && file.position < segmentEnd; left--) {
		const header = yield* elementHeader(file);
		if (!header) break;
		const { id, size } = header;
		const end = file.position + size;
		const isOpened = OPENED.has(id);
		if ((isOpened || READ.has(id)) && end < Infinity) announcedEnd = Math.max(announcedEnd, end);
		if (id === SEGMENT) segmentEnd = end;
		if (id === TRACKS) tracksEnd = end;
		if (id === TRACK_ENTRY)
			tracks.push({ type: 0, first: Infinity, last: -Infinity, step: Infinity });
		// Nothing else is to be found out.
		if (id === CLUSTER && !hasMedia && duration > 0 && tracks.every(isPlayed)) left = 1;
		hasMedia ||= id === CLUSTER;
		if (isOpened) continue;
		const content = yield* file.take(READ.has(id) ? Math.min(size, MOST_READ) : 0);
		const track = tracks.at(-1);
		if (id === TIMESTAMP_SCALE) scale = wholeIn(content);
		else if (id === DURATION) duration = floatIn(content);
		else if (id === TRACK_NUMBER && track) byNumber.set(wholeIn(content), track);
		else if (id === TRACK_TYPE && track) track.type = wholeIn(content);
		else if (id === CLUSTER_TIME) clusterTime = wholeIn(content);
		else if (id === BLOCK || id === SIMPLE_BLOCK) addBlock(byNumber, content, clusterTime);
		yield* file.skip(end - file.position);
	}
	const walkedTo = file.position;
	yield* file.skip(Infinity);
	const isAll = walkedTo >= Math.min(segmentEnd, file.position);
	const isDescribed = walkedTo >= tracksEnd && tracks.every(({ type }) => type);
	const has = (wanted: number) =>
		tracks.some(({ type }) => type === wanted || type === COMPLEX) ||
		(isDescribed && tracks.length > 0 ? false : undefined);
	let ticks = isDescribed && tracks.every(isPlayed) ? duration : Number.NaN;
	if (!(ticks > 0) && left > 0) ticks = measured(tracks.filter(isPlayed));
	const seconds = (ticks * scale) / 1e9;
	const lacks = bytesMissing(announcedEnd - file.position);
	return {
		movie: {
			seconds: seconds > 0 && seconds < Infinity ? seconds : undefined,
			hasPicture: has(PICTURE),
			hasSound: has(SOUND),
		},
		lacks: lacks ?? (isAll && !hasMedia ? 'its media is missing' : undefined),
	};
}

/** @param content of a block: the number of its track, and its time after that of its cluster */
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

/** From the first block until the last one ends. */
function measured(tracks: Track[]): number {
	let [begin, end] = [Infinity, 0];
	for (const { first, last, step } of tracks) {
		if (first === Infinity) continue;
		begin = Math.min(begin, first);
		end = Math.max(end, last + step);
	}
	return end - begin;
}
