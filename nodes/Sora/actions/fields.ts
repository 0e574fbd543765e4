/**
 * Parameters are read by their fields in the panel: the label in a message, the default, the choices and the bounds are
 * the field's own. The panel keeps most wrong values away, but expressions bypass it, so every value is checked here,
 * whatever its type. A field within a collection is named by its path, `options.pollInterval` say.
 */
import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { isRecord, isUsableTaskId, type JsonRecord, type SecondRange } from '../gateway/contract';
import { invalidInput } from '../gateway/failures';
import { isBlank, readSwitch } from '../gateway/models';

export type ParameterContext = Pick<IExecuteFunctions, 'getNodeParameter'>;

type DeepReadonly<T> = T extends (...args: never[]) => unknown
	? T
	: T extends object
		? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
		: T;

const holdsExpression = (value: unknown): boolean =>
	typeof value === 'object' && value !== null
		? Object.values(value).some(holdsExpression)
		: typeof value === 'string' && value.startsWith('=');

/** What holds no expression is the same for every item, so that n8n resolves it once. */
export function resolvedOnce(
	context: ParameterContext & Pick<IExecuteFunctions, 'getNode'>,
): ParameterContext {
	const { parameters } = context.getNode();
	const resolved = new Map<string, unknown>();
	const getNodeParameter = (name: string, itemIndex: number, fallback?: unknown): unknown => {
		if (resolved.has(name)) return resolved.get(name);
		const value: unknown = context.getNodeParameter(name, itemIndex, fallback);
		if (!holdsExpression(parameters[name])) resolved.set(name, value);
		return value;
	};
	return { getNodeParameter: getNodeParameter as ParameterContext['getNodeParameter'] };
}

/** A field as an operation writes it down, so that the types know its name and its choices. */
export type Field = DeepReadonly<INodeProperties>;

/** For n8n, whose types know nothing of what is not to be changed. */
export const asProperties = (fields: readonly Field[]) => fields as unknown as INodeProperties[];

/** Keeps the types of a field that several operations share. */
export const field = <const F extends Field>(definition: F): F => definition;

/** The same for several of them. */
export const fields = <const F extends readonly Field[]>(definitions: F): F => definitions;

/** A field with a default that is computed: the linter wants one written out in the field itself. */
export const withDefault = <const F extends Field>(value: INodeProperties['default'], of: F) => ({
	...of,
	default: value,
});

type Named<Fields extends readonly unknown[], Name> = Extract<Fields[number], { name: Name }>;

type FieldAt<
	Fields extends readonly unknown[],
	Path,
> = Path extends `${infer Collection}.${infer Rest}`
	? Named<Fields, Collection> extends { options: infer Inner extends readonly unknown[] }
		? FieldAt<Inner, Rest>
		: never
	: Named<Fields, Path>;

/** What can be chosen in the field at a path. */
type ChoiceAt<Fields extends readonly unknown[], Path> =
	FieldAt<Fields, Path> extends { options: ReadonlyArray<infer Option> }
		? Option extends { value: infer Value extends string }
			? Value
			: never
		: never;

type AnyField = Pick<
	Field,
	'displayName' | 'name' | 'type' | 'typeOptions' | 'default' | 'options'
>;

function fieldAt(fields: readonly unknown[], path: readonly string[]): AnyField {
	const [name, ...rest] = path;
	const found = (fields as AnyField[]).find((candidate) => candidate.name === name);
	if (!found) throw new Error(`no field is named ${path.join('.')}`);
	if (!rest.length) return found;
	return fieldAt('values' in found ? (found.values as AnyField[]) : (found.options ?? []), rest);
}

/** @param label the parameter's name in the panel */
export function textOf(value: unknown, label: string): string {
	if (value === undefined || value === null) return '';
	if (typeof value === 'string') return value.trim();
	if (typeof value === 'number' || typeof value === 'boolean') return String(value);
	throw invalidInput(`"${label}" must be text, but is ${shown(value)}`);
}

