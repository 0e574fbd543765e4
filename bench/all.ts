/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions, no-console -- starts the benches on a developer's machine, never inside n8n */
/** Every bench of docs/benchmarks.md, one after the other, so that none disturbs another. Run with `npm run bench`. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BENCHES = ['batch', 'noticing', 'cost', 'memory', 'slots', 'weight'];

async function run(bench: string, args: string[]): Promise<boolean> {
	const program = join(__dirname, `${bench}.ts`);
	const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
		stdio: 'inherit',
	});
	return await new Promise((resolve) => child.once('close', (code) => resolve(code === 0)));
}

async function main(): Promise<number> {
	const given = process.argv.slice(2);
	const out = given.includes('--out')
		? []
		: ['--out', mkdtempSync(join(tmpdir(), 'n8n-nodes-sora-bench-'))];
	const failed: string[] = [];
	for (const bench of BENCHES) {
		console.log(`\n${bench} …`);
		if (!(await run(bench, [...given, ...out]))) failed.push(bench);
	}
	if (failed.length) console.error(`Failed: ${failed.join(', ')}`);
	return failed.length ? 1 : 0;
}

void main().then((code) => process.exit(code));
