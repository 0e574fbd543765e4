import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { runJest, sum } from './jest.mjs';
import { capture, npm, root, step } from './run.mjs';
import { scan } from './scan.mjs';
import { seedOf } from './seed.mjs';

// In CI, every run draws other cases; elsewhere a test that passed passes again.
if (process.env.CI) {
	process.env.FUZZ_SEED = seedOf('FUZZ_SEED');
	console.log(`the same again: FUZZ_SEED=${process.env.FUZZ_SEED} npm test`);
}

const jestArguments = process.argv.slice(2);
const tool = (path) => [process.execPath, join(root, 'node_modules', path)];

await ensureInstalled();

const failed = [];
const check = async (name, work) => {
	if (!(await step(name, work))) failed.push(name);
};
const commands =
	(...list) =>
	async () => {
		for (const command of list) await capture(command);
	};

await check('typecheck', commands([...npm, 'run', 'typecheck']));
await check(
	'lint',
	commands(
		[...npm, 'run', 'lint'],
		// n8n-node lint lets warnings pass, and takes no argument against that.
		[...tool('eslint/bin/eslint.js'), '.', '--max-warnings', '0'],
	),
);
await check('format', commands([...tool('prettier/bin/prettier.cjs'), '--check', '.']));
if (!(await build())) failed.push('build');

const { counts, passed } = await runJest('jest', jestArguments);
if (!passed) failed.push('jest');
if (!(await scan())) failed.push('scan');

if (failed.length > 0) {
	console.log(`failed: ${failed.join(', ')}`);
	process.exitCode = 1;
}
console.log(sum(counts));
