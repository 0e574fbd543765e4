/** The images that a video starts from: addresses as they stand, files inside the request or uploaded. */
import { invalidInput } from '../gateway/failures';
import { checkedImage } from './imageFormat';
import { bytesOf, inputFile, tooLarge, type InputContext, type OutgoingFile } from './inputFile';
import { IMAGE_LIMITS } from './limits';
import { digestOfContent, type Uploads } from './uploads';

/** Whether it is an image inside an address. The type that it declares is not looked at: the content tells. */
export const isDataUri = (address: string) => /^data:[^,]{0,100};base64,/i.test(address);

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
async function checkedFile(
	source: Pick<OutgoingFile, 'label' | 'name' | 'content'>,
	parameter: string,
): Promise<CheckedImage> {
	const content = await source.content();
	const { mimeType } = checkedImage(await bytesOf(content), `"${parameter}": ${source.label}`);
	return asFile({ ...source, mimeType, digest: await digestOfContent(content) }, content.size);
}

async function fromAddress(address: string, number: number, parameter: string) {
	if (!isDataUri(address)) return atAddress(address);
	const base64 = address.slice(address.indexOf(',') + 1);
	const label = `data URI ${number}`;
	const bytes = Buffer.byteLength(base64, 'base64');
	if (bytes > IMAGE_LIMITS.bytes) {
		throw tooLarge(`"${parameter}": ${label}`, bytes, IMAGE_LIMITS.bytes, ADVICE_IF_LARGER);
	}
	return await checkedFile(
		{
			label,
			name: `image-${number}`,
			content: async () => new Blob([Buffer.from(base64, 'base64')]),
		},
		parameter,
	);
}

const ADVICE_IF_LARGER =
	'Make it smaller, or put it on the web and give its address under "Image URLs". Nothing was sent to the gateway.';

export interface ImageSources {
	/** Web addresses and data URIs. */
	urls: string[];
	/** Names of input data fields. */
	fields: string[];
}

/** Names of the parameters in the panel. */
export const IMAGE_LABELS = { urls: 'Image URLs', fields: 'Image Input Data Fields' } as const;

/** @throws {SoraFailure} invalid_input for the first image that cannot be used */
export async function checkedImages(
	context: InputContext,
	itemIndex: number,
	{ urls, fields }: ImageSources,
): Promise<CheckedImage[]> {
	const count = urls.length + fields.length;
	if (count > IMAGE_LIMITS.count) {
		throw invalidInput(
			`${count} images are given, and the gateway takes ${IMAGE_LIMITS.count} at most`,
		);
	}
	const images: CheckedImage[] = [];
	for (const [index, url] of urls.entries()) {
		images.push(await fromAddress(url, index + 1, IMAGE_LABELS.urls));
	}
	for (const field of fields) {
		const file = await inputFile(context, {
			itemIndex,
			parameter: IMAGE_LABELS.fields,
			field,
			largestBytes: IMAGE_LIMITS.bytes,
			adviceIfLarger: ADVICE_IF_LARGER,
		});
		images.push(await checkedFile(file, IMAGE_LABELS.fields));
	}
	return images;
}
