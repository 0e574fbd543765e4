/**
 * Judges settings against a model: what is sent, what is refused before anything is sent, and what is sent although the
 * model is not known to take it. Each objection is a sentence for the user.
 */
import type { JsonRecord } from '../contract';
import {
	FIELD_NAMES,
	FIELDS,
	offers,
	type Condition,
	type FieldKey,
	type FieldName,
	IMAGE_ROLES,
	type ImageRole,
	type ModelField,
	type ModelRow,
	type Rule,
	type Value,
} from './row';
import { ROWS } from './rows';
import { isDefault, KINDS, shown, sizeOf } from './spelling';

/**
 * Settings as the user gave them; expressions may give numbers and switches as text. `undefined`, `null` and empty text
 * mean unset; an empty aspect ratio is left out.
 */
export type Settings = Partial<Record<FieldName, unknown>> & {
	characterClip?: boolean;
	storyboard?: boolean;
};

/** The number of images per role. Images without a role fill the roles in order. */
export type ImageCounts = Partial<Record<ImageRole | 'unassigned', number>>;

export type Labels = Readonly<Record<FieldKey, string>>;

const PIXELS = /^(\d+)\s*[*x×]\s*(\d+)$/i;
/** Text with the size itself instead of a resolution or an aspect ratio. */
const pixelsIn = (value: unknown) => (typeof value === 'string' ? PIXELS.exec(value.trim()) : null);

/** "10, 15 or 25" */
export const either = (words: readonly unknown[]) =>
	words.join(', ').replace(/, (?=[^,]*$)/, ' or ');

function listOf(name: FieldName, values: readonly Value[]): string {
	const { kind } = FIELDS[name];
	if (kind === 'flag') return either(values.map((value) => (value ? 'on' : 'off')));
	return kind === 'seconds' ? `${either(values)} seconds` : either(values);
}

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
	Object.hasOwn(table, key) ? table[key] : undefined;

class Judgement {
	readonly body: JsonRecord = {};
	/** Effective values, defaults included. Seconds and words as text. */
	readonly values: Partial<Record<FieldName, Value>> = {};
	readonly refusals: string[] = [];
	/** For the log: what is sent nevertheless. */
	readonly notes: string[] = [];

	constructor(
		private readonly row: ModelRow,
		private readonly labels: Labels,
	) {}

	private label = (key: FieldKey) => `"${this.labels[key]}"`;

	/** @param isSure the model certainly refuses it; otherwise it is sent and logged */
	private object(isSure: boolean, sentence: string): void {
		if (isSure && !this.row.uncertain) this.refusals.push(sentence);
		else this.notes.push(`${sentence}. It is sent anyway`);
	}

	/** @param instead what to do if no other model is wanted */
	lacks(key: FieldKey, instead: string): string {
		const others = ROWS.filter((row) => row.listed && offers(row, key)).slice(0, 3);
		const { name, fixedSeconds } = this.row;
		const isLength = key === 'duration' && fixedSeconds;
		const why = isLength ? `, whose videos are ${fixedSeconds} seconds long` : '';
		return `${this.label(key)} is not offered by ${name}${why}: ${instead}, or choose a model that has it, such as ${either(others.map((row) => row.name))}`;
	}

	field(name: FieldName, setting: unknown): void {
		const { kind, resting, isSwitch } = FIELDS[name];
		const { fixedSeconds, sizes, fields } = this.row;
		const field = fields[name];
		const [wanted, read] = KINDS[kind];
		const value = isDefault(setting) ? '' : read(setting);
		if (value === undefined) {
			this.refusals.push(`${this.label(name)} must be ${wanted}, but is ${shown(setting)}`);
		} else if (field) {
			if (value !== '') this.check(name, field, value, setting);
			const isLeftOut = kind === 'ratio' && typeof setting === 'string';
			const inForce = value === '' && !isLeftOut ? field.default : value;
			if (inForce === undefined || inForce === '') return;
			this.values[name] = inForce;
			const isPartOfSize = sizes && (name === 'aspectRatio' || name === 'resolution');
			const isChosen = value !== '' && !(isSwitch && value === resting);
			if (isPartOfSize || !(isChosen || field.send)) return;
			const isNumber = kind === 'number' || (kind === 'seconds' && !field.asText);
			const spelled = own(field.spelled ?? {}, String(inForce));
			this.body[field.wire] = spelled ?? (isNumber ? Number(inForce) : inForce);
		} else if (value !== '' && value !== resting && value !== String(fixedSeconds)) {
			const rest = resting !== undefined && `set it to ${listOf(name, [resting])}`;
			this.refusals.push(this.lacks(name, rest || 'leave it empty'));
		}
	}

	private check(name: FieldName, field: ModelField, value: Value, setting: unknown): void {
		const { known, uncertain, sizes, name: model } = this.row;
		const { choices, refuses, min = -Infinity, max = Infinity } = field;
		// A model without a row is not bound by what most models offer.
		if (!known) return;
		const number = Number(value);
		const isFraction =
			['seconds', 'number'].includes(FIELDS[name].kind) && !Number.isInteger(number);
		const isOther = choices ? !choices.includes(String(value)) : number < min || number > max;
		if (!isFraction && (!isOther || (sizes && pixelsIn(setting)))) return;
		const range = isFraction ? 'a whole number' : `${min} to ${max}`;
		const wanted = choices ? listOf(name, choices) : range;
		const isSure = isFraction || refuses === 'others' || !!refuses?.includes(String(value));
		const must = isSure && !uncertain ? 'must' : 'should';
		const but = `for ${model}, but is ${shown(setting)}`;
		this.object(isSure, `${this.label(name)} ${must} be ${wanted} ${but}`);
	}

