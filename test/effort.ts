/* eslint-disable @n8n/community-nodes/no-restricted-globals -- reads how much to do from the environment, never inside n8n */
/** Heavy tests do a tenth of their work in `npm test`, and all of it in `npm run fuzz`, which sets FUZZ_RUNS. */
export const isThorough = process.env.FUZZ_RUNS !== undefined;

/** Every tenth case, starting with the first; all of them in `npm run fuzz`. */
export const tenthOf = <T>(cases: readonly T[]): T[] =>
	cases.filter((_, index) => isThorough || index % 10 === 0);
