/**
 * The boxes that MP4 and MOV files are made of (ISO/IEC 14496-12, section 4.2; Apple's QuickTime File Format
 * calls them atoms). A box is its size, a four-letter type, and its content, which may be more boxes.
 */
import type { Budget } from './budget';

export interface BoxHeader {
	type: string;
	/** Of header and content together; `Infinity` where the box goes on to the end of the file. */
	size: number;
	headerSize: number;
}

const NOTHING: Buffer = Buffer.alloc(0);

const SHORT_HEADER = 8;
export const LONG_HEADER = 16;

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

/**
 * Of an outermost box that goes on beyond the end of the file: whether bytes are missing. Any other is no box,
 * but what phones and editors append behind the last one.
 */
export const mustBeWhole = (type: string) => type === 'mdat' || type === 'moov' || type === 'moof';

export interface Box {
	type: string;
	/** What of the content is there. */
	content: Buffer;
}

/** The boxes that follow each other in `bytes`; ends where no further box begins, or the budget is spent. */
export function* boxesIn(bytes: Buffer, budget: Budget): Generator<Box> {
	let at = 0;
	for (let header = boxHeaderAt(bytes, at); header; header = boxHeaderAt(bytes, at)) {
		if (!budget.take()) return;
		const end = Math.min(at + header.size, bytes.length);
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
