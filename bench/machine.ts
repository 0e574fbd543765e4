/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- describes the machine that measures, never inside n8n */
import { availableParallelism, cpus, totalmem } from 'node:os';

import { n8nVersion, realN8n } from '../test/e2e/environment';

/** Today, UTC. */
export const today = () => new Date().toISOString().slice(0, 10);

/** Where the figures come from. The Node that runs n8n is a package of that version, or the one at hand. */
export function machine(): string {
	const node = /-(\d+\.\d+\.\d+)[/\\]/.exec(realN8n().node)?.[1] ?? process.versions.node;
	const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
	const cpu = cpus()[0]?.model.trim() ?? 'unknown CPU';
	return `${cpu}, ${availableParallelism()} cores, ${memory}, Node ${node}, n8n ${n8nVersion()}`;
}
