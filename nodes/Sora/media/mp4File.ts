import { LONG_HEADER, boxHeaderAt, isBoxType, mustBeWhole } from './mp4Boxes';
import type { BlobReader } from './blobReader';
import { Budget } from './budget';
import { FILE_HEAD_BYTES, fileKind, type FileKind } from './fileKind';
import { MP4_LIMITS } from './fileLimits';
import { Mp4Movie, type MovieFacts } from './mp4Movie';

export interface Mp4File {
	/** As its `ftyp` says, wherever in the file that stands. */
	kind?: FileKind;
	/** `undefined` where no movie was found; `'cut'` where a part of it is missing. */
	facts?: MovieFacts | 'cut';
}

/** Looks at the outermost boxes of a file, and into those that describe the movie. */
export async function readMp4(reader: BlobReader): Promise<Mp4File> {
	const budget = new Budget(MP4_LIMITS.outermostBoxes);
	const fragmentBytes = new Budget(MP4_LIMITS.allFragmentBytes);
	let kind: FileKind | undefined;
	let movie: Mp4Movie | undefined;
	let isFound = false;
	let sawAll = true;
	/** A fragment came, and nothing yet that could hold its samples. */
	let isWaiting = false;
	for (let at = 0; at < reader.size; ) {
		const header = boxHeaderAt(await reader.read(at, LONG_HEADER), 0);
		if (!header || !isBoxType(header.type)) break;
		if (!budget.take()) {
			sawAll = false;
			break;
		}
		const { type, size, headerSize } = header;
		const end = size === Infinity ? reader.size : at + size;
		if (end > reader.size) {
			if (mustBeWhole(type)) return { kind, facts: 'cut' };
			break;
		}
		const content = async (most: number) => {
			const length = end - at - headerSize;
			if (length <= most) return await reader.read(at + headerSize, length);
			sawAll = false;
			return undefined;
		};
		if (type === 'mdat' || type === 'imda') isWaiting = false;
		if (type === 'ftyp') kind ??= fileKind(await reader.read(at, FILE_HEAD_BYTES));
		if (type === 'moov' && !isFound) {
			isFound = true;
			const index = await content(MP4_LIMITS.indexBytes);
			movie = index && new Mp4Movie(index);
		}
		if (type === 'moof' && movie) {
			const fragment = fragmentBytes.take(size)
				? await content(MP4_LIMITS.fragmentBytes)
				: undefined;
			if (fragment) isWaiting = movie.addFragment(fragment) > 0;
			else sawAll = false;
		}
		at = end;
	}
	if (sawAll && (isWaiting || movie?.liesBehind(reader.size))) return { kind, facts: 'cut' };
	if (movie) return { kind, facts: movie.facts(sawAll) };
	return { kind, facts: isFound || !sawAll ? {} : undefined };
}
