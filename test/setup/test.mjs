import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { StepFailed, capture, npm, root, step, temporaryFolder } from './run.mjs';
import { scan } from './scan.mjs';

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

const resultFile = join(temporaryFolder(), 'jest.json');
let counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
await check('jest', async () => {
	const jest = [
		...tool('jest/bin/jest.js'),
		'--json',
		`--outputFile=${resultFile}`,
		...jestArguments,
	];
	let output;
	try {
		output = await capture(jest);
	} finally {
		counts = JSON.parse(await readFile(resultFile, 'utf8').catch(() => 'null')) ?? counts;
	}
	if (counts.numPassedTests + counts.numFailedTests === 0) {
		throw new StepFailed('jest ran no test', output);
	}
	return counts.numPendingTests > 0 ? `${counts.numPendingTests} skipped` : undefined;
});
if (!(await scan())) failed.push('scan');

if (failed.length > 0) {
	console.log(`failed: ${failed.join(', ')}`);
	process.exitCode = 1;
}
console.log(`tests: ${counts.numPassedTests} passed, ${counts.numFailedTests} failed`);
