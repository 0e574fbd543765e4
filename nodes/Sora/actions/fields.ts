/**
 * A parameter is described once, by its field in the panel: the label in a message, the default and the choices are the
 * field's own. A field within a collection is named by its path, `options.pollInterval` say.
 */
import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { isRecord, isUsableTaskId, type JsonRecord, type SecondRange } from '../gateway/contract';
import { invalidInput } from '../gateway/failures';
import {
	booleanOf,
	numberOf,
	oneOf,
	positiveNumberOf,
	requiredText,
	secondRange,
	textOf,
	webUrlOf,
} from './parameters';

export type ParameterContext = Pick<IExecuteFunctions, 'getNodeParameter'>;

type DeepReadonly<T> = T extends (...args: never[]) => unknown
	? T
	: T extends object
		? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
		: T;

/** A field as an operation writes it down, so that the types know its name and its choices. */
export type Field = DeepReadonly<INodeProperties>;

/** For n8n, whose types know nothing of what is not to be changed. */
export const asProperties = (fields: readonly Field[]) => fields as unknown as INodeProperties[];

/** Keeps the types of a field that several operations share. */
export const field = <const F extends Field>(definition: F): F => definition;

/** The same for several of them. */
export const fields = <const F extends readonly Field[]>(definitions: F): F => definitions;

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

type AnyField = Pick<Field, 'displayName' | 'name' | 'type' | 'default' | 'options'>;

function fieldAt(fields: readonly unknown[], path: readonly string[]): AnyField {
	const [name, ...rest] = path;
	const found = (fields as AnyField[]).find((candidate) => candidate.name === name);
	if (!found) throw new Error(`no field is named ${path.join('.')}`);
	if (!rest.length) return found;
	return fieldAt('values' in found ? (found.values as AnyField[]) : (found.options ?? []), rest);
}

/** What every reader of parameters can do, whatever its fields. */
export type AnyParameters = Pick<ItemParameters, 'itemIndex' | 'with'>;

/** Reads the parameters of one item by the fields of its operation. */
export class ItemParameters<const Fields extends readonly unknown[] = readonly Field[]> {
	constructor(
		private readonly context: ParameterContext,
		readonly itemIndex: number,
		private readonly fields: Fields,
	) {}

	/** The same item, read by other fields. */
	with<const Other extends readonly unknown[]>(fields: Other): ItemParameters<Other> {
		return new ItemParameters(this.context, this.itemIndex, fields);
	}

	/** As the panel names it. */
	label(path: string): string {
		return fieldAt(this.fields, path.split('.')).displayName;
	}

	/**
	 * The value as it stands, the chosen one of a resource locator. Hidden parameters have none, whatever an earlier
	 * choice left in the workflow, and neither has an option that was not added.
	 */
	value(path: string): unknown {
		const [name = '', option] = path.split('.');
		// n8n's own extraction throws for parameters that are hidden.
		const value: unknown = this.context.getNodeParameter(name, this.itemIndex, null) ?? undefined;
		if (option !== undefined) return isRecord(value) ? value[option] : undefined;
		const isLocator = isRecord(value) && 'mode' in value;
		return isLocator ? value.value : value;
	}

	/** @returns an empty text where nothing is set */
	text(path: string): string {
		return textOf(this.value(path), this.label(path));
	}

	requiredText(path: string): string {
		return requiredText(this.value(path), this.label(path));
	}

	/** @throws {SoraFailure} invalid_input for what can be no task's ID */
	taskId(path: string): string {
		const taskId = this.requiredText(path);
		if (isUsableTaskId(taskId)) return taskId;
		throw invalidInput(
			`"${this.label(path)}" is no task ID: it holds what no ID has`,
			'Enter the ID as Video > Generate puts it out. Nothing was sent to the gateway.',
		).about({ taskId });
	}

	webUrl(path: string): string {
		return webUrlOf(this.value(path), this.label(path));
	}

	/** @returns `undefined` where nothing is set */
	number(path: string): number | undefined {
		return numberOf(this.value(path), this.label(path));
	}

	positiveNumber(path: string): number | undefined {
		return positiveNumberOf(this.value(path), this.label(path));
	}

	/** @returns `undefined` where nothing is set */
	flag(path: string): boolean | undefined {
		return booleanOf(this.value(path), this.label(path));
	}

	/** The field's default where nothing is set. */
	choice<const Path extends string>(path: Path): ChoiceAt<Fields, Path> {
		const { displayName, default: preset, options = [] } = fieldAt(this.fields, path.split('.'));
		const choices = options.flatMap((option) => ('value' in option ? [String(option.value)] : []));
		return oneOf(this.value(path) ?? preset, choices, displayName) as ChoiceAt<Fields, Path>;
	}

	/** What the field would hold by default, as the panel shows it when an option is added. */
	preset(path: string): unknown {
		return fieldAt(this.fields, path.split('.')).default;
	}

	/** Seconds of a clip. @param isOptional the fields' defaults hold for what is not set */
	range(from: string, to: string, { isOptional = false } = {}): SecondRange {
		const second = (path: string) =>
			this.value(path) ?? (isOptional ? this.preset(path) : undefined);
		return secondRange(second(from), second(to), { start: this.label(from), end: this.label(to) });
	}

	/** The rows of a collection with several values; a label tells which one it means. @param word of one row */
	rows(path: string, word: string): Row[] {
		const [name = '', group = ''] = path.split('.');
		const value = this.value(name);
		const rows: unknown = isRecord(value) ? value[group] : undefined;
		return (Array.isArray(rows) ? rows : []).map(
			(row: unknown, index) =>
				new Row(
					isRecord(row) ? row : {},
					(inner) => `${this.label(`${path}.${inner}`)}, ${word} ${index + 1}`,
				),
		);
	}
}

/** One row of a collection. */
export class Row {
	constructor(
		private readonly values: JsonRecord,
		readonly label: (name: string) => string,
	) {}

	requiredText(name: string): string {
		return requiredText(this.values[name], this.label(name));
	}

	positiveNumber(name: string): number | undefined {
		return positiveNumberOf(this.values[name], this.label(name));
	}
}
