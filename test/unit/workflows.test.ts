/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads the repository's workflows, never inside n8n */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, '../../.github/workflows');
const workflow = (file: string) => readFileSync(join(FOLDER, file), 'utf8');

describe('the workflows at GitHub', () => {
	it.each(readdirSync(FOLDER))('%s runs no action that can change under its name', (file) => {
		const used = [...workflow(file).matchAll(/^[\s-]*uses:\s*(.+)$/gm)].map(([, action]) => action);
		expect(used).not.toEqual([]);
		for (const action of used) {
			expect(action).toMatch(/^(\.\/|[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/);
		}
	});

	it('lets only the job that publishes prove who it is, in the protected environment', () => {
		const [before = '', publishes = ''] = workflow('publish.yml').split(/^ {2}publish:$/m);
		expect(before).not.toContain('id-token');
		expect(publishes).toMatch(/^ {4}environment: npm$/m);
		expect(publishes).toMatch(/^ {6}id-token: write$/m);
		expect(workflow('ci.yml')).not.toContain('write');
	});
});
