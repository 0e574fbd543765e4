import fc from 'fast-check';

import { ContractBreach } from '../../nodes/Sora/gateway/contract';
import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import {
	asBody,
	booleanOf,
	extraBodyOf,
	textListOf,
	imagesOf,
	numberOf,
	oneOf,
	positiveNumberOf,
	requiredText,
	secondRange,
	textOf,
	webUrlOf,
} from '../../nodes/Sora/actions/parameters';
import { ItemParameters, type ParameterContext } from '../../nodes/Sora/actions/fields';
import { thrown } from './builders';

const LABEL = 'Some Parameter';
const labels = { start: 'Start Second', end: 'End Second' };

/** The headline of the refusal. */
function refusal(act: () => unknown): string {
	const error = thrown(act);
	expect(error).toBeInstanceOf(SoraFailure);
	expect((error as SoraFailure).category).toBe('invalid_input');
	return (error as SoraFailure).headline;
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
			{ displayName: 'From Second', name: 'from', type: 'number', default: 1 },
			{ displayName: 'To Second', name: 'to', type: 'number', default: 3 },
		],
	},
] as const;
const read = (parameters: Record<string, unknown>) =>
	new ItemParameters(contextWith(parameters), 0, FIELDS);

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
		const options = { seed: 'x' };
		expect(refusal(() => read({ options }).number('options.seed'))).toContain('"Seed Number"');
	});

	it('takes its choices and its default from its field', () => {
		const chosen: '16:9' | '9:16' = read({ aspectRatio: '9:16' }).choice('aspectRatio');
		expect(chosen).toBe('9:16');
		expect(read({}).choice('aspectRatio')).toBe('16:9');
		expect(refusal(() => read({ aspectRatio: '1:1' }).choice('aspectRatio'))).toContain(
			'"Aspect Ratio" must be one of 16:9, 9:16',
		);
	});

	it('gives ranges by its fields’ defaults only where they are optional', () => {
		const options = { to: 2.5 };
		expect(read({ options }).range('options.from', 'options.to', { isOptional: true })).toEqual({
			start: 1,
			end: 2.5,
		});
		expect(refusal(() => read({ options }).range('options.from', 'options.to'))).toContain(
			'"From Second" is empty',
		);
	});

	it('gives the rows of a collection, each named by its number', () => {
		const shots = { shot: [{ scene: 'A boat', seconds: 4 }, { seconds: 'x' }] };
		const [first, second] = read({ shots }).rows('shots.shot', 'shot');
		expect([first?.requiredText('scene'), first?.positiveNumber('seconds')]).toEqual(['A boat', 4]);
		expect(refusal(() => second?.requiredText('scene'))).toContain('"Scene, shot 2" is empty');
		expect(refusal(() => second?.positiveNumber('seconds'))).toContain('"Duration, shot 2"');
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

	it.each([[{}], [['a']]])('is not %j, and the refusal names the parameter', (value) => {
		expect(refusal(() => textOf(value, LABEL))).toContain('"Some Parameter" must be text');
	});

	it.each([undefined, null, '', '  \n'])('that is required must not be %j', (value) => {
		expect(refusal(() => requiredText(value, LABEL))).toContain('"Some Parameter" is empty');
	});
});

describe('a number', () => {
	it.each([
		[5, 5],
		['5', 5],
		[' 1.5 ', 1.5],
		[-2, -2],
		[0, 0],
		[undefined, undefined],
		[null, undefined],
		['', undefined],
		['   ', undefined],
	])('of %j is %j', (value, expected) => {
		expect(numberOf(value, LABEL)).toBe(expected);
	});

	it.each(['five', '5 s', Number.NaN, Number.POSITIVE_INFINITY, true, [], {}, ['5']])(
		'is not %j, and the refusal names the parameter',
		(value) => {
			expect(refusal(() => numberOf(value, LABEL))).toContain('"Some Parameter" must be a number');
		},
	);

	it.each([0, -1, '-0.5', '0'])('that must be positive is not %j', (value) => {
		expect(refusal(() => positiveNumberOf(value, LABEL))).toContain(
			'"Some Parameter" must be greater than 0',
		);
	});

	it('that must be positive may be a fraction, or unset', () => {
		expect(positiveNumberOf(0.25, LABEL)).toBe(0.25);
		expect(positiveNumberOf('', LABEL)).toBeUndefined();
	});
});

describe('a switch', () => {
	it.each([
		[true, true],
		[false, false],
		['true', true],
		['false', false],
		['', undefined],
		[null, undefined],
		[undefined, undefined],
	])('of %j is %j', (value, expected) => {
		expect(booleanOf(value, LABEL)).toBe(expected);
	});

	it.each(['yes', 1, 0, {}, []])('is not %j, and the refusal names the parameter', (value) => {
		expect(refusal(() => booleanOf(value, LABEL))).toContain(
			'"Some Parameter" must be true or false',
		);
	});
});

