/**
 * Data URIs (RFC 2397, and as the Fetch Standard reads them): `data:`, a type and parameters that may be left
 * out, `;base64` where the content is base64, a comma, and the content. Linear in its length.
 */

export interface DataUri {
	isBase64: boolean;
	/** As it stands behind the comma. */
	body: string;
}

export const isDataUri = (address: string) => /^data:/i.test(address);

/** @returns `undefined` where no comma says where the content begins */
export function parsedDataUri(uri: string): DataUri | undefined {
	const comma = uri.indexOf(',');
	if (comma < 0) return undefined;
	const isBase64 = /; *base64 *$/i.test(uri.slice(Math.max(0, comma - LONGEST_MARK), comma));
	const body = uri.slice(comma + 1);
	return { isBase64, body: isBase64 ? withoutBlanks(body) : body };
}

/** What `;base64` may take with blanks in it. */
const LONGEST_MARK = 32;

const withoutBlanks = (text: string) => text.replace(/\s+/g, '');

/** @returns `undefined` for what is no base64 */
export function dataUriContent({ isBase64, body }: DataUri): Buffer | undefined {
	const bytes = percentDecoded(body);
	if (!isBase64) return bytes;
	const base64 = withoutBlanks(bytes.toString('latin1'));
	return /[^A-Za-z0-9+/_=-]/.test(base64) ? undefined : Buffer.from(base64, 'base64');
}

const PERCENT = 0x25;

/** A sign that does not lead to a byte stands for itself. */
function percentDecoded(text: string): Buffer {
	const bytes = Buffer.from(text, 'utf8');
	let length = 0;
	for (let at = 0; at < bytes.length; at++) {
		const isSign = bytes[at] === PERCENT && at + 2 < bytes.length;
		const byte = isSign ? hexAt(bytes, at + 1) : undefined;
		bytes[length] = byte ?? bytes[at] ?? 0;
		length++;
		if (byte !== undefined) at += 2;
	}
	return bytes.subarray(0, length);
}

function hexAt(bytes: Buffer, at: number): number | undefined {
	const digits = bytes.toString('latin1', at, at + 2);
	return /^[0-9a-f]{2}$/i.test(digits) ? parseInt(digits, 16) : undefined;
}
