/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- writes the documentation, never inside n8n */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { current, SECTIONS } from './sections';

for (const name of Object.keys(SECTIONS)) {
	const path = join(__dirname, '../../docs', name);
	writeFileSync(path, current(name, readFileSync(path, 'utf8')));
}
