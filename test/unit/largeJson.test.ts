import fc from 'fast-check';

import { parsableJson } from '../../nodes/Sora/gateway/largeJson';

const read = (text: string, isCut = true) => {
	const parsable = parsableJson(text, isCut);
	return parsable === undefined ? undefined : (JSON.parse(parsable) as unknown);
};

describe('JSON that was cut', () => {
	it.each<[string, unknown]>([
		['{"a":1,"b":"xy', { a: 1 }],
		['{"a":1,"b', { a: 1 }],
		['{"a":1,"b":', { a: 1 }],
		['{"a":1,', { a: 1 }],
		['{"a":12', {}],
		['{"a":[1,2,{"b":3},{"c', { a: [1, 2, { b: 3 }, {}] }],
		['[{"a":"}"},{"b":"\\"]', [{ a: '}' }, {}]],
		['{"a":1}   ', { a: 1 }],
	])('%s is read as far as it is whole', (text, expected) => {
		expect(read(text)).toEqual(expected);
	});

	it('keeps the beginning of a long text, and no part of a short one', () => {
		const reason = 'x'.repeat(10_000);
		expect(read(`{"status":"FAILURE","reason":"${reason}`)).toEqual({
			status: 'FAILURE',
			reason: `${reason}…`,
		});
		for (const escape of ['\\', '\\u', '\\u12', '\\n', '\\u0041', '\\"']) {
			expect(read(`{"a":1,"reason":"${reason}${escape}`)).toMatchObject({
				a: 1,
				reason: expect.stringMatching(/^x{10000}/),
			});
		}
		expect(read('{"task_id":"video_12')).toEqual({});
	});

	it('never holds a value that was not there, wherever it is cut', () => {
		fc.assert(
			fc.property(
				fc.jsonValue({ maxDepth: 4 }),
				fc.double({ min: 0, max: 1, noNaN: true }),
				(value, share) => {
					fc.pre(typeof value === 'object' && value !== null);
					const text = JSON.stringify(value);
					const cut = text.slice(0, 1 + Math.floor(share * (text.length - 1)));
					const leaves = (of: unknown): string[] =>
						typeof of === 'object' && of !== null
							? Object.entries(of).flatMap(([name, inner]) => [
									JSON.stringify(name),
									...leaves(inner),
								])
							: [JSON.stringify(of)];
					const known = new Set(leaves(value));
					for (const leaf of leaves(read(cut))) expect(known).toContain(leaf);
				},
			),
			{ numRuns: 500 },
		);
	});
});

describe('JSON that would fill the memory', () => {
	const MIB = 1024 * 1024;
	it.each([
		['arrays in arrays', '['.repeat(2 * MIB), true],
		['objects in objects', '{"a":'.repeat(400_000), true],
		['whole, arrays in arrays', '['.repeat(MIB) + ']'.repeat(MIB), false],
		['many arrays', `[${'[],'.repeat(MIB)}0]`, false],
		['many numbers', `[${'0,'.repeat(MIB)}0]`, false],
	])('is not read: %s', (_, text, isCut) => {
		expect(parsableJson(text, isCut)).toBeUndefined();
	});

	it('is told from a long text, which may hold all of that', () => {
		const text = JSON.stringify({ a: '[,{'.repeat(MIB) });
		expect(parsableJson(text, false)).toBe(text);
	});
});
