/**
 * Image addresses as users list them: one text with anything between them, an expression's array, attachments as
 * other nodes give them, JSON, Markdown. Pure, and linear in what is given.
 */
import { invalidInput } from '../gateway/failures';
import { dataUriContent, isBase64Uri, isDataUri } from './dataUri';
import { kindInBase64 } from './fileKind';
import { directLink } from './shareLinks';

type CheckAddress = (address: string, label: string) => void;

/**
 * @param label the parameter's name in the panel
 * @param checkAddress throws for what is no web address
 * @returns web addresses and data URIs; share pages as the files that they show
 * @throws {SoraFailure} invalid_input for the first entry that is none of them
 */
export function imageList(value: unknown, label: string, checkAddress: CheckAddress): string[] {
	return entriesIn(value, label).map((entry, index) => {
		const named = `"${label}": image ${index + 1}`;
		if (isDataUri(entry)) return checkedDataUri(entry, named);
		if (kindInBase64(entry)) {
			throw invalidInput(
				`${named} is base64 without the beginning that says so`,
				'Put data:image/jpeg;base64, in front of it, or give its web address.',
			);
		}
		checkAddress(entry, label);
		if (/.https?:\/\//is.test(entry)) {
			throw invalidInput(
				`${named} holds a second address: ${shown(entry)}`,
				'Put a comma or a new line between two addresses. In an address that is a part of another one, write :// as %3A%2F%2F.',
			);
		}
		return directLink(entry, named);
	});
}

const shown = (address: string) => (address.length > 200 ? `${address.slice(0, 199)}…` : address);

const MOST_LEVELS = 8;

function entriesIn(value: unknown, label: string, level = 0): string[] {
	if (value === undefined || value === null) return [];
	if (level > MOST_LEVELS) throw invalidInput(`"${label}" is nested too deep`);
	if (Array.isArray(value)) return value.flatMap((one) => entriesIn(one, label, level + 1));
	if (typeof value === 'object') return entriesIn(addressIn(value, label), label, level + 1);
	const text = String(value as string | number | boolean).trim();
	const parsed = jsonIn(text);
	if (parsed !== undefined) return entriesIn(parsed, label, level + 1);
	return addressesIn(text.replace(/<br\s{0,9}\/?>|\\[nrt]/gi, '\n'));
}

const NAMES_ADDRESS = /ur[il]|link|src|href|location|path/i;
/** Smaller pictures, and those of the person who uploaded it. */
const OF_ANOTHER = /thumb|preview|icon|avatar|user|owner|author/i;
const isAddress = (value: unknown) =>
	typeof value === 'string' && /^\s*(?:https?:|data:)/i.test(value);

/**
 * Attachments as other nodes give them: the `url`, else what is named like one, else any address, else what lies one
 * level deeper.
 */
function addressIn(attachment: object, label: string): unknown {
	const { url } = attachment as Record<string, unknown>;
	if (url) return url;
	const entries = Object.entries(attachment).filter(([name]) => !OF_ANOTHER.test(name));
	const addresses = entries.filter(([, value]) => isAddress(value));
	const [, found] = addresses.find(([name]) => NAMES_ADDRESS.test(name)) ?? addresses[0] ?? [];
	if (found) return found;
	const inside = entries.flatMap(([, value]) => (typeof value === 'object' ? (value ?? []) : []));
	if (inside.length) return inside;
	throw invalidInput(
		`"${label}" holds an object without a "url"`,
		'Map the field that has the address of the picture.',
	);
}

function jsonIn(text: string): unknown {
	if (!/^(?:\[\s*["{[\]]|\{\s*"|")/.test(text)) return undefined;
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** Behind these an address may begin. */
const BEFORE = /[\s,;|，、；。"'`<([{]/;
const CLOSERS: Readonly<Record<string, string>> = {
	'(': ')',
	'[': ']',
	'{': '}',
	'<': '>',
	'"': '"',
	"'": "'",
	'`': '`',
};
/** What may stand behind an address and is none of it: separators, and a word between two addresses. */
const SEPARATORS = /[\s,;|，、；。"'`>\]}]/;
const WORD_BETWEEN =
	/(?<=\s)(?:and|or|then|plus|und|oder|et|ou|y|o|e|и|или|和|或|与|[^\s\p{L}\p{N}]{1,3}|\d+[.)])$/iu;

interface Found {
	from: number;
	/** What was opened in front of it. */
	opener: string;
}

/** The addresses in a text; all of it, for the error, where none begins where one could. */
function addressesIn(text: string): string[] {
	const starts: Found[] = [];
	for (const { index } of text.matchAll(/https?:\/\/|data:/gi)) {
		const before = text.charAt(index - 1);
		if (index === 0 || BEFORE.test(before)) starts.push({ from: index, opener: before });
	}
	const [first] = starts;
	const isNamed = first !== undefined && first.opener in CLOSERS;
	const lead = trimmed(text.slice(0, first?.from));
	if (!first ? lead : /\p{L}/u.test(lead) && !isNamed) return [trimmed(text)];
	return starts.map(({ from, opener }, index) =>
		tidy(text.slice(from, starts[index + 1]?.from), opener),
	);
}

function tidy(piece: string, opener: string): string {
	const closer = CLOSERS[opener];
	const kept = trimmed(closer ? upTo(piece, opener, closer) : piece);
	// In Markdown, a title may follow.
	if (!isDataUri(kept)) return opener === '(' ? (kept.split(/\s/)[0] ?? '') : kept;
	// It may have been broken into lines.
	return kept.replace(isBase64Uri(kept) ? /\s+/g : /[\t\r\n]+/g, '');
}

/** Up to where what was opened in front of the piece is closed; an address may have pairs of its own. */
function upTo(piece: string, opener: string, closer: string): string {
	let depth = 1;
	for (let at = 0; at < piece.length; at++) {
		const character = piece.charAt(at);
		if (character === closer) depth--;
		else if (character === opener) depth++;
		if (depth === 0) return piece.slice(0, at);
	}
	return piece;
}

/** Without separators at its end, nor a word that leads to the next address. */
function trimmed(piece: string): string {
	const end = withoutSeparators(piece, piece.length);
	const word = WORD_BETWEEN.exec(piece.slice(Math.max(0, end - 8), end))?.[0] ?? '';
	const from = piece.search(/[^\s,;|，、；。]/);
	return from < 0 ? '' : piece.slice(from, withoutSeparators(piece, end - word.length));
}

function withoutSeparators(piece: string, from: number): number {
	let end = from;
	while (end > 0 && SEPARATORS.test(piece.charAt(end - 1))) end--;
	return end;
}

/** The content itself is judged where the image is read: here only what makes it unreadable. */
function checkedDataUri(uri: string, label: string): string {
	if (dataUriContent(uri)) return uri;
	throw invalidInput(
		/,./.test(uri)
			? `${label} says that it is base64, but has other characters in it`
			: `${label} holds no image: it has no comma with the image behind it`,
		'Write it as data:image/png;base64,iVBORw0KGgo…, without anything behind the image.',
	);
}
