/**
 * What a model makes of the settings of a video: what is sent, what is refused before anything is sent, and what is
 * sent although nobody is known to have tried it. Only facts of confidence `H` refuse, and nothing is refused to a
 * model that the table does not have.
 */
import type { JsonRecord } from '../contract';
import { GENERIC_FIELDS } from './families';
import { FIELDS, FIELD_NAMES } from './fields';
import type {
	Condition,
	Confidence,
	FieldKey,
	FieldName,
	ImageRole,
	ModelField,
	ModelRow,
	Rule,
	Value,
} from './row';

/**
 * Settings as the user gave them: numbers and switches may come as text, from an expression. `undefined`, `null` and
 * empty text mean that nothing was set; an empty aspect ratio, that it is left out.
 */
export type Given = Partial<Record<FieldName, unknown>> & {
	/** A character is borrowed from a clip. */
	characterClip?: boolean;
};

/** How many images are given for each role. Those without a role fill the roles in their order. */
export type ImageCounts = Partial<Record<ImageRole | 'unassigned', number>>;

export type Reason =
	/** The model has no such field. */
	| 'lacking'
	/** Nothing that a field could hold, no number, no whole number, or neither true nor false. */
	| 'type'
	/** Not among the values that the model offers. */
	| 'choice'
	/** Too small or too large a number. */
	| 'range'
	/** Two settings that do not go with each other. */
	| 'rule'
	/** No size of these pixels and this shape is known. */
	| 'size'
	/** A last frame without a first one: on the wire it would become the first. */
	| 'order'
	| 'tooFew'
	| 'tooMany';

/** What is wrong, or doubtful, about one setting. */
export interface Objection {
	/** `images` where their number is meant. */
	field: FieldKey | 'images';
	reason: Reason;
	/** As it was given; for images their number. */
	value: unknown;
	rule?: Rule;
	/** The resolution at which there is no such size. */
	at?: string;
	row: ModelRow;
}

export interface Judgement {
	/** The model's fields of the body, by their wire names. */
	body: JsonRecord;
	/** What is in force, defaults included. Seconds and words as text. */
	values: Partial<Record<FieldName, Value>>;
	refusals: Objection[];
	/** What is sent all the same. */
	doubts: Objection[];
}

const SECONDS = /^(\d+(?:\.\d+)?)\s*(?:s|sec|secs|seconds?)?$/i;
const PIXELS = /^(\d+)\s*[*x×]\s*(\d+)$/i;

const isBlank = (value: unknown) =>
	value === undefined || value === null || (typeof value === 'string' && !value.trim());

/** A value in the spelling of the table. What is not understood stays as it is. */
function spelled(name: FieldName, given: unknown): unknown {
	const value = typeof given === 'string' ? given.trim() : given;
	const { kind } = FIELDS[name];
	if (kind === 'flag') {
		const isWord = typeof value === 'string' && /^(?:true|false)$/i.test(value);
		return isWord ? value.toLowerCase() === 'true' : value;
	}
	if (typeof value !== 'string' && typeof value !== 'number') return value;
	if (kind === 'number') return Number.isFinite(Number(value)) ? Number(value) : value;
	if (kind === 'text') return String(value);
	if (name === 'resolution' && /^\d+$/.test(String(value))) return `${value}p`;
	if (kind === 'word') return String(value).toLowerCase();
	const [, seconds] = SECONDS.exec(String(value)) ?? [];
	return seconds === undefined ? String(value) : String(Number(seconds));
}

/** Whether somebody chose this value, rather than leaving the field alone. */
function isChosen(name: FieldName, value: unknown): boolean {
	const { standing, resting } = FIELDS[name];
	return value !== undefined && !(standing && value === resting);
}

/** Lists and objects are no value of any field, and JSON has no infinite number. */
const isSendable = (value: unknown): value is Value =>
	typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
