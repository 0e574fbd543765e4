import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StepFailed, capture, root, step, temporaryFolder } from './run.mjs';

/** Figures that a test prints, besides passing or failing. */
const FIGURES = /^figures: .*$/gm;

/** Runs jest as one step and prints its figures. Returns the counts, even on failure, and whether it passed. */
export async function runJest(name, args) {
	const resultFile = join(temporaryFolder(), 'jest.json');
	const jest = [process.execPath, join(root, 'node_modules/jest/bin/jest.js')];
	let counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
	let figures = [];
	const passed = await step(name, async () => {
		let output;
		try {
			output = await capture([...jest, '--json', `--outputFile=${resultFile}`, ...args]);
		} finally {
			counts = JSON.parse(await readFile(resultFile, 'utf8').catch(() => 'null')) ?? counts;
		}
		if (counts.numPassedTests + counts.numFailedTests === 0) {
			throw new StepFailed('jest ran no test', output);
		}
		figures = output.match(FIGURES) ?? [];
		return counts.numPendingTests > 0 ? `${counts.numPendingTests} skipped` : undefined;
	});
	for (const line of figures) console.log(line);
	return { counts, passed };
}

/** The last line of a test run, which .ci/run reads. */
export function sum({ numPassedTests, numFailedTests }) {
	return `tests: ${numPassedTests} passed, ${numFailedTests} failed`;
}
