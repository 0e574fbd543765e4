/**
 * Image addresses in the forms in which users list them: text with any separators, an array from an expression,
 * attachments from other nodes, JSON, Markdown. Pure, and linear in the input.
 */
import { parseJson } from '../gateway/contract';
import { invalidInput } from '../gateway/failures';
import { dataUriContent, isBase64Uri, isDataUri } from './dataUri';
import { directLink } from './shareLinks';

type CheckAddress = (address: string, label: string) => string;

/**
 * @param label the parameter's name in the panel
 * @param checkAddress returns the address to send, and throws unless it is a web address
 * @returns web addresses and data URIs; share pages are replaced by the files they show
 * @throws {SoraFailure} invalid_input for the first entry that is neither
 */
export function imageList(value: unknown, label: string, checkAddress: CheckAddress): string[] {
	return entriesIn(value, label).map((entry, index) => {
		const named = `"${label}": image ${index + 1}`;
		if (isDataUri(entry)) return checkedDataUri(entry, named);
		if (entry.length >= 64 && !/[^A-Za-z0-9+/=\s]/.test(entry)) {
			throw invalidInput(
				`${named} is base64 text without its "data:" prefix`,
				'Put data:image/jpeg;base64, in front of it, or give its web address.',
			);
		}
		const address = checkAddress(entry, label);
		if (/.https?:\/\//is.test(entry)) {
			throw invalidInput(
				`${named} contains a second address: ${entry.slice(0, 200)}`,
				'Put a comma or a new line between two addresses. If one address is part of another, write its :// as %3A%2F%2F.',
			);
		}
		return directLink(address, named);
	});
}

const MAX_LEVELS = 8;

function entriesIn(value: unknown, label: string, level = 0): string[] {
	if (level > MAX_LEVELS) throw invalidInput(`"${label}" is nested too deeply`);
	const inside = (one: unknown) => entriesIn(one, label, level + 1);
	if (value === undefined || value === null) return [];
	if (Array.isArray(value)) return value.flatMap(inside);
	if (typeof value === 'object') return inside(addressIn(value, label));
	const text = String(value as string | number | boolean).trim();
	const json = /^(?:\[\s*["{[\]]|\{\s*"|")/.test(text) ? parseJson(text) : undefined;
	if (json !== undefined) return inside(json);
	// In Markdown, the text of a link may be its address.
	const links = text.replace(/\[https?:[^\s[\]]*\]\(/gi, '(');
	return addressesIn(links.replace(/<br\s{0,9}\/?>|&nbsp;|\\[nrt]/gi, '\n'));
}

const NAMES_ADDRESS = /ur[il]|link|src|href|location|path/i;
/** Thumbnails, and pictures of the person who uploaded the image. */
const OF_ANOTHER = /thumb|preview|icon|avatar|user|owner|author/i;
const isAddress = (value: unknown) =>
	typeof value === 'string' && /^\s*(?:https?:|data:)/i.test(value);

/** Numbered fields belong together; greater numbers are sizes of one picture: `photo_604`. */
const unnumbered = (name = '') => name.replace(/[\W_]?(?<!\d)1?\d(?!\d)/g, '');

/** Attachments from other nodes: the `url`, otherwise a field with a similar name, any address, or one level deeper. */
function addressIn(attachment: object, label: string): unknown {
	const { url } = attachment as Record<string, unknown>;
	if (url && !isAddress(url)) return url;
	const entries = Object.entries(attachment).filter(([name]) => !OF_ANOTHER.test(name));
	const addresses = entries.filter(([, value]) => isAddress(value));
	const [chosen] = (url ? ['url'] : undefined) ??
		addresses.find(([name]) => NAMES_ADDRESS.test(name)) ??
		addresses[0] ?? [''];
	const found = addresses.filter(([name]) => unnumbered(name) === unnumbered(chosen));
	if (found.length) return found.map(([, value]) => value as string);
	const inside = entries.flatMap(([, value]) => (typeof value === 'object' ? (value ?? []) : []));
	if (inside.length) return inside;
	throw invalidInput(
		`"${label}" contains an object without a "url"`,
		'Map the field that holds the address of the picture.',
	);
}

const START = /(?<![^\s,;|，、；。"'`<\p{Ps}\p{Pi}])(?:https?:\/\/|data:)/giu;
const CLOSERS: Readonly<Record<string, string>> = {
	...{ '(': ')', '[': ']', '{': '}', '<': '>' },
	...{ '"': '"', "'": "'", '`': '`', '“': '”', '„': '“', '‘': '’', '«': '»', '「': '」' },
};
/** Separators between two addresses: words, punctuation, list numbers. */
const WORDS_BETWEEN = /(?:[\s,;|，、；。]+(?:\p{L}{1,12}|[^\s\p{L}\p{N}]{1,3}|\d{1,3}[.)]))+\s*$/u;
const LONGEST_BETWEEN = 40;

/** The addresses in a text; the whole text, for the error, if it contains none. */
function addressesIn(text: string): string[] {
	const starts = [...text.matchAll(START)].map(({ index }) => index);
	const [first] = starts;
	const lead = trimmed(text.slice(0, first));
	if (first === undefined) return lead ? [lead] : [];
	const isNamed = text.charAt(first - 1) in CLOSERS;
	if (/\p{L}/u.test(lead) && !isNamed) return [trimmed(text)];
	return starts.map((from, index) => {
		const next = starts[index + 1];
		const between = WORDS_BETWEEN.exec(text.slice(from, next).slice(-LONGEST_BETWEEN));
		const to = next === undefined ? text.length : next - (between?.[0].length ?? 0);
		return addressAt(text.slice(from, to), text.charAt(from - 1));
	});
}

/** @param opener the character in front: an address ends at its closing counterpart, and may contain such pairs */
function addressAt(piece: string, opener: string): string {
	const closer = CLOSERS[opener];
	let [end, depth] = [0, closer ? 1 : Infinity];
	for (; depth > 0 && closer && end < piece.length; end++) {
		if (piece.charAt(end) === closer) depth--;
		else if (piece.charAt(end) === opener) depth++;
	}
	const address = trimmed(closer ? piece.slice(0, depth ? end : end - 1) : piece);
	// In Markdown, a title may follow.
	if (!isDataUri(address)) return opener === '(' ? (address.split(/\s/)[0] ?? '') : address;
	// It may have been wrapped.
	return address.replace(isBase64Uri(address) ? /\s+/g : /[\t\r\n]+/g, '');
}

/** Strips separators at both ends. */
const trimmed = (piece: string) =>
	(/^[^]*[\p{L}\p{N}/=\-_~)&%#+*$@]/u.exec(piece)?.[0] ?? '').replace(/^[\s,;|，、；。]+/, '');

/** Checks only whether the content is readable; the image itself is checked when it is read. */
function checkedDataUri(uri: string, label: string): string {
	if (dataUriContent(uri)) return uri;
	throw invalidInput(
		/,./.test(uri)
			? `${label} is marked as base64, but contains other characters`
			: `${label} has no image data after its prefix`,
		'Write it as data:image/png;base64,iVBORw0KGgo…, with nothing after the image.',
	);
}
