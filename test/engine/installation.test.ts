/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- installs the package on a developer's machine, never inside n8n */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import execa from 'execa';

import { commandsUnder, installAsReadmeSays } from '../readme';

const MODULES = resolve(__dirname, '../../node_modules');
const REPOSITORY = '### From this repository';

/** n8n's loader in a process of its own, which finds n8n's modules as n8n lets it: by NODE_PATH. */
const LOAD = `
	process.env.N8N_LOG_LEVEL = 'silent';
	const { PackageDirectoryLoader } = require('n8n-core');
	const loader = new PackageDirectoryLoader(process.argv[1]);
	loader.loadAll().then(() => console.log(JSON.stringify({
		nodes: Object.keys(loader.nodeTypes), credentials: Object.keys(loader.credentialTypes),
		modules: Object.keys(require.cache).filter((file) => /n8n-nodes-sora.dist.*[.]js$/.test(file)).length,
	})));`;

const onUnix = process.platform === 'win32' ? describe.skip : describe;

onUnix('the way to install it that the README gives', () => {
	let home: string;
	beforeAll(async () => {
		home = await mkdtemp(join(tmpdir(), 'n8n-nodes-sora-home-'));
		await installAsReadmeSays(home);
	}, 120_000);
	afterAll(async () => await rm(home, { recursive: true, force: true }));

	it('is installed in n8n’s nodes folder, where n8n’s own loader finds it, with few modules at startup', async () => {
		const installed = join(home, '.n8n/nodes/node_modules/n8n-nodes-sora');
		const { stdout } = await execa(process.execPath, ['-e', LOAD, installed], {
			cwd: home,
			env: { NODE_PATH: MODULES, N8N_USER_FOLDER: home },
		});
		const loaded = JSON.parse(stdout) as { modules: number };
		expect(loaded).toEqual({
			nodes: ['sora', 'soraTrigger'],
			credentials: ['soraApi'],
			modules: expect.any(Number),
		});
		// The others wait until a node is executed.
		expect(loaded.modules).toBeGreaterThanOrEqual(3);
		expect(loaded.modules).toBeLessThanOrEqual(20);
	});

	it('brings nothing else along', async () => {
		const modules = await readdir(join(home, '.n8n/nodes/node_modules'));
		expect(modules.filter((name) => !name.startsWith('.'))).toEqual(['n8n-nodes-sora']);
	});

	it('is the same in a container', async () => {
		const install = (commands: string[]) =>
			commands
				.flatMap((command) => /npm install .*/.exec(command) ?? [])
				.map((command) =>
					command.replace(/~|\/home\/node/, 'HOME').replace(/\S*\/(\S+\.tgz)/, '$1'),
				);
		const here = install(await commandsUnder(REPOSITORY));
		expect(here).toHaveLength(1);
		expect(install(await commandsUnder('### In Docker'))).toEqual(here);
	});

	it('names the tarball that npm makes', async () => {
		const commands = (await commandsUnder(REPOSITORY)).join('\n');
		const tarballs = (await readdir(join(home, 'clone'))).filter((name) => name.endsWith('.tgz'));
		expect(tarballs).toHaveLength(1);
		expect(commands).toContain(`./${tarballs[0]}`);
	});
});
