/** What a host serves in the place of a video, judged by its bytes: types, names and statuses are often wrong. Pure. */
import type { JsonRecord } from '../gateway/contract';
import { excerpt } from '../gateway/printable';
import { fileKind, type FileKind } from './fileKind';
import { DOWNLOAD_LIMITS, megabytes } from './fileLimits';
import { endingOf, sentAs, UNKNOWN_TYPE } from './sentAs';

export interface Served {
	status: number;
	headers: JsonRecord;
	/** The first bytes, `FILE_HEAD_BYTES` of them unless the file is shorter. */
	head: Buffer;
	/** Where it came from; its path may end like the file. */
	url: URL;
}

/** A file that is handed over. */
export interface AcceptedFile {
	mimeType: string;
	/** Its ending, without the dot. */
	extension: string;
	/** What is odd about it. */
	note?: string;
	/** A video of this kind. */
	kind?: FileKind;
	/** More is not accepted, in bytes. */
	limit: number;
}

interface RefusedFile {
	refusal: string;
	/** The host's own words. */
	words?: string;
	/** A fresh link would lead to the same. */
	lasting?: true;
}

/** A moving picture counts as a video where that is what was made. */
const isVideo = (kind: FileKind) => kind.family === 'video' || kind.mimeType === 'image/gif';

/** What begins like a text is an apology, a login, a list; an SVG is one of them here. */
const isPage = ({ family, mimeType }: FileKind) =>
	family === 'text' || /^text\/|[/+]xml$|json$/.test(mimeType);

const header = (headers: JsonRecord, name: string): string => {
	const value = headers[name];
	return typeof value === 'string' ? value : '';
};

/** What the host announced, in bytes as they come over the line; `undefined` where it did not. */
export function announcedBytes(headers: JsonRecord): number | undefined {
	const length = header(headers, 'content-length').trim();
	return /^\d+$/.test(length) ? Number(length) : undefined;
}

export function judged(served: Served): AcceptedFile | RefusedFile {
	const { status, headers, head } = served;
	const kind = fileKind(head);
	const page = kind && isPage(kind) ? kind : undefined;
	const words = page && excerpt(head.toString('utf8'));
	if ([403, 404, 410].includes(status)) {
		return { refusal: `the link has expired or is not valid (HTTP ${status})`, words };
	}
	if (status === 429) return { refusal: "the file's host is busy (HTTP 429)", words };
	if (status < 200 || status > 299) {
		return { refusal: `the file's host answered HTTP ${status}`, words };
	}
	if (head.length === 0) return { refusal: 'the file is empty or cut' };
	if (page) {
		const what = page.extensions.includes('m3u8') ? page.name : 'a page';
		return { refusal: `the link leads to ${what}, not to a video`, words };
	}
	if (status === 206 && !isWhole(header(headers, 'content-range'))) {
		return { refusal: 'the file is cut: its host sends only a part of it' };
	}
	const file = kind && isVideo(kind) ? asVideo(kind) : asOther(kind, served);
	if ('refusal' in file) return file;
	return (announcedBytes(headers) ?? 0) > file.limit ? tooLarge(file.limit) : file;
}

export const tooLarge = (limit: number): RefusedFile => ({
	refusal: `the file is larger than ${megabytes(limit)}, and is not downloaded`,
	lasting: true,
});

/** `bytes 0-99/100`, or `bytes 0-99/*` where nobody knows; a host that says nothing sends all. */
function isWhole(range: string): boolean {
	const parts = /^\s*bytes\s+(\d+)-(\d+)\/(\d+|\*)\s*$/i.exec(range);
	if (!parts) return true;
	const [, from, to, total] = parts;
	return Number(from) === 0 && (total === '*' || Number(to) + 1 === Number(total));
}

const asVideo = (kind: FileKind): AcceptedFile => ({
	mimeType: kind.mimeType,
	extension: kind.extensions[0] ?? '',
	kind,
	limit: DOWNLOAD_LIMITS.videoBytes,
});

/** Bytes that are no video and no page: the user may know what to do with them. */
function asOther(kind: FileKind | undefined, served: Served): AcceptedFile | RefusedFile {
	const { headers, head, url } = served;
	if (!kind && head.length < DOWNLOAD_LIMITS.smallestUnknownBytes) {
		return { refusal: 'the file is empty or cut' };
	}
	const declared = header(headers, 'content-type').split(';')[0]?.trim().toLowerCase() ?? '';
	const type = /^[\w.+-]+\/[\w.+-]+$/.test(declared) ? declared : '';
	const [, named = ''] =
		/filename="?([^";]{1,500})/i.exec(header(headers, 'content-disposition')) ?? [];
	const ending = endingOf(named) || endingOf(url.pathname);
	const said = type ? `; its host calls it ${type}` : '';
	return {
		mimeType: sentAs({ name: named, mimeType: type || UNKNOWN_TYPE }, kind).mimeType,
		extension: (kind && !kind.isGeneric ? '' : ending) || (kind?.extensions[0] ?? 'bin'),
		note: kind
			? `The file is ${kind.name}, not a video${said}.`
			: `The file is of no kind that this node knows${said}.`,
		limit: DOWNLOAD_LIMITS.unknownBytes,
	};
}
