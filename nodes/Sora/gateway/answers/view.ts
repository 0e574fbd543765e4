/**
 * An answer as the readers see it: a small copy in which JSON in strings is opened. Whatever a gateway sends, a reader
 * meets at most so many fields, so deep and so long, and needs no limits of its own.
 */
import { cutWords } from './cut';
import { isRecord, jsonInString, type JsonRecord } from './json';
import { wordsOf } from './keys';

const MOST_FIELDS = 4_000;
const DEEPEST = 10;
/** Of each list: more videos than any request makes. */
const MOST_ITEMS = 32;
/** Of a string that is no JSON: links of 16 KB have been seen to be signed. */
const LONGEST_STRING = 16_384;
/** Longer names are no names, and cost as much as they are long wherever one is looked at. */
const LONGEST_NAME = 100;
/** Of JSON in strings, in all. */
const MOST_OPENED = 1_048_576;
const DEEPEST_STRING = 4;

/** Where the task stands in an answer, before anywhere else: the order in which records of one level are read. */
export const ENVELOPES = [
	'data',
	'output',
	'result',
	'task',
	'response',
	'generation',
	'video',
	'job',
	'content',
	'payload',
] as const;

/**
 * What the user sent and what has nothing to do with the video: not looked into, so that an input image, a prompt or a
 * webhook is never taken for the result.
 */
const NOT_THE_ANSWER =
	/^(?:inputs?|requests?|params?|parameters?|prompts?|args|arguments|webhooks?|callbacks?|logs?|usage|billing|quota|users?|accounts?|history|trace|debug)$/;
const OF_THE_ANSWER = /^(?:results?|outputs?|response)$/;

export function isEcho(key: string): boolean {
	const words = wordsOf(key);
	return (
		[...words, words.join('')].some((word) => NOT_THE_ANSWER.test(word)) &&
		!words.some((word) => OF_THE_ANSWER.test(word))
	);
}

export class View {
	readonly root: JsonRecord;
	private readonly originals = new Map<object, JsonRecord>();
	private readonly holders = new Map<object, JsonRecord>();
	private fields = 0;
	private opened = 0;

	/** @returns `undefined` where the answer is no object */
	static of(answer: unknown): View | undefined {
		return isRecord(answer) ? new View(answer) : undefined;
	}

	private constructor(answer: JsonRecord) {
		const queue: Array<() => void> = [];
		const copy = (value: unknown, holder: JsonRecord | undefined, depth: number, strings: number) =>
			this.copied(value, holder, depth, strings, queue);
		this.root = copy(answer, undefined, 0, 0) as JsonRecord;
		for (let next = 0; next < queue.length; next++) queue[next]?.();
	}

	/** Level by level, so that what lies near the top is never crowded out by what lies deep. */
	private copied(
		value: unknown,
		holder: JsonRecord | undefined,
		depth: number,
		strings: number,
		queue: Array<() => void>,
	): unknown {
		this.fields++;
		if (typeof value === 'string') {
			const json = this.open(value, strings);
			if (json) return this.copied(json, holder, depth, strings + 1, queue);
			return value.length > LONGEST_STRING ? cutWords(value, LONGEST_STRING, 1_024) : value;
		}
		if (typeof value !== 'object' || value === null) return value;
		if (depth >= DEEPEST) return undefined;
		if (Array.isArray(value)) {
			const items: unknown[] = [];
			queue.push(() => {
				for (const item of value.slice(0, MOST_ITEMS)) {
					if (this.fields >= MOST_FIELDS) return;
					items.push(this.copied(item, holder, depth + 1, strings, queue));
				}
			});
			return items;
		}
		const record = Object.create(null) as JsonRecord;
		this.originals.set(record, value as JsonRecord);
		if (holder) this.holders.set(record, holder);
		queue.push(() => {
			for (const key in value) {
				if (this.fields >= MOST_FIELDS) return;
				if (key.length > LONGEST_NAME) continue;
				const field = (value as JsonRecord)[key];
				const isNested = typeof field === 'object' && field !== null;
				const isForeign = (isNested || typeof field === 'string') && isEcho(key);
				if (isForeign && isNested) continue;
				// A string of the user's is kept, `request_id` is one by its name, but never opened.
				const opened = isForeign ? DEEPEST_STRING : strings;
				record[key] = this.copied(field, record, depth + 1, opened, queue);
			}
		});
		return record;
	}

	private open(text: string, strings: number): JsonRecord | unknown[] | undefined {
		if (strings >= DEEPEST_STRING || text.length < 2) return undefined;
		if (this.opened + text.length > MOST_OPENED) return undefined;
		const json = jsonInString(text);
		if (json) this.opened += text.length;
		return json;
	}

	/** The gateway's own object behind a record of the view. */
	original(record: JsonRecord): JsonRecord {
		return this.originals.get(record) ?? {};
	}

	/** The record that a record lies in, directly or in a list. */
	holderOf(record: JsonRecord): JsonRecord | undefined {
		return this.holders.get(record);
	}

	/** What a record lies in, the nearest first; nothing where it is one of several in a list: that is about all of them. */
	around(record: JsonRecord): JsonRecord[] {
		const holders: JsonRecord[] = [];
		let inner = record;
		for (let at = this.holderOf(inner); at; at = this.holderOf(inner)) {
			if (isOneOfSeveral(inner, at)) break;
			holders.push(at);
			inner = at;
		}
		return holders;
	}

	/** A record and all that lies in it, level by level, on each level the envelopes first. */
	recordsIn(record: JsonRecord = this.root): JsonRecord[] {
		const found = [record];
		for (let level = [record]; level.length; ) {
			level = level.flatMap((holder) => inOrder(holder).flatMap(([, value]) => recordsOf(value)));
			found.push(...level);
		}
		return found;
	}
}

const isOneOfSeveral = (record: JsonRecord, holder: JsonRecord) =>
	Object.values(holder).some(
		(value) => Array.isArray(value) && value.includes(record) && value.filter(isRecord).length > 1,
	);

const recordsOf = (value: unknown): JsonRecord[] =>
	Array.isArray(value) ? value.flatMap(recordsOf) : isRecord(value) ? [value] : [];

/** The fields of a record, its envelopes first. */
function inOrder(record: JsonRecord): Array<[string, unknown]> {
	const rank = (key: string) => {
		const place = ENVELOPES.findIndex((name) => name === key);
		return place < 0 ? ENVELOPES.length : place;
	};
	return Object.entries(record).sort(([a], [b]) => rank(a) - rank(b));
}

/** The value at a place such as `data.videos.url`; lists on the way stand for their first item. */
export function at(record: JsonRecord, place: string): unknown {
	return place.split('.').reduce<unknown>((inner, key) => {
		const holder = Array.isArray(inner) ? (inner as unknown[])[0] : inner;
		return isRecord(holder) ? holder[key] : undefined;
	}, record);
}

/** The same with every item of the lists on the way: one value, or a list of them. */
export function everyAt(record: JsonRecord, place: string): unknown {
	return place
		.split('.')
		.reduce<unknown>(
			(inner, key) =>
				Array.isArray(inner)
					? inner.map((item) => (isRecord(item) ? item[key] : undefined))
					: isRecord(inner)
						? inner[key]
						: undefined,
			record,
		);
}
