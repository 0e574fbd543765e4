/** The input data field of a file that is uploaded: as the panel shows it, and as an operation reads it. */
import type { INodeProperties } from 'n8n-workflow';

import { inputFile, type InputFile } from '../media/inputFile';
import { LARGEST_UPLOAD_BYTES } from '../media/limits';
import { requiredText, valueOf } from './parameters';
import type { Run } from './run';

export const INPUT_FILE_LABEL = 'Input Data Field Name';

export const inputFileField = (
	displayOptions?: INodeProperties['displayOptions'],
): INodeProperties => ({
	displayName: INPUT_FILE_LABEL,
	name: 'binaryPropertyName',
	type: 'string',
	default: 'data',
	placeholder: 'e.g. data',
	description:
		'Name of the field that holds the file, as the Binary tab of the node before this one shows it',
	hint: 'The name of the input field containing the binary file data to be uploaded',
	...(displayOptions && { displayOptions }),
});

/** @throws {SoraFailure} invalid_input where the item has no such file, or it is too large to be uploaded */
export async function fileToUpload(
	{ context }: Pick<Run, 'context'>,
	itemIndex: number,
	adviceIfLarger: string,
): Promise<InputFile> {
	return await inputFile(context, {
		itemIndex,
		parameter: INPUT_FILE_LABEL,
		field: requiredText(valueOf(context, 'binaryPropertyName', itemIndex), INPUT_FILE_LABEL),
		largestBytes: LARGEST_UPLOAD_BYTES,
		adviceIfLarger,
	});
}
