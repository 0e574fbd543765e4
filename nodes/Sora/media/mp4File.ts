import type { Bytes, Parsing } from './byteFeed';
import { Budget } from './budget';
import { fileKind, type FileKind } from './fileKind';
import { MP4_LIMITS } from './fileLimits';
import { boxHeaderAt, hasLongHeader, isBoxType, LONG_HEADER, SHORT_HEADER } from './mp4Boxes';
import { Mp4Movie, type MovieFacts } from './mp4Movie';

/** What a video file tells that was read to its end. */
export interface ReadVideo {
	/** As the file itself says, where its first bytes do not. */
	kind?: FileKind;
	/** `undefined` where there is none. */
	movie?: MovieFacts;
	/** What the file lacks: a number of bytes, or the name of a part. */
	lacks?: number | 'index' | 'media';
}

/** An outermost box that must be there as a whole; what goes on beyond the end in any other was appended. */
const MUST_BE_WHOLE = new Set(['mdat', 'moov', 'moof']);

/** Follows the outermost boxes of a file, and looks into those that describe the movie. */
export function* readMp4(file: Bytes): Parsing<ReadVideo> {
	const budget = new Budget(MP4_LIMITS.outermostBoxes);
	const fragmentBytes = new Budget(MP4_LIMITS.allFragmentBytes);
	let kind: FileKind | undefined;
	let movie: Mp4Movie | undefined;
	let [sawIndex, sawAll, isFragmented] = [false, true, false];
	/** A fragment came, and nothing yet that could hold its samples. */
	let isWaiting = false;
	let cut: { type: string; missing: number } | undefined;
	while (!cut) {
		let head = yield* file.take(SHORT_HEADER);
		if (hasLongHeader(head)) {
			head = Buffer.concat([head, yield* file.take(LONG_HEADER - SHORT_HEADER)]);
		}
		const header = boxHeaderAt(head, 0);
		if (!header || !isBoxType(header.type)) break;
		if (!budget.take()) {
			sawAll = false;
			break;
		}
		const { type, size, headerSize } = header;
		const isIndex = type === 'moov' && !sawIndex;
		const isFragment = type === 'moof' && movie !== undefined;
		let length = size - headerSize;
		if (isIndex || isFragment || type === 'ftyp') {
			const most = isIndex ? MP4_LIMITS.indexBytes : MP4_LIMITS.fragmentBytes;
			const isRead = length <= most && (!isFragment || fragmentBytes.take(size));
			sawAll &&= isRead;
			const content = isRead ? yield* file.take(length) : undefined;
			length -= content?.length ?? 0;
			if (content && !length) {
				if (isIndex) movie = new Mp4Movie(content);
				else if (isFragment) isWaiting = (movie?.addFragment(content) ?? 0) > 0;
				else kind ??= fileKind(Buffer.concat([head, content]));
			}
		}
		sawIndex ||= isIndex;
		isFragmented ||= isFragment;
		if (type === 'mdat' || type === 'imda') isWaiting = false;
		const missing = yield* file.skip(length);
		if (missing) cut = { type, missing: Number.isFinite(missing) ? missing : 0 };
	}
	yield* file.skip(Infinity);
	const missing = cut && MUST_BE_WHOLE.has(cut.type) ? cut.missing : 0;
	const dataEnd = isFragmented ? undefined : movie?.dataEnd;
	let lacks: ReadVideo['lacks'];
	// Where the tables say where the last sample ends, they know better than the box around it.
	if (dataEnd !== undefined) lacks = Math.max(0, dataEnd - file.position) || undefined;
	else if (missing) lacks = missing;
	else if (sawAll && !sawIndex) lacks = 'index';
	else if (sawAll && isWaiting) lacks = 'media';
	if (sawAll && movie?.isEmpty) lacks = 'media';
	const isMovie = sawIndex || !sawAll;
	return { kind, movie: isMovie ? (movie?.facts(sawAll && !lacks) ?? {}) : undefined, lacks };
}
