/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine, never inside n8n */
/** What npm run n8n -- --keep needs again the next time. It holds secrets: its file is its owner's alone. */
import { chmod, readFile, writeFile } from 'node:fs/promises';

import type { Owner } from './n8nApi';

const OWNER_ONLY = 0o600;

export interface Kept {
	owner: Owner;
	/** The stand-in, where the kept credential expects it. */
	gateway: { port: number; apiKey: string };
}

/** Undefined where there is no such file yet; one that others could read is closed to them. */
export async function readKept(file: string): Promise<Kept | undefined> {
	try {
		await chmod(file, OWNER_ONLY);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw error as Error;
	}
	return JSON.parse(await readFile(file, 'utf8')) as Kept;
}

export async function writeKept(file: string, kept: Kept): Promise<void> {
	await writeFile(file, JSON.stringify(kept), { mode: OWNER_ONLY });
	// The mode above is only that of a file which was not there.
	await chmod(file, OWNER_ONLY);
}
