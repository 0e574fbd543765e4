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

/** The words of a name in small letters: `resultVideoLink`, `result_video_link` and `resultvideolink` are the same. */
export const wordsOf = (name: string): string =>
	name
		.slice(0, LONGEST_NAME)
		.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
		.replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
		.toLowerCase()
		.split(/[^\p{L}\p{N}]+/u)
		.map((word) => word.replace(GLUED, '$1$3 $2$4'))
		.filter(Boolean)
		.join(' ');

/** Where the task stands in an answer, before anywhere else. */
export const ENVELOPES = [
	...['data', 'output', 'result', 'task', 'response', 'generation', 'video', 'job', 'content'],
	'payload',
];

/** What the user sent and what has nothing to do with the video: an input image is never taken for the result. */
const NOT_THE_ANSWER =
	/\b(?:inputs?|requests?|params?|parameters?|prompts?|args|arguments|web ?hooks?|call ?backs?|logs?|usage|billing|quota|users?|accounts?|history|trace|debug)\b/;
const OF_THE_ANSWER = /\b(?:results?|outputs?|response)\b/;

export interface Field {
	name: string;
	/** Those of the name, with one space between them. */
	words: string;
	/** A text, number, switch or null, an object of the answer, or a list of such. */
	value: unknown;
	/** What stood there, where JSON in a string was opened. */
	text?: string;
	/** By its name it repeats what was sent. */
	isEcho: boolean;
}

/** An object of an answer. It has no prototype's fields, and nothing in it is text but what was text. */
export class Part {
	readonly fields: Field[] = [];

	constructor(
		/** The gateway's own object, untouched. */
		readonly original: JsonRecord,
		/** What it lies in, directly or in a list, and there in which field. */
		readonly holder?: Part,
		readonly field?: Field,
	) {}

	/** It lies in nothing but envelopes. */
	get isOpen(): boolean {
		return this.path.every(({ name }) => ENVELOPES.includes(name));
	}

	/** The objects of the list that it is in, itself among them; empty where it is in none. */
	get siblings(): Part[] {
		return Array.isArray(this.field?.value) ? partsIn(this.field.value) : [];
	}

	get path(): Field[] {
		return this.holder && this.field ? [...this.holder.path, this.field] : [];
	}

	/** What it lies in, the nearest first; nothing where it is one of several in a list: that is about all of them. */
	get around(): Part[] {
		return this.holder && this.siblings.length < 2 ? [this.holder, ...this.holder.around] : [];
	}

	/** It and all that lies in it, level by level, on each level the envelopes first. */
	get all(): Part[] {
		const found: Part[] = [this];
		for (let level: Part[] = [this]; level.length > 0; found.push(...level)) {
			level = level.flatMap(({ fields }) =>
				[...fields].sort((a, b) => placeOf(a) - placeOf(b)).flatMap(({ value }) => partsIn(value)),
			);
		}
		return found;
	}
}

const placeOf = ({ name }: Field) =>
	ENVELOPES.includes(name) ? ENVELOPES.indexOf(name) : ENVELOPES.length;

const partsIn = (value: unknown): Part[] =>
	Array.isArray(value) ? value.flatMap(partsIn) : value instanceof Part ? [value] : [];

/** @returns `undefined` where the answer is no object and no list of objects; a list of one is what is in it */
export function viewOf(answer: unknown): Part | undefined {
	if (isRecord(answer)) return copyOf(answer);
	if (!Array.isArray(answer) || !isRecord(answer[0])) return undefined;
	return copyOf(answer.length === 1 ? answer[0] : { data: answer });
}

/** Level by level, so that what lies near the top is never crowded out by what lies deep. */
function copyOf(answer: JsonRecord): Part {
	const steps: Array<() => void> = [];
	let fieldsLeft = MOST_FIELDS;
	let unopened = MOST_OPENED;

	function fill(part: Part, depth: number): Part {
		steps.push(() => {
			for (const name in part.original) {
				if (fieldsLeft <= 0) return;
				const value = part.original[name];
				const words = wordsOf(name);
				const isEcho = NOT_THE_ANSWER.test(words) && !OF_THE_ANSWER.test(words);
				const isSkipped = isEcho && typeof value === 'object' && value !== null;
				if (isSkipped || name.length > LONGEST_NAME) continue;
				const field: Field = { name, words, value: undefined, isEcho };
				field.value = valueOf(value, part, field, depth + 1);
				part.fields.push(field);
			}
		});
		return part;
	}

	function valueOf(value: unknown, holder: Part, field: Field, depth: number): unknown {
		fieldsLeft--;
		if (typeof value === 'string') {
			const mayHoldJson = !field.isEcho && value.length <= unopened && /[[{]/.test(value);
			if (mayHoldJson) unopened -= value.length;
			const json = mayHoldJson ? jsonIn(value) : undefined;
			if (!json) return cutWords(value, LONGEST_STRING, 1_024);
			field.text ??= value;
			return valueOf(json, holder, field, depth);
		}
		if (typeof value !== 'object' || value === null) return value;
		if (depth >= DEEPEST) return undefined;
		if (!Array.isArray(value)) return fill(new Part(value as JsonRecord, holder, field), depth);
		const items: unknown[] = [];
		steps.push(() => {
			for (const item of value.slice(0, MOST_ITEMS)) {
				if (fieldsLeft > 0) items.push(valueOf(item, holder, field, depth + 1));
			}
		});
		return items;
	}

	const root = fill(new Part(answer), 0);
	for (const step of steps) step();
	return root;
}

export type Rank = (field: Field, part: Part) => number | undefined;

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
			const at = rank(field, part);
			const said = at !== undefined && at < best ? read(field.value, field) : undefined;
			if (at === undefined || said === undefined) continue;
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
