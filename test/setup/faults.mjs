import { spawnSync } from 'node:child_process';
import { ensureInstalled } from './install.mjs';
import { root } from './run.mjs';

await ensureInstalled();
const runs = process.env.FAULT_RUNS ?? 'unlimited';
if (runs === 'unlimited') console.log('Runs until an execution breaks a promise, or until Ctrl-C.');
const jest = ['node_modules/jest/bin/jest.js', '--selectProjects', 'engine'];
const { status } = spawnSync(process.execPath, [...jest, '--testPathPatterns', 'faultRun'], {
	cwd: root,
	stdio: 'inherit',
	env: { ...process.env, FAULT_RUNS: runs },
});
process.exitCode = status ?? 130;
