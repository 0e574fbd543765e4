/** Judges by its bytes what a host serves as a video: types, names and statuses are often wrong. Pure. */
import type { JsonRecord } from '../gateway/contract';
import { retryAfterMs } from '../gateway/failedAnswer';
import type { FailureFacts } from '../gateway/failures';
import { excerpt } from '../gateway/printable';
import { extensionOf, fileKind, isPage, sentAs, UNKNOWN_TYPE, type FileKind } from './fileKind';
import { DOWNLOAD_LIMITS, megabytes } from './fileLimits';
import type { OpenedFile } from './fileOnWeb';

export interface AcceptedFile {
	mimeType: string;
	/** Without the dot. */
	extension: string;
	note?: string;
	kind?: FileKind;
	/** In bytes. */
	limit: number;
}

interface RefusedFile extends Pick<FailureFacts, 'words' | 'lasting' | 'retryAfterMs'> {
	refusal: string;
}

const header = (headers: JsonRecord, name: string) => String(headers[name] ?? '').trim();

/** The announced length, in bytes on the wire; `undefined` if the host announced none. */
export function announcedBytes(headers: JsonRecord): number | undefined {
	const length = header(headers, 'content-length');
	return /^\d+$/.test(length) ? Number(length) : undefined;
}

export function judged(served: Omit<OpenedFile, 'chunks' | 'body'>): AcceptedFile | RefusedFile {
	const { status, headers, head } = served;
	const kind = fileKind(head);
	const words = kind && isPage(kind) ? excerpt(head.toString('utf8')) : undefined;
	if (status < 200 || status > 299) {
		const isGone = [403, 404, 410].includes(status);
		const isBusy = status === 429 && "the file's host is busy (HTTP 429)";
		return {
			refusal: isGone
				? `the link has expired or is not valid (HTTP ${status})`
				: isBusy || `the file's host answered HTTP ${status}`,
			words,
			retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
		};
	}
	if (kind && words !== undefined) {
		const what = kind.extensions.includes('m3u8') ? kind.name : 'a page';
		return { refusal: `the link leads to ${what}, not to a video`, words };
	}
	// `bytes 0-99/100`, or `bytes 0-99/*` if the total is unknown.
	const range = /^bytes\s+(\d+)-(\d+)\/(\d+|\*)$/i.exec(header(headers, 'content-range'));
	const [, from, to, total] = range ?? [];
	const isPart = range && (Number(from) > 0 || (total !== '*' && Number(to) + 1 < Number(total)));
	if (status === 206 && isPart) {
		return { refusal: 'the file is incomplete: its host sent only part of it' };
	}
	if (head.length === 0 || (!kind && head.length < DOWNLOAD_LIMITS.smallestUnknownBytes)) {
		return { refusal: 'the file is empty or incomplete' };
	}
	const file = accepted(kind, served);
	return (announcedBytes(headers) ?? 0) > file.limit ? tooLarge(file.limit) : file;
}

export const tooLarge = (limit: number): RefusedFile => ({
	refusal: `the file is larger than ${megabytes(limit)}, which is too large to download`,
	lasting: true,
});

/** Bytes that are neither a video nor a page are delivered with a note: the user may know what to do with them. */
function accepted(
	kind: FileKind | undefined,
	{ headers, url }: Pick<OpenedFile, 'headers' | 'url'>,
): AcceptedFile {
	const [usual = ''] = kind?.extensions ?? [];
	// An animated picture counts as a video.
	if (kind && (kind.family === 'video' || kind.mimeType === 'image/gif')) {
		return {
			kind,
			mimeType: kind.mimeType,
			extension: usual,
			limit: DOWNLOAD_LIMITS.videoBytes,
		};
	}
	const declared = header(headers, 'content-type').toLowerCase();
	const [type] = /^[\w.+-]+\/[\w.+-]+/.exec(declared) ?? [];
	const known = kind?.isGeneric ? undefined : kind;
	const what = kind ? `${kind.name}, not a video` : 'of a type that this node does not know';
	return {
		mimeType: sentAs({ name: '', mimeType: type ?? UNKNOWN_TYPE }, kind).mimeType,
		extension: (known ? usual : extensionOf(url.pathname)) || usual || 'bin',
		note: `The file is ${what}${type ? `; its host calls it ${type}` : ''}.`,
		limit: DOWNLOAD_LIMITS.unknownBytes,
	};
}