describe('a choice', () => {
	it('is one of those on offer', () => {
		expect(oneOf(' 9:16 ', ['16:9', '9:16'], LABEL)).toBe('9:16');
	});

	it.each(['1:1', '', undefined])('is not %j, and the refusal names all of them', (value) => {
		expect(refusal(() => oneOf(value, ['16:9', '9:16'], LABEL))).toContain(
			'"Some Parameter" must be one of 16:9, 9:16',
		);
	});
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
	it.each([
		[1, 3],
		[0, 1],
		[1.1, 2.1],
		[0.1, 3.1],
		[2.7, 5.7],
		['1', '2.5'],
		[10.25, 12],
	])('may go from %j to %j', (start, end) => {
		expect(secondRange(start, end, labels)).toStrictEqual({
			start: Number(start),
			end: Number(end),
		});
	});

	it.each([
		[1, 1],
		[1, 1.99],
		[1, 4.01],
		[3, 1],
		[-1, 1],
		[-3, -1],
		[Number.NaN, 2],
		[1, Number.NaN],
		['one', 'two'],
		[1, 'three'],
		[undefined, 3],
		[1, undefined],
		['', ''],
		[true, 2],
	])('does not go from %j to %j, and the refusal names the parameter', (start, end) => {
		expect(refusal(() => secondRange(start, end, labels))).toMatch(/"(?:Start|End) Second"/);
	});

	it('of one to three seconds in tenths is always taken, and no other', () => {
		for (let from = 0; from <= 200; from++) {
			for (let length = 5; length <= 35; length++) {
				const read = () => secondRange(from / 10, (from + length) / 10, labels);
				if (length >= 10 && length <= 30) expect(read()).toHaveProperty('start', from / 10);
				else refusal(read);
			}
		}
	});
});

describe('the extra body', () => {
	it.each([
		['{ "seed": 7 }', { seed: 7 }],
		[
			{ seed: 7, nested: { a: [1] } },
			{ seed: 7, nested: { a: [1] } },
		],
		[undefined, undefined],
		[null, undefined],
		['', undefined],
		['  ', undefined],
		['{}', undefined],
		[{}, undefined],
	])('of %j is %j', (value, expected) => {
		expect(extraBodyOf(value, 'Extra Body')).toStrictEqual(expected);
	});

	it.each(['[1]', '"text"', '5', 'null', 'true', '{ seed: 7 }', 'seed=7', [1], [], 5, true])(
		'is not %j',
		(value) => {
			expect(refusal(() => extraBodyOf(value, 'Extra Body'))).toContain(
				'"Extra Body" must be a JSON object',
			);
		},
	);

	it.each([
		...['Authorization', 'authorization', 'api_key', 'apiKey', 'api-key', 'APIKEY', 'x-api-key'],
		...['access_token', 'accessToken'],
	])('carries no credential: %s', (field) => {
		const words = refusal(() => extraBodyOf({ seed: 7, [field]: 'hush-hush' }, 'Extra Body'));
		expect(words).toContain('"Extra Body"');
		expect(words).toContain(`"${field}"`);
		expect(words).not.toContain('hush-hush');
		refusal(() => extraBodyOf(JSON.stringify({ [field]: 'hush-hush' }), 'Extra Body'));
	});

	it('is no deeper than what can be written as JSON again', () => {
		const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
		expect(extraBodyOf(nested(99), 'Extra Body')).toBeDefined();
		for (const levels of [100, 1_000, 200_000]) {
			for (const value of [nested(levels), JSON.parse(nested(levels)) as unknown]) {
				expect(refusal(() => extraBodyOf(value, 'Extra Body'))).toContain('100 levels');
			}
		}
		const endless: Record<string, unknown> = {};
		endless.self = endless;
		expect(refusal(() => extraBodyOf(endless, 'Extra Body'))).toContain('100 levels');
	});

	it('that breaks the contract is refused with the field at fault', () => {
		const words = refusal(() =>
			asBody(() => {
				throw new ContractBreach('prompt', 'Required');
			}),
		);
		expect(words).toContain('"Extra Body"');
		expect(words).toContain('"prompt"');
	});

	it('hides no error of another kind', () => {
		const error = new TypeError('x');
		const build = () => {
			throw error;
		};
		expect(thrown(() => asBody(build))).toBe(error);
	});
});

