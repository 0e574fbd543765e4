/**
 * What a model makes of the settings of a video: what is sent, what is refused before anything is sent, and what is
 * sent although the model is not known to take it. Each objection is a sentence in the user's words.
 */
import type { JsonRecord } from '../contract';
import { GENERIC_FIELDS } from './families';
import {
	FIELD_NAMES,
	FIELDS,
	offers,
	type Condition,
	type FieldKey,
	type FieldName,
	type ImageRole,
	type ModelField,
	type ModelRow,
	type Rule,
	type Value,
} from './row';
import { ROWS } from './rows';
import { isBlank, readSetting, shown } from './spelling';

/**
 * Settings as the user gave them: numbers and switches may come as text, from an expression. `undefined`, `null` and
 * empty text mean that nothing was set; an empty aspect ratio, that it is left out.
 */
export type Given = Partial<Record<FieldName, unknown>> & {
	characterClip?: boolean;
	storyboard?: boolean;
};

/** How many images there are for each role. Those without a role fill the roles in their order. */
export type ImageCounts = Partial<Record<ImageRole | 'unassigned', number>>;

export type Labels = Readonly<Record<FieldKey | 'images', string>>;

interface Judgement {
	body: JsonRecord;
	/** What is in force, defaults included. Seconds and words as text. */
	values: Partial<Record<FieldName, Value>>;
	refusals: string[];
	/** For the log: what is sent all the same. */
	notes: string[];
}

const PIXELS = /^(\d+)\s*[*x×]\s*(\d+)$/i;
/** Text that gives the size itself, in place of a resolution or an aspect ratio. */
const pixelsIn = (value: unknown) => (typeof value === 'string' ? PIXELS.exec(value.trim()) : null);

/** "10, 15 or 25" */
export const either = (words: readonly unknown[]) =>
	words.join(', ').replace(/, (?=[^,]*$)/, ' or ');

/** Durations as a message names them: "10, 15 or 25 seconds". */
export const secondsOnOffer = (durations: readonly unknown[]) => `${either(durations)} seconds`;

const listOf = (name: FieldName, values: readonly unknown[] = []) =>
	name === 'duration' ? secondsOnOffer(values) : either(values);

const WANTED = {
	ratio: 'a ratio such as 16:9',
	seconds: 'a number of seconds greater than 0',
	pixels: 'text such as 1080p',
	flag: 'true or false',
	number: 'a number',
	text: 'text',
};

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
	Object.hasOwn(table, key) ? table[key] : undefined;

function holds({ field, oneOf, above }: Condition, values: Judgement['values']): boolean {
	const value = values[field];
	if (value === undefined) return false;
	return oneOf ? oneOf.includes(value) : Number(value) > (above ?? Infinity);
}

function wireValue({ type, spelled = {} }: ModelField, value: Value): Value {
	const isNumber = type === 'integer' || type === 'number';
	return own(spelled, String(value)) ?? (isNumber ? Number(value) : value);
}

class Case implements Judgement {
	readonly body: JsonRecord = {};
	readonly values: Judgement['values'] = {};
	readonly refusals: string[] = [];
	readonly notes: string[] = [];

	constructor(
		private readonly row: ModelRow,
		private readonly labels: Labels,
	) {}

	private label = (key: FieldKey | 'images') => `"${this.labels[key]}"`;

	/** @param isSure the model certainly refuses it; else it is sent, and the log says so */
	private object(isSure: boolean, sentence: string): void {
		if (isSure && !this.row.tolerant) this.refusals.push(sentence);
		else this.notes.push(`${sentence}. It is sent all the same`);
	}

	lacks(key: FieldKey, instead: string): string {
		const others = ROWS.filter((row) => row.listed && offers(row, key)).slice(0, 3);
		const { name, fixedSeconds } = this.row;
		const isLength = key === 'duration' && fixedSeconds;
		const why = isLength ? `, whose videos are ${fixedSeconds} seconds long` : '';
		return `${this.label(key)} is not offered by ${name}${why}: ${instead}, or choose a model that has it, such as ${either(others.map((row) => row.name))}`;
	}

