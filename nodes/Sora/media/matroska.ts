/** What a WebM or MKV says of itself: its Info, its Tracks, and the times of its blocks (Matroska, RFC 9559, 5.1). */
import type { Bytes, Parsing } from './byteFeed';
import { Budget } from './budget';
import { elementHeaderAt, lengthOf, numberAt, type ElementHeader } from './ebml';
import { CONTAINER_LIMITS } from './fileLimits';
import type { ReadVideo } from './mp4File';
import type { MovieFacts } from './mp4Movie';

const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const DURATION = 0x4489;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const TRACK_TYPE = 0x83;
const CLUSTER = 0x1f43b675;
const CLUSTER_TIME = 0xe7;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const SIMPLE_BLOCK = 0xa3;

/** Looked into, one element after the other, whether their end is known or not. */
const OPENED = new Set([SEGMENT, CLUSTER, BLOCK_GROUP]);
/** What of an element is read, in bytes. */
const READ: ReadonlyMap<number, number> = new Map([
	[INFO, CONTAINER_LIMITS.headerBytes],
	[TRACKS, CONTAINER_LIMITS.headerBytes],
	[CLUSTER_TIME, 8],
	// A number of up to 8 bytes, a time of 2.
	[BLOCK, 10],
	[SIMPLE_BLOCK, 10],
]);

const PICTURE = 1;
const SOUND = 2;
/** Both in one track. */
const COMPLEX = 3;
const PLAYED = [PICTURE, SOUND, COMPLEX];

/** Ticks are milliseconds where the file does not say how many nanoseconds they have. */
const MILLISECOND = 1_000_000;
const NANOSECONDS = 1e9;

/** In ticks. */
interface TrackTimes {
	first: number;
	last: number;
	/** The shortest time between two blocks, which is that of a picture or a packet of sound. */
	step: number;
}

class Segment {
	private info?: Buffer;
	/** Types by number; `undefined` where not every track says what it is. */
	private types?: Map<number, number>;
	/** The length of the longest track, whatever it holds: subtitles may be longer than the picture. */
	announcedSeconds?: number;
	private clusterTime = 0;
	private readonly times = new Map<number, TrackTimes>();

	/** @param content what `READ` says of it */
	read(id: number, content: Buffer): void {
		if (id === INFO) this.info ??= content;
		else if (id === TRACKS) this.types ??= trackTypes(content);
		else if (id === CLUSTER_TIME) this.clusterTime = wholeIn(content);
		else this.addBlock(content);
		if (id === INFO || id === TRACKS) this.announcedSeconds = this.headerSeconds();
	}

	private addBlock(content: Buffer): void {
		const timeAt = lengthOf(content[0]);
		if (timeAt + 2 > content.length) return;
		const time = this.clusterTime + content.readInt16BE(timeAt);
		const track = numberAt(content, 0);
		const known = this.times.get(track);
		if (!known) this.times.set(track, { first: time, last: time, step: Infinity });
		else if (time > known.last) {
			known.step = Math.min(known.step, time - known.last);
			known.last = time;
		} else known.first = Math.min(known.first, time);
	}

	private get scale(): number {
		const scale = child(this.info, TIMESTAMP_SCALE);
		return scale === undefined ? MILLISECOND : wholeIn(scale);
	}

	private headerSeconds(): number | undefined {
		const types = [...(this.types?.values() ?? [])];
		const isPlayed = types.length > 0 && types.every((type) => PLAYED.includes(type));
		return isPlayed ? this.seconds(floatIn(child(this.info, DURATION))) : undefined;
	}

	/** Until the last block ends. */
	private get measuredSeconds(): number | undefined {
		const played = [...this.times].filter(([id]) => PLAYED.includes(this.types?.get(id) ?? 0));
		const begin = Math.min(...played.map(([, { first }]) => first));
		const end = Math.max(...played.map(([, { last, step }]) => last + step));
		return this.seconds(end - begin);
	}

