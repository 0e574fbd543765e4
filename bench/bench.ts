/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- runs on a developer's machine, never inside n8n */
/** `npm run bench`: measures everything in one run, then writes docs/benchmarks.md. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { CHECKOUT } from '../test/e2e/environment';
import { measureCosts } from './cost';
import { machine, today } from './machine';
import { measureMemory } from './memory';
import { measureOnN8n } from './onN8n';
import { writePage, type Results } from './page';
import { simulateAll } from './simulated';
import { measureSlots } from './slots';
import { measureWeight } from './weight';

const { values } = parseArgs({
	options: {
		/** The smallest run that shows that it works; leaves the checkout alone. */
		quick: { type: 'boolean', default: false },
		/** Writes the page anew from the figures of a run. */
		from: { type: 'string' },
	},
});

const minutesSince = (moment: number) => (Date.now() - moment) / 60_000;

async function part<T>(name: string, measure: () => Promise<T> | T): Promise<T> {
	const began = Date.now();
	console.log(`${name} …`);
	const result = await measure();
	console.log(`${name}: ${minutesSince(began).toFixed(1)} minutes`);
	return result;
}

/** What measures the processor has the machine to itself; what waits is measured side by side. */
async function measureAll(isQuick: boolean): Promise<Results> {
	const began = Date.now();
	const exact = await part('virtual time', simulateAll);
	const weight = await part('weight', () => measureWeight(isQuick));
	const costs = await part('CPU', async () => await measureCosts(isQuick));
	const memory = await part('memory', async () => await measureMemory(isQuick));
	const [onN8n, slots] = await part(
		'waiting on a real n8n',
		async () => await Promise.all([measureOnN8n(isQuick), measureSlots(isQuick)]),
	);
	const about = { date: today(), machine: machine(), minutes: minutesSince(began), isQuick };
	return { about, exact, weight, costs, memory, onN8n, slots };
}

async function main({ quick, from }: typeof values): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-sora-bench-'));
	const results = from
		? (JSON.parse(readFileSync(from, 'utf8')) as Results)
		: await measureAll(quick);
	const file = join(folder, 'results.json');
	writeFileSync(file, JSON.stringify(results, null, '\t'));
	const root = quick ? folder : CHECKOUT;
	writePage(results, root);
	console.log(`Results: ${file}\nPage: ${join(root, 'docs/benchmarks.md')}`);
}

main(values).then(
	() => process.exit(0),
	(error: unknown) => {
		console.error(error);
		process.exit(1);
	},
);
