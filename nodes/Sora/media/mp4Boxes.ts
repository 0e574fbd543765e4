/**
 * The boxes that MP4 and MOV files are made of (ISO/IEC 14496-12, section 4.2; Apple's QuickTime File Format
 * calls them atoms). A box is its size, a four-letter type, and its content, which may be more boxes.
 */
import type { Budget } from './budget';

interface BoxHeader {
	type: string;
	/** Of header and content together; `Infinity` where the box goes on to the end of the file. */
	size: number;
	headerSize: number;
}

const NOTHING: Buffer = Buffer.alloc(0);

export const SHORT_HEADER = 8;
export const LONG_HEADER = 16;

/** Whether the size of the box stands in 64 bits behind its type. */
export const hasLongHeader = (bytes: Buffer, at = 0) =>
	at + SHORT_HEADER <= bytes.length && bytes.readUInt32BE(at) === 1;

/** @returns `undefined` where no box begins, or not enough of its header is there */
export function boxHeaderAt(bytes: Buffer, at: number): BoxHeader | undefined {
	const headerSize = hasLongHeader(bytes, at) ? LONG_HEADER : SHORT_HEADER;
	if (at + headerSize > bytes.length) return undefined;
	const type = bytes.toString('latin1', at + 4, at + SHORT_HEADER);
	const size =
		headerSize === LONG_HEADER
			? Number(bytes.readBigUInt64BE(at + SHORT_HEADER))
			: bytes.readUInt32BE(at) || Infinity;
	return size < headerSize ? undefined : { type, size, headerSize };
}

/** Any four printable letters are a type, known or not; QuickTime's user data begins with a ©. */
export const isBoxType = (type: string) => /^[\x20-\x7e\xa9][\x20-\x7e]{3}$/.test(type);

interface Box {
	type: string;
	/** What of the content is there. */
	content: Buffer;
}

/** The boxes that follow each other in `bytes`; ends where no further box begins, or the budget is spent. */
export function* boxesIn(bytes: Buffer, budget: Budget): Generator<Box> {
	for (let at = 0; at + SHORT_HEADER <= bytes.length; ) {
		const header = boxHeaderAt(bytes, at);
		const end = header ? at + header.size : Infinity;
		if (end > bytes.length) budget.leaveOut();
		if (!header || !budget.take()) return;
		yield { type: header.type, content: bytes.subarray(at + header.headerSize, end) };
		at = end;
	}
}

/** The first box of each of some types; none where there is nothing to look into. */
export function firstBoxes<Type extends string>(
	bytes: Buffer | undefined,
	types: readonly Type[],
	budget: Budget,
): Partial<Record<Type, Buffer>> {
	const found: Partial<Record<Type, Buffer>> = {};
	for (const { type, content } of boxesIn(bytes ?? NOTHING, budget)) {
		const wanted = types.find((one) => one === type);
		if (wanted) found[wanted] ??= content;
	}
	return found;
}
