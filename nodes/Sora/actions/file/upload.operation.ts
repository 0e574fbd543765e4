import { offered } from '../../gateway/client';
import type { IDataObject } from 'n8n-workflow';

import { outgoing } from '../../media/inputFile';
import { fileToUpload, inputFileField } from '../inputFileField';
import { operation } from '../operation';
import { uploadedItem } from '../output';
import { fields, type ItemParameters } from '../fields';
import type { Run } from '../run';

const FIELDS = fields([inputFileField()]);

async function prepareUpload(run: Run, parameters: ItemParameters<typeof FIELDS>) {
	offered(run.gateway, 'files');
	const file = fileToUpload(
		run,
		parameters,
		'Make it smaller, or put it on the web and use its address.',
	);
	const sent = await run.reads(async () => await outgoing(file));
	// The answer repeats name and type, so that they tell files apart here.
	return { ...sent, digest: [sent.digest, sent.name, sent.mimeType].join(' ') };
}

async function uploadFile(run: Run, file: Awaited<ReturnType<typeof prepareUpload>>) {
	return { json: uploadedItem(await run.uploads.upload(file)) as IDataObject };
}

export const upload = operation({
	option: {
		name: 'Upload',
		value: 'upload',
		description: 'Upload a file to the gateway, to use its address in other operations',
		action: 'Upload a file',
	},

	fields: FIELDS,
	prepare: prepareUpload,
	perform: uploadFile,
});
