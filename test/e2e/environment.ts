/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine, never inside n8n */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

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

export function n8nVersion(): string {
	const manifest = resolve(dirname(realN8n().n8n), '../package.json');
	return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

const byNumber = new Intl.Collator('en', { numeric: true });

/** Whether the n8n of these tests is that version, such as `2.34`, or a newer one. */
export function isSince(version: string): boolean {
	return byNumber.compare(n8nVersion(), version) >= 0;
}

/** The `it` or `describe` for what n8n itself can since that version: skipped in an older one. */
export function since<Block extends { skip: unknown }>(version: string, block: Block): Block {
	return isSince(version) ? block : (block.skip as Block);
}

/** The first n8n whose Data Table node makes a table, which the example Batch does. */
export const MAKES_TABLES = '2.3';
