import fc from 'fast-check';

import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { cutWords } from '../../nodes/Sora/gateway/answers/cut';
import { excerpt, printable } from '../../nodes/Sora/gateway/printable';
import { concealed, concealedFailure, concealerOf } from '../../nodes/Sora/gateway/secrecy';
import { growth, MAX_GROWTH } from '../fuzz/work';
import { aTask } from './builders';

const KEY = 'sk-abcdef/123';
const conceal = concealerOf(KEY);

/** Characters that keys are made of, those among them that JSON, URLs and HTML write otherwise. */
const someKey = fc.stringMatching(/^[abcXYZ0189\-_./+=:~]{8,60}$/);

const each = (spell: (code: number, hex: string) => string) => (key: string) =>
	Array.from(key, (character) => {
		const code = character.charCodeAt(0);
		return spell(code, code.toString(16).padStart(2, '0'));
	}).join('');

const inBase64 =
	(before: string, encoding: 'base64' | 'base64url' = 'base64') =>
	(key: string) =>
		Buffer.from(before + key).toString(encoding);

const SPELLINGS: Array<[string, (key: string) => string]> = [
	['as it is', (key) => key],
	['in capitals', (key) => key.toUpperCase()],
	['as JSON', (key) => JSON.stringify(key)],
	['as JSON of a PHP server', (key) => key.replaceAll('/', '\\/')],
	['as JSON in JSON', (key) => JSON.stringify(key.replaceAll('/', '\\/'))],
	['as JSON in codes', each((_, hex) => `\\u00${hex}`)],
	['as JSON in codes, twice', each((_, hex) => `\\\\u00${hex}`)],
	['in a URL', (key) => encodeURIComponent(key)],
	['in a URL, twice', (key) => encodeURIComponent(encodeURIComponent(key))],
	['in a URL, all of it', each((_, hex) => `%${hex}`)],
	['in HTML', each((code) => `&#${code};`)],
	['in HTML, hexadecimal', each((_, hex) => `&#x0${hex};`)],
	['in HTML, by name', (key) => key.replaceAll('/', '&sol;').replaceAll('=', '&equals;')],
	['in HTML of HTML', each((code) => `&amp;#${code};`)],
	['in JavaScript', each((code, hex) => (code % 2 ? `\\x${hex}` : `\\u{${hex}}`))],
	['in base64', inBase64('')],
	['in base64 behind a name', inBase64('u:')],
	['in base64 for URLs behind another', inBase64('u', 'base64url')],
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

	it('is masked whole, however long it is', () => {
		const key = 'Ab/+_-='.repeat(2_000);
		expect(concealerOf(key)(`no ${key} "${key}"`)).toBe('no *** "***"');
	});

	it.each(SPELLINGS)('is never cut in half before it is masked: %s', (_, spell) => {
		const around = fc.nat({ max: 1_600 });
		fc.assert(
			fc.property(someKey, around, around, (key, before, after) => {
				const text = `${'x '.repeat(before)}"${spell(key)}"${' y'.repeat(after)}`;
				for (const show of [cutWords, excerpt]) {
					const shown = concealerOf(key)(show(text));
					expect(shown).not.toContain(spell(key).slice(0, 8));
					expect(shown).not.toContain(spell(key).slice(-8));
				}
			}),
			{ numRuns: 300 },
		);
	});

	it.each(['sk-abcdef/12', 'a sk abcdef', '\\\\', '%25%25', '', '100 % of /'])(
		'leaves all other words alone, and is not masked if it is too short: %s',
		(text) => {
			expect(conceal(text)).toBe(text);
			expect(concealerOf(text.slice(0, 7))(text)).toBe(text);
		},
	);

	it.each(['\\', '%25', '&#0', '&amp;', 's', 'sk-abcdef/12', '%2', '\\u0073'])(
		'is masked in linear time, whatever the text contains: %s',
		async (piece) => {
			const mask = concealerOf('sk-abcdef/12345678901234567890');
			const made = (size: number) => piece.repeat(size / piece.length);
			const sizes = [16_384, 65_536, 262_144, 1_048_576];
			expect(await growth(mask, sizes, made)).toBeLessThan(MAX_GROWTH);
		},
	);
});

describe('what leaves the node', () => {
	it('contains no key in any text, at any depth, nor in a name', () => {
		const value = { a: KEY, list: [1, null, true, { [`x ${KEY}`]: 'of sk-abcdef%2F123' }] };
		const shown = { a: '***', list: [1, null, true, { 'x ***': 'of ***' }] };
		expect(concealed(value, conceal)).toEqual(shown);
		expect(value.a).toBe(KEY);
	});

	it('is otherwise unchanged', () => {
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				expect(JSON.stringify(concealed(value, conceal))).toBe(JSON.stringify(value));
			}),
		);
	});

	it('is cut at a maximum depth', () => {
		const deep = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) as unknown;
		expect(JSON.stringify(concealed(deep, conceal)).length).toBeLessThan(1_000);
	});

	it('shows a failure without the key, and keeps what others threw', () => {
		const origin = new Error(KEY);
		const task = aTask('video_1', { videoUrl: `https://f.example/?k=${KEY}` });
		const facts = { words: 'no sk-abcdef\\/123', task, origin, retryAfterMs: 5 };
		expect(concealedFailure(new SoraFailure('render_failed', facts), conceal)).toMatchObject({
			category: 'render_failed',
			facts: {
				words: 'no ***',
				task: { videoUrl: 'https://f.example/?k=***' },
				origin,
				retryAfterMs: 5,
			},
		});
	});

	it('never breaks, reverses or truncates a line', () => {
		expect(printable('a\r\nb\u0000c\u202ed\u2028e\ud83d')).toBe(
			'a\\u000d\\u000ab\\u0000c\\u202ed\\u2028e\\ud83d',
		);
		expect(printable('ok 视频 👩\u200d🚀')).toBe('ok 视频 👩\u200d🚀');
	});
});
