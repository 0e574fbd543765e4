/* eslint-disable @n8n/community-nodes/no-restricted-imports -- looks at the engine, never inside n8n */
/** The container that n8n-core takes its services from: its own, as other versions may lie at the top of node_modules. */
import { createRequire } from 'node:module';
import type { Logger } from 'n8n-workflow';

const requireAsCore = createRequire(require.resolve('n8n-core'));

export const { Container } = requireAsCore('@n8n/di') as {
	Container: {
		get<T>(type: new (...args: never[]) => T): T;
		set(type: unknown, instance: unknown): void;
	};
};

/** What nodes write their log lines to. */
export const { Logger: LOGGER } = requireAsCore('@n8n/backend-common') as {
	Logger: new () => Logger;
};
