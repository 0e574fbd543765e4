import fc from 'fast-check';

import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { printable } from '../../nodes/Sora/gateway/printable';
import { concealed, concealedFailure, concealerOf } from '../../nodes/Sora/gateway/secrecy';
import { leastCpuMsOf, TOO_SHORT } from './cpuTime';
import { aTask } from './builders';

/** Characters that keys are made of, those among them that JSON, URLs and HTML write otherwise. */
const someKey = fc
	.array(fc.constantFrom(...'abcXYZ0189-_./+=:~'), { minLength: 8, maxLength: 60 })
	.map((characters) => characters.join(''));

const hex = (character: string, digits: number) =>
	character.charCodeAt(0).toString(16).padStart(digits, '0');

const SPELLINGS: Array<[string, (key: string) => string]> = [
	['as it is', (key) => key],
	['in capitals', (key) => key.toUpperCase()],
	['as JSON', (key) => JSON.stringify(key)],
	['as JSON of a PHP server', (key) => key.replaceAll('/', '\\/')],
	['as JSON in JSON', (key) => JSON.stringify(key.replaceAll('/', '\\/'))],
	['as JSON in codes', (key) => Array.from(key, (c) => `\\u${hex(c, 4)}`).join('')],
	['as JSON in codes, twice', (key) => Array.from(key, (c) => `\\\\u${hex(c, 4)}`).join('')],
	['in a URL', (key) => encodeURIComponent(key)],
	['in a URL, twice', (key) => encodeURIComponent(encodeURIComponent(key))],
	['in a URL, all of it', (key) => Array.from(key, (c) => `%${hex(c, 2)}`).join('')],
	['in HTML', (key) => Array.from(key, (c) => `&#${c.charCodeAt(0)};`).join('')],
	['in HTML, hexadecimal', (key) => Array.from(key, (c) => `&#x0${hex(c, 2)};`).join('')],
	['in HTML, by name', (key) => key.replaceAll('/', '&sol;').replaceAll('=', '&equals;')],
];

describe('the key', () => {
	it.each(SPELLINGS)('is masked %s', (_, spell) => {
		fc.assert(
			fc.property(someKey, fc.string(), fc.string(), (key, before, after) => {
				const shown = concealerOf(key)(`${before} ${spell(key)} ${after}`);
				expect(shown).toContain('***');
				expect(shown.toLowerCase()).not.toContain(key.toLowerCase());
				expect(shown).not.toContain(spell(key));
			}),
		);
	});

	it('leaves all other words alone, and short keys as they are', () => {
		const conceal = concealerOf('sk-abcdef/123');
		for (const text of ['sk-abcdef/12', 'a sk abcdef', '\\\\', '%25%25', '', '100 % of /']) {
			expect(conceal(text)).toBe(text);
		}
		expect(concealerOf('short')('a short word')).toBe('a short word');
		expect(concealerOf('')('')).toBe('');
	});

	it.each(['\\', '%25', '&#0', 's', 'sk-abcdef/12', '%2', '\\u0073'])(
		'is looked for in the time of the text, whatever it is made of: %s',
		(piece) => {
			const conceal = concealerOf('sk-abcdef/12345678901234567890');
			const workOf = (length: number) => {
				const text = piece.repeat(length / piece.length);
				return leastCpuMsOf(() => conceal(text));
			};
			const small = Math.max(TOO_SHORT, workOf(200_000));
			// Sixteen times the text in some sixteen times the work: quadratic would be 256.
			expect(workOf(3_200_000)).toBeLessThan(small * 64);
		},
	);
});

describe('what leaves the node', () => {
	const conceal = concealerOf('sk-abcdef/123');

	it('has no key in any text, at any depth, nor in a name', () => {
		const value = {
			a: 'sk-abcdef/123',
			list: [1, null, true, { 'x sk-abcdef/123': 'of sk-abcdef%2F123' }],
		};
		expect(concealed(value, conceal)).toEqual({
			a: '***',
			list: [1, null, true, { 'x ***': 'of ***' }],
		});
		expect(value.a).toBe('sk-abcdef/123');
	});

	it('stays as it is otherwise', () => {
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				expect(JSON.stringify(concealed(value, conceal))).toBe(JSON.stringify(value));
			}),
		);
	});

	it('does not nest without end', () => {
		const deep = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) as unknown;
		expect(JSON.stringify(concealed(deep, conceal)).length).toBeLessThan(1_000);
	});

	it('shows a failure without the key, and keeps what was thrown by others', () => {
		const origin = new Error('sk-abcdef/123');
		const failure = concealedFailure(
			new SoraFailure('render_failed', {
				words: 'no sk-abcdef\\/123',
				task: aTask('video_1', { videoUrl: 'https://f.example/?k=sk-abcdef/123' }),
				origin,
				retryAfterMs: 5,
			}),
			conceal,
		);
		expect(failure.facts).toMatchObject({ words: 'no ***', retryAfterMs: 5, origin });
		expect(failure.facts.task?.videoUrl).toBe('https://f.example/?k=***');
		expect(failure.category).toBe('render_failed');
	});
});

describe('a line', () => {
	it('is not broken, turned or cut by what stands in it', () => {
		expect(printable('a\r\nb\u0000c\u202ed\u2028e\ud83d')).toBe(
			'a\\u000d\\u000ab\\u0000c\\u202ed\\u2028e\\ud83d',
		);
		expect(printable('ok 视频 👩\u200d🚀')).toBe('ok 视频 👩\u200d🚀');
	});
});
