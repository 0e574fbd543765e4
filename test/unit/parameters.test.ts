import fc from 'fast-check';

import { ContractBreach } from '../../nodes/Sora/gateway/contract';
import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { asBody, extraBodyOf } from '../../nodes/Sora/actions/extraBody';
import {
	ItemParameters,
	textListOf,
	textOf,
	webUrlOf,
	type ParameterContext,
} from '../../nodes/Sora/actions/fields';
import { thrown } from './builders';

const LABEL = 'Some Parameter';

/** The headline of the refusal. */
function refusal(act: () => unknown): string {
	const error = thrown(act);
	expect(error).toBeInstanceOf(SoraFailure);
	expect((error as SoraFailure).category).toBe('invalid_input');
	return (error as SoraFailure).headline.replace(/^Nothing was \w+[^"]*/, '');
}

const contextWith = (parameters: Record<string, unknown>) =>
	({
		getNodeParameter: (name: string, _item: number, fallback: unknown) =>
			name in parameters ? parameters[name] : fallback,
	}) as unknown as ParameterContext;

const FIELDS = [
	{ displayName: 'Model', name: 'model', type: 'resourceLocator', default: '' },
	{
		displayName: 'Aspect Ratio',
		name: 'aspectRatio',
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
		],
	},
] as const;
const read = (parameters: Record<string, unknown>) =>
	new ItemParameters(contextWith(parameters), 0, FIELDS);
const withOption = (name: string, value: unknown) => read({ options: { [name]: value } });

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
		expect(read({}).value('options.seed')).toBeUndefined();
		expect(read({ options: { other: 1 } }).number('options.seed')).toBeUndefined();
	});

	it('is named as its field names it, within a collection too', () => {
		expect(refusal(() => read({}).requiredText('model'))).toContain('"Model" is empty');
		expect(refusal(() => withOption('seed', 'x').number('options.seed'))).toContain(
			'"Seed Number"',
		);
	});

	it('takes its choices and its default from its field', () => {
		const chosen: '16:9' | '9:16' = read({ aspectRatio: ' 9:16 ' }).choice('aspectRatio');
		expect(chosen).toBe('9:16');
		expect(read({}).choice('aspectRatio')).toBe('16:9');
		expect(refusal(() => read({ aspectRatio: '1:1' }).choice('aspectRatio'))).toContain(
			'"Aspect Ratio" must be one of 16:9, 9:16, but is "1:1"',
		);
	});

	it('gives the rows of a collection, each named by its number', () => {
		const shots = { shot: [{ scene: 'A boat', seconds: 4 }, { seconds: 'x' }] };
		const [first, second] = read({ shots }).rows('shots.shot', 'shot');
		expect([first?.requiredText('scene'), first?.number('seconds')]).toEqual(['A boat', 4]);
		expect(refusal(() => second?.requiredText('scene'))).toContain('"Scene, shot 2" is empty');
		expect(refusal(() => second?.number('seconds'))).toContain('"Duration, shot 2"');
	});

	it.each([undefined, null, 'x', {}, { shot: null }, { shot: {} }])(
		'has no rows where an expression gives %j',
		(shots) => {
			expect(read({ shots }).rows('shots.shot', 'shot')).toEqual([]);
		},
	);

	it('that no field describes is a mistake of ours', () => {
		expect(() => read({}).label('nothing')).toThrow('no field is named nothing');
	});
});

describe('text', () => {
	it.each([
		[' a boat ', 'a boat'],
		[5, '5'],
		[true, 'true'],
		[undefined, ''],
		[null, ''],
	])('of %j is "%s"', (value, expected) => {
		expect(textOf(value, LABEL)).toBe(expected);
	});

	it.each([
		[{}, 'an object'],
		[['a'], 'a list'],
	])('is not %j, and the refusal names the parameter', (value, what) => {
		expect(refusal(() => textOf(value, LABEL))).toContain(
			`"Some Parameter" must be text, but is ${what}`,
		);
	});
});

describe('a number', () => {
	it.each([
		[5, 5],
		[' 1.5 ', 1.5],
		[-2, -2],
		[0, 0],
		[null, undefined],
		['   ', undefined],
	])('of %j is %j', (value, expected) => {
		expect(withOption('seed', value).number('options.seed')).toBe(expected);
	});

	it.each(['five', '5 s', Number.NaN, Number.POSITIVE_INFINITY, true, [], {}, ['5']])(
		'is not %j',
		(value) => {
			expect(refusal(() => withOption('seed', value).number('options.seed'))).toContain(
				'"Seed Number" must be a number',
			);
		},
	);

	it.each([
		[0, '"Count" must be 1 to 9, but is 0'],
		[1e15, '"Count" must be 1 to 9, but is 1000000000000000'],
		[1.5, '"Count" must be a whole number, but is 1.5'],
	])('keeps the bounds of its field: %s', (value, words) => {
		expect(refusal(() => withOption('count', value).number('options.count'))).toBe(words);
	});
});

it.each<[unknown, boolean | undefined]>([
	...[true, 'true', 'TRUE', 'yes', 1, '1', 'on'].map((one) => [one, true] as [unknown, boolean]),
	...[false, 'False', 'no', 0, '0', 'off'].map((one) => [one, false] as [unknown, boolean]),
	['', undefined],
	[null, undefined],
])('a switch of %j is %j', (value, expected) => {
	expect(withOption('loud', value).flag('options.loud')).toBe(expected);
});

