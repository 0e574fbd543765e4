import { invalidInput } from '../gateway/failures';
import type { SecondRange } from '../gateway/contract';
import { ByteFeed } from './byteFeed';
import type { FileKind } from './fileKind';
import { LONGEST_CLIP_SECONDS } from './fileLimits';
import { readMatroska } from './matroska';
import { readMp4, type ReadVideo } from './mp4';

const READERS: Readonly<Record<string, typeof readMp4>> = {
	'video/mp4': readMp4,
	'video/quicktime': readMp4,
	'video/webm': readMatroska,
	'video/x-matroska': readMatroska,
};

/** Kinds of video accepted as a clip; AVI is sent without being parsed. */
export const isClipKind = ({ mimeType }: FileKind) =>
	mimeType in READERS || mimeType === 'video/x-msvideo';

/** A reader for a file as it streams by; `undefined` for a kind without a parser. */
export function videoReader(kind: FileKind | undefined): ByteFeed<ReadVideo> | undefined {
	const reader = kind && READERS[kind.mimeType];
	return reader && new ByteFeed(reader);
}

/** The last frame may end slightly before the second that a player shows. */
const LENIENCE_SECONDS = 0.1;

/**
 * Checks a clip to create a character from.
 * @param label the file's name in messages
 * @throws {SoraFailure} invalid_input for what the gateway would refuse
 */
export async function checkClip(
	file: Blob,
	kind: FileKind | undefined,
	range: SecondRange,
	label: string,
): Promise<void> {
	if (!kind || !isClipKind(kind)) throw noClip(label, kind);
	const reader = videoReader(kind);
	if (!reader) return;
	for await (const chunk of file.stream()) reader.push(Buffer.from(chunk));
	const { movie, lacks } = reader.end();
	if (lacks) {
		throw invalidInput(
			`${label} is cut off or damaged: ${lacks}`,
			'Get the complete file again, and check that it plays.',
		);
	}
	if (movie.hasPicture === false) {
		throw invalidInput(`${label} has no picture, but a character must be visible`);
	}
	if (movie.hasSound === false) {
		throw invalidInput(
			`${label} has no sound, and the gateway cannot make a character from a silent clip`,
			'Use a clip with a sound track; any sound will do.',
		);
	}
	const { seconds = range.end } = movie;
	const rounded = Math.round(seconds * 10) / 10;
	if (seconds > LONGEST_CLIP_SECONDS) {
		throw invalidInput(
			`${label} is ${rounded} seconds long, but the gateway takes at most about 15`,
			'Cut the clip to the seconds that show the character.',
		);
	}
	if (range.end > seconds + LENIENCE_SECONDS) {
		throw invalidInput(
			`"End Second" is ${range.end}, but ${label} is only ${rounded} seconds long`,
		);
	}
}

function noClip(label: string, kind: FileKind | undefined) {
	const { name = 'a file that cannot be read as a video', family = 'video' } = kind ?? {};
	return invalidInput(
		`${label} is ${name}${family === 'video' ? '' : ', not a video'}; the gateway takes MP4 and MOV`,
		'Use an MP4 or MOV file, or convert it to MP4 first.',
	);
}
