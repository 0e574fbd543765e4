/** All resources and operations. A new operation is a file of its own, named in its resource. */
import type { INodeProperties } from 'n8n-workflow';

import { account } from './account';
import { character } from './character';
import { file } from './file';
import { invalidInput } from '../gateway/failures';
import { withDefault } from './fields';
import type { Operation, Resource } from './operation';
import { video } from './video';

/** As n8n's node list shows them: what the node is for comes first. */
const RESOURCES: readonly Resource[] = [video, character, file, account];

export function findOperation(resource: string, operation: string): Operation {
	const found = RESOURCES.find(({ value }) => value === resource)?.operations.find(
		({ option }) => option.value === operation,
	);
	if (found) return found;
	throw invalidInput(`there is no operation "${operation}" for the resource "${resource}"`);
}

const operationList = (resource: Resource): INodeProperties =>
	withDefault(resource.operations[0]?.option.value, {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [resource.value] } },
		options: resource.operations.map(({ option }) => option),
		default: '',
	});

/** Spread, as n8n's own helper merges deeply, which takes a quarter of the load time. */
const fieldsOf = (resource: Resource): INodeProperties[] =>
	resource.operations.flatMap(({ option, fields }) =>
		fields.map((field) => ({
			...field,
			displayOptions: {
				...field.displayOptions,
				show: {
					...field.displayOptions?.show,
					resource: [resource.value],
					operation: [option.value],
				},
			},
		})),
	);

export const resourceProperties: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: RESOURCES.map(({ name, value }) => ({ name, value })),
		default: 'video',
	},
	...RESOURCES.map(operationList),
	...RESOURCES.flatMap(fieldsOf),
];
