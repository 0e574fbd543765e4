import fc from 'fast-check';
import type { INodeProperties } from 'n8n-workflow';

import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { additionalFieldsIn, extraBodyIn } from '../../nodes/Sora/actions/extraBody';
import { parameterReader, type Parameters } from '../../nodes/Sora/actions/parameters';
import { additionalFields } from '../../nodes/Sora/panel/generate';
import { extraBodyField } from '../../nodes/Sora/panel/order';
import { thrown } from './builders';

/** The headline of the refusal. */
function refusal(act: () => unknown): string {
	const error = thrown(act);
	expect(error).toBeInstanceOf(SoraFailure);
	expect((error as SoraFailure).category).toBe('invalid_input');
	return (error as SoraFailure).headline.replace(/^Nothing was \w+[^"]*/, '');
}

const FIELDS = [
	{ displayName: 'Model', name: 'model', type: 'resourceLocator', default: '' },
	{
		displayName: 'Shape',
		name: 'shape',
		type: 'options',
		default: '16:9',
		options: [
			{ name: 'Landscape', value: '16:9' },
			{ name: 'Portrait', value: '9:16' },
		],
	},
	{
		displayName: 'Shots',
		name: 'shots',
		type: 'fixedCollection',
		default: {},
		options: [
			{
				displayName: 'Shot',
				name: 'shot',
				values: [
					{ displayName: 'Scene', name: 'scene', type: 'string', default: '' },
					{ displayName: 'Duration', name: 'seconds', type: 'number', default: 5 },
				],
			},
		],
	},
	additionalFields,
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		default: {},
		options: [
			{ displayName: 'Seed Number', name: 'seed', type: 'number', default: 7 },
			{
				displayName: 'Count',
				name: 'count',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 9, numberPrecision: 0 },
				default: 1,
			},
			{ displayName: 'Loud', name: 'loud', type: 'boolean', default: true },
			{ displayName: 'From Second', name: 'from', type: 'number', default: 1 },
			{ displayName: 'To Second', name: 'to', type: 'number', default: 3 },
			extraBodyField,
		],
	},
] satisfies INodeProperties[];

/** @param parameters as they are saved; `resolved` gives what n8n makes of one */
const reader = (
	parameters: Record<string, unknown>,
	resolved: (name: string, item: number, fallback: unknown) => unknown,
) =>
	parameterReader({ getNode: () => ({ parameters }), getNodeParameter: resolved } as never, FIELDS);
const read = (values: Record<string, unknown>) =>
	reader({}, (name, _item, fallback) => (name in values ? values[name] : fallback))(0);
const option = (name: string, value: unknown) => read({ options: { [name]: value } });

describe('a parameter', () => {
	it.each([
		['sora-2', 'sora-2'],
		[{ __rl: true, mode: 'id', value: 'veo3.1' }, 'veo3.1'],
		[null, undefined],
		[0, 0],
		[false, false],
		[['a'], ['a']],
	])('with the value %j gives %j', (value, expected) => {
		expect(read({ model: value }).value('model')).toStrictEqual(expected);
	});

	it('that is hidden has no value, and neither has an option that was not added', () => {
		expect(read({}).value('model')).toBeUndefined();
		expect(read({}).value('seed')).toBeUndefined();
		expect(option('other', 1).number('seed')).toBeUndefined();
	});

	it.each([
		['an expression, once for each item', '={{ $json.model }}', [1, 1, 2, 2]],
		['an expression inside a choice, too', { mode: 'id', value: '={{ $json.id }}' }, [1, 1, 2, 2]],
		['a constant once for all items', 'sora-2', [1, 1, 1, 1]],
	])('is resolved: %s', (_, model, expected) => {
		let count = 0;
		const of = reader({ model }, () => ++count);
		const items = [of(0), of(1)];
		const seen = items.flatMap((parameters) => [
			parameters.value('model'),
			parameters.number('model'),
		]);
		expect(seen).toEqual(expected);
	});

	it('that no field describes is a mistake of ours', () => {
		expect(() => read({}).label('nothing')).toThrow('no field is named nothing');
	});

	it('has rows, each named by its number', () => {
		const shots = { shot: [{ scene: 'A boat', seconds: 4 }, { seconds: 'x' }] };
		const [first, second] = read({ shots }).rows('shots');
		expect([first?.requiredText('scene'), first?.number('seconds')]).toEqual(['A boat', 4]);
		expect(refusal(() => second?.requiredText('scene'))).toContain('"Scene, shot 2" is empty');
		expect(refusal(() => second?.number('seconds'))).toContain('"Duration, shot 2"');
	});

	it.each([undefined, null, 'x', {}, { shot: null }, { shot: {} }])(
		'has no rows where an expression gives %j',
		(shots) => {
			expect(read({ shots }).rows('shots')).toEqual([]);
		},
	);
});

