/** What a text is: markup by its root element, JSON, base64, or prose. Linear in a text that is short anyway. */

export type TextKind = 'svg' | 'html' | 'xml' | 'json' | 'playlist' | 'base64' | 'prose';

/**
 * The characters of a text, of its beginning at least.
 * @returns `undefined` where the bytes are no text
 */
export function textIn(head: Buffer): string | undefined {
	const text = decoded(head);
	return text !== undefined && !hasControls(text) ? text : undefined;
}

function decoded(head: Buffer): string | undefined {
	const mark = head.length < 2 ? 0 : head.readUInt16BE(0);
	if (mark === 0xfffe) return head.toString('utf16le', 2);
	if (mark === 0xfeff) {
		const even = head.subarray(2, head.length - (head.length % 2));
		return Buffer.from(even).swap16().toString('utf16le');
	}
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
	const start = text.trimStart();
	if (start.startsWith('<')) return markupKind(start);
	if (isJson(start)) return 'json';
	if (start.startsWith('#EXTM3U')) return 'playlist';
	return base64In(start) === undefined ? 'prose' : 'base64';
}

const isJson = (start: string) => {
	const next = start.slice(1).trimStart()[0] ?? '';
	if (start.startsWith('{')) return '"}'.includes(next);
	return start.startsWith('[') && '{"]'.includes(next);
};

/** Words that begin a page where its `<html>` is left out. */
const PAGE_ROOTS = ['html', 'head', 'body', 'title', 'script', 'meta', 'div'];

function markupKind(start: string): TextKind {
	const { declared, root, isXml } = rootOf(start);
	if ([declared, root].some((name) => name?.split(':').pop() === 'svg')) return 'svg';
	if (declared === 'html' || (root && PAGE_ROOTS.includes(root))) return 'html';
	return isXml || declared || root ? 'xml' : 'prose';
}

interface Markup {
	/** What `<!DOCTYPE …` names. */
	declared?: string;
	/** The outermost element, where the text reaches it. */
	root?: string;
	isXml?: boolean;
}

/** Passes over declaration, instructions, comments and document type, each of which is looked for once. */
function rootOf(text: string): Markup {
	const found: Markup = {};
	for (let at = 0; text[at] === '<'; at = afterBlanks(text, at)) {
		if (text.startsWith('<!--', at)) at = after(text, '-->', at + 4);
		else if (text.startsWith('<?', at)) {
			found.isXml ||= text.startsWith('<?xml', at);
			at = after(text, '?>', at + 2);
		} else if (text.startsWith('<!', at)) {
			const word = nameAt(text, at + 2);
			if (word !== 'doctype') return found;
			found.declared = nameAt(text, afterBlanks(text, at + 2 + word.length));
			at = afterDocumentType(text, at + 2);
		} else {
			found.root = nameAt(text, at + 1);
			return found;
		}
	}
	return found;
}

const after = (text: string, end: string, from: number) => {
	const at = text.indexOf(end, from);
	return at < 0 ? text.length : at + end.length;
};

function afterDocumentType(text: string, from: number): number {
	const end = text.indexOf('>', from);
	const inner = text.indexOf('[', from);
	const hasSubset = inner >= 0 && (end < 0 || inner < end);
	return after(text, '>', hasSubset ? after(text, ']', inner) : from);
}

function afterBlanks(text: string, from: number): number {
	let at = from;
	while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
	return at;
}

const LONGEST_NAME = 64;

const nameAt = (text: string, at: number) =>
	(/^[\w:.-]*/.exec(text.slice(at, at + LONGEST_NAME))?.[0] ?? '').toLowerCase();

/** Beyond any word, name or path that happens to have no other characters. */
const SHORTEST_BASE64 = 24;

/**
 * The beginning of what a base64 text stands for, with or without its `data:…;base64,`.
 * @returns `undefined` where the text is none, as far as can be told
 */
export function base64In(text: string): Buffer | undefined {
	const comma = /^data:/i.test(text) ? text.indexOf(',') : -1;
	const body = text.slice(comma + 1).trim();
	if (body.length < SHORTEST_BASE64 || !/^[A-Za-z0-9+/\r\n]*={0,2}$/.test(body)) return undefined;
	const isMixed = /[A-Z]/.test(body) && /[a-z]/.test(body) && /[0-9+/=]/.test(body);
	return isMixed || comma >= 0 ? Buffer.from(body, 'base64') : undefined;
}