	field(name: FieldName, given: unknown): void {
		const { kind, resting, isSwitch } = FIELDS[name];
		const field = this.row.fields[name];
		const read = isBlank(given) ? '' : readSetting(name, given);
		if (read === undefined) {
			this.refusals.push(`${this.label(name)} must be ${WANTED[kind]}, but is ${shown(given)}`);
			return;
		}
		const value = read === '' ? undefined : read;
		if (!field) {
			const isOnlyLength = value === String(this.row.fixedSeconds);
			if (value === undefined || value === resting || isOnlyLength) return;
			const flag = resting === true ? 'leave it on' : 'turn it off';
			const other = resting === undefined ? 'leave it empty' : `leave it at ${String(resting)}`;
			this.refusals.push(this.lacks(name, kind === 'flag' ? flag : other));
			return;
		}
		if (value !== undefined) this.check(name, field, value, given);
		const isLeftOut = kind === 'ratio' && typeof given === 'string';
		const inForce = value ?? (isLeftOut ? undefined : field.default);
		if (inForce === undefined) return;
		this.values[name] = inForce;
		const isPartOfSize = this.row.sizes && (name === 'aspectRatio' || name === 'resolution');
		const isChosen = value !== undefined && !(isSwitch && value === resting);
		if (isPartOfSize || !(isChosen || field.send === 'always')) return;
		this.body[field.wire] = wireValue(field, inForce);
	}

	private check(name: FieldName, field: ModelField, value: Value, given: unknown): void {
		const { family, sizes, tolerant, name: model } = this.row;
		const { choices, refuses, min = -Infinity, max = Infinity, type } = field;
		const number = Number(value);
		// No model that is known renders parts of a second.
		const mustBeWhole = family && (name === 'duration' || type === 'integer');
		const isFraction = mustBeWhole && !Number.isInteger(number);
		// What most models offer is no measure for a model of no family.
		const isOther = family && choices && !choices.includes(String(value));
		let wanted: string;
		if (choices && (isFraction || isOther)) wanted = listOf(name, choices);
		else if (isFraction) wanted = 'a whole number';
		else if (number < min || number > max) wanted = `${min} to ${max}`;
		else return;
		if (!isFraction && sizes && pixelsIn(given)) return;
		const isSure =
			isFraction === true || refuses === 'others' || !!refuses?.includes(String(value));
		const must = isSure && !tolerant ? 'must' : 'should';
		const but = `for ${model}, but is ${shown(given)}`;
		this.object(isSure, `${this.label(name)} ${must} be ${wanted} ${but}`);
	}

	/** Aspect ratio and resolution in one field. */
	size(given: Given): void {
		const { sizes, fields, known, name: model } = this.row;
		if (!sizes || this.refusals.length > 0) return;
		const parts = ['aspectRatio', 'resolution'] as const;
		const isWanted = parts.some((name) => !isBlank(given[name]) || fields[name]?.send === 'always');
		if (!isWanted) return;
		const { aspectRatio, resolution } = this.values;
		const { wire = 'size' } = fields.aspectRatio ?? {};
		const pixels = pixelsIn(given.resolution) ?? pixelsIn(given.aspectRatio);
		if (pixels) {
			const [, sign = 'x'] = /:"\d+(\D)/.exec(JSON.stringify(sizes)) ?? [];
			this.body[wire] = `${pixels[1]}${sign}${pixels[2]}`;
			return;
		}
		if (aspectRatio === undefined && resolution === fields.resolution?.default) return;
		const shape = String(aspectRatio ?? fields.aspectRatio?.default);
		const shapes = own(sizes, String(resolution));
		const size = shapes && own(shapes, shape);
		if (size !== undefined) {
			this.body[wire] = size;
		} else if (!known) {
			for (const name of parts) {
				const value = this.values[name];
				if (value !== undefined) this.body[GENERIC_FIELDS[name].wire] = value;
			}
		} else {
			const must = (name: FieldName, offered: object, but: string) =>
				`${this.label(name)} must be ${either(Object.keys(offered))} for ${model}${but}`;
			this.refusals.push(
				shapes
					? must('aspectRatio', shapes, ` at ${resolution}, but is ${shape}`)
					: must('resolution', sizes, `, but is ${String(resolution)}`),
			);
		}
	}

