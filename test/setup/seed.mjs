import { randomInt } from 'node:crypto';

/** A seed of this name from the environment, else a random one. */
export const seedOf = (name) => process.env[name] || String(randomInt(2 ** 31));
