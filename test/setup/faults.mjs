import { spawnSync } from 'node:child_process';
import { ensureInstalled } from './install.mjs';
import { root } from './run.mjs';
import { seedOf } from './seed.mjs';

await ensureInstalled();
const runs = process.env.FAULT_RUNS ?? 'unlimited';
const seed = seedOf('FAULT_SEED');
if (runs === 'unlimited') console.log('Runs until an execution breaks a promise, or until Ctrl-C.');
console.log(`The same again: FAULT_SEED=${seed} FAULT_RUNS=${runs} npm run faults`);
const jest = ['node_modules/jest/bin/jest.js', '--selectProjects', 'engine'];
const { status } = spawnSync(process.execPath, [...jest, '--testPathPatterns', 'faultRun'], {
	cwd: root,
	stdio: 'inherit',
	env: { ...process.env, FAULT_RUNS: runs, FAULT_SEED: seed },
});
process.exitCode = status ?? 130;
