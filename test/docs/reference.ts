/** Pages of docs/ that are written by the node itself: from its description, and from the table of failures. */
import type { INodeProperties, INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';

import { SoraTrigger } from '../../nodes/Sora/SoraTrigger.node.ts';
import { Sora } from '../../nodes/Sora/Sora.node.ts';
import { FAILURES } from '../../nodes/Sora/gateway/failures';
import { table, WRITTEN } from './markdown';

type Entry = INodeProperties | INodePropertyCollection;

const choices = ({ options = [] }: INodeProperties) =>
	options.filter((option): option is INodePropertyOptions => 'value' in option);

/** A value as the panel names it. */
function named(property: INodeProperties | undefined, value: unknown): string {
	const option = property && choices(property).find((choice) => choice.value === value);
	if (option) return option.name;
	if (typeof value === 'boolean') return value ? 'on' : 'off';
	return String(value);
}

function defaultOf(property: INodeProperties): string {
	const { default: value, type } = property;
	if (value === '' || value === undefined || value === null) return '';
	if (type === 'resourceLocator')
		return String((value as { cachedResultName?: string }).cachedResultName ?? '');
	if (Array.isArray(value)) return value.map((one) => named(property, one)).join(', ');
	return typeof value === 'object' ? '' : named(property, value);
}

/** When a field is shown, beyond its resource and operation, in the words of the panel. */
function condition({ displayOptions }: Entry & INodeProperties, all: INodeProperties[]): string {
	const property = (name: string) => all.find((one) => one.name === name.replace(/^\//, ''));
	const clauses = (side: 'show' | 'hide', word: string) =>
		Object.entries(displayOptions?.[side] ?? {})
			.filter(([name]) => !['resource', 'operation'].includes(name))
			.map(([name, values = []]) => {
				const target = property(name);
				const list = values.map((value) => named(target, value)).join(' or ');
				return `${target?.displayName ?? name} ${word} ${list}`;
			});
	return [...clauses('show', 'is'), ...clauses('hide', 'is not')].join(', ');
}

function kindOf(property: INodeProperties): string {
	const found = choices(property);
	return found.length ? ` One of: ${found.map(({ name }) => name).join(', ')}.` : '';
}

const described = (property: INodeProperties) =>
	`${(property.description ?? property.hint ?? '').replace(/\.?$/, '.')}${kindOf(property)}`;

function parameterRows(properties: INodeProperties[], all: INodeProperties[]): string[][] {
	return properties.map((property) => [
		`**${property.displayName}** \`${property.name}\``,
		defaultOf(property),
		condition(property, all),
		described(property),
	]);
}

const HEAD = ['Parameter', 'Default', 'Shown when', 'What it does'];
const OPTIONS_HEAD = ['Option', 'When added', 'Offered when', 'What it does'];

function parameters(fields: INodeProperties[], all: INodeProperties[]): string[] {
	const plain = fields.filter(({ type, name }) => type !== 'notice' && name !== 'options');
	const notices = fields.filter(({ type }) => type === 'notice');
	const options = fields
		.filter(({ name }) => name === 'options')
		.flatMap((collection) => (collection.options ?? []) as INodeProperties[]);
	const rows = plain.flatMap((field) => {
		const inner = (field.options ?? []).filter(
			(option): option is INodePropertyCollection => 'values' in option,
		);
		const own = parameterRows([field], all);
		const nested = inner.flatMap(({ displayName, values }) =>
			parameterRows(values, all).map(([name = '', ...rest]) => [
				`${displayName} → ${name}`,
				...rest,
			]),
		);
		return [...own, ...nested];
	});
	return [
		...notices.map(({ displayName }) => displayName),
		...(rows.length ? [table(HEAD, rows)] : []),
		...(options.length
			? ['Under **Options**:', table(OPTIONS_HEAD, parameterRows(options, all))]
			: []),
	];
}

/** Every operation with every parameter, as the panel shows them. */
export function operationsPage(): string {
	const { properties } = new Sora().description;
	const trigger = new SoraTrigger().description;
	const resources = choices(properties.find(({ name }) => name === 'resource') as INodeProperties);
	const belongs = (field: INodeProperties, resource: unknown, operation: unknown) =>
		field.displayOptions?.show?.resource?.includes(resource as string) &&
		field.displayOptions.show.operation?.includes(operation as string);
	const sections = resources.flatMap(({ name: resourceName, value: resource }) => {
		const list = properties.find(
			({ name, displayOptions }) =>
				name === 'operation' && displayOptions?.show?.resource?.includes(resource as string),
		);
		return (list ? choices(list) : []).flatMap(({ name, value, description = '' }) => [
			`## ${resourceName} > ${name}`,
			`${description}.`,
			...parameters(
				properties.filter((field) => belongs(field, resource, value)),
				properties,
			),
		]);
	});
	return `${[
		WRITTEN,
		'# Operations',
		'Every operation of the Sora node and of the Sora Trigger, with the name of each parameter in the panel and in saved workflows. A parameter that is not set is not sent.',
		...sections,
		`## ${trigger.displayName}`,
		`${trigger.description}.`,
		...parameters(trigger.properties, trigger.properties),
	].join('\n\n')}\n`;
}

/** Every category of failure, with the words that users see. */
export function errorsPage(): string {
	const rows = Object.entries(FAILURES)
		.sort(([a], [b]) => a.localeCompare(b))
		.map(([category, { message, advice, retryable }]) => [
			`\`${category}\``,
			message,
			advice,
			retryable ? 'yes' : 'no',
		]);
	return `${[
		WRITTEN,
		'# Errors',
		"An error says what happened, what to do next and, as soon as there is one, which task it is about; the gateway's own words follow verbatim. Under **On Error: Continue** a failed item has `error`, `task_id`, `status`, `fail_reason`, `category`, `retryable` and `advice`, so that a workflow can act on it: branch on `{{ $json.category }}`, list `{{ $json.advice }}`.",
		'A task that failed has the same `category`, `retryable` and `advice` where it comes as data: from Video > Get without waiting, and from the Sora Trigger. *May help* says whether the same request, unchanged, may succeed later.',
		table(['`category`', 'What happened', 'What to do', 'May help'], rows),
	].join('\n\n')}\n`;
}
