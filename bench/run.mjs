// Makes everything ready that the benches need, then runs one of them, or all: in turn, so that none disturbs another.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ensureBuilt } from '../test/setup/build.mjs';
import { ensureInstalled } from '../test/setup/install.mjs';
import { prepareRealN8n } from '../test/setup/realN8n.mjs';
import { launch } from '../test/setup/run.mjs';

const ALL = ['batch', 'noticing', 'cost', 'memory', 'slots', 'weight'];

const [bench, ...args] = process.argv.slice(2);
if (!args.includes('--out'))
	args.push('--out', mkdtempSync(join(tmpdir(), 'n8n-nodes-sora-bench-')));

await ensureInstalled();
await ensureBuilt();
Object.assign(process.env, await prepareRealN8n());
const failed = [];
for (const one of bench === 'all' ? ALL : [bench]) {
	console.log(`\n${one} …`);
	const code = await launch(`bench/${one}.ts`, args);
	if (code) failed.push(one);
	// Ended by a signal, as by Ctrl-C.
	if (code > 128) break;
}
if (failed.length) console.error(`Failed: ${failed.join(', ')}`);
process.exitCode = failed.length ? 1 : 0;
