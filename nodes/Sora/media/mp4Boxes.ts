/**
 * The boxes of MP4 and MOV files (ISO/IEC 14496-12, section 4.2; Apple's QuickTime File Format calls them atoms). A box
 * is its size, a four-letter type, and its content, which may be more boxes.
 */
interface Box {
	type: string;
	/** Header and content together; `Infinity` if the box extends to the end of the file. */
	size: number;
	/** As far as the bytes go. */
	content: Buffer;
	end: number;
}

/** Any four printable letters are a type, known or not; QuickTime's user data starts with ©. */
export const isBoxType = (type: string) => /^[\x20-\x7e\xa9][\x20-\x7e]{3}$/.test(type);

/** Consecutive boxes, until no box header follows. */
export function* boxesIn(bytes: Buffer): Generator<Box, void> {
	for (let at = 0; at + 8 <= bytes.length; ) {
		const short = bytes.readUInt32BE(at);
		// Then a 64-bit size follows the type.
		const headerSize = short === 1 ? 16 : 8;
		if (at + headerSize > bytes.length) return;
		const size = short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short || Infinity;
		if (size < headerSize) return;
		const type = bytes.toString('latin1', at + 4, at + 8);
		const end = at + size;
		yield { type, size, content: bytes.subarray(at + headerSize, end), end };
		at = end;
	}
}
