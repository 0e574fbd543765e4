/** The elements that Matroska and WebM files are made of (EBML, RFC 8794). */

export interface ElementHeader {
	/** With its length marker, as specifications write it: 0x1A45DFA3. */
	id: number;
	/** Of the content; `Infinity` where the element goes on until something else begins. */
	size: number;
	headerSize: number;
}

const EBML = 0x1a45dfa3;
const DOC_TYPE = 0x4282;

/** How many bytes a number of variable length takes, by the leading zeros of its first byte. */
export const lengthOf = (first = 0) => Math.clz32(first) - 23;

/** @returns `undefined` where no element begins, or not enough of its header is there */
export function elementHeaderAt(bytes: Buffer, at: number): ElementHeader | undefined {
	const idLength = lengthOf(bytes[at]);
	const sizeAt = at + idLength;
	const sizeLength = lengthOf(bytes[sizeAt]);
	if (idLength > 4 || sizeLength > 8 || sizeAt + sizeLength > bytes.length) return undefined;
	const id = bytes.readUIntBE(at, idLength);
	return { id, size: numberAt(bytes, sizeAt), headerSize: idLength + sizeLength };
}

/** All ones is "unknown". A size beyond what a number holds exactly is beyond any file as well. */
export function numberAt(bytes: Buffer, at: number): number {
	const length = lengthOf(bytes[at]);
	let size = (bytes[at] ?? 0) & (0xff >> length);
	let isUnknown = size === 0xff >> length;
	for (let next = at + 1; next < at + length; next++) {
		size = size * 256 + (bytes[next] ?? 0);
		isUnknown &&= bytes[next] === 0xff;
	}
	return isUnknown ? Infinity : size;
}

/** A header of any file has some seven elements. */
const MOST_ELEMENTS = 64;

/**
 * The kind of file that an EBML header declares.
 * @returns `undefined` for what is no EBML file, and `''` where the header does not say
 */
export function docTypeIn(head: Buffer): string | undefined {
	const header = elementHeaderAt(head, 0);
	if (header?.id !== EBML) {
		return head.length >= 4 && head.readUInt32BE(0) === EBML ? '' : undefined;
	}
	const end = Math.min(header.headerSize + header.size, head.length);
	for (let at = header.headerSize, count = 0; at < end && count < MOST_ELEMENTS; count++) {
		const element = elementHeaderAt(head, at);
		if (!element) break;
		const from = at + element.headerSize;
		at = from + element.size;
		if (element.id === DOC_TYPE) return head.toString('latin1', from, at).replace(/\0.*$/s, '');
	}
	return '';
}
