/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- starts the benches on a developer's machine, never inside n8n */
/** Every bench of docs/benchmarks.md, one after the other, so that none disturbs another. Run with `npm run bench`. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import execa from 'execa';

const BENCHES = ['batch', 'noticing', 'cost', 'memory', 'slots', 'weight'];

async function main(): Promise<number> {
	const given = process.argv.slice(2);
	const out = given.includes('--out')
		? []
		: ['--out', mkdtempSync(join(tmpdir(), 'n8n-nodes-sora-bench-'))];
	const failures: string[] = [];
	for (const bench of BENCHES) {
		console.log(`\n${bench} …`);
		const program = ['--import', 'tsx', join(__dirname, `${bench}.ts`)];
		const { failed } = await execa(process.execPath, [...program, ...given, ...out], {
			stdio: 'inherit',
			reject: false,
		});
		if (failed) failures.push(bench);
	}
	if (failures.length) console.error(`Failed: ${failures.join(', ')}`);
	return failures.length ? 1 : 0;
}

void main().then((code) => process.exit(code));
