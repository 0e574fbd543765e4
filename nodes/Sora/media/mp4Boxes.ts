/**
 * The boxes that MP4 and MOV files are made of (ISO/IEC 14496-12, section 4.2; Apple's QuickTime File Format
 * calls them atoms). A box is its size, a four-letter type, and its content, which may be more boxes.
 */
interface Box {
	type: string;
	/** Of header and content together; `Infinity` where the box goes on to the end of the file. */
	size: number;
	/** As far as the bytes reach. */
	content: Buffer;
	/** Where the next box begins. */
	end: number;
}

/** Any four printable letters are a type, known or not; QuickTime's user data begins with a ©. */
export const isBoxType = (type: string) => /^[\x20-\x7e\xa9][\x20-\x7e]{3}$/.test(type);

/** The boxes that lie one behind the other, until no header of one follows. */
export function* boxesIn(bytes: Buffer): Generator<Box, void> {
	for (let at = 0; at + 8 <= bytes.length; ) {
		const short = bytes.readUInt32BE(at);
		// Then the size stands in 64 bits behind the type.
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
