/**
 * An answer as the readers see it: a limited copy in which JSON in strings is opened, and one search over it. Whatever
 * a gateway sends, the number, depth and length of fields are bounded, so readers need no limits of their own.
 */
import { cutWords } from './cut';
import { isRecord, jsonIn, type JsonRecord } from './json';

const MAX_FIELDS = 4_000;
const DEEPEST = 10;
/** Per list: more videos than any request makes. */
const MAX_ITEMS = 32;
/** Signed links of 16 KB have been seen. */
const LONGEST_STRING = 16_384;
const LONGEST_NAME = 100;
const MAX_OPENED = 1_048_576;

/** The end of a name written as one word: `coverurl`, `taskid`. */
const GLUED = /^(.{3,}?)(urls?|uris?|links?|src|path)$|^(task|job|generation|video)(ids?|uuid|no)$/;

const MAX_KNOWN_NAMES = 2_000;
const knownNames = new Map<string, string>();

/**
 * The words of a name in lower case: `resultVideoLink`, `result_video_link` and `resultvideolink` are the same. Cached,
 * since a gateway's names are the same in each answer.
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
	if (knownNames.size >= MAX_KNOWN_NAMES) knownNames.clear();
	if (name.length <= LONGEST_NAME) knownNames.set(name, words);
	return words;
}

/** Searched for the task before anything else. */
export const ENVELOPES =
	'data output result task response generation video job content payload'.split(' ');

/** What the user sent, and what is unrelated to the video: an input image must never pass for the result. */
const NOT_THE_ANSWER =
	/\b(?:inputs?|requests?|req|options?|configs?|settings?|params?|parameters?|prompts?|args|arguments|web ?hooks?|call ?backs?|logs?|usage|billing|quota|users?|accounts?|attempts?|retries|history|trace|debug)\b/;
const OF_THE_ANSWER = /\b(?:results?|outputs?|response)\b/;

export interface Field {
	name: string;
	/** The words of the name, separated by spaces. */
	words: string;
	/** A text, number, switch or null, an object of the answer, or a flat list of these. */
	value: unknown;
	/** The original text, if it was JSON in a string. */
	text?: string;
	/** Its name says that it repeats what was sent. */
	isEcho: boolean;
	/** The object that contains it. */
	part: Part;
}

/** An object of an answer. Has no fields from a prototype; its text is only what was text. */
export class Part {
	readonly fields: Field[] = [];
	/** The fields that lead to it, the outermost first. */
	readonly path: readonly Field[];
	/** It is in nothing but envelopes. */
	readonly isOpen: boolean;

	constructor(
		/** The gateway's own object, unchanged. */
		readonly original: JsonRecord,
		/** All objects of the answer. */
		readonly view: Part[] = [],
		/** The field that contains it, directly or in a list. */
		readonly field?: Field,
	) {
		this.path = field ? [...field.part.path, field] : [];
		this.isOpen = this.path.every(({ words }) => ENVELOPES.includes(words));
		view.push(this);
	}

	/** The objects of the list that contains it, itself included; empty if there is none. */
	get siblings(): Part[] {
		const list = this.field?.value;
		return Array.isArray(list) ? list.filter((item): item is Part => item instanceof Part) : [];
	}

	/** The objects around it, the nearest first; none if it is one of several in a list. */
	get around(): Part[] {
		return this.field && this.siblings.length < 2
			? [this.field.part, ...this.field.part.around]
			: [];
	}

	/** It and everything in it, level by level, envelopes first on each level. */
	get all(): Part[] {
		return this.view.filter(
			(other) => other === this || other.path.some(({ part }) => part === this),
		);
	}
}

const placeOf = ({ words }: Field) =>
	ENVELOPES.includes(words) ? ENVELOPES.indexOf(words) : ENVELOPES.length;

/** @returns `undefined` unless the answer is an object or a list of objects; a list of one stands for its element */
export function viewOf(answer: unknown): Part | undefined {
	const [first, ...others] = Array.isArray(answer) ? (answer as unknown[]) : [answer];
	if (!isRecord(first)) return undefined;
	const root = new Part(others.length > 0 ? { data: answer } : first);
	let fieldsLeft = MAX_FIELDS;
	let unopened = MAX_OPENED;

	function valueOf(value: unknown, field: Field, depth = 0): unknown {
		// A list's elements count as fields.
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
		for (const item of value.slice(0, MAX_ITEMS)) {
			if (items.length < MAX_ITEMS) items.push(...[valueOf(item, field, depth + 1)].flat());
		}
		return items;
	}

	// The view grows while it is walked: level by level, so that deep content cannot crowd out what is near the top.
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

/** How unlikely a field holds the wanted fact: the lowest rank wins; `undefined` excludes the field. */
export type Rank = (field: Field) => number | undefined;

/** Ranks a field by the first pattern that matches its words. */
export const named =
	(...patterns: RegExp[]): Rank =>
	({ words }) => {
		const rank = patterns.findIndex((pattern) => pattern.test(words));
		return rank < 0 ? undefined : rank;
	};

/** The search: the first readable value among the best-ranked fields. */
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

/** A list stands for its first element. */
export const firstOf = (value: unknown): unknown =>
	Array.isArray(value) ? (value as unknown[])[0] : value;

/** The trimmed text of a value, empty for other types. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** A text, or a number as text. */
export function writtenOf(value: unknown): string {
	const one = firstOf(value);
	return typeof one === 'number' ? String(one) : textOf(one);
}
