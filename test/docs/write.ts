/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- writes the documentation, never inside n8n */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { errorsPage, filesPage, operationsPage } from './reference';

const DOCS = join(__dirname, '../../docs');
writeFileSync(join(DOCS, 'operations.md'), operationsPage());
writeFileSync(join(DOCS, 'errors.md'), errorsPage());
writeFileSync(join(DOCS, 'files.md'), filesPage());
