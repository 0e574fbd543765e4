import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { additionalFieldsIn, extraBodyIn } from '../../nodes/Sora/actions/extraBody';
import { parameterReader, type Parameters } from '../../nodes/Sora/actions/parameters';
import { fieldsOf } from '../../nodes/Sora/panel';
import { thrown } from './builders';

/** The headline of the refusal. */
function refusal(act: () => unknown): string {
	const error = thrown(act);
	expect(error).toBeInstanceOf(SoraFailure);
	expect((error as SoraFailure).category).toBe('invalid_input');
	return (error as SoraFailure).headline.replace(/^Nothing was \w+[^"]*/, '');
}

/** @param parameters as they are saved; `resolved` gives what n8n makes of one */
const reader = (
	parameters: Record<string, unknown>,
	resolved: (name: string, item: number, fallback: unknown) => unknown,
) =>
	parameterReader(
		{ getNode: () => ({ parameters }), getNodeParameter: resolved } as never,
		fieldsOf('video', 'generate') ?? [],
	);
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

	it('has no value if it is hidden, or an option that was not added', () => {
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

	it('has rows, each named by its number', () => {
		const [first, second] = read({ images: { image: [{ url: 'a' }, {}] } }).rows('images');
		expect(first?.requiredText('url')).toBe('a');
		expect(refusal(() => second?.requiredText('url'))).toMatch(/, image 2" is empty/);
	});

	it.each([undefined, null, 'x', {}, { image: null }, { image: {} }])(
		'has no rows if an expression gives %j',
		(images) => {
			expect(read({ images }).rows('images')).toEqual([]);
		},
	);
});

type Reader = (p: Parameters) => unknown;
const READERS = {
	text: (p) => p.text('model'),
	taskId: (p) => p.taskId('model'),
	url: (p) => p.webUrl('model'),
	names: (p) => p.texts('model'),
	number: (p) => p.number('characterStartSecond'),
	minutes: (p) => p.number('maxWaitMinutes'),
	count: (p) => p.number('maxConcurrentVideos'),
	choice: (p) => p.choice('onTimeout'),
	flag: (p) => p.flag('downloadVideo'),
	extra: extraBodyIn,
	added: additionalFieldsIn,
} satisfies Record<string, Reader>;
type Kind = keyof typeof READERS;

const readAs = (kind: Kind, value: unknown) => {
	const options = ['characterStartSecond', 'maxConcurrentVideos', 'maxWaitMinutes', 'onTimeout'];
	const parameters = read({
		model: value,
		downloadVideo: value,
		additionalFields: { field: [{ name: 'style', value }] },
		options: Object.fromEntries([...options, 'extraBody'].map((name) => [name, value])),
	});
	return READERS[kind](parameters);
};

it.each<[Kind, unknown, unknown]>([
	['text', ' a boat ', 'a boat'],
	['text', 5, '5'],
	['text', true, 'true'],
	['text', null, ''],
	['number', ' 1.5 ', 1.5],
	['number', 0, 0],
	['number', null, undefined],
	['number', '   ', undefined],
	['choice', ' output ', 'output'],
	['choice', 'Output', 'output'],
	['choice', 'throw error', 'error'],
	['choice', undefined, 'error'],
	['url', ' https://a.example/x?y=1#z', 'https://a.example/x?y=1#z'],
	['url', 'http://localhost:5678/webhook', 'http://localhost:5678/webhook'],
	['names', undefined, []],
	['names', ' front , back,', ['front', 'back']],
	['names', ['front', 'back, side'], ['front', 'back', 'side']],
	['names', '照片 一, Zoë’s', ['照片 一', 'Zoë’s']],
	['extra', '{ "seed": 7 }', { seed: 7 }],
	['extra', { nested: { a: [1] } }, { nested: { a: [1] } }],
	['extra', '  ', {}],
	['added', ' noir ', { style: 'noir' }],
	['added', '0.5', { style: 0.5 }],
	['added', 'true', { style: true }],
	['added', '["rain", "night"]', { style: ['rain', 'night'] }],
	['added', '"5"', { style: '5' }],
	['added', '01:30 [x', { style: '01:30 [x' }],
	['added', '', {}],
])('as %s, %j is read', (kind, value, expected) => {
	expect(readAs(kind, value)).toStrictEqual(expected);
});

it('a switch is read however a sheet writes it', () => {
	const values = [true, 'TRUE', 'yes', 1, '1', 'on', '', null, false, 'False', 'no', 0, '0', 'off'];
	const isOn = values.map((value) => readAs('flag', value));
	expect(isOn).toEqual(values.map((_, index) => index < 8));
});

const REFUSED: Array<[Kind, string, unknown[]]> = [
	['text', '"Model" must be text, but is an object', [{}]],
	['text', '"Model" must be text, but is a list', [['a']]],
	['number', 'Start (Seconds)" must be a number', ['five', '5 s', NaN, Infinity, true, [], {}]],
	['number', 'Start (Seconds)" must be 0 or more, but is -2', [-2]],
	['minutes', '"Max Wait (Minutes)" must be 0.1 to 10080, but is 1000000000000000', [1e15]],
	['count', '"Max Concurrent Videos" must be a whole number, but is 1.5', [1.5]],
	['choice', '"On Timeout" must be one of output, error, but is "wait"', ['wait']],
	['flag', '"Download Video" must be true or false', ['maybe', 2, {}, []]],
	['url', 'must be an http or https address', ['a.example/x', 'ftp://a.example', 'https://']],
	['url', 'must be an http or https address', ['javascript:alert(1)', 'x'.repeat(500)]],
	['extra', '"Extra Body" must be a JSON object', ['[1]', '"text"', '5', 'null', '{ seed: 7 }']],
	['extra', '"Extra Body" must be a JSON object', ['seed=7', [1], 5, true]],
];

it.each(REFUSED)(
	'as %s is refused briefly, by the name of the parameter: %s',
	(kind, words, values) => {
		for (const value of values) {
			const said = refusal(() => readAs(kind, value));
			expect(said).toContain(words);
			expect(said.length).toBeLessThan(250);
		}
	},
);

describe('a range of seconds', () => {
	const [from, to] = ['characterStartSecond', 'characterEndSecond'] as const;
	const range = (start: unknown, end: unknown) =>
		read({ options: { [from]: start, [to]: end } }).range(from, to);

	it('may have fractions and text, and takes the defaults of its fields', () => {
		expect(range('1', '2.5')).toEqual({ start: 1, end: 2.5 });
		expect(option(to, 2.5).range(from, to)).toEqual({ start: 1, end: 2.5 });
	});

	it.each([undefined, null, '', ' '])('is refused if an expression gives %j', (blank) => {
		expect(refusal(() => range(blank, 3))).toContain('Start (Seconds)" is empty');
		expect(refusal(() => range(1, blank))).toContain('End (Seconds)" is empty');
	});

	it('of one to three seconds in tenths is always taken, and no other', () => {
		for (let start = 0; start <= 200; start += 7) {
			for (let length = -5; length <= 35; length++) {
				const act = () => range(start / 10, Math.max(0, start + length) / 10);
				if (length >= 10 && length <= 30) expect(act()).toHaveProperty('start', start / 10);
				else expect(refusal(act)).toContain('End (Seconds)" must be 1 to 3 seconds after');
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
				const words = refusal(() => readAs('extra', value));
				expect(words).toContain(`"Extra Body" must not contain "${field}"`);
				expect(words).not.toContain('hush-hush');
			}
		},
	);

	it('is never too deep to be written as JSON again', () => {
		const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
		expect(readAs('extra', nested(99))).toBeDefined();
		const endless: Record<string, unknown> = {};
		endless.self = endless;
		const deep = [100, 200_000].flatMap((levels) => [nested(levels), JSON.parse(nested(levels))]);
		for (const value of [...deep, endless]) {
			expect(refusal(() => readAs('extra', value))).toContain('100 levels');
		}
	});
});
