/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- follows the README on a developer's machine, never inside n8n */
/** The README's own commands, so that tests do what the README tells its readers. */
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import execa from 'execa';

const CHECKOUT = resolve(__dirname, '..');
/** The contents of the npm package, already built. */
const PACKED = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist'];

/** The commands of the first shell block under a heading, without comments. */
export async function commandsUnder(heading: string): Promise<string[]> {
	const readme = await readFile(join(CHECKOUT, 'README.md'), 'utf8');
	const [, section] = readme.split(`\n${heading}\n`);
	const [, block] = /```bash\n([\s\S]*?)```/.exec(section ?? '') ?? [];
	if (!block) throw new Error(`The README has no commands under "${heading}"`);
	return block
		.split('\n')
		.map((line) => line.replace(/\s+#.*$/, '').trim())
		.filter((line) => line && !line.startsWith('#'));
}

/**
 * Packs and installs as the README describes without a published package, in a separate home folder; the build is
 * already done here. Uses no registry.
 */
export async function installAsReadmeSays(home: string): Promise<void> {
	const clone = join(home, 'clone');
	await mkdir(clone, { recursive: true });
	for (const part of PACKED) {
		await cp(join(CHECKOUT, part), join(clone, part), { recursive: true });
	}
	const commands = await commandsUnder('### From this repository');
	for (const command of commands.filter((line) => !/^npm (?:ci|run) /.test(line))) {
		await execa('sh', ['-c', command], {
			cwd: clone,
			env: { HOME: home, npm_config_offline: 'true', npm_config_cache: join(home, 'cache') },
		});
	}
}
