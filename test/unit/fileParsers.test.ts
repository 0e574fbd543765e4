import { isThorough, tenthOf } from '../effort';
import {
	BEGINNINGS,
	BINARY_PARSERS,
	BINARY_REPETITIONS,
	repeated,
	SURROUNDINGS,
	TEXT_PARSERS,
	TEXT_REPETITIONS,
} from '../fuzz/files';
import { growth, MAX_GROWTH } from '../fuzz/work';

const MIB = 1024 * 1024;
const LARGEST = isThorough ? MIB : MIB / 4;

const begun = Object.fromEntries(
	BEGINNINGS.map((begin) => [
		begin,
		(inside: Buffer) => Buffer.concat([Buffer.from(begin), inside, Buffer.from('!')]),
	]),
);
const binary = [
	BINARY_REPETITIONS,
	{ alone: (inside: Buffer) => inside, ...SURROUNDINGS },
] as const;
const textual = [TEXT_REPETITIONS, begun] as const;

it.each([
	...Object.entries(BINARY_PARSERS).map(([name, parse]) => [name, parse, ...binary] as const),
	...Object.entries(TEXT_PARSERS).map(([name, parse]) => [name, parse, ...textual] as const),
])(
	'%s takes about twice as long for twice the input, whatever it repeats',
	async (_, parse, tokens, surroundings) => {
		const cases = tokens.flatMap((token) =>
			Object.values(surroundings).map((surround) => [token, surround] as const),
		);
		for (const [token, surround] of tenthOf(cases)) {
			// What doubles with each of them would take a second for so few.
			const few = 26 * token.length;
			const made = (bytes: number) => surround(repeated(token, bytes));
			expect(await growth(parse, [few, LARGEST / 16, LARGEST], made)).toBeLessThan(MAX_GROWTH);
		}
	},
	120_000,
);
