// Stands in for fast-check under jest (jest.config.js): the same, with one seed for every property of the run. `npm test`
// repeats itself; a random seed comes from outside (`npm run fuzz`, `npm run faults`, CI), which prints it.
const fc = require('../../node_modules/fast-check/lib/cjs/fast-check.js');

const FIXED_SEED = 20_261_201;
fc.configureGlobal({ seed: Number(process.env.FUZZ_SEED || FIXED_SEED) });

module.exports = fc;
