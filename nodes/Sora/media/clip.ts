/** What can be known of a video file without decoding it. */
import { invalidInput } from '../gateway/failures';
import type { SecondRange } from '../gateway/contract';
import { ByteFeed } from './byteFeed';
import { FILE_HEAD_BYTES, fileKind, QUICKTIME, type FileKind } from './fileKind';
import { CLIP_LIMITS } from './fileLimits';
import { readMatroska } from './matroska';
import { readMp4, type ReadVideo } from './mp4File';
import type { MovieFacts } from './mp4Movie';

const READERS: Readonly<Record<string, typeof readMp4>> = {
	'video/mp4': readMp4,
	'video/quicktime': readMp4,
	'video/3gpp': readMp4,
	'video/webm': readMatroska,
	'video/x-matroska': readMatroska,
};

/** Sent as a clip without being read. */
const UNREAD = 'video/x-msvideo';

/** The kinds of video that are sent as a clip. */
export const isClipKind = ({ mimeType }: FileKind) => mimeType in READERS || mimeType === UNREAD;

/** A reader for a file that passes by; `undefined` for a kind that is not read. */
export function videoReader({ mimeType }: FileKind): ByteFeed<ReadVideo> | undefined {
	const reader = READERS[mimeType];
	return reader && new ByteFeed(reader);
}

export interface Clip extends MovieFacts {
	/** `undefined` where the file is no video, or of no kind that is known. */
	kind?: FileKind;
	/** A part of it is missing. */
	isCut?: boolean;
	isVideo: boolean;
}

/** Reads a clip to its end. */
export async function readClip(file: Blob): Promise<Clip> {
	const head = Buffer.from(await file.slice(0, FILE_HEAD_BYTES).arrayBuffer());
	const kind = fileKind(head);
	// An unknown box may come first, longer than what identifies a kind.
	const reader = kind ? videoReader(kind) : new ByteFeed(readMp4);
	if (!reader) return { kind, isVideo: kind?.mimeType === UNREAD };
	for await (const chunk of file.stream()) reader.push(Buffer.from(chunk));
	const { kind: ownKind, movie, lacks } = reader.end();
	if (!movie && !kind) return { kind: ownKind, isVideo: false };
	// A movie that does not say what it is, is of the time before one did.
	const known = ownKind ?? kind ?? QUICKTIME;
	return { kind: known, isCut: lacks !== undefined, isVideo: isClipKind(known), ...movie };
}

const rounded = (seconds: number) => Math.round(seconds * 10) / 10;
/** The last frame may end a little before the second that a player shows. */
const LENIENCE_SECONDS = 0.1;

/**
 * Judges a clip that a character is to come from.
 * @param label how the message names the file
 * @returns what kind of file it is
 * @throws {SoraFailure} invalid_input for what the gateway would refuse
 */
export async function checkedClip(
	file: Blob,
	range: SecondRange,
	label: string,
): Promise<FileKind | undefined> {
	const { kind, isVideo, isCut, hasPicture, hasSound, seconds = 0 } = await readClip(file);
	if (!isVideo) throw noClip(label, kind);
	if (isCut) {
		throw invalidInput(
			`${label} is cut off or damaged: a part of the video is missing`,
			'Get the file again, in full, and check that it plays.',
		);
	}
	if (hasPicture === false) {
		throw invalidInput(`${label} has no picture, but a character must be seen`);
	}
	if (hasSound === false) {
		throw invalidInput(
			`${label} has no sound, and the gateway makes no character from a silent clip`,
			'Use a clip with a sound track; any sound will do.',
		);
	}
	if (seconds > CLIP_LIMITS.seconds) {
		throw invalidInput(
			`${label} is ${rounded(seconds)} seconds long, and the gateway takes about 15`,
			'Cut the clip to the seconds that show the character.',
		);
	}
	if (seconds && range.end > seconds + LENIENCE_SECONDS) {
		throw invalidInput(
			`"End Second" is ${range.end}, but ${label} is only ${rounded(seconds)} seconds long`,
		);
	}
	return kind;
}

function noClip(label: string, kind: FileKind | undefined) {
	if (kind?.family === 'video') {
		return invalidInput(
			`${label} is ${kind.name}, and the gateway takes MP4 and MOV`,
			'Convert it to MP4 first.',
		);
	}
	return invalidInput(
		kind ? `${label} is ${kind.name}, no video` : `${label} is no video that can be read`,
		'Use an MP4 or MOV file.',
	);
}
