/**
 * Data URIs (RFC 2397, and as the Fetch Standard reads them): `data:`, a type and parameters that may be left
 * out, `;base64` where the content is base64, a comma, and the content. Linear in its length.
 */

export const isDataUri = (address: string) => /^data:/i.test(address);

/** What `;base64` may take with blanks in it. */
const LONGEST_MARK = 32;

/** Whether what stands in front of the comma says that the content is base64. */
export const isBase64Uri = (uri: string): boolean => {
	const comma = uri.indexOf(',');
	return / *; *base64 *$/i.test(uri.slice(Math.max(0, comma - LONGEST_MARK), Math.max(0, comma)));
};

/** @returns `undefined` where there is no content, or where it is no base64 although the URI says so */
export function dataUriContent(uri: string): Buffer | undefined {
	const body = uri.includes(',') ? uri.slice(uri.indexOf(',') + 1) : '';
	if (!body.trim()) return undefined;
	if (!isBase64Uri(uri)) return percentDecoded(body);
	const base64 = percentDecoded(body).toString('latin1').replace(/\s+/g, '');
	return /[^A-Za-z0-9+/_=-]/.test(base64) ? undefined : Buffer.from(base64, 'base64');
}

/** A sign that does not lead to a byte stands for itself. */
function percentDecoded(text: string): Buffer {
	if (!text.includes('%')) return Buffer.from(text, 'utf8');
	const bytes = Buffer.from(text, 'utf8');
	let length = 0;
	for (let at = 0; at < bytes.length; at++) {
		const isEscape = bytes[at] === 0x25 && isHex(bytes[at + 1]) && isHex(bytes[at + 2]);
		bytes[length++] = isEscape
			? Number.parseInt(bytes.toString('latin1', at + 1, at + 3), 16)
			: (bytes[at] ?? 0);
		if (isEscape) at += 2;
	}
	return bytes.subarray(0, length);
}

const isHex = (code = 0) =>
	(code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
