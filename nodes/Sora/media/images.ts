/** The images that a video starts from: addresses as they stand, files inside the request or uploaded. */
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
import { IMAGE_LIMITS } from './fileLimits';
import { outgoingFile } from './outgoingFile';
import type { Uploads } from './uploads';

/** `url`: web addresses only, so that files are uploaded first. `inline`: small files stand in the request itself. */
export type Transport = 'inline' | 'url';

/** An image that passed every check that can be made before it is paid for. */
export interface CheckedImage {
	/** Stands for the image where purchases are told apart: a later upload has another address. */
	fingerprint: string;
	/** What the request carries. Uploads the image where it is large, or goes by address alone. */
	sendable(uploads: Uploads): Promise<string>;
}

const atAddress = (url: string): CheckedImage => ({
	fingerprint: url,
	sendable: async () => url,
});

function asFile(file: OutgoingFile, bytes: number, transport: Transport): CheckedImage {
	const isUploaded = transport === 'url' || bytes > IMAGE_LIMITS.inlineBytes;
	return {
		fingerprint: file.digest,
		async sendable(uploads) {
			if (isUploaded) return (await uploads.upload(file)).url;
			return `data:${file.mimeType};base64,${(await bytesOf(await file.content())).toString('base64')}`;
		},
	};
}

/** Reads the content once to judge it, and lets go of it until it is sent. */
async function checkedFile(source: InputFile, parameter: string, transport: Transport) {
	const content = await source.content();
	const bytes = await bytesOf(content);
	checkedImage(bytes, `"${parameter}": ${source.label}`);
	return asFile(await outgoingFile(source, content, fileKind(bytes)), content.size, transport);
}

/** The type that a data URI declares is not looked at: the content tells. */
async function fromAddress({ label: parameter, address, number }: AddressedImage, how: Transport) {
	const uri = isDataUri(address) ? parsedDataUri(address) : undefined;
	if (!uri) return atAddress(address);
	const label = `data URI ${number}`;
	const content = dataUriContent(uri) ?? Buffer.alloc(0);
	if (content.length > IMAGE_LIMITS.bytes) {
		throw tooLarge(
			`"${parameter}": ${label}`,
			content.length,
			IMAGE_LIMITS.bytes,
			adviceIfLarger(parameter),
		);
	}
	return await checkedFile(
		{
			label,
			name: `image-${number}`,
			mimeType: UNKNOWN_TYPE,
			content: async () => new Blob([dataUriContent(uri) ?? '']),
		},
		parameter,
		how,
	);
}

const adviceIfLarger = (addressLabel: string) =>
	`Make it smaller, or put it on the web and give its address under "${addressLabel}". Nothing was sent to the gateway.`;

interface AddressedImage {
	/** What the panel calls the parameter that names it. */
	label: string;
	/** A web address or a data URI. */
	address: string;
	/** Its place among those of the parameter. */
	number: number;
}

interface ImageInField {
	label: string;
	/** The name of the input data field that holds it. */
	field: string;
	/** The parameter that would take its address instead. */
	addressLabel: string;
}

/** An image as a parameter names it. */
export type NamedImage = AddressedImage | ImageInField;

/** @throws {SoraFailure} invalid_input for the first image that cannot be used */
export async function checkedImages(
	context: InputContext,
	itemIndex: number,
	named: readonly NamedImage[],
	transport: Transport,
): Promise<CheckedImage[]> {
	const images: CheckedImage[] = [];
	for (const image of named) {
		if ('address' in image) {
			images.push(await fromAddress(image, transport));
			continue;
		}
		const { label, field, addressLabel } = image;
		const file = await inputFile(context, {
			itemIndex,
			parameter: label,
			field,
			largestBytes: IMAGE_LIMITS.bytes,
			adviceIfLarger: adviceIfLarger(addressLabel),
		});
		images.push(await checkedFile(file, label, transport));
	}
	return images;
}
