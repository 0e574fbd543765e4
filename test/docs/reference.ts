/** Pages of docs/ generated from the node: from its description and from its tables of failures and files. */
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { SoraTrigger } from '../../nodes/Sora/SoraTrigger.node.ts';
import { Sora } from '../../nodes/Sora/Sora.node.ts';
import { FAILURES, WAS_IT_CHARGED } from '../../nodes/Sora/gateway/failures';
import { isClipKind } from '../../nodes/Sora/media/clip';
import { FILE_KINDS, type FileKind } from '../../nodes/Sora/media/fileKind';
import { isImageKind } from '../../nodes/Sora/media/imageFormat';
import {
	IMAGE_LIMITS,
	LARGEST_UPLOAD_BYTES,
	LONGEST_CLIP_SECONDS,
	megabytes,
	VIDEO_LIMITS,
} from '../../nodes/Sora/media/fileLimits';
import { table, WRITTEN } from './markdown';

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
export function operationsPage(): string {
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
		"An error says what happened, what to do next and, if there is one, which task it concerns; the gateway's own words follow verbatim. Under **On Error: Continue** a failed item has `error`, `task_id`, `status`, `fail_reason`, `category`, `retryable` and `advice`, so that a workflow can act on it: branch on `{{ $json.category }}`, list `{{ $json.advice }}`.",
		'A failed task that is returned as data, by Video > Get without waiting or by the Sora Trigger, has the same `category`, `retryable` and `advice`. *Retry may help* says whether the same request, unchanged, may succeed later.',
		`Was it charged? The node cannot see your bill. If a task failed after it was accepted, the advice ends with: *${WAS_IT_CHARGED}* If nothing was bought, the error says so.`,
		'Once a video is bought, a failed poll is no reason to order it again: the advice is then about the gateway or the key, and ends with how to fetch the video free of charge.',
		table(['`category`', 'What happened', 'What to do', 'Retry may help'], rows),
	].join('\n\n')}\n`;
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
export function filesPage(): string {
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
	const { shortestSide, longestSide, bytes, inlineBytes } = IMAGE_LIMITS;
	return `${[
		WRITTEN,
		'# Files',
		'*For developers, and for a file that was refused unexpectedly. How to use images and clips is in the [cookbook](cookbook.md).*',
		"A file's kind is detected from its first bytes, since its name and declared type may be wrong. It is sent under a name and a type that fit its content: a JPEG called `IMG_1.HEIC` as `IMG_1.jpg`, a WebM called `clip.mp4` as `clip.webm`, a data URI as `image-1.png`. A name that fits is kept.",
		'A file is refused only if its bytes prove that it cannot be used. Anything that remains unknown within the limits below is left for the gateway to judge. A refusal comes before anything is bought, and before the file is uploaded.',
		'## By kind',
		'**Image** is an image of Video > Generate, from an input data field or in a data URI. **Clip** is the input file of Character > Create. File > Upload takes every kind, and reads only the first bytes: the last column is the type that it is sent as. A format based on another (a DOCX is a ZIP) keeps its own name and type.',
		table(['', 'Kind', 'Extensions', 'Image', 'Clip', 'Sent as'], rows),
		'A file of any other kind is refused as an image and as a clip, and uploaded under its own name and type.',
		'## What is checked',
		table(
			['', 'Refused if', 'Not checked'],
			[
				[
					'Image',
					`it is empty, truncated, or over ${megabytes(bytes)}; a side has less than ${shortestSide} or more than ${longestSide} pixels; there are more than the model takes ([models](models.md))`,
					'a JPEG height stored after the first lines',
				],
				[
					'Clip, MP4 and MOV',
					`its sample tables or fragments point past its end, there is no \`moov\`, or no sample; no picture; no sound; longer than ${LONGEST_CLIP_SECONDS} seconds, or shorter than the requested seconds`,
					`a compressed index; tables and fragments of over ${megabytes(VIDEO_LIMITS.bytes)}; more than ${VIDEO_LIMITS.parts} boxes; the duration of fragments that do not declare it`,
				],
				[
					'Clip, WebM and MKV',
					'the file ends before its declared segment or block does, or has no cluster; no picture; no sound; too long or too short, as above',
					`an undeclared duration of more than ${VIDEO_LIMITS.parts} blocks; all of an AVI`,
				],
				[
					'File > Upload',
					`it is empty or over ${megabytes(LARGEST_UPLOAD_BYTES)}`,
					'everything else',
				],
				['Web addresses', 'it is not an address', 'the file: the gateway fetches it'],
			],
		),
		"The duration runs from the first picture or sound to the last: subtitles, timecodes and tracks without samples do not count. In a fragmented MP4 it is the sum of the fragments; in a browser's recording, which does not declare it, the sum of the blocks.",
		'An image with an Exif orientation is stored rotated, and the log says so: if the gateway ignores the orientation, the video is sideways. The **Edit Image** node can rotate the image first.',
		'## Lists of images',
		'Image addresses may be separated by line breaks, commas, semicolons, bars or words ("and"), or given as JSON, Markdown, or attachments from Airtable and Notion. A second `https://` within an address is refused. The page of a file on Google Drive, Dropbox or GitHub is replaced by the file itself; other share pages (Google Photos, OneDrive, iCloud) are refused.',
		'## Downloads',
		'A finished video is checked while it is stored. An incomplete file is downloaded again for two minutes, each time with a fresh link. If every attempt brings the same bytes, as many as the host announced, the file is delivered after that with a `download_note`: its own length is probably wrong. If a task made several videos, each gets its own field (`data`, `data_2`). If a link returns JSON, the link in it is followed, once.',
		`Images of up to ${megabytes(inlineBytes)} are sent within the request, larger ones are uploaded first.`,
		'## Data URIs',
		'`data:image/png;base64,…` may have parameters, escaped characters and line breaks, and need not be base64. Its declared type is ignored. What is sent is always plain base64 with the actual type.',
		'## iPhone photos',
		"An iPhone takes photos as HEIC, which gateways do not accept. To get JPEG from the phone, set **Settings > Camera > Formats** to **Most Compatible**, or share or export the photo as JPEG. In n8n, the **Edit Image** node converts with any operation and its option **Format** set to `jpeg`, if the server's GraphicsMagick supports HEIC (Debian's does); otherwise call a conversion service with the **HTTP Request** node.",
	].join('\n\n')}\n`;
}
