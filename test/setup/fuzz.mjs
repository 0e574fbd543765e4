import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { root, temporaryFolder } from './run.mjs';
import { seedOf } from './seed.mjs';

const USAGE = `npm run fuzz [-- -t 'part of a promise']
  FUZZ_RUNS  runs of each promise, 5000 unless said otherwise
  FUZZ_SEED  a number: the same runs again`;
/** A run takes milliseconds; a measured one, with normal growth, a few seconds. */
const STANDSTILL_MS = 120_000;

const { FUZZ_RUNS = '5000' } = process.env;
const FUZZ_SEED = seedOf('FUZZ_SEED');
if (![FUZZ_RUNS, FUZZ_SEED].every((number) => /^-?\d+$/.test(number)) || Number(FUZZ_RUNS) < 1) {
	console.error(USAGE);
	process.exit(2);
}
await ensureInstalled();

const progress = join(temporaryFolder(), 'progress');
writeFileSync(progress, '');
const at = () => readFileSync(progress, 'utf8');
const again = `FUZZ_SEED=${FUZZ_SEED} FUZZ_RUNS=${FUZZ_RUNS} npm run fuzz`;
console.log(`${FUZZ_RUNS} runs of each promise; the same again: ${again}`);

// All properties; the other unit tests take no time in comparison.
const jest = ['node_modules/jest/bin/jest.js', '--runInBand'];
const child = spawn(
	process.execPath,
	[...jest, '--testPathPatterns', 'unit/', '--verbose', ...process.argv.slice(2)],
	{
		cwd: root,
		stdio: 'inherit',
		env: { ...process.env, FUZZ_RUNS, FUZZ_SEED, FUZZ_PROGRESS: progress },
	},
);

// A hang cannot report itself. The file is empty for a moment while it is written.
let seen = '';
let since = Date.now();
const watch = setInterval(() => {
	const now = at();
	if (now !== '' && now !== seen) {
		seen = now;
		since = Date.now();
	}
	if (seen === '' || Date.now() - since < STANDSTILL_MS) return;
	console.error(`\nstands still: ${seen}\nthe same again: ${again}`);
	clearInterval(watch);
	child.kill('SIGKILL');
}, 1_000);

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code) => {
	clearInterval(watch);
	process.exitCode = code ?? 1;
});
