import { createHash } from 'node:crypto';
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { invalidInput, messageOf } from '../gateway/failures';
import {
	endingOf,
	FILE_HEAD_BYTES,
	fileKind,
	sentAs,
	UNKNOWN_TYPE,
	type FileKind,
} from './fileKind';
import { megabytes } from './fileLimits';

export type InputContext = Pick<IExecuteFunctions, 'getInputData' | 'helpers'>;

/** A file that is to be sent; its content is read when it is asked for. */
export interface InputFile {
	label: string;
	name: string;
	/** As the workflow declares it; the content may say otherwise. */
	mimeType: string;
	largestBytes: number;
	adviceIfLarger: string;
	content(): Promise<Blob>;
}

/** A file that was read once, under the name and type of its content. */
export interface OutgoingFile extends InputFile {
	bytes: number;
	/** The same for the same content. */
	digest: string;
}

/**
 * Reads a file, and lets go of its content until it is sent.
 * @param check what else is to be known of it
 * @throws {SoraFailure} invalid_input where it is empty or too large
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
		throw invalidInput(`${label} has more than ${most}, the most that is taken`, adviceIfLarger);
	}
	const kind = fileKind(await bytesOf(content.slice(0, FILE_HEAD_BYTES)));
	await check?.(content, kind);
	const hash = createHash('sha256');
	for await (const chunk of content.stream()) hash.update(chunk);
	return { ...file, ...sentAs(file, kind), bytes: content.size, digest: hash.digest('hex') };
}

export const bytesOf = async (content: Blob) => Buffer.from(await content.arrayBuffer());

const CHUNK_BYTES = 1024 * 1024;

/**
 * Gathered in chunks, a file lies in memory once: as a Buffer it would be copied to be sent.
 * @param most bytes after which the rest is left
 */
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
 * Finds the file in an input data field, without reading it.
 * @param field its name, or what an expression gave instead of it
 * @param parameter the parameter's name in the panel
 * @throws {SoraFailure} invalid_input where there is none
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
		// n8n knows more places than the item's files, where the workflow keeps them with its data.
		return context.helpers.assertBinaryData(itemIndex, field);
	} catch {
		const others = Object.keys(files).map((name) => `"${name}"`);
		throw invalidInput(
			`"${parameter}" names "${field}", but the item has no file of that name`,
			others.length
				? `The item has ${others.join(', ')}.`
				: 'The item has no files at all: check the node before this one, its Binary tab shows them.',
		);
	}
}

/** Metadata that an expression or a script wrote may be of any type. */
const textOf = (value: unknown) => (typeof value === 'string' ? value.trim() : '');

/** Gateways keep the ending of a name; a path, or none, would be of no use to them. */
function nameOf(binary: IBinaryData): string {
	const name = textOf(textOf(binary.fileName).split(/[\\/]/).pop());
	const known = /[^.]/.test(name) ? name : 'file';
	const extension = textOf(binary.fileExtension);
	return extension && !endingOf(known) ? `${known}.${extension}` : known;
}
