/* eslint-disable @n8n/community-nodes/no-restricted-imports -- stands in for n8n's start-up, never inside n8n */
/** n8n's binary store, in n8n's modes. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BinaryDataConfig, BinaryDataService } from 'n8n-core';
import type { IBinaryData } from 'n8n-workflow';

import { Container } from './container';

type BinaryMode = 'default' | 'filesystem';

/** Switches n8n's store to a mode. @param folder for files in filesystem mode */
export async function openStore(mode: BinaryMode, folder: string) {
	Object.assign(Container.get(BinaryDataConfig), { mode, localStoragePath: folder });
	const service = Container.get(BinaryDataService);
	await service.init();
	return {
		/** Stores a file as a previous node would. @param file its metadata, which may be wrong */
		put: async (content: Buffer, file: Partial<IBinaryData>): Promise<IBinaryData> => {
			const location = {
				type: 'execution',
				workflowId: 'workflow',
				executionId: 'earlier',
			} as const;
			const stored = await service.store(location, content, {
				data: '',
				mimeType: 'application/octet-stream',
				...file,
			});
			return { ...stored, ...file };
		},
		content: async (file: IBinaryData | undefined) => {
			if (!file) throw new Error('there is no file');
			return await service.getAsBuffer(file);
		},
	};
}

/** n8n's store in a mode, for the tests of a block. */
export function useBinaryStore(mode: BinaryMode) {
	let folder: string;
	let store: Awaited<ReturnType<typeof openStore>>;
	beforeAll(async () => {
		folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-sora-'));
		store = await openStore(mode, folder);
	});
	// The store is global and outlives this file; a new one is in this mode, whatever its settings say.
	const { localStoragePath } = Container.get(BinaryDataConfig);
	afterAll(async () => {
		await openStore('default', localStoragePath);
		rmSync(folder, { recursive: true, force: true });
	});
	return {
		put: async (...given: Parameters<typeof store.put>) => await store.put(...given),
		content: async (file: IBinaryData | undefined) => await store.content(file),
		/** The files in its folder, without n8n's metadata files. */
		files: () =>
			readdirSync(folder, { recursive: true, withFileTypes: true })
				.filter((entry) => entry.isFile() && !entry.name.endsWith('.metadata'))
				.map(({ name }) => name),
	};
}
