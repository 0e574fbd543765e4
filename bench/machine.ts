/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- describes the machine that measures, never inside n8n */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';

import { CHECKOUT, n8nVersion, realN8n } from '../test/e2e/environment';

const GIB = 2 ** 30;

/** Where the figures come from. */
export interface Machine {
	/** ISO 8601, UTC. */
	date: string;
	cpu: string;
	cores: number;
	memoryGiB: number;
	/** Of the Node that n8n runs on. */
	node: string;
	n8n: string;
	/** Of this package. */
	sora: string;
}

/** @param node the Node that was measured; the one that runs n8n unless given */
export function machine(node?: string): Machine {
	return {
		date: new Date().toISOString(),
		cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
		cores: availableParallelism(),
		memoryGiB: Math.round(totalmem() / GIB),
		node: node ?? nodeOfN8n(),
		n8n: n8nVersion(),
		sora: (JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as { version: string })
			.version,
	};
}

/** The Node that runs n8n is fetched as a package of that version, or is the one at hand. */
function nodeOfN8n(): string {
	const { node } = realN8n();
	return /-(\d+\.\d+\.\d+)[/\\]/.exec(node)?.[1] ?? process.versions.node;
}

export function sayMachine({ date, cpu, cores, memoryGiB, node, n8n, sora }: Machine): string {
	const day = date.slice(0, 10);
	return `${day}, ${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, n8n ${n8n}, n8n-nodes-sora ${sora}`;
}
