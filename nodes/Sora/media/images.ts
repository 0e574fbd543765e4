/** The images that a video starts from: addresses as they stand, files inside the request or uploaded. */
import { invalidInput } from '../gateway/failures';
import { dataUriContent } from './dataUri';
import { checkedImage } from './imageFormat';
import {
	bytesOf,
	inputFile,
	outgoing,
	tooLarge,
	type InputContext,
	type InputFile,
	type OutgoingFile,
} from './inputFile';
import { IMAGE_LIMITS } from './fileLimits';
import { UNKNOWN_TYPE } from './sentAs';
import type { Uploads } from './uploads';

/**
 * - `url`: web addresses only, so that files are uploaded first.
 * - `inline`: small files stand in the request itself, larger ones are uploaded.
 * - `request`: files of any size stand in the request.
 * - `file`: so do images that are named by their address, which are fetched before.
 */
export type Transport = 'inline' | 'url' | 'request' | 'file';

/** An image that passed every check that can be made before it is paid for. */
interface CheckedImage {
	/** Identifies the image in the digest of a purchase: a later upload has another address. */
	fingerprint: string;
	/** What the request carries. Uploads the image where it is large, or goes by address alone. */
	sendable(uploads: Uploads): Promise<string>;
}

/** An image as a parameter names it, by a web address, a data URI or an input data field. */
export type NamedImage = {
	/** The parameter's name in the panel. */
	label: string;
} & (
	| { address: string; /** Its place among those of the parameter. */ number: number }
	| {
			field: string;
			/** The parameter that would take its address instead. */ addressLabel: string;
	  }
);

interface ImageTools {
	context: InputContext;
	itemIndex: number;
	transport: Transport;
	/** The image at an address. */
	fetch: (address: string, parameter: string) => Promise<Blob>;
	log: (message: string, facts: { itemIndex: number }) => void;
}

/** @throws {SoraFailure} invalid_input for the first image that cannot be used */
export async function checkedImages(
	tools: ImageTools,
	named: readonly NamedImage[],
): Promise<CheckedImage[]> {
	const images: CheckedImage[] = [];
	for (const image of named) {
		const isWebAddress = 'address' in image && !/^data:/i.test(image.address);
		images.push(
			isWebAddress
				? atAddress(tools, image)
				: await checkedFile(tools, await fileOf(tools, image), image.label),
		);
	}
	return images;
}

/** It is judged where it is fetched, which happens once it is certain that it is sent. */
function atAddress(
	tools: ImageTools,
	{ address, label }: Extract<NamedImage, { address: string }>,
): CheckedImage {
	return {
		fingerprint: address,
		async sendable(uploads) {
			if (tools.transport !== 'file') return address;
			const content = await tools.fetch(address, label);
			const source = { label: address, name: 'image', mimeType: UNKNOWN_TYPE };
			const file = { ...source, content: async () => content };
			return await (await checkedFile(tools, file, label)).sendable(uploads);
		},
	};
}

async function fileOf({ context, itemIndex }: ImageTools, image: NamedImage): Promise<InputFile> {
	const { label: parameter } = image;
	const adviceIfLarger = (addressLabel: string) =>
		`Make it smaller, or put it on the web and give its address under "${addressLabel}".`;
	if ('field' in image) {
		const { field, addressLabel } = image;
		const largestBytes = IMAGE_LIMITS.bytes;
		const advice = adviceIfLarger(addressLabel);
		return await inputFile(context, {
			itemIndex,
			parameter,
			field,
			largestBytes,
			adviceIfLarger: advice,
		});
	}
	const { address, number } = image;
	const label = `data URI ${number}`;
	return {
		label,
		name: `image-${number}`,
		// The content decides, not the type that it declares.
		mimeType: UNKNOWN_TYPE,
		async content() {
			const content = dataUriContent(address);
			if (!content) throw invalidInput(`"${parameter}": ${label} is no data URI that can be read`);
			if (content.length > IMAGE_LIMITS.bytes) {
				const named = `"${parameter}": ${label}`;
				throw tooLarge(named, content.length, IMAGE_LIMITS.bytes, adviceIfLarger(parameter));
			}
			return new Blob([content]);
		},
	};
}

/** Reads the content once to judge it, and lets go of it until it is sent. */
async function checkedFile(
	{ itemIndex, transport, log }: ImageTools,
	source: InputFile,
	parameter: string,
): Promise<CheckedImage> {
	const content = await source.content();
	const label = `"${parameter}": ${source.label}`;
	const { kind, isTurned } = checkedImage(await bytesOf(content), label);
	if (isTurned) {
		log(
			`${label} is stored turned, with a note on how to turn it back (Exif orientation). A gateway may ignore the note, and the video would lie on its side: the Edit Image node can rotate the picture first`,
			{ itemIndex },
		);
	}
	const file = await outgoing(source, content, kind);
	const isLarge = content.size > IMAGE_LIMITS.inlineBytes;
	const isUploaded = transport === 'url' || (transport === 'inline' && isLarge);
	return {
		fingerprint: file.digest,
		sendable: async (uploads) =>
			isUploaded ? (await uploads.upload(file)).url : await inlined(file),
	};
}

const inlined = async ({ mimeType, content }: OutgoingFile) =>
	`data:${mimeType};base64,${(await bytesOf(await content())).toString('base64')}`;
