/** What a text is: markup, JSON, base64, or prose. Linear; only its beginning is read. */

export type TextKind = 'svg' | 'html' | 'xml' | 'json' | 'playlist' | 'base64' | 'prose';

/** In bytes, or in the characters that they make. */
export const TEXT_HEAD = 4096;

/**
 * The characters of a text, of its beginning.
 * @returns `undefined` where the bytes are no text
 */
export function textIn(bytes: Buffer): string | undefined {
	const text = decoded(bytes.subarray(0, TEXT_HEAD));
	return text !== undefined && !hasControls(text) ? text : undefined;
}

function decoded(head: Buffer): string | undefined {
	try {
		// As a stream, since the head may end within a character.
		return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
	} catch {
		return isLatin1(head) ? head.toString('latin1') : undefined;
	}
}

/** Old texts have a byte for each letter, few of them beyond ASCII; bytes of other things have many. */
const isLatin1 = (head: Buffer) =>
	head.reduce((foreign, byte) => foreign + (byte >= 0x80 ? 1 : 0), 0) * 4 < head.length;

const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const ESCAPE = 0x1b;

function hasControls(text: string): boolean {
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		const isBlank = (code >= TAB && code <= CARRIAGE_RETURN) || code === ESCAPE;
		if (code < 0x20 && !isBlank) return true;
	}
	return false;
}

export function textKind(text: string): TextKind {
	const start = text.slice(0, TEXT_HEAD).trimStart();
	if (start.startsWith('<')) {
		if (/<(?:!doctype\s+html|html|head|body)\b/i.test(start)) return 'html';
		if (/<(?:!doctype\s+svg|(?:\w{1,20}:)?svg)\b/i.test(start)) return 'svg';
		return /^<[?!a-z]/i.test(start) ? 'xml' : 'prose';
	}
	if (isJson(start)) return 'json';
	if (start.startsWith('#EXTM3U')) return 'playlist';
	return base64In(start) === undefined ? 'prose' : 'base64';
}

const isJson = (start: string) => {
	const next = start.slice(1).trimStart()[0] ?? '';
	if (start.startsWith('{')) return '"}'.includes(next);
	return start.startsWith('[') && '{"]'.includes(next);
};

/** Beyond any word, name or path that happens to have no other characters. */
const SHORTEST_BASE64 = 24;

/**
 * The beginning of what a base64 text stands for, with or without its `data:…;base64,`.
 * @returns `undefined` where the text is none, as far as can be told
 */
export function base64In(text: string): Buffer | undefined {
	const head = text.slice(0, TEXT_HEAD);
	const comma = /^data:/i.test(head) ? head.indexOf(',') : -1;
	const body = head.slice(comma + 1).trim();
	if (body.length < SHORTEST_BASE64 || !/^[A-Za-z0-9+/\r\n]*={0,2}$/.test(body)) return undefined;
	const isMixed = /[A-Z]/.test(body) && /[a-z]/.test(body) && /[0-9+/=]/.test(body);
	return isMixed || comma >= 0 ? Buffer.from(body, 'base64') : undefined;
}