export function webUrlOf(value: unknown, label: string): string {
	const found = textOf(value, label);
	if (!found) throw invalidInput(`"${label}" is empty`);
	if (URL.canParse(found) && /^https?:$/.test(new URL(found).protocol)) return found;
	throw invalidInput(`"${label}" must be an http or https address, but is ${shown(found)}`);
}

/** An expression's array, or one text separated by commas; blank entries are left out. */
export const textListOf = (value: unknown, label: string): string[] =>
	(Array.isArray(value) ? value : [value])
		.flatMap((entry) => textOf(entry, label).split(','))
		.map((name) => name.trim())
		.filter(Boolean);

function shown(value: unknown): string {
	if (typeof value === 'object' && value !== null) {
		return Array.isArray(value) ? 'a list' : 'an object';
	}
	const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
	return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** What the gateway takes of a clip: 1 to 3 seconds, fractions allowed. */
const SHORTEST_RANGE = 1;
const LONGEST_RANGE = 3;
/** 2.1 - 1.1 is a little less than 1 in binary fractions. */
const ROUNDING = 1e-9;

/** Reads values by fields. */
abstract class Reader {
	/** The value as it is: `undefined` where nothing was set. */
	abstract value(path: string): unknown;
	/** As the panel names it. */
	abstract label(path: string): string;
	protected abstract field(path: string): AnyField;

	/** @returns an empty text where nothing is set */
	text(path: string): string {
		return textOf(this.value(path), this.label(path));
	}

	requiredText(path: string): string {
		const found = this.text(path);
		if (!found) throw invalidInput(`"${this.label(path)}" is empty`);
		return found;
	}

	/** @throws {SoraFailure} invalid_input for what can be no task's ID */
	taskId(path: string): string {
		const taskId = this.requiredText(path);
		if (isUsableTaskId(taskId)) return taskId;
		throw invalidInput(
			`"${this.label(path)}" is no task ID: it holds characters that no ID has`,
			'Enter the ID as Video > Generate returns it.',
		).about({ taskId });
	}

	webUrl(path: string): string {
		return webUrlOf(this.value(path), this.label(path));
	}

	/** Within the bounds of its field. @returns `undefined` where nothing is set */
	number(path: string): number | undefined {
		const value = this.value(path);
		if (isBlank(value)) return undefined;
		const number = typeof value === 'string' ? Number(value.trim()) : value;
		const {
			minValue = -Infinity,
			maxValue = Infinity,
			numberPrecision,
		} = this.field(path).typeOptions ?? {};
		const isWhole = numberPrecision === 0;
		if (typeof number !== 'number' || !Number.isFinite(number)) {
			throw invalidInput(`"${this.label(path)}" must be a number, but is ${shown(value)}`);
		}
		if (isWhole && !Number.isInteger(number)) {
			throw invalidInput(`"${this.label(path)}" must be a whole number, but is ${number}`);
		}
		if (number < minValue || number > maxValue) {
			const most = maxValue === Infinity ? 'or more' : `to ${maxValue}`;
			throw invalidInput(`"${this.label(path)}" must be ${minValue} ${most}, but is ${number}`);
		}
		return number;
	}

	/** Sheets write "TRUE", "yes" or 1. @returns `undefined` where nothing is set */
	flag(path: string): boolean | undefined {
		const value = this.value(path);
		if (isBlank(value)) return undefined;
		const flag = readSwitch(value);
		if (flag !== undefined) return flag;
		throw invalidInput(`"${this.label(path)}" must be true or false, but is ${shown(value)}`);
	}

	/** What the field holds by default, as the panel shows it when an option is added. */
	preset(path: string): unknown {
		return this.field(path).default;
	}

	/** One of the values of an options field; its default where nothing is set. */
	protected chosen(path: string): string {
		const { options = [] } = this.field(path);
		const value = this.value(path) ?? this.preset(path);
		const choices = options.flatMap((option) => ('value' in option ? [String(option.value)] : []));
		const found = choices.find((choice) => choice === textOf(value, this.label(path)));
		if (found !== undefined) return found;
		throw invalidInput(
			`"${this.label(path)}" must be one of ${choices.join(', ')}, but is ${shown(value)}`,
		);
	}
}

/** What every reader of an item's parameters can do, whatever its fields. */
export type AnyParameters = Pick<ItemParameters, 'itemIndex' | 'with'>;

/** Reads the parameters of one item by the fields of its operation. */
export class ItemParameters<
	const Fields extends readonly unknown[] = readonly Field[],
> extends Reader {
	constructor(
		private readonly context: ParameterContext,
		readonly itemIndex: number,
		private readonly fields: Fields,
		/** What n8n gave so far: each parameter is resolved once, and has one value for all its readers. */
		private readonly resolved = new Map<string, unknown>(),
	) {
		super();
	}

	/** The same item, read by other fields. */
	with<const Other extends readonly unknown[]>(fields: Other): ItemParameters<Other> {
		return new ItemParameters(this.context, this.itemIndex, fields, this.resolved);
	}

	label(path: string): string {
		return this.field(path).displayName;
	}

	protected field(path: string): AnyField {
		return fieldAt(this.fields, path.split('.'));
	}

	/**
	 * The chosen value of a resource locator. Hidden parameters have none, whatever an earlier choice left in the
	 * workflow, and neither has an option that was not added.
	 */
	value(path: string): unknown {
		const [name = '', option] = path.split('.');
		const value = this.parameter(name);
		if (option !== undefined) return isRecord(value) ? value[option] : undefined;
		const isLocator = isRecord(value) && 'mode' in value;
		return isLocator ? value.value : value;
	}

	private parameter(name: string): unknown {
		if (!this.resolved.has(name)) {
			// n8n's own extraction throws for parameters that are hidden.
			const value = this.context.getNodeParameter(name, this.itemIndex, null);
			this.resolved.set(name, value ?? undefined);
		}
		return this.resolved.get(name);
	}

	choice<const Path extends string>(path: Path): ChoiceAt<Fields, Path> {
		return this.chosen(path) as ChoiceAt<Fields, Path>;
	}

	/** Seconds of a clip. @param isOptional the fields' defaults hold for what is not set */
	range(from: string, to: string, { isOptional = false } = {}): SecondRange {
		const second = (path: string) => {
			const found = this.number(path) ?? (isOptional ? Number(this.preset(path)) : undefined);
			if (found === undefined) throw invalidInput(`"${this.label(path)}" is empty`);
			return found;
		};
		const [start, end] = [second(from), second(to)];
		const length = end - start;
		if (length < SHORTEST_RANGE - ROUNDING || length > LONGEST_RANGE + ROUNDING) {
			const seconds = Math.round(length * 1000) / 1000;
			throw invalidInput(
				`"${this.label(to)}" must be ${SHORTEST_RANGE} to ${LONGEST_RANGE} seconds after "${this.label(from)}", but is ${seconds} (from ${start} to ${end})`,
			);
		}
		return { start, end };
	}

	/** The rows of a collection with several values. @param word what a label calls a row, before its number */
	rows(path: string, word: string): Row[] {
		const [name = '', group = ''] = path.split('.');
		const value = this.value(name);
		const rows: unknown = isRecord(value) ? value[group] : undefined;
		const { values = [] } = this.field(path) as { values?: readonly AnyField[] };
		return (Array.isArray(rows) ? rows : []).map(
			(row: unknown, index) => new Row(isRecord(row) ? row : {}, values, `${word} ${index + 1}`),
		);
	}
}

/** One row of a collection. */
export class Row extends Reader {
	constructor(
		private readonly values: JsonRecord,
		private readonly fields: readonly AnyField[],
		private readonly which: string,
	) {
		super();
	}

	protected field(name: string): AnyField {
		return fieldAt(this.fields, [name]);
	}

	value(name: string): unknown {
		return this.values[name];
	}

	label(name: string): string {
		return `${this.field(name).displayName}, ${this.which}`;
	}

	choice(name: string): string {
		return this.chosen(name);
	}
}
