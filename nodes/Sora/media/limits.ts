/** Every bound on what goes up, in one place. Sizes in bytes, sides in pixels, lengths in seconds. */

const MIB = 1024 * 1024;

export const IMAGE_LIMITS = {
	/** Clients are known to send up to four. */
	count: 4,
	bytes: 20 * MIB,
	/** Spacers and tracking pixels show nothing that a video could start from. */
	shortestSide: 64,
	/** Beyond any camera; WebP ends there too. */
	longestSide: 16_384,
	/**
	 * Up to here an image goes into the request itself. Gateways refuse requests of more than a few MB, and
	 * four such images, a third longer as base64, make one of 5.6 MB. Larger ones are uploaded first.
	 */
	inlineBytes: MIB,
} as const;

export const CLIP_LIMITS = {
	/** The gateway takes about 15 s; what is a little longer is left to its judgement. */
	seconds: 20,
} as const;

/**
 * Nothing larger is uploaded: n8n hands a file to a node as a whole, so that it lies in memory, for a moment
 * twice. It fits a phone's clip of 15 s in 4K.
 */
export const LARGEST_UPLOAD_BYTES = 100 * MIB;

/** A size as a person writes it. */
export const megabytes = (bytes: number) =>
	bytes < MIB / 10
		? `${Math.max(1, Math.round(bytes / 1024))} KB`
		: `${Number((bytes / MIB).toFixed(1))} MB`;
