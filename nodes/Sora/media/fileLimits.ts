/** Every bound on files, in one place. Sizes in bytes, sides in pixels, lengths in seconds. */

const MIB = 1024 * 1024;

export const IMAGE_LIMITS = {
	bytes: 20 * MIB,
	/** Spacers and tracking pixels show nothing that a video could start from. */
	shortestSide: 64,
	longestSide: 16_384,
	/** In the request itself. Gateways refuse more than a few MB, and four such images make 5.6 MB as base64. */
	inlineBytes: MIB,
} as const;

/** The gateway takes clips of about 15 s; what is a little longer is left to its judgement. */
export const LONGEST_CLIP_SECONDS = 20;

/**
 * How far a video is read. n8n has one thread, and a file from a form may hold a million parts where a true one holds
 * ten. A recording of a minute with a fragment for every picture has some 70,000 boxes, one of an hour as many blocks.
 */
export const VIDEO_LIMITS = {
	parts: 262_144,
	/** Of an MP4, in the boxes that are read: its tables, and its fragments without their media. */
	bytes: 16 * MIB,
} as const;

/**
 * Nothing larger is uploaded: n8n hands a file to a node as a whole, so that it lies in memory, for a moment
 * twice. It fits a phone's clip of 15 s in 4K.
 */
export const LARGEST_UPLOAD_BYTES = 100 * MIB;

/** Of files that come down, unpacked. */
export const DOWNLOAD_LIMITS = {
	/** An hour in a studio's quality has some 7 GB. */
	videoBytes: 16 * 1024 * MIB,
	unknownBytes: 512 * MIB,
	/** What a byte on the line may become beyond `unpackedBytes`: videos are packed already, and 1,000 is a trap. */
	unpacking: 20,
	unpackedBytes: 64 * MIB,
	smallestUnknownBytes: 1_024,
	/** Of a JSON answer that names the file. */
	answerBytes: MIB / 4,
} as const;

/** A size as a person writes it. */
export const megabytes = (bytes: number) =>
	bytes < MIB / 10
		? `${Math.max(1, Math.round(bytes / 1024))} KB`
		: `${Number((bytes / MIB).toFixed(1))} MB`;
