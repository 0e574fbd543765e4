/**
 * An answer as the readers see it: a small copy in which JSON in strings is opened, and one search over it. Whatever a
 * gateway sends, a reader meets at most so many fields, so deep and so long, and needs no limits of its own.
 */
import { cutWords } from './cut';
import { isRecord, jsonIn, type JsonRecord } from './json';

const MOST_FIELDS = 4_000;
const DEEPEST = 10;
/** Of each list: more videos than any request makes. */
const MOST_ITEMS = 32;
/** Signed links of 16 KB have been seen. */
const LONGEST_STRING = 16_384;
const LONGEST_NAME = 100;
const MOST_OPENED = 1_048_576;

/** The end of a name that was written in one: `coverurl`, `taskid`. */
const GLUED = /^(.{3,}?)(urls?|uris?|links?|src|path)$|^(task|job|generation|video)(ids?|uuid|no)$/;

const MOST_KNOWN_NAMES = 2_000;
const knownNames = new Map<string, string>();

/**
 * The words of a name in small letters: `resultVideoLink`, `result_video_link` and `resultvideolink` are the same.
 * Remembered, since a gateway's names are the same in each answer.
 */
export function wordsOf(name: string): string {
	const known = knownNames.get(name);
	if (known !== undefined) return known;
	const words = name
		.slice(0, LONGEST_NAME)
		.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
		.replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
		.toLowerCase()
		.split(/[^\p{L}\p{N}]+/u)
		.map((word) => word.replace(GLUED, '$1$3 $2$4'))
		.filter(Boolean)
		.join(' ');
	if (knownNames.size >= MOST_KNOWN_NAMES) knownNames.clear();
	if (name.length <= LONGEST_NAME) knownNames.set(name, words);
	return words;
}

/** Where the task stands in an answer, before anywhere else. */
export const ENVELOPES =
	'data output result task response generation video job content payload'.split(' ');

/** What the user sent and what has nothing to do with the video: an input image is never taken for the result. */
const NOT_THE_ANSWER =
	/\b(?:inputs?|requests?|params?|parameters?|prompts?|args|arguments|web ?hooks?|call ?backs?|logs?|usage|billing|quota|users?|accounts?|history|trace|debug)\b/;
const OF_THE_ANSWER = /\b(?:results?|outputs?|response)\b/;

export interface Field {
	name: string;
	/** Those of the name, with one space between them. */
	words: string;
	/** A text, number, switch or null, an object of the answer, or a flat list of such. */
	value: unknown;
	/** What stood there, where JSON in a string was opened. */
	text?: string;
	/** By its name it repeats what was sent. */
	isEcho: boolean;
	/** The object that it is a field of. */
	part: Part;
}

/** An object of an answer. It has no prototype's fields, and nothing in it is text but what was text. */
export class Part {
	readonly fields: Field[] = [];
	/** The fields that lead to it, the outermost first. */
	readonly path: readonly Field[];
	/** It lies in nothing but envelopes. */
	readonly isOpen: boolean;

	constructor(
		/** The gateway's own object, untouched. */
		readonly original: JsonRecord,
		/** All objects of the answer. */
		readonly view: Part[] = [],
		/** The field that holds it, alone or in a list. */
		readonly field?: Field,
	) {
		this.path = field ? [...field.part.path, field] : [];
		this.isOpen = this.path.every(({ name }) => ENVELOPES.includes(name));
		view.push(this);
	}

	/** The objects of the list that it is in, itself among them; empty where it is in none. */
	get siblings(): Part[] {
		const list = this.field?.value;
		return Array.isArray(list) ? list.filter((item): item is Part => item instanceof Part) : [];
	}

	/** What it lies in, the nearest first; nothing where it is one of several in a list: that is about all of them. */
	get around(): Part[] {
		return this.field && this.siblings.length < 2
			? [this.field.part, ...this.field.part.around]
			: [];
	}