type Reader = (p: Parameters) => unknown;
const text: Reader = (p) => p.text('model');
const number: Reader = (p) => p.number('seed');
const count: Reader = (p) => p.number('count');
const loud: Reader = (p) => p.flag('loud');
const shape: Reader = (p) => p.choice('shape');
const url: Reader = (p) => p.webUrl('model');
const texts: Reader = (p) => p.texts('model');
const extra: Reader = (p) => extraBodyIn(p);
const added: Reader = (p) => additionalFieldsIn(p);

const with_ = (reader: Reader, value: unknown) => {
	const row = { field: [{ name: 'style', value }] };
	return reader(
		read({
			model: value,
			shape: value,
			additionalFields: row,
			options: { seed: value, count: value, loud: value, extraBody: value },
		}),
	);
};

it.each<[string, Reader, unknown, unknown]>([
	['text', text, ' a boat ', 'a boat'],
	['text', text, 5, '5'],
	['text', text, true, 'true'],
	['text', text, null, ''],
	['a number', number, ' 1.5 ', 1.5],
	['a number', number, -2, -2],
	['a number', number, 0, 0],
	['a number', number, null, undefined],
	['a number', number, '   ', undefined],
	['a choice', shape, ' 9:16 ', '9:16'],
	['a choice', shape, undefined, '16:9'],
	...[true, 'true', 'TRUE', 'yes', 1, '1', 'on', '', null].map(
		(one) => ['a switch', loud, one, true] as [string, Reader, unknown, unknown],
	),
	...[false, 'False', 'no', 0, '0', 'off'].map(
		(one) => ['a switch', loud, one, false] as [string, Reader, unknown, unknown],
	),
	['an address', url, ' https://a.example/x?y=1#z', 'https://a.example/x?y=1#z'],
	['an address', url, 'http://localhost:5678/webhook', 'http://localhost:5678/webhook'],
	['names', texts, undefined, []],
	['names', texts, ' front , back,', ['front', 'back']],
	['names', texts, ['front', 'back, side'], ['front', 'back', 'side']],
	['names', texts, '照片 一, Zoë’s', ['照片 一', 'Zoë’s']],
	['the extra body', extra, '{ "seed": 7 }', { seed: 7 }],
	['the extra body', extra, { nested: { a: [1] } }, { nested: { a: [1] } }],
	['the extra body', extra, '  ', {}],
	['additional fields', added, ' noir ', { style: 'noir' }],
	['additional fields', added, '0.5', { style: 0.5 }],
	['additional fields', added, 'true', { style: true }],
	['additional fields', added, '["rain", "night"]', { style: ['rain', 'night'] }],
	['additional fields', added, '"5"', { style: '5' }],
	['additional fields', added, '01:30 [x', { style: '01:30 [x' }],
	['additional fields', added, '', {}],
])('%s of %#: %j is read', (_, reader, value, expected) => {
	expect(with_(reader, value)).toStrictEqual(expected);
});

