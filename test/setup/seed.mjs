import { randomInt } from 'node:crypto';

/** A seed with this name from the environment, otherwise a random one. */
export const seedOf = (name) => process.env[name] || String(randomInt(2 ** 31));
