/** Fields that more than one operation shows. */
import type { INodeProperties } from 'n8n-workflow';

import type { JsonRecord } from '../gateway/contract';
import { field, type AnyParameters, type Field } from './fields';
import { extraBodyOf } from './parameters';

export const extraBodyField = field({
	displayName: 'Extra Body',
	name: 'extraBody',
	type: 'json',
	default: '{}',
	description:
		'JSON object that is merged into the request, for fields that this node does not know. A field that is also set above is overridden.',
});

/** A field with a default that is computed: the linter wants one written out in the field itself. */
export const withDefault = <const F extends Field>(value: INodeProperties['default'], of: F) => ({
	...of,
	default: value,
});

/** @throws {SoraFailure} invalid_input unless it is a JSON object without a key of the gateway */
export const extraBodyIn = (parameters: AnyParameters): JsonRecord | undefined => {
	const p = parameters.with([{ name: 'options', options: [extraBodyField] }]);
	return extraBodyOf(p.value('options.extraBody'), extraBodyField.displayName);
};
