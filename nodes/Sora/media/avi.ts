/** What an AVI says of itself, in the list `hdrl` (Microsoft's "AVI RIFF File Reference", and OpenDML's). */
import type { BlobReader } from './blobReader';
import { Budget } from './budget';
import { CONTAINER_LIMITS } from './fileLimits';
import type { MovieFacts } from './mp4Movie';

const CHUNK_HEADER = 8;
/** Where the type of a list stands behind its header. */
const LIST_HEADER = 12;
const MICROSECONDS = 1e6;
/** What stands there until then. */
const UNKNOWN_SIZES = new Set([0, 0xffff_ffff]);

interface Chunk {
	/** Of a list, the type that the list has. */
	id: string;
	content: Buffer;
}

/** @returns `'cut'` where the file ends before the pictures that it announces */
export async function readAvi(reader: BlobReader): Promise<MovieFacts | 'cut'> {
	const budget = new Budget(CONTAINER_LIMITS.elements);
	let facts: MovieFacts | undefined;
	let at = LIST_HEADER;
	while (budget.take()) {
		const header = await reader.read(at, LIST_HEADER);
		// What no one can have meant says nothing of what comes behind it.
		if (header.length >= 4 && !isChunkId(header)) return facts ?? {};
		if (header.length < LIST_HEADER) break;
		const size = header.readUInt32LE(4);
		const end = at + CHUNK_HEADER + size;
		const list = header.toString('latin1', 0, 4) === 'LIST' ? header.toString('latin1', 8) : '';
		if (list === 'hdrl') {
			if (end > reader.size) return 'cut';
			facts = headerFacts(await reader.read(at + LIST_HEADER, headerLength(size)));
		}
		if (list === 'movi') {
			// Lengths are written last, by a recorder that comes to its end.
			if (UNKNOWN_SIZES.has(size)) return { ...facts, seconds: undefined };
			return end > reader.size ? 'cut' : (facts ?? {});
		}
		at = end + (size % 2 && !(await beginsAt(reader, end)) ? 1 : 0);
	}
	return facts && !budget.isSpent ? 'cut' : {};
}

const isChunkId = (header: Buffer) => /^[\x20-\x7e]{4}/.test(header.toString('latin1', 0, 4));

/** Some programs forget the byte that fills up a chunk of odd length. */
async function beginsAt(reader: BlobReader, at: number): Promise<boolean> {
	const id = await reader.read(at, 4);
	return ['LIST', 'JUNK'].includes(id.toString('latin1'));
}

const headerLength = (size: number) => Math.min(size - 4, CONTAINER_LIMITS.headerBytes);

/** The chunks that follow each other in `bytes`, each whole. */
function* chunksIn(bytes: Buffer, budget: Budget): Generator<Chunk> {
	for (let at = 0; at + CHUNK_HEADER <= bytes.length && budget.take(); ) {
		const size = bytes.readUInt32LE(at + 4);
		const end = at + CHUNK_HEADER + size;
		if (end > bytes.length) return budget.leaveOut();
		const isList = bytes.toString('latin1', at, at + 4) === 'LIST' && size >= 4;
		const named = isList ? at + CHUNK_HEADER : at;
		yield {
			id: bytes.toString('latin1', named, named + 4),
			content: bytes.subarray(isList ? at + LIST_HEADER : at + CHUNK_HEADER, end),
		};
		at = end + (size % 2);
	}
}

function headerFacts(content: Buffer): MovieFacts {
	const budget = new Budget(CONTAINER_LIMITS.elements);
	const streams: Buffer[] = [];
	let main: Buffer | undefined;
	for (const { id, content: inside } of chunksIn(content, budget)) {
		if (id === 'avih') main ??= inside;
		if (id !== 'strl') continue;
		for (const chunk of chunksIn(inside, budget)) {
			if (chunk.id === 'strh') streams.push(chunk.content);
		}
	}
	// The main header says how many streams there are: what was not found is not known.
	if (budget.isSpent || !main || main.length < 28 || main.readUInt32LE(24) > streams.length) {
		return {};
	}
	const kinds = streams.map((stream) => stream.toString('latin1', 0, 4));
	// DV has picture and sound in one stream.
	const has = (kind: string) => kinds.includes(kind) || kinds.includes('iavs');
	const picture = streams.find((_, index) => ['vids', 'iavs'].includes(kinds[index] ?? ''));
	return {
		seconds: pictureSeconds(picture, main),
		hasPicture: has('vids'),
		hasSound: has('auds'),
	};
}

/** Of the stream, or else of the file. Sound is as long, and its headers are often wrong. */
function pictureSeconds(stream: Buffer | undefined, main: Buffer): number | undefined {
	if (!stream) return undefined;
	const number = (at: number) => (stream.length >= at + 4 ? stream.readUInt32LE(at) : 0);
	const [scale, rate, length] = [number(20), number(24), number(32)];
	const frames = main.readUInt32LE(16) * main.readUInt32LE(0);
	const seconds = scale && rate && length ? (length * scale) / rate : frames / MICROSECONDS;
	return seconds > 0 ? seconds : undefined;
}