const own = <T>(table: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
	table && Object.hasOwn(table, key) ? table[key] : undefined;
function numberIn(value: unknown): number {
	const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
	return Number.isFinite(number) ? number : NaN;
}
/** Text that gives the size itself, in place of a resolution or an aspect ratio. */
const pixelsIn = (value: unknown) => (typeof value === 'string' ? PIXELS.exec(value) : null);

function isMistyped(name: FieldName, { type }: ModelField, value: unknown): boolean {
	const { kind } = FIELDS[name];
	if (kind === 'flag') return typeof value !== 'boolean';
	if (kind !== 'number' && kind !== 'seconds') return typeof value !== 'string';
	return type === 'integer'
		? !Number.isInteger(numberIn(value))
		: !Number.isFinite(numberIn(value));
}

function wireValue(name: FieldName, field: ModelField, value: unknown): unknown {
	const { type, capitals } = field;
	if (isMistyped(name, field, value) && Number.isNaN(numberIn(value))) return value;
	if (type === 'integer') return numberIn(value);
	if (capitals && /^\d+p$/.test(String(value))) return String(value).toUpperCase();
	return FIELDS[name].kind === 'seconds' ? String(value) : value;
}

function holds({ field, oneOf, above }: Condition, values: Judgement['values']): boolean {
	const value = values[field];
	if (value === undefined) return false;
	return oneOf ? oneOf.includes(value) : numberIn(value) > (above ?? Infinity);
}

class Case implements Judgement {
	readonly body: JsonRecord = {};
	readonly values: Judgement['values'] = {};
	readonly refusals: Objection[] = [];
	readonly doubts: Objection[] = [];

	constructor(private readonly row: ModelRow) {}

	private object(
		confidence: Confidence,
		field: Objection['field'],
		reason: Reason,
		value: unknown,
		rule?: Rule,
	): void {
		const isSure = this.row.known && confidence === 'H';
		(isSure ? this.refusals : this.doubts).push({ field, reason, value, rule, row: this.row });
	}

	/** What the wire has no way to say is refused, however little is known. */
	private refuse(field: Objection['field'], reason: Reason, value: unknown, at?: string): void {
		this.refusals.push({ field, reason, value, at, row: this.row });
	}

	field(name: FieldName, given: unknown): void {
		const { resting, emptyLeavesOut } = FIELDS[name];
		const value = isBlank(given) ? undefined : spelled(name, given);
		const field = this.row.fields[name];
		if (!field) {
			const isSame = value === resting || (name === 'duration' && this.isOnlyLength(value));
			if (value !== undefined && !isSame) this.refuse(name, 'lacking', given);
			return;
		}
		if (value !== undefined && !isSendable(value)) return this.refuse(name, 'type', given);
		if (value !== undefined) this.check(name, field, value, given);
		const isLeftOut = emptyLeavesOut && typeof given === 'string' && value === undefined;
		const inForce = value ?? (isLeftOut ? undefined : field.default);
		if (inForce !== undefined) this.values[name] = inForce as Value;
		if (this.row.size?.wire === field.wire) return;
		const sent = field.send === 'always' || isChosen(name, value) ? inForce : undefined;
		if (sent !== undefined) this.body[field.wire] = wireValue(name, field, sent);
	}

	private isOnlyLength(value: unknown): boolean {
		return this.row.fixedSeconds !== undefined && value === String(this.row.fixedSeconds);
	}

	private check(name: FieldName, field: ModelField, value: unknown, given: unknown): void {
		const { choices, refused, min, max, confidence } = field;
		if (isMistyped(name, field, value)) return this.object(confidence, name, 'type', given);
		// What most models offer is no measure for one of which nothing is known.
		const isMeasured = choices !== undefined && this.row.family !== undefined;
		const isSize = this.row.size?.wire === field.wire && pixelsIn(value) !== null;
		if (isMeasured && !choices.includes(value as string) && !isSize) {
			const isRefused = refused?.includes(value as string) === true;
			// A number next to those on offer may be new; a word that the page does not have is a mistake.
			const isNumber = FIELDS[name].kind === 'seconds';
			this.object(isRefused || !isNumber ? confidence : 'L', name, 'choice', given);
		}
		if (numberIn(value) < (min ?? -Infinity) || numberIn(value) > (max ?? Infinity)) {
			this.object(confidence, name, 'range', given);
		}
	}

	/** Aspect ratio and resolution in one field. */
	size(): void {
		const { size, fields } = this.row;
		if (!size || this.refusals.length > 0) return;
		const { aspectRatio, resolution } = this.values;
		const pixels = [resolution, aspectRatio].map(pixelsIn).find((match) => match !== null);
		if (pixels) {
			const [, width, height] = pixels;
			this.body[size.wire] = `${width}*${height}`;
			return;
		}
		if (aspectRatio === undefined && resolution === fields.resolution?.default) return;
		const shape = String(aspectRatio ?? fields.aspectRatio?.default);
		const shapes = own(size.sizes, String(resolution)) ?? own(size.others, String(resolution));
		const known = shapes && (own(shapes, shape) ?? own(size.others[String(resolution)], shape));
		if (known !== undefined) {
			this.body[size.wire] = known;
		} else if (this.row.known) {
			const at = shapes && String(resolution);
			this.refuse(shapes ? 'aspectRatio' : 'resolution', 'size', shapes ? shape : resolution, at);
		} else {
			for (const name of ['aspectRatio', 'resolution'] as const) {
				const { wire = name } = GENERIC_FIELDS[name] ?? {};
				if (this.values[name] !== undefined) this.body[wire] = this.values[name];
			}
		}
	}

	rule(rule: Rule): void {
		const { when, then, leavesOut, confidence } = rule;
		const field = this.row.fields[then.field];
		const value = this.values[then.field];
		if (!field || value === undefined || !holds(when, this.values)) return;
		if (!holds(then, this.values)) {
			this.object(confidence, then.field, 'rule', value, rule);
		} else if (leavesOut) {
			delete this.body[field.wire];
			delete this.values[then.field];
		}
	}

	images(counts: ImageCounts): void {
		const { images } = this.row;
		const given = (Object.entries(counts) as Array<[keyof ImageCounts, number]>).filter(
			([, count]) => count > 0,
		);
		const total = given.reduce((sum, [, count]) => sum + count, 0);
		if (counts.lastFrame && !counts.firstFrame && !counts.unassigned) {
			this.refuse('lastFrame', 'order', counts.lastFrame);
			return;
		}
		const foreign = given.find(([role]) => role !== 'unassigned' && !images.roles.includes(role));
		if (foreign) {
			this.object(images.confidence, foreign[0] as ImageRole, 'lacking', foreign[1]);
		} else if (total > (images.max ?? Infinity)) {
			this.object(images.confidence, 'images', 'tooMany', total);
		} else if (total < images.min) {
			this.object(images.confidence, 'images', 'tooFew', total);
		}
	}

	characterClip(isSet: boolean | undefined): void {
		if (isSet && this.row.known && !this.row.characterClip) {
			this.refuse('characterClip', 'lacking', true);
		}
	}
}

/** @param images counts, so that they can be judged before any of them is read */
export function judge(row: ModelRow, given: Given, images: ImageCounts = {}): Judgement {
	const verdict = new Case(row);
	for (const name of FIELD_NAMES) verdict.field(name, given[name]);
	verdict.size();
	for (const rule of row.rules) verdict.rule(rule);
	verdict.characterClip(given.characterClip);
	verdict.images(images);
	return verdict;
}

/** The model's fields of the body, by their wire names. */
export const modelFields = (row: ModelRow, given: Given): JsonRecord => judge(row, given).body;

/** Images as the wire tells their roles apart: by their order. */
export function inRoleOrder<T>(
	images: Partial<Record<ImageRole | 'unassigned', readonly T[]>>,
): T[] {
	const { firstFrame = [], lastFrame = [], unassigned = [], reference = [] } = images;
	return [...firstFrame, ...lastFrame, ...unassigned, ...reference];
}
