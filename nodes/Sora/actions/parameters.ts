/**
 * Reads parameters by their fields in the panel, which supply label, default, choices and bounds. Expressions bypass
 * the panel, so every value is checked here, whatever its type.
 */
import type { IExecuteFunctions, INodeProperties, INodePropertyCollection } from 'n8n-workflow';

import { isRecord, isUsableTaskId, type SecondRange } from '../gateway/contract';
import { invalidInput } from '../gateway/failures';
import { isBlank, readSwitch, shown } from '../gateway/models';

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
	if (!/^https?:\/\//i.test(found) || !URL.canParse(found)) {
		throw invalidInput(`"${label}" must be an http or https address, but is ${shown(found)}`);
	}
	if (!/\s/.test(found)) return found;
	const { pathname, search } = new URL(found);
	// A file name may contain spaces, and ends with an extension.
	if (/\.\w{3,4}$/.test(pathname) && !/\.\w{3,4}%20/.test(pathname) && !search.includes('%20')) {
		return found.replace(/\s/g, '%20');
	}
	throw invalidInput(
		`"${label}" contains more than an address: ${shown(found)}`,
		'Enter the address alone, with any space in it written as %20.',
	);
}

/** What the gateway accepts of a clip, in seconds; fractions are allowed. */
const SHORTEST_RANGE = 1;
const LONGEST_RANGE = 3;
/** 2.1 - 1.1 is slightly less than 1 in binary fractions. */
const ROUNDING = 1e-9;

/** The parameters of an item, or of one row of a collection. */
export class Parameters {
	constructor(
		private readonly fields: readonly INodeProperties[],
		/** Reads a value: `undefined` for an option that was not added, `null` if nothing is set. */
		private readonly read: (name: string) => unknown,
		readonly itemIndex: number,
		/** The name of the row. */
		private readonly row = '',
	) {}

	private field(name: string): INodeProperties {
		const found = this.fields.find((candidate) => candidate.name === name);
		if (!found) throw new Error(`no field is named ${name}`);
		return found;
	}

	/** The name in the panel. */
	label(name: string): string {
		return this.field(name).displayName + this.row;
	}

	/** The field's initial value. */
	preset(name: string): unknown {
		return this.field(name).default;
	}

	/** The raw value; of a resource locator, the chosen one. None if it is hidden or was not added. */
	value(name: string): unknown {
		const value = this.read(name) ?? undefined;
		return isRecord(value) && 'mode' in value ? value.value : value;
	}

	/** @returns an empty text if nothing is set */
	text(name: string): string {
		return textOf(this.value(name), this.label(name));
	}

	requiredText(name: string): string {
		const found = this.text(name);
		if (!found) throw invalidInput(`"${this.label(name)}" is empty`);
		return found;
	}

	/** An expression's list, or one comma-separated text; blank entries are left out. */
	texts(name: string): string[] {
		const value = this.value(name);
		return (Array.isArray(value) ? value : [value])
			.flatMap((entry) => textOf(entry, this.label(name)).split(','))
			.map((text) => text.trim())
			.filter(Boolean);
	}

	taskId(name: string): string {
		const taskId = this.requiredText(name);
		if (isUsableTaskId(taskId)) return taskId;
		throw invalidInput(
			`"${this.label(name)}" is not a task ID: ${shown(taskId)}`,
			'Enter the ID as Video > Generate returns it.',
		);
	}

	webUrl(name: string): string {
		return webUrlOf(this.value(name), this.label(name));
	}

	/** Within the bounds of its field. @returns `undefined` if nothing is set */
	number(name: string): number | undefined {
		const value = this.value(name);
		if (isBlank(value)) return undefined;
		const number = typeof value === 'string' ? Number(value.trim()) : value;
		const {
			minValue = -Infinity,
			maxValue = Infinity,
			...rules
		} = this.field(name).typeOptions ?? {};
		const label = this.label(name);
		if (typeof number !== 'number' || !Number.isFinite(number)) {
			throw invalidInput(`"${label}" must be a number, but is ${shown(value)}`);
		}
		if (rules.numberPrecision === 0 && !Number.isInteger(number)) {
			throw invalidInput(`"${label}" must be a whole number, but is ${number}`);
		}
		if (number < minValue || number > maxValue) {
			const most = maxValue === Infinity ? 'or more' : `to ${maxValue}`;
			throw invalidInput(`"${label}" must be ${minValue} ${most}, but is ${number}`);
		}
		return number;
	}

