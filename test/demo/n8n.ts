/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine, never inside n8n */
/** n8n's own parts around the demo. Imported only after the environment is prepared. */
import type { Readable } from 'node:stream';
import { BinaryDataService } from 'n8n-core';
import type { IBinaryData, ICredentialType, INodeType, LogMetadata } from 'n8n-workflow';

import { loadBuilt } from '../engine/builtPackage';
import { Container, LOGGER } from '../engine/container';

/** Puts a listener in the place of n8n's logger; n8n's own lines go nowhere else. */
export function listenToLog(onLine: (message: string, facts?: LogMetadata) => void): void {
	const logger = {
		error: onLine,
		warn: onLine,
		info: onLine,
		debug: onLine,
		scoped: () => logger,
	};
	Container.set(LOGGER, logger);
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