	/** It and all that lies in it, level by level, on each level the envelopes first. */
	get all(): Part[] {
		return this.view.filter(
			(other) => other === this || other.path.some(({ part }) => part === this),
		);
	}
}

const placeOf = ({ name }: Field) =>
	ENVELOPES.includes(name) ? ENVELOPES.indexOf(name) : ENVELOPES.length;

/** @returns `undefined` where the answer is no object and no list of objects; a list of one is what is in it */
export function viewOf(answer: unknown): Part | undefined {
	const [first, ...others] = Array.isArray(answer) ? (answer as unknown[]) : [answer];
	if (!isRecord(first)) return undefined;
	const root = new Part(others.length > 0 ? { data: answer } : first);
	let fieldsLeft = MOST_FIELDS;
	let unopened = MOST_OPENED;

	function valueOf(value: unknown, field: Field, depth = 0): unknown {
		// What lies in a list counts as a field does.
		if (depth > 0 && fieldsLeft-- <= 0) return undefined;
		if (typeof value === 'string') {
			const mayHoldJson = !field.isEcho && value.length <= unopened && /[[{]/.test(value);
			if (mayHoldJson) unopened -= value.length;
			const json = mayHoldJson ? jsonIn(value) : undefined;
			if (!json) return cutWords(value, LONGEST_STRING, 1_024);
			field.text ??= value;
			return valueOf(json, field, depth);
		}
		if (typeof value !== 'object' || value === null) return value;
		if (field.part.path.length + depth >= DEEPEST) return undefined;
		if (!Array.isArray(value)) return new Part(value as JsonRecord, root.view, field);
		const items: unknown[] = [];
		for (const item of value.slice(0, MOST_ITEMS)) {
			if (items.length < MOST_ITEMS) items.push(...[valueOf(item, field, depth + 1)].flat());
		}
		return items;
	}

	// The view grows while it is walked: level by level, so that nothing deep crowds out what lies near the top.
	for (const part of root.view) {
		for (const name in part.original) {
			if (fieldsLeft-- <= 0) break;
			const value = part.original[name];
			const words = wordsOf(name);
			const isEcho = NOT_THE_ANSWER.test(words) && !OF_THE_ANSWER.test(words);
			const isSkipped = isEcho && typeof value === 'object' && value !== null;
			if (isSkipped || name.length > LONGEST_NAME) continue;
			part.fields.push({ name, words, value, isEcho, part });
		}
		for (const field of [...part.fields].sort((a, b) => placeOf(a) - placeOf(b))) {
			field.value = valueOf(field.value, field);
		}
	}
	return root;
}

/** How unlikely a field holds what is looked for: the lowest wins; `undefined` where it does not. */
export type Rank = (field: Field) => number | undefined;

/** The first pattern that a field's words fit ranks it. */
export const named =
	(...patterns: RegExp[]): Rank =>
	({ words }) => {
		const rank = patterns.findIndex((pattern) => pattern.test(words));
		return rank < 0 ? undefined : rank;
	};

/** The one search: what the best field says in which anything can be read; of equals the first. */
export function find<T>(
	parts: readonly Part[],
	rank: Rank,
	read: (value: unknown, field: Field) => T | undefined,
): T | undefined {
	let best = Number.POSITIVE_INFINITY;
	let found: T | undefined;
	for (const part of parts) {
		for (const field of part.fields) {
			const at = rank(field) ?? best;
			const said = at < best ? read(field.value, field) : undefined;
			if (said === undefined) continue;
			best = at;
			found = said;
		}
	}
	return found;
}

/** A list stands for the first of it. */
export const firstOf = (value: unknown): unknown =>
	Array.isArray(value) ? (value as unknown[])[0] : value;

/** The text that a value is: nothing else of JSON has one. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** A text, or a number as one. */
export function writtenOf(value: unknown): string {
	const one = firstOf(value);
	return typeof one === 'number' ? String(one) : textOf(one);
}
