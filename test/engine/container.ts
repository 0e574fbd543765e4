/* eslint-disable @n8n/community-nodes/no-restricted-imports -- looks at the engine, never inside n8n */
/** The container of n8n-core's services: its own, as other versions may be at the top of node_modules. */
import { createRequire } from 'node:module';
import type { Logger } from 'n8n-workflow';

const requireAsCore = createRequire(require.resolve('n8n-core'));

export const { Container } = requireAsCore('@n8n/di') as {
	Container: {
		get<T>(type: new (...args: never[]) => T): T;
		set(type: unknown, instance: unknown): void;
	};
};

/** The logger of nodes. */
export const { Logger: LOGGER } = requireAsCore('@n8n/backend-common') as {
	Logger: new () => Logger;
};
