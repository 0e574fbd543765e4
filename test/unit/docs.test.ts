/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads the documentation, never inside n8n */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { current, SECTIONS } from '../docs/sections';
import { commandsUnder } from '../readme';

const ROOT = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const pages = [
	'README.md',
	'CONTRIBUTING.md',
	'SECURITY.md',
	...readdirSync(join(ROOT, 'docs'))
		.filter((name) => name.endsWith('.md'))
		.map((name) => `docs/${name}`),
];

/** As GitHub makes an anchor of a heading. */
const anchorOf = (heading: string) =>
	heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N}\s_-]/gu, '')
		.trim()
		.replace(/\s/g, '-');

const anchorsIn = (page: string) =>
	[...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

describe('the documentation', () => {
	it.each(Object.keys(SECTIONS))(
		'docs/%s matches the node (run "npm run docs" after a change)',
		(name) => {
			const page = read(`docs/${name}`);
			expect(current(name, page)).toBe(page);
		},
	);

	it('has a README that can be read in minutes', () => {
		expect(read('README.md').split(/\s+/).length).toBeLessThanOrEqual(1_500);
	});

	it.each(pages)('%s has no dead links', (page) => {
		const links = [...read(page).matchAll(/(?:\]\(|src=")([^)"\s]+)/g)].map(
			([, link = '']) => link,
		);
		const dead = links
			.filter((link) => !/^[a-z]+:/i.test(link))
			.filter((link) => {
				const [path = '', anchor] = link.split('#');
				const target = path ? join(dirname(page), path) : page;
				if (!existsSync(join(ROOT, target))) return true;
				return anchor !== undefined && !anchorsIn(target).includes(anchor);
			});
		expect(dead).toEqual([]);
	});

	it.each(pages)('%s names only existing commands', (page) => {
		const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
		const named = [...read(page).matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
		expect(named.filter((name) => !(name in scripts))).toEqual([]);
	});

	it('has a map of the code that names only existing files', () => {
		const page = read('CONTRIBUTING.md');
		const paths = [...page.matchAll(/`([\w/.]+\.(?:ts|jsonl|mjs))`/g)].map(([, path = '']) => path);
		const homes = ['', 'nodes/Sora', 'nodes/Sora/gateway', 'nodes/Sora/gateway/models'];
		const isThere = (path: string) => homes.some((home) => existsSync(join(ROOT, home, path)));
		expect(paths.filter((path) => !isThere(path))).toEqual([]);
	});

	it('installs the same in a container', async () => {
		const install = async (heading: string) =>
			(await commandsUnder(heading))
				.flatMap((command) => /npm install .*/.exec(command) ?? [])
				.map((command) =>
					command.replace(/~|\/home\/node/, 'HOME').replace(/\S*\/(\S+\.tgz)/, '$1'),
				);
		const here = await install('### From this repository');
		expect(here).toHaveLength(1);
		expect(await install('### In Docker')).toEqual(here);
	});

	it('mentions every example', () => {
		const examples = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.json'));
		const text = pages.map(read).join('\n');
		expect(examples.filter((name) => !text.includes(`examples/${name}`))).toEqual([]);
	});
});
