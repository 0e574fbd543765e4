import type { IDataObject } from 'n8n-workflow';

import { digestOfContent } from '../../media/uploads';
import { fileToUpload, inputFileField } from '../inputFileField';
import { operation } from '../operation';
import { uploadedItem } from '../output';

export const upload = operation({
	option: {
		name: 'Upload',
		value: 'upload',
		description: 'Upload a file to the gateway, to use its address in other operations',
		action: 'Upload a file',
	},

	fields: [inputFileField()],

	async prepare(run, itemIndex) {
		const file = await fileToUpload(
			run,
			itemIndex,
			'Make it smaller, or put it on the web and use its address. Nothing was sent to the gateway.',
		);
		// The answer repeats name and type, so that they tell files apart here.
		const digest = await run.reads(async () => await digestOfContent(await file.content()));
		return { ...file, digest: [digest, file.name, file.mimeType].join(' ') };
	},

	async perform(run, file) {
		return { json: uploadedItem(await run.uploads.upload(file)) as IDataObject };
	},
});
