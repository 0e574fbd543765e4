import fc from 'fast-check';

import { leftoverIn } from '../../nodes/Sora/prompt/leftover';
import { normaliseMentions } from '../../nodes/Sora/prompt/mentions';
import { growth, MOST_GROWTH } from '../fuzz/work';

describe('a mention', () => {
	it.each([
		['at the start', '@a1.cat runs', '@a1.cat runs'],
		['at the end', 'look, @a1.cat', 'look, @a1.cat'],
		['alone', '@a1.cat', '@a1.cat'],
		['between spaces', 'the @a1.cat runs', 'the @a1.cat runs'],
		['before a comma', 'the @a1.cat, running', 'the @a1.cat , running'],
		['before the last stop', 'Look at @a1.cat.', 'Look at @a1.cat .'],
		['before other stops', '@a1.cat! @b2.dog? @c3.fox…', '@a1.cat ! @b2.dog ? @c3.fox …'],
		['in braces in quotes', '"@{a1.cat}" runs', '" @a1.cat " runs'],
		['behind a quote', 'says "hi"@a1.cat', 'says "hi" @a1.cat'],
		['behind a mark that stays open', 'a 5" @a1.cat, runs', 'a 5" @a1.cat , runs'],
		['in round brackets', '(@a1.cat)', '( @a1.cat )'],
		['before an apostrophe', "@a1.cat's hat", "@a1.cat 's hat"],
		['in Chinese text', '一只@a1.cat在跑', '一只 @a1.cat 在跑'],
		['before Chinese punctuation', '看，@a1.cat。', '看， @a1.cat 。'],
		['beside a newline', 'Shot 1:\n@a1.cat\nruns', 'Shot 1:\n@a1.cat\nruns'],
		['beside a tab', '\t@a1.cat\truns', '\t@a1.cat\truns'],
		['with two dots in it', 'x,@a1.cat.b2,y', 'x, @a1.cat.b2 ,y'],
		['with a hyphen in it', 'x,@a1.big-cat,y', 'x, @a1.big-cat ,y'],
		['with an underscore', 'x,@a_1.cat_b,y', 'x, @a_1.cat_b ,y'],
	])('%s has a space on both sides', (_, prompt, normal) => {
		expect(normaliseMentions(prompt)).toBe(normal);
	});

	it.each([
		['plain', '@{a1.cat} runs', '@a1.cat runs'],
		['with spaces inside', 'the @{ a1.cat } runs', 'the @a1.cat runs'],
		['with an @ inside', 'the @{@a1.cat} runs', 'the @a1.cat runs'],
		['without a dot', 'the @{diggy} runs', 'the @diggy runs'],
		['without space around', 'the@{a1.cat}runs', 'the @a1.cat runs'],
		['in Chinese text', '一只@{a1.cat}在跑', '一只 @a1.cat 在跑'],
		['with a hyphen in it', 'the @{a1.big-cat}runs', 'the @a1.big-cat runs'],
		['at the end of a sentence', 'Look at @{a1.cat}.', 'Look at @a1.cat .'],
		['in braces twice', 'the @{@{ @a1.cat }} runs', 'the @a1.cat runs'],
		['in braces thrice, with spaces', '@{ @{@{a1.cat} }\n}runs', '@a1.cat runs'],
		['opened more often than closed', '@{ @{@{a1.cat}} runs', '@{ @a1.cat runs'],
		['closed more often than opened', '{@{@{a1.cat}}} runs', '{ @a1.cat } runs'],
		['in braces beside others in them', '@{@{a1.cat}@{b2.dog}}', '@{ @a1.cat @b2.dog }'],
	])('in braces, %s, loses them', (_, prompt, normal) => {
		expect(normaliseMentions(prompt)).toBe(normal);
	});

	it.each([
		['the same twice', '@a1.cat meets @a1.cat', '@a1.cat meets @a1.cat'],
		['adjacent ones in braces', '@{a1.cat}@{b2.dog}@{c3.fox}', '@a1.cat @b2.dog @c3.fox'],
		['three adjacent ones', '@a1.cat@b2.dog@c3.fox', '@a1.cat @b2.dog @c3.fox'],
		['two with a comma', '@a1.cat,@b2.dog', '@a1.cat , @b2.dog'],
	])('may stand among others: %s', (_, prompt, normal) => {
		expect(normaliseMentions(prompt)).toBe(normal);
	});
});

describe('everything else stays as typed', () => {
	it.each([
		['an e-mail address', 'write to joe@example.com now'],
		['an e-mail address with dots and signs', 'to joe.b+news_1@mail.example.co.uk.'],
		['an e-mail address in Chinese text', '请联系joe@example.com谢谢'],
		['an e-mail address in pointed brackets', 'Joe <joe@example.com>'],
		['a handle in a web address', 'as on https://www.tiktok.com/@user.name/video/1'],
		['a handle in a query', 'https://x.example/?u=@user.name&v=@b.c'],
		['a web address with a user', 'ftp://joe@files.example/x'],
		['a decorator', '@Component({ selector: 1 })'],
		['a package in a scope', 'a screen shows @types/node and @n8n/node-cli'],
		['a plain handle', 'thanks @alice, and @bob!'],
		['an @ alone', 'meet @ 5 pm @@ home @'],
		['braces without a name', '@{} and @{ } and @{a b}'],
		['braces that stay open', 'the @{a1 runs'],
		['a price', '3 pears @1 each'],
		['a double @', 'x @@a1.cat y'],
		['a handle on a sign', 'a sign says "@joe.smith" in red'],
		['a handle in other quotation marks', '“see @joe.smith!” «@a.b» 「@a.b」 „@a.b“'],
	])('%s', (_, prompt) => {
		expect(normaliseMentions(prompt)).toBe(prompt);
	});

	it('where there is no @ at all', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme' }), (prompt) => {
				fc.pre(!prompt.includes('@'));
				expect(normaliseMentions(prompt)).toBe(prompt);
			}),
		);
	});
});

