/** Fields of a model that nobody has described yet: Extra Body for people who do not write JSON. */
import type { JsonRecord } from '../../gateway/contract';
import { invalidInput } from '../../gateway/failures';
import { modelsWithoutRow } from '../../gateway/models';
import { isKeyField } from '../extraBody';
import { fields, textListOf, type AnyParameters, type Row } from '../fields';
import { forModels } from './modelFields';

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
		displayOptions: forModels(modelsWithoutRow()),
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

function valueIn(row: Row): unknown {
	switch (row.choice('type')) {
		case 'number':
			return row.number('value');
		case 'yesNo':
			return row.flag('value');
		case 'list': {
			const list = textListOf(row.value('value'), row.label('value'));
			return list.length ? list : undefined;
		}
		default:
			return row.text('value') || undefined;
	}
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
