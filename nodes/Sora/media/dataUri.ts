/**
 * Data URIs (RFC 2397, and as the Fetch Standard reads them): `data:`, an optional type and parameters, `;base64` if
 * the content is base64, a comma, and the content. Linear in its length.
 */

export const isDataUri = (address: string) => /^data:/i.test(address);

/** Maximum length of `;base64`, which may contain blanks. */
const LONGEST_MARK = 32;

/** Whether the part before the comma declares base64. */
export const isBase64Uri = (uri: string): boolean => {
	const comma = Math.max(0, uri.indexOf(','));
	return /; *base64 *$/i.test(uri.slice(Math.max(0, comma - LONGEST_MARK), comma));
};

/** @returns `undefined` if there is no content, or if it is declared as base64 and is not */
export function dataUriContent(uri: string): Buffer | undefined {
	const body = uri.includes(',') ? uri.slice(uri.indexOf(',') + 1) : '';
	if (!body.trim()) return undefined;
	const escape = /%([\da-f]{2})/gi;
	const bytes = Buffer.from(body, 'utf8').toString('latin1');
	const content = bytes.replace(escape, (_, hex) => String.fromCharCode(parseInt(String(hex), 16)));
	if (!isBase64Uri(uri)) return Buffer.from(content, 'latin1');
	const base64 = content.replace(/\s+/g, '');
	return /[^A-Za-z0-9+/_=-]/.test(base64) ? undefined : Buffer.from(base64, 'base64');
}
