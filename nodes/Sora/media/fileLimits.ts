/** Every bound on files, in one place. Sizes in bytes, sides in pixels, lengths in seconds. */

const MIB = 1024 * 1024;

export const IMAGE_LIMITS = {
	bytes: 20 * MIB,
	/** Spacers and tracking pixels show nothing that a video could start from. */
	shortestSide: 64,
	/** Beyond any camera; WebP ends there too. */
	longestSide: 16_384,
	/** Segments or chunks that are read; in front of the picture there are some ten. */
	parts: 65_536,
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
 * How far an MP4 is read. Beyond any true one: a recording of a minute with a fragment for every picture
 * has some 7,000 outermost boxes; an index has some twenty for each track, and is long by tables, not by boxes.
 */
export const MP4_LIMITS = {
	outermostBoxes: 16_384,
	indexBoxes: 8_192,
	indexBytes: 8 * MIB,
	/** Of one fragment. */
	fragmentBytes: MIB,
	/** Of all fragments together, which are short beside what they describe. */
	allFragmentBytes: 16 * MIB,
	/** In all fragments together. */
	fragmentBoxes: 262_144,
	/** Entries of an edit list. */
	edits: 1_024,
	/** Boxes of a sample description. */
	descriptionBoxes: 16,
} as const;

/** How far a WebM or MKV is read. */
export const CONTAINER_LIMITS = {
	/** Blocks included: some 70 a second. */
	elements: 65_536,
	/** In the description of all tracks, which holds what decoders need to start. */
	headerElements: 4_096,
	headerBytes: MIB,
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
	/** A file that nobody can tell the kind of is handed over, but does not fill a disk. */
	unknownBytes: 512 * MIB,
	/** What a byte on the line may become beyond `unpackedBytes`: videos are packed already, and 1,000 is a trap. */
	unpacking: 20,
	unpackedBytes: 64 * MIB,
	/** Below this, bytes of no known kind are no file that anybody wants. */
	smallestUnknownBytes: 1_024,
	/** Of a JSON answer that names the file. */
	answerBytes: MIB / 4,
} as const;

/** A size as a person writes it. */
export const megabytes = (bytes: number) =>
	bytes < MIB / 10
		? `${Math.max(1, Math.round(bytes / 1024))} KB`
		: `${Number((bytes / MIB).toFixed(1))} MB`;
