import { createHash } from 'node:crypto';
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { invalidInput, messageOf } from '../gateway/failures';
import type { FileKind } from './fileKind';
import { megabytes } from './fileLimits';
import { endingOf, sentAs, UNKNOWN_TYPE } from './sentAs';

export type InputContext = Pick<IExecuteFunctions, 'getInputData' | 'helpers'>;

/** A file in the input of the node, known by its metadata; its content is read when it is asked for. */
export interface InputFile {
	/** How a message names it. */
	label: string;
	name: string;
	/** As the workflow declares it; the content may say otherwise. */
	mimeType: string;
	content(): Promise<Blob>;
}

/** A file that is sent, wherever it comes from. */
export interface OutgoingFile extends InputFile {
	/** Tells files apart, and is the same for the same content. */
	digest: string;
}

interface InputFileRequest {
	itemIndex: number;
	/** The parameter's name in the panel. */
	parameter: string;
	/** The name of the input data field, or what an expression gave instead of it. */
	field: string;
	largestBytes: number;
	adviceIfLarger: string;
}

/**
 * Finds the file in an input data field and checks its size, without reading it.
 * @throws {SoraFailure} invalid_input where there is none, or it is empty or too large
 */
export async function inputFile(
	context: InputContext,
	request: InputFileRequest,
): Promise<InputFile> {
	const { field, largestBytes, adviceIfLarger } = request;
	const binary = binaryIn(context, request);
	const label = `the file in "${field}"`;
	const bound = (bytes: number | undefined) => {
		if (bytes === 0) throw invalidInput(`${label} is empty`);
		if (bytes && bytes > largestBytes) throw tooLarge(label, bytes, largestBytes, adviceIfLarger);
	};
	bound(await announcedBytes(context, binary));
	return {
		label,
		name: nameOf(binary),
		mimeType: wordOf(binary.mimeType) || UNKNOWN_TYPE,
		async content() {
			const content = await contentOf(context, binary, largestBytes * 2).catch((error: unknown) => {
				throw invalidInput(`${label} could not be read: ${messageOf(error)}`);
			});
			bound(content.size);
			return content;
		},
	};
}

/**
 * The file as it is sent, under the name and type of its content.
 * @param kind what was found out about it
 */
export async function outgoing(
	file: InputFile,
	content: Blob,
	kind: FileKind | undefined,
): Promise<OutgoingFile> {
	const hash = createHash('sha256');
	for await (const chunk of content.stream()) hash.update(chunk);
	return { ...file, ...sentAs(file, kind), digest: hash.digest('hex') };
}

const CHUNK_BYTES = 1024 * 1024;

/**
 * Gathered in chunks, a file lies in memory once: as a Buffer it would be copied to be sent.
 * @param enough bytes after which the rest is left, where the metadata said less than there is
 */
async function contentOf(
	{ helpers }: InputContext,
	{ id, data }: IBinaryData,
	enough: number,
): Promise<Blob> {
	if (!id) return new Blob([Buffer.from(data, 'base64')]);
	const chunks: Blob[] = [];
	let bytes = 0;
	for await (const chunk of await helpers.getBinaryStream(id, CHUNK_BYTES)) {
		chunks.push(new Blob([chunk as Buffer]));
		bytes += (chunk as Buffer).length;
		if (bytes > enough) break;
	}
	return new Blob(chunks);
}

/** For what must be read as a whole. */
export const bytesOf = async (content: Blob) => Buffer.from(await content.arrayBuffer());

export const tooLarge = (label: string, bytes: number, largest: number, advice: string) =>
	invalidInput(
		`${label} has ${megabytes(bytes)}, and at most ${megabytes(largest)} are taken`,
		advice,
	);

function binaryIn(
	context: InputContext,
	{ itemIndex, field, parameter }: InputFileRequest,
): IBinaryData {
	const files = context.getInputData()[itemIndex]?.binary ?? {};
	if (Object.hasOwn(files, field)) return files[field] as IBinaryData;
	try {
		// n8n knows more places than the item's files, where the workflow keeps them with its data.
		return context.helpers.assertBinaryData(itemIndex, field);
	} catch {
		const others = Object.keys(files);
		throw invalidInput(
			`"${parameter}" names "${field}", but the item has no file of that name`,
			others.length
				? `The item has ${others.map((name) => `"${name}"`).join(', ')}.`
				: 'The item has no files at all: check the node before this one, its Binary tab shows them.',
		);
	}
}

/** Size by the metadata: hosts differ in where they keep it. */
async function announcedBytes(
	{ helpers }: InputContext,
	{ bytes, id, data }: IBinaryData,
): Promise<number | undefined> {
	if (typeof bytes === 'number') return bytes;
	if (!id) return Buffer.byteLength(data, 'base64');
	const metadata = await helpers.getBinaryMetadata(id).catch(() => undefined);
	return metadata?.fileSize;
}

/** Metadata that an expression or a script wrote may be of any type. */
const wordOf = (value: unknown) => (typeof value === 'string' ? value.trim() : '');

/** Gateways keep the ending of a name; a path, or none, would be of no use to them. */
function nameOf(binary: IBinaryData): string {
	const name = wordOf(wordOf(binary.fileName).split(/[\\/]/).pop());
	const known = /[^.]/.test(name) ? name : 'file';
	const extension = wordOf(binary.fileExtension);
	return extension && !endingOf(known) ? `${known}.${extension}` : known;
}
