/** The images that a video starts from: addresses, or files that are inlined or uploaded. */
import type { Gateway } from '../gateway/credential';
import { invalidInput } from '../gateway/failures';
import { TIMEOUTS } from '../gateway/timeouts';
import { dataUriContent, isDataUri } from './dataUri';
import { UNKNOWN_TYPE } from './fileKind';
import { IMAGE_LIMITS } from './fileLimits';
import { fromWeb, type Failed } from './fileOnWeb';
import { checkedImage, isTurned } from './imageFormat';
import {
	bytesOf,
	gathered,
	inputFile,
	outgoing,
	type InputContext,
	type InputFile,
} from './inputFile';
import type { Uploads } from './uploads';

/**
 * - `url`: web addresses only, so files are uploaded first.
 * - `inline`: small files are sent within the request, larger ones are uploaded.
 * - `request`: files of any size are sent within the request.
 * - `file`: so are images given by address, which are downloaded first.
 */
export type Transport = 'inline' | 'url' | 'request' | 'file';

/** An image that passed every check possible before the purchase. */
interface CheckedImage {
	/** Identifies the image in the digest of a purchase: a later upload has another address. */
	fingerprint: string;
	/** The image as the request carries it. Uploads it if it is large, or must be sent by address. */
	sendable(uploads: Uploads): Promise<string>;
}

/** An image in a parameter: a web address, a data URI or an input data field. */
export type NamedImage = { /** The parameter's name in the panel. */ label: string } & (
	| { address: string; /** Its place among those of the parameter. */ number: number }
	| { field: string }
);

interface ImageTools {
	context: InputContext;
	itemIndex: number;
	gateway: Gateway;
	signal?: AbortSignal;
	transport: Transport;
	log: (message: string, facts: { itemIndex: number }) => void;
}

/** @throws {SoraFailure} invalid_input for the first image that cannot be used */
export async function checkedImages(
	tools: ImageTools,
	named: readonly NamedImage[],
): Promise<CheckedImage[]> {
	const images: CheckedImage[] = [];
	for (const image of named) {
		const file = fileOf(tools, image);
		if ('field' in image || isDataUri(image.address)) images.push(await checked(tools, file));
		else images.push(linked(tools, image.address, file));
	}
	return images;
}

/** Checked when it is downloaded, which happens once it is certain to be sent. */
const linked = (tools: ImageTools, address: string, file: InputFile): CheckedImage => ({
	fingerprint: address,
	async sendable(uploads) {
		if (tools.transport !== 'file') return address;
		return await (await checked(tools, file)).sendable(uploads);
	},
});

const LIMIT = {
	largestBytes: IMAGE_LIMITS.bytes,
	adviceIfLarger: 'Make it smaller, or put it on the web and give its address instead.',
};

function fileOf(tools: ImageTools, image: NamedImage): InputFile {
	const { context, itemIndex } = tools;
	if ('field' in image) {
		const place = { itemIndex, field: image.field, parameter: image.label };
		return inputFile(context, place, LIMIT);
	}
	const { address, number } = image;
	const what = isDataUri(address) ? `data URI ${number}` : `the image at ${address.slice(0, 200)}`;
	const label = `"${image.label}": ${what}`;
	// The content determines the type, whatever is declared.
	const unnamed = { ...LIMIT, label, name: `image-${number}`, mimeType: UNKNOWN_TYPE };
	if (!isDataUri(address)) {
		return { ...unnamed, content: async () => await fetched(tools, address, label) };
	}
	return { ...unnamed, content: async () => new Blob([dataUriContent(address) ?? '']) };
}

async function fetched(
	{ gateway, signal }: ImageTools,
	address: string,
	label: string,
): Promise<Blob> {
	const failed: Failed = (detail) =>
		invalidInput(
			`${label} could not be fetched: ${detail}`,
			'This gateway takes images as files, so n8n fetches them first. Check the address, or take the image from an input data field.',
		);
	const whenStopped = { nothingBought: true };
	const access = { gateway, signal, timeoutMs: TIMEOUTS.upload, failed, whenStopped };
	return await fromWeb(access, async (open) => {
		const { status, chunks } = await open(address);
		if (status !== 200) throw failed(`its host answered with HTTP ${status}`);
		return await gathered(chunks, IMAGE_LIMITS.bytes);
	});
}

async function checked(
	{ transport, log, itemIndex }: ImageTools,
	source: InputFile,
): Promise<CheckedImage> {
	const file = await outgoing(source, async (content, kind) => {
		const bytes = await bytesOf(content);
		checkedImage(bytes, kind, source.label);
		if (!isTurned(bytes)) return;
		log(
			`${source.label} is stored sideways (Exif orientation). A gateway may ignore this and make a sideways video: the Edit Image node can rotate the picture first`,
			{ itemIndex },
		);
	});
	return {
		fingerprint: file.digest,
		async sendable(uploads) {
			const isLarge = file.bytes > IMAGE_LIMITS.inlineBytes;
			if (transport === 'url' || (transport === 'inline' && isLarge)) {
				return (await uploads.upload(file)).url;
			}
			const base64 = (await bytesOf(await file.content())).toString('base64');
			return `data:${file.mimeType};base64,${base64}`;
		},
	};
}