it.each<[Reader, unknown, string]>([
	[text, {}, '"Model" must be text, but is an object'],
	[text, ['a'], '"Model" must be text, but is a list'],
	...['five', '5 s', Number.NaN, Number.POSITIVE_INFINITY, true, [], {}, ['5']].map(
		(one) => [number, one, '"Seed Number" must be a number'] as [Reader, unknown, string],
	),
	[count, 0, '"Count" must be 1 to 9, but is 0'],
	[count, 1e15, '"Count" must be 1 to 9, but is 1000000000000000'],
	[count, 1.5, '"Count" must be a whole number, but is 1.5'],
	[shape, '1:1', '"Shape" must be one of 16:9, 9:16, but is "1:1"'],
	...['maybe', 2, {}, []].map(
		(one) => [loud, one, '"Loud" must be true or false'] as [Reader, unknown, string],
	),
	...['a.example/x', 'ftp://a.example', 'javascript:alert(1)', 'https://', 'x'.repeat(500)].map(
		(one) => [url, one, '"Model" must be an http or https address'] as [Reader, unknown, string],
	),
	...['[1]', '"text"', '5', 'null', '{ seed: 7 }', 'seed=7', [1], 5, true].map(
		(one) => [extra, one, '"Extra Body" must be a JSON object'] as [Reader, unknown, string],
	),
])('%# %j is refused by the name of the parameter, in short', (reader, value, words) => {
	const said = refusal(() => with_(reader, value));
	expect(said).toContain(words);
	expect(said.length).toBeLessThan(250);
});

describe('a range of seconds', () => {
	const range = (from: unknown, to: unknown) => read({ options: { from, to } }).range('from', 'to');

	it('may have fractions and text, and takes the defaults of its fields', () => {
		expect(range('1', '2.5')).toEqual({ start: 1, end: 2.5 });
		expect(option('to', 2.5).range('from', 'to')).toEqual({ start: 1, end: 2.5 });
		expect(refusal(() => range('one', 2))).toContain('"From Second" must be a number');
	});

	it.each([undefined, null, '', ' '])('is refused where an expression gives %j', (blank) => {
		expect(refusal(() => range(blank, 3))).toContain('"From Second" is empty');
		expect(refusal(() => range(1, blank))).toContain('"To Second" is empty');
	});

	it('of one to three seconds in tenths is always taken, and no other', () => {
		for (let from = 0; from <= 200; from += 7) {
			for (let length = -5; length <= 35; length++) {
				const act = () => range(from / 10, (from + length) / 10);
				if (length >= 10 && length <= 30) expect(act()).toHaveProperty('start', from / 10);
				else expect(refusal(act)).toContain('"To Second" must be 1 to 3 seconds after');
			}
		}
	});
});

describe('the extra body', () => {
	it.each(['Authorization', 'api_key', 'apiKey', 'api-key', 'x-api-key', 'accessToken'])(
		'carries no credential: %s',
		(field) => {
			const body = { seed: 7, [field]: 'hush-hush' };
			for (const value of [body, JSON.stringify(body)]) {
				const words = refusal(() => with_(extra, value));
				expect(words).toContain(`"Extra Body" must not hold "${field}"`);
				expect(words).not.toContain('hush-hush');
			}
		},
	);

	it('is no deeper than what can be written as JSON again', () => {
		const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
		expect(with_(extra, nested(99))).toBeDefined();
		const endless: Record<string, unknown> = {};
		endless.self = endless;
		const deep = [100, 200_000].flatMap((levels) => [nested(levels), JSON.parse(nested(levels))]);
		for (const value of [...deep, endless]) {
			expect(refusal(() => with_(extra, value))).toContain('100 levels');
		}
	});
});

it('every reader takes any value, or refuses it by the name of the parameter', () => {
	const readers = [text, number, count, loud, shape, url, texts, extra, added];
	const taskId: Reader = (p) => p.taskId('model');
	const labels = 'Model|Shape|Seed Number|Count|Loud|Extra Body|Name, field 1';
	fc.assert(
		fc.property(fc.constantFrom(...readers, taskId), fc.anything(), (reader, value) => {
			let error: unknown;
			try {
				return void with_(reader, value);
			} catch (refused) {
				error = refused;
			}
			expect(error).toBeInstanceOf(SoraFailure);
			expect((error as SoraFailure).headline).toMatch(new RegExp(`"(?:${labels})`));
			expect((error as SoraFailure).headline.length).toBeLessThan(400);
		}),
		{ numRuns: 1_000 },
	);
});
