/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine, never inside n8n */
import { resolve } from 'node:path';

export const CHECKOUT = resolve(__dirname, '../..');

/** What test/setup/realN8n.mjs has made ready. */
export interface RealN8n {
	/** A Node that is new enough for n8n; not the one that runs the tests. */
	node: string;
	/** n8n's own program. */
	n8n: string;
	/** The folder of this package, as n8n unpacks it. */
	soraPackage: string;
}

export function realN8n(): RealN8n {
	const { E2E_NODE: node, E2E_N8N: n8n, E2E_PACKAGE: soraPackage } = process.env;
	if (!node || !n8n || !soraPackage) {
		throw new Error('This needs a real n8n: start it with npm run test:e2e or npm run n8n');
	}
	return { node, n8n, soraPackage };
}
