/**
 * The boxes that MP4 and MOV files are made of (ISO/IEC 14496-12, section 4.2; Apple's QuickTime File Format
 * calls them atoms). A box is its size, a four-letter type, and its content, which may be more boxes.
 */
interface BoxHeader {
	type: string;
	/** Of header and content together; `Infinity` where the box goes on to the end of the file. */
	size: number;
	headerSize: number;
}

/** Any four printable letters are a type, known or not; QuickTime's user data begins with a ©. */
export const isBoxType = (type: string) => /^[\x20-\x7e\xa9][\x20-\x7e]{3}$/.test(type);

/** @returns `undefined` where no box begins, or not enough of its header is there */
export function boxHeaderAt(bytes: Buffer, at: number): BoxHeader | undefined {
	if (at + 8 > bytes.length) return undefined;
	const short = bytes.readUInt32BE(at);
	// Then the size stands in 64 bits behind the type.
	const headerSize = short === 1 ? 16 : 8;
	if (at + headerSize > bytes.length) return undefined;
	const size = short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short || Infinity;
	const type = bytes.toString('latin1', at + 4, at + 8);
	return size < headerSize ? undefined : { type, size, headerSize };
}
