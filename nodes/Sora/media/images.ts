/** The images that a video starts from: addresses as they stand, files inside the request or uploaded. */
import type { Gateway } from '../gateway/credential';
import { invalidInput } from '../gateway/failures';
import { dataUriContent, isDataUri } from './dataUri';
import { UNKNOWN_TYPE } from './fileKind';
import { IMAGE_LIMITS } from './fileLimits';
import { fetchedImage } from './fileOnWeb';
import { checkedImage, isTurned } from './imageFormat';
import { bytesOf, inputFile, outgoing, type InputContext, type InputFile } from './inputFile';
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
		const isLink = 'address' in image && !isDataUri(image.address);
		images.push(isLink ? linked(tools, image) : await checked(tools, fileOf(tools, image)));
	}
	return images;
}

const LIMIT = {
	largestBytes: IMAGE_LIMITS.bytes,
	adviceIfLarger: 'Make it smaller, or put it on the web and give its address instead.',
};

/** It is judged where it is fetched, which happens once it is certain that it is sent. */
const linked = (tools: ImageTools, image: { label: string; address: string }): CheckedImage => ({
	fingerprint: image.address,
	async sendable(uploads) {
		const { label, address } = image;
		if (tools.transport !== 'file') return address;
		const fetched = await fetchedImage(tools, address, label);
		const unnamed = { name: 'image', mimeType: UNKNOWN_TYPE, content: async () => fetched };
		const file = { ...LIMIT, ...unnamed, label: `"${label}": the image at ${address}` };
		return await (await checked(tools, file)).sendable(uploads);
	},
});

function fileOf({ context, itemIndex }: ImageTools, image: NamedImage): InputFile {
	if ('field' in image) {
		const place = { itemIndex, field: image.field, parameter: image.label };
		return inputFile(context, place, LIMIT);
	}
	const label = `"${image.label}": data URI ${image.number}`;
	return {
		...LIMIT,
		label,
		name: `image-${image.number}`,
		// The content decides, not the type that it declares.
		mimeType: UNKNOWN_TYPE,
		async content() {
			const content = dataUriContent(image.address);
			if (!content) throw invalidInput(`${label} cannot be read`);
			return new Blob([content]);
		},
	};
}

async function checked(tools: ImageTools, source: InputFile): Promise<CheckedImage> {
	const file = await outgoing(source, async (content, kind) => {
		const bytes = await bytesOf(content);
		checkedImage(bytes, kind, source.label);
		if (!isTurned(bytes)) return;
		tools.log(
			`${source.label} is stored turned, with a note on how to turn it back (Exif orientation). A gateway may ignore the note, and the video would lie on its side: the Edit Image node can rotate the picture first`,
			{ itemIndex: tools.itemIndex },
		);
	});
	return {
		fingerprint: file.digest,
		async sendable(uploads) {
			const isLarge = file.bytes > IMAGE_LIMITS.inlineBytes;
			if (tools.transport === 'url' || (tools.transport === 'inline' && isLarge)) {
				return (await uploads.upload(file)).url;
			}
			const base64 = (await bytesOf(await file.content())).toString('base64');
			return `data:${file.mimeType};base64,${base64}`;
		},
	};
}
