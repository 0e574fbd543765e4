/** The input data field of a file that is uploaded: as the panel shows it, and as an operation reads it. */
import { inputFile, type InputFile } from '../media/inputFile';
import { LARGEST_UPLOAD_BYTES } from '../media/fileLimits';
import type { AnyParameters, Field } from './fields';
import type { Run } from './run';

export const inputFileField = (displayOptions?: Field['displayOptions']) => ({
	displayName: 'Input Data Field Name',
	name: 'binaryPropertyName' as const,
	type: 'string' as const,
	default: 'data',
	placeholder: 'e.g. data',
	description:
		'Name of the field that holds the file, as the Binary tab of the node before this one shows it',
	hint: 'The name of the input field containing the binary file data to be uploaded',
	...(displayOptions && { displayOptions }),
});

/** @throws {SoraFailure} invalid_input where the item has no such file */
export function fileToUpload(
	{ context }: Pick<Run, 'context'>,
	parameters: AnyParameters,
	adviceIfLarger: string,
): InputFile {
	const own = parameters.with([inputFileField()]);
	const name = 'binaryPropertyName';
	const { itemIndex } = own;
	const place = { itemIndex, field: own.requiredText(name), parameter: own.label(name) };
	return inputFile(context, place, { largestBytes: LARGEST_UPLOAD_BYTES, adviceIfLarger });
}
