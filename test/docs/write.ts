/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- writes the documentation, never inside n8n */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { answersPage } from './answers';
import { modelsPage } from './models';
import { errorsPage, filesPage, operationsPage } from './reference';
import { withSection } from './section';
import { submissionsTable } from './submissions';

const DOCS = join(__dirname, '../../docs');
writeFileSync(join(DOCS, 'answers.md'), answersPage());
writeFileSync(join(DOCS, 'operations.md'), operationsPage());
writeFileSync(join(DOCS, 'errors.md'), errorsPage());
writeFileSync(join(DOCS, 'files.md'), filesPage());
const money = join(DOCS, 'money.md');
writeFileSync(
	money,
	withSection(readFileSync(money, 'utf8'), 'answers to the paid request', submissionsTable()),
);
writeFileSync(join(DOCS, 'models.md'), modelsPage());
