/* eslint-disable @n8n/community-nodes/no-restricted-globals -- measures its own work, never inside n8n */
/** CPU time of a parser, and how it grows; other programs hardly affect it. */
import fc from 'fast-check';

export type Act<Input> = (input: Input) => unknown;

/** Milliseconds of CPU time over all threads, whatever the result. */
async function cpuMsOf<Input>(act: Act<Input>, input: Input): Promise<number> {
	const before = process.cpuUsage();
	try {
		await act(input);
	} catch {
		// A refusal is an answer.
	}
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1_000;
}

async function shortestOf(tries: number, measure: () => Promise<number>): Promise<number> {
	let shortest = Infinity;
	for (let attempt = 0; attempt < tries; attempt++) shortest = Math.min(shortest, await measure());
	return shortest;
}

/**
 * Shorter times, in milliseconds, say nothing about growth: of few units, since they are next to nothing; of many,
 * since garbage collection takes a second in a process that has run many tests.
 */
const MEASURABLE = { few: 200, many: 1_000 };
/** For twice the input; 4 would be quadratic. */
export const MAX_GROWTH = 3.5;

/**
 * How the work multiplies for twice the input. Starts small, to detect excessive growth before it takes forever.
 * @param sizes ascending, the first of a few units
 * @returns 2 if all is too fast to tell
 */
export async function growth<Input>(
	act: Act<Input>,
	sizes: readonly number[],
	made: (size: number) => Input,
): Promise<number> {
	for (const [index, size] of sizes.entries()) {
		const measurable = index === 0 ? MEASURABLE.few : MEASURABLE.many;
		const [half, whole] = [made(size / 2), made(size)];
		if ((await cpuMsOf(act, whole)) < measurable) continue;
		const twice = await shortestOf(3, async () => await cpuMsOf(act, whole));
		const once = await shortestOf(3, async () => await cpuMsOf(act, half));
		if (twice >= measurable) return twice / once;
	}
	return 2;
}

/** Any JSON of such leaves under such names. `__proto__` is an ordinary field, as it is for a parser. */
export function jsonOf(leaf: fc.Arbitrary<unknown>, name: fc.Arbitrary<string>) {
	const { value } = fc.letrec<{ value: unknown }>((tie) => ({
		value: fc.oneof(
			{ maxDepth: 5, depthSize: 'medium', withCrossShrink: true },
			leaf,
			fc
				.array(fc.tuple(name, tie('value')), { maxLength: 8 })
				.map((entries): unknown => Object.fromEntries(entries)),
			fc.array(tie('value'), { maxLength: 4 }),
			// Gateways embed the answers of others as strings.
			tie('value').map((inner) => JSON.stringify(inner) ?? ''),
		),
	}));
	return value;
}

/** Some units, repeated, between a start that enters a pattern and an end that breaks it. */
const repetition = (fragments: readonly string[]) => {
	const piece = fc.oneof(
		{ weight: 4, arbitrary: fc.constantFrom(...fragments) },
		{ weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }) },
	);
	const few = (minLength: number, maxLength: number) =>
		fc.array(piece, { minLength, maxLength }).map((pieces) => pieces.join(''));
	// Slowness usually comes from a single repeated unit.
	const unit = fc.oneof({ weight: 2, arbitrary: piece }, { weight: 1, arbitrary: few(2, 4) });
	return fc.record({ begin: few(0, 3), unit, end: few(0, 2) });
};

/** 20 times doubles what doubles with each unit to a second. */
const FEW_UNITS = 20;
/** Each four times the previous: quadratic growth shows while it still takes less than a second. */
const SIZES = [4_096, 16_384, 65_536, 262_144];

/**
 * Twice the text takes about twice the work, whatever it repeats.
 * @param acts by name; each run draws one
 * @param fragments that the texts are made of
 */
export const linearWork = (
	acts: Readonly<Record<string, Act<string>>>,
	fragments: readonly string[],
) =>
	fc.asyncProperty(
		fc.constantFrom(...Object.keys(acts)),
		repetition(fragments),
		async (name, { begin, unit, end }) => {
			const act = acts[name] ?? String;
			const made = (size: number) =>
				begin + unit.repeat(Math.max(1, Math.floor(size / unit.length))) + end;
			const grown = await growth(act, [FEW_UNITS * unit.length, ...SIZES], made);
			if (grown > MAX_GROWTH)
				throw new Error(`${name}: ${grown} times the work for twice the text`);
		},
	);

/** Far more than any input of some KB takes, in milliseconds of CPU time. */
const STANDSTILL_MS = 2_000;

/** @throws if an act neither answers nor refuses properly, or takes too long */
export async function outcomeOf<Input, Output>(
	act: (input: Input) => Output,
	input: Input,
	isRefusal: (error: unknown) => boolean = () => false,
): Promise<Awaited<Output> | undefined> {
	let output: Awaited<Output> | undefined;
	let wrong: unknown;
	const took = await cpuMsOf(async () => {
		try {
			output = await act(input);
		} catch (error) {
			if (!isRefusal(error)) wrong = error ?? 'nothing was thrown';
		}
	}, input);
	if (wrong !== undefined) throw new Error('neither an answer nor a refusal', { cause: wrong });
	if (took > STANDSTILL_MS) throw new Error(`it took ${took} ms`);
	return output;
}
