/** All limits on files. Sizes in bytes, sides in pixels, durations in seconds. */

const MIB = 1024 * 1024;

export const IMAGE_LIMITS = {
	bytes: 20 * MIB,
	/** Spacers and tracking pixels show nothing that a video could start from. */
	shortestSide: 64,
	longestSide: 16_384,
	/** Within the request. Gateways refuse more than a few MB, and four such images are 5.6 MB as base64. */
	inlineBytes: MIB,
} as const;

/** The gateway takes clips of about 15 s; slightly longer ones are left for it to judge. */
export const LONGEST_CLIP_SECONDS = 20;

/**
 * How far a video is parsed. n8n has one thread, and a malicious file may have a million parts where a real one has
 * ten. A one-minute recording with a fragment per picture has some 70,000 boxes, a one-hour recording as many blocks.
 */
export const VIDEO_LIMITS = {
	parts: 262_144,
	/** Of an MP4's parsed boxes: its tables, and its fragments without their media. */
	bytes: 16 * MIB,
} as const;

/**
 * n8n hands a file to a node as a whole, so an upload is in memory, briefly twice. Enough for a phone's clip of 15 s in
 * 4K.
 */
export const LARGEST_UPLOAD_BYTES = 100 * MIB;

/** For downloaded files, decompressed. */
export const DOWNLOAD_LIMITS = {
	/** An hour in studio quality is some 7 GB. */
	videoBytes: 16 * 1024 * MIB,
	unknownBytes: 512 * MIB,
	/** Maximum compression ratio beyond `unpackedBytes`: videos barely compress, and 1,000 is a zip bomb. */
	unpacking: 20,
	unpackedBytes: 64 * MIB,
	smallestUnknownBytes: 1_024,
	/** For a JSON answer that links to the file. */
	answerBytes: MIB / 4,
} as const;

/** A size in a human-readable form. */
export const megabytes = (bytes: number) =>
	bytes < MIB / 10
		? `${Math.max(1, Math.round(bytes / 1024))} KB`
		: `${Number((bytes / MIB).toFixed(1))} MB`;
