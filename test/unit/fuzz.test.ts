/* eslint-disable @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-restricted-imports -- takes its length from the environment, never inside n8n */
/**
 * A short slice of `npm run fuzz`, which is this file with more runs (FUZZ_RUNS) and a random seed (FUZZ_SEED).
 * With FUZZ_PROGRESS it writes into that file what it is doing, so that a standstill has a name.
 */
import { writeFileSync } from 'node:fs';

import fc from 'fast-check';

import { PROPERTIES, type AnyProperty } from '../fuzz/all';

const { FUZZ_RUNS, FUZZ_PROGRESS } = process.env;
const RUNS = Number(FUZZ_RUNS ?? 500);
/** Each run of a measured property takes as long as hundreds of others. */
const runsOf = (name: string) => (name.startsWith('twice') && FUZZ_RUNS === undefined ? 100 : RUNS);

/** The same property, which notes every run before it makes it. */
function noted(property: AnyProperty, name: string): AnyProperty {
	if (FUZZ_PROGRESS === undefined) return property;
	let runs = 0;
	return Object.assign(Object.create(property) as AnyProperty, {
		run: async (value: unknown) => {
			writeFileSync(FUZZ_PROGRESS, `${name}, run ${++runs}`);
			return await property.run(value);
		},
	});
}

describe.each(Object.entries(PROPERTIES))('%s', (area, properties) => {
	it.each(Object.entries(properties))(
		'%s',
		async (name, property) => {
			await fc.assert(noted(property as AnyProperty, `${area}: ${name}`), {
				numRuns: runsOf(name),
			});
		},
		FUZZ_RUNS === undefined ? 60_000 : 2 ** 31 - 1,
	);
});