	private seconds(ticks: number): number | undefined {
		const seconds = (ticks * this.scale) / NANOSECONDS;
		return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
	}

	/** @param isAll whether every block was seen */
	facts(isAll: boolean): MovieFacts {
		if (!this.types) return {};
		const types = [...this.types.values()];
		const has = (wanted: number) => types.some((type) => type === wanted || type === COMPLEX);
		return {
			seconds: this.announcedSeconds ?? (isAll ? this.measuredSeconds : undefined),
			hasPicture: has(PICTURE),
			hasSound: has(SOUND),
		};
	}
}

/** Follows the elements of a file, to its end. */
export function* readMatroska(file: Bytes): Parsing<ReadVideo> {
	const budget = new Budget(CONTAINER_LIMITS.elements);
	const segment = new Segment();
	/** Where the file must not end before. */
	let announcedEnd = 0;
	let segmentEnd = Infinity;
	let hasSegment = false;
	while (file.position < segmentEnd && budget.take()) {
		const header = yield* elementHeader(file);
		if (!header) break;
		const { id, size } = header;
		const most = READ.get(id);
		if ((OPENED.has(id) || most !== undefined) && size !== Infinity) {
			announcedEnd = Math.max(announcedEnd, file.position + size);
		}
		if (id === SEGMENT) [hasSegment, segmentEnd] = [true, file.position + size];
		if (OPENED.has(id)) continue;
		let left = size;
		if (most !== undefined) {
			const isWhole = id === INFO || id === TRACKS;
			if (isWhole && size > most) budget.leaveOut();
			const content = yield* file.take(isWhole && size > most ? 0 : Math.min(size, most));
			left -= content.length;
			if (content.length) segment.read(id, content);
		}
		// Nothing else is to be found out.
		if (segment.announcedSeconds !== undefined) break;
		yield* file.skip(left);
	}
	yield* file.skip(Infinity);
	const missing = Math.max(0, announcedEnd - file.position) || undefined;
	const lacks = hasSegment || budget.isSpent ? missing : 'index';
	return { movie: segment.facts(!budget.isSpent), lacks };
}

function* elementHeader(file: Bytes): Parsing<ElementHeader | undefined> {
	const first = yield* file.take(1);
	const idLength = lengthOf(first[0]);
	if (idLength > 4) return undefined;
	// The rest of the ID, and the first byte of the size.
	const rest = yield* file.take(idLength);
	const size = yield* file.take(lengthOf(rest.at(-1)) - 1);
	return elementHeaderAt(Buffer.concat([first, rest, size]), 0);
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
function trackTypes(tracks: Buffer): Map<number, number> | undefined {
	const budget = new Budget(CONTAINER_LIMITS.headerElements);
	const types = new Map<number, number>();
	for (const { id, content } of elementsIn(tracks, budget)) {
		if (id !== TRACK_ENTRY) continue;
		const type = child(content, TRACK_TYPE, budget);
		if (!type?.length) return undefined;
		// Files without blocks need no numbers.
		const number = child(content, TRACK_NUMBER, budget);
		types.set(number?.length ? wholeIn(number) : -types.size, type.readUInt8(type.length - 1));
	}
	return budget.isSpent || types.size === 0 ? undefined : types;
}

function child(
	bytes: Buffer | undefined,
	wanted: number,
	budget = new Budget(CONTAINER_LIMITS.headerElements),
): Buffer | undefined {
	for (const { id, content } of elementsIn(bytes ?? Buffer.alloc(0), budget)) {
		if (id === wanted) return content;
	}
	return undefined;
}

const floatIn = (content: Buffer | undefined): number => {
	if (content?.length === 4) return content.readFloatBE(0);
	return content?.length === 8 ? content.readDoubleBE(0) : Number.NaN;
};

const wholeIn = (content: Buffer): number =>
	content.subarray(0, 8).reduce((sum, byte) => sum * 256 + byte, 0);
