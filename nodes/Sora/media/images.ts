/** The images that a video starts from: addresses as they stand, files inside the request or uploaded. */
import { invalidInput } from '../gateway/failures';
import { dataUriContent, isDataUri, parsedDataUri } from './dataUri';
import { fileKind } from './fileKind';
import { checkedImage } from './imageFormat';
import {
	bytesOf,
	inputFile,
	tooLarge,
	UNKNOWN_TYPE,
	type InputContext,
	type InputFile,
	type OutgoingFile,
} from './inputFile';
import { IMAGE_LIMITS } from './limits';
import { outgoingFile } from './outgoingFile';
import type { Uploads } from './uploads';

/** An image that passed every check that can be made before it is paid for. */
export interface CheckedImage {
	/** Stands for the image where purchases are told apart: a later upload has another address. */
	fingerprint: string;
	/** What the request carries. Uploads the image where it is large. */
	sendable(uploads: Uploads): Promise<string>;
}

const atAddress = (url: string): CheckedImage => ({
	fingerprint: url,
	sendable: async () => url,
});

function asFile(file: OutgoingFile, bytes: number): CheckedImage {
	return {
		fingerprint: file.digest,
		async sendable(uploads) {
			if (bytes > IMAGE_LIMITS.inlineBytes) return (await uploads.upload(file)).url;
			return `data:${file.mimeType};base64,${(await bytesOf(await file.content())).toString('base64')}`;
		},
	};
}

/** Reads the content once to judge it, and lets go of it until it is sent. */
async function checkedFile(source: InputFile, parameter: string): Promise<CheckedImage> {
	const content = await source.content();
	const bytes = await bytesOf(content);
	checkedImage(bytes, `"${parameter}": ${source.label}`);
	return asFile(await outgoingFile(source, content, fileKind(bytes)), content.size);
}

/** The type that a data URI declares is not looked at: the content tells. */
async function fromAddress(
	address: string,
	number: number,
	parameter: string,
	adviceIfLarger: string,
) {
	const uri = isDataUri(address) ? parsedDataUri(address) : undefined;
	if (!uri) return atAddress(address);
	const label = `data URI ${number}`;
	const content = dataUriContent(uri) ?? Buffer.alloc(0);
	if (content.length > IMAGE_LIMITS.bytes) {
		throw tooLarge(`"${parameter}": ${label}`, content.length, IMAGE_LIMITS.bytes, adviceIfLarger);
	}
	return await checkedFile(
		{
			label,
			name: `image-${number}`,
			mimeType: UNKNOWN_TYPE,
			content: async () => new Blob([dataUriContent(uri) ?? '']),
		},
		parameter,
	);
}

/** What one parameter names, and what the panel calls it. */
interface Named {
	label: string;
	values: string[];
}

export interface ImageSources {
	/** Web addresses and data URIs. */
	urls: Named;
	/** Names of input data fields. */
	fields: Named;
}

/** @throws {SoraFailure} invalid_input for the first image that cannot be used */
export async function checkedImages(
	context: InputContext,
	itemIndex: number,
	{ urls, fields }: ImageSources,
): Promise<CheckedImage[]> {
	const count = urls.values.length + fields.values.length;
	const adviceIfLarger = `Make it smaller, or put it on the web and give its address under "${urls.label}". Nothing was sent to the gateway.`;
	if (count > IMAGE_LIMITS.count) {
		throw invalidInput(
			`${count} images are given, and the gateway takes ${IMAGE_LIMITS.count} at most`,
		);
	}
	const images: CheckedImage[] = [];
	for (const [index, url] of urls.values.entries()) {
		images.push(await fromAddress(url, index + 1, urls.label, adviceIfLarger));
	}
	for (const field of fields.values) {
		const file = await inputFile(context, {
			itemIndex,
			parameter: fields.label,
			field,
			largestBytes: IMAGE_LIMITS.bytes,
			adviceIfLarger,
		});
		images.push(await checkedFile(file, fields.label));
	}
	return images;
}
