/* eslint-disable @n8n/community-nodes/no-restricted-imports -- looks at the engine, never inside n8n */
import { createRequire } from 'node:module';
import type { Logger } from 'n8n-workflow';

// As n8n-core resolves them: its copies need not be those of this package.
const ofEngine = createRequire(require.resolve('n8n-core'));
const { Container } = ofEngine('@n8n/di') as { Container: { get: (of: unknown) => Logger } };
const backend = ofEngine('@n8n/backend-common') as { Logger: unknown };

/** What nodes write their log lines to. */
export const engineLogger = (): Logger => Container.get(backend.Logger);
