/** Parts of docs/ generated from the node: from its description and from its tables of failures and files. */
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { SoraTrigger } from '../../nodes/Sora/SoraTrigger.node.ts';
import { Sora } from '../../nodes/Sora/Sora.node.ts';
import { FAILURES } from '../../nodes/Sora/gateway/failures';
import { isClipKind } from '../../nodes/Sora/media/clip';
import { FILE_KINDS, type FileKind } from '../../nodes/Sora/media/fileKind';
import { isImageKind } from '../../nodes/Sora/media/imageFormat';
import { table } from './markdown';

const choices = ({ options = [] }: INodeProperties) =>
	options.filter((option): option is INodePropertyOptions => 'value' in option);

/** A value as the panel shows it. */
function named(property: INodeProperties | undefined, value: unknown): string {
	const option = property && choices(property).find((choice) => choice.value === value);
	if (typeof value === 'boolean') return value ? 'on' : 'off';
	return option?.name ?? String(value);
}

function defaultOf(property: INodeProperties): string {
	const { default: value } = property;
	if (Array.isArray(value)) return value.map((one) => named(property, one)).join(', ');
	if (typeof value !== 'object') return value === '' ? '' : named(property, value);
	return String((value as { cachedResultName?: string } | null)?.cachedResultName ?? '');
}

/** When a field is shown, apart from its resource and operation, in the panel's words. */
function condition({ displayOptions, name: own }: INodeProperties, all: INodeProperties[]): string {
	const clauses = (side: 'show' | 'hide', word: string) =>
		Object.entries(displayOptions?.[side] ?? {}).flatMap(([name, values = []]) => {
			if (['resource', 'operation'].includes(name)) return [];
			if (name === '@tool') return ['not in an agent’s tool'];
			if (/^\/?model$/.test(name)) {
				return [own === 'additionalFields' ? 'the model is not known' : 'the model has it'];
			}
			const target = all.find((one) => one.name === name.replace('/', ''));
			const list = values.map((value) => named(target, value)).join(' or ');
			return [`${target?.displayName ?? name} ${word} ${list}`];
		});
	return [...new Set([...clauses('show', 'is'), ...clauses('hide', 'is not')])].join(', ');
}

function described(property: INodeProperties): string {
	const found = choices(property).map(({ name }) => name);
	const text = (property.description ?? property.hint ?? '').replace(/\.?$/, '.');
	return found.length ? `${text} One of: ${found.join(', ')}.` : text;
}

/** Merges the variants of a field for different models, which are one field to the reader. */
function mergedByModel(properties: INodeProperties[]): INodeProperties[] {
	const names = [...new Set(properties.map(({ name }) => name))];
	return names.flatMap((name) => {
		const same = properties.filter((property) => property.name === name);
		const [property] = same;
		if (!property || same.some(({ type }) => type !== 'options')) return same;
		const all = same.flatMap(choices);
		const options = all.filter(
			({ value }, at) => all.findIndex((other) => other.value === value) === at,
		);
		if (same.length > 1 && options.every(({ value }) => /^(?:\d+p?)?$/.test(String(value)))) {
			options.sort((a, b) => Number.parseInt(`0${a.value}`) - Number.parseInt(`0${b.value}`));
		}
		const isSame = same.every((other) => other.default === property.default);
		return [{ ...property, options, default: isSame ? property.default : "the model's" }];
	});
}

const parameterRows = (properties: INodeProperties[], all: INodeProperties[]) =>
	properties.map((property) => [
		`**${property.displayName}** \`${property.name}\``,
		...[defaultOf(property), condition(property, all), described(property)],
	]);

const HEAD = ['Parameter', 'Default', 'Shown when', 'What it does'];
const OPTIONS_HEAD = ['Option', 'When added', 'Offered when', 'What it does'];

function parameters(fields: INodeProperties[], all: INodeProperties[]): string[] {
	const notices = fields.filter(({ type }) => type === 'notice');
	const collection = fields.find(({ name }) => name === 'options');
	const plain = fields.filter((field) => field !== collection && !notices.includes(field));
	const rows = mergedByModel(plain).flatMap((field) => [
		...parameterRows([field], all),
		...(field.options ?? []).flatMap((option) =>
			'values' in option
				? parameterRows(option.values, [...option.values, ...all]).map(([name, ...rest]) => [
						`${option.displayName} → ${name}`,
						...rest,
					])
				: [],
		),
	]);
	const options = parameterRows((collection?.options ?? []) as INodeProperties[], all);
	return [
		...notices.map(({ displayName }) => displayName),
		...(rows.length ? [table(HEAD, rows)] : []),
		...(options.length ? ['Under **Options**:', table(OPTIONS_HEAD, options)] : []),
	];
}

/** Every operation with every parameter, as the panel shows them. */
export function operations(): string {
	const { properties } = new Sora().description;
	const trigger = new SoraTrigger().description;
	const belongsTo = (name: string, value: unknown) => (field: INodeProperties) =>
		field.displayOptions?.show?.[name]?.includes(value as string);
	const sections = properties
		.slice(0, 1)
		.flatMap(choices)
		.flatMap((resource) => {
			const fields = properties.filter(belongsTo('resource', resource.value));
			const operations = fields.filter(({ name }) => name === 'operation').flatMap(choices);
			return operations.flatMap(({ name, value, description = '' }) => [
				`## ${resource.name} > ${name}`,
				`${description}.`,
				...parameters(fields.filter(belongsTo('operation', value)), properties),
			]);
		});
	return [
		...sections,
		`## ${trigger.displayName}`,
		`${trigger.description}.`,
		...parameters(trigger.properties, trigger.properties),
	].join('\n\n');
}

/** Every category of failure, with the words that users see. */
export function failures(): string {
	const rows = Object.entries(FAILURES)
		.sort(([a], [b]) => a.localeCompare(b))
		.map(([category, { message, advice, retryable }]) => [
			`\`${category}\``,
			message,
			advice,
			retryable ? 'yes' : 'no',
		]);
	return table(['`category`', 'What happened', 'What to do', 'Retry may help'], rows);
}

const FAMILIES: Readonly<Record<FileKind['family'], string>> = {
	image: 'Images',
	video: 'Videos',
	audio: 'Sound',
	document: 'Documents',
	text: 'Text',
};

const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
const endings = ({ extensions }: FileKind) =>
	extensions.map((ending) => `\`.${ending}\``).join(' ');

/** Every kind of file that is recognised by its content, and what is done with it. */
export function fileKinds(): string {
	const rows = Object.entries(FAMILIES).flatMap(([family, title]) =>
		FILE_KINDS.filter((kind) => kind.family === family).map((kind) => [
			title,
			capital(kind.name.replace(/^an? /, '')),
			endings(kind),
			isImageKind(kind) ? '**checked**' : 'refused',
			isClipKind(kind) ? '**checked**' : 'refused',
			`\`${kind.mimeType}\`${kind.isGeneric ? ', or its own type' : ''}`,
		]),
	);
	return table(['', 'Kind', 'Extensions', 'Image', 'Clip', 'Sent as'], rows);
}
