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

/** A field with a default that is computed: the linter wants one written out in the field itself. */
export const withDefault = (
	value: INodeProperties['default'],
	field: INodeProperties,
): INodeProperties => ({ ...field, default: value });
