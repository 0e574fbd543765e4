import type { IDataObject } from 'n8n-workflow';

import { offered } from '../gateway/client';
import { LARGEST_UPLOAD_BYTES } from '../media/fileLimits';
import { inputFile, outgoing, type InputFile } from '../media/inputFile';
import { untouched } from './output';
import type { Parameters } from './parameters';
import type { Operation, Run } from './run';

/** @throws {SoraFailure} invalid_input if the item has no such file */
export function fileToUpload({ context }: Run, p: Parameters, adviceIfLarger: string): InputFile {
	const name = 'binaryPropertyName';
	const place = { itemIndex: p.itemIndex, field: p.requiredText(name), parameter: p.label(name) };
	return inputFile(context, place, { largestBytes: LARGEST_UPLOAD_BYTES, adviceIfLarger });
}

const SMALLER = 'Make it smaller, or put it on the web and use its address.';

export const upload: Operation = {
	async prepare(run, p) {
		offered(run.gateway, 'files');
		const file = fileToUpload(run, p, SMALLER);
		const sent = await run.reads(async () => await outgoing(file));
		// The answer contains name and type, so they distinguish files here.
		const digest = [sent.digest, sent.name, sent.mimeType].join(' ');
		return {
			async perform() {
				const { raw, url } = await run.uploads.upload({ ...sent, digest });
				return { json: { ...untouched(raw), url } as IDataObject };
			},
		};
	},
};
