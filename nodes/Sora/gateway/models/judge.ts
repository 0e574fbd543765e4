/**
 * What a model makes of the settings of a video: what is sent, what is refused before anything is sent, and what is
 * sent although nobody is known to have tried it. Only facts of confidence `H` refuse, and nothing is refused to a
 * model that the table does not have.
 */
import type { JsonRecord } from '../contract';
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
	/** No number, no whole number, or neither true nor false. */
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
	row: ModelRow;
}

export interface Verdict {
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
		return /^(?:true|false)$/i.test(String(value)) ? String(value).toLowerCase() === 'true' : value;
	}
	if (typeof value !== 'string' && typeof value !== 'number') return value;
	if (kind === 'number') return Number.isFinite(Number(value)) ? Number(value) : value;
	if (kind === 'text') return String(value);
	if (kind === 'word') return String(value).toLowerCase();
	const [, seconds] = SECONDS.exec(String(value)) ?? [];
	return seconds === undefined ? String(value) : String(Number(seconds));
}

/** Whether somebody chose this value, rather than leaving the field alone. */
function isChosen(name: FieldName, value: unknown): boolean {
	const { standing, resting } = FIELDS[name];
	return value !== undefined && !(standing && value === resting);
}

function isMistyped(name: FieldName, { type }: ModelField, value: unknown): boolean {
	const { kind } = FIELDS[name];
	if (kind === 'flag') return typeof value !== 'boolean';
	if (kind !== 'number' && kind !== 'seconds') return typeof value !== 'string';
	return type === 'integer' ? !Number.isInteger(Number(value)) : !Number.isFinite(Number(value));
}

function wireValue(name: FieldName, { type, capitals }: ModelField, value: unknown): unknown {
	if (type === 'integer') return Number.isFinite(Number(value)) ? Number(value) : value;
	if (capitals && /^\d+p$/.test(String(value))) return String(value).toUpperCase();
	return FIELDS[name].kind === 'seconds' ? String(value) : value;
}

function holds({ field, oneOf, above }: Condition, values: Verdict['values']): boolean {
	const value = values[field];
	if (value === undefined) return false;
	return oneOf ? oneOf.includes(value) : Number(value) > (above ?? Number.POSITIVE_INFINITY);
}

class Case implements Verdict {
	readonly body: JsonRecord = {};
	readonly values: Verdict['values'] = {};
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
	private refuse(field: Objection['field'], reason: Reason, value: unknown): void {
		this.refusals.push({ field, reason, value, row: this.row });
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
		if (choices && !choices.includes(value as string) && !PIXELS.test(String(value))) {
			const isRefused = refused?.includes(value as string) === true;
			// A number next to those on offer may be new; a word that the page does not have is a mistake.
			const isNumber = FIELDS[name].kind === 'seconds';
			this.object(isRefused || !isNumber ? confidence : 'L', name, 'choice', given);
		}
		if (Number(value) < (min ?? -Infinity) || Number(value) > (max ?? Infinity)) {
			this.object(confidence, name, 'range', given);
		}
	}

	/** Aspect ratio and resolution in one field. */
	size(given: Given): void {
		const { size, fields } = this.row;
		if (!size) return;
		const { aspectRatio, resolution } = this.values;
		const pixels = [resolution, aspectRatio]
			.map((value) => PIXELS.exec(String(value)))
			.find((match) => match !== null);
		if (pixels) {
			const [, width, height] = pixels;
			this.body[size.wire] = `${width}*${height}`;
			return;
		}
		const shape = aspectRatio ?? fields.aspectRatio?.default;
		if (aspectRatio === undefined && resolution === fields.resolution?.default) return;
		const at = (sizes: typeof size.sizes) => sizes[String(resolution)]?.[String(shape)];
		const known = at(size.sizes) ?? at(size.others);
		if (known === undefined) {
			this.refuse(
				isBlank(given.aspectRatio) ||
					fields.resolution?.choices?.includes(String(resolution)) === false
					? 'resolution'
					: 'aspectRatio',
				'size',
				`${String(resolution)} ${String(shape)}`,
			);
			return;
		}
		this.body[size.wire] = known;
	}

	rule(rule: Rule): void {
		const { when, then, leavesOut, confidence } = rule;
		const field = this.row.fields[then.field];
		if (!field || !holds(when, this.values)) return;
		if (!holds(then, this.values)) {
			this.object(confidence, then.field, 'rule', this.values[then.field], rule);
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
export function judge(row: ModelRow, given: Given, images: ImageCounts = {}): Verdict {
	const verdict = new Case(row);
	for (const name of FIELD_NAMES) verdict.field(name, given[name]);
	verdict.size(given);
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