	rule(rule: Rule): void {
		const { when, then, leavesOut } = rule;
		const field = this.row.fields[then.field];
		const value = this.values[then.field];
		if (!field || value === undefined || !holds(when, this.values)) return;
		if (!holds(then, this.values)) {
			this.object(!rule.tolerant, this.broken(rule, value));
		} else if (leavesOut) {
			delete this.body[field.wire];
			delete this.values[then.field];
		}
	}

	private broken({ when, then, because, tolerant }: Rule, value: Value): string {
		const label = this.label(then.field);
		const others = (this.row.fields[when.field]?.choices ?? []).filter(
			(choice) => !holds(when, { [when.field]: choice }),
		);
		if (because) return `${label} ${because}: turn it off, or choose ${listOf(when.field, others)}`;
		const where = when.oneOf
			? `is ${listOf(when.field, when.oneOf)}`
			: `is more than ${listOf(when.field, [when.above])}`;
		return `${label} ${tolerant ? 'should' : 'must'} be ${listOf(then.field, then.oneOf)} for ${this.row.name} where ${this.label(when.field)} ${where}, but is ${String(value)}`;
	}

	images(counts: ImageCounts): void {
		const { name, images } = this.row;
		const { roles, min, max = Infinity } = images;
		const given = (Object.entries(counts) as Array<[keyof ImageCounts, number]>).filter(
			([, count]) => count > 0,
		);
		const total = given.reduce((sum, [, count]) => sum + count, 0);
		const twice = given.find(([role, count]) => /Frame$/.test(role) && count > 1);
		const foreign = given.find(([role]) => !['unassigned', ...roles].includes(role))?.[0];
		const are = total === 1 ? '1 image is given' : `${total || 'no'} images are given`;
		if (twice) {
			const [role, count] = twice as [ImageRole, number];
			this.refusals.push(`${this.label(role)} is one image, but there are ${count}`);
		} else if (counts.lastFrame && !counts.firstFrame && !counts.unassigned) {
			const [last, first] = [this.label('lastFrame'), this.label('firstFrame')];
			this.refusals.push(`${last} needs ${first}: without one it would become the first`);
		} else if (max === 0 && total > 0) {
			this.object(true, `${are}, and ${name} makes videos from text alone`);
		} else if (foreign) {
			this.object(true, this.lacks(foreign as ImageRole, 'change its role'));
		} else if (total > max) {
			this.object(true, `${are}, and the gateway takes ${max} at most for ${name}`);
		} else if (total < min) {
			const needed = roles.includes('reference')
				? `at least ${min}`
				: roles.slice(0, min).map(this.label).join(' and ');
			this.object(true, `${name} needs ${this.label('images')}: ${needed}, but ${are}`);
		}
	}
}

/** @param images counts, so that they can be judged before any of them is read */
export function judge(row: ModelRow, given: Given, images: ImageCounts, labels: Labels): Judgement {
	const verdict = new Case(row, labels);
	for (const name of FIELD_NAMES) verdict.field(name, given[name]);
	verdict.size(given);
	for (const rule of row.rules) verdict.rule(rule);
	for (const key of ['characterClip', 'storyboard'] as const) {
		if (given[key] && row.known && !row[key])
			verdict.refusals.push(verdict.lacks(key, 'leave it out'));
	}
	verdict.images(images);
	return verdict;
}

/** Images as the wire distinguishes their roles: by their order. */
export function inRoleOrder<T>(
	images: Partial<Record<ImageRole | 'unassigned', readonly T[]>>,
): T[] {
	const { firstFrame = [], lastFrame = [], unassigned = [], reference = [] } = images;
	return [...firstFrame, ...lastFrame, ...unassigned, ...reference];
}

/** The role of each image in the order of the wire: those without one fill the model's roles. */
export function rolesInOrder({ images: { roles } }: ModelRow, counts: ImageCounts): ImageRole[] {
	const free = roles.filter((role) => role !== 'reference' && !counts[role]);
	const list = (count = 0, role: (index: number) => ImageRole) =>
		Array.from({ length: count }, (_, index) => role(index));
	return inRoleOrder<ImageRole>({
		firstFrame: list(counts.firstFrame, () => 'firstFrame'),
		lastFrame: list(counts.lastFrame, () => 'lastFrame'),
		unassigned: list(counts.unassigned, (index) => free[index] ?? 'reference'),
		reference: list(counts.reference, () => 'reference'),
	});
}