const name = fc.string({ unit: fc.constantFrom(...'abz019_'), minLength: 1, maxLength: 6 });
const username = fc.tuple(name, name).map((parts) => parts.join('.'));
const bracedName = fc.oneof(
	username,
	name,
	fc.tuple(name, fc.constantFrom('.', '-'), name, fc.constantFrom('.', '-'), name).map((parts) => {
		return parts.join('');
	}),
);
const inBraces = fc
	.tuple(fc.constantFrom('', ' ', '  '), bracedName, fc.constantFrom('', ' '))
	.map(([left, inner, right]) => `@{${left}${inner}${right}}`);
const piece = fc.oneof(
	inBraces,
	username.map((user) => `@${user}`),
	fc.constantFrom(...['a cat', ' ', ', ', '.', '\n', '一只', '在跑', '。', '(', ')', '"', '!']),
	fc.constantFrom('joe@example.com', 'https://x.example/@user.name', '@types/node', '@', '@@', '}'),
	fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const prompts = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''));

/** The text without what normalising may change. */
const essence = (prompt: string) => prompt.replace(/[\s{}]|(?<=@\{\s*)@/g, '');

it('leaves an address with a letter beyond ASCII before the @ as typed', () => {
	expect(normaliseMentions('Write to josé@example.com')).toBe('Write to josé@example.com');
});

describe('a text that can be no prompt', () => {
	it.each([
		[
			'no value',
			['null', 'undefinedundefined', 'Null.', '"None"', 'undefined, undefined', 'N/A', 'true'],
		],
		['nothing but punctuation', ['…', '?', '！', '\u200b', '{}', '{{']],
		[
			'an error of a sheet',
			['#N/A', '#NAME?', '#BEZUG!', '#¡REF!', '#ЗНАЧ!', 'Loading…', 'A boat, #DIV/0!'],
		],
		['an object instead of text', ['[object Promise]', 'A boat, [object Object]']],
		[
			'an expression that n8n did not evaluate',
			['{{ $json.a }}', '={{ $json.a }}', '{{prompt}}', 'A boat at {{ $now'],
		],
		[
			'a placeholder that nothing has filled',
			[
				'{prompt}',
				'${idea}',
				'$prompt',
				'%%IDEA%%',
				'<<idea>>',
				'<%= idea %>',
				'[scene]',
				'=A1&B2',
				'$json.a',
			],
		],
	])('holds %s: %j', (what, texts) => {
		for (const text of texts) expect([text, leftoverIn(` ${text}\n`)]).toEqual([text, what]);
	});

	it.each([
		'A null pointer as a monster',
		'Undefined horizons',
		'Nan bread rises',
		'船',
		'🚤',
		'A [red] boat costs $5, 100 % of them',
		'$5',
		'#1! The #boat is #new',
		'"Ahoy!"',
		'[Boat] at sea',
		'x = y',
		// Veo and Seedance are often prompted in JSON.
		'{"scene":{"camera":{"move":"dolly"}}}',
	])('is not %j', (text) => {
		expect(leftoverIn(text)).toBeUndefined();
	});
});

describe('normalising', () => {
	it('a second time changes nothing', () => {
		fc.assert(
			fc.property(prompts, (prompt) => {
				const once = normaliseMentions(prompt);
				expect(normaliseMentions(once)).toBe(once);
			}),
			{ numRuns: 3_000 },
		);
	});

	it('changes spaces and braces only', () => {
		fc.assert(
			fc.property(prompts, (prompt) => {
				expect(essence(normaliseMentions(prompt))).toBe(essence(prompt));
			}),
			{ numRuns: 2_000 },
		);
	});

	it('frees every name in braces and puts spaces around it', () => {
		fc.assert(
			fc.property(prompts, bracedName, prompts, (before, user, after) => {
				const normal = normaliseMentions(`${before}@{${user}}${after}`);
				expect(normal).not.toContain(`@{${user}}`);
				expect(normal.split(/\s/)).toContain(`@${user}`);
			}),
			{ numRuns: 1_000 },
		);
	});

	it('takes twice as long for twice as many names', async () => {
		for (const unit of ['@{ @cat.one }@', '@{a}', '@cat.one ', '狗@cat.one', '@{ ', '@{@{a}} ']) {
			const made = (size: number) => unit.repeat(size / unit.length);
			expect(
				await growth(normaliseMentions, [16_384, 65_536, 262_144, 1_048_576], made),
			).toBeLessThan(MOST_GROWTH);
		}
	});
});
