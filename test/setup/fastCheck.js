// Replaces fast-check under jest (jest.config.js). Uses one seed for all properties of a run: `npm test` is repeatable,
// and a random seed comes from outside (`npm run fuzz`, `npm run faults`, CI), which prints it. Makes a tenth of the
// runs that a property asks for, except in `npm run fuzz` and `npm run faults`.
const fc = require('../../node_modules/fast-check/lib/cjs/fast-check.js');

const FIXED_SEED = 20_261_201;
const FEWEST_RUNS = 20;
const { FUZZ_SEED, FUZZ_RUNS, FAULT_RUNS } = process.env;
fc.configureGlobal({ seed: Number(FUZZ_SEED || FIXED_SEED) });

const isThorough = FUZZ_RUNS !== undefined || FAULT_RUNS !== undefined;
const runsOf = (all = 100) => (isThorough ? all : Math.max(FEWEST_RUNS, Math.ceil(all / 10)));

module.exports = {
	...fc,
	assert: (property, { numRuns, ...parameters } = {}) =>
		fc.assert(property, { ...parameters, numRuns: runsOf(numRuns) }),
};