	/**
	 * A number that money depends on: if an expression leaves it blank, the default does not apply.
	 * @returns `undefined` for an option that was not added
	 */
	filledNumber(name: string): number | undefined {
		const found = this.number(name);
		if (found !== undefined || this.read(name) === undefined) return found;
		throw invalidInput(`"${this.label(name)}" is empty`);
	}

	/** Sheets write "TRUE", "yes" or 1. If nothing is set, the field's default. */
	flag(name: string): boolean {
		const value = this.value(name);
		const flag = readSwitch(isBlank(value) ? this.preset(name) : value);
		if (flag !== undefined) return flag;
		throw invalidInput(`"${this.label(name)}" must be true or false, but is ${shown(value)}`);
	}

	/** One of the field's choices, by its value or its name in the panel; the default if nothing is set. */
	choice<Choice extends string>(name: string): Choice {
		const { options = [] } = this.field(name);
		const value = this.value(name) ?? this.preset(name);
		const letters = (text: unknown) =>
			String(text)
				.toLowerCase()
				.replace(/[^\p{L}\p{N}]/gu, '');
		const chosen = letters(textOf(value, this.label(name)));
		const choices = options.flatMap((option) => ('value' in option ? [option] : []));
		const found = choices.find((choice) =>
			[choice.value, choice.name].some((spelling) => letters(spelling) === chosen),
		);
		if (found) return found.value as Choice;
		const values = choices.map((choice) => choice.value).join(', ');
		throw invalidInput(`"${this.label(name)}" must be one of ${values}, but is ${shown(value)}`);
	}

	/** Seconds of a clip; for options that were not added, the defaults. */
	range(from: string, to: string): SecondRange {
		const [start = 0, end = 0] = [from, to].map(
			(name) => this.filledNumber(name) ?? Number(this.preset(name)),
		);
		const length = end - start;
		if (length >= SHORTEST_RANGE - ROUNDING && length <= LONGEST_RANGE + ROUNDING) {
			return { start, end };
		}
		const seconds = Math.round(length * 1000) / 1000;
		throw invalidInput(
			`"${this.label(to)}" must be ${SHORTEST_RANGE} to ${LONGEST_RANGE} seconds after "${this.label(from)}", but is ${seconds} (from ${start} to ${end})`,
		);
	}

	/** The rows of a collection, each identified by its number in messages. */
	rows(name: string): Parameters[] {
		const [group] = (this.field(name).options ?? []) as INodePropertyCollection[];
		const value = this.value(name);
		const rows: unknown = isRecord(value) && group ? value[group.name] : undefined;
		return (Array.isArray(rows) ? rows : []).map((row: unknown, index) => {
			const read = (field: string) => (isRecord(row) ? row[field] : undefined);
			const which = `, ${group?.name} ${index + 1}`;
			return new Parameters(group?.values ?? [], read, this.itemIndex, which);
		});
	}
}

/**
 * Reads the parameters of items. Each is resolved once per item, so all readers get the same value; one without an
 * expression is resolved only for the first item.
 */
export function parameterReader(
	context: Pick<IExecuteFunctions, 'getNodeParameter' | 'getNode'>,
	fields: readonly INodeProperties[],
): (itemIndex: number) => Parameters {
	const options = fields.flatMap(({ name, options: own = [] }) =>
		name === 'options' ? (own as INodeProperties[]) : [],
	);
	const all = [...fields, ...options];
	const { parameters } = context.getNode();
	const varying = new Set(
		fields.map(({ name }) => name).filter((name) => holdsExpression(parameters[name])),
	);
	const constants = new Map<string, unknown>();
	return (itemIndex) => {
		const ofItem = new Map<string, unknown>();
		const parameter = (name: string) => {
			const resolved = varying.has(name) ? ofItem : constants;
			// Without a fallback, n8n throws for a hidden parameter.
			if (!resolved.has(name)) {
				resolved.set(name, context.getNodeParameter(name, itemIndex, null) ?? null);
			}
			return resolved.get(name);
		};
		const read = (name: string) => {
			if (!options.some((option) => option.name === name)) return parameter(name);
			const added = parameter('options');
			return isRecord(added) && name in added ? (added[name] ?? null) : undefined;
		};
		return new Parameters(all, read, itemIndex);
	};
}

/** n8n treats text that begins with "=" as an expression. */
const holdsExpression = (value: unknown): boolean => /"=/.test(JSON.stringify(value) ?? '');
