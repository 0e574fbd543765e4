import fc from 'fast-check';

import { leftoverIn } from '../../nodes/Sora/prompt/leftover';
import { normaliseMentions } from '../../nodes/Sora/prompt/mentions';

it.each([
	['@a1.cat runs', '@a1.cat runs'],
	['look, @a1.cat', 'look, @a1.cat'],
	['the @a1.cat, running', 'the @a1.cat , running'],
	['Look at @a1.cat.', 'Look at @a1.cat .'],
	['@a1.cat! @b2.dog? @c3.fox…', '@a1.cat ! @b2.dog ? @c3.fox …'],
	['says "hi"@a1.cat', 'says "hi" @a1.cat'],
	['a 5" @a1.cat, runs', 'a 5" @a1.cat , runs'],
	['(@a1.cat)', '( @a1.cat )'],
	["@a1.cat's hat", "@a1.cat 's hat"],
	['一只@a1.cat在跑', '一只 @a1.cat 在跑'],
	['看，@a1.cat。', '看， @a1.cat 。'],
	['Shot 1:\n@a1.cat\nruns', 'Shot 1:\n@a1.cat\nruns'],
	['\t@a1.cat\truns', '\t@a1.cat\truns'],
	['x,@a1.cat.b2,y', 'x, @a1.cat.b2 ,y'],
	['x,@a1.big-cat,y', 'x, @a1.big-cat ,y'],
	['x,@a_1.cat_b,y', 'x, @a_1.cat_b ,y'],
	['@a1.cat@b2.dog@c3.fox', '@a1.cat @b2.dog @c3.fox'],
	['@a1.cat,@b2.dog', '@a1.cat , @b2.dog'],
	// In braces, which go.
	['the @{ a1.cat } runs', 'the @a1.cat runs'],
	['the @{@a1.cat} runs', 'the @a1.cat runs'],
	['the @{diggy} runs', 'the @diggy runs'],
	['the @{@{ @a1.cat }} runs', 'the @a1.cat runs'],
	['@{ @{@{a1.cat} }\n}runs', '@a1.cat runs'],
	['@{ @{@{a1.cat}} runs', '@{ @a1.cat runs'],
	['{@{@{a1.cat}}} runs', '{ @a1.cat } runs'],
	['@{@{a1.cat}@{b2.dog}}', '@{ @a1.cat @b2.dog }'],
])('a mention has a space on both sides: %j becomes %j', (prompt, normal) => {
	expect(normaliseMentions(prompt)).toBe(normal);
});

it.each([
	'write to joe@example.com now',
	'to joe.b+news_1@mail.example.co.uk.',
	'Write to josé@example.com',
	'请联系joe@example.com谢谢',
	'Joe <joe@example.com>',
	'as on https://www.tiktok.com/@user.name/video/1',
	'https://x.example/?u=@user.name&v=@b.c',
	'ftp://joe@files.example/x',
	'@Component({ selector: 1 })',
	'a screen shows @types/node and @n8n/node-cli',
	'thanks @alice, and @bob!',
	'meet @ 5 pm @@ home @',
	'@{} and @{ } and @{@} and @{a b}',
	'the @{a1 runs',
	'3 pears @1 each',
	'x @@a1.cat y',
	'a sign says "@joe.smith" in red',
	'“see @joe.smith!” «@a.b» 「@a.b」 „@a.b“',
])('everything else stays as typed: %j', (prompt) => {
	expect(normaliseMentions(prompt)).toBe(prompt);
});

it.each([
	['no value', 'null | undefinedundefined | Null. | "None" | undefined, undefined | N/A | true'],
	['nothing but punctuation', '… | ? | ！ | \u200b | {} | {{'],
	[
		'an error from a spreadsheet',
		'#N/A | #NAME? | #BEZUG! | #¡REF! | #ЗНАЧ! | Loading… | A boat, #DIV/0!',
	],
	['an object instead of text', '[object Promise] | A boat, [object Object]'],
	[
		'an expression that n8n did not evaluate',
		'{{ $json.a }} | ={{ $json.a }} | {{prompt}} | A boat at {{ $now',
	],
	[
		'a placeholder that was never filled in',
		'{prompt} | ${idea} | $prompt | %%IDEA%% | <<idea>> | <%= idea %> | [scene] | =A1&B2 | $json.a',
	],
	[
		undefined,
		`A null pointer as a monster | Undefined horizons | Nan bread rises | 船 | 🚤 | A [red] boat costs $5, 100 % of them |
		$5 | #1! The #boat is #new | "Ahoy!" | [Boat] at sea | x = y`,
	],
	// Veo and Seedance are often prompted in JSON.
	[undefined, '{"scene":{"camera":{"move":"dolly"}}}'],
])('leftovers of a missing value, %s: %s', (what, texts) => {
	for (const text of texts.split('|').map((one) => one.trim())) {
		expect([text, leftoverIn(` ${text}\n`)]).toEqual([text, what]);
	}
});

const username = fc.stringMatching(/^[abz019_]{1,6}(?:[.-][abz019_]{1,6}){0,2}$/);
const handle = fc.stringMatching(/^@[abz019_]{1,6}\.[abz019_]{1,6}$/);
const inBraces = fc
	.tuple(fc.constantFrom('', ' ', '  '), username, fc.constantFrom('', ' '))
	.map(([left, inner, right]) => `@{${left}${inner}${right}}`);
const piece = fc.oneof(
	inBraces,
	handle,
	fc.constantFrom(...['a cat', ' ', ', ', '.', '\n', '一只', '在跑', '。', '(', ')', '"', '!']),
	fc.constantFrom('joe@example.com', 'https://x.example/@user.name', '@types/node', '@', '@@', '}'),
	fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const prompts = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''));

it('normalising frees every name from braces and puts spaces around it', () => {
	fc.assert(
		fc.property(prompts, username, prompts, (before, user, after) => {
			const normal = normaliseMentions(`${before}@{${user}}${after}`);
			expect(normal).not.toContain(`@{${user}}`);
			expect(normal.split(/\s/)).toContain(`@${user}`);
		}),
		{ numRuns: 1_000 },
	);
});
