/** What can be known of a video file without decoding it. */
import { invalidInput } from '../gateway/failures';
import type { SecondRange } from '../gateway/contract';
import { readAvi } from './avi';
import { BlobReader } from './blobReader';
import { FILE_HEAD_BYTES, FILE_KINDS, fileKind, type FileKind } from './fileKind';
import { CLIP_LIMITS } from './fileLimits';
import { readMatroska } from './matroska';
import { readMp4 } from './mp4File';
import type { MovieFacts } from './mp4Movie';

export interface Clip {
	mimeType: string;
	/** `undefined` where the file does not say, or not where it is read. */
	seconds?: number;
	/** When the last track ends, where one begins later. */
	endSeconds?: number;
	hasPicture?: boolean;
	hasSound?: boolean;
}

const MP4_FAMILY = ['video/mp4', 'video/quicktime', 'video/3gpp'];
const MATROSKA_FAMILY = ['video/webm', 'video/x-matroska'];
const AVI = 'video/x-msvideo';

const QUICKTIME = FILE_KINDS.find(({ mimeType }) => mimeType === 'video/quicktime') as FileKind;

/** The kinds of video that are sent, and looked into before. */
const CLIP_TYPES = new Set([...MP4_FAMILY, ...MATROSKA_FAMILY, AVI]);

export const isClipKind = (kind: FileKind) => CLIP_TYPES.has(kind.mimeType);

/** A clip that may be sent, with what it is told by. */
export interface CheckedClip extends Clip {
	kind?: FileKind;
}

interface Judged {
	/** `undefined` where the bytes do not tell. */
	kind?: FileKind;
	clip?: Clip | 'cut';
}

async function judged(file: Blob): Promise<Judged> {
	const reader = new BlobReader(file);
	const kind = fileKind(await reader.read(0, FILE_HEAD_BYTES));
	// A box that no one knows may come first, longer than what a kind is told by.
	if (!kind || MP4_FAMILY.includes(kind.mimeType)) return await judgedMp4(reader, kind);
	const { mimeType } = kind;
	const facts = MATROSKA_FAMILY.includes(mimeType)
		? await readMatroska(reader)
		: mimeType === AVI
			? await readAvi(reader)
			: undefined;
	return { kind, clip: facts && clipOf(mimeType, facts) };
}

async function judgedMp4(reader: BlobReader, guess: FileKind | undefined): Promise<Judged> {
	const { kind = guess, facts = guess && 'cut' } = await readMp4(reader);
	if (!facts) return { kind };
	// A movie that does not say what it is, is of the time before one did.
	const known = kind ?? QUICKTIME;
	return { kind: known, clip: isClipKind(known) ? clipOf(known.mimeType, facts) : undefined };
}

const clipOf = (mimeType: string, facts: MovieFacts | 'cut'): Clip | 'cut' =>
	facts === 'cut'
		? facts
		: {
				mimeType,
				seconds: facts.seconds,
				endSeconds: facts.endSeconds,
				hasPicture: facts.hasPicture,
				hasSound: facts.hasSound,
			};

/** @returns `undefined` for what is no video that is sent, `'cut'` for one of which a part is missing */
export async function readClip(file: Blob): Promise<Clip | 'cut' | undefined> {
	return (await judged(file)).clip;
}

const rounded = (seconds: number) => Math.round(seconds * 10) / 10;
/** The last frame may end a little before the second that a player shows. */
const LENIENCE_SECONDS = 0.1;

/**
 * Judges a clip that a character is to come from.
 * @param label how the message names the file
 * @throws {SoraFailure} invalid_input for what the gateway would refuse
 */
export async function checkedClip(
	file: Blob,
	range: SecondRange,
	label: string,
): Promise<CheckedClip> {
	const { clip, kind } = await judged(file);
	if (!clip) throw noClip(label, kind);
	if (clip === 'cut') {
		throw invalidInput(
			`${label} is cut off or damaged: a part of the video is missing`,
			'Get the file again, in full, and check that it plays. Nothing was sent to the gateway.',
		);
	}
	if (clip.hasPicture === false) {
		throw invalidInput(`${label} has no picture, but a character must be seen`);
	}
	if (clip.hasSound === false) {
		throw invalidInput(
			`${label} has no sound, and the gateway makes no character from a silent clip`,
			'Use a clip with a sound track; any sound will do. Nothing was sent to the gateway.',
		);
	}
	const { seconds } = clip;
	if (seconds === undefined) return { ...clip, kind };
	if (seconds > CLIP_LIMITS.seconds) {
		throw invalidInput(
			`${label} is ${rounded(seconds)} seconds long, and the gateway takes about 15`,
			'Cut the clip to the seconds that show the character. Nothing was sent to the gateway.',
		);
	}
	if (range.end > (clip.endSeconds ?? seconds) + LENIENCE_SECONDS) {
		throw invalidInput(
			`"End Second" is ${range.end}, but ${label} is only ${rounded(seconds)} seconds long`,
		);
	}
	return { ...clip, kind };
}

function noClip(label: string, kind: FileKind | undefined) {
	if (kind?.family === 'video') {
		return invalidInput(
			`${label} is ${kind.name}, and the gateway takes MP4 and MOV`,
			'Convert it to MP4 first. Nothing was sent to the gateway.',
		);
	}
	return invalidInput(
		kind ? `${label} is ${kind.name}, no video` : `${label} is no video that can be read`,
		'Use an MP4 or MOV file. Nothing was sent to the gateway.',
	);
}
