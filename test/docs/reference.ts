/** Pages of docs/ that are written by the node itself: from its description, its table of failures, and what its reader knows. */
import type { INodeProperties, INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';

import { SoraTrigger } from '../../nodes/Sora/SoraTrigger.node.ts';
import { Sora } from '../../nodes/Sora/Sora.node.ts';
import { CODE_NAMES, MESSAGE_NAMES } from '../../nodes/Sora/gateway/answers/complaint';
import { BARE_ID_PLACES, ID_PLACES, REQUEST_ID_PLACES } from '../../nodes/Sora/gateway/answers/ids';
import { LINK_NAMES, LINK_OF_SUCCESS, LINK_PLACES } from '../../nodes/Sora/gateway/answers/links';
import {
	MESSAGE_PLACES,
	REASON_CODE_PLACES,
	REASON_PLACES,
} from '../../nodes/Sora/gateway/answers/reasons';
import { STATUS_WORDS } from '../../nodes/Sora/gateway/answers/statusWords';
import { MOMENT_NAMES, PROGRESS_NAMES, STATUS_NAMES } from '../../nodes/Sora/gateway/answers/task';
import { ENVELOPES } from '../../nodes/Sora/gateway/answers/view';
import { FAILURES, WAS_IT_CHARGED } from '../../nodes/Sora/gateway/failures';
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
				if (name === '@tool') return 'not in an agent’s tool';
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
		`Was it charged? The node cannot see your bill. Where a task failed after it was accepted, the advice ends with: *${WAS_IT_CHARGED}* Where nothing was bought, the error says so.`,
		table(['`category`', 'What happened', 'What to do', 'May help'], rows),
	].join('\n\n')}\n`;
}

const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

/** What is read of a gateway's answers, and in which order. */
export function answersPage(): string {
	const endsWait = Object.entries(FAILURES)
		.filter(([, { endsWait: ends }]) => ends)
		.map(([category]) => category)
		.sort();
	return `${[
		WRITTEN,
		'# What is read of an answer',
		'Gateways of this family differ in their words and in where they put things. One reader takes them all: it looks at the places below in their order, the first that holds something decides, and where none does it searches the answer for fields whose names say what they are. A field that the search found makes the video no less delivered.',
		`The **task** is the record with the ID that was asked for, else the first with a word for its state, else the first with a link: level by level, on each level first ${quoted(ENVELOPES)}. JSON in strings is opened. What the user sent (\`input\`, \`params\`, \`request\`, \`prompt\`, webhooks) is never looked into. Integers beyond 2^53 keep every digit.`,
		table(
			['What', 'Read from, in this order', 'Then'],
			[
				[
					'State',
					quoted(STATUS_NAMES),
					'any field whose name ends in status or state and that holds a known word',
				],
				[
					'Video',
					quoted([...LINK_PLACES, LINK_OF_SUCCESS]),
					'fields that speak of a video or a result, or links that end like a video; the ones without a watermark first; texts that name a video. Never thumbnails, covers, posters, previews, frames, images, inputs, hooks, addresses to ask or to share. Links relative to the gateway are resolved',
				],
				['Video in a record of a list', quoted(LINK_NAMES), ''],
				[
					'ID, at the purchase',
					quoted(ID_PLACES),
					`any field that is called after the task, job, generation or video; ${quoted(BARE_ID_PLACES)} alone; last ${quoted(REQUEST_ID_PLACES)}, where something has begun`,
				],
				['Progress', quoted(PROGRESS_NAMES), ''],
				['Submitted', quoted(MOMENT_NAMES.submitted), ''],
				['Started', quoted(MOMENT_NAMES.started), ''],
				['Finished', quoted(MOMENT_NAMES.finished), ''],
				[
					'Reason of a failure',
					quoted(REASON_PLACES),
					`fields that speak of a failure, then ${quoted(MESSAGE_PLACES)}`,
				],
				['Its code', quoted(REASON_CODE_PLACES), 'fields that speak of the code of a failure'],
				['Words of a refusal', quoted(MESSAGE_NAMES), 'JSON in the words is opened, however deep'],
				['Its code', quoted(CODE_NAMES), ''],
			],
		),
		'## Words',
		'Capitals, spaces, hyphens and underscores make no difference, nor does `TASK_STATUS_` or the like in front. Words that are not listed are known by their stems: `render-complete` is finished, `job_failed` has failed, `not_finished` and `first_frame_ready` are running.',
		table(
			['The task', 'Words'],
			Object.entries(STATUS_WORDS).map(([phase, words]) => [phase, quoted(words)]),
		),
		[
			'- A word that nobody knows means *running*, until the deadline. With a link and 100 %, or with a link and a finish time, it means *finished*; with a finish time and an error, *failed*.',
			'- No word at all beside a link means *finished*, unless a progress below 100 % says otherwise.',
			'- A word for *running* stands also beside a link, which may be a preview; a word for *failed* stands whatever is beside it.',
			`- \`${LINK_OF_SUCCESS}\` holds a link at some gateways: it is one where the task has not failed.`,
			'- A number or a switch is no word.',
			'- Several videos with a state each are running as long as one of them is.',
			'- `{"status":"error","message":…}` with nothing of a task in it is a failure of the call, and never counts as one of the task.',
		].join('\n'),
		'## What ends a wait',
		`A poll of a task that the gateway accepted outlives pages, redirects, odd statuses, empty answers and lost connections until the deadline. Only what the gateway itself says in JSON can end the wait before, with status 401 or 403 or as ${quoted(endsWait)}, and only when it says the same for 60 seconds. Video > Get with an ID of which nothing was ever heard believes it at once, and gives up an address that answers with pages alone after four attempts.`,
		'## What is kept',
		'The reason of a failure and the words of a refusal are cut to some 2,000 characters, of a task object strings to some 4,000 (links stay whole) and all of it to some 256 KB. Every cut leaves a sign, `… (cut: 20480 characters)`.',
	].join('\n\n')}\n`;
}
