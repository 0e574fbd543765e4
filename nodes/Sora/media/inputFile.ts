import { createHash } from 'node:crypto';
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { invalidInput, messageOf } from '../gateway/failures';
import {
	extensionOf,
	FILE_HEAD_BYTES,
	fileKind,
	sentAs,
	UNKNOWN_TYPE,
	type FileKind,
} from './fileKind';
import { megabytes } from './fileLimits';

export type InputContext = Pick<IExecuteFunctions, 'getInputData' | 'helpers'>;

/** A file to send; its content is read on demand. */
export interface InputFile {
	label: string;
	name: string;
	/** As declared in the workflow; the content may differ. */
	mimeType: string;
	largestBytes: number;
	adviceIfLarger: string;
	content(): Promise<Blob>;
}

/** A file that was read once, with the name and type of its content. */
export interface OutgoingFile extends InputFile {
	bytes: number;
	digest: string;
}

/**
 * Reads a file, then releases its content until it is sent.
 * @param check further checks of the content
 * @throws {SoraFailure} invalid_input if it is empty or too large
 */
export async function outgoing(
	file: InputFile,
	check?: (content: Blob, kind: FileKind | undefined) => Promise<void>,
): Promise<OutgoingFile> {
	const { label, largestBytes, adviceIfLarger } = file;
	const content = await file.content();
	if (content.size === 0) throw invalidInput(`${label} is empty`);
	if (content.size > largestBytes) {
		const most = megabytes(largestBytes);
		throw invalidInput(`${label} is larger than ${most}, the maximum`, adviceIfLarger);
	}
	const kind = fileKind(await bytesOf(content.slice(0, FILE_HEAD_BYTES)));
	await check?.(content, kind);
	const hash = createHash('sha256');
	for await (const chunk of content.stream()) hash.update(chunk);
	return { ...file, ...sentAs(file, kind), bytes: content.size, digest: hash.digest('hex') };
}

export const bytesOf = async (content: Blob) => Buffer.from(await content.arrayBuffer());

const CHUNK_BYTES = 1024 * 1024;

/** Collects a stream as a Blob: a Buffer would be copied to be sent. @param most bytes to read; the rest is left */
export async function gathered(stream: AsyncIterable<Buffer>, most: number): Promise<Blob> {
	const chunks: Blob[] = [];
	let bytes = 0;
	for await (const chunk of stream) {
		chunks.push(new Blob([chunk]));
		bytes += chunk.length;
		if (bytes > most) break;
	}
	return new Blob(chunks);
}

/**
 * Finds the file in an input data field without reading it.
 * @param field its name, or whatever an expression gave instead
 * @param parameter the parameter's name in the panel
 * @throws {SoraFailure} invalid_input if there is none
 */
export function inputFile(
	context: InputContext,
	{ itemIndex, field, parameter }: { itemIndex: number; field: string; parameter: string },
	limit: Pick<InputFile, 'largestBytes' | 'adviceIfLarger'>,
): InputFile {
	const { helpers } = context;
	const binary = binaryIn(context, itemIndex, field, parameter);
	const label = `the file in "${field}"`;
	const read = async () => {
		if (!binary.id) return new Blob([Buffer.from(binary.data, 'base64')]);
		const stream = await helpers.getBinaryStream(binary.id, CHUNK_BYTES);
		return await gathered(stream as AsyncIterable<Buffer>, limit.largestBytes);
	};
	return {
		...limit,
		label,
		name: nameOf(binary),
		mimeType: textOf(binary.mimeType) || UNKNOWN_TYPE,
		content: async () =>
			await read().catch((error: unknown) => {
				throw invalidInput(`${label} could not be read: ${messageOf(error)}`);
			}),
	};
}

function binaryIn(context: InputContext, itemIndex: number, field: string, parameter: string) {
	const files = context.getInputData()[itemIndex]?.binary ?? {};
	if (Object.hasOwn(files, field)) return files[field] as IBinaryData;
	try {
		// n8n finds more than the item's own files, such as those stored with the workflow's data.
		return context.helpers.assertBinaryData(itemIndex, field);
	} catch {
		const others = Object.keys(files).map((name) => `"${name}"`);
		throw invalidInput(
			`"${parameter}" names "${field}", but the item has no file with that name`,
			others.length
				? `The item has ${others.join(', ')}.`
				: 'The item has no files at all. Check the Binary tab of the node before this one.',
		);
	}
}

/** Metadata from an expression or a script may be of any type. */
const textOf = (value: unknown) => (typeof value === 'string' ? value.trim() : '');

/** Gateways keep a name's extension; they cannot use a path, or an empty name. */
function nameOf(binary: IBinaryData): string {
	const name = textOf(textOf(binary.fileName).split(/[\\/]/).pop());
	const known = /[^.]/.test(name) ? name : 'file';
	const extension = textOf(binary.fileExtension);
	return extension && !extensionOf(known) ? `${known}.${extension}` : known;
}
