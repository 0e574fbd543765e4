/** Fields that more than one operation shows. */
import type { INodeProperties } from 'n8n-workflow';

export const extraBodyField: INodeProperties = {
	displayName: 'Extra Body',
	name: 'extraBody',
	type: 'json',
	default: '{}',
	description:
		'JSON object that is merged into the request, for fields that this node does not know. A field that is also set above is overridden.',
};

/** The input data field of a file that is uploaded. */
export const inputFileField = (
	name: string,
	displayOptions?: INodeProperties['displayOptions'],
): INodeProperties => ({
	displayName: 'Input Data Field Name',
	name,
	type: 'string',
	default: 'data',
	placeholder: 'e.g. data',
	description:
		'Name of the field that holds the file, as the Binary tab of the node before this one shows it',
	hint: 'The name of the input field containing the binary file data to be uploaded',
	...(displayOptions && { displayOptions }),
});

/** A field with a default that is computed: the linter wants one written out in the field itself. */
export const withDefault = (
	value: INodeProperties['default'],
	field: INodeProperties,
): INodeProperties => ({ ...field, default: value });
