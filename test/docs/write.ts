/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- writes the documentation, never inside n8n */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PAGES } from './pages';
import { withSection } from './section';
import { submissionsTable } from './submissions';

const DOCS = join(__dirname, '../../docs');
for (const [name, page] of Object.entries(PAGES)) writeFileSync(join(DOCS, name), page());
const money = join(DOCS, 'money.md');
writeFileSync(
	money,
	withSection(readFileSync(money, 'utf8'), 'answers to the paid request', submissionsTable()),
);
