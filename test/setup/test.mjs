import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { runJest, sum } from './jest.mjs';
import { capture, root, step } from './run.mjs';
import { seedOf } from './seed.mjs';

// In CI, every run draws other cases; elsewhere a test that passed passes again.
if (process.env.CI) {
	process.env.FUZZ_SEED = seedOf('FUZZ_SEED');
	console.log(`the same again: FUZZ_SEED=${process.env.FUZZ_SEED} npm test`);
}

/** Skips what does not depend on the version of Node. */
const TESTS_ONLY = '--tests-only';
const jestArguments = process.argv.slice(2).filter((argument) => argument !== TESTS_ONLY);
const tool = (path, ...args) => [process.execPath, join(root, 'node_modules', path), ...args];
const cache = (name) => join(root, 'node_modules/.cache', name);

await ensureInstalled();

const failed = [];
const check = async (name, work) => {
	if (!(await step(name, work))) failed.push(name);
};

const ofTheSources = {
	// What `n8n-node lint` runs, which lets warnings pass. It also compares eslint.config.mjs: so does package.test.ts.
	lint: tool('eslint/bin/eslint.js', '.', '--max-warnings', '0'),
	format: tool('prettier/bin/prettier.cjs', ...['--check', '.', '--cache']),
	typecheck: tool(
		'typescript/bin/tsc',
		...['--noEmit', '-p', 'test/tsconfig.json', '--incremental'],
		...['--tsBuildInfoFile', cache('types.tsbuildinfo')],
	),
};
const ofTheBuild = { scan: [process.execPath, join(root, 'test/setup/scan.mjs')] };

// One after the other, alongside the build and jest.
const results = new Map();
let before = Promise.resolve();
function begin(commands) {
	if (process.argv.includes(TESTS_ONLY)) return;
	for (const [name, command] of Object.entries(commands)) {
		before = before.then(async () => await capture(command));
		results.set(name, before);
		before = before.catch(() => undefined);
	}
}

begin(ofTheSources);
if (!(await build())) failed.push('build');
begin(ofTheBuild);

const { counts, passed } = await runJest('jest', jestArguments);
if (!passed) failed.push('jest');
for (const [name, result] of results) {
	await check(name, async () => {
		await result;
	});
}

if (failed.length > 0) {
	console.log(`failed: ${failed.join(', ')}`);
	process.exitCode = 1;
}
console.log(sum(counts));
