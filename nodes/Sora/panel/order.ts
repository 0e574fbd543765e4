/** Panel parts shared by operations: lists, options, tests in the editor, seconds of a clip, Extra Body. */
import type { INodeProperties } from 'n8n-workflow';

/** A list to which entries are added one by one. @param entry the name of one entry */
export const listOf = (entry: string, values: INodeProperties[]) => ({
	type: 'fixedCollection' as const,
	typeOptions: { multipleValues: true, multipleValueButtonText: `Add ${entry}`, sortable: true },
	placeholder: `Add ${entry}`,
	options: [{ displayName: entry, name: entry.toLowerCase(), values }],
});

export const optionsField = (options: INodeProperties[]): INodeProperties => ({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	// n8n requires sorting; plain comparison, since collation alone takes 9 ms of load time.
	options: options.sort((a, b) => (a.displayName < b.displayName ? -1 : 1)),
});

export const TESTING_LABEL = 'When Testing in the Editor';
const ALWAYS = 'Always Buy';
/** How to get a new one, as part of a sentence. */
export const TO_BUY_AGAIN = `set "${TESTING_LABEL}" to "${ALWAYS}"`;
export const TO_CHANGE_IT = `change "${TESTING_LABEL}"`;

export type WhenTesting = 'reuse' | 'sample' | 'buy';

/** @param sample describes the output when nothing is bought */
export const whenTestingField = (
	what: 'Video' | 'Character',
	sample: { name: string; description: string },
): INodeProperties => ({
	displayName: TESTING_LABEL,
	name: 'whenTesting',
	type: 'options',
	default: 'reuse',
	description:
		'What to do when you execute the workflow or this step yourself in the editor, in an evaluation, or in a retry of such a test. Executions of the active workflow always buy.',
	options: [
		{
			name: `Reuse the Same ${what}`,
			value: 'reuse',
			description: `Use the ${what.toLowerCase()} that this node bought before with the same parameters, or buy it if there is none. In a sub-workflow, older versions of n8n do not say that it is a test, and the node buys.`,
		},
		{ name: sample.name, value: 'sample', description: sample.description },
		{ name: ALWAYS, value: 'buy', description: 'Buy a new one at every execution' },
	],
});

/** @param names of the two parameters, and their labels */
export const rangeFields = (
	from: [name: string, label: string],
	to: [name: string, label: string],
	displayOptions?: INodeProperties['displayOptions'],
): INodeProperties[] => [
	{
		displayName: from[1],
		name: from[0],
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 1,
		description: 'Second of the clip from which the character is seen. Fractions are allowed.',
		...(displayOptions && { displayOptions }),
	},
	{
		displayName: to[1],
		name: to[0],
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 3,
		description:
			'Second of the clip until which the character is seen: 1 to 3 seconds after the start',
		...(displayOptions && { displayOptions }),
	},
];

export const extraBodyField: INodeProperties = {
	displayName: 'Extra Body',
	name: 'extraBody',
	type: 'json',
	default: '{}',
	description:
		'JSON object that is merged into the request, for fields that this node does not know. A field that is also set above is overridden.',
};