	/** Aspect ratio and resolution combined in one field. */
	size(settings: Settings): void {
		const { sizes, fields, known, name: model } = this.row;
		if (!sizes || this.refusals.length > 0) return;
		const parts = ['aspectRatio', 'resolution'] as const;
		if (!parts.some((name) => !isDefault(settings[name]) || fields[name]?.send)) return;
		const { aspectRatio, resolution } = this.values;
		const { wire = 'size', default: standard } = fields.aspectRatio ?? {};
		const shape = String(aspectRatio ?? standard);
		const shapes = own(sizes, String(resolution));
		const sign = JSON.stringify(sizes).includes('*') ? '*' : 'x';
		const computed = known ? undefined : sizeOf(String(resolution), shape);
		const size = (shapes && own(shapes, shape)) ?? computed?.join(sign);
		const pixels = pixelsIn(settings.resolution) ?? pixelsIn(settings.aspectRatio);
		if (pixels) {
			this.body[wire] = `${pixels[1]}${sign}${pixels[2]}`;
		} else if (aspectRatio === undefined && resolution === fields.resolution?.default) {
			return;
		} else if (size !== undefined) {
			this.body[wire] = size;
		} else if (!known) {
			for (const name of parts) {
				if (this.values[name] !== undefined) this.body[FIELDS[name].wire] = this.values[name];
			}
		} else {
			const label = this.label(shapes ? 'aspectRatio' : 'resolution');
			const offered = either(Object.keys(shapes ?? sizes));
			const but = shapes ? ` at ${resolution}, but is ${shape}` : `, but is ${resolution}`;
			this.refusals.push(`${label} must be ${offered} for ${model}${but}`);
		}
	}

	private holds([name, ...oneOf]: Condition): boolean {
		const value = this.values[name];
		return value !== undefined && oneOf.includes(value);
	}

	rule({ when, then }: Rule): void {
		const [name, ...oneOf] = then;
		const field = this.row.fields[name];
		const value = this.values[name];
		if (!field || value === undefined || !this.holds(when)) return;
		if (!this.holds(then)) {
			const [other] = when;
			const where = `where ${this.label(other)} is ${listOf(other, [this.values[other] ?? ''])}`;
			const must = `must be ${listOf(name, oneOf)} for ${this.row.name}`;
			this.object(true, `${this.label(name)} ${must} ${where}, but is ${listOf(name, [value])}`);
		} else if (value === FIELDS[name].resting) {
			// The only value left has no effect.
			delete this.body[field.wire];
			delete this.values[name];
		}
	}

	images(counts: ImageCounts): void {
		const { name, known, images } = this.row;
		const { roles, min, max = Infinity } = images;
		const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
		const given = IMAGE_ROLES.filter((role) => counts[role]);
		const twice = given.find((role) => role !== 'reference' && counts[role] !== 1);
		const foreign = given.find((role) => !roles.includes(role));
		const are = total === 1 ? '1 image is given' : `${total || 'no'} images are given`;
		if (twice) {
			this.refusals.push(`${this.label(twice)} is one image, but there are ${counts[twice]}`);
		} else if (counts.lastFrame && !counts.firstFrame && !counts.unassigned) {
			const [last, first] = [this.label('lastFrame'), this.label('firstFrame')];
			this.refusals.push(`${last} needs ${first}: without one it would become the first`);
		} else if (!known) {
			return;
		} else if (total > max) {
			const most = max === 0 ? 'makes videos from text alone' : `takes ${max} at most`;
			this.object(true, `${are}, and ${name} ${most}`);
		} else if (foreign) {
			this.object(true, this.lacks(foreign, 'change its role'));
		} else if (total < min) {
			this.object(true, `${are}, and ${name} needs at least ${min}`);
		}
	}
}

/** @param images counts, so that images are judged before any is read */
export function judge(
	row: ModelRow,
	settings: Settings,
	images: ImageCounts,
	labels: Labels,
): Judgement {
	const judgement = new Judgement(row, labels);
	for (const name of FIELD_NAMES) judgement.field(name, settings[name]);
	judgement.size(settings);
	for (const rule of row.rules) judgement.rule(rule);
	for (const key of ['characterClip', 'storyboard'] as const) {
		if (settings[key] && row.known && !row.hasCharacters)
			judgement.refusals.push(judgement.lacks(key, 'leave it out'));
	}
	judgement.images(images);
	return judgement;
}

/** Images in the order by which the wire distinguishes their roles. */
export function inRoleOrder<T>(
	images: Partial<Record<ImageRole | 'unassigned', readonly T[]>>,
): T[] {
	const { firstFrame = [], lastFrame = [], unassigned = [], reference = [] } = images;
	return [...firstFrame, ...lastFrame, ...unassigned, ...reference];
}

/** The role of each image in wire order: images without one fill the model's roles. */
export function rolesInOrder({ images: { roles } }: ModelRow, counts: ImageCounts): ImageRole[] {
	const free = roles.filter((role) => role !== 'reference' && !counts[role]);
	const lists = Object.entries(counts).map(([key, count]) => {
		const roleOf = (index: number) => (key === 'unassigned' ? (free[index] ?? 'reference') : key);
		return [key, Array.from({ length: count }, (_, index) => roleOf(index))];
	});
	return inRoleOrder<ImageRole>(Object.fromEntries(lists));
}