it.each(['maybe', 2, {}, []])('a switch is not %j', (value) => {
	expect(refusal(() => withOption('loud', value).flag('options.loud'))).toContain(
		'"Loud" must be true or false',
	);
});

describe('a web address', () => {
	it.each(['https://a.example/x?y=1#z', 'http://localhost:5678/webhook', ' https://a.example '])(
		'may be %s',
		(value) => {
			expect(webUrlOf(value, LABEL)).toBe(value.trim());
		},
	);

	it.each(['a.example/x', 'ftp://a.example', 'javascript:alert(1)', 'https://', 'x'.repeat(500)])(
		'is not %s, and the refusal is short and names the parameter',
		(value) => {
			const words = refusal(() => webUrlOf(value, LABEL));
			expect(words).toContain('"Some Parameter" must be an http or https address');
			expect(words.length).toBeLessThan(250);
		},
	);
});

describe('a range of seconds', () => {
	const range = (from: unknown, to: unknown, isOptional = false) =>
		read({ options: { from, to } }).range('options.from', 'options.to', { isOptional });

	it('may have fractions and text, and takes its defaults only where it is optional', () => {
		expect(range('1', '2.5')).toEqual({ start: 1, end: 2.5 });
		expect(range(undefined, 2.5, true)).toEqual({ start: 1, end: 2.5 });
		expect(refusal(() => range(undefined, 2.5))).toBe('"From Second" is empty');
		expect(refusal(() => range('one', 2))).toContain('"From Second" must be a number');
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
	it.each([
		['{ "seed": 7 }', { seed: 7 }],
		[{ nested: { a: [1] } }, { nested: { a: [1] } }],
		[undefined, undefined],
		['  ', undefined],
		['{}', undefined],
	])('of %j is %j', (value, expected) => {
		expect(extraBodyOf(value, 'Extra Body')).toStrictEqual(expected);
	});

	it.each(['[1]', '"text"', '5', 'null', '{ seed: 7 }', 'seed=7', [1], 5, true])(
		'is not %j',
		(value) => {
			expect(refusal(() => extraBodyOf(value, 'Extra Body'))).toContain(
				'"Extra Body" must be a JSON object',
			);
		},
	);

	it.each(['Authorization', 'api_key', 'apiKey', 'api-key', 'x-api-key', 'accessToken'])(
		'carries no credential: %s',
		(field) => {
			const body = { seed: 7, [field]: 'hush-hush' };
			for (const value of [body, JSON.stringify(body)]) {
				const words = refusal(() => extraBodyOf(value, 'Extra Body'));
				expect(words).toContain(`"Extra Body" must not hold "${field}"`);
				expect(words).not.toContain('hush-hush');
			}
		},
	);

	it('is no deeper than what can be written as JSON again', () => {
		const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
		expect(extraBodyOf(nested(99), 'Extra Body')).toBeDefined();
		for (const levels of [100, 200_000]) {
			for (const value of [nested(levels), JSON.parse(nested(levels)) as unknown]) {
				expect(refusal(() => extraBodyOf(value, 'Extra Body'))).toContain('100 levels');
			}
		}
		const endless: Record<string, unknown> = {};
		endless.self = endless;
		expect(refusal(() => extraBodyOf(endless, 'Extra Body'))).toContain('100 levels');
	});

	it('that breaks the contract is refused with the field at fault, and other errors pass', () => {
		const failing = (error: Error) => () =>
			asBody(() => {
				throw error;
			});
		const words = refusal(failing(new ContractBreach('prompt', 'Required')));
		expect(words).toMatch(/"Extra Body".*"prompt"/);
		const error = new TypeError('x');
		expect(thrown(failing(error))).toBe(error);
	});
});

it.each([
	['nothing', undefined, []],
	['commas', ' front , back,', ['front', 'back']],
	['a list', ['front', 'back, side'], ['front', 'back', 'side']],
	['blanks and letters of any alphabet', '照片 一, Zoë’s', ['照片 一', 'Zoë’s']],
])('names of input data fields may be given as %s', (_, value, expected) => {
	expect(textListOf(value, 'Fields')).toStrictEqual(expected);
});

it('every reader takes any value, or refuses it by the name of the parameter', () => {
	const readers: Array<(value: unknown) => unknown> = [
		(value) => read({ model: value }).requiredText('model'),
		(value) => read({ model: value }).webUrl('model'),
		(value) => read({ model: value }).taskId('model'),
		(value) => read({ aspectRatio: value }).choice('aspectRatio'),
		(value) => withOption('count', value).number('options.count'),
		(value) => withOption('loud', value).flag('options.loud'),
		(value) => read({ options: { from: value } }).range('options.from', 'options.to'),
		(value) =>
			read({ shots: { shot: [value] } })
				.rows('shots.shot', 'shot')[0]
				?.text('scene'),
		(value) => textListOf(value, LABEL),
		(value) => extraBodyOf(value, 'Extra Body'),
	];
	const labels =
		'Model|Aspect Ratio|Count|Loud|From Second|To Second|Scene|Some Parameter|Extra Body';
	fc.assert(
		fc.property(fc.constantFrom(...readers), fc.anything(), (reader, value) => {
			let error: unknown;
			try {
				return void reader(value);
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
