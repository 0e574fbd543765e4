/* eslint-disable @n8n/community-nodes/no-restricted-imports -- reads the examples, never inside n8n */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CHECKOUT } from './environment';
import type { WorkflowJson } from './n8nApi';

export interface Example {
	/** Such as `text-to-video.json`. */
	file: string;
	workflow: WorkflowJson & { name: string };
}

/** Every workflow of examples/, by name. */
export function examples(): Example[] {
	const folder = join(CHECKOUT, 'examples');
	return readdirSync(folder)
		.filter((file) => file.endsWith('.json'))
		.sort()
		.map((file) => ({
			file,
			workflow: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Example['workflow'],
		}));
}
