/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine, never inside n8n */
/** n8n's own parts around the demo. Imported only after the environment is prepared. */
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { BinaryDataService } from 'n8n-core';
import type { IBinaryData, ICredentialType, INodeType, LogMetadata } from 'n8n-workflow';

import { loadBuilt } from '../engine/builtPackage';

interface Container {
	get<T>(type: new (...args: never[]) => T): T;
	set(type: unknown, instance: unknown): void;
}

// Other versions of both may lie at the top of node_modules; only n8n-core's own are the ones that it asks.
const requireAsCore = createRequire(require.resolve('n8n-core'));
const { Container } = requireAsCore('@n8n/di') as { Container: Container };
const { Logger } = requireAsCore('@n8n/backend-common') as { Logger: unknown };

/** Puts a listener in the place of n8n's logger; n8n's own lines go nowhere else. */
export function listenToLog(onLine: (message: string, facts?: LogMetadata) => void): void {
	const logger = {
		error: onLine,
		warn: onLine,
		info: onLine,
		debug: onLine,
		scoped: () => logger,
	};
	Container.set(Logger, logger);
}

export interface BuiltPackage {
	sora: INodeType;
	credentialType: ICredentialType;
}

export async function loadPackage(): Promise<BuiltPackage> {
	const loader = await loadBuilt();
	return {
		sora: loader.getNode('sora').type as INodeType,
		credentialType: loader.getCredential('soraApi').type,
	};
}

/** Files lie on disk, as in an n8n of today, instead of in memory. */
export async function openBinaryStore(): Promise<void> {
	await Container.get(BinaryDataService).init();
}

export async function fileContent(file: IBinaryData): Promise<Readable | Buffer> {
	if (!file.id) return Buffer.from(file.data, 'base64');
	return await Container.get(BinaryDataService).getAsStream(file.id);
}
