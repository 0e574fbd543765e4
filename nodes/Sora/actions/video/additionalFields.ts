/** Fields of a model that nobody has described yet: Extra Body for people who do not write JSON. */
import type { JsonRecord } from '../../gateway/contract';
import { invalidInput } from '../../gateway/failures';
import { fields, type AnyParameters, type Row } from '../fields';
import { booleanOf, isKeyField, numberOf, textListOf, textOf } from '../parameters';
import { forUnknownModels } from './modelFields';

export const ADDITIONAL_FIELDS = fields([
	{
		displayName: 'Additional Fields',
		name: 'additionalFields',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Field', sortable: true },
		default: {},
		placeholder: 'Add Field',
		description:
			'Settings of a model that this node does not know yet, by the names that the documentation of your gateway gives them',
		displayOptions: forUnknownModels,
		options: [
			{
				displayName: 'Field',
				name: 'field',
				values: [
					{
						displayName: 'Name',
						name: 'name',
						type: 'string',
						default: '',
						placeholder: 'e.g. motion_strength',
						description: 'As the documentation of your gateway writes it',
					},
					{
						displayName: 'Type',
						name: 'type',
						type: 'options',
						default: 'text',
						description: 'What the model takes there',
						options: [
							{ name: 'Text', value: 'text' },
							{ name: 'Number', value: 'number' },
							{ name: 'Yes or No', value: 'yesNo' },
							{ name: 'List of Texts', value: 'list' },
						],
					},
					{
						displayName: 'Value',
						name: 'value',
						type: 'string',
						default: '',
						placeholder: 'e.g. 5',
						description:
							'For Yes or No: yes or no. For a list: its entries, separated by commas. A field without a value is not sent.',
					},
				],
			},
		],
	},
]);

const YES_OR_NO: Partial<Record<string, boolean>> = { yes: true, no: false, on: true, off: false };

const READERS: Record<string, (value: unknown, label: string) => unknown> = {
	text: textOf,
	number: numberOf,
	yesNo: (value, label) =>
		booleanOf(YES_OR_NO[String(value).trim().toLowerCase()] ?? value, label, 'yes or no'),
	list: textListOf,
};

function valueIn(row: Row): unknown {
	const type = textOf(row.value('type'), row.label('type')) || 'text';
	const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
	if (!read) {
		const known = Object.keys(READERS).join(', ');
		throw invalidInput(`"${row.label('type')}" must be one of ${known}, but is ${type}`);
	}
	const value = read(row.value('value'), row.label('value'));
	const isEmpty = value === '' || (Array.isArray(value) && value.length === 0);
	return isEmpty ? undefined : value;
}

/** @throws {SoraFailure} invalid_input for a value of another type, a name twice, or one of a key of the gateway */
export function additionalFieldsIn(parameters: AnyParameters): JsonRecord {
	const p = parameters.with(ADDITIONAL_FIELDS);
	const found = new Map<string, unknown>();
	for (const row of p.rows('additionalFields.field', 'field')) {
		const value = valueIn(row);
		if (value === undefined) continue;
		const name = row.requiredText('name');
		if (isKeyField(name)) {
			throw invalidInput(
				`"${row.label('name')}" must not be "${name}": the key belongs in the credential`,
			);
		}
		if (found.has(name)) throw invalidInput(`"${row.label('name')}" is "${name}" once more`);
		found.set(name, value);
	}
	return Object.fromEntries(found);
}
