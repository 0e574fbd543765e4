import { bounded } from './cut';
import type { JsonRecord } from './json';
import { absolute } from './links';
import { find, firstOf, named, textOf, viewOf } from './view';

export interface UploadedFile {
	/** Where the gateway keeps the file. */
	url: string;
	/** The gateway's object, unchanged unless it is oversized. */
	raw: JsonRecord;
}

const ADDRESS = named(
	/^(?:file )?url$/,
	/^(?:(?:file|image|video|public|download|access|cdn|oss|remote|full|https?) )*(?:url|uri|link|href|src|location)s?$/,
	/^(?:(?:file|full) )?path$/,
	/^(?!.*\b(?:delete|upload|thumb\w*|preview|cover|icon|self|edit|page|docs?)\b).*\b(?:url|uri|link|href|src)$/,
	/^(?:data|result|output|file|source)$/,
);

/** @returns `undefined` if the answer has no address of a file */
export function readUploadedFile(answer: unknown, baseUrl?: string): UploadedFile | undefined {
	const root = viewOf(answer);
	if (!root) return undefined;
	const url = find(root.all, ADDRESS, (value) => absolute(textOf(firstOf(value)), baseUrl));
	return url === undefined ? undefined : { url, raw: bounded(root.original) };
}
