/**
 * The boxes that MP4 and MOV files are made of (ISO/IEC 14496-12, section 4.2; Apple's QuickTime File Format
 * calls them atoms). A box is its size, a four-letter type, and its content, which may be more boxes.
 */

export interface BoxHeader {
	type: string;
	/** Of header and content together; `Infinity` where the box goes on to the end of the file. */
	size: number;
	headerSize: number;
}

const SHORT_HEADER = 8;
const LONG_HEADER = 16;

/** @returns `undefined` where no box begins, or not enough of its header is there */
export function boxHeaderAt(bytes: Buffer, at: number): BoxHeader | undefined {
	if (at + SHORT_HEADER > bytes.length) return undefined;
	const type = bytes.toString('latin1', at + 4, at + SHORT_HEADER);
	const short = bytes.readUInt32BE(at);
	if (short === 0) return { type, size: Infinity, headerSize: SHORT_HEADER };
	if (short !== 1) {
		return short < SHORT_HEADER ? undefined : { type, size: short, headerSize: SHORT_HEADER };
	}
	if (at + LONG_HEADER > bytes.length) return undefined;
	const long = Number(bytes.readBigUInt64BE(at + SHORT_HEADER));
	return long < LONG_HEADER ? undefined : { type, size: long, headerSize: LONG_HEADER };
}

/** Any four printable letters are a type, known or not; QuickTime's user data begins with a ©. */
export const isBoxType = (type: string) => /^[\x20-\x7e\xa9][\x20-\x7e]{3}$/.test(type);

export interface Box {
	type: string;
	/** What of the content is there. */
	content: Buffer;
	/** Whether all of it is there. */
	whole: boolean;
}

/** Types of the outermost boxes: bytes behind the last of them, as some phones append, are no box. */
const OUTERMOST =
	/^(?:ftyp|styp|moov|moof|mfra|mdat|sidx|ssix|prft|emsg|meta|uuid|udta|free|skip|wide|pnot)$/;

/** The boxes that follow each other in `bytes`; ends where no further box begins. */
export function* boxesIn(bytes: Buffer): Generator<Box> {
	let at = 0;
	for (let header = boxHeaderAt(bytes, at); header; header = boxHeaderAt(bytes, at)) {
		const end = Math.min(at + header.size, bytes.length);
		yield {
			type: header.type,
			content: bytes.subarray(at + header.headerSize, end),
			whole: header.size === Infinity || at + header.size <= bytes.length,
		};
		at = end;
	}
}

/** A box that is looked into is read no further: an index of a clip has some ten thousand bytes. */
const LARGEST_CONTENT = 32 * 1024 * 1024;

/** The outermost boxes of a file. Only the content of those of the `wanted` types is read. */
export async function outermostBoxes(file: Blob, wanted: readonly string[]): Promise<Box[]> {
	const boxes: Box[] = [];
	const part = async (from: number, to: number) =>
		Buffer.from(await file.slice(from, to).arrayBuffer());
	for (let at = 0; ; ) {
		const header = boxHeaderAt(await part(at, at + LONG_HEADER), 0);
		if (!header || !OUTERMOST.test(header.type)) return boxes;
		const { type, size, headerSize } = header;
		const end = Math.min(at + size, file.size);
		const content = wanted.includes(type)
			? await part(at + headerSize, Math.min(end, at + LARGEST_CONTENT))
			: Buffer.alloc(0);
		boxes.push({ type, content, whole: size === Infinity || at + size <= file.size });
		at = end;
	}
}

/**
 * Follows the outermost boxes of a file that passes by in chunks, to tell at its end whether it is all there.
 * Keeps nothing of it but a header that two chunks share.
 */
export class BoxWalk {
	private passed = 0;
	/** Where the next box begins; `Infinity` where no further one is looked for. */
	private next = 0;
	private started: Buffer = Buffer.alloc(0);

	see(chunk: Buffer): void {
		const begin = this.passed - this.started.length;
		this.passed += chunk.length;
		if (this.next >= this.passed) {
			this.started = Buffer.alloc(0);
			return;
		}
		const bytes = this.started.length ? Buffer.concat([this.started, chunk]) : chunk;
		let at = this.next - begin;
		for (let header = boxHeaderAt(bytes, at); header; header = boxHeaderAt(bytes, at)) {
			at = OUTERMOST.test(header.type) ? at + header.size : Infinity;
			if (at >= bytes.length) break;
		}
		this.next = begin + at;
		const rest = this.next < this.passed ? bytes.subarray(at) : undefined;
		// A header is cut in two at most; more than that is no box, and is not followed.
		this.started = rest && rest.length < LONG_HEADER ? Buffer.from(rest) : Buffer.alloc(0);
		if (rest && rest.length >= LONG_HEADER) this.next = Infinity;
	}

	/** Bytes that the last box announced and that did not come; 0 where the file is all there. */
	get missing(): number {
		return Number.isFinite(this.next) ? Math.max(0, this.next - this.passed) : 0;
	}
}