describe('names of input data fields', () => {
	it.each([
		['nothing', undefined, []],
		['one', 'data', ['data']],
		['commas', ' front , back,', ['front', 'back']],
		['a list', ['front', 'back, side'], ['front', 'back', 'side']],
		['a name with blanks and letters of any alphabet', '照片 一, Zoë’s', ['照片 一', 'Zoë’s']],
	])('may be given as %s', (_, value, expected) => {
		expect(textListOf(value, 'Fields')).toStrictEqual(expected);
	});

	it('are not a file, and the refusal names the parameter', () => {
		expect(refusal(() => textListOf({ mimeType: 'image/png' }, 'Fields'))).toContain('"Fields"');
	});
});

describe('images', () => {
	const one = 'https://a.example/1.png';
	const two = 'http://b.example/2.jpg?w=3,4';
	const data = 'data:image/png;base64,iVBORw0KGgo=';

	it.each([
		['nothing', undefined, []],
		['an empty text', '', []],
		['an empty list', [], []],
		['a list with gaps', ['', one, null], [one]],
		['one', one, [one]],
		['a list', [one, data], [one, data]],
		['commas', `${one},${two}`, [one, two]],
		['commas and spaces', ` ${one} , ${two} `, [one, two]],
		['lines', `${one}\n${two}\n`, [one, two]],
		['lines of Windows', `${one}\r\n${two}`, [one, two]],
		['lines with commas', `${one},\n${two},\n`, [one, two]],
		['data URIs with commas', `${data},${data}`, [data, data]],
		['a data URI between addresses', `${one},${data},${two}`, [one, data, two]],
		['a value that an expression made a list', [[one, two]], [one, two]],
		['a list of comma lists', [`${one},${data}`, two], [one, data, two]],
		[
			'capitals',
			'HTTPS://a.example/1.png,DATA:image/png;base64,AAAA',
			['HTTPS://a.example/1.png', 'DATA:image/png;base64,AAAA'],
		],
	])('may be given as %s', (_, value, expected) => {
		expect(imagesOf(value, 'Image URLs')).toStrictEqual(expected);
	});

	it.each([
		['a file name', 'cat.png'],
		['bare base64', 'iVBORw0KGgo='],
		['data without base64', 'data:image/svg+xml,<svg/>'],
		['another protocol', 'ftp://a.example/1.png'],
		['an object', { url: one }],
		['a list of objects', [{ url: one }]],
		['a list two lists deep', [[[one]]]],
		['a good one beside a bad one', [one, 'cat.png']],
	])('are not %s, and the refusal names the parameter', (_, value) => {
		expect(refusal(() => imagesOf(value, 'Image URLs'))).toContain('"Image URLs"');
	});

	it('come back as they were, however they are listed', () => {
		const image = fc.oneof(
			fc.webUrl().filter((url) => !url.includes(',')),
			fc.base64String({ minLength: 4, maxLength: 40 }).map((b) => `data:image/png;base64,${b}`),
		);
		const separator = fc.constantFrom(',', ', ', '\n', ',\n', '\r\n', ' , ');
		fc.assert(
			fc.property(fc.array(image, { maxLength: 5 }), separator, (images, between) => {
				expect(imagesOf(images, LABEL)).toStrictEqual(images);
				expect(imagesOf(images.join(between), LABEL)).toStrictEqual(images);
			}),
		);
	});
});

describe('every reader', () => {
	it.each<[string, (value: unknown) => unknown]>([
		['textOf', (value) => textOf(value, LABEL)],
		['requiredText', (value) => requiredText(value, LABEL)],
		['numberOf', (value) => numberOf(value, LABEL)],
		['positiveNumberOf', (value) => positiveNumberOf(value, LABEL)],
		['booleanOf', (value) => booleanOf(value, LABEL)],
		['oneOf', (value) => oneOf(value, ['a'], LABEL)],
		['webUrlOf', (value) => webUrlOf(value, LABEL)],
		['secondRange', (value) => secondRange(value, 2, { start: LABEL, end: LABEL })],
		['imagesOf', (value) => imagesOf(value, LABEL)],
		['extraBodyOf', (value) => extraBodyOf(value, 'Extra Body')],
	])('%s takes any value, or refuses it by the name of the parameter', (_, reader) => {
		fc.assert(
			fc.property(fc.anything(), (value) => {
				try {
					reader(value);
				} catch (error) {
					expect(error).toBeInstanceOf(SoraFailure);
					expect((error as SoraFailure).headline).toMatch(/"(?:Some Parameter|Extra Body)"/);
					expect((error as SoraFailure).headline.length).toBeLessThan(400);
				}
			}),
			{ numRuns: 300 },
		);
	});
});

it('takes a data URI that was broken into lines, without the breaks', () => {
	expect(imagesOf('data:image/png;base64,iVBO\nRw0K', 'Image URLs')).toEqual([
		'data:image/png;base64,iVBORw0K',
	]);
});
